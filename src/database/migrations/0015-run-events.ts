import type { ColumnTypes } from '../migrate.ts'

/** What automations on runs are told by, and which runs they have fired for. */
export function statements({ text }: ColumnTypes): string[] {
  return [
    // For those that have been silent too long. Not by the time of that: a heartbeat must change no index.
    "create index runs_running on runs (id) where state = 'running'",
    // An automation fires for a run once in a day; of states, once for each of them.
    `create table run_firings (
      run_id bigint not null references runs (id),
      automation_id bigint not null references automations (id),
      what ${text} not null,
      fired_at bigint not null,
      primary key (run_id, automation_id, what)
    )`,
    'create index run_firings_by_age on run_firings (fired_at)',
  ]
}
