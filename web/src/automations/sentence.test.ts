import { expect, test } from 'vitest'
import { type Draft, NEW_DRAFT } from './draft'
import { EVENTS } from './event-types'
import { NO_RUN_ASK } from './run-conditions'
import { originInWords } from './scope-in-words'
import { proposedName, sentenceOf } from './sentence'

const NAMES = { entity: 'vision', webhook: 'deploy' }
const COLLECTION: Draft['scope'] = { type: 'collection', project: 'churn', registry: '', collection: 'churn-model' }
const PROJECT: Draft['scope'] = { type: 'project', project: 'churn', registry: '', collection: '' }
const EXACT: Draft['label'] = { how: 'exact', value: 'production' }
const base: Draft = { ...NEW_DRAFT, scope: COLLECTION, payload: '{}' }

test.each<[Partial<Draft>, string]>([
  [{ event: null }, 'When … happens, …'],
  [
    { event: 'ADD_ARTIFACT_ALIAS', label: EXACT },
    'When the alias “production” is added to a version of vision/churn/churn-model, the webhook “deploy” is sent your payload.',
  ],
  [
    { event: 'ADD_ARTIFACT_ALIAS', label: { how: 'regex', value: '^prod' }, payload: '' },
    'When an alias that matches /^prod/ is added to a version of vision/churn/churn-model, the webhook “deploy” is sent the default body.',
  ],
  [
    { event: 'REMOVE_ARTIFACT_ALIAS', label: { how: 'any', value: '' }, scope: PROJECT },
    'When any alias is removed from a version in the project vision/churn, the webhook “deploy” is sent your payload.',
  ],
  [
    { event: 'CREATE_ARTIFACT', scope: { ...PROJECT, type: 'registry', registry: 'model' }, action: 'nothing' },
    'When a new version is created in the registry model, nothing is sent, and its history tells of it.',
  ],
  [
    {
      event: 'CREATE_ARTIFACT',
      conditions: [
        { field: 'metadata.eval.accuracy', operator: 'is at least', value: '0.9', values: [] },
        { field: 'artifact_type', operator: 'is one of', value: '', values: ['model', 'dataset'] },
        { field: 'event_author', operator: 'is not', value: 'bot', values: [] },
      ],
    },
    'When a new version of vision/churn/churn-model is created, if metadata.eval.accuracy is at least 0.9, the type is one of “model” or “dataset” and whoever did it is not “bot”, the webhook “deploy” is sent your payload.',
  ],
  [
    { event: 'LINK_ARTIFACT', scope: { ...PROJECT, type: 'entity' }, action: 'notification' },
    'When a version is linked to a collection in any project of vision, a message is posted by the Slack integration “deploy”.',
  ],
  [
    { event: 'ADD_COLLECTION_TAG', label: { how: 'exact', value: 'approved' } },
    'When the tag “approved” is added to the collection vision/churn/churn-model, the webhook “deploy” is sent your payload.',
  ],
  [
    { event: 'RUN_STATE', scope: PROJECT, run: { ...NO_RUN_ASK, states: ['FINISHED', 'FAILED'] } },
    'When a run in the project vision/churn finishes or fails, the webhook “deploy” is sent your payload.',
  ],
  [
    {
      event: 'RUN_METRIC',
      scope: PROJECT,
      run: { ...NO_RUN_ASK, metric: 'loss', aggregate: 'AVERAGE', window: 5, threshold: 3 },
    },
    'When the average of loss over its last 5 values is above 3 in a run of the project vision/churn, the webhook “deploy” is sent your payload.',
  ],
  [
    {
      event: 'RUN_METRIC_CHANGE',
      scope: PROJECT,
      run: { ...NO_RUN_ASK, metric: 'loss', threshold: 0.25, direction: 'INCREASE' },
    },
    'When loss rises by at least 25 % in a run of the project vision/churn, the webhook “deploy” is sent your payload.',
  ],
  [
    {
      event: 'RUN_METRIC_CHANGE',
      scope: PROJECT,
      run: {
        ...NO_RUN_ASK,
        ...{ metric: 'loss', aggregate: 'AVERAGE', window: 5, priorWindow: 20 },
        ...{ threshold: 0.5, changeType: 'ABSOLUTE', direction: 'DECREASE' },
      },
    },
    'When the average of loss over its last 5 values falls by at least 0.5 from the 20 values before in a run of the project vision/churn, the webhook “deploy” is sent your payload.',
  ],
  [
    {
      event: 'RUN_ALERT',
      scope: PROJECT,
      run: { ...NO_RUN_ASK, levels: ['WARN', 'ERROR'], title: { how: 'contains', value: 'loss' } },
      conditions: [{ field: 'text', operator: 'matches', value: 'nan', values: [] }],
    },
    'When a run of the project vision/churn raises an alert of level WARN or ERROR whose title contains “loss”, if its text matches /nan/, the webhook “deploy” is sent your payload.',
  ],
  [
    { event: 'RUN_METRIC_ZSCORE', scope: PROJECT, run: { ...NO_RUN_ASK, metric: 'loss', window: 30 } },
    'When loss is 3 standard deviations away from the mean of its last 30 values in a run of the project vision/churn, the webhook “deploy” is sent your payload.',
  ],
  [
    {
      event: 'DELETE_ARTIFACT',
      pacing: { rateCount: 10, rateSeconds: 60, holdPerMinute: '', debounceSeconds: 300 },
    },
    'When a version of vision/churn/churn-model is deleted, the webhook “deploy” is sent your payload, once for all that happens within 5 minutes, at most 10 times in a minute.',
  ],
])('%j', (part, sentence) => {
  expect(sentenceOf({ ...base, ...part }, NAMES)).toBe(sentence)
})

test.each(EVENTS.map(({ type }) => type))('%s says so before anything else is chosen, and after', (event) => {
  for (const draft of [
    { ...NEW_DRAFT, event },
    { ...base, event, label: EXACT, run: { ...NO_RUN_ASK, metric: 'loss', threshold: 1 } },
  ]) {
    expect(sentenceOf(draft, { entity: 'vision' })).toMatch(/^When [^ ].*\.$/)
    expect(sentenceOf(draft, { entity: 'vision' })).not.toMatch(/undefined|null| {2}|NaN/)
    expect(proposedName(draft, NAMES)).not.toBe('')
  }
})

test('a name is proposed from what it waits for and where it sends to', () => {
  expect(proposedName({ ...base, event: 'ADD_ARTIFACT_ALIAS', label: EXACT }, NAMES)).toBe(
    'churn-model: production → deploy',
  )
  expect(proposedName({ ...base, event: 'CREATE_ARTIFACT', action: 'nothing' }, NAMES)).toBe('churn-model: new version')
})

test('an automation that watches more than the place it is listed in says whose it is', () => {
  const entities = [{ name: 'acme', kind: 'organization' }]
  expect(originInWords({ type: 'entity', entity: 'acme' }, 'churn', entities)).toBe('from organization acme')
  expect(originInWords({ type: 'entity', entity: 'elsewhere' }, 'churn', entities)).toBe('from elsewhere')
  expect(originInWords({ type: 'entity', entity: 'acme' }, null, entities)).toBeUndefined()
  expect(originInWords({ type: 'project', entity: 'acme' }, 'churn', entities)).toBeUndefined()
})
