import { describe, expect, test } from 'vitest'
import type { EventArtifact } from '../events/event.ts'
import type { AliasHolder } from './alias-moves.ts'
import { aliasFacts, draftOf, type Fact, lossFacts, type Surroundings } from './change-events.ts'

const holder = (version: number): AliasHolder => ({
  collectionId: 1,
  membershipId: 10 + version,
  version,
  artifactId: 100 + version,
  artifactPublicId: `art_${version}`,
})
const ref = (version: number) => ({ version, artifactId: 100 + version, artifactPublicId: `art_${version}` })

const place = (collectionId: number) => ({
  entityId: 5,
  entity: 'vision',
  organizationId: null,
  projectId: 6,
  project: 'churn',
  collectionId,
  collection: `collection-${collectionId}`,
  collectionKind: 'SEQUENCE' as const,
})

const around: Surroundings = {
  places: new Map([1, 2].map((id) => [id, place(id)])),
  artifacts: new Map([100, 101].map((id) => [id, { id } as EventArtifact])),
  aliases: new Map([['1:1', ['latest', 'production']]]),
}

const brief = (facts: readonly Fact[]) => facts.map((fact) => [fact.type, 'at' in fact ? fact.at.version : null])

describe('the order of events', () => {
  test('an alias that moves is lost by its old holder before it is won by the new one', () => {
    const facts = aliasFacts([
      { collectionId: 1, alias: 'production', from: holder(0), to: holder(1) },
      { collectionId: 1, alias: 'fresh', from: null, to: holder(1) },
      { collectionId: 1, alias: 'old', from: holder(0), to: null },
    ])
    expect(brief(facts)).toEqual([
      ['REMOVE_ARTIFACT_ALIAS', 0],
      ['ADD_ARTIFACT_ALIAS', 1],
      ['ADD_ARTIFACT_ALIAS', 1],
      ['REMOVE_ARTIFACT_ALIAS', 0],
    ])
  })

  test('a membership that is lost loses its aliases first', () => {
    const facts = lossFacts(holder(0), [
      { collectionId: 1, alias: 'a', from: holder(0), to: null },
      { collectionId: 1, alias: 'b', from: holder(0), to: null },
    ])
    expect(brief(facts)).toEqual([
      ['REMOVE_ARTIFACT_ALIAS', 0],
      ['REMOVE_ARTIFACT_ALIAS', 0],
      ['UNLINK_ARTIFACT', 0],
    ])
  })
})

describe('the snapshot of an event', () => {
  test('a move names the other holder on both sides, and the aliases after the change', () => {
    const [lost, won] = aliasFacts([{ collectionId: 1, alias: 'production', from: holder(0), to: holder(1) }])
    expect(draftOf(lost!, around)).toEqual({
      type: 'REMOVE_ARTIFACT_ALIAS',
      snapshot: {
        subjects: [{ ...place(1), version: 0, aliases: [] }],
        artifact: { id: 100 },
        alias: 'production',
        tag: null,
        previousVersion: null,
        movedTo: ref(1),
      },
    })
    expect(draftOf(won!, around)).toEqual({
      type: 'ADD_ARTIFACT_ALIAS',
      snapshot: {
        subjects: [{ ...place(1), version: 1, aliases: ['latest', 'production'] }],
        artifact: { id: 101 },
        alias: 'production',
        tag: null,
        previousVersion: ref(0),
        movedTo: null,
      },
    })
  })

  test('a tag on an artifact is one event that names all its memberships', () => {
    const everywhere = [holder(1), { collectionId: 2, version: 7, artifactId: 101 }]
    const { snapshot } = draftOf({ type: 'ADD_ARTIFACT_TAG', everywhere, tag: 'good' }, around)
    expect(snapshot.subjects).toEqual([
      { ...place(1), version: 1, aliases: ['latest', 'production'] },
      { ...place(2), version: 7, aliases: [] },
    ])
    expect(snapshot).toMatchObject({ artifact: { id: 101 }, tag: 'good', alias: null })
  })

  test('an event about a collection has no version and no artifact', () => {
    const { snapshot } = draftOf({ type: 'ADD_COLLECTION_TAG', collectionId: 2, tag: 'good' }, around)
    expect(snapshot).toEqual({
      subjects: [{ ...place(2), version: null, aliases: [] }],
      artifact: null,
      alias: null,
      tag: 'good',
      previousVersion: null,
      movedTo: null,
    })
  })
})
