/** A webhook receiver of its own process: reads each request and answers 204. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { offer } from './processes.ts'

let answerMs = 0
let count = 0
let last = { body: '', headers: {} as Record<string, unknown> }
let arrival: PromiseWithResolvers<void> | undefined
let expected = 0

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    count += 1
    if (count >= expected) {
      last = { body: Buffer.concat(chunks).toString(), headers: request.headers }
      arrival?.resolve()
    }
    if (answerMs === 0) response.writeHead(204).end()
    else setTimeout(() => response.writeHead(204).end(), answerMs)
  })
})
server.keepAliveTimeout = 60_000
await once(server.listen(0, '127.0.0.1'), 'listening')

const actions = {
  url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
  /** How long it takes to answer from now on. */
  answerAfter(ms: number) {
    answerMs = ms
  },
  /** Requests since the last reset. */
  received: () => count,
  reset() {
    count = 0
  },
  /** Counts from nought again, and resolves to the last request once `total` have arrived. */
  async receive(total: number) {
    count = 0
    expected = total
    arrival = Promise.withResolvers()
    await arrival.promise
    return last
  },
}
export type ReceiverActions = typeof actions
offer(actions)
