import { type Insertable, sql, type Updateable } from 'kysely'
import type { ProjectRef, RunRef } from '../artifacts/types.ts'
import { likeCaseless } from '../database/caseless.ts'
import type { Reader, Tx } from '../database/database.ts'
import { type Engine, insertChunks } from '../database/engine.ts'
import type { RunRow } from '../database/schema.ts'
import { batch, statement } from '../database/statement.ts'
import { EVENTS_FILE, HISTORY_FILE, LOG_FILE, type StreamedLine } from './file-stream.ts'
import type { RunState } from './run.ts'

/** A run without its documents (config, summary), which are large. Times are milliseconds since the epoch. */
export type RunView = RunRef & {
  /** As written; `stateNow` knows better. */
  state: RunState
  exitCode: number | null
  userId: number | null
  group: string | null
  jobType: string | null
  description: string | null
  notes: string | null
  tags: string[]
  sweepName: string | null
  host: string | null
  program: string | null
  commit: string | null
  repo: string | null
  createdAt: number
  updatedAt: number
  heartbeatAt: number
  /** Of the project's team; of the organization itself for its own projects; `null` outside organizations. */
  organizationId: number | null
}

/** Runs with where they are; a condition says which. */
export function selectRuns(db: Reader | Tx) {
  return db
    .selectFrom('runs')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .innerJoin('entities', 'entities.id', 'projects.entity_id')
    .select([
      'runs.id',
      'runs.name',
      'runs.display_name',
      'runs.state',
      'runs.exit_code',
      'runs.user_id',
      'runs.group_name',
      'runs.job_type',
      'runs.description',
      'runs.notes',
      'runs.tags',
      'runs.sweep_name',
      'runs.host',
      'runs.program',
      'runs.git_commit',
      'runs.git_repo',
      'runs.created_at',
      'runs.updated_at',
      'runs.heartbeat_at',
      'projects.id as project_id',
      'projects.name as project_name',
      'projects.is_registry',
      'entities.id as entity_id',
      'entities.name as entity_name',
      'entities.kind as entity_kind',
      'entities.organization_id',
    ])
}

type SelectedRun = Awaited<ReturnType<ReturnType<typeof selectRuns>['execute']>>[number]

export function runOf(row: SelectedRun): RunView {
  const project: ProjectRef = {
    id: row.project_id,
    name: row.project_name,
    entityId: row.entity_id,
    entity: row.entity_name,
    isRegistry: row.is_registry === 1,
  }
  return {
    id: row.id,
    name: row.name,
    displayName: row.display_name,
    project,
    state: row.state,
    exitCode: row.exit_code,
    userId: row.user_id,
    group: row.group_name,
    jobType: row.job_type,
    description: row.description,
    notes: row.notes,
    tags: JSON.parse(row.tags) as string[],
    sweepName: row.sweep_name,
    host: row.host,
    program: row.program,
    commit: row.git_commit,
    repo: row.git_repo,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    heartbeatAt: row.heartbeat_at,
    organizationId: row.entity_kind === 'organization' ? row.entity_id : row.organization_id,
  }
}

export async function findRunByName(
  db: Reader | Tx,
  input: { projectId: number; name: string },
): Promise<RunView | undefined> {
  const [row] = await selectRunNamed(db, input)
  return row === undefined ? undefined : runOf(row)
}

const selectRunNamed = statement((db, input: { projectId: number; name: string }) =>
  selectRuns(db).where('runs.project_id', '=', input.projectId).where('runs.name', '=', input.name),
)

export async function findRunsByIds(db: Reader | Tx, ids: readonly number[]): Promise<RunView[]> {
  return ids.length === 0 ? [] : (await selectRunsByIds(db, { ids })).map(runOf)
}

const selectRunsByIds = statement((db, input: { ids: readonly number[] }, engine) =>
  selectRuns(db).where(engine.isOneOf('runs.id', input.ids, 'bigint')),
)

export async function countRunsOfProject(db: Reader | Tx, projectId: number): Promise<number> {
  const row = await db
    .selectFrom('runs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function findDocuments(db: Reader, ids: readonly number[]) {
  return selectDocuments(db, { ids })
}

const selectDocuments = statement((db, input: { ids: readonly number[] }, engine) =>
  db
    .selectFrom('runs')
    .select(['id', 'config', 'summary'])
    .where(engine.isOneOf('id', input.ids, 'bigint')),
)

/** `undefined` when the project already has a run of that name. */
export async function insertRun(tx: Tx, row: Insertable<RunRow>): Promise<number | undefined> {
  const inserted = await tx
    .insertInto('runs')
    .values(row)
    .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted?.id
}

export async function updateRun(tx: Tx, id: number, change: Updateable<RunRow>): Promise<void> {
  await tx.updateTable('runs').set(change).where('id', '=', id).execute()
}

/** Keep lines under their numbers; one that was there is replaced, as clients send again what they had no answer for. */
export async function putLines(tx: Tx, runId: number, lines: readonly StreamedLine[]): Promise<void> {
  await insertLines(tx, lines, { runId })
}

const insertLines = batch(
  { file: 'text', line: 'bigint', content: 'text' },
  (_, { names, values, rows }, input: { runId: number }) => sql`
    insert into run_lines (run_id, ${names}) ${rows(sql`cast(${input.runId} as bigint), ${values}`)}
    on conflict (run_id, file, line) do update set content = excluded.content`,
)

/** The last of a file's lines before `before` that have `mention` in their text, newest first, not below `downTo`. */
export const readLinesBefore = statement(
  (
    db,
    input: { runId: number; file: string; before: number; downTo: number; mention: string; limit: number },
    engine,
  ) =>
    db
      .selectFrom('run_lines')
      .select(['line', 'content'])
      .where('run_id', '=', input.runId)
      .where('file', '=', input.file)
      .where('line', '<', input.before)
      .where('line', '>=', input.downTo)
      .where(engine.contains(sql.ref('content'), input.mention))
      .orderBy('line', 'desc')
      .limit(input.limit),
)

/** Runs that are running and were last heard of before `silentSince`, locked; those that others have locked are left out. */
export async function findSilentRuns(
  tx: Tx,
  engine: Engine,
  input: { silentSince: number; limit: number },
): Promise<RunView[]> {
  const rows = await tx
    .selectFrom('runs')
    .select('id')
    .where('state', '=', sql.lit('running'))
    .where('heartbeat_at', '<', input.silentSince)
    .orderBy('id')
    .limit(input.limit)
    .$if(engine.rowLocks, (query) => query.forUpdate().skipLocked())
    .execute()
  return findRunsByIds(
    tx,
    rows.map(({ id }) => id),
  )
}

/** The state of a run, locked until the transaction ends. */
export async function lockState(tx: Tx, id: number): Promise<RunState> {
  const [row] = await selectStateLocked(tx, { id })
  return row!.state
}

const selectStateLocked = statement((tx, input: { id: number }, engine) =>
  tx
    .selectFrom('runs')
    .select('state')
    .where('id', '=', input.id)
    .$if(engine.rowLocks, (query) => query.forUpdate()),
)

export async function findUsername(tx: Tx, userId: number): Promise<string | null> {
  const [row] = await selectUsername(tx, { userId })
  return row?.username ?? null
}

const selectUsername = statement((tx, input: { userId: number }) =>
  tx.selectFrom('users').select('username').where('id', '=', input.userId),
)

export type LineCounts = { id: number; history: number; events: number; log: number }

/** How many lines each file has, counted by the last line's number. */
export async function countLines(db: Reader, runIds: readonly number[]): Promise<LineCounts[]> {
  const rows = await db
    .selectFrom('runs')
    .select((eb) => {
      // One look into the index a file, where grouping would read every line.
      const lastLine = (file: string) =>
        eb
          .selectFrom('run_lines')
          .select((lines) => lines.fn.max('run_lines.line').as('line'))
          .whereRef('run_lines.run_id', '=', 'runs.id')
          .where('run_lines.file', '=', file)
      return [
        'runs.id',
        lastLine(HISTORY_FILE).as('history'),
        lastLine(EVENTS_FILE).as('events'),
        lastLine(LOG_FILE).as('log'),
      ]
    })
    .where('runs.id', 'in', runIds)
    .execute()
  const count = (last: number | null) => (last === null ? 0 : last + 1)
  return rows.map((row) => ({
    id: row.id,
    history: count(row.history),
    events: count(row.events),
    log: count(row.log),
  }))
}

/** The last line of each run's history and events. */
export async function findTails(
  db: Reader,
  runIds: readonly number[],
): Promise<{ id: number; history: string | null; events: string | null }[]> {
  return db
    .selectFrom('runs')
    .select((eb) => {
      const lastLine = (file: string) =>
        eb
          .selectFrom('run_lines')
          .select('run_lines.content')
          .whereRef('run_lines.run_id', '=', 'runs.id')
          .where('run_lines.file', '=', file)
          .orderBy('run_lines.line', 'desc')
          .limit(1)
      return ['runs.id', lastLine(HISTORY_FILE).as('history'), lastLine(EVENTS_FILE).as('events')]
    })
    .where('runs.id', 'in', runIds)
    .execute()
}

/** A file whose bytes have arrived. `md5` in base64. */
export type RunFileView = { runId: number; name: string; blobKey: string; size: number; md5: string; updatedAt: number }

/** Give files new places for their bytes; answers the keys of the blobs they had. */
export async function replaceRunFiles(
  tx: Tx,
  engine: Engine,
  input: { runId: number; files: readonly { name: string; blobKey: string }[]; now: number },
): Promise<string[]> {
  const names = input.files.map((file) => file.name)
  const replaced = await tx
    .selectFrom('run_files')
    .select('blob_key')
    .where('run_id', '=', input.runId)
    .where('name', 'in', names)
    .execute()
  const rows = input.files.map(({ name, blobKey }) => ({
    run_id: input.runId,
    name,
    blob_key: blobKey,
    size: null,
    md5: null,
    updated_at: input.now,
  }))
  for (const chunk of insertChunks(engine, rows)) {
    await tx
      .insertInto('run_files')
      .values(chunk)
      .onConflict((conflict) =>
        conflict.columns(['run_id', 'name']).doUpdateSet((eb) => ({
          blob_key: eb.ref('excluded.blob_key'),
          size: null,
          md5: null,
          updated_at: eb.ref('excluded.updated_at'),
        })),
      )
      .execute()
  }
  return replaced.map((row) => row.blob_key)
}

/** Those of the blobs that are files of runs. */
export async function selectRunBlobs(db: Reader | Tx, engine: Engine, keys: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('run_files')
    .select('blob_key')
    .where(engine.isOneOf('blob_key', keys, 'text'))
    .execute()
  return rows.map((row) => row.blob_key)
}

/** The digests of those that are files of runs. */
export async function selectRunDigests(
  db: Reader,
  engine: Engine,
  keys: readonly string[],
): Promise<[string, string][]> {
  const rows = await db
    .selectFrom('run_files')
    .select(['blob_key', 'md5'])
    .where(engine.isOneOf('blob_key', keys, 'text'))
    .where('md5', 'is not', null)
    .execute()
  return rows.map((row) => [row.blob_key, row.md5 as string])
}

/** Whether the blob is a run's file. */
export async function markRunFilesStored(
  tx: Tx,
  engine: Engine,
  input: { blobs: readonly { key: string; size: number; md5: string }[]; now: number },
): Promise<void> {
  for (const chunk of insertChunks(engine, input.blobs)) {
    const values = chunk.map(
      ({ key, size, md5 }) => sql`(cast(${key} as text), cast(${size} as bigint), cast(${md5} as text))`,
    )
    await sql`
      with stored (blob_key, size, md5) as (values ${sql.join(values)})
      update run_files set size = stored.size, md5 = stored.md5, updated_at = ${input.now} from stored
      where run_files.blob_key = stored.blob_key
    `.execute(tx)
  }
}

export async function findRunFiles(
  db: Reader,
  input: {
    runId: number
    names: readonly string[] | undefined
    pattern: string | undefined
    after: string | undefined
    limit: number
  },
): Promise<RunFileView[]> {
  const { names, pattern, after } = input
  const rows = await db
    .selectFrom('run_files')
    .selectAll()
    .where('run_id', '=', input.runId)
    .where('size', 'is not', null)
    .$if(names !== undefined, (query) => query.where('name', 'in', names as readonly string[]))
    .$if(pattern !== undefined, (query) => query.where(likeCaseless(sql`name`, pattern as string)))
    .$if(after !== undefined, (query) => query.where('name', '>', after as string))
    .orderBy('name')
    .limit(input.limit)
    .execute()
  return rows.map((row) => ({
    runId: row.run_id,
    name: row.name,
    blobKey: row.blob_key,
    size: row.size as number,
    md5: row.md5 as string,
    updatedAt: row.updated_at,
  }))
}

export async function countRunFiles(db: Reader, runIds: readonly number[]): Promise<Map<number, number>> {
  const rows = await db
    .selectFrom('run_files')
    .select((eb) => ['run_id', eb.fn.countAll<number>().as('count')])
    .where('run_id', 'in', runIds)
    .where('size', 'is not', null)
    .groupBy('run_id')
    .execute()
  return new Map(rows.map((row) => [row.run_id, Number(row.count)]))
}
