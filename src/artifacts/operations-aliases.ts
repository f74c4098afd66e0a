import { type Caller, requireRoleIn, rightsPlace } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import { together } from '../database/statement.ts'
import { notFound, Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { World } from '../world.ts'
import { type AliasHolder, decideAssignments } from './alias-moves.ts'
import { aliasFacts } from './change-events.ts'
import { checkAliases, LABELS_MAX } from './labels.ts'
import { applyMoves, assignAliases, change, holdersOf, type Locked, removeAliases } from './operations-changes.ts'
import { membershipView } from './operations-views.ts'
import {
  type CollectionRecord,
  isShown,
  lockCollections,
  selectCollectionByPath,
  selectCollectionsByPaths,
} from './store-collections.ts'
import { holderOfMembership, selectMembershipsOfArtifacts, selectVersion } from './store-versions.ts'
import type { MembershipView } from './types.ts'
import { parseVersionName } from './version-name.ts'

export type CollectionAddress = { entity: string; project: string; collection: string }
export type AliasAddress = CollectionAddress & { alias: string }

/**
 * Give one artifact aliases, each in the collection it names. An alias that another version holds there moves; one this
 * version has already changes nothing.
 *
 * @throws Refusal `not_found` (collection, or the artifact in it) | `forbidden` | `alias_invalid` | `invalid_request`
 */
export async function addAliases(
  world: World,
  caller: Caller,
  input: { artifactId: number; aliases: readonly AliasAddress[] },
): Promise<void> {
  checkAliases([...new Set(input.aliases.map(({ alias }) => alias))])
  await change(
    world,
    caller,
    async (tx, record) => {
      const { locked, holders } = await lockAddressed(tx, caller, input)
      const wanted = holders.map(({ alias, holder }) => ({ alias, to: holder }))
      await record(aliasFacts(await assignAliases(world, tx, caller, wanted)), locked, { isLast: true })
    },
    onlyPath(input.aliases),
  )
}

/**
 * Take aliases from one artifact, each in the collection it names. One it does not hold there is left alone.
 *
 * @throws Refusal `not_found` (collection, or the artifact in it) | `forbidden` | `invalid_request`
 */
export async function deleteAliases(
  world: World,
  caller: Caller,
  input: { artifactId: number; aliases: readonly AliasAddress[] },
): Promise<void> {
  await change(
    world,
    caller,
    async (tx, record) => {
      const { locked, holders } = await lockAddressed(tx, caller, input)
      const wanted = holders.map(({ alias, holder }) => ({ alias, from: holder }))
      await record(aliasFacts(await removeAliases(world, tx, caller, wanted)), locked, { isLast: true })
    },
    onlyPath(input.aliases),
  )
}

async function lockAddressed(
  tx: Tx,
  caller: Caller,
  input: { artifactId: number; aliases: readonly AliasAddress[] },
): Promise<{ locked: Locked; holders: { alias: string; holder: AliasHolder }[] }> {
  if (input.aliases.length > LABELS_MAX) {
    throw new Refusal('invalid_request', `At most ${LABELS_MAX} aliases in one call`)
  }
  const paths = new Map(input.aliases.map((address) => [pathOf(address), address]))
  const found = new Map(
    (await selectCollectionsByPaths(tx, [...paths.values()])).map((each) => [pathOf(named(each)), each]),
  )
  for (const [path] of paths) requireWritable(caller, found.get(path), path)

  const ids = new Map([...found].map(([path, collection]) => [path, collection.id]))
  const locked = await lockCollections(tx, [...ids.values()])
  const memberships = await selectMembershipsOfArtifacts(tx, [input.artifactId])
  const holders = input.aliases.map((address) => {
    const id = ids.get(pathOf(address)) as number
    const membership = memberships.find((each) => each.collection_id === id && locked.has(id))
    if (membership === undefined) throw notFound(`Artifact in "${pathOf(address)}"`)
    return { alias: address.alias, holder: holderOfMembership(membership) }
  })
  return { locked, holders }
}

/**
 * Point an alias at a version (`v3`, or another alias of it) of its collection; the version it then names.
 *
 * @throws Refusal `not_found` (collection or version) | `forbidden` | `alias_invalid`
 */
export async function putAlias(
  world: World,
  caller: Caller,
  input: AliasAddress & { version: string },
): Promise<MembershipView> {
  checkAliases([input.alias])
  return change(
    world,
    caller,
    async (tx, record) => {
      const collection = await findWritable(tx, caller, input)
      const [locked, membership, holders] = await together([
        lockFound(world, tx, collection),
        selectVersion(tx, { collection: { id: collection.id }, version: parseVersionName(input.version) }),
        holdersOf(tx, [{ collectionId: collection.id, alias: input.alias }]),
      ])
      if (membership === undefined) throw notFound(`Version "${pathOf(input)}:${input.version}"`)
      const moves = decideAssignments([{ alias: input.alias, to: holderOfMembership(membership) }], holders)
      await together([applyMoves(world, tx, caller, moves), record(aliasFacts(moves), locked, { isLast: true })])
      return membershipView(membership)
    },
    pathOf(input),
  )
}

/**
 * Take an alias away from whichever version holds it.
 *
 * @throws Refusal `not_found` (collection or alias) | `forbidden`
 */
export async function deleteAlias(world: World, caller: Caller, input: AliasAddress): Promise<void> {
  await change(
    world,
    caller,
    async (tx, record) => {
      const locked = await lockByPath(world, tx, caller, input)
      const membership = await selectVersion(tx, {
        collection: { id: onlyId(locked) },
        version: { kind: 'alias', alias: input.alias },
      })
      if (membership === undefined) throw notFound(`Alias "${pathOf(input)}:${input.alias}"`)
      const from = holderOfMembership(membership)
      const moves = await removeAliases(world, tx, caller, [{ alias: input.alias, from }])
      await record(aliasFacts(moves), locked, { isLast: true })
    },
    pathOf(input),
  )
}

/**
 * The one collection of this path, locked, for a caller who may change it.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function lockByPath(world: World, tx: Tx, caller: Caller, address: CollectionAddress): Promise<Locked> {
  return lockFound(world, tx, await findWritable(tx, caller, address))
}

async function findWritable(tx: Tx, caller: Caller, address: CollectionAddress): Promise<CollectionRecord> {
  const { entity, project, collection } = address
  const [found] = await selectCollectionByPath(tx, { entity, project, collection })
  return requireWritable(caller, found, pathOf(address))
}

/** @throws Refusal `not_found` when it is gone by now */
async function lockFound(world: World, tx: Tx, found: CollectionRecord): Promise<Locked> {
  // The embedded engine has one writer: what it has read stays so.
  if (!world.db.engine.rowLocks) return new Map([[found.id, found]])
  const locked = await lockCollections(tx, [found.id])
  if (locked.size === 0) throw notFound(`Collection "${pathOf(named(found))}"`)
  return locked
}

/** The id of the one collection that `lockByPath` locked. */
export function onlyId(locked: Locked): number {
  const [id] = locked.keys()
  assert(id !== undefined, 'one collection is locked')
  return id
}

/** A sequence without versions is not there for anybody yet. */
function requireWritable(caller: Caller, collection: CollectionRecord | undefined, path: string): CollectionRecord {
  const what = `Collection "${path}"`
  if (collection === undefined || !isShown(collection)) throw notFound(what)
  requireRoleIn(caller, 'member', rightsPlace(collection), what)
  return collection
}

function named(record: CollectionRecord): CollectionAddress {
  return { entity: record.entity, project: record.project, collection: record.name }
}

export function pathOf(address: CollectionAddress): string {
  return `${address.entity}/${address.project}/${address.collection}`
}

function onlyPath(addresses: readonly CollectionAddress[]): string | undefined {
  const [path, ...others] = new Set(addresses.map(pathOf))
  return others.length === 0 ? path : undefined
}
