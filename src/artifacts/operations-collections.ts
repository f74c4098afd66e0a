import { recordAudit } from '../access/operations.ts'
import { type Caller, mayIn, requireRoleIn, rightsPlace } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { World } from '../world.ts'
import type { Fact } from './change-events.ts'
import { checkTags } from './labels.ts'
import { assertCollectionName, assertDescription, assertTypeName } from './names.ts'
import { type CollectionAddress, lockByPath, onlyId } from './operations-aliases.ts'
import { change } from './operations-changes.ts'
import { acceptType, ensureCollection, ensureType } from './operations-logging.ts'
import { type ProjectAddress, requireProjectIn } from './operations-projects.ts'
import { collectionView } from './operations-views.ts'
import {
  type CollectionRecord,
  declareCollection,
  isShown,
  lockCollections,
  moveArtifactsToType,
  selectCollectionByName,
  selectCollections,
  selectLinkedCollection,
  updateCollectionRow,
} from './store-collections.ts'
import { lockProject } from './store-projects.ts'
import { deleteCollectionTagRows, insertCollectionTags, selectTagsOfCollections } from './store-tags.ts'
import { updateCollectionTtl } from './store-ttl.ts'
import { lockArtifactsOfSequence } from './store-versions.ts'
import { checkTtl } from './ttl.ts'
import type { CollectionKind, CollectionView, TagView } from './types.ts'

/**
 * Rename, describe, or give a sequence and its versions another artifact type, made in its project if missing. Absent
 * fields stay; `null` clears the description. With `kind`, an id of the other kind is not found.
 *
 * While versions are linked their type cannot change: a portfolio holds one type.
 *
 * @throws Refusal `not_found` | `forbidden` | `name_taken` | `name_invalid` | `artifact_type_mismatch` | `invalid_request`
 */
export async function updateCollection(
  world: World,
  caller: Caller,
  input: {
    collectionId: number
    kind?: CollectionKind | undefined
    name?: string | undefined
    description?: string | null | undefined
    type?: string | undefined
    /** Of its versions that have none of their own, as on the wire: positive seconds, -1 inherit, -2 for ever. */
    ttlSeconds?: number | undefined
  },
): Promise<CollectionView> {
  const { collectionId, kind, type } = input
  const ttlSeconds = input.ttlSeconds === undefined ? undefined : checkTtl(input.ttlSeconds)
  if (input.name !== undefined) assertCollectionName(input.name)
  if (type !== undefined) assertTypeName(type)
  assertDescription(input.description)
  return world.db.transaction(async (tx) => {
    const seen = await requireById(tx, caller, collectionId, kind)
    // Two collections that are given one name at once take turns; and while versions are locked, none can be linked.
    if (input.name !== undefined) await lockProject(tx, world.db.engine, seen.project_id)
    if (type !== undefined) await lockArtifactsOfSequence(tx, world.db.engine, collectionId)
    const collection = await lockById(tx, caller, collectionId, kind)

    const name = input.name ?? collection.name
    if (name !== collection.name) await assertNameFree(tx, collection, name)
    const typeId = type === undefined ? collection.type_id : await moveVersions(world, tx, collection, type)
    const description = input.description === undefined ? collection.description : input.description
    await updateCollectionRow(tx, { id: collectionId, name, description, typeId, now: world.now() })
    if (ttlSeconds !== undefined) await changeTtl(world, tx, caller, collection, ttlSeconds)
    return reread(tx, collectionId)
  })
}

/** Deletes nothing by itself, but housekeeping will go by it, so the audit has it. */
async function changeTtl(
  world: World,
  tx: Tx,
  caller: Caller,
  collection: CollectionRecord,
  seconds: number | null,
): Promise<void> {
  const { id, entity_id: entityId, entity, project, name, artifact_ttl_seconds: before } = collection
  if (collection.kind !== 'SEQUENCE') {
    throw new Refusal(
      'invalid_request',
      `"${name}" holds links only: versions live as long as where they were logged says`,
    )
  }
  if (before === seconds) return
  await updateCollectionTtl(tx, { id, seconds })
  const subject = `${entity}/${project}/${name}`
  const details = { before, after: seconds }
  await recordAudit(tx, caller, { action: 'time_to_live.changed', entityId, subject, details }, world.now())
}

/**
 * Make a collection without versions, which is shown from now on: by default where runs log, in a registry where versions
 * are linked. A type that the project lacks is made, unless the registry does not take it.
 *
 * @throws Refusal `not_found` | `forbidden` | `name_invalid` | `name_taken` | `artifact_type_mismatch` | `invalid_request`
 */
export async function createCollection(
  world: World,
  caller: Caller,
  input: ProjectAddress & {
    name: string
    type: string
    kind?: CollectionKind | undefined
    description?: string | null | undefined
  },
): Promise<CollectionView> {
  const { name, type, description = null } = input
  assertCollectionName(name)
  assertTypeName(type)
  assertDescription(description)
  return world.db.transaction(async (tx) => {
    const project = await requireProjectIn(tx, caller, input, 'member')
    const kind = input.kind ?? (project.isRegistry ? 'PORTFOLIO' : 'SEQUENCE')
    if (project.isRegistry && kind === 'SEQUENCE') {
      const message = 'Versions are linked into a registry, not logged there'
      throw new Refusal('invalid_request', message, { fields: [{ path: '/kind', message }] })
    }
    const typeId = await acceptType(world, tx, project, type)
    const { id } = await ensureCollection(world, tx, caller, { projectId: project.id, typeId, kind, name })
    const collection = (await lockCollections(tx, [id])).get(id)
    // One that is hidden is of a run that is just logging its first version, which will find it made.
    if (collection === undefined || isShown(collection) || collection.kind !== kind) {
      throw new Refusal('name_taken', `The project "${project.name}" has a collection "${name}" already`)
    }
    await declareCollection(tx, { id, typeId, description, now: world.now() })
    return reread(tx, id)
  })
}

/** The same for its type alone. */
export async function moveCollectionType(
  world: World,
  caller: Caller,
  input: { collectionId: number; type: string },
): Promise<CollectionView> {
  return updateCollection(world, caller, { ...input, kind: 'SEQUENCE' })
}

async function assertNameFree(tx: Tx, collection: CollectionRecord, name: string): Promise<void> {
  const taken = await selectCollectionByName(tx, { projectId: collection.project_id, name })
  if (taken === undefined) return
  throw new Refusal('name_taken', `The project "${collection.project}" has a collection "${name}" already`)
}

/** Gives all versions of a locked sequence the type; its id. */
async function moveVersions(world: World, tx: Tx, sequence: CollectionRecord, type: string): Promise<number> {
  if (sequence.type === type) return sequence.type_id
  if (sequence.kind !== 'SEQUENCE') {
    throw new Refusal('invalid_request', `"${sequence.name}" takes its type from the versions that are linked there`)
  }
  if ((await selectLinkedCollection(tx, sequence.id)) !== undefined) {
    throw new Refusal(
      'artifact_type_mismatch',
      `Versions of "${sequence.name}" are linked into collections of type "${sequence.type}": unlink them first`,
    )
  }
  const typeId = await ensureType(world, tx, sequence.project_id, type)
  await moveArtifactsToType(tx, { sequenceId: sequence.id, typeId, now: world.now() })
  return typeId
}

/**
 * Tag a collection; the tags asked for, whether new or not.
 *
 * @throws Refusal `not_found` | `forbidden` | `tag_invalid` | `invalid_request`
 */
export async function addCollectionTags(
  world: World,
  caller: Caller,
  input: CollectionAddress & { tags: readonly string[] },
): Promise<TagView[]> {
  const tags = checkTags(input.tags)
  return change(world, caller, async (tx, record) => {
    const locked = await lockByPath(world, tx, caller, input)
    const collectionId = onlyId(locked)
    const added = new Set(await insertCollectionTags(tx, { collectionId, tags }))
    const facts = tags
      .filter((tag) => added.has(tag))
      .map((tag): Fact => ({ type: 'ADD_COLLECTION_TAG', collectionId, tag }))
    await record(facts, locked)
    const rows = await selectTagsOfCollections(tx, [collectionId])
    return rows.filter(({ tag }) => tags.includes(tag)).map(({ id, tag }) => ({ id, tag }))
  })
}

/**
 * Take tags from a collection; those it does not have are left alone.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function deleteCollectionTags(
  world: World,
  caller: Caller,
  input: CollectionAddress & { tags: readonly string[] },
): Promise<void> {
  const tags = checkTags(input.tags)
  await change(world, caller, async (tx, record) => {
    const locked = await lockByPath(world, tx, caller, input)
    const collectionId = onlyId(locked)
    const removed = new Set(await deleteCollectionTagRows(tx, { collectionId, tags }))
    const facts = tags
      .filter((tag) => removed.has(tag))
      .map((tag): Fact => ({ type: 'REMOVE_COLLECTION_TAG', collectionId, tag }))
    await record(facts, locked)
  })
}

/**
 * The collection, locked, for a caller who may change it.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function lockById(
  tx: Tx,
  caller: Caller,
  id: number,
  kind?: CollectionKind | undefined,
): Promise<CollectionRecord> {
  // The right before the lock: nobody waits for, or holds up, what is none of theirs.
  const seen = await requireById(tx, caller, id, kind)
  const locked = (await lockCollections(tx, [seen.id])).get(seen.id)
  if (locked === undefined) throw notFound(kindName(kind))
  return locked
}

/**
 * The collection, not locked, for a caller who may change it.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function requireById(
  tx: Tx,
  caller: Caller,
  id: number,
  kind: CollectionKind | undefined,
): Promise<CollectionRecord> {
  const [seen] = await selectCollections(tx, [id])
  const isIt = seen !== undefined && isShown(seen) && (kind === undefined || seen.kind === kind)
  if (!isIt || !mayIn(caller, 'viewer', rightsPlace(seen))) throw notFound(kindName(kind))
  requireRoleIn(caller, 'member', rightsPlace(seen), `Collection "${seen.project}/${seen.name}"`)
  return seen
}

function kindName(kind: CollectionKind | undefined): string {
  return kind === undefined ? 'Collection' : kind === 'SEQUENCE' ? 'Sequence' : 'Portfolio'
}

async function reread(tx: Tx, id: number): Promise<CollectionView> {
  const [record] = await selectCollections(tx, [id])
  assert(record !== undefined, 'a locked collection is there')
  return collectionView(record)
}
