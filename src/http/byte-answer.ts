import type { FastifyReply, FastifyRequest } from 'fastify'
import type { BlobStore } from '../blobs/blob-store.ts'
import { chooseRange, hasCurrent, rangeApplies } from '../blobs/content-range.ts'
import { downloadHeaders } from '../blobs/download-headers.ts'
import { Refusal } from '../refusal.ts'

/** What is answered. `size` in bytes, `md5` in base64; `filename` is a suggestion for whoever saves it. */
export type BlobAnswer = {
  key: string
  size: number
  md5: string
  filename: string
  contentType?: string | undefined
}

/**
 * Answers a `GET` or `HEAD` with the bytes of a blob the caller may read: whole, one range of them (206), or nothing
 * where the caller has them already (304).
 *
 * Bytes come from anybody and are served from our origin, so every answer says what no browser may do with them: guess
 * a type, show them in a page of ours, run anything in them.
 *
 * @throws Refusal `range_not_satisfiable` | `not_found` (the bytes are gone)
 *
 * Source: RFC 9110, sections 13 and 14; RFC 6266.
 */
export async function answerBlob(
  request: FastifyRequest,
  reply: FastifyReply,
  store: BlobStore,
  blob: BlobAnswer,
): Promise<FastifyReply> {
  const etag = etagOf(blob.md5)
  reply.headers({
    'accept-ranges': 'bytes',
    'cache-control': 'private',
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
  })
  if (hasCurrent(request.headers['if-none-match'], etag)) return reply.code(304).header('etag', etag).send()

  const isHead = request.method === 'HEAD'
  const range = isHead || !rangeApplies(headerOf(request, 'if-range'), etag) ? undefined : request.headers.range
  const chosen = chooseRange(range, blob.size)
  if (chosen.kind === 'unsatisfiable') {
    reply.header('content-range', `bytes */${blob.size}`)
    throw new Refusal('range_not_satisfiable', `The file has ${blob.size} bytes; the range lies outside of them`)
  }
  const part = chosen.kind === 'part' ? chosen : { start: 0, end: blob.size - 1 }
  const length = part.end - part.start + 1
  const hasBody = !isHead && length > 0
  // The range is given also for all of it: a file cut short on the disk then fails here, not after its length was sent.
  const bytes = hasBody ? await store.open(blob.key, { start: part.start, end: part.end }) : undefined
  const isThere = hasBody ? bytes !== undefined : (await store.stat(blob.key)) !== undefined
  if (!isThere) {
    request.log.warn({ blob: blob.key }, 'the bytes of a file are gone')
    throw new Refusal('not_found', 'The bytes of this file are not there any more')
  }

  const { contentType, disposition } = downloadHeaders(blob)
  reply.headers({
    etag,
    'content-type': contentType,
    'content-disposition': disposition,
    'content-length': length,
  })
  if (chosen.kind === 'part') reply.code(206).header('content-range', `bytes ${part.start}-${part.end}/${blob.size}`)
  return reply.send(bytes)
}

/** The strong entity tag of bytes with this MD5 (base64). */
export function etagOf(md5: string): string {
  return `"${Buffer.from(md5, 'base64').toString('hex')}"`
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}
