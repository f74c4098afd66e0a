import type { Event, EventSubject } from '../events/event.ts'
import type { FieldProblem } from '../refusal.ts'
import { explain, type Filter } from './filter.ts'
import { enclosingScopes, scopeKey } from './matching.ts'

/** What came of an event for one automation, as that was then. */
export type ExplainedVerdict =
  | 'fired'
  /** It fired and did nothing, for the reason its execution gives. */
  | 'skipped'
  | 'filter_not_met'
  | 'disabled'
  | 'deleted'
  | 'not_made_yet'
  | 'other_event'
  | 'out_of_scope'
  /** The event tells of what was imported: that fires nothing. */
  | 'imported'
  /** The event is of a run by hand, which fires one automation only. */
  | 'run_by_hand'
  /** It had fired for the same run within 24 hours. */
  | 'once_per_run'
  /** By all that is known it should have fired: it was changed within the same moment. */
  | 'unclear'

export type Explained = {
  verdict: ExplainedVerdict
  /** In words, for people. */
  message: string
  /** The clauses of the filter that did not hold, with what was seen. */
  because: FieldProblem[]
}

const BECAUSE_MAX = 10

/**
 * Why an automation did not fire.
 *
 * - `revision`: what it said then; `undefined` if it was not made yet. Its `filter` is `null` if it cannot be read.
 * - `isDeleted`: by the time of the event.
 * - `event`: with the subjects that may be shown.
 */
export function whyNot(
  event: Event,
  revision:
    | { eventType: string; scopeKind: EventScopeKind; scopeId: number; enabled: boolean; filter: Filter | null }
    | undefined,
  isDeleted: boolean,
): Explained {
  const said = (verdict: ExplainedVerdict, message: string, because: FieldProblem[] = []) => ({
    verdict,
    message,
    because,
  })
  if (revision === undefined) return said('not_made_yet', 'The automation was made after the event.')
  if (isDeleted) return said('deleted', 'The automation had been deleted before the event.')
  if (event.snapshot.actor.via === 'import') {
    return said('imported', 'The change was imported from another server: that fires no automations.')
  }
  if (event.runBy) return said('run_by_hand', 'Somebody ran another automation by hand: that fires no other.')
  if (revision.eventType !== event.type) {
    return said('other_event', `It waits for ${revision.eventType}, and this is ${event.type}.`)
  }
  const key = scopeKey({ kind: revision.scopeKind, id: revision.scopeId })
  const inScope = event.snapshot.subjects.filter((subject) => encloses(key, subject))
  if (inScope.length === 0) return said('out_of_scope', 'The event happened outside the scope of the automation.')
  if (!revision.enabled) return said('disabled', 'The automation was disabled.')

  const { filter } = revision
  if (filter === null) return said('unclear', 'Its filter cannot be read.')
  const because: FieldProblem[] = []
  for (const subject of inScope) {
    const explained = explain(filter, event.snapshot, subject)
    if (explained.matches && event.snapshot.run != null) {
      return said('once_per_run', 'Its filter holds, and it had fired for this run within the 24 hours before.')
    }
    if (explained.matches) {
      return said('unclear', 'Its filter holds. It was probably changed or made within the same moment as the event.')
    }
    for (const problem of explained.because) {
      const isKnown = because.some(({ path, message }) => path === problem.path && message === problem.message)
      if (!isKnown && because.length < BECAUSE_MAX) because.push(problem)
    }
  }
  return said(
    'filter_not_met',
    `Its filter did not hold: ${because[0]?.message ?? 'a condition was not met'}.`,
    because,
  )
}

type EventScopeKind = 'COLLECTION' | 'PROJECT' | 'ENTITY'

function encloses(key: string, subject: EventSubject): boolean {
  return enclosingScopes(subject).some((scope) => scopeKey(scope) === key)
}
