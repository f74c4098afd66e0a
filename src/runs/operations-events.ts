import type { Caller } from '../access/rights.ts'
import { requireProjectIn } from '../artifacts/operations-projects.ts'
import { compared, conditionInWords, meets, NOT_MET, valuesNeeded } from '../automations/metric-condition.ts'
import { findMetricWatches, type MetricWatch } from '../automations/operations.ts'
import type { RunAsk } from '../automations/run-filter.ts'
import type { Reader, Tx } from '../database/database.ts'
import type { EventAlert, EventMetric, EventRun, EventSnapshot, EventSubject } from '../events/event.ts'
import { type EventDraft, recordEvents } from '../events/operations.ts'
import type { World } from '../world.ts'
import { EVENTS_FILE, HISTORY_FILE, type StreamedLine } from './file-stream.ts'
import { METRIC_FILES, type MetricValue, mentionOf, valuesIn } from './metric-values.ts'
import { requireRun } from './operations-lookup.ts'
import { CRASHED_AFTER_MS, type RunState } from './run.ts'
import { countLines, findSilentRuns, findUsername, type RunView, readLinesBefore, updateRun } from './store.ts'
import { findAlerts } from './store-alerts.ts'

/** How far back a window reaches, in lines of the run: a metric that is logged less often has none. */
const LOOKED_BACK_LINES_MAX = 20_000

/** Runs found silent in one transaction, which others wait for on the embedded engine. */
const CRASHED_AT_ONCE = 100

/** Record that the state of a run has changed, in the transaction that changed it; `before` is `null` of a new run. */
export async function recordStateChange(
  world: World,
  tx: Tx,
  caller: Caller | null,
  run: RunView,
  change: { before: RunState | null; after: RunState },
): Promise<void> {
  if (change.before === change.after) return
  const shown = await eventRun(tx, run, { state: change.after, stateBefore: change.before })
  await recordEvents(world, tx, caller, [{ type: 'RUN_STATE', snapshot: { ...NO_ARTIFACT, ...aboutRun(run, shown) } }])
}

/** Record what a run told, in the transaction that keeps it. */
export async function recordAlert(
  world: World,
  tx: Tx,
  caller: Caller,
  run: RunView,
  alert: EventAlert,
): Promise<void> {
  const shown = await eventRun(tx, run, { state: run.state, stateBefore: null })
  const snapshot = { ...NO_ARTIFACT, ...aboutRun(run, shown), alert }
  await recordEvents(world, tx, caller, [{ type: 'RUN_ALERT', snapshot }])
}

/**
 * Ask the automations on metrics that have the run in scope about lines that were just kept, and record each condition
 * that is met, for the first value that meets it. In the transaction that kept the lines: their windows reach back into
 * what is kept, so nothing else needs to be remembered.
 *
 * Where no automation on metrics is in scope, that costs one statement; where one has fired for the run, three.
 */
export async function watchMetrics(
  world: World,
  tx: Tx,
  caller: Caller,
  run: RunView,
  lines: readonly StreamedLine[],
): Promise<void> {
  const logged = METRIC_FILES.map((file) => ({ file, lines: lines.filter((line) => line.file === file) })).filter(
    (each) => each.lines.length > 0,
  )
  if (logged.length === 0) return
  const subject = subjectOf(run)
  let shown: EventRun | undefined
  const watches = await findMetricWatches(world, tx, { runId: run.id, subject }, async () => {
    shown = await eventRun(tx, run, { state: 'running', stateBefore: null })
    return shown
  })
  if (watches.length === 0 || shown === undefined) return

  const met = new Map<string, EventDraft>()
  for (const { file, lines } of logged) {
    for (const [name, ofMetric] of Map.groupBy(watches, ({ condition }) => condition.name)) {
      const fresh = valuesIn(name, lines).sort((one, other) => one.line - other.line)
      const open = ofMetric.filter(({ key }) => !met.has(key))
      if (fresh.length === 0 || open.length === 0) continue
      const needed = Math.max(...open.map(({ condition }) => valuesNeeded(condition)))
      const first = lines.reduce((least, { line }) => Math.min(least, line), Number.POSITIVE_INFINITY)
      const before = needed > 1 ? await valuesBefore(tx, run.id, { file, name, before: first, count: needed - 1 }) : []
      for (const watch of open) {
        const metric = firstMet(watch, before, fresh)
        if (metric === undefined) continue
        const snapshot = { ...NO_ARTIFACT, ...aboutRun(run, shown), metric }
        met.set(watch.key, { type: watch.eventType, snapshot })
      }
    }
  }
  await recordEvents(world, tx, caller, [...met.values()])
}

/** What the condition sees at the first of the fresh values that meets it. */
function firstMet(
  { condition, key }: MetricWatch,
  before: readonly MetricValue[],
  fresh: readonly MetricValue[],
): EventMetric | undefined {
  const all = [...before, ...fresh]
  const values = all.map(({ value }) => value)
  const needed = valuesNeeded(condition)
  for (let end = Math.max(before.length + 1, needed); end <= values.length; end++) {
    const found = meets(condition, values.slice(end - needed, end))
    const last = all[end - 1]
    if (found === null || last === undefined) continue
    return {
      name: condition.name,
      condition: conditionInWords(condition),
      key,
      value: found.value,
      prior: found.prior,
      logged: last.value,
      step: last.step,
    }
  }
  return undefined
}

/** The last `count` values of a metric in the lines before `before`, oldest first; fewer if there are not so many. */
async function valuesBefore(
  tx: Reader | Tx,
  runId: number,
  about: { file: string; name: string; before: number; count: number },
): Promise<MetricValue[]> {
  const { file, name, count } = about
  const downTo = Math.max(0, about.before - LOOKED_BACK_LINES_MAX)
  const found: MetricValue[] = []
  let before = about.before
  while (found.length < count && before > downTo) {
    const limit = Math.max(count, 50)
    const lines = await readLinesBefore(tx, { runId, file, before, downTo, mention: mentionOf(name), limit })
    found.push(...valuesIn(name, lines))
    if (lines.length < limit) break
    before = lines.at(-1)?.line ?? downTo
  }
  return found.slice(0, count).reverse()
}

/**
 * A run as events show it: as it is now.
 *
 * @throws Refusal `not_found` also for what the caller may not see
 */
export async function describeRun(
  tx: Tx,
  caller: Caller,
  address: { entity: string; project: string; run: string },
): Promise<{ subject: EventSubject; run: EventRun }> {
  const project = await requireProjectIn(tx, caller, address, 'viewer')
  const run = await requireRun(tx, { projectId: project.id, name: address.run })
  return { subject: subjectOf(run), run: await eventRun(tx, run, { state: run.state, stateBefore: null }) }
}

/**
 * What a run has come to of what a filter asks about, as an event would tell it: of an alert the newest; of a condition
 * on a metric what it sees now, under the key `NOT_MET` where that does not meet it. Nothing where there is no such thing.
 */
export async function describeOutcome(
  tx: Reader | Tx,
  runId: number,
  ask: RunAsk,
): Promise<Pick<EventSnapshot, 'metric' | 'alert'>> {
  if (ask.kind === 'state') return {}
  if (ask.kind === 'alert') {
    const [alert] = await findAlerts(tx, { of: { runId }, limit: 1 })
    return alert === undefined ? {} : { alert: { title: alert.title, text: alert.text, severity: alert.severity } }
  }
  const { condition, key } = ask
  const about = { name: condition.name, count: valuesNeeded(condition) }
  const [lines] = await countLines(tx, [runId])
  const history = await valuesBefore(tx, runId, { file: HISTORY_FILE, before: lines?.history ?? 0, ...about })
  const measured = { file: EVENTS_FILE, before: lines?.events ?? 0, ...about }
  const values = history.length > 0 ? history : await valuesBefore(tx, runId, measured)
  const numbers = values.map(({ value }) => value)
  const seen = compared(condition, numbers)
  const last = values.at(-1)
  if (seen === null || last === undefined) return {}
  const isMet = meets(condition, numbers) !== null
  return {
    metric: {
      name: condition.name,
      condition: conditionInWords(condition),
      key: isMet ? key : NOT_MET,
      ...seen,
      logged: last.value,
      step: last.step,
    },
  }
}

/**
 * Write down that running runs which have long been silent have crashed, and record it: one batch of them. Resolves to
 * whether there may be more.
 */
export async function recordCrashes(world: World): Promise<boolean> {
  return world.db.transaction(async (tx) => {
    const silentSince = world.now() - CRASHED_AFTER_MS
    const runs = await findSilentRuns(tx, world.db.engine, { silentSince, limit: CRASHED_AT_ONCE })
    for (const run of runs) {
      await updateRun(tx, run.id, { state: 'crashed', updated_at: world.now() })
      await recordStateChange(world, tx, null, run, { before: 'running', after: 'crashed' })
    }
    return runs.length === CRASHED_AT_ONCE
  })
}

const NO_ARTIFACT = {
  artifact: null,
  alias: null,
  tag: null,
  previousVersion: null,
  movedTo: null,
} satisfies Partial<EventSnapshot>

function aboutRun(run: RunView, shown: EventRun): { subjects: EventSubject[]; run: EventRun } {
  return { subjects: [subjectOf(run)], run: shown }
}

/** A run's project, as events show it. */
function subjectOf(run: RunView): EventSubject {
  const { project } = run
  return {
    entityId: project.entityId,
    entity: project.entity,
    organizationId: run.organizationId,
    projectId: project.id,
    project: project.name,
    collectionId: null,
    collection: null,
    collectionKind: null,
    version: null,
    aliases: [],
  }
}

async function eventRun(tx: Tx, run: RunView, states: Pick<EventRun, 'state' | 'stateBefore'>): Promise<EventRun> {
  return {
    id: run.id,
    name: run.name,
    displayName: run.displayName,
    username: run.userId === null ? null : await findUsername(tx, run.userId),
    group: run.group,
    jobType: run.jobType,
    tags: run.tags,
    ...states,
  }
}
