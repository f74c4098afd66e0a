import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { openPostgres } from '../../src/database/postgres.ts'
import { readConfig } from '../../src/runtime/config.ts'
import { startServer } from '../../src/server.ts'
import type { World } from '../../src/world.ts'
import { createPostgresDatabase, postgresTemplate } from './postgres.ts'
import { describeWithTool } from './tools.ts'

export type EngineName = 'sqlite' | 'postgres'

/** The same tests on both engines. */
export function forEachEngine(body: (engine: EngineName) => void): void {
  describe('on sqlite', () => body('sqlite'))
  describeWithTool('postgres', 'on postgres', () => body('postgres'))
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
type Json = any

export type RestAnswer = { status: number; body: Json; headers: Headers; text: string }

export type TestServer = {
  url: string
  /** The API key of the server's administrator, `admin-user`. */
  adminKey: string
  world: World
  /** The one-time link of a start without an administrator. */
  setupUrl: string | undefined
  /** The environment another process would start this server with. */
  env: Record<string, string>
  /** A REST call, as the administrator unless `key` says otherwise; `key: null` sends none. `path` begins after `/api/v1`. */
  rest(
    method: string,
    path: string,
    body?: unknown,
    options?: { key?: string | null; headers?: Record<string, string> },
  ): Promise<RestAnswer>
  graphql(
    query: string,
    variables?: Record<string, unknown>,
    options?: { key?: string | null; headers?: Record<string, string> },
  ): Promise<{
    status: number
    data: Json
    errors: { message: string; extensions?: Record<string, unknown> }[] | undefined
  }>
  /** Stop, keep the data. */
  stop(): Promise<void>
  /** Stop and throw the data away. */
  [Symbol.asyncDispose](): Promise<void>
}

/** An empty database of either engine, as environment variables. */
export async function givenDatabase(
  engine: EngineName,
): Promise<{ env: Record<string, string>; drop(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tripline-data-'))
  const removeData = () => rmSync(dataDir, { recursive: true, force: true })
  if (engine === 'sqlite') return { env: { TRIPLINE_DATA_DIR: dataDir }, drop: async () => removeData() }
  const template = await postgresTemplate('migrated', async (url) => {
    await (await openPostgres({ url, poolSize: 1 })).close()
  })
  const database = await createPostgresDatabase(template)
  return {
    env: {
      TRIPLINE_DATA_DIR: dataDir,
      TRIPLINE_DATABASE_URL: database.url,
      TRIPLINE_SECRET_KEY: randomBytes(32).toString('base64'),
    },
    async drop() {
      await database.drop()
      removeData()
    },
  }
}

/** A real server on a real port, over an empty database unless `env` says otherwise. Webhooks may reach loopback. */
export async function startTestServer(
  engine: EngineName,
  options: { env?: Record<string, string> } = {},
): Promise<TestServer> {
  const database = await givenDatabase(engine)
  const adminKey = randomBytes(24).toString('hex')
  const env = {
    ...database.env,
    TRIPLINE_PORT: '0',
    TRIPLINE_ADMIN_USERNAME: 'admin-user',
    TRIPLINE_ADMIN_API_KEY: adminKey,
    TRIPLINE_WEBHOOK_ALLOW: '127.0.0.0/8',
    TRIPLINE_LOG_LEVEL: 'error',
    ...options.env,
  }
  const server = await startServer(readConfig(env))

  const headersOf = (call: { key?: string | null; headers?: Record<string, string> } = {}) => ({
    ...(call.key === null ? {} : { authorization: `Bearer ${call.key ?? adminKey}` }),
    ...call.headers,
  })
  return {
    url: server.url,
    adminKey,
    world: server.world,
    setupUrl: server.setupUrl,
    env,
    async rest(method, path, body, call) {
      const response = await fetch(`${server.url}/api/v1${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headersOf(call) },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      const isJson = /json/.test(response.headers.get('content-type') ?? '')
      return {
        status: response.status,
        body: isJson && text !== '' ? JSON.parse(text) : text,
        headers: response.headers,
        text,
      }
    },
    async graphql(query, variables, call) {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headersOf(call) },
        body: JSON.stringify({ query, ...(variables === undefined ? {} : { variables }) }),
      })
      const body = (await response.json()) as { data: unknown; errors?: { message: string }[] }
      return { status: response.status, data: body.data, errors: body.errors }
    },
    stop: server.stop,
    async [Symbol.asyncDispose]() {
      await server.stop()
      await database.drop()
    },
  }
}
