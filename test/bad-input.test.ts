// Goal: whatever is sent, the answer says what is wrong with it, nothing is half-done, and nothing is ever our failure.
// Method: every operation of the OpenAPI document is asked in its valid form, made wrong in one place at a time, in ways
// chosen by a seed; the document itself says which of the bodies have to be refused. `FUZZ_SEED` repeats a run.
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { REFUSALS, type RefusalCode } from '../src/refusal.ts'
import {
  HOSTILE_PARTS,
  HOSTILE_VALUES,
  type HostileRequest,
  hostileRequests,
  type Json,
  randomFrom,
  sample,
  withValue,
} from './support/hostile.ts'
import { SPARE_USERNAME } from './support/matrix/given.ts'
import { GRAPHQL_OPERATIONS } from './support/matrix/graphql-operations.ts'
import { operationOf } from './support/matrix/operation.ts'
import { REST_OPERATIONS } from './support/matrix/rest-operations.ts'
import { type ApiDocument, operationsOf } from './support/openapi.ts'
import { createRawClient, exchangeBytes, type RawAnswer } from './support/raw-http.ts'
import { startReceiver } from './support/receiver.ts'
import { allRows } from './support/rows.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { givenPerson, givenTenant, type Tenant } from './support/tenant.ts'

const SEED = Number(process.env.FUZZ_SEED ?? 20_260_101)
console.log(`FUZZ_SEED=${SEED}`)

/** The slowest answer to a request that asks for too much, on a machine that is busy with other tests. */
const ANSWER_MS_MAX = 5_000

forEachEngine((engine) => {
  let server: TestServer
  let tenant: Tenant
  let document: ApiDocument
  let client: ReturnType<typeof createRawClient>
  let authorization: string

  beforeAll(async () => {
    await using receiver = await startReceiver()
    server = await startTestServer(engine)
    await givenPerson(server, SPARE_USERNAME)
    tenant = await givenTenant(server, 'quartz', receiver.url)
    // What is replayed here waits, so that nothing changes by itself.
    const webhooks = `/entities/${tenant.place.team}/webhooks/${tenant.place.webhook}`
    expect((await server.rest('PATCH', webhooks, { paused: true })).status).toBe(200)
    document = (await (await fetch(`${server.url}/api/openapi.json`)).json()) as ApiDocument
    client = createRawClient(server.url)
    authorization = `Bearer ${server.adminKey}`
  })
  afterAll(async () => {
    client.close()
    await server[Symbol.asyncDispose]()
  })

  test('every operation of the API takes or refuses what nobody should send', async () => {
    const wrong: string[] = []
    let requestCount = 0
    for (const { method, path: template, operation } of operationsOf(document)) {
      const name = `${method.toUpperCase()} ${template}`
      const random = randomFrom(SEED + requestCount)
      const [, valid] = [...REST_OPERATIONS].find(([key]) => operationOf(key) === name) ?? []
      if (valid === undefined) throw new Error(`the matrix has no ${name}`)
      const place = { ...tenant.place, ...(await valid.prepare?.({ server, tenant })) }
      const requests = hostileRequests(document, operation, template, valid.request(place), random)
      requestCount += requests.length

      const send = async (request: HostileRequest): Promise<RawAnswer | undefined> => {
        const headers = { ...request.headers, authorization }
        const answer = await client.send({ ...request, headers }).catch((error: Error) => error)
        const problem = answer instanceof Error ? answer.message : wrongWith(answer, request)
        const text = answer instanceof Error ? '' : answer.text.slice(0, 300)
        if (problem !== undefined) wrong.push(`${name}: ${request.what}: ${problem} ${text}`)
        return answer instanceof Error ? undefined : answer
      }
      // First what must be refused: nothing of it may be done.
      const before = await allRows(server)
      await inParallel(
        requests.filter(({ isValid }) => !isValid),
        send,
      )
      expect(await allRows(server), name).toEqual(before)

      // Then what may be taken. What of it is refused is sent again, alone.
      const refused: HostileRequest[] = []
      await inParallel(
        requests.filter(({ isValid }) => isValid),
        async (request) => {
          const answer = await send(request)
          if (answer !== undefined && answer.status >= 400) refused.push(request)
        },
      )
      const between = await allRows(server)
      const statuses: number[] = []
      await inParallel(refused, async (request) => statuses.push((await send(request))?.status ?? 0))
      if (statuses.every((status) => status >= 400)) expect(await allRows(server), name).toEqual(between)
    }
    expect(wrong, `FUZZ_SEED=${SEED}, ${requestCount} requests`).toEqual([])
    expect(requestCount).toBeGreaterThan(3_000)
  }, 300_000)

  test('a cursor that only looks like one of the list is refused', async () => {
    const { team, project, sequence, automation } = tenant.place
    const version = `/projects/${team}/${project}/collections/${sequence}/versions/v0`
    const lists = [
      `/entities/${team}/executions`,
      `/automations/${automation}/executions`,
      `${version}/executions`,
      `/entities/${team}/automations?order=name`,
      `/entities/${team}/automations?order=lastFired`,
      `/projects/${team}/${project}/collections`,
      `/projects/${team}/${project}/runs`,
      `/projects/${team}/${project}/runs?order=name`,
    ]
    const cursors = ['x', '', '1:', ':1', '-1:1', '1:1e3', '[]', '["x"]', '["\\u0000",1]', '[1,2,3]', '[null,1]', '{}']
    for (const list of lists) {
      for (const inside of cursors) {
        const cursor = Buffer.from(JSON.stringify([inside])).toString('base64url')
        const { status, body } = await server.rest('GET', `${list}${list.includes('?') ? '&' : '?'}cursor=${cursor}`)
        expect({ list, inside, status, code: body.code }).toEqual({ list, inside, status: 400, code: 'cursor_invalid' })
      }
    }
  })

  describe('GraphQL', () => {
    const post = (body: unknown) =>
      client.send({
        method: 'POST',
        path: '/graphql',
        headers: { 'content-type': 'application/json', authorization },
        body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      })

    test('every field takes or refuses what nobody should send', async () => {
      const wrong: string[] = []
      let requestCount = 0
      for (const [name, operation] of GRAPHQL_OPERATIONS) {
        const random = randomFrom(SEED + requestCount)
        const place = { ...tenant.place, ...(await operation.prepare?.({ server, tenant })) }
        const { query, variables } = operation.request(place).body as {
          query: string
          variables: { [name: string]: Json }
        }
        const bodies = variablePlaces(variables).flatMap((at) =>
          sample(random, [...HOSTILE_VALUES, ...HOSTILE_IDS, ...HOSTILE_IDS], 12).map((value) => ({
            query,
            variables: withValue(variables, at, value),
            what: `${at.join('.')} = ${JSON.stringify(value).slice(0, 60)}`,
          })),
        )
        requestCount += bodies.length
        await inParallel(bodies, async ({ what, ...body }) => {
          const answer = await post(body)
          const problem = wrongWithGraphql(answer)
          if (problem !== undefined) wrong.push(`${name}: ${what}: ${problem} ${answer.text.slice(0, 300)}`)
        })
      }
      expect(wrong, `FUZZ_SEED=${SEED}, ${requestCount} requests`).toEqual([])
      expect(requestCount).toBeGreaterThan(1_000)
    }, 120_000)

    test.each(Object.entries(HOSTILE_DOCUMENTS))('refuses a document that %s, soon', async (_, { body, code }) => {
      const startedAt = performance.now()
      const answer = await post(body())
      expect(performance.now() - startedAt).toBeLessThan(ANSWER_MS_MAX)
      expect(wrongWithGraphql(answer), answer.text.slice(0, 500)).toBeUndefined()
      expect(JSON.parse(answer.text).errors[0].extensions.code, answer.text.slice(0, 500)).toBe(code)
    })

    test('is not asked by GET, nor without a type', async () => {
      const get = await client.send({ method: 'GET', path: '/graphql?query={viewer{id}}', headers: { authorization } })
      expect([get.status, get.headers.allow]).toEqual([405, 'POST'])
      const form = await client.send({
        method: 'POST',
        path: '/graphql',
        headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'query={viewer{id}}',
      })
      expect([form.status, wrongWithGraphql(form)]).toEqual([415, undefined])
    })
  })

  test("the client's file stream refuses what is none, and keeps nothing of it", async () => {
    const { team, project, run } = tenant.place
    const path = `/files/${team}/${project}/${run}/file_stream`
    const stream = (body: string | Buffer, headers: Record<string, string> = {}) =>
      client.send({ method: 'POST', path, headers: { authorization, ...headers }, body })
    const part = (content: unknown, offset: unknown = 0) =>
      JSON.stringify({ files: { 'output.log': { offset, content } } })
    const gzip = { 'content-encoding': 'gzip' }
    const packed = gzipSync(part(['a line']))
    const damaged = Buffer.from(packed)
    damaged[packed.length - 6]! ^= 0xff
    const refused: [string, string | Buffer, Record<string, string>, number][] = [
      ['random bytes as gzip', randomBytes(1_000), gzip, 400],
      ['half of it', packed.subarray(0, packed.length - 12), gzip, 400],
      ['damaged gzip', damaged, gzip, 400],
      ['plain text as gzip', part(['a line']), gzip, 400],
      ['gzip as plain text', packed, {}, 400],
      ['a small body that unpacks to 64 MiB', gzipSync(Buffer.alloc(64 * 1024 * 1024)), gzip, 413],
      ['no JSON', 'x', {}, 400],
      ['deep JSON', `{"files":${'['.repeat(100_000)}`, {}, 400],
      ['deep JSON, packed', gzipSync(`{"files":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), gzip, 400],
      ['no object', '[1]', {}, 400],
      ['files that are no object', '{"files":[]}', {}, 400],
      ['lines that are no text', part([1]), {}, 400],
      ['content that is no list', part('x'), {}, 400],
      ...[-1, 1.5, 2 ** 53, 1e308, 'x'].map((offset): (typeof refused)[number] => [
        `the offset ${offset}`,
        part(['x'], offset),
        {},
        400,
      ]),
      ['a number of lines beyond numbers', part(['x', 'y'], Number.MAX_SAFE_INTEGER), {}, 400],
      ['a long name', JSON.stringify({ files: { ['x'.repeat(1_000)]: { offset: 0, content: [] } } }), {}, 400],
    ]
    const before = await allRows(server)
    for (const [what, body, headers, status] of refused) {
      const answer = await stream(body, headers)
      expect(answer.status, `${what}: ${answer.text.slice(0, 300)}`).toBe(status)
      expect(JSON.parse(answer.text), what).toEqual({ error: expect.stringMatching(/.{10}/), code: expect.any(String) })
    }
    expect(await allRows(server)).toEqual(before)
    expect((await stream(packed, gzip)).status).toBe(200)
    expect((await stream(part(['nul \0 and half \ud800'], 7))).status).toBe(200)
  })

  test('the paths of the client refuse what leads nowhere', async () => {
    const random = randomFrom(SEED)
    const { team, project, sequence, hexDigest, artifactId, run } = tenant.place
    const paths = [
      `/artifactsV2/default/${team}/${project}/${sequence}/${artifactId}/${artifactId}/${hexDigest}/weights.bin`,
      `/artifacts/${team}/${hexDigest}`,
      `/files/${team}/${project}/${run}/file_stream`,
      '/storage/quartz/weights.bin?grant=x&signature=y',
      '/setup',
      '/api/docs/static/index.css',
      '/metrics',
    ]
    const wrong: string[] = []
    const requests = paths.flatMap((path) => {
      const parts = path.split('/')
      return HOSTILE_PARTS.flatMap((part) => {
        const changed = parts.with(1 + Math.floor(random() * (parts.length - 1)), part).join('/')
        return ['GET', 'HEAD', 'PUT', 'POST'].map((method) => ({ method, path: changed }))
      })
    })
    await inParallel(requests, async ({ method, path }) => {
      const answer = await client.send({ method, path, headers: { authorization } })
      if (answer.status >= 500 || /\n {4}at /.test(answer.text)) wrong.push(`${method} ${path}: ${answer.text}`)
    })
    expect(wrong, `FUZZ_SEED=${SEED}`).toEqual([])
  })
})

describe('what is no request is answered as one that is wrong:', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer('sqlite')
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const body = '{"name":"x"}'
  const post = (headers: string, rest: string) =>
    `POST /api/v1/teams HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.adminKey}\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${rest}`
  const cases: [string, () => string | Buffer, number, RefusalCode][] = [
    ['noise', () => randomBytes(200), 400, 'invalid_request'],
    ['TLS', () => Buffer.from('16030100a5010000a10303', 'hex'), 400, 'invalid_request'],
    ['a method nobody knows', () => 'BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'invalid_request'],
    ['a header without a colon', () => 'GET /live HTTP/1.1\r\nHost: x\r\nbroken\r\n\r\n', 400, 'invalid_request'],
    ['a header of 100 KB', () => `GET /live HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['a path of 100 KB', () => `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'headers_too_large'],
    ['a length that is none', () => post('Content-Length: 1e3', body), 400, 'invalid_request'],
    ['two lengths', () => post('Content-Length: 12\r\nContent-Length: 13', body), 400, 'invalid_request'],
    [
      'a length and chunks',
      () => post('Content-Length: 3\r\nTransfer-Encoding: chunked', body),
      400,
      'invalid_request',
    ],
    ['a chunk that is none', () => post('Transfer-Encoding: chunked', 'zz\r\n'), 400, 'invalid_request'],
    ['a bad escape', () => 'GET /api/v1/users/%zz HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'invalid_request'],
    ['a bad escape elsewhere', () => 'GET /storage/%ff HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'invalid_request'],
  ]
  test.each(cases)('%s', async (_, bytes, status, code) => {
    const answer = await exchangeBytes(server.url, bytes())
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json')
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status, code })
    expect((await server.rest('GET', '/teams')).body.items).toEqual([])
  })
})

const hostileId = (text: string) => Buffer.from(text).toString('base64')

/** Ids and cursors of GraphQL that are none. */
const HOSTILE_IDS: Json[] = [
  'x',
  '====',
  ...['', 'x', '0', '-1', '1e3', '0x1', '1.5', ' 1', '01', 'NaN', String(2 ** 31), String(2 ** 53), '9'.repeat(30)].map(
    (number) => hostileId(`Artifact:${number}`),
  ),
  hostileId('Artifact'),
  hostileId(':1'),
  hostileId('Nothing:1'),
  hostileId('__proto__:1'),
  hostileId('constructor:1'),
  hostileId('Artifact:1:2'),
  Buffer.from([0xff, 0xfe]).toString('base64'),
  Buffer.from(JSON.stringify(['x', null])).toString('base64url'),
  Buffer.from(JSON.stringify([Number.MAX_SAFE_INTEGER])).toString('base64url'),
  2 ** 31 - 1,
  1_000_000_000,
  0,
  -1,
]

const IDENTITY = '{ viewer { id } }'
const levels = (count: number, inner: string) => `${'{ viewer '.repeat(count)}${inner}${' }'.repeat(count)}`
const cycle = 'query { viewer { ...a } } fragment a on User { ...b } fragment b on User { ...a }'
/** Each fragment spreads the one before twice: 2^25 fields from 25 lines. */
const doubling = [
  'query { viewer { ...f25 } } fragment f0 on User { id }',
  ...Array.from({ length: 25 }, (_, n) => `fragment f${n + 1} on User { ...f${n} x: id ...f${n} }`),
].join(' ')
const many = (count: number, part: (n: number) => string) => Array.from({ length: count }, (_, n) => part(n)).join(' ')

const HOSTILE_DOCUMENTS: Record<string, { body: () => unknown; code: RefusalCode }> = {
  'is none': { body: () => ({ query: 'x{' }), code: 'invalid_request' },
  'is empty': { body: () => ({ query: '' }), code: 'invalid_request' },
  'is missing': { body: () => ({}), code: 'invalid_request' },
  'is null': { body: () => ({ query: null }), code: 'invalid_request' },
  'is a number': { body: () => ({ query: 1 }), code: 'invalid_request' },
  'comes in a batch': { body: () => [{ query: IDENTITY }], code: 'invalid_request' },
  'comes in no JSON': { body: () => '{', code: 'malformed_json' },
  'comes with variables that are a list': { body: () => ({ query: IDENTITY, variables: [] }), code: 'invalid_request' },
  'comes with variables that are text': { body: () => ({ query: IDENTITY, variables: '{}' }), code: 'invalid_request' },
  'comes with a name that is a number': {
    body: () => ({ query: IDENTITY, operationName: 1 }),
    code: 'invalid_request',
  },
  'has no operation of that name': { body: () => ({ query: IDENTITY, operationName: 'x' }), code: 'invalid_request' },
  'has two operations and no name': {
    body: () => ({ query: 'query a { viewer { id } } query b { viewer { id } }' }),
    code: 'invalid_request',
  },
  'has fragments only': { body: () => ({ query: 'fragment a on User { id }' }), code: 'invalid_request' },
  'asks for an unknown field': { body: () => ({ query: '{ viewer { passwordHash } }' }), code: 'invalid_request' },
  'asks for the prototype': {
    body: () => ({ query: '{ viewer { __proto__ { constructor } } }' }),
    code: 'invalid_request',
  },
  'asks for the schema': { body: () => ({ query: '{ __schema { types { name } } }' }), code: 'invalid_request' },
  subscribes: { body: () => ({ query: 'subscription { viewer { id } }' }), code: 'invalid_request' },
  'has a NUL character': {
    body: () => ({ query: '{ project(name: "\\u0000", entityName: "x") { id } }' }),
    code: 'invalid_request',
  },
  'has a NUL character in braces': {
    body: () => ({ query: '{ project(name: "\\u{0}", entityName: "x") { id } }' }),
    code: 'invalid_request',
  },
  'has a NUL character in a variable': {
    body: () => ({ query: 'query($n: String!) { project(name: $n, entityName: "x") { id } }', variables: { n: '\0' } }),
    code: 'invalid_request',
  },
  'has deep variables': {
    body: () => `{"query":"${IDENTITY}","variables":{"x":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`,
    code: 'invalid_request',
  },
  'is deep': { body: () => ({ query: levels(50, '{ id }') }), code: 'query_too_complex' },
  'is as deep as a stack': { body: () => ({ query: '{a'.repeat(9_000) }), code: 'query_too_complex' },
  'has deep lists': { body: () => ({ query: `{ project(name: ${'['.repeat(9_000)}` }), code: 'query_too_complex' },
  'has deep lists that end': {
    body: () => ({ query: `{ project(name: ${'['.repeat(9_000)}${']'.repeat(9_000)}) { id } }` }),
    code: 'query_too_complex',
  },
  'has 3,000 aliases': {
    body: () => ({ query: `{ ${many(3_000, (n) => `a${n}: viewer { id }`)} }` }),
    code: 'query_too_complex',
  },
  'has 30,000 tokens': { body: () => ({ query: `{ ${'viewer { id } '.repeat(8_000)} }` }), code: 'invalid_request' },
  'has 15 MB': { body: () => ({ query: `{ ${' '.repeat(15 * 1024 * 1024)} }` }), code: 'invalid_request' },
  'has more than 16 MB': { body: () => ({ query: `{ ${' '.repeat(17 * 1024 * 1024)} }` }), code: 'body_too_large' },
  'spreads fragments in a circle': { body: () => ({ query: cycle }), code: 'query_too_complex' },
  'doubles with each fragment': { body: () => ({ query: doubling }), code: 'query_too_complex' },
  'has 1,500 fragments': {
    body: () => ({
      query: `{ viewer { id } } ${many(1_500, (n) => `fragment f${n} on User { ...f${(n + 1) % 1_500} }`)}`,
    }),
    code: 'invalid_request',
  },
  'has 3,000 directives': {
    body: () => ({ query: `{ viewer { id ${'@include(if: true) '.repeat(3_000)} } }` }),
    code: 'invalid_request',
  },
  'has 5,000 unknown directives': {
    body: () => ({ query: `{ viewer { id ${many(5_000, (n) => `@d${n}`)} } }` }),
    code: 'invalid_request',
  },
  'has 5,000 unknown arguments': {
    body: () => ({ query: `{ viewer(${many(5_000, (n) => `a${n}: 1`)}) { id } }` }),
    code: 'invalid_request',
  },
  'has 4,000 variables': {
    body: () => ({ query: `query(${many(4_000, (n) => `$v${n}: Int`)}) { viewer { id } }` }),
    code: 'invalid_request',
  },
  'has the same list 400 times': {
    body: () => ({
      query: `{ project(name: "x", entityName: "x") { ${'artifactTypes(first: 1000) { edges { node { id } } } '.repeat(400)} } }`,
    }),
    code: 'invalid_request',
  },
  'asks for lists in lists': {
    body: () => ({
      query: `{ project(name: "x", entityName: "x") { artifactTypes(first: 1000) { edges { node {
        artifactCollections(first: 1000) { edges { node { artifacts(first: 1000) { edges { node { id } } } } } } } } } } }`,
    }),
    code: 'query_too_complex',
  },
}

function variablePlaces(value: Json, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...at]]
  const below = Object.entries(value).flatMap(([name, member]) => variablePlaces(member, [...at, name]))
  return at.length === 0 ? below : [[...at], ...below]
}

function wrongWithGraphql(answer: RawAnswer): string | undefined {
  if (!/^application\/json/.test(String(answer.headers['content-type']))) return `is ${answer.headers['content-type']}`
  const { data, errors } = JSON.parse(answer.text)
  if (answer.status === 200) return errors === undefined && data !== null ? undefined : 'has errors and the status 200'
  if (answer.status >= 500) return `${answer.status}`
  if (data !== null || !Array.isArray(errors) || errors.length === 0) return 'is no GraphQL answer'
  for (const { message, extensions } of errors) {
    const refusal = REFUSALS[extensions.code as RefusalCode]
    if (refusal === undefined || typeof message !== 'string' || message.length < 5) return 'does not say what is wrong'
  }
  return answer.text.length > 20_000 ? `is ${answer.text.length} characters long` : undefined
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const left = [...items]
  const next = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: 8 }, next))
}

function wrongWith(answer: RawAnswer, request: HostileRequest): string | undefined {
  if (answer.status < 400) return request.isValid ? undefined : `was taken with ${answer.status}`
  const problem = problemOf(answer)
  if (typeof problem === 'string') return problem
  if (answer.status >= 500) return `${answer.status}`
  const isAboutValue = answer.status === 400 || answer.status === 422
  if (request.at === undefined || !isAboutValue) return undefined
  const paths = problem.errors?.map(({ path }) => path) ?? []
  // A member that may be of several kinds is wrong as a whole.
  const isNamed = paths.some((path) => path.startsWith(request.at!) || request.at!.startsWith(path))
  return isNamed ? undefined : `names ${JSON.stringify(paths)} and not ${request.at}`
}

type Problem = { code: RefusalCode; detail: string; errors?: { path: string; message: string }[] }

/** The problem in an answer, or what is wrong with the answer as a problem. */
function problemOf(answer: RawAnswer): Problem | string {
  if (answer.headers['content-type'] !== 'application/problem+json; charset=utf-8')
    return `is ${answer.headers['content-type']}`
  const problem = JSON.parse(answer.text)
  if (!Object.hasOwn(REFUSALS, problem.code)) return `has the code ${problem.code}`
  const { status, title } = REFUSALS[problem.code as RefusalCode]
  if (status !== answer.status || problem.status !== status)
    return `has the code of a ${status} and is ${answer.status}`
  if (problem.type !== 'about:blank' || problem.title !== title) return 'has no type or title'
  if (typeof problem.detail !== 'string' || problem.detail.length < 10) return 'does not say what is wrong'
  if (answer.text.length > 20_000) return `is ${answer.text.length} characters long`
  if (typeof problem.requestId !== 'string' || problem.requestId === '') return 'has no request id'
  for (const { path, message } of problem.errors ?? []) {
    if (!/^(?:query|params|headers)?\//.test(path) || message.length < 3) return `names the field ${path}: ${message}`
  }
  return problem
}
