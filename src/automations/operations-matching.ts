import type { Tx } from '../database/database.ts'
import { together } from '../database/statement.ts'
import { type DeliveryDraft, enqueueDeliveries, findReadiness } from '../deliveries/operations.ts'
import type { Event, EventSubject } from '../events/event.ts'
import { assert } from '../runtime/assert.ts'
import { newPublicId } from '../runtime/id.ts'

import type { World } from '../world.ts'
import { matchesEvent } from './filter.ts'
import { CAUSAL_DEPTH_MAX, candidateKeys, matchAll, type Verdict } from './matching.ts'
import { loadFilters } from './operations-filters.ts'
import { paceMatches } from './operations-pacing.ts'
import { claimPerRun } from './operations-run-events.ts'
import { readPacing } from './pacing.ts'
import { findInScope, findRevisions, type InScope, insertExecutions, type RevisionRow } from './store.ts'
import type { StoredFilter } from './stored-filter.ts'

/**
 * What one owner's patterns may take of one commit, which others wait for. An ordinary search takes microseconds; the
 * worst filter that can be saved takes 0.3 s, and an owner may have any number of those.
 */
const SEARCH_MS_MAX = 2_000

/** An automation that an event fires, and what it does. */
export type FiringCandidate = InScope & RevisionRow & { stored: StoredFilter | null }

/** `subjectIndex`: where the event happened for it. `isSkipped`: it fires, and does nothing. */
export type Firing = { event: Event; candidate: FiringCandidate; subjectIndex: number; isSkipped: boolean }

/** The automations that wait for what happens at these places, whatever else they ask. */
export async function findCandidates(
  tx: Tx,
  happened: Parameters<typeof candidateKeys>[0],
): Promise<readonly InScope[]> {
  return findInScope(tx, candidateKeys(happened))
}

/** One that an event fires, as far as its filter tells. */
export type Match = Omit<Firing, 'candidate'> & { candidate: InScope & { stored: StoredFilter | null } }

/** Which of the candidates these events, which need not have been recorded yet, will fire. */
export async function findMatches(
  world: World,
  tx: Tx,
  events: readonly Event[],
  candidates: readonly InScope[],
): Promise<Match[]> {
  if (candidates.length === 0) return []
  const filters = await loadFilters(
    world,
    tx,
    candidates.map(({ revisionId }) => revisionId),
  )
  return matchAll(events, candidates, createJudge(filters)).map(({ candidate, ...match }) => ({
    ...match,
    candidate: { ...candidate, stored: filters.get(candidate.revisionId) ?? null },
  }))
}

/** What those are to do. */
export async function findFirings(world: World, tx: Tx, matches: readonly Match[]): Promise<Firing[]> {
  const revisionIds = new Set(matches.map(({ candidate }) => candidate.revisionId))
  const revisions = await findRevisions(tx, [...revisionIds], world.now())
  return matches.flatMap((match): Firing[] => {
    const revision = revisions.get(match.candidate.revisionId)
    return revision === undefined ? [] : [{ ...match, candidate: { ...match.candidate, ...revision } }]
  })
}

/**
 * Fire what the events that `tx` has just recorded were found in it to fire: an execution for each automation each of
 * them fires, and a delivery for each action of those. Part of the transaction of the change, so that all of it commits
 * or none; sent once it has.
 *
 * - `isLast`: nothing is asked in the transaction any more, as by `last`.
 */
export async function fireAutomations(
  world: World,
  tx: Tx,
  firings: readonly Firing[],
  isLast: boolean,
): Promise<void> {
  if (firings.length === 0) return
  const fired = await claimPerRun(world, tx, firings)
  const matches = fired.map((match) => ({ ...match, reason: skipReason(match) }))
  if (matches.length === 0) return
  await paceMatches(world, tx, matches)

  const now = world.now()
  const executions = matches.map((match) => ({
    ...match,
    row: {
      public_id: newPublicId('ex'),
      automation_id: match.candidate.automationId,
      revision_id: match.candidate.revisionId,
      event_id: match.event.id,
      subject: match.subjectIndex,
      state: match.reason === null ? ('matched' as const) : ('skipped' as const),
      reason: match.reason,
      created_at: now,
      ...placeOfMatch(match),
    },
  }))
  const acting = executions.filter(({ row, candidate }) => row.state === 'matched' && candidate.webhookId !== null)
  const [ids, readiness] = await together([
    insertExecutions(
      tx,
      executions.map(({ row }) => row),
    ),
    findReadiness(
      world,
      tx,
      acting.flatMap(({ candidate }) =>
        orderedBy(candidate) !== null || debounceMs(candidate) !== null ? [] : candidate.revisionId,
      ),
    ),
  ])

  const drafts = acting.map(({ candidate, event, subjectIndex, row }) => ({
    entityId: candidate.entityId,
    executionId: ids.get(row.public_id) as number,
    revisionId: candidate.revisionId,
    webhookId: candidate.webhookId as number,
    event,
    subjectIndex,
    ordered: orderedBy(candidate),
    gathered: gatheredBy(candidate),
  }))
  await enqueueDeliveries(world, tx, drafts, readiness, isLast)
}

/** The order its webhook asks for. What may have to wait for others is claimed by a worker, and not in the same breath. */
export function orderedBy({ automationId, webhookOrder, newestWins }: FiringCandidate): DeliveryDraft['ordered'] {
  if (webhookOrder === null || webhookOrder === 'none') return null
  return { automationId, order: webhookOrder, newestWins: newestWins === 1 }
}

function debounceMs({ pacing }: FiringCandidate): number | null {
  const { debounceSeconds } = readPacing(pacing)
  return debounceSeconds === null ? null : debounceSeconds * 1_000
}

function gatheredBy(candidate: FiringCandidate): { automationId: number; windowMs: number } | null {
  const windowMs = debounceMs(candidate)
  return windowMs === null ? null : { automationId: candidate.automationId, windowMs }
}

function placeOfMatch({ event, subjectIndex }: { event: Event; subjectIndex: number }) {
  const subject = event.snapshot.subjects[subjectIndex]
  assert(subject !== undefined, 'a match is of a subject of its event')
  return { collection_id: subject.collectionId, project_id: subject.projectId }
}

/**
 * Asks the filters of the candidates of one commit.
 *
 * A filter that cannot be read, or whose owner has used up the time for patterns, does not fail the change of whoever
 * made it: the automation is skipped, and its execution says why.
 */
function createJudge(filters: ReadonlyMap<number, StoredFilter | null>) {
  const searchedMs = new Map<number, number>()
  return ({ revisionId, entityId }: InScope, event: Event, subject: EventSubject): Verdict => {
    const stored = filters.get(revisionId) ?? null
    if (stored === null) return 'skipped'
    const { filter, searches } = stored
    if (!searches) return matchesEvent(filter, event.snapshot, subject) ? 'accepted' : 'refused'

    const before = searchedMs.get(entityId) ?? 0
    if (before > SEARCH_MS_MAX) return 'skipped'
    const startedAt = performance.now()
    const matches = matchesEvent(filter, event.snapshot, subject)
    searchedMs.set(entityId, before + performance.now() - startedAt)
    return matches ? 'accepted' : 'refused'
  }
}

/** Why an automation that fires does nothing; `null` when it acts. */
export function skipReason(match: Omit<Firing, 'subjectIndex'>): string | null {
  const { event, candidate, isSkipped } = match
  if (isSkipped) return candidate.stored === null ? 'filter_unreadable' : 'filter_too_slow'
  if (candidate.webhookDeletedAt !== null) return 'webhook_deleted'
  if (candidate.webhookOwnerLeft === 1) return 'webhook_owner_left'
  return event.depth >= CAUSAL_DEPTH_MAX ? 'loop_too_deep' : null
}
