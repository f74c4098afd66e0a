import type { Socket } from 'node:net'
import { errors } from 'undici'

export const ANSWER_HEADER_BYTES_MAX = 16 * 1024

const END = '\r\n\r\n'
const VERSION = Buffer.from('HTTP/1.')
const ONE = 0x31
const ZERO = 0x30

/**
 * Stand between a socket and undici while the head of an answer comes in.
 *
 * - "100 Continue" is taken out. Some servers send it to every POST, and a client must read over it (RFC 9110, section
 *   15.2); undici closes the connection instead, so that a receiver which had accepted would be asked again and again.
 * - A head that is too large ends the connection before it is parsed. undici ends it too, but makes an error with its
 *   stack for every header that it then still finds: 35 ms of the whole process for one chunk of them.
 *
 * So a head is held back until it is whole. What does not begin as HTTP/1 is passed on, for undici to complain about.
 *
 * - `state.awaitsHead`: set before each request; nothing is looked at any more once the answer's head has passed.
 */
export function guardHead(socket: Socket, state: { awaitsHead: boolean }): void {
  const read = socket.read
  let held: Buffer | null = null

  socket.read = (size?: number): Buffer | null => {
    for (;;) {
      const chunk: Buffer | null = read.call(socket, size)
      if (!state.awaitsHead || chunk === null) return chunk
      const bytes: Buffer = held === null ? chunk : Buffer.concat([held, chunk])
      held = null
      const passed: Buffer[] = []
      let at = 0
      while (at < bytes.length) {
        const head = headAt(bytes, at)
        if (head.end - at > ANSWER_HEADER_BYTES_MAX) {
          socket.destroy(new errors.HeadersOverflowError())
          return null
        }
        if (head.kind === 'partial') {
          held = bytes.subarray(at)
          break
        }
        if (head.kind === 'answer') {
          state.awaitsHead = false
          passed.push(at === 0 ? bytes : bytes.subarray(at))
          break
        }
        if (head.kind === 'hint') passed.push(bytes.subarray(at, head.end))
        at = head.end
      }
      const [first] = passed
      if (first !== undefined) return passed.length === 1 ? first : Buffer.concat(passed)
    }
  }
}

type Head = {
  /** `continue`: a 100. `hint`: another interim answer, such as 103. `answer`: anything that is none of these. */
  kind: 'partial' | 'continue' | 'hint' | 'answer'
  end: number
}

function headAt(bytes: Buffer, at: number): Head {
  for (let index = 0; index < VERSION.length; index += 1) {
    const byte = bytes[at + index]
    if (byte === undefined) return { kind: 'partial', end: bytes.length }
    if (byte !== VERSION[index]) return { kind: 'answer', end: at }
  }
  const start = bytes.indexOf(END, at, 'latin1')
  if (start === -1) return isLineWrong(bytes, at) ? { kind: 'answer', end: at } : { kind: 'partial', end: bytes.length }
  const end = start + END.length
  // 101 is the last that is said in HTTP.
  if (bytes[at + 9] !== ONE || (bytes[at + 10] === ZERO && bytes[at + 11] === ONE)) return { kind: 'answer', end }
  return { kind: bytes[at + 10] === ZERO && bytes[at + 11] === ZERO ? 'continue' : 'hint', end }
}

/** A first line that ends without a carriage return: the end of such a head would be waited for in vain. */
function isLineWrong(bytes: Buffer, at: number): boolean {
  const end = bytes.indexOf('\n', at, 'latin1')
  return end > at && bytes[end - 1] !== 0x0d
}
