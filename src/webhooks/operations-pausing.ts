import { recordAudit } from '../access/operations.ts'
import type { Tx } from '../database/database.ts'
import type { World } from '../world.ts'
import { findWebhooksById, pauseWebhookRows, updateWebhookRow } from './store.ts'

/**
 * Pause webhooks because of what their receivers answered, in the transaction that settles the answers. Their
 * deliveries are held until somebody resumes them. Resolves to those that were not paused before.
 */
export async function pauseWebhook(
  world: World,
  tx: Tx,
  webhookIds: readonly number[],
  reason: string,
): Promise<number[]> {
  const now = world.now()
  const paused: number[] = []
  for (const webhook of await findWebhooksById(tx, webhookIds)) {
    if (webhook.paused_at !== null || webhook.deleted_at !== null) continue
    await updateWebhookRow(tx, webhook.id, { paused_at: now, paused_reason: reason, updated_at: now })
    await recordAudit(
      tx,
      null,
      { action: 'webhook.paused', entityId: webhook.entity_id, subject: webhook.name, details: { reason } },
      now,
    )
    paused.push(webhook.id)
  }
  return paused
}

/** Pause every webhook that is not paused, whoever it belongs to; resolves to how many those were. */
export async function pauseAllWebhooks(tx: Tx, { reason, nowMs }: { reason: string; nowMs: number }): Promise<number> {
  const paused = await pauseWebhookRows(tx, { reason, nowMs })
  const entries = paused.map(({ entity_id, name }) => ({
    action: 'webhook.paused',
    entityId: entity_id,
    subject: name,
    details: { reason },
  }))
  await recordAudit(tx, null, entries, nowMs)
  return paused.length
}
