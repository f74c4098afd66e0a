import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { createApp } from './app.ts'
import { answerClientError } from './problem.ts'
import type { RestApp } from './rest.ts'

const MIB = 1024 * 1024

let app: RestApp
let port: number

beforeAll(async () => {
  app = createApp(pino({ level: 'silent' }))
  app.post('/echo', async (request, reply) => reply.send({ body: request.body ?? 'nothing' }))
  app.post('/name', { schema: { body: z.strictObject({ name: z.string() }) } }, async () => ({}))
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
})
afterAll(async () => {
  app.server.closeAllConnections()
  await app.close()
})

const JSON_HEAD = 'Host: x\r\nContent-Type: application/json\r\n'

/** What comes back on one connection for what `send` writes to it. */
async function exchange(send: (socket: ReturnType<typeof connect>) => unknown): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk
  })
  await once(socket, 'connect')
  await send(socket)
  await once(socket, 'close')
  return answer
}

const problemIn = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))

async function echo(body: string | Buffer): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`http://127.0.0.1:${port}/echo`, { method: 'POST', headers, body })
  return response.json()
}

describe('a JSON body', () => {
  test('is taken in every form JSON has', async () => {
    for (const value of [{}, [], null, 0, '', 'ß 😀 \u2028', { a: [{ b: { c: [1, 2.5, -0.1e-5] } }] }, { '': 1 }]) {
      expect(await echo(JSON.stringify(value))).toEqual({ body: value ?? 'nothing' })
    }
    expect(await echo('\ufeff {"a" : "\\ud83d\\ude00 \\u00df \\" ]}[{ \\\\"} ')).toEqual({
      body: { a: '😀 ß " ]}[{ \\' },
    })
    expect(await echo(`${'['.repeat(100)}${']'.repeat(100)}`)).toHaveProperty('body')
    expect(await echo(`{"a":"${'['.repeat(5_000)}"}`)).toHaveProperty('body')
    expect(await echo(`[${'[],'.repeat(5_000)}[]]`)).toHaveProperty('body')
  })

  test('may be missing, whatever its type', async () => {
    expect(await echo('')).toEqual({ body: 'nothing' })
  })

  test('says where in it the mistake is, and nothing of what stands there', async () => {
    const refusal = async (body: string) => ((await echo(body)) as { code: string; detail: string }).detail
    expect(await refusal('{"value":"my secret",}')).toBe('The body is not valid JSON at position 21 (line 1 column 22)')
    expect(await refusal('{"value": my secret}')).toBe('The body is not valid JSON')
    expect(await echo('{"a":{"b/c":["x","\\u0000"]}}')).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: '/a/b~1c/1', message: 'must be well-formed text without NUL characters' }],
    })
    expect(await echo('{"a":{"\\ud800":1}}')).toMatchObject({ errors: [{ path: '/a' }] })
    expect(await echo('{"a":[{"__proto__":{}}]}')).toMatchObject({ errors: [{ path: '/a/0' }] })
  })

  test('names at most twenty wrong fields, and none at length', async () => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(
      Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`${'x'.repeat(5_000)}${n}`, n])),
    )
    const response = await fetch(`http://127.0.0.1:${port}/name`, { method: 'POST', headers, body })
    const text = await response.text()
    expect(text.length).toBeLessThan(10_000)
    const { detail, errors } = JSON.parse(text)
    expect(errors).toHaveLength(20)
    expect(detail).toMatch(/^\/name: .*\(and 500 more\)$/)
  })

  test('of more than the path takes is refused, announced or not, also to who sends all of it before listening', async () => {
    const large = `"${'x'.repeat(5 * MIB)}"`
    const announced = await exchange((socket) => {
      socket.write(`POST /echo HTTP/1.1\r\n${JSON_HEAD}Content-Length: ${large.length}\r\n\r\n${large}`)
    })
    const chunked = await exchange((socket) => {
      socket.write(`POST /echo HTTP/1.1\r\n${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n`)
      socket.write(`${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`)
    })
    for (const answer of [announced, chunked]) {
      expect(problemIn(answer)).toMatchObject({ status: 413, code: 'body_too_large' })
      expect(answer).toMatch(/connection: close/i)
    }
  })

  test('that stops arriving is given up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const read = vi.fn()
    app.server.once('request', (request) => request.on('data', read))
    const answer = await exchange(async (socket) => {
      socket.write(`POST /echo HTTP/1.1\r\n${JSON_HEAD}Content-Length: 10\r\n\r\n"x`)
      while (read.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
      vi.advanceTimersByTime(29_000)
      socket.write('y')
      while (read.mock.calls.length === 1) await new Promise((resolve) => setImmediate(resolve))
      const answered = vi.fn()
      socket.on('data', answered)
      vi.advanceTimersByTime(29_000)
      for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
      expect(answered).not.toHaveBeenCalled()
      // The answer comes; its connection is then left to who may still send.
      vi.advanceTimersByTime(2_000)
      await once(socket, 'data')
      vi.advanceTimersByTime(30_000)
    })
    expect(problemIn(answer)).toMatchObject({ status: 408, code: 'upload_stalled' })
  })
})

test('a head that does not arrive in time is answered as a problem', async () => {
  const server = createServer((socket) => {
    answerClientError(Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }) as never, socket)
  })
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [answer] = await once(socket.setEncoding('utf8'), 'data')
  expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/)
  expect(problemIn(answer)).toMatchObject({ status: 408, code: 'request_timeout' })
})
