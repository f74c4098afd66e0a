import { createHash } from 'node:crypto'
import { Refusal } from '../refusal.ts'
import type { PutOptions, StoredBlob } from './blob-store.ts'

/** @throws Refusal `upload_length_mismatch` | `body_too_large` once more has arrived than may. */
export function assertWithin(size: number, { expectedSize, sizeMax }: PutOptions): void {
  if (expectedSize !== undefined && size > expectedSize) {
    throw new Refusal('upload_length_mismatch', `More than the expected ${expectedSize} bytes arrived`)
  }
  if (size > sizeMax) throw new Refusal('body_too_large', `More than the allowed ${sizeMax} bytes arrived`)
}

/** @throws Refusal `upload_length_mismatch` | `upload_digest_mismatch` when not all, or not these bytes, arrived. */
export function assertExpected(received: StoredBlob, { expectedMd5, expectedSize }: PutOptions): void {
  if (expectedSize !== undefined && received.size !== expectedSize) {
    throw new Refusal('upload_length_mismatch', `${received.size} of the expected ${expectedSize} bytes arrived`)
  }
  if (expectedMd5 !== undefined && received.md5 !== expectedMd5) {
    throw new Refusal(
      'upload_digest_mismatch',
      `The MD5 of what arrived is ${received.md5}, expected was ${expectedMd5}. Upload it again.`,
    )
  }
}

/** Reads an upload to its end and keeps nothing of it. */
export async function digestUpload(
  key: string,
  source: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<StoredBlob> {
  const hash = createHash('md5')
  let size = 0
  for await (const chunk of source) {
    size += chunk.length
    assertWithin(size, options)
    hash.update(chunk)
  }
  const received = { key, size, md5: hash.digest('base64') }
  assertExpected(received, options)
  return received
}

/** The MD5 of these bytes, in base64. */
export async function md5Of(source: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of source) hash.update(chunk)
  return hash.digest('base64')
}

export function conflict(): Refusal {
  return new Refusal(
    'upload_conflict',
    'Other bytes were stored under this URL before, and stored bytes never change. Ask for a new upload URL.',
  )
}
