import type { Reader, Tx } from '../database/database.ts'
import type { ManifestKind } from './types.ts'

export type ManifestRecord = NonNullable<Awaited<ReturnType<typeof selectManifest>>>

export async function selectManifest(db: Reader | Tx, id: number) {
  return db.selectFrom('manifests').selectAll().where('id', '=', id).executeTakeFirst()
}

/** The one made last. */
export async function selectManifestOfArtifact(
  db: Reader | Tx,
  artifactId: number,
): Promise<ManifestRecord | undefined> {
  return db
    .selectFrom('manifests')
    .selectAll()
    .where('artifact_id', '=', artifactId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** All of them, in the order in which they were made, with the state of the runs that write them. */
export async function selectManifests(db: Reader | Tx, artifactId: number) {
  return db
    .selectFrom('manifests')
    .leftJoin('runs', 'runs.id', 'manifests.run_id')
    .selectAll('manifests')
    .select(['runs.name as run', 'runs.state as run_state', 'runs.heartbeat_at as run_heartbeat_at'])
    .where('manifests.artifact_id', '=', artifactId)
    .orderBy('manifests.id')
    .execute()
}

export async function deleteManifests(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await tx.deleteFrom('manifests').where('id', 'in', ids).execute()
}

/** `size` is `null` until the bytes are durable. */
export async function insertManifest(
  tx: Tx,
  input: {
    artifactId: number
    kind: ManifestKind
    name: string
    digest: string
    baseArtifactId: number | null
    blobKey: string | null
    size: number | null
    runId?: number | null
    now: number
  },
): Promise<number> {
  const { id } = await tx
    .insertInto('manifests')
    .values({
      artifact_id: input.artifactId,
      kind: input.kind,
      name: input.name,
      digest: input.digest,
      base_artifact_id: input.baseArtifactId,
      blob_key: input.blobKey,
      size: input.size,
      created_at: input.now,
      run_id: input.runId ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** `size` is `null` until the bytes are durable. */
export async function updateManifestRow(
  tx: Tx,
  input: {
    id: number
    digest: string
    baseArtifactId: number | null
    blobKey: string | null
    size: number | null
  },
): Promise<void> {
  await tx
    .updateTable('manifests')
    .set({
      digest: input.digest,
      base_artifact_id: input.baseArtifactId,
      blob_key: input.blobKey,
      size: input.size,
    })
    .where('id', '=', input.id)
    .execute()
}
