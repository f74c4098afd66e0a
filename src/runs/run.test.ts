import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inventDisplayName } from './display-name.ts'
import {
  assertRunChangeBounded,
  assertRunNameUsable,
  CRASHED_AFTER_MS,
  clientConfig,
  DOCUMENT_LENGTH_MAX,
  historyKeys,
  stateAtEnd,
  stateNow,
} from './run.ts'

test('a running run that has been silent for long has crashed; others stay what they are', () => {
  const running = { state: 'running', heartbeatAt: 1_000 } as const
  expect(stateNow(running, 1_000 + CRASHED_AFTER_MS)).toBe('running')
  expect(stateNow(running, 1_001 + CRASHED_AFTER_MS)).toBe('crashed')
  expect(stateNow({ state: 'finished', heartbeatAt: 0 }, Number.MAX_SAFE_INTEGER)).toBe('finished')
})

test('a run ends well with exit code 0 only', () => {
  expect(stateAtEnd(false, null)).toBeUndefined()
  expect(stateAtEnd(true, 0)).toBe('finished')
  fc.assert(
    fc.property(fc.option(fc.integer().filter((code) => code !== 0)), (code) => stateAtEnd(true, code) === 'failed'),
  )
})

test('an invented name is two words and a number', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(), (random, number) => {
      expect(inventDisplayName(random, number)).toMatch(new RegExp(`^[a-z]+-[a-z]+-${number}$`))
    }),
  )
})

test('a run id is what fits into a path', () => {
  for (const name of ['mnc0hz0u', 'my run.1', 'ü', 'x'.repeat(128)]) assertRunNameUsable(name)
  for (const name of ['', 'a/b', 'a\\b', 'a#b', 'a?b', 'a%b', 'a:b', 'a\nb', 'a\0b', 'x'.repeat(129)]) {
    expect(() => assertRunNameUsable(name), name).toThrow('run id')
  }
})

test('what a client sets of a run is bounded, and the refusal names it', () => {
  assertRunChangeBounded({ displayName: 'x'.repeat(512), tags: Array(100).fill('t') })
  expect(() => assertRunChangeBounded({ displayName: 'x'.repeat(513) })).toThrow('displayName')
  expect(() => assertRunChangeBounded({ config: `"${'x'.repeat(DOCUMENT_LENGTH_MAX)}"` })).toThrow('config')
  expect(() => assertRunChangeBounded({ tags: Array(101).fill('t') })).toThrow('tags')
  expect(() => assertRunChangeBounded({ tags: ['x'.repeat(129)] })).toThrow('tag')
})

test("the client's own part of a config is read from any JSON", () => {
  expect(clientConfig('{"_wandb": {"value": {"t": {"1": 2}, "m": []}}, "lr": {"value": 1}}', ['t'])).toEqual({
    t: { 1: 2 },
  })
  for (const config of ['{}', 'null', '[]', '7', '{"_wandb": 1}', '{"_wandb": {"value": null}}']) {
    expect(clientConfig(config, ['t']), config).toEqual({})
  }
})

test('the last line of a history tells its step and metrics, and other text nothing', () => {
  expect(
    historyKeys('{"_step": 3, "loss": 0.5, "eval": {"acc": 1, "deep": {"x": [1]}}}', '{"loss": 9, "_wandb": {}}'),
  ).toEqual({
    lastStep: 3,
    keys: {
      _step: { previousValue: 3 },
      loss: { previousValue: 0.5 },
      'eval.acc': { previousValue: 1 },
      'eval.deep.x': { previousValue: [1] },
    },
  })
  expect(historyKeys('{}', '{}')).toEqual({ lastStep: -1, keys: {} })
  expect(historyKeys('nonsense', '{}')).toBeNull()
  expect(historyKeys('7', '{}')).toBeNull()
})
