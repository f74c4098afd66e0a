import type { Reader, Tx } from '../database/database.ts'
import { statement } from '../database/statement.ts'
import type { ManifestKind } from './types.ts'

function manifests(db: Reader | Tx) {
  return db
    .selectFrom('manifests')
    .select([
      'manifests.id',
      'manifests.artifact_id',
      'manifests.kind',
      'manifests.name',
      'manifests.digest',
      'manifests.base_artifact_id',
      'manifests.blob_key',
      'manifests.size',
      'manifests.run_id',
    ])
}

export type ManifestRecord = NonNullable<Awaited<ReturnType<typeof selectManifest>>>

export async function selectManifest(db: Reader | Tx, id: number) {
  const [manifest] = await selectManifestById(db, { id })
  return manifest
}

const selectManifestById = statement((db, input: { id: number }) => manifests(db).where('id', '=', input.id))

export async function selectManifestOfArtifact(
  db: Reader | Tx,
  artifactId: number,
): Promise<ManifestRecord | undefined> {
  const [last] = await selectLastManifest(db, { artifactId })
  return last
}

/** The one made last; none, or one. */
export const selectLastManifest = statement((db, input: { artifactId: number }) =>
  manifests(db).where('artifact_id', '=', input.artifactId).orderBy('id', 'desc').limit(1),
)

/** All of them, in the order in which they were made, with the state of the runs that write them. */
export async function selectManifests(db: Reader | Tx, artifactId: number) {
  return selectManifestsWithRuns(db, { artifactId })
}

const selectManifestsWithRuns = statement((db, input: { artifactId: number }) =>
  manifests(db)
    .leftJoin('runs', 'runs.id', 'manifests.run_id')
    .select(['runs.name as run', 'runs.state as run_state', 'runs.heartbeat_at as run_heartbeat_at'])
    .where('manifests.artifact_id', '=', input.artifactId)
    .orderBy('manifests.id'),
)

export async function deleteManifests(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await tx.deleteFrom('manifests').where('id', 'in', ids).execute()
}

type NewManifest = {
  artifactId: number
  kind: ManifestKind
  name: string
  digest: string
  baseArtifactId: number | null
  blobKey: string | null
  size: number | null
  runId: number | null
  now: number
}

/** `size` is `null` until the bytes are durable. */
export async function insertManifest(tx: Tx, input: NewManifest): Promise<number> {
  const [row] = await insertManifestWithId(tx, input)
  return row!.id
}

const insertManifestWithId = statement((tx, input: NewManifest) =>
  tx
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
      run_id: input.runId,
    })
    .returning('id'),
)

type ChangedManifest = {
  id: number
  digest: string
  baseArtifactId: number | null
  blobKey: string | null
  size: number | null
}

/** `size` is `null` until the bytes are durable. */
export const updateManifestRow = statement((tx, input: ChangedManifest) =>
  tx
    .updateTable('manifests')
    .set({
      digest: input.digest,
      base_artifact_id: input.baseArtifactId,
      blob_key: input.blobKey,
      size: input.size,
    })
    .where('id', '=', input.id),
)
