import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { statement } from '../database/statement.ts'
import { IS_SHOWN } from './store-collections.ts'
import type { PageRequest } from './types.ts'

export async function selectArtifactType(db: Reader | Tx, input: { projectId: number; name: string }) {
  const [found] = await selectArtifactTypesNamed(db, input)
  return found
}

const selectArtifactTypesNamed = statement((db, input: { projectId: number; name: string }) =>
  artifactTypes(db).where('project_id', '=', input.projectId).where('name', '=', input.name),
)

function artifactTypes(db: Reader | Tx) {
  return db.selectFrom('artifact_types').select(['id', 'project_id', 'name', 'description', 'created_at'])
}

/** The same, kept from being taken away until the transaction ends. */
export async function lockArtifactType(tx: Tx, engine: Engine, input: { projectId: number; name: string }) {
  return tx
    .selectFrom('artifact_types')
    .select('id')
    .where('project_id', '=', input.projectId)
    .where('name', '=', input.name)
    .$if(engine.rowLocks, (query) => query.forKeyShare())
    .executeTakeFirst()
}

/** The types of the project but these, kept from being used anew until the transaction ends. */
export async function lockOtherArtifactTypes(
  tx: Tx,
  engine: Engine,
  input: { projectId: number; kept: readonly string[] },
): Promise<{ id: number }[]> {
  return tx
    .selectFrom('artifact_types')
    .select('id')
    .where('project_id', '=', input.projectId)
    .where('name', 'not in', input.kept)
    .orderBy('id')
    .$if(engine.rowLocks, (query) => query.forUpdate())
    .execute()
}

/** The names of those that a collection is of, by name. */
export async function selectTypesInUse(tx: Tx, ids: readonly number[]): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await tx
    .selectFrom('artifact_types as t')
    .select('t.name')
    .where('t.id', 'in', ids)
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('collections as c').select('c.id').whereRef('c.type_id', '=', 't.id')),
    )
    .orderBy('t.name')
    .execute()
  return rows.map(({ name }) => name)
}

export async function deleteArtifactTypes(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await tx.deleteFrom('artifact_types').where('id', 'in', ids).execute()
}

export async function selectArtifactTypesByIds(db: Reader, ids: readonly number[]) {
  return selectArtifactTypesWithIds(db, { ids })
}

const selectArtifactTypesWithIds = statement((db, input: { ids: readonly number[] }, engine) =>
  artifactTypes(db).where(engine.isOneOf('id', input.ids, 'bigint')),
)

/** By name, one more than the page asks for. */
export async function selectArtifactTypes(db: Reader, projectId: number, page: PageRequest) {
  return artifactTypes(db)
    .where('project_id', '=', projectId)
    .$if(page.after !== undefined, (query) => query.where('name', '>', String(page.after)))
    .orderBy('name')
    .limit(page.limit + 1)
    .execute()
}

/** Of each of these types: how many collections that ever had a version, and how many versions in them. */
export async function countByType(
  db: Reader,
  typeIds: readonly number[],
): Promise<{ type_id: number; collections: number; versions: number }[]> {
  if (typeIds.length === 0) return []
  return db
    .selectFrom('collections')
    .leftJoin('memberships', 'memberships.collection_id', 'collections.id')
    .select(({ fn }) => [
      'collections.type_id',
      fn.count<number>('collections.id').distinct().as('collections'),
      fn.count<number>('memberships.id').as('versions'),
    ])
    .where('collections.type_id', 'in', typeIds)
    .where(IS_SHOWN)
    .groupBy('collections.type_id')
    .execute()
}

/** Adds those that are missing. */
export async function insertArtifactTypes(
  tx: Tx,
  input: { projectId: number; names: readonly string[]; now: number },
): Promise<void> {
  if (input.names.length === 0) return
  await tx
    .insertInto('artifact_types')
    .values(
      input.names.map((name) => ({ project_id: input.projectId, name, description: null, created_at: input.now })),
    )
    .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
    .execute()
}
