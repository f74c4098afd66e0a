import { type Caller, hiddenProjectIds, may, mayIn, rightsPlace } from '../access/rights.ts'
import type { World } from '../world.ts'
import { parseListFilter } from './list-filter.ts'
import { type ListOrder, orderKey, parseListOrder } from './list-order.ts'
import {
  BY_NAME,
  COLLECTION_FILTERS,
  NEWEST_FIRST,
  NEWEST_LINK_FIRST,
  NEWEST_VERSION_FIRST,
  PROJECT_FILTERS,
  ROW_ORDERS,
  type RowOrder,
  VERSION_FILTERS,
  VERSION_ORDERS,
  versionFilterOf,
} from './listings.ts'
import { projectView } from './operations-projects.ts'
import { collectionView, membershipView } from './operations-views.ts'
import { cutPage } from './page.ts'
import { selectCollections, selectEntitiesWithVersions } from './store-collections.ts'
import {
  type CollectionsWanted,
  countCollectionsWanted,
  countVersionsWanted,
  type RegistriesOf,
  selectCollectionsInOrder,
  selectProjectsInOrder,
  selectVersionsInOrder,
  type VersionsWanted,
} from './store-listings.ts'
import { selectProjects } from './store-projects.ts'
import type { CollectionKind, CollectionView, MembershipView, Page, PageRequest, ProjectView } from './types.ts'

// Lists as clients ask for them, with filters and an order in their own words: each throws Refusal `invalid_request`,
// `not_supported` or `cursor_invalid` for what it cannot read. Of what the caller may not see they are empty.

const NOTHING = { items: [], nextKey: undefined }

/** A list and how many items it has on all its pages. */
export type Listing<Item> = { page: Page<Item>; count(): Promise<number> }

type Wishes = { filters?: string | null | undefined; order?: string | null | undefined }

/** Projects of an entity, by name unless an order is given; `registriesOnly` leaves out plain projects. */
export async function listProjectsInOrder(
  world: World,
  caller: Caller,
  input: { entityId: number; registriesOnly: boolean } & Wishes,
  page: PageRequest,
): Promise<Page<ProjectView>> {
  const { entityId, registriesOnly } = input
  const filter = parseListFilter(input.filters, PROJECT_FILTERS)
  const order = parseListOrder(input.order, ROW_ORDERS) ?? BY_NAME
  if (!may(caller, 'viewer', entityId)) return NOTHING
  const records = await selectProjectsInOrder(
    world.db.read,
    world.db.engine,
    { entityId, registriesOnly, hiddenProjectIds: hiddenProjectIds(caller), filter, order },
    page,
  )
  return cutPage(
    records,
    page,
    (record) => projectView(caller, record),
    (record) => orderKey(record.ordered_by, record.id),
  )
}

/** Collections of a project, of one type if so said, newest first unless an order is given. */
export async function listCollectionsInOrder(
  world: World,
  caller: Caller,
  input: { projectId: number; type?: string | undefined } & Wishes,
  page: PageRequest,
): Promise<Listing<CollectionView>> {
  const { projectId, type } = input
  const filter = parseListFilter(input.filters, COLLECTION_FILTERS)
  const order = parseListOrder(input.order, ROW_ORDERS) ?? NEWEST_FIRST
  const [project] = await selectProjects(world.db.read, [projectId])
  if (project === undefined || !mayIn(caller, 'viewer', { id: project.id, entityId: project.entity_id })) return none()
  return collectionsOf(world, { place: { projectId }, type, kinds: undefined, filter }, order, page)
}

/** Collections of the registries of an organization, by name unless an order is given. */
export async function listRegistryCollections(
  world: World,
  caller: Caller,
  input: {
    organizationId: number
    projectFilters?: string | null | undefined
    kinds: readonly CollectionKind[]
  } & Wishes,
  page: PageRequest,
): Promise<Listing<CollectionView>> {
  const registries = registriesOf(caller, input)
  const filter = parseListFilter(input.filters, COLLECTION_FILTERS)
  const order = parseListOrder(input.order, ROW_ORDERS) ?? BY_NAME
  if (!may(caller, 'viewer', input.organizationId)) return none()
  return collectionsOf(world, { place: { registries }, type: undefined, kinds: input.kinds, filter }, order, page)
}

async function collectionsOf(
  world: World,
  wanted: CollectionsWanted,
  order: ListOrder<RowOrder>,
  page: PageRequest,
): Promise<Listing<CollectionView>> {
  const { read, engine } = world.db
  const records = await selectCollectionsInOrder(read, engine, { ...wanted, order }, page)
  return {
    page: cutPage(records, page, collectionView, (record) => orderKey(record.ordered_by, record.id)),
    count: () => countCollectionsWanted(read, engine, wanted),
  }
}

/** Versions of a collection, the highest number first unless an order is given. */
export async function listVersionsInOrder(
  world: World,
  caller: Caller,
  input: { collectionId: number } & Wishes,
  page: PageRequest,
): Promise<Listing<MembershipView>> {
  const { collectionId } = input
  const filter = versionFilterOf(parseListFilter(input.filters, VERSION_FILTERS))
  const order = parseListOrder(input.order, VERSION_ORDERS) ?? NEWEST_VERSION_FIRST
  const [collection] = await selectCollections(world.db.read, [collectionId])
  if (collection === undefined) return none()
  if (!mayIn(caller, 'viewer', rightsPlace(collection))) return none()
  return versionsOf(world, { place: { collectionId }, filter }, order, page)
}

/** Versions linked into the registries of an organization, the last link first unless an order is given. */
export async function listRegistryVersions(
  world: World,
  caller: Caller,
  input: {
    organizationId: number
    projectFilters?: string | null | undefined
    collectionFilters?: string | null | undefined
  } & Wishes,
  page: PageRequest,
): Promise<Listing<MembershipView>> {
  const registries = registriesOf(caller, input)
  const collectionFilter = parseListFilter(input.collectionFilters, COLLECTION_FILTERS)
  const filter = versionFilterOf(parseListFilter(input.filters, VERSION_FILTERS))
  const order = parseListOrder(input.order, VERSION_ORDERS) ?? NEWEST_LINK_FIRST
  if (!may(caller, 'viewer', input.organizationId)) return none()
  return versionsOf(world, { place: { registries, collectionFilter }, filter }, order, page)
}

async function versionsOf(
  world: World,
  wanted: VersionsWanted,
  order: Parameters<typeof selectVersionsInOrder>[2]['order'],
  page: PageRequest,
): Promise<Listing<MembershipView>> {
  const { read, engine } = world.db
  const records = await selectVersionsInOrder(read, engine, { ...wanted, order }, page)
  return {
    page: cutPage(records, page, membershipView, (record) => orderKey(record.ordered_by, record.id)),
    count: () => countVersionsWanted(read, engine, wanted),
  }
}

function registriesOf(
  caller: Caller,
  input: { organizationId: number; projectFilters?: string | null | undefined },
): RegistriesOf {
  return {
    organizationId: input.organizationId,
    hiddenProjectIds: hiddenProjectIds(caller),
    filter: parseListFilter(input.projectFilters, PROJECT_FILTERS),
  }
}

function none<Item>(): Listing<Item> {
  return { page: NOTHING, count: async () => 0 }
}

/** Of these entities, those that have had a version, as far as the caller may see it. */
export async function entitiesWithVersions(
  world: World,
  caller: Caller,
  entityIds: readonly number[],
): Promise<Set<number>> {
  const visible = entityIds.filter((id) => may(caller, 'viewer', id))
  if (visible.length === 0) return new Set()
  const about = { entityIds: visible, hiddenProjectIds: hiddenProjectIds(caller) }
  return new Set(await selectEntitiesWithVersions(world.db.read, about))
}
