import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { batch, statement } from '../database/statement.ts'

/** The collections on which these automations are held now. */
export const findHolds = statement(
  (_, input: { automationIds: readonly number[]; nowMs: number }, engine) => sql<{
    automation_id: number
    collection_id: number
    held_at: number
    held_until: number
  }>`
    select automation_id, collection_id, held_at, held_until from automation_holds
    where ${engine.isOneOf('automation_id', input.automationIds, 'bigint')} and held_until > ${engine.nowMs(input.nowMs)}
    order by held_at, collection_id`,
)

/** Hold automations on a collection each. One that is held there goes on being held as long as it was to be. */
export async function insertHolds(
  tx: Tx,
  holds: readonly { automation_id: number; collection_id: number }[],
  input: { nowMs: number; holdMs: number },
): Promise<void> {
  await insertHoldRows(tx, holds, input)
  await noteHolds(tx, holds, input)
}

const insertHoldRows = batch(
  { automation_id: 'bigint', collection_id: 'bigint' },
  (_, { names, values, table }, input: { nowMs: number; holdMs: number }, engine) => {
    // Asked once: PostgreSQL's clock goes on between two looks at it.
    const clock = sql`(select ${engine.nowMs(input.nowMs)} as now) as clock`
    const until = sql`clock.now + cast(${input.holdMs} as bigint)`
    // "where true" tells SQLite that what follows is no join.
    return sql`
      insert into automation_holds (${names}, held_at, held_until)
      select ${values}, clock.now, ${until} from ${table} cross join ${clock} where true
      on conflict (automation_id, collection_id) do update set
        held_at = case when automation_holds.held_until > excluded.held_at
          then automation_holds.held_at else excluded.held_at end,
        held_until = excluded.held_until`
  },
)

const noteHolds = batch(
  { automation_id: 'bigint', collection_id: 'bigint' },
  (_, { from, item }, input: { nowMs: number; holdMs: number }, engine) => sql`
    update automations set held_until = ${engine.nowMs(input.nowMs)} + cast(${input.holdMs} as bigint)
    ${from} where automations.id = ${item.automation_id}`,
)

/** How often each has fired there since then, by whatever process, as far as that is committed; runs by hand apart. */
export const countFirings = batch(
  { automation_id: 'bigint', collection_id: 'bigint', since: 'bigint' },
  (_, { table, item }) => sql<{ automation_id: number; collection_id: number; fired: number }>`
    select ${item.automation_id} as automation_id, ${item.collection_id} as collection_id,
      (select count(*) from executions x join events e on e.id = x.event_id
        where x.automation_id = ${item.automation_id} and x.created_at >= ${item.since} and x.state = 'matched'
          and coalesce(x.collection_id, 0) = ${item.collection_id} and e.run_by is null) as fired
    from ${table}`,
)

/** End all holds of an automation. */
export async function deleteHolds(tx: Tx, automationId: number): Promise<void> {
  await tx.deleteFrom('automation_holds').where('automation_id', '=', automationId).execute()
  await tx
    .updateTable('automations')
    .set(({ eb }) => ({ held_until: null, release_count: eb('release_count', '+', 1) }))
    .where('id', '=', automationId)
    .execute()
}

/**
 * What is kept of an automation's rate, locked until the transaction ends, and the time: by the database's clock on
 * PostgreSQL, so that processes whose clocks differ share one rate.
 */
export async function lockRate(
  tx: Tx,
  engine: Engine,
  input: { automationId: number; nowMs: number },
): Promise<{ freeAt: number; nowMs: number }> {
  return tx
    .insertInto('automation_rates')
    .values({ automation_id: input.automationId, free_at: 0 })
    .onConflict((conflict) =>
      conflict.column('automation_id').doUpdateSet({ free_at: sql<number>`automation_rates.free_at` }),
    )
    .returning(['free_at as freeAt', engine.nowMs(input.nowMs).as('nowMs')])
    .executeTakeFirstOrThrow()
}

export async function setRate(tx: Tx, input: { automationId: number; freeAt: number }): Promise<void> {
  await tx
    .updateTable('automation_rates')
    .set({ free_at: Math.ceil(input.freeAt) })
    .where('automation_id', '=', input.automationId)
    .execute()
}

/** Of these automations, what holds there are now, by automation. */
export async function holdsByAutomation(db: Reader | Tx, automationIds: readonly number[], nowMs: number) {
  if (automationIds.length === 0) return new Map<number, never>()
  const rows = await findHolds(db, { automationIds, nowMs })
  return Map.groupBy(rows, (row) => row.automation_id)
}
