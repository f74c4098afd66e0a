import { sql } from 'kysely'
import type { Reader } from '../database/database.ts'
import type { EventType } from '../events/event.ts'

/** Newest first, before `before`. */
export async function listExecutions(
  db: Reader,
  input: { automationId: number; before: number | undefined; limit: number },
) {
  const { before } = input
  return db
    .selectFrom('executions as x')
    .innerJoin('events as e', 'e.id', 'x.event_id')
    .innerJoin('automation_revisions as r', 'r.id', 'x.revision_id')
    .select(['x.id', 'x.public_id', 'x.state', 'x.reason', 'x.subject', 'x.created_at', 'r.revision'])
    .select(['e.public_id as event_public_id', 'e.occurred_at', 'e.snapshot', sql<EventType>`e.type`.as('event_type')])
    .where('x.automation_id', '=', input.automationId)
    .$if(before !== undefined, (query) => query.where('x.id', '<', before as number))
    .orderBy('x.id', 'desc')
    .limit(input.limit)
    .execute()
}

/** The deliveries of these executions, replays included, oldest first. */
export async function listDeliveriesOfExecutions(db: Reader, executionIds: readonly number[]) {
  if (executionIds.length === 0) return []
  return db
    .selectFrom('deliveries as d')
    .innerJoin('webhooks as w', 'w.id', 'd.webhook_id')
    .leftJoin('deliveries as o', 'o.id', 'd.replay_of')
    .select(['d.public_id', 'd.execution_id', 'd.state', 'd.reason', 'd.attempt_count', 'd.next_attempt_at'])
    .select('d.waits_for')
    .select(['d.created_at', 'd.settled_at', 'd.replay_mode', 'o.public_id as replay_of'])
    .select(['w.public_id as webhook_public_id', 'w.name as webhook_name', 'w.paused_at'])
    .where('d.execution_id', 'in', executionIds)
    .orderBy('d.id')
    .execute()
}
