import { type RawBuilder, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { TYPE_PREFIX_OF_CLIENT, TYPES_MADE_BY_CLIENT } from './ttl.ts'

/**
 * A version is kept, however old, while it is linked into a registry or the client's model registry, or while an alias
 * other than `latest`, which the newest gets unasked, points to it anywhere. `a`: the artifact.
 */
const IS_FREE = sql`
  not exists (
    select 1 from memberships m join aliases al on al.membership_id = m.id
    where m.artifact_id = a.id and al.alias <> 'latest'
  )
  and not exists (
    select 1 from memberships m
      join collections lc on lc.id = m.collection_id
      join projects lp on lp.id = lc.project_id
    where m.artifact_id = a.id and (lp.is_registry = 1 or lp.name = 'model-registry')
  )
  and not exists (
    select 1 from artifact_types t
    where t.id = a.type_id
      and (t.name in (${sql.join(TYPES_MADE_BY_CLIENT.map((type) => sql.lit(type)))})
        or t.name like ${sql.lit(`${TYPE_PREFIX_OF_CLIENT}%`)})
  )`

function expired(createdAt: RawBuilder<unknown>, seconds: RawBuilder<unknown>, now: number): RawBuilder<unknown> {
  return sql`${createdAt} + ${seconds} * 1000 <= ${now}`
}

type At = { now: number; limit: number }

/** Versions whose own time to live has run out, found by index; fewer than `limit`: there are no more. */
export async function selectExpiredByThemselves(db: Reader, { now, limit }: At): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select a.id from artifacts a
    where a.state = 'COMMITTED' and a.ttl_seconds > 0
      and ${expired(sql`a.created_at`, sql`a.ttl_seconds`, now)} and ${IS_FREE}
    limit ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}

/** The same of the time that their collection, its entity or that entity's organization gives them. */
export async function selectExpiredByRule(db: Reader, { now, limit }: At): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with ruled as (
      select c.id, c.artifact_ttl_seconds as seconds from collections c where c.artifact_ttl_seconds > 0
      union all
      select c.id, e.artifact_ttl_seconds from entities e
        join projects p on p.entity_id = e.id
        join collections c on c.project_id = p.id
      where e.artifact_ttl_seconds > 0 and c.artifact_ttl_seconds is null
      union all
      select c.id, o.artifact_ttl_seconds from entities o
        join entities e on e.organization_id = o.id
        join projects p on p.entity_id = e.id
        join collections c on c.project_id = p.id
      where o.artifact_ttl_seconds > 0 and e.artifact_ttl_seconds is null and c.artifact_ttl_seconds is null
    )
    select a.id from ruled join artifacts a on a.sequence_id = ruled.id
    where a.state = 'COMMITTED' and a.ttl_seconds is null and a.created_at <= ${now} - ruled.seconds * 1000
      and ${IS_FREE}
    limit ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}

/** Those of these artifacts that are expired and free; to be asked while they and their collections are locked. */
export async function selectStillExpired(
  tx: Tx,
  engine: Engine,
  { ids, now }: { ids: readonly number[]; now: number },
): Promise<{ id: number; seconds: number; createdAt: number }[]> {
  if (ids.length === 0) return []
  const seconds = sql`coalesce(a.ttl_seconds, c.artifact_ttl_seconds, e.artifact_ttl_seconds, o.artifact_ttl_seconds)`
  const { rows } = await sql<{ id: number; seconds: number; created_at: number }>`
    select a.id, ${seconds} as seconds, a.created_at from artifacts a
      join collections c on c.id = a.sequence_id
      join projects p on p.id = c.project_id
      join entities e on e.id = p.entity_id
      left join entities o on o.id = e.organization_id
    where ${engine.isOneOf('a.id', ids, 'bigint')} and a.state = 'COMMITTED'
      and ${seconds} > 0 and ${expired(sql`a.created_at`, seconds, now)} and ${IS_FREE}
    order by a.id`.execute(tx)
  return rows.map((row) => ({ id: row.id, seconds: row.seconds, createdAt: row.created_at }))
}

/** Locks those of these versions that no other process is at; they stay as they are until the transaction ends. */
export async function lockFreeVersions(tx: Tx, engine: Engine, ids: readonly number[]): Promise<number[]> {
  const rows = await tx
    .selectFrom('artifacts')
    .select('id')
    .where('id', 'in', ids)
    .where('state', '=', 'COMMITTED')
    .orderBy('id')
    .$if(engine.rowLocks, (query) => query.forUpdate().skipLocked())
    .execute()
  return rows.map(({ id }) => id)
}

export async function updateCollectionTtl(tx: Tx, input: { id: number; seconds: number | null }): Promise<void> {
  await tx.updateTable('collections').set({ artifact_ttl_seconds: input.seconds }).where('id', '=', input.id).execute()
}

export async function updateEntityTtl(tx: Tx, input: { id: number; seconds: number | null }): Promise<void> {
  await tx.updateTable('entities').set({ artifact_ttl_seconds: input.seconds }).where('id', '=', input.id).execute()
}

export async function selectEntityTtl(db: Reader | Tx, id: number): Promise<number | null> {
  const row = await db
    .selectFrom('entities')
    .select('artifact_ttl_seconds')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return row.artifact_ttl_seconds
}
