import type { ColumnTypes } from '../migrate.ts'

export function statements({ id, text }: ColumnTypes): string[] {
  return [
    // A replaced value goes on signing until its end, so that a receiver may change over at its leisure.
    `create table previous_secrets (
      id ${id},
      secret_id bigint not null references secrets (id),
      version bigint not null,
      -- Sealed as it was in \`secrets\`: the box is bound to entity, name and version, none of which changes.
      ciphertext ${text} not null,
      ends_at bigint not null,
      unique (secret_id, version)
    )`,
    'create index previous_secrets_by_end on previous_secrets (ends_at)',
    // When the last of its previous values ends: null for nearly all, so that workers need not look for any.
    'alter table secrets add column previous_until bigint',
    'create index secrets_by_previous_until on secrets (previous_until) where previous_until is not null',
    'alter table secrets add column last_used_at bigint',
    'alter table secrets add column last_refused_at bigint',
  ]
}
