import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import { type Engine, insertChunks } from '../database/engine.ts'
import { batch, statement } from '../database/statement.ts'
import type { PlacedEntry, PromisedFile } from './file-matching.ts'
import type { SharedDraft } from './shared-draft.ts'
import { holdArtifacts } from './store-versions.ts'

type NewArtifact = {
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
  runId: number | null
  userId: number
  now: number
}

export async function insertArtifact(
  tx: Tx,
  input: NewArtifact & { aliases: readonly string[]; tags: readonly string[] },
): Promise<number> {
  const [aliases, tags] = [JSON.stringify(input.aliases), JSON.stringify(input.tags)]
  const [row] = await insertArtifactRow(tx, { ...input, aliases, tags })
  return row!.id
}

const insertArtifactRow = statement((tx, input: NewArtifact & { aliases: string; tags: string }) =>
  tx
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
      requested_aliases: input.aliases,
      requested_tags: input.tags,
      run_id: input.runId,
      created_by: input.userId,
      created_at: input.now,
      committed_at: null,
      updated_at: input.now,
    })
    .returning('id'),
)

function makings(db: Reader | Tx, id: number) {
  return db
    .selectFrom('artifacts')
    .innerJoin('projects', 'projects.id', 'artifacts.project_id')
    .select([
      'artifacts.state',
      'artifacts.created_by',
      'artifacts.distributed_id',
      'artifacts.updated_at',
      'projects.id as project_id',
      'projects.entity_id',
    ])
    .where('artifacts.id', '=', id)
    .where('artifacts.state', '<>', sql.lit('DELETED'))
}

/** Who makes the artifact and where, and how far it is: for each step of an upload. None, or one. */
export const selectMaking = statement((db, input: { id: number }) => makings(db, input.id))

/** The same of one that nobody else works on until the transaction ends. */
export const selectMakingLocked = statement((tx, input: { id: number }, engine) =>
  makings(tx, input.id).$if(engine.rowLocks, (query) => query.forNoKeyUpdate('artifacts')),
)

export type Making = Awaited<ReturnType<typeof selectMaking>>[number]

/** What a client that repeats its call made before: one at most in a sequence. */
export const selectOwnArtifacts = statement((tx, input: { clientId: string; userId: number }) =>
  tx
    .selectFrom('artifacts')
    .select(['id', 'sequence_id', sql<'PENDING' | 'COMMITTED'>`state`.as('state')])
    .where('client_id', '=', input.clientId)
    .where('created_by', '=', input.userId)
    .where('state', '<>', sql.lit('DELETED')),
)

/** What several runs make together under one name, as long as it is pending. */
export async function selectShared(
  tx: Tx,
  input: { sequenceId: number; distributedId: string },
): Promise<(SharedDraft & { id: number; typeId: number }) | undefined> {
  const row = await tx
    .selectFrom('artifacts')
    .select(['id', 'type_id', 'description', 'metadata', 'ttl_seconds', 'requested_aliases', 'requested_tags'])
    .where('sequence_id', '=', input.sequenceId)
    .where('distributed_id', '=', input.distributedId)
    .where('state', '=', 'PENDING')
    .executeTakeFirst()
  if (row === undefined) return undefined
  return {
    id: row.id,
    typeId: row.type_id,
    description: row.description,
    metadata: row.metadata,
    ttlSeconds: row.ttl_seconds,
    aliases: JSON.parse(row.requested_aliases) as string[],
    tags: JSON.parse(row.requested_tags) as string[],
  }
}

/** `runId`: the run that logs it now. */
export async function updateShared(
  tx: Tx,
  input: SharedDraft & { id: number; runId: number | null; now: number },
): Promise<void> {
  await tx
    .updateTable('artifacts')
    .set({
      description: input.description,
      metadata: input.metadata,
      ttl_seconds: input.ttlSeconds,
      requested_aliases: JSON.stringify(input.aliases),
      requested_tags: JSON.stringify(input.tags),
      run_id: input.runId,
      updated_at: input.now,
    })
    .where('id', '=', input.id)
    .execute()
}

type Committed = { id: number; digest: string; size: number; fileCount: number; createdAt: number; now: number }

/** `pending` becomes a version; `false` when it was none any more. */
export async function markCommitted(tx: Tx, input: Committed): Promise<boolean> {
  return (await updateToCommitted(tx, input)).length > 0
}

const updateToCommitted = statement((tx, input: Committed) =>
  tx
    .updateTable('artifacts')
    .set({
      state: 'COMMITTED',
      digest: input.digest,
      size: input.size,
      file_count: input.fileCount,
      created_at: input.createdAt,
      committed_at: input.now,
      updated_at: input.now,
    })
    .where('id', '=', input.id)
    .where('state', '=', sql.lit('PENDING'))
    .returning('id'),
)

// Files promised to artifacts in the making

/** The files of the pending artifact, all of them or those with these paths. */
export async function selectPromisedFiles(
  db: Reader | Tx,
  input: { artifactId: number; paths?: readonly string[] },
): Promise<PromisedFile[]> {
  const { artifactId, paths } = input
  const rows = await (paths === undefined
    ? selectAllPromised(db, { artifactId })
    : selectPromisedAt(db, { artifactId, paths }))
  return rows.map((row) => ({
    path: row.path,
    digest: row.digest,
    size: row.size,
    blobKey: row.blob_key,
    birthArtifactId: row.birth_artifact_id,
  }))
}

function promisedFiles(db: Reader | Tx, artifactId: number) {
  return db
    .selectFrom('artifact_files')
    .select(['path', 'digest', 'size', 'blob_key', 'birth_artifact_id'])
    .where('artifact_id', '=', artifactId)
}

const selectAllPromised = statement((db, input: { artifactId: number }) => promisedFiles(db, input.artifactId))

const selectPromisedAt = statement((db, input: { artifactId: number; paths: readonly string[] }, engine) =>
  promisedFiles(db, input.artifactId).where(engine.isOneOfMany('path', input.paths)),
)

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
  input: { artifactId: number; files: readonly PromisedFile[]; now: number },
): Promise<void> {
  const { artifactId, files, now } = input
  const rows = files.map((file) => ({
    path: file.path,
    digest: file.digest,
    blob_key: file.blobKey,
    birth_artifact_id: file.birthArtifactId,
    size: file.size,
  }))
  await insertFileRows(tx, rows, { artifactId, now })
}

const insertFileRows = batch(
  { path: 'text', digest: 'text', blob_key: 'text', birth_artifact_id: 'bigint', size: 'bigint' },
  (_, { names, values, rows }, input: { artifactId: number; now: number }) => sql`
    insert into artifact_files (artifact_id, created_at, ${names})
    ${rows(sql`cast(${input.artifactId} as bigint), cast(${input.now} as bigint), ${values}`)}`,
)

export const deletePromisedFiles = statement((db, input: { artifactId: number }) =>
  db.deleteFrom('artifact_files').where('artifact_id', '=', input.artifactId),
)

export type HeldContent = { digest: string; blobKey: string; size: number; birthArtifactId: number }

/**
 * Contents of these digests that committed versions of the pending artifact's sequence hold. They may be let go of, until
 * they are held.
 */
export async function selectHeldContents(
  tx: Tx,
  input: { artifactId: number; digests: readonly string[] },
): Promise<HeldContent[]> {
  return input.digests.length === 0 ? [] : selectContents(tx, input)
}

/** Those of the contents that are still there. Until the transaction ends nobody lets go of them, so that they can be granted. */
export async function holdContents(
  tx: Tx,
  engine: Engine,
  input: { artifactId: number; contents: readonly HeldContent[] },
): Promise<readonly HeldContent[]> {
  const { artifactId, contents } = input
  if (!engine.rowLocks || contents.length === 0) return contents
  // Artifacts first, as whoever deletes one has it, and then waits for these.
  await holdArtifacts(
    tx,
    engine,
    contents.map((content) => content.birthArtifactId),
  )
  return selectContentsLocked(tx, { artifactId, digests: contents.map((content) => content.digest) })
}

type OfContents = { artifactId: number; digests: readonly string[] }

function contentsOfSequence(db: Reader | Tx, input: OfContents, engine: Engine) {
  return db
    .selectFrom('sequence_blobs')
    .select(['digest', 'blob_key as blobKey', 'size', 'birth_artifact_id as birthArtifactId'])
    .where('sequence_id', '=', (select) =>
      select.selectFrom('artifacts').select('artifacts.sequence_id').where('artifacts.id', '=', input.artifactId),
    )
    .where(engine.isOneOfMany('digest', input.digests))
}

const selectContents = statement(contentsOfSequence)

const selectContentsLocked = statement((db, input: OfContents, engine) =>
  contentsOfSequence(db, input, engine).orderBy('digest').forShare(),
)

/** Let later versions of the sequence be granted what this one brought. */
export async function insertSequenceBlobs(
  tx: Tx,
  input: { sequenceId: number; blobs: readonly HeldContent[] },
): Promise<void> {
  const { sequenceId, blobs } = input
  const rows = blobs.map((blob) => ({
    digest: blob.digest,
    blob_key: blob.blobKey,
    birth_artifact_id: blob.birthArtifactId,
    size: blob.size,
  }))
  await insertContentRows(tx, rows, { sequenceId })
}

const insertContentRows = batch(
  { digest: 'text', blob_key: 'text', birth_artifact_id: 'bigint', size: 'bigint' },
  (_, { names, values, rows }, input: { sequenceId: number }) => sql`
    insert into sequence_blobs (sequence_id, ${names}) ${rows(sql`cast(${input.sequenceId} as bigint), ${values}`)}
    on conflict (sequence_id, digest) do nothing`,
)

export async function insertEntries(
  tx: Tx,
  input: { artifactId: number; entries: readonly PlacedEntry[] },
): Promise<void> {
  const { artifactId, entries } = input
  const rows = entries.map((entry) => ({
    path: entry.path,
    digest: entry.digest,
    size: entry.size,
    ref: entry.ref,
    extra: entry.extra,
    blob_key: entry.blobKey,
    birth_artifact_id: entry.birthArtifactId,
  }))
  await insertEntryRows(tx, rows, { artifactId })
}

const insertEntryRows = batch(
  {
    path: 'text',
    digest: 'text',
    size: 'bigint',
    ref: 'text',
    extra: 'text',
    blob_key: 'text',
    birth_artifact_id: 'bigint',
  },
  (_, { names, values, rows }, input: { artifactId: number }) => sql`
    insert into manifest_entries (artifact_id, ${names})
    ${rows(sql`cast(${input.artifactId} as bigint), ${values}`)}`,
)

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

/** Note the bytes of manifests that arrived at the store itself. */
export async function markManifestsArrived(tx: Tx, engine: Engine, input: Arrived): Promise<void> {
  await markArrived(tx, engine, 'manifests', input)
}

/** Note the bytes of promised files that arrived at the store itself. */
export async function markFilesArrived(tx: Tx, engine: Engine, input: Arrived): Promise<void> {
  await markArrived(tx, engine, 'artifact_files', input)
}

type Arrived = { artifactId: number; files: readonly { blobKey: string; size: number }[] }

async function markArrived(
  tx: Tx,
  engine: Engine,
  table: 'artifact_files' | 'manifests',
  input: Arrived,
): Promise<void> {
  const name = sql.table(table)
  for (const chunk of insertChunks(engine, input.files)) {
    const rows = chunk.map(({ blobKey, size }) => sql`(cast(${blobKey} as text), cast(${size} as bigint))`)
    await sql`
      with arrived (blob_key, size) as (values ${sql.join(rows)})
      update ${name} set size = arrived.size from arrived
      where ${name}.blob_key = arrived.blob_key and ${name}.artifact_id = ${input.artifactId}
    `.execute(tx)
  }
}
