import { type Condition, printConditions, readConditions } from './conditions'
import type { EventInfo } from './event-types'

/** What has to come of a run, as the form has it. Numbers are as typed; empty ones are the server's defaults. */
export type RunAsk = {
  states: ('RUNNING' | 'FINISHED' | 'FAILED')[]
  metric: string
  aggregate: '' | 'AVERAGE' | 'MAX' | 'MIN'
  window: number | ''
  compare: '$gt' | '$gte' | '$lt' | '$lte' | '$eq' | '$ne'
  threshold: number | ''
  priorWindow: number | ''
  changeType: 'ABSOLUTE' | 'RELATIVE'
  direction: 'INCREASE' | 'DECREASE' | 'ANY'
  /** Of an alert; none stands for all. */
  levels: Level[]
  title: { how: 'any' | 'contains' | 'matches'; value: string }
}

export type Level = 'INFO' | 'WARN' | 'ERROR'

export const NO_RUN_ASK: RunAsk = {
  states: ['FINISHED'],
  metric: '',
  aggregate: '',
  window: '',
  compare: '$gt',
  threshold: '',
  priorWindow: '',
  changeType: 'RELATIVE',
  direction: 'ANY',
  levels: [],
  title: { how: 'any', value: '' },
}

type Json = Record<string, unknown>

/** The filter of an event about runs; `null`: none. */
export function printRunFilter(run: NonNullable<EventInfo['run']>, ask: RunAsk, conditions: Condition[]): Json | null {
  if (run === 'alert') return printConditions([...alertConditions(ask), ...conditions])
  const run_filter = conditions.length === 0 ? {} : { $and: printConditions(conditions)?.$or }
  const rest = { name: ask.metric, ...set('agg_op', ask.aggregate) }
  switch (run) {
    case 'state':
      return { run_filter, run_state_filter: { states: ask.states } }
    case 'threshold':
      return metricFilter(run_filter, 'threshold_filter', {
        ...rest,
        ...set('window_size', ask.window),
        cmp_op: ask.compare,
        threshold: ask.threshold,
      })
    case 'change':
      return metricFilter(run_filter, 'change_filter', {
        ...rest,
        ...set('current_window_size', ask.window),
        ...set('prior_window_size', ask.priorWindow),
        change_type: ask.changeType,
        change_dir: ask.direction,
        change_amount: ask.threshold,
      })
    case 'zscore':
      return metricFilter(run_filter, 'zscore_filter', {
        name: ask.metric,
        ...set('window_size', ask.window),
        ...set('threshold', ask.threshold),
        change_dir: ask.direction,
      })
  }
}

function metricFilter(run_filter: Json, kind: string, filter: Json): Json {
  return { run_filter, run_metric_filter: { [kind]: filter } }
}

const set = (key: string, value: unknown): Json => (value === '' ? {} : { [key]: value })

/** What is asked of an alert is conditions on it, before those on its run. */
function alertConditions({ levels, title }: RunAsk): Condition[] {
  const none = { value: '', values: [] }
  return [
    ...(levels.length === 0 ? [] : [{ ...none, field: 'severity', operator: 'is one of' as const, values: levels }]),
    ...(title.how === 'any' ? [] : [{ ...none, field: 'title', operator: title.how, value: title.value }]),
  ]
}

function readAlertFilter(filter: Json): RunFilterParts | null {
  const conditions = readConditions(filter)
  if (conditions === null) return null
  const rest = [...conditions]
  const ask: RunAsk = { ...NO_RUN_ASK }
  if (rest[0]?.field === 'severity' && (rest[0].operator === 'is one of' || rest[0].operator === 'is')) {
    const [{ operator, value, values }] = rest.splice(0, 1) as [Condition]
    ask.levels = (operator === 'is' ? [value] : values) as Level[]
  }
  if (rest[0]?.field === 'title' && (rest[0].operator === 'contains' || rest[0].operator === 'matches')) {
    const [{ operator, value }] = rest.splice(0, 1) as [Condition]
    ask.title = { how: operator as 'contains' | 'matches', value }
  }
  return { ask, conditions: rest }
}

type RunFilterParts = { ask: RunAsk; conditions: Condition[] }

/** What such a filter says; `null` when it says more than the form can show. */
export function readRunFilter(run: NonNullable<EventInfo['run']>, filter: Json): RunFilterParts | null {
  if (run === 'alert') return readAlertFilter(filter)
  const conditions = readConditions(parsed(filter.run_filter))
  if (conditions === null) return null
  const states = (filter.run_state_filter as Json | undefined)?.states
  if (Array.isArray(states)) return { conditions, ask: { ...NO_RUN_ASK, states: states as RunAsk['states'] } }
  const metric = (filter.run_metric_filter ?? {}) as Record<string, Json | undefined | null>
  const inner = metric.threshold_filter ?? metric.change_filter ?? metric.zscore_filter
  if (inner === undefined || inner === null) return null
  const number = (key: string) => (typeof inner[key] === 'number' ? (inner[key] as number) : '')
  const first = (...keys: string[]) => keys.map(number).find((value) => value !== '') ?? ''
  return {
    conditions,
    ask: {
      ...NO_RUN_ASK,
      metric: String(inner.name ?? ''),
      aggregate: (inner.agg_op ?? '') as RunAsk['aggregate'],
      window: first('window_size', 'current_window_size'),
      priorWindow: number('prior_window_size'),
      compare: (inner.cmp_op ?? '$gt') as RunAsk['compare'],
      threshold: first('threshold', 'change_amount'),
      changeType: (inner.change_type ?? 'RELATIVE') as RunAsk['changeType'],
      direction: (inner.change_dir ?? 'ANY') as RunAsk['direction'],
    },
  }
}

/** The client writes the conditions on a run as a text in the text. */
function parsed(written: unknown): unknown {
  if (typeof written !== 'string') return written
  try {
    return written.trim() === '' ? null : JSON.parse(written)
  } catch {
    return written
  }
}
