import { createHash } from 'node:crypto'
import type { RawConnection } from './raw-connection.ts'
import { lineOf, type Row } from './row.ts'
import { readRows } from './rows.ts'
import { COPY_PROGRESS, readMigrations, readSequences, readTables, type Table, tableNames } from './table.ts'
import { UNFINISHED } from './unfinished.ts'

/** How far a table has been read: how many rows, and the key of the last. */
export type Position = { readonly count: number; readonly key: Row }

/** Everything a database held at one moment. */
export type RowSource = {
  /** The same for the same content: a copy that was interrupted goes on from this one only. */
  readonly id: string
  readonly tables: readonly Table[]
  readonly migrations: readonly string[]
  /** How far ids have been given out, by table. */
  readonly sequences: Readonly<Record<string, number>>
  /** The rows of a table in the order of its key. */
  rows(table: Table, after?: Position): AsyncIterable<readonly Row[]>
}

/**
 * What the database holds now, and go on reading as it is now whatever is written meanwhile, until the connection is
 * closed.
 *
 * @throws Error when there is nothing of ours in it
 */
export async function openSnapshot(connection: RawConnection): Promise<RowSource> {
  await connection.query(
    connection.engine === 'sqlite' ? 'begin' : 'begin transaction isolation level repeatable read, read only',
  )
  const migrations = await readMigrations(connection)
  if ((await tableNames(connection)).includes(COPY_PROGRESS)) throw new Error(UNFINISHED)
  if (migrations.length === 0) throw new Error('There is no database of Tripline there')
  return {
    id: await installationOf(connection),
    migrations,
    tables: await readTables(connection),
    sequences: await readSequences(connection),
    rows: (table, after) => readRows(connection, table, after?.key),
  }
}

/** Every installation has a key check of its own, which a copy of it has, too. */
export async function installationOf(connection: RawConnection): Promise<string> {
  const check = await readKeyCheck(connection)
  return createHash('sha256').update(`tripline installation\n${check}`).digest('hex').slice(0, 32)
}

/** @throws Error when no server has been started on the database */
export async function readKeyCheck(connection: RawConnection): Promise<string> {
  const [row] = await connection.query(`select value from settings where name = 'key_check'`)
  if (row === undefined) throw new Error('No server has been started on this database yet: there is nothing in it')
  return String(row[0])
}

/** What tells whether two tables hold the same rows. */
export type TableSum = { readonly rows: number; readonly sha256: string }

/** The SHA-256 of the lines of all rows, each with its newline. */
export async function sumOf(batches: AsyncIterable<readonly Row[]>): Promise<TableSum> {
  const hash = createHash('sha256')
  let rows = 0
  for await (const batch of batches) {
    rows += batch.length
    for (const row of batch) hash.update(lineOf(row)).update('\n')
  }
  return { rows, sha256: hash.digest('hex') }
}
