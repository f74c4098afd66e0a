import type { ScopeKind } from '../database/schema.ts'
import type { Event, EventSubject, EventType } from '../events/event.ts'

/**
 * How many automations may fire one another in a row. A pipeline of more stages than this is none that people would
 * build; a loop goes round until it gets here.
 */
export const CAUSAL_DEPTH_MAX = 8

/** Something automations can be scoped to. An organization's own entity is an `ENTITY` like a team. */
export type Scope = { kind: ScopeKind; id: number }

export function scopeKey(scope: Scope): string {
  return `${scope.kind} ${scope.id}`
}

/** What matching needs to know of an enabled automation. `key`: what it waits for and where, as by `candidateKey`. */
export type Candidate = { automationId: number; key: string }

/** Where something happened. */
type Place = Pick<EventSubject, 'collectionId' | 'projectId' | 'entityId' | 'organizationId'>

/** The scopes that enclose a subject, innermost first. */
export function enclosingScopes(subject: Place): Scope[] {
  const scopes: Scope[] = [
    ...(subject.collectionId === null ? [] : [{ kind: 'COLLECTION' as const, id: subject.collectionId }]),
    { kind: 'PROJECT', id: subject.projectId },
    { kind: 'ENTITY', id: subject.entityId },
  ]
  if (subject.organizationId !== null && subject.organizationId !== subject.entityId) {
    scopes.push({ kind: 'ENTITY', id: subject.organizationId })
  }
  return scopes
}

/** The `scope_key` of an enabled automation on this type of event at this scope. */
export function candidateKey(eventType: EventType, scope: Scope): string {
  return `${eventType} ${scopeKey(scope)}`
}

/** The keys of all automations that one of the events could fire, each once. */
export function candidateKeys(events: readonly { type: EventType; subjects: readonly Place[] }[]): string[] {
  const keys = new Set<string>()
  for (const { type, subjects } of events) {
    for (const subject of subjects) {
      for (const scope of enclosingScopes(subject)) keys.add(candidateKey(type, scope))
    }
  }
  return [...keys]
}

/** `skipped`: it fires, but does nothing, for a reason that is shown. */
export type Verdict = 'accepted' | 'refused' | 'skipped'

/**
 * Which candidates each event fires, and for which of its subjects: the first that is in scope and not refused.
 *
 * A candidate fires at most once an event, however many of its subjects match. Matches come in the order of the
 * events, and for one event in the order of `candidates`.
 *
 * - `judge`: what the candidate's filter says of the event as it happened to one subject.
 */
export function matchAll<C extends Candidate>(
  events: readonly Event[],
  candidates: readonly C[],
  judge: (candidate: C, event: Event, subject: EventSubject) => Verdict,
): { event: Event; candidate: C; subjectIndex: number; isSkipped: boolean }[] {
  const byKey = new Map<string, number[]>()
  for (const [index, { key }] of candidates.entries()) {
    const indexes = byKey.get(key)
    if (indexes === undefined) byKey.set(key, [index])
    else indexes.push(index)
  }

  const matches = []
  for (const event of events) {
    const fired = new Map<number, { subjectIndex: number; isSkipped: boolean }>()
    for (const [subjectIndex, subject] of event.snapshot.subjects.entries()) {
      for (const scope of enclosingScopes(subject)) {
        for (const index of byKey.get(candidateKey(event.type, scope)) ?? []) {
          if (fired.has(index)) continue
          const verdict = judge(candidates[index] as C, event, subject)
          if (verdict !== 'refused') fired.set(index, { subjectIndex, isSkipped: verdict === 'skipped' })
        }
      }
    }
    for (const [index, found] of [...fired].sort(([first], [second]) => first - second)) {
      matches.push({ event, candidate: candidates[index] as C, ...found })
    }
  }
  return matches
}
