import type { Tx } from '../database/database.ts'
import type { World } from '../world.ts'
import { arrange } from './ordering.ts'
import { linkDeliveries, lockUnsettled, supersedeDeliveries } from './store-order.ts'

/** A delivery that was just put into the queue, of a webhook that asks for an order. */
export type Ordered = { id: number; automationId: number; key: string; newestWins: boolean }

/**
 * Have new deliveries wait for those before them, or take their place, in the transaction that puts them into the queue.
 *
 * Changes to one collection take turns, so no two of them arrange the same key at once.
 */
export async function putInOrder(world: World, tx: Tx, fresh: readonly Ordered[]): Promise<void> {
  const byKey = Map.groupBy(fresh, ({ key }) => key)
  const before = Map.groupBy(await lockUnsettled(tx, { keys: [...byKey.keys()] }), (row) => row.order_key)
  const nowMs = world.now()
  for (const [key, ofKey] of byKey) {
    const unsettled = (before.get(key) ?? []).map((row) => ({
      id: row.id,
      automationId: row.automation_id,
      isSending: row.state === 'sending',
      waitsFor: row.waits_for,
    }))
    const { superseded, links } = arrange(unsettled, ofKey, ofKey[0]?.newestWins === true)
    const replaced = superseded.map((each) => ({ ...each, reason: 'newer_delivery' }))
    await supersedeDeliveries(tx, replaced, { nowMs })
    const linked = links.map(({ id, waitsFor }) => ({ id, order_key: key, waits_for: waitsFor }))
    await linkDeliveries(tx, linked, { nowMs })
  }
}
