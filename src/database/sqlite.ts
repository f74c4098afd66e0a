import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { Database, Tx } from './database.ts'
import { SQLITE } from './engine.ts'
import { databaseRefusal } from './failure.ts'
import { migrate } from './migrate.ts'
import type { Schema } from './schema.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

/** Transactions that may share one durable commit. More would make the first of them wait too long. */
const GROUP_SIZE_MAX = 64
const GROUP_MS_MAX = 8

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
 * @throws Error when another process has the directory open
 */
export async function openSqlite(input: { directory: string }): Promise<Database> {
  mkdirSync(input.directory, { recursive: true, mode: 0o700 })
  const lock = lockDirectory(input.directory)
  const path = join(input.directory, 'tripline.db')
  const writer = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  writer.exec('pragma journal_mode = wal; pragma synchronous = full; pragma temp_store = memory;')
  writer.exec('pragma cache_size = -65536; pragma wal_autocheckpoint = 4000; pragma journal_size_limit = 67108864;')
  const writes = new Kysely<Schema>({ dialect: sqliteDialect(writer) })
  await migrate(writes, SQLITE)

  const reader = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readOnly: true })
  reader.exec('pragma query_only = on; pragma cache_size = -32768; pragma temp_store = memory;')
  const read = new Kysely<Schema>({ dialect: sqliteDialect(reader) })

  const inTransaction = new AsyncLocalStorage<true>()
  const queue: Job[] = []
  let draining: Promise<void> | undefined
  let closed = false
  const listeners = new Set<() => void>()

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      await nextTurn()
      await commitGroup()
    }
    draining = undefined
  }

  async function commitGroup(): Promise<void> {
    const done: Job[] = []
    try {
      writer.exec('begin immediate')
    } catch (error) {
      for (const job of queue.splice(0)) job.refuse(databaseRefusal(error) ?? error)
      return
    }
    const startedAt = performance.now()
    while (queue.length > 0 && done.length < GROUP_SIZE_MAX && performance.now() - startedAt < GROUP_MS_MAX) {
      const job = queue.shift() as Job
      try {
        writer.exec('savepoint job')
        await job.run()
        writer.exec('release job')
        done.push(job)
      } catch (error) {
        job.refuse(databaseRefusal(error) ?? error)
        // A full disk makes SQLite roll the whole transaction back by itself: nobody in the group has committed then.
        if (!writer.isTransaction) {
          for (const other of done) other.refuse(databaseRefusal(error) ?? error)
          return
        }
        writer.exec('rollback to job; release job')
      }
    }
    try {
      writer.exec('commit')
    } catch (error) {
      if (writer.isTransaction) writer.exec('rollback')
      for (const job of done) job.refuse(databaseRefusal(error) ?? error)
      return
    }
    for (const job of done) job.settle()
  }

  return {
    engine: SQLITE,
    read,
    transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
      assert(inTransaction.getStore() === undefined, 'a transaction is opened inside another: pass the inner one on')
      if (closed) return Promise.reject(new Refusal('shutting_down', 'The server is stopping; try again in a moment'))
      return new Promise<Result>((resolve, reject) => {
        let result: Result
        queue.push({
          run: () =>
            inTransaction.run(true, async () => {
              result = await work(writes)
            }),
          settle: () => resolve(result),
          refuse: reject,
        })
        draining ??= drain()
      })
    },
    announce() {
      for (const onSignal of listeners) onSignal()
    },
    async listen(onSignal) {
      listeners.add(onSignal)
      return async () => {
        listeners.delete(onSignal)
      }
    },
    async check() {
      reader.prepare('select 1').get()
    },
    async close() {
      closed = true
      await draining
      await read.destroy()
      await writes.destroy()
      reader.close()
      writer.close()
      lock.close()
    },
  }
}

/** Timers and sockets get their turn between groups: without it a busy queue starves them. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** An exclusive transaction on a database of its own: it ends with the process, however that ends. */
function lockDirectory(directory: string): DatabaseSync {
  const lock = new DatabaseSync(join(directory, 'lock'), { timeout: 0 })
  try {
    lock.exec('pragma journal_mode = delete; pragma locking_mode = exclusive; begin exclusive;')
  } catch {
    lock.close()
    throw new Error(
      `The data directory ${directory} is in use by another Tripline process. ` +
        'Stop that one, or give this one its own TRIPLINE_DATA_DIR.',
    )
  }
  return lock
}
