import type { Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'

const SWEEP = 'sweep:events'

/** How far the sweep for old events has come, locked: the id of the last one it has seen. `undefined` while another process is at it. */
export async function lockEventSweep(tx: Tx, engine: Engine): Promise<number | undefined> {
  await tx
    .insertInto('settings')
    .values({ name: SWEEP, value: '0' })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const row = await tx
    .selectFrom('settings')
    .select('value')
    .where('name', '=', SWEEP)
    .$if(engine.rowLocks, (query) => query.forUpdate().skipLocked())
    .executeTakeFirst()
  return row === undefined ? undefined : Number(row.value)
}

export async function moveEventSweep(tx: Tx, id: number): Promise<void> {
  await tx
    .updateTable('settings')
    .set({ value: String(id) })
    .where('name', '=', SWEEP)
    .execute()
}

/** The next events in the order of their ids. */
export async function eventsAfter(
  tx: Tx,
  input: { id: number; limit: number },
): Promise<{ id: number; occurred_at: number }[]> {
  return tx
    .selectFrom('events')
    .select(['id', 'occurred_at'])
    .where('id', '>', input.id)
    .orderBy('id')
    .limit(input.limit)
    .execute()
}

/** Events the sweep passed by, oldest first. */
export async function passedEvents(tx: Tx, input: { limit: number }): Promise<number[]> {
  const rows = await tx
    .selectFrom('purge_later')
    .select('id')
    .where('kind', '=', 'event')
    .orderBy('id')
    .limit(input.limit)
    .execute()
  return rows.map(({ id }) => id)
}

export async function passBy(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await tx
    .insertInto('purge_later')
    .values(ids.map((id) => ({ kind: 'event' as const, id })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Where these events stand in feeds. */
export async function feedRowsOf(tx: Tx, eventIds: readonly number[]) {
  if (eventIds.length === 0) return []
  return tx
    .selectFrom('event_feed')
    .select(['entity_id', 'transaction_id', 'event_id'])
    .where('event_id', 'in', eventIds)
    .execute()
}

/** They must be in no feed, and their executions gone. */
export async function deleteEvents(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await tx.deleteFrom('purge_later').where('kind', '=', 'event').where('id', 'in', ids).execute()
  await tx.deleteFrom('events').where('id', 'in', ids).execute()
}
