import type { Reader, Tx } from '../database/database.ts'
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
