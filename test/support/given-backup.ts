/** Servers that have lived, backups of them, and empty databases of either engine to restore them into. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import type { DeliveryState } from '../../src/database/schema.ts'
import { COMPILE_CACHE } from './compile-cache.ts'
import { fire, givenPipeline, type Pipeline, succeeds } from './given-deliveries.ts'
import { PATIENCE } from './patience.ts'
import { createPostgresDatabase } from './postgres.ts'
import { startReceiver } from './receiver.ts'
import { type EngineName, startTestServer, type TestServer } from './server.ts'
import { givenTenant, type Tenant } from './tenant.ts'

export const SIGNING_SECRET = 'correct horse battery staple'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const COMMAND_MS_MAX = 60_000

/** What a run of the command line printed, on both outputs, and its exit code. It does not outlive its time. */
export async function tripline(args: readonly string[], env: Record<string, string> = {}) {
  return new Promise<{ code: unknown; stdout: string; output: string }>((resolve) => {
    const options = { env: { PATH: process.env.PATH ?? '', ...COMPILE_CACHE, ...env }, timeout: COMMAND_MS_MAX }
    execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, output: stdout + stderr })
    })
  })
}

/** The same, expected to succeed. */
export async function triplineSucceeds(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, output } = await tripline(args, env)
  expect(code, output).toBe(0)
  return output
}

/** The report of a run that succeeds, with `--json`. */
export async function reportOf(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, output } = await tripline([...args, '--json'], env)
  expect(code, output).toBe(0)
  return JSON.parse(stdout)
}

/** A directory for this test alone. */
export function givenDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tripline-backup-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** An empty database and an empty data directory, as the environment of a server that has the key of `like`. */
export async function givenEmpty(engine: EngineName, like: Pick<TestServer, 'env'>): Promise<Record<string, string>> {
  const env = { TRIPLINE_DATA_DIR: givenDirectory(), TRIPLINE_SECRET_KEY: like.env.TRIPLINE_SECRET_KEY as string }
  if (engine === 'sqlite') return env
  const database = await createPostgresDatabase()
  onTestFinished(database.drop)
  return { ...env, TRIPLINE_DATABASE_URL: database.url }
}

/** A server on what has been restored, until the end of the test. Its administrator is that of the original. */
export async function startRestored(engine: EngineName, env: Record<string, string>, original: TestServer) {
  const server = await startTestServer(engine, {
    env: { ...env, TRIPLINE_ADMIN_API_KEY: original.adminKey },
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  return Object.assign(server, { adminKey: original.adminKey })
}

export type Lived = {
  server: TestServer
  tenant: Tenant
  receiver: Awaited<ReturnType<typeof startReceiver>>
  /** Whose one delivery is held, because its webhook is paused. It is signed with `SIGNING_SECRET`. */
  held: Pipeline & { delivery: string }
  /** Whose receiver has not answered yet. */
  sending: Pipeline & { delivery: string; receiver: Awaited<ReturnType<typeof startReceiver>> }
  failed: Pipeline & { delivery: string }
  stop(): Promise<void>
}

/** A server with one of everything, and deliveries that succeeded, failed, wait and are being sent. */
export async function givenLived(engine: EngineName, env: Record<string, string>): Promise<Lived> {
  const server = await startTestServer(engine, { env })
  const receiver = await startReceiver()
  const refusing = await startReceiver(400)
  const silent = await startReceiver('hang', 204)
  const tenant = await givenTenant(server, 'lived', receiver.url)
  const failed = await givenPipeline(server, refusing.url)
  const failedDelivery = await fire(server, failed)
  await reaches(server, failedDelivery, 'failed')
  const held = await givenPipeline(server, receiver.url, {
    secrets: { SIGNING: SIGNING_SECRET },
    webhook: { signingSecret: 'SIGNING', paused: true },
  })
  const heldDelivery = await fire(server, held)
  const sending = await givenPipeline(server, silent.url)
  const sendingDelivery = await fire(server, sending)
  await silent.waitFor(1)
  await reaches(server, sendingDelivery, 'sending')
  await isAllInFeeds(server)
  return {
    server,
    tenant,
    receiver,
    held: { ...held, delivery: heldDelivery },
    sending: { ...sending, delivery: sendingDelivery, receiver: silent },
    failed: { ...failed, delivery: failedDelivery },
    async stop() {
      // Before the server, which would wait for the answer.
      for (const open of [receiver, refusing, silent]) await open[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Also outside a test, where nothing can be polled for. */
async function reaches(server: TestServer, delivery: string, state: DeliveryState): Promise<void> {
  await vi.waitFor(
    async () => expect((await succeeds(server, 'GET', `/deliveries/${delivery}`)).state).toBe(state),
    PATIENCE,
  )
}

/** On PostgreSQL what others have open on the same cluster keeps events out of the feeds for a moment. */
async function isAllInFeeds({ world }: TestServer): Promise<void> {
  const { engine, read } = world.db
  const hidden = read.selectFrom('event_feed').select('event_id').where('transaction_id', '>=', engine.feedHorizon())
  await vi.waitFor(async () => expect(await hidden.execute()).toEqual([]), PATIENCE)
}

/** What a reader of the API sees, each answer by its path. Where the server listens is left out. */
export async function answersOf(server: TestServer, { place }: Tenant): Promise<Record<string, unknown>> {
  const collections = `/projects/${place.team}/${place.project}/collections`
  const paths = [
    '/users',
    `/teams/${place.team}/members`,
    `${collections}`,
    `${collections}/${place.sequence}/versions`,
    `${collections}/${place.portfolio}/versions`,
    `${collections}/${place.sequence}/versions/v0`,
    `/entities/${place.team}/events`,
    `/entities/${place.team}/automations`,
    `/entities/${place.team}/webhooks`,
    `/entities/${place.team}/secrets`,
    `/entities/${place.team}/deliveries`,
    `/deliveries/${place.delivery}`,
  ]
  const answers: Record<string, unknown> = {}
  for (const path of paths) {
    const body = await succeeds(server, 'GET', path)
    answers[path] = JSON.parse(
      JSON.stringify(body)
        .replaceAll(server.url, '')
        .replaceAll(/localhost:\d+/g, ''),
    )
  }
  return answers
}
