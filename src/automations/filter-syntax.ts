import { Refusal } from '../refusal.ts'
import { isRecord } from '../runtime/is-record.ts'
import { jsonValue, lineAndColumn, parseJsonDocument, pointerTo } from './json-document.ts'
import { METADATA_PATH_SEGMENTS_MAX } from './metadata-path.ts'
import { nearestName } from './nearest-name.ts'
import type { RunAsk } from './run-filter.ts'
import { compileUserRegex, type UserRegex } from './user-regex.ts'

/**
 * Event filters as they are written: MongoDB-like JSON, as W&B's own. `docs/filters.md` is the guide.
 *
 * A filter is parsed once, when an automation is saved, and again from its own text when it is matched; what it means
 * is in `filter.ts`.
 */

export type Filter = {
  root: Condition
  /** The conditions as they were written, compact JSON without any outer wrapping. Parsing it gives this filter. */
  text: string
  /** Whether a condition reads `alias`: only then does each alias count on its own. */
  readsAlias: boolean
  /** Of events about runs: what has to come of a run that passes the conditions. */
  run?: RunAsk
}

export type Condition =
  | { kind: 'and' | 'or' | 'nor'; of: Condition[]; path: string }
  | { kind: 'not'; of: Condition; path: string }
  | { kind: 'test'; field: Field; test: Test; path: string }

export type Scalar = string | number | boolean | null

export type Test =
  | { operator: '$eq' | '$ne'; value: Scalar | Scalar[] }
  | { operator: '$gt' | '$gte' | '$lt' | '$lte'; value: string | number }
  | { operator: '$in' | '$nin'; values: Scalar[] }
  | { operator: '$exists'; value: boolean }
  | { operator: '$regex'; regex: UserRegex }
  | { operator: '$contains'; text: string }

/** The fields of an event a filter can ask about, besides `metadata.<path>`. */
export const FILTER_FIELDS = [
  'alias',
  'tag',
  'artifact_type',
  'collection',
  'project',
  'entity',
  'version',
  'event_author',
] as const

/** The fields of a run that the filters of its events can ask about. `display_name` is what people call its name. */
export const RUN_FILTER_FIELDS = [
  'display_name',
  'name',
  'username',
  'group',
  'job_type',
  'tags',
  'project',
  'entity',
] as const

/** The fields of a run's alert, besides those of the run. */
export const ALERT_FILTER_FIELDS = ['title', 'text', 'severity', ...RUN_FILTER_FIELDS] as const

type FieldName = (typeof FILTER_FIELDS)[number] | (typeof ALERT_FILTER_FIELDS)[number]

export type Field = { name: FieldName } | { name: 'metadata'; path: string }

export const FILTER_OPERATORS = [
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$in',
  '$nin',
  '$exists',
  '$regex',
  '$contains',
] as const
const LOGICAL_OPERATORS = ['$and', '$or', '$nor', '$not'] as const

export const FILTER_BYTES_MAX = 16 * 1024
const FILTER_DEPTH_MAX = 16
const FILTER_CONDITIONS_MAX = 200
/** All patterns of a filter together, so that a filter full of the heaviest ones still takes milliseconds. */
const FILTER_REGEX_WEIGHT_MAX = 1000

/** What the client writes for "no condition". */
const MATCH_ALL = { $or: [{ $and: [] }] }

/**
 * The filter written in `input`; `null`, `undefined`, blank text and `{}` match every event.
 *
 * `input` is an object or its JSON text, as the client sends it or wrapped once more in `{"filter": …}`, as it is
 * read back. At most 16 KiB, 16 levels, 200 conditions.
 *
 * - `at`: JSON Pointer of the filter in the caller's request, put before the paths of the fields in a refusal.
 * - `fields`: those it can ask about, with a path into metadata if they are those of artifacts.
 * - `within`: the JSON Pointer of the conditions in the filter.
 *
 * @throws Refusal `filter_invalid`, with the JSON Pointer of the first part that is wrong
 */
export function parseConditions(input: unknown, at: string, fields: readonly FieldName[], within = ''): Filter {
  let written = parseFilterText(input, at + within)
  if (isRecord(written) && Object.keys(written).length === 1 && Object.hasOwn(written, 'filter')) {
    written = parseFilterText(written.filter, at + within)
  }
  const empty = written === null || written === undefined || (isRecord(written) && Object.keys(written).length === 0)
  const meant = empty ? MATCH_ALL : written
  const parser = new Parser(at, fields)
  const root = parser.condition(meant, within, 1)
  const text = JSON.stringify(meant)
  if (Buffer.byteLength(text) > FILTER_BYTES_MAX) throw tooLarge(at)
  return { root, text, readsAlias: parser.readsAlias }
}

/**
 * What GraphQL answers as `FilterEventTriggeringCondition.filter`: the text as it was written, as a string in one more
 * object, in JSON; of events about runs, the text itself. The client compares what it reads back with what it wrote,
 * field by field.
 */
export function filterToWire(filter: Filter): string {
  return filter.run === undefined ? JSON.stringify({ filter: filter.text }) : filter.text
}

/** The JSON of a condition; parsing it gives an equal condition, `path`s aside. */
export function printCondition(condition: Condition): Record<string, unknown> {
  switch (condition.kind) {
    case 'and':
    case 'or':
    case 'nor':
      return { [`$${condition.kind}`]: condition.of.map(printCondition) }
    case 'not':
      return { $not: printCondition(condition.of) }
    case 'test':
      return { [fieldName(condition.field)]: { [condition.test.operator]: operandOf(condition.test) } }
  }
}

/** The field as it is written in a filter. */
export function fieldName(field: Field): string {
  return field.name === 'metadata' ? `metadata.${field.path}` : field.name
}

function operandOf(test: Test): unknown {
  switch (test.operator) {
    case '$in':
    case '$nin':
      return test.values
    case '$regex':
      return test.regex.pattern
    case '$contains':
      return test.text
    default:
      return test.value
  }
}

/** The JSON that `input` is, or is the text of. `null` for blank text. */
export function parseFilterText(input: unknown, at: string): unknown {
  if (typeof input !== 'string') return input
  if (Buffer.byteLength(input) > FILTER_BYTES_MAX) throw tooLarge(at)
  if (input.trim() === '') return null
  // One level a wrapped condition and one a list, so twice the depth of conditions, and the lists of `$in`.
  const parsed = parseJsonDocument(input, { depthMax: 2 * FILTER_DEPTH_MAX + 4 })
  if (parsed.ok) return jsonValue(parsed.root)
  const { line, column } = lineAndColumn(input, parsed.offset)
  throw invalid(at, `The filter is not valid JSON at line ${line}, column ${column}: ${parsed.message}.`)
}

class Parser {
  private readonly at: string
  private readonly fields: readonly FieldName[]
  /** Of artifacts: their metadata can be asked about as well. */
  private readonly hasMetadata: boolean
  private conditions = 0
  private regexWeight = 0
  readsAlias = false

  constructor(at: string, fields: readonly FieldName[]) {
    this.at = at
    this.fields = fields
    this.hasMetadata = fields === FILTER_FIELDS
  }

  condition(written: unknown, path: string, depth: number): Condition {
    if (!isRecord(written)) {
      this.refuse(path, `Expected an object such as {"alias": {"$eq": "production"}}, found ${kindOf(written)}.`)
    }
    if (depth > FILTER_DEPTH_MAX) this.refuse(path, `Conditions are nested deeper than ${FILTER_DEPTH_MAX} levels.`)
    const parts = Object.entries(written).map(([key, value]) => {
      const keyPath = pointerTo(path, key)
      return key.startsWith('$')
        ? this.logical(key, value, keyPath, depth)
        : this.tests(this.field(key, keyPath), value, keyPath, depth)
    })
    return parts.length === 1 ? parts[0]! : { kind: 'and', of: parts, path }
  }

  private logical(operator: string, written: unknown, path: string, depth: number): Condition {
    if (operator === '$not') return { kind: 'not', of: this.condition(written, path, depth + 1), path }
    if (operator !== '$and' && operator !== '$or' && operator !== '$nor')
      this.unknownOperator(operator, path, 'logical')
    if (!Array.isArray(written)) this.refuse(path, `${operator} takes a list of conditions, found ${kindOf(written)}.`)
    if (operator === '$or' && written.length === 0) {
      this.refuse(path, 'An empty $or matches no event at all; leave it out, or write {} to match every event.')
    }
    const of = written.map((each, index) => this.condition(each, pointerTo(path, index), depth + 1))
    return { kind: operator === '$and' ? 'and' : operator === '$or' ? 'or' : 'nor', of, path }
  }

  private field(name: string, path: string): Field {
    if (this.hasMetadata && name.startsWith('metadata.') && name.length > 'metadata.'.length) {
      const metadataPath = name.slice('metadata.'.length)
      if (metadataPath.split('.').length > METADATA_PATH_SEGMENTS_MAX) {
        this.refuse(path, `A path into metadata has at most ${METADATA_PATH_SEGMENTS_MAX} parts.`)
      }
      return { name: 'metadata', path: metadataPath }
    }
    const known = this.fields.find((each) => each === name)
    if (known === 'alias') this.readsAlias = true
    if (known !== undefined) return { name: known }
    const hints = this.hasMetadata ? [...this.fields, 'metadata.<key>'] : this.fields
    const near =
      this.hasMetadata && name.startsWith('artifact_metadata.')
        ? name.slice('artifact_'.length)
        : nearestName(name, hints)
    const hint = near === undefined ? '' : ` Did you mean "${near}"?`
    this.refuse(path, `Unknown field ${shown(name)}.${hint} Fields are ${hints.join(', ')}.`)
  }

  /** What stands behind a field: operators, or a value that the field is to equal. */
  private tests(field: Field, written: unknown, path: string, depth: number): Condition {
    if (depth > FILTER_DEPTH_MAX) this.refuse(path, `Conditions are nested deeper than ${FILTER_DEPTH_MAX} levels.`)
    if (!isRecord(written)) return this.test(field, '$eq', written, path)
    const parts = Object.entries(written).map(([operator, operand]): Condition => {
      const operatorPath = pointerTo(path, operator)
      if (operator !== '$not') return this.test(field, operator, operand, operatorPath)
      if (!isRecord(operand)) this.refuse(operatorPath, `$not takes operators such as {"$regex": "^test-"} here.`)
      return { kind: 'not', of: this.tests(field, operand, operatorPath, depth + 1), path: operatorPath }
    })
    if (parts.length === 0) this.refuse(path, `${shown(fieldName(field))} needs an operator such as {"$exists": true}.`)
    return parts.length === 1 ? parts[0]! : { kind: 'and', of: parts, path }
  }

  private test(field: Field, operator: string, operand: unknown, path: string): Condition {
    this.conditions += 1
    if (this.conditions > FILTER_CONDITIONS_MAX) {
      this.refuse(path, `A filter has at most ${FILTER_CONDITIONS_MAX} conditions; $in replaces many of them.`)
    }
    return { kind: 'test', field, test: this.operation(field, operator, operand, path), path }
  }

  private operation(field: Field, operator: string, operand: unknown, path: string): Test {
    switch (operator) {
      case '$eq':
      case '$ne':
        if (Array.isArray(operand) && field.name === 'metadata') {
          return { operator, value: operand.map((each, index) => this.scalar(field, each, pointerTo(path, index))) }
        }
        if (Array.isArray(operand))
          this.refuse(path, `${fieldName(field)} is one value; to ask for one of several, use $in.`)
        return { operator, value: this.scalar(field, operand, path) }
      case '$gt':
      case '$gte':
      case '$lt':
      case '$lte': {
        const value = this.scalar(field, operand, path)
        if (typeof value === 'string' || typeof value === 'number') return { operator, value }
        return this.refuse(path, `${operator} compares numbers or texts, not ${kindOf(operand)}.`)
      }
      case '$in':
      case '$nin':
        if (!Array.isArray(operand)) this.refuse(path, `${operator} takes a list of values, found ${kindOf(operand)}.`)
        if (operator === '$in' && operand.length === 0) this.refuse(path, 'An empty $in matches no event at all.')
        return { operator, values: operand.map((each, index) => this.scalar(field, each, pointerTo(path, index))) }
      case '$exists':
        if (typeof operand === 'boolean') return { operator, value: operand }
        return this.refuse(path, `$exists takes true or false, found ${kindOf(operand)}.`)
      case '$contains':
        this.requireText(field, operator, path)
        if (typeof operand === 'string') return { operator, text: operand }
        return this.refuse(path, `$contains takes a text, found ${kindOf(operand)}.`)
      case '$regex':
        this.requireText(field, operator, path)
        if (typeof operand === 'string') return { operator, regex: this.regex(operand, path) }
        return this.refuse(path, `$regex takes a pattern in a text, found ${kindOf(operand)}.`)
      default:
        return this.unknownOperator(operator, path, 'field')
    }
  }

  private scalar(field: Field, written: unknown, path: string): Scalar {
    if (written === null) return null
    if (typeof written === 'number' && !Number.isFinite(written)) this.refuse(path, 'The number is too large.')
    if (field.name === 'version') {
      const number = typeof written === 'string' && /^v\d{1,15}$/.test(written) ? Number(written.slice(1)) : written
      if (typeof number === 'number') return number
      this.refuse(path, `version is compared with a version number, 7 or "v7", found ${kindOf(written)}.`)
    }
    if (typeof written === 'string') return written
    if (field.name === 'metadata' && (typeof written === 'number' || typeof written === 'boolean')) return written
    this.refuse(
      path,
      `${fieldName(field)} is compared with ${field.name === 'metadata' ? 'a text, number, true, false or null' : 'a text'}, found ${kindOf(written)}.`,
    )
  }

  private requireText(field: Field, operator: string, path: string): void {
    if (field.name === 'version')
      this.refuse(path, `${operator} searches texts; version is a number: use $eq, $in or $gte.`)
  }

  private regex(pattern: string, path: string): UserRegex {
    const compiled = compileUserRegex(pattern)
    if (!compiled.ok) this.refuse(path, compiled.message)
    this.regexWeight += compiled.regex.weight
    if (this.regexWeight > FILTER_REGEX_WEIGHT_MAX) {
      this.refuse(path, 'The patterns of this filter are too expensive together; use fewer, or smaller counts.')
    }
    return compiled.regex
  }

  private unknownOperator(operator: string, path: string, place: 'logical' | 'field'): never {
    const known: readonly string[] = place === 'logical' ? LOGICAL_OPERATORS : [...FILTER_OPERATORS, '$not']
    const elsewhere: readonly string[] = place === 'logical' ? FILTER_OPERATORS : LOGICAL_OPERATORS
    if (operator === '$options')
      this.refuse(path, '$options is not known; begin the pattern with (?i), (?s) or (?m) instead.')
    if (elsewhere.includes(operator)) {
      const where =
        place === 'logical'
          ? 'behind a field: {"alias": {"$eq": "x"}}'
          : 'around conditions: {"$or": [{"alias": "a"}, {"alias": "b"}]}'
      this.refuse(path, `${operator} stands ${where}.`)
    }
    if (!operator.startsWith('$')) {
      this.refuse(
        path,
        `Expected an operator such as $eq, found ${shown(operator)}; a nested field is written "metadata.a.b".`,
      )
    }
    const near = nearestName(operator, known)
    const hint = near === undefined ? '' : ` Did you mean ${near}?`
    this.refuse(path, `Unknown operator ${shown(operator)}.${hint} Operators here are ${known.join(', ')}.`)
  }

  private refuse(path: string, message: string): never {
    throw invalid(this.at + path, message)
  }
}

function invalid(path: string, message: string): Refusal {
  return new Refusal('filter_invalid', path === '' ? message : `${message} (at ${path})`, {
    fields: [{ path, message }],
  })
}

function tooLarge(at: string): Refusal {
  return invalid(at, `The filter is larger than ${FILTER_BYTES_MAX / 1024} KiB.`)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'object':
      return 'an object'
    case 'string':
      return `the text ${shown(value)}`
    case 'number':
    case 'boolean':
      return String(value)
    default:
      return 'nothing'
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
