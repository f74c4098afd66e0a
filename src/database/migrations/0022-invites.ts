import type { ColumnTypes } from '../migrate.ts'

/** Links by which people join, and who they are at an identity provider. */
export function statements({ id, text }: ColumnTypes): string[] {
  return [
    `create table invites (
      id ${id},
      public_id ${text} not null unique,
      hash ${text} not null unique,
      -- Null: to the server, with no team.
      entity_id bigint references entities (id),
      role ${text} check (role in ('admin', 'member', 'viewer')),
      email ${text},
      invited_by bigint not null references users (id),
      created_at bigint not null,
      expires_at bigint not null,
      constraint invites_role_iff_entity check ((role is not null) = (entity_id is not null))
    )`,
    'create index invites_by_entity on invites (entity_id, id)',
    'create index invites_by_inviter on invites (invited_by)',
    'create index invites_by_end on invites (expires_at)',
    // 0: nobody but the user says so. Until now only administrators of the server gave addresses.
    'alter table users add column email_vouched smallint not null default 1 check (email_vouched in (0, 1))',
    `create table identities (
      issuer ${text} not null,
      subject ${text} not null,
      user_id bigint not null references users (id),
      created_at bigint not null,
      primary key (issuer, subject)
    )`,
    'create index identities_by_user on identities (user_id)',
  ]
}
