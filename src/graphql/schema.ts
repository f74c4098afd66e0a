import { GraphQLFloat, GraphQLSchema, lexicographicSortSchema } from 'graphql'
import '../access/graphql.ts'
import '../artifacts/graphql.ts'
import '../automations/graphql.ts'
import '../runs/graphql.ts'
import { builder } from './builder.ts'
import './server-info.ts'

const config = builder.toSchema().toConfig()

/**
 * The whole schema, of all domains. `schema.graphql` is its printed form.
 *
 * `Float` is declared although no field has it: documents of the client name it, and would not validate without.
 */
export const schema = lexicographicSortSchema(new GraphQLSchema({ ...config, types: [...config.types, GraphQLFloat] }))
