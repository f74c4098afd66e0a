import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  COOL_DOWN_MS_MAX,
  COOL_DOWN_MS_MIN,
  circuitOf,
  FAILING_ATTEMPTS_MIN,
  FAILING_MS_MAX,
  type Health,
  HOLD_MS_MAX,
  isGivenUp,
  type Observation,
  observe,
  WELL,
} from './health.ts'

const seen = (kind: Observation['kind'], change: Partial<Observation> = {}): Observation => ({
  kind,
  isTimeout: false,
  reason: kind === 'accepted' ? 'accepted' : 'receiver_error',
  holdMs: 0,
  ...change,
})

function after(observations: readonly Observation[], from: Health = WELL, startMs = 1_000): Health {
  return observations.reduce((health, one, index) => observe(health, one, startMs + index), from)
}

const timeout = seen('out', { isTimeout: true, reason: 'answer_timed_out' })

test('ten failures in a row open the circuit, or five time-outs', () => {
  expect(circuitOf(after(Array(9).fill(seen('out'))), 1_010)).toBe('closed')
  expect(circuitOf(after(Array(10).fill(seen('out'))), 1_010)).toBe('open')
  expect(circuitOf(after(Array(4).fill(timeout)), 1_010)).toBe('closed')
  expect(circuitOf(after(Array(5).fill(timeout)), 1_010)).toBe('open')
})

test('each probe that fails doubles the cool-down, up to five minutes; what ends within it is no probe', () => {
  let health = after(Array(10).fill(seen('out')), WELL, 0)
  let nowMs = 9
  const waits: number[] = []
  for (let probe = 0; probe < 7; probe += 1) {
    waits.push(health.heldUntil! - nowMs)
    expect(observe(health, timeout, nowMs + 1)).toMatchObject({
      heldUntil: health.heldUntil,
      circuitTrips: health.circuitTrips,
    })
    nowMs = health.heldUntil!
    expect(circuitOf(health, nowMs)).toBe('half_open')
    health = observe(health, seen('out'), nowMs)
  }
  expect(waits).toEqual([30, 60, 120, 240, 300, 300, 300].map((seconds) => seconds * 1_000))
  expect([waits[0], waits.at(-1)]).toEqual([COOL_DOWN_MS_MIN, COOL_DOWN_MS_MAX])
})

test('it is given up after five days of failing only, and enough attempts', () => {
  const health: Health = { ...WELL, failingSince: 0, failureCount: FAILING_ATTEMPTS_MIN }
  expect(isGivenUp(health, FAILING_MS_MAX)).toBe(true)
  expect(isGivenUp(health, FAILING_MS_MAX - 1)).toBe(false)
  expect(isGivenUp({ ...health, failureCount: FAILING_ATTEMPTS_MIN - 1 }, FAILING_MS_MAX)).toBe(false)
  expect(isGivenUp(WELL, FAILING_MS_MAX)).toBe(false)
})

const observation = fc.record({
  kind: fc.constantFrom('accepted', 'refused', 'out'),
  isTimeout: fc.boolean(),
  reason: fc.constantFrom('receiver_error', 'rejected'),
  holdMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3 * HOLD_MS_MAX })),
}) satisfies fc.Arbitrary<Observation>

test('whatever receivers do, their health keeps its laws', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(observation, fc.nat({ max: 400_000 })), { maxLength: 60 }), (story) => {
      let health = WELL
      let nowMs = 1
      let inARow = 0
      for (const [one, laterMs] of story) {
        nowMs += laterMs
        health = observe(health, one, nowMs)
        inARow = one.kind === 'accepted' ? 0 : inARow + 1
        expect(health.failureCount).toBe(inARow)
        expect(health.failingSince === null).toBe(inARow === 0)
        // A receiver that answered is not kept waiting, but for what it asked for.
        if (one.kind !== 'out') expect(circuitOf(health, nowMs)).toBe('closed')
        // Nobody is held for more than a day, and an open circuit has a time at which it is tried.
        if (health.heldUntil !== null) expect(health.heldUntil - nowMs).toBeLessThanOrEqual(HOLD_MS_MAX)
        if (health.circuitOpenedAt !== null) expect(health.heldUntil).not.toBeNull()
        if (one.holdMs > 0) expect(health.heldUntil).toBeGreaterThanOrEqual(nowMs + Math.min(one.holdMs, HOLD_MS_MAX))
      }
    }),
  )
})
