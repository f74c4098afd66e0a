import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFiringCounter, NO_PACING, readPacing, storedPacing, takeExecution } from './pacing.ts'

test('in any stretch of time, no more are taken than the limit and what the stretch gives back', () => {
  const limit = fc.record({ count: fc.integer({ min: 1, max: 50 }), seconds: fc.integer({ min: 1, max: 3_600 }) })
  const waits = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 })
  fc.assert(
    fc.property(limit, waits, (rate, waitsMs) => {
      let nowMs = 1_800_000_000_000
      let freeAt = 0
      const taken: number[] = []
      for (const waitMs of waitsMs) {
        nowMs += waitMs
        const answer = takeExecution(rate, freeAt, nowMs)
        freeAt = answer.freeAt
        if (answer.isTaken) taken.push(nowMs)
      }
      for (const [index, from] of taken.entries()) {
        for (let last = index; last < taken.length; last += 1) {
          const allowed = rate.count + ((taken[last]! - from) * rate.count) / (rate.seconds * 1_000)
          expect(last - index + 1).toBeLessThanOrEqual(allowed + 0.01)
        }
      }
    }),
  )
})

test('the whole limit is to be had at once, and again after its time', () => {
  const rate = { count: 3, seconds: 7 }
  let freeAt = 0
  const take = (nowMs: number) => {
    const answer = takeExecution(rate, freeAt, nowMs)
    freeAt = answer.freeAt
    return answer.isTaken
  }
  const at = 1_800_000_000_000
  expect([take(at), take(at), take(at), take(at)]).toEqual([true, true, true, false])
  expect([take(at + 2_300), take(at + 2_400), take(at + 2_400)]).toEqual([false, true, false])
  expect([1, 2, 3, 4].map(() => take(at + 20_000))).toEqual([true, true, true, false])
})

test('firings are counted apart, for a minute from the first', () => {
  const counter = createFiringCounter()
  counter.add('one', 0, 2)
  counter.add('one', 59_999, 1)
  counter.add('other', 0, 1)
  expect([counter.count('one', 59_999), counter.count('other', 0), counter.count('none', 0)]).toEqual([3, 1, 0])
  expect(counter.count('one', 60_000)).toBe(0)
  counter.add('one', 60_000, 1)
  expect(counter.count('one', 60_000)).toBe(1)
})

test('others are asked for after each step and before anybody is held for them, and count as they are then', () => {
  const counter = createFiringCounter()
  const asks = (nowMs: number, times = 1) => counter.asksSince('one', nowMs, { allowed: 64, times })
  expect(asks(0, 64)).toBeUndefined()
  counter.add('one', 1_000, 1)
  expect(asks(1_000)).toBeUndefined()
  counter.add('one', 2_000, 1)
  expect(asks(2_000)).toBe(1_000)
  counter.seen('one', 2_000, 62)
  expect([counter.count('one', 2_000), asks(2_000, 2)]).toEqual([62, undefined])
  // What others have fired may not have been committed after all, or be counted twice: it is looked at again.
  expect(asks(2_000, 3)).toBe(1_000)
  counter.seen('one', 2_000, 2)
  expect([counter.count('one', 2_000), asks(2_000, 64)]).toEqual([2, undefined])
  expect([counter.count('one', 61_000), asks(61_000)]).toEqual([0, undefined])
  counter.seen('none', 0, 9)
  expect(counter.count('none', 0)).toBe(0)
})

test('what is not asked for is not kept', () => {
  expect(storedPacing(NO_PACING)).toBeNull()
  const pacing = { rateLimit: { count: 1, seconds: 2 }, holdPerMinute: 3, debounceSeconds: 4 }
  expect(readPacing(storedPacing(pacing))).toEqual(pacing)
  expect(readPacing(storedPacing({ ...NO_PACING, holdPerMinute: 3 }))).toEqual({ ...NO_PACING, holdPerMinute: 3 })
})
