/** The way out: through a proxy that works, refuses or dies, and with authorities of one's own; over real sockets. */
import { createServer as createHttpsServer } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AttemptOutcome } from '../src/deliveries/outcome.ts'
import type { HostResolver } from '../src/runtime/resolve-host.ts'
import { type Egress, parseEgress } from '../src/webhooks/egress.ts'
import { type CertificateName, type Certificates, makeCertificates } from './support/certificates.ts'
import { type ProxyAnswer, startConnectProxy } from './support/connect-proxy.ts'
import { fire, givenPipeline, inState } from './support/given-deliveries.ts'
import {
  answered,
  givenSender,
  listen,
  opened,
  resolving,
  type SenderOptions,
  send,
  startHttpReceiver,
  startTcpReceiver,
} from './support/sending.ts'
import { forEachEngine, startTestServer } from './support/server.ts'

/** A public address, which no test reaches: the proxy of the tests connects to loopback instead. */
const PUBLIC = '93.184.216.34'
const PASSWORD = 'p@ss:wörd-4711'

let certificates: Certificates
beforeAll(() => {
  certificates = makeCertificates('receiver.test')
})
afterAll(() => certificates.remove())

type ProxyOptions = NonNullable<Parameters<typeof startConnectProxy>[0]>

async function givenProxy(options: ProxyOptions = {}) {
  const proxy = await startConnectProxy(options)
  opened.push(proxy)
  return proxy
}

function egress(url: string, more: { noProxy?: string; proxyResolves?: boolean } = {}): Egress {
  const proxy = { variable: 'TRIPLINE_WEBHOOK_PROXY', text: url }
  return parseEgress({
    httpsProxy: proxy,
    httpProxy: proxy,
    noProxy: more.noProxy === undefined ? undefined : { variable: 'TRIPLINE_WEBHOOK_NO_PROXY', text: more.noProxy },
    proxyResolves: more.proxyResolves ?? false,
  })
}

/** Names lead to the public address; plain http is allowed to it, and the proxy's own host is loopback. */
const resolveHost: HostResolver = (name) => resolving(name === '127.0.0.1' ? name : PUBLIC)(name)

function givenProxiedSender(url: string, more: SenderOptions & Parameters<typeof egress>[1] = {}) {
  const { noProxy, proxyResolves, ...options } = more
  return givenSender({
    allow: 'receiver.test',
    resolveHost,
    authorities: [certificates.pem('ca')],
    egress: egress(url, {
      ...(noProxy === undefined ? {} : { noProxy }),
      ...(proxyResolves === undefined ? {} : { proxyResolves }),
    }),
    ...options,
  })
}

async function startTlsReceiver(name: CertificateName = 'good') {
  const received: string[] = []
  const server = createHttpsServer(certificates.server(name), (request, response) => {
    received.push(`${request.headers.host}${request.url}`)
    response.end('ok')
  })
  const { port, sockets } = await listen(server)
  return { port, url: `https://receiver.test:${port}/hook`, received, sockets }
}

describe('through a proxy', () => {
  test('https goes by CONNECT to the address that was checked, and TLS is with the receiver', async () => {
    const proxy = await givenProxy()
    const receiver = await startTlsReceiver()
    const sender = givenProxiedSender(proxy.url)
    const first = await send(sender, receiver.url)
    expect(first.outcome).toMatchObject({ kind: 'answered', status: 200 })
    expect(first.timing.tlsMs).toBeGreaterThanOrEqual(0)
    expect((await send(sender, receiver.url)).timing.isReused).toBe(true)
    expect(proxy.requests).toHaveLength(1)
    expect(proxy.requests[0]?.target).toBe(`${PUBLIC}:${receiver.port}`)
    expect(proxy.requests[0]?.head).not.toContain('receiver.test')
    expect(receiver.received).toEqual(Array.from({ length: 2 }, () => `receiver.test:${receiver.port}/hook`))
    await sender.close()
    await expect.poll(() => proxy.sockets.size + receiver.sockets.size).toBe(0)
  })

  test("plain http goes by CONNECT too, so that an answer is always the receiver's", async () => {
    const proxy = await givenProxy()
    const receiver = await startHttpReceiver((_, response) => response.writeHead(407).end('mine'))
    const { outcome } = await send(givenProxiedSender(proxy.url), `http://receiver.test:${receiver.port}/hook`)
    expect(outcome).toMatchObject({ kind: 'answered', status: 407, body: Buffer.from('mine') })
    expect(proxy.requests.map(({ target }) => target)).toEqual([`${PUBLIC}:${receiver.port}`])
    expect(receiver.received[0]?.request.headers['proxy-authorization']).toBeUndefined()
  })

  test('credentials of its URL are given to it, and to nobody else', async () => {
    const proxy = await givenProxy({ credentials: `tripline:${PASSWORD}` })
    const receiver = await startHttpReceiver()
    const url = proxy.url.replace('//', `//tripline:${encodeURIComponent(PASSWORD)}@`)
    const { outcome } = await send(givenProxiedSender(url), `http://receiver.test:${receiver.port}/hook`)
    expect(outcome).toMatchObject({ kind: 'answered', status: 200 })
    expect(JSON.stringify(receiver.received[0]?.request.rawHeaders)).not.toMatch(/proxy|Basic/i)
  })

  test.each([
    ['private', '10.1.2.3'],
    ['metadata', '169.254.169.254'],
    ['loopback', '127.0.0.1'],
  ])('a name that leads to a %s address is refused before the proxy hears of it', async (rule, address) => {
    const proxy = await givenProxy()
    const inward: HostResolver = (name) => resolving(name === '127.0.0.1' ? name : address)(name)
    for (const proxyResolves of [false, true]) {
      const sender = givenProxiedSender(proxy.url, { allow: '', resolveHost: inward, proxyResolves })
      for (const url of ['https://inward.test/', `https://${address}/`]) {
        expect((await send(sender, url)).outcome).toMatchObject({ kind: 'blocked', rule })
      }
    }
    expect(proxy.requests).toHaveLength(0)
  })

  test('an address of this machine is never asked of it', async () => {
    const proxy = await givenProxy()
    const receiver = await startHttpReceiver()
    const sender = givenProxiedSender(proxy.url, { allow: '127.0.0.0/8' })
    expect((await send(sender, receiver.url)).outcome).toMatchObject({ kind: 'answered', status: 200 })
    expect(proxy.requests).toHaveLength(0)
  })

  test('hosts that are excepted are reached without it', async () => {
    const proxy = await givenProxy()
    const receiver = await startHttpReceiver()
    const sender = givenProxiedSender(proxy.url, { resolveHost: resolving('127.0.0.1'), noProxy: '.test' })
    expect((await send(sender, `http://receiver.test:${receiver.port}/`)).outcome.kind).toBe('answered')
    expect(proxy.requests).toHaveLength(0)
  })

  test('a second address is asked for when it cannot reach the first', async () => {
    const receiver = await startTlsReceiver()
    const proxy = await givenProxy({
      answer: (target) => (target.startsWith(PUBLIC) ? { raw: 'HTTP/1.1 502 Bad Gateway\r\n\r\n' } : 'open'),
    })
    const two: HostResolver = (name) => resolving(...(name === '127.0.0.1' ? [name] : [PUBLIC, '2606:4700::1']))(name)
    const { outcome } = await send(givenProxiedSender(proxy.url, { resolveHost: two }), receiver.url)
    expect(outcome).toMatchObject({ kind: 'answered', status: 200 })
    expect(proxy.requests.map(({ target }) => target)).toEqual([
      `${PUBLIC}:${receiver.port}`,
      `[2606:4700::1]:${receiver.port}`,
    ])
  })

  describe('that looks names up itself', () => {
    test.each<[string, HostResolver]>([
      ['known here too', resolveHost],
      ['not known here', async (name) => (name === '127.0.0.1' ? resolving(name)(name) : { kind: 'not-found' })],
      ['whose servers are silent here', (n) => (n === '127.0.0.1' ? resolving(n)(n) : new Promise(() => {}))],
    ])('gets the name of a host that is %s', async (_, known) => {
      const proxy = await givenProxy()
      const receiver = await startTlsReceiver()
      const sender = givenProxiedSender(proxy.url, { resolveHost: known, proxyResolves: true })
      expect((await send(sender, receiver.url)).outcome).toMatchObject({ kind: 'answered', status: 200 })
      expect(proxy.requests.map(({ target }) => target)).toEqual([`receiver.test:${receiver.port}`])
    })

    test('is not asked for plain http to what is not listed', async () => {
      const proxy = await givenProxy()
      const unknown: HostResolver = async () => ({ kind: 'not-found' })
      const sender = givenProxiedSender(proxy.url, { resolveHost: unknown, proxyResolves: true })
      expect((await send(sender, 'http://other.test/')).outcome).toMatchObject({
        kind: 'blocked',
        rule: 'https-required',
      })
      expect(proxy.requests).toHaveLength(0)
    })
  })
})

describe('a proxy that fails is not taken for the receiver', () => {
  const failed = (reason: string, code?: string) => ({
    kind: 'proxy-failed',
    reason,
    ...(code === undefined ? {} : { code }),
  })

  test.each<[string, ProxyAnswer, object]>([
    [
      'wants credentials',
      { raw: 'HTTP/1.1 407 No\r\nproxy-authenticate: Basic\r\n\r\n' },
      failed('authentication', '407'),
    ],
    ['does not go there', { raw: 'HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\n\r\nnope' }, failed('refused', '403')],
    ['does not know CONNECT', { raw: 'HTTP/1.1 405 No\r\n\r\n' }, failed('refused', '405')],
    ['cannot reach the receiver', { raw: 'HTTP/1.1 502 Bad Gateway\r\n\r\n' }, failed('failed', '502')],
    ['gives up on the receiver', { raw: 'HTTP/1.1 504 Timeout\r\n\r\n' }, failed('failed', '504')],
    ['is no proxy', { raw: '220 mail.example ESMTP\r\n\r\n' }, failed('failed', 'NOT_HTTP')],
    ['closes', { raw: '' }, failed('failed', 'CLOSED')],
    ['closes within its answer', { raw: 'HTTP/1.1 200 O' }, failed('failed', 'CLOSED')],
    ['resets', 'reset', failed('failed', 'ECONNRESET')],
    ['says nothing', 'silence', failed('timed-out')],
    ['floods', { raw: `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}` }, failed('failed', 'HEADERS_TOO_LARGE')],
    [
      'speaks for the receiver',
      { raw: 'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n' },
      failed('failed', 'UNASKED_BYTES'),
    ],
  ])('%s', async (_, answer, expected) => {
    const proxy = await givenProxy({ answer })
    const receiver = await startTlsReceiver()
    for (const url of [receiver.url, `http://receiver.test:${receiver.port}/`]) {
      const sender = givenProxiedSender(proxy.url, answer === 'silence' ? { timeoutMs: 400 } : {})
      const { outcome } = await send(sender, url)
      expect(outcome).toMatchObject(expected)
      await sender.close()
    }
    expect(receiver.received).toHaveLength(0)
    await expect.poll(() => proxy.sockets.size).toBe(0)
  })

  test('wants other credentials', async () => {
    const proxy = await givenProxy({ credentials: 'tripline:right' })
    const url = proxy.url.replace('//', `//tripline:${encodeURIComponent(PASSWORD)}@`)
    const { outcome } = await send(givenProxiedSender(url), 'https://receiver.test/')
    expect(outcome).toEqual(failed('authentication', '407'))
  })

  test('is not there, or has no name', async () => {
    const proxy = await givenProxy()
    await proxy.close()
    const gone = await send(givenProxiedSender(proxy.url), 'https://receiver.test/')
    expect(gone.outcome).toEqual(failed('unreachable', 'ECONNREFUSED'))
    const noName: HostResolver = (name) =>
      name === 'proxy.test' ? Promise.resolve({ kind: 'not-found' }) : resolving(PUBLIC)(name)
    const unknown = await send(
      givenProxiedSender('http://proxy.test:3128', { resolveHost: noName }),
      'https://receiver.test/',
    )
    expect(unknown.outcome).toEqual(failed('unreachable', 'ENOTFOUND'))
  })

  test.each([
    ['while TLS is agreed on', 100],
    ['while the answer is waited for', 4_000],
  ])('dies %s', async (_, cutAfterBytes) => {
    const proxy = await givenProxy({ answer: { cutAfterBytes } })
    const head = `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(8_000)}`
    const server = createHttpsServer(certificates.server('good'))
    server.on('secureConnection', (socket) => socket.once('data', () => socket.write(head)))
    const { port } = await listen(server)
    const { outcome } = await send(givenProxiedSender(proxy.url), `https://receiver.test:${port}/`)
    expect(outcome).toMatchObject(failed('cut'))
  })

  test('dies on a connection that was kept for the next request', async () => {
    const proxy = await givenProxy()
    const receiver = await startTlsReceiver()
    const sender = givenProxiedSender(proxy.url)
    expect((await send(sender, receiver.url)).outcome.kind).toBe('answered')
    for (const socket of proxy.sockets) socket.destroy()
    await expect.poll(() => proxy.sockets.size).toBe(0)
    const { outcome, timing } = await send(sender, receiver.url)
    expect(outcome.kind === 'answered' ? timing.isReused : outcome).toEqual(
      outcome.kind === 'answered' ? false : failed('cut'),
    )
  })

  test('but dies in the middle of a body: then the receiver has answered', async () => {
    const proxy = await givenProxy({ answer: { cutAfterBytes: 1_000 } })
    const receiver = await startTcpReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\nhalf')
      setTimeout(() => socket.write('x'.repeat(2_000)), 50)
    })
    const { outcome } = await send(givenProxiedSender(proxy.url), `http://receiver.test:${receiver.port}/`)
    expect(outcome).toMatchObject({ kind: 'answered', status: 200, bodyCutBy: 'connection' })
    expect(answered(outcome).body.toString()).toBe('half')
  })

  test("while the receiver's own faults stay its own", async () => {
    const proxy = await givenProxy()
    const outcomeOf = async (url: string, limits: SenderOptions = {}): Promise<AttemptOutcome> =>
      (await send(givenProxiedSender(proxy.url, limits), url)).outcome
    const self = await startTlsReceiver('self')
    expect(await outcomeOf(self.url)).toMatchObject({ kind: 'unreachable', reason: 'tls-certificate' })
    const good = await startTlsReceiver()
    expect(await outcomeOf(good.url.replace('receiver.test', 'other.test'))).toMatchObject({ reason: 'tls-name' })
    const silent = await startTcpReceiver(() => {})
    expect(await outcomeOf(`http://receiver.test:${silent.port}/`, { timeoutMs: 2_000 })).toMatchObject({
      kind: 'timed-out',
      phase: 'answer',
    })
    const mail = await startTcpReceiver((socket) => socket.end('220 mail.example ESMTP\r\n'))
    expect(await outcomeOf(`http://receiver.test:${mail.port}/`)).toMatchObject({ reason: 'not-http' })
  })
})

test('a stop in the midst of a CONNECT leaves no socket behind', async () => {
  const proxy = await givenProxy({ answer: 'silence' })
  const sender = givenProxiedSender(proxy.url)
  const sending = send(sender, 'https://receiver.test/')
  await expect.poll(() => proxy.requests.length).toBe(1)
  await sender.close()
  expect((await sending).outcome).toEqual({ kind: 'interrupted' })
  await expect.poll(() => proxy.sockets.size).toBe(0)
})

test("an authority of the operator's is trusted besides the others, and only where it is given", async () => {
  const receiver = await startTlsReceiver()
  const direct = { resolveHost: resolving('127.0.0.1'), allow: '127.0.0.1' }
  const without = await send(givenSender(direct), receiver.url)
  expect(without.outcome).toMatchObject({ kind: 'unreachable', reason: 'tls-certificate' })
  const withIt = await send(givenSender({ ...direct, authorities: [certificates.pem('ca')] }), receiver.url)
  expect(withIt.outcome).toMatchObject({ kind: 'answered', status: 200 })
})

forEachEngine((engine) => {
  test('a server behind a proxy delivers, tells its failures as its own, and shows its password to nobody', async () => {
    let answer: ProxyAnswer = { raw: 'HTTP/1.1 407 No\r\n\r\n' }
    const proxy = await givenProxy({ answer: () => answer })
    const receiver = await startTlsReceiver()
    const server = await startTestServer(engine, {
      env: {
        TRIPLINE_WEBHOOK_PROXY: proxy.url.replace('//', `//tripline:${encodeURIComponent(PASSWORD)}@`),
        TRIPLINE_WEBHOOK_PROXY_RESOLVES: 'on',
        TRIPLINE_WEBHOOK_CA_FILE: certificates.file('ca'),
      },
    })
    opened.push({ close: () => server[Symbol.asyncDispose]() })
    const pipeline = await givenPipeline(server, receiver.url)
    const refused = await inState(server, await fire(server, pipeline), 'pending', 1)
    // It counts against the schedule, so that the pauses between attempts grow.
    expect(refused.attempts).toBe(1)
    expect(refused.history[0]).toMatchObject({
      outcome: 'proxy-failed',
      status: null,
      verdict: 'pending',
      reason: 'proxy_authentication',
      response: null,
    })
    expect(refused.history[0].explanation).toMatch(
      /^The proxy of this server refused its credentials \(407\)\. The operator/,
    )

    answer = 'open'
    const delivered = await inState(server, await fire(server, pipeline, 'staging'), 'succeeded', 1)
    expect(delivered.history[0]).toMatchObject({ outcome: 'answered', status: 200 })
    const parts = ['queueMs', 'dnsMs', 'connectMs', 'tlsMs', 'firstByteMs', 'totalMs']
    expect(parts.filter((part) => typeof delivered.history[0].timing[part] !== 'number')).toEqual([])
    const shown = JSON.stringify([refused, delivered, await server.rest('GET', '/deliveries')])
    const basic = Buffer.from(`tripline:${PASSWORD}`).toString('base64')
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), basic]) expect(shown).not.toContain(secret)
    expect(proxy.requests[0]?.head).toContain(`Proxy-Authorization: Basic ${basic}`)
  })
})
