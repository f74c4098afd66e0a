import { digestsInArtifacts } from '../artifacts/operations-garbage.ts'
import type { Reader } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { Refusal } from '../refusal.ts'
import { digestsInRuns } from '../runs/operations-files.ts'
import { inTurn } from '../runtime/in-turn.ts'
import type { BlobStore, ListedBlob } from './blob-store.ts'

/** What is copied before more is listed. */
const BATCH = 200

export type CopyProgress = {
  begin(total: { blobs: number; bytes: number }): void
  copied(blob: ListedBlob): void
}

export type CopyReport = {
  copied: number
  bytes: number
  /** Were in the target already, of the same size. */
  there: number
  /** Removed from the source while the copy ran. */
  gone: number
  /** What is not in the target, and why. */
  problems: { key: string; message: string }[]
}

/**
 * Bring all blobs of one store into another: again after an interruption, or for what is new since, as what is there is
 * passed over. Both stores are listed in the order of keys and compared as they go by, so memory does not grow with them.
 *
 * Each blob is hashed as it is read, and must have the digest that the database knows of it, if it knows one; the target
 * makes sure that it stores what was read.
 */
export async function copyBlobs(
  from: BlobStore,
  to: BlobStore,
  digests: { read: Reader; engine: Engine },
  options: { atOnce: number; progress: CopyProgress },
): Promise<CopyReport> {
  const report: CopyReport = { copied: 0, bytes: 0, there: 0, gone: 0, problems: [] }
  const total = { blobs: 0, bytes: 0 }
  for await (const { isThere, blob } of compared(from, to)) {
    if (isThere) continue
    total.blobs += 1
    total.bytes += blob.size
  }
  options.progress.begin(total)

  let batch: ListedBlob[] = []
  const copyBatch = async () => {
    const known = await digestsOf(
      digests,
      batch.map((blob) => blob.key),
    )
    await inTurn(batch, options.atOnce, async (blob) => {
      await copyBlob(from, to, blob, known.get(blob.key), report)
      options.progress.copied(blob)
    })
    batch = []
  }
  for await (const { isThere, blob } of compared(from, to)) {
    if (isThere) report.there += 1
    else batch.push(blob)
    if (batch.length === BATCH) await copyBatch()
  }
  await copyBatch()
  return report
}

async function copyBlob(
  from: BlobStore,
  to: BlobStore,
  { key, size }: ListedBlob,
  known: { md5: string; isCertain: boolean } | undefined,
  report: CopyReport,
): Promise<void> {
  try {
    const bytes = await from.open(key)
    if (bytes === undefined) {
      report.gone += 1
      return
    }
    await to.put(key, bytes, { sizeMax: size, expectedSize: size, expectedMd5: known?.md5 })
    report.copied += 1
    report.bytes += size
  } catch (error) {
    // Of one blob only when it is the blob; when the store fails, the rest would fail as well.
    if (!(error instanceof Refusal)) throw error
    // An upload that is still arriving, or that a power cut left: nobody was told that it is there.
    if (known?.isCertain === false) return
    report.problems.push({ key, message: error.message })
  }
}

/** Every blob of `from`, and whether `to` has one of this name and size. */
async function* compared(
  from: BlobStore,
  to: BlobStore,
): AsyncGenerator<{ isThere: boolean; blob: ListedBlob }, void, void> {
  const others = to.list()[Symbol.asyncIterator]()
  let other = await others.next()
  for await (const blob of from.list()) {
    while (!other.done && other.value.key < blob.key) other = await others.next()
    yield { isThere: !other.done && other.value.key === blob.key && other.value.size === blob.size, blob }
  }
}

async function digestsOf(
  { read, engine }: { read: Reader; engine: Engine },
  keys: readonly string[],
): Promise<Map<string, { md5: string; isCertain: boolean }>> {
  if (keys.length === 0) return new Map()
  const ofRuns = await digestsInRuns(read, engine, keys)
  return new Map([
    ...(await digestsInArtifacts(read, engine, keys)),
    ...ofRuns.map(([key, md5]) => [key, { md5, isCertain: true }] as const),
  ])
}
