import { type Condition, isList, isUnary } from './conditions'
import type { Draft } from './draft'
import { type EventType, eventInfo } from './event-types'
import type { RunAsk } from './run-conditions'

export type Names = {
  entity: string
  isOrganization?: boolean
  /** The name of the webhook or Slack integration, once one is chosen. */
  webhook?: string
}

/**
 * What the automation does, in one English sentence; what is not chosen yet is "…".
 *
 * Such as: When the alias “production” is added to a version of vision/churn/churn-model, the webhook “deploy” is sent
 * your payload.
 */
export function sentenceOf(draft: Draft, names: Names): string {
  if (draft.event === null) return 'When … happens, …'
  return `${whenOf(draft, names)}${conditionsOf(draft)}, ${thenOf(draft, names)}${pacingOf(draft)}.`
}

function whenOf({ event, label, scope, run, filterText }: Draft, names: Names): string {
  const type = event as EventType
  const what = filterText !== null ? '' : labelOf(label)
  const place = placeOf(scope, names)
  const version = scope.type === 'collection' ? `a version of ${place}` : `a version in ${place}`
  const collection = scope.type === 'collection' ? place : `a collection in ${place}`
  const ownCollection = scope.type === 'collection' ? `the collection ${place}` : collection
  const named = (kind: string) =>
    what === '' ? `any ${kind}` : `${label.how === 'regex' ? (kind === 'alias' ? 'an' : 'a') : 'the'} ${kind} ${what}`
  switch (type) {
    case 'CREATE_ARTIFACT':
      return scope.type === 'collection'
        ? `When a new version of ${place} is created`
        : `When a new version is created in ${place}`
    case 'DELETE_ARTIFACT':
      return `When ${version} is deleted`
    case 'LINK_ARTIFACT':
      return `When a version is linked to ${collection}`
    case 'UNLINK_ARTIFACT':
      return `When a version is unlinked from ${collection}`
    case 'ADD_ARTIFACT_ALIAS':
      return `When ${named('alias')} is added to ${version}`
    case 'REMOVE_ARTIFACT_ALIAS':
      return `When ${named('alias')} is removed from ${version}`
    case 'ADD_ARTIFACT_TAG':
      return `When ${named('tag')} is added to ${version}`
    case 'REMOVE_ARTIFACT_TAG':
      return `When ${named('tag')} is removed from ${version}`
    case 'ADD_COLLECTION_TAG':
      return `When ${named('tag')} is added to ${ownCollection}`
    case 'REMOVE_COLLECTION_TAG':
      return `When ${named('tag')} is removed from ${ownCollection}`
    case 'RUN_STATE':
      return filterText === null ? `When a run in ${place} ${stateOf(run)}` : `When a run in ${place} changes its state`
    case 'RUN_METRIC':
    case 'RUN_METRIC_CHANGE':
    case 'RUN_METRIC_ZSCORE':
      return filterText === null
        ? `When ${metricOf(type, run)} in a run of ${place}`
        : `When a metric of a run in ${place} meets a condition`
    case 'RUN_ALERT':
      return `When a run of ${place} raises an alert${filterText === null ? alertOf(run) : ''}`
  }
}

function labelOf({ how, value }: Draft['label']): string {
  if (how === 'any') return ''
  return how === 'regex' ? `that matches /${value || '…'}/` : `“${value || '…'}”`
}

function placeOf({ type, project, registry, collection }: Draft['scope'], { entity, isOrganization }: Names): string {
  switch (type) {
    case 'collection':
      return `${entity}/${project || '…'}/${collection || '…'}`
    case 'project':
      return `the project ${entity}/${project || '…'}`
    case 'registry':
      return `the registry ${registry || '…'}`
    case 'entity':
      return isOrganization ? `all of the organization ${entity}` : `any project of ${entity}`
  }
}

const STATE_WORDS = { RUNNING: 'starts', FINISHED: 'finishes', FAILED: 'fails' }

function stateOf({ states }: RunAsk): string {
  return states.length === 0
    ? '…'
    : listed(
        states.map((state) => STATE_WORDS[state]),
        'or',
      )
}

/** Such as: of level WARN or ERROR whose title contains “loss” */
function alertOf({ levels, title }: RunAsk): string {
  const level = levels.length === 0 ? '' : ` of level ${listed(levels, 'or')}`
  if (title.how === 'any') return level
  const quoted = title.how === 'contains' ? `“${title.value || '…'}”` : `/${title.value || '…'}/`
  return `${level} whose title ${title.how} ${quoted}`
}

const COMPARISONS = {
  $gt: 'is above',
  $gte: 'is at least',
  $lt: 'is below',
  $lte: 'is at most',
  $eq: 'is',
  $ne: 'is not',
} as const

const AGGREGATES = { '': '', AVERAGE: 'average', MAX: 'maximum', MIN: 'minimum' } as const

function metricOf(type: 'RUN_METRIC' | 'RUN_METRIC_CHANGE' | 'RUN_METRIC_ZSCORE', ask: RunAsk): string {
  const name = ask.metric || '…'
  const window = ask.window === '' || ask.window === 1 ? '' : ` over its last ${ask.window} values`
  const what = ask.aggregate === '' ? name : `the ${AGGREGATES[ask.aggregate]} of ${name}`
  const number = ask.threshold === '' ? '…' : ask.threshold
  switch (type) {
    case 'RUN_METRIC':
      return `${what}${ask.aggregate === '' ? '' : window} ${COMPARISONS[ask.compare]} ${number}`
    case 'RUN_METRIC_CHANGE': {
      const amount =
        ask.changeType === 'RELATIVE' && ask.threshold !== ''
          ? `${Number((ask.threshold * 100).toPrecision(6))} %`
          : number
      const verb = { INCREASE: 'rises', DECREASE: 'falls', ANY: 'changes' }[ask.direction]
      const before = ask.priorWindow === '' ? ask.window : ask.priorWindow
      const from = before === '' || before === 1 ? 'the value before' : `the ${before} values before`
      return ask.aggregate === ''
        ? `${what} ${verb} by at least ${amount}`
        : `${what}${window} ${verb} by at least ${amount} from ${from}`
    }
    case 'RUN_METRIC_ZSCORE': {
      const side = { INCREASE: 'above', DECREASE: 'below', ANY: 'away from' }[ask.direction]
      const mean = ask.window === '' ? 'its mean' : `the mean of its last ${ask.window} values`
      return `${name} is ${ask.threshold === '' ? 3 : number} standard deviations ${side} ${mean}`
    }
  }
}

function conditionsOf({ conditions, filterText }: Draft): string {
  if (filterText !== null) return ' and its filter holds'
  const words = conditions.map(conditionInWords)
  return words.length === 0 ? '' : `, if ${listed(words, 'and')}`
}

const FIELD_WORDS: Record<string, string> = {
  artifact_type: 'the type',
  event_author: 'whoever did it',
  alias: 'an alias',
  tag: 'a tag',
  tags: 'a tag',
  display_name: 'the name of the run',
  name: 'the id of the run',
  username: 'whoever started the run',
  job_type: 'the job type',
  title: 'its title',
  text: 'its text',
  severity: 'its level',
}

/** Such as: metadata.eval.accuracy is at least 0.9 */
export function conditionInWords({ field, operator, value, values }: Condition): string {
  const what = FIELD_WORDS[field] ?? (field.startsWith('metadata.') ? field : `the ${field}`)
  if (isUnary(operator)) return `${what} ${operator}`
  if (isList(operator)) {
    const list =
      values.length === 0
        ? '…'
        : listed(
            values.map((each) => `“${each}”`),
            'or',
          )
    return `${what} ${operator} ${list}`
  }
  if (operator === 'matches' || operator === 'does not match') return `${what} ${operator} /${value || '…'}/`
  if (value === '') return `${what} ${operator} …`
  return `${what} ${operator} ${/^-?\d+(\.\d+)?$/.test(value) ? value : `“${value}”`}`
}

function thenOf({ action, payload }: Draft, { webhook }: Names): string {
  const name = webhook === undefined ? '…' : `“${webhook}”`
  switch (action) {
    case 'nothing':
      return 'nothing is sent, and its history tells of it'
    case 'notification':
      return `a message is posted by the Slack integration ${name}`
    case 'webhook':
      return `the webhook ${name} is sent ${payload.trim() === '' ? 'the default body' : 'your payload'}`
  }
}

function pacingOf({ pacing }: Draft): string {
  const { rateCount, rateSeconds, holdPerMinute, debounceSeconds } = pacing
  const parts: string[] = []
  if (debounceSeconds !== '') parts.push(`once for all that happens within ${seconds(debounceSeconds)}`)
  if (rateCount !== '')
    parts.push(
      `at most ${rateCount === 1 ? 'once' : `${rateCount} times`} in ${seconds(rateSeconds === '' ? 60 : rateSeconds)}`,
    )
  if (holdPerMinute !== '') parts.push(`held when it fires more than ${holdPerMinute} times in a minute`)
  return parts.map((part) => `, ${part}`).join('')
}

function seconds(count: number): string {
  const [unit, size] = count % 3_600 === 0 ? ['hour', 3_600] : count % 60 === 0 ? ['minute', 60] : ['second', 1]
  const number = count / (size as number)
  return number === 1 ? `a${unit === 'hour' ? 'n' : ''} ${unit}` : `${number} ${unit}s`
}

function listed(words: string[], last: 'and' | 'or'): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/** A name that says what it does; empty until there is something to say. At most 100 characters. */
export function proposedName(draft: Draft, names: Names): string {
  if (draft.event === null) return ''
  const { about, run } = eventInfo(draft.event)
  const { scope, label, action } = draft
  const place = {
    collection: scope.collection,
    project: scope.project,
    registry: scope.registry,
    entity: names.entity,
  }[scope.type]
  const what =
    about !== null && label.how !== 'any' && label.value !== ''
      ? label.value
      : run !== null && run !== 'state' && run !== 'alert' && draft.run.metric !== ''
        ? draft.run.metric
        : SHORT[draft.event]
  const target = action === 'nothing' || names.webhook === undefined ? '' : ` → ${names.webhook}`
  return `${[place, what].filter(Boolean).join(': ')}${target}`.slice(0, 100)
}

const SHORT: Record<EventType, string> = {
  CREATE_ARTIFACT: 'new version',
  DELETE_ARTIFACT: 'deleted',
  LINK_ARTIFACT: 'linked',
  UNLINK_ARTIFACT: 'unlinked',
  ADD_ARTIFACT_ALIAS: 'alias added',
  REMOVE_ARTIFACT_ALIAS: 'alias removed',
  ADD_ARTIFACT_TAG: 'tag added',
  REMOVE_ARTIFACT_TAG: 'tag removed',
  ADD_COLLECTION_TAG: 'collection tagged',
  REMOVE_COLLECTION_TAG: 'collection tag removed',
  RUN_STATE: 'run state',
  RUN_METRIC: 'run metric',
  RUN_METRIC_CHANGE: 'metric change',
  RUN_METRIC_ZSCORE: 'metric outlier',
  RUN_ALERT: 'run alert',
}
