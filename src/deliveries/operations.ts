import { requireEntity } from '../access/operations.ts'
import { type Caller, requireRole } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import { insertChunks } from '../database/engine.ts'
import { notFound, Refusal } from '../refusal.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'
import {
  cancelPending,
  type DeliveryDetails,
  type DeliveryFilter,
  findDelivery,
  insertReplay,
  listAttempts,
  listDeliveryRows,
  releaseHeld,
} from './store.ts'

/** One action of one execution, to be sent to a webhook. `entityId`: the owner of the automation. */
export type DeliveryDraft = {
  entityId: number
  executionId: number
  revisionId: number
  webhookId: number
}

/**
 * Put deliveries into the queue, due at once, in the transaction that matched them. Those of a paused webhook wait
 * there until it is resumed.
 */
export async function enqueueDeliveries(world: World, tx: Tx, drafts: readonly DeliveryDraft[]): Promise<void> {
  const now = world.now()
  const rows = drafts.map((draft) => ({
    public_id: newPublicId('dl'),
    entity_id: draft.entityId,
    execution_id: draft.executionId,
    revision_id: draft.revisionId,
    webhook_id: draft.webhookId,
    // Random: receivers tell messages apart by it, and nobody may guess another's.
    message_id: newPublicId('msg'),
    state: 'pending' as const,
    // By the clock the workers claim by, or a delivery could be due later than it is told.
    next_attempt_at: world.db.engine.nowMs(now),
    created_at: now,
  }))
  for (const chunk of insertChunks(world.db.engine, rows)) await tx.insertInto('deliveries').values(chunk).execute()
}

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
  request: unknown
  response: unknown
  timing: unknown
}

export type DeliveryView = DeliveryDetails & { attempts: AttemptView[] }

/** @throws Refusal `not_found` */
export async function getDelivery(world: World, caller: Caller, publicId: string): Promise<DeliveryView> {
  const delivery = await requireDelivery(world, caller, publicId, 'viewer')
  const attempts = await listAttempts(world.db.read, delivery.id)
  return {
    ...delivery,
    attempts: attempts.map((row) => ({
      claim: row.claim,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      outcome: row.outcome,
      status: row.status,
      verdict: row.verdict,
      reason: row.reason,
      explanation: row.explanation,
      request: JSON.parse(row.request),
      response: row.response === null ? null : JSON.parse(row.response),
      timing: JSON.parse(row.timing),
    })),
  }
}

/** An entity's deliveries, newest first. */
export async function listDeliveries(
  world: World,
  caller: Caller,
  input: { entity: string; filter: DeliveryFilter; beforeId: number | undefined; limit: number },
): Promise<DeliveryDetails[]> {
  const entity = await requireEntity(world.db.read, caller, input.entity, 'viewer')
  return listDeliveryRows(world.db.read, { ...input, entityId: entity.id })
}

/**
 * Send a settled delivery once more, as a new delivery that says which one it replays.
 *
 * - `as_then`: the same bytes under the same message id, for a receiver that lost them; one that has them can tell.
 * - `as_now`: rendered anew by the automation as it is now, under a new message id.
 *
 * Secrets, URL and headers are today's either way.
 *
 * @throws Refusal `not_found` | `forbidden` | `delivery_not_settled` | `webhook_in_use` if the webhook is gone
 */
export async function replayDelivery(
  world: World,
  caller: Caller,
  input: { publicId: string; mode: 'as_then' | 'as_now' },
): Promise<DeliveryDetails> {
  const delivery = await requireDelivery(world, caller, input.publicId, 'member')
  if (delivery.state === 'pending' || delivery.state === 'sending') {
    throw new Refusal(
      'delivery_not_settled',
      `Delivery "${input.publicId}" is still in progress: wait until it has ended`,
    )
  }
  if (delivery.webhookDeleted) {
    throw new Refusal('delivery_not_replayable', `The webhook of delivery "${input.publicId}" is deleted`)
  }
  if (input.mode === 'as_then' && delivery.body === null) {
    throw new Refusal(
      'delivery_not_replayable',
      `Delivery "${input.publicId}" was never rendered, so there is nothing to send as then: replay it "as_now"`,
    )
  }
  if (input.mode === 'as_now' && (delivery.currentRevisionId === null || delivery.currentWebhookId === null)) {
    throw new Refusal(
      'delivery_not_replayable',
      `The automation of delivery "${input.publicId}" is deleted or sends nothing now: replay it "as_then"`,
    )
  }
  const asNow = input.mode === 'as_now'
  const publicId = newPublicId('dl')
  await world.db.transaction((tx) =>
    insertReplay(tx, world.db.engine, {
      delivery,
      publicId,
      mode: input.mode,
      messageId: asNow ? newPublicId('msg') : delivery.messageId,
      revisionId: asNow ? (delivery.currentRevisionId as number) : delivery.revisionId,
      webhookId: asNow ? (delivery.currentWebhookId as number) : delivery.webhookId,
      body: asNow ? null : delivery.body,
      nowMs: world.now(),
    }),
  )
  world.wakeWorkers()
  return requireDelivery(world, caller, publicId, 'member')
}

async function requireDelivery(
  world: World,
  caller: Caller,
  publicId: string,
  role: 'viewer' | 'member',
): Promise<DeliveryDetails> {
  const what = `Delivery "${publicId}"`
  const delivery = await findDelivery(world.db.read, publicId)
  if (delivery === undefined) throw notFound(what)
  requireRole(caller, role, delivery.entityId, what)
  return delivery
}
