import { expect, test } from 'vitest'
import { firingWords, outcomeWords, toldOnce } from './rehearsal-words'

const fired = (id: string, event: number, state: 'matched' | 'skipped' = 'matched') => ({
  ...{ id, name: id, entity: 'vision', event, state },
  ...{ reason: state === 'skipped' ? 'held' : null, webhook: null },
})
const events = [{ words: 'v0 is unlinked' }, { words: 'v1 is unlinked' }, { words: 'v1 is deleted' }]

test('an automation that many events of one change fire is told once, with how often', () => {
  const told = toldOnce([fired('a', 0), fired('b', 1), fired('a', 1), fired('a', 2, 'skipped')])
  expect(told.map(({ id, state, times }) => [id, state, times])).toEqual([
    ['a', 'matched', 2],
    ['b', 'matched', 1],
    ['a', 'skipped', 1],
  ])
  expect(firingWords(told)).toBe('2 automations fire, 1 skipped')
  expect(told.map((each) => outcomeWords(each, events)).slice(0, 2)).toEqual([
    'Sends nothing. 2 times, first because: v0 is unlinked',
    'Sends nothing. Because: v1 is unlinked',
  ])
  const [only] = toldOnce([fired('a', 0)])
  expect(only && outcomeWords(only, events.slice(0, 1))).toBe('Sends nothing.')
})
