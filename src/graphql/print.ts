import { printSchema } from 'graphql'
import { schema } from './schema.ts'

// `npm run schema` writes `schema.graphql` from this; a test compares them.
process.stdout.write(`${printSchema(schema)}\n`)
