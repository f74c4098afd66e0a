import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { POSTGRES, SQLITE } from '../engine.ts'
import { migrate } from '../migrate.ts'
import { reasonOf, SAFE_INTEGERS } from '../postgres.ts'
import { liftTransactionIds as liftPostgres } from '../postgres-transaction-ids.ts'
import type { Schema } from '../schema.ts'
import { DATABASE_FILE, lockDirectory } from '../sqlite.ts'
import { sqliteDialect } from '../sqlite-dialect.ts'
import { liftTransactionIds as liftSqlite } from '../sqlite-transaction-ids.ts'
import type { Target } from './filling.ts'
import { openRawPostgres, type RawConnection, rawSqlite } from './raw-connection.ts'
import { readMigrations } from './table.ts'

/** Which database: `databaseUrl` of a PostgreSQL, or else the embedded one in `dataDir`. */
export type DatabaseAddress = { databaseUrl: string | undefined; dataDir: string }

/** Waits this long for another connection's transaction to end. */
const BUSY_TIMEOUT_MS = 10_000

/**
 * A connection to read an existing database by, which may be in use by servers. It changes nothing.
 *
 * `hold`: keep servers off the embedded database's directory meanwhile.
 *
 * @throws Error, for the operator, when there is none, it cannot be reached, or with `hold` a server has it
 */
export async function openExisting(address: DatabaseAddress, { hold }: { hold: boolean }): Promise<RawConnection> {
  if (address.databaseUrl !== undefined) return reachPostgres(address.databaseUrl)
  const path = join(address.dataDir, DATABASE_FILE)
  if (!existsSync(path)) {
    throw new Error(`There is no database in the data directory ${address.dataDir} (TRIPLINE_DATA_DIR)`)
  }
  const lock = hold ? lockDirectory(address.dataDir) : undefined
  const file = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  return {
    ...rawSqlite(file),
    async close() {
      file.close()
      lock?.close()
    },
  }
}

/** A target with what restoring needs besides. */
export type OpenTarget = Target & {
  /** New events come after all that readers of the feed may have seen. */
  liftTransactionIds(): Promise<void>
  withKysely<Result>(work: (db: Kysely<Schema>) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/** @throws Error, for the operator, when it cannot be reached, or is in use */
export async function openTarget(address: DatabaseAddress): Promise<OpenTarget> {
  return address.databaseUrl === undefined ? openSqliteTarget(address.dataDir) : openPostgresTarget(address.databaseUrl)
}

function openSqliteTarget(directory: string): OpenTarget {
  const lock = lockDirectory(directory)
  const file = new DatabaseSync(join(directory, DATABASE_FILE), { enableForeignKeyConstraints: false })
  file.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -65536')
  const db = new Kysely<Schema>({ dialect: sqliteDialect(file) })
  const connection = rawSqlite(file)
  return {
    connection,
    async migrate(upTo) {
      if (upTo === undefined || !(await readMigrations(connection)).includes(upTo)) await migrate(db, SQLITE, upTo)
    },
    liftTransactionIds: () => liftSqlite(db),
    withKysely: (work) => work(db),
    async close() {
      // What was written since the last checkpoint is only now sure to be on the disk.
      file.exec('pragma synchronous = full; pragma wal_checkpoint(truncate)')
      await db.destroy()
      file.close()
      lock.close()
    },
  }
}

async function openPostgresTarget(url: string): Promise<OpenTarget> {
  const connection = await reachPostgres(url)
  const withKysely = async <Result>(work: (db: Kysely<Schema>) => Promise<Result>) => {
    const pool = new pg.Pool({ connectionString: url, max: 1, application_name: 'tripline copy', types: SAFE_INTEGERS })
    const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
    return work(db).finally(() => db.destroy())
  }
  return {
    connection,
    async migrate(upTo) {
      if (upTo !== undefined && (await readMigrations(connection)).includes(upTo)) return
      await withKysely((db) => migrate(db, POSTGRES, upTo))
    },
    liftTransactionIds: () => withKysely(liftPostgres),
    withKysely,
    close: () => connection.close(),
  }
}

async function reachPostgres(url: string): Promise<RawConnection> {
  try {
    return await openRawPostgres(url)
  } catch (error) {
    throw new Error(`The PostgreSQL database cannot be used: ${reasonOf(error)}`, { cause: error })
  }
}
