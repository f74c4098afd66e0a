import { expect, test } from 'vitest'
import type { Schemas } from '../api/client'
import { changesBetween } from './revision-diff'

const REVISION: Schemas['AutomationRevision'] = {
  revision: 1,
  name: 'deploy',
  description: null,
  enabled: true,
  scope: { type: 'collection', entity: 'vision', project: 'churn', collection: 'model' },
  event: 'ADD_ARTIFACT_ALIAS',
  filter: { alias: 'production' },
  action: {
    type: 'webhook',
    payload: null,
    webhook: { id: 'wh_1', name: 'hook', paused: false, circuitOpen: false, deleted: false },
  },
  pacing: { rateLimit: null, holdPerMinute: null, debounceSeconds: null },
  createdBy: 'maya',
  createdAt: '2026-11-23T12:00:00.000Z',
}

test('a revision tells what it changed, and nothing else', () => {
  const after: typeof REVISION = {
    ...REVISION,
    revision: 2,
    enabled: false,
    filter: { alias: 'staging' },
    scope: { type: 'project', entity: 'vision', project: 'churn' },
    action: { ...REVISION.action, payload: '{}' },
    pacing: { ...REVISION.pacing, rateLimit: { count: 10, seconds: 60 } },
    createdBy: 'ada',
    createdAt: '2026-11-24T12:00:00.000Z',
  }
  expect(changesBetween(REVISION, after)).toEqual([
    { what: 'Enabled', before: 'yes', after: 'no', isText: false },
    {
      what: 'Filter',
      before: '{\n  "alias": "production"\n}',
      after: '{\n  "alias": "staging"\n}',
      isText: true,
    },
    { what: 'Scope', before: 'Collection churn/model', after: 'Project churn', isText: false },
    { what: 'Payload', before: 'the default body', after: '{}', isText: true },
    { what: 'Rate limit', before: '', after: '10 in 60 s', isText: false },
  ])
})

test('what happened to the webhook meanwhile is no change of the automation', () => {
  const { webhook } = REVISION.action
  const after = { ...REVISION, action: { ...REVISION.action, webhook: webhook && { ...webhook, paused: true } } }
  expect(changesBetween(REVISION, after)).toEqual([])
})
