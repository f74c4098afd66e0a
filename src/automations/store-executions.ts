import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { EventType } from '../events/event.ts'

/** Where a list of executions goes on. */
export type ExecutionPosition = { createdAt: number; id: number }

/** Newest first, after the one that `before` is the key of; without those in `hiddenProjectIds`. */
export async function listExecutions(
  db: Reader,
  input: {
    automationId: number
    hiddenProjectIds: readonly number[]
    before: ExecutionPosition | undefined
    limit: number
  },
) {
  const { before, hiddenProjectIds } = input
  return db
    .selectFrom('executions as x')
    .innerJoin('events as e', 'e.id', 'x.event_id')
    .innerJoin('automation_revisions as r', 'r.id', 'x.revision_id')
    .select(['x.id', 'x.public_id', 'x.state', 'x.reason', 'x.subject', 'x.created_at', 'r.revision'])
    .select([
      'e.public_id as event_public_id',
      'e.occurred_at',
      'e.snapshot',
      'e.run_by',
      sql<EventType>`e.type`.as('event_type'),
    ])
    .where('x.automation_id', '=', input.automationId)
    .$if(before !== undefined, (query) =>
      query.where(sql<boolean>`(x.created_at, x.id) < (${before?.createdAt}, ${before?.id})`),
    )
    .$if(hiddenProjectIds.length > 0, (query) =>
      query.where(sql<boolean>`coalesce(x.project_id, 0) not in (${sql.join(hiddenProjectIds)})`),
    )
    .orderBy('x.created_at', 'desc')
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

/** Of these events. What they led to must be gone. */
export async function deleteExecutions(tx: Tx, eventIds: readonly number[]): Promise<void> {
  if (eventIds.length === 0) return
  await tx.deleteFrom('executions').where('event_id', 'in', eventIds).execute()
}
