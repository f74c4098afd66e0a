import type { Selectable } from 'kysely'
import type { AttemptRow, DeliveryRow, ExecutionRow, WebhookRow } from '../../src/database/schema.ts'
import type { Change } from './fixture.ts'

/** A delivery, as its row is. */
export type Row = Selectable<DeliveryRow>

export const WEBHOOK_COLUMNS = [
  'id',
  'name',
  'concurrency_max',
  'paused_at',
  /** Nothing is sent before this: the receiver asked for it, or its circuit is open. */
  'held_until',
  'circuit_opened_at',
  'failing_since',
  'delivery_order',
  'newest_wins',
  'rate_limit_per_minute',
] as const satisfies (keyof WebhookRow)[]

export type Webhook = Pick<Selectable<WebhookRow>, (typeof WEBHOOK_COLUMNS)[number]>

/** What happened, as the events tell it. */
export type Happened = Change & { id: number }

/** How an automation was paced when this was committed, as its settings say. */
export type PacingSettings = {
  rateLimit?: { count: number; seconds: number }
  debounceSeconds?: number
}

/** What one transaction made of the database. */
export type Commit = {
  readonly nowMs: number
  readonly rowsBefore: ReadonlyMap<number, Row>
  readonly rows: ReadonlyMap<number, Row>
  readonly webhooksBefore: ReadonlyMap<number, Webhook>
  readonly webhooks: ReadonlyMap<number, Webhook>
  /** New ones, oldest first. */
  readonly executions: readonly Selectable<ExecutionRow>[]
  readonly attempts: readonly Selectable<AttemptRow>[]
  /** By automation; empty without new executions. */
  readonly pacings: ReadonlyMap<number, PacingSettings>
}

export const TERMINAL: ReadonlySet<string> = new Set(['succeeded', 'failed', 'superseded', 'cancelled'])
