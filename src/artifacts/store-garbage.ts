import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'

/**
 * Those of the blobs that any row of ours refers to. One statement, because a commit takes a blob from one table to
 * another: two would see it in neither.
 */
export async function selectBlobsInUse(db: Reader | Tx, engine: Engine, keys: readonly string[]): Promise<string[]> {
  const isOne = engine.isOneOf('blob_key', keys, 'text')
  const { rows } = await sql<{ blob_key: string }>`
    select blob_key from manifest_entries where ${isOne}
    union select blob_key from artifact_files where ${isOne}
    union select blob_key from manifests where ${isOne}
    union select blob_key from sequence_blobs where ${isOne}
  `.execute(db)
  return rows.map((row) => row.blob_key)
}

/** Pending artifacts that nothing was asked of since before this time, locked. */
export async function lockAbandoned(
  tx: Tx,
  engine: Engine,
  input: { before: number; limit: number },
): Promise<number[]> {
  const rows = await tx
    .selectFrom('artifacts')
    .select('id')
    .where('state', '=', sql.lit('PENDING'))
    .where('updated_at', '<', input.before)
    .orderBy('updated_at')
    .limit(input.limit)
    .$if(engine.rowLocks, (query) => query.forUpdate().skipLocked())
    .execute()
  return rows.map((row) => row.id)
}

/** Locks the pending artifact, and says that it is being worked on. */
export async function touchPending(tx: Tx, input: { id: number; now: number }): Promise<void> {
  await tx
    .updateTable('artifacts')
    .set({ updated_at: input.now })
    .where('id', '=', input.id)
    .where('state', '=', 'PENDING')
    .execute()
}

/** The digests (MD5, base64) of the blobs that versions have, by key. */
export async function selectDigests(db: Reader, engine: Engine, keys: readonly string[]): Promise<[string, string][]> {
  const isOne = engine.isOneOf('blob_key', keys, 'text')
  const { rows } = await sql<{ blob_key: string; digest: string }>`
    select blob_key, digest from manifest_entries where ${isOne}
    union select blob_key, digest from artifact_files where ${isOne} and size is not null
    union select blob_key, digest from manifests where ${isOne} and size is not null
  `.execute(db)
  return rows.map((row) => [row.blob_key, row.digest])
}
