/**
 * Receivers that mean harm, or are as broken as if they did: each tried over real sockets.
 *
 * What must hold of every one: the attempt ends in time and with the right outcome, memory stays bounded, requests to
 * others go on as if nothing were, and no socket and no timer is left.
 */
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { setTimeout as setTimeoutOf } from 'node:timers/promises'
import { getCACertificates } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ANSWER_BODY_BYTES_MAX, type AttemptOutcome } from '../src/deliveries/outcome.ts'
import { judgeAttempt } from '../src/deliveries/verdict.ts'
import { createHostResolver, type HostResolver } from '../src/runtime/resolve-host.ts'
import { makeCertificates } from './support/certificates.ts'
import { fire, givenPipeline, inState } from './support/given-deliveries.ts'
import { startNameServer } from './support/name-server.ts'
import { startReceiver } from './support/receiver.ts'
import {
  answered,
  givenSender,
  listen,
  opened,
  resolving,
  send,
  startHttpReceiver,
  startTcpReceiver,
} from './support/sending.ts'
import { forEachEngine, startTestServer } from './support/server.ts'

const MIB = 1024 * 1024
const TIMEOUT_MS = 2_000
const BODY_TIMEOUT_MS = 500
const PIECE = Buffer.alloc(64 * 1024, 'x')
const OK = 'HTTP/1.1 200 OK\r\n'
const WHOLE = `${OK}content-length: 2\r\n\r\nok`

/** One byte of `text` after another, and then the last for ever. */
function drip(socket: Socket, text: string, everyMs = 15): void {
  let at = 0
  const timer = setInterval(() => socket.write(text[Math.min(at++, text.length - 1)]!), everyMs)
  socket.on('close', () => clearInterval(timer))
}

/** As much as the socket takes, for ever. */
function pour(socket: Socket, piece: Buffer | string): void {
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  }
  socket.on('drain', more)
  more()
}

/** A few kilobytes that are 256 MiB of zeros, compressed twice over. */
const BOMB = gzipSync(gzipSync(Buffer.alloc(256 * MIB), { level: 1 }))

type Hostile = { name: string; speak(socket: Socket, data: Buffer): void; outcome: object }

const cut = (bodyCutBy: string, status = 200) => ({ kind: 'answered', status, isBodyCut: true, bodyCutBy })
const whole = (status = 200) => ({ kind: 'answered', status, isBodyCut: false })
const broken = (reason: string) => ({ kind: 'unreachable', reason })

const HOSTILE: Hostile[] = [
  {
    name: 'drips its head a byte at a time',
    speak: (socket) => drip(socket, `${OK}x: `),
    outcome: { kind: 'timed-out', phase: 'answer', afterMs: TIMEOUT_MS },
  },
  {
    name: 'drips its body a byte at a time',
    speak(socket) {
      socket.write(`${OK}content-length: 100000\r\n\r\n`)
      drip(socket, '.')
    },
    outcome: cut('time'),
  },
  {
    name: 'refuses, and never ends saying why',
    speak(socket) {
      socket.write('HTTP/1.1 422 No\r\n\r\n')
      drip(socket, 'because')
    },
    outcome: cut('time', 422),
  },
  {
    name: 'never ends: an answer until the connection closes',
    speak: (s) => s.write(`${OK}\r\n`),
    outcome: cut('time'),
  },
  {
    name: 'never ends: chunk after chunk',
    speak(socket) {
      socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`)
      pour(socket, Buffer.concat([Buffer.from('10000\r\n'), PIECE, Buffer.from('\r\n')]))
    },
    outcome: cut('size'),
  },
  {
    name: 'answers 1 GB',
    speak(socket) {
      socket.write(`${OK}content-length: ${1024 * MIB}\r\n\r\n`)
      pour(socket, PIECE)
    },
    outcome: cut('size'),
  },
  {
    name: 'answers a gzip bomb',
    speak: (socket) =>
      socket.write(
        Buffer.concat([Buffer.from(`${OK}content-encoding: gzip\r\ncontent-length: ${BOMB.length}\r\n\r\n`), BOMB]),
      ),
    outcome: { ...whole(), body: BOMB },
  },
  {
    name: 'says "100 Continue" before its answer',
    speak: (socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${WHOLE}`),
    outcome: whole(),
  },
  {
    name: 'says "100 Continue" three times, with headers, and early hints before its answer, a byte at a time',
    speak(socket) {
      const interim =
        'HTTP/1.0 100 Continue\r\n\r\nHTTP/1.1 100\r\nx: y\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 H\r\na: b\r\n\r\n'
      drip(socket, `${interim}${WHOLE}`, 1)
    },
    outcome: whole(),
  },
  {
    name: 'says "100 Continue" for ever',
    speak: (socket) => pour(socket, 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000)),
    outcome: { kind: 'timed-out', phase: 'answer' },
  },
  {
    name: 'says "100 Continue" with headers that never end',
    speak(socket) {
      socket.write('HTTP/1.1 100 Continue\r\n')
      pour(socket, `x: ${'y'.repeat(1_000)}\r\n`)
    },
    outcome: broken('headers-too-large'),
  },
  { name: 'says half of "100 Continue" and closes', speak: (s) => s.end('HTTP/1.1 100 Co'), outcome: broken('closed') },
  { name: 'closes before it answers', speak: (socket) => socket.end(), outcome: broken('closed') },
  { name: 'closes within its head', speak: (socket) => socket.end(`${OK}content-le`), outcome: broken('closed') },
  {
    name: 'closes within a body whose length is known',
    speak: (socket) => socket.end(`${OK}content-length: 50\r\n\r\nhalf`),
    outcome: { ...cut('connection'), body: Buffer.from('half') },
  },
  {
    name: 'closes within a body of chunks',
    speak: (socket) => socket.end(`HTTP/1.1 503 No\r\ntransfer-encoding: chunked\r\n\r\n32\r\nhalf`),
    outcome: { ...cut('connection', 503), body: Buffer.from('half') },
  },
  {
    name: 'writes chunks that are none',
    speak: (socket) => socket.write(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n`),
    outcome: cut('connection'),
  },
  {
    name: 'resets the connection after its whole answer',
    speak: (socket) => socket.write(WHOLE, () => setTimeout(() => socket.resetAndDestroy(), 20)),
    outcome: whole(),
  },
  {
    name: 'resets the connection within its body',
    speak: (socket) =>
      socket.write(`${OK}content-length: 50\r\n\r\nhalf`, () => setTimeout(() => socket.resetAndDestroy(), 20)),
    outcome: cut('connection'),
  },
  {
    name: 'resets the connection before it answers',
    speak: (socket) => socket.resetAndDestroy(),
    outcome: broken('reset'),
  },
  {
    name: 'redirects to the metadata of the cloud',
    speak: (socket) =>
      socket.write(
        'HTTP/1.1 307 Go\r\nlocation: http://169.254.169.254/latest/meta-data/iam/\r\ncontent-length: 0\r\n\r\n',
      ),
    outcome: whole(307),
  },
  {
    name: 'sends one header of 1 MB',
    speak: (socket) => pour(socket, `${OK}x: ${'h'.repeat(MIB)}`),
    outcome: broken('headers-too-large'),
  },
  {
    name: 'sends headers without end',
    speak(socket) {
      socket.write(OK)
      pour(socket, `a: ${'b'.repeat(100)}\r\n`.repeat(100))
    },
    outcome: broken('headers-too-large'),
  },
  {
    name: 'sends as many headers as fit, and then more',
    speak: (socket) => pour(socket, `${OK}${'a:\r\n'.repeat(20_000)}`),
    outcome: broken('headers-too-large'),
  },
  {
    name: 'ends its lines in its own way',
    speak: (socket) => socket.write('HTTP/1.1 200 OK\na: b\n\nok'),
    outcome: broken('not-http'),
  },
  {
    name: 'keeps the connection open and falls silent',
    speak: () => {},
    outcome: { kind: 'timed-out', phase: 'answer', afterMs: TIMEOUT_MS },
  },
]

function memoryBytes(): number {
  const { heapUsed, arrayBuffers, external } = process.memoryUsage()
  return heapUsed + Math.max(arrayBuffers, external)
}

const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length

describe('a receiver that', () => {
  test.each(HOSTILE)('$name harms only its own attempt', async ({ speak, outcome: expected }) => {
    const hostile = await startTcpReceiver(speak)
    const friendly = await startHttpReceiver()
    const sender = givenSender({ timeoutMs: TIMEOUT_MS, bodyTimeoutMs: BODY_TIMEOUT_MS })
    await send(sender, friendly.url)
    const memoryBefore = memoryBytes()
    const timersBefore = timers()
    let memoryMax = 0
    const watch = setInterval(() => {
      memoryMax = Math.max(memoryMax, memoryBytes())
    }, 5)

    const attempts = Array.from({ length: 20 }, () => send(sender, hostile.url))
    let isOver = false
    const all = Promise.all(attempts).finally(() => {
      isOver = true
    })
    const slowestMs: number[] = []
    do {
      const { outcome, timing } = await send(sender, friendly.url)
      expect(outcome).toMatchObject(whole())
      slowestMs.push(timing.totalMs)
    } while (!isOver)

    for (const { outcome, timing } of await all) {
      expect(outcome).toMatchObject(expected)
      if (outcome.kind === 'answered') expect(outcome.body.length).toBeLessThanOrEqual(ANSWER_BODY_BYTES_MAX)
      expect(timing.totalMs).toBeLessThan(TIMEOUT_MS + 1_500)
    }
    clearInterval(watch)
    expect(Math.max(...slowestMs)).toBeLessThan(TIMEOUT_MS)
    // 20 answers of 64 KiB, what the sockets of both ends hold, and what awaits the garbage collector.
    expect(memoryMax - memoryBefore).toBeLessThan(96 * MIB)

    await sender.close()
    await expect.poll(() => hostile.sockets.size).toBe(0)
    await expect.poll(() => timers() - timersBefore).toBeLessThanOrEqual(1)
  })

  test('answers twice to one request leaves nothing for the next', async () => {
    let count = 0
    const receiver = await startTcpReceiver((socket) => {
      const answer = (text: string) => `${OK}content-length: ${text.length}\r\n\r\n${text}`
      count += 1
      socket.write(answer(`mine ${count}`) + answer('for whoever comes next'))
    })
    const sender = givenSender()
    for (const number of [1, 2, 3]) {
      expect(answered((await send(sender, receiver.url)).outcome).body.toString()).toBe(`mine ${number}`)
    }
  })

  test('answered once and then falls silent on the connection it kept ends the next attempt in time', async () => {
    let requests = 0
    const receiver = await startHttpReceiver((_, response) => {
      requests += 1
      if (requests === 1) response.end('ok')
    })
    const sender = givenSender({ timeoutMs: TIMEOUT_MS })
    expect((await send(sender, receiver.url)).outcome).toMatchObject(whole())
    const { outcome, timing } = await send(sender, receiver.url)
    expect(outcome).toEqual({ kind: 'timed-out', phase: 'answer', afterMs: TIMEOUT_MS })
    expect(timing.isReused).toBe(true)
    await expect.poll(() => receiver.sockets.size).toBe(0)
  })

  test('keeps its connection open for ever has it closed after a few seconds without a request', async () => {
    const receiver = await startTcpReceiver((socket) => socket.write(WHOLE))
    expect((await send(givenSender(), receiver.url)).outcome).toMatchObject(whole())
    expect(receiver.sockets.size).toBe(1)
    await expect.poll(() => receiver.sockets.size, { timeout: 8_000 }).toBe(0)
  })

  test('says "100 Continue" before every answer keeps its connection', async () => {
    let connections = 0
    const receiver = await startTcpReceiver((socket) => {
      connections += 1
      socket.on('data', () => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${WHOLE}`))
      socket.write(`HTTP/1.1 100 Continue\r\n\r\n${WHOLE}`)
    })
    const sender = givenSender()
    for (let count = 0; count < 5; count += 1) {
      expect((await send(sender, receiver.url)).outcome).toMatchObject({ ...whole(), body: Buffer.from('ok') })
    }
    expect(connections).toBe(1)
  })

  test('has a body that looks like "100 Continue" is read as it is', async () => {
    const text = 'HTTP/1.1 100 Continue\r\n\r\n'
    const receiver = await startTcpReceiver((socket) => {
      socket.write(`${OK}content-length: ${text.length}\r\n\r\n`)
      setTimeout(() => socket.write(text), 20)
    })
    expect(answered((await send(givenSender(), receiver.url)).outcome).body.toString()).toBe(text)
  })

  test('redirects elsewhere is not followed there, nor is its name looked up', async () => {
    const elsewhere = await startHttpReceiver()
    const asked: string[] = []
    const resolveHost: HostResolver = (name) => {
      asked.push(name)
      return resolving('127.0.0.1')(name)
    }
    const receiver = await startHttpReceiver((_, response) =>
      response.writeHead(308, { location: `http://metadata.test:${elsewhere.port}/` }).end(),
    )
    const { outcome } = await send(givenSender({ resolveHost }), `http://hook.test:${receiver.port}/`)
    expect(judge(outcome)).toMatchObject({ state: 'failed', reason: 'redirected' })
    expect(asked).toEqual(['hook.test'])
    expect(elsewhere.received).toHaveLength(0)
  })

  test('changes its DNS between the check and the connection is connected to where it was checked', async () => {
    const receiver = await startHttpReceiver()
    let answers = 0
    const nameServer = await startNameServer(() => {
      answers += 1
      // One for IPv4 and one for IPv6 make a look-up.
      return answers <= 2 ? '127.0.0.1' : '169.254.169.254'
    })
    opened.push(nameServer)
    const resolveHost = createHostResolver({ hostsFile: '/nowhere', nameServers: [nameServer.address] })
    const url = `http://rebinding.test:${receiver.port}/`
    const sender = givenSender({ resolveHost })
    expect((await send(sender, url)).outcome).toMatchObject(whole())
    expect(nameServer.asked).toEqual(['rebinding.test', 'rebinding.test'])
    // A new connection is a new check.
    const next = await send(givenSender({ resolveHost }), url)
    expect(next.outcome).toMatchObject({ kind: 'blocked', rule: 'metadata', address: '169.254.169.254' })
    expect(receiver.received).toHaveLength(1)
  })

  test('has a certificate for another name gets no request', async () => {
    const certificates = makeCertificates('receiver.test')
    opened.push({ close: certificates.remove })
    const received: string[] = []
    const server = createHttpsServer(certificates.server('good'), (request, response) => {
      received.push(request.url ?? '')
      response.end()
    })
    const { port } = await listen(server)
    expect(getCACertificates('default')).not.toContain(certificates.pem('ca'))
    const sender = givenSender({ resolveHost: resolving('127.0.0.1'), authorities: [certificates.pem('ca')] })
    const wrong = await send(sender, `https://other.test:${port}/wrong`)
    expect(wrong.outcome).toMatchObject({ kind: 'unreachable', reason: 'tls-name' })
    expect(judge(wrong.outcome).explanation).toMatch(/for another host name/)
    expect((await send(sender, `https://receiver.test:${port}/right`)).outcome).toMatchObject(whole())
    expect(received).toEqual(['/right'])
  })

  test('has answered when this server stops is not asked again', async () => {
    const receiver = await startTcpReceiver((socket) => socket.write(`${OK}content-length: 10\r\n\r\nhalf`))
    const sender = givenSender()
    const cutOff = new AbortController()
    const sending = send(sender, receiver.url, { signal: cutOff.signal })
    await expect.poll(() => [...receiver.sockets][0]?.bytesWritten).toBeGreaterThan(0)
    // The headers have left the receiver; that they have come here shows at the abort only, so it waits a moment.
    await setTimeoutOf(100)
    cutOff.abort()
    const { outcome } = await sending
    expect(outcome).toMatchObject(cut('stop'))
    expect(judge(outcome).state).toBe('succeeded')
  })
})

function judge(outcome: AttemptOutcome) {
  return judgeAttempt(outcome, {
    target: 'generic',
    attemptCount: 1,
    slowRetryCount: 0,
    claimsWithoutRequest: 0,
    jitter: 0,
  })
}

forEachEngine((engine) => {
  test('a receiver that drips a byte a second is asked once, frees its slot in 5 s, and delays nobody', async () => {
    const server = await startTestServer(engine)
    opened.push({ close: () => server[Symbol.asyncDispose]() })
    const dripping = await startTcpReceiver((socket) => {
      socket.write(`${OK}content-length: 100000\r\n\r\n`)
      drip(socket, '.', 1_000)
    })
    const friendly = await startReceiver(200)
    opened.push({ close: friendly.stop })
    const bad = await givenPipeline(server, dripping.url)
    const good = await givenPipeline(server, friendly.url)

    const slow = await fire(server, bad)
    await expect.poll(() => dripping.sockets.size, { timeout: 10_000 }).toBe(1)
    const startedAt = performance.now()
    const quick = await fire(server, good)
    await inState(server, quick, 'succeeded', 1)
    expect(performance.now() - startedAt).toBeLessThan(4_000)

    const [attempt] = (await inState(server, slow, 'succeeded', 1)).history
    expect(attempt).toMatchObject({ verdict: 'succeeded', status: 200, response: { bodyCut: true } })
    expect(attempt.explanation).toContain('Its body was not complete after 5 s')
    expect(attempt.timing.totalMs).toBeGreaterThanOrEqual(5_000)
    expect(attempt.timing.totalMs).toBeLessThan(10_000)
    await expect.poll(() => dripping.sockets.size).toBe(0)
  })
})
