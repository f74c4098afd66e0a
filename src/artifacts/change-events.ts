import type { EventArtifact, EventSnapshot, EventSubject, EventType, VersionRef } from '../events/event.ts'
import { assert } from '../runtime/assert.ts'
import type { AliasHolder, AliasMove } from './alias-moves.ts'

/** A version where something happened to it. */
export type VersionAt = { collectionId: number; version: number; artifactId: number }

/** Something that happened, before the snapshot of its surroundings is added. */
export type Fact =
  | { type: 'CREATE_ARTIFACT' | 'LINK_ARTIFACT' | 'UNLINK_ARTIFACT' | 'DELETE_ARTIFACT'; at: VersionAt }
  | { type: 'ADD_ARTIFACT_ALIAS'; at: VersionAt; alias: string; previous: AliasHolder | null }
  | { type: 'REMOVE_ARTIFACT_ALIAS'; at: VersionAt; alias: string; movedTo: AliasHolder | null }
  | { type: 'ADD_ARTIFACT_TAG' | 'REMOVE_ARTIFACT_TAG'; everywhere: readonly VersionAt[]; tag: string }
  | { type: 'ADD_COLLECTION_TAG' | 'REMOVE_COLLECTION_TAG'; collectionId: number; tag: string }

/** An alias that moves is first lost by its old holder, then won by the new one. */
export function aliasFacts(moves: readonly AliasMove[]): Fact[] {
  return moves.flatMap(({ alias, from, to }): Fact[] => [
    ...(from === null ? [] : [{ type: 'REMOVE_ARTIFACT_ALIAS' as const, at: from, alias, movedTo: to }]),
    ...(to === null ? [] : [{ type: 'ADD_ARTIFACT_ALIAS' as const, at: to, alias, previous: from }]),
  ])
}

/** What is gone with a membership: its aliases one by one, then itself. */
export function lossFacts(at: VersionAt, moves: readonly AliasMove[]): Fact[] {
  return [...aliasFacts(moves), { type: 'UNLINK_ARTIFACT', at }]
}

/** The versions a fact is about. */
export function versionsOf(fact: Fact): readonly VersionAt[] {
  if ('at' in fact) return [fact.at]
  return 'everywhere' in fact ? fact.everywhere : []
}

type EventPlace = Omit<EventSubject, 'version' | 'aliases'>

/** What the events of one change show of its surroundings. */
export type Surroundings = {
  /** By collection id. */
  places: ReadonlyMap<number, EventPlace>
  /** By artifact id. */
  artifacts: ReadonlyMap<number, EventArtifact>
  /** After the change, sorted; by `versionKey`. */
  aliases: ReadonlyMap<string, string[]>
}

export function versionKey(at: { collectionId: number; version: number }): string {
  return `${at.collectionId}:${at.version}`
}

/**
 * The facts of one change with their snapshots.
 *
 * A version that is unlinked or deleted has no aliases afterwards; the event of that shows those it lost, or nobody
 * could ask to hear when what was in production is gone.
 */
export function draftsOf(
  facts: readonly Fact[],
  around: Surroundings,
): { type: EventType; snapshot: Omit<EventSnapshot, 'actor'> }[] {
  const lost = new Map<string, string[]>()
  for (const fact of facts) {
    if (fact.type !== 'REMOVE_ARTIFACT_ALIAS') continue
    const key = versionKey(fact.at)
    lost.set(key, [...(lost.get(key) ?? []), fact.alias].sort())
  }
  return facts.map((fact) => {
    const isLoss = fact.type === 'UNLINK_ARTIFACT' || fact.type === 'DELETE_ARTIFACT'
    return draftOf(fact, isLoss ? { ...around, aliases: lost } : around)
  })
}

/** A fact with its snapshot. */
export function draftOf(fact: Fact, around: Surroundings): { type: EventType; snapshot: Omit<EventSnapshot, 'actor'> } {
  const versions = versionsOf(fact)
  const subjects = placesOf(fact, around.places).map((place, index) => {
    const at = versions[index]
    if (at === undefined) return { ...place, version: null, aliases: [] }
    return { ...place, version: at.version, aliases: around.aliases.get(versionKey(at)) ?? [] }
  })
  const artifactId = versions[0]?.artifactId
  const artifact = artifactId === undefined ? null : around.artifacts.get(artifactId)
  assert(artifact !== undefined, 'an event shows the artifact it is about')
  return {
    type: fact.type,
    snapshot: {
      subjects,
      artifact,
      alias: 'alias' in fact ? fact.alias : null,
      tag: 'tag' in fact ? fact.tag : null,
      previousVersion: 'previous' in fact ? refOf(fact.previous) : null,
      movedTo: 'movedTo' in fact ? refOf(fact.movedTo) : null,
    },
  }
}

/** Where it happened: for each version, or in the collection. */
export function placesOf(fact: Fact, places: Surroundings['places']): EventPlace[] {
  const ids = 'collectionId' in fact ? [fact.collectionId] : versionsOf(fact).map((at) => at.collectionId)
  return ids.map((id) => {
    const place = places.get(id)
    assert(place !== undefined, 'an event shows the collection it happened in')
    return place
  })
}

function refOf(holder: AliasHolder | null): VersionRef | null {
  if (holder === null) return null
  return { version: holder.version, artifactId: holder.artifactId, artifactPublicId: holder.artifactPublicId }
}
