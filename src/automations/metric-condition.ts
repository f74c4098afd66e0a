/**
 * Conditions on a metric of a run: what they ask, and what they see in the values a run has logged.
 *
 * Each run is looked at for itself. A window holds the last so many values of the metric, whichever steps they came in,
 * and a condition says nothing until its windows are full.
 *
 * Sources: the filters of wandb 0.30.0 (`automations/_run_metric_filters.py`) and W&B's "Automation events and scopes".
 */

export const AGGREGATES = ['AVERAGE', 'MAX', 'MIN'] as const
export const COMPARISONS = ['$gt', '$gte', '$lt', '$lte', '$eq', '$ne'] as const
export const CHANGE_TYPES = ['RELATIVE', 'ABSOLUTE'] as const
export const DIRECTIONS = ['INCREASE', 'DECREASE', 'ANY'] as const

type Aggregate = (typeof AGGREGATES)[number]
type Direction = (typeof DIRECTIONS)[number]

/** Values a condition looks at, all windows together: they are read whenever the metric is logged. */
export const WINDOW_MAX = 1_000

export type MetricCondition =
  /** The aggregate of the last `window` values; without one, the last value. */
  | {
      kind: 'threshold'
      name: string
      aggregate: Aggregate | null
      window: number
      compare: (typeof COMPARISONS)[number]
      threshold: number
    }
  /** The aggregate of the last `window` values against that of the `priorWindow` before those; without one, of single values. */
  | {
      kind: 'change'
      name: string
      aggregate: Aggregate | null
      window: number
      priorWindow: number
      changeType: (typeof CHANGE_TYPES)[number]
      direction: Direction
      amount: number
    }
  /** How many standard deviations the last value is from the mean of the `window` values before it. */
  | { kind: 'zscore'; name: string; window: number; threshold: number; direction: Direction }

/** How many values, the newest included, the condition looks at. */
export function valuesNeeded(condition: MetricCondition): number {
  switch (condition.kind) {
    case 'threshold':
      return condition.aggregate === null ? 1 : condition.window
    case 'change':
      return condition.aggregate === null ? 2 : condition.window + condition.priorWindow
    case 'zscore':
      return condition.window + 1
  }
}

/** `value`: what was compared. `prior`: what it was compared with, unless that is in the condition itself. */
export type Met = { value: number; prior: number | null }

/**
 * What meets the condition, looking back from the newest value; `null` if nothing does.
 *
 * - `values`: oldest first. With fewer than `valuesNeeded` nothing is met.
 *
 * A relative change from 0 and a z-score among values that are all the same are not defined, so they meet nothing. A
 * change and a z-score of just what is asked meet it, as in the client.
 */
export function meets(condition: MetricCondition, values: readonly number[]): Met | null {
  const seen = compared(condition, values)
  return seen !== null && holds(condition, seen.value) ? seen : null
}

/** What the condition compares, looking back from the newest value, met or not; `null` with fewer than `valuesNeeded`. */
export function compared(condition: MetricCondition, values: readonly number[]): Met | null {
  const needed = valuesNeeded(condition)
  if (values.length < needed) return null
  const seen = values.slice(values.length - needed)
  switch (condition.kind) {
    case 'threshold':
      return { value: aggregateOf(condition.aggregate, seen), prior: null }
    case 'change': {
      const priorCount = condition.aggregate === null ? 1 : condition.priorWindow
      const prior = aggregateOf(condition.aggregate, seen.slice(0, priorCount))
      const difference = aggregateOf(condition.aggregate, seen.slice(priorCount)) - prior
      return { value: condition.changeType === 'ABSOLUTE' ? difference : difference / Math.abs(prior), prior }
    }
    case 'zscore': {
      const before = seen.slice(0, -1)
      const mean = average(before)
      const deviation = Math.sqrt(average(before.map((each) => (each - mean) ** 2)))
      return { value: ((seen.at(-1) as number) - mean) / deviation, prior: mean }
    }
  }
}

function holds(condition: MetricCondition, value: number): boolean {
  switch (condition.kind) {
    case 'threshold':
      return Number.isFinite(value) && compares(value, condition.compare, condition.threshold)
    case 'change':
      return reaches(value, condition.direction, condition.amount)
    case 'zscore':
      return reaches(value, condition.direction, condition.threshold)
  }
}

/** What is not finite meets nothing. */
function reaches(value: number, direction: Direction, amount: number): boolean {
  if (!Number.isFinite(value)) return false
  switch (direction) {
    case 'INCREASE':
      return value >= amount
    case 'DECREASE':
      return value <= -amount
    case 'ANY':
      return Math.abs(value) >= amount
  }
}

function compares(value: number, compare: (typeof COMPARISONS)[number], threshold: number): boolean {
  switch (compare) {
    case '$gt':
      return value > threshold
    case '$gte':
      return value >= threshold
    case '$lt':
      return value < threshold
    case '$lte':
      return value <= threshold
    case '$eq':
      return value === threshold
    case '$ne':
      return value !== threshold
  }
}

function aggregateOf(aggregate: Aggregate | null, values: readonly number[]): number {
  switch (aggregate) {
    case null:
      return values.at(-1) as number
    case 'AVERAGE':
      return average(values)
    case 'MAX':
      return Math.max(...values)
    case 'MIN':
      return Math.min(...values)
  }
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The condition, in words. */
export function conditionInWords(condition: MetricCondition): string {
  const { name } = condition
  switch (condition.kind) {
    case 'threshold':
      return `${aggregateInWords(condition.aggregate, condition.window, name)} ${SIGNS[condition.compare]} ${condition.threshold}`
    case 'change': {
      const { aggregate, window, priorWindow, changeType, amount } = condition
      const what = aggregateInWords(aggregate, window, name)
      const from = aggregate === null ? 'the value before' : `the ${priorWindow} before`
      const by = changeType === 'RELATIVE' ? `${Number((amount * 100).toPrecision(12))} %` : amount
      return `${what} ${CHANGES[condition.direction]} by at least ${by} from ${from}`
    }
    case 'zscore': {
      const { direction, threshold } = condition
      const score = `z-score of ${name} among the ${condition.window} values before`
      if (direction === 'ANY') return `absolute ${score} >= ${threshold}`
      return direction === 'INCREASE' ? `${score} >= ${threshold}` : `${score} <= -${threshold}`
    }
  }
}

const SIGNS = { $gt: '>', $gte: '>=', $lt: '<', $lte: '<=', $eq: '=', $ne: 'is not' }
const CHANGES = { INCREASE: 'increases', DECREASE: 'decreases', ANY: 'changes' }
const AGGREGATE_NAMES = { AVERAGE: 'average', MAX: 'maximum', MIN: 'minimum' }

function aggregateInWords(aggregate: Aggregate | null, window: number, name: string): string {
  return aggregate === null ? name : `${AGGREGATE_NAMES[aggregate]} of the last ${window} of ${name}`
}

/** In place of a condition's key, of what a run came to without meeting it. No event that happened has it. */
export const NOT_MET = 'not met'

/** The same for conditions that ask the same, however they were written. */
export function conditionKey(condition: MetricCondition): string {
  return JSON.stringify(condition, Object.keys(condition).sort())
}
