import { loadUsers } from '../access/operations.ts'
import type { Caller } from '../access/rights.ts'
import { requireProject } from '../artifacts/operations-projects.ts'
import { countRunsArtifacts } from '../artifacts/operations-runs.ts'
import type { Page, PageRequest } from '../artifacts/types.ts'
import { isRecord } from '../runtime/is-record.ts'
import type { World } from '../world.ts'
import { type AlertView, listAlerts } from './operations-alerts.ts'
import { listRuns, loadDocuments, type RunView, requireRun } from './operations-lookup.ts'
import { type RunState, stateNow } from './run.ts'

const ALERTS_SHOWN_MAX = 20

/** A run as lists show it. `artifacts`: how many versions it used and logged that the caller may see. */
export type RunSummary = {
  run: RunView
  state: RunState
  username: string | null
  artifacts: { input: number; output: number }
}

/** `config`: without what the client keeps there for itself, each value as it was set. `alerts`: the newest first. */
export type RunDetails = RunSummary & {
  config: Record<string, unknown>
  summary: Record<string, unknown>
  alerts: AlertView[]
}

/**
 * The runs of a project. Key: what `orderKey` makes.
 *
 * - `order`: as the client writes it.
 *
 * @throws Refusal `not_found` | `cursor_invalid`
 */
export async function listProjectRuns(
  world: World,
  caller: Caller,
  input: { entity: string; project: string; state?: RunState | undefined; text?: string | undefined; order: string },
  page: PageRequest,
): Promise<Page<RunSummary>> {
  const { id: projectId } = await requireProject(world, caller, input)
  const { state, text, order } = input
  const { items, nextKey } = await listRuns(world, { projectId, state, text, order }, page)
  return { items: await summariesOf(world, caller, items), nextKey }
}

/** @throws Refusal `not_found` */
export async function readRun(
  world: World,
  caller: Caller,
  input: { entity: string; project: string; run: string },
): Promise<RunDetails> {
  const { id: projectId } = await requireProject(world, caller, input)
  const run = await requireRun(world.db.read, { projectId, name: input.run })
  const [[summary], documents, alerts] = await Promise.all([
    summariesOf(world, caller, [run]),
    loadDocuments(world, [run.id]),
    listAlerts(world, caller, input, { limit: ALERTS_SHOWN_MAX }),
  ])
  const { config = '{}', summary: last = '{}' } = documents.get(run.id) ?? {}
  return {
    ...(summary as RunSummary),
    config: plainConfig(objectIn(config)),
    summary: withoutOwn(objectIn(last)),
    alerts: alerts.items,
  }
}

async function summariesOf(world: World, caller: Caller, runs: readonly RunView[]): Promise<RunSummary[]> {
  const userIds = new Set(runs.flatMap(({ userId }) => userId ?? []))
  const [users, artifacts] = await Promise.all([
    userIds.size === 0 ? undefined : loadUsers(world, [...userIds]),
    countRunsArtifacts(
      world,
      caller,
      runs.map(({ id }) => id),
    ),
  ])
  const now = world.now()
  return runs.map((run) => ({
    run,
    state: stateNow(run, now),
    username: run.userId === null ? null : (users?.get(run.userId)?.username ?? null),
    artifacts: artifacts.get(run.id) ?? { input: 0, output: 0 },
  }))
}

/** Each value stands beside what describes it: `{"lr": {"value": 0.1}}`. */
function plainConfig(config: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(withoutOwn(config)).map(([key, entry]) => [
    key,
    isRecord(entry) && 'value' in entry ? entry.value : entry,
  ])
  return Object.fromEntries(entries)
}

/** What clients keep for themselves begins with an underscore and is named after them. */
function withoutOwn(document: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(document).filter(([key]) => key !== '_wandb' && key !== 'wandb_version'))
}

function objectIn(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text)
  return isRecord(value) ? value : {}
}
