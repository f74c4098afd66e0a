import type { Tx } from '../database/database.ts'
import { lockSweep, moveSweep } from '../database/sweep.ts'
import type { World } from '../world.ts'
import {
  deleteDeliveriesOf,
  deleteReplays,
  deliveriesAfter,
  passBy,
  passedDeliveries,
  purgeBodiesOf,
} from './store-retention.ts'

export { eventsInProgress } from './store-retention.ts'

const DAY_MS = 86_400_000

/** Deliveries looked at in one transaction, which others wait for on the embedded engine. */
const SWEPT_AT_ONCE = 500

/**
 * Take payloads, requests and answers away from deliveries that ended more than `bodiesDays` ago, one batch of them.
 * Resolves to whether there may be more to do at once; not while another process is at it.
 *
 * The sweep goes through the deliveries in the order in which they were made, once, and keeps its place. What has not
 * ended by then it writes down and looks at again each time. So it needs no index that every delivery would pay for.
 */
export async function purgeOldBodies(world: World): Promise<boolean> {
  const nowMs = world.now()
  const before = nowMs - world.config.bodiesDays * DAY_MS
  return world.db.transaction(async (tx) => {
    const place = await lockSweep(tx, world.db.engine, 'sweep:bodies')
    if (place === undefined) return false
    const rows = await deliveriesAfter(tx, { id: place, limit: SWEPT_AT_ONCE })
    const young = rows.findIndex((row) => row.created_at >= before)
    const old = young === -1 ? rows : rows.slice(0, young)
    const isDue = (row: (typeof old)[number]) => row.settled_at !== null && row.settled_at < before
    const due = old.filter(isDue).map(({ id }) => id)
    const passed = await passedDeliveries(tx, { settledBefore: before, limit: SWEPT_AT_ONCE })
    await passBy(
      tx,
      old.filter((row) => !isDue(row)).map(({ id }) => id),
    )
    await purgeBodiesOf(tx, { ids: [...due, ...passed], nowMs })
    const last = old.at(-1)
    if (last !== undefined) await moveSweep(tx, 'sweep:bodies', last.id)
    return old.length === SWEPT_AT_ONCE || passed.length === SWEPT_AT_ONCE
  })
}

/** Delete what these events led to, in the transaction that deletes them. None of it may be in progress. */
export async function purgeDeliveries(tx: Tx, eventIds: readonly number[]): Promise<void> {
  await deleteDeliveriesOf(tx, eventIds)
}

/** Forget replays of many that ended before this time. */
export async function purgeReplays(tx: Tx, finishedBefore: number): Promise<void> {
  await deleteReplays(tx, finishedBefore)
}
