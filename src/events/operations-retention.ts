import { purgeExecutions } from '../automations/operations-retention.ts'
import type { Tx } from '../database/database.ts'
import { lockSweep, moveSweep } from '../database/sweep.ts'
import { eventsInProgress, purgeReplays } from '../deliveries/operations-retention.ts'
import type { World } from '../world.ts'
import { type FeedPosition, findPurged, purgeFeedRows } from './store.ts'
import { deleteEvents, eventsAfter, feedRowsOf, passBy, passedEvents } from './store-retention.ts'

const DAY_MS = 86_400_000

/** Events looked at in one transaction, which others wait for on the embedded engine. */
const SWEPT_AT_ONCE = 200

/**
 * Delete events that happened more than `eventsDays` ago, with their executions, deliveries and attempts, one batch of
 * them. Cursors that point before them are expired from then on. Resolves to whether there may be more to do at once;
 * not while another process is at it.
 *
 * An event that has led to something still in progress leaves the feed with the others of its age, and is deleted once
 * all of it has ended.
 */
export async function purgeOldEvents(world: World): Promise<boolean> {
  const before = world.now() - world.config.eventsDays * DAY_MS
  return world.db.transaction(async (tx) => {
    const place = await lockSweep(tx, world.db.engine, 'sweep:events')
    if (place === undefined) return false
    const rows = await eventsAfter(tx, { id: place, limit: SWEPT_AT_ONCE })
    const young = rows.findIndex((row) => row.occurred_at >= before)
    const old = (young === -1 ? rows : rows.slice(0, young)).map(({ id }) => id)
    await purgeFeedsOf(tx, old)
    const inProgress = await eventsInProgress(tx, old)
    await passBy(tx, [...inProgress])
    await purgeEvents(
      tx,
      old.filter((id) => !inProgress.has(id)),
    )
    const last = old.at(-1)
    if (last !== undefined) await moveSweep(tx, 'sweep:events', last)
    if (old.length === SWEPT_AT_ONCE) return true
    await purgePassed(tx)
    await purgeReplays(tx, before)
    return false
  })
}

/** Those that had something in progress when the sweep came by: a few hundred of them each time, oldest first. */
async function purgePassed(tx: Tx): Promise<void> {
  const passed = await passedEvents(tx, { limit: PASSED_AT_ONCE })
  const inProgress = await eventsInProgress(tx, passed)
  await purgeEvents(
    tx,
    passed.filter((id) => !inProgress.has(id)),
  )
}

const PASSED_AT_ONCE = 2_000

async function purgeEvents(tx: Tx, ids: readonly number[]): Promise<void> {
  await purgeExecutions(tx, ids)
  await deleteEvents(tx, ids)
}

async function purgeFeedsOf(tx: Tx, eventIds: readonly number[]): Promise<void> {
  const rows = await feedRowsOf(tx, eventIds)
  const upTo = new Map<number, FeedPosition>()
  for (const row of rows) {
    const position = { transactionId: row.transaction_id, eventId: row.event_id }
    const known = upTo.get(row.entity_id)
    if (known === undefined || isAfter(position, known)) upTo.set(row.entity_id, position)
  }
  for (const [entityId, position] of upTo) {
    const purged = await findPurged(tx, entityId)
    // Ids and transactions are not in quite the same order: what is purged never grows less.
    await purgeFeedRows(tx, entityId, purged === undefined || isAfter(position, purged) ? position : purged)
  }
}

function isAfter(position: FeedPosition, other: FeedPosition): boolean {
  return (
    position.transactionId > other.transactionId ||
    (position.transactionId === other.transactionId && position.eventId > other.eventId)
  )
}
