import type { Caller } from '../access/rights.ts'
import { findCandidates, findFirings, findMatches, fireAutomations } from '../automations/operations.ts'
import type { Tx } from '../database/database.ts'
import { ITEMS_AT_ONCE, last, together } from '../database/statement.ts'
import { assert } from '../runtime/assert.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'
import type { Event, EventActor, EventSnapshot, EventType } from './event.ts'
import { insertEvents, insertFeedRows } from './store.ts'
import { insertRunEvent } from './store-runs.ts'

/** An event about to be recorded: who did it and when is the same for the whole change and comes from the caller. */
export type EventDraft = { type: EventType; snapshot: Omit<EventSnapshot, 'actor'> }

/**
 * Record what a change did, in the order given, and match it: the events, their feed rows, the executions of the
 * automations that match, and their deliveries all belong to `tx`, the transaction of the change.
 *
 * An import only repeats what happened elsewhere: its events are recorded, and match nothing.
 *
 * - `caller`: `null` for the server itself.
 * - `drafts`: each with at least one subject. None at all records nothing.
 * - `candidates`: what `candidatesOf` has found already.
 * - `isLast`: nothing is asked in the transaction any more, as by `last`.
 */
export async function recordEvents(
  world: World,
  tx: Tx,
  caller: Caller | null,
  drafts: readonly EventDraft[],
  options: { candidates?: Candidates; isLast?: boolean } = {},
): Promise<void> {
  if (drafts.length === 0) return

  const actor = actorOf(caller)
  const occurredAt = world.now()
  const events: Event[] = drafts.map((draft) => {
    assert(draft.snapshot.subjects.length > 0, `a ${draft.type} event happens somewhere`)
    return {
      id: 0,
      publicId: newPublicId('ev'),
      type: draft.type,
      occurredAt,
      causedBy: caller?.cause?.deliveryId ?? null,
      depth: caller?.cause?.depth ?? 0,
      snapshot: { actor, ...draft.snapshot },
    }
  })

  const entries = events.flatMap((event) => {
    const entityIds = new Set(event.snapshot.subjects.map((subject) => subject.entityId))
    return [...entityIds].map((entityId) => ({ entity_id: entityId, event: event.publicId }))
  })
  const isLast = options.isLast === true && entries.length <= ITEMS_AT_ONCE
  const happened = events.map(({ type, snapshot: { subjects } }) => ({ type, subjects }))
  const candidates = options.candidates ?? (await candidatesOf(tx, caller, happened))
  const matches = await findMatches(world, tx, events, candidates)
  const recorded = () =>
    together([
      insertEvents(
        tx,
        events.map((event) => ({ ...event, snapshot: JSON.stringify(event.snapshot) })),
      ),
      insertFeedRows(tx, entries),
    ])
  if (matches.length === 0) {
    await (isLast ? last(tx, recorded()) : recorded())
    return
  }
  const [[ids], firings] = await together([recorded(), findFirings(world, tx, matches)])
  for (const event of events) event.id = ids.get(event.publicId) as number
  await fireAutomations(world, tx, firings, isLast)
}

type Candidates = Awaited<ReturnType<typeof findCandidates>>

/** The automations that wait for what the caller did: none for an import. */
export async function candidatesOf(
  tx: Tx,
  caller: Caller | null,
  happened: Parameters<typeof findCandidates>[1],
): Promise<Candidates> {
  return caller?.via === 'import' ? [] : findCandidates(tx, happened)
}

/**
 * Keep what an automation is run with by hand, in the form of the event it waits for. It is no fact: it is in no feed and
 * matches nothing.
 */
export async function recordRun(world: World, tx: Tx, caller: Caller, draft: EventDraft): Promise<Event> {
  const event: Event = {
    id: 0,
    publicId: newPublicId('ev'),
    type: draft.type,
    occurredAt: world.now(),
    causedBy: caller.cause?.deliveryId ?? null,
    depth: caller.cause?.depth ?? 0,
    snapshot: { actor: actorOf(caller), ...draft.snapshot },
  }
  const row = { ...event, snapshot: JSON.stringify(event.snapshot), runBy: caller.user.username }
  return { ...event, runBy: caller.user.username, id: await insertRunEvent(tx, world.db.engine, row) }
}

function actorOf(caller: Caller | null): EventActor {
  if (caller === null) return { username: null, kind: 'system', via: 'system', userAgent: null, requestId: null }
  const bySystem = caller.via === 'system'
  return {
    username: bySystem ? null : caller.user.username,
    kind: bySystem ? 'system' : caller.user.kind === 'service' ? 'service' : 'user',
    via: caller.via,
    userAgent: caller.userAgent,
    requestId: caller.requestId,
  }
}
