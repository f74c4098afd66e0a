import type { Tx } from '../database/database.ts'
import type { World } from '../world.ts'
import { findFilters } from './store.ts'
import { readFilter, type StoredFilter } from './stored-filter.ts'

/** Characters of filters that are kept parsed, for each server. Most filters have some hundred, none more than 16 Ki. */
const KEPT_LENGTH_MAX = 8 * 1024 * 1024

type Kept = { length: number; stored: StoredFilter | null }

const caches = new WeakMap<World, ReturnType<typeof createFilterCache>>()

/**
 * The filters of these revisions, parsed, by the revision's id; `null` for one that cannot be read, which only a database
 * written by another version can bring about. A revision never changes, so each is read once.
 */
export async function loadFilters(
  world: World,
  tx: Tx,
  revisionIds: readonly number[],
): Promise<Map<number, StoredFilter | null>> {
  let cache = caches.get(world)
  if (cache === undefined) {
    cache = createFilterCache()
    caches.set(world, cache)
  }
  const { get, keep } = cache
  const filters = new Map<number, StoredFilter | null>()
  const unknown: number[] = []
  for (const id of revisionIds) {
    const stored = get(id)
    if (stored === undefined) unknown.push(id)
    else filters.set(id, stored)
  }
  const read = (await findFilters(tx, unknown)).map(({ revisionId, filter, eventType }) => ({
    revisionId,
    kept: { length: filter.length, stored: readFilter(filter, eventType) },
  }))
  for (const { revisionId, kept } of read) filters.set(revisionId, kept.stored)
  // The id of a revision is given again if the transaction that made it fails, and this may be that one.
  if (read.length > 0) {
    world.db.afterCommit(() => {
      for (const { revisionId, kept } of read) keep(revisionId, kept)
    })
  }
  return filters
}

/** The least recently used goes first. */
function createFilterCache() {
  const byRevision = new Map<number, Kept>()
  let length = 0

  function forget(revisionId: number): void {
    length -= byRevision.get(revisionId)?.length ?? 0
    byRevision.delete(revisionId)
  }

  return {
    get(revisionId: number): StoredFilter | null | undefined {
      const kept = byRevision.get(revisionId)
      if (kept === undefined) return undefined
      byRevision.delete(revisionId)
      byRevision.set(revisionId, kept)
      return kept.stored
    },
    keep(revisionId: number, kept: Kept): void {
      forget(revisionId)
      byRevision.set(revisionId, kept)
      length += kept.length
      for (const oldest of byRevision.keys()) {
        if (length <= KEPT_LENGTH_MAX) break
        forget(oldest)
      }
    },
  }
}
