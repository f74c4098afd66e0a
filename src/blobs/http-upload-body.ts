import type { IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { Refusal } from '../refusal.ts'

/**
 * What one upload may take before other work gets its turn. Without a bound, eight fast ones were seen to take 3 MiB, and
 * the time to hash that, in one turn of the event loop; with it a third, at no cost in speed.
 */
const BYTES_A_TURN = 128 * 1024

/**
 * The body of a request, chunk by chunk, at the reader's pace. The memory of a chunk is gone once the next is asked for:
 * waiting for the garbage collector would let eight uploads grow the process by 90 MB instead of 20.
 *
 * Unlike iterating the request itself, a reader that stops early leaves the connection open, so that it can still be
 * told why.
 *
 * - `stallMs`: how long the client may send nothing while we wait for it. Waiting for our disk does not count.
 *
 * @throws Refusal `upload_truncated` (the connection ended first) | `upload_stalled`
 */
export async function* uploadBody(request: IncomingMessage, stallMs: number): AsyncGenerator<Uint8Array, void, void> {
  let bytesThisTurn = 0
  let isStalled = false
  let wake = () => {}
  const onEvent = () => wake()
  const stall = setTimeout(() => {
    isStalled = true
    wake()
  }, stallMs)
  for (const event of EVENTS) request.on(event, onEvent)

  try {
    for (;;) {
      const chunk = request.read() as Buffer | null
      if (chunk !== null) {
        yield chunk
        bytesThisTurn += chunk.length
        freeMemory(chunk)
        if (bytesThisTurn >= BYTES_A_TURN) {
          await setImmediate()
          bytesThisTurn = 0
        }
        continue
      }
      if (request.readableEnded) return
      if (request.destroyed) {
        throw new Refusal('upload_truncated', 'The connection ended before all of the announced bytes arrived')
      }
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      isStalled = false
      stall.refresh()
      await woken
      if (isStalled) {
        throw new Refusal('upload_stalled', `No byte arrived for ${Math.round(stallMs / 1_000)} s. Upload it again.`)
      }
    }
  } finally {
    clearTimeout(stall)
    for (const event of EVENTS) request.off(event, onEvent)
  }
}

/** `error` is among them so that it is not an unhandled one; what it means is read off the request. */
const EVENTS = ['readable', 'end', 'error', 'close'] as const

/** Node gives each chunk of a body memory of its own; one that shares its memory with others is left alone. */
function freeMemory(chunk: Buffer): void {
  if (chunk.byteOffset === 0 && chunk.buffer.byteLength === chunk.length && chunk.buffer instanceof ArrayBuffer) {
    chunk.buffer.transfer(0)
  }
}

/** How long a refused client may go on sending: in all, and without a byte. The figures of nginx's lingering close. */
const LINGER_MS_MAX = 30_000
const LINGER_IDLE_MS_MAX = 5_000

/**
 * The answer at once, and its end only when the client has stopped sending. Closing earlier would reset the connection,
 * and a client that is still writing would see that instead of the answer.
 *
 * The answer's length must be announced, and its connection closed after it.
 */
export async function* answerThenDrain(
  answer: string | Buffer,
  request: IncomingMessage,
): AsyncGenerator<string | Buffer> {
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
