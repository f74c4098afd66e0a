import { type RawBuilder, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import type { AttemptRow, DeliveryState } from '../database/schema.ts'
import { batch, statement } from '../database/statement.ts'
import { assert } from '../runtime/assert.ts'
import type { Share } from './share.ts'
import { IS_PENDING, releaseWaiting } from './store-order.ts'
import { OPEN_AT, roomNow, roomUnderCap, sendingTo, takeSlots } from './store-room.ts'

/** Webhooks looked at in one claim. */
const CLAIM_WEBHOOKS_MAX = 32

/** A delivery that was claimed this often without one request having been made ends its worker: it is given up. */
export const CLAIMS_WITHOUT_ATTEMPT_MAX = 100

export type ClaimedDelivery = {
  id: number
  public_id: string
  webhook_id: number
  message_id: string
  claim_count: number
  attempt_count: number
  slow_retry_count: number
  /** Others may wait for it to end, unless this is `null`. */
  order_key: string | null
  created_at: number
}

/**
 * Put deliveries into the queue: `pending`, due now, or `sending`, claimed for `worker` as they are inserted. Their ids
 * by their public ids.
 *
 * Due by the clock the workers claim by, or a delivery could be due later than it is told.
 */
export const insertDeliveries = batch(
  {
    public_id: 'text',
    entity_id: 'bigint',
    execution_id: 'bigint',
    revision_id: 'bigint',
    webhook_id: 'bigint',
    message_id: 'text',
    state: 'text',
    body: 'text',
    warnings: 'text',
    created_at: 'bigint',
  },
  (_, { names, values, item, rows }, input: { worker: string | null; nowMs: number; leaseMs: number }, engine) => {
    const now = engine.nowMs(input.nowMs)
    const ifSending = (value: RawBuilder<unknown>) => sql`case when ${item.state} = 'sending' then ${value} end`
    return sql<{ id: number; public_id: string }>`
      insert into deliveries (${names}, next_attempt_at, lease_owner, lease_until, claim_count)
      ${rows(sql`
        ${values},
        case when ${item.state} = 'pending' then ${now} end,
        ${ifSending(sql`cast(${input.worker} as text)`)},
        ${ifSending(sql`${now} + cast(${input.leaseMs} as bigint)`)},
        case when ${item.state} = 'sending' then 1 else 0 end`)}
      returning id, public_id`
  },
)

/** Lock the webhooks of these revisions, as `findDue` does; those that are not just locked by others. */
export const lockWebhooksOf = statement(
  (_, input: { revisionIds: readonly number[] }, engine) => sql<{ id: number }>`
    select w.id from automation_revisions r join webhooks w on w.id = r.webhook_id
    where ${engine.isOneOf('r.id', input.revisionIds, 'bigint')}
    for no key update of w skip locked`,
)

/**
 * What is to be rendered for those of the revisions whose webhook may be sent to now, because nothing that is due waits
 * for it, and how many more requests it may have open: of those that were locked before, on PostgreSQL by a statement
 * of its own, so that this one sees what the previous holder of the lock committed.
 */
export const selectReadyRevisions = statement(
  (_, input: { revisionIds: readonly number[]; nowMs: number }, engine) => sql<{
    revision_id: number
    action: string
    automation_name: string
    automation_public_id: string
    webhook_id: number
    room: number
    is_paced: number
  }>`
    select r.id as revision_id, r.action, r.name as automation_name, a.public_id as automation_public_id,
      w.id as webhook_id, ${roomNow(engine, input.nowMs)} as room, ${IS_PACED} as is_paced
    from automation_revisions r
      join automations a on a.id = r.automation_id
      join webhooks w on w.id = r.webhook_id
    where ${engine.isOneOf('r.id', input.revisionIds, 'bigint')}
      and w.paused_at is null and w.deleted_at is null
      and not exists (select 1 from deliveries d
        where d.state = 'pending' and d.webhook_id = w.id and d.next_attempt_at <= ${engine.nowMs(input.nowMs)})`,
)

/** Whether claims for `w` use up slots of a rate limit. */
const IS_PACED = sql`case when w.send_interval_ms is null then 0 else 1 end`

/** `room`: how many more requests to it may begin now. */
type Candidate = { webhook_id: number; room: number; is_paced: number; is_deleted: number }

const SHARE_MODES = { any: 0, except: 1, only: 2 } as const

/**
 * Put deliveries whose lease has lapsed back into the queue, due at once: their worker died or hung. Its late answer
 * is fenced off by the claim count. Resolves to how many those are.
 *
 * A delivery that goes on ending its workers is given up instead, as `failed` because of `worker_lost`.
 */
export async function reclaimLapsed(tx: Tx, nowMs: number): Promise<number> {
  const lapsed = await endLapsedLeases(tx, { nowMs })
  const ended = lapsed.filter(({ state, order_key }) => state === 'failed' && order_key !== null).map(({ id }) => id)
  if (ended.length > 0) await releaseWaiting(tx, { ids: ended, nowMs })
  return lapsed.length
}

const endLapsedLeases = statement((_, input: { nowMs: number }, engine) => {
  const now = engine.nowMs(input.nowMs)
  const isGivenUp = sql`claim_count - attempt_count >= ${sql.lit(CLAIMS_WITHOUT_ATTEMPT_MAX)}`
  return sql<{ id: number; state: DeliveryState; order_key: string | null }>`
    update deliveries set
      state = case when ${isGivenUp} then 'failed' else 'pending' end,
      next_attempt_at = case when ${isGivenUp} then null else ${now} end,
      settled_at = case when ${isGivenUp} then ${now} end,
      reason = case when ${isGivenUp} then 'worker_lost' else reason end,
      lease_owner = null,
      lease_until = null
    where ${
      // Every worker looks: what another is just putting back, or settling after all, is passed over, not waited for.
      engine.rowLocks
        ? sql`id = any(array(
            select id from deliveries where state = 'sending' and lease_until <= ${now} for no key update skip locked))`
        : sql`state = 'sending' and lease_until <= ${now}`
    }
    returning id, state, order_key`
})

/**
 * End every lease, so that the next claim takes what was being sent. Only while no other worker can live: on the embedded
 * engine, whose directory one process holds at a time, when that process starts.
 */
export async function endLeases(tx: Tx, engine: Engine, nowMs: number): Promise<void> {
  await tx
    .updateTable('deliveries')
    .set({ lease_until: engine.nowMs(nowMs) })
    .where('state', '=', 'sending')
    .execute()
}

/**
 * The webhooks for which something waits, with the time of the oldest and how many requests are open: a table `queue`, each
 * found and counted once.
 *
 * Walks the index `deliveries_due` from one webhook to the next: the cost is a few rows a webhook with waiting work,
 * however long its queue is and however many webhooks have none. Backwards, as the entries of what has been claimed are
 * still there for a while on PostgreSQL, and stand before the others.
 */
const QUEUE = sql`waiting (webhook_id) as (
      select (select max(webhook_id) from deliveries where state = 'pending')
      union all
      select (select max(d.webhook_id) from deliveries d where d.state = 'pending' and d.webhook_id < waiting.webhook_id)
      from waiting where waiting.webhook_id is not null
    ),
    queue (webhook_id, oldest, sending) as materialized (
      select webhook_id,
        (select min(d.next_attempt_at) from deliveries d where d.state = 'pending' and d.webhook_id = waiting.webhook_id),
        ${sendingTo(sql`waiting.webhook_id`)}
      from waiting where webhook_id is not null
    )`

const OPEN_COUNTED = sql<number>`queue.sending`

/**
 * Webhooks that have due deliveries and may be sent to now, those with the fewest open requests first, of these the
 * oldest due: however many have long queues, one that has nothing open is not behind them. Their rows are locked on
 * PostgreSQL, so that no two workers count the same room. A webhook that another worker is claiming for is passed over. Besides,
 * first of all, deleted ones for which something still waits.
 */
const lockCandidates = statement(
  (_, input: { nowMs: number; mode: number; webhookIds: readonly number[] }, engine) => sql<Candidate>`
    with recursive ${QUEUE}
    select w.id as webhook_id,
      ${roomNow(engine, input.nowMs, OPEN_COUNTED)} as room,
      ${IS_PACED} as is_paced,
      case when w.deleted_at is null then 0 else 1 end as is_deleted
    from queue join webhooks w on w.id = queue.webhook_id
    where w.deleted_at is not null
      or (queue.oldest <= ${engine.nowMs(input.nowMs)} and w.paused_at is null
        and (cast(${input.mode} as integer) = 0
          or (cast(${input.mode} as integer) = 1) <> (${engine.isOneOf('w.id', input.webhookIds, 'bigint')}))
        and ${roomNow(engine, input.nowMs, OPEN_COUNTED)} > 0)
    order by 4 desc, ${OPEN_COUNTED}, queue.oldest, w.id
    limit ${sql.lit(CLAIM_WEBHOOKS_MAX)}
    ${engine.rowLocks ? sql`for no key update of w skip locked` : sql``}`,
)

/** A statement of its own, after the lock: on PostgreSQL it sees what the previous holder of the lock committed. */
const countRooms = statement(
  (_, input: { webhookIds: readonly number[]; nowMs: number }, engine) => sql<Omit<Candidate, 'is_deleted'>>`
    select w.id as webhook_id, ${roomNow(engine, input.nowMs)} as room, ${IS_PACED} as is_paced from webhooks w
    where ${engine.isOneOf('w.id', input.webhookIds, 'bigint')} and w.paused_at is null`,
)

const selectDue = batch(
  { webhook_id: 'bigint', room: 'integer' },
  (_, { table, item }, input: { nowMs: number }, engine) => sql<Queued>`
    select due.id, due.webhook_id, due.next_attempt_at
    from ${table} cross join ${engine.lateral} (
      select d.id, d.webhook_id, d.next_attempt_at from deliveries d
      where d.state = 'pending' and d.webhook_id = ${item.webhook_id} and d.next_attempt_at <= ${engine.nowMs(input.nowMs)}
      order by d.next_attempt_at, d.id limit ${item.room}
    ) due`,
)

/** A delivery that may be claimed now, with what its payload is made from unless it has been rendered before. */
export type DueDelivery = ClaimedDelivery &
  ({ body: string; warnings: string | null } | ({ body: null; warnings: null } & RenderSource))

/**
 * Up to `limit` deliveries that are due, of each webhook in turn the oldest, none of them beyond its concurrency cap, its
 * rate limit or its `share` of the worker's requests. Until the transaction ends nobody else claims for these webhooks.
 *
 * Times are by the database's clock on PostgreSQL, so that workers whose clocks differ agree; on the embedded engine
 * `nowMs` is the time. `isAll`: no bound ended the search, so there are no more.
 */
export async function findDue(
  tx: Tx,
  engine: Engine,
  input: { nowMs: number; limit: number; share?: Pick<Share, 'mode' | 'webhookIds' | 'grant'> },
): Promise<{ due: DueDelivery[]; isAll: boolean }> {
  const { nowMs, share = { mode: 'any', webhookIds: [], grant: (_: number, wanted: number) => wanted } } = input
  const found = await lockCandidates(tx, { nowMs, mode: SHARE_MODES[share.mode], webhookIds: share.webhookIds })
  // What was enqueued, or settled to be tried again, in the instant in which its webhook was deleted.
  const deleted = found.filter((webhook) => webhook.is_deleted === 1).map((webhook) => webhook.webhook_id)
  if (deleted.length > 0) await cancelOfDeleted(tx, engine, deleted, input.nowMs)
  const candidates = found.filter((webhook) => webhook.is_deleted === 0)
  if (candidates.length === 0) return { due: [], isAll: true }
  const rooms = engine.rowLocks
    ? await countRooms(tx, { webhookIds: candidates.map((webhook) => webhook.webhook_id), nowMs })
    : candidates
  const perWebhook = rooms
    .map(({ webhook_id, room }) => ({
      webhook_id,
      room: room <= 0 ? 0 : share.grant(webhook_id, Math.min(room, input.limit)),
    }))
    .filter(({ room }) => room > 0)
  const queued = await selectDue(tx, perWebhook, { nowMs })
  const chosen = inTurn(queued).slice(0, input.limit)
  const ids = chosen.map(({ id }) => id)
  // As many as were asked for may be all that the caps let through: then another look would find nothing.
  const isWhole = queued.length === ids.length && rooms.every(({ room }) => room <= input.limit)
  const taken = rooms
    .filter(({ is_paced }) => is_paced === 1)
    .map(({ webhook_id }) => ({ id: webhook_id, taken: chosen.filter((one) => one.webhook_id === webhook_id).length }))
    .filter((one) => one.taken > 0)
  if (taken.length > 0) await takeSlots(tx, taken, { nowMs })
  return {
    due: ids.length === 0 ? [] : await selectWithSources(tx, { ids }),
    isAll: found.length < CLAIM_WEBHOOKS_MAX && (ids.length < input.limit || isWhole),
  }
}

type Queued = { id: number; webhook_id: number; next_attempt_at: number }

/**
 * The oldest of every webhook first, then the next of every webhook: however long the queue of one is, and however quick
 * its receiver, the others are not behind it.
 */
function inTurn(due: readonly Queued[]): Queued[] {
  const byAge = (one: Queued, other: Queued) => one.next_attempt_at - other.next_attempt_at || one.id - other.id
  const turns = new Map<number, number>()
  const ranked = [...due].sort(byAge).map((delivery) => {
    const turn = turns.get(delivery.webhook_id) ?? 0
    turns.set(delivery.webhook_id, turn + 1)
    return { delivery, turn }
  })
  return ranked
    .sort((one, other) => one.turn - other.turn || byAge(one.delivery, other.delivery))
    .map(({ delivery }) => delivery)
}

const selectWithSources = statement(
  (_, input: { ids: readonly number[] }, engine) => sql<DueDelivery>`
    select d.id, d.public_id, d.webhook_id, d.message_id, d.body, d.warnings, d.claim_count, d.attempt_count,
      d.slow_retry_count, d.order_key, d.created_at,
      r.action, r.name as automation_name, a.public_id as automation_public_id, x.subject,
      d.digest_key, d.digest_count, d.digest_first, e.id as event_id, e.public_id as event_public_id, e.type, e.occurred_at, e.caused_by, e.depth, e.snapshot
    from deliveries d
      left join executions x on x.id = d.execution_id and d.body is null
      left join events e on e.id = x.event_id
      left join automation_revisions r on r.id = d.revision_id and d.body is null
      left join automations a on a.id = r.automation_id
    where ${engine.isOneOf('d.id', input.ids, 'bigint')}
    order by d.next_attempt_at, d.id`,
)

/**
 * Lease due deliveries to one worker and count the claim, which fences off any earlier owner. What has been rendered for
 * them is kept: every attempt sends these bytes. Resolves to the ids of those that are still to be had.
 */
export const leaseDeliveries = batch(
  { id: 'bigint', body: 'text', warnings: 'text' },
  (_, { from, item }, input: { worker: string; nowMs: number; leaseMs: number }, engine) => sql<{ id: number }>`
    update deliveries set
      state = 'sending',
      claim_count = claim_count + 1,
      lease_owner = ${input.worker},
      lease_until = ${engine.nowMs(input.nowMs)} + cast(${input.leaseMs} as bigint),
      next_attempt_at = null,
      body = ${item.body},
      warnings = ${item.warnings}
    ${from}
    where deliveries.id = ${item.id} and ${IS_PENDING}
    returning deliveries.id as id`,
)

/** What an attempt leaves behind: the new state of its delivery, and its row in the history. */
export type Settlement = {
  deliveryId: number
  worker: string
  claim: number
  /** 1 if a request was made within the retry budget, else 0. */
  attempts: 0 | 1
  /** 1 if it goes on by one of the slow retries. */
  slowRetries: 0 | 1
  state: 'pending' | 'succeeded' | 'failed'
  reason: string | null
  /** From now, when `state` is `pending`. */
  delayMs: number
  attempt: Omit<AttemptRow, 'id' | 'delivery_id' | 'claim' | 'worker'> | null
}

/**
 * Settle attempts in one go, each fenced by the lease's owner and the claim count, and return those that were. One that
 * is missing has been claimed again meanwhile, be it by the same worker: its late answer is dropped.
 */
export async function settleAttempts<Settled extends Settlement>(
  tx: Tx,
  nowMs: number,
  settlements: readonly Settled[],
): Promise<Settled[]> {
  const outcomes = settlements.map((row) => ({
    id: row.deliveryId,
    worker: row.worker,
    claim: row.claim,
    attempts: row.attempts,
    slow_retries: row.slowRetries,
    state: row.state,
    reason: row.reason,
    delay_ms: Math.round(row.delayMs),
    answers: row.attempt === null ? 0 : 1,
    status: row.attempt?.status ?? null,
  }))
  const claims = new Map((await settleOutcomes(tx, outcomes, { nowMs })).map(({ id, claim }) => [id, claim]))
  const settled = settlements.filter(({ deliveryId, claim }) => claims.get(deliveryId) === claim)
  const history = settled.flatMap(({ attempt, ...row }) =>
    attempt === null ? [] : [{ delivery_id: row.deliveryId, claim: row.claim, worker: row.worker, ...attempt }],
  )
  await insertAttempts(tx, history)
  return settled
}

/** One with a lease is `sending`: unsaid, for the reason that `IS_PENDING` has. */
const settleOutcomes = batch(
  {
    id: 'bigint',
    worker: 'text',
    claim: 'integer',
    attempts: 'integer',
    slow_retries: 'integer',
    state: 'text',
    reason: 'text',
    delay_ms: 'bigint',
    answers: 'integer',
    status: 'integer',
  },
  (_, { from, item }, input: { nowMs: number }, engine) => {
    const now = engine.nowMs(input.nowMs)
    return sql<{ id: number; claim: number }>`
      update deliveries set
        state = ${item.state},
        reason = ${item.reason},
        attempt_count = attempt_count + ${item.attempts},
        slow_retry_count = slow_retry_count + ${item.slow_retries},
        next_attempt_at = case when ${item.state} = 'pending' then ${now} + ${item.delay_ms} end,
        settled_at = case when ${item.state} = 'pending' then null else ${now} end,
        lease_owner = null,
        lease_until = null,
        last_status = case when ${item.answers} = 1 then ${item.status} else last_status end
      ${from}
      where deliveries.id = ${item.id}
        and deliveries.lease_owner = ${item.worker} and deliveries.claim_count = ${item.claim}
      returning deliveries.id as id, deliveries.claim_count as claim`
  },
)

const insertAttempts = batch(
  {
    delivery_id: 'bigint',
    claim: 'integer',
    worker: 'text',
    started_at: 'bigint',
    finished_at: 'bigint',
    outcome: 'text',
    status: 'integer',
    verdict: 'text',
    reason: 'text',
    explanation: 'text',
    request: 'text',
    response: 'text',
    timing: 'text',
    remote_id: 'text',
    remote_url: 'text',
  } as const satisfies Record<keyof Omit<AttemptRow, 'id'>, string>,
  (_, { names, values, rows }) => sql`insert into attempts (${names}) ${rows(values)}`,
)

/**
 * When the queue next has something to do. Deliveries of paused webhooks do not count.
 *
 * - `untilDueMs`: until a delivery is due and its webhook may be sent to; `undefined` if nothing waits for a time.
 * - `isHeldUp`: something waits for a request that is open now, because its webhook is at its cap.
 */
export async function findNextDue(
  db: Reader,
  nowMs: number,
): Promise<{ untilDueMs: number | undefined; isHeldUp: boolean }> {
  const [row] = await selectNextDue(db, { nowMs })
  assert(row !== undefined, 'the statement has one row whatever waits')
  return {
    untilDueMs: row.next === null ? undefined : Math.max(0, row.next - row.now),
    isHeldUp: row.held_up > 0,
  }
}

const selectNextDue = statement(
  (_, input: { nowMs: number }, engine) => sql<{
    next: number | null
    held_up: number
    now: number
  }>`
  with recursive ${QUEUE},
  rooms (room, oldest, open_at) as (
    select ${roomUnderCap(OPEN_COUNTED)}, queue.oldest, ${OPEN_AT}
    from queue join webhooks w on w.id = queue.webhook_id
    where w.paused_at is null and w.deleted_at is null
  )
  select
    (select min(case when oldest > open_at then oldest else open_at end) from rooms where room > 0) as next,
    (select count(*) from rooms where room <= 0) as held_up,
    ${engine.nowMs(input.nowMs)} as now`,
)

/** What a payload is made from: frozen when its delivery was matched. */
export type RenderSource = {
  /** The action of the revision the delivery carries, as JSON. */
  action: string
  automation_name: string
  automation_public_id: string
  /** Which of the event's subjects was in scope. */
  subject: number
  digest_key: string | null
  digest_count: number
  digest_first: number | null
  event_id: number
  event_public_id: string
  type: string
  occurred_at: number
  caused_by: string | null
  depth: number
  snapshot: string
}

/** Cancel pending deliveries of these webhooks and return their public ids. */
export async function cancelPending(
  tx: Tx,
  engine: Engine,
  input: { webhookIds: readonly number[]; reason: string; nowMs: number },
): Promise<string[]> {
  if (input.webhookIds.length === 0) return []
  const rows = await tx
    .updateTable('deliveries')
    .set({
      state: 'cancelled',
      reason: input.reason,
      next_attempt_at: null,
      waits_for: null,
      settled_at: engine.nowMs(input.nowMs),
    })
    .where('state', '=', 'pending')
    .where('webhook_id', 'in', [...input.webhookIds])
    .returning('public_id')
    .execute()
  return rows.map((row) => row.public_id)
}

export async function countUnsettled(tx: Tx, webhookId: number): Promise<number> {
  const { count } = await tx
    .selectFrom('deliveries')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('webhook_id', '=', webhookId)
    .where('settled_at', 'is', null)
    .executeTakeFirstOrThrow()
  return count
}

export async function releaseHeld(tx: Tx, engine: Engine, input: { webhookId: number; nowMs: number }): Promise<void> {
  await tx
    .updateTable('deliveries')
    .set({ next_attempt_at: engine.nowMs(input.nowMs) })
    .where('state', '=', 'pending')
    .where('webhook_id', '=', input.webhookId)
    .where('next_attempt_at', '>', engine.nowMs(input.nowMs))
    .where('waits_for', 'is', null)
    .where(sql<boolean>`(digest_due_at is null or digest_due_at <= ${engine.nowMs(input.nowMs)})`)
    .execute()
}

/** Cancel what would be tried again at webhooks that were deleted while it was being sent. */
export async function cancelOfDeleted(
  tx: Tx,
  engine: Engine,
  webhookIds: readonly number[],
  nowMs: number,
): Promise<void> {
  await tx
    .updateTable('deliveries')
    .set({
      state: 'cancelled',
      reason: 'webhook_deleted',
      next_attempt_at: null,
      waits_for: null,
      settled_at: engine.nowMs(nowMs),
    })
    .where('state', '=', 'pending')
    .where('webhook_id', 'in', (query) =>
      query
        .selectFrom('webhooks')
        .select('id')
        .where('id', 'in', [...webhookIds])
        .where('deleted_at', 'is not', null),
    )
    .execute()
}
