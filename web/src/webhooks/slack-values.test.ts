import { expect, test } from 'vitest'
import { BOT_URL, EMPTY_SLACK, slackChangesOf, slackProblemsOf, slackSettingsOf } from './slack-values'

const INCOMING = {
  ...EMPTY_SLACK,
  name: 'ml',
  workspace: 'Acme',
  channel: '#ml',
  url: 'https://hooks.slack.com/services/T/B/X',
}
const BOT = {
  ...EMPTY_SLACK,
  kind: 'bot' as const,
  name: 'ml',
  workspace: 'Acme',
  channel: 'C01',
  tokenSecret: 'BOT_TOKEN',
}

test('an incoming webhook has a URL and no token, a bot a token and the URL of the API', () => {
  expect(slackSettingsOf({ ...INCOMING, tokenSecret: 'LEFT_OVER' })).toEqual({
    name: 'ml',
    url: INCOMING.url,
    accessTokenSecret: null,
    slack: { workspace: 'Acme', channel: '#ml' },
  })
  expect(slackSettingsOf({ ...BOT, url: INCOMING.url })).toMatchObject({ url: BOT_URL, accessTokenSecret: 'BOT_TOKEN' })
  expect(slackSettingsOf({ ...BOT, url: 'https://slack.internal/api' }).url).toBe('https://slack.internal/api')
})

test('only what differs is saved', () => {
  expect(slackChangesOf(INCOMING, INCOMING)).toEqual({})
  expect(slackChangesOf(INCOMING, { ...INCOMING, channel: '#x' })).toEqual({
    slack: { workspace: 'Acme', channel: '#x' },
  })
})

test('each kind asks for what it needs', () => {
  expect(Object.keys(slackProblemsOf(EMPTY_SLACK))).toEqual(['name', 'workspace', 'channel', 'url'])
  expect(Object.keys(slackProblemsOf({ ...BOT, tokenSecret: null }))).toEqual(['tokenSecret'])
  expect(slackProblemsOf(INCOMING)).toEqual({})
  expect(slackProblemsOf(BOT)).toEqual({})
})
