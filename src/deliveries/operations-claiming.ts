import type { Tx } from '../database/database.ts'
import { ITEMS_AT_ONCE, last, together } from '../database/statement.ts'
import type { Event, EventSnapshot, EventType } from '../events/event.ts'
import { newPublicId } from '../runtime/id.ts'
import type { DeliveryOrder } from '../webhooks/delivery-order.ts'
import type { LocalWorker, World } from '../world.ts'
import type { Prepared } from './attempt.ts'
import { type Gathered, gather } from './operations-digest.ts'
import { type Ordered, putInOrder } from './operations-ordering.ts'
import { orderKey, placeOf } from './ordering.ts'
import type { Renderable } from './rendering.ts'
import type { Share } from './share.ts'
import {
  type ClaimedDelivery,
  type DueDelivery,
  findDue,
  insertDeliveries,
  leaseDeliveries,
  lockWebhooksOf,
  type RenderSource,
  selectReadyRevisions,
} from './store.ts'
import { takeSlots } from './store-room.ts'

/** Longer than an attempt can take, by enough for a slow machine and a slow database. */
export const LEASE_MS = 60_000

/** Deliveries claimed in one transaction. */
export const CLAIM_MAX = 64

/** A delivery that a worker has under a lease, and what it is to send. */
export type Claim = { delivery: ClaimedDelivery; prepared: Prepared }

/** One action of one execution, to be sent to a webhook. `entityId`: the owner of the automation. */
export type DeliveryDraft = {
  entityId: number
  executionId: number
  revisionId: number
  webhookId: number
  event: Event
  subjectIndex: number
  /** `null`: its webhook asks for no order. */
  ordered: { automationId: number; order: DeliveryOrder; newestWins: boolean } | null
  /** `null`: its automation does not gather. */
  gathered: { automationId: number; windowMs: number } | null
}

/**
 * Put deliveries into the queue, due at once, in the transaction that matched them, and have them sent once it has
 * committed. Those of a paused webhook wait until it is resumed.
 *
 * Where nothing else waits for a webhook and the worker of this process is free, the delivery is claimed for it and
 * rendered in the same breath: it goes out after one commit instead of two.
 *
 * - `readiness`: what `findReadiness` found in this transaction.
 * - `isLast`: nothing is asked in the transaction any more, as by `last`.
 */
export async function enqueueDeliveries(
  world: World,
  tx: Tx,
  drafts: readonly DeliveryDraft[],
  readiness: Readiness,
  isLast: boolean,
): Promise<void> {
  if (drafts.length === 0) return
  const leasedAt = world.clock.elapsedMs()
  const nowMs = world.now()
  const { worker } = world
  const rows = drafts.map((draft) => {
    // Random: receivers tell messages apart by it, and nobody may guess another's.
    const message_id = newPublicId('msg')
    const public_id = newPublicId('dl')
    const ids = { messageId: message_id, deliveryId: public_id }
    const rendered = worker === undefined ? undefined : renderIfReady(world, worker, readiness, draft, ids)
    return {
      public_id,
      entity_id: draft.entityId,
      execution_id: draft.executionId,
      revision_id: draft.revisionId,
      webhook_id: draft.webhookId,
      message_id,
      state: rendered === undefined ? 'pending' : 'sending',
      body: rendered?.body ?? null,
      warnings: rendered?.warnings ?? null,
      created_at: nowMs,
    }
  })
  const taken = slotsTaken(
    drafts.filter((_, index) => rows[index]?.body !== null),
    readiness,
  )
  const claimed = rows.filter(({ body }) => body !== null).map(({ webhook_id }) => webhook_id)
  const receivers = claimed.length === 0 ? undefined : worker?.loadReceivers(claimed)
  // Without a commit nobody asks for them.
  receivers?.catch(() => {})
  const put = () =>
    together([
      takeSlots(tx, taken, { nowMs }),
      insertDeliveries(tx, rows, { worker: worker?.name ?? null, nowMs, leaseMs: LEASE_MS }),
    ])
  const wait = drafts.some(({ gathered, ordered }) => gathered !== null || ordered !== null)
  const [, ids] = await (isLast && !wait && rows.length <= ITEMS_AT_ONCE ? last(tx, put()) : put())
  const idOf = new Map(ids.map(({ id, public_id }) => [public_id, id]))
  const inserted = drafts.map((draft, index) => ({ draft, id: idOf.get(rows[index]?.public_id as string) as number }))
  const gathering = inserted.flatMap(({ draft, id }) => gatheredOf(draft, id))
  const replaced = gathering.length > 0 ? await gather(world, tx, gathering) : undefined
  const fresh = inserted.flatMap(({ draft, id }) => (replaced?.has(id) ? [] : orderedOf(draft, id)))
  if (fresh.length > 0) await putInOrder(world, tx, fresh)
  const claims = rows.flatMap((row): Claim[] =>
    row.body === null
      ? []
      : [
          {
            delivery: {
              id: idOf.get(row.public_id) as number,
              public_id: row.public_id,
              webhook_id: row.webhook_id,
              message_id: row.message_id,
              claim_count: 1,
              attempt_count: 0,
              slow_retry_count: 0,
              order_key: null,
              created_at: row.created_at,
            },
            prepared: { kind: 'ready', body: row.body },
          },
        ],
  )
  world.db.afterCommit(() => {
    if (receivers !== undefined) worker?.take(claims, receivers, leasedAt)
    if (claims.length < rows.length) world.wakeWorkers()
  })
}

/** What the deliveries claimed for webhooks with a rate limit use up of it. */
function slotsTaken(claimed: readonly DeliveryDraft[], readiness: Readiness): { id: number; taken: number }[] {
  const taken = new Map<number, number>()
  for (const { webhookId, revisionId } of claimed) {
    if (readiness.get(revisionId)?.webhook.isPaced === true) taken.set(webhookId, (taken.get(webhookId) ?? 0) + 1)
  }
  return [...taken].map(([id, count]) => ({ id, taken: count }))
}

/** Apart for each key of the order too, so that none takes the place of one that others wait for behind another. */
function gatheredOf({ gathered, ordered, webhookId, event, subjectIndex }: DeliveryDraft, id: number): Gathered[] {
  const subject = event.snapshot.subjects[subjectIndex]
  if (gathered === null || subject === undefined) return []
  const place = orderKey({ id: webhookId, order: ordered?.order ?? 'none' }, event, subject) ?? placeOf(event, subject)
  const { automationId, windowMs } = gathered
  return [{ id, key: `${automationId} ${place}`, windowMs, version: subject.version }]
}

function orderedOf({ ordered, webhookId, event, subjectIndex }: DeliveryDraft, id: number): Ordered[] {
  const subject = event.snapshot.subjects[subjectIndex]
  if (ordered === null || subject === undefined) return []
  const key = orderKey({ id: webhookId, order: ordered.order }, event, subject)
  return key === null ? [] : [{ id, automationId: ordered.automationId, key, newestWins: ordered.newestWins }]
}

/**
 * What is needed to render for a webhook that may be sent to at once. `room`: how many more requests to it may begin now;
 * `isPaced`: it has a rate limit.
 */
type Ready = Pick<Renderable, 'action' | 'automation'> & { webhook: { room: number; isPaced: boolean } }

/** By revision. */
export type Readiness = ReadonlyMap<number, Ready>

/**
 * Which of these revisions, one for each delivery to come, may be sent at once by the worker of this process. Until the
 * transaction ends nobody else claims for their webhooks.
 */
export async function findReadiness(world: World, tx: Tx, revisions: readonly number[]): Promise<Readiness> {
  const room = Math.min(CLAIM_MAX, world.worker?.room() ?? 0)
  if (revisions.length === 0 || revisions.length > room) return new Map()
  const revisionIds = [...new Set(revisions)]
  const [locked, found] = await together([
    world.db.engine.rowLocks ? lockWebhooksOf(tx, { revisionIds }) : Promise.resolve(undefined),
    selectReadyRevisions(tx, { revisionIds, nowMs: world.now() }),
  ])
  const ours = locked === undefined ? undefined : new Set(locked.map(({ id }) => id))
  const rows = found.filter(({ webhook_id }) => ours === undefined || ours.has(webhook_id))
  const webhooks = new Map(rows.map((row) => [row.webhook_id, { room: row.room, isPaced: row.is_paced === 1 }]))
  return new Map(
    rows.map((row) => [
      row.revision_id,
      {
        action: row.action,
        automation: { publicId: row.automation_public_id, name: row.automation_name },
        webhook: webhooks.get(row.webhook_id) as Ready['webhook'],
      },
    ]),
  )
}

function renderIfReady(
  world: World,
  worker: LocalWorker,
  readiness: Readiness,
  draft: DeliveryDraft,
  ids: { messageId: string; deliveryId: string },
): { body: string; warnings: string | null } | undefined {
  const found = readiness.get(draft.revisionId)
  if (found === undefined || found.webhook.room <= 0) return undefined
  const rendered = prepare(world, worker, { ...found, ...draft, digest: null }, ids)
  // What cannot be rendered fails where a worker finds it: here, it would be no more than in the way of the change.
  if (rendered.prepared.kind !== 'ready') return undefined
  found.webhook.room -= 1
  return { body: rendered.prepared.body, warnings: rendered.warnings }
}

/**
 * Claim deliveries that are due for this worker, as many as its share allows, and render those that never were: all in one transaction,
 * so that what is sent has been kept before and every attempt sends the same. `isAll`: nothing more is due.
 */
export async function claimDue(
  world: World,
  worker: LocalWorker,
  share: Share,
): Promise<{ claims: Claim[]; isAll: boolean }> {
  const claiming = async (tx: Tx) => {
    const nowMs = world.now()
    const { due, isAll } = await findDue(tx, world.db.engine, { nowMs, limit: share.limit, share })
    const events = new Map<number, Event>()
    const found = due.map((delivery) => {
      if (delivery.body !== null) {
        const prepared: Prepared = { kind: 'ready', body: delivery.body }
        return { delivery, prepared, row: { id: delivery.id, body: delivery.body, warnings: delivery.warnings } }
      }
      const { prepared, warnings } = prepare(world, worker, renderableOf(delivery, events), {
        messageId: delivery.message_id,
        deliveryId: delivery.public_id,
      })
      const body = prepared.kind === 'ready' ? prepared.body : null
      return { delivery, prepared, row: { id: delivery.id, body, warnings } }
    })
    const rows = found.map(({ row }) => row)
    const leased = await last(tx, leaseDeliveries(tx, rows, { worker: worker.name, nowMs, leaseMs: LEASE_MS }))
    const ids = new Set(leased.map(({ id }) => id))
    const claims = found.flatMap(({ delivery, prepared }) =>
      ids.has(delivery.id) ? [{ delivery: leasedOnce(delivery), prepared }] : [],
    )
    return { claims, isAll }
  }
  return world.db.transaction(claiming, { commitsWithLast: true })
}

/** Without what its payload was made from, which is not needed any more while it is sent. */
function leasedOnce(delivery: ClaimedDelivery): ClaimedDelivery {
  const { id, public_id, webhook_id, message_id, claim_count, attempt_count, slow_retry_count, order_key, created_at } =
    delivery
  return {
    id,
    public_id,
    webhook_id,
    message_id,
    claim_count: claim_count + 1,
    attempt_count,
    slow_retry_count,
    order_key,
    created_at,
  }
}

/** Events are read once, however many deliveries they led to. */
function renderableOf(source: DueDelivery & RenderSource, events: Map<number, Event>): Renderable {
  let event = events.get(source.event_id)
  if (event === undefined) {
    event = {
      id: source.event_id,
      publicId: source.event_public_id,
      type: source.type as EventType,
      occurredAt: source.occurred_at,
      causedBy: source.caused_by,
      depth: source.depth,
      snapshot: JSON.parse(source.snapshot) as EventSnapshot,
    }
    events.set(source.event_id, event)
  }
  return {
    action: source.action,
    automation: { publicId: source.automation_public_id, name: source.automation_name },
    event,
    subjectIndex: source.subject,
    digest:
      source.digest_key === null && source.digest_count === 1
        ? null
        : { count: source.digest_count, firstVersion: source.digest_first },
  }
}

/** A bug must end with the delivery that shows it, or it would hold up all that are claimed together with it. */
function prepare(
  world: World,
  worker: LocalWorker,
  renderable: Renderable,
  ids: { messageId: string; deliveryId: string },
): { prepared: Prepared; warnings: string | null } {
  try {
    const rendering = worker.render(renderable, ids)
    if (rendering.kind === 'unrenderable') {
      return { prepared: { kind: 'unrenderable', message: rendering.message }, warnings: null }
    }
    const warnings = rendering.warnings.length === 0 ? null : JSON.stringify(rendering.warnings)
    return { prepared: { kind: 'ready', body: rendering.body }, warnings }
  } catch (error) {
    world.log.error({ err: error, message: ids.messageId }, 'rendering a payload failed inside')
    const message = 'The payload could not be rendered, by a fault that is in the log.'
    return { prepared: { kind: 'unrenderable', message }, warnings: null }
  }
}
