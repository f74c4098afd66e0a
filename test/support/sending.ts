/** A sender of requests and receivers for it, for tests that look at what comes of one request. */
import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach } from 'vitest'
import type { AnsweredOutcome, AttemptOutcome } from '../../src/deliveries/outcome.ts'
import { createSender, type Sender } from '../../src/deliveries/send.ts'
import { createHostResolver, type HostResolver } from '../../src/runtime/resolve-host.ts'
import { parseAddressPolicy } from '../../src/webhooks/address-policy.ts'
import { parseTarget } from '../../src/webhooks/webhook-url.ts'

export const BODY = Buffer.from('{"alias":"production"}')
const LOOPBACK = '127.0.0.0/8 ::1'

/** What is closed after each test, the last first. */
export const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

export type SenderOptions = Partial<Omit<Parameters<typeof createSender>[0], 'policy'>> & { allow?: string }

export function givenSender({ allow = LOOPBACK, ...options }: SenderOptions = {}): Sender {
  const sender = createSender({
    policy: parseAddressPolicy(allow),
    resolveHost: createHostResolver(),
    timeoutMs: 20_000,
    ...options,
  })
  opened.push(sender)
  return sender
}

export async function listen(server: ReturnType<typeof createTcpServer>, host = '127.0.0.1') {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  opened.push({
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    },
  })
  return { port, url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/hook`, sockets }
}

export type Received = { request: IncomingMessage; body: Buffer }

/** A receiver that keeps what it gets and answers as it is told. */
export async function startHttpReceiver(
  answer: (...args: [...Parameters<RequestListener>, Received[]]) => void = (_, res) => res.end('ok'),
) {
  const received: Received[] = []
  let connections = 0
  const server = createHttpServer({ keepAliveTimeout: 20_000 }, async (request, response) => {
    response.on('error', () => {})
    received.push({ request, body: await buffer(request).catch(() => Buffer.alloc(0)) })
    answer(request, response, received)
  })
  server.on('connection', () => {
    connections += 1
  })
  return { ...(await listen(server)), received, connections: () => connections }
}

/** A receiver below HTTP: `speak` has the socket once the request has begun to arrive. */
export async function startTcpReceiver(speak: (socket: Socket, data: Buffer) => void) {
  return listen(createTcpServer((socket) => socket.once('data', (data) => speak(socket, data))))
}

export function send(
  sender: Sender,
  url: string,
  extra: { headers?: Record<string, string>; signal?: AbortSignal } = {},
) {
  return sender.send({
    target: parseTarget(url),
    headers: { 'content-type': 'application/json', ...extra.headers },
    body: BODY,
    signal: extra.signal,
  })
}

export function answered(outcome: AttemptOutcome): AnsweredOutcome {
  if (outcome.kind !== 'answered') throw new Error(`not answered: ${JSON.stringify(outcome)}`)
  return outcome
}

/** A name service that knows one answer, whatever it is asked. */
export const resolving =
  (...addresses: string[]): HostResolver =>
  () =>
    Promise.resolve({
      kind: 'found',
      addresses: addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    })
