/** Conditions as the form has them, and as the JSON of a filter. */

export const OPERATORS = {
  is: '$eq',
  'is not': '$ne',
  matches: '$regex',
  'does not match': '$not',
  contains: '$contains',
  'is one of': '$in',
  'is none of': '$nin',
  'is above': '$gt',
  'is at least': '$gte',
  'is below': '$lt',
  'is at most': '$lte',
  exists: '$exists',
  'does not exist': '$exists',
} as const

export type Operator = keyof typeof OPERATORS

export type Condition = {
  /** Such as `alias`, or `metadata.eval.accuracy`. */
  field: string
  operator: Operator
  /** As it is typed; of `is one of` and `is none of`, the list is `values`. */
  value: string
  values: string[]
}

type Json = Record<string, unknown>

export const isList = (operator: Operator) => operator === 'is one of' || operator === 'is none of'
export const isUnary = (operator: Operator) => operator === 'exists' || operator === 'does not exist'
export const isPattern = (operator: Operator) => operator === 'matches' || operator === 'does not match'

/** The condition in the filter's JSON. */
export function printCondition({ field, operator, value, values }: Condition): Json {
  if (isUnary(operator)) return { [field]: { $exists: operator === 'exists' } }
  if (isList(operator)) return { [field]: { [OPERATORS[operator]]: values.map((each) => scalarOf(field, each)) } }
  if (operator === 'does not match') return { [field]: { $not: { $regex: value } } }
  if (operator === 'matches' || operator === 'contains') return { [field]: { [OPERATORS[operator]]: value } }
  return { [field]: { [OPERATORS[operator]]: scalarOf(field, value) } }
}

/** All conditions, in the shape that W&B's own app writes. `null`: none. */
export function printConditions(conditions: Condition[]): Json | null {
  return conditions.length === 0 ? null : { $or: [{ $and: conditions.map(printCondition) }] }
}

/** What a filter says as conditions that all must hold; `null` when it says more than the form can show. */
export function readConditions(filter: unknown): Condition[] | null {
  if (filter === null || filter === undefined) return []
  if (!isRecord(filter)) return null
  const found: Condition[] = []
  for (const [key, operand] of Object.entries(filter)) {
    const read = key.startsWith('$') ? readLogical(key, operand) : readField(key, operand)
    if (read === null) return null
    found.push(...read)
  }
  return found
}

function readLogical(key: string, operand: unknown): Condition[] | null {
  if (!Array.isArray(operand)) return null
  if (key === '$or') return operand.length === 1 ? readConditions(operand[0]) : null
  if (key !== '$and') return null
  const parts = operand.map(readConditions)
  return parts.includes(null) ? null : (parts as Condition[][]).flat()
}

function readField(field: string, operand: unknown): Condition[] | null {
  const written = isRecord(operand) ? operand : { $eq: operand }
  const entries = Object.entries(written)
  if (entries.length === 0) return null
  const parts = entries.map(([operator, value]) => readTest(field, operator, value))
  return parts.includes(null) ? null : (parts as Condition[])
}

function readTest(field: string, written: string, operand: unknown): Condition | null {
  const empty = { field, value: '', values: [] }
  if (written === '$exists') {
    return typeof operand === 'boolean' ? { ...empty, operator: operand ? 'exists' : 'does not exist' } : null
  }
  if (written === '$not') {
    const pattern = isRecord(operand) && Object.keys(operand).length === 1 ? operand.$regex : undefined
    return typeof pattern === 'string' ? { ...empty, operator: 'does not match', value: pattern } : null
  }
  const operator = (Object.keys(OPERATORS) as Operator[]).find((each) => OPERATORS[each] === written)
  if (operator === undefined) return null
  if (isList(operator)) {
    if (!Array.isArray(operand) || operand.some((each) => !isScalar(each))) return null
    return { ...empty, operator, values: operand.map((each) => typed(field, each)) }
  }
  if (operator === 'matches' || operator === 'contains') {
    return typeof operand === 'string' ? { ...empty, operator, value: operand } : null
  }
  return isScalar(operand) ? { ...empty, operator, value: typed(field, operand) } : null
}

type Scalar = string | number | boolean | null

/** In metadata a value has a type: `0.9`, `true` and `null` are meant so, and `"0.9"` is a text. */
function scalarOf(field: string, value: string): Scalar {
  if (field === 'version') return /^\d+$/.test(value) ? Number(value) : value
  if (!isTyped(field)) return value
  const parsed = parsedScalar(value)
  return parsed === undefined ? value : parsed
}

/** What one would type for this value. */
function typed(field: string, value: Scalar): string {
  if (typeof value !== 'string') return String(value)
  return isTyped(field) && parsedScalar(value) !== undefined ? JSON.stringify(value) : value
}

const isTyped = (field: string) => field.startsWith('metadata.')

function parsedScalar(value: string): Scalar | undefined {
  try {
    const parsed: unknown = JSON.parse(value)
    return isScalar(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
