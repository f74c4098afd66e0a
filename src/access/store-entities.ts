import { type Selectable, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { EntityRow } from '../database/schema.ts'
import { statement } from '../database/statement.ts'

export type Entity = Selectable<EntityRow>

function entities(db: Reader | Tx) {
  return db
    .selectFrom('entities')
    .select([
      'id',
      'name',
      'kind',
      'display_name',
      'organization_id',
      'created_at',
      'deleted_at',
      'artifact_ttl_seconds',
    ])
    .where('deleted_at', 'is', null)
}

export async function findEntityByName(db: Reader | Tx, name: string): Promise<Entity | undefined> {
  const [found] = await selectEntityNamed(db, { name })
  return found
}

const selectEntityNamed = statement((db, input: { name: string }) => entities(db).where('name', '=', input.name))

export async function findEntityById(db: Reader | Tx, id: number): Promise<Entity | undefined> {
  const [found] = await findEntitiesByIds(db, [id])
  return found
}

export async function findEntitiesByIds(db: Reader | Tx, ids: readonly number[]): Promise<Entity[]> {
  return ids.length === 0 ? [] : selectEntitiesByIds(db, { ids })
}

const selectEntitiesByIds = statement((db, input: { ids: readonly number[] }, engine) =>
  entities(db).where(engine.isOneOf('id', input.ids, 'bigint')),
)

/** The new entity's id; `undefined` when the name is taken, also by one that differs in case or was deleted. */
export async function insertEntity(
  tx: Tx,
  row: Pick<Entity, 'name' | 'kind' | 'display_name' | 'organization_id' | 'created_at'>,
): Promise<number | undefined> {
  const inserted = await tx
    .insertInto('entities')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted?.id
}

/** Teams or organizations in order of name, after `after`; those of one organization, or all with these ids. */
export async function listEntities(
  db: Reader,
  input: {
    kind: 'team' | 'organization'
    organizationId?: number | undefined
    ids: readonly number[] | 'all'
    after: string | undefined
    limit: number
  },
) {
  const { organizationId, ids, after } = input
  if (ids !== 'all' && ids.length === 0) return []
  return db
    .selectFrom('entities')
    .leftJoin('entities as organization', 'organization.id', 'entities.organization_id')
    .selectAll('entities')
    .select('organization.name as organization')
    .where('entities.kind', '=', input.kind)
    .where('entities.deleted_at', 'is', null)
    .$if(organizationId !== undefined, (query) =>
      query.where('entities.organization_id', '=', organizationId as number),
    )
    .$if(ids !== 'all', (query) => query.where('entities.id', 'in', ids as number[]))
    .$if(after !== undefined, (query) => query.where('entities.name', '>', after as string))
    .orderBy('entities.name')
    .limit(input.limit)
    .execute()
}

/** How many things still belong to an entity and keep it from being deleted. */
export async function countContents(
  tx: Tx,
  entityId: number,
): Promise<Record<'projects' | 'webhooks' | 'automations' | 'secrets' | 'teams', number>> {
  const count = (table: 'projects' | 'webhooks' | 'automations' | 'secrets') =>
    tx
      .selectFrom(table)
      .select((select) => select.fn.countAll<number>().as('n'))
      .where('entity_id', '=', entityId)
  const teams = tx
    .selectFrom('entities')
    .select((select) => select.fn.countAll<number>().as('n'))
    .where('organization_id', '=', entityId)
  const counts = await tx
    .selectNoFrom([
      count('projects').where('deleted_at', 'is', null).as('projects'),
      count('webhooks').where('deleted_at', 'is', null).as('webhooks'),
      count('automations').where('deleted_at', 'is', null).as('automations'),
      count('secrets').as('secrets'),
      teams.where('deleted_at', 'is', null).as('teams'),
    ])
    .executeTakeFirstOrThrow()
  return {
    projects: counts.projects ?? 0,
    webhooks: counts.webhooks ?? 0,
    automations: counts.automations ?? 0,
    secrets: counts.secrets ?? 0,
    teams: counts.teams ?? 0,
  }
}

export async function markEntityDeleted(tx: Tx, input: { id: number; now: number }): Promise<void> {
  await tx.updateTable('entities').set({ deleted_at: input.now }).where('id', '=', input.id).execute()
  await tx.deleteFrom('members').where('entity_id', '=', input.id).execute()
}

/** Those of these names that somebody has or had, in lower case. */
export async function findTakenNames(tx: Tx, names: readonly string[]): Promise<Set<string>> {
  const lower = names.map((name) => name.toLowerCase())
  const rows = await tx
    .selectFrom('entities')
    .select(sql<string>`lower(name)`.as('name'))
    .where(sql<string>`lower(name)`, 'in', lower)
    .execute()
  return new Set(rows.map(({ name }) => name))
}
