import { type Caller, mayIn, rightsPlace } from '../access/rights.ts'
import { notFound } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { World } from '../world.ts'
import type { CollectionAddress } from './operations-aliases.ts'
import { aliasesOf, findVersion, latestOf, loadArtifacts, tagsOf, tagsOfCollections } from './operations-reading.ts'
import { loadRunRefs } from './operations-runs.ts'
import { collectionView } from './operations-views.ts'
import { countVersionsOfCollections, isShown, selectCollectionByPath } from './store-collections.ts'
import { selectMembershipsOfArtifacts } from './store-versions.ts'
import type { ArtifactView, CollectionView, MembershipView, RunRef } from './types.ts'
import { formatVersion } from './version-name.ts'

/** A version with what one wants to read of it, in as many statements for a page of them as for one. */
export type VersionDescription = {
  membership: MembershipView
  artifact: ArtifactView
  aliases: string[]
  tags: string[]
  /** The run that logged it, if the caller may see it. */
  run: RunRef | null
}

/** In the order of the memberships, which were read for this caller; those deleted meanwhile are left out. */
export async function describeVersions(
  world: World,
  caller: Caller,
  memberships: readonly MembershipView[],
): Promise<VersionDescription[]> {
  const artifactIds = [...new Set(memberships.map((membership) => membership.artifactId))]
  const artifacts = await loadArtifacts(world, caller, artifactIds)
  const aliases = await aliasesOf(
    world,
    memberships.map((membership) => membership.id),
  )
  const tags = await tagsOf(world, artifactIds)
  const runIds = [...artifacts.values()].flatMap((artifact) => artifact.runId ?? [])
  const runs = await loadRunRefs(world, caller, [...new Set(runIds)])
  return memberships.flatMap((membership) => {
    const artifact = artifacts.get(membership.artifactId)
    if (artifact === undefined) return []
    return [
      {
        membership,
        artifact,
        aliases: (aliases.get(membership.id) ?? []).map(({ alias }) => alias),
        tags: (tags.get(artifact.id) ?? []).map(({ tag }) => tag),
        run: artifact.runId === null ? null : (runs.get(artifact.runId) ?? null),
      },
    ]
  })
}

export type CollectionDescription = {
  collection: CollectionView
  tags: string[]
  latest: string | null
  /** How many versions it has. */
  versions: number
}

/** In the order of the collections, which were read for this caller. */
export async function describeCollections(
  world: World,
  collections: readonly CollectionView[],
): Promise<CollectionDescription[]> {
  const ids = collections.map((collection) => collection.id)
  const tags = await tagsOfCollections(world, ids)
  const newest = await latestOf(world, ids)
  const counts = new Map(
    (await countVersionsOfCollections(world.db.read, ids)).map((row) => [row.collection_id, row.count]),
  )
  const memberships = await selectMembershipsOfArtifacts(world.db.read, [...new Set(newest.values())])
  const versions = new Map(
    memberships
      .filter((membership) => newest.get(membership.collection_id) === membership.artifact_id)
      .map((membership) => [membership.collection_id, formatVersion(membership.version)]),
  )
  return collections.map((collection) => ({
    collection,
    tags: (tags.get(collection.id) ?? []).map(({ tag }) => tag),
    latest: versions.get(collection.id) ?? null,
    versions: counts.get(collection.id) ?? 0,
  }))
}

/**
 * The collection of this path.
 *
 * @throws Refusal `not_found`
 */
export async function requireCollection(
  world: World,
  caller: Caller,
  address: CollectionAddress,
): Promise<CollectionView> {
  const { entity, project, collection } = address
  const [record] = await selectCollectionByPath(world.db.read, { entity, project, collection })
  if (record === undefined || !isShown(record) || !mayIn(caller, 'viewer', rightsPlace(record))) {
    throw notFound(`Collection "${address.entity}/${address.project}/${address.collection}"`)
  }
  return collectionView(record)
}

/**
 * The version of this path: `v3`, or an alias.
 *
 * @throws Refusal `not_found`
 */
export async function requireVersion(
  world: World,
  caller: Caller,
  address: CollectionAddress & { version: string },
): Promise<MembershipView> {
  const collection = await requireCollection(world, caller, address)
  const membership = await findVersion(world, caller, { collectionId: collection.id, version: address.version })
  if (membership !== undefined) return membership
  throw notFound(`Version "${address.entity}/${address.project}/${address.collection}:${address.version}"`)
}

/** @throws Refusal `not_found` as `requireVersion` */
export async function describeVersion(
  world: World,
  caller: Caller,
  membership: MembershipView,
): Promise<VersionDescription> {
  const [described] = await describeVersions(world, caller, [membership])
  assert(described !== undefined, 'a version that was just read can be described')
  return described
}
