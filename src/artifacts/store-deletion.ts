import type { Tx } from '../database/database.ts'

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
export async function forgetSequenceBlobs(tx: Tx, artifactIds: readonly number[]): Promise<void> {
  if (artifactIds.length === 0) return
  await tx
    .deleteFrom('sequence_blobs')
    .where('sequence_id', 'in', (select) =>
      select.selectFrom('artifacts').select('sequence_id').where('id', 'in', artifactIds),
    )
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('manifest_entries')
          .innerJoin('artifacts', 'artifacts.id', 'manifest_entries.artifact_id')
          .select('manifest_entries.artifact_id')
          .where('manifest_entries.artifact_id', 'in', artifactIds)
          .where('manifest_entries.blob_key', 'is not', null)
          .whereRef('manifest_entries.digest', '=', 'sequence_blobs.digest')
          .whereRef('artifacts.sequence_id', '=', 'sequence_blobs.sequence_id'),
      ),
    )
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

/**
 * What is left of deleted artifacts is their row, because runs, manifests and other versions' files point to it: no
 * tags, no files. Their memberships must be gone before.
 */
export async function deleteArtifacts(tx: Tx, input: { ids: readonly number[]; now: number }): Promise<void> {
  const { ids } = input
  if (ids.length === 0) return
  await tx.deleteFrom('manifest_entries').where('artifact_id', 'in', ids).execute()
  await tx.deleteFrom('artifact_files').where('artifact_id', 'in', ids).execute()
  await tx.deleteFrom('artifact_tags').where('artifact_id', 'in', ids).execute()
  await tx.updateTable('artifacts').set({ state: 'DELETED', updated_at: input.now }).where('id', 'in', ids).execute()
}

/** The collection's row, and what is pending in it. Its memberships must be gone before; its artifacts keep its name. */
export async function deleteCollectionRow(tx: Tx, input: { id: number; name: string; now: number }): Promise<void> {
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
