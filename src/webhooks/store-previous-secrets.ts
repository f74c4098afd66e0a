import { type Selectable, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import type { PreviousSecretRow } from '../database/schema.ts'

export type StoredPreviousSecret = Selectable<PreviousSecretRow>

/** A value that was replaced, with how long it goes on signing from now, by the clock that all processes share. */
export type LivePreviousSecret = StoredPreviousSecret & { left_ms: number }

/**
 * The values of these secrets that were replaced and have not ended, newest first. One that has ended is never among
 * them, whether it has been deleted or not.
 */
export async function livePreviousSecrets(
  db: Reader | Tx,
  engine: Engine,
  input: { secretIds: readonly number[]; nowMs: number },
): Promise<LivePreviousSecret[]> {
  if (input.secretIds.length === 0) return []
  const now = engine.nowMs(input.nowMs)
  return db
    .selectFrom('previous_secrets')
    .selectAll()
    .select(sql<number>`ends_at - ${now}`.as('left_ms'))
    .where('secret_id', 'in', [...input.secretIds])
    .where('ends_at', '>', now)
    .orderBy('version', 'desc')
    .execute()
}

/**
 * Keep the value that is about to be replaced until `overlapMs` from now, and let none before it outlive it. Of more than
 * `countMax` the oldest end at once.
 */
export async function keepPreviousSecret(
  tx: Tx,
  engine: Engine,
  input: {
    secretId: number
    /** `undefined`: only the ends of those before it. */
    replaced: { version: number; ciphertext: string } | undefined
    overlapMs: number
    countMax: number
    nowMs: number
  },
): Promise<void> {
  const { secretId, replaced, countMax } = input
  const now = engine.nowMs(input.nowMs)
  const end = sql<number>`${now} + ${input.overlapMs}`
  await tx
    .updateTable('previous_secrets')
    .set({ ends_at: end })
    .where('secret_id', '=', secretId)
    .where('ends_at', '>', end)
    .execute()
  if (replaced !== undefined) {
    await tx
      .insertInto('previous_secrets')
      .values({ secret_id: secretId, ...replaced, ends_at: end })
      .execute()
  }
  await tx.deleteFrom('previous_secrets').where('secret_id', '=', secretId).where('ends_at', '<=', now).execute()
  const kept = tx
    .selectFrom('previous_secrets')
    .select('id')
    .where('secret_id', '=', secretId)
    .orderBy('version', 'desc')
    .limit(countMax)
  await tx.deleteFrom('previous_secrets').where('secret_id', '=', secretId).where('id', 'not in', kept).execute()
  await tx
    .updateTable('secrets')
    .set(({ selectFrom }) => ({
      previous_until: selectFrom('previous_secrets')
        .select(({ fn }) => fn.max('ends_at').as('until'))
        .where('secret_id', '=', secretId),
    }))
    .where('id', '=', secretId)
    .execute()
}

/** Resolves to the versions that were still there. */
export async function deletePreviousSecrets(tx: Tx, secretId: number): Promise<number[]> {
  const rows = await tx.deleteFrom('previous_secrets').where('secret_id', '=', secretId).returning('version').execute()
  await tx.updateTable('secrets').set({ previous_until: null }).where('id', '=', secretId).execute()
  return rows.map((row) => row.version)
}

export async function deleteEndedPreviousSecrets(tx: Tx, engine: Engine, nowMs: number): Promise<void> {
  const now = engine.nowMs(nowMs)
  await tx.deleteFrom('previous_secrets').where('ends_at', '<=', now).execute()
  await tx.updateTable('secrets').set({ previous_until: null }).where('previous_until', '<=', now).execute()
}

/** When a secret was last used and refused, as one process has seen it. */
export type NotedUse = { secretId: number; usedAt: number; refusedAt: number | null }

/** Of what is noted only that which is at least `stepMs` newer than what stands there: most of a busy secret is not. */
export async function writeSecretUse(tx: Tx, uses: readonly NotedUse[], stepMs: number): Promise<void> {
  if (uses.length === 0) return
  const values = sql.join(
    uses.map(
      (use) => sql`(cast(${use.secretId} as bigint), cast(${use.usedAt} as bigint), cast(${use.refusedAt} as bigint))`,
    ),
  )
  const step = sql`cast(${stepMs} as bigint)`
  const usedNewer = sql`noted.used_at >= coalesce(secrets.last_used_at, 0) + ${step}`
  const refusedNewer = sql`noted.refused_at >= coalesce(secrets.last_refused_at, 0) + ${step}`
  await sql`with noted (id, used_at, refused_at) as (values ${values})
    update secrets set
      last_used_at = case when ${usedNewer} then noted.used_at else secrets.last_used_at end,
      last_refused_at = case when ${refusedNewer} then noted.refused_at else secrets.last_refused_at end
    from noted where secrets.id = noted.id and (${usedNewer} or ${refusedNewer})`.execute(tx)
}
