import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import { assertBlobKey, isBlobKey } from './blob-store.ts'

const HOUR_MS = 3_600_000

export const UPLOAD_URL_TTL_MS = 24 * HOUR_MS
export const DOWNLOAD_URL_TTL_MS = 12 * HOUR_MS

/** The longest name a URL shows; of a longer one the end, which holds the extension. */
const VISIBLE_NAME_LENGTH_MAX = 150

/** 128 bits, the length of the random keys the URL also holds. */
const SIGNATURE_BYTES = 16

/**
 * What a URL allows its holder.
 *
 * - `upload`: storing `key` once. `size` binds the exact length, `sizeMax` a bound where the length is not known yet;
 *   `md5` (base64) binds the content if it is known.
 * - `download`: reading `key`, whose `size` and `md5` are known by then, under the name at the end of the URL.
 */
export type UrlGrant =
  | { kind: 'upload'; key: string; size: number; md5?: string | undefined }
  | { kind: 'upload'; key: string; sizeMax: number; md5?: string | undefined }
  | { kind: 'download'; key: string; size: number; md5: string; contentType?: string | undefined }

/** A `KeyObject` signs several times faster than bytes, which OpenSSL must take in again each time. */
export type UrlKey = KeyObject | Uint8Array

/** What signs and verifies: `keys` newest first. The newest signs, any verifies, so that keys can be rotated. */
export type UrlSigning = { keys: readonly UrlKey[]; nowMs: number }

/**
 * An absolute URL that is its own permission, for 24 h (upload) or 12 h (download).
 *
 * - `baseUrl`: without a slash at its end; may have a path.
 * - `visiblePath`: what a person reads in the URL, such as `wandb_artifacts/model.pt`. Its last segment names the file
 *   of a download. Dot segments are left out, since clients resolve them on their own and would break the signature.
 *
 * The signature covers the method, the blob, length, digest, content type, visible path and expiry.
 */
export function signBlobUrl(input: UrlSigning & { baseUrl: string; visiblePath: string; grant: UrlGrant }): string {
  const { grant, keys, nowMs } = input
  const signingKey = keys[0]
  assert(signingKey !== undefined, 'a URL is signed under a key')
  assertBlobKey(grant.key)

  const segments = visibleSegments(input.visiblePath)
  const fields = fieldsOf(grant, nowMs + (grant.kind === 'upload' ? UPLOAD_URL_TTL_MS : DOWNLOAD_URL_TTL_MS))
  const signature = signatureOf(signingKey, grant.kind, [grant.key, ...segments].join('/'), fields)
  const path = segments.map(encodeSegment).join('/')
  const query = Object.entries(fields).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `${input.baseUrl}/storage/${grant.key}/${path}?${query.join('&')}&s=${signature}`
}

/**
 * What the URL of a request allows. `filename` is the last segment of the visible path.
 *
 * - `path`: what follows `/storage/`, percent-decoded.
 * - `query`: the raw query, without its question mark.
 *
 * Pure. Whether a forged URL would have been expired, or its blob exists, is not told.
 *
 * @throws Refusal `signed_url_invalid` | `signed_url_expired`
 */
export function verifyBlobUrl(
  input: UrlSigning & { method: string; path: string; query: string },
): UrlGrant & { filename: string } {
  const kind = KIND_OF_METHOD.get(input.method)
  const { s: signature, ...fields } = readFields(input.query)
  if (kind === undefined || signature === undefined) throw invalid()

  const signed = input.keys.map((key) => isEqual(signatureOf(key, kind, input.path, fields), signature))
  if (!signed.includes(true)) throw invalid()
  // From here on every field is as we wrote it.
  if (input.nowMs >= Number.parseInt(fields.e!, 36) * 1_000) {
    throw new Refusal('signed_url_expired', 'This signed URL has expired. Ask the server for a new one.')
  }
  const segments = input.path.split('/')
  return { ...grantOf(kind, segments[0]!, fields), filename: segments.at(-1)! }
}

/** The URL as a log may show it: without the part that makes a signed one a permission. Any other stays as it is. */
export function maskSignedUrl(url: string): string {
  const pathAt = url.indexOf('/storage/')
  const queryAt = pathAt === -1 ? -1 : url.indexOf('?', pathAt)
  return queryAt === -1 ? url : `${url.slice(0, queryAt)}?[hidden]`
}

/** `s` signs the rest. Short, because one answer may hold ten thousand URLs; in the order they are signed and written. */
type Fields = {
  /** Expiry, in seconds since the epoch, base 36. */
  e?: string
  /** Exact size in bytes, base 36. */
  n?: string
  /** Largest size in bytes, base 36. */
  m?: string
  /** MD5, base64url without padding. */
  d?: string
  /** Content type. */
  c?: string
}

const FIELD_NAMES = ['e', 'n', 'm', 'd', 'c'] as const

const KIND_OF_METHOD = new Map<string, UrlGrant['kind']>([
  ['PUT', 'upload'],
  ['GET', 'download'],
  ['HEAD', 'download'],
])

function fieldsOf(grant: UrlGrant, expiresAtMs: number): Fields {
  const fields: Fields = { e: Math.ceil(expiresAtMs / 1_000).toString(36) }
  if ('size' in grant) fields.n = byteCount(grant.size)
  else fields.m = byteCount(grant.sizeMax)
  if (grant.md5 !== undefined) fields.d = Buffer.from(grant.md5, 'base64').toString('base64url')
  if (grant.kind === 'download' && grant.contentType !== undefined) fields.c = grant.contentType
  return fields
}

function byteCount(size: number): string {
  assert(Number.isSafeInteger(size) && size >= 0, 'a size is a whole number of bytes')
  return size.toString(36)
}

function grantOf(kind: UrlGrant['kind'], key: string, fields: Fields): UrlGrant {
  assert(isBlobKey(key), 'only URLs with a blob key are signed')
  const md5 = fields.d === undefined ? undefined : Buffer.from(fields.d, 'base64url').toString('base64')
  if (kind === 'upload') {
    return fields.n === undefined
      ? { kind, key, sizeMax: Number.parseInt(fields.m!, 36), md5 }
      : { kind, key, size: Number.parseInt(fields.n, 36), md5 }
  }
  return { kind, key, size: Number.parseInt(fields.n!, 36), md5: md5!, contentType: fields.c }
}

/** The fields of a query: each at most once, none unknown. */
function readFields(query: string): Fields & { s?: string } {
  const fields: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    const known = name === 's' || (FIELD_NAMES as readonly string[]).includes(name)
    if (!known || name in fields) throw invalid()
    fields[name] = value
  }
  return fields
}

function signatureOf(key: UrlKey, kind: UrlGrant['kind'], path: string, fields: Fields): string {
  const signed = JSON.stringify([kind, path, ...FIELD_NAMES.map((name) => fields[name] ?? null)])
  return createHmac('sha256', key).update(signed).digest().subarray(0, SIGNATURE_BYTES).toString('base64url')
}

function isEqual(expected: string, given: string): boolean {
  const a = Buffer.from(expected)
  const b = Buffer.from(given)
  return a.length === b.length && timingSafeEqual(a, b)
}

function visibleSegments(path: string): string[] {
  const segments = path.toWellFormed().split('/')
  const kept = segments.filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
  const name = kept.pop() ?? 'file'
  return [...kept, Array.from(name).slice(-VISIBLE_NAME_LENGTH_MAX).join('')]
}

/** Leaves bare only what no client re-encodes (RFC 3986, unreserved), so that the path arrives as it was written. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function invalid(): Refusal {
  return new Refusal('signed_url_invalid', 'This URL was not signed by this server for this request, or was changed.')
}
