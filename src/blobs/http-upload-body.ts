import type { IncomingMessage } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { freeMemory } from '../http/lingering.ts'
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

/** All of a body that is known to be small. */
export async function wholeBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  // Copied, as a chunk is gone once the next is asked for.
  for await (const chunk of body) chunks.push(Buffer.from(chunk))
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks)
}
