import type { Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import type { NewEvent } from './store.ts'

/** The id of an event that is in no feed: what somebody ran an automation with by hand. */
export async function insertRunEvent(tx: Tx, engine: Engine, event: NewEvent & { runBy: string }): Promise<number> {
  const { id } = await tx
    .insertInto('events')
    .values({
      public_id: event.publicId,
      type: event.type,
      transaction_id: engine.transactionId(),
      occurred_at: event.occurredAt,
      caused_by: event.causedBy,
      depth: event.depth,
      snapshot: event.snapshot,
      run_by: event.runBy,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}
