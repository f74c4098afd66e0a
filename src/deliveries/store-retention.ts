import { sql } from 'kysely'
import type { Tx } from '../database/database.ts'

export type SweptDelivery = {
  id: number
  created_at: number
  settled_at: number | null
  bodies_purged_at: number | null
}

/** The next deliveries in the order in which they were made. */
export async function deliveriesAfter(tx: Tx, input: { id: number; limit: number }): Promise<SweptDelivery[]> {
  return tx
    .selectFrom('deliveries')
    .select(['id', 'created_at', 'settled_at', 'bodies_purged_at'])
    .where('id', '>', input.id)
    .orderBy('id')
    .limit(input.limit)
    .execute()
}

/** Those the sweep passed by that have ended long enough ago by now. */
export async function passedDeliveries(tx: Tx, input: { settledBefore: number; limit: number }): Promise<number[]> {
  const rows = await tx
    .selectFrom('purge_later as p')
    .innerJoin('deliveries as d', 'd.id', 'p.id')
    .select('p.id')
    .where('p.kind', '=', 'bodies')
    .where('d.settled_at', '<', input.settledBefore)
    .limit(input.limit)
    .execute()
  return rows.map(({ id }) => id)
}

export async function passBy(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await tx
    .insertInto('purge_later')
    .values(ids.map((id) => ({ kind: 'bodies' as const, id })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Take payloads, requests and answers away from settled deliveries. What came of them, and why, stays. */
export async function purgeBodiesOf(tx: Tx, input: { ids: readonly number[]; nowMs: number }): Promise<void> {
  const { ids, nowMs } = input
  if (ids.length === 0) return
  await tx
    .updateTable('deliveries')
    .set({ body: null, warnings: null, bodies_purged_at: nowMs })
    .where('id', 'in', ids)
    .where('settled_at', 'is not', null)
    .execute()
  await tx.updateTable('attempts').set({ request: 'null', response: null }).where('delivery_id', 'in', ids).execute()
  await tx.deleteFrom('purge_later').where('kind', '=', 'bodies').where('id', 'in', ids).execute()
}

/** Which of these events have deliveries that have not ended. */
export async function eventsInProgress(tx: Tx, eventIds: readonly number[]): Promise<Set<number>> {
  if (eventIds.length === 0) return new Set()
  const rows = await tx
    .selectFrom('executions as x')
    .innerJoin('deliveries as d', 'd.execution_id', 'x.id')
    .select('x.event_id')
    .distinct()
    .where('x.event_id', 'in', eventIds)
    .where('d.settled_at', 'is', null)
    .execute()
  return new Set(rows.map((row) => row.event_id))
}

/**
 * Delete the deliveries that these events led to, with their attempts. They are not told one by one: an event can have
 * fired thousands of automations, and a statement takes only so many parameters.
 */
export async function deleteDeliveriesOf(tx: Tx, eventIds: readonly number[]): Promise<void> {
  if (eventIds.length === 0) return
  const executions = sql`select id from executions where event_id in (${sql.join(eventIds)})`
  const deliveries = sql`select id from deliveries where execution_id in (${executions})`
  await sql`delete from attempts where delivery_id in (${deliveries})`.execute(tx)
  await sql`delete from purge_later where kind = 'bodies' and id in (${deliveries})`.execute(tx)
  // Replays go with what they replay: one execution has both.
  await sql`delete from deliveries where execution_id in (${executions})`.execute(tx)
}

/** Replays of many that ended before `finishedBefore`. */
export async function deleteReplays(tx: Tx, finishedBefore: number): Promise<void> {
  await tx
    .deleteFrom('replays')
    .where('state', '=', sql.lit('done'))
    .where('finished_at', '<', finishedBefore)
    .execute()
}
