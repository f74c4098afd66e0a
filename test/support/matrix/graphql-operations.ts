import { type GraphQLObjectType, isObjectType } from 'graphql'
import { schema } from '../../../src/graphql/schema.ts'
import { GRAPHQL_MUTATIONS } from './graphql-mutations.ts'
import { GRAPHQL_QUERIES } from './graphql-queries.ts'
import { type Answer, codeOf, type GraphqlOperation, type Operation, operationOf } from './operation.ts'

/** By type and field. */
export const GRAPHQL_OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({ ...GRAPHQL_QUERIES, ...GRAPHQL_MUTATIONS }).map(([name, operation]) => [
    name,
    asOperation(name, operation),
  ]),
)

/** Every field that takes arguments, of every type. */
export function graphqlFieldsWithArguments(): string[] {
  const types = Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'),
  )
  return types.flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => field.args.length > 0)
      .map((field) => `${type.name}.${field.name}`),
  )
}

function asOperation(
  name: string,
  { query, variables, isServed, refusedWith, ...operation }: GraphqlOperation,
): Operation {
  const field = operationOf(name).split('.')[1] as string
  return {
    ...operation,
    request: (place) => ({ method: 'POST', path: '/graphql', body: { query, variables: variables(place) } }),
    isServed(answer: Answer) {
      const { data, errors } = JSON.parse(answer.text)
      if (refusedWith !== undefined) return codeOf(answer) === refusedWith
      if (answer.status !== 200 || errors !== undefined) return false
      return isServed === undefined ? valueBelow(data, field) != null : isServed(data)
    },
  }
}

/** The value of the first field of this name, however deep. */
function valueBelow(data: unknown, field: string): unknown {
  if (typeof data !== 'object' || data === null) return undefined
  if (field in data) return (data as Record<string, unknown>)[field]
  for (const value of Object.values(data)) {
    const found = valueBelow(value, field)
    if (found !== undefined) return found
  }
  return undefined
}
