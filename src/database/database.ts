import type { Kysely } from 'kysely'
import type { Engine } from './engine.ts'
import type { Schema } from './schema.ts'

/** A running transaction. Await nothing but the database while one is open: the embedded engine has one writer. */
export type Tx = Kysely<Schema>

/** For single reads outside a transaction: sees committed rows only. */
export type Reader = Kysely<Schema>

export type TransactionOptions = { turn?: string | undefined; commitsWithLast?: boolean }

/** One of the two engines, open and migrated. */
export type Database = {
  readonly engine: Engine
  readonly read: Reader
  /**
   * Run `work` in one transaction and return its result once the commit is durable. If `work` throws, nothing it did
   * remains. On a serialization failure, a deadlock or a busy database it is run again, once: so `work` must not have
   * effects outside the database.
   *
   * - `turn`: names a row that it is going to lock. Of those of one process that name the same, only one has a connection
   *   at a time: however many want to change one collection, they leave the others to all else. It is no lock.
   * - `commitsWithLast`: `work` may say by `last` (`statement.ts`) which statements are its last, and their commit goes along
   *   with them. Not for one that may still be given up then.
   *
   * @throws Refusal `database_unavailable` when the database does not answer, `storage_full` when its disk is full
   */
  transaction<Result>(work: (tx: Tx) => Promise<Result>, options?: TransactionOptions): Promise<Result>
  /**
   * Inside a transaction: call `act` once it has committed, before its caller hears of it; not at all if it fails. `act`
   * must not throw.
   */
  afterCommit(act: () => void): void
  /** Wake whoever listens, on every process that shares the database. After a commit; one may get lost. */
  announce(): void
  /** Call `onSignal` at every announcement until the returned function is called. */
  listen(onSignal: () => void): Promise<() => Promise<void>>
  /**
   * Milliseconds since the epoch, by the clock that all processes which share the database go by: its own on PostgreSQL,
   * as near as the way to it lets us tell.
   */
  now(): number
  /** Resolves when the database answers; for readiness. */
  check(): Promise<void>
  /** Finishes what waits, and takes nothing new. Idempotent. */
  close(): Promise<void>
}
