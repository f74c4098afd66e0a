import { expect, test } from 'vitest'
import { EXPIRIES, expiresAt, isPast } from './expiry'

const NOW = Date.parse('2026-11-28T12:00:00.000Z')

test('each choice ends when it says', () => {
  expect(EXPIRIES.map(({ value }) => expiresAt(value, NOW))).toEqual([
    '2026-12-05T12:00:00.000Z',
    '2026-12-28T12:00:00.000Z',
    '2027-02-26T12:00:00.000Z',
    '2027-11-28T12:00:00.000Z',
    undefined,
  ])
})

test('what has no end has not passed', () => {
  expect(isPast(null, NOW)).toBe(false)
  expect(isPast('2026-11-28T12:00:00.000Z', NOW)).toBe(true)
  expect(isPast('2026-11-28T12:00:00.001Z', NOW)).toBe(false)
})
