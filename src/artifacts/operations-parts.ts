import type { Caller } from '../access/rights.ts'
import { isBlobKey } from '../blobs/blob-store.ts'
import { md5Of } from '../blobs/received.ts'
import { notFound, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { requireMaking } from './operations-reading.ts'
import { PARTS_MAX } from './parts.ts'
import { selectPromisedBlob } from './store-logging.ts'
import { acceptUnchecked, claimUnchecked, claimUntil, rejectUnchecked } from './store-unchecked.ts'
import { lockArtifacts } from './store-versions.ts'

const ETAG_LENGTH_MAX = 256

/** Another process takes the file up so long after one that was reading it has died. */
const CLAIM_MS = 5 * 60_000
const CLAIM_RENEWED_MS = 60_000

/**
 * Make a promised file of the parts that have arrived. Answers its digest. Again: the same answer.
 *
 * @throws Refusal `not_found` | `artifact_not_pending` | `invalid_request` | `not_supported` | `upload_incomplete`
 */
export async function completeParts(
  world: World,
  caller: Caller,
  input: {
    artifactId: number
    storagePath: string
    uploadId: string
    parts: readonly { number: number; etag: string }[]
  },
): Promise<{ digest: string }> {
  const { artifactId, uploadId } = input
  await requireMaking(world.db.read, caller, artifactId)
  const key = input.storagePath.split('/').at(-1) as string
  const file = isBlobKey(key) ? await selectPromisedBlob(world.db.read, { artifactId, blobKey: key }) : undefined
  if (file === undefined) throw notFound('Upload')
  if (world.blobs.direct === undefined) {
    throw new Refusal('not_supported', 'Files are uploaded whole here: PUT it to its upload URL')
  }
  const parts = input.parts.toSorted((first, second) => first.number - second.number)
  const isRight = parts.every(
    ({ number, etag }) => number >= 1 && number <= PARTS_MAX && etag.length <= ETAG_LENGTH_MAX,
  )
  if (parts.length === 0 || parts.length > PARTS_MAX || !isRight) {
    throw new Refusal(
      'invalid_request',
      `An upload has 1 to ${PARTS_MAX} parts, each with the ETag it was answered with`,
    )
  }
  await world.blobs.direct.completeParts(key, uploadId, parts)
  return { digest: file.digest }
}

/**
 * Read one file that came in parts, and let it be granted to later versions if it is what its maker said. Of each part
 * S3 has made sure, but only reading tells the digest of the whole. Resolves to whether there was one.
 *
 * - `stopped`: ends the reading, which begins anew another time.
 */
export async function checkPartedBlob(world: CheckWorld, stopped?: AbortSignal): Promise<boolean> {
  const { db, log } = world
  const blob = await db.transaction((tx) => claimUnchecked(tx, db.engine, { now: world.now(), claimMs: CLAIM_MS }))
  if (blob === undefined) return false
  const md5 = await readWhole(world, blob.blob_key, stopped)
  if (stopped?.aborted === true) {
    await renewClaim(world, blob.blob_key, 0)
    return false
  }
  const isRight = md5 === blob.digest
  await db.transaction(async (tx) => {
    await lockArtifacts(tx, db.engine, [blob.artifact_id])
    if (isRight) await acceptUnchecked(tx, blob)
    else await rejectUnchecked(tx, { blobKey: blob.blob_key, now: world.now() })
  })
  if (!isRight) {
    log.error(
      { artifact: blob.artifact_id, blob: blob.blob_key },
      'a file uploaded in parts is not what its maker said',
    )
  }
  return true
}

type CheckWorld = Pick<World, 'db' | 'blobs' | 'log' | 'now'>

/** The MD5 of a blob, claimed for as long as that takes; `undefined`: it is gone, or the reading was stopped. */
async function readWhole(
  world: CheckWorld,
  key: string,
  stopped: AbortSignal | undefined,
): Promise<string | undefined> {
  const bytes = await world.blobs.open(key)
  if (bytes === undefined) return undefined
  const stop = () => bytes.destroy()
  stopped?.addEventListener('abort', stop)
  const renewing = setInterval(() => {
    renewClaim(world, key, CLAIM_MS).catch((error: unknown) =>
      world.log.warn({ err: error }, 'a claim was not renewed'),
    )
  }, CLAIM_RENEWED_MS)
  try {
    return await md5Of(bytes)
  } catch (error) {
    if (stopped?.aborted !== true) throw error
    return undefined
  } finally {
    clearInterval(renewing)
    stopped?.removeEventListener('abort', stop)
  }
}

function renewClaim(world: CheckWorld, blobKey: string, claimMs: number): Promise<void> {
  return world.db.transaction((tx) => claimUntil(tx, { blobKey, until: world.now() + claimMs }))
}
