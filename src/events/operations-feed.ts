import { requireEntity } from '../access/operations.ts'
import { type Caller, mayIn } from '../access/rights.ts'
import { notFound, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import type { Event, EventSnapshot, EventType } from './event.ts'
import {
  type FeedPosition,
  type FeedRow,
  findEntityIds,
  findEvent,
  findFeedEnd,
  findFeedPosition,
  findPurged,
  readFeed,
} from './store.ts'
import { originsOf, visibleSnapshot } from './visibility.ts'

export type { FeedPosition } from './store.ts'

/** Rows looked at for one page: a rare type must not make one request read the whole feed. */
const ROWS_SCANNED_MAX = 2_000

const FEED_START: FeedPosition = { transactionId: 0, eventId: 0 }

/** `next` continues after this page, also when nothing is left now. */
export type FeedPage = { events: { event: Event; position: FeedPosition }[]; next: FeedPosition; hasMore: boolean }

/**
 * The events that happened in an entity, oldest first, after a position. None is ever skipped: an event is shown only
 * once no transaction that is still open can put another one before it. So one that is committed may be shown a moment
 * later, while an older transaction is open.
 *
 * - `after`: a position an earlier page gave; `oldest` begins with the oldest event there still is, `latest` with the
 *   next one that comes.
 * - `types`: these only; none means all. A page may then be empty and yet have `hasMore`.
 *
 * @throws Refusal `not_found` | `cursor_expired` when events after the position have been purged
 */
export async function readEvents(
  world: World,
  caller: Caller,
  input: { entity: string; after: FeedPosition | 'oldest' | 'latest'; types: readonly EventType[]; limit: number },
): Promise<FeedPage> {
  const { id: entityId } = await requireEntity(world.db.read, caller, input.entity, 'viewer')
  const { engine, read } = world.db
  if (input.after === 'latest') {
    const next = (await findFeedEnd(read, engine, entityId)) ?? (await findPurged(read, entityId)) ?? FEED_START
    return { events: [], next, hasMore: false }
  }

  const after = input.after === 'oldest' ? FEED_START : input.after
  const { types, limit } = input
  const scanned =
    types.length === 0
      ? undefined
      : await findFeedPosition(read, engine, { entityId, after, skip: ROWS_SCANNED_MAX - 1 })
  const rows = await readFeed(read, engine, { entityId, after, upTo: scanned, types, limit: limit + 1 })
  // After the rows: what is purged while they are read is noticed too.
  const purged = await findPurged(read, entityId)
  if (input.after !== 'oldest' && purged !== undefined && isBefore(after, purged)) {
    throw new Refusal(
      'cursor_expired',
      'Events after this cursor have been purged: start again without a cursor, and take note that some are missing',
    )
  }

  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit || scanned !== undefined
  const next =
    rows.length > limit && last !== undefined ? positionOf(last) : (scanned ?? (last ? positionOf(last) : after))
  return { events: await visibleEvents(world, caller, shown), next, hasMore }
}

/**
 * One event, as far as the caller may see it.
 *
 * @throws Refusal `not_found`
 */
export async function getEvent(world: World, caller: Caller, publicId: string): Promise<Event> {
  const row = await findEvent(world.db.read, publicId)
  const [visible] = row === undefined ? [] : await visibleEvents(world, caller, [row])
  if (visible === undefined) throw notFound(`Event "${publicId}"`)
  return visible.event
}

function isBefore(position: FeedPosition, other: FeedPosition): boolean {
  return (
    position.transactionId < other.transactionId ||
    (position.transactionId === other.transactionId && position.eventId < other.eventId)
  )
}

function positionOf(row: FeedRow): FeedPosition {
  return { transactionId: row.transaction_id, eventId: row.id }
}

async function visibleEvents(
  world: World,
  caller: Caller,
  rows: readonly FeedRow[],
): Promise<{ event: Event; position: FeedPosition }[]> {
  const events = rows.map((row) => ({ row, snapshot: JSON.parse(row.snapshot) as EventSnapshot }))
  const names = new Set(events.flatMap(({ snapshot }) => originsOf(snapshot)))
  const entityIds = await findEntityIds(world.db.read, [...names])
  return events.flatMap(({ row, snapshot }) => {
    const maySee = (entityId: number, id: number | null) => mayIn(caller, 'viewer', { id, entityId })
    const visible = visibleSnapshot(snapshot, maySee, entityIds)
    if (visible === undefined) return []
    const event: Event = {
      id: row.id,
      publicId: row.public_id,
      type: row.type as EventType,
      occurredAt: row.occurred_at,
      causedBy: row.caused_by,
      depth: row.depth,
      snapshot: visible,
      runBy: row.run_by,
    }
    return [{ event, position: positionOf(row) }]
  })
}
