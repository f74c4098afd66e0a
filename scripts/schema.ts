/**
 * `npm run schema` writes what is printed of the two interfaces, so that a change of them shows in a diff: the GraphQL
 * schema (`schema.graphql`), and the REST API's types, which the web app is compiled against
 * (`web/src/api/schema.d.ts`). Tests compare both with what the code says.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { printSchema } from 'graphql'
import { schema } from '../src/graphql/schema.ts'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'

const ROOT = join(import.meta.dirname, '..')
export const API_TYPES = join(ROOT, 'web', 'src', 'api', 'schema.d.ts')

/** The types of the API that this OpenAPI document describes, as a module. */
export function apiTypesOf(document: unknown): string {
  const generator = join(ROOT, 'tools', 'openapi', 'generate.ts')
  return execFileSync(process.execPath, [generator], {
    input: JSON.stringify(document),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
}

async function apiDocument(): Promise<unknown> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tripline-schema-'))
  const config = readConfig({ TRIPLINE_DATA_DIR: dataDir, TRIPLINE_PORT: '0', TRIPLINE_LOG_LEVEL: 'error' })
  const server = await startServer(config)
  try {
    return await (await fetch(`${server.url}/api/openapi.json`)).json()
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  writeFileSync(join(ROOT, 'schema.graphql'), `${printSchema(schema)}\n`)
  writeFileSync(API_TYPES, apiTypesOf(await apiDocument()))
}
