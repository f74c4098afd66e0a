import type { Caller } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import { together } from '../database/statement.ts'
import type { EventArtifact } from '../events/event.ts'
import { candidatesOf, recordEvents } from '../events/operations.ts'
import type { World } from '../world.ts'
import { type AliasHolder, type AliasMove, decideAssignments, decideRemovals } from './alias-moves.ts'
import { draftsOf, type Fact, placesOf, type Surroundings, versionsOf } from './change-events.ts'
import { applyAliasMoves, holderOf, selectAliases } from './store-aliases.ts'
import type { CollectionRecord } from './store-collections.ts'
import { selectAliasNames, selectEventArtifacts } from './store-surroundings.ts'

/** Collections by id, as they are while their rows are locked. */
export type Locked = ReadonlyMap<number, CollectionRecord>

/**
 * Run a change in one transaction. `work` hands its facts to `record`, at most once.
 *
 * - `caller`: `null` when the server itself makes it.
 * - `path`: the collection it locks, if it is one and known beforehand. Many that change one at once then take turns.
 */
export async function change<Result>(
  world: World,
  caller: Caller | null,
  work: (tx: Tx, record: RecordFacts) => Promise<Result>,
  path?: string | undefined,
): Promise<Result> {
  return world.db.transaction(
    (tx) => work(tx, (facts, locked, options) => recordFacts(world, tx, caller, facts, locked, options)),
    { turn: path, commitsWithLast: true },
  )
}

/**
 * Record what a change did, after it is done.
 *
 * - `locked`: every collection a fact happened in.
 * - `before`: artifacts as they were before the change, for those it deletes; the others are shown as they are now.
 * - `isLast`: nothing is asked in the transaction any more, as by `last`.
 */
export type RecordFacts = (facts: readonly Fact[], locked: Locked, options?: RecordOptions) => Promise<void>

type RecordOptions = { before?: ReadonlyMap<number, EventArtifact>; isLast?: boolean }

async function recordFacts(
  world: World,
  tx: Tx,
  caller: Caller | null,
  facts: readonly Fact[],
  locked: Locked,
  { before = new Map(), isLast = false }: RecordOptions = {},
): Promise<void> {
  if (facts.length === 0) return
  const places = new Map([...locked].map(([id, record]) => [id, placeOf(record)]))
  const versions = facts.flatMap(versionsOf)
  const artifactIds = [...new Set(versions.map((at) => at.artifactId))]
  const [artifacts, aliases, candidates] = await together([
    selectEventArtifacts(
      tx,
      artifactIds.filter((id) => !before.has(id)),
    ),
    selectAliasNames(tx, versions),
    candidatesOf(
      tx,
      caller,
      facts.map((fact) => ({ type: fact.type, subjects: placesOf(fact, places) })),
    ),
  ])
  const around: Surroundings = { places, artifacts: new Map([...artifacts, ...before]), aliases }
  await recordEvents(world, tx, caller, draftsOf(facts, around), { candidates, isLast })
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
  caller: Caller | null,
  wanted: readonly { alias: string; to: AliasHolder }[],
): Promise<AliasMove[]> {
  const asked = wanted.map(({ alias, to }) => ({ alias, collectionId: to.collectionId }))
  const moves = decideAssignments(wanted, await holdersOf(tx, asked))
  await applyMoves(world, tx, caller, moves)
  return moves
}

/** Take aliases away from versions of locked collections; the moves that made. */
export async function removeAliases(
  world: World,
  tx: Tx,
  caller: Caller | null,
  wanted: readonly { alias: string; from: AliasHolder }[],
): Promise<AliasMove[]> {
  const holders = await holdersOf(
    tx,
    wanted.map(({ alias, from }) => ({ alias, collectionId: from.collectionId })),
  )
  const moves = decideRemovals(wanted, holders)
  await applyMoves(world, tx, caller, moves)
  return moves
}

/** Who holds an alias of a locked collection. */
type Holders = (collectionId: number, alias: string) => AliasHolder | undefined

export async function holdersOf(tx: Tx, wanted: readonly { collectionId: number; alias: string }[]): Promise<Holders> {
  const records = await selectAliases(tx, {
    collectionIds: [...new Set(wanted.map(({ collectionId }) => collectionId))],
    aliases: [...new Set(wanted.map(({ alias }) => alias))],
  })
  const holders = new Map(records.map((record) => [`${record.collection_id}:${record.alias}`, holderOf(record)]))
  return (collectionId, alias) => holders.get(`${collectionId}:${alias}`)
}

/**
 * Put decided moves into effect. Their record may be begun without waiting for it: statements run in the order of the
 * calls, so what it reads is as the moves leave it.
 */
export async function applyMoves(
  world: World,
  tx: Tx,
  caller: Caller | null,
  moves: readonly AliasMove[],
): Promise<void> {
  await applyAliasMoves(tx, moves, { actor: caller?.user.username ?? null, now: world.now() })
}
