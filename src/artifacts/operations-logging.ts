import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'
import type { ArtifactView, ManifestKind, UploadTarget } from './types.ts'

export type CreateArtifactInput = {
  entity: string
  project: string
  type: string
  collection: string
  /** The name of the run that logs it; `null` when a user does. */
  run: string | null
  /** The manifest digest in hex. */
  digest: string
  description?: string | null | undefined
  /** A JSON object as text. */
  metadata?: string | null | undefined
  aliases?: readonly string[] | undefined
  tags?: readonly string[] | undefined
  /** As on the wire: positive seconds, -1 inherit, -2 disabled. */
  ttlSeconds?: number | null | undefined
  historyStep?: number | null | undefined
  /** Answer the newest version instead, if it has the same digest. */
  deduplicate: boolean
  clientId?: string | null | undefined
  sequenceClientId?: string | null | undefined
  distributedId?: string | null | undefined
  storageRegion?: string | null | undefined
}

/** `COMMITTED`: the newest version has this content; nothing is to be uploaded. */
export type CreatedArtifact = {
  artifactId: number
  state: 'PENDING' | 'COMMITTED'
  collectionId: number
  /** The newest committed version of the collection. */
  latestArtifactId: number | null
}

export async function createArtifact(
  world: World,
  caller: Caller,
  input: CreateArtifactInput,
): Promise<CreatedArtifact> {
  throw new Error(`${world}${caller}${input}`)
}

export type CreatedManifest = { manifestId: number; artifactId: number; upload: UploadTarget | null }

/** `digest`: base64 MD5 of the manifest file; the empty string makes a placeholder. */
export async function createManifest(
  world: World,
  caller: Caller,
  input: {
    artifactId: number
    kind: ManifestKind
    name: string
    digest: string
    baseArtifactId?: number | null | undefined
    withUpload: boolean
  },
): Promise<CreatedManifest> {
  throw new Error(`${world}${caller}${input}`)
}

export async function updateManifest(
  world: World,
  caller: Caller,
  input: {
    manifestId: number
    digest?: string | null | undefined
    baseArtifactId?: number | null | undefined
    withUpload: boolean
  },
): Promise<CreatedManifest> {
  throw new Error(`${world}${caller}${input}`)
}

export type FileSpec = {
  artifactId: number
  path: string
  /** MD5 in base64. */
  digest: string
}

/** `upload` is `null` when the bytes are there already. `birthArtifactId`: the version whose storage holds them. */
export type FilePlace = { storagePath: string; birthArtifactId: number; upload: UploadTarget | null }

/** One answer per file, in the order of the files. */
export async function createArtifactFiles(
  world: World,
  caller: Caller,
  files: readonly FileSpec[],
): Promise<FilePlace[]> {
  throw new Error(`${world}${caller}${files}`)
}

/** Makes the artifact a version. Again: the same answer. */
export async function commitArtifact(world: World, caller: Caller, artifactId: number): Promise<ArtifactView> {
  throw new Error(`${world}${caller}${artifactId}`)
}
