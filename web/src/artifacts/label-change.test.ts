import { expect, test } from 'vitest'
import { buttonWords, doneWords, questionOf, rehearsed, sentenceOf } from './label-change'
import { firingWords, outcomeWords } from './rehearsal-words'

const version = { collection: 'churn', version: 'v2' }

test('a change of an alias or a tag is told as what it is, before and after', () => {
  const given = { what: 'alias', kind: 'add', label: 'production' } as const
  expect([questionOf(given), rehearsed(given)]).toEqual(['Give the alias production?', { addAlias: 'production' }])
  expect(sentenceOf(version, given, 'v1')).toContain('production moves from v1 to v2')
  expect(sentenceOf(version, given)).toBe('churn:v2 will also be found as churn:production.')
  expect([buttonWords(given, true), buttonWords(given, false)]).toEqual(['Move alias', 'Give alias'])
  const taken = { what: 'tag', kind: 'remove', label: 'draft' } as const
  expect(rehearsed(taken)).toEqual({ removeTag: 'draft' })
  expect(sentenceOf(version, taken)).toBe('churn:v2 no longer carries the tag draft.')
  expect([buttonWords(taken, false), doneWords(version, taken)]).toEqual(['Remove tag', 'draft is removed'])
  const tagged = { ...taken, kind: 'add' } as const
  expect(sentenceOf({ collection: 'churn' }, tagged)).toBe('churn gets the tag draft.')
  expect(doneWords({ collection: 'churn' }, tagged)).toBe('churn has the tag draft now')
})

test('what fires is counted apart from what is skipped, and what waits says why', () => {
  expect(firingWords([{ state: 'skipped' }])).toBe('Nothing fires, 1 skipped')
  expect(firingWords([{ state: 'matched' }, { state: 'matched' }, { state: 'skipped' }])).toBe(
    '2 automations fire, 1 skipped',
  )
  const events = [{ words: 'The alias was added.' }, { words: 'The tag was added.' }]
  const webhook = { id: 'wh', name: 'deployer', paused: false, circuitOpen: true }
  const fired = {
    id: 'au',
    name: 'Deploy',
    entity: 'acme',
    event: 0,
    times: 1,
    state: 'matched',
    reason: null,
    webhook,
  } as const
  expect(outcomeWords(fired, events)).toMatch(/^Sends to deployer, which has been failing.*The alias was added\.$/)
  expect(outcomeWords({ ...fired, state: 'skipped', reason: 'webhook_deleted' }, events)).toBe(
    'Skipped: The webhook was deleted',
  )
})
