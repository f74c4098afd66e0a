import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sampleEvent } from '../../test/support/sample-event.ts'
import type { ScopeKind } from '../database/schema.ts'
import type { EventSubject, EventType } from '../events/event.ts'
import { type Candidate, candidateKey, candidateKeys, enclosingScopes, matchAll } from './matching.ts'

const place = (ids: Partial<EventSubject>): EventSubject => ({
  ...sampleEvent().snapshot.subjects[0]!,
  ...{ entityId: 1, organizationId: null, projectId: 2, collectionId: 3 },
  ...ids,
})

test('the scopes of a place are its collection, project, entity and organization, each once', () => {
  expect(enclosingScopes(place({ organizationId: 9 })).map(({ kind, id }) => `${kind} ${id}`)).toEqual([
    'COLLECTION 3',
    'PROJECT 2',
    'ENTITY 1',
    'ENTITY 9',
  ])
  // A registry belongs to the organization itself.
  expect(enclosingScopes(place({ organizationId: 1 }))).toHaveLength(3)
})

const subject = fc
  .record({
    entityId: fc.integer({ min: 1, max: 3 }),
    organizationId: fc.option(fc.integer({ min: 1, max: 3 })),
    projectId: fc.integer({ min: 1, max: 3 }),
    collectionId: fc.integer({ min: 1, max: 3 }),
  })
  .map(place)
type Drawn = Candidate & { scopeKind: ScopeKind; scopeId: number; eventType: EventType }
const types: EventType[] = ['ADD_ARTIFACT_TAG', 'REMOVE_ARTIFACT_TAG']
const event = fc
  .record({ type: fc.constantFrom(...types), subjects: fc.array(subject, { minLength: 1, maxLength: 4 }) })
  .map(({ type, subjects }) => sampleEvent(type, { subjects }))
const candidates = fc
  .array(
    fc.record({
      scopeKind: fc.constantFrom('COLLECTION' as const, 'PROJECT' as const, 'ENTITY' as const),
      scopeId: fc.integer({ min: 1, max: 4 }),
      eventType: fc.constantFrom(...types),
    }),
    { maxLength: 12 },
  )
  .map((all) =>
    all.map((each, index): Drawn => {
      const key = candidateKey(each.eventType, { kind: each.scopeKind, id: each.scopeId })
      return { ...each, key, automationId: index + 1 }
    }),
  )
const events = fc.array(event, { minLength: 1, maxLength: 3 })

/** The definition, without any index: is this subject in the candidate's scope? */
function inScope(candidate: Drawn, where: EventSubject): boolean {
  switch (candidate.scopeKind) {
    case 'COLLECTION':
      return where.collectionId === candidate.scopeId
    case 'PROJECT':
      return where.projectId === candidate.scopeId
    case 'ENTITY':
      return where.entityId === candidate.scopeId || where.organizationId === candidate.scopeId
  }
}

test('each candidate fires at most once an event, for the first place that is in scope and accepted', () => {
  fc.assert(
    fc.property(events, candidates, fc.integer({ min: 1, max: 3 }), (all, some, refusedProject) => {
      const judge = (_: Candidate, __: unknown, where: EventSubject) =>
        where.projectId === refusedProject ? 'refused' : where.projectId === 1 ? 'skipped' : 'accepted'
      const found = matchAll(all, some, judge)
      const expected = all.flatMap((each) =>
        some.flatMap((candidate) => {
          const index = each.snapshot.subjects.findIndex(
            (where) => inScope(candidate, where) && where.projectId !== refusedProject,
          )
          if (index === -1 || candidate.eventType !== each.type) return []
          return [[each, candidate, index, each.snapshot.subjects[index]?.projectId === 1]]
        }),
      )
      expect(found.map((match) => [match.event, match.candidate, match.subjectIndex, match.isSkipped])).toEqual(
        expected,
      )
    }),
  )
})

test('the keys lead to whatever could match, and to nothing else', () => {
  fc.assert(
    fc.property(events, candidates, (all, some) => {
      const keys = candidateKeys(all.map(({ type, snapshot: { subjects } }) => ({ type, subjects })))
      expect(new Set(keys).size).toBe(keys.length)
      const led = some.filter(({ key }) => keys.includes(key))
      const matched = new Set(matchAll(all, some, () => 'accepted').map((match) => match.candidate))
      expect(led).toEqual(some.filter((candidate) => matched.has(candidate)))
    }),
  )
})
