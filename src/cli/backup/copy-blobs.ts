import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { assertBlobKey, type BlobStore } from '../../blobs/blob-store.ts'
import { codeOf } from '../../blobs/disk-errors.ts'
import { Refusal } from '../../refusal.ts'
import type { Progress } from '../import/progress.ts'
import type { BlobReference } from './blob-references.ts'

/** Small ones wait for syncs, which many do at once. */
const BLOBS_AT_ONCE = 8

const READ_BYTES = 256 * 1024

/** Where blobs are read. */
export type BlobSource = Pick<BlobStore, 'stat'> & { open(key: string): ReturnType<BlobStore['open']> }

export type BlobsCopied = { copied: number; bytes: number; there: number; missing: { key: string; reason: string }[] }

/** What bytes that are not those of the reference are refused with. */
const NOT_THOSE = new Set(['upload_length_mismatch', 'upload_digest_mismatch', 'upload_conflict'])

/**
 * Copy every blob, durably, with its size and digest checked on the way. Those that cannot be had, or are not what they
 * should be, are named in the result, and the others copied all the same.
 *
 * `trust`: one that is there with the right size is taken for the right one, else it is compared.
 *
 * @throws Refusal `storage_full`, and what `stopped` was aborted with
 */
export async function copyBlobs(
  references: Iterable<BlobReference>,
  from: BlobSource,
  to: BlobStore,
  options: { trust: boolean; stopped: AbortSignal; progress: Progress },
): Promise<BlobsCopied> {
  const done: BlobsCopied = { copied: 0, bytes: 0, there: 0, missing: [] }
  // All workers draw from the one iterator.
  const left = references[Symbol.iterator]()
  const work = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      options.stopped.throwIfAborted()
      await copyBlob(next.value, from, to, options, done)
    }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: BLOBS_AT_ONCE }, work))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  done.missing.sort((a, b) => (a.key < b.key ? -1 : 1))
  return done
}

async function copyBlob(
  { key, size, md5, isRequired }: BlobReference,
  from: BlobSource,
  to: BlobStore,
  { trust, stopped, progress }: { trust: boolean; stopped: AbortSignal; progress: Progress },
  done: BlobsCopied,
): Promise<void> {
  progress.current(key)
  if (trust && (await to.stat(key))?.size === size) {
    done.there += 1
    progress.bytes(size)
    return
  }
  const source = await from.open(key)
  if (source === undefined) {
    if (isRequired) done.missing.push({ key, reason: 'it is not there' })
    return
  }
  async function* chunks() {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      stopped.throwIfAborted()
      progress.bytes(chunk.length)
      yield chunk
    }
  }
  try {
    await to.put(key, chunks(), { sizeMax: size, expectedSize: size, expectedMd5: md5 ?? undefined })
    done.copied += 1
    done.bytes += size
  } catch (error) {
    if (!(error instanceof Refusal) || !NOT_THOSE.has(error.code)) throw error
    if (isRequired) done.missing.push({ key, reason: `it is not whole: ${error.message}` })
  } finally {
    source.destroy()
  }
}

/** The blobs of a backup, read where nothing can be written, too. */
export function blobsInBackup(directory: string): BlobSource {
  const pathOf = (key: string) => {
    assertBlobKey(key)
    return join(directory, key.slice(0, 2), key.slice(2, 4), key)
  }
  const statOf = async (key: string) =>
    stat(pathOf(key)).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error
      return undefined
    })
  return {
    stat: statOf,
    open: async (key) =>
      (await statOf(key)) === undefined ? undefined : createReadStream(pathOf(key), { highWaterMark: READ_BYTES }),
  }
}
