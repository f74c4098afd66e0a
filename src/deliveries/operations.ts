import { requireEntity } from '../access/operations.ts'
import { type Caller, hiddenProjectIds, may, requireRoleIn } from '../access/rights.ts'
import type { Reader, Tx } from '../database/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'

export { type DeliveryDraft, enqueueDeliveries, findReadiness } from './operations-claiming.ts'

import { type ShownRequest, type ShownResponse, withoutExtraHeaders } from './attempt.ts'
import { type LeftOutReason, obstacleTo } from './replay.ts'
import type { AttemptTiming } from './send.ts'
import { cancelPending, countUnsettled, releaseHeld } from './store.ts'
import { selectActivity, type WebhookActivity } from './store-activity.ts'

export { OPEN_COUNT_MAX } from './store-activity.ts'

import {
  countDeadLetters,
  type DeliveryDetails,
  type DeliveryFilter,
  type DeliveryPosition,
  findDelivery,
  findFilterIds,
  goesByFiring,
  listAttempts,
  listDeliveryRows,
} from './store-history.ts'
import { insertReplays } from './store-replays.ts'

/**
 * Cancel what these webhooks still have to send, for `reason`, and return the public ids. What is being sent at this
 * moment is not called back: it ends as its answer says, or is cancelled when it would be tried again.
 */
export async function cancelWaiting(
  world: World,
  tx: Tx,
  webhookIds: readonly number[],
  reason: 'webhook_deleted' | 'secret_deleted',
): Promise<string[]> {
  return cancelPending(tx, world.db.engine, { webhookIds, reason, nowMs: world.now() })
}

/** How many deliveries to this webhook have not ended. */
export async function countWaiting(tx: Tx, webhookId: number): Promise<number> {
  return countUnsettled(tx, webhookId)
}

/** By webhook: what it still has to send, and when it last arrived. For webhooks that the caller may see. */
export async function loadActivity(
  world: Pick<World, 'db'>,
  webhookIds: readonly number[],
): Promise<Map<number, WebhookActivity>> {
  if (webhookIds.length === 0) return new Map()
  return new Map((await selectActivity(world.db.read, webhookIds)).map((row) => [row.id, row]))
}

/** Make what was held while a webhook was paused due now, oldest first as ever. */
export async function resumeWaiting(world: World, tx: Tx, webhookId: number): Promise<void> {
  await releaseHeld(tx, world.db.engine, { webhookId, nowMs: world.now() })
}

export type AttemptView = {
  claim: number
  startedAt: number
  finishedAt: number
  outcome: string
  status: number | null
  verdict: string
  reason: string
  explanation: string
  remoteId: string | null
  remoteUrl: string | null
  /** `null` once its time is up. */
  request: ShownRequest | null
  response: ShownResponse | null
  /** `queueMs`: from when it was due until it began; `null` where that is not known any more. */
  timing: AttemptTiming & { queueMs: number | null; retryDelayMs?: number | null }
}

export type DeliveryView = DeliveryDetails & { attempts: AttemptView[] }

/**
 * A delivery with all its attempts. What the webhook's settings put into headers only its admins see.
 *
 * @throws Refusal `not_found`
 */
export async function getDelivery(world: World, caller: Caller, publicId: string): Promise<DeliveryView> {
  const { delivery, attempts } = await readWithAttempts(world, caller, publicId)
  const isAdmin = may(caller, 'admin', delivery.webhookEntityId)
  return {
    ...delivery,
    attempts: attempts.map((row, index) => ({
      claim: row.claim,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      outcome: row.outcome,
      status: row.status,
      verdict: row.verdict,
      reason: row.reason,
      explanation: row.explanation,
      remoteId: row.remote_id,
      remoteUrl: row.remote_url,
      request: shownRequest(JSON.parse(row.request) as ShownRequest | null, isAdmin),
      response: row.response === null ? null : JSON.parse(row.response),
      timing: { queueMs: queueMs(delivery, row, attempts[index - 1]), ...JSON.parse(row.timing) },
    })),
  }
}

const READS_MAX = 5

/** As they are at one moment: read again where the delivery went on while its attempts were read. */
async function readWithAttempts(world: World, caller: Caller, publicId: string) {
  let delivery = await requireDelivery(world.db.read, caller, publicId, 'viewer')
  for (let reads = 1; ; reads++) {
    const attempts = await listAttempts(world.db.read, delivery.id)
    const after = await requireDelivery(world.db.read, caller, publicId, 'viewer')
    const hasStood = after.state === delivery.state && after.attemptCount === delivery.attemptCount
    if ((hasStood && after.nextAttemptAt === delivery.nextAttemptAt) || reads === READS_MAX)
      return { delivery, attempts }
    delivery = after
  }
}

function shownRequest(request: ShownRequest | null, isAdmin: boolean): ShownRequest | null {
  return isAdmin || request === null ? request : withoutExtraHeaders(request)
}

type AttemptTimes = { started_at: number; finished_at: number; timing: string }

/** The first attempt is due when its delivery is made, each other one so long after the one before as that one said. */
function queueMs(delivery: DeliveryDetails, attempt: AttemptTimes, before: AttemptTimes | undefined): number | null {
  const { retryDelayMs } = before === undefined ? {} : (JSON.parse(before.timing) as { retryDelayMs?: number | null })
  if (before !== undefined && typeof retryDelayMs !== 'number') return null
  const dueAt = before === undefined ? delivery.createdAt : before.finished_at + (retryDelayMs ?? 0)
  return Math.max(0, attempt.started_at - dueAt)
}

/** By entity: how many deliveries that were made since then failed and have not been replayed. For entities the caller may see. */
export async function countDeadLettersSince(
  world: World,
  caller: Caller,
  entityIds: readonly number[],
  since: number,
): Promise<Map<number, number>> {
  if (entityIds.length === 0) return new Map()
  const about = { entityIds, hiddenProjectIds: hiddenProjectIds(caller), since }
  return new Map((await countDeadLetters(world.db.read, about)).map((row) => [row.entity_id, row.count]))
}

/** What a request narrows a list to: things by their public ids, a collection by its path. */
export type NamedFilter = Omit<DeliveryFilter, 'webhookId' | 'automationId' | 'collectionId'> & {
  webhook?: string | undefined
  automation?: string | undefined
  /** `project/collection` of the entity, or `entity/project/collection`. */
  collection?: string | undefined
}

/**
 * An entity's deliveries, newest first; of an automation or a collection by when it fired, so that a replay stands
 * beside what it replays. `undefined` as `next` on the last page.
 *
 * @throws Refusal `not_found` | `invalid_request` for a collection that is no path
 */
export async function listDeliveries(
  world: World,
  caller: Caller,
  input: { entity: string; filter: NamedFilter; before: DeliveryPosition | undefined; limit: number },
): Promise<{ deliveries: DeliveryDetails[]; next: DeliveryPosition | undefined }> {
  const { before, limit } = input
  const entity = await requireEntity(world.db.read, caller, input.entity, 'viewer')
  const filter = await resolveFilter(world.db.read, entity.name, input.filter)
  if (filter === undefined) return { deliveries: [], next: undefined }
  const rows = await listDeliveryRows(world.db.read, {
    entityId: entity.id,
    hiddenProjectIds: hiddenProjectIds(caller),
    filter,
    before,
    limit: limit + 1,
  })
  const deliveries = rows.slice(0, limit)
  const last = deliveries.at(-1)
  const more = rows.length > limit && last !== undefined
  return {
    deliveries,
    next: more ? { at: goesByFiring(filter) ? last.firedAt : last.createdAt, id: last.id } : undefined,
  }
}

/** The filter by ids; `undefined` if it names what there is not, so that nothing can fit it. */
export async function resolveFilter(
  db: Reader | Tx,
  entity: string,
  { webhook, automation, collection, ...filter }: NamedFilter,
): Promise<DeliveryFilter | undefined> {
  const path = collection === undefined ? undefined : readCollectionPath(entity, collection)
  const ids = await findFilterIds(db, { webhook, automation, collection: path })
  const isKnown =
    (webhook === undefined || ids.webhookId !== undefined) &&
    (automation === undefined || ids.automationId !== undefined) &&
    (collection === undefined || ids.collectionId !== undefined)
  return isKnown ? { ...filter, ...ids } : undefined
}

/** @throws Refusal `invalid_request` */
function readCollectionPath(entity: string, path: string) {
  const parts = path.split('/')
  const [owner, project, collection] = parts.length === 2 ? [entity, ...parts] : parts
  if (parts.length > 3 || !owner || !project || !collection) {
    const message = 'A collection is named project/collection, or entity/project/collection'
    throw new Refusal('invalid_request', message, { fields: [{ path: 'query/collection', message }] })
  }
  return { entity: owner, project, collection }
}

/**
 * Send a settled delivery once more, as a new delivery that says which one it replays.
 *
 * - `as_then`: the same bytes under the same message id, for a receiver that lost them; one that has them can tell.
 * - `as_now`: rendered anew by the automation as it is now, under a new message id.
 *
 * Secrets, URL and headers are today's either way.
 *
 * @throws Refusal `not_found` | `forbidden` | `delivery_not_settled` | `delivery_not_replayable`
 */
export async function replayDelivery(
  world: World,
  caller: Caller,
  input: { publicId: string; mode: 'as_then' | 'as_now' },
): Promise<DeliveryDetails> {
  const publicId = newPublicId('dl')
  const replay = await world.db.transaction(async (tx) => {
    const delivery = await requireDelivery(tx, caller, input.publicId, 'member')
    assertReplayable(delivery, input.mode)
    const replays = [{ id: delivery.id, publicId, messageId: newPublicId('msg') }]
    await insertReplays(tx, world.db.engine, { mode: input.mode, replays, nowMs: world.now() })
    return requireDelivery(tx, caller, publicId, 'member')
  })
  world.wakeWorkers()
  return replay
}

/** @throws Refusal `delivery_not_settled` | `delivery_not_replayable` */
function assertReplayable(delivery: DeliveryDetails, mode: 'as_then' | 'as_now'): void {
  const what = `Delivery "${delivery.publicId}"`
  if (delivery.state === 'pending' || delivery.state === 'sending') {
    throw new Refusal('delivery_not_settled', `${what} is still in progress: wait until it has ended`)
  }
  const obstacle = obstacleTo(mode, { ...delivery, hasBody: delivery.body !== null })
  if (obstacle !== undefined) throw new Refusal('delivery_not_replayable', `${what} ${OBSTACLES[obstacle]}`)
}

const OBSTACLES: Record<Exclude<LeftOutReason, 'limit_reached'>, string> = {
  automation_deleted: 'cannot be replayed as now, because its automation is deleted: replay it "as_then"',
  no_webhook:
    'cannot be replayed as now, because its automation sends to no webhook now: change that, or replay it "as_then"',
  webhook_deleted:
    'cannot be replayed as then, because its webhook is deleted: give its automation another and replay it "as_now"',
  bodies_purged: 'cannot be replayed as then, because its payload was purged when its time was up: replay it "as_now"',
  never_rendered: 'was never rendered, so there is nothing to send as then: replay it "as_now"',
}

async function requireDelivery(
  db: Reader | Tx,
  caller: Caller,
  publicId: string,
  role: 'viewer' | 'member',
): Promise<DeliveryDetails> {
  const what = `Delivery "${publicId}"`
  const delivery = await findDelivery(db, publicId)
  if (delivery === undefined) throw notFound(what)
  requireRoleIn(caller, role, { id: delivery.projectId, entityId: delivery.entityId }, what)
  return delivery
}
