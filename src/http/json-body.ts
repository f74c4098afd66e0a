import type { FastifyRequest } from 'fastify'
import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { RestApp } from './rest.ts'
import { isKeepable } from './schemas.ts'
import { fieldPath, fieldRefusal } from './validation.ts'

/** Deeper than anything meant: what walks a body may recurse. Metadata, the deepest of it, may have 64 levels. */
const JSON_DEPTH_MAX = 100

/** How long a body may take to arrive: in all, and without a byte. Files, which may take hours, have a door of their own. */
const BODY_MS_MAX = 300_000
const BODY_IDLE_MS_MAX = 30_000

/**
 * Bodies of `app` are JSON in UTF-8, of bounded size, depth and time; of any other type they are refused. No body at all
 * is `undefined`, whatever its type.
 */
export function readJsonBodies(app: RestApp): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', async (request: FastifyRequest) => {
    const body = await readBody(request)
    return body.length === 0 ? undefined : parseJson(body)
  })
}

/**
 * The body of a request, whole.
 *
 * @throws Refusal `body_too_large` (more than the route's `bodyLimit`) | `upload_truncated` | `upload_stalled`
 */
export function readBody(request: FastifyRequest): Promise<Buffer> {
  const { raw } = request
  const bytesMax = request.routeOptions.bodyLimit
  assert(bytesMax !== undefined, 'every route has a limit for its bodies')
  const tooLarge = () =>
    new Refusal('body_too_large', `The body has more than ${bytesMax} bytes, the most this path takes`)
  if (Number(raw.headers['content-length'] ?? 0) > bytesMax) return Promise.reject(tooLarge())

  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const stalled = () => end(new Refusal('upload_stalled', 'The body stopped arriving. Send the request again.'))
    const total = setTimeout(stalled, BODY_MS_MAX)
    const idle = setTimeout(stalled, BODY_IDLE_MS_MAX)
    const onData = (chunk: Buffer) => {
      idle.refresh()
      size += chunk.length
      if (size > bytesMax) end(tooLarge())
      else chunks.push(chunk)
    }
    const onEnd = () => end()
    const onCut = () => end(new Refusal('upload_truncated', 'The connection ended before the whole body had arrived'))

    function end(refusal?: Refusal): void {
      clearTimeout(total)
      clearTimeout(idle)
      raw.off('data', onData)
      raw.off('end', onEnd)
      raw.off('close', onCut)
      if (refusal === undefined) resolve(Buffer.concat(chunks, size))
      else reject(refusal)
    }

    raw.on('data', onData)
    raw.on('end', onEnd)
    raw.on('close', onCut)
    // What an error means is said by the `close` after it; it only must not be an unhandled one.
    raw.on('error', () => {})
    if (raw.destroyed) onCut()
  })
}

/** @throws Refusal `malformed_json` | `invalid_request` (too deep, or text that cannot be kept) */
function parseJson(body: Buffer): unknown {
  assertDepth(body)
  const text = decode(body)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    // V8 quotes some of the body, which may be a secret, unless it says where in it the mistake is.
    const where = / at position \d+ .*$/.exec((error as Error).message)?.[0] ?? ''
    throw new Refusal('malformed_json', `The body is not valid JSON${where}`)
  }
  if (SUSPICIOUS.test(text)) assertKeepable(value)
  return value
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw new Refusal('malformed_json', 'The body is not valid UTF-8')
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Asked before parsing, on the bytes: brackets are never part of another character in UTF-8. */
function assertDepth(body: Buffer): void {
  let depth = 0
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]!
    if (byte === QUOTE) {
      at = endOfString(body, at + 1)
    } else if (byte === 0x5b || byte === 0x7b) {
      depth += 1
      if (depth > JSON_DEPTH_MAX) {
        throw new Refusal('invalid_request', `The body is nested deeper than ${JSON_DEPTH_MAX} levels`)
      }
    } else if (byte === 0x5d || byte === 0x7d) {
      depth -= 1
    }
  }
}

/** Where the string that begins at `from` has its closing quote, or the end of the body. */
function endOfString(body: Buffer, from: number): number {
  let at = from
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1
  return at
}

/** What `assertKeepable` looks for, spelled in any way; emoji as escapes are let through to it, and by it. */
const SUSPICIOUS = /__proto__|\\u(?:0000|005f|d[89a-f])/i

/**
 * PostgreSQL takes no NUL in text and UTF-8 no half of a pair of surrogates, and no member may be called what an object
 * would take for its prototype.
 *
 * @throws Refusal `invalid_request` with the place
 */
function assertKeepable(body: unknown): void {
  const left: { value: unknown; path: readonly string[] }[] = [{ value: body, path: [] }]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, path } = next
    if (typeof value === 'string' && !isKeepable(value)) {
      throw unkeepable(path, 'must be well-formed text without NUL characters')
    }
    if (typeof value !== 'object' || value === null) continue
    for (const [name, member] of Object.entries(value)) {
      if (!isKeepable(name)) throw unkeepable(path, 'must have well-formed names without NUL characters')
      if (name === '__proto__') throw unkeepable(path, 'must not have a member "__proto__"')
      left.push({ value: member, path: [...path, name] })
    }
  }
}

function unkeepable(path: readonly string[], message: string): Refusal {
  return fieldRefusal([{ path: fieldPath('body', path), message }])
}
