import { type Caller, mayIn, rightsPlace } from '../access/rights.ts'
import type { AliasRecord } from './store-aliases.ts'
import type { CollectionRecord } from './store-collections.ts'
import type { ArtifactRecord, MembershipRecord } from './store-versions.ts'
import { timeToLive } from './ttl.ts'
import type { AliasView, ArtifactView, CollectionView, MembershipView, ProjectRef } from './types.ts'

type ProjectColumns = {
  project_id: number
  project: string
  is_registry: number
  entity_id: number
  entity: string
}

export function projectRefOf(row: ProjectColumns): ProjectRef {
  return {
    id: row.project_id,
    name: row.project,
    entityId: row.entity_id,
    entity: row.entity,
    isRegistry: row.is_registry === 1,
  }
}

export function collectionView(record: CollectionRecord): CollectionView {
  return {
    id: record.id,
    publicId: record.public_id,
    kind: record.kind,
    name: record.name,
    project: projectRefOf(record),
    typeId: record.type_id,
    type: record.type,
    description: record.description,
    state: 'READY',
    createdBy: record.created_by,
    createdAt: record.created_at,
    ttlSeconds: record.artifact_ttl_seconds,
    updatedAt: record.updated_at,
  }
}

export function membershipView(record: MembershipRecord): MembershipView {
  return {
    id: record.id,
    version: record.version,
    createdAt: record.created_at,
    artifactId: record.artifact_id,
    collection: {
      id: record.collection_id,
      publicId: record.collection_public_id,
      kind: record.kind,
      name: record.name,
      project: projectRefOf(record),
    },
  }
}

/** Who sees a version through a link only is not told which project it comes from. */
export function artifactView(caller: Caller, record: ArtifactRecord): ArtifactView {
  return {
    id: record.id,
    publicId: record.public_id,
    state: record.state,
    digest: record.digest,
    description: record.description,
    metadata: record.metadata,
    size: record.size,
    fileCount: record.file_count,
    ttl: timeToLive(record, record.type),
    commitHash: record.commit_hash,
    historyStep: record.history_step,
    typeId: record.type_id,
    type: record.type,
    sequence: {
      id: record.sequence_id,
      publicId: record.sequence_public_id,
      kind: 'SEQUENCE',
      name: record.sequence,
      project: mayIn(caller, 'viewer', rightsPlace(record)) ? projectRefOf(record) : null,
    },
    version: record.version,
    runId: record.run_id,
    createdBy: record.created_by,
    createdAt: record.created_at,
    committedAt: record.committed_at,
    updatedAt: record.updated_at,
  }
}

export function aliasView(record: AliasRecord, membership: MembershipView): AliasView {
  return {
    id: record.id,
    alias: record.alias,
    membershipId: record.membership_id,
    artifactId: record.artifact_id,
    collection: membership.collection,
  }
}
