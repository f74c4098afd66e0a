import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import { type Engine, insertChunks } from '../database/engine.ts'
import type { AttemptRow, DeliveryState } from '../database/schema.ts'

/** Webhooks looked at in one claim, those with the oldest due deliveries first. */
export const CLAIM_WEBHOOKS_MAX = 32

/** A delivery that was claimed this often without one request having been made ends its worker: it is given up. */
export const CLAIMS_WITHOUT_ATTEMPT_MAX = 100

export type ClaimedDelivery = {
  id: number
  public_id: string
  execution_id: number
  revision_id: number
  webhook_id: number
  message_id: string
  /** `null` until the first claim has rendered it. */
  body: string | null
  claim_count: number
  attempt_count: number
  slow_retry_count: number
  created_at: number
}

/** `room`: how many more requests it may have open. */
type Candidate = { webhook_id: number; room: number; is_deleted: number }

/**
 * Put deliveries whose lease has lapsed back into the queue, due at once: their worker died or hung. Its late answer
 * is fenced off by the claim count.
 *
 * A delivery that goes on ending its workers is given up instead, as `failed` because of `worker_lost`.
 */
async function reclaimLapsed(tx: Tx, engine: Engine, nowMs: number): Promise<number> {
  const now = engine.nowMs(nowMs)
  const lapsed = await tx
    .updateTable('deliveries')
    .set({
      state: sql<DeliveryState>`case when claim_count - attempt_count >= ${CLAIMS_WITHOUT_ATTEMPT_MAX}
        then 'failed' else 'pending' end`,
      next_attempt_at: sql<
        number | null
      >`case when claim_count - attempt_count >= ${CLAIMS_WITHOUT_ATTEMPT_MAX} then null else ${now} end`,
      settled_at: sql<
        number | null
      >`case when claim_count - attempt_count >= ${CLAIMS_WITHOUT_ATTEMPT_MAX} then ${now} else null end`,
      reason: sql<
        string | null
      >`case when claim_count - attempt_count >= ${CLAIMS_WITHOUT_ATTEMPT_MAX} then 'worker_lost' else reason end`,
      lease_owner: null,
      lease_until: null,
    })
    .where('state', '=', 'sending')
    .where('lease_until', '<=', now)
    .returning('id')
    .execute()
  return lapsed.length
}

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
async function lockCandidates(tx: Tx, engine: Engine, nowMs: number): Promise<Candidate[]> {
  const now = engine.nowMs(nowMs)
  const lock = engine.rowLocks ? sql`for no key update of w skip locked` : sql``
  const { rows } = await sql<Candidate>`
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
      w.concurrency_max
        - (select count(*) from deliveries s where s.state = 'sending' and s.webhook_id = w.id) as room,
      case when w.deleted_at is null then 0 else 1 end as is_deleted
    from due join webhooks w on w.id = due.webhook_id
    where w.deleted_at is not null
      or (due.oldest <= ${now} and w.paused_at is null
        and w.concurrency_max > (select count(*) from deliveries s where s.state = 'sending' and s.webhook_id = w.id))
    order by 3 desc, due.oldest, w.id
    limit ${CLAIM_WEBHOOKS_MAX}
    ${lock}`.execute(tx)
  return rows
}

/**
 * Lease up to `limit` due deliveries to one worker and count the claim, which fences off any earlier owner. Oldest due
 * first over all webhooks, none of them beyond its concurrency cap.
 *
 * Times are by the database's clock on PostgreSQL, so that workers whose clocks differ agree; on the embedded engine
 * `nowMs` is the time.
 */
export async function claimDueDeliveries(
  tx: Tx,
  engine: Engine,
  input: { worker: string; nowMs: number; leaseMs: number; limit: number },
): Promise<ClaimedDelivery[]> {
  await reclaimLapsed(tx, engine, input.nowMs)
  const found = await lockCandidates(tx, engine, input.nowMs)
  // What was enqueued, or settled to be tried again, in the instant in which its webhook was deleted.
  const deleted = found.filter((webhook) => webhook.is_deleted === 1).map((webhook) => webhook.webhook_id)
  if (deleted.length > 0) await cancelOfDeleted(tx, engine, deleted, input.nowMs)
  const candidates = found.filter((webhook) => webhook.is_deleted === 0)
  if (candidates.length === 0) return []
  const now = engine.nowMs(input.nowMs)
  // A statement of its own, after the lock: on PostgreSQL it sees what the previous holder of the lock committed.
  const rooms = engine.rowLocks ? await countRooms(tx, candidates) : candidates
  const perWebhook = rooms
    .filter((candidate) => candidate.room > 0)
    .map(
      ({ webhook_id, room }, index) => sql`select * from (
        select id, next_attempt_at from deliveries
        where state = 'pending' and webhook_id = ${webhook_id} and next_attempt_at <= ${now}
        order by next_attempt_at, id limit ${Math.min(room, input.limit)}) q${sql.raw(String(index))}`,
    )
  if (perWebhook.length === 0) return []
  const { rows } = await sql<ClaimedDelivery>`
    update deliveries set
      state = 'sending',
      claim_count = claim_count + 1,
      lease_owner = ${input.worker},
      lease_until = ${now} + ${sql.lit(input.leaseMs)},
      next_attempt_at = null
    where id in (
      select id from (${sql.join(perWebhook, sql` union all `)}) due order by next_attempt_at, id limit ${input.limit}
    ) and state = 'pending'
    returning id, public_id, execution_id, revision_id, webhook_id, message_id, body, claim_count, attempt_count, slow_retry_count,
      created_at
    `.execute(tx)
  return rows
}

async function countRooms(tx: Tx, candidates: readonly Candidate[]): Promise<Pick<Candidate, 'webhook_id' | 'room'>[]> {
  return tx
    .selectFrom('webhooks as w')
    .select((eb) => [
      'w.id as webhook_id',
      sql<number>`w.concurrency_max - ${eb
        .selectFrom('deliveries as s')
        .select((count) => count.fn.countAll<number>().as('sending'))
        .where('s.state', '=', 'sending')
        .whereRef('s.webhook_id', '=', 'w.id')}`.as('room'),
    ])
    .where(
      'w.id',
      'in',
      candidates.map((candidate) => candidate.webhook_id),
    )
    .where('w.paused_at', 'is', null)
    .execute()
}

/** Keep what the first claim rendered: every attempt sends these bytes. */
export async function keepBodies(
  tx: Tx,
  bodies: readonly { id: number; body: string; warnings: string | null }[],
): Promise<void> {
  if (bodies.length === 0) return
  const values = sql.join(
    bodies.map((row) => sql`(cast(${row.id} as bigint), cast(${row.body} as text), cast(${row.warnings} as text))`),
  )
  await sql`with rendered (id, body, warnings) as (values ${values})
    update deliveries set body = rendered.body, warnings = rendered.warnings
    from rendered where deliveries.id = rendered.id`.execute(tx)
}

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
export async function settleAttempts(
  tx: Tx,
  engine: Engine,
  nowMs: number,
  settlements: readonly Settlement[],
): Promise<Set<number>> {
  const settled = new Set<number>()
  const now = engine.nowMs(nowMs)
  for (const chunk of insertChunks(engine, settlements)) {
    const values = sql.join(
      chunk.map(
        (row) => sql`(cast(${row.deliveryId} as bigint), cast(${row.worker} as text), cast(${row.claim} as integer),
          cast(${row.attempts} as integer), cast(${row.slowRetries} as integer), cast(${row.state} as text), cast(${row.reason} as text),
          cast(${Math.round(row.delayMs)} as bigint), ${sql.lit(row.attempt === null ? 0 : 1)}, cast(${row.attempt?.status ?? null} as integer))`,
      ),
    )
    const { rows } = await sql<{ id: number }>`
      with outcome (id, worker, claim, attempts, slow_retries, state, reason, delay_ms, answers, status) as (values ${values})
      update deliveries set
        state = outcome.state,
        reason = outcome.reason,
        attempt_count = attempt_count + outcome.attempts,
        slow_retry_count = slow_retry_count + outcome.slow_retries,
        next_attempt_at = case when outcome.state = 'pending' then ${now} + outcome.delay_ms end,
        settled_at = case when outcome.state = 'pending' then null else ${now} end,
        lease_owner = null,
        lease_until = null,
        last_status = case when outcome.answers = 1 then outcome.status else last_status end
      from outcome
      where deliveries.id = outcome.id and deliveries.state = 'sending'
        and deliveries.lease_owner = outcome.worker and deliveries.claim_count = outcome.claim
      returning deliveries.id as id`.execute(tx)
    for (const { id } of rows) settled.add(id)
  }
  const history = settlements
    .filter((row) => row.attempt !== null && settled.has(row.deliveryId))
    .map((row) => ({ delivery_id: row.deliveryId, claim: row.claim, worker: row.worker, ...row.attempt! }))
  for (const chunk of insertChunks(engine, history)) await tx.insertInto('attempts').values(chunk).execute()
  return settled
}

/**
 * Milliseconds until the queue next has something to do: a delivery falls due or a lease lapses. `undefined` if nothing
 * waits. Deliveries of paused webhooks do not count.
 */
export async function untilNextDueMs(db: Reader, engine: Engine, nowMs: number): Promise<number | undefined> {
  const now = engine.nowMs(nowMs)
  const { rows } = await sql<{ next: number | null; lapse: number | null; now: number }>`
    with recursive waiting (webhook_id) as (
      select (select min(webhook_id) from deliveries where state = 'pending')
      union all
      select (select min(d.webhook_id) from deliveries d where d.state = 'pending' and d.webhook_id > waiting.webhook_id)
      from waiting where waiting.webhook_id is not null
    )
    select
      (select min((select min(d.next_attempt_at) from deliveries d where d.state = 'pending' and d.webhook_id = w.id))
        from waiting join webhooks w on w.id = waiting.webhook_id
        where w.paused_at is null and w.deleted_at is null
          and w.concurrency_max > (select count(*) from deliveries s where s.state = 'sending' and s.webhook_id = w.id)
      ) as next,
      (select min(lease_until) from deliveries where state = 'sending') as lapse,
      ${now} as now`.execute(db)
  const row = rows[0]
  if (row === undefined) return undefined
  const soonest = Math.min(row.next ?? Number.POSITIVE_INFINITY, row.lapse ?? Number.POSITIVE_INFINITY)
  return Number.isFinite(soonest) ? Math.max(0, soonest - row.now) : undefined
}

export type RenderSource = {
  delivery_id: number
  revision_id: number
  /** The action of the revision the delivery carries, as JSON. */
  action: string
  automation_name: string
  automation_public_id: string
  execution_public_id: string
  /** Which of the event's subjects was in scope. */
  subject: number
  event_id: number
  event_public_id: string
  type: string
  occurred_at: number
  caused_by: string | null
  depth: number
  snapshot: string
}

/** What the payloads of these deliveries are made from: frozen when they matched. */
export async function loadRenderSources(
  db: Reader,
  deliveryIds: readonly number[],
): Promise<Map<number, RenderSource>> {
  if (deliveryIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('deliveries as d')
    .innerJoin('automation_revisions as r', 'r.id', 'd.revision_id')
    .innerJoin('automations as a', 'a.id', 'r.automation_id')
    .innerJoin('executions as x', 'x.id', 'd.execution_id')
    .innerJoin('events as e', 'e.id', 'x.event_id')
    .select([
      'd.id as delivery_id',
      'd.revision_id',
      'x.public_id as execution_public_id',
      'x.subject',
      'r.action',
      'r.name as automation_name',
      'a.public_id as automation_public_id',
      'e.id as event_id',
      'e.public_id as event_public_id',
      'e.type',
      'e.occurred_at',
      'e.caused_by',
      'e.depth',
      'e.snapshot',
    ])
    .where('d.id', 'in', [...deliveryIds])
    .execute()
  return new Map(rows.map((row) => [row.delivery_id, row]))
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
    .set({ state: 'cancelled', reason: input.reason, next_attempt_at: null, settled_at: engine.nowMs(input.nowMs) })
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
    .set({ state: 'cancelled', reason: 'webhook_deleted', next_attempt_at: null, settled_at: engine.nowMs(nowMs) })
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
