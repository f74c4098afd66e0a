import {
  type EventAlert,
  type EventRun,
  type EventSnapshot,
  type EventSubject,
  type EventType,
  isRunEventType,
} from '../events/event.ts'
import type { FieldProblem } from '../refusal.ts'
import {
  type Condition,
  FILTER_FIELDS,
  type Field,
  type Filter,
  fieldName,
  parseConditions,
  type Scalar,
  type Test,
} from './filter-syntax.ts'
import { metadataAt } from './metadata-path.ts'
import { isAsked, obstacleToAsk, parseRunFilter } from './run-filter.ts'
import { REGEX_SUBJECT_CHARACTERS_MAX } from './user-regex.ts'

export { type Filter, filterToWire } from './filter-syntax.ts'

/**
 * The filter written in `input`, an object or its JSON text, for events of this type.
 *
 * - `at`: JSON Pointer of the filter in the caller's request, put before the paths of the fields in a refusal.
 *
 * @throws Refusal `filter_invalid`, with the JSON Pointer of the first part that is wrong
 */
export function parseFilter(input: unknown, at = '', eventType: EventType = 'ADD_ARTIFACT_ALIAS'): Filter {
  return isRunEventType(eventType) ? parseRunFilter(input, at, eventType) : parseConditions(input, at, FILTER_FIELDS)
}

/**
 * What event filters mean.
 *
 * As in MongoDB: comparisons never cross types, a list matches if one of its elements does, `null` equals absence, and
 * `$ne`, `$nin`, `$not` and `$nor` are the exact opposites of their counterparts, so that they hold for what is absent.
 */

/** What a filter sees of one event in one place. What is absent is so, or `undefined`. */
export type FilterView = {
  alias?: string | undefined
  tag?: string | string[] | undefined
  artifact_type?: string | undefined
  collection?: string | undefined
  project: string
  entity: string
  version?: number | undefined
  event_author?: string | undefined
  metadata?: Record<string, unknown> | undefined
  display_name?: string | undefined
  name?: string | undefined
  username?: string | undefined
  group?: string | undefined
  job_type?: string | undefined
  tags?: string[] | undefined
  title?: string | undefined
  text?: string | undefined
  severity?: string | undefined
}

/** Of a list, so many elements are looked at: lists in metadata come from users. */
const LIST_ELEMENTS_MAX = 1000

/**
 * Whether the event, in this place, is one the filter asks for.
 *
 * `alias` is the alias of the event or, for events that are not about one alias, each alias the version has there:
 * the filter matches if it holds for one of them, seen alone. So `{"alias": {"$ne": "latest"}}` matches a link with the
 * aliases `latest` and `staging`, as if it had come in two events. Without any alias it is absent.
 *
 * Pure. A filter at its limits takes some tens of milliseconds on hostile metadata, microseconds otherwise.
 */
export function matchesEvent(filter: Filter, snapshot: EventSnapshot, subject: EventSubject): boolean {
  if (filter.run !== undefined && !isAsked(filter.run, snapshot)) return false
  const known: Answers = new Map()
  return viewsOf(filter, snapshot, subject).some((view) => holds(filter.root, view, known))
}

/** Whether a run is one that the filter of an event about runs asks about. */
export function matchesRun(filter: Filter, run: EventRun, subject: EventSubject): boolean {
  return holds(filter.root, runView(run, subject), new Map())
}

/** Whether the condition holds for one view. */
export function evaluate(condition: Condition, view: FilterView): boolean {
  return holds(condition, view, new Map())
}

export type Explanation =
  | { matches: true }
  /** The clauses that stood in the way, at least one and at most 10, each with its JSON Pointer into the filter. */
  | { matches: false; because: FieldProblem[] }

/** Why the event did or did not match: agrees with `matchesEvent`, and is meant for people. */
export function explain(filter: Filter, snapshot: EventSnapshot, subject: EventSubject): Explanation {
  if (matchesEvent(filter, snapshot, subject)) return { matches: true }
  if (filter.run !== undefined && !isAsked(filter.run, snapshot)) {
    return { matches: false, because: [obstacleToAsk(filter.run, snapshot)] }
  }
  const because: FieldProblem[] = []
  const seen = new Set<string>()
  for (const view of viewsOf(filter, snapshot, subject)) {
    for (const problem of obstacles(filter.root, view)) {
      const key = JSON.stringify(problem)
      if (because.length < OBSTACLES_MAX && !seen.has(key)) because.push(problem)
      seen.add(key)
    }
    if (because.length === OBSTACLES_MAX) break
  }
  return { matches: false, because }
}

const OBSTACLES_MAX = 10

/** One view for each alias the filter is to see; one if it asks for none. */
function viewsOf(filter: Filter, snapshot: EventSnapshot, subject: EventSubject): FilterView[] {
  if (filter.run !== undefined)
    return [{ ...runView(snapshot.run ?? null, subject), ...alertView(snapshot.alert ?? null) }]
  const view: FilterView = {
    alias: snapshot.alias ?? subject.aliases[0],
    tag: snapshot.tag ?? (snapshot.artifact?.tags.length ? snapshot.artifact.tags : undefined),
    artifact_type: snapshot.artifact?.type,
    collection: subject.collection ?? undefined,
    project: subject.project,
    entity: subject.entity,
    version: subject.version ?? undefined,
    event_author: snapshot.actor.username ?? undefined,
    metadata: snapshot.artifact?.metadata,
  }
  if (snapshot.alias !== null || !filter.readsAlias || subject.aliases.length < 2) return [view]
  return subject.aliases.map((alias) => ({ ...view, alias }))
}

function runView(run: EventRun | null, { project, entity }: EventSubject): FilterView {
  return {
    project,
    entity,
    display_name: run?.displayName,
    name: run?.name,
    username: run?.username ?? undefined,
    group: run?.group ?? undefined,
    job_type: run?.jobType ?? undefined,
    tags: run?.tags.length ? run.tags : undefined,
  }
}

function alertView(alert: EventAlert | null): Pick<FilterView, 'title' | 'text' | 'severity'> {
  return { title: alert?.title, text: alert?.text, severity: alert?.severity }
}

/** What the tests that are the same for every alias answered: a pattern over metadata is searched once, not for each. */
type Answers = Map<Condition, boolean>

function holds(condition: Condition, view: FilterView, known: Answers): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.of.every((each) => holds(each, view, known))
    case 'or':
      return condition.of.some((each) => holds(each, view, known))
    case 'nor':
      return !condition.of.some((each) => holds(each, view, known))
    case 'not':
      return !holds(condition.of, view, known)
    case 'test': {
      if (condition.field.name === 'alias') return passes(condition.test, view.alias)
      const answered = known.get(condition)
      if (answered !== undefined) return answered
      const answer = passes(condition.test, fieldValue(condition.field, view))
      known.set(condition, answer)
      return answer
    }
  }
}

function fieldValue(field: Field, view: FilterView): unknown {
  return field.name === 'metadata' ? metadataAt(view.metadata, field.path) : view[field.name]
}

function passes(test: Test, value: unknown): boolean {
  switch (test.operator) {
    case '$eq':
      return equals(value, test.value)
    case '$ne':
      return !equals(value, test.value)
    case '$in':
      return test.values.some((each) => equals(value, each))
    case '$nin':
      return !test.values.some((each) => equals(value, each))
    case '$exists':
      return (value !== undefined) === test.value
    case '$contains':
      return someElement(value, (element) => typeof element === 'string' && element.includes(test.text))
    case '$regex': {
      // A list counts as a whole, or it would multiply the price of a search.
      let charactersLeft = REGEX_SUBJECT_CHARACTERS_MAX
      return someElement(value, (element) => {
        if (typeof element !== 'string') return false
        charactersLeft -= element.length
        return charactersLeft >= 0 && test.regex.search(element)
      })
    }
    default:
      return someElement(value, (element) => compares(element, test.operator, test.value))
  }
}

function equals(value: unknown, wanted: Scalar | Scalar[]): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(value) && value.length === wanted.length && wanted.every((each, index) => each === value[index])
    )
  }
  if (wanted === null && value === undefined) return true
  return someElement(value, (element) => element === wanted)
}

function someElement(value: unknown, claim: (element: unknown) => boolean): boolean {
  return Array.isArray(value) ? value.slice(0, LIST_ELEMENTS_MAX).some(claim) : claim(value)
}

function compares(element: unknown, operator: '$gt' | '$gte' | '$lt' | '$lte', wanted: string | number): boolean {
  const both =
    (typeof element === 'number' && typeof wanted === 'number') ||
    (typeof element === 'string' && typeof wanted === 'string')
  if (!both) return false
  switch (operator) {
    case '$gt':
      return element > wanted
    case '$gte':
      return element >= wanted
    case '$lt':
      return element < wanted
    case '$lte':
      return element <= wanted
  }
}

/** The clauses that keep a condition from holding; at least one if it does not hold. */
function obstacles(condition: Condition, view: FilterView): FieldProblem[] {
  switch (condition.kind) {
    case 'and':
      return condition.of
        .filter((each) => !evaluate(each, view))
        .flatMap((each) => obstacles(each, view))
        .slice(0, 1)
    case 'or':
      return condition.of.flatMap((each) => obstacles(each, view)).slice(0, OBSTACLES_MAX)
    case 'nor': {
      const holding = condition.of.find((each) => evaluate(each, view)) ?? condition
      return [{ path: holding.path, message: `${clause(holding, view)}, which $nor rules out` }]
    }
    case 'not':
      return [{ path: condition.path, message: `${clause(condition.of, view)}, which $not rules out` }]
    case 'test':
      return [
        {
          path: condition.path,
          message: `${clause(condition, view)}, and the filter asks for ${asked(condition.test)}`,
        },
      ]
  }
}

function clause(condition: Condition, view: FilterView): string {
  if (condition.kind !== 'test') return 'the condition holds'
  const name = fieldName(condition.field)
  const value = fieldValue(condition.field, view)
  if (value === undefined) return `${name} is absent`
  const tooLong =
    condition.test.operator === '$regex' && typeof value === 'string' && value.length > REGEX_SUBJECT_CHARACTERS_MAX
  return `${name} is ${shown(value)}${tooLong ? `, too long to search (${REGEX_SUBJECT_CHARACTERS_MAX} characters)` : ''}`
}

function asked(test: Test): string {
  switch (test.operator) {
    case '$eq':
      return shown(test.value)
    case '$ne':
      return `anything but ${shown(test.value)}`
    case '$in':
      return `one of ${shown(test.values)}`
    case '$nin':
      return `none of ${shown(test.values)}`
    case '$exists':
      return test.value ? 'its presence' : 'its absence'
    case '$regex':
      return `a match of ${shown(test.regex.pattern)}`
    case '$contains':
      return `a text with ${shown(test.text)} in it`
    case '$gt':
      return `more than ${shown(test.value)}`
    case '$gte':
      return `at least ${shown(test.value)}`
    case '$lt':
      return `less than ${shown(test.value)}`
    case '$lte':
      return `at most ${shown(test.value)}`
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
