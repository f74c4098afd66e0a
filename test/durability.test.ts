// Goal: what is acknowledged is on the disk, not in a cache that a power cut empties.
// Method: count the server's system calls: what was synced before each answer went out.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test, vi } from 'vitest'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import { md5 } from './support/given-artifacts.ts'
import { PATIENCE } from './support/patience.ts'
import { postgresWith, startPostgresServer } from './support/postgres-server.ts'
import { type EngineName, givenDatabase } from './support/server.ts'
import { parseStrace, type SystemCall } from './support/strace.ts'
import { describeWithTool, toolPath } from './support/tools.ts'

const TRACED = 'fsync,fdatasync,syncfs,openat,link,linkat,unlink,unlinkat,write,pwrite64,writev,sendto,sendmsg'
const CHANGES = 20

async function traced(env: Record<string, string>, output: string) {
  const server = join(import.meta.dirname, 'support/killable-process.ts')
  const child = spawn(
    toolPath('strace'),
    ['-f', '-y', '-s', '80', '-e', `trace=${TRACED}`, '-o', output, process.execPath, server],
    { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready ')) {
      child.stdout.resume()
      return {
        url: line.slice('ready '.length),
        async stop() {
          // strace passes the signal on to nobody: its only child is the server.
          const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0])
          process.kill(pid, 'SIGTERM')
          await once(child, 'exit')
        },
      }
    }
  }
  throw new Error('the server did not become ready')
}

const isSync = (call: SystemCall) => (call.name === 'fsync' || call.name === 'fdatasync') && call.result.startsWith('0')
const isAnswer = (call: SystemCall) => /HTTP\/1\.1 20[01]/.test(call.text)

/** What makes a change durable: the sync of the embedded engine's log, or the word to PostgreSQL, whose own syncs follow. */
const IS_COMMIT: Record<EngineName, (call: SystemCall) => boolean> = {
  sqlite: (call) => isSync(call) && /tripline\.db-wal>/.test(call.text),
  postgres: (call) => /^(write|writev|sendto)$/.test(call.name) && /commit\\0/.test(call.text),
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Call = (method: string, path: string, body: unknown) => Promise<any>

/** What is acknowledged in this test: three things that are made, the last of them a version, and moves of aliases. */
async function makeChanges(call: Call): Promise<void> {
  await call('POST', '/teams', { name: 'vision' })
  await call('POST', '/projects/vision', { name: 'churn' })
  await call('POST', '/projects/vision/churn/collections/model/versions', {
    type: 'model',
    files: [{ path: 'weights.txt', content: Buffer.from('the weights').toString('base64') }],
  })
  for (let change = 0; change < CHANGES; change += 1) {
    await call('PUT', `/projects/vision/churn/collections/model/aliases/a-${change}`, { version: 'v0' })
  }
}

/** A version whose files are uploaded one by one, and committed with the last call. */
async function uploadVersion(call: Call, files: number): Promise<void> {
  await call('POST', '/teams', { name: 'vision' })
  await call('POST', '/projects/vision', { name: 'churn' })
  const contents = Array.from({ length: files }, (_, at) => `file ${at}`)
  const pending = await call('POST', '/projects/vision/churn/collections/model/versions', {
    type: 'model',
    files: contents.map((content, at) => ({ path: `${at}`, size: content.length, md5: md5(content) })),
  })
  for (const { path, url, headers } of pending.uploads) {
    expect((await fetch(url, { method: 'PUT', body: contents[path]!, headers })).status).toBe(200)
  }
  await call('POST', `/artifacts/${pending.artifactId}/commit`, undefined)
}

function callOf(url: string, key: string): Call {
  return async (method, path, body) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    expect(response.ok, text).toBe(true)
    return text === '' ? undefined : JSON.parse(text)
  }
}

const serverEnv = (key: string) => ({
  TRIPLINE_PORT: '0',
  TRIPLINE_ADMIN_USERNAME: 'admin-user',
  TRIPLINE_ADMIN_API_KEY: key,
  TRIPLINE_LOG_LEVEL: 'silent',
})

for (const engine of ['sqlite', 'postgres'] as const) {
  describeWithTool(engine === 'postgres' ? 'postgres' : 'strace', `on ${engine}`, () => {
    describeWithTool('strace', 'by the system calls of the server', () => {
      test('every acknowledged change was committed before its answer, and a version after its file and directory were synced', async () => {
        const database = await givenDatabase(engine)
        const key = randomBytes(24).toString('hex')
        const output = join(database.env.TRIPLINE_DATA_DIR as string, 'strace.txt')
        const server = await traced({ ...database.env, ...serverEnv(key) }, output)
        try {
          await makeChanges(callOf(server.url, key))
          await server.stop()
          expect(existsSync(output)).toBe(true)
          expectDurable(engine, parseStrace(readFileSync(output, 'utf8')))
        } finally {
          await database.drop()
        }
      }, 90_000)

      test.each([3, 40])(
        '%i small files that were uploaded are durable before the version of them is acknowledged',
        async (files) => {
          const database = await givenDatabase(engine)
          const key = randomBytes(24).toString('hex')
          const output = join(database.env.TRIPLINE_DATA_DIR as string, 'strace.txt')
          const server = await traced({ ...database.env, ...serverEnv(key) }, output)
          try {
            await uploadVersion(callOf(server.url, key), files)
            await server.stop()
            const calls = parseStrace(readFileSync(output, 'utf8'))
            const answered = calls.findLastIndex(isAnswer)
            // And its manifest.
            expect(expectStayingDurable(engine, calls.slice(0, answered))).toBe(files + 1)
          } finally {
            await database.drop()
          }
        },
        90_000,
      )
    })
  })
}

function expectDurable(engine: EngineName, calls: SystemCall[]): void {
  const isCommit = IS_COMMIT[engine]
  const answers = calls.flatMap((one, index) => (isAnswer(one) ? [index] : []))
  expect(answers).toHaveLength(3 + CHANGES)

  let from = 0
  for (const answer of answers) {
    expect(calls.slice(from, answer).some(isCommit), `a commit before answer ${answers.indexOf(answer)}`).toBe(true)
    from = answer + 1
  }

  // The file and its manifest.
  expect(expectStayingDurable(engine, calls.slice(answers[1]! + 1, answers[2]))).toBe(2)
}

const BLOB = /"([^"]*\/blobs\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]+)"/

/**
 * Of each file that got its name in the store and kept it, content and name were synced before the last commit: by
 * themselves or with the whole file system. How many there are.
 */
function expectStayingDurable(engine: EngineName, before: SystemCall[]): number {
  const isDone = (call: SystemCall) => call.result.startsWith('0')
  const removed = before.filter((call) => call.name.startsWith('unlink') && isDone(call)).map((call) => call.text)
  const made = new Map<string, number>()
  for (const [index, call] of before.entries()) {
    const named = call.text.includes('O_CREAT') || call.name.startsWith('link') ? BLOB.exec(call.text)?.[1] : undefined
    const written = /^p?write/.test(call.name) ? /^\d+<([^>]*)>/.exec(call.text)?.[1] : undefined
    if (named !== undefined) made.set(named, index)
    if (written !== undefined && made.has(written)) made.set(written, index)
  }
  const staying = [...made].flatMap(([path, index]) =>
    removed.some((text) => text.includes(`"${path}"`)) ? [] : [{ index, path }],
  )
  const committed = before.findLastIndex(IS_COMMIT[engine])
  const syncedAfter = (index: number, path: string) =>
    before.findIndex(
      (call, at) =>
        at > index && ((isSync(call) && call.text.endsWith(`${path}>`)) || (call.name === 'syncfs' && isDone(call))),
    )
  for (const { index, path } of staying) {
    for (const each of [path, dirname(path)]) {
      const synced = syncedAfter(index, each)
      expect(synced, `${each} is synced after it was written and named`).toBeGreaterThan(index)
      expect(committed, 'and the version commits last').toBeGreaterThan(synced)
    }
  }
  return staying.length
}

describeWithTool('postgres', "by PostgreSQL's own system calls", () => {
  describeWithTool('strace', 'as it is set up by default', () => {
    test('its log was synced between each request and its answer', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'tripline-synced-'))
      chmodSync(folder, 0o777)
      const output = join(folder, 'strace.txt')
      const trace = [toolPath('strace'), '-D', '-f', '-y', '-ttt', '-e', 'trace=fsync,fdatasync', '-o', output]
      const postgres = await startPostgresServer(postgresWith(toolPath('postgres'), trace), { durable: true })
      if ('failure' in postgres) throw new Error(postgres.failure)
      const key = randomBytes(24).toString('hex')
      const server = await startServer(
        readConfig({
          ...serverEnv(key),
          TRIPLINE_DATA_DIR: folder,
          TRIPLINE_DATABASE_URL: postgres.adminUrl,
          TRIPLINE_SECRET_KEY: randomBytes(32).toString('base64'),
        }),
      )
      const windows: { what: string; from: number; to: number }[] = []
      try {
        const call = callOf(server.url, key)
        await makeChanges(async (method, path, body) => {
          const from = Date.now()
          await call(method, path, body)
          windows.push({ what: `${method} ${path}`, from, to: Date.now() })
        })
      } finally {
        await server.stop()
        await postgres.stop()
      }
      // The tracer outlives what it traces by the moment in which it writes the rest.
      const ended = () => /\+\+\+ (exited|killed).*\n$/.test(readFileSync(output, 'utf8'))
      await vi.waitUntil(ended, PATIENCE)
      const syncedAt = readFileSync(output, 'utf8')
        .split('\n')
        .flatMap((line) => {
          const found = /^\d+ +(\d+\.\d+) .*(?:fdatasync|fsync).*pg_wal/.exec(line)
          return found === null ? [] : [Number(found[1]) * 1_000]
        })
      rmSync(folder, { recursive: true, force: true })
      expect(windows).toHaveLength(3 + CHANGES)
      for (const { what, from, to } of windows) {
        expect(
          syncedAt.some((at) => at >= from && at <= to),
          `a sync during ${what}`,
        ).toBe(true)
      }
    }, 90_000)
  })
})
