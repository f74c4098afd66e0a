import type { KyselyPlugin } from 'kysely'
import type { Database, Tx } from '../../src/database/database.ts'
import { SQLITE } from '../../src/database/engine.ts'
import { Refusal } from '../../src/refusal.ts'
import type { Dice } from './dice.ts'
import type { Life } from './life.ts'
import type { Schedule } from './schedule.ts'

/** How often what goes wrong, while there are faults at all: probabilities. */
export type DatabaseFaults = {
  /** The transaction is rolled back and its caller told so. */
  beforeCommit: number
  /** It is committed, and its caller told that it failed. */
  afterCommit: number
  diesBeforeCommit: number
  diesAfterCommit: number
  /** A read fails. */
  read: number
  /** A transaction begins late, or its answer comes late: seconds. */
  slow: number
  /** The same by so long that a lease is used up. */
  stuck: number
  /** An announcement reaches a worker. */
  lostSignal: number
}

export const NO_DATABASE_FAULTS: DatabaseFaults = {
  beforeCommit: 0,
  afterCommit: 0,
  diesBeforeCommit: 0,
  diesAfterCommit: 0,
  read: 0,
  slow: 0,
  stuck: 0,
  lostSignal: 0,
}

/** Something that a process waits for; of no account once that has died. */
export type UnderWay = { life: Life }

/** What all simulated processes share. */
export type SharedDatabase = {
  dice: Dice
  schedule: Schedule
  /** The production engine. */
  inner: Database
  /** Several processes at once, as on PostgreSQL; else one at a time, as on the embedded engine. */
  isShared: boolean
  faults: DatabaseFaults
  listeners: Set<() => void>
  /** Transactions and reads that have been asked for and not been answered. */
  underWay: Set<UnderWay>
  trace(line: string): void
  /** Something may have been committed, by this life. */
  committed(life: Life): void
  died(life: Life, how: string): void
}

/** Told to the caller of a transaction that a fault befell; `isCommitted` is what it cannot know. */
export class DatabaseFault extends Refusal {
  readonly isCommitted: boolean
  constructor(isCommitted: boolean) {
    super('database_unavailable', 'The simulated database failed')
    this.isCommitted = isCommitted
  }
}

/**
 * The database as one process sees it: the production engine, with a way there and back that takes time, loses answers
 * and fails. Transactions run one at a time, each in an instant; which comes first is drawn from the seed, but for those
 * of one process on the embedded engine, which run in the order in which they were asked for.
 */
export function faultyDatabase(life: Life, shared: SharedDatabase): Database {
  const { dice, schedule, inner } = shared
  const onWay = { there: 0, back: 0 }
  /** What the running transaction wants done after its commit. */
  let acts: (() => void)[] = []

  function latencyMs(): number {
    if (dice.chance(shared.faults.stuck)) return dice.between(20_000, 80_000)
    if (dice.chance(shared.faults.slow)) return dice.between(100, 8_000)
    return dice.between(0, 3)
  }

  /** After a while; on the embedded engine never before what was called before. */
  function later(way: keyof typeof onWay, act: () => void | Promise<void>): void {
    const atMs = schedule.nowMs() + latencyMs()
    if (!shared.isShared) onWay[way] = Math.max(onWay[way], atMs)
    const dueMs = shared.isShared ? atMs : onWay[way]
    schedule.after(dueMs - schedule.nowMs(), act, { isInOrder: !shared.isShared })
  }

  async function run(
    work: (tx: Tx) => Promise<unknown>,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
    awaited: UnderWay,
  ): Promise<void> {
    const { faults } = shared
    const fault = dice.weighted({
      none: 1 - faults.beforeCommit - faults.afterCommit - faults.diesBeforeCommit - faults.diesAfterCommit,
      beforeCommit: faults.beforeCommit,
      afterCommit: faults.afterCommit,
      diesBeforeCommit: faults.diesBeforeCommit,
      diesAfterCommit: faults.diesAfterCommit,
    })
    if (fault !== 'none') shared.trace(`${life.name} database: ${fault}`)
    acts = []
    let answer: () => void
    try {
      const result = await inner.transaction(async (tx) => {
        const done = await work(tx)
        if (fault === 'beforeCommit' || fault === 'diesBeforeCommit') throw new DatabaseFault(false)
        return done
      })
      answer = fault === 'afterCommit' ? () => reject(new DatabaseFault(true)) : () => resolve(result)
    } catch (error) {
      if (!(error instanceof Refusal)) shared.trace(`${life.name} transaction failed: ${(error as Error).message}`)
      answer = () => reject(error)
    }
    // A caller that does not hear of the commit does not do what was to follow it either.
    const toDo = fault === 'afterCommit' ? [] : acts
    shared.committed(life)
    if (fault === 'diesBeforeCommit' || fault === 'diesAfterCommit') shared.died(life, fault)
    later('back', () => {
      life.deliver(() => {
        shared.underWay.delete(awaited)
        for (const act of toDo) act()
        answer()
      })
    })
  }

  const delayed: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: ({ result }) =>
      new Promise((resolve, reject) => {
        const fails = dice.chance(shared.faults.read)
        const awaited = { life }
        shared.underWay.add(awaited)
        schedule.after(latencyMs(), () => {
          life.deliver(() => {
            shared.underWay.delete(awaited)
            if (fails) reject(new DatabaseFault(true))
            else resolve(result)
          })
        })
      }),
  }

  return {
    engine: { ...SQLITE, isExclusive: !shared.isShared },
    read: inner.read.withPlugin(delayed),
    now: inner.now,
    transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
      return new Promise<Result>((resolve, reject) => {
        const awaited = { life }
        shared.underWay.add(awaited)
        // A process that has died meanwhile, or is frozen, sends no statement.
        const begin = () =>
          life.isFrozen
            ? life.deliver(() => void schedule.after(0, begin))
            : life.isAlive
              ? run(work, resolve as (result: unknown) => void, reject, awaited)
              : undefined
        later('there', begin)
      })
    },
    afterCommit: (act) => inner.afterCommit(() => acts.push(act)),
    announce() {
      for (const signal of shared.listeners) if (!dice.chance(shared.faults.lostSignal)) signal()
    },
    async listen(onSignal) {
      const signal = () => {
        if (shared.isShared) schedule.after(dice.between(0, 5), () => life.deliver(onSignal))
        else life.deliver(onSignal)
      }
      shared.listeners.add(signal)
      life.onTrouble(() => life.isAlive || shared.listeners.delete(signal))
      return async () => {
        shared.listeners.delete(signal)
      }
    },
    check: async () => {},
    close: async () => {},
  }
}
