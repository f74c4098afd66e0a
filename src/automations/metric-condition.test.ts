import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conditionInWords, conditionKey, type MetricCondition, meets, valuesNeeded } from './metric-condition.ts'

const threshold = (more: Partial<MetricCondition & { kind: 'threshold' }> = {}): MetricCondition => ({
  kind: 'threshold',
  name: 'loss',
  aggregate: null,
  window: 1,
  compare: '$gt',
  threshold: 3,
  ...more,
})
const change = (more: Partial<MetricCondition & { kind: 'change' }> = {}): MetricCondition => ({
  kind: 'change',
  name: 'loss',
  aggregate: 'AVERAGE',
  window: 2,
  priorWindow: 3,
  changeType: 'ABSOLUTE',
  direction: 'ANY',
  amount: 5,
  ...more,
})
const zscore = (more: Partial<MetricCondition & { kind: 'zscore' }> = {}): MetricCondition => ({
  kind: 'zscore',
  name: 'loss',
  window: 4,
  threshold: 2,
  direction: 'ANY',
  ...more,
})

describe('a threshold', () => {
  test.each([
    ['$gt', [4], [3, 2]],
    ['$gte', [4, 3], [2]],
    ['$lt', [2], [3, 4]],
    ['$lte', [2, 3], [4]],
    ['$eq', [3], [2, 4]],
    ['$ne', [2, 4], [3]],
  ] as const)('with %s is met as it says', (compare, met, missed) => {
    for (const value of met) expect(meets(threshold({ compare }), [value])).toEqual({ value, prior: null })
    for (const value of missed) expect(meets(threshold({ compare }), [value])).toBeNull()
  })

  test.each([
    ['AVERAGE', 4],
    ['MAX', 9],
    ['MIN', 1],
  ] as const)('of the %s looks at the last values of its window only', (aggregate, value) => {
    const condition = threshold({ aggregate, window: 3, compare: '$gte', threshold: value })
    expect(meets(condition, [-1_000, 1_000, 1, 9, 2])).toEqual({ value, prior: null })
  })

  test('is not met by an average that is beyond all numbers', () => {
    expect(meets(threshold({ aggregate: 'AVERAGE', window: 2 }), [1e308, 1e308])).toBeNull()
  })

  test('without an aggregate looks at the last value, whatever its window', () => {
    expect(meets(threshold({ window: 50 }), [4])).toEqual({ value: 4, prior: null })
    expect(meets(threshold({ window: 50 }), [4, 1])).toBeNull()
  })
})

describe('a change', () => {
  test('compares the last window with the one before it', () => {
    expect(meets(change(), [100, 1, 1, 1, 6, 6])).toEqual({ value: 5, prior: 1 })
    expect(meets(change(), [1, 1, 1, 6, 5])).toBeNull()
  })

  test.each([
    ['INCREASE', [6, 6], [-9, -9]],
    ['DECREASE', [-9, -9], [6, 6]],
  ] as const)('asks for an %s', (direction, met, missed) => {
    expect(meets(change({ direction }), [1, 1, 1, ...met])).not.toBeNull()
    expect(meets(change({ direction }), [1, 1, 1, ...missed])).toBeNull()
  })

  test('can be relative, also to what is below 0, but not to 0', () => {
    const relative = change({ changeType: 'RELATIVE', direction: 'INCREASE', amount: 0.5 })
    expect(meets(relative, [2, 2, 2, 3, 3])).toEqual({ value: 0.5, prior: 2 })
    expect(meets(relative, [-2, -2, -2, -1, -1])).toEqual({ value: 0.5, prior: -2 })
    expect(meets(relative, [2, 2, 2, 2, 3])).toBeNull()
    expect(meets(relative, [0, 0, 0, 100, 100])).toBeNull()
  })

  test('without an aggregate compares the last two values, whatever its windows', () => {
    const condition = change({ aggregate: null, window: 10, priorWindow: 50 })
    expect(meets(condition, [1, 6])).toEqual({ value: 5, prior: 1 })
    expect(meets(condition, [1])).toBeNull()
  })
})

describe('a z-score', () => {
  test('is how far the last value is from those before it', () => {
    // Their mean is 2 and their deviation 1.
    expect(meets(zscore(), [99, 1, 3, 1, 3, 4])).toEqual({ value: 2, prior: 2 })
    expect(meets(zscore(), [1, 3, 1, 3, 0])).toEqual({ value: -2, prior: 2 })
    expect(meets(zscore({ direction: 'INCREASE' }), [1, 3, 1, 3, 0])).toBeNull()
    expect(meets(zscore({ direction: 'DECREASE' }), [1, 3, 1, 3, 4])).toBeNull()
    expect(meets(zscore(), [1, 3, 1, 3, 3.9])).toBeNull()
  })

  test('is not defined among values that are all the same', () => {
    expect(meets(zscore(), [1, 1, 1, 1, 100])).toBeNull()
  })
})

const anyCondition = fc.oneof(
  fc.record({
    kind: fc.constant('threshold' as const),
    name: fc.constant('loss'),
    aggregate: fc.constantFrom(null, 'AVERAGE' as const, 'MAX' as const, 'MIN' as const),
    window: fc.integer({ min: 1, max: 5 }),
    compare: fc.constantFrom('$gt' as const, '$lte' as const, '$ne' as const),
    threshold: fc.integer({ min: -3, max: 3 }),
  }),
  fc.record({
    kind: fc.constant('change' as const),
    name: fc.constant('loss'),
    aggregate: fc.constantFrom(null, 'AVERAGE' as const, 'MAX' as const),
    window: fc.integer({ min: 1, max: 4 }),
    priorWindow: fc.integer({ min: 1, max: 4 }),
    changeType: fc.constantFrom('ABSOLUTE' as const, 'RELATIVE' as const),
    direction: fc.constantFrom('INCREASE' as const, 'DECREASE' as const, 'ANY' as const),
    amount: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    kind: fc.constant('zscore' as const),
    name: fc.constant('loss'),
    window: fc.integer({ min: 2, max: 5 }),
    threshold: fc.integer({ min: 1, max: 3 }),
    direction: fc.constantFrom('INCREASE' as const, 'DECREASE' as const, 'ANY' as const),
  }),
)
const logged = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 20 })

test('what a condition sees depends on the values it needs and on none before, and it needs all of them', () => {
  fc.assert(
    fc.property(anyCondition, logged, logged, (condition, before, values) => {
      const needed = valuesNeeded(condition)
      const own = [...before, ...values].slice(-needed)
      expect(meets(condition, [...before, ...values])).toEqual(meets(condition, own))
      if (own.length < needed) expect(meets(condition, own)).toBeNull()
    }),
  )
})

test('what meets a condition is a number that can be told', () => {
  fc.assert(
    fc.property(anyCondition, logged, (condition, values) => {
      const met = meets(condition, values)
      expect(Number.isFinite(met?.value ?? 0)).toBe(true)
      expect(Number.isFinite(met?.prior ?? 0)).toBe(true)
    }),
  )
})

test('conditions are told in words, and known by what they ask', () => {
  expect(conditionInWords(threshold({ aggregate: 'MAX', window: 5, compare: '$lte' }))).toBe(
    'maximum of the last 5 of loss <= 3',
  )
  expect(conditionInWords(change({ changeType: 'RELATIVE', amount: 0.29, direction: 'DECREASE' }))).toBe(
    'average of the last 2 of loss decreases by at least 29 % from the 3 before',
  )
  expect(conditionInWords(zscore({ direction: 'DECREASE' }))).toBe('z-score of loss among the 4 values before <= -2')
  const { kind, ...rest } = threshold()
  expect(conditionKey({ ...rest, kind } as MetricCondition)).toBe(conditionKey(threshold()))
  expect(conditionKey(threshold({ threshold: 4 }))).not.toBe(conditionKey(threshold()))
})
