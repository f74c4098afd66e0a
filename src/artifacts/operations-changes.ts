import type { Caller } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import type { EventArtifact } from '../events/event.ts'
import { recordEvents } from '../events/operations.ts'
import type { World } from '../world.ts'
import { type AliasHolder, type AliasMove, decideAssignments, decideRemovals } from './alias-moves.ts'
import { draftsOf, type Fact, type Surroundings, versionsOf } from './change-events.ts'
import { applyAliasMoves, holderOf, selectAliases } from './store-aliases.ts'
import type { CollectionRecord } from './store-collections.ts'
import { selectAliasNames, selectEventArtifacts } from './store-surroundings.ts'

/** Collections by id, as they are while their rows are locked. */
export type Locked = ReadonlyMap<number, CollectionRecord>

/**
 * Run a change in one transaction and wake the workers once it has committed with deliveries waiting. `work` hands its
 * facts to `record`, at most once.
 */
export async function change<Result>(
  world: World,
  caller: Caller,
  work: (tx: Tx, record: RecordFacts) => Promise<Result>,
): Promise<Result> {
  let deliveries = 0
  const result = await world.db.transaction((tx) => {
    deliveries = 0
    return work(tx, async (facts, locked, before) => {
      deliveries = await recordFacts(world, tx, caller, facts, locked, before)
    })
  })
  if (deliveries > 0) world.wakeWorkers()
  return result
}

/**
 * Record what a change did, after it is done.
 *
 * - `locked`: every collection a fact happened in.
 * - `before`: artifacts as they were before the change, for those it deletes; the others are shown as they are now.
 */
export type RecordFacts = (
  facts: readonly Fact[],
  locked: Locked,
  before?: ReadonlyMap<number, EventArtifact>,
) => Promise<void>

async function recordFacts(
  world: World,
  tx: Tx,
  caller: Caller,
  facts: readonly Fact[],
  locked: Locked,
  before: ReadonlyMap<number, EventArtifact> = new Map(),
): Promise<number> {
  if (facts.length === 0) return 0
  const versions = facts.flatMap(versionsOf)
  const artifactIds = [...new Set(versions.map((at) => at.artifactId))]
  const collectionIds = [...new Set(versions.map((at) => at.collectionId))]
  const around: Surroundings = {
    places: new Map([...locked].map(([id, record]) => [id, placeOf(record)])),
    artifacts: new Map([
      ...(await selectEventArtifacts(
        tx,
        artifactIds.filter((id) => !before.has(id)),
      )),
      ...before,
    ]),
    aliases: await selectAliasNames(tx, { collectionIds, artifactIds }),
  }
  const { deliveries } = await recordEvents(world, tx, caller, draftsOf(facts, around))
  return deliveries
}

/** A collection as events show it. */
export function placeOf(record: CollectionRecord) {
  return {
    entityId: record.entity_id,
    entity: record.entity,
    organizationId: record.entity_kind === 'organization' ? record.entity_id : record.organization_id,
    projectId: record.project_id,
    project: record.project,
    collectionId: record.id,
    collection: record.name,
    collectionKind: record.kind,
  }
}

/** Give aliases to versions of locked collections; the moves that made. */
export async function assignAliases(
  world: World,
  tx: Tx,
  caller: Caller,
  wanted: readonly { alias: string; to: AliasHolder }[],
): Promise<AliasMove[]> {
  const holders = await holdersOf(
    tx,
    wanted.map(({ alias, to }) => ({ alias, collectionId: to.collectionId })),
  )
  return applied(world, tx, caller, decideAssignments(wanted, holders))
}

/** Take aliases away from versions of locked collections; the moves that made. */
export async function removeAliases(
  world: World,
  tx: Tx,
  caller: Caller,
  wanted: readonly { alias: string; from: AliasHolder }[],
): Promise<AliasMove[]> {
  const holders = await holdersOf(
    tx,
    wanted.map(({ alias, from }) => ({ alias, collectionId: from.collectionId })),
  )
  return applied(world, tx, caller, decideRemovals(wanted, holders))
}

async function holdersOf(
  tx: Tx,
  wanted: readonly { collectionId: number; alias: string }[],
): Promise<(collectionId: number, alias: string) => AliasHolder | undefined> {
  const records = await selectAliases(tx, {
    collectionIds: [...new Set(wanted.map(({ collectionId }) => collectionId))],
    aliases: [...new Set(wanted.map(({ alias }) => alias))],
  })
  const holders = new Map(records.map((record) => [`${record.collection_id}:${record.alias}`, holderOf(record)]))
  return (collectionId, alias) => holders.get(`${collectionId}:${alias}`)
}

/** Put decided moves into effect. */
async function applied(world: World, tx: Tx, caller: Caller, moves: AliasMove[]): Promise<AliasMove[]> {
  const actor = caller.via === 'system' ? null : caller.user.username
  await applyAliasMoves(tx, world.db.engine, moves, { actor, now: world.now() })
  return moves
}
