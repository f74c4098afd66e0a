import type { Dice } from './dice.ts'

/** What is to happen at a simulated time. */
type Happening = { atMs: number; order: number; act: () => void | Promise<void>; isCalledOff: boolean }

/**
 * The clock of a simulated world: time passes only from one happening to the next. What happens at the same time does so
 * in an order drawn from the seed, unless `isInOrder` keeps it in the order of the calls.
 */
export type Schedule = {
  nowMs(): number
  /** The returned function calls it off. */
  after(ms: number, act: () => void | Promise<void>, options?: { isInOrder: boolean }): () => void
  /** Lets the next thing happen and all that follows from it at once; `false`: nothing is to come. */
  step(): Promise<boolean>
  /** Time passes without anything happening, as on a machine that was asleep: what was due meanwhile comes late. */
  sleepUntil(ms: number): void
}

export function createSchedule(dice: Dice, startMs: number): Schedule {
  let nowMs = startMs
  let calls = 0
  const heap: Happening[] = []
  const isBefore = (one: Happening, other: Happening) =>
    one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)

  function add(happening: Happening): void {
    let place = heap.push(happening) - 1
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (!isBefore(happening, heap[parent]!)) break
      heap[place] = heap[parent]!
      place = parent
    }
    heap[place] = happening
  }

  function take(): Happening | undefined {
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, last)) break
      heap[place] = heap[child]!
      place = child
    }
    heap[place] = last
    return first
  }

  return {
    nowMs: () => nowMs,
    after(ms, act, options) {
      calls += 1
      const order = options?.isInOrder === true ? calls : calls + dice.random() * 1e9
      const happening = { atMs: nowMs + Math.max(0, Math.ceil(ms)), order, act, isCalledOff: false }
      add(happening)
      return () => {
        happening.isCalledOff = true
      }
    },
    async step() {
      let next = take()
      while (next?.isCalledOff) next = take()
      if (next === undefined) return false
      nowMs = Math.max(nowMs, next.atMs)
      await next.act()
      // Promises settle before the event loop turns: when it has, everybody waits for something that is scheduled.
      await new Promise((resolve) => setImmediate(resolve))
      return true
    },
    sleepUntil(ms) {
      nowMs = Math.max(nowMs, ms)
    },
  }
}
