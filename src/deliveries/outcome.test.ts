import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isRateLimited, retryAfterMs } from './outcome.ts'

const NOW_MS = Date.parse('2026-11-23T12:00:00Z')

test.each([
  ['120', 120_000],
  ['0', 0],
  ['0.65', 650],
  [' 7 ', 7_000],
  ['Mon, 23 Nov 2026 12:00:30 GMT', 30_000],
  ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
  ['-5', undefined],
  ['1e3', undefined],
  ['soon', undefined],
  ['', undefined],
])('Retry-After: %s', (asked, ms) => {
  expect(retryAfterMs({ 'retry-after': asked }, NOW_MS)).toBe(ms)
})

test("a date is read against the receiver's own clock", () => {
  const headers = { date: 'Mon, 23 Nov 2026 10:00:00 GMT', 'retry-after': 'Mon, 23 Nov 2026 10:00:30 GMT' }
  expect(retryAfterMs(headers, NOW_MS)).toBe(30_000)
})

test('a spent rate limit tells its end; one that is not spent tells nothing', () => {
  const reset = String(NOW_MS / 1000 + 90)
  expect(retryAfterMs({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }, NOW_MS)).toBe(90_000)
  expect(retryAfterMs({ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': reset }, NOW_MS)).toBeUndefined()
  expect(retryAfterMs({ 'x-ratelimit-remaining': '0' }, NOW_MS)).toBeUndefined()
  expect(retryAfterMs({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }, NOW_MS)).toBe(0)
  expect(isRateLimited({ 'x-ratelimit-remaining': '0' })).toBe(true)
  expect(isRateLimited({ 'x-ratelimit-remaining': '10' })).toBe(false)
  expect(isRateLimited({ 'retry-after': '5' })).toBe(true)
  expect(isRateLimited({})).toBe(false)
})

test("Discord's, GitLab's and the drafted headers of a spent limit are read as well", () => {
  const spent = { 'x-ratelimit-remaining': '0' }
  expect(retryAfterMs({ ...spent, 'x-ratelimit-reset-after': '1.25', 'x-ratelimit-reset': '9999999999' }, NOW_MS)).toBe(
    1_250,
  )
  expect(retryAfterMs({ ...spent, 'x-ratelimit-reset': `${NOW_MS / 1000 + 2}.5` }, NOW_MS)).toBe(2_500)
  const plain = { 'ratelimit-remaining': '0' }
  expect(retryAfterMs({ ...plain, 'ratelimit-reset': String(NOW_MS / 1000 + 30) }, NOW_MS)).toBe(30_000)
  expect(retryAfterMs({ ...plain, 'ratelimit-reset': '45' }, NOW_MS)).toBe(45_000)
  expect(retryAfterMs({ 'ratelimit-remaining': '1', 'ratelimit-reset': '45' }, NOW_MS)).toBeUndefined()
  expect(retryAfterMs({ 'x-ratelimit-reset-after': '45' }, NOW_MS)).toBeUndefined()
})

test('whatever a receiver sends is a time to come or nothing', () => {
  const value = fc.option(fc.oneof(fc.string(), fc.array(fc.string()), fc.double().map(String)), { nil: undefined })
  const names = [
    'retry-after',
    'date',
    'x-ratelimit-remaining',
    'x-ratelimit-reset',
    'x-ratelimit-reset-after',
    'ratelimit-remaining',
    'ratelimit-reset',
  ]
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (headers) => {
      const ms = retryAfterMs(headers, NOW_MS)
      if (ms !== undefined) {
        expect(Number.isSafeInteger(ms)).toBe(true)
        expect(ms).toBeGreaterThanOrEqual(0)
      }
    }),
  )
})
