import { sql } from 'kysely'
import type { Tx } from '../database/database.ts'
import { batch, statement } from '../database/statement.ts'

/** So long an automation does not fire for a run again. Source: W&B, "Automation events and scopes". */
const FIRED_FOR_MS = 24 * 3_600_000

/** What this run has fired within that time. */
export const findRecentFirings = statement(
  (_, input: { runId: number; nowMs: number }, engine) => sql<{ automation_id: number; what: string }>`
    select automation_id, what from run_firings
    where run_id = ${input.runId} and fired_at > ${engine.nowMs(input.nowMs)} - ${sql.lit(FIRED_FOR_MS)}`,
)

/** Those of these that may fire, from now on taken by this transaction. */
export const claimFirings = batch(
  { run_id: 'bigint', automation_id: 'bigint', what: 'text' },
  (_, { names, values, rows }, input: { nowMs: number }, engine) => {
    const now = engine.nowMs(input.nowMs)
    return sql<{ automation_id: number; run_id: number; what: string }>`
      insert into run_firings (${names}, fired_at) ${rows(sql`${values}, ${now}`)}
      on conflict (run_id, automation_id, what) do update set fired_at = excluded.fired_at
        where run_firings.fired_at <= ${now} - ${sql.lit(FIRED_FOR_MS)}
      returning automation_id, run_id, what`
  },
)

/** Forgets, of those that count no more, at most `limit`; how many there were. */
export async function deleteOldFirings(tx: Tx, input: { nowMs: number; limit: number }): Promise<number> {
  const old = tx
    .selectFrom('run_firings')
    .select(['run_id', 'automation_id', 'what'])
    .where('fired_at', '<=', input.nowMs - FIRED_FOR_MS)
    .orderBy('fired_at')
    .limit(input.limit)
  const { numDeletedRows } = await tx
    .deleteFrom('run_firings')
    .where(({ eb, refTuple }) =>
      eb(refTuple('run_id', 'automation_id', 'what'), 'in', old.$asTuple('run_id', 'automation_id', 'what')),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}
