import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import { type Engine, insertChunks } from '../database/engine.ts'

/** Note that these came in parts, so that nothing is granted from them before they have been read. */
export async function insertUnchecked(
  tx: Tx,
  engine: Engine,
  blobs: readonly { blobKey: string; digest: string; size: number }[],
): Promise<void> {
  const rows = blobs.map(({ blobKey, digest, size }) => ({
    blob_key: blobKey,
    digest,
    size,
    claimed_until: 0,
    wrong_at: null,
  }))
  for (const chunk of insertChunks(engine, rows)) {
    await tx
      .insertInto('unchecked_blobs')
      .values(chunk)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

/** Those among the files promised to an artifact. */
export async function selectUncheckedOf(db: Reader, artifactId: number): Promise<Set<string>> {
  const rows = await db
    .selectFrom('artifact_files')
    .innerJoin('unchecked_blobs', 'unchecked_blobs.blob_key', 'artifact_files.blob_key')
    .select('artifact_files.blob_key')
    .where('artifact_id', '=', artifactId)
    .execute()
  return new Set(rows.map((row) => row.blob_key))
}

export type UncheckedBlob = { blob_key: string; digest: string; artifact_id: number }

/** One that a version has, for the caller alone for so long. */
export async function claimUnchecked(
  tx: Tx,
  engine: Engine,
  input: { now: number; claimMs: number },
): Promise<UncheckedBlob | undefined> {
  const found = await tx
    .selectFrom('unchecked_blobs')
    .innerJoin('manifest_entries', 'manifest_entries.blob_key', 'unchecked_blobs.blob_key')
    .select(['unchecked_blobs.blob_key', 'unchecked_blobs.digest', 'manifest_entries.artifact_id'])
    .where('wrong_at', 'is', null)
    .where('claimed_until', '<=', input.now)
    .orderBy('claimed_until')
    .limit(1)
    .$if(engine.rowLocks, (query) => query.forUpdate('unchecked_blobs').skipLocked())
    .executeTakeFirst()
  if (found === undefined) return undefined
  await claimUntil(tx, { blobKey: found.blob_key, until: input.now + input.claimMs })
  return found
}

export async function claimUntil(tx: Tx, input: { blobKey: string; until: number }): Promise<void> {
  await tx
    .updateTable('unchecked_blobs')
    .set({ claimed_until: input.until })
    .where('blob_key', '=', input.blobKey)
    .execute()
}

/** It is what was said: later versions of its sequence can be granted it. The artifact must be locked. */
export async function acceptUnchecked(tx: Tx, blob: UncheckedBlob): Promise<void> {
  await sql`
    insert into sequence_blobs (sequence_id, digest, blob_key, birth_artifact_id, size)
    select artifacts.sequence_id, entry.digest, entry.blob_key, artifacts.id, entry.size
    from manifest_entries as entry join artifacts on artifacts.id = entry.artifact_id
    where entry.blob_key = ${blob.blob_key} and artifacts.id = ${blob.artifact_id}
      and artifacts.sequence_id is not null
    limit 1
    on conflict (sequence_id, digest) do nothing
  `.execute(tx)
  await tx.deleteFrom('unchecked_blobs').where('blob_key', '=', blob.blob_key).execute()
}

/** It is not what was said, and nobody is ever granted it. */
export async function rejectUnchecked(tx: Tx, input: { blobKey: string; now: number }): Promise<void> {
  await tx.updateTable('unchecked_blobs').set({ wrong_at: input.now }).where('blob_key', '=', input.blobKey).execute()
}
