import { type RawBuilder, sql } from 'kysely'
import { batch, statement } from '../database/statement.ts'

/** When what waits for another one is due: never, until it waits no more. The last time that can be written as a date. */
export const WAITING_UNTIL_MS = 8_640_000_000_000_000

/**
 * That a delivery waits, said by what its state goes with. By the state itself PostgreSQL would go through the whole index
 * of what waits to find a few by their ids, once its statistics are behind a backlog: then it takes that index for short.
 */
export const IS_PENDING = sql`deliveries.next_attempt_at is not null`

/** Now, or when the time is over for which it gathers. */
function dueAt(now: RawBuilder<number>): RawBuilder<number> {
  return sql`case when deliveries.digest_due_at > ${now} then deliveries.digest_due_at else ${now} end`
}

/** What gathers under these keys and has never been claimed, oldest first; locked on PostgreSQL. */
export const lockGathering = statement(
  (_, input: { keys: readonly string[] }, engine) => sql<{
    id: number
    digest_key: string
    digest_count: number
    digest_first: number | null
    digest_due_at: number | null
  }>`
    select d.id, d.digest_key, d.digest_count, d.digest_first, d.digest_due_at from deliveries d
    where ${engine.isOneOf('d.digest_key', input.keys, 'text')} and d.digest_key is not null and d.state = 'pending'
      and d.claim_count = 0
    order by d.id
    ${engine.rowLocks ? sql`for no key update of d` : sql``}`,
)

/** Without `due_at`, the time begins now. */
export const gatherDeliveries = batch(
  { id: 'bigint', digest_key: 'text', digest_count: 'integer', digest_first: 'bigint', due_at: 'bigint' },
  (_, { from, item }, input: { nowMs: number; windowMs: number }, engine) => {
    const due = sql`coalesce(${item.due_at}, ${engine.nowMs(input.nowMs)} + cast(${input.windowMs} as bigint))`
    return sql`
      update deliveries set
        digest_key = ${item.digest_key},
        digest_count = ${item.digest_count},
        digest_first = ${item.digest_first},
        digest_due_at = ${due},
        next_attempt_at = ${due}
      ${from}
      where deliveries.id = ${item.id} and ${IS_PENDING}`
  },
)

/**
 * The deliveries with these keys that have not ended, oldest first. On PostgreSQL they are locked: none of them ends
 * before the transaction does, so that what is made to wait for one of them is seen when it ends.
 */
export const lockUnsettled = statement(
  (_, input: { keys: readonly string[] }, engine) => sql<{
    id: number
    order_key: string
    state: 'pending' | 'sending'
    waits_for: number | null
    automation_id: number
  }>`
    select d.id, d.order_key, d.state, d.waits_for, r.automation_id
    from deliveries d join automation_revisions r on r.id = d.revision_id
    where ${engine.isOneOf('d.order_key', input.keys, 'text')} and d.order_key is not null and d.settled_at is null
    order by d.id
    ${engine.rowLocks ? sql`for no key update of d` : sql``}`,
)

/** What waits for no other one any more is due at once; what never did is due as it was. */
export const linkDeliveries = batch(
  { id: 'bigint', order_key: 'text', waits_for: 'bigint' },
  (_, { from, item }, input: { nowMs: number }, engine) => sql`
    update deliveries set
      order_key = ${item.order_key},
      waits_for = ${item.waits_for},
      next_attempt_at = case
        when ${item.waits_for} is not null then ${sql.lit(WAITING_UNTIL_MS)}
        when deliveries.waits_for is not null then ${dueAt(engine.nowMs(input.nowMs))}
        else next_attempt_at
      end
    ${from}
    where deliveries.id = ${item.id} and ${IS_PENDING}`,
)

export const supersedeDeliveries = batch(
  { id: 'bigint', by: 'bigint', reason: 'text' },
  (_, { from, item }, input: { nowMs: number }, engine) => sql`
    update deliveries set
      state = 'superseded',
      reason = ${item.reason},
      superseded_by = ${item.by},
      waits_for = null,
      next_attempt_at = null,
      settled_at = ${engine.nowMs(input.nowMs)}
    ${from}
    where deliveries.id = ${item.id} and ${IS_PENDING}`,
)

/** Make due what waited for these, which have ended. */
export const releaseWaiting = statement(
  (_, input: { ids: readonly number[]; nowMs: number }, engine) => sql`
    update deliveries set waits_for = null, next_attempt_at = ${dueAt(engine.nowMs(input.nowMs))}
    where ${engine.isOneOf('waits_for', input.ids, 'bigint')} and waits_for is not null and state = 'pending'`,
)
