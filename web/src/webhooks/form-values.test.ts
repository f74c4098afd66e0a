import { describe, expect, test } from 'vitest'
import { changesOf, EMPTY, nameOfCopy, problemsOf, settingsOf, urlWarning, valuesOf } from './form-values'
import type { Webhook } from './queries'

const WEBHOOK: Webhook = {
  id: 'wh_1',
  name: 'deploy',
  url: 'https://example.com/${TOKEN}',
  target: 'generic',
  accessTokenSecret: 'TOKEN',
  signingSecret: 'SIGNING',
  signature: { standard: true, wandb: 'off', github: true },
  secrets: ['OTHER'],
  headers: { 'x-key': '${OTHER}' },
  concurrencyMax: 3,
  rateLimitPerMinute: 60,
  rateLimitInForce: 60,
  retrySchedule: [10, 600],
  health: {
    circuit: 'closed',
    circuitOpenedAt: null,
    nextProbeAt: null,
    heldUntil: null,
    consecutiveFailures: 0,
    failingSince: null,
    lastFailure: null,
  },
  order: 'alias',
  newestWins: true,
  slack: null,
  paused: null,
  createdAt: '',
  updatedAt: '',
  usedBy: [],
  warnings: [],
}

test('what is read is what is written', () => {
  const { name, target, url, accessTokenSecret, signingSecret, signature, secrets, headers } = WEBHOOK
  const { concurrencyMax, rateLimitPerMinute, retrySchedule, order, newestWins } = WEBHOOK
  expect(settingsOf(valuesOf(WEBHOOK))).toEqual({
    ...{ name, target, url, accessTokenSecret, signingSecret, signature, secrets, headers },
    ...{ concurrencyMax, rateLimitPerMinute, retrySchedule, order, newestWins },
  })
})

test.each([null, [], [1]])('the retry schedule %j is kept', (retrySchedule) => {
  expect(settingsOf(valuesOf({ ...WEBHOOK, retrySchedule })).retrySchedule).toEqual(retrySchedule)
})

test('only what differs is saved', () => {
  const before = valuesOf(WEBHOOK)
  expect(changesOf(before, before)).toEqual({})
  expect(changesOf(before, { ...before, headers: [], github: false })).toEqual({
    headers: {},
    signature: { standard: true, wandb: 'off', github: false },
  })
  expect(changesOf(before, { ...before, order: 'none' })).toEqual({ order: 'none', newestWins: false })
})

test('an empty form asks for a name and a URL, and for nothing else', () => {
  expect(Object.keys(problemsOf(EMPTY))).toEqual(['name', 'url'])
})

test('a header needs a name, and only one value', () => {
  const headers = [
    { name: 'X-A', value: '1' },
    { name: 'x-a', value: '2' },
    { name: '', value: '3' },
    { name: '', value: '' },
  ]
  const problems = problemsOf({ ...EMPTY, name: 'a', url: 'b', headers })
  expect(problems).toEqual({ 'headers.1': 'It is there twice.', 'headers.2': 'It has no name.' })
})

describe('a URL is warned about', () => {
  test.each([
    'http://example.com',
    'https://127.0.0.1/x',
    'https://192.168.1.1',
    'https://172.20.0.1',
    'https://[::1]:1',
  ])('%s', (url) => {
    expect(urlWarning(url)).toMatch(/TRIPLINE_WEBHOOK_ALLOW/)
  })

  test.each(['', 'https://example.com', 'https://172.32.0.1', '${BASE}/x'])('but not %j', (url) => {
    expect(urlWarning(url)).toBeUndefined()
  })
})

test('a copy has a free name that is short enough', () => {
  expect(nameOfCopy('deploy', [])).toBe('deploy copy')
  expect(nameOfCopy('deploy', ['deploy copy'])).toBe('deploy copy 2')
  expect(nameOfCopy('x'.repeat(64), [])).toHaveLength(64)
})
