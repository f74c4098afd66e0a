import type { ColumnTypes } from '../migrate.ts'

/** Browsers that are signed in, and what keeps passwords from being guessed. */
export function statements({ id, text }: ColumnTypes): string[] {
  return [
    `create table sessions (
      id ${id},
      public_id ${text} not null unique,
      user_id bigint not null references users (id),
      hash ${text} not null unique,
      method ${text} not null check (method in ('password', 'api-key', 'oidc', 'setup', 'invite')),
      -- A session that an API key began ends with the key.
      api_key_id bigint references api_keys (id) on delete cascade,
      user_agent ${text},
      created_at bigint not null,
      last_used_at bigint not null,
      expires_at bigint not null,
      constraint sessions_of_a_key check ((api_key_id is not null) = (method = 'api-key'))
    )`,
    'create index sessions_by_user on sessions (user_id)',
    'create index sessions_by_api_key on sessions (api_key_id) where api_key_id is not null',
    'create index sessions_by_end on sessions (expires_at)',
    // Of an account or an address, under a hash: names that were typed may be passwords in the wrong field.
    `create table sign_in_attempts (
      subject ${text} primary key,
      attempts integer not null,
      since bigint not null
    )`,
    'create index sign_in_attempts_by_age on sign_in_attempts (since)',
  ]
}
