import type { Clock } from '../../src/runtime/clock.ts'
import type { Schedule } from './schedule.ts'

/**
 * One life of a simulated process. All that reaches it from outside (answers of the database and the network, timers)
 * comes through `deliver`: a frozen process gets it when it is thawed, a dead one never. So whatever the production code
 * has under way when its process dies just stays where it is, as promises that never resolve.
 */
export type Life = {
  /** Such as `p2.1`: the second process, its first life. */
  readonly name: string
  readonly clock: Clock
  readonly isAlive: boolean
  readonly isFrozen: boolean
  deliver(act: () => void): void
  freeze(): void
  thaw(): void
  die(): void
  /** Call `act` when it dies or freezes. */
  onTrouble(act: () => void): void
}

export function createLife(name: string, schedule: Schedule): Life {
  let isAlive = true
  let undelivered: (() => void)[] | undefined
  const troubles: (() => void)[] = []

  function deliver(act: () => void): void {
    if (!isAlive) return
    if (undelivered === undefined) act()
    else undelivered.push(act)
  }
  const tell = () => {
    for (const act of troubles) act()
  }

  return {
    name,
    clock: {
      elapsedMs: schedule.nowMs,
      after(ms, act) {
        let isCancelled = false
        const callOff = schedule.after(ms, () => deliver(() => isCancelled || act()))
        return () => {
          isCancelled = true
          callOff()
        }
      },
      nextTurn: () => new Promise((resolve) => schedule.after(0, () => deliver(resolve))),
    },
    get isAlive() {
      return isAlive
    },
    get isFrozen() {
      return undelivered !== undefined
    },
    deliver,
    freeze() {
      undelivered ??= []
      tell()
    },
    thaw() {
      const acts = undelivered ?? []
      undelivered = undefined
      for (const act of acts) deliver(act)
    },
    die() {
      isAlive = false
      undelivered = undefined
      tell()
    },
    onTrouble(act) {
      troubles.push(act)
    },
  }
}
