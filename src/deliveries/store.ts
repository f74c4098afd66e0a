import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import type { AttemptRow, DeliveryState } from '../database/schema.ts'
import { batch, statement } from '../database/statement.ts'
import { assert } from '../runtime/assert.ts'
import { releaseWaiting, WAITING_UNTIL_MS } from './store-order.ts'

/** Webhooks looked at in one claim, those with the oldest due deliveries first. */
export const CLAIM_WEBHOOKS_MAX = 32

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

/** Requests that this webhook `w` has open. */
const SENDING = sql`(select count(*) from deliveries s where s.state = 'sending' and s.webhook_id = w.id)`

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
  (_, { names, values, item, from }, input: { worker: string | null; nowMs: number; leaseMs: number }, engine) => {
    const now = engine.nowMs(input.nowMs)
    const ifSending = (value: RawBuilder<unknown>) => sql`case when ${item.state} = 'sending' then ${value} end`
    return sql<{ id: number; public_id: string }>`
      insert into deliveries (${names}, next_attempt_at, lease_owner, lease_until, claim_count)
      select ${values},
        case when ${item.state} = 'pending' then ${now} end,
        ${ifSending(sql`cast(${input.worker} as text)`)},
        ${ifSending(sql`${now} + cast(${input.leaseMs} as bigint)`)},
        case when ${item.state} = 'sending' then 1 else 0 end
      ${from}
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
  }>`
    select r.id as revision_id, r.action, r.name as automation_name, a.public_id as automation_public_id,
      w.id as webhook_id, w.concurrency_max - ${SENDING} as room
    from automation_revisions r
      join automations a on a.id = r.automation_id
      join webhooks w on w.id = r.webhook_id
    where ${engine.isOneOf('r.id', input.revisionIds, 'bigint')}
      and w.paused_at is null and w.deleted_at is null
      and not exists (select 1 from deliveries d
        where d.state = 'pending' and d.webhook_id = w.id and d.next_attempt_at <= ${engine.nowMs(input.nowMs)})`,
)

/** `room`: how many more requests it may have open. */
type Candidate = { webhook_id: number; room: number; is_deleted: number }

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
    where state = 'sending' and lease_until <= ${now}
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
 * Webhooks that have due deliveries and room under their cap, oldest due first; their rows are locked on PostgreSQL,
 * so that no two workers count the same room. A webhook that another worker is claiming for is passed over. Besides,
 * first of all, deleted ones for which something still waits.
 *
 * Walks the index `deliveries_due` from one webhook to the next: the cost is a few rows a webhook with waiting work,
 * however long its queue is and however many webhooks have none.
 */
const lockCandidates = statement(
  (_, input: { nowMs: number }, engine) => sql<Candidate>`
    with recursive waiting (webhook_id) as (
      select (select min(webhook_id) from deliveries where state = 'pending')
      union all
      select (select min(d.webhook_id) from deliveries d where d.state = 'pending' and d.webhook_id > waiting.webhook_id)
      from waiting where waiting.webhook_id is not null
    ),
    due (webhook_id, oldest) as (
      select webhook_id,
        (select min(d.next_attempt_at) from deliveries d where d.state = 'pending' and d.webhook_id = waiting.webhook_id)
      from waiting where webhook_id is not null
    )
    select w.id as webhook_id,
      w.concurrency_max - ${SENDING} as room,
      case when w.deleted_at is null then 0 else 1 end as is_deleted
    from due join webhooks w on w.id = due.webhook_id
    where w.deleted_at is not null
      or (due.oldest <= ${engine.nowMs(input.nowMs)} and w.paused_at is null and w.concurrency_max > ${SENDING})
    order by 3 desc, due.oldest, w.id
    limit ${sql.lit(CLAIM_WEBHOOKS_MAX)}
    ${engine.rowLocks ? sql`for no key update of w skip locked` : sql``}`,
)

/** A statement of its own, after the lock: on PostgreSQL it sees what the previous holder of the lock committed. */
const countRooms = statement(
  (_, input: { webhookIds: readonly number[] }, engine) => sql<Pick<Candidate, 'webhook_id' | 'room'>>`
    select w.id as webhook_id, w.concurrency_max - ${SENDING} as room from webhooks w
    where ${engine.isOneOf('w.id', input.webhookIds, 'bigint')} and w.paused_at is null`,
)

const selectDue = batch(
  { webhook_id: 'bigint', room: 'integer' },
  (_, { table, item }, input: { nowMs: number }, engine) => sql<{ id: number; next_attempt_at: number }>`
    select due.id, due.next_attempt_at
    from ${table} cross join ${engine.lateral} (
      select d.id, d.next_attempt_at from deliveries d
      where d.state = 'pending' and d.webhook_id = ${item.webhook_id} and d.next_attempt_at <= ${engine.nowMs(input.nowMs)}
      order by d.next_attempt_at, d.id limit ${item.room}
    ) due`,
)

/** A delivery that may be claimed now, with what its payload is made from unless it has been rendered before. */
export type DueDelivery = ClaimedDelivery &
  ({ body: string; warnings: string | null } | ({ body: null; warnings: null } & RenderSource))

/**
 * Up to `limit` deliveries that are due, oldest first over all webhooks, none of them beyond its concurrency cap. Until
 * the transaction ends nobody else claims for these webhooks.
 *
 * Times are by the database's clock on PostgreSQL, so that workers whose clocks differ agree; on the embedded engine
 * `nowMs` is the time. `isAll`: no bound ended the search, so there are no more.
 */
export async function findDue(
  tx: Tx,
  engine: Engine,
  input: { nowMs: number; limit: number },
): Promise<{ due: DueDelivery[]; isAll: boolean }> {
  const found = await lockCandidates(tx, { nowMs: input.nowMs })
  // What was enqueued, or settled to be tried again, in the instant in which its webhook was deleted.
  const deleted = found.filter((webhook) => webhook.is_deleted === 1).map((webhook) => webhook.webhook_id)
  if (deleted.length > 0) await cancelOfDeleted(tx, engine, deleted, input.nowMs)
  const candidates = found.filter((webhook) => webhook.is_deleted === 0)
  if (candidates.length === 0) return { due: [], isAll: true }
  const rooms = engine.rowLocks
    ? await countRooms(tx, { webhookIds: candidates.map((webhook) => webhook.webhook_id) })
    : candidates
  const perWebhook = rooms
    .filter(({ room }) => room > 0)
    .map(({ webhook_id, room }) => ({ webhook_id, room: Math.min(room, input.limit) }))
  const ids = (await selectDue(tx, perWebhook, { nowMs: input.nowMs }))
    .sort((one, other) => one.next_attempt_at - other.next_attempt_at || one.id - other.id)
    .slice(0, input.limit)
    .map(({ id }) => id)
  return {
    due: ids.length === 0 ? [] : await selectWithSources(tx, { ids }),
    isAll: ids.length < input.limit && found.length < CLAIM_WEBHOOKS_MAX,
  }
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
    where deliveries.id = ${item.id} and deliveries.state = 'pending'
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
 * Settle attempts in one go, each fenced by the lease's owner and the claim count, and return the ids of the deliveries
 * that were settled. One that is missing has been claimed by another worker meanwhile: its late answer is dropped.
 */
export async function settleAttempts(tx: Tx, nowMs: number, settlements: readonly Settlement[]): Promise<Set<number>> {
  const outcomes = settlements.map((row) => ({
    id: row.deliveryId,
    worker: row.worker,
    claim: row.claim,
    attempts: row.attempts,
    slow_retries: row.slowRetries,
    state: row.state,
    reason: row.reason,
    delay_ms: Math.round(row.delayMs),
  }))
  const settled = new Set((await settleOutcomes(tx, outcomes, { nowMs })).map(({ id }) => id))
  const history = settlements.flatMap(({ attempt, ...row }) =>
    attempt === null || !settled.has(row.deliveryId)
      ? []
      : [{ delivery_id: row.deliveryId, claim: row.claim, worker: row.worker, ...attempt }],
  )
  await insertAttempts(tx, history)
  return settled
}

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
  },
  (_, { from, item }, input: { nowMs: number }, engine) => {
    const now = engine.nowMs(input.nowMs)
    return sql<{ id: number }>`
      update deliveries set
        state = ${item.state},
        reason = ${item.reason},
        attempt_count = attempt_count + ${item.attempts},
        slow_retry_count = slow_retry_count + ${item.slow_retries},
        next_attempt_at = case when ${item.state} = 'pending' then ${now} + ${item.delay_ms} end,
        settled_at = case when ${item.state} = 'pending' then null else ${now} end,
        lease_owner = null,
        lease_until = null
      ${from}
      where deliveries.id = ${item.id} and deliveries.state = 'sending'
        and deliveries.lease_owner = ${item.worker} and deliveries.claim_count = ${item.claim}
      returning deliveries.id as id`
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
  (_, { names, values, from }) => sql`insert into attempts (${names}) select ${values} ${from}`,
)

/**
 * When the queue next has something to do. Deliveries of paused webhooks do not count.
 *
 * - `untilDueMs`: until a delivery falls due; `undefined` if nothing waits for a time.
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
  with recursive waiting (webhook_id) as (
    select (select min(webhook_id) from deliveries where state = 'pending')
    union all
    select (select min(d.webhook_id) from deliveries d where d.state = 'pending' and d.webhook_id > waiting.webhook_id)
    from waiting where waiting.webhook_id is not null
  ),
  queue (room, oldest) as (
    select w.concurrency_max - ${SENDING},
      (select min(d.next_attempt_at) from deliveries d where d.state = 'pending' and d.webhook_id = w.id)
    from waiting join webhooks w on w.id = waiting.webhook_id
    where w.paused_at is null and w.deleted_at is null
  )
  select
    (select min(oldest) from queue where room > 0) as next,
    (select count(*) from queue where room <= 0) as held_up,
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

// Reading

export type DeliveryDetails = {
  id: number
  publicId: string
  entityId: number
  state: DeliveryState
  /** Pending, under a paused webhook. */
  held: boolean
  reason: string | null
  messageId: string
  attemptCount: number
  nextAttemptAt: number | null
  body: string | null
  warnings: string | null
  createdAt: number
  settledAt: number | null
  replayOf: string | null
  replayMode: 'as_then' | 'as_now' | null
  /** The public ids of the one that has to end before it, and of the one that took its place. */
  waitsFor: string | null
  supersededBy: string | null
  revisionId: number
  executionId: number
  executionPublicId: string
  eventPublicId: string
  eventType: string
  eventCausedBy: string | null
  eventDepth: number
  automationPublicId: string
  automationName: string
  currentRevisionId: number | null
  currentWebhookId: number | null
  webhookId: number
  webhookPublicId: string
  webhookEntityId: number
  webhookName: string
  webhookDeleted: boolean
}

export type DeliveryFilter = {
  state?: DeliveryState | undefined
  automation?: string | undefined
  webhook?: string | undefined
}

function detailed(db: Reader | Tx) {
  return db
    .selectFrom('deliveries as d')
    .innerJoin('executions as x', 'x.id', 'd.execution_id')
    .innerJoin('events as e', 'e.id', 'x.event_id')
    .innerJoin('automation_revisions as r', 'r.id', 'd.revision_id')
    .innerJoin('automations as a', 'a.id', 'r.automation_id')
    .innerJoin('webhooks as w', 'w.id', 'd.webhook_id')
    .leftJoin('deliveries as o', 'o.id', 'd.replay_of')
    .leftJoin('deliveries as before', 'before.id', 'd.waits_for')
    .leftJoin('deliveries as newer', 'newer.id', 'd.superseded_by')
    .leftJoin('automation_revisions as c', (join) =>
      join.onRef('c.id', '=', 'a.revision_id').on('a.deleted_at', 'is', null),
    )
    .leftJoin('webhooks as cw', (join) => join.onRef('cw.id', '=', 'c.webhook_id').on('cw.deleted_at', 'is', null))
    .select([
      'd.id',
      'd.public_id',
      'd.entity_id',
      'd.state',
      'd.reason',
      'd.message_id',
      'd.attempt_count',
      'd.next_attempt_at',
      'd.body',
      'd.warnings',
      'd.created_at',
      'd.settled_at',
      'o.public_id as replay_of',
      'd.replay_mode',
      'before.public_id as waits_for',
      'newer.public_id as superseded_by',
      'd.revision_id',
      'd.execution_id',
      'x.public_id as execution',
      'e.public_id as event',
      'e.type as event_type',
      'e.caused_by',
      'e.depth',
      'a.public_id as automation',
      'r.name as automation_name',
      'c.id as current_revision',
      'cw.id as current_webhook',
      'd.webhook_id',
      'w.public_id as webhook',
      'w.entity_id as webhook_entity',
      'w.name as webhook_name',
      'w.paused_at',
      'w.deleted_at as webhook_deleted',
    ])
}

type DetailedRow = Awaited<ReturnType<ReturnType<typeof detailed>['executeTakeFirstOrThrow']>>

function asDetails(row: DetailedRow): DeliveryDetails {
  return {
    id: row.id,
    publicId: row.public_id,
    entityId: row.entity_id,
    state: row.state,
    held: row.state === 'pending' && row.paused_at !== null,
    reason: row.reason,
    messageId: row.message_id,
    attemptCount: row.attempt_count,
    nextAttemptAt: row.next_attempt_at === WAITING_UNTIL_MS ? null : row.next_attempt_at,
    body: row.body,
    warnings: row.warnings,
    createdAt: row.created_at,
    settledAt: row.settled_at,
    replayOf: row.replay_of,
    replayMode: row.replay_mode,
    waitsFor: row.waits_for,
    supersededBy: row.superseded_by,
    revisionId: row.revision_id,
    executionId: row.execution_id,
    executionPublicId: row.execution,
    eventPublicId: row.event,
    eventType: row.event_type,
    eventCausedBy: row.caused_by,
    eventDepth: row.depth,
    automationPublicId: row.automation,
    automationName: row.automation_name,
    currentRevisionId: row.current_revision,
    currentWebhookId: row.current_webhook,
    webhookId: row.webhook_id,
    webhookPublicId: row.webhook,
    webhookEntityId: row.webhook_entity,
    webhookName: row.webhook_name,
    webhookDeleted: row.webhook_deleted !== null,
  }
}

export async function findDelivery(db: Reader | Tx, publicId: string): Promise<DeliveryDetails | undefined> {
  const row = await detailed(db).where('d.public_id', '=', publicId).executeTakeFirst()
  return row === undefined ? undefined : asDetails(row)
}

export async function listDeliveryRows(
  db: Reader,
  input: { entityId: number; filter: DeliveryFilter; beforeId: number | undefined; limit: number },
): Promise<DeliveryDetails[]> {
  const { state, automation, webhook } = input.filter
  const rows = await detailed(db)
    .where('d.entity_id', '=', input.entityId)
    .$if(state !== undefined, (query) => query.where('d.state', '=', state as DeliveryState))
    .$if(automation !== undefined, (query) => query.where('a.public_id', '=', automation as string))
    .$if(webhook !== undefined, (query) => query.where('w.public_id', '=', webhook as string))
    .$if(input.beforeId !== undefined, (query) => query.where('d.id', '<', input.beforeId as number))
    .orderBy('d.id', 'desc')
    .limit(input.limit)
    .execute()
  return rows.map(asDetails)
}

export async function listAttempts(db: Reader, deliveryId: number): Promise<Selectable<AttemptRow>[]> {
  return db.selectFrom('attempts').selectAll().where('delivery_id', '=', deliveryId).orderBy('claim').execute()
}

export async function insertReplay(
  tx: Tx,
  engine: Engine,
  input: {
    delivery: DeliveryDetails
    publicId: string
    mode: 'as_then' | 'as_now'
    messageId: string
    revisionId: number
    webhookId: number
    body: string | null
    warnings: string | null
    nowMs: number
  },
): Promise<void> {
  await tx
    .insertInto('deliveries')
    .values({
      public_id: input.publicId,
      entity_id: input.delivery.entityId,
      execution_id: input.delivery.executionId,
      revision_id: input.revisionId,
      webhook_id: input.webhookId,
      message_id: input.messageId,
      state: 'pending',
      next_attempt_at: engine.nowMs(input.nowMs),
      body: input.body,
      warnings: input.warnings,
      replay_of: input.delivery.id,
      replay_mode: input.mode,
      created_at: input.nowMs,
    })
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
