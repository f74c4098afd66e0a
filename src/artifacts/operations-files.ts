import { type Caller, may, mayIn, rightsPlace } from '../access/rights.ts'
import { downloadUrl } from '../blobs/operations.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { findArtifact } from './operations-reading.ts'
import { cutPage } from './page.ts'
import { selectCollectionsByPaths } from './store-collections.ts'
import {
  countEntriesOfArtifact,
  type FileRecord,
  selectBlobInEntity,
  selectEntries,
  selectFileByDigest,
  selectFileInCollection,
  selectFiles,
} from './store-files.ts'
import { selectManifestOfArtifact } from './store-manifests.ts'
import { selectMembershipsOfArtifacts } from './store-versions.ts'
import type { BlobLocation, FileView, Page, PageRequest, ReferenceView } from './types.ts'

const NAMES_MAX = 10_000

/** By path; `names`: only these paths. References are not files. Key: path. */
export async function listFiles(
  world: World,
  caller: Caller,
  input: { artifactId: number; names?: readonly string[] | undefined },
  page: PageRequest,
): Promise<Page<FileView>> {
  assertNotTooMany(input.names)
  const artifact = await findArtifact(world, caller, input.artifactId)
  if (artifact?.state !== 'COMMITTED') return { items: [], nextKey: undefined }
  const records = await selectFiles(world.db.read, { artifactId: artifact.id, paths: input.names }, page)
  const updatedAt = artifact.committedAt ?? artifact.createdAt
  return cutPage(
    records,
    page,
    (record) => fileView(record, updatedAt),
    (record) => record.path,
  )
}

/**
 * The same with references, which is what the client downloads a version by: what it is not told of it does not fetch,
 * wherever that is.
 */
export async function listEntries(
  world: World,
  caller: Caller,
  input: { artifactId: number; names?: readonly string[] | undefined },
  page: PageRequest,
): Promise<Page<FileView | ReferenceView>> {
  assertNotTooMany(input.names)
  const artifact = await findArtifact(world, caller, input.artifactId)
  if (artifact?.state !== 'COMMITTED') return { items: [], nextKey: undefined }
  const records = await selectEntries(world.db.read, { artifactId: artifact.id, paths: input.names }, page)
  const updatedAt = artifact.committedAt ?? artifact.createdAt
  return cutPage(
    records,
    page,
    ({ ref, ...record }) =>
      ref === null
        ? fileView(record as FileRecord, updatedAt)
        : {
            artifactId: record.artifact_id,
            path: record.path,
            size: record.size,
            digest: record.digest,
            ref,
            updatedAt,
          },
    (record) => record.path,
  )
}

export async function countEntries(
  world: World,
  caller: Caller,
  input: { artifactId: number; names?: readonly string[] | undefined },
): Promise<number> {
  assertNotTooMany(input.names)
  const artifact = await findArtifact(world, caller, input.artifactId)
  if (artifact?.state !== 'COMMITTED') return 0
  return countEntriesOfArtifact(world.db.read, { artifactId: artifact.id, paths: input.names })
}

function assertNotTooMany(names: readonly string[] | undefined): void {
  if ((names?.length ?? 0) > NAMES_MAX) throw new Refusal('invalid_request', `At most ${NAMES_MAX} names in one call`)
}

/** A URL that needs no credentials and lasts 12 h. */
export function directUrlOf(world: World, file: BlobLocation | FileView): string {
  const { blobKey: key, size, digest: md5 } = file
  const name = 'name' in file ? file.name : file.path
  return downloadUrl(world, `wandb_artifacts/${name}`, { key, size, md5 })
}

/** Where the whole manifest of a committed version is; `undefined` for one the caller may not see. */
export async function manifestOf(
  world: World,
  caller: Caller,
  artifactId: number,
): Promise<(BlobLocation & { manifestId: number }) | undefined> {
  const artifact = await findArtifact(world, caller, artifactId)
  if (artifact?.state !== 'COMMITTED') return undefined
  const manifest = await selectManifestOfArtifact(world.db.read, artifactId)
  if (manifest === undefined || manifest.blob_key === null || manifest.size === null) return undefined
  const { id: manifestId, blob_key: blobKey, size, digest } = manifest
  return { manifestId, blobKey, size, digest, name: 'wandb_manifest.json' }
}

/**
 * The bytes of one content in one collection: of the version `artifactId` there, or of any version if that is not said.
 * A right to the collection is a right to these bytes; knowing their digest is none.
 *
 * - `digest`: MD5 in base64.
 */
export async function findContent(
  world: World,
  caller: Caller,
  input: {
    entity: string
    project: string
    collection: string
    artifactId?: number | undefined
    digest: string
    name: string
  },
): Promise<BlobLocation | undefined> {
  const [collection] = await selectCollectionsByPaths(world.db.read, [input])
  if (collection === undefined || !mayIn(caller, 'viewer', rightsPlace(collection))) return undefined
  const { artifactId, digest } = input
  if (artifactId === undefined) {
    return locationOf(await selectFileInCollection(world.db.read, { collectionId: collection.id, digest }), input.name)
  }
  const memberships = await selectMembershipsOfArtifacts(world.db.read, [artifactId])
  if (!memberships.some((membership) => membership.collection_id === collection.id)) return undefined
  return locationOf(await selectFileByDigest(world.db.read, { artifactId, digest }), input.name)
}

/** The bytes of one content that a version logged in the entity holds, for whoever may read all that is logged there. */
export async function findContentInEntity(
  world: World,
  caller: Caller,
  input: { entity: string; digest: string },
): Promise<BlobLocation | undefined> {
  const found = await selectBlobInEntity(world.db.read, input)
  if (found === undefined || !may(caller, 'viewer', found.entity_id)) return undefined
  return { blobKey: found.blob_key, size: found.size, digest: input.digest, name: 'file' }
}

function locationOf(record: FileRecord | undefined, name: string): BlobLocation | undefined {
  if (record === undefined) return undefined
  return { blobKey: record.blob_key, size: record.size, digest: record.digest, name }
}

function fileView(record: FileRecord, updatedAt: number): FileView {
  return {
    artifactId: record.artifact_id,
    path: record.path,
    size: record.size,
    digest: record.digest,
    birthArtifactId: record.birth_artifact_id,
    blobKey: record.blob_key,
    updatedAt,
  }
}
