import SchemaBuilder from '@pothos/core'
import { GraphQLError, Kind, type ValueNode } from 'graphql'
import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'

/** What every resolver gets: one per request, made by the route once the caller is known. */
export type Context = {
  readonly world: World
  readonly caller: Caller
  /** The loaders this request has used so far (`loader.ts`). */
  readonly loaders: Map<unknown, unknown>
}

/**
 * The builder of the schema. Every domain folder's `graphql.ts` adds its part to it when it is imported; `schema.ts`
 * imports them all. Types shared between domains have their refs in `refs.ts`.
 *
 * Fields are nullable unless they say `nullable: false`, arguments optional unless they say `required: true`. Names of
 * types, fields, arguments and input types are those the wandb client uses: it names them in its documents.
 */
export const builder = new SchemaBuilder<{
  Context: Context
  Scalars: {
    ID: { Input: string; Output: string }
    /** A JSON document inside a string, both ways. Arguments have been parsed once, so they are known to be JSON. */
    JSONString: { Input: string; Output: string }
    /** Any JSON value, as itself. Only for answers. */
    JSON: { Input: never; Output: unknown }
    /** A whole number up to 2^53, as a JSON number. */
    Int64: { Input: number; Output: number }
    /** ISO 8601 in UTC; resolvers give milliseconds since the epoch. */
    DateTime: { Input: number; Output: number }
    /** A number of whatever unit the client means; taken and not looked at. */
    Duration: { Input: number; Output: number }
  }
}>({})

builder.queryType({})
builder.mutationType({})

builder.scalarType('JSONString', {
  description: 'A JSON document inside a string.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== 'string') throw new GraphQLError('JSONString must be a string that holds a JSON document')
    try {
      JSON.parse(value)
    } catch (error) {
      throw new GraphQLError(`JSONString does not hold a JSON document: ${(error as Error).message}`)
    }
    return value
  },
})

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: () => {
    throw new GraphQLError('JSON values are only answered, never taken: use JSONString')
  },
})

builder.scalarType('Int64', {
  description: 'A whole number up to 2^53, as a JSON number.',
  serialize: (value) => {
    // Beyond this, JSON numbers name several integers, so an answer would be silently wrong.
    if (!Number.isSafeInteger(value)) throw new Error(`Int64 cannot show ${value}`)
    return value
  },
  parseValue: (value) => {
    const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value
    if (!Number.isSafeInteger(number)) throw new GraphQLError('Int64 must be a whole number up to 2^53')
    return number as number
  },
  parseLiteral: (node) => {
    const number = node.kind === Kind.INT || node.kind === Kind.STRING ? Number(node.value) : Number.NaN
    if (!Number.isSafeInteger(number))
      throw new GraphQLError('Int64 must be a whole number up to 2^53', { nodes: node })
    return number
  },
})

builder.scalarType('DateTime', {
  description: 'A moment as ISO 8601 in UTC, such as 2026-01-31T12:00:00.000Z.',
  serialize: (value) => new Date(value).toISOString(),
  parseValue: (value) => {
    const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
    if (Number.isNaN(ms)) throw new GraphQLError('DateTime must be an ISO 8601 string')
    return ms
  },
})

builder.scalarType('Duration', {
  description: 'A span of time as a number.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new GraphQLError('Duration must be a number')
    return value
  },
  parseLiteral: (node: ValueNode) => {
    const number = node.kind === Kind.INT || node.kind === Kind.FLOAT ? Number(node.value) : Number.NaN
    if (!Number.isFinite(number)) throw new GraphQLError('Duration must be a number', { nodes: node })
    return number
  },
})
