import { expect, test } from 'vitest'
import { checkTtl, expiryOf, TTL_SECONDS_MAX, timeToLive } from './ttl.ts'

test('positive seconds and "never" are kept, "inherit" and nothing are the same', () => {
  expect([checkTtl(1), checkTtl(86_400), checkTtl(-2)]).toEqual([1, 86_400, -2])
  expect([checkTtl(-1), checkTtl(null), checkTtl(undefined)]).toEqual([null, null, null])
})

test('anything else is refused', () => {
  for (const seconds of [0, -3, 0.5, Number.NaN, TTL_SECONDS_MAX + 1, 2 ** 53])
    expect(() => checkTtl(seconds)).toThrow(/time to live/)
})

const rules = {
  ttl_seconds: null,
  collection_ttl_seconds: null,
  entity_ttl_seconds: null,
  organization_ttl_seconds: null,
}

test('the nearest rule counts, also one that says "never"', () => {
  const of = (some: Partial<typeof rules | Record<keyof typeof rules, number>>) =>
    timeToLive({ ...rules, ...some } as typeof rules, 'model')
  expect(of({})).toEqual({ seconds: -2, isInherited: true })
  expect(of({ organization_ttl_seconds: 4 })).toEqual({ seconds: 4, isInherited: true })
  expect(of({ organization_ttl_seconds: 4, entity_ttl_seconds: 3 })).toEqual({ seconds: 3, isInherited: true })
  expect(of({ entity_ttl_seconds: 3, collection_ttl_seconds: -2 })).toEqual({ seconds: -2, isInherited: true })
  expect(of({ collection_ttl_seconds: -2, ttl_seconds: 1 })).toEqual({ seconds: 1, isInherited: false })
})

test('what the client logs by itself lives for ever', () => {
  for (const type of ['code', 'job', 'run_table', 'wandb-history']) {
    expect(timeToLive({ ...rules, entity_ttl_seconds: 3 }, type).seconds).toBe(-2)
  }
})

test('it counts from the creation, and ends before dates do', () => {
  expect(expiryOf({ seconds: 2, isInherited: true }, 1_000)).toBe(3_000)
  expect(expiryOf({ seconds: -2, isInherited: true }, 1_000)).toBeNull()
  expect(expiryOf({ seconds: 86_400 * 999_999_999, isInherited: false }, 1_000)).toBeNull()
})
