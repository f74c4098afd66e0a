import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite'
import { Kysely } from 'kysely'
import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import { createAfterCommit } from './after-commit.ts'
import { UNFINISHED, UNFINISHED_QUERY } from './copying/unfinished.ts'
import type { Database, Reader, Tx } from './database.ts'
import { SQLITE } from './engine.ts'
import { databaseRefusal } from './failure.ts'
import { migrate } from './migrate.ts'
import { matchesPattern } from './pattern.ts'
import type { Schema } from './schema.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import { keepTransactionIdsRising } from './sqlite-transaction-ids.ts'
import { sendAtOnce } from './statement.ts'

/** Transactions that may share one durable commit. More would make the first of them wait too long. */
const GROUP_SIZE_MAX = 64
const GROUP_MS_MAX = 8

/** The embedded database's file in the data directory. */
export const DATABASE_FILE = 'tripline.db'

const BUSY_TIMEOUT_MS = 5_000

type Job = {
  run(): Promise<void>
  settle(): void
  refuse(error: unknown): void
}

/**
 * Open the embedded database in `directory`, creating and migrating it as needed.
 *
 * One connection writes, another reads. The driver is synchronous, so a commit stops the event loop for one disk sync;
 * transactions that wait together therefore share a commit, each in a savepoint of its own so that one that fails takes
 * nothing of the others along. None is answered before the shared commit is durable.
 *
 * @throws Error, for the operator, when another process has the directory open, or it cannot be used
 */
export async function openSqlite(input: { directory: string }): Promise<Database> {
  const { writer, reader, lock } = openFiles(input.directory)
  const writes = new Kysely<Schema>({ dialect: sqliteDialect(writer) })
  const read = new Kysely<Schema>({ dialect: sqliteDialect(reader) })
  try {
    if (writer.prepare(UNFINISHED_QUERY.sqlite).get() !== undefined) throw new Error(UNFINISHED)
    await migrate(writes, SQLITE)
    const transactionId = await keepTransactionIdsRising(writes)
    for (const file of [writer, reader]) {
      file.function('tripline_transaction_id', { deterministic: true }, () => transactionId)
    }
  } catch (error) {
    for (const file of [reader, writer, lock]) file.close()
    throw unusable(input.directory, error)
  }

  for (const db of [writes, read]) await sendAtOnce(db)
  const afterCommit = createAfterCommit()
  const queue: Job[] = []
  let draining: Promise<void> | undefined
  let closing: Promise<void> | undefined
  const listeners = new Set<() => void>()

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      await nextTurn()
      await commitGroup()
    }
    draining = undefined
  }

  /**
   * Jobs hear what came of them once the group is durable, also those that failed: what they failed of may be what
   * another one of the group wrote.
   */
  async function commitGroup(): Promise<void> {
    const outcomes: { job: Job; failure?: { error: unknown } }[] = []
    try {
      writer.exec('begin immediate')
    } catch (error) {
      for (const job of queue.splice(0)) job.refuse(databaseRefusal(error) ?? error)
      return
    }
    try {
      const startedAt = performance.now()
      while (queue.length > 0 && outcomes.length < GROUP_SIZE_MAX && performance.now() - startedAt < GROUP_MS_MAX) {
        const outcome: (typeof outcomes)[number] = { job: queue.shift() as Job }
        outcomes.push(outcome)
        writer.exec('savepoint job')
        try {
          await outcome.job.run()
        } catch (error) {
          // A full or failing disk makes SQLite roll the whole transaction back by itself: nobody has committed then.
          if (!writer.isTransaction) throw error
          outcome.failure = { error }
          writer.exec('rollback to job')
        }
        writer.exec('release job')
      }
      writer.exec('commit')
    } catch (error) {
      abandonTransaction()
      for (const { job } of outcomes) job.refuse(databaseRefusal(error) ?? error)
      return
    }
    for (const { job, failure } of outcomes) {
      if (failure === undefined) job.settle()
      else job.refuse(databaseRefusal(failure.error) ?? failure.error)
    }
  }

  function abandonTransaction(): void {
    try {
      if (writer.isTransaction) writer.exec('rollback')
    } catch {
      // The disk fails for this, too. SQLite has dropped the transaction by then, or the next `begin` says that it has not.
    }
  }

  async function close(): Promise<void> {
    await draining
    await read.destroy()
    await writes.destroy()
    for (const file of [reader, writer, lock]) file.close()
  }

  return {
    engine: SQLITE,
    read,
    transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
      assert(!afterCommit.isInTransaction(), 'a transaction is opened inside another: pass the inner one on')
      if (closing !== undefined) {
        return Promise.reject(new Refusal('shutting_down', 'The server is stopping; try again in a moment'))
      }
      return new Promise<Result>((resolve, reject) => {
        let result: Result
        let committed: (next: () => void) => void
        queue.push({
          async run() {
            const running = afterCommit.within(() => work(writes))
            committed = running.committed
            result = await running.result
          },
          settle() {
            committed(() => resolve(result))
          },
          refuse: reject,
        })
        draining ??= drain()
      })
    },
    afterCommit: afterCommit.add,
    announce() {
      for (const onSignal of listeners) onSignal()
    },
    async listen(onSignal) {
      listeners.add(onSignal)
      return async () => {
        listeners.delete(onSignal)
      }
    },
    now: Date.now,
    async check() {
      reader.prepare('select 1').get()
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** Timers and sockets get their turn between groups: without it a busy queue starves them. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** `writer` and `reader` of the database, and `lock`, which keeps everybody else off the directory while it is open. */
function openFiles(directory: string): Record<'writer' | 'reader' | 'lock', DatabaseSync> {
  const opened: DatabaseSync[] = [lockDirectory(directory)]
  const openFile = (options: DatabaseSyncOptions, pragmas: string) => {
    const file = new DatabaseSync(join(directory, DATABASE_FILE), options)
    opened.push(file)
    file.exec(pragmas)
    file.function('tripline_matches', { deterministic: true }, matchesPattern)
    return file
  }
  try {
    const [lock] = opened as [DatabaseSync]
    const writer = openFile(
      { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true },
      'pragma journal_mode = wal; pragma synchronous = full; pragma temp_store = memory; ' +
        'pragma cache_size = -65536; pragma wal_autocheckpoint = 4000; pragma journal_size_limit = 67108864;',
    )
    const reader = openFile(READ_ONLY, READER_PRAGMAS)
    return { writer, reader, lock }
  } catch (error) {
    for (const file of opened) file.close()
    throw unusable(directory, error)
  }
}

const READ_ONLY: DatabaseSyncOptions = { timeout: BUSY_TIMEOUT_MS, readOnly: true }
const READER_PRAGMAS = 'pragma query_only = on; pragma cache_size = -32768; pragma temp_store = memory;'

/**
 * The embedded database for reading only, whether a server has it open or not. Close it with `destroy`.
 *
 * @throws Error, for the operator, when there is none
 */
export function openSqliteReader(input: { directory: string }): Reader {
  try {
    const file = new DatabaseSync(join(input.directory, 'tripline.db'), READ_ONLY)
    file.exec(READER_PRAGMAS)
    return new Kysely<Schema>({ dialect: sqliteDialect(file) })
  } catch (error) {
    throw unusable(input.directory, error)
  }
}

/**
 * Keep everybody else off a data directory, which is made if it is missing, until the returned file is closed.
 *
 * @throws Error, for the operator, when another process has it, or it cannot be used
 */
export function lockDirectory(directory: string): DatabaseSync {
  let lock: DatabaseSync | undefined
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    // An exclusive transaction on a database of its own: it ends with the process, however that ends.
    lock = new DatabaseSync(join(directory, 'lock'), { timeout: 0 })
    lock.exec('pragma journal_mode = delete; pragma locking_mode = exclusive; begin exclusive;')
    return lock
  } catch (error) {
    lock?.close()
    throw unusable(directory, error)
  }
}

const SQLITE_BUSY = 5

/** For the operator. */
function unusable(directory: string, cause: unknown): Error {
  const isTaken = (cause as { errcode?: unknown }).errcode === SQLITE_BUSY
  const message = isTaken
    ? `The data directory ${directory} is in use by another Tripline process. ` +
      'Stop that one, or give this one its own TRIPLINE_DATA_DIR.'
    : `The data directory ${directory} (TRIPLINE_DATA_DIR) cannot be used: ${(cause as Error).message}`
  return new Error(message, { cause })
}
