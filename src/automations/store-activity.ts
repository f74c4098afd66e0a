import { type RawBuilder, sql } from 'kysely'
import type { Reader } from '../database/database.ts'
import { batch } from '../database/statement.ts'
import type { AutomationHealth, Outcome } from './activity.ts'

/**
 * What automations did lately. The index `executions_by_automation` leads to the newest firings of each, so none of these
 * reads more history than it says; `a` is the automation, `w` its webhook.
 */

/** How many of its newest firings are looked at for one that has ended. */
const ENDED_AMONG = 20

/** When an event last matched it; `null` if none ever did. */
export const LAST_FIRED: RawBuilder<number | null> = sql<number | null>`(
  select max(lx.created_at) from executions lx where lx.automation_id = a.id
)`

/** What came of the newest firing that has ended: of its newest delivery, or at once where nothing is to be sent. */
const LAST_ENDED = sql`(
  select case when d.state = 'failed' then 'failed' else 'succeeded' end
  from (
    select id, created_at, state from executions
    where automation_id = a.id order by created_at desc, id desc limit ${sql.lit(ENDED_AMONG)}
  ) x
  left join deliveries d on d.execution_id = x.id
  where x.state = 'matched' and (d.id is null or d.state in ('succeeded', 'failed'))
  order by x.created_at desc, x.id desc, d.id desc
  limit 1
)`

/** See `AutomationHealth`. */
export function healthColumn(nowMs: number): RawBuilder<AutomationHealth> {
  return sql<AutomationHealth>`case
    when w.deleted_at is not null or ${LAST_ENDED} = 'failed' then 'failing'
    when a.held_until > ${nowMs} or w.paused_at is not null or w.circuit_opened_at is not null then 'held'
    when ${LAST_FIRED} is null then 'never_fired'
    else 'healthy'
  end`
}

/** Of each of these automations, how it does. */
export async function findHealth(db: Reader, ids: readonly number[], nowMs: number) {
  return db
    .selectFrom('automations as a')
    .leftJoin('automation_revisions as r', 'r.id', 'a.revision_id')
    .leftJoin('webhooks as w', 'w.id', 'r.webhook_id')
    .select(['a.id', LAST_FIRED.as('last_fired_at'), healthColumn(nowMs).as('health')])
    .where('a.id', 'in', ids)
    .execute()
}

/** Of each automation, how often each outcome there was since then, of its `limit` newest firings at most. */
export const countOutcomes = batch(
  { id: 'bigint' },
  (_, { table, item }, input: { since: number; limit: number }, engine) => sql<{
    automation_id: number
    outcome: Outcome
    count: number
  }>`
    select ${item.id} as automation_id, count(*) as count, case
      when x.state = 'skipped' then 'skipped'
      when d.state is null then 'succeeded'
      when d.state in ('pending', 'sending') then 'waiting'
      when d.state in ('superseded', 'cancelled') then 'dropped'
      else d.state
    end as outcome
    from ${table} cross join ${engine.lateral} (
      select id, state from executions
      where automation_id = ${item.id} and created_at >= ${input.since}
      order by created_at desc, id desc limit ${input.limit}
    ) x
    left join deliveries d on d.execution_id = x.id and not exists (
      select 1 from deliveries l
      where l.execution_id = d.execution_id and l.action_index = d.action_index and l.id > d.id
    )
    group by 1, 3`,
)
