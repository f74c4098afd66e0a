import type { Tx } from '../database/database.ts'
import type { World } from '../world.ts'
import { gatherDeliveries, lockGathering, supersedeDeliveries } from './store-order.ts'

/** A delivery that was just put into the queue, of an automation that gathers what happens within a time. */
export type Gathered = { id: number; key: string; windowMs: number; version: number | null }

/**
 * Have the newest delivery of each key stand for all that come within a time from the first of them, and wait until that
 * time is over. Resolves to the ids of the new ones that it took the place of.
 *
 * Changes to one collection take turns, so no two of them gather under the same key at once.
 */
export async function gather(world: World, tx: Tx, fresh: readonly Gathered[]): Promise<Set<number>> {
  const byKey = Map.groupBy(fresh, ({ key }) => key)
  const before = Map.groupBy(await lockGathering(tx, { keys: [...byKey.keys()] }), (row) => row.digest_key)
  const nowMs = world.now()
  const replaced = new Set<number>()
  for (const [key, ofKey] of byKey) {
    const newest = ofKey.at(-1) as Gathered
    const waiting = before.get(key) ?? []
    const [first] = waiting
    const older = [...waiting, ...ofKey.slice(0, -1)].map(({ id }) => ({ id, by: newest.id, reason: 'digested' }))
    await supersedeDeliveries(tx, older, { nowMs })
    for (const { id } of ofKey.slice(0, -1)) replaced.add(id)
    const gathered = {
      id: newest.id,
      digest_key: key,
      digest_count: waiting.reduce((sum, row) => sum + row.digest_count, ofKey.length),
      digest_first: first === undefined ? (ofKey[0] as Gathered).version : first.digest_first,
      due_at: first?.digest_due_at ?? null,
    }
    await gatherDeliveries(tx, [gathered], { nowMs, windowMs: newest.windowMs })
  }
  return replaced
}
