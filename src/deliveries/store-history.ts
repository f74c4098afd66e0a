import type { Selectable } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import type { AttemptRow, DeliveryState } from '../database/schema.ts'

export type DeliveryDetails = {
  id: number
  publicId: string
  entityId: number
  state: DeliveryState
  /** Pending, under a paused webhook. */
  held: boolean
  reason: string | null
  messageId: string
  attemptCount: number
  nextAttemptAt: number | null
  body: string | null
  warnings: string | null
  createdAt: number
  settledAt: number | null
  replayOf: string | null
  replayMode: 'as_then' | 'as_now' | null
  revisionId: number
  executionId: number
  executionPublicId: string
  eventPublicId: string
  eventType: string
  automationPublicId: string
  automationName: string
  currentRevisionId: number | null
  currentWebhookId: number | null
  webhookId: number
  webhookPublicId: string
  webhookEntityId: number
  webhookName: string
  webhookDeleted: boolean
}

export type DeliveryFilter = {
  state?: DeliveryState | undefined
  automation?: string | undefined
  webhook?: string | undefined
}

function detailed(db: Reader | Tx) {
  return db
    .selectFrom('deliveries as d')
    .innerJoin('executions as x', 'x.id', 'd.execution_id')
    .innerJoin('events as e', 'e.id', 'x.event_id')
    .innerJoin('automation_revisions as r', 'r.id', 'd.revision_id')
    .innerJoin('automations as a', 'a.id', 'r.automation_id')
    .innerJoin('webhooks as w', 'w.id', 'd.webhook_id')
    .leftJoin('deliveries as o', 'o.id', 'd.replay_of')
    .leftJoin('automation_revisions as c', (join) =>
      join.onRef('c.id', '=', 'a.revision_id').on('a.deleted_at', 'is', null),
    )
    .leftJoin('webhooks as cw', (join) => join.onRef('cw.id', '=', 'c.webhook_id').on('cw.deleted_at', 'is', null))
    .select([
      'd.id',
      'd.public_id',
      'd.entity_id',
      'd.state',
      'd.reason',
      'd.message_id',
      'd.attempt_count',
      'd.next_attempt_at',
      'd.body',
      'd.warnings',
      'd.created_at',
      'd.settled_at',
      'o.public_id as replay_of',
      'd.replay_mode',
      'd.revision_id',
      'd.execution_id',
      'x.public_id as execution',
      'e.public_id as event',
      'e.type as event_type',
      'a.public_id as automation',
      'r.name as automation_name',
      'c.id as current_revision',
      'cw.id as current_webhook',
      'd.webhook_id',
      'w.public_id as webhook',
      'w.entity_id as webhook_entity',
      'w.name as webhook_name',
      'w.paused_at',
      'w.deleted_at as webhook_deleted',
    ])
}

type DetailedRow = Awaited<ReturnType<ReturnType<typeof detailed>['executeTakeFirstOrThrow']>>

function asDetails(row: DetailedRow): DeliveryDetails {
  return {
    id: row.id,
    publicId: row.public_id,
    entityId: row.entity_id,
    state: row.state,
    held: row.state === 'pending' && row.paused_at !== null,
    reason: row.reason,
    messageId: row.message_id,
    attemptCount: row.attempt_count,
    nextAttemptAt: row.next_attempt_at,
    body: row.body,
    warnings: row.warnings,
    createdAt: row.created_at,
    settledAt: row.settled_at,
    replayOf: row.replay_of,
    replayMode: row.replay_mode,
    revisionId: row.revision_id,
    executionId: row.execution_id,
    executionPublicId: row.execution,
    eventPublicId: row.event,
    eventType: row.event_type,
    automationPublicId: row.automation,
    automationName: row.automation_name,
    currentRevisionId: row.current_revision,
    currentWebhookId: row.current_webhook,
    webhookId: row.webhook_id,
    webhookPublicId: row.webhook,
    webhookEntityId: row.webhook_entity,
    webhookName: row.webhook_name,
    webhookDeleted: row.webhook_deleted !== null,
  }
}

export async function findDelivery(db: Reader | Tx, publicId: string): Promise<DeliveryDetails | undefined> {
  const row = await detailed(db).where('d.public_id', '=', publicId).executeTakeFirst()
  return row === undefined ? undefined : asDetails(row)
}

export async function listDeliveryRows(
  db: Reader,
  input: { entityId: number; filter: DeliveryFilter; beforeId: number | undefined; limit: number },
): Promise<DeliveryDetails[]> {
  const { state, automation, webhook } = input.filter
  const rows = await detailed(db)
    .where('d.entity_id', '=', input.entityId)
    .$if(state !== undefined, (query) => query.where('d.state', '=', state as DeliveryState))
    .$if(automation !== undefined, (query) => query.where('a.public_id', '=', automation as string))
    .$if(webhook !== undefined, (query) => query.where('w.public_id', '=', webhook as string))
    .$if(input.beforeId !== undefined, (query) => query.where('d.id', '<', input.beforeId as number))
    .orderBy('d.id', 'desc')
    .limit(input.limit)
    .execute()
  return rows.map(asDetails)
}

export async function listAttempts(db: Reader, deliveryId: number): Promise<Selectable<AttemptRow>[]> {
  return db.selectFrom('attempts').selectAll().where('delivery_id', '=', deliveryId).orderBy('claim').execute()
}

export async function insertReplay(
  tx: Tx,
  engine: Engine,
  input: {
    delivery: DeliveryDetails
    publicId: string
    mode: 'as_then' | 'as_now'
    messageId: string
    revisionId: number
    webhookId: number
    body: string | null
    warnings: string | null
    nowMs: number
  },
): Promise<void> {
  await tx
    .insertInto('deliveries')
    .values({
      public_id: input.publicId,
      entity_id: input.delivery.entityId,
      execution_id: input.delivery.executionId,
      revision_id: input.revisionId,
      webhook_id: input.webhookId,
      message_id: input.messageId,
      state: 'pending',
      next_attempt_at: engine.nowMs(input.nowMs),
      body: input.body,
      warnings: input.warnings,
      replay_of: input.delivery.id,
      replay_mode: input.mode,
      created_at: input.nowMs,
    })
    .execute()
}
