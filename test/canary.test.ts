/**
 * No byte of a secret is kept or told, whatever a receiver makes of it.
 *
 * Method: a server as a process of its own sends secrets wherever a secret can go to receivers that give them all back,
 * in every encoding, in headers and body, whole and cut. Then everything there is is searched for any piece of them: each
 * column of each table, each file of the data directory, the log at its finest, and the answers of every door.
 */
import { spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { createScanner, dumpDatabase, dumpFiles, ENCODINGS, type Kept } from './support/canary.ts'
import { COMPILE_CACHE } from './support/compile-cache.ts'
import { unique } from './support/given-automations.ts'
import { type ReceivedRequest, type ReceiverAnswer, startReceiver } from './support/receiver.ts'
import { forEachEngine, givenDatabase, type RestAnswer } from './support/server.ts'

type Json = RestAnswer['body']

const SERVER = join(import.meta.dirname, '../src/cli/main.ts')

/** As many bytes of an answer as are read. */
const READ_MAX = 64 * 1024

/** Random letters and digits. */
function randomText(length: number): string {
  return Array.from({ length }, () => randomInt(36).toString(36)).join('')
}

/** Random text with each of `between` once within it, so that any few characters of it are its own. */
function canary(between: string): string {
  return `${[...between].map((character) => randomText(4) + character).join('')}Zz9x`
}

const AWKWARD = `"'+/%\\&<> =?`
const SECRETS = {
  TOKEN: canary(`${AWKWARD}é`),
  SIGNING: canary(`${AWKWARD}ключ🔑`),
  EXTRA: canary(`${AWKWARD}ñ日🗝`),
  HEADER: canary(`${AWKWARD}ü`),
  // A URL takes no spaces and nothing beyond ASCII.
  PATH: canary(`"'+/%\\&<>=?`),
  PLAIN: randomText(40),
  FORMED: `whsec_${randomBytes(24).toString('base64')}`,
}
/** Values that were replaced, and sign for a while beside those above. */
const PREVIOUS = { TOKEN: canary(`${AWKWARD}ö`), SIGNING: canary(`${AWKWARD}замок`) }
const VALUES = {
  ...SECRETS,
  'key within FORMED': SECRETS.FORMED.slice('whsec_'.length),
  'TOKEN before': PREVIOUS.TOKEN,
  'SIGNING before': PREVIOUS.SIGNING,
}

/** What of a URL is a credential although it is written right into it. */
const URL_TOKEN = `T${randomText(12)}/B${randomText(12)}/${randomText(24)}`

const asHeader = (text: string) => Buffer.from(text).toString('latin1')
const statuses = [200, 400, 503, 404]

type Scenario = { name: string; answer(request: ReceivedRequest): ReceiverAnswer }

/** Everything it got, and every secret besides, in the body and in headers. */
const wholeEchoes: Scenario[] = Object.entries(ENCODINGS).flatMap(([name, encode], index) =>
  [0, 1].map((turn) => ({
    name: `${name} (${turn})`,
    answer: (request) => ({
      status: statuses[(index + turn) % statuses.length] as number,
      headers: {
        'x-got': asHeader(encode(Buffer.from(String(request.headers.authorization), 'latin1').toString())),
        [`x-${SECRETS.PLAIN}`]: 'in a name',
        ...Object.fromEntries(Object.entries(VALUES).map(([, value], at) => [`x-echo-${at}`, asHeader(encode(value))])),
      },
      body: [request.path, request.body, JSON.stringify(request.headers), ...Object.values(VALUES)]
        .map(encode)
        .join(turn === 0 ? '\n' : ','),
    }),
  })),
)

/** A long answer of nothing but one secret, cut somewhere within it. */
const cutEchoes: Scenario[] = ['raw', 'json', 'URL component', 'hex', 'base64 after 1', 'json, ASCII only'].flatMap(
  (name) =>
    (['EXTRA', 'TOKEN'] as const).flatMap((secret) => {
      const unit = `${(ENCODINGS[name] as (value: string) => string)(SECRETS[secret])},`
      const unitBytes = Buffer.byteLength(unit)
      return [0.1, 0.35, 0.6, 0.85].map((part) => {
        // The unit that is cut begins this much before the cut.
        const before = Math.floor(unitBytes * part)
        const padding = (READ_MAX - before) % unitBytes
        const body = '.'.repeat(padding) + unit.repeat(Math.ceil((READ_MAX + 5_000) / unitBytes))
        return { name: `${secret}, ${name}, cut after ${before} bytes`, answer: () => ({ status: 200, body }) }
      })
    }),
)

const SCENARIOS = [...wholeEchoes, ...cutEchoes]

/** The program as it is started, with its log. */
async function startProcess(env: Record<string, string>) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SERVER, 'serve'], {
    env: { PATH: process.env.PATH, ...COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: string[] = []
  const gone = once(child, 'exit')
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line))
  const output = createInterface({ input: child.stdout })
  const ready = Promise.withResolvers<string>()
  output.on('line', (line) => {
    log.push(line)
    const url = /^Tripline is ready at (\S+)/.exec(line)?.[1]
    if (url !== undefined) ready.resolve(url)
  })
  void gone.then(() => ready.reject(new Error(`the server ended: ${log.join('\n')}`)))
  return {
    url: await ready.promise,
    log,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await gone
    },
  }
}

forEachEngine((engine) => {
  test('nothing of a secret is in any row, file, log line or answer', async () => {
    await using receiver = await startReceiver((request) => {
      const scenario = SCENARIOS[Number(/^\/hook\/(\d+)\//.exec(request.path)?.[1])]
      return scenario === undefined ? 500 : (scenario.answer(request) as number)
    })
    const { env: database, drop } = await givenDatabase(engine)
    const adminKey = randomBytes(24).toString('hex')
    const env: Record<string, string> = {
      ...database,
      TRIPLINE_PORT: '0',
      TRIPLINE_ADMIN_USERNAME: 'admin-user',
      TRIPLINE_ADMIN_API_KEY: adminKey,
      TRIPLINE_WEBHOOK_ALLOW: '127.0.0.0/8',
      TRIPLINE_LOG_LEVEL: 'debug',
    }
    const answers: Kept[] = []
    /** What shows whole URLs, to those who may see them. */
    const urlAnswers: Kept[] = []
    let log: string[] = []
    let kept: Kept[] = []
    {
      await using server = await startProcess(env)
      log = server.log
      const call = async (method: string, path: string, body?: unknown, options: { key?: string; url?: true } = {}) => {
        const response = await fetch(`${server.url}${path}`, {
          method,
          headers: {
            authorization: `Bearer ${options.key ?? adminKey}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(method === 'POST' ? { 'idempotency-key': unique('once') } : {}),
          },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        })
        const text = await response.text()
        const answer = { where: `${method} ${path} (${response.status})`, text }
        const head = { where: `headers of ${answer.where}`, text: JSON.stringify([...response.headers]) }
        const list = options.url === true ? urlAnswers : answers
        list.push(answer, head)
        return {
          status: response.status,
          body: (/json/.test(String(response.headers.get('content-type'))) ? JSON.parse(text) : text) as Json,
        }
      }
      const done = async (...given: Parameters<typeof call>) => {
        const { status, body } = await call(...given)
        expect(status, `${given[0]} ${given[1]}: ${JSON.stringify(body)}`).toBeLessThan(300)
        return body
      }

      const team = unique('team')
      const inTeam = `/api/v1/entities/${team}`
      const versions = `/api/v1/projects/${team}/churn/collections/model`
      await done('POST', '/api/v1/teams', { name: team })
      for (const [name, value] of Object.entries(PREVIOUS)) await done('PUT', `${inTeam}/secrets/${name}`, { value })
      for (const [name, value] of Object.entries(SECRETS)) {
        await done('PUT', `${inTeam}/secrets/${name}`, { value })
        // Mistakes, which are answered and logged as well.
        await call('PUT', `${inTeam}/secrets/${name}`, JSON.stringify({ value }).slice(0, -1))
        await call('PUT', `${inTeam}/secrets/${name}`, { value: [value] })
        await call('PUT', `${inTeam}/secrets/${name}`, { value: `${value}\n` })
        await call('PUT', `${inTeam}/secrets/not-a-name`, { value })
      }
      const settings = (index: number) => ({
        url: `${receiver.url}/${index}/${URL_TOKEN}/\${PATH}?key=\${PATH}`,
        accessTokenSecret: 'TOKEN',
        signingSecret: index % 2 === 0 ? 'SIGNING' : 'FORMED',
        signature: { github: true },
        secrets: ['EXTRA', 'PLAIN', 'SIGNING', 'FORMED'],
        headers: { 'x-key': 'key ${HEADER}', 'x-plain': '${PLAIN}' },
      })
      const payload = {
        token: '${ACCESS_TOKEN}',
        extra: 'an ${EXTRA} in a sentence',
        nested: [{ plain: '$PLAIN', alias: '${alias}' }],
      }
      await done('POST', `/api/v1/projects/${team}`, { name: 'churn' })
      await done('POST', `${versions}/versions`, { type: 'model', files: [{ path: 'a.bin', content: 'AAAA' }] })
      const webhooks: string[] = []
      for (const index of SCENARIOS.keys()) {
        const webhook = { name: `hook-${index}`, ...settings(index) }
        const { id } = await done('POST', `${inTeam}/webhooks`, webhook, { url: true })
        webhooks.push(`${inTeam}/webhooks/${id}`)
        await done('POST', `${inTeam}/automations`, {
          name: `automation-${index}`,
          scope: { type: 'project', project: 'churn' },
          event: 'ADD_ARTIFACT_ALIAS',
          filter: { alias: 'production' },
          action: { type: 'webhook', webhook: id, payload },
        })
      }

      // Sent once each, and what is tried again twice; and test calls, of saved and of unsaved ones.
      await done('PUT', `${versions}/aliases/production`, { version: 'v0' })
      await receiver.waitFor(SCENARIOS.length)
      for (const webhook of webhooks) {
        await done('PATCH', webhook, { paused: true }, { url: true })
        await done('PATCH', webhook, { paused: false }, { url: true })
      }
      for (const index of SCENARIOS.keys()) {
        if (index % 3 !== 0) continue
        await done('POST', `${webhooks[index]}/test`, { payload })
        await done('POST', `${inTeam}/webhooks/test`, { webhook: settings(index), payload })
      }
      const list = `${inTeam}/deliveries?limit=1000`
      await expect
        .poll(async () => (await done('GET', list)).items.filter((item: Json) => item.attempts === 0), {
          timeout: 20_000,
        })
        .toEqual([])

      // Everything that can be asked, as an administrator and as a viewer.
      const viewerKey = randomBytes(20).toString('hex')
      await done('POST', '/api/v1/users', { username: 'viewer-user', apiKey: viewerKey })
      await done('PUT', `/api/v1/teams/${team}/members/viewer-user`, { role: 'viewer' })
      const { items } = await done('GET', list)
      expect(items).toHaveLength(SCENARIOS.length)
      for (const key of [adminKey, viewerKey]) {
        const url = key === adminKey ? ({ key, url: true } as const) : { key }
        for (const item of items) await done('GET', `/api/v1/deliveries/${item.id}`, undefined, { key })
        for (const path of ['automations', 'events', 'deliveries'])
          await done('GET', `${inTeam}/${path}`, undefined, { key })
        for (const webhook of webhooks) await done('GET', webhook, undefined, url)
        await done('GET', `${inTeam}/webhooks`, undefined, url)
        await done('GET', `/api/v1/automations/${items[0].automation.id}/executions`, undefined, { key })
        await done('POST', '/graphql', { query: QUERY, variables: { name: team } }, url)
      }
      await done('GET', `${inTeam}/secrets`)
      await done('GET', '/api/v1/master-keys')
      await done('GET', `${inTeam}/audit?limit=1000`)
      await done('POST', `/api/v1/deliveries/${items[0].id}/replay`)
      await call('DELETE', `${inTeam}/secrets/TOKEN`)
      await done('GET', '/metrics')
      kept = [...(await dumpDatabase(env)), ...dumpFiles(env.TRIPLINE_DATA_DIR as string)]
    }
    const afterwards = dumpFiles(env.TRIPLINE_DATA_DIR as string)
    const lines = log.map((text, line) => ({ where: `line ${line} of the log`, text }))
    await drop()

    // It has been to all these places, so that it could have been found there.
    const places = new Set([...kept, ...lines, ...answers].map(({ where }) => where))
    for (const place of [
      'attempts.response',
      'attempts.request',
      'deliveries.body',
      'audit.details',
      'previous_secrets.ciphertext',
      'idempotency.body',
    ]) {
      expect([...places]).toContain(place)
    }
    expect(kept.filter(({ where }) => where === 'attempts.response').length).toBeGreaterThan(SCENARIOS.length)
    expect(lines.length).toBeGreaterThan(SCENARIOS.length)
    for (const name of ['TOKEN', 'EXTRA', 'HEADER', 'PATH', 'PLAIN'] as const) {
      expect(wasSent(receiver.received, SECRETS[name]), name).toBe(true)
    }

    expect(receiver.received.some(({ headers }) => /^v1,\S+ v1,\S+$/.test(String(headers['webhook-signature'])))).toBe(
      true,
    )

    const findSecret = createScanner(VALUES)
    const findUrl = createScanner({ 'URL token': URL_TOKEN })
    const found = [
      ...[...kept, ...afterwards, ...lines, ...answers, ...urlAnswers].map((place) => [
        place.where,
        findSecret(place.text),
      ]),
      ...[...kept, ...afterwards, ...lines, ...answers].map((place) => [place.where, findUrl(place.text)]),
    ].filter(([, piece]) => piece !== undefined)
    expect(found).toEqual([])
    // Which is how a URL is found where it may be.
    expect(urlAnswers.some(({ text }) => findUrl(text) !== undefined)).toBe(true)
  }, 240_000)
})

function wasSent(requests: readonly ReceivedRequest[], value: string): boolean {
  return requests.some(
    ({ path, headers, body }) =>
      path.includes(value) ||
      body.includes(JSON.stringify(value).slice(1, -1)) ||
      Object.values(headers).some((header) => Buffer.from(String(header), 'latin1').toString().includes(value)),
  )
}

const QUERY = `query ($name: String!) {
  entity(name: $name) {
    integrations(first: 200) { edges { node { ... on GenericWebhookIntegration { id name urlEndpoint } } } }
    triggers(first: 200) { edges { node { id name triggeredAction {
      ... on GenericWebhookTriggeredAction { requestPayload integration { __typename } } } } } }
  }
}`

describe('the search itself', () => {
  const value = canary(`${AWKWARD}é🔑`)
  const find = createScanner({ VALUE: value })

  test.each(Object.entries(ENCODINGS))(
    'finds a value as %s, whole, begun or ended, and within JSON',
    (_name, encode) => {
      const encoded = encode(value)
      const half = Math.floor(encoded.length / 2)
      for (const piece of [encoded, encoded.slice(0, half), encoded.slice(half)]) {
        for (const text of [
          piece,
          `before ${piece} after`,
          JSON.stringify({ body: JSON.stringify({ echo: piece }) }),
        ]) {
          expect(find(text), text).toMatch(/^VALUE as /)
          expect(find(Buffer.from(piece)), text).toMatch(/^VALUE as /)
        }
      }
    },
  )

  test('finds nothing where there is nothing', () => {
    for (const text of ['', '***', AWKWARD, JSON.stringify({ body: 'VALUE' }), randomBytes(100_000).toString('hex')]) {
      expect(find(text)).toBeUndefined()
    }
  })
})
