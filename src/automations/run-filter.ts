import type { EventRun, EventSnapshot, RunEventType } from '../events/event.ts'
import { type FieldProblem, Refusal } from '../refusal.ts'
import { isRecord } from '../runtime/is-record.ts'
import {
  ALERT_FILTER_FIELDS,
  type Filter,
  parseConditions,
  parseFilterText,
  RUN_FILTER_FIELDS,
} from './filter-syntax.ts'
import {
  AGGREGATES,
  CHANGE_TYPES,
  COMPARISONS,
  conditionInWords,
  conditionKey,
  DIRECTIONS,
  type MetricCondition,
  NOT_MET,
  valuesNeeded,
  WINDOW_MAX,
} from './metric-condition.ts'

/**
 * Filters of events about runs, in the form the wandb client writes: conditions on the run (`run_filter`), and what has
 * to come of it (`run_metric_filter`, `run_state_filter`). `docs/run-events.md` is the guide.
 */

/** The states as automations know them: a run that crashed has failed. */
export const COARSE_STATES = ['RUNNING', 'FINISHED', 'FAILED'] as const

export type CoarseState = (typeof COARSE_STATES)[number]

export type RunAsk =
  | { kind: 'state'; states: CoarseState[] }
  | { kind: 'metric'; condition: MetricCondition; key: string }
  | { kind: 'alert' }

export function coarseState(state: EventRun['state']): CoarseState {
  return state === 'running' ? 'RUNNING' : state === 'finished' ? 'FINISHED' : 'FAILED'
}

/** Whether what happened to the run is what the filter waits for; the conditions on the run itself are another matter. */
export function isAsked(ask: RunAsk, snapshot: EventSnapshot): boolean {
  if (ask.kind === 'alert') return snapshot.alert != null
  if (ask.kind === 'metric') return snapshot.metric?.key === ask.key
  return snapshot.run != null && ask.states.includes(coarseState(snapshot.run.state))
}

/** What stood in the way of `isAsked`. */
export function obstacleToAsk(ask: RunAsk, snapshot: EventSnapshot): FieldProblem {
  if (ask.kind === 'alert') return { path: '', message: 'the event is about no alert' }
  if (ask.kind === 'state') {
    const state = snapshot.run == null ? 'absent' : coarseState(snapshot.run.state)
    return {
      path: '/run_state_filter/states',
      message: `the state is ${state}, and the filter asks for ${ask.states.join(' or ')}`,
    }
  }
  return {
    path: '/run_metric_filter',
    message: `${whatWasMet(snapshot)}, and the filter asks for "${conditionInWords(ask.condition)}"`,
  }
}

function whatWasMet({ metric }: EventSnapshot): string {
  if (metric == null) return 'no condition was met'
  return metric.key === NOT_MET ? `the run came to ${metric.value}` : `"${metric.condition}" was met`
}

const METRIC_NAME_LENGTH_MAX = 512

const METRIC_FILTERS = {
  RUN_METRIC: { name: 'threshold_filter', read: readThreshold },
  RUN_METRIC_CHANGE: { name: 'change_filter', read: readChange },
  RUN_METRIC_ZSCORE: { name: 'zscore_filter', read: readZScore },
}

/**
 * The filter written in `input`, for events of this type: an object or its JSON text. Of alerts, which the client has no
 * filters for, it is the conditions alone.
 *
 * - `at`: JSON Pointer of the filter in the caller's request.
 *
 * @throws Refusal `filter_invalid`, with the JSON Pointer of the first part that is wrong
 */
export function parseRunFilter(input: unknown, at: string, eventType: RunEventType): Filter {
  if (eventType === 'RUN_ALERT') return { ...parseConditions(input, at, ALERT_FILTER_FIELDS), run: { kind: 'alert' } }
  const written = parseFilterText(input, at)
  const example = eventType === 'RUN_STATE' ? EXAMPLE_STATE : EXAMPLES[eventType]
  if (!isRecord(written)) throw invalid(at, `A filter of ${eventType} events is an object such as ${example}.`)
  const known = ['run_filter', eventType === 'RUN_STATE' ? 'run_state_filter' : 'run_metric_filter', 'metric_filter']
  const other = Object.keys(written).find((key) => !known.includes(key) && written[key] !== null)
  if (other !== undefined) {
    throw invalid(`${at}/${other}`, `A filter of ${eventType} events has no "${other}": it looks like ${example}.`)
  }
  const run = parseConditions(written.run_filter ?? null, at, RUN_FILTER_FIELDS, '/run_filter')
  const about: RunAsk =
    eventType === 'RUN_STATE' ? readStates(written.run_state_filter, at) : readMetric(written, at, eventType)
  // The client reads the conditions on the run out of a text of their own.
  const runText = typeof written.run_filter === 'string' ? written.run_filter : run.text
  const text = JSON.stringify({ ...written, run_filter: runText })
  return { root: run.root, text, readsAlias: false, run: about }
}

const EXAMPLE_STATE = '{"run_filter": {}, "run_state_filter": {"states": ["FAILED"]}}'

const EXAMPLES = {
  RUN_METRIC:
    '{"run_filter": {}, "run_metric_filter": {"threshold_filter": {"name": "loss", "agg_op": "AVERAGE", "window_size": 5, "cmp_op": "$gt", "threshold": 3}}}',
  RUN_METRIC_CHANGE:
    '{"run_filter": {}, "run_metric_filter": {"change_filter": {"name": "loss", "agg_op": "AVERAGE", "current_window_size": 10, "prior_window_size": 50, "change_type": "RELATIVE", "change_dir": "INCREASE", "change_amount": 0.25}}}',
  RUN_METRIC_ZSCORE:
    '{"run_filter": {}, "run_metric_filter": {"zscore_filter": {"name": "loss", "window_size": 30, "threshold": 3, "change_dir": "ANY"}}}',
}

function readStates(written: unknown, at: string): RunAsk {
  const path = `${at}/run_state_filter/states`
  const states = isRecord(written) ? written.states : undefined
  const list = Array.isArray(states) ? states : []
  const known = list.map((state) => {
    const name = typeof state === 'string' ? state.toUpperCase() : ''
    // The client folds these itself; others need not know.
    return COARSE_STATES.find((each) => each === (name === 'CRASHED' ? 'FAILED' : name))
  })
  if (known.length === 0 || known.includes(undefined)) {
    throw invalid(path, `"states" is a list of ${COARSE_STATES.join(', ')}; a run that crashed has failed.`)
  }
  return { kind: 'state', states: [...new Set(known as CoarseState[])].sort() }
}

function readMetric(written: Record<string, unknown>, at: string, eventType: keyof typeof METRIC_FILTERS): RunAsk {
  const { name, read } = METRIC_FILTERS[eventType]
  let path = `${at}/run_metric_filter/${name}`
  let inner = isRecord(written.run_metric_filter) ? written.run_metric_filter[name] : undefined
  // Where clients of old wrote thresholds.
  if (inner == null && eventType === 'RUN_METRIC' && written.metric_filter != null) {
    path = `${at}/metric_filter`
    inner = parseFilterText(written.metric_filter, path)
  }
  if (!isRecord(inner)) {
    throw invalid(path, `A filter of ${eventType} events has a "${name}": ${EXAMPLES[eventType]}.`)
  }
  const condition = read(new Reading(inner, path))
  if (valuesNeeded(condition) > WINDOW_MAX) {
    throw invalid(
      path,
      `The windows of a condition hold at most ${WINDOW_MAX} values, and these need ${valuesNeeded(condition)}.`,
    )
  }
  return { kind: 'metric', condition, key: conditionKey(condition) }
}

function readThreshold(reading: Reading): MetricCondition {
  return {
    kind: 'threshold',
    name: reading.metricName(),
    aggregate: reading.oneOfOrNull('agg_op', AGGREGATES),
    window: reading.window('window_size', 1),
    compare: reading.oneOf('cmp_op', COMPARISONS),
    threshold: reading.number('threshold'),
  }
}

function readChange(reading: Reading): MetricCondition {
  const window = reading.window('current_window_size', 1)
  return {
    kind: 'change',
    name: reading.metricName(),
    aggregate: reading.oneOfOrNull('agg_op', AGGREGATES),
    window,
    priorWindow: reading.window('prior_window_size', window),
    changeType: reading.oneOf('change_type', CHANGE_TYPES),
    direction: reading.oneOf('change_dir', DIRECTIONS),
    amount: reading.positive('change_amount'),
  }
}

function readZScore(reading: Reading): MetricCondition {
  return {
    kind: 'zscore',
    name: reading.metricName(),
    window: reading.window('window_size', 30, 2),
    threshold: reading.positive('threshold', 3),
    direction: reading.oneOfOrNull('change_dir', DIRECTIONS) ?? 'ANY',
  }
}

/** Reads the parts of one condition. */
class Reading {
  private readonly written: Record<string, unknown>
  private readonly path: string

  constructor(written: Record<string, unknown>, path: string) {
    this.written = written
    this.path = path
  }

  metricName(): string {
    const { name } = this.written
    if (typeof name === 'string' && name.length >= 1 && name.length <= METRIC_NAME_LENGTH_MAX) return name
    return this.refuse('name', `is the name of a metric, of at most ${METRIC_NAME_LENGTH_MAX} characters`)
  }

  window(key: string, ifAbsent: number, min = 1): number {
    const value = this.written[key] ?? ifAbsent
    if (Number.isSafeInteger(value) && (value as number) >= min) return value as number
    return this.refuse(key, `is a whole number of values, at least ${min}`)
  }

  number(key: string): number {
    const value = this.written[key]
    return typeof value === 'number' && Number.isFinite(value) ? value : this.refuse(key, 'is a number')
  }

  positive(key: string, ifAbsent?: number): number {
    const value = this.written[key] ?? ifAbsent
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
    return this.refuse(key, 'is a number above 0')
  }

  oneOf<const Values extends readonly string[]>(key: string, values: Values): Values[number] {
    const found = values.find((each) => each === this.written[key])
    return found ?? this.refuse(key, `is one of ${values.join(', ')}`)
  }

  oneOfOrNull<const Values extends readonly string[]>(key: string, values: Values): Values[number] | null {
    return this.written[key] == null ? null : this.oneOf(key, values)
  }

  private refuse(key: string, is: string): never {
    throw invalid(`${this.path}/${key}`, `"${key}" ${is}.`)
  }
}

function invalid(path: string, message: string): Refusal {
  return new Refusal('filter_invalid', `${message} (at ${path})`, { fields: [{ path, message }] })
}
