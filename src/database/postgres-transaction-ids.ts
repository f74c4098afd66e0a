import { type Kysely, sql } from 'kysely'
import { assert } from '../runtime/assert.ts'
import { FEED_MARGIN } from './feed-margin.ts'
import { transactionIdFunctions } from './migrations/0009-transaction-ids.ts'
import type { Schema } from './schema.ts'

/** What the feed's rows, and what was purged of it, lead up to; and how far the ids of this cluster are. */
type Counts = { newest: number; next: number; addend: number }

/**
 * Have the transaction ids of new events follow those of all old ones.
 *
 * The feed is in their order and ends at the oldest open transaction. A cluster counts from its own beginning, so in a
 * new one, into which a dump was restored, old events would be hidden until it had caught up, and new ones come before
 * them. Then there is added to the cluster's ids what lifts them above all that were ever given out. The sum is part of
 * two functions in the database, so it is the same for every process, and for those at work from the next statement on.
 *
 * The look takes one probe of an index for each entity.
 */
export async function keepTransactionIdsRising(db: Kysely<Schema>): Promise<void> {
  if (!isBehind(await count(db))) return
  await db.transaction().execute(async (tx) => {
    // Processes that start together look again one after the other.
    await sql`select pg_advisory_xact_lock(hashtext('tripline_transaction_ids'))`.execute(tx)
    const counts = await count(tx)
    if (!isBehind(counts)) return
    await lift(tx, counts)
  })
}

/** The same without a look: after a restore, from which the feed goes on before what its readers may have seen. */
export async function liftTransactionIds(db: Kysely<Schema>): Promise<void> {
  await db.transaction().execute(async (tx) => lift(tx, await count(tx)))
}

async function lift(tx: Kysely<Schema>, { newest, next, addend }: Counts): Promise<void> {
  const lifted = Math.max(newest + FEED_MARGIN - next, addend)
  for (const statement of transactionIdFunctions(lifted)) await sql.raw(statement).execute(tx)
}

function isBehind({ newest, next, addend }: Counts): boolean {
  return newest >= next + addend
}

/** In one statement, so of one snapshot: the addend can be told from what the function gives. */
async function count(db: Kysely<Schema>): Promise<Counts> {
  const { rows } = await sql<Counts>`
    select
      greatest(
        (select coalesce(max(newest), 0) from entities e cross join lateral (
          select max(f.transaction_id) as newest from event_feed f where f.entity_id = e.id) feed),
        (select coalesce(max((value::json ->> 'transactionId')::bigint), 0) from settings
          where name like 'feed\_purged:%')
      ) as newest,
      pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next,
      tripline_feed_horizon() - pg_snapshot_xmin(pg_current_snapshot())::text::bigint as addend`.execute(db)
  const [row] = rows
  assert(row !== undefined, 'the statement has one row')
  return row
}
