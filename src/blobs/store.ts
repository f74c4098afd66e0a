import { type RawBuilder, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { releaseBlobs } from '../database/released-blobs.ts'

/** `size` in bytes; `null` if they may never have arrived. `since`: when something last let go of it. */
export type ReleasedBlob = { blob_key: string; size: number | null; since: number }

/** Blobs let go of before this time, the oldest first, locked; not those that another process has in hand. */
export async function lockReleased(
  tx: Tx,
  engine: Engine,
  input: { before: number; limit: number },
): Promise<ReleasedBlob[]> {
  return tx
    .selectFrom('released_blobs')
    .selectAll()
    .where('since', '<=', input.before)
    .orderBy('since')
    .limit(input.limit)
    .$if(engine.rowLocks, (query) => query.forUpdate().skipLocked())
    .execute()
}

/** In the order of keys. */
export async function selectReleased(db: Reader, input: { after: string; limit: number }): Promise<ReleasedBlob[]> {
  return db
    .selectFrom('released_blobs')
    .selectAll()
    .where('blob_key', '>', input.after)
    .orderBy('blob_key')
    .limit(input.limit)
    .execute()
}

export async function deleteReleased(tx: Tx, engine: Engine, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  await tx
    .deleteFrom('released_blobs')
    .where(engine.isOneOf('blob_key', keys, 'text'))
    .execute()
}

/** Those of the keys that have been let go of. */
export async function selectReleasedKeys(tx: Tx, engine: Engine, keys: readonly string[]): Promise<string[]> {
  if (keys.length === 0) return []
  const rows = await tx
    .selectFrom('released_blobs')
    .select('blob_key')
    .where(engine.isOneOf('blob_key', keys, 'text'))
    .execute()
  return rows.map((row) => row.blob_key)
}

export async function insertReleased(
  tx: Tx,
  blobs: readonly { key: string; size: number }[],
  now: number,
): Promise<void> {
  if (blobs.length === 0) return
  const rows: RawBuilder<unknown>[] = blobs.map(
    ({ key, size }) => sql`select cast(${key} as text) as blob_key, cast(${size} as bigint) as size`,
  )
  for (let start = 0; start < rows.length; start += SELECTS_MAX) {
    await releaseBlobs(tx, sql.join(rows.slice(start, start + SELECTS_MAX), sql` union all `), now)
  }
}

/** SQLite takes no more in one statement. */
const SELECTS_MAX = 400
