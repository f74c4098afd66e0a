import type { Tx } from '../database/database.ts'
import type { World } from '../world.ts'
import { type Health, isGivenUp, type Observation, observe } from './health.ts'
import { pauseWebhook } from './operations-pausing.ts'
import { countTroubled, lockHealth, saveHealth } from './store-health.ts'
import { asHealth } from './webhook.ts'

/** A circuit that opened or closed, or a webhook that was paused. */
export type HealthChange = { webhook: string; change: 'opened' | 'closed' | 'paused'; reason: string | null }

/**
 * Take down what attempts say about the receivers of their webhooks, in the order in which they ended, in the
 * transaction that settles them. Webhooks whose receiver has only failed for too long are paused.
 *
 * Pass what says something new only: every webhook named here is locked and written.
 *
 * @returns what the operator should hear of, once the transaction has committed.
 */
export async function noteAttempts(
  world: World,
  tx: Tx,
  seen: readonly { webhookId: number; observation: Observation }[],
): Promise<HealthChange[]> {
  if (seen.length === 0) return []
  const webhookIds = [...new Set(seen.map(({ webhookId }) => webhookId))]
  const rows = await lockHealth(tx, { webhookIds, nowMs: world.now() })
  const changes: HealthChange[] = []
  const saved: { id: number; health: Health }[] = []
  const givenUp: number[] = []
  for (const row of rows) {
    const before = asHealth(row)
    let health = before
    for (const { webhookId, observation } of seen) {
      if (webhookId === row.id) health = observe(health, observation, row.now)
    }
    saved.push({ id: row.id, health })
    const change = changeOf(before, health)
    if (change !== undefined) changes.push({ webhook: row.public_id, change, reason: health.lastFailureReason })
    if (isGivenUp(health, row.now)) givenUp.push(row.id)
  }
  await saveHealth(tx, saved)
  for (const webhookId of await pauseWebhook(world, tx, givenUp, 'failing_since')) {
    const paused = rows.find(({ id }) => id === webhookId)
    if (paused !== undefined) changes.push({ webhook: paused.public_id, change: 'paused', reason: 'failing_since' })
  }
  return changes
}

function changeOf(before: Health, after: Health): 'opened' | 'closed' | undefined {
  if ((before.circuitOpenedAt === null) === (after.circuitOpenedAt === null)) return undefined
  return after.circuitOpenedAt === null ? 'closed' : 'opened'
}

/** By entity: how many webhooks are paused, and of how many others the receiver is out. For entities the caller may see. */
export async function countTroubledWebhooks(
  world: World,
  entityIds: readonly number[],
): Promise<Map<number, { paused: number; out: number }>> {
  if (entityIds.length === 0) return new Map()
  const rows = await countTroubled(world.db.read, entityIds)
  return new Map(rows.map((row) => [row.entity_id, { paused: Number(row.paused), out: Number(row.out) }]))
}
