import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A GraphQL request as a client sent it. */
export type RecordedOperation = { query: string; operationName?: string; variables?: Record<string, unknown> }

/**
 * Stands between a client and a server, passes everything on as it is, and keeps the GraphQL requests. So tests can ask
 * what clients really send without keeping a copy of it.
 */
export async function startRecordingProxy(
  target: string,
): Promise<{ url: string; operations: RecordedOperation[]; [Symbol.asyncDispose](): Promise<void> }> {
  const operations: RecordedOperation[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    if (request.url === '/graphql') operations.push(JSON.parse(body.toString('utf8')))
    const { host, ...headers } = request.headers
    const onward = httpRequest(new URL(request.url ?? '/', target), { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    onward.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    operations,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
