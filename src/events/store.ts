import { type Selectable, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import type { EventRow } from '../database/schema.ts'
import { batch } from '../database/statement.ts'
import type { EventType } from './event.ts'

export type NewEvent = {
  publicId: string
  type: EventType
  occurredAt: number
  causedBy: string | null
  depth: number
  /** The snapshot as JSON. */
  snapshot: string
}

/** The ids of the new events by their public ids. The rows carry the id of the running transaction. */
export async function insertEvents(tx: Tx, events: readonly NewEvent[]): Promise<Map<string, number>> {
  const inserted = await insertEventRows(
    tx,
    events.map((event) => ({
      public_id: event.publicId,
      type: event.type,
      occurred_at: event.occurredAt,
      caused_by: event.causedBy,
      depth: event.depth,
      snapshot: event.snapshot,
    })),
  )
  return new Map(inserted.map((row) => [row.public_id, row.id]))
}

const insertEventRows = batch(
  { public_id: 'text', type: 'text', occurred_at: 'bigint', caused_by: 'text', depth: 'integer', snapshot: 'text' },
  (_, { names, values, rows }, __, engine) => sql<{ id: number; public_id: string }>`
    insert into events (${names}, transaction_id) ${rows(sql`${values}, ${engine.transactionId()}`)}
    returning id, public_id`,
)

/** Puts each event, whose insert was called before, into the feed of each entity it happened in. */
export const insertFeedRows = batch({ entity_id: 'bigint', event: 'text' }, (_, { item, rows }, __, engine) => {
  const eventId = sql`(select id from events where public_id = ${item.event})`
  return sql`
      insert into event_feed (entity_id, event_id, transaction_id)
      ${rows(sql`${item.entity_id}, ${eventId}, ${engine.transactionId()}`)}`
})

/** A place in the feed: feeds are in order of the transaction that wrote the event, then of the event's id. */
export type FeedPosition = { transactionId: number; eventId: number }

type FeedStretch = { entityId: number; after: FeedPosition; upTo?: FeedPosition | undefined }

/**
 * The final part of an entity's feed after a position: rows that no transaction still open can put another row before.
 */
function finalRows(db: Reader | Tx, engine: Engine, stretch: FeedStretch) {
  const { entityId, after, upTo } = stretch
  return db
    .selectFrom('event_feed as f')
    .where('f.entity_id', '=', entityId)
    .where('f.transaction_id', '<', engine.feedHorizon())
    .where(sql<boolean>`(f.transaction_id, f.event_id) > (${after.transactionId}, ${after.eventId})`)
    .$if(upTo !== undefined, (query) =>
      query.where(sql<boolean>`(f.transaction_id, f.event_id) <= (${upTo?.transactionId}, ${upTo?.eventId})`),
    )
}

export type FeedRow = Selectable<EventRow>

/** The next events of the feed, oldest first; of these types only, if any are given. */
export async function readFeed(
  db: Reader,
  engine: Engine,
  input: FeedStretch & { types: readonly EventType[]; limit: number },
): Promise<FeedRow[]> {
  return finalRows(db, engine, input)
    .innerJoin('events as e', 'e.id', 'f.event_id')
    .selectAll('e')
    .$if(input.types.length > 0, (query) => query.where('e.type', 'in', input.types))
    .orderBy('f.transaction_id')
    .orderBy('f.event_id')
    .limit(input.limit)
    .execute()
}

/** The position of the row that is `skip` rows further on, or `undefined` if there are not so many. */
export async function findFeedPosition(
  db: Reader,
  engine: Engine,
  input: FeedStretch & { skip: number },
): Promise<FeedPosition | undefined> {
  return finalRows(db, engine, input)
    .select(['f.transaction_id as transactionId', 'f.event_id as eventId'])
    .orderBy('f.transaction_id')
    .orderBy('f.event_id')
    .offset(input.skip)
    .limit(1)
    .executeTakeFirst()
}

/** The newest final position of the feed. */
export async function findFeedEnd(db: Reader, engine: Engine, entityId: number): Promise<FeedPosition | undefined> {
  return db
    .selectFrom('event_feed')
    .select(['transaction_id as transactionId', 'event_id as eventId'])
    .where('entity_id', '=', entityId)
    .where('transaction_id', '<', engine.feedHorizon())
    .orderBy('transaction_id', 'desc')
    .orderBy('event_id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export async function findEvent(db: Reader, publicId: string): Promise<FeedRow | undefined> {
  return db.selectFrom('events').selectAll().where('public_id', '=', publicId).executeTakeFirst()
}

/** How far an entity's feed has been purged: rows up to this position may be gone. */
export async function findPurged(db: Reader | Tx, entityId: number): Promise<FeedPosition | undefined> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', purgedName(entityId))
    .executeTakeFirst()
  return row === undefined ? undefined : (JSON.parse(row.value) as FeedPosition)
}

/** Takes the rows up to a position out of an entity's feed, and remembers it. The events themselves stay. */
export async function purgeFeedRows(tx: Tx, entityId: number, upTo: FeedPosition): Promise<void> {
  const value = JSON.stringify(upTo)
  await tx
    .insertInto('settings')
    .values({ name: purgedName(entityId), value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
  await tx
    .deleteFrom('event_feed')
    .where('entity_id', '=', entityId)
    .where(sql<boolean>`(transaction_id, event_id) <= (${upTo.transactionId}, ${upTo.eventId})`)
    .execute()
}

function purgedName(entityId: number): string {
  return `feed_purged:${entityId}`
}

/** The ids of the entities of these names. */
export async function findEntityIds(db: Reader, names: readonly string[]): Promise<Map<string, number>> {
  if (names.length === 0) return new Map()
  const rows = await db.selectFrom('entities').select(['id', 'name']).where('name', 'in', names).execute()
  return new Map(rows.map((row) => [row.name, row.id]))
}
