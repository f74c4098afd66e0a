/** Writes to standard output the TypeScript types of the OpenAPI document that comes on standard input. */
import { text } from 'node:stream/consumers'
import openapiTS, { astToString } from 'openapi-typescript'

const document = JSON.parse(await text(process.stdin))
const types = await openapiTS(document, { alphabetize: true })
process.stdout.write(`/* The types of the REST API, written by \`npm run schema\`. */\n\n${astToString(types)}`)
