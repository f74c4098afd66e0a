import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export type ReceivedRequest = {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
  receivedAt: number
}

type Answer =
  | number
  | { status: number; headers?: Record<string, string>; body?: string | Buffer; delayMs?: number }
  | 'hang'
  | 'reset'

/** A function answers by what came, and as late as it likes. */
export type ReceiverAnswer = Answer | ((request: ReceivedRequest) => Answer | Promise<Answer>)

/**
 * A real webhook receiver on loopback. It gives the answers in turn and the last one for ever; 204 if there are none.
 */
export async function startReceiver(...answers: ReceiverAnswer[]) {
  const received: ReceivedRequest[] = []
  const waiters: { count: number; resolve(): void }[] = []
  let open = 0
  let openMax = 0
  const server = createServer(async (request, response) => {
    open += 1
    openMax = Math.max(openMax, open)
    response.on('close', () => {
      open -= 1
    })
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const arrived: ReceivedRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      receivedAt: Date.now(),
    }
    received.push(arrived)
    for (const waiter of waiters) if (received.length >= waiter.count) waiter.resolve()
    const given = answers[Math.min(received.length, answers.length) - 1] ?? 204
    const answer = typeof given === 'function' ? await given(arrived) : given
    if (answer === 'hang') return
    if (answer === 'reset') {
      request.socket.resetAndDestroy()
      return
    }
    const { status, headers, body, delayMs } =
      typeof answer === 'number' ? ({ status: answer } as Exclude<Answer, number | string>) : answer
    if (delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, delayMs))
    response.writeHead(status, headers).end(body)
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    /** The most requests that were open at once. */
    openMax: () => openMax,
    /** Resolves when `count` requests have arrived in all. */
    async waitFor(count: number, timeoutMs = 20_000): Promise<ReceivedRequest[]> {
      if (received.length < count) {
        let timer: NodeJS.Timeout | undefined
        await new Promise<void>((resolve, reject) => {
          timer = setTimeout(
            () => reject(new Error(`The receiver got ${received.length} of ${count} requests in ${timeoutMs} ms`)),
            timeoutMs,
          )
          waiters.push({ count, resolve })
        }).finally(() => clearTimeout(timer))
      }
      return received
    },
    /** Answer differently from now on. */
    answerWith(...next: ReceiverAnswer[]) {
      answers.splice(0, answers.length, ...Array.from<ReceiverAnswer>({ length: received.length }).fill(204), ...next)
    },
    async stop() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
    async [Symbol.asyncDispose]() {
      await this.stop()
    },
  }
}
