import { join } from 'node:path'
import { execute, getOperationAST, parse, validate } from 'graphql'
import { compileQuery, isCompiledQuery } from 'graphql-jit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WANDB_VERSIONS, type WandbVersion } from '../scripts/provision.ts'
import { schema } from '../src/graphql/schema.ts'
import { constantSchema } from './support/constant-schema.ts'
import { runPython } from './support/python.ts'
import { type RecordedOperation, startRecordingProxy } from './support/recording-proxy.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

const SCRIPT_TIMEOUT_MS = 150_000
const TEST_TIMEOUT_MS = SCRIPT_TIMEOUT_MS + 10_000

/** An organization `acme` ("Acme Corp") with the team `ml-team`; Alice is a member, Vera a viewer, Otto an outsider. */
const KEYS = { alice: 'a'.repeat(40), vera: `local-${'b'.repeat(40)}`, otto: `wandb_v1_${'c'.repeat(60)}` }

async function givenPeople(server: TestServer): Promise<void> {
  const created = async (method: string, path: string, body: unknown) => {
    const { status, text } = await server.rest(method, path, body)
    expect(status, `${method} ${path}: ${text}`).toBeLessThan(300)
  }
  for (const [username, apiKey] of Object.entries(KEYS)) {
    await created('POST', '/users', { username, apiKey, email: `${username}@example.com` })
  }
  await created('POST', '/organizations', { name: 'acme', displayName: 'Acme Corp' })
  await created('POST', '/teams', { name: 'ml-team', organization: 'acme' })
  await created('PUT', '/teams/ml-team/members/alice', { role: 'member' })
  await created('PUT', '/teams/ml-team/members/vera', { role: 'viewer' })
  await created('PUT', '/organizations/acme/members/alice', { role: 'admin' })
}

/** Runs a script of `test/clients`, whose assertions must hold; what it reports. */
async function client(
  script: string,
  input: { url: string; key?: string; entity?: string; version?: WandbVersion; env?: Record<string, string> },
): Promise<Record<string, unknown>> {
  const run = await runPython(join(import.meta.dirname, 'clients', script), {
    ...(input.version === undefined ? {} : { version: input.version }),
    env: {
      WANDB_BASE_URL: input.url,
      WANDB_API_KEY: input.key ?? KEYS.alice,
      WANDB_ENTITY: input.entity ?? 'ml-team',
      WANDB_SILENT: 'true',
      PYTHONDONTWRITEBYTECODE: '1',
      // Nobody listens on the discard port: what is not for the server itself goes nowhere.
      HTTP_PROXY: 'http://127.0.0.1:9',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      ...input.env,
    },
    timeoutMs: SCRIPT_TIMEOUT_MS,
  })
  expect(run.exitCode, `${script}${run.timedOut ? ' (timed out)' : ''}\n${run.stdout}\n${run.stderr}`).toBe(0)
  return JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '')
}

/** Each document once, with a few of the variables it was sent with. */
function distinctDocuments(operations: readonly RecordedOperation[]): RecordedOperation[][] {
  const documents = Map.groupBy(operations, ({ query, operationName }) => `${operationName ?? ''}\0${query}`)
  return [...documents.values()].map((sent) => {
    const distinct = new Map(sent.map((operation) => [JSON.stringify(operation.variables), operation]))
    return [...distinct.values()].slice(0, 3)
  })
}

describeWithTool('wandb-0.30.0', 'the unmodified client', () => {
  forEachEngine((engine) => {
    let server: TestServer
    let proxy: Awaited<ReturnType<typeof startRecordingProxy>>
    beforeAll(async () => {
      server = await startTestServer(engine)
      await givenPeople(server)
      proxy = await startRecordingProxy(server.url)
    })
    afterAll(async () => {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    })

    const promise = (
      name: string,
      script: string,
      given: { key?: string; entity?: string; env?: Record<string, string> } = {},
    ) =>
      test(name, { timeout: TEST_TIMEOUT_MS }, async () => {
        await client(script, { url: proxy.url, ...given })
      })

    promise('logs versions of everything it can, and the same content once', 'log.py')
    promise('reads versions by name, in lists and byte for byte', 'read.py', { entity: 'alice' })
    promise('links versions into portfolios and takes them out again', 'link.py', { entity: 'alice' })
    promise('moves aliases, and edits and deletes versions and collections', 'edit.py')
    promise('links into registries of the organization by either of its names', 'registry.py')
    promise('is told at once and in words what it may not do', 'refuse.py', {
      env: { KEY_VERA: KEYS.vera, KEY_OTTO: KEYS.otto },
    })
    test('makes teams, members and keys', { timeout: TEST_TIMEOUT_MS }, async () => {
      await client('accounts.py', { url: proxy.url, key: server.adminKey, entity: 'admin-user' })
    })

    // After the scripts, whose requests it takes: an answer must not depend on how often its document was sent.
    test('gets the same answer from a document that is interpreted and one that is compiled', async () => {
      const documents = distinctDocuments(proxy.operations)
      expect(documents.length, 'documents recorded').toBeGreaterThan(50)
      const constant = constantSchema(schema)
      for (const sent of documents) {
        const { query, operationName } = sent[0] as RecordedOperation
        const document = parse(query)
        const operation = getOperationAST(document, operationName || undefined)
        const title = operation?.name?.value
        expect(validate(schema, document), title).toEqual([])

        const compiled = compileQuery(constant, document, title)
        expect(isCompiledQuery(compiled), title).toBe(true)
        for (const { variables } of sent) {
          const interpreted = await execute({ schema: constant, document, variableValues: variables ?? {} })
          const fast = 'query' in compiled ? await compiled.query(undefined, {}, variables ?? {}) : undefined
          expect(JSON.stringify(fast), title).toBe(JSON.stringify(interpreted))
          if (operation?.operation === 'query') await expectSameTwice(query, variables, title)
        }
      }
    })

    /** The first answer to a new text is interpreted, the second compiled; only the signatures of URLs may differ. */
    async function expectSameTwice(query: string, variables: Record<string, unknown> | undefined, title?: string) {
      const anew = `${query}\n# ${Math.random()}`
      const answers = []
      for (const _ of [1, 2]) {
        const { status, data } = await server.graphql(anew, variables, { key: KEYS.alice })
        answers.push([status, JSON.stringify(data).replaceAll(/[?]e=[^"]*/g, '')])
      }
      expect(answers[1], title).toEqual(answers[0])
    }
  })
})

for (const version of WANDB_VERSIONS) {
  if (version === '0.30.0') continue
  describeWithTool(`wandb-${version}`, `the client ${version}`, () => {
    forEachEngine((engine) => {
      test('logs, links, promotes and reads back', { timeout: TEST_TIMEOUT_MS }, async () => {
        await using server = await startTestServer(engine)
        await givenPeople(server)
        await client('smoke.py', { url: server.url, version })
      })
    })
  })
}
