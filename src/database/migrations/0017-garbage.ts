import type { ColumnTypes } from '../migrate.ts'

/** Blobs that something has let go of: what nothing refers to any more is removed some time later. */
export function statements({ text }: ColumnTypes): string[] {
  return [
    `create table released_blobs (
      blob_key ${text} primary key,
      size bigint,
      since bigint not null
    )`,
    'create index released_blobs_by_age on released_blobs (since)',
    'create index sequence_blobs_by_blob on sequence_blobs (blob_key)',
    "create index artifacts_pending on artifacts (updated_at) where state = 'PENDING'",
    // Manifests of deleted artifacts kept their blobs. From now on, theirs are let go of with the rest.
    `insert into released_blobs (blob_key, size, since)
      select manifests.blob_key, manifests.size, artifacts.updated_at
      from manifests join artifacts on artifacts.id = manifests.artifact_id
      where artifacts.state = 'DELETED' and manifests.blob_key is not null`,
    `update manifests set blob_key = null, size = null
      where blob_key is not null and artifact_id in (select id from artifacts where state = 'DELETED')`,
  ]
}
