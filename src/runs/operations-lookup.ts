import { type Caller, mayIn } from '../access/rights.ts'
import { orderKey } from '../artifacts/list-order.ts'
import { cutPage } from '../artifacts/page.ts'
import type { Page, PageRequest, VisiblePlaces } from '../artifacts/types.ts'
import type { Reader, Tx } from '../database/database.ts'
import { notFound } from '../refusal.ts'
import type { World } from '../world.ts'
import type { RunState } from './run.ts'
import { parseRunFilter, parseRunOrder, runFilterOf } from './run-list.ts'
import {
  countLines,
  findDocuments,
  findRunByName,
  findRunsByIds,
  findTails,
  type LineCounts,
  type RunView,
} from './store.ts'
import { countRunsWith, findRunsInOrder, searchRunRows } from './store-list.ts'

export type { LineCounts, RunView } from './store.ts'

// Whoever may see a project may see its runs: what takes a `projectId` is for projects the caller was found to see.

/** The run of this name (what users call its id). */
export async function findRun(
  db: Reader | Tx,
  input: { projectId: number; name: string },
): Promise<RunView | undefined> {
  return findRunByName(db, input)
}

/** @throws Refusal `not_found` */
export async function requireRun(db: Reader | Tx, input: { projectId: number; name: string }): Promise<RunView> {
  const run = await findRunByName(db, input)
  if (run === undefined) throw notFound(`Run "${input.name}"`)
  return run
}

/** The runs of these ids that the caller may see, by id. */
export async function loadRuns(db: Reader | Tx, caller: Caller, ids: readonly number[]): Promise<Map<number, RunView>> {
  const runs = await findRunsByIds(db, ids)
  return new Map(runs.filter((run) => mayIn(caller, 'viewer', run.project)).map((run) => [run.id, run]))
}

/**
 * A project's runs, those that the filter takes, in an order; both as the client writes them. Key: what `orderKey` makes.
 *
 * @throws Refusal `invalid_request` | `not_supported` | `cursor_invalid`
 */
export async function listRuns(
  world: World,
  input: RunList & { order?: string | null | undefined },
  page: PageRequest,
): Promise<Page<RunView>> {
  const { read, engine } = world.db
  const found = await findRunsInOrder(read, engine, runsOf(world, input), parseRunOrder(input.order), page)
  return cutPage(
    found,
    page,
    ({ run }) => run,
    ({ run, orderedBy }) => orderKey(orderedBy, run.id),
  )
}

/** @throws Refusal `invalid_request` | `not_supported` */
export async function countRuns(world: World, input: RunList): Promise<number> {
  return countRunsWith(world.db.read, world.db.engine, runsOf(world, input))
}

/** `filters`: as the client writes them. */
type RunList = {
  projectId: number
  filters?: string | null | undefined
  state?: RunState | undefined
  text?: string | undefined
}

function runsOf(world: World, { projectId, filters, ...asked }: RunList) {
  return { projectId, filter: parseRunFilter(filters) ?? runFilterOf(asked), now: world.now() }
}

/** The newest runs with the text in a name of theirs, in places that the caller was found to see. */
export async function searchRuns(world: World, input: VisiblePlaces & { text: string; limit: number }) {
  const rows = await searchRunRows(world.db.read, world.db.engine, input)
  return rows.map(({ display_name, ...row }) => ({ ...row, displayName: display_name }))
}

/** Config and summary, JSON as text, by run id. For runs already read. */
export async function loadDocuments(
  world: World,
  runIds: readonly number[],
): Promise<Map<number, { config: string; summary: string }>> {
  return new Map((await findDocuments(world.db.read, runIds)).map((row) => [row.id, row]))
}

/** How many lines a run has streamed into each of its files, by run id. For runs already read. */
export async function loadLineCounts(world: World, runIds: readonly number[]): Promise<Map<number, LineCounts>> {
  return new Map((await countLines(world.db.read, runIds)).map((row) => [row.id, row]))
}

/** The last line of a run's history and of its events, by run id. For runs already read. */
export async function loadTails(
  world: World,
  runIds: readonly number[],
): Promise<Map<number, { history: string | null; events: string | null }>> {
  return new Map((await findTails(world.db.read, runIds)).map((row) => [row.id, row]))
}
