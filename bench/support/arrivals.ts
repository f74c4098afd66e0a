import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const ARRIVAL_TIMEOUT_MS = 20_000

/** A receiver that notes when the first byte of each request came, by its path and the version in its body. */
export async function startArrivals() {
  const waiting = new Map<string, ((atNs: bigint) => void)[]>()
  const server = createServer((request, response) => {
    const atNs = process.hrtime.bigint()
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.writeHead(204).end()
      const { client_payload } = JSON.parse(Buffer.concat(chunks).toString())
      waiting.get(`${request.url} ${client_payload.version}`)?.shift()?.(atNs)
    })
  })
  server.keepAliveTimeout = 60_000
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** When the next such request came that nobody waits for yet, by the clock that all processes share. */
    async next(what: string): Promise<bigint> {
      const { promise, resolve, reject } = Promise.withResolvers<bigint>()
      const queue = waiting.get(what) ?? []
      waiting.set(what, queue)
      queue.push(resolve)
      const late = setTimeout(() => reject(new Error(`nothing arrived at ${what}`)), ARRIVAL_TIMEOUT_MS)
      return promise.finally(() => clearTimeout(late))
    },
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
