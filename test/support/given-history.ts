/** History by SQL, as much as pages have to cope with: what a server would have written, had it run for long. */
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../src/database/database.ts'

const APART_MS = 1_000

/**
 * `rows` events, executions and deliveries like the newest delivery of the entity, a second apart, the newest just now;
 * one delivery in fifty failed. Their webhooks are named alike, their public ids end with 1 to `rows`.
 */
export async function givenHistory(db: Database, rows: number): Promise<void> {
  const from = Date.now() - rows * APART_MS
  const { id } = await db.read.selectFrom('deliveries').select('id').orderBy('id', 'desc').executeTakeFirstOrThrow()
  const at = sql`cast(${sql.lit(from)} as bigint) + cast(n.n as bigint) * ${sql.lit(APART_MS)}`
  const like = sql`deliveries d join executions x on x.id = d.execution_id join events e on e.id = x.event_id`
  const numbers = numbersTo(db, rows)
  await db.transaction(async (tx) => {
    await sql`insert into events (public_id, type, transaction_id, occurred_at, snapshot)
      select 'ev_many_' || n.n, e.type, e.transaction_id, ${at}, e.snapshot
      from (${numbers}) n cross join ${like} where d.id = ${id}`.execute(tx)
    await sql`insert into executions (public_id, automation_id, revision_id, event_id, subject, state, created_at,
        project_id, collection_id)
      select 'ex_many_' || n.n, x.automation_id, x.revision_id, made.id, x.subject, 'matched', ${at},
        x.project_id, x.collection_id
      from (${numbers}) n cross join ${like} join events made on made.public_id = 'ev_many_' || n.n
      where d.id = ${id}`.execute(tx)
    await sql`insert into deliveries (public_id, entity_id, execution_id, revision_id, webhook_id, message_id, state,
        reason, claim_count, attempt_count, body, created_at, settled_at, last_status)
      select 'dl_many_' || n.n, d.entity_id, made.id, d.revision_id, d.webhook_id, 'msg_many_' || n.n,
        case when n.n % 50 = 0 then 'failed' else 'succeeded' end,
        case when n.n % 50 = 0 then 'receiver_error' end, 1, 1, '{}', ${at}, ${at} + 50,
        case when n.n % 50 = 0 then 503 else 200 end
      from (${numbers}) n cross join ${like} join executions made on made.public_id = 'ex_many_' || n.n
      where d.id = ${id}`.execute(tx)
  })
}

/** The numbers from 1 on, as rows of a column `n`. */
export function numbersTo(db: Database, last: number, first = 1): RawBuilder<unknown> {
  return db.engine.name === 'postgres'
    ? sql`select n from generate_series(${sql.lit(first)}, ${sql.lit(last)}) n`
    : sql`select n from (with recursive counted (n) as (
        select ${sql.lit(first)} union all select n + 1 from counted where n < ${sql.lit(last)}
      ) select n from counted)`
}
