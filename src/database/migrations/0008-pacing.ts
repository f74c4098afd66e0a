import type { ColumnTypes } from '../migrate.ts'

/** How often automations may fire, and those that fired too often; deliveries that wait for each other. */
export function statements({ text }: ColumnTypes): string[] {
  return [
    // As JSON; null for nearly all, which have only what holds for every automation.
    `alter table automation_revisions add column pacing ${text}`,
    // The end of the last of its holds: null for those that never fired too often, so that matching need not look further.
    'alter table automations add column held_until bigint',
    // What was counted before a release counts no more, in whichever process it was counted.
    'alter table automations add column release_count integer not null default 0',
    `create table automation_holds (
      automation_id bigint not null references automations (id),
      -- Without a reference: it may outlive the collection.
      collection_id bigint not null,
      held_at bigint not null,
      held_until bigint not null check (held_until > held_at),
      primary key (automation_id, collection_id)
    )`,
    // Only of automations with a rate limit of their own: when as many as it allows at once may fire again.
    `create table automation_rates (
      automation_id bigint not null primary key references automations (id),
      free_at bigint not null
    )`,
    `alter table webhooks add column delivery_order ${text} not null default 'none'
      check (delivery_order in ('none', 'collection', 'alias'))`,
    'alter table webhooks add column newest_wins integer not null default 0 check (newest_wins in (0, 1))',
    // What deliveries share that wait for each other; null for all others.
    `alter table deliveries add column order_key ${text}`,
    // Without references, so that history can be cleared by its age.
    "alter table deliveries add column waits_for bigint check (waits_for is null or state = 'pending')",
    "alter table deliveries add column superseded_by bigint check (superseded_by is null or state = 'superseded')",
    // Of an automation that gathers: under what, how many events it stands for, the version of the first, the end of the time.
    `alter table deliveries add column digest_key ${text}`,
    'alter table deliveries add column digest_count integer not null default 1 check (digest_count >= 1)',
    'alter table deliveries add column digest_first bigint',
    'alter table deliveries add column digest_due_at bigint',
    "create index deliveries_gathering on deliveries (digest_key, id) where digest_key is not null and state = 'pending'",
    // For what a new delivery of a key waits for, and for what waits when one ends: both as small as what is unsettled.
    'create index deliveries_by_order on deliveries (order_key, id) where order_key is not null and settled_at is null',
    'create index deliveries_waiting on deliveries (waits_for) where waits_for is not null',
  ]
}
