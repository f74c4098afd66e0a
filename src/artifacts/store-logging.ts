import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import { type Engine, insertChunks } from '../database/engine.ts'
import type { PlacedEntry, PromisedFile } from './file-matching.ts'
import { holdArtifacts } from './store-versions.ts'
import type { ManifestKind } from './types.ts'

export async function insertArtifact(
  tx: Tx,
  input: {
    publicId: string
    projectId: number
    typeId: number
    sequenceId: number
    sequenceName: string
    digest: string
    description: string | null
    metadata: string
    ttlSeconds: number | null
    historyStep: number | null
    clientId: string | null
    distributedId: string | null
    aliases: readonly string[]
    tags: readonly string[]
    runId: number | null
    userId: number
    now: number
  },
): Promise<number> {
  const { id } = await tx
    .insertInto('artifacts')
    .values({
      public_id: input.publicId,
      project_id: input.projectId,
      type_id: input.typeId,
      sequence_id: input.sequenceId,
      sequence_name: input.sequenceName,
      state: 'PENDING',
      digest: input.digest,
      description: input.description,
      metadata: input.metadata,
      ttl_seconds: input.ttlSeconds,
      commit_hash: null,
      history_step: input.historyStep,
      client_id: input.clientId,
      distributed_id: input.distributedId,
      requested_aliases: JSON.stringify(input.aliases),
      requested_tags: JSON.stringify(input.tags),
      run_id: input.runId,
      created_by: input.userId,
      created_at: input.now,
      committed_at: null,
      updated_at: input.now,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** What a client that repeats its call made before, in this very sequence. */
export async function selectOwnArtifact(
  tx: Tx,
  input: { sequenceId: number; clientId: string; userId: number },
): Promise<{ id: number; state: 'PENDING' | 'COMMITTED' } | undefined> {
  const row = await tx
    .selectFrom('artifacts')
    .select(['id', 'state'])
    .where('client_id', '=', input.clientId)
    .where('sequence_id', '=', input.sequenceId)
    .where('created_by', '=', input.userId)
    .where('state', '<>', 'DELETED')
    .executeTakeFirst()
  return row as { id: number; state: 'PENDING' | 'COMMITTED' } | undefined
}

/** `pending` becomes a version; `false` when it was none any more. */
export async function markCommitted(
  tx: Tx,
  input: { id: number; size: number; fileCount: number; createdAt: number; now: number },
): Promise<boolean> {
  const row = await tx
    .updateTable('artifacts')
    .set({
      state: 'COMMITTED',
      size: input.size,
      file_count: input.fileCount,
      created_at: input.createdAt,
      committed_at: input.now,
      updated_at: input.now,
    })
    .where('id', '=', input.id)
    .where('state', '=', 'PENDING')
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

// Manifests

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

// Files promised to artifacts in the making

export async function selectPromisedFiles(
  db: Reader | Tx,
  input: { artifactId: number; paths?: readonly string[] },
): Promise<PromisedFile[]> {
  const rows = await db
    .selectFrom('artifact_files')
    .select(['path', 'digest', 'size', 'blob_key', 'birth_artifact_id'])
    .where('artifact_id', '=', input.artifactId)
    .$if(input.paths !== undefined, (query) => query.where('path', 'in', input.paths as readonly string[]))
    .execute()
  return rows.map((row) => ({
    path: row.path,
    digest: row.digest,
    size: row.size,
    blobKey: row.blob_key,
    birthArtifactId: row.birth_artifact_id,
  }))
}

/** The promised file whose bytes the artifact itself is to bring under this key. */
export async function selectPromisedBlob(
  db: Reader,
  input: { artifactId: number; blobKey: string },
): Promise<{ digest: string } | undefined> {
  return db
    .selectFrom('artifact_files')
    .select('digest')
    .where('blob_key', '=', input.blobKey)
    .where('artifact_id', '=', input.artifactId)
    .where('birth_artifact_id', '=', input.artifactId)
    .executeTakeFirst()
}

export async function insertPromisedFiles(
  tx: Tx,
  engine: Engine,
  input: { artifactId: number; files: readonly PromisedFile[]; now: number },
): Promise<void> {
  const rows = input.files.map((file) => ({
    artifact_id: input.artifactId,
    path: file.path,
    digest: file.digest,
    blob_key: file.blobKey,
    birth_artifact_id: file.birthArtifactId,
    size: file.size,
    created_at: input.now,
  }))
  for (const chunk of insertChunks(engine, rows)) await tx.insertInto('artifact_files').values(chunk).execute()
}

export async function deletePromisedFiles(tx: Tx, artifactId: number): Promise<void> {
  await tx.deleteFrom('artifact_files').where('artifact_id', '=', artifactId).execute()
}

export type HeldContent = { blobKey: string; size: number; birthArtifactId: number }

/**
 * Contents that committed versions of the sequence hold, by digest. Until the transaction ends nobody lets go of them, so
 * that they can be granted.
 */
export async function holdSequenceBlobs(
  tx: Tx,
  engine: Engine,
  input: { sequenceId: number; digests: readonly string[] },
): Promise<Map<string, HeldContent>> {
  if (input.digests.length === 0) return new Map()
  const contents = tx
    .selectFrom('sequence_blobs')
    .selectAll()
    .where('sequence_id', '=', input.sequenceId)
    .where('digest', 'in', input.digests)
  let rows = await contents.execute()
  if (engine.rowLocks && rows.length > 0) {
    // Artifacts first, as whoever deletes one has it, and then waits for these.
    await holdArtifacts(
      tx,
      engine,
      rows.map((row) => row.birth_artifact_id),
    )
    rows = await contents.orderBy('digest').forShare().execute()
  }
  return new Map(
    rows.map((row) => [row.digest, { blobKey: row.blob_key, size: row.size, birthArtifactId: row.birth_artifact_id }]),
  )
}

/** Let later versions of the sequence be granted what this one brought. */
export async function insertSequenceBlobs(
  tx: Tx,
  engine: Engine,
  input: {
    sequenceId: number
    blobs: readonly { digest: string; blobKey: string; birthArtifactId: number; size: number }[]
  },
): Promise<void> {
  const rows = input.blobs.map((blob) => ({
    sequence_id: input.sequenceId,
    digest: blob.digest,
    blob_key: blob.blobKey,
    birth_artifact_id: blob.birthArtifactId,
    size: blob.size,
  }))
  for (const chunk of insertChunks(engine, rows)) {
    await tx
      .insertInto('sequence_blobs')
      .values(chunk)
      .onConflict((conflict) => conflict.columns(['sequence_id', 'digest']).doNothing())
      .execute()
  }
}

export async function insertEntries(
  tx: Tx,
  engine: Engine,
  input: { artifactId: number; entries: readonly PlacedEntry[] },
): Promise<void> {
  const rows = input.entries.map((entry) => ({
    artifact_id: input.artifactId,
    path: entry.path,
    digest: entry.digest,
    size: entry.size,
    ref: entry.ref,
    extra: entry.extra,
    blob_key: entry.blobKey,
    birth_artifact_id: entry.birthArtifactId,
  }))
  for (const chunk of insertChunks(engine, rows)) await tx.insertInto('manifest_entries').values(chunk).execute()
}

// Uploads

/**
 * Note that the bytes of promised files or manifests are durable. The keys of those that anything waits, or ever waited,
 * for.
 */
export async function markStored(
  tx: Tx,
  engine: Engine,
  blobs: readonly { key: string; size: number }[],
): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  const unknown = () => blobs.filter(({ key }) => !known.has(key))
  for (const table of ['artifact_files', 'manifests'] as const) {
    for (const chunk of insertChunks(engine, unknown())) {
      for (const key of await setSizes(tx, table, chunk)) known.add(key)
    }
  }
  const rest = unknown().map(({ key }) => key)
  if (rest.length === 0) return known
  const rows = await tx
    .selectFrom('manifest_entries')
    .select('blob_key')
    .distinct()
    .where(engine.isOneOf('blob_key', rest, 'text'))
    .execute()
  for (const row of rows) known.add(row.blob_key as string)
  return known
}

/** The keys of the blobs that the table has. */
async function setSizes(
  tx: Tx,
  table: 'artifact_files' | 'manifests',
  blobs: readonly { key: string; size: number }[],
): Promise<string[]> {
  const values = blobs.map(({ key, size }) => sql`(cast(${key} as text), cast(${size} as bigint))`)
  const { rows } = await sql<{ blob_key: string }>`
    with stored (blob_key, size) as (values ${sql.join(values)})
    update ${sql.table(table)} set size = stored.size from stored where ${sql.table(table)}.blob_key = stored.blob_key
    returning ${sql.table(table)}.blob_key
  `.execute(tx)
  return rows.map((row) => row.blob_key)
}

/** Note the bytes of a manifest that arrived at the store itself. */
export async function markManifestArrived(tx: Tx, blob: { blobKey: string; size: number }): Promise<void> {
  await tx
    .updateTable('manifests')
    .set({ size: blob.size })
    .where('blob_key', '=', blob.blobKey)
    .where('size', 'is', null)
    .execute()
}

/** Note the bytes of promised files that arrived at the store itself. */
export async function markFilesArrived(
  tx: Tx,
  engine: Engine,
  input: { artifactId: number; files: readonly { blobKey: string; size: number }[] },
): Promise<void> {
  for (const chunk of insertChunks(engine, input.files)) {
    const rows = chunk.map(({ blobKey, size }) => sql`(cast(${blobKey} as text), cast(${size} as bigint))`)
    await sql`
      with arrived (blob_key, size) as (values ${sql.join(rows)})
      update artifact_files set size = arrived.size from arrived
      where artifact_files.blob_key = arrived.blob_key and artifact_files.artifact_id = ${input.artifactId}
    `.execute(tx)
  }
}
