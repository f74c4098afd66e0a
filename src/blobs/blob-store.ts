import type { Readable } from 'node:stream'
import { assert } from '../runtime/assert.ts'

/** What arrived. `size` in bytes; `md5` in base64, the form the client and `Content-MD5` use. */
export type StoredBlob = { key: string; size: number; md5: string }

export type PutOptions = {
  /** Refuse a byte beyond this. */
  sizeMax: number
  /** Refuse any other size. */
  expectedSize?: number | undefined
  /** Refuse any other content; base64. */
  expectedMd5?: string | undefined
}

/** Bytes `start` to `end`, both included and inside the blob. */
export type ByteRange = { start: number; end: number }

/**
 * Where the bytes of artifacts and run files are kept. A blob is written once, under a random key its caller made (40
 * hex digits, `newBlobKey`), and never changes; who may read it is decided elsewhere, so a key is never shown as a
 * credential. Every method may be called at any time, by any number of processes.
 */
export type BlobStore = {
  /**
   * The size and digest of what arrived, once it is durable: whoever got an answer finds the blob after a power cut.
   * Until then no reader sees it, and after a failure nothing is left of it. Memory does not grow with the size.
   *
   * Storing the same bytes again under the same key succeeds and changes nothing, so that a client may repeat an upload
   * whose answer it lost; other bytes are refused.
   *
   * `source`: each chunk is used before the next is asked for, and not afterwards. What it throws is thrown on.
   *
   * @throws Refusal `upload_length_mismatch` | `upload_digest_mismatch` | `upload_conflict` | `body_too_large` |
   *   `storage_full`
   */
  put(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredBlob>
  /** The bytes; `undefined` if there is no such blob. Destroy the stream to let go of what it holds. */
  open(key: string, range?: ByteRange): Promise<Readable | undefined>
  stat(key: string): Promise<{ size: number } | undefined>
  /** Also when there is no such blob. Whoever is reading it may read to its end. */
  delete(key: string): Promise<void>
  /** Rejects, with a message for the operator, while blobs cannot be stored. */
  check(): Promise<void>
  /** What is stored, in the order of keys, after `after`. What comes or goes meanwhile may be there or not. */
  list(after?: string): AsyncIterable<ListedBlob>
  /** Remove what uploads that were begun before this time, and never completed, have left. */
  dropUnfinished(before: number): Promise<void>
  /** `undefined` where bytes go through this process only. */
  readonly direct: DirectAccess | undefined
  /** `undefined` where each blob is durable when `put` has resolved, or never. */
  readonly deferred: DeferredAccess | undefined
  /** Lets go of connections. Nothing may be called afterwards. */
  close(): Promise<void>
}

/** `storedAt`: milliseconds since the epoch, by the clock of the store. */
export type ListedBlob = { key: string; size: number; storedAt: number }

/**
 * How clients bring and fetch bytes without us in between. What arrives so is not announced to us: ask `arrived`.
 *
 * A client's word for what it uploads is never taken: each URL binds the MD5 of the bytes that may come by it, and the
 * store refuses others. Only of a blob that came in parts no MD5 is known before somebody has read it.
 */
export type DirectAccess = {
  /** Where to `PUT` the bytes that have this MD5 (base64), and with which headers (`Name:value`). */
  uploadTarget(key: string, md5: string): { url: string; headers: string[] }
  /** `about`: what the answer says of itself. */
  downloadUrl(key: string, about: { filename: string; contentType?: string | undefined }): string
  /** What has arrived under the key; `undefined`: nothing yet. */
  arrived(key: string): Promise<ArrivedBlob | undefined>
  /** Begin an upload in parts of these MD5s (base64), numbered from 1; where to `PUT` each. */
  beginParts(key: string, md5s: readonly string[]): Promise<{ uploadId: string; urls: string[] }>
  /**
   * Make a blob of parts that have arrived. Again: also succeeds.
   *
   * @throws Refusal `upload_incomplete` when they are not all there, or not these
   */
  completeParts(key: string, uploadId: string, parts: readonly { number: number; etag: string }[]): Promise<void>
}

/**
 * Small blobs that are taken before they are durable, since those of a version can be made so all at once.
 *
 * A power cut takes a blob that was not settled, or leaves anything under its key: so nothing durable may say that it is
 * there before it is settled, and nobody may read it before but by `arrived`.
 */
export type DeferredAccess = {
  /** The largest there is, in bytes. */
  readonly sizeMax: number
  /**
   * The size and digest of the bytes, once whoever asks for them gets them. Again: succeeds, and replaces what a power
   * cut has left under the key.
   *
   * - `expectedMd5`: what the key was made for, in base64.
   *
   * @throws Refusal `upload_digest_mismatch` | `upload_conflict` | `storage_full`
   */
  put(key: string, bytes: Uint8Array, expectedMd5?: string): Promise<StoredBlob>
  /** The sizes of those of the blobs that are there, each whole: by their keys. `md5` in base64. */
  arrived(blobs: readonly { key: string; md5: string }[]): Promise<Map<string, number>>
  /** Resolves when all of these, which must be there, are durable. */
  settle(keys: readonly string[]): Promise<void>
}

/** `md5` (base64), as the store computed it; `undefined`: it did not, as of what came in parts. */
export type ArrivedBlob = { size: number; md5: string | undefined; inParts: boolean }

const BLOB_KEY = /^[0-9a-f]{32,128}$/

/** Whether `text` can be the key of a blob: lower-case hex, at least 128 bits. */
export function isBlobKey(text: string): boolean {
  return BLOB_KEY.test(text)
}

/** Keys become paths, so one that came from anywhere else than our own random numbers is a bug. */
export function assertBlobKey(key: string): void {
  assert(isBlobKey(key), 'a blob key is lower-case hex of at least 128 bits')
}
