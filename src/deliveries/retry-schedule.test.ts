import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ATTEMPTS_MAX, RETRY_AFTER_MS_MAX, retryDelayMs, SLOW_RETRIES_MAX, slowRetryDelayMs } from './retry-schedule.ts'

const HOUR_MS = 3_600_000
const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const attemptCount = fc.integer({ min: 1, max: ATTEMPTS_MAX - 1 })
const slowRetryCount = fc.integer({ min: 0, max: SLOW_RETRIES_MAX - 1 })
const retryAfterMs = fc.option(fc.nat({ max: 40 * 24 * HOUR_MS }), { nil: undefined })

test('without jitter the attempts come when Standard Webhooks says', () => {
  const times = ['00:00:00']
  let atMs = 0
  for (let count = 1; ; count += 1) {
    const delayMs = retryDelayMs({ attemptCount: count, jitter: 0 })
    if (delayMs === undefined) break
    atMs += delayMs
    const seconds = atMs / 1000
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    times.push(parts.map((part) => String(part).padStart(2, '0')).join(':'))
  }
  // "Time since start" of the example schedule in Standard Webhooks 1.0.0.
  expect(times).toEqual([
    '00:00:00',
    '00:00:05',
    '00:05:05',
    '00:35:05',
    '02:35:05',
    '07:35:05',
    '17:35:05',
    '31:35:05',
    '51:35:05',
    '75:35:05',
  ])
  expect(times).toHaveLength(ATTEMPTS_MAX)
})

test('a retry never comes before the schedule nor before what the receiver asked for, and never a day and a tenth later', () => {
  fc.assert(
    fc.property(attemptCount, slowRetryCount, jitter, retryAfterMs, (attempts, slowRetries, drawn, asked) => {
      const input = { attemptCount: attempts, slowRetryCount: slowRetries, jitter: drawn }
      for (const delayMs of [retryDelayMs, slowRetryDelayMs].map((of) => ({
        planned: of({ ...input, jitter: 0 })!,
        actual: of({ ...input, retryAfterMs: asked })!,
      }))) {
        expect(delayMs.actual).toBeGreaterThanOrEqual(delayMs.planned)
        expect(delayMs.actual).toBeGreaterThanOrEqual(Math.min(asked ?? 0, RETRY_AFTER_MS_MAX))
        expect(delayMs.actual).toBeLessThanOrEqual(Math.ceil(Math.max(delayMs.planned, RETRY_AFTER_MS_MAX) * 1.1))
        expect(Number.isSafeInteger(delayMs.actual)).toBe(true)
      }
    }),
  )
})

test('a receiver that asks for nothing waits a tenth longer than planned at most', () => {
  fc.assert(
    fc.property(attemptCount, jitter, (attempts, drawn) => {
      const planned = retryDelayMs({ attemptCount: attempts, jitter: 0 })!
      expect(retryDelayMs({ attemptCount: attempts, jitter: drawn })).toBeLessThanOrEqual(Math.ceil(planned * 1.1))
    }),
  )
})

test('both schedules end', () => {
  fc.assert(
    fc.property(fc.integer({ min: ATTEMPTS_MAX, max: 1_000 }), slowRetryCount, jitter, (attempts, slow, drawn) => {
      expect(retryDelayMs({ attemptCount: attempts, jitter: drawn })).toBeUndefined()
      expect(slowRetryDelayMs({ attemptCount: attempts, slowRetryCount: slow, jitter: drawn })).toBeUndefined()
      expect(slowRetryDelayMs({ attemptCount: 1, slowRetryCount: SLOW_RETRIES_MAX, jitter: drawn })).toBeUndefined()
    }),
  )
})

test('what cannot be is a bug', () => {
  expect(() => retryDelayMs({ attemptCount: 0, jitter: 0 })).toThrow(/after an attempt/)
  expect(() => retryDelayMs({ attemptCount: 1, jitter: 1 })).toThrow(/jitter/)
  expect(() => slowRetryDelayMs({ attemptCount: 1, slowRetryCount: -1, jitter: 0 })).toThrow(/after an attempt/)
})
