import type { ColumnTypes } from '../migrate.ts'

/** Times are milliseconds since the epoch, JSON is text, booleans are 0 or 1. */
export function statements({ id, text }: ColumnTypes): string[] {
  return [
    // What the server knows of itself: the key check, the one-time set-up link.
    `create table settings (
      name ${text} primary key,
      value ${text} not null
    )`,

    // People and namespaces
    `create table entities (
      id ${id},
      name ${text} not null unique,
      kind ${text} not null check (kind in ('user', 'team', 'organization')),
      display_name ${text},
      organization_id bigint references entities (id),
      created_at bigint not null,
      -- A deleted team or organization keeps its row: history refers to it, and its name is never given to another.
      deleted_at bigint,
      constraint entities_organization_only_of_teams check (organization_id is null or kind = 'team'),
      constraint entities_users_are_deleted_as_users check (deleted_at is null or kind <> 'user')
    )`,
    // Names that differ only in case would be told apart by machines and confused by people.
    'create unique index entities_name_caseless on entities (lower(name))',
    'create index entities_by_organization on entities (organization_id) where organization_id is not null',
    `create table users (
      id ${id},
      entity_id bigint not null unique references entities (id),
      username ${text} not null unique,
      kind ${text} not null check (kind in ('person', 'service')),
      email ${text},
      name ${text},
      password_hash ${text},
      is_admin smallint not null default 0 check (is_admin in (0, 1)),
      default_entity_id bigint references entities (id),
      created_at bigint not null,
      deleted_at bigint
    )`,
    'create unique index users_by_email on users (lower(email)) where email is not null and deleted_at is null',
    `create table members (
      entity_id bigint not null references entities (id),
      user_id bigint not null references users (id),
      role ${text} not null check (role in ('admin', 'member', 'viewer')),
      created_at bigint not null,
      primary key (entity_id, user_id)
    )`,
    'create index members_by_user on members (user_id)',
    `create table api_keys (
      id ${id},
      public_id ${text} not null unique,
      user_id bigint not null references users (id),
      hash ${text} not null unique,
      hint ${text} not null,
      description ${text},
      created_at bigint not null,
      expires_at bigint,
      last_used_at bigint
    )`,
    'create index api_keys_by_user on api_keys (user_id)',
    `create table audit (
      id ${id},
      at bigint not null,
      actor_user_id bigint references users (id),
      actor ${text},
      via ${text} not null,
      action ${text} not null,
      entity_id bigint references entities (id),
      subject ${text} not null,
      details ${text} not null,
      request_id ${text}
    )`,
    'create index audit_by_entity on audit (entity_id, id)',
    `create table idempotency (
      user_id bigint not null references users (id),
      key_hash ${text} not null,
      request_hash ${text} not null,
      status integer not null,
      body ${text} not null,
      created_at bigint not null,
      primary key (user_id, key_hash)
    )`,
    'create index idempotency_by_age on idempotency (created_at)',

    // Projects, runs
    `create table projects (
      id ${id},
      entity_id bigint not null references entities (id),
      name ${text} not null,
      description ${text},
      access ${text} not null default 'PRIVATE' check (access in ('PRIVATE', 'RESTRICTED')),
      is_registry smallint not null default 0 check (is_registry in (0, 1)),
      allow_all_types smallint not null default 1 check (allow_all_types in (0, 1)),
      created_by bigint references users (id),
      created_at bigint not null,
      updated_at bigint not null,
      unique (entity_id, name)
    )`,
    `create table runs (
      id ${id},
      project_id bigint not null references projects (id),
      name ${text} not null,
      display_name ${text} not null,
      state ${text} not null check (state in ('running', 'finished', 'failed', 'crashed')),
      user_id bigint references users (id),
      group_name ${text},
      job_type ${text},
      description ${text},
      notes ${text},
      tags ${text} not null,
      config ${text} not null,
      summary ${text} not null,
      sweep_name ${text},
      host ${text},
      program ${text},
      git_commit ${text},
      git_repo ${text},
      exit_code integer,
      created_at bigint not null,
      updated_at bigint not null,
      heartbeat_at bigint not null,
      unique (project_id, name)
    )`,
    `create table run_lines (
      run_id bigint not null references runs (id),
      file ${text} not null,
      line bigint not null,
      content ${text} not null,
      primary key (run_id, file, line)
    )`,
    `create table run_files (
      run_id bigint not null references runs (id),
      name ${text} not null,
      blob_key ${text} not null,
      size bigint,
      md5 ${text},
      updated_at bigint not null,
      primary key (run_id, name)
    )`,
    'create unique index run_files_by_blob on run_files (blob_key)',

    // Artifacts
    `create table artifact_types (
      id ${id},
      project_id bigint not null references projects (id),
      name ${text} not null,
      description ${text},
      created_at bigint not null,
      unique (project_id, name)
    )`,
    `create table collections (
      id ${id},
      public_id ${text} not null unique,
      project_id bigint not null references projects (id),
      type_id bigint not null references artifact_types (id),
      kind ${text} not null check (kind in ('SEQUENCE', 'PORTFOLIO')),
      name ${text} not null,
      description ${text},
      next_version bigint not null default 0,
      client_id ${text},
      created_by bigint references users (id),
      created_at bigint not null,
      updated_at bigint not null,
      unique (project_id, name)
    )`,
    'create index collections_by_type on collections (type_id)',
    'create index collections_by_client_id on collections (client_id) where client_id is not null',
    `create table collection_tags (
      id ${id},
      collection_id bigint not null references collections (id),
      tag ${text} not null,
      unique (collection_id, tag)
    )`,
    // An artifact outlives its sequence's row only as DELETED: what refers to it keeps a target.
    `create table artifacts (
      id ${id},
      public_id ${text} not null unique,
      project_id bigint not null references projects (id),
      type_id bigint not null references artifact_types (id),
      sequence_id bigint references collections (id),
      sequence_name ${text} not null,
      state ${text} not null check (state in ('PENDING', 'COMMITTED', 'DELETED')),
      digest ${text} not null,
      description ${text},
      metadata ${text} not null,
      size bigint not null default 0,
      file_count bigint not null default 0,
      ttl_seconds bigint,
      commit_hash ${text},
      history_step bigint,
      client_id ${text},
      distributed_id ${text},
      requested_aliases ${text} not null,
      requested_tags ${text} not null,
      run_id bigint references runs (id),
      created_by bigint references users (id),
      created_at bigint not null,
      committed_at bigint,
      updated_at bigint not null,
      constraint artifacts_committed_has_time check (state <> 'COMMITTED' or committed_at is not null),
      constraint artifacts_live_has_sequence check (state = 'DELETED' or sequence_id is not null)
    )`,
    'create index artifacts_by_sequence on artifacts (sequence_id, state)',
    'create index artifacts_by_client_id on artifacts (client_id) where client_id is not null',
    'create index artifacts_by_distributed_id on artifacts (sequence_id, distributed_id) where distributed_id is not null',
    `create table artifact_tags (
      id ${id},
      artifact_id bigint not null references artifacts (id),
      tag ${text} not null,
      unique (artifact_id, tag)
    )`,
    `create table memberships (
      id ${id},
      collection_id bigint not null references collections (id),
      artifact_id bigint not null references artifacts (id),
      version bigint not null check (version >= 0),
      created_at bigint not null,
      unique (collection_id, version),
      unique (collection_id, artifact_id)
    )`,
    'create index memberships_by_artifact on memberships (artifact_id)',
    `create table aliases (
      id ${id},
      collection_id bigint not null references collections (id),
      alias ${text} not null,
      membership_id bigint not null references memberships (id),
      created_at bigint not null,
      unique (collection_id, alias)
    )`,
    'create index aliases_by_membership on aliases (membership_id)',
    // Never purged, and without references, so that it outlives what it tells of.
    `create table alias_moves (
      id ${id},
      collection_id bigint not null,
      alias ${text} not null,
      from_version bigint,
      from_artifact_id bigint,
      to_version bigint,
      to_artifact_id bigint,
      actor ${text},
      at bigint not null
    )`,
    'create index alias_moves_by_alias on alias_moves (collection_id, alias, id)',
    `create table manifests (
      id ${id},
      artifact_id bigint not null references artifacts (id),
      kind ${text} not null check (kind in ('FULL', 'INCREMENTAL', 'PATCH')),
      name ${text} not null,
      digest ${text} not null,
      base_artifact_id bigint references artifacts (id),
      blob_key ${text},
      size bigint,
      created_at bigint not null
    )`,
    'create index manifests_by_artifact on manifests (artifact_id)',
    'create unique index manifests_by_blob on manifests (blob_key) where blob_key is not null',
    // Files promised to an artifact in the making: uploaded by it (size known once the bytes are durable), or granted
    // from an earlier version of the same collection.
    `create table artifact_files (
      id ${id},
      artifact_id bigint not null references artifacts (id),
      path ${text} not null,
      digest ${text} not null,
      blob_key ${text} not null,
      birth_artifact_id bigint not null references artifacts (id),
      size bigint,
      created_at bigint not null,
      unique (artifact_id, path, digest)
    )`,
    'create index artifact_files_by_blob on artifact_files (blob_key)',
    // The files of committed versions. References have a ref and no blob.
    `create table manifest_entries (
      artifact_id bigint not null references artifacts (id),
      path ${text} not null,
      digest ${text} not null,
      size bigint not null,
      ref ${text},
      extra ${text},
      blob_key ${text},
      birth_artifact_id bigint references artifacts (id),
      primary key (artifact_id, path),
      constraint manifest_entries_bytes_or_ref check ((blob_key is null) = (ref is not null))
    )`,
    'create index manifest_entries_by_blob on manifest_entries (blob_key) where blob_key is not null',
    'create index manifest_entries_by_digest on manifest_entries (artifact_id, digest) where blob_key is not null',
    // Which contents a sequence's committed versions hold: what may be granted to the next one without an upload.
    `create table sequence_blobs (
      sequence_id bigint not null references collections (id),
      digest ${text} not null,
      blob_key ${text} not null,
      birth_artifact_id bigint not null references artifacts (id),
      size bigint not null,
      primary key (sequence_id, digest)
    )`,
    `create table run_artifacts (
      run_id bigint not null references runs (id),
      artifact_id bigint not null references artifacts (id),
      direction ${text} not null check (direction in ('input', 'output')),
      used_as ${text},
      created_at bigint not null,
      primary key (run_id, direction, artifact_id)
    )`,
    'create index run_artifacts_by_artifact on run_artifacts (artifact_id, direction)',

    // Events
    `create table events (
      id ${id},
      public_id ${text} not null unique,
      type ${text} not null,
      transaction_id bigint not null,
      occurred_at bigint not null,
      caused_by ${text},
      depth integer not null default 0,
      snapshot ${text} not null
    )`,
    // The feed: an event is in that of every entity it happened in.
    `create table event_feed (
      entity_id bigint not null references entities (id),
      transaction_id bigint not null,
      event_id bigint not null references events (id),
      primary key (entity_id, transaction_id, event_id)
    )`,

    // Secrets and webhooks
    `create table secrets (
      id ${id},
      entity_id bigint not null references entities (id),
      name ${text} not null,
      version bigint not null,
      ciphertext ${text} not null,
      created_by bigint references users (id),
      created_at bigint not null,
      updated_at bigint not null,
      unique (entity_id, name)
    )`,
    `create table webhooks (
      id ${id},
      public_id ${text} not null unique,
      entity_id bigint not null references entities (id),
      name ${text} not null,
      url_version bigint not null,
      url_ciphertext ${text} not null,
      url_masked ${text} not null,
      access_token_secret ${text},
      signing_secret ${text},
      signature ${text} not null,
      secrets ${text} not null,
      headers ${text} not null,
      concurrency_max integer not null check (concurrency_max between 1 and 1000),
      paused_at bigint,
      paused_reason ${text},
      created_by bigint references users (id),
      created_at bigint not null,
      updated_at bigint not null,
      deleted_at bigint
    )`,
    'create unique index webhooks_by_name on webhooks (entity_id, name) where deleted_at is null',

    // Automations
    `create table automations (
      id ${id},
      public_id ${text} not null unique,
      entity_id bigint not null references entities (id),
      name ${text} not null,
      enabled smallint not null check (enabled in (0, 1)),
      scope_kind ${text} not null check (scope_kind in ('COLLECTION', 'PROJECT', 'ENTITY')),
      scope_id bigint not null,
      event_type ${text} not null,
      -- What matching looks for, in one column, of those that can fire: planners guess badly at how often several
      -- columns meet.
      scope_key ${text} generated always as (
        case when enabled = 1 and deleted_at is null
          then event_type || ' ' || scope_kind || ' ' || cast(scope_id as text) end
      ) stored,
      revision_id bigint,
      created_by bigint references users (id),
      created_at bigint not null,
      updated_at bigint not null,
      deleted_at bigint
    )`,
    'create unique index automations_by_name on automations (entity_id, name) where deleted_at is null',
    'create index automations_by_entity on automations (entity_id, id) where deleted_at is null',
    // Matching reads only what is in scope, however many automations there are.
    'create index automations_by_scope on automations (scope_key) where scope_key is not null',
    `create table automation_revisions (
      id ${id},
      automation_id bigint not null references automations (id),
      revision bigint not null,
      name ${text} not null,
      description ${text},
      enabled smallint not null check (enabled in (0, 1)),
      scope_kind ${text} not null,
      scope_id bigint not null,
      event_type ${text} not null,
      filter ${text} not null,
      action_kind ${text} not null check (action_kind in ('GENERIC_WEBHOOK', 'NOTIFICATION', 'NO_OP')),
      webhook_id bigint references webhooks (id),
      action ${text} not null,
      created_by bigint references users (id),
      created_at bigint not null,
      unique (automation_id, revision)
    )`,
    'create index automation_revisions_by_webhook on automation_revisions (webhook_id) where webhook_id is not null',
    `create table executions (
      id ${id},
      public_id ${text} not null unique,
      automation_id bigint not null references automations (id),
      revision_id bigint not null references automation_revisions (id),
      event_id bigint not null references events (id),
      subject integer not null,
      state ${text} not null check (state in ('matched', 'skipped')),
      reason ${text},
      created_at bigint not null,
      unique (event_id, automation_id)
    )`,
    'create index executions_by_automation on executions (automation_id, id)',

    // Deliveries: the table is the queue.
    `create table deliveries (
      id ${id},
      public_id ${text} not null unique,
      entity_id bigint not null references entities (id),
      execution_id bigint not null references executions (id),
      action_index integer not null default 0,
      revision_id bigint not null references automation_revisions (id),
      webhook_id bigint not null references webhooks (id),
      message_id ${text} not null,
      state ${text} not null,
      reason ${text},
      next_attempt_at bigint,
      lease_owner ${text},
      lease_until bigint,
      claim_count integer not null default 0,
      attempt_count integer not null default 0,
      slow_retry_count integer not null default 0,
      body ${text},
      warnings ${text},
      replay_of bigint references deliveries (id),
      replay_mode ${text},
      created_at bigint not null,
      settled_at bigint,
      constraint deliveries_state_known
        check (state in ('pending', 'sending', 'succeeded', 'failed', 'superseded', 'cancelled')),
      constraint deliveries_settled_iff_terminal
        check ((settled_at is null) = (state in ('pending', 'sending'))),
      constraint deliveries_due_iff_pending
        check ((next_attempt_at is not null) = (state = 'pending')),
      constraint deliveries_leased_iff_sending
        check ((lease_owner is not null and lease_until is not null) = (state = 'sending')
          and (lease_owner is null) = (lease_until is null)),
      constraint deliveries_reason_iff_not_well
        check (reason is not null or state not in ('failed', 'superseded', 'cancelled')),
      constraint deliveries_replay_has_mode
        check ((replay_of is null) = (replay_mode is null) and (replay_mode is null or replay_mode in ('as_then', 'as_now')))
    )`,
    // The claim: per webhook, oldest due first. Settled rows are in neither index, so history costs it nothing.
    "create index deliveries_due on deliveries (webhook_id, next_attempt_at, id) where state = 'pending'",
    "create index deliveries_sending on deliveries (webhook_id) where state = 'sending'",
    "create index deliveries_leased on deliveries (lease_until) where state = 'sending'",
    'create index deliveries_by_execution on deliveries (execution_id)',
    'create index deliveries_by_entity on deliveries (entity_id, id)',
    'create index deliveries_by_webhook on deliveries (webhook_id, id)',
    'create index deliveries_by_replayed on deliveries (replay_of) where replay_of is not null',
    `create table attempts (
      id ${id},
      delivery_id bigint not null references deliveries (id),
      claim integer not null,
      worker ${text} not null,
      started_at bigint not null,
      finished_at bigint not null,
      outcome ${text} not null,
      status integer,
      verdict ${text} not null,
      reason ${text} not null,
      explanation ${text} not null,
      request ${text} not null,
      response ${text},
      timing ${text} not null,
      unique (delivery_id, claim)
    )`,
  ]
}
