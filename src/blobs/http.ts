import type { FastifyInstance, FastifyRequest } from 'fastify'
import { answerBlob, etagOf } from '../http/byte-answer.ts'
import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { BlobStore, StoredBlob } from './blob-store.ts'
import { GatheredNotes } from './gathered-notes.ts'
import { uploadBody, wholeBody } from './http-upload-body.ts'
import { type UrlGrant, type UrlKey, verifyBlobUrl } from './signed-url.ts'

/** An upload may take hours as long as it moves. */
const STALL_MS_MAX = 60_000

export type ByteDoorOptions = {
  store: BlobStore
  /** What signs URLs, newest first; read at each request. */
  keys(): readonly UrlKey[]
  /** Milliseconds since the epoch. */
  now(): number
  /**
   * Called when blobs are durable and before their clients hear of it, again when a client repeats an upload. Those that
   * arrive at about the same time are told together; deferred ones never.
   */
  onStored(blobs: readonly StoredBlob[]): Promise<void>
  /** How long a client may send nothing; 60 s. */
  stallMs?: number | undefined
}

/**
 * `PUT`, `GET` and `HEAD` below `/storage/`, for whoever holds a signed URL and without further credentials: clients
 * send none there. An upload is answered once it is durable and `onStored` has resolved, with its MD5 as `ETag`; a small
 * one whose URL binds its content is answered earlier, where the store defers such.
 *
 * Register it as a plugin: it has a scope of its own, in which no body is parsed.
 */
export async function byteDoor(app: FastifyInstance, options: ByteDoorOptions): Promise<void> {
  const { store } = options
  const notes = new GatheredNotes(options.onStored)
  const stallMs = options.stallMs ?? STALL_MS_MAX
  assert(app.server.requestTimeout === 0, 'a time-out for whole requests would end long uploads')

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))

  app.put('/storage/*', { schema: { hide: true } }, async (request, reply) => {
    const grant = grantedBy(request)
    assert(grant.kind === 'upload', 'a PUT is an upload')
    const expectedSize = 'size' in grant ? grant.size : undefined
    const sizeMax = 'size' in grant ? grant.size : grant.sizeMax
    assertAnnouncedLength(request, expectedSize, sizeMax)
    const expectedMd5 = expectedDigest(request, grant.md5)

    const body = uploadBody(request.raw, stallMs)
    const deferred = grant.md5 === undefined ? undefined : store.deferred
    const stored =
      deferred !== undefined && (announcedLength(request) ?? Infinity) <= deferred.sizeMax
        ? await deferred.put(grant.key, await wholeBody(body), grant.md5)
        : await notes.noted(() => store.put(grant.key, body, { sizeMax, expectedSize, expectedMd5 }))
    return reply.code(200).header('etag', etagOf(stored.md5)).send()
  })

  app.route({
    method: ['GET', 'HEAD'],
    url: '/storage/*',
    schema: { hide: true },
    handler: async (request, reply) => {
      const grant = grantedBy(request)
      assert(grant.kind === 'download', 'a GET is a download')
      return answerBlob(request, reply, store, grant)
    },
  })

  function grantedBy(request: FastifyRequest): UrlGrant & { filename: string } {
    const { path, query } = partsOf(request.raw.url!)
    return verifyBlobUrl({ method: request.method, path, query, keys: options.keys(), nowMs: options.now() })
  }
}

/** Read off the raw URL, since a router may drop a slash or decode twice, and the signature is over what was written. */
function partsOf(url: string): { path: string; query: string } {
  const queryAt = url.includes('?') ? url.indexOf('?') : url.length
  const path = url.slice(url.indexOf('/storage/') + '/storage/'.length, queryAt)
  return { path: decodeURIComponent(path), query: url.slice(queryAt + 1) }
}

/** Refuses before the first byte what the announced length says will be refused after the last. */
function assertAnnouncedLength(request: FastifyRequest, expectedSize: number | undefined, sizeMax: number): void {
  const announced = announcedLength(request)
  if (announced === undefined) return
  if (expectedSize !== undefined && announced !== expectedSize) {
    throw new Refusal(
      'upload_length_mismatch',
      `The upload announces ${announced} bytes, but this URL is for exactly ${expectedSize}`,
    )
  }
  if (announced > sizeMax) {
    throw new Refusal('body_too_large', `The upload announces ${announced} bytes, but this URL allows ${sizeMax}`)
  }
}

function announcedLength(request: FastifyRequest): number | undefined {
  const header = request.headers['content-length']
  return header === undefined ? undefined : Number(header)
}

/** The digest that must arrive: the one the URL binds, or the client's own claim, which then protects its transfer. */
function expectedDigest(request: FastifyRequest, bound: string | undefined): string | undefined {
  const claimed = request.headers['content-md5']
  if (claimed === undefined) return bound
  if (typeof claimed !== 'string' || !/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(claimed)) {
    throw new Refusal('invalid_request', 'The header Content-MD5 must be one MD5 in base64')
  }
  if (bound !== undefined && claimed !== bound) {
    throw new Refusal('upload_digest_mismatch', `Content-MD5 is ${claimed}, but this URL is for content with ${bound}`)
  }
  return claimed
}
