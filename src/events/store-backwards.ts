import { sql } from 'kysely'
import type { Reader } from '../database/database.ts'
import type { FeedPosition } from './store.ts'

export type BackwardRow = FeedPosition & {
  publicId: string
  type: string
  occurredAt: number
  causedBy: string | null
  depth: number
  /** `null` for events of other types than the one asked for. */
  snapshot: string | null
}

/**
 * What happened in any of these entities, newest first, before a position; snapshots of one type only. Each feed is read
 * by its key, no further than `limit`.
 */
export async function readFeedsBackwards(
  db: Reader,
  input: { entityIds: readonly number[]; type: string; before: FeedPosition | undefined; limit: number },
): Promise<BackwardRow[]> {
  const { before, limit } = input
  if (input.entityIds.length === 0) return []
  const earlier =
    before === undefined ? sql`` : sql`and (transaction_id, event_id) < (${before.transactionId}, ${before.eventId})`
  const branches = input.entityIds.map(
    (entityId, index) => sql`select * from (
      select transaction_id, event_id from event_feed where entity_id = ${entityId} ${earlier}
      order by transaction_id desc, event_id desc limit ${limit}) ${sql.raw(`f${index}`)}`,
  )
  // An event can be in the feeds of several: it is one.
  const { rows } = await sql<BackwardRow>`
    select f.transaction_id as "transactionId", f.event_id as "eventId", e.public_id as "publicId", e.type,
      e.occurred_at as "occurredAt", e.caused_by as "causedBy", e.depth,
      case when e.type = ${input.type} then e.snapshot end as snapshot
    from (${sql.join(branches, sql` union `)}) f join events e on e.id = f.event_id
    order by f.transaction_id desc, f.event_id desc limit ${limit}`.execute(db)
  return rows
}

export async function listTeamIds(db: Reader, organizationId: number): Promise<number[]> {
  const rows = await db.selectFrom('entities').select('id').where('organization_id', '=', organizationId).execute()
  return rows.map(({ id }) => id)
}
