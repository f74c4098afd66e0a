import type { ColumnTypes } from '../migrate.ts'

/** What runs told their people; and where automations fired, which is known when the collection is gone too. */
export function statements({ id, text }: ColumnTypes): string[] {
  return [
    `create table run_alerts (
      id ${id},
      project_id bigint not null references projects (id),
      run_id bigint not null references runs (id),
      title ${text} not null,
      body ${text} not null,
      severity ${text} not null check (severity in ('INFO', 'WARN', 'ERROR')),
      user_id bigint references users (id),
      created_at bigint not null
    )`,
    'create index run_alerts_by_project on run_alerts (project_id, id)',
    'create index run_alerts_by_run on run_alerts (run_id, id)',
    // Without a reference, so that it outlives what it tells of.
    'alter table executions add column project_id bigint',
    `update executions set project_id = (select c.project_id from collections c where c.id = executions.collection_id)
      where collection_id is not null`,
  ]
}
