import type { Tx } from '../database/database.ts'
import { insertChunks } from '../database/engine.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'

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
