import type { Tx } from '../database/database.ts'
import { type Engine, insertChunks } from '../database/engine.ts'
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
export async function insertEvents(tx: Tx, engine: Engine, events: readonly NewEvent[]): Promise<Map<string, number>> {
  const ids = new Map<string, number>()
  const rows = events.map((event) => ({
    public_id: event.publicId,
    type: event.type,
    transaction_id: engine.transactionId(),
    occurred_at: event.occurredAt,
    caused_by: event.causedBy,
    depth: event.depth,
    snapshot: event.snapshot,
  }))
  for (const chunk of insertChunks(engine, rows)) {
    const inserted = await tx.insertInto('events').values(chunk).returning(['id', 'public_id']).execute()
    for (const row of inserted) ids.set(row.public_id, row.id)
  }
  return ids
}

/** Puts each event into the feed of each entity it happened in. */
export async function insertFeedRows(
  tx: Tx,
  engine: Engine,
  entries: readonly { entityId: number; eventId: number }[],
): Promise<void> {
  const rows = entries.map((entry) => ({
    entity_id: entry.entityId,
    transaction_id: engine.transactionId(),
    event_id: entry.eventId,
  }))
  for (const chunk of insertChunks(engine, rows)) await tx.insertInto('event_feed').values(chunk).execute()
}
