import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { API_TYPES, apiTypesOf } from '../scripts/schema.ts'
import { startTestServer } from './support/server.ts'

test('the types that the web app is compiled against are those of the API: else run `npm run schema`', async () => {
  await using server = await startTestServer('sqlite')
  const document = await (await fetch(`${server.url}/api/openapi.json`)).json()
  expect(readFileSync(API_TYPES, 'utf8') === apiTypesOf(document)).toBe(true)
})
