import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { type FieldSources, filterCondition } from '../database/list-condition.ts'
import { statement } from '../database/statement.ts'
import { type ListOrder, readOrderKey } from './list-order.ts'
import type {
  CollectionField,
  CollectionFilter,
  ProjectField,
  ProjectFilter,
  RowOrder,
  VersionField,
  VersionFilter,
  VersionOrder,
} from './listings.ts'
import { collections, IS_SHOWN } from './store-collections.ts'
import { projects } from './store-projects.ts'
import { countVersionsOfCollection, memberships } from './store-versions.ts'
import type { CollectionKind, PageRequest } from './types.ts'

/** The registries of an organization, as far as the caller sees them, or those that a filter takes. */
export type RegistriesOf = {
  organizationId: number
  hiddenProjectIds: readonly number[]
  filter: ProjectFilter | undefined
}

const PROJECT_SOURCES: FieldSources<ProjectField> = {
  id: { column: sql.ref('projects.id') },
  name: { column: sql.ref('projects.name') },
  entity: { column: sql.ref('projects.entity_id') },
  description: { column: sql.ref('projects.description') },
  created: { column: sql.ref('projects.created_at') },
  updated: { column: sql.ref('projects.updated_at') },
}

const COLLECTION_SOURCES: FieldSources<CollectionField> = {
  id: { column: sql.ref('collections.id') },
  name: { column: sql.ref('collections.name') },
  tag: {
    rows: sql`from collection_tags as filtered_tag where filtered_tag.collection_id = collections.id`,
    column: sql.ref('filtered_tag.tag'),
  },
  description: { column: sql.ref('collections.description') },
  created: { column: sql.ref('collections.created_at') },
  updated: { column: sql.ref('collections.updated_at') },
}

const VERSION_SOURCES: FieldSources<VersionField> = {
  id: { column: sql.ref('artifacts.id') },
  version: { column: sql.ref('memberships.version') },
  tag: {
    rows: sql`from artifact_tags as filtered_tag where filtered_tag.artifact_id = memberships.artifact_id`,
    column: sql.ref('filtered_tag.tag'),
  },
  alias: {
    rows: sql`from aliases as filtered_alias where filtered_alias.membership_id = memberships.id`,
    column: sql.ref('filtered_alias.alias'),
  },
  metadata: { json: sql.ref('artifacts.metadata') },
  // Nothing else is in a collection.
  state: { column: sql.lit('COMMITTED') },
  created: { column: sql.ref('artifacts.created_at') },
  updated: { column: sql.ref('artifacts.updated_at') },
  size: { column: sql.ref('artifacts.size') },
}

const PROJECT_ORDER = rowOrder('projects')
const COLLECTION_ORDER = rowOrder('collections')

function rowOrder(table: 'projects' | 'collections'): Record<RowOrder, RawBuilder<unknown>> {
  return {
    id: sql.ref(`${table}.id`),
    name: sql.ref(`${table}.name`),
    created: sql.ref(`${table}.created_at`),
    updated: sql.ref(`${table}.updated_at`),
  }
}

const VERSION_ORDER: Record<VersionOrder, RawBuilder<unknown>> = {
  version: sql.ref('memberships.version'),
  created: sql.ref('artifacts.created_at'),
  updated: sql.ref('artifacts.updated_at'),
  size: sql.ref('artifacts.size'),
  linked: sql.ref('memberships.created_at'),
}

/** Of an entity, one more than the page asks for. */
export async function selectProjectsInOrder(
  db: Reader,
  engine: Engine,
  input: {
    entityId: number
    registriesOnly: boolean
    hiddenProjectIds: readonly number[]
    filter: ProjectFilter | undefined
    order: ListOrder<RowOrder>
  },
  page: PageRequest,
) {
  const conditions = [
    sql<SqlBool>`projects.entity_id = ${input.entityId}`,
    ...(input.registriesOnly ? [sql<SqlBool>`projects.is_registry = 1`] : []),
    ...notAmong(input.hiddenProjectIds),
    ...filtered(input.filter, PROJECT_SOURCES, engine),
  ]
  const ordered = PROJECT_ORDER[input.order.field]
  return projects(db)
    .select(ordered.$castTo<string | number>().as('ordered_by'))
    .where(allOf([...conditions, ...behind(input.order, ordered, sql.ref('projects.id'), page)]))
    .orderBy(ordered, input.order.direction)
    .orderBy('projects.id', input.order.direction)
    .limit(page.limit + 1)
    .execute()
}

export type CollectionsWanted = {
  place: { projectId: number } | { registries: RegistriesOf }
  type: string | undefined
  kinds: readonly CollectionKind[] | undefined
  filter: CollectionFilter | undefined
}

/** Those that are shown, one more than the page asks for. */
export async function selectCollectionsInOrder(
  db: Reader,
  engine: Engine,
  input: CollectionsWanted & { order: ListOrder<RowOrder> },
  page: PageRequest,
) {
  const ordered = COLLECTION_ORDER[input.order.field]
  return collections(db)
    .select(ordered.$castTo<string | number>().as('ordered_by'))
    .where(collectionConditions(input, engine))
    .where(allOf(behind(input.order, ordered, sql.ref('collections.id'), page)))
    .orderBy(ordered, input.order.direction)
    .orderBy('collections.id', input.order.direction)
    .limit(page.limit + 1)
    .execute()
}

export async function countCollectionsWanted(db: Reader, engine: Engine, input: CollectionsWanted): Promise<number> {
  const { count } = await collections(db)
    .clearSelect()
    .select((select) => select.fn.countAll<number>().as('count'))
    .where(collectionConditions(input, engine))
    .executeTakeFirstOrThrow()
  return count
}

function collectionConditions(input: CollectionsWanted, engine: Engine): RawBuilder<SqlBool> {
  return allOf([
    ...('projectId' in input.place
      ? [sql<SqlBool>`collections.project_id = ${input.place.projectId}`]
      : registryConditions(input.place.registries, engine)),
    IS_SHOWN,
    ...(input.type === undefined ? [] : [sql<SqlBool>`artifact_types.name = ${input.type}`]),
    ...(input.kinds === undefined ? [] : [among(sql.ref('collections.kind'), input.kinds)]),
    ...filtered(input.filter, COLLECTION_SOURCES, engine),
  ])
}

export type VersionsWanted = {
  place: { collectionId: number } | { registries: RegistriesOf; collectionFilter: CollectionFilter | undefined }
  filter: VersionFilter | undefined
}

/** One more than the page asks for. */
export async function selectVersionsInOrder(
  db: Reader,
  engine: Engine,
  input: VersionsWanted & { order: ListOrder<VersionOrder> },
  page: PageRequest,
) {
  const ordered = VERSION_ORDER[input.order.field]
  if (isOfNewest(input)) return selectNewest(db, input.place.collectionId, input.order, page)
  return memberships(db)
    .select(ordered.$castTo<number>().as('ordered_by'))
    .where(versionConditions(input, engine))
    .where(allOf(behind(input.order, ordered, sql.ref('memberships.id'), page)))
    .orderBy(ordered, input.order.direction)
    .orderBy('memberships.id', input.order.direction)
    .limit(page.limit + 1)
    .execute()
}

type Newest = { place: { collectionId: number }; order: ListOrder<VersionOrder> }

/** What the client asks for, page by page, unless it is told otherwise. */
function isOfNewest(input: VersionsWanted & { order: ListOrder<VersionOrder> }): input is Newest & VersionsWanted {
  const { place, filter, order } = input
  return 'collectionId' in place && filter === undefined && order.field === 'version' && order.direction === 'desc'
}

async function selectNewest(db: Reader, collectionId: number, order: ListOrder<VersionOrder>, page: PageRequest) {
  const limit = page.limit + 1
  if (page.after === undefined) return selectNewestFirst(db, { collectionId, limit })
  return selectNewestBelow(db, { collectionId, limit, version: Number(readOrderKey(order, page.after).value) })
}

function newestOf(db: Reader | Tx, input: { collectionId: number; limit: number }) {
  return memberships(db)
    .select('memberships.version as ordered_by')
    .where('memberships.collection_id', '=', input.collectionId)
    .orderBy('memberships.version', 'desc')
    .limit(input.limit)
}

const selectNewestFirst = statement((db, input: { collectionId: number; limit: number }) => newestOf(db, input))

const selectNewestBelow = statement((db, input: { collectionId: number; limit: number; version: number }) =>
  newestOf(db, input).where('memberships.version', '<', input.version),
)

export async function countVersionsWanted(db: Reader, engine: Engine, input: VersionsWanted): Promise<number> {
  // The client asks with every page: of a whole collection an index alone tells.
  if ('collectionId' in input.place && input.filter === undefined) {
    return countVersionsOfCollection(db, input.place.collectionId)
  }
  const { count } = await memberships(db)
    .clearSelect()
    .select((select) => select.fn.countAll<number>().as('count'))
    .where(versionConditions(input, engine))
    .executeTakeFirstOrThrow()
  return count
}

function versionConditions(input: VersionsWanted, engine: Engine): RawBuilder<SqlBool> {
  const { place } = input
  return allOf([
    ...('collectionId' in place
      ? [sql<SqlBool>`memberships.collection_id = ${place.collectionId}`]
      : [
          ...registryConditions(place.registries, engine),
          sql<SqlBool>`collections.kind = 'PORTFOLIO'`,
          ...filtered(place.collectionFilter, COLLECTION_SOURCES, engine),
        ]),
    ...filtered(input.filter, VERSION_SOURCES, engine),
  ])
}

function registryConditions(registries: RegistriesOf, engine: Engine): RawBuilder<SqlBool>[] {
  return [
    sql<SqlBool>`projects.entity_id = ${registries.organizationId}`,
    sql<SqlBool>`projects.is_registry = 1`,
    sql<SqlBool>`projects.deleted_at is null`,
    ...notAmong(registries.hiddenProjectIds),
    ...filtered(registries.filter, PROJECT_SOURCES, engine),
  ]
}

function filtered<Field extends string>(
  filter: Parameters<typeof filterCondition<Field>>[0] | undefined,
  sources: FieldSources<Field>,
  engine: Engine,
): RawBuilder<SqlBool>[] {
  return filter === undefined ? [] : [filterCondition(filter, sources, engine)]
}

function behind(
  order: ListOrder<string>,
  ordered: RawBuilder<unknown>,
  id: RawBuilder<unknown>,
  page: PageRequest,
): RawBuilder<SqlBool>[] {
  if (page.after === undefined) return []
  const last = readOrderKey(order, page.after)
  return [sql`(${ordered}, ${id}) ${sql.raw(order.direction === 'asc' ? '>' : '<')} (${last.value}, ${last.id})`]
}

function allOf(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  return conditions.length === 0 ? sql`1 = 1` : sql`${sql.join(conditions, sql` and `)}`
}

function among(column: RawBuilder<unknown>, values: readonly string[]): RawBuilder<SqlBool> {
  return values.length === 0 ? sql`1 = 0` : sql`${column} in (${sql.join(values)})`
}

function notAmong(projectIds: readonly number[]): RawBuilder<SqlBool>[] {
  return projectIds.length === 0 ? [] : [sql`projects.id not in (${sql.join(projectIds)})`]
}
