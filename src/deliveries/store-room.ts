import { type RawBuilder, sql } from 'kysely'
import type { Engine } from '../database/engine.ts'
import { batch } from '../database/statement.ts'
import { BURST_MS } from '../webhooks/rate-limit.ts'

/** Requests that the webhook with this id has open. */
export function sendingTo(webhookId: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`(select count(*) from deliveries s where s.state = 'sending' and s.webhook_id = ${webhookId})`
}

const SENDING = sendingTo(sql`w.id`)

/**
 * How many more requests `w` may have open by its cap alone; one in all while its circuit is not closed, as a probe.
 *
 * - `sending`: how many it has open, where the statement has counted them already.
 */
export function roomUnderCap(sending = SENDING): RawBuilder<number> {
  return sql<number>`
  (case when w.circuit_opened_at is null then w.concurrency_max else 1 end - ${sending})`
}

/** When `w` may be sent to at the earliest, for all but its cap; 0 if at any time. */
export const OPEN_AT = sql<number>`
  (case when coalesce(w.held_until, 0) >= coalesce(w.next_slot_at, 0)
    then coalesce(w.held_until, 0) else w.next_slot_at end)`

/** The slot that the next request to `w`, which has a rate limit, takes: never more than a burst before now. */
function nextSlot(now: RawBuilder<number>): RawBuilder<number> {
  const burst = sql.lit(BURST_MS)
  const earliest = sql`(${now} - case when w.send_interval_ms < ${burst} then ${burst} - w.send_interval_ms else 0 end)`
  return sql<number>`(case when w.next_slot_at > ${earliest} then w.next_slot_at else ${earliest} end)`
}

/**
 * How many requests to the webhook `w` may begin now: by its cap, its rate limit, its circuit and what its receiver asked
 * for. Not more than nought if none. Whoever acts on it holds the row's lock until what he claims is committed.
 */
export function roomNow(engine: Engine, nowMs: number, sending = SENDING): RawBuilder<number> {
  const now = engine.nowMs(nowMs)
  const room = roomUnderCap(sending)
  const slots = sql`cast((${now} - ${nextSlot(now)}) / w.send_interval_ms as integer) + 1`
  return sql<number>`case
    when w.held_until > ${now} then 0
    when w.send_interval_ms is null then ${room}
    when w.next_slot_at > ${now} then 0
    when ${slots} < ${room} then ${slots}
    else ${room}
  end`
}

/** Use up slots of webhooks that have a rate limit, for what is claimed in the same transaction. */
export const takeSlots = batch(
  { id: 'bigint', taken: 'integer' },
  (_, { from, item }, input: { nowMs: number }, engine) => sql`
    update webhooks as w set
      next_slot_at = cast(${nextSlot(engine.nowMs(input.nowMs))} as bigint) + ${item.taken} * w.send_interval_ms
    ${from} where w.id = ${item.id} and w.send_interval_ms is not null`,
)
