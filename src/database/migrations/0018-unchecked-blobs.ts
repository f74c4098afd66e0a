import type { ColumnTypes } from '../migrate.ts'

/** Blobs that came in parts: each part was compared with its digest, and nobody has read the whole yet. */
export function statements({ text }: ColumnTypes): string[] {
  return [
    `create table unchecked_blobs (
      blob_key ${text} primary key,
      digest ${text} not null,
      size bigint not null,
      claimed_until bigint not null,
      wrong_at bigint
    )`,
    'create index unchecked_blobs_waiting on unchecked_blobs (claimed_until) where wrong_at is null',
  ]
}
