import type { Caller } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { type Fact, lossFacts } from './change-events.ts'
import { change, type Locked, type RecordFacts } from './operations-changes.ts'
import { requireById } from './operations-collections.ts'
import { removeAllAliases } from './operations-links.ts'
import { requireEditable } from './operations-versions.ts'
import { collectionView } from './operations-views.ts'
import { selectAliasesOfMemberships } from './store-aliases.ts'
import { lockCollections } from './store-collections.ts'
import {
  deleteArtifacts,
  deleteCollectionRow,
  deleteMemberships,
  forgetSequenceBlobs,
  selectMembershipIds,
} from './store-deletion.ts'
import { selectEventArtifacts } from './store-surroundings.ts'
import {
  holderOfMembership,
  lockArtifacts,
  lockArtifactsOfSequence,
  type MembershipRecord,
  selectMemberships,
  selectMembershipsOfArtifacts,
} from './store-versions.ts'
import type { CollectionView } from './types.ts'

/** Versions and links that one call may delete: all in one transaction, each with its events. */
const LOSSES_MAX = 10_000

/**
 * Delete a version with all its links, for whoever may write where it was logged. Its numbers are not given again.
 *
 * Aliases anywhere, also where the caller does not see them, keep it from being deleted unless `deleteAliases`.
 *
 * @throws Refusal `not_found` | `forbidden` | `artifact_has_aliases`
 */
export async function deleteArtifact(
  world: World,
  caller: Caller,
  input: { artifactId: number; deleteAliases: boolean },
): Promise<{ artifactId: number }> {
  const { artifactId } = input
  return change(world, caller, async (tx, record) => {
    await lockArtifacts(tx, world.db.engine, [artifactId])
    await requireEditable(tx, caller, artifactId)
    const { locked, memberships } = await lockPlaces(tx, [artifactId])
    if (!input.deleteAliases) await assertNoAliases(tx, memberships)
    await loseArtifacts(world, tx, caller, record, { artifactIds: [artifactId], memberships, locked })
    return { artifactId }
  })
}

/**
 * Delete locked artifacts with all their memberships, whose collections are locked too, and record it. A pending one, of
 * which nobody has heard, goes without an event.
 */
export async function loseArtifacts(
  world: World,
  tx: Tx,
  caller: Caller | null,
  record: RecordFacts,
  lost: { artifactIds: readonly number[]; memberships: readonly MembershipRecord[]; locked: Locked },
): Promise<void> {
  const { artifactIds, memberships, locked } = lost
  const before = await selectEventArtifacts(tx, artifactIds)
  const facts = await loseMemberships(world, tx, caller, memberships)
  await forgetSequenceBlobs(tx, world.db.engine, artifactIds)
  await deleteArtifacts(tx, { ids: artifactIds, now: world.now() })
  await record([...facts, ...deathFacts(memberships, artifactIds)], locked, { before })
}

/**
 * Delete a collection. With a sequence go its versions and all their links; with a portfolio only the links. Answers the
 * collection as it was, with state `DELETED`.
 *
 * @throws Refusal `not_found` | `forbidden` | `limit_reached` (more than 10,000 versions or links)
 */
export async function deleteCollection(world: World, caller: Caller, collectionId: number): Promise<CollectionView> {
  return change(world, caller, async (tx, record) => {
    const seen = await requireById(tx, caller, collectionId, undefined)
    const artifactIds = seen.kind === 'SEQUENCE' ? await lockArtifactsOfSequence(tx, world.db.engine, collectionId) : []
    assertNotTooMany(artifactIds.length)
    const places = await lockPlaces(tx, artifactIds, [collectionId])
    const collection = places.locked.get(collectionId)
    if (collection === undefined) throw notFound('Collection')

    const memberships = seen.kind === 'SEQUENCE' ? places.memberships : await membershipsOfPortfolio(tx, collectionId)
    assertNotTooMany(memberships.length)
    const before = await selectEventArtifacts(tx, artifactIds)
    const facts = await loseMemberships(world, tx, caller, memberships)
    await deleteArtifacts(tx, { ids: artifactIds, now: world.now() })
    await deleteCollectionRow(tx, world.db.engine, { id: collectionId, name: collection.name, now: world.now() })
    await record([...facts, ...deathFacts(memberships, artifactIds)], places.locked, { before })
    return { ...collectionView(collection), state: 'DELETED' }
  })
}

async function membershipsOfPortfolio(tx: Tx, collectionId: number): Promise<MembershipRecord[]> {
  const ids = await selectMembershipIds(tx, collectionId)
  assertNotTooMany(ids.length)
  return byPlace(await selectMemberships(tx, ids))
}

export function assertNotTooMany(losses: number): void {
  if (losses <= LOSSES_MAX) return
  throw new Refusal('limit_reached', `One call deletes at most ${LOSSES_MAX} versions and links: delete versions first`)
}

/** Locks every collection that these locked artifacts are in; their memberships then stay as they are. */
export async function lockPlaces(
  tx: Tx,
  artifactIds: readonly number[],
  collectionIds: readonly number[] = [],
): Promise<{ locked: Locked; memberships: MembershipRecord[] }> {
  const before = await selectMembershipsOfArtifacts(tx, artifactIds)
  const ids = new Set([...collectionIds, ...before.map((membership) => membership.collection_id)])
  const locked = await lockCollections(tx, [...ids])
  // Some may have been unlinked while we waited.
  return { locked, memberships: byPlace(await selectMembershipsOfArtifacts(tx, artifactIds)) }
}

function byPlace(memberships: readonly MembershipRecord[]): MembershipRecord[] {
  return memberships.toSorted(
    (first, second) => first.collection_id - second.collection_id || first.version - second.version,
  )
}

async function assertNoAliases(tx: Tx, memberships: readonly MembershipRecord[]): Promise<void> {
  const held = await selectAliasesOfMemberships(
    tx,
    memberships.map((membership) => membership.id),
  )
  if (held.length === 0) return
  throw new Refusal('artifact_has_aliases', 'The version still has aliases: remove them first, or delete it with them')
}

export async function loseMemberships(
  world: World,
  tx: Tx,
  caller: Caller | null,
  memberships: readonly MembershipRecord[],
): Promise<Fact[]> {
  const ids = memberships.map((membership) => membership.id)
  const moves = Map.groupBy(await removeAllAliases(world, tx, caller, ids), (move) => move.from?.membershipId)
  await deleteMemberships(tx, ids)
  return memberships.flatMap((membership) => lossFacts(holderOfMembership(membership), moves.get(membership.id) ?? []))
}

/** An artifact dies where it was logged. */
function deathFacts(memberships: readonly MembershipRecord[], artifactIds: readonly number[]): Fact[] {
  const gone = new Set(artifactIds)
  return memberships
    .filter((membership) => membership.kind === 'SEQUENCE' && gone.has(membership.artifact_id))
    .map((membership): Fact => ({ type: 'DELETE_ARTIFACT', at: holderOfMembership(membership) }))
}
