import { describe, expect, test } from 'vitest'
import type { Condition } from './conditions'
import { changedParts, type Draft, draftOf, NEW_DRAFT, type NewAutomation, requestOf } from './draft'
import { EVENTS, type EventType } from './event-types'
import { NO_RUN_ASK } from './run-conditions'

/** What the server answers for an automation that was made by this request. */
function answerOf({ scope, action, filter, event, ...rest }: NewAutomation): Parameters<typeof draftOf>[0] {
  const { type } = action
  return {
    ...rest,
    event: event as EventType,
    // No filter at all is kept as the one that lets everything through.
    filter: filter === null ? { $or: [{ $and: [] }] } : asKept(filter),
    scope:
      scope.type === 'registry'
        ? { ...scope, entity: 'acme', project: `wandb-registry-${scope.registry}` }
        : { ...scope, entity: 'acme' },
    action: {
      ...(type === 'notification' ? { title: action.title, message: action.message, severity: action.severity } : {}),
      ...(type === 'webhook' ? { payload: (action.payload as string | undefined) ?? null } : {}),
      ...(type === 'nothing'
        ? {}
        : { webhook: { id: action.webhook, name: 'hook', paused: false, circuitOpen: false, deleted: false } }),
      type,
    },
  }
}

/** The server keeps the conditions on a run as a text in the text. */
function asKept(filter: Record<string, unknown>) {
  return 'run_filter' in filter ? { ...filter, run_filter: JSON.stringify(filter.run_filter) } : filter
}

const whole: Draft = {
  ...NEW_DRAFT,
  name: 'deploy',
  description: 'Tells the cluster.',
  scope: { type: 'collection', project: 'churn', registry: '', collection: 'model' },
  webhook: 'wh_1',
  payload: '{"a": "${alias}"}',
  pacing: { rateCount: 10, rateSeconds: 60, holdPerMinute: 100, debounceSeconds: 300 },
}

describe('what is written into the form is read back from the automation', () => {
  test.each(EVENTS.map(({ type }) => type))('%s', (event) => {
    const { about, run } = EVENTS.find(({ type }) => type === event) as (typeof EVENTS)[number]
    const draft: Draft = {
      ...whole,
      event,
      label: about === null ? { how: 'any', value: '' } : { how: 'exact', value: 'production' },
      conditions: [
        condition(run === null ? 'metadata.eval.accuracy' : 'job_type', 'is', run === null ? '0.9' : 'train'),
      ],
      run: {
        ...NO_RUN_ASK,
        ...(run === 'state' ? { states: ['FAILED', 'FINISHED'] as const } : {}),
        ...(run === 'alert' ? { levels: ['WARN', 'ERROR'], title: { how: 'contains', value: 'loss' } } : {}),
        ...(run === null || run === 'state' || run === 'alert'
          ? {}
          : { metric: 'loss', threshold: 3, window: 5, direction: 'INCREASE' }),
        ...(run === 'change' ? { priorWindow: 50, aggregate: 'MAX', changeType: 'ABSOLUTE' } : {}),
        ...(run === 'threshold' ? { aggregate: 'AVERAGE', compare: '$lte', direction: 'ANY' } : {}),
      } as Draft['run'],
    }
    const request = requestOf(draft)
    const read = draftOf(answerOf(request))
    expect(read).toEqual(draft)
    expect(requestOf(read)).toEqual(request)
  })

  test.each<[string, Partial<Draft>]>([
    ['a pattern', { event: 'ADD_ARTIFACT_ALIAS', label: { how: 'regex', value: '^prod-' } }],
    ['any alias', { event: 'ADD_ARTIFACT_ALIAS', label: { how: 'any', value: '' } }],
    ['the default body', { payload: '' }],
    ['a project', { scope: { type: 'project', project: 'churn', registry: '', collection: '' } }],
    ['a registry', { scope: { type: 'registry', project: '', registry: 'model', collection: '' } }],
    ['everything', { scope: { type: 'entity', project: '', registry: '', collection: '' } }],
    ['nothing to do', { action: 'nothing', webhook: '', payload: '' }],
    ['Slack', { action: 'notification', payload: '', title: 'New ${version}', message: 'Look', severity: 'WARN' }],
    ['no pacing', { pacing: { rateCount: '', rateSeconds: '', holdPerMinute: '', debounceSeconds: '' } }],
    ['switched off', { enabled: false, description: '' }],
  ])('%s', (_, part) => {
    const draft: Draft = { ...whole, event: 'CREATE_ARTIFACT', label: { how: 'any', value: '' }, ...part }
    expect(draftOf(answerOf(requestOf(draft)))).toEqual(draft)
  })

  test.each<Condition>([
    condition('collection', 'is not', 'scratch'),
    condition('alias', 'matches', '^v'),
    condition('alias', 'does not match', '^test'),
    condition('event_author', 'contains', 'bot'),
    { ...condition('artifact_type', 'is one of', ''), values: ['model', 'dataset'] },
    { ...condition('metadata.stage', 'is none of', ''), values: ['a', '1', '"1"', 'true'] },
    condition('metadata.eval.accuracy', 'is at least', '0.9'),
    condition('metadata.passed', 'is', 'true'),
    condition('metadata.passed', 'is', '"true"'),
    condition('metadata.note', 'is', 'null'),
    condition('version', 'is above', '7'),
    condition('version', 'is', 'v7'),
    condition('metadata.reviewer', 'exists', ''),
    condition('tag', 'does not exist', ''),
  ])('$field $operator $value', (one) => {
    const draft: Draft = {
      ...whole,
      event: 'CREATE_ARTIFACT',
      label: { how: 'any', value: '' },
      conditions: [one, one],
    }
    expect(draftOf(answerOf(requestOf(draft)))).toEqual(draft)
  })
})

test.each([
  [{ $or: [{ alias: 'a' }, { alias: 'b' }] }],
  [{ $nor: [{ alias: 'a' }] }],
  [{ 'metadata.list': { $eq: [1, 2] } }],
  [{ alias: { $not: { $in: ['a'] } } }],
])('a filter that the form has no parts for is kept as it is: %j', (filter) => {
  const read = draftOf({ ...answerOf(requestOf({ ...whole, event: 'ADD_ARTIFACT_ALIAS' })), filter })
  expect(read.filterText).not.toBeNull()
  expect(requestOf(read).filter).toEqual(filter)
})

test('a change says only what is not as it was', () => {
  const draft: Draft = { ...whole, event: 'CREATE_ARTIFACT' }
  expect(changedParts(draft, draft)).toEqual({})
  expect(changedParts(draft, { ...draft, name: 'other', description: '' })).toEqual({
    name: 'other',
    description: null,
  })
})

test('a metadata value keeps its type', () => {
  const filter = (value: string) =>
    requestOf({ ...whole, event: 'CREATE_ARTIFACT', conditions: [condition('metadata.x', 'is', value)] }).filter
  const wrapped = (value: unknown) => ({ $or: [{ $and: [{ 'metadata.x': { $eq: value } }] }] })
  expect(filter('0.9')).toEqual(wrapped(0.9))
  expect(filter('"0.9"')).toEqual(wrapped('0.9'))
  expect(filter('true')).toEqual(wrapped(true))
  expect(filter('v7')).toEqual(wrapped('v7'))
})

function condition(field: string, operator: Condition['operator'], value: string): Condition {
  return { field, operator, value, values: [] }
}
