// Goal: the server starts, tells how it is, and stops as an operator expects, and says clearly why when it cannot.
// Method: the real program as a process where that is what is promised; a server in this process where it is not.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { givenTeam, unique } from './support/given-automations.ts'
import { PATIENCE } from './support/patience.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, givenDatabase, startTestServer, type TestServer } from './support/server.ts'
import { runTripline } from './support/tripline-process.ts'

const STOP_MS_MAX = 10_000

function givenDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'tripline-server-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A port that nobody listens on, as good as surely. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('the command line', () => {
  test('explains itself, and says which setting does what', async () => {
    for (const args of [
      ['--help'],
      ['help'],
      ['serve', '--help'],
      ['worker', '--help'],
      ['admin', '--help'],
      ['admin', 'create', '-h'],
    ]) {
      const program = runTripline(args)
      expect((await program.ended).code, args.join(' ')).toBe(0)
      expect(program.output()).toContain('tripline serve')
      expect(program.output()).toContain('tripline worker')
      expect(program.output()).toContain('TRIPLINE_DATABASE_URL')
    }
  })

  test.each([
    [['brew'], /"brew" is not a command/],
    [[], /Usage/],
    [['serve', '--prot', '1'], /--prot/],
    [['serve', 'now'], /now/],
    [['worker', '--concurrency', '1'], /--concurrency/],
    [['worker'], /TRIPLINE_DATABASE_URL is required for tripline worker/],
    [['admin'], /Usage: tripline admin create/],
    [['admin', 'create'], /Usage: tripline admin create/],
    [['admin', 'create', 'ada', 'and-more'], /Usage: tripline admin create/],
  ])('called wrongly (%j) it says how to call it, with exit code 2', async (args, message) => {
    const program = runTripline(args, { TRIPLINE_DATA_DIR: givenDirectory() })
    expect((await program.ended).code).toBe(2)
    expect(program.output()).toMatch(message)
    expect(program.output()).not.toMatch(/\n {4}at /)
  })

  test('names every setting that is wrong, with exit code 2', async () => {
    const program = runTripline(['serve', '--port', '99999'], { TRIPLINE_WORKER: 'perhaps', TRIPLINE_SERCET_KEY: 'x' })
    expect((await program.ended).code).toBe(2)
    for (const name of ['TRIPLINE_PORT', 'TRIPLINE_WORKER', 'TRIPLINE_SERCET_KEY']) {
      expect(program.output()).toContain(name)
    }
  })

  test('a flag wins over the variable of the same name', async () => {
    const directory = givenDirectory()
    const program = runTripline(['serve', '--port', '0', '--data-dir', join(directory, 'flag'), '--log-level=silent'], {
      TRIPLINE_PORT: '99999',
      TRIPLINE_DATA_DIR: join(directory, 'variable'),
    })
    await program.ready()
    expect(readdirSync(directory)).toEqual(['flag'])
    expect(program.output()).not.toContain('"level"')
  })

  test('makes an administrator for a server that is not running, and none behind the back of one that is', async () => {
    const env = { TRIPLINE_DATA_DIR: givenDirectory(), TRIPLINE_PORT: '0', TRIPLINE_LOG_LEVEL: 'silent' }
    const created = runTripline(['admin', 'create', 'ada'], env)
    expect(await created.ended, created.output()).toEqual({ code: 0, signal: null })
    const key = created.output().trim().split('\n').at(-1)

    const again = runTripline(['admin', 'create', 'ADA'], env)
    expect((await again.ended).code).toBe(1)
    expect(again.output()).toContain('"ADA" is taken')
    const unusable = runTripline(['admin', 'create', 'a b'], env)
    expect((await unusable.ended).code).toBe(1)
    expect(unusable.output()).toMatch(/^The name must be/)

    const server = runTripline(['serve'], env)
    const url = await server.ready()
    expect(server.output()).not.toContain('/setup?token=')
    const viewer = await fetch(`${url}/api/v1/viewer`, { headers: { authorization: `Bearer ${key}` } })
    expect(await viewer.json()).toMatchObject({ username: 'ada', admin: true })

    const refused = runTripline(['admin', 'create', 'grace'], env)
    expect((await refused.ended).code).toBe(1)
    expect(refused.output()).toMatch(/in use by another Tripline process/)
  })
})

describe('a start that cannot succeed says why, with exit code 1:', () => {
  const serve = (env: Record<string, string>) =>
    runTripline(['serve'], { TRIPLINE_PORT: '0', TRIPLINE_LOG_LEVEL: 'silent', ...env })
  const expectRefusal = async (env: Record<string, string>, ...messages: (string | RegExp)[]) => {
    const program = serve(env)
    expect((await program.ended).code, program.output()).toBe(1)
    expect(program.output()).toMatch(/^Tripline cannot start: /)
    for (const message of messages) expect(program.output()).toMatch(message)
    expect(program.output()).not.toMatch(/\n {4}at /)
    return program.output()
  }

  test('the data directory is in use, and stays as it is for the one who uses it', async () => {
    const directory = givenDirectory()
    const first = serve({ TRIPLINE_DATA_DIR: directory })
    const url = await first.ready()
    await expectRefusal(
      { TRIPLINE_DATA_DIR: directory },
      directory,
      /in use by another Tripline process/,
      'TRIPLINE_DATA_DIR',
    )
    expect((await fetch(`${url}/ready`)).status).toBe(200)

    // However the first one ends, the next may start.
    first.kill('SIGKILL')
    await first.ended
    await serve({ TRIPLINE_DATA_DIR: directory }).ready()
  })

  test('the data directory is a file', async () => {
    const file = join(givenDirectory(), 'file')
    writeFileSync(file, '')
    await expectRefusal({ TRIPLINE_DATA_DIR: file }, file, 'TRIPLINE_DATA_DIR', /EEXIST|ENOTDIR/)
  })

  test('the database is none', async () => {
    const directory = givenDirectory()
    writeFileSync(join(directory, 'tripline.db'), 'x'.repeat(10_000))
    await expectRefusal({ TRIPLINE_DATA_DIR: directory }, directory, 'TRIPLINE_DATA_DIR', 'file is not a database')
  })

  test('the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    const env = { TRIPLINE_DATA_DIR: givenDirectory(), TRIPLINE_PORT: String(port) }
    await expectRefusal(env, `port ${port} is taken`, 'TRIPLINE_PORT')
  })

  test('the host is none of this machine', async () => {
    const env = {
      TRIPLINE_DATA_DIR: givenDirectory(),
      TRIPLINE_HOST: '192.0.2.1',
      TRIPLINE_PUBLIC_URL: 'http://x.test',
    }
    await expectRefusal(env, '192.0.2.1', 'TRIPLINE_HOST')
  })

  test('PostgreSQL does not answer', async () => {
    const port = await freePort()
    for (const host of ['127.0.0.1', 'localhost']) {
      const env = {
        TRIPLINE_DATA_DIR: givenDirectory(),
        TRIPLINE_DATABASE_URL: `postgres://user:pa55word@${host}:${port}/tripline`,
        TRIPLINE_SECRET_KEY: randomBytes(32).toString('base64'),
      }
      const output = await expectRefusal(env, 'TRIPLINE_DATABASE_URL', `ECONNREFUSED 127.0.0.1:${port}`)
      expect(output).not.toContain('pa55word')
    }
  })
})

describe('a stop', () => {
  forEachEngine((engine) => {
    test('cuts what hangs within 10 s: a request, two uploads and a send, which is sent again after the next start', async () => {
      await using receiver = await startReceiver('hang')
      const database = await givenDatabase(engine)
      onTestFinished(() => database.drop())
      const key = randomBytes(24).toString('hex')
      const env: Record<string, string> = {
        ...database.env,
        TRIPLINE_PORT: '0',
        TRIPLINE_ADMIN_USERNAME: 'ada',
        TRIPLINE_ADMIN_API_KEY: key,
        TRIPLINE_WEBHOOK_ALLOW: '127.0.0.0/8',
      }
      const server = runTripline(['serve'], env)
      const url = await server.ready()
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const call = async (method: string, path: string, body: unknown) => {
        const response = await fetch(`${url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) })
        const text = await response.text()
        expect(response.ok, text).toBe(true)
        return JSON.parse(text)
      }
      await call('POST', '/teams', { name: 'vision' })
      const webhook = await call('POST', '/entities/vision/webhooks', { name: 'hook', url: receiver.url })
      await call('POST', '/projects/vision', { name: 'churn' })
      await call('POST', '/entities/vision/automations', {
        name: 'promoted',
        scope: { type: 'project', project: 'churn' },
        event: 'ADD_ARTIFACT_ALIAS',
        filter: { alias: 'production' },
        action: { type: 'webhook', webhook: webhook.id },
      })
      const versions = '/projects/vision/churn/collections/model/versions'
      const { uploads } = await call('POST', versions, {
        type: 'model',
        files: [{ path: 'later.bin', size: 1_000_000, md5: Buffer.alloc(16).toString('base64') }],
      })
      await call('POST', versions, { type: 'model', files: [{ path: 'a', content: 'AAAA' }], aliases: ['production'] })
      await receiver.waitFor(1)

      const testCall = fetch(`${url}/api/v1/entities/vision/webhooks/${webhook.id}/test`, {
        method: 'POST',
        headers,
        body: '{}',
      }).catch((error: Error) => error)
      await receiver.waitFor(2)
      const hanging = [
        httpRequest(uploads[0].url, { method: 'PUT', headers: { ...uploads[0].headers, 'content-length': 1_000_000 } }),
        httpRequest(`${url}/api/v1/teams`, { method: 'POST', headers: { ...headers, 'content-length': 1_000 } }),
      ]
      for (const request of hanging) {
        request.on('error', () => {})
        request.write('x'.repeat(500))
      }
      const incoming = join(env.TRIPLINE_DATA_DIR as string, 'blobs', 'incoming')
      await vi.waitUntil(() => readdirSync(incoming).length > 0, PATIENCE)

      const stoppingAt = performance.now()
      server.kill('SIGTERM')
      await vi.waitUntil(
        () =>
          fetch(`${url}/live`).then(
            () => false,
            () => true,
          ),
        { timeout: STOP_MS_MAX },
      )
      expect(await server.ended, server.output()).toEqual({ code: 0, signal: null })
      expect(performance.now() - stoppingAt).toBeLessThan(STOP_MS_MAX)
      expect(await testCall).toBeInstanceOf(Error)
      expect(server.output()).toMatch(/"msg":"stopping/)

      receiver.answerWith(204)
      const next = runTripline(['serve'], env)
      await next.ready()
      await receiver.waitFor(3)
      const [sent, , again] = receiver.received
      expect(again?.headers['webhook-id']).toBe(sent?.headers['webhook-id'])
      expect(again?.body).toBe(sent?.body)
      expect(readdirSync(incoming)).toEqual([])
    }, 60_000)
  })

  test('is quick when nothing is going on, also with connections kept open', async () => {
    const server = runTripline(['serve'], { TRIPLINE_DATA_DIR: givenDirectory(), TRIPLINE_PORT: '0' })
    const url = await server.ready()
    await fetch(`${url}/live`)
    const stoppingAt = performance.now()
    server.kill('SIGINT')
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - stoppingAt).toBeLessThan(3_000)
  })

  // What is told apart by a second may be more than that apart where the machine stalls.
  test('is asked for once by npm’s double Ctrl-C, and ended at once by a second one of a person', {
    retry: 3,
  }, async () => {
    const server = runTripline(['serve'], { TRIPLINE_DATA_DIR: givenDirectory(), TRIPLINE_PORT: '0' })
    const url = await server.ready()
    const { port } = new URL(url)
    const headers = { 'content-type': 'application/json', 'content-length': 10 }
    const hanging = httpRequest({ port, method: 'POST', path: '/api/v1/setup', headers })
    hanging.on('error', () => {})
    hanging.write('x')
    await once(hanging, 'socket')
    await fetch(`${url}/live`)

    server.kill('SIGINT')
    // Two signals that wait together would be one.
    await vi.waitUntil(() => server.output().includes('"msg":"stopping'), { interval: 5, ...PATIENCE })
    server.kill('SIGINT')
    expect(
      await Promise.race([server.ended, new Promise((resolve) => setTimeout(resolve, 1_200, 'still there'))]),
    ).toBe('still there')
    const secondAt = performance.now()
    server.kill('SIGINT')
    expect(await server.ended).toEqual({ code: 1, signal: null })
    expect(performance.now() - secondAt).toBeLessThan(2_000)
  })
})

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('says that it lives and is ready, without credentials', async () => {
    for (const path of ['live', 'ready']) {
      const response = await fetch(`${server.url}/${path}`)
      expect([response.status, await response.json()]).toEqual([200, { status: path }])
    }
  })

  test('is not ready while files cannot be stored', async () => {
    await using own = await startTestServer(engine, { env: { TRIPLINE_LOG_LEVEL: 'silent' } })
    rmSync(own.world.config.blobsDir, { recursive: true })
    const response = await fetch(`${own.url}/ready`)
    expect([response.status, await response.json()]).toEqual([
      503,
      expect.objectContaining({ code: 'storage_unavailable' }),
    ])
    expect((await fetch(`${own.url}/live`)).status).toBe(200)
  })

  test('counts requests and deliveries without naming anybody', async () => {
    await using receiver = await startReceiver()
    const team = await givenTeam(server)
    const project = unique('project')
    const made: string[] = [team, project, 'admin-user', receiver.url.replace('http://', '').replace('/hook', '')]
    const call = async (method: string, path: string, body?: unknown) => {
      const answer = await server.rest(method, path, body)
      expect(answer.status, answer.text).toBeLessThan(300)
      if (typeof answer.body.id === 'string') made.push(answer.body.id)
      return answer.body
    }
    const webhook = await call('POST', `/entities/${team}/webhooks`, { name: unique('hook'), url: receiver.url })
    await call('POST', `/projects/${team}`, { name: project })
    await call('POST', `/entities/${team}/automations`, {
      name: unique('automation'),
      scope: { type: 'project', project },
      event: 'CREATE_ARTIFACT',
      action: { type: 'webhook', webhook: webhook.id },
    })
    const collection = unique('collection')
    const path = `/projects/${team}/${project}/collections/${collection}`
    await call('POST', `${path}/versions`, { type: 'model', files: [{ path: unique('file'), content: 'AAAA' }] })
    await receiver.waitFor(1)
    await fetch(`${server.url}/${team}/${project}/nowhere`)
    await fetch(`${server.url}${path}`, { method: 'DELETE' })

    const read = async () => (await fetch(`${server.url}/metrics`)).text()
    await vi.waitFor(async () => expect(await read()).toMatch(/tripline_deliver\w+\{[^}]*succeeded[^}]*\} 1/), PATIENCE)
    const metrics = await read()
    expect(metrics).toContain('route="/api/v1/projects/:entity/:project/collections/:collection/versions"')
    expect(metrics).toMatch(/route="none",status="4xx"/)
    for (const name of [...made, collection]) expect(metrics).not.toContain(name)
    const labels = [...metrics.matchAll(/^tripline_\w+\{([^}]*)\}/gm)].flatMap(
      ([, found]) => found!.match(/\w+(?==")/g) ?? [],
    )
    const known = ['method', 'route', 'status', 'le', 'verdict', 'reason']
    expect([...new Set(labels)].filter((label) => !known.includes(label))).toEqual([])
  })
})
