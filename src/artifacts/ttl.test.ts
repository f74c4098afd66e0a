import { expect, test } from 'vitest'
import { checkTtl } from './ttl.ts'

test('positive seconds and "never" are kept, "inherit" and nothing are the same', () => {
  expect([checkTtl(1), checkTtl(86_400), checkTtl(-2)]).toEqual([1, 86_400, -2])
  expect([checkTtl(-1), checkTtl(null), checkTtl(undefined)]).toEqual([null, null, null])
})

test('anything else is refused', () => {
  for (const seconds of [0, -3, 0.5, Number.NaN, 2 ** 53]) expect(() => checkTtl(seconds)).toThrow(/time to live/)
})
