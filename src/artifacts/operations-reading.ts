import { type Caller, may, mayIn, rightsPlace } from '../access/rights.ts'
import type { Reader, Tx } from '../database/database.ts'
import { together } from '../database/statement.ts'
import { notFound, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { orderKey } from './list-order.ts'
import { aliasView, artifactView, collectionView, membershipView } from './operations-views.ts'
import { cutPage } from './page.ts'
import { selectAliasesOfArtifacts, selectAliasesOfCollection, selectAliasesOfMemberships } from './store-aliases.ts'
import {
  type CollectionFilter,
  type CollectionOrder,
  countCollectionsOfProject,
  isShown,
  selectCollectionByName,
  selectCollections,
  selectCollectionsOfProject,
} from './store-collections.ts'
import { touchPending } from './store-garbage.ts'
import { type Making, selectMaking, selectMakingLocked } from './store-logging.ts'
import { selectProjects, selectSizesOfEntities } from './store-projects.ts'
import { selectTagsOfArtifacts, selectTagsOfCollections } from './store-tags.ts'
import { countByType, selectArtifactType, selectArtifactTypes, selectArtifactTypesByIds } from './store-types.ts'
import {
  type ArtifactRecord,
  countVersionsOfCollection,
  selectArtifacts,
  selectArtifactsByClientId,
  selectCollectionsByClientId,
  selectMemberships,
  selectMembershipsOfArtifacts,
  selectNewestOfCollections,
  selectVersion,
  selectVersionsOfCollection,
} from './store-versions.ts'
import type {
  AliasView,
  ArtifactTypeView,
  ArtifactView,
  CollectionView,
  MembershipView,
  Page,
  PageRequest,
  TagView,
} from './types.ts'
import { parseVersionName, parseVersionPath } from './version-name.ts'

// What takes ids answers, for those the caller may not see, as for those that do not exist. Pending artifacts and
// sequences that never had a version do not exist for readers.

const NOTHING = { items: [], nextKey: undefined }

export async function findArtifactType(
  world: World,
  caller: Caller,
  input: { projectId: number; name: string },
): Promise<ArtifactTypeView | undefined> {
  if (!(await maySeeProject(world, caller, input.projectId))) return undefined
  const row = await selectArtifactType(world.db.read, input)
  return row === undefined ? undefined : typeView(row)
}

/** By name. Key: name. */
export async function listArtifactTypes(
  world: World,
  caller: Caller,
  projectId: number,
  page: PageRequest,
): Promise<Page<ArtifactTypeView>> {
  if (!(await maySeeProject(world, caller, projectId))) return NOTHING
  const rows = await selectArtifactTypes(world.db.read, projectId, page)
  return cutPage(rows, page, typeView, (row) => row.name)
}

/** By id. For types of what was already read. */
export async function loadArtifactTypes(world: World, ids: readonly number[]): Promise<Map<number, ArtifactTypeView>> {
  const rows = await selectArtifactTypesByIds(world.db.read, ids)
  return new Map(rows.map((row) => [row.id, typeView(row)]))
}

/** `type`: only if it holds this type. */
export async function findCollection(
  world: World,
  caller: Caller,
  input: { projectId: number; name: string; type?: string | undefined },
): Promise<CollectionView | undefined> {
  const record = await selectCollectionByName(world.db.read, input)
  if (record === undefined || !isShown(record) || !mayIn(caller, 'viewer', rightsPlace(record))) return undefined
  return input.type === undefined || input.type === record.type ? collectionView(record) : undefined
}

/** Bytes of all versions logged in each entity that the caller may see, by entity id. */
export async function loadStorageBytes(
  world: World,
  caller: Caller,
  entityIds: readonly number[],
): Promise<Map<number, number>> {
  const visible = entityIds.filter((id) => may(caller, 'viewer', id))
  if (visible.length === 0) return new Map()
  const rows = await selectSizesOfEntities(world.db.read, visible)
  return new Map(rows.map((row) => [row.entity_id, Number(row.size ?? 0)]))
}

/** By id, those that ever had a version. */
export async function loadCollections(
  world: World,
  caller: Caller,
  ids: readonly number[],
): Promise<Map<number, CollectionView>> {
  const records = await selectCollections(world.db.read, ids)
  const visible = records.filter((record) => isShown(record) && mayIn(caller, 'viewer', rightsPlace(record)))
  return new Map(visible.map((record) => [record.id, collectionView(record)]))
}

const BY_NAME: CollectionOrder = { field: 'name', type: 'text', direction: 'asc' }

/** By name, unless another order is asked for. Key: `orderKey`. */
export async function listCollections(
  world: World,
  caller: Caller,
  input: CollectionFilter & { order?: CollectionOrder | undefined },
  page: PageRequest,
): Promise<Page<CollectionView>> {
  if (!(await maySeeProject(world, caller, input.projectId))) return NOTHING
  const { order = BY_NAME, ...filter } = input
  const records = await selectCollectionsOfProject(world.db.read, world.db.engine, filter, order, page)
  return cutPage(records, page, collectionView, (record) => orderKey(record.ordered_by, record.id))
}

/** The artifact types of a project, each with how many collections and versions it has there. */
export async function listTypesWithCounts(
  world: World,
  caller: Caller,
  projectId: number,
  page: PageRequest,
): Promise<Page<ArtifactTypeView & { collections: number; versions: number }>> {
  const { items, nextKey } = await listArtifactTypes(world, caller, projectId, page)
  const rows = await countByType(
    world.db.read,
    items.map(({ id }) => id),
  )
  const counts = new Map(rows.map((row) => [row.type_id, row]))
  return {
    items: items.map((type) => ({
      ...type,
      collections: counts.get(type.id)?.collections ?? 0,
      versions: counts.get(type.id)?.versions ?? 0,
    })),
    nextKey,
  }
}

export async function countCollections(world: World, caller: Caller, input: CollectionFilter): Promise<number> {
  if (!(await maySeeProject(world, caller, input.projectId))) return 0
  return countCollectionsOfProject(world.db.read, input)
}

/** `name`: `collection:v3`, `collection:alias`, or `collection` for its `latest`. */
export async function findVersionByName(
  world: World,
  caller: Caller,
  input: { projectId: number; name: string },
): Promise<MembershipView | undefined> {
  const { collection: name, version } = parseVersionPath(input.name)
  const record = await selectVersion(world.db.read, { collection: { projectId: input.projectId, name }, version })
  return record !== undefined && mayIn(caller, 'viewer', rightsPlace(record)) ? membershipView(record) : undefined
}

/** `version`: `v3` or an alias. */
export async function findVersion(
  world: World,
  caller: Caller,
  input: { collectionId: number; version: string },
): Promise<MembershipView | undefined> {
  const record = await selectVersion(world.db.read, {
    collection: { id: input.collectionId },
    version: parseVersionName(input.version),
  })
  return record !== undefined && mayIn(caller, 'viewer', rightsPlace(record)) ? membershipView(record) : undefined
}

/** Newest first. Key: the version number. */
export async function listVersions(
  world: World,
  caller: Caller,
  collectionId: number,
  page: PageRequest,
): Promise<Page<MembershipView>> {
  const records = await selectVersionsOfCollection(world.db.read, collectionId, page)
  // All are of one project: seen all or none.
  const visible = records.filter((record) => mayIn(caller, 'viewer', rightsPlace(record)))
  return cutPage(visible, page, membershipView, (record) => record.version)
}

export async function countVersions(world: World, caller: Caller, collectionId: number): Promise<number> {
  const visible = await loadCollections(world, caller, [collectionId])
  return visible.size === 0 ? 0 : countVersionsOfCollection(world.db.read, collectionId)
}

/** Committed ones the caller may see through any collection; and pending ones of the caller's own making. */
export async function loadArtifacts(
  world: World,
  caller: Caller,
  ids: readonly number[],
): Promise<Map<number, ArtifactView>> {
  const visible = await visibleArtifacts(world.db.read, caller, await selectArtifacts(world.db.read, ids))
  return new Map(visible.map((record) => [record.id, artifactView(caller, record)]))
}

export async function findArtifact(world: World, caller: Caller, id: number): Promise<ArtifactView | undefined> {
  return (await loadArtifacts(world, caller, [id])).get(id)
}

/**
 * Those of the artifacts that the caller may see: committed ones through their own project or through a link, pending
 * ones if the caller is making them.
 */
export async function visibleArtifacts(
  db: Reader | Tx,
  caller: Caller,
  records: readonly ArtifactRecord[],
): Promise<ArtifactRecord[]> {
  const elsewhere = records.filter(
    (record) => record.state === 'COMMITTED' && !mayIn(caller, 'viewer', rightsPlace(record)),
  )
  const links = await selectMembershipsOfArtifacts(
    db,
    elsewhere.map((record) => record.id),
  )
  const linked = new Set(
    links.filter((link) => mayIn(caller, 'viewer', rightsPlace(link))).map((link) => link.artifact_id),
  )
  return records.filter((record) => {
    if (record.state === 'PENDING') return isMaking(caller, record)
    return mayIn(caller, 'viewer', rightsPlace(record)) || linked.has(record.id)
  })
}

/** Whether the caller makes this pending artifact, alone or with others of the project, and still may. */
export function isMaking(caller: Caller, record: Making): boolean {
  const isOwn = record.created_by === caller.user.id || record.distributed_id !== null
  return isOwn && mayIn(caller, 'member', rightsPlace(record))
}

/**
 * The pending artifact the caller is making. Of anybody else's, and of one that does not exist, the same is said.
 *
 * @throws Refusal `not_found` | `artifact_not_pending` (the caller has committed it)
 */
export async function requireMaking(db: Reader | Tx, caller: Caller, id: number): Promise<Making> {
  const [record] = await selectMaking(db, { id })
  return checkMaking(caller, record, 'Artifact')
}

/** What is not asked of an artifact in between is not noted: others abandon it after days. */
const TOUCHED_MS = 60_000

/**
 * The same for a step of its upload: locked until the transaction ends, and kept from being taken for abandoned.
 *
 * @throws Refusal as `requireMaking`
 */
export async function lockMaking(
  tx: Tx,
  caller: Caller,
  input: { id: number; now: number; what?: string },
): Promise<Making> {
  const { id, now, what = 'Artifact' } = input
  const [record] = await selectMakingLocked(tx, { id })
  const making = checkMaking(caller, record, what)
  if (making.updated_at < now - TOUCHED_MS) await touchPending(tx, { id, now })
  return making
}

function checkMaking(caller: Caller, record: Making | undefined, what: string): Making {
  if (record === undefined || !isMaking(caller, record)) throw notFound(what)
  if (record.state !== 'PENDING') {
    throw new Refusal('artifact_not_pending', 'The artifact is committed: log a new version to change its files')
  }
  return record
}

/** The newest version's artifact id by collection id; collections without versions are absent. */
export async function latestOf(world: World, collectionIds: readonly number[]): Promise<Map<number, number>> {
  const rows = await selectNewestOfCollections(world.db.read, collectionIds)
  return new Map(rows.map((row) => [row.collection_id, row.artifact_id]))
}

/** Every membership the caller may see, the source's among them, by artifact id. */
export async function membershipsOf(
  world: World,
  caller: Caller,
  artifactIds: readonly number[],
): Promise<Map<number, MembershipView[]>> {
  const records = await selectMembershipsOfArtifacts(world.db.read, artifactIds)
  const visible = records.filter((record) => mayIn(caller, 'viewer', rightsPlace(record))).map(membershipView)
  return Map.groupBy(visible, (membership) => membership.artifactId)
}

/** By membership id, sorted. For memberships already read. */
export async function aliasesOf(world: World, membershipIds: readonly number[]): Promise<Map<number, AliasView[]>> {
  const records = await selectAliasesOfMemberships(world.db.read, membershipIds)
  const memberships = await membershipsById(
    world,
    records.map((record) => record.membership_id),
  )
  const views = records.flatMap((record) => {
    const membership = memberships.get(record.membership_id)
    return membership === undefined ? [] : [aliasView(record, membership)]
  })
  return Map.groupBy(views, (view) => view.membershipId)
}

/** Across the collections the caller may see, by artifact id. */
export async function aliasesOfArtifacts(
  world: World,
  caller: Caller,
  artifactIds: readonly number[],
): Promise<Map<number, AliasView[]>> {
  const [records, everywhere] = await together([
    selectAliasesOfArtifacts(world.db.read, artifactIds),
    selectMembershipsOfArtifacts(world.db.read, artifactIds),
  ])
  const memberships = new Map(everywhere.map((record) => [record.id, membershipView(record)]))
  const views = records.flatMap((record) => {
    const membership = memberships.get(record.membership_id)
    if (membership === undefined) return []
    if (!mayIn(caller, 'viewer', membership.collection.project)) return []
    return [aliasView(record, membership)]
  })
  return Map.groupBy(views, (view) => view.artifactId)
}

/** Key: alias. */
export async function listAliases(
  world: World,
  caller: Caller,
  collectionId: number,
  page: PageRequest,
): Promise<Page<AliasView>> {
  const collection = (await loadCollections(world, caller, [collectionId])).get(collectionId)
  if (collection === undefined) return NOTHING
  const records = await selectAliasesOfCollection(world.db.read, collectionId, page)
  const view = (record: (typeof records)[number]): AliasView => ({
    id: record.id,
    alias: record.alias,
    membershipId: record.membership_id,
    artifactId: record.artifact_id,
    collection,
  })
  return cutPage(records, page, view, (record) => record.alias)
}

/** By artifact id, sorted. For artifacts already read. */
export async function tagsOf(world: World, artifactIds: readonly number[]): Promise<Map<number, TagView[]>> {
  const rows = await selectTagsOfArtifacts(world.db.read, artifactIds)
  return grouped(rows, (row) => row.artifact_id)
}

/** By collection id, sorted. For collections already read. */
export async function tagsOfCollections(
  world: World,
  collectionIds: readonly number[],
): Promise<Map<number, TagView[]>> {
  const rows = await selectTagsOfCollections(world.db.read, collectionIds)
  return grouped(rows, (row) => row.collection_id)
}

/**
 * What a client id stands for, among what the caller may see. The oldest counts, so that nobody takes over an id that
 * is in use.
 */
export async function resolveClientId(
  world: World,
  caller: Caller,
  clientId: string,
): Promise<{ artifactId: number } | { collectionId: number } | undefined> {
  const [artifact] = await visibleArtifacts(
    world.db.read,
    caller,
    await selectArtifactsByClientId(world.db.read, clientId),
  )
  if (artifact !== undefined) return { artifactId: artifact.id }
  const collections = await selectCollectionsByClientId(world.db.read, clientId)
  const collection = collections.find(
    (each) => mayIn(caller, 'viewer', rightsPlace(each)) && (isShown(each) || each.created_by === caller.user.id),
  )
  return collection === undefined ? undefined : { collectionId: collection.id }
}

async function maySeeProject(world: World, caller: Caller, projectId: number): Promise<boolean> {
  const [project] = await selectProjects(world.db.read, [projectId])
  return project !== undefined && mayIn(caller, 'viewer', { id: project.id, entityId: project.entity_id })
}

async function membershipsById(world: World, ids: readonly number[]): Promise<Map<number, MembershipView>> {
  const records = await selectMemberships(world.db.read, [...new Set(ids)])
  return new Map(records.map((record) => [record.id, membershipView(record)]))
}

function typeView(row: {
  id: number
  project_id: number
  name: string
  description: string | null
  created_at: number
}): ArtifactTypeView {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    description: row.description,
    createdAt: row.created_at,
  }
}

function grouped<Row extends { id: number; tag: string }>(
  rows: readonly Row[],
  keyOf: (row: Row) => number,
): Map<number, TagView[]> {
  const groups = Map.groupBy(rows, keyOf)
  return new Map([...groups].map(([key, group]) => [key, group.map(({ id, tag }) => ({ id, tag }))]))
}
