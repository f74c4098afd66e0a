import { type Selectable, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { WebhookRow } from '../database/schema.ts'
import { batch, statement } from '../database/statement.ts'
import type { Health } from './health.ts'

export type HealthColumns = Pick<
  Selectable<WebhookRow>,
  | 'held_until'
  | 'circuit_opened_at'
  | 'circuit_trips'
  | 'outage_points'
  | 'failure_count'
  | 'failing_since'
  | 'last_failure_at'
  | 'last_failure_reason'
>

export function healthColumns(health: Health): HealthColumns {
  return {
    held_until: health.heldUntil,
    circuit_opened_at: health.circuitOpenedAt,
    circuit_trips: health.circuitTrips,
    outage_points: health.outagePoints,
    failure_count: health.failureCount,
    failing_since: health.failingSince,
    last_failure_at: health.lastFailureAt,
    last_failure_reason: health.lastFailureReason,
  }
}

/**
 * The health of these webhooks, which nobody else changes until the transaction ends. Locked in the order of ids, so
 * that two workers which settle for the same webhooks do not wait for each other. `now`: by the clock all share.
 */
export const lockHealth = statement(
  (_, input: { webhookIds: readonly number[]; nowMs: number }, engine) => sql<
    HealthColumns & { id: number; public_id: string; now: number }
  >`
    select w.id, w.public_id, w.held_until, w.circuit_opened_at, w.circuit_trips, w.outage_points, w.failure_count, w.failing_since,
      w.last_failure_at, w.last_failure_reason, ${engine.nowMs(input.nowMs)} as now
    from webhooks w
    where ${engine.isOneOf('w.id', input.webhookIds, 'bigint')} and w.deleted_at is null
    order by w.id
    ${engine.rowLocks ? sql`for no key update of w` : sql``}`,
)

const updateHealth = batch(
  {
    id: 'bigint',
    held_until: 'bigint',
    circuit_opened_at: 'bigint',
    circuit_trips: 'integer',
    outage_points: 'integer',
    failure_count: 'integer',
    failing_since: 'bigint',
    last_failure_at: 'bigint',
    last_failure_reason: 'text',
  },
  (_, { from, item }) => sql`
    update webhooks set
      held_until = ${item.held_until},
      circuit_opened_at = ${item.circuit_opened_at},
      circuit_trips = ${item.circuit_trips},
      outage_points = ${item.outage_points},
      failure_count = ${item.failure_count},
      failing_since = ${item.failing_since},
      last_failure_at = ${item.last_failure_at},
      last_failure_reason = ${item.last_failure_reason}
    ${from} where webhooks.id = ${item.id}`,
)

export async function saveHealth(tx: Tx, rows: readonly { id: number; health: Health }[]): Promise<void> {
  await updateHealth(
    tx,
    rows.map(({ id, health }) => ({ id, ...healthColumns(health) })),
  )
}

/** How many webhooks of each entity are paused, and of how many others the receiver is out. */
export async function countTroubled(db: Reader, entityIds: readonly number[]) {
  return db
    .selectFrom('webhooks')
    .select(['entity_id'])
    .select(sql<number>`sum(case when paused_at is not null then 1 else 0 end)`.as('paused'))
    .select(sql<number>`sum(case when paused_at is null and circuit_opened_at is not null then 1 else 0 end)`.as('out'))
    .where('entity_id', 'in', entityIds)
    .where('deleted_at', 'is', null)
    .groupBy('entity_id')
    .execute()
}
