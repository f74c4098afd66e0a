import type { ColumnTypes } from '../migrate.ts'

/**
 * How fast a webhook may be sent to, when its deliveries are tried again, and how its receiver does.
 *
 * A webhook that is well and has no rate limit has none of these set: what claims and settles touches them only where
 * there is something to say.
 */
export function statements({ text }: ColumnTypes): string[] {
  return [
    // As somebody set it; null: what its target suggests.
    'alter table webhooks add column rate_limit_per_minute integer check (rate_limit_per_minute between 1 and 6000)',
    // What is in force of it: the time from one request to the next. Null: as fast as the cap allows.
    'alter table webhooks add column send_interval_ms integer check (send_interval_ms > 0)',
    'alter table webhooks add column next_slot_at bigint',
    // JSON, seconds; null: that of Standard Webhooks.
    `alter table webhooks add column retry_schedule ${text}`,
    // No request before this: the receiver asked for it, or its circuit is open.
    'alter table webhooks add column held_until bigint',
    'alter table webhooks add column circuit_opened_at bigint',
    'alter table webhooks add column circuit_trips integer not null default 0',
    'alter table webhooks add column outage_points integer not null default 0',
    // Attempts in a row that failed because of the receiver, and when the first of them ended.
    'alter table webhooks add column failure_count integer not null default 0',
    'alter table webhooks add column failing_since bigint',
    'alter table webhooks add column last_failure_at bigint',
    `alter table webhooks add column last_failure_reason ${text}`,
    // The defaults of `webhooks/target.ts` at this version, for the webhooks there are.
    `update webhooks set send_interval_ms = case target
        when 'slack' then 1000
        when 'slack_api' then 1000
        when 'github_repository_dispatch' then 750
        when 'github_workflow_dispatch' then 750
        else 2000
      end
      where target in ('slack', 'slack_api', 'github_repository_dispatch', 'github_workflow_dispatch', 'discord')`,
  ]
}
