import { sql } from 'kysely'
import type { Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import type { EventType } from '../events/event.ts'

/** The newest event there is, whoever recorded it; 0 without one. */
export async function findLastEventId(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom('events')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst()
  return row?.id ?? 0
}

/** The events that this transaction has recorded, `after` being the newest there was before, in order. */
export async function findOwnEvents(tx: Tx, engine: Engine, after: number) {
  return tx
    .selectFrom('events')
    .select(['id', 'snapshot', sql<EventType>`type`.as('type')])
    .where('id', '>', after)
    .where('transaction_id', '=', engine.transactionId())
    .orderBy('id')
    .execute()
}

/** What these events fired, in order, with where it would be sent. */
export async function findFired(tx: Tx, eventIds: readonly number[]) {
  if (eventIds.length === 0) return []
  return tx
    .selectFrom('executions as x')
    .innerJoin('automations as a', 'a.id', 'x.automation_id')
    .innerJoin('automation_revisions as r', 'r.id', 'x.revision_id')
    .innerJoin('entities as e', 'e.id', 'a.entity_id')
    .leftJoin('webhooks as w', 'w.id', 'r.webhook_id')
    .select(['x.event_id', 'x.subject', 'x.state', 'x.reason', 'a.public_id', 'a.entity_id', 'r.name'])
    .select(['e.name as entity', 'r.action_kind', 'w.public_id as webhook_public_id', 'w.name as webhook_name'])
    .select(['w.paused_at as webhook_paused_at', 'w.circuit_opened_at as webhook_circuit_opened_at'])
    .where('x.event_id', 'in', eventIds)
    .orderBy('x.id')
    .execute()
}
