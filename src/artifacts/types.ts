/**
 * What the operations of this folder answer. Ids are the integers of the database: GraphQL wraps them, REST shows
 * `publicId`s and names only. Times are milliseconds since the epoch.
 */
import type { Role } from '../access/rights.ts'
import type { TimeToLive } from './ttl.ts'

export type CollectionKind = 'SEQUENCE' | 'PORTFOLIO'
export type ArtifactState = 'PENDING' | 'COMMITTED' | 'DELETED'
export type ProjectAccess = 'PRIVATE' | 'RESTRICTED'
export type ManifestKind = 'FULL' | 'INCREMENTAL' | 'PATCH'
export type RunArtifactDirection = 'input' | 'output'

/** The position after which a page starts: the key of the last item of the page before. */
export type PageKey = string | number

export type PageRequest = {
  /** At least 1. */
  limit: number
  after?: PageKey | undefined
}

/** One page. `nextKey` continues after it; `undefined` on the last page. */
export type Page<Item> = { items: Item[]; nextKey: PageKey | undefined }

/** Where the caller may look: in these entities, but not in the registries hidden from it. */
export type VisiblePlaces = { entityIds: readonly number[] | 'all'; hiddenProjectIds: readonly number[] }

export type ProjectRef = { id: number; name: string; entityId: number; entity: string; isRegistry: boolean }

export type ProjectView = ProjectRef & {
  entityKind: 'user' | 'team' | 'organization'
  description: string | null
  access: ProjectAccess
  /** Of a registry: takes every artifact type, not only those it lists. */
  allowAllTypes: boolean
  createdBy: number | null
  createdAt: number
  updatedAt: number
  /** The caller's here. */
  role: Role
}

export type ArtifactTypeView = {
  id: number
  projectId: number
  name: string
  description: string | null
  createdAt: number
}

export type CollectionRef = {
  id: number
  publicId: string
  kind: CollectionKind
  name: string
  /** `null`: the caller may not see the project (of the source of a linked version). */
  project: ProjectRef | null
}

export type CollectionView = CollectionRef & {
  project: ProjectRef
  typeId: number
  type: string
  description: string | null
  /** How long its versions live that do not say so themselves; -2 for ever, `null` to inherit. */
  ttlSeconds: number | null
  /** `DELETED` only in the answer to the deletion itself. */
  state: 'READY' | 'DELETED'
  createdBy: number | null
  createdAt: number
  updatedAt: number
}

export type ArtifactView = {
  id: number
  publicId: string
  state: ArtifactState
  /** The manifest digest, in hex, as the client computed it. */
  digest: string
  description: string | null
  /** A JSON object as text; `{}` when nothing was given. */
  metadata: string
  /** Bytes of all entries, references included. */
  size: number
  fileCount: number
  ttl: TimeToLive
  commitHash: string | null
  historyStep: number | null
  typeId: number
  type: string
  /** Where it was logged. */
  sequence: CollectionRef
  /** Its number in that sequence; `null` while it is pending. */
  version: number | null
  runId: number | null
  createdBy: number | null
  createdAt: number
  committedAt: number | null
  updatedAt: number
}

/** A version: an artifact's membership in one collection. */
export type MembershipView = {
  id: number
  version: number
  createdAt: number
  artifactId: number
  collection: CollectionRef & { project: ProjectRef }
}

export type AliasView = {
  id: number
  alias: string
  membershipId: number
  artifactId: number
  collection: CollectionRef & { project: ProjectRef }
}

export type TagView = { id: number; tag: string }

export type RunRef = { id: number; name: string; displayName: string; project: ProjectRef }

/** A file of a committed version. References are not files. */
export type FileView = {
  artifactId: number
  path: string
  size: number
  /** MD5 of the bytes, in base64. */
  digest: string
  birthArtifactId: number
  blobKey: string
  /** When the version was committed. */
  updatedAt: number
}

/** An entry whose bytes are elsewhere: `digest` is whatever the client knows them by. */
export type ReferenceView = Pick<FileView, 'artifactId' | 'path' | 'size' | 'digest' | 'updatedAt'> & { ref: string }

/** Bytes the caller was found to have a right to. `digest` is their MD5 in base64. */
export type BlobLocation = { blobKey: string; size: number; digest: string; name: string }

/** Where to PUT the parts of a file, from the first on. */
export type PartsTarget = { uploadId: string; urls: string[] }

/** Where and how to PUT bytes; `headers` are `Name:value` lines to send along. */
export type UploadTarget = { url: string; headers: string[] }
