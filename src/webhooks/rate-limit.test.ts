import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BURST_MS, RATE_LIMIT_PER_MINUTE_MAX, sendIntervalMs } from './rate-limit.ts'

test('the limits of the targets are even paces', () => {
  expect([30, 60, 80].map(sendIntervalMs)).toEqual([2_000, 1_000, 750])
})

test('however requests crowd, no minute sees more than the limit begin, and a full one sees nearly that many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: RATE_LIMIT_PER_MINUTE_MAX }), (perMinute) => {
      const intervalMs = sendIntervalMs(perMinute)
      const burst = Math.max(1, Math.floor(BURST_MS / intervalMs))
      // The most that slots of this interval, `burst` of them saved up, let begin within a minute.
      const most = Math.ceil(60_000 / intervalMs) + burst - 1
      expect(most).toBeLessThanOrEqual(perMinute)
      expect(most).toBeGreaterThanOrEqual(perMinute * 0.9)
    }),
  )
})
