import { moveForeignKeysAside, putForeignKeysBack } from './foreign-keys.ts'
import { type CopyProgress, readProgress } from './progress.ts'
import { inTransaction, type RawConnection } from './raw-connection.ts'
import { keyOf, writeRows } from './rows.ts'
import type { Position, RowSource } from './source.ts'
import { COPY_PROGRESS, moveSequence, quoted, readTables, type Table, tableNames } from './table.ts'

/** The database that is filled. */
export type Target = {
  readonly connection: RawConnection
  /** Bring it to this migration; to the newest if there is none given. */
  migrate(upTo: string | undefined): Promise<void>
}

/** What a caller sees of it. `stopped` ends it between two batches; what has been written then stays. */
export type Filling = {
  readonly stopped: AbortSignal
  /** `rows`: of the batch, or those that an earlier run had copied. */
  onRows(table: Table, rows: number): void
}

/** The database is not empty, or what it holds is of another copy. */
export class NotEmpty extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotEmpty'
  }
}

/**
 * Whether the database is empty, or has begun to be filled by an interrupted copy of the same source.
 *
 * @throws NotEmpty
 */
export async function assertClaimable(connection: RawConnection, source: Pick<RowSource, 'id'>): Promise<void> {
  const names = await tableNames(connection)
  if (names.length === 0) return
  if (!names.includes(COPY_PROGRESS)) {
    throw new NotEmpty(
      `The database is not empty: it has the table ${names[0]}${names.length > 1 ? ` and ${names.length - 1} more` : ''}. ` +
        'Give an empty one.',
    )
  }
  const claimedFor = (await readProgress(connection)).get('source')
  if (claimedFor === undefined || claimedFor === source.id) return
  throw new NotEmpty(
    'The database holds a part of something else, whose copy was interrupted. Give an empty one, or let that copy finish.',
  )
}

/**
 * Claim such a database for a copy of `source`. From now on no server starts on it until `finishFilling`.
 *
 * @throws NotEmpty
 */
export async function claimTarget(connection: RawConnection, source: Pick<RowSource, 'id'>): Promise<CopyProgress> {
  await assertClaimable(connection, source)
  await connection.query(`create table if not exists ${COPY_PROGRESS} (name text primary key, value text not null)`)
  const progress = await readProgress(connection)
  if (progress.get('source') === undefined) await progress.set('source', source.id)
  return progress
}

/**
 * Copy every row of `source` into a claimed database, a batch and the note of how far it has come in one transaction: if it
 * is interrupted, the next call goes on from there.
 *
 * @throws Error when the tables are not the same, or references lead nowhere in the end
 */
export async function fill(target: Target, source: RowSource, progress: CopyProgress, seen: Filling): Promise<void> {
  const { connection } = target
  await target.migrate(source.migrations.at(-1))
  const tables = await readTables(connection)
  assertSameTables(source.tables, tables)
  await moveForeignKeysAside(connection, progress)
  for (const table of source.tables) await fillTable(connection, source, table, progress, seen)
  for (const [table, last] of Object.entries(source.sequences)) await moveSequence(connection, table, last)
  await putForeignKeysBack(connection, progress)
}

async function fillTable(
  connection: RawConnection,
  source: RowSource,
  table: Table,
  progress: CopyProgress,
  { stopped, onRows }: Filling,
): Promise<void> {
  const name = `table:${table.name}`
  const noted = progress.get(name)
  let position = noted === undefined ? undefined : (JSON.parse(noted) as Position)
  // What a migration may have put there comes from the source.
  if (position === undefined) await connection.query(`delete from ${quoted(table.name)}`)
  else onRows(table, position.count)
  for await (const rows of source.rows(table, position)) {
    stopped.throwIfAborted()
    const next: Position = { count: (position?.count ?? 0) + rows.length, key: keyOf(table, rows.at(-1)!) }
    try {
      await inTransaction(connection, async () => {
        await writeRows(connection, table, rows)
        await progress.set(name, JSON.stringify(next))
      })
    } catch (error) {
      throw new Error(`The rows of ${table.name} cannot be written: ${(error as Error).message}`, { cause: error })
    }
    position = next
    onRows(table, rows.length)
  }
}

/** Bring the schema up to date and let servers start. */
export async function finishFilling(target: Target, before: () => Promise<void>): Promise<void> {
  const { connection } = target
  await target.migrate(undefined)
  await before()
  await connection.query(connection.engine === 'postgres' ? 'analyze' : 'pragma optimize')
  await connection.query(`drop table ${COPY_PROGRESS}`)
}

function assertSameTables(source: readonly Table[], target: readonly Table[]): void {
  const described = (tables: readonly Table[]) => new Map(tables.map((table) => [table.name, describe(table)]))
  const [from, to] = [described(source), described(target)]
  const other = [...new Set([...from.keys(), ...to.keys()])].filter((name) => from.get(name) !== to.get(name))
  if (other.length > 0) throw new Error(`The tables are not the same on both sides: ${other.join(', ')}`)
}

function describe({ columns, key }: Table): string {
  return JSON.stringify([columns.map(({ name, type }) => `${name} ${type}`).sort(), key])
}
