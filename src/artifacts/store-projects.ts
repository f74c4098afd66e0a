import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { statement } from '../database/statement.ts'
import type { PageRequest, ProjectAccess, VisiblePlaces } from './types.ts'

export function projects(db: Reader | Tx) {
  return db
    .selectFrom('projects')
    .innerJoin('entities', 'entities.id', 'projects.entity_id')
    .select([
      'projects.id',
      'projects.entity_id',
      'projects.name',
      'projects.description',
      'projects.access',
      'projects.is_registry',
      'projects.allow_all_types',
      'projects.created_by',
      'projects.created_at',
      'projects.updated_at',
      'entities.name as entity',
      'entities.kind as entity_kind',
    ])
    .where('entities.deleted_at', 'is', null)
    .where('projects.deleted_at', 'is', null)
}

export type ProjectRecord = Awaited<ReturnType<typeof selectProjects>>[number]

export async function selectProjects(db: Reader | Tx, ids: readonly number[]) {
  return ids.length === 0 ? [] : selectProjectsByIds(db, { ids })
}

const selectProjectsByIds = statement((db, input: { ids: readonly number[] }, engine) =>
  projects(db).where(engine.isOneOf('projects.id', input.ids, 'bigint')),
)

export async function selectProjectByName(
  db: Reader | Tx,
  input: { entity: string; project: string },
): Promise<ProjectRecord | undefined> {
  const [found] = await selectProjectsNamed(db, input)
  return found
}

const selectProjectsNamed = statement((db, input: { entity: string; project: string }) =>
  projects(db).where('entities.name', '=', input.entity).where('projects.name', '=', input.project),
)

/** By name, one more than the page asks for. */
export async function selectProjectsOfEntity(
  db: Reader,
  input: { entityId: number; registriesOnly: boolean; hiddenProjectIds: readonly number[] },
  page: PageRequest,
): Promise<ProjectRecord[]> {
  return projects(db)
    .where('projects.entity_id', '=', input.entityId)
    .$if(input.registriesOnly, (query) => query.where('projects.is_registry', '=', 1))
    .$if(input.hiddenProjectIds.length > 0, (query) => query.where('projects.id', 'not in', input.hiddenProjectIds))
    .$if(page.after !== undefined, (query) => query.where('projects.name', '>', String(page.after)))
    .orderBy('projects.name')
    .limit(page.limit + 1)
    .execute()
}

/** Of each of these projects that has any: how many collections that ever had a version, and the newest change of one. */
export async function countByProject(
  db: Reader,
  projectIds: readonly number[],
): Promise<{ project_id: number; collections: number; changed_at: number }[]> {
  if (projectIds.length === 0) return []
  return db
    .selectFrom('collections')
    .select(({ fn }) => [
      'project_id',
      fn.count<number>('id').as('collections'),
      fn.max<number>('updated_at').as('changed_at'),
    ])
    .where('project_id', 'in', projectIds)
    .where('next_version', '>', 0)
    .groupBy('project_id')
    .execute()
}

/** By id, one more than the page asks for. */
export async function selectProjectsOfEntities(
  db: Reader,
  { entityIds, hiddenProjectIds }: VisiblePlaces,
  page: PageRequest,
): Promise<ProjectRecord[]> {
  if (entityIds.length === 0) return []
  return projects(db)
    .$if(entityIds !== 'all', (query) => query.where('projects.entity_id', 'in', entityIds as readonly number[]))
    .$if(hiddenProjectIds.length > 0, (query) => query.where('projects.id', 'not in', hiddenProjectIds))
    .$if(page.after !== undefined, (query) => query.where('projects.id', '>', Number(page.after)))
    .orderBy('projects.id')
    .limit(page.limit + 1)
    .execute()
}

/** Whether the row is new: `false` when the entity had a project of this name. */
export async function insertProject(
  tx: Tx,
  input: {
    entityId: number
    name: string
    description: string | null
    access: ProjectAccess
    isRegistry: boolean
    allowAllTypes: boolean
    userId: number
    now: number
  },
): Promise<boolean> {
  const inserted = await tx
    .insertInto('projects')
    .values({
      entity_id: input.entityId,
      name: input.name,
      description: input.description,
      access: input.access,
      is_registry: input.isRegistry ? 1 : 0,
      allow_all_types: input.allowAllTypes ? 1 : 0,
      created_by: input.userId,
      created_at: input.now,
      updated_at: input.now,
    })
    .onConflict((conflict) => conflict.columns(['entity_id', 'name']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function updateProject(
  tx: Tx,
  input: {
    id: number
    description: string | null
    access: ProjectAccess
    allowAllTypes: boolean
    now: number
  },
): Promise<void> {
  await tx
    .updateTable('projects')
    .set({
      description: input.description,
      access: input.access,
      allow_all_types: input.allowAllTypes ? 1 : 0,
      updated_at: input.now,
    })
    .where('id', '=', input.id)
    .execute()
}

/** Keeps everybody else from making or renaming a collection in the project until the transaction ends. */
export async function lockProject(tx: Tx, engine: Engine, id: number): Promise<void> {
  await tx
    .selectFrom('projects')
    .select('id')
    .where('id', '=', id)
    .$if(engine.rowLocks, (query) => query.forUpdate())
    .execute()
}

/** The sum of the sizes of all committed artifacts of each entity; entities without any are absent. */
export async function selectSizesOfEntities(db: Reader, entityIds: readonly number[]) {
  return db
    .selectFrom('artifacts')
    .innerJoin('projects', 'projects.id', 'artifacts.project_id')
    .select((eb) => ['projects.entity_id', eb.fn.sum<number>('artifacts.size').as('size')])
    .where('projects.entity_id', 'in', entityIds)
    .where('artifacts.state', '=', 'COMMITTED')
    .groupBy('projects.entity_id')
    .execute()
}
