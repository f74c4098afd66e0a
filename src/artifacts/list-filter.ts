import { RE2JS, RE2JSSyntaxException } from 're2js'
import { Refusal } from '../refusal.ts'
import { isRecord } from '../runtime/is-record.ts'
import type { Comparison, ListFilter, Path, Value } from '../runtime/list-filter.ts'

/**
 * What a field holds, and so which values it is compared with. An `id` is a number or an id of the API; a `version` is a
 * number or `v3`; a `label` is one of many, of which any one may fulfil a condition.
 */
export type FieldType = 'text' | 'id' | 'time' | 'number' | 'version' | 'label' | 'metadata'
/** The fields of a list by the names clients use for them. */
export type FilterFields<Field extends string> = Readonly<Record<string, { field: Field; type: FieldType }>>

const CONDITIONS_MAX = 100
const DEPTH_MAX = 10
const VALUES_MAX = 1_000
const TEXT_LENGTH_MAX = 1_024
const PATTERN_LENGTH_MAX = 256

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  $eq: '=',
  $gt: '>',
  $gte: '>=',
  $lt: '<',
  $lte: '<=',
}

/**
 * The filter in a JSON document; `undefined` where there is none, or an empty one.
 *
 * @throws Refusal `invalid_request` for what is no filter, `not_supported` for fields and operators that the list lacks
 */
export function parseListFilter<Field extends string>(
  text: string | null | undefined,
  fields: FilterFields<Field>,
): ListFilter<Field> | undefined {
  const document: unknown = text == null || text === '' ? null : JSON.parse(text)
  if (document === null) return undefined
  let conditions = 0

  function parseObject(object: unknown, depth: number): ListFilter<Field> {
    if (depth > DEPTH_MAX) throw invalid(`is nested deeper than ${DEPTH_MAX} levels`)
    if (!isRecord(object)) throw invalid('must be a JSON object')
    return all(Object.entries(object).map(([key, value]) => parseEntry(key, value, depth)))
  }

  function parseEntry(key: string, value: unknown, depth: number): ListFilter<Field> {
    switch (key) {
      case '$and':
      case '$or':
      case '$nor': {
        if (!Array.isArray(value)) throw invalid(`needs a list of conditions after "${key}"`)
        const of = value.map((each) => parseObject(each, depth + 1))
        if (key === '$and') return all(of)
        return key === '$or' ? { kind: 'any', of } : { kind: 'not', of: { kind: 'any', of } }
      }
      case '$not':
        return { kind: 'not', of: parseObject(value, depth + 1) }
      default:
        return parseField(key, value, depth)
    }
  }

  function parseField(key: string, value: unknown, depth: number): ListFilter<Field> {
    const [name = '', ...path] = key.split('.')
    const known = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (known === undefined || (path.length > 0 && known.type !== 'metadata')) {
      const names = Object.keys(fields).join(', ')
      throw new Refusal('not_supported', `This list has no filter for "${clip(key)}": it takes ${names}`)
    }
    return parseConditions({ ...known, name: key, path }, value, depth)
  }

  type Named = { field: Field; type: FieldType; name: string; path: Path }

  function parseConditions(on: Named, value: unknown, depth: number): ListFilter<Field> {
    if (depth > DEPTH_MAX) throw invalid(`is nested deeper than ${DEPTH_MAX} levels`)
    if (!isRecord(value)) return condition(on, '$eq', value, depth)
    const entries = Object.entries(value)
    if (on.type === 'metadata' && entries.length > 0 && entries.every(([key]) => !key.startsWith('$'))) {
      return all(
        entries.map(([key, each]) =>
          parseConditions({ ...on, name: `${on.name}.${key}`, path: [...on.path, ...key.split('.')] }, each, depth + 1),
        ),
      )
    }
    if (entries.length === 0) throw invalid(`has no condition for "${clip(on.name)}"`)
    return all(entries.map(([operator, operand]) => condition(on, operator, operand, depth)))
  }

  function condition(on: Named, operator: string, operand: unknown, depth: number): ListFilter<Field> {
    conditions += 1
    if (conditions > CONDITIONS_MAX) throw invalid(`has more than ${CONDITIONS_MAX} conditions`)
    const { field, path } = on
    if (on.type === 'metadata' && path.length === 0) {
      throw new Refusal('not_supported', 'Metadata is filtered by its keys: write "metadata.accuracy"')
    }
    const comparison = COMPARISONS[operator]
    if (comparison !== undefined) {
      // Nothing is equal to what it has not.
      if (operand === null && operator === '$eq') return { kind: 'not', of: { kind: 'exists', field, path } }
      return { kind: 'compare', field, path, operator: comparison, value: valueIn(on, operand) }
    }
    switch (operator) {
      case '$ne':
        return { kind: 'not', of: condition(on, '$eq', operand, depth) }
      case '$in':
      case '$nin': {
        if (!Array.isArray(operand)) throw invalid(`needs a list after "${operator}"`)
        if (operand.length > VALUES_MAX) throw invalid(`has more than ${VALUES_MAX} values after "${operator}"`)
        const within = { kind: 'one-of', field, path, values: operand.map((each) => valueIn(on, each)) } as const
        return operator === '$in' ? within : { kind: 'not', of: within }
      }
      case '$exists': {
        if (typeof operand !== 'boolean') throw invalid('needs true or false after "$exists"')
        const exists = { kind: 'exists', field, path } as const
        return operand ? exists : { kind: 'not', of: exists }
      }
      case '$contains':
        return { kind: 'contains', field, path, text: textOf(on, operand) }
      case '$regex':
        return { kind: 'matches', field, path, pattern: patternOf(textOf(on, operand)) }
      case '$not':
        return { kind: 'not', of: parseConditions(on, operand, depth + 1) }
      default:
        throw new Refusal('not_supported', `Lists have no filter operator "${clip(operator)}"`)
    }
  }

  const filter = parseObject(document, 0)
  return filter.kind === 'all' && filter.of.length === 0 ? undefined : filter
}

function all<Field extends string>(of: readonly ListFilter<Field>[]): ListFilter<Field> {
  return of.length === 1 ? of[0]! : { kind: 'all', of }
}

function textOf(on: { name: string; type: FieldType }, operand: unknown): string {
  if (!['text', 'label', 'metadata'].includes(on.type)) {
    throw invalid(`looks for a text in "${clip(on.name)}", which holds none`)
  }
  if (typeof operand !== 'string') throw invalid(`compares "${clip(on.name)}" with something else than a text`)
  if (operand.length > TEXT_LENGTH_MAX) throw invalid(`has a text of more than ${TEXT_LENGTH_MAX} characters`)
  return operand
}

function valueIn(on: { name: string; type: FieldType }, operand: unknown): Value {
  const wrong = (expected: string) => invalid(`compares "${clip(on.name)}" with something else than ${expected}`)
  switch (on.type) {
    case 'text':
    case 'label':
      return textOf(on, operand)
    case 'number':
      if (typeof operand === 'number' && Number.isSafeInteger(operand)) return operand
      throw wrong('a whole number')
    case 'id': {
      const id = typeof operand === 'string' ? numberInId(operand) : operand
      if (typeof id === 'number' && Number.isSafeInteger(id)) return id
      throw wrong('an id')
    }
    case 'version': {
      const version = typeof operand === 'string' ? Number(/^v?(\d{1,15})$/.exec(operand)?.[1]) : operand
      if (typeof version === 'number' && Number.isSafeInteger(version)) return version
      throw wrong('a version such as "v3"')
    }
    case 'time': {
      const time = typeof operand === 'string' ? timeOf(operand) : operand
      if (typeof time === 'number' && Number.isSafeInteger(time)) return time
      throw wrong('a time such as "2026-01-31T12:00:00Z"')
    }
    case 'metadata':
      if (typeof operand === 'string') return textOf(on, operand)
      if (typeof operand === 'number' || typeof operand === 'boolean') return operand
      throw wrong('a text, a number, true or false')
    default:
      return on.type satisfies never
  }
}

/** Without a zone it is UTC, as all times of the API are. */
function timeOf(text: string): number {
  return Date.parse(/T[^Z+]*$/i.test(text) && !/-\d\d:?\d\d$/.test(text) ? `${text}Z` : text)
}

/** Of an id of the API, `Type:12` in base64, or its digits. */
function numberInId(text: string): number | undefined {
  const digits = /^\d{1,15}$/.test(text) ? text : /^\w+:(\d{1,15})$/.exec(Buffer.from(text, 'base64').toString())?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/**
 * What every engine reads alike: RE2's syntax without flags, named groups, Unicode classes and characters by number.
 *
 * @throws Refusal `invalid_request`
 */
function patternOf(pattern: string): string {
  if (pattern.length > PATTERN_LENGTH_MAX) throw invalid(`has a pattern of more than ${PATTERN_LENGTH_MAX} characters`)
  const unusual = /\\[^\W_bBdDsSwWAznrtfv]|\(\?(?!:)|\{\d{3,}|\{\d*,\d{3,}/.exec(pattern.replace(/^\(\?i\)/, ''))
  if (unusual !== null) throw invalid(`has "${unusual[0]}" in a pattern, which is not supported`)
  try {
    RE2JS.compile(pattern)
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) throw invalid(`has a pattern that is none: ${error.message}`)
    throw error
  }
  return pattern
}

function invalid(what: string): Refusal {
  return new Refusal('invalid_request', `The filter ${what}`)
}

function clip(text: string): string {
  return text.slice(0, 100)
}
