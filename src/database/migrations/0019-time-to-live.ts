/** How long versions live where they do not say so themselves, and what finds those whose time has run out. */
export function statements(): string[] {
  return [
    // As on an artifact: seconds, -2 for ever, null inherits.
    'alter table collections add column artifact_ttl_seconds bigint',
    'alter table entities add column artifact_ttl_seconds bigint',
    'create index collections_with_ttl on collections (id) where artifact_ttl_seconds > 0',
    'create index entities_with_ttl on entities (id) where artifact_ttl_seconds > 0',
    `create index artifacts_by_own_ttl on artifacts ((created_at + ttl_seconds * 1000))
      where state = 'COMMITTED' and ttl_seconds > 0`,
    `create index artifacts_by_age on artifacts (sequence_id, created_at)
      where state = 'COMMITTED' and ttl_seconds is null`,
  ]
}
