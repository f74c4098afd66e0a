import type { Tx } from '../database/database.ts'
import { type Event, type EventRun, type EventSubject, METRIC_EVENT_TYPES, type RunEventType } from '../events/event.ts'
import type { World } from '../world.ts'
import { matchesRun } from './filter.ts'
import { candidateKey, enclosingScopes } from './matching.ts'
import type { MetricCondition } from './metric-condition.ts'
import { loadFilters } from './operations-filters.ts'
import { coarseState } from './run-filter.ts'
import { findInScope } from './store.ts'
import { claimFirings, deleteOldFirings, findRecentFirings } from './store-run-firings.ts'

/** A condition that some automation waits for in a run. */
export type MetricWatch = { eventType: RunEventType; condition: MetricCondition; key: string }

/** What an automation on metrics counts by: it fires once, whatever meets its condition. */
const OF_METRICS = 'METRIC'

const FIRINGS_DELETED_AT_ONCE = 500

/**
 * The conditions that automations wait for in this run and have not fired for yet, each once. Where no automation on
 * metrics is in scope, that costs one statement.
 *
 * - `loadRun`: called only if one still waits.
 */
export async function findMetricWatches(
  world: World,
  tx: Tx,
  { runId, subject }: { runId: number; subject: EventSubject },
  loadRun: () => Promise<EventRun>,
): Promise<MetricWatch[]> {
  const scopes = enclosingScopes(subject)
  const keys = METRIC_EVENT_TYPES.flatMap((type) => scopes.map((scope) => candidateKey(type, scope)))
  const candidates = await findInScope(tx, keys)
  if (candidates.length === 0) return []

  const recent = await findRecentFirings(tx, { runId, nowMs: world.now() })
  const fired = new Set(recent.flatMap((row) => (row.what === OF_METRICS ? [row.automation_id] : [])))
  const waiting = candidates.filter(({ automationId }) => !fired.has(automationId))
  if (waiting.length === 0) return []

  const run = await loadRun()
  const watches = new Map<string, MetricWatch>()
  const filters = await loadFilters(
    world,
    tx,
    waiting.map(({ revisionId }) => revisionId),
  )
  for (const stored of filters.values()) {
    const ask = stored?.filter.run
    if (stored === null || ask?.kind !== 'metric' || !matchesRun(stored.filter, run, subject)) continue
    watches.set(ask.key, { eventType: stored.eventType as RunEventType, condition: ask.condition, key: ask.key })
  }
  return [...watches.values()]
}

/**
 * Of these matches, those that may fire: an automation fires for a run once in 24 hours, and on changes of state once for
 * each state, so that the start of a run does not silence its end. Alerts all may, since the run itself says how often it
 * tells, and so may matches of other events.
 */
export async function claimPerRun<Match extends { event: Event; candidate: { automationId: number } }>(
  world: World,
  tx: Tx,
  matches: readonly Match[],
): Promise<Match[]> {
  const claims = matches.map(claimOf)
  const asked = claims.filter((claim) => claim !== undefined)
  if (asked.length === 0) return [...matches]
  const claimed = await claimFirings(tx, asked, { nowMs: world.now() })
  const keys = new Set(claimed.map(keyOf))
  return matches.filter((_, index) => {
    const claim = claims[index]
    return claim === undefined || keys.has(keyOf(claim))
  })
}

type FiringClaim = { run_id: number; automation_id: number; what: string }

function claimOf({ event, candidate }: { event: Event; candidate: { automationId: number } }): FiringClaim | undefined {
  const { run } = event.snapshot
  if (run == null || event.type === 'RUN_ALERT') return undefined
  const what = event.type === 'RUN_STATE' ? coarseState(run.state) : OF_METRICS
  return { run_id: run.id, automation_id: candidate.automationId, what }
}

function keyOf({ run_id, automation_id, what }: FiringClaim): string {
  return `${run_id} ${automation_id} ${what}`
}

/** Forget firings that count no more, one batch of them; whether there may be more. */
export async function forgetOldFirings(world: World): Promise<boolean> {
  const count = await world.db.transaction((tx) =>
    deleteOldFirings(tx, { nowMs: world.now(), limit: FIRINGS_DELETED_AT_ONCE }),
  )
  return count === FIRINGS_DELETED_AT_ONCE
}
