import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'

export type RawAnswer = { status: number; headers: Record<string, string | string[] | undefined>; text: string }

/** A client that sends what it is told to: paths are not normalized, bodies may be any bytes. */
export function createRawClient(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const { hostname, port } = new URL(url)
  return {
    send(request: {
      method: string
      path: string
      headers?: Record<string, string>
      body?: string | Buffer | undefined
    }): Promise<RawAnswer> {
      const { method, path, body } = request
      const headers = {
        ...request.headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      }
      return new Promise((resolve, reject) => {
        const sent = httpRequest({ agent, hostname, port, method, path, headers }, async (response) => {
          const chunks: Buffer[] = []
          try {
            for await (const chunk of response) chunks.push(chunk as Buffer)
          } catch (error) {
            reject(error)
            return
          }
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
        })
        sent.on('error', reject)
        sent.end(body)
      })
    },
    close: () => agent.destroy(),
  }
}

/** The bytes that come back for these bytes, until the server closes or says nothing more for `idleMs`. */
export function exchangeBytes(url: string, bytes: string | Buffer, idleMs = 1_000): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    const chunks: Buffer[] = []
    const done = () => resolve(Buffer.concat(chunks).toString('latin1'))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('close', done)
    socket.on('error', (error) => (chunks.length > 0 ? done() : reject(error)))
    socket.setTimeout(idleMs, () => {
      done()
      socket.destroy()
    })
    socket.write(bytes)
  })
}
