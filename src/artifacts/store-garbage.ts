import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { statement } from '../database/statement.ts'

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

/** Pending artifacts that nothing was asked of since before this time, locked; `sharedBefore`: those of several runs. */
export async function lockAbandoned(
  tx: Tx,
  engine: Engine,
  input: { before: number; sharedBefore: number; limit: number },
): Promise<number[]> {
  const rows = await tx
    .selectFrom('artifacts')
    .select('id')
    .where('state', '=', sql.lit('PENDING'))
    .where('updated_at', '<', input.before)
    .where((each) => each.or([each('distributed_id', 'is', null), each('updated_at', '<', input.sharedBefore)]))
    .orderBy('updated_at')
    .limit(input.limit)
    .$if(engine.rowLocks, (query) => query.forUpdate().skipLocked())
    .execute()
  return rows.map((row) => row.id)
}

/** Says that the pending artifact is being worked on. */
export const touchPending = statement((db, input: { id: number; now: number }) =>
  db
    .updateTable('artifacts')
    .set({ updated_at: input.now })
    .where('id', '=', input.id)
    .where('state', '=', sql.lit('PENDING')),
)

/** What a blob must be: `isCertain` once a version or a note says that it is, and not before. MD5 in base64. */
export type KnownDigest = { md5: string; isCertain: boolean }

/** The digests of the blobs that versions have, or pending artifacts were promised, by key. */
export async function selectDigests(
  db: Reader,
  engine: Engine,
  keys: readonly string[],
): Promise<[string, KnownDigest][]> {
  const isOne = engine.isOneOf('blob_key', keys, 'text')
  const { rows } = await sql<{ blob_key: string; digest: string; is_certain: number }>`
    select blob_key, digest, max(is_certain) as is_certain from (
      select blob_key, digest, 1 as is_certain from manifest_entries where ${isOne}
      union all
      select blob_key, digest, case when size is null then 0 else 1 end from artifact_files where ${isOne}
      union all
      select blob_key, digest, case when size is null then 0 else 1 end from manifests where ${isOne}
    ) as found group by blob_key, digest
  `.execute(db)
  return rows.map((row) => [row.blob_key, { md5: row.digest, isCertain: row.is_certain === 1 }])
}
