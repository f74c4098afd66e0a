import { blobsOfArtifacts } from '../artifacts/operations-garbage.ts'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { lockPlace, moveSweep, readPlace } from '../database/sweep.ts'
import { blobsOfRuns } from '../runs/operations-files.ts'
import { inTurn } from '../runtime/in-turn.ts'
import type { World } from '../world.ts'
import type { ListedBlob } from './blob-store.ts'
import { UPLOAD_URL_TTL_MS } from './signed-url.ts'
import { deleteReleased, insertReleased, lockReleased, selectReleased, selectReleasedKeys } from './store.ts'

const HOUR_MS = 3_600_000

/** Looked at in one transaction, and removed before the next. */
const REMOVED_AT_ONCE = 200
const REMOVALS_AT_ONCE = 4

const LISTED_AT_ONCE = 1_000

/**
 * What is stored and has no row may be about to get one, so that younger ones are left alone whatever the grace is. No
 * transaction is open for a day.
 */
const ORPHAN_AGE_MS_MIN = 24 * HOUR_MS

/** What the collection of garbage touches. */
export type GarbageWorld = Pick<World, 'db' | 'blobs' | 'log' | 'now'> & {
  readonly config: { readonly blobsGraceHours: number }
}

export type Removed = { count: number; bytes: number; hasMore: boolean }

/**
 * Remove blobs that nothing refers to and that were let go of before the grace began, one batch of them.
 *
 * Why this takes nothing that is needed: the name of a blob is given once, and only two things can make a new row refer
 * to it. One is the commit of the artifact that it was promised to, which turns one row into another in one transaction.
 * The other is a grant, which holds the row of `sequence_blobs` it is based on until it is committed; and whoever lets go
 * of a blob removes that row. So a blob that one statement sees without any of these rows stays without for ever. The
 * grace is for what no row tells: downloads, uploads that are still arriving, and the copy that a backup is making.
 */
export async function collectGarbage(world: GarbageWorld): Promise<Removed> {
  const { engine } = world.db
  const before = world.now() - world.config.blobsGraceHours * HOUR_MS
  const { found, garbage } = await world.db.transaction(async (tx) => {
    const found = await lockReleased(tx, engine, { before, limit: REMOVED_AT_ONCE })
    const keys = found.map((blob) => blob.blob_key)
    const needed = await referredTo(tx, engine, keys)
    await deleteReleased(
      tx,
      engine,
      keys.filter((key) => needed.has(key)),
    )
    return { found: found.length, garbage: found.filter((blob) => !needed.has(blob.blob_key)) }
  })
  const removed = await removeBytes(
    world,
    garbage.map((blob) => blob.blob_key),
  )
  // Their rows go last: a process that dies before has not lost sight of them.
  await world.db.transaction((tx) => deleteReleased(tx, engine, [...removed]))
  const gone = garbage.filter((blob) => removed.has(blob.blob_key))
  const bytes = gone.reduce((sum, blob) => sum + (blob.size ?? 0), 0)
  if (gone.length > 0) world.log.info({ blobs: gone.length, bytes }, 'removed blobs that nothing refers to')
  return { count: gone.length, bytes, hasMore: found === REMOVED_AT_ONCE && removed.size > 0 }
}

/** One statement each: of a blob that goes from one row to another in a transaction, one of the two is seen. */
async function referredTo(db: Reader | Tx, engine: Engine, keys: readonly string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set()
  const ofArtifacts = await blobsOfArtifacts(db, engine, keys)
  const ofRuns = await blobsOfRuns(db, engine, keys)
  return new Set([...ofArtifacts, ...ofRuns])
}

/** Those that are gone. What cannot be removed now is tried again with the next batch. */
async function removeBytes(world: GarbageWorld, keys: readonly string[]): Promise<Set<string>> {
  const removed = new Set<string>()
  await inTurn(keys, REMOVALS_AT_ONCE, async (key) => {
    try {
      await world.blobs.delete(key)
      removed.add(key)
    } catch (error) {
      world.log.warn({ err: error, blob: key }, 'a blob that nothing refers to cannot be removed')
    }
  })
  return removed
}

/**
 * Let go of what is stored and has no row at all, such as what a process that was killed had stored: one batch of the
 * store, in the order of its keys. Resolves to whether there is more of it.
 *
 * Where most of a batch has no row, the store may be that of another database, or this one a copy from long ago: then
 * nothing is let go of, and the log says so. `evenMost`: somebody has looked, and wants it gone.
 */
export async function releaseOrphans(world: GarbageWorld, { evenMost = false } = {}): Promise<boolean> {
  const { db } = world
  const after = await readPlace(db.read, 'sweep:blobs')
  const listed: ListedBlob[] = []
  for await (const blob of world.blobs.list(after === '0' ? undefined : after)) {
    listed.push(blob)
    if (listed.length === LISTED_AT_ONCE) break
  }
  const before = world.now() - ORPHAN_AGE_MS_MIN
  const old = listed.filter((blob) => blob.storedAt < before)
  return db.transaction(async (tx) => {
    // Another process is at it, or was meanwhile.
    if ((await lockPlace(tx, db.engine, 'sweep:blobs')) !== after) return false
    const orphans = await withoutRows(tx, db.engine, old)
    const isMost = orphans.length * 2 > old.length
    if (isMost && !evenMost) {
      world.log.error(
        { orphans: orphans.length, of: old.length },
        'most of what is stored has no row: if these bytes are not those of another database, remove them with tripline blobs gc',
      )
    } else {
      await insertReleased(tx, orphans, world.now())
    }
    const isAll = listed.length < LISTED_AT_ONCE
    await moveSweep(tx, 'sweep:blobs', isAll ? '0' : (listed.at(-1) as ListedBlob).key)
    return !isAll
  })
}

async function withoutRows(tx: Tx, engine: Engine, blobs: readonly ListedBlob[]): Promise<ListedBlob[]> {
  const keys = blobs.map((blob) => blob.key)
  const needed = await referredTo(tx, engine, keys)
  const known = new Set(await selectReleasedKeys(tx, engine, keys))
  return blobs.filter(({ key }) => !needed.has(key) && !known.has(key))
}

/** Remove what is left of uploads in parts that nobody can complete any more. */
export async function dropUnfinishedUploads(world: GarbageWorld): Promise<void> {
  await world.blobs.dropUnfinished(world.now() - 2 * UPLOAD_URL_TTL_MS)
}

/** What would be removed: now, and once its grace is over. */
export type GarbageSummary = { now: { count: number; bytes: number }; later: { count: number; bytes: number } }

/** Changes nothing. Blobs that no row has ever named are found by `releaseOrphans` only. */
export async function summarizeGarbage(
  world: Pick<GarbageWorld, 'config' | 'now'> & { db: Pick<World['db'], 'read' | 'engine'> },
): Promise<GarbageSummary> {
  const { read, engine } = world.db
  const before = world.now() - world.config.blobsGraceHours * HOUR_MS
  const summary = { now: { count: 0, bytes: 0 }, later: { count: 0, bytes: 0 } }
  let after = ''
  for (;;) {
    const page = await selectReleased(read, { after, limit: LISTED_AT_ONCE })
    const needed = await referredTo(
      read,
      engine,
      page.map((blob) => blob.blob_key),
    )
    for (const { blob_key, size, since } of page) {
      if (needed.has(blob_key)) continue
      const part = since <= before ? summary.now : summary.later
      part.count += 1
      part.bytes += size ?? 0
    }
    if (page.length < LISTED_AT_ONCE) return summary
    after = (page.at(-1) as { blob_key: string }).blob_key
  }
}
