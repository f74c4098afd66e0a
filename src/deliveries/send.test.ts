import { createServer as createHttpsServer } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CertificateName, type Certificates, makeCertificates } from '../../test/support/certificates.ts'
import {
  answered,
  BODY,
  givenSender,
  listen,
  opened,
  type Received,
  resolving,
  type SenderOptions,
  send,
  startHttpReceiver as startReceiver,
  startTcpReceiver,
} from '../../test/support/sending.ts'
import type { HostResolver } from '../runtime/resolve-host.ts'
import { parseTarget } from '../webhooks/webhook-url.ts'
import { outcomeOfError } from './connection.ts'
import { ANSWER_BODY_BYTES_MAX } from './outcome.ts'

describe('a request', () => {
  test('arrives with exactly its bytes, its path as written and its headers', async () => {
    const receiver = await startReceiver((_, response) => {
      response.writeHead(202, { 'x-run': '7', 'set-cookie': ['a=1', 'b=2'] })
      response.end('queued')
    })
    const path = '/a%2Fb/../c?sig=%2b+A~&x={}'
    const { outcome, timing } = await send(givenSender(), receiver.url.replace('/hook', path), {
      headers: { authorization: 'Bearer t', 'webhook-id': 'msg_1' },
    })

    const answer = answered(outcome)
    expect(answer.status).toBe(202)
    expect(answer.headers).toMatchObject({ 'x-run': '7', 'set-cookie': ['a=1', 'b=2'] })
    expect(answer.body.toString()).toBe('queued')
    expect(answer.isBodyCut).toBe(false)
    const [{ request, body } = {} as Received] = receiver.received
    expect(request?.method).toBe('POST')
    expect(request?.url).toBe(path)
    expect(body).toEqual(BODY)
    expect(request?.headers).toEqual({
      host: `127.0.0.1:${receiver.port}`,
      connection: 'keep-alive',
      'content-type': 'application/json',
      'content-length': String(BODY.length),
      authorization: 'Bearer t',
      'webhook-id': 'msg_1',
      'user-agent': expect.stringMatching(/^Tripline\/\d+\.\d+\.\d+/),
    })
    expect(timing).toMatchObject({ isReused: false, tlsMs: null })
    for (const ms of [timing.dnsMs, timing.connectMs, timing.firstByteMs, timing.totalMs]) {
      expect(ms).toBeGreaterThanOrEqual(0)
    }
  })

  test('goes over the connection of the one before it', async () => {
    const receiver = await startReceiver()
    const sender = givenSender()
    const reused: boolean[] = []
    for (let count = 0; count < 20; count += 1) {
      const { outcome, timing } = await send(sender, receiver.url)
      expect(outcome.kind).toBe('answered')
      reused.push(timing.isReused)
    }
    expect(receiver.connections()).toBe(1)
    expect(reused).toEqual([false, ...Array.from({ length: 19 }, () => true)])
  })

  test('opens a new connection after the receiver has closed the old one', async () => {
    const receiver = await startReceiver((_, response) => response.writeHead(200, { connection: 'close' }).end())
    const sender = givenSender()
    for (let count = 0; count < 3; count += 1) {
      const { outcome, timing } = await send(sender, receiver.url)
      expect(outcome).toMatchObject({ kind: 'answered', status: 200 })
      expect(timing.isReused).toBe(false)
    }
    expect(receiver.connections()).toBe(3)
  })

  test('never waits for another to the same receiver', async () => {
    const held: (() => void)[] = []
    const receiver = await startReceiver((request, response) => {
      if (request.url === '/slow') held.push(() => response.end('slow'))
      else response.end('fast')
    })
    const sender = givenSender()
    const slow = Array.from({ length: 30 }, () => send(sender, receiver.url.replace('hook', 'slow')))
    const fast = await send(sender, receiver.url)
    expect(answered(fast.outcome).body.toString()).toBe('fast')
    await expect.poll(() => held.length).toBe(30)
    for (const release of held) release()
    for (const { outcome } of await Promise.all(slow)) expect(answered(outcome).body.toString()).toBe('slow')
  })

  test('leaves no timer behind', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
    const receiver = await startReceiver()
    const sender = givenSender()
    const before = timers()
    await Promise.all(Array.from({ length: 30 }, () => send(sender, receiver.url)))
    expect(timers() - before).toBeLessThan(30)
  })

  test('with a header that would smuggle another is not made', async () => {
    const receiver = await startReceiver()
    const sender = givenSender()
    for (const headers of [
      { 'x-note': 'a\r\nx-evil: 1' },
      { 'x-note': 'a\nb' },
      { 'x-note': 'a\0b' },
      { 'bad name': 'x' },
    ]) {
      const { outcome } = await send(sender, receiver.url, { headers })
      expect(outcome).toMatchObject({ kind: 'unsendable', reason: 'request' })
      expect(JSON.stringify(outcome)).not.toMatch(/evil/)
    }
    expect(receiver.received).toHaveLength(0)
  })

  test('with an empty body says so', async () => {
    const receiver = await startReceiver()
    const target = parseTarget(receiver.url)
    const { outcome } = await givenSender().send({ target, headers: {}, body: Buffer.alloc(0) })
    expect(outcome.kind).toBe('answered')
    expect(receiver.received[0]?.request.headers['content-length']).toBe('0')
  })
})

describe('an answer', () => {
  test('that redirects is not followed', async () => {
    const elsewhere = await startReceiver()
    const receiver = await startReceiver((_, response) => response.writeHead(307, { location: elsewhere.url }).end())
    const { outcome } = await send(givenSender(), receiver.url)
    expect(outcome).toMatchObject({ kind: 'answered', status: 307, headers: { location: elsewhere.url } })
    expect(elsewhere.received).toHaveLength(0)
  })

  test('that never ends is cut at 64 KiB, and its connection closed', async () => {
    const receiver = await startReceiver((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      }
      response.on('drain', pour)
      pour()
    })
    const { outcome } = await send(givenSender(), receiver.url)
    const answer = answered(outcome)
    expect(answer.isBodyCut).toBe(true)
    expect(answer.body.toString()).toBe('x'.repeat(ANSWER_BODY_BYTES_MAX))
    await expect.poll(() => receiver.sockets.size).toBe(0)
  })

  test.each([
    ['of exactly 64 KiB is whole', 0, false],
    ['of one byte more is cut', 1, true],
  ])('%s', async (_, more, isBodyCut) => {
    const receiver = await startReceiver((_, response) => response.end(Buffer.alloc(ANSWER_BODY_BYTES_MAX + more, 'y')))
    const { outcome } = await send(givenSender(), receiver.url)
    expect(answered(outcome).isBodyCut).toBe(isBodyCut)
    expect(answered(outcome).body).toHaveLength(ANSWER_BODY_BYTES_MAX)
  })

  test('is taken as it came, not decompressed', async () => {
    const bomb = Buffer.from('1f8b0800000000000003cb48cdc9c9070086a6103605000000', 'hex')
    const receiver = await startReceiver((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    )
    expect(answered((await send(givenSender(), receiver.url)).outcome).body).toEqual(bomb)
  })

  test('may come in pieces, after early hints, and end with the connection', async () => {
    const receiver = await startTcpReceiver((socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n')
      socket.write('HTTP/1.1 200 OK\r\nx-a: 1\r\n')
      setImmediate(() => socket.write('\r\nhel'))
      setTimeout(() => socket.end('lo'), 20)
    })
    const { outcome } = await send(givenSender(), receiver.url)
    expect(outcome).toMatchObject({ kind: 'answered', status: 200, headers: { 'x-a': '1' }, isBodyCut: false })
    expect(answered(outcome).body.toString()).toBe('hello')
  })

  test('may come before the request was read to its end', async () => {
    const receiver = await startTcpReceiver((socket) => {
      socket.end('HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno')
    })
    const target = parseTarget(receiver.url)
    const { outcome } = await givenSender().send({ target, headers: {}, body: Buffer.alloc(8_000, 'z') })
    expect(outcome).toMatchObject({ kind: 'answered', status: 413 })
  })

  test('tells how long to wait, in seconds and as a date', async () => {
    const receiver = await startReceiver((request, response) => {
      const date = 'Mon, 23 Nov 2026 12:00:00 GMT'
      const asked = request.url === '/date' ? 'Mon, 23 Nov 2026 12:01:30 GMT' : '120'
      response.writeHead(429, { date, 'retry-after': asked }).end()
    })
    const sender = givenSender()
    expect(answered((await send(sender, receiver.url)).outcome).retryAfterMs).toBe(120_000)
    expect(answered((await send(sender, receiver.url.replace('hook', 'date'))).outcome).retryAfterMs).toBe(90_000)
  })
})

describe('a receiver that misbehaves leads to an outcome', () => {
  test('refused: nobody listens', async () => {
    const receiver = await startReceiver()
    await opened.pop()?.close()
    const { outcome } = await send(givenSender(), receiver.url)
    expect(outcome).toEqual({ kind: 'unreachable', reason: 'refused', code: 'ECONNREFUSED' })
  })

  test('reset: it drops the connection', async () => {
    const receiver = await startTcpReceiver((socket) => socket.resetAndDestroy())
    const { outcome } = await send(givenSender(), receiver.url)
    expect(outcome).toEqual({ kind: 'unreachable', reason: 'reset', code: 'ECONNRESET' })
  })

  test('closed: it hangs up before it answers', async () => {
    const receiver = await startTcpReceiver((socket) => socket.end())
    const { outcome } = await send(givenSender(), receiver.url)
    expect(outcome).toMatchObject({ kind: 'unreachable', reason: 'closed' })
  })

  test.each([
    ['another protocol', '220 mail.example ESMTP\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx'],
  ])('not-http: it speaks %s', async (_, answer) => {
    const receiver = await startTcpReceiver((socket) => socket.end(answer))
    const { outcome } = await send(givenSender(), receiver.url)
    expect(outcome).toMatchObject({ kind: 'unreachable', reason: 'not-http' })
  })

  test('headers-too-large: it sends more than 16 KiB of them', async () => {
    const receiver = await startTcpReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      for (let count = 0; count < 40; count += 1) socket.write(`x-${count}: ${'h'.repeat(1_000)}\r\n`)
      socket.write('\r\n')
    })
    const { outcome } = await send(givenSender(), receiver.url)
    expect(outcome).toMatchObject({ kind: 'unreachable', reason: 'headers-too-large' })
  })

  test('closed: it changes to a protocol that nobody asked for', async () => {
    const receiver = await startTcpReceiver((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    )
    const { outcome } = await send(givenSender({ timeoutMs: 5_000 }), receiver.url)
    expect(outcome).toMatchObject({ kind: 'unreachable', reason: 'closed' })
  })

  test('timed-out: it accepts and says nothing', async () => {
    const receiver = await startTcpReceiver(() => {})
    const { outcome, timing } = await send(givenSender({ timeoutMs: 150 }), receiver.url)
    expect(outcome).toEqual({ kind: 'timed-out', phase: 'answer', afterMs: 150 })
    expect(timing.totalMs).toBeGreaterThanOrEqual(149)
    expect(timing.connectMs).not.toBeNull()
    await expect.poll(() => receiver.sockets.size).toBe(0)
  })

  test('timed-out: it drips its headers', async () => {
    const receiver = await startTcpReceiver((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const drip = setInterval(() => socket.write('x: y\r\n'), 20)
      socket.on('close', () => clearInterval(drip))
    })
    const { outcome } = await send(givenSender({ timeoutMs: 200 }), receiver.url)
    expect(outcome).toEqual({ kind: 'timed-out', phase: 'answer', afterMs: 200 })
  })

  test('timed-out: it gives hints, and no answer', async () => {
    const receiver = await startTcpReceiver((socket) => socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'))
    const { outcome } = await send(givenSender({ timeoutMs: 150 }), receiver.url)
    expect(outcome).toEqual({ kind: 'timed-out', phase: 'answer', afterMs: 150 })
  })

  test('timed-out: its name service never answers', async () => {
    const resolveHost: HostResolver = () => new Promise(() => {})
    const { outcome, timing } = await send(givenSender({ timeoutMs: 100, resolveHost }), 'https://silent.test/')
    expect(outcome).toEqual({ kind: 'timed-out', phase: 'dns', afterMs: 100 })
    expect(timing).toMatchObject({ isReused: false, dnsMs: null, connectMs: null, firstByteMs: null })
  })

  test('unreachable: its name does not exist, or its name servers fail', async () => {
    const notFound = await send(givenSender({ resolveHost: async () => ({ kind: 'not-found' }) }), 'https://a.test/')
    expect(notFound.outcome).toEqual({ kind: 'unreachable', reason: 'dns-not-found', code: 'ENOTFOUND' })
    const failing = givenSender({ resolveHost: async () => ({ kind: 'failed', code: 'ESERVFAIL' }) })
    expect((await send(failing, 'https://a.test/')).outcome).toEqual({
      kind: 'unreachable',
      reason: 'dns-failed',
      code: 'ESERVFAIL',
    })
    const silent = givenSender({ resolveHost: async () => ({ kind: 'timed-out' }) })
    expect((await send(silent, 'https://a.test/')).outcome).toMatchObject({ kind: 'timed-out', phase: 'dns' })
  })
})

test.each([
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'no-route'],
  ['ENETUNREACH', 'no-route'],
  ['EMFILE', 'local'],
  ['EADDRNOTAVAIL', 'local'],
  ['EPERM', 'local'],
  ['ENETDOWN', 'local'],
  ['ECONNRESET', 'reset'],
  ['EWHATEVER', 'other'],
])('%s while connecting is %s', (code, reason) => {
  const error = Object.assign(new Error('of the network'), { code })
  expect(outcomeOfError(error, { phase: 'connect', isTunnelled: false }, 5)).toEqual({
    kind: 'unreachable',
    reason,
    code,
  })
})

describe('the address policy', () => {
  test('refuses a host that is an address before anything is opened', async () => {
    const receiver = await startReceiver()
    const sender = givenSender({ allow: '' })
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '[::1]', 'localhost']) {
      const { outcome } = await send(sender, `http://${host}:${receiver.port}/hook`)
      expect(outcome, host).toMatchObject({ kind: 'blocked', rule: 'loopback' })
    }
    expect(receiver.connections()).toBe(0)
  })

  test('refuses a name if any of its addresses is refused', async () => {
    const receiver = await startReceiver()
    for (const addresses of [
      ['10.0.0.1'],
      ['127.0.0.1', '10.0.0.1'],
      ['::ffff:a9fe:a9fe'],
      ['127.0.0.1', '169.254.169.254'],
    ]) {
      const sender = givenSender({ resolveHost: resolving(...addresses) })
      const { outcome } = await send(sender, `http://rebinding.test:${receiver.port}/hook`)
      expect(outcome, addresses.join()).toMatchObject({ kind: 'blocked' })
    }
    expect(receiver.connections()).toBe(0)
  })

  test('connects only to the addresses it has passed, whatever the name says a moment later', async () => {
    const receiver = await startReceiver()
    const answers = [['127.0.0.1'], ['10.9.9.9']]
    const resolveHost: HostResolver = (name) => resolving(...(answers.shift() ?? ['10.9.9.9']))(name)
    const { outcome } = await send(givenSender({ resolveHost }), `http://rebinding.test:${receiver.port}/hook`)
    expect(outcome).toMatchObject({ kind: 'answered' })
    expect(answers).toHaveLength(1)
    expect(receiver.received[0]?.request.headers.host).toBe(`rebinding.test:${receiver.port}`)
  })

  test('checks where the socket ended up, before a byte is sent', async () => {
    // To connect to 0.0.0.0 is to connect to this machine: the address asked for is allowed, the one reached is not.
    const receiver = await startReceiver()
    const { outcome } = await send(givenSender({ allow: '0.0.0.0' }), `http://0.0.0.0:${receiver.port}/hook`)
    expect(outcome).toMatchObject({ kind: 'blocked', rule: 'loopback', address: '127.0.0.1' })
    expect(receiver.received).toHaveLength(0)
  })

  test('refuses plain http to what is not listed', async () => {
    const sender = givenSender({ allow: '', resolveHost: resolving('93.184.216.34') })
    const { outcome } = await send(sender, 'http://plain.test/')
    expect(outcome).toMatchObject({ kind: 'blocked', rule: 'https-required' })
    expect((outcome as { message: string }).message).toMatch(/TRIPLINE_WEBHOOK_ALLOW/)
  })

  test('lets a listed host be private', async () => {
    const receiver = await startReceiver()
    const sender = givenSender({ allow: 'ci.test', resolveHost: resolving('127.0.0.1') })
    expect((await send(sender, `http://ci.test:${receiver.port}/hook`)).outcome.kind).toBe('answered')
    expect((await send(sender, `http://cd.test:${receiver.port}/hook`)).outcome.kind).toBe('blocked')
  })

  test('takes the second address when nobody listens at the first', async () => {
    const receiver = await startReceiver()
    const sender = givenSender({ resolveHost: resolving('127.0.0.9', '127.0.0.1') })
    expect((await send(sender, `http://two.test:${receiver.port}/hook`)).outcome.kind).toBe('answered')
  })
})

describe('a stop', () => {
  test('interrupts what is under way, and what would begin after it', async () => {
    const receiver = await startTcpReceiver(() => {})
    const sender = givenSender()
    const sends = Array.from({ length: 5 }, () => send(sender, receiver.url))
    await expect.poll(() => receiver.sockets.size).toBe(5)
    await Promise.all([sender.close(), sender.close()])
    for (const { outcome } of await Promise.all(sends)) expect(outcome).toEqual({ kind: 'interrupted' })
    expect((await send(sender, receiver.url)).outcome).toEqual({ kind: 'interrupted' })
    await expect.poll(() => receiver.sockets.size).toBe(0)
  })

  test('by a signal interrupts the requests that carry it, and no other', async () => {
    const release: (() => void)[] = []
    const receiver = await startReceiver((_, response) => release.push(() => response.end()))
    const sender = givenSender()
    const cutOff = new AbortController()
    const ours = Array.from({ length: 20 }, () => send(sender, receiver.url, { signal: cutOff.signal }))
    const others = send(sender, receiver.url, { signal: new AbortController().signal })
    await expect.poll(() => release.length).toBe(21)
    cutOff.abort()
    for (const { outcome } of await Promise.all(ours)) expect(outcome).toEqual({ kind: 'interrupted' })
    for (const answer of release) answer()
    expect((await others).outcome.kind).toBe('answered')
    expect((await send(sender, receiver.url, { signal: cutOff.signal })).outcome).toEqual({ kind: 'interrupted' })
  })

  test('interrupts an attempt that is still looking up its host', async () => {
    const sender = givenSender({ resolveHost: () => new Promise(() => {}) })
    const sending = send(sender, 'https://silent.test/')
    await sender.close()
    expect((await sending).outcome).toEqual({ kind: 'interrupted' })
  })
})

describe('TLS', () => {
  const authorities = getCACertificates('default')
  let certificates: Certificates

  beforeAll(() => {
    certificates = makeCertificates('receiver.test')
    setDefaultCACertificates([...authorities, certificates.pem('ca')])
  })

  afterAll(() => {
    setDefaultCACertificates(authorities)
    certificates.remove()
  })

  async function startTlsReceiver(name: CertificateName) {
    let connections = 0
    const server = createHttpsServer(certificates.server(name), (_, res) => res.end('ok'))
    server.on('secureConnection', () => {
      connections += 1
    })
    const { port } = await listen(server)
    return { port, url: `https://receiver.test:${port}/hook`, connections: () => connections }
  }

  const givenTlsSender = (options: SenderOptions = {}) =>
    givenSender({ resolveHost: resolving('127.0.0.1'), ...options })

  test('with a trusted certificate sends, and its connection is used again', async () => {
    const receiver = await startTlsReceiver('good')
    const sender = givenTlsSender()
    const first = await send(sender, receiver.url)
    expect(first.outcome).toMatchObject({ kind: 'answered', status: 200 })
    expect(first.timing.tlsMs).toBeGreaterThanOrEqual(0)
    const second = await send(sender, receiver.url)
    expect(second.timing).toMatchObject({ isReused: true, tlsMs: null })
    expect(receiver.connections()).toBe(1)
  })

  test.each<[CertificateName, string]>([
    ['self', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['expired', 'CERT_HAS_EXPIRED'],
  ])('with a certificate that is not trusted (%s) does not send', async (name, code) => {
    const receiver = await startTlsReceiver(name)
    const { outcome } = await send(givenTlsSender(), receiver.url)
    expect(outcome).toEqual({ kind: 'unreachable', reason: 'tls-certificate', code })
  })

  test('with a certificate for another name does not send', async () => {
    const receiver = await startTlsReceiver('good')
    for (const host of ['other.test', '127.0.0.1']) {
      const { outcome } = await send(givenTlsSender(), receiver.url.replace('receiver.test', host))
      expect(outcome, host).toEqual({ kind: 'unreachable', reason: 'tls-name', code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    }
  })

  test('is checked also where the environment says not to', async () => {
    const receiver = await startTlsReceiver('self')
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    try {
      expect((await send(givenTlsSender(), receiver.url)).outcome).toMatchObject({ reason: 'tls-certificate' })
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    }
  })

  test('that a plain receiver does not speak fails as TLS', async () => {
    const receiver = await startTcpReceiver((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const { outcome } = await send(givenTlsSender(), `https://receiver.test:${receiver.port}/`)
    expect(outcome).toMatchObject({ kind: 'unreachable', reason: 'tls-failed' })
  })

  test('that never gets anywhere times out, in its own phase', async () => {
    const receiver = await startTcpReceiver(() => {})
    const sender = givenTlsSender({ timeoutMs: 150 })
    const { outcome, timing } = await send(sender, `https://receiver.test:${receiver.port}/`)
    expect(outcome).toEqual({ kind: 'timed-out', phase: 'tls', afterMs: 150 })
    expect(timing.connectMs).not.toBeNull()
    expect(timing.tlsMs).toBeNull()
    await expect.poll(() => receiver.sockets.size).toBe(0)
  })

  test('is not begun with an address the policy refuses', async () => {
    let bytes = 0
    const receiver = await startTcpReceiver((_, data) => {
      bytes += data.length
    })
    const { outcome } = await send(
      givenTlsSender({ allow: '0.0.0.0', resolveHost: resolving('0.0.0.0') }),
      `https://x.test:${receiver.port}/`,
    )
    expect(outcome).toMatchObject({ kind: 'blocked', rule: 'loopback' })
    await expect.poll(() => receiver.sockets.size).toBe(0)
    expect(bytes).toBe(0)
  })
})
