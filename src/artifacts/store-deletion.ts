import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { releaseBlobs } from '../database/released-blobs.ts'

/** Their aliases must be gone before. */
export async function deleteMemberships(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await tx.deleteFrom('memberships').where('id', 'in', ids).execute()
}

/** Every membership of a collection, oldest first. */
export async function selectMembershipIds(tx: Tx, collectionId: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('memberships')
    .select('id')
    .where('collection_id', '=', collectionId)
    .orderBy('version')
    .execute()
  return rows.map((row) => row.id)
}

/**
 * Contents that only these versions hold can be granted to no other any more. To be done while they still have their
 * files.
 */
export async function forgetSequenceBlobs(tx: Tx, engine: Engine, artifactIds: readonly number[]): Promise<void> {
  if (artifactIds.length === 0) return
  await lockSequenceBlobs(tx, engine, isHeldBy(artifactIds))
  await tx
    .deleteFrom('sequence_blobs')
    .where(isHeldBy(artifactIds))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('manifest_entries')
            .select('manifest_entries.artifact_id')
            .whereRef('manifest_entries.blob_key', '=', 'sequence_blobs.blob_key')
            .where('manifest_entries.artifact_id', 'not in', artifactIds),
        ),
      ),
    )
    .execute()
}

/** Rows of `sequence_blobs` whose content these artifacts have, where they were logged. */
function isHeldBy(artifactIds: readonly number[]): Expression<SqlBool> {
  return sql<SqlBool>`(sequence_id, digest) in (
    select artifacts.sequence_id, manifest_entries.digest
    from artifacts join manifest_entries on manifest_entries.artifact_id = artifacts.id
    where artifacts.id in (${sql.join(artifactIds)}) and manifest_entries.blob_key is not null)`
}

/** In the order in which grants hold them, or one of the two would wait for the other and be waited for. */
async function lockSequenceBlobs(tx: Tx, engine: Engine, which: Expression<SqlBool>): Promise<void> {
  if (!engine.rowLocks) return
  await tx
    .selectFrom('sequence_blobs')
    .select('digest')
    .where(which)
    .orderBy('sequence_id')
    .orderBy('digest')
    .forUpdate()
    .execute()
}

/**
 * What is left of deleted artifacts is their row, because runs, manifests and other versions' files point to it: no
 * tags, no files. Their memberships must be gone before. What nothing else refers to of their bytes is removed later.
 */
export async function deleteArtifacts(tx: Tx, input: { ids: readonly number[]; now: number }): Promise<void> {
  const { ids } = input
  if (ids.length === 0) return
  await letGoOfBytes(tx, sql`select id from artifacts where id in (${sql.join(ids)})`, input.now)
  await tx.deleteFrom('manifest_entries').where('artifact_id', 'in', ids).execute()
  await tx.deleteFrom('artifact_files').where('artifact_id', 'in', ids).execute()
  await tx.deleteFrom('artifact_tags').where('artifact_id', 'in', ids).execute()
  await tx.updateTable('artifacts').set({ state: 'DELETED', updated_at: input.now }).where('id', 'in', ids).execute()
}

/** `artifacts`: a `select` of their ids. Their entries and promised files are to be deleted next. */
async function letGoOfBytes(tx: Tx, artifacts: RawBuilder<unknown>, now: number): Promise<void> {
  const blobs = sql`
    with gone (id) as (${artifacts})
    select blob_key, size from manifest_entries where artifact_id in (select id from gone) and blob_key is not null
    union all select blob_key, size from artifact_files where artifact_id in (select id from gone)
    union all select blob_key, size from manifests where artifact_id in (select id from gone) and blob_key is not null
  `
  await releaseBlobs(tx, blobs, now)
  await sql`delete from unchecked_blobs where blob_key in (select blob_key from (${blobs}) as released)`.execute(tx)
  await sql`
    update manifests set blob_key = null, size = null where artifact_id in (${artifacts}) and blob_key is not null
  `.execute(tx)
}

/** The collection's row, and what is pending in it. Its memberships must be gone before; its artifacts keep its name. */
export async function deleteCollectionRow(
  tx: Tx,
  engine: Engine,
  input: { id: number; name: string; now: number },
): Promise<void> {
  await lockSequenceBlobs(tx, engine, sql`sequence_id = ${input.id}`)
  await letGoOfBytes(tx, sql`select id from artifacts where sequence_id = ${input.id}`, input.now)
  await tx
    .deleteFrom('artifact_files')
    .where('artifact_id', 'in', (select) =>
      select.selectFrom('artifacts').select('id').where('sequence_id', '=', input.id),
    )
    .execute()
  await tx
    .updateTable('artifacts')
    .set({ state: 'DELETED', sequence_id: null, sequence_name: input.name, updated_at: input.now })
    .where('sequence_id', '=', input.id)
    .execute()
  await tx.deleteFrom('sequence_blobs').where('sequence_id', '=', input.id).execute()
  await tx.deleteFrom('collection_tags').where('collection_id', '=', input.id).execute()
  await tx.deleteFrom('collections').where('id', '=', input.id).execute()
}
