import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from 'graphql'
import { PAGE_SIZE_DEFAULT } from '../http/paging.ts'
import { Refusal } from '../refusal.ts'
import { FIRST_MAX } from './connection.ts'

/** The client's deepest document is 11 fields deep; introspection tools go to 15. */
export const DEPTH_MAX = 20

/** Fields of the document with all fragments written out. The client's largest has about 250. */
export const FIELDS_MAX = 2_000

/** Fields an answer may have, as estimated before running. A page of 1,000 versions with everything has 400,000. */
const COST_MAX = 1_000_000

/** What a list without paging is taken to hold: tags, aliases, members. */
const LIST_LENGTH_ASSUMED = 20

/**
 * How many fields an answer has, as a formula: `fields` of its own and, for every list, those of an element as often as
 * the list is long. Lengths come from the document or from the request's variables.
 */
type Formula = { fields: number; lists: { times: Times; of: Formula }[] }
type Times = number | { variable: string; otherwise: number }

/** The cost of one operation, for the variables of one request. */
export type Cost = (variables: Readonly<Record<string, unknown>>) => number

/**
 * The cost of an operation, measured before it is validated: validation itself takes quadratic time in the fields.
 *
 * Fields that the schema does not know count as one; validation will refuse them.
 *
 * @throws Refusal `query_too_complex` when it is too deep or too long whatever the variables are
 */
export function measureOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Cost {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  let fieldCount = 0

  function walk(
    parentName: string | undefined,
    set: SelectionSetNode,
    depth: number,
    within: readonly string[],
  ): Formula {
    if (depth > DEPTH_MAX) throw tooComplex(`is more than ${DEPTH_MAX} fields deep`)
    const formula: Formula = { fields: 0, lists: [] }
    for (const selection of set.selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        add(formula, walk(selection.typeCondition?.name.value ?? parentName, selection.selectionSet, depth, within))
        continue
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value
        const fragment = fragments.get(name)
        if (within.includes(name)) throw tooComplex(`has the fragment "${name}" inside itself`)
        if (fragment !== undefined) {
          add(formula, walk(fragment.typeCondition.name.value, fragment.selectionSet, depth, [...within, name]))
        }
        continue
      }
      fieldCount += 1
      if (fieldCount > FIELDS_MAX) throw tooComplex(`has more than ${FIELDS_MAX} fields`)
      formula.fields += 1
      if (selection.selectionSet === undefined) continue
      const field = fieldOf(schema, parentName, selection.name.value)
      const child = walk(field && getNamedType(field.type).name, selection.selectionSet, depth + 1, within)
      const first = selection.arguments?.find((argument) => argument.name.value === 'first')?.value
      const times = timesOf(field, parentName, first)
      if (times === 1) add(formula, child)
      else formula.lists.push({ times, of: child })
    }
    return formula
  }

  const root = schema.getRootType(operation.operation)?.name
  const formula = walk(root, operation.selectionSet, 1, [])
  const defaults = new Map<string, number>()
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue?.kind === Kind.INT) defaults.set(variable.name.value, Number(defaultValue.value))
  }
  return (variables) => evaluate(formula, variables, defaults)
}

/** @throws Refusal `query_too_complex` */
export function assertAffordable(cost: number): void {
  if (cost <= COST_MAX) return
  throw tooComplex(`may answer with ${cost} fields, and ${COST_MAX} is the most: ask for smaller pages ("first")`)
}

function tooComplex(what: string): Refusal {
  return new Refusal('query_too_complex', `The query ${what}`)
}

function fieldOf(schema: GraphQLSchema, parentName: string | undefined, name: string) {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  const parent = parentName === undefined ? undefined : schema.getType(parentName)
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined
}

function timesOf(
  field: GraphQLField<unknown, unknown> | undefined,
  parentName: string | undefined,
  first: { kind: Kind; value?: unknown; name?: { value: string } } | undefined,
): Times {
  if (field === undefined) return 1
  if (getNamedType(field.type).name.endsWith('Connection')) {
    if (first?.kind === Kind.INT) return lengthOf(Number(first.value))
    if (first?.kind === Kind.VARIABLE && first.name !== undefined) {
      return { variable: first.name.value, otherwise: PAGE_SIZE_DEFAULT }
    }
    return PAGE_SIZE_DEFAULT
  }
  // The edges of a connection were counted with the connection.
  if (parentName?.endsWith('Connection')) return 1
  const type = isNonNullType(field.type) ? field.type.ofType : field.type
  return isListType(type) ? LIST_LENGTH_ASSUMED : 1
}

function lengthOf(first: unknown): number {
  return typeof first === 'number' && first >= 1 ? Math.min(first, FIRST_MAX) : PAGE_SIZE_DEFAULT
}

function add(to: Formula, other: Formula): void {
  to.fields += other.fields
  to.lists.push(...other.lists)
}

function evaluate(
  formula: Formula,
  variables: Readonly<Record<string, unknown>>,
  defaults: ReadonlyMap<string, number>,
): number {
  let sum = formula.fields
  for (const { times, of } of formula.lists) {
    const length =
      typeof times === 'number'
        ? times
        : lengthOf(variables[times.variable] ?? defaults.get(times.variable) ?? times.otherwise)
    sum += length * evaluate(of, variables, defaults)
  }
  return sum
}
