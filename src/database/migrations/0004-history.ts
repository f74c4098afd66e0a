import type { ColumnTypes } from '../migrate.ts'

/** What questions about the past are asked by, and what takes old rows away. */
export function statements({ id, text }: ColumnTypes): string[] {
  return [
    // Lists go by time, so that a window far back costs no more than the newest page.
    'drop index deliveries_by_entity',
    'create index deliveries_by_entity on deliveries (entity_id, created_at, id)',
    'drop index deliveries_by_webhook',
    'create index deliveries_by_webhook on deliveries (webhook_id, created_at, id)',
    // Nearly all succeed: those are not in it, and are found by the index above. Nor is what is in progress, which would
    // come and go again with every delivery; the queue's own indexes lead to that.
    `create index deliveries_given_up on deliveries (entity_id, state, created_at, id)
      where state in ('failed', 'superseded', 'cancelled')`,

    // The HTTP status of the last attempt; null without an answer.
    'alter table deliveries add column last_status integer',
    `update deliveries set last_status = (
      select t.status from attempts t where t.delivery_id = deliveries.id order by t.claim desc limit 1
    )`,
    'create index deliveries_by_status on deliveries (entity_id, last_status, created_at, id) where last_status >= 300',

    // Where an execution happened. Without a reference: collections are deleted, their history is not.
    'alter table executions add column collection_id bigint',
    `create index executions_by_collection on executions (collection_id, created_at, id)
      where collection_id is not null`,
    'drop index executions_by_automation',
    'create index executions_by_automation on executions (automation_id, created_at, id)',

    // Which automations reached where at some time.
    `create index automation_revisions_by_scope
      on automation_revisions (event_type, scope_kind, scope_id, automation_id)`,

    // Who ran an automation by hand: such an event is no fact, is in no feed and matches nothing.
    `alter table events add column run_by ${text}`,

    // Replays of many: the row is the work that is left, from one committed batch to the next.
    `create table replays (
      id ${id},
      public_id ${text} not null unique,
      entity_id bigint not null references entities (id),
      mode ${text} not null check (mode in ('as_then', 'as_now')),
      state ${text} not null check (state in ('running', 'done')),
      selection ${text} not null,
      -- Newer deliveries are none of it: those it makes itself among them.
      upto_id bigint not null,
      matched_count integer not null,
      replayed_count integer not null default 0,
      left_out ${text} not null,
      position_at bigint not null,
      position_id bigint not null,
      created_by bigint references users (id),
      key_hash ${text},
      created_at bigint not null,
      finished_at bigint,
      unique (created_by, key_hash),
      constraint replays_finished_iff_done check ((finished_at is not null) = (state = 'done'))
    )`,
    'create index replays_by_entity on replays (entity_id, id)',
    "create index replays_running on replays (id) where state = 'running'",

    // Retention
    'alter table deliveries add column bodies_purged_at bigint',
    // Events are purged by id.
    'create index event_feed_by_event on event_feed (event_id)',
    // What the sweep passed because it was still in progress.
    `create table purge_later (
      kind ${text} not null check (kind in ('bodies', 'event')),
      id bigint not null,
      primary key (kind, id)
    )`,
  ]
}
