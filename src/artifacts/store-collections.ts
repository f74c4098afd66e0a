import { type SqlBool, sql } from 'kysely'
import { containsCaseless } from '../database/caseless.ts'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { statement } from '../database/statement.ts'
import { type ListOrder, readOrderKey } from './list-order.ts'
import type { CollectionKind, PageRequest } from './types.ts'

export function collections(db: Reader | Tx) {
  return db
    .selectFrom('collections')
    .innerJoin('artifact_types', 'artifact_types.id', 'collections.type_id')
    .innerJoin('projects', 'projects.id', 'collections.project_id')
    .innerJoin('entities', 'entities.id', 'projects.entity_id')
    .select([
      'collections.id',
      'collections.public_id',
      'collections.kind',
      'collections.name',
      'collections.description',
      'collections.type_id',
      'collections.client_id',
      'collections.next_version',
      'collections.is_declared',
      'collections.artifact_ttl_seconds',
      'collections.created_by',
      'collections.created_at',
      'collections.updated_at',
      'artifact_types.name as type',
      'projects.id as project_id',
      'projects.name as project',
      'projects.is_registry',
      'entities.id as entity_id',
      'entities.name as entity',
      'entities.kind as entity_kind',
      'entities.organization_id',
    ])
}

/** A collection without a version is nobody's to see, unless somebody made it by itself: a run may just be logging there. */
export const IS_SHOWN = sql<SqlBool>`(collections.next_version > 0 or collections.is_declared = 1)`

export function isShown(record: { next_version: number; is_declared: number }): boolean {
  return record.next_version > 0 || record.is_declared === 1
}

export type CollectionRecord = Awaited<ReturnType<typeof selectCollections>>[number]

export async function selectCollections(db: Reader | Tx, ids: readonly number[]) {
  return ids.length === 0 ? [] : selectCollectionsByIds(db, { ids })
}

const selectCollectionsByIds = statement((db, input: { ids: readonly number[] }, engine) =>
  collections(db).where(engine.isOneOf('collections.id', input.ids, 'bigint')),
)

/** The collection of this path; none, or one. */
export const selectCollectionByPath = statement((db, path: { entity: string; project: string; collection: string }) =>
  collections(db)
    .where('entities.name', '=', path.entity)
    .where('projects.name', '=', path.project)
    .where('collections.name', '=', path.collection),
)

export async function selectCollectionByName(
  db: Reader | Tx,
  input: { projectId: number; name: string },
): Promise<CollectionRecord | undefined> {
  const [found] = await selectCollectionsNamed(db, input)
  return found
}

const selectCollectionsNamed = statement((db, input: { projectId: number; name: string }) =>
  collections(db).where('collections.project_id', '=', input.projectId).where('collections.name', '=', input.name),
)

/** Those that exist, in no order. */
export async function selectCollectionsByPaths(
  db: Reader | Tx,
  paths: readonly { entity: string; project: string; collection: string }[],
): Promise<CollectionRecord[]> {
  if (paths.length === 0) return []
  return collections(db)
    .where(({ eb, and, or }) =>
      or(
        paths.map((path) =>
          and([
            eb('entities.name', '=', path.entity),
            eb('projects.name', '=', path.project),
            eb('collections.name', '=', path.collection),
          ]),
        ),
      ),
    )
    .execute()
}

/**
 * The collections, with their rows locked until the transaction ends, in the order of their ids, which keeps two changes
 * to several collections from waiting for each other. One that is gone is missing from the answer.
 */
export async function lockCollections(tx: Tx, ids: readonly number[]): Promise<Map<number, CollectionRecord>> {
  if (ids.length === 0) return new Map()
  const records = await selectCollectionsLocked(tx, { ids })
  return new Map(records.map((record) => [record.id, record]))
}

const selectCollectionsLocked = statement((tx, input: { ids: readonly number[] }, engine) =>
  collections(tx)
    .where(engine.isOneOf('collections.id', input.ids, 'bigint'))
    .orderBy('collections.id')
    .$if(engine.rowLocks, (query) => query.forUpdate('collections')),
)

export type CollectionFilter = {
  projectId: number
  type?: string | undefined
  kind?: CollectionKind | undefined
  /** A part of the name, whatever the case of its letters. */
  text?: string | undefined
}

export type CollectionOrder = ListOrder<'name' | 'created' | 'updated'>

const ORDER_COLUMNS = {
  name: sql<string | number>`collections.name`,
  created: sql<string | number>`collections.created_at`,
  updated: sql<string | number>`collections.updated_at`,
}

/** Those that are shown, one more than the page asks for, each with the value that it is ordered by. */
export async function selectCollectionsOfProject(
  db: Reader,
  engine: Engine,
  filter: CollectionFilter,
  order: CollectionOrder,
  page: PageRequest,
): Promise<(CollectionRecord & { ordered_by: string | number })[]> {
  const orderedBy = ORDER_COLUMNS[order.field]
  return collections(db)
    .select(orderedBy.as('ordered_by'))
    .$if(filter.text !== undefined, (query) =>
      query.where(containsCaseless(engine, sql`collections.name`, filter.text as string)),
    )
    .where('collections.project_id', '=', filter.projectId)
    .where(IS_SHOWN)
    .$if(filter.type !== undefined, (query) => query.where('artifact_types.name', '=', filter.type as string))
    .$if(filter.kind !== undefined, (query) => query.where('collections.kind', '=', filter.kind as CollectionKind))
    .$if(page.after !== undefined, (query) => {
      const last = readOrderKey(order, page.after as string)
      const behind = sql.raw(order.direction === 'asc' ? '>' : '<')
      return query.where(sql<boolean>`(${orderedBy}, collections.id) ${behind} (${last.value}, ${last.id})`)
    })
    .orderBy(orderedBy, order.direction)
    .orderBy('collections.id', order.direction)
    .limit(page.limit + 1)
    .execute()
}

/** Which of these entities have had a version in a collection that is not hidden. */
export async function selectEntitiesWithVersions(
  db: Reader,
  input: { entityIds: readonly number[]; hiddenProjectIds: readonly number[] },
): Promise<number[]> {
  const { hiddenProjectIds } = input
  const rows = await db
    .selectFrom('entities')
    .select('entities.id')
    .where('entities.id', 'in', input.entityIds)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('projects')
          .innerJoin('collections', 'collections.project_id', 'projects.id')
          .select('collections.id')
          .whereRef('projects.entity_id', '=', 'entities.id')
          .where('collections.next_version', '>', 0)
          .$if(hiddenProjectIds.length > 0, (query) => query.where('projects.id', 'not in', hiddenProjectIds)),
      ),
    )
    .execute()
  return rows.map(({ id }) => id)
}

export async function countCollectionsOfProject(db: Reader, filter: CollectionFilter): Promise<number> {
  const { count } = await db
    .selectFrom('collections')
    .innerJoin('artifact_types', 'artifact_types.id', 'collections.type_id')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('collections.project_id', '=', filter.projectId)
    .where(IS_SHOWN)
    .$if(filter.type !== undefined, (query) => query.where('artifact_types.name', '=', filter.type as string))
    .$if(filter.kind !== undefined, (query) => query.where('collections.kind', '=', filter.kind as CollectionKind))
    .executeTakeFirstOrThrow()
  return count
}

/** Nothing happens when the project has a collection of this name. */
export async function insertCollection(
  tx: Tx,
  input: {
    publicId: string
    projectId: number
    typeId: number
    kind: CollectionKind
    name: string
    clientId: string | null
    userId: number
    now: number
  },
): Promise<void> {
  await tx
    .insertInto('collections')
    .values({
      public_id: input.publicId,
      project_id: input.projectId,
      type_id: input.typeId,
      kind: input.kind,
      name: input.name,
      description: null,
      client_id: input.clientId,
      created_by: input.userId,
      created_at: input.now,
      updated_at: input.now,
    })
    .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
    .execute()
}

/** Shows a locked collection that never had a version. */
export async function declareCollection(
  tx: Tx,
  input: { id: number; typeId: number; description: string | null; now: number },
): Promise<void> {
  await tx
    .updateTable('collections')
    .set({ is_declared: 1, type_id: input.typeId, description: input.description, updated_at: input.now })
    .where('id', '=', input.id)
    .execute()
}

/** Takes the next number of a locked collection. */
export async function takeNextVersion(tx: Tx, input: { collectionId: number; now: number }): Promise<number> {
  const [row] = await raiseNextVersion(tx, input)
  return row!.next_version - 1
}

const raiseNextVersion = statement((tx, input: { collectionId: number; now: number }) =>
  tx
    .updateTable('collections')
    .set({ next_version: sql`next_version + 1`, updated_at: input.now })
    .where('id', '=', input.collectionId)
    .returning('next_version'),
)

/**
 * Takes a number of the caller's choice, which must not have been given or passed over before; whether that was so. A
 * collection is not younger than a version in it.
 */
export async function takeVersion(
  tx: Tx,
  input: { collectionId: number; version: number; createdAt: number; now: number },
): Promise<boolean> {
  const row = await tx
    .updateTable('collections')
    .set((set) => ({
      next_version: input.version + 1,
      created_at: set
        .case()
        .when('created_at', '>', input.createdAt)
        .then(input.createdAt)
        .else(set.ref('created_at'))
        .end(),
      updated_at: input.now,
    }))
    .where('id', '=', input.collectionId)
    .where('next_version', '<=', input.version)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function updateCollectionRow(
  tx: Tx,
  input: { id: number; name: string; description: string | null; typeId: number; now: number },
): Promise<void> {
  await tx
    .updateTable('collections')
    .set({ name: input.name, description: input.description, type_id: input.typeId, updated_at: input.now })
    .where('id', '=', input.id)
    .execute()
}

export const setClientId = statement((tx, input: { id: number; clientId: string }) =>
  tx
    .updateTable('collections')
    .set({ client_id: input.clientId })
    .where('id', '=', input.id)
    .where('client_id', 'is', null),
)

/** A portfolio that holds a version of this sequence, if any. */
export async function selectLinkedCollection(tx: Tx, sequenceId: number): Promise<{ id: number } | undefined> {
  return tx
    .selectFrom('artifacts')
    .innerJoin('memberships', 'memberships.artifact_id', 'artifacts.id')
    .select('memberships.collection_id as id')
    .where('artifacts.sequence_id', '=', sequenceId)
    .where('artifacts.state', '=', 'COMMITTED')
    .where('memberships.collection_id', '<>', sequenceId)
    .limit(1)
    .executeTakeFirst()
}

export async function moveArtifactsToType(
  tx: Tx,
  input: { sequenceId: number; typeId: number; now: number },
): Promise<void> {
  await tx
    .updateTable('artifacts')
    .set({ type_id: input.typeId, updated_at: input.now })
    .where('sequence_id', '=', input.sequenceId)
    .execute()
}

/** How many versions each of these collections has. */
export async function countVersionsOfCollections(db: Reader, collectionIds: readonly number[]) {
  if (collectionIds.length === 0) return []
  return db
    .selectFrom('memberships')
    .select((select) => ['collection_id', select.fn.countAll<number>().as('count')])
    .where('collection_id', 'in', collectionIds)
    .groupBy('collection_id')
    .execute()
}
