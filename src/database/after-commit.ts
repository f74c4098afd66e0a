import { AsyncLocalStorage } from 'node:async_hooks'
import { assert } from '../runtime/assert.ts'

/** Knows which transaction one is in, and what is to be done once that has committed. */
export type AfterCommit = {
  isInTransaction(): boolean
  /** @throws AssertionError outside a transaction */
  add(act: () => void): void
  /**
   * Runs a transaction; what was added within is done by `committed`, which the caller calls or does not. It calls
   * `next` when that is under way: what a change sends off does not wait until the change's own answer has been made.
   */
  within<Result>(work: () => Promise<Result>): { result: Promise<Result>; committed(next: () => void): void }
}

export function createAfterCommit(): AfterCommit {
  const added = new AsyncLocalStorage<(() => void)[]>()
  return {
    isInTransaction: () => added.getStore() !== undefined,
    add(act) {
      const acts = added.getStore()
      assert(acts !== undefined, 'what comes after a commit is said inside its transaction')
      acts.push(act)
    },
    within(work) {
      const acts: (() => void)[] = []
      return {
        result: added.run(acts, work),
        committed(next) {
          for (const act of acts) act()
          if (acts.length === 0) next()
          // Two turns: undici looks in the next one whether a connection that was idle is still open, and writes then.
          else setImmediate(setImmediate, next)
        },
      }
    },
  }
}
