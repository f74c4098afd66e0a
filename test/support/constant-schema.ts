import {
  buildSchema,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  printSchema,
} from 'graphql'

/**
 * A schema of the same shape in which every field answers the same value each time: something of its type, or null for
 * some of the nullable ones. Mutations can be run in it as often as one likes.
 */
export function constantSchema(schema: GraphQLSchema): GraphQLSchema {
  const constant = buildSchema(printSchema(schema))
  for (const type of Object.values(constant.getTypeMap())) {
    if (isAbstractType(type)) type.resolveType = (value: { __typename: string }) => value.__typename
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      const absent = !isNonNullType(field.type) && field.name.length % 6 === 0
      const value = absent ? null : constantOf(constant, field.type, field.name)
      field.resolve = () => value
    }
  }
  return constant
}

function constantOf(schema: GraphQLSchema, type: GraphQLOutputType, name: string): unknown {
  if (isNonNullType(type)) return constantOf(schema, type.ofType, name)
  if (isListType(type)) return [constantOf(schema, type.ofType, name), constantOf(schema, type.ofType, name)]
  if (isAbstractType(type)) return { __typename: schema.getPossibleTypes(type)[name.length % 2]?.name }
  if (isObjectType(type)) return { __typename: type.name }
  if (isEnumType(type)) return type.getValues()[0]?.value
  return { Int: 7, Int64: 2 ** 40, Float: 0.5, Boolean: true }[type.name] ?? `text of ${name}`
}
