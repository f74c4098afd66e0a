import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** How long a refused client may go on sending: in all, and without a byte. The figures of nginx's lingering close. */
const LINGER_MS_MAX = 30_000
const LINGER_IDLE_MS_MAX = 5_000

/**
 * A hook `onSend`: who is refused while still sending gets the answer at once, and the end of it only after having
 * stopped sending. Closing earlier would reset the connection, and a client that writes before it listens would see that
 * instead of the answer.
 */
export async function lingerAfterRefusal(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  const { raw } = request
  if (reply.statusCode < 400 || raw.complete || raw.destroyed || !announcesBody(raw)) return payload
  const answer = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : ''
  reply.header('connection', 'close')
  reply.header('content-length', Buffer.byteLength(answer))
  return Readable.from(answerThenDrain(answer, raw), { objectMode: false })
}

function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

async function* answerThenDrain(answer: string | Buffer, request: IncomingMessage): AsyncGenerator<string | Buffer> {
  if (answer.length > 0) yield answer
  await drain(request)
}

function drain(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(total)
      clearTimeout(idle)
      resolve()
    }
    const total = setTimeout(done, LINGER_MS_MAX)
    const idle = setTimeout(done, LINGER_IDLE_MS_MAX)
    for (const event of ['end', 'error', 'close']) request.on(event, done)
    request.on('data', (chunk: Buffer) => {
      idle.refresh()
      freeMemory(chunk)
    })
    request.resume()
    if (request.readableEnded || request.destroyed) done()
  })
}

/**
 * Lets go of the memory of a chunk of a body, which nobody may use any more. Waiting for the garbage collector would let
 * a few fast uploads grow the process by tens of megabytes.
 */
export function freeMemory(chunk: Buffer): void {
  // Node gives each chunk of a body memory of its own; one that shares its memory with others is left alone.
  if (chunk.byteOffset === 0 && chunk.buffer.byteLength === chunk.length && chunk.buffer instanceof ArrayBuffer) {
    chunk.buffer.transfer(0)
  }
}
