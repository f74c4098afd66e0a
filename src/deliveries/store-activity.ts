import { sql } from 'kysely'
import type { Reader } from '../database/database.ts'

/** Counted no further: a queue that long is long, and the next page of a list must not wait for it. */
export const OPEN_COUNT_MAX = 1_000

/** So many of a webhook's newest deliveries are looked at for one that arrived. */
const LOOKED_AT_MAX = 100

export type WebhookActivity = { id: number; open: number; lastSuccessAt: number | null }

/**
 * Of each webhook: how many deliveries have not ended, `OPEN_COUNT_MAX` at most, and when one of its newest arrived.
 */
export async function selectActivity(db: Reader, webhookIds: readonly number[]): Promise<WebhookActivity[]> {
  const open = (state: 'pending' | 'sending') => sql<number>`
    (select count(*) from (
      select 1 from deliveries d where d.webhook_id = w.id and d.state = ${sql.lit(state)} limit ${sql.lit(OPEN_COUNT_MAX)}
    ) counted)`
  const { rows } = await sql<{ id: number; open: number; last_success_at: number | null }>`
    select w.id, ${open('pending')} + ${open('sending')} as open,
      (select max(newest.settled_at) from (
        select d.state, d.settled_at from deliveries d where d.webhook_id = w.id
        order by d.created_at desc, d.id desc limit ${sql.lit(LOOKED_AT_MAX)}
      ) newest where newest.state = 'succeeded') as last_success_at
    from webhooks w where w.id in (${sql.join(webhookIds)})`.execute(db)
  return rows.map((row) => ({
    id: row.id,
    open: Math.min(Number(row.open), OPEN_COUNT_MAX),
    lastSuccessAt: row.last_success_at,
  }))
}
