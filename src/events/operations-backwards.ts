import type { World } from '../world.ts'
import type { Event, EventSnapshot, EventType } from './event.ts'
import type { FeedPosition } from './store.ts'
import { listTeamIds, readFeedsBackwards } from './store-backwards.ts'

/** Feeds read in one statement: the embedded engine joins no more than 500. */
const FEEDS_AT_ONCE = 100

/** `event` is `undefined` for those of other types. */
export type PastEvent = { position: FeedPosition; occurredAt: number; event: Event | undefined }

/** The entities whose feeds together have all that happens in this one: of an organization its teams too. */
export async function feedsOf(world: World, entityId: number): Promise<number[]> {
  return [entityId, ...(await listTeamIds(world.db.read, entityId))]
}

/**
 * What happened in these entities, newest first, before a position: for whoever has made sure that the caller may know.
 */
export async function readBackwards(
  world: World,
  input: { entityIds: readonly number[]; type: EventType; before: FeedPosition | undefined; limit: number },
): Promise<PastEvent[]> {
  const rows = []
  for (let start = 0; start < input.entityIds.length; start += FEEDS_AT_ONCE) {
    const entityIds = input.entityIds.slice(start, start + FEEDS_AT_ONCE)
    rows.push(...(await readFeedsBackwards(world.db.read, { ...input, entityIds })))
  }
  const byId = new Map(rows.map((row) => [row.eventId, row]))
  return [...byId.values()]
    .sort((a, b) => b.transactionId - a.transactionId || b.eventId - a.eventId)
    .slice(0, input.limit)
    .map(({ transactionId, eventId, snapshot, ...row }) => ({
      position: { transactionId, eventId },
      occurredAt: row.occurredAt,
      event:
        snapshot === null
          ? undefined
          : { ...row, id: eventId, type: row.type as EventType, snapshot: JSON.parse(snapshot) as EventSnapshot },
    }))
}
