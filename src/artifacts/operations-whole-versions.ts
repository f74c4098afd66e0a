import { createHash } from 'node:crypto'
import type { Caller } from '../access/rights.ts'
import type { StoredBlob } from '../blobs/blob-store.ts'
import { putBytes } from '../blobs/operations.ts'
import { notFound, Refusal } from '../refusal.ts'
import { newBlobKey } from '../runtime/id.ts'
import type { World } from '../world.ts'
import { type ManifestEntry, parseManifest, pathProblem, renderManifest } from './manifest.ts'
import { manifestDigest } from './manifest-digest.ts'
import { commitArtifact } from './operations-committing.ts'
import { createArtifact } from './operations-logging.ts'
import { isMaking, requireMaking } from './operations-reading.ts'
import { createArtifactFiles, type FilePlace } from './operations-uploads.ts'
import { membershipView } from './operations-views.ts'
import { markStored } from './store-logging.ts'
import { insertManifest } from './store-manifests.ts'
import { selectArtifactIdByPublicId, selectArtifacts, selectMembershipsOfArtifacts } from './store-versions.ts'
import type { MembershipView, UploadTarget } from './types.ts'

/** Bytes sent along with the description of a version, all files together. */
const INLINE_BYTES_MAX = 1024 * 1024
const INLINE_FILES_MAX = 100

export type WholeVersion = {
  entity: string
  project: string
  collection: string
  type: string
  run: string | null
  description?: string | undefined
  /** A JSON object as text. */
  metadata?: string | undefined
  aliases: readonly string[]
  tags: readonly string[]
  ttlSeconds?: number | undefined
  files: readonly (
    | { path: string; size: number; digest: string }
    | { path: string; content: Buffer }
    | { path: string; ref: string; size: number; digest: string | undefined }
  )[]
}

/** `isNew` is false when the newest version had this content already. */
export type LoggedVersion =
  | { state: 'COMMITTED'; membership: MembershipView; isNew: boolean }
  | { state: 'PENDING'; artifactPublicId: string; uploads: { path: string; upload: UploadTarget }[] }

/**
 * Log a version that is described whole, in one call if all its bytes are in it or there already. Else the answer says
 * what to upload where; once that is done, `commitVersion` makes it a version.
 *
 * @throws Refusal as `createArtifact` and `commitArtifact`, and `body_too_large` for too many bytes in the call
 */
export async function logVersion(world: World, caller: Caller, input: WholeVersion): Promise<LoggedVersion> {
  const entries = checkEntries(input)
  const created = await createArtifact(world, caller, {
    ...input,
    digest: manifestDigest(entries),
    deduplicate: true,
  })
  const { artifactId } = created
  if (created.state === 'COMMITTED') {
    return { state: 'COMMITTED', membership: await membershipIn(world, artifactId, created.collectionId), isNew: false }
  }
  await describeContents(world, caller, artifactId, entries)
  const files = entries.filter((entry) => entry.ref === null)
  const places = await createArtifactFiles(
    world,
    caller,
    files.map(({ path, digest }) => ({ artifactId, path, digest })),
  )
  const contents = new Map(input.files.flatMap((file) => ('content' in file ? [[file.path, file.content]] : [])))
  const missing = files.flatMap(({ path }, index) => missingOf(path, places[index]))
  await storeContents(world, missing, contents)

  const uploads = missing.filter(({ path }) => !contents.has(path)).map(({ path, upload }) => ({ path, upload }))
  if (uploads.length > 0) {
    return { state: 'PENDING', artifactPublicId: await publicIdOf(world, artifactId), uploads }
  }
  await commitArtifact(world, caller, artifactId)
  return { state: 'COMMITTED', membership: await membershipIn(world, artifactId, created.collectionId), isNew: true }
}

/**
 * Make the pending artifact a version, once its files are uploaded. Again: the same answer.
 *
 * @throws Refusal `not_found` | `manifest_mismatch` (files are missing) | `artifact_type_mismatch`
 */
export async function commitVersion(world: World, caller: Caller, artifactPublicId: string): Promise<MembershipView> {
  const artifactId = await selectArtifactIdByPublicId(world.db.read, artifactPublicId)
  const [record] = artifactId === undefined ? [] : await selectArtifacts(world.db.read, [artifactId])
  if (record === undefined || !isMaking(caller, record)) throw notFound(`Artifact "${artifactPublicId}"`)
  const { id, sequence } = await commitArtifact(world, caller, record.id)
  return membershipIn(world, id, sequence.id)
}

function checkEntries(input: WholeVersion): ManifestEntry[] {
  const inline = input.files.flatMap((file) => ('content' in file ? [file.content.length] : []))
  if (inline.length > INLINE_FILES_MAX || inline.reduce((sum, size) => sum + size, 0) > INLINE_BYTES_MAX) {
    throw new Refusal(
      'body_too_large',
      `At most ${INLINE_FILES_MAX} files and ${INLINE_BYTES_MAX} bytes go into the call: give the size and md5 of larger ` +
        'files, and upload them',
    )
  }
  const seen = new Set<string>()
  for (const { path } of input.files) {
    const problem = seen.has(path) ? 'is there twice' : pathProblem(path)
    if (problem !== undefined) {
      throw new Refusal('manifest_invalid', `The path ${JSON.stringify(path.slice(0, 80))} ${problem}`)
    }
    seen.add(path)
  }
  const entries = input.files.map((file): ManifestEntry => {
    if ('content' in file) {
      const digest = createHash('md5').update(file.content).digest('base64')
      return { path: file.path, digest, size: file.content.length, ref: null, extra: null }
    }
    if ('ref' in file) {
      return { path: file.path, digest: file.digest ?? file.ref, size: file.size, ref: file.ref, extra: null }
    }
    return { path: file.path, digest: file.digest, size: file.size, ref: null, extra: null }
  })
  // One set of rules for what a version may consist of, whoever says it.
  return parseManifest(renderManifest(entries.map((entry) => ({ ...entry, birthArtifactId: null }))))
}

/** Gives the pending artifact the manifest that its maker would upload. */
async function describeContents(
  world: World,
  caller: Caller,
  artifactId: number,
  entries: readonly ManifestEntry[],
): Promise<void> {
  const text = Buffer.from(renderManifest(entries.map((entry) => ({ ...entry, birthArtifactId: null }))))
  const stored = await putBytes(world, newBlobKey(), text)
  await world.db.transaction(async (tx) => {
    await requireMaking(tx, caller, artifactId)
    await insertManifest(tx, {
      artifactId,
      kind: 'FULL',
      name: 'wandb_manifest.json',
      digest: stored.md5,
      baseArtifactId: null,
      blobKey: stored.key,
      size: stored.isSettled ? stored.size : null,
      runId: null,
      now: world.now(),
    })
  })
}

type MissingFile = { path: string; blobKey: string; upload: UploadTarget }

function missingOf(path: string, place: FilePlace | undefined): MissingFile[] {
  if (place?.upload == null) return []
  return [{ path, blobKey: place.storagePath.split('/').at(-1) as string, upload: place.upload }]
}

async function storeContents(
  world: World,
  missing: readonly MissingFile[],
  contents: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const stored: StoredBlob[] = []
  for (const { path, blobKey } of missing) {
    const content = contents.get(path)
    if (content === undefined) continue
    const blob = await putBytes(world, blobKey, content)
    // Of the others the commit, which follows, finds out by itself.
    if (blob.isSettled) stored.push(blob)
  }
  if (stored.length > 0) await world.db.transaction((tx) => markStored(tx, world.db.engine, stored))
}

async function publicIdOf(world: World, artifactId: number): Promise<string> {
  const [record] = await selectArtifacts(world.db.read, [artifactId])
  if (record === undefined) throw notFound('Artifact')
  return record.public_id
}

async function membershipIn(world: World, artifactId: number, collectionId: number): Promise<MembershipView> {
  const memberships = await selectMembershipsOfArtifacts(world.db.read, [artifactId])
  const membership = memberships.find((each) => each.collection_id === collectionId)
  if (membership === undefined) throw notFound('Artifact')
  return membershipView(membership)
}
