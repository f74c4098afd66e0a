/** `npm run schema` writes `schema.graphql`, the printed form of the GraphQL schema; a test compares the two. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { printSchema } from 'graphql'
import { schema } from '../src/graphql/schema.ts'

writeFileSync(join(import.meta.dirname, '..', 'schema.graphql'), `${printSchema(schema)}\n`)
