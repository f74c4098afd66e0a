import type { Tx } from '../database/database.ts'

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
