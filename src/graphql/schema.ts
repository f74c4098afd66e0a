import { type GraphQLSchema, lexicographicSortSchema } from 'graphql'
import '../access/graphql.ts'
import '../artifacts/graphql.ts'
import '../automations/graphql.ts'
import '../runs/graphql.ts'
import { builder } from './builder.ts'
import './server-info.ts'

/** The whole schema, of all domains. `schema.graphql` is its printed form. */
export const schema: GraphQLSchema = lexicographicSortSchema(builder.toSchema())
