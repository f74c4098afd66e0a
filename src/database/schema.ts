import type { Generated, GeneratedAlways } from 'kysely'

/** The tables as Kysely sees them. Times are integer milliseconds, JSON is text, booleans are 0 and 1. */
export type Schema = {
  settings: { name: string; value: string }
  entities: EntityRow
  users: UserRow
  members: { entity_id: number; user_id: number; role: RoleName; created_at: number }
  api_keys: ApiKeyRow
  sessions: SessionRow
  invites: InviteRow
  identities: { issuer: string; subject: string; user_id: number; created_at: number }
  sign_in_attempts: { subject: string; attempts: number; since: number }
  audit: AuditRow
  idempotency: IdempotencyRow
  projects: ProjectRow
  registry_members: RegistryMemberRow
  runs: RunRow
  run_lines: { run_id: number; file: string; line: number; content: string }
  run_files: RunFileRow
  artifact_types: ArtifactTypeRow
  collections: CollectionRow
  collection_tags: { id: Generated<number>; collection_id: number; tag: string }
  artifacts: ArtifactRow
  artifact_tags: { id: Generated<number>; artifact_id: number; tag: string }
  memberships: MembershipRow
  aliases: AliasRow
  alias_moves: AliasMoveRow
  manifests: ManifestRow
  artifact_files: ArtifactFileRow
  manifest_entries: ManifestEntryRow
  sequence_blobs: SequenceBlobRow
  run_artifacts: RunArtifactRow
  events: EventRow
  event_feed: { entity_id: number; transaction_id: number; event_id: number }
  secrets: SecretRow
  previous_secrets: PreviousSecretRow
  webhooks: WebhookRow
  automations: AutomationRow
  automation_revisions: AutomationRevisionRow
  automation_holds: { automation_id: number; collection_id: number; held_at: number; held_until: number }
  run_alerts: RunAlertRow
  run_firings: { run_id: number; automation_id: number; what: string; fired_at: number }
  automation_rates: { automation_id: number; free_at: number }
  executions: ExecutionRow
  deliveries: DeliveryRow
  attempts: AttemptRow
  replays: ReplayRow
  released_blobs: { blob_key: string; size: number | null; since: number }
  unchecked_blobs: UncheckedBlobRow
  purge_later: { kind: 'bodies' | 'event'; id: number }
}

export type UncheckedBlobRow = {
  blob_key: string
  digest: string
  size: number
  claimed_until: number
  wrong_at: number | null
}

export type RoleName = 'admin' | 'member' | 'viewer'
export type ScopeKind = 'COLLECTION' | 'PROJECT' | 'ENTITY'
export type DeliveryState = 'pending' | 'sending' | 'succeeded' | 'failed' | 'superseded' | 'cancelled'

export type EntityRow = {
  id: Generated<number>
  name: string
  kind: 'user' | 'team' | 'organization'
  display_name: string | null
  organization_id: number | null
  created_at: number
  /** Of a team or an organization; its row stays, so that its name is never given to another. */
  deleted_at: Generated<number | null>
  artifact_ttl_seconds: Generated<number | null>
}

export type UserRow = {
  id: Generated<number>
  entity_id: number
  username: string
  kind: 'person' | 'service'
  email: string | null
  name: string | null
  password_hash: string | null
  is_admin: number
  default_entity_id: number | null
  created_at: number
  deleted_at: number | null
  /** Whether an administrator of the server or an identity provider says that the address is the user's. */
  email_vouched: Generated<number>
}

export type ApiKeyRow = {
  id: Generated<number>
  public_id: string
  user_id: number
  hash: string
  hint: string
  description: string | null
  created_at: number
  expires_at: number | null
  last_used_at: number | null
}

export type SessionMethod = 'password' | 'api-key' | 'oidc' | 'setup' | 'invite'

export type SessionRow = {
  id: Generated<number>
  public_id: string
  user_id: number
  hash: string
  method: SessionMethod
  api_key_id: number | null
  user_agent: string | null
  created_at: number
  last_used_at: number
  expires_at: number
}

export type InviteRow = {
  id: Generated<number>
  public_id: string
  hash: string
  entity_id: number | null
  role: RoleName | null
  email: string | null
  invited_by: number
  created_at: number
  expires_at: number
}

export type AuditRow = {
  id: Generated<number>
  at: number
  actor_user_id: number | null
  actor: string | null
  via: string
  action: string
  entity_id: number | null
  subject: string
  details: string
  request_id: string | null
}

export type IdempotencyRow = {
  user_id: number
  key_hash: string
  request_hash: string
  status: number
  body: string
  created_at: number
}

export type ProjectRow = {
  id: Generated<number>
  entity_id: number
  name: string
  description: string | null
  access: Generated<'PRIVATE' | 'RESTRICTED'>
  is_registry: Generated<number>
  allow_all_types: Generated<number>
  /** Of a restricted registry that is gone: its row says who may still see what happened there. */
  deleted_at: Generated<number | null>
  created_by: number | null
  created_at: number
  updated_at: number
}

export type RegistryMemberRow = {
  id: Generated<number>
  project_id: number
  /** One of the two. */
  user_id: number | null
  team_id: number | null
  role: RoleName
  created_at: number
}

export type RunRow = {
  id: Generated<number>
  project_id: number
  name: string
  display_name: string
  state: 'running' | 'finished' | 'failed' | 'crashed'
  user_id: number | null
  group_name: string | null
  job_type: string | null
  description: string | null
  notes: string | null
  tags: string
  config: string
  summary: string
  sweep_name: string | null
  host: string | null
  program: string | null
  git_commit: string | null
  git_repo: string | null
  exit_code: number | null
  created_at: number
  updated_at: number
  heartbeat_at: number
}

export type RunFileRow = {
  run_id: number
  name: string
  blob_key: string
  size: number | null
  md5: string | null
  updated_at: number
}

export type ArtifactTypeRow = {
  id: Generated<number>
  project_id: number
  name: string
  description: string | null
  created_at: number
}

export type CollectionRow = {
  id: Generated<number>
  public_id: string
  project_id: number
  type_id: number
  kind: 'SEQUENCE' | 'PORTFOLIO'
  name: string
  description: string | null
  next_version: Generated<number>
  /** 1: it is shown also before its first version. */
  is_declared: Generated<number>
  artifact_ttl_seconds: Generated<number | null>
  client_id: string | null
  created_by: number | null
  created_at: number
  updated_at: number
}

export type ArtifactRow = {
  id: Generated<number>
  public_id: string
  project_id: number
  type_id: number
  sequence_id: number | null
  sequence_name: string
  state: 'PENDING' | 'COMMITTED' | 'DELETED'
  digest: string
  description: string | null
  metadata: string
  size: Generated<number>
  file_count: Generated<number>
  ttl_seconds: number | null
  commit_hash: string | null
  history_step: number | null
  client_id: string | null
  distributed_id: string | null
  requested_aliases: string
  requested_tags: string
  run_id: number | null
  created_by: number | null
  created_at: number
  committed_at: number | null
  updated_at: number
}

export type MembershipRow = {
  id: Generated<number>
  collection_id: number
  artifact_id: number
  version: number
  created_at: number
}

export type AliasRow = {
  id: Generated<number>
  collection_id: number
  alias: string
  membership_id: number
  created_at: number
}

export type AliasMoveRow = {
  id: Generated<number>
  collection_id: number
  alias: string
  from_version: number | null
  from_artifact_id: number | null
  to_version: number | null
  to_artifact_id: number | null
  actor: string | null
  at: number
}

export type ManifestRow = {
  id: Generated<number>
  artifact_id: number
  kind: 'FULL' | 'INCREMENTAL' | 'PATCH'
  name: string
  digest: string
  base_artifact_id: number | null
  blob_key: string | null
  size: number | null
  created_at: number
  run_id: number | null
}

export type ArtifactFileRow = {
  id: Generated<number>
  artifact_id: number
  path: string
  digest: string
  blob_key: string
  birth_artifact_id: number
  /** `null` until the bytes are durable. */
  size: number | null
  created_at: number
}

export type ManifestEntryRow = {
  artifact_id: number
  path: string
  digest: string
  size: number
  ref: string | null
  extra: string | null
  blob_key: string | null
  birth_artifact_id: number | null
}

export type SequenceBlobRow = {
  sequence_id: number
  digest: string
  blob_key: string
  birth_artifact_id: number
  size: number
}

export type RunAlertRow = {
  id: Generated<number>
  project_id: number
  run_id: number
  title: string
  body: string
  severity: 'INFO' | 'WARN' | 'ERROR'
  user_id: number | null
  created_at: number
}

export type RunArtifactRow = {
  run_id: number
  artifact_id: number
  direction: 'input' | 'output'
  used_as: string | null
  created_at: number
}

export type EventRow = {
  id: Generated<number>
  public_id: string
  type: string
  transaction_id: number
  occurred_at: number
  caused_by: string | null
  depth: Generated<number>
  snapshot: string
  /** Who ran an automation by hand. Then it is no fact, in no feed, and matched by nothing. */
  run_by: Generated<string | null>
}

export type SecretRow = {
  id: Generated<number>
  entity_id: number
  name: string
  version: number
  ciphertext: string
  created_by: number | null
  created_at: number
  updated_at: number
  /** When the last of its previous values ends; `null` when it has none. */
  previous_until: Generated<number | null>
  /** When the newest attempt that was made with it began, to the minute. */
  last_used_at: Generated<number | null>
  /** The same of the newest attempt that the receiver answered with 401 or 403. */
  last_refused_at: Generated<number | null>
}

/** A value that was replaced and still signs beside the newer one. */
export type PreviousSecretRow = {
  id: Generated<number>
  secret_id: number
  version: number
  ciphertext: string
  ends_at: number
}

export type WebhookRow = {
  id: Generated<number>
  public_id: string
  entity_id: number
  name: string
  url_version: number
  url_ciphertext: string
  url_masked: string
  /** Written by `webhooks/target.ts`, which knows the names. */
  target: Generated<string>
  access_token_secret: string | null
  signing_secret: string | null
  signature: string
  secrets: string
  headers: string
  concurrency_max: number
  /** As it was set; `null`: what the target suggests. */
  rate_limit_per_minute: Generated<number | null>
  /** What is in force of it; `null`: none. */
  send_interval_ms: Generated<number | null>
  /** When a rate limit lets the next request begin. */
  next_slot_at: Generated<number | null>
  retry_schedule: Generated<string | null>
  /** No request before this, by the clock all processes share: the receiver asked for it, or its circuit is open. */
  held_until: Generated<number | null>
  circuit_opened_at: Generated<number | null>
  /** How often it opened, or a probe failed, since it was closed last. */
  circuit_trips: Generated<number>
  outage_points: Generated<number>
  /** Attempts in a row that failed because of the receiver. */
  failure_count: Generated<number>
  /** When the first of them ended; `null`: the receiver is well. */
  failing_since: Generated<number | null>
  last_failure_at: Generated<number | null>
  last_failure_reason: Generated<string | null>
  /** Written by `webhooks/delivery-order.ts`, which knows the names. */
  delivery_order: Generated<'none' | 'collection' | 'alias'>
  newest_wins: Generated<number>
  /** Where notifications go, as JSON; `null` for webhooks that take none. */
  slack: Generated<string | null>
  paused_at: number | null
  paused_reason: string | null
  created_by: number | null
  created_at: number
  updated_at: number
  deleted_at: number | null
}

export type AutomationRow = {
  id: Generated<number>
  public_id: string
  entity_id: number
  name: string
  enabled: number
  scope_kind: ScopeKind
  scope_id: number
  event_type: string
  /**
   * The event type, scope kind and scope id, one space between: what matching looks for. `null` while the automation is
   * disabled or deleted.
   */
  scope_key: GeneratedAlways<string | null>
  revision_id: number | null
  /** The end of the last of its holds. */
  held_until: Generated<number | null>
  release_count: Generated<number>
  created_by: number | null
  created_at: number
  updated_at: number
  deleted_at: number | null
}

export type AutomationRevisionRow = {
  id: Generated<number>
  automation_id: number
  revision: number
  name: string
  description: string | null
  enabled: number
  scope_kind: ScopeKind
  scope_id: number
  event_type: string
  filter: string
  action_kind: 'GENERIC_WEBHOOK' | 'NOTIFICATION' | 'NO_OP'
  webhook_id: number | null
  action: string
  /** As JSON; `null` where nothing is asked for. */
  pacing: string | null
  created_by: number | null
  created_at: number
}

export type ExecutionRow = {
  id: Generated<number>
  public_id: string
  automation_id: number
  revision_id: number
  event_id: number
  /** Which of the event's subjects was in scope: its index in the snapshot. */
  subject: number
  state: 'matched' | 'skipped'
  reason: string | null
  created_at: number
  /** Of that subject. Either may be gone. */
  project_id: number | null
  /** Of that subject. The collection may be gone. */
  collection_id: Generated<number | null>
}

export type DeliveryRow = {
  id: Generated<number>
  public_id: string
  entity_id: number
  execution_id: number
  action_index: Generated<number>
  revision_id: number
  webhook_id: number
  message_id: string
  state: DeliveryState
  reason: string | null
  next_attempt_at: number | null
  lease_owner: string | null
  lease_until: number | null
  claim_count: Generated<number>
  attempt_count: Generated<number>
  slow_retry_count: Generated<number>
  body: string | null
  warnings: string | null
  replay_of: number | null
  replay_mode: 'as_then' | 'as_now' | null
  /** What deliveries share that wait for each other. */
  order_key: Generated<string | null>
  /** The delivery that has to end first. */
  waits_for: Generated<number | null>
  superseded_by: Generated<number | null>
  digest_key: Generated<string | null>
  digest_count: Generated<number>
  digest_first: Generated<number | null>
  digest_due_at: Generated<number | null>
  created_at: number
  settled_at: number | null
  /** The HTTP status of the last attempt; `null` without an answer. */
  last_status: Generated<number | null>
  /** When the payload, and the requests and answers of the attempts, were taken away because of their age. */
  bodies_purged_at: Generated<number | null>
}

export type AttemptRow = {
  id: Generated<number>
  delivery_id: number
  claim: number
  worker: string
  started_at: number
  finished_at: number
  outcome: string
  status: number | null
  verdict: string
  reason: string
  explanation: string
  request: string
  response: string | null
  timing: string
  /** What the receiver calls what it made of the request: a pipeline, a message, an alert. */
  remote_id: string | null
  remote_url: string | null
}

export type ReplayRow = {
  id: Generated<number>
  public_id: string
  entity_id: number
  mode: 'as_then' | 'as_now'
  state: 'running' | 'done'
  /** What was asked for, as JSON. */
  selection: string
  upto_id: number
  matched_count: number
  replayed_count: Generated<number>
  /** How many could not be replayed, by reason, as JSON. */
  left_out: string
  /** Where the next batch goes on. */
  position_at: number
  position_id: number
  created_by: number | null
  key_hash: string | null
  created_at: number
  finished_at: number | null
}
