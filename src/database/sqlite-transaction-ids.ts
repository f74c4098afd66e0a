import { type Kysely, sql } from 'kysely'
import { FEED_MARGIN } from './feed-margin.ts'
import type { Schema } from './schema.ts'

const SETTING = 'embedded_transaction_id'

/**
 * The transaction id of all new events, not below that of any old one.
 *
 * The embedded engine has one transaction at a time and orders its feed by the ids of events alone, so one transaction id
 * does for all. It is 0 in a new database. Events that come from a PostgreSQL bring ids of their own with them, above which
 * the new ones have to be.
 */
export async function keepTransactionIdsRising(db: Kysely<Schema>): Promise<number> {
  const { newest, current } = await count(db)
  return newest > current ? lift(db, newest) : current
}

/** The same without a look: after a restore, from which the feed goes on before what its readers may have seen. */
export async function liftTransactionIds(db: Kysely<Schema>): Promise<void> {
  const { newest, current } = await count(db)
  await lift(db, Math.max(newest, current))
}

async function lift(db: Kysely<Schema>, newest: number): Promise<number> {
  const lifted = newest + FEED_MARGIN
  await db
    .insertInto('settings')
    .values({ name: SETTING, value: String(lifted) })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: String(lifted) }))
    .execute()
  return lifted
}

/** One probe of an index for each entity. */
async function count(db: Kysely<Schema>): Promise<{ newest: number; current: number }> {
  const { rows } = await sql<{ newest: number; current: number }>`
    select
      max(
        (select coalesce(max(newest), 0) from (
          select (select max(f.transaction_id) from event_feed f where f.entity_id = e.id) as newest from entities e)),
        (select coalesce(max(json_extract(value, '$.transactionId')), 0) from settings where name like 'feed\\_purged:%' escape '\\')
      ) as newest,
      coalesce((select cast(value as integer) from settings where name = ${SETTING}), 0) as current`.execute(db)
  return rows[0] as { newest: number; current: number }
}
