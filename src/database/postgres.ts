import { AsyncLocalStorage } from 'node:async_hooks'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { assert } from '../runtime/assert.ts'
import type { Database, Tx } from './database.ts'
import { POSTGRES } from './engine.ts'
import { databaseRefusal, isPassing } from './failure.ts'
import { migrate } from './migrate.ts'
import { createSignals } from './postgres-signals.ts'
import type { Schema } from './schema.ts'

const POOL_SIZE = 12
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 30_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000

const INT8_OID = 20

/**
 * Open a PostgreSQL database and migrate it. Any number of processes may share it.
 *
 * @throws Error when it cannot be reached, naming `TRIPLINE_DATABASE_URL`
 */
export async function openPostgres(input: {
  url: string
  poolSize?: number
  onConnectionError?: (error: Error) => void
}): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: input.url,
    max: input.poolSize ?? POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: 'tripline',
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === INT8_OID && format !== 'binary'
          ? parseSafeInteger
          : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
    },
  })
  // A connection that breaks while idle must not end the process; the next query opens another.
  pool.on('error', (error) => input.onConnectionError?.(error))
  const read = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  try {
    await migrate(read, POSTGRES)
  } catch (error) {
    await read.destroy()
    throw new Error(`The database in TRIPLINE_DATABASE_URL cannot be used: ${(error as Error).message}`, {
      cause: error,
    })
  }

  const signals = createSignals({
    url: input.url,
    query: (text, values) => pool.query(text, values),
    onConnectionError: (error) => input.onConnectionError?.(error),
  })
  const inTransaction = new AsyncLocalStorage<true>()

  async function once<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    return inTransaction.run(true, () => read.transaction().execute(work))
  }

  return {
    engine: POSTGRES,
    read,
    async transaction(work) {
      assert(inTransaction.getStore() === undefined, 'a transaction is opened inside another: pass the inner one on')
      try {
        return await once(work)
      } catch (error) {
        if (!isPassing(error)) throw databaseRefusal(error) ?? error
      }
      try {
        return await once(work)
      } catch (error) {
        throw databaseRefusal(error) ?? error
      }
    },
    announce: signals.announce,
    listen: signals.listen,
    async check() {
      await pool.query('select 1')
    },
    async close() {
      await read.destroy()
    },
  }
}

function parseSafeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`The integer ${text} is beyond 2^53`)
  return value
}
