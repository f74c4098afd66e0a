import { UPLOAD_URL_TTL_MS } from '../blobs/signed-url.ts'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import type { World } from '../world.ts'
import { deleteArtifacts } from './store-deletion.ts'
import { type KnownDigest, lockAbandoned, selectBlobsInUse, selectDigests } from './store-garbage.ts'

/** Long after the last URL for it has ended, and with it the last upload that could have begun. */
const ABANDONED_MS = 2 * UPLOAD_URL_TTL_MS

/** What several runs make: the last of them may finish it long after the first has brought its part. */
const SHARED_ABANDONED_MS = 30 * 24 * 60 * 60_000

const ABANDONED_AT_ONCE = 50

/** Those of the blobs that a version has, a pending artifact was promised, or may be granted to one. */
export async function blobsOfArtifacts(
  db: Reader | Tx,
  engine: Engine,
  keys: readonly string[],
): Promise<readonly string[]> {
  return selectBlobsInUse(db, engine, keys)
}

/** The digests that the blobs must have, by key; of those that are known. */
export async function digestsInArtifacts(
  db: Reader,
  engine: Engine,
  keys: readonly string[],
): Promise<[string, KnownDigest][]> {
  return selectDigests(db, engine, keys)
}

/**
 * Give up artifacts that were begun and never committed, once nobody has asked for an upload to them for two days: what
 * they were promised is pinned until then and let go of now; for thirty days if several runs make it. One batch; resolves to whether there may be more.
 */
export async function giveUpAbandoned(world: Pick<World, 'db' | 'now' | 'log'>): Promise<boolean> {
  const now = world.now()
  const times = { before: now - ABANDONED_MS, sharedBefore: now - SHARED_ABANDONED_MS }
  const ids = await world.db.transaction(async (tx) => {
    const ids = await lockAbandoned(tx, world.db.engine, { ...times, limit: ABANDONED_AT_ONCE })
    await deleteArtifacts(tx, { ids, now })
    return ids
  })
  if (ids.length > 0) world.log.info({ artifacts: ids.length }, 'gave up artifacts that were never committed')
  return ids.length === ABANDONED_AT_ONCE
}
