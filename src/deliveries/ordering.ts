import type { Event, EventSubject } from '../events/event.ts'
import type { DeliveryOrder } from '../webhooks/delivery-order.ts'

/**
 * What deliveries share that wait for each other; `null` if they need not. In the order of aliases, events without one
 * wait for each other within their collection; those of runs within their run, in any order.
 */
export function orderKey(
  webhook: { id: number; order: DeliveryOrder },
  event: Event,
  subject: Pick<EventSubject, 'collectionId'>,
): string | null {
  if (webhook.order === 'none') return null
  const place = `${webhook.id} ${placeOf(event, subject)}`
  const { alias } = event.snapshot
  return webhook.order === 'collection' || alias === null ? place : `${place} ${alias}`
}

/** The collection, or the run that the event is about. */
export function placeOf(event: Event, subject: Pick<EventSubject, 'collectionId'>): string {
  return subject.collectionId === null ? `run ${event.snapshot.run?.id}` : String(subject.collectionId)
}

/** A delivery that has not ended. `waitsFor`: the one it waits for to end. */
export type Unsettled = { id: number; automationId: number; isSending: boolean; waitsFor: number | null }

/**
 * How deliveries of one key go on when new ones come to them: which end because a newer one takes their place, and which
 * wait for another one than before.
 *
 * Each waits for the one before it. Only what waits can be superseded, by the newest of the same automation; what is
 * being sent is left to finish.
 *
 * - `before`: oldest first. `fresh`: the same, newer than all of those.
 */
export function arrange(
  before: readonly Unsettled[],
  fresh: readonly Pick<Unsettled, 'id' | 'automationId'>[],
  newestWins: boolean,
): { superseded: { id: number; by: number }[]; links: { id: number; waitsFor: number | null }[] } {
  const newest = new Map(newestWins ? fresh.map(({ id, automationId }) => [automationId, id]) : [])
  const superseded: { id: number; by: number }[] = []
  const links: { id: number; waitsFor: number | null }[] = []
  let previous: number | null = null
  const all = [
    ...before.map((delivery) => ({ ...delivery, isFresh: false })),
    ...fresh.map((delivery) => ({ ...delivery, isSending: false, waitsFor: null, isFresh: true })),
  ]
  for (const { id, automationId, isSending, waitsFor, isFresh } of all) {
    const by = newest.get(automationId)
    if (by !== undefined && by !== id && !isSending) {
      superseded.push({ id, by })
      continue
    }
    if (isFresh || (!isSending && waitsFor !== previous)) links.push({ id, waitsFor: previous })
    previous = id
  }
  return { superseded, links }
}
