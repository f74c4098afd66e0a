import type { Caller } from '../access/rights.ts'
import type { StoredBlob } from '../blobs/blob-store.ts'
import { putBytes, settleBlobs } from '../blobs/operations.ts'
import type { Tx } from '../database/database.ts'
import { together } from '../database/statement.ts'
import { notFound, Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import { newBlobKey } from '../runtime/id.ts'
import type { World } from '../world.ts'
import { decideAssignments } from './alias-moves.ts'
import { aliasFacts, type Fact } from './change-events.ts'
import { matchFiles, type PlacedEntry } from './file-matching.ts'
import { renderManifest } from './manifest.ts'
import { manifestDigest } from './manifest-digest.ts'
import { pathOf } from './operations-aliases.ts'
import { noteArrivals, promisedFiles } from './operations-arrivals.ts'
import { applyMoves, change, holdersOf, type RecordFacts } from './operations-changes.ts'
import { checkImported, type ImportedVersion, takeImportedVersion } from './operations-importing.ts'
import { assertSameType } from './operations-logging.ts'
import { type Announced, announcedEntries, areStill } from './operations-manifests.ts'
import { isMaking } from './operations-reading.ts'
import { grantHeldFiles } from './operations-uploads.ts'
import { artifactView } from './operations-views.ts'
import {
  type CollectionRecord,
  isShown,
  lockCollections,
  takeNextVersion,
  updateCollectionRow,
} from './store-collections.ts'
import { deletePromisedFiles, insertEntries, insertSequenceBlobs, markCommitted } from './store-logging.ts'
import { deleteManifests, type ManifestRecord, selectManifests, updateManifestRow } from './store-manifests.ts'
import { insertRunArtifact } from './store-runs.ts'
import { insertArtifactTags } from './store-tags.ts'
import { selectUncheckedOf } from './store-unchecked.ts'
import { type ArtifactRecord, holdArtifacts, insertMembership, selectArtifacts } from './store-versions.ts'
import type { ArtifactView } from './types.ts'

/**
 * Make a pending artifact a version: numbered next in its sequence, with the aliases and tags it was created with, an
 * output of its run, and announced. Again: the same answer, and nothing happens.
 *
 * The manifest must have been uploaded, and every file in it must have arrived with that path, digest and size, or be
 * one whose contents the sequence holds. All reading and matching is done before the transaction, which needs nothing but the database: what a
 * pending artifact was promised is only ever added to.
 *
 * - `imported`: the number and time it keeps, of an artifact that is brought from elsewhere.
 *
 * @throws Refusal `not_found` | `manifest_missing` | `manifest_invalid` | `manifest_mismatch` | `artifact_type_mismatch` |
 *   `artifact_incomplete`; with `imported` also `forbidden` | `version_number_given`
 */
export async function commitArtifact(
  world: World,
  caller: Caller,
  artifactId: number,
  imported?: ImportedVersion,
): Promise<ArtifactView> {
  const kept = imported === undefined ? undefined : checkImported(world, caller, imported)
  const [artifact, known] = await together([
    requireMade(world, caller, artifactId),
    selectManifests(world.db.read, artifactId),
  ])
  if (artifact.state === 'COMMITTED') return artifactView(caller, artifact)

  const manifests = await noteArrivals(world, artifactId, known)
  const [announced, promisedNow] = await together([
    announcedEntries(world, manifests),
    promisedFiles(world, artifactId),
  ])
  const { entries } = announced
  let promised = promisedNow
  let matching = matchFiles(entries, promised.files)
  if (matching.kind === 'unmatched') {
    await grantHeldFiles(
      world,
      caller,
      artifactId,
      entries.filter((entry) => entry.ref === null),
    )
    promised = await promisedFiles(world, artifactId)
    matching = matchFiles(entries, promised.files)
  }
  if (matching.kind === 'unmatched') {
    throw new Refusal(
      'manifest_mismatch',
      `The manifest names ${matching.count} files whose bytes did not arrive, such as: ${matching.paths.join(', ')}`,
    )
  }
  const unchecked = world.blobs.direct === undefined ? NONE : await selectUncheckedOf(world.db.read, artifactId)
  const { unsettled } = promised
  const contents = { entries: matching.entries, unchecked, unsettled }
  const committed = await commitEntries(world, caller, artifact, announced, contents, kept)
  return artifactView(caller, committed ?? (await requireMade(world, caller, artifactId)))
}

const NONE: ReadonlySet<string> = new Set()

/**
 * - `unchecked`: keys of blobs that nothing may be granted from before they have been read.
 * - `unsettled`: of those that are not durable yet.
 */
type Contents = {
  entries: readonly PlacedEntry[]
  unchecked: ReadonlySet<string>
  unsettled: ReadonlySet<string>
}

async function requireMade(world: World, caller: Caller, id: number): Promise<ArtifactRecord> {
  const [record] = await selectArtifacts(world.db.read, [id])
  if (record === undefined || !isMaking(caller, record)) throw notFound('Artifact')
  return record
}

/**
 * The manifest is written anew, in one form for every version and without what it told about the client's disk; readers
 * get that one. A commit that is refused leaves nothing of it. It and the files are made durable together, and before the
 * transaction. The artifact as it then is; `undefined` when another commit of it came first.
 */
async function commitEntries(
  world: World,
  caller: Caller,
  artifact: ArtifactRecord,
  { manifests, isMerged }: Announced,
  contents: Contents,
  imported: ImportedVersion | undefined,
): Promise<ArtifactRecord | undefined> {
  const { entries, unsettled } = contents
  const stored = await putBytes(world, newBlobKey(), Buffer.from(renderManifest(entries)))
  try {
    const waiting = entries.flatMap(({ blobKey }) => (blobKey !== null && unsettled.has(blobKey) ? [blobKey] : []))
    await settleBlobs(world, stored.isSettled ? waiting : [...waiting, stored.key])
    const committed = await change(
      world,
      caller,
      (tx, record) =>
        commitInTransaction(world, tx, caller, record, {
          artifact,
          contents,
          imported,
          manifests,
          digest: isMerged ? manifestDigest(entries) : artifact.digest,
          stored,
        }),
      pathOf({ ...artifact, collection: artifact.sequence }),
    )
    // The commit that came first has written a manifest of its own.
    const unused = committed === undefined ? [stored.key] : manifests.flatMap((each) => each.blob_key ?? [])
    for (const key of unused) await forget(world, key)
    return committed
  } catch (error) {
    // Where the database broke off it may have committed, and nobody heard of it: then a version has this manifest.
    if (error instanceof Refusal && error.code !== 'database_unavailable') await forget(world, stored.key)
    throw error
  }
}

/** A blob nothing points to costs only room. */
async function forget(world: World, key: string): Promise<void> {
  await world.blobs.delete(key).catch((error: unknown) => world.log.warn({ err: error }, 'an unused manifest stays'))
}

/** The version that this commit made; `undefined` when it was one already. */
async function commitInTransaction(
  world: World,
  tx: Tx,
  caller: Caller,
  record: RecordFacts,
  input: {
    artifact: ArtifactRecord
    contents: Contents
    imported: ImportedVersion | undefined
    manifests: readonly ManifestRecord[]
    digest: string
    stored: StoredBlob
  },
): Promise<ArtifactRecord | undefined> {
  const { artifact, contents, imported, manifests, digest, stored } = input
  const { entries, unchecked } = contents
  const { engine } = world.db
  const now = world.now()
  const artifactId = artifact.id
  const sequenceId = artifact.sequence_id
  const granted = entries.flatMap(({ birthArtifactId: id }) => (id === null || id === artifactId ? [] : [id]))
  const size = entries.reduce((sum, entry) => sum + entry.size, 0)
  if (!Number.isSafeInteger(size))
    throw new Refusal('manifest_invalid', 'The files are larger than 2^53 bytes together')
  const createdAt = imported?.createdAt ?? artifact.created_at
  const aliases = JSON.parse(artifact.requested_aliases) as string[]
  // Artifacts before collections, as everywhere. What one reads after the lock is as the lock found it.
  const [, isFirst, locked, holders] = await together([
    holdArtifacts(tx, engine, granted),
    markCommitted(tx, { id: artifactId, digest, size, fileCount: entries.length, createdAt, now }),
    lockCollections(tx, [sequenceId]),
    holdersOf(
      tx,
      aliases.map((alias) => ({ alias, collectionId: sequenceId })),
    ),
  ])
  const sequence = locked.get(sequenceId)
  if (sequence === undefined) throw notFound('Artifact')
  if (!isFirst) return undefined
  await settleType(tx, artifact, sequence, now)
  const others = manifests.slice(0, -1)
  const manifest = manifests.at(-1)
  assert(manifest !== undefined, 'what is committed has a manifest')
  if (manifest.kind === 'PATCH' && !(await areStill(tx, artifactId, manifests))) {
    throw new Refusal('artifact_incomplete', 'Another run has just begun to upload its part of the artifact')
  }
  await deleteManifests(
    tx,
    others.map((each) => each.id),
  )

  const version =
    imported === undefined ? sequence.next_version : await takeImportedVersion(world, tx, sequence, imported)
  const { key: blobKey, size: bytes, md5 } = stored
  const [taken, membershipId] = await together([
    imported === undefined ? takeNextVersion(tx, { collectionId: sequenceId, now }) : Promise.resolve(version),
    insertMembership(tx, { collectionId: sequenceId, artifactId, version, now: imported?.createdAt ?? now }),
    insertEntries(tx, { artifactId, entries }),
    insertSequenceBlobs(tx, {
      sequenceId,
      blobs: entries.flatMap((entry) => broughtBlob(entry, artifactId, unchecked)),
    }),
    deletePromisedFiles(tx, { artifactId }),
    updateManifestRow(tx, { id: manifest.id, blobKey, size: bytes, digest: md5, baseArtifactId: null }),
    artifact.run_id === null
      ? Promise.resolve([])
      : insertRunArtifact(tx, { runId: artifact.run_id, artifactId, direction: 'output', usedAs: null, now }),
  ])
  assert(taken === version, 'nobody takes a number of a locked sequence')

  const at = { collectionId: sequenceId, membershipId, version, artifactId, artifactPublicId: artifact.public_id }
  const tags = JSON.parse(artifact.requested_tags) as string[]
  const moves = decideAssignments(
    aliases.map((alias) => ({ alias, to: at })),
    holders,
  )
  // In the order of the catalogue.
  const facts: Fact[] = [
    { type: 'CREATE_ARTIFACT', at },
    ...aliasFacts(moves),
    ...tags.map((tag): Fact => ({ type: 'ADD_ARTIFACT_TAG', everywhere: [at], tag })),
  ]
  await together([
    applyMoves(world, tx, caller, moves),
    insertArtifactTags(tx, { artifactId, tags }),
    record(facts, locked, { isLast: true }),
  ])
  const committed = {
    digest,
    size,
    file_count: entries.length,
    created_at: createdAt,
    committed_at: now,
    updated_at: now,
  }
  return { ...artifact, ...committed, state: 'COMMITTED', version }
}

function broughtBlob(entry: PlacedEntry, artifactId: number, unchecked: ReadonlySet<string>) {
  if (entry.blobKey === null || entry.birthArtifactId !== artifactId || unchecked.has(entry.blobKey)) return []
  return [{ digest: entry.digest, blobKey: entry.blobKey, birthArtifactId: artifactId, size: entry.size }]
}

/**
 * The first version of a sequence decides its type.
 *
 * @throws Refusal `artifact_type_mismatch`
 */
async function settleType(tx: Tx, artifact: ArtifactRecord, sequence: CollectionRecord, now: number): Promise<void> {
  if (isShown(sequence)) {
    assertSameType(sequence, artifact.type)
  } else if (sequence.type_id !== artifact.type_id) {
    const { id, name, description } = sequence
    await updateCollectionRow(tx, { id, name, description, typeId: artifact.type_id, now })
  }
}
