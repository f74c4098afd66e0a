import { setTimeout as sleep } from 'node:timers/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PostgresDialect,
  PostgresDriver,
  type QueryResult,
} from 'kysely'
import pg from 'pg'
import { assert } from '../runtime/assert.ts'
import { createTurns } from '../runtime/turns.ts'
import { within } from '../runtime/within.ts'
import { createAfterCommit } from './after-commit.ts'
import { UNFINISHED, UNFINISHED_QUERY } from './copying/unfinished.ts'
import type { Database, Tx } from './database.ts'
import { POSTGRES } from './engine.ts'
import { databaseAway, databaseRefusal, isAnswerTimeout, isPassing } from './failure.ts'
import { migrate } from './migrate.ts'
import { createSharedClock, type SharedClock } from './postgres-clock.ts'
import { createSignals } from './postgres-signals.ts'
import { keepTransactionIdsRising } from './postgres-transaction-ids.ts'
import type { Schema } from './schema.ts'
import { createSharedReads } from './shared-reads.ts'
import { preparedName, runBy, sendAtOnce } from './statement.ts'

const POOL_SIZE = 12
/** A connection that is closed takes its prepared statements and their plans along. */
const IDLE_CONNECTION_MS = 10 * 60_000
const CONNECT_TIMEOUT_MS = 5_000
const STATEMENT_TIMEOUT_MS = 30_000
/** For a server that has vanished without a word: longer than one that is there takes to say no itself. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000
const END_TIMEOUT_MS = 2_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000

/**
 * How often a transaction begins that fails for a reason which passes, and how long it waits before it does again. At
 * once, it could overtake the one that it stood in the way of, and meet it again.
 */
const TRIES_MAX = 4
const RETRY_MS_MAX = 50

/** As Kysely says it. */
const COMMIT = 'commit'

const INT8_OID = 20

/** 64-bit integers as numbers, never rounded. */
export const SAFE_INTEGERS = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8_OID && format !== 'binary'
      ? parseSafeInteger
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
}

/** A statement that is built once is planned once, too, on each connection. */
function prepared(args: unknown[]): unknown[] {
  const [text, values] = args
  const name = typeof text === 'string' ? preparedName(text) : undefined
  return name === undefined ? args : [{ name, text, values }]
}

/**
 * Statements called in one turn of the event loop are written to the socket at once, where each would be a call of the
 * system on either side.
 *
 * A connection whose server did not answer in time is of no use: whatever is asked next would wait behind the same
 * question. The pool drops it once it is closed.
 */
class PooledConnection extends pg.Client {
  #isGathering = false
  #isEnding = false

  constructor(config?: string | pg.ClientConfig) {
    super(config)
    // `pg` has no event for it, and its own promise has no other reader.
    const query = this.query.bind(this) as (...args: unknown[]) => unknown
    this.query = ((...args: unknown[]) => {
      assert(!this.#isEnding || args[0] === 'rollback', 'nothing is asked in a transaction after its last statements')
      this.#gather()
      const answer = query(...prepared(args))
      if (answer instanceof Promise) {
        answer.catch((error: Error) => {
          if (isAnswerTimeout(error)) this.connection.stream.destroy()
        })
        if (args[0] === COMMIT) this.#endWith(answer)
      }
      return answer
    }) as typeof this.query
  }

  #endWith(commit: Promise<unknown>): void {
    this.#isEnding = true
    const ended = () => {
      this.#isEnding = false
    }
    commit.then(ended, ended)
  }

  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    const { stream } = this.connection
    stream.cork()
    // After all that is called by then, in promises, too.
    process.nextTick(() => {
      this.#isGathering = false
      stream.uncork()
    })
  }
}

type Answer = Promise<QueryResult<unknown>>

/**
 * The first statements of a transaction are on their way together with its `begin`, and the last ones, where it says
 * which those are, together with its `commit`. If one of them fails, PostgreSQL takes the commit for a rollback.
 */
class DriverWithoutPauses extends PostgresDriver {
  readonly #begun = new WeakMap<DatabaseConnection, Answer>()
  readonly #committing = new WeakMap<DatabaseConnection, Answer>()

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const begun = connection.executeQuery(CompiledQuery.raw('begin'))
    // The first statement fails of the same, and `commitTransaction` tells in any case.
    begun.catch(() => {})
    this.#begun.set(connection, begun)
  }

  /** Sends the commit, for `commitTransaction` to wait for. */
  commitAhead(connection: DatabaseConnection): void {
    const committing = connection.executeQuery(CompiledQuery.raw(COMMIT))
    committing.catch(() => {})
    this.#committing.set(connection, committing)
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#begun.get(connection)
    const committing = this.#committing.get(connection)
    if (committing === undefined) return super.commitTransaction(connection)
    this.#committing.delete(connection)
    const { rows } = await committing
    assert(
      (rows[0] as { command: string }).command === COMMIT.toUpperCase(),
      'a transaction that ends well is committed',
    )
  }

  override async rollbackTransaction(connection: Parameters<PostgresDriver['rollbackTransaction']>[0]): Promise<void> {
    this.#committing.delete(connection)
    await super.rollbackTransaction(connection)
  }
}

class DialectWithoutPauses extends PostgresDialect {
  readonly #driver: DriverWithoutPauses

  constructor(pool: pg.Pool, driver: DriverWithoutPauses) {
    super({ pool })
    this.#driver = driver
  }

  override createDriver(): PostgresDriver {
    return this.#driver
  }
}

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
    Client: PooledConnection,
    connectionString: input.url,
    max: input.poolSize ?? POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    pipeline: true,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: 'tripline',
    types: SAFE_INTEGERS,
  })
  // A connection that breaks, idle or between two queries of a transaction, must not end the process: whoever uses it
  // next hears of it.
  pool.on('error', (error) => input.onConnectionError?.(error))
  pool.on('connect', (client) => client.on('error', () => {}))
  const driver = new DriverWithoutPauses({ pool })
  const read = new Kysely<Schema>({ dialect: new DialectWithoutPauses(pool, driver) })
  runBy(read, { executeQuery: createSharedReads((use) => read.getExecutor().provideConnection(use)) })
  let clock: SharedClock
  try {
    if ((await pool.query(UNFINISHED_QUERY.postgres)).rowCount !== 0) throw new Error(UNFINISHED)
    await migrate(read, POSTGRES)
    await keepTransactionIdsRising(read)
    clock = await createSharedClock(async () => {
      const { rows } = await pool.query('select (extract(epoch from clock_timestamp()) * 1000)::float8 as now')
      return rows[0].now
    })
  } catch (error) {
    await read.destroy()
    throw new Error(`The database in TRIPLINE_DATABASE_URL cannot be used: ${reasonOf(error)}`, { cause: error })
  }

  const signals = createSignals({
    url: input.url,
    query: (text, values) => pool.query(text, values),
    onConnectionError: (error) => input.onConnectionError?.(error),
  })
  const afterCommit = createAfterCommit()
  const inTurn = createTurns()

  async function once<Result>(work: (tx: Tx) => Promise<Result>, commitsWithLast: boolean): Promise<Result> {
    const running = afterCommit.within(() =>
      read.transaction().execute(async (tx) => {
        const end = await sendAtOnce(tx, commitsWithLast ? (connection) => driver.commitAhead(connection) : undefined)
        return work(tx).finally(end)
      }),
    )
    const result = await running.result
    return new Promise((resolve) => running.committed(() => resolve(result)))
  }

  async function again<Result>(work: (tx: Tx) => Promise<Result>, commitsWithLast: boolean): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await once(work, commitsWithLast)
      } catch (error) {
        if (tries === TRIES_MAX || !isPassing(error)) throw databaseRefusal(error) ?? error
      }
      await sleep(Math.random() * RETRY_MS_MAX)
    }
  }

  return {
    engine: POSTGRES,
    read,
    async transaction(work, { turn, commitsWithLast = false } = {}) {
      assert(!afterCommit.isInTransaction(), 'a transaction is opened inside another: pass the inner one on')
      if (turn === undefined) return again(work, commitsWithLast)
      const askedAt = performance.now()
      return inTurn(turn, () => {
        // Those before have not come through: nobody waits for one time limit after the other.
        if (performance.now() - askedAt > STATEMENT_TIMEOUT_MS) throw databaseAway()
        return again(work, commitsWithLast)
      })
    },
    afterCommit: afterCommit.add,
    announce: signals.announce,
    listen: signals.listen,
    now: clock.now,
    async check() {
      await pool.query('select 1')
    },
    async close() {
      clock.stop()
      // A server that has vanished does not say good-bye.
      await within(END_TIMEOUT_MS, 'PostgreSQL', read.destroy()).catch((error: Error) =>
        input.onConnectionError?.(error),
      )
    },
  }
}

/** A name with several addresses fails with several errors, and no message of its own. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

function parseSafeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`The integer ${text} is beyond 2^53`)
  return value
}
