import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { AttemptRow, DeliveryState } from '../database/schema.ts'
import { WAITING_UNTIL_MS } from './store-order.ts'

export type DeliveryDetails = {
  id: number
  publicId: string
  entityId: number
  /** Where the automation fired; `null` if the collection is gone, or it was a run. */
  projectId: number | null
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
  /** The HTTP status of the last attempt. */
  lastStatus: number | null
  /** The public ids of the one that has to end before it, and of the one that took its place. */
  waitsFor: string | null
  supersededBy: string | null
  /** When payload, requests and answers were taken away because of their age. */
  bodiesPurgedAt: number | null
  firedAt: number
  replayOf: string | null
  replayMode: 'as_then' | 'as_now' | null
  revisionId: number
  executionId: number
  executionPublicId: string
  eventPublicId: string
  eventType: string
  eventCausedBy: string | null
  eventDepth: number
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

/** What a list of deliveries is narrowed to; what is absent narrows nothing. Times are of `[after, before)`. */
export type DeliveryFilter = {
  states?: readonly DeliveryState[] | undefined
  /** The HTTP status of the last attempt, one of these. */
  statuses?: readonly number[] | undefined
  reason?: string | undefined
  held?: boolean | undefined
  webhookId?: number | undefined
  automationId?: number | undefined
  collectionId?: number | undefined
  createdAfter?: number | undefined
  createdBefore?: number | undefined
  /** Failed, and not replayed since. */
  deadLetters?: boolean | undefined
}

/** Where a list goes on: the time it is ordered by, and the delivery's id. */
export type DeliveryPosition = { at: number; id: number }

function detailed(db: Reader | Tx) {
  return db
    .selectFrom('deliveries as d')
    .innerJoin('executions as x', 'x.id', 'd.execution_id')
    .innerJoin('events as e', 'e.id', 'x.event_id')
    .innerJoin('automation_revisions as r', 'r.id', 'd.revision_id')
    .innerJoin('automations as a', 'a.id', 'r.automation_id')
    .innerJoin('webhooks as w', 'w.id', 'd.webhook_id')
    .leftJoin('deliveries as o', 'o.id', 'd.replay_of')
    .leftJoin('deliveries as before', 'before.id', 'd.waits_for')
    .leftJoin('deliveries as newer', 'newer.id', 'd.superseded_by')
    .leftJoin('automation_revisions as c', (join) =>
      join.onRef('c.id', '=', 'a.revision_id').on('a.deleted_at', 'is', null),
    )
    .leftJoin('webhooks as cw', (join) => join.onRef('cw.id', '=', 'c.webhook_id').on('cw.deleted_at', 'is', null))
    .select([
      'd.id',
      'd.public_id',
      'd.entity_id',
      'x.project_id',
      'd.state',
      'd.reason',
      'd.message_id',
      'd.attempt_count',
      'd.next_attempt_at',
      'd.body',
      'd.warnings',
      'd.created_at',
      'd.settled_at',
      'd.last_status',
      'd.bodies_purged_at',
      'x.created_at as fired_at',
      'o.public_id as replay_of',
      'd.replay_mode',
      'before.public_id as waits_for',
      'newer.public_id as superseded_by',
      'd.revision_id',
      'd.execution_id',
      'x.public_id as execution',
      'e.public_id as event',
      'e.type as event_type',
      'e.caused_by',
      'e.depth',
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
    projectId: row.project_id,
    state: row.state,
    held: row.state === 'pending' && row.paused_at !== null,
    reason: row.reason,
    messageId: row.message_id,
    attemptCount: row.attempt_count,
    nextAttemptAt: row.next_attempt_at === WAITING_UNTIL_MS ? null : row.next_attempt_at,
    body: row.body,
    warnings: row.warnings,
    createdAt: row.created_at,
    settledAt: row.settled_at,
    lastStatus: row.last_status,
    bodiesPurgedAt: row.bodies_purged_at,
    firedAt: row.fired_at,
    replayOf: row.replay_of,
    replayMode: row.replay_mode,
    waitsFor: row.waits_for,
    supersededBy: row.superseded_by,
    revisionId: row.revision_id,
    executionId: row.execution_id,
    executionPublicId: row.execution,
    eventPublicId: row.event,
    eventType: row.event_type,
    eventCausedBy: row.caused_by,
    eventDepth: row.depth,
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

/** Whether lists of this filter go by when the automation fired, rather than by when the delivery was made. */
export function goesByFiring(filter: DeliveryFilter): boolean {
  return filter.automationId !== undefined || filter.collectionId !== undefined
}

/**
 * An entity's deliveries, newest first. With an automation or a collection the time is that of the firing, so that a
 * replay stands beside what it replays.
 *
 * Every state and every status asked for is read from an index of its own, no further than one page: how much history
 * lies between the rows does not matter.
 */
export async function listDeliveryRows(
  db: Reader,
  input: {
    entityId: number
    /** What happened in these is left out. */
    hiddenProjectIds: readonly number[]
    filter: DeliveryFilter
    before: DeliveryPosition | undefined
    limit: number
  },
): Promise<DeliveryDetails[]> {
  const statement = listStatement(input)
  if (statement === undefined) return []
  const { rows } = await statement.execute(db)
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const details = new Map((await detailed(db).where('d.id', 'in', ids).execute()).map((row) => [row.id, row]))
  return ids.flatMap((id) => {
    const row = details.get(id)
    return row === undefined ? [] : [asDetails(row)]
  })
}

/** The ids of one page, in order; `undefined` if the filter contradicts itself. */
function listStatement(input: {
  entityId: number
  hiddenProjectIds: readonly number[]
  filter: DeliveryFilter
  before: DeliveryPosition | undefined
  limit: number
}): RawBuilder<{ id: number }> | undefined {
  const { filter, before, limit } = input
  const byFiring = goesByFiring(filter)
  const at = byFiring ? sql`x.created_at` : sql`d.created_at`
  const conditions = [sql`d.entity_id = ${input.entityId}`]
  if (filter.automationId !== undefined) conditions.push(sql`x.automation_id = ${filter.automationId}`)
  if (filter.collectionId !== undefined) conditions.push(sql`x.collection_id = ${filter.collectionId}`)
  if (filter.webhookId !== undefined) conditions.push(sql`d.webhook_id = ${filter.webhookId}`)
  if (filter.reason !== undefined) conditions.push(sql`d.reason = ${filter.reason}`)
  if (filter.held !== undefined) conditions.push(filter.held ? IS_HELD : sql`not (${IS_HELD})`)
  if (filter.createdAfter !== undefined) conditions.push(sql`${at} >= ${filter.createdAfter}`)
  if (filter.createdBefore !== undefined) conditions.push(sql`${at} < ${filter.createdBefore}`)
  if (filter.deadLetters) conditions.push(IS_NEWEST)
  if (input.hiddenProjectIds.length > 0) {
    conditions.push(sql`not exists (
      select 1 from executions hx
      where hx.id = d.execution_id and hx.project_id in (${sql.join(input.hiddenProjectIds)})
    )`)
  }
  if (before !== undefined) {
    // The first half is what an index understands, also where the two are of two tables.
    conditions.push(sql`${at} <= ${before.at} and (${at} < ${before.at} or d.id < ${before.id})`)
  }
  const branches = branchesOf(filter).map(({ inProgress, where }, index) => {
    const from = byFiring
      ? sql`executions x cross join deliveries d where d.execution_id = x.id and`
      : inProgress === undefined
        ? sql`deliveries d where`
        : sql`(select id from deliveries where state = ${sql.lit(inProgress)}) q cross join deliveries d where d.id = q.id and`
    const all = sql.join([...conditions, ...where], sql` and `)
    return sql`select * from (
      select d.id, ${at} as at from ${from} ${all} order by ${at} desc, d.id desc limit ${limit}
    ) ${sql.raw(`b${index}`)}`
  })
  if (branches.length === 0) return undefined
  return sql<{ id: number }>`select id from (${sql.join(branches, sql` union all `)}) page
    order by at desc, id desc limit ${limit}`
}

const IS_HELD = sql`d.state = 'pending'
  and exists (select 1 from webhooks h where h.id = d.webhook_id and h.paused_at is not null)`

/** Nothing has been sent anew for the same action of the same execution. */
const IS_NEWEST = sql`not exists (
  select 1 from deliveries l
  where l.execution_id = d.execution_id and l.action_index = d.action_index and l.id > d.id
)`

/** `inProgress`: to be read from the queue's own index of this state, which is as long as what waits. */
type Branch = { inProgress?: 'pending' | 'sending'; where: RawBuilder<unknown>[] }

/** One for each value that an index begins with. Conditions are written out, or partial indexes do not fit. */
function branchesOf({ states, statuses, held }: DeliveryFilter): Branch[] {
  const wanted = held === true ? (['pending'] as const).filter((state) => states?.includes(state) ?? true) : states
  if (wanted?.length === 0) return []
  if (statuses !== undefined) {
    return statuses.map((status) => ({
      where: [
        status >= 300
          ? sql`d.last_status = ${sql.lit(status)} and d.last_status >= 300`
          : sql`d.last_status = ${sql.lit(status)}`,
        ...(wanted === undefined ? [] : [sql`d.state in (${sql.join(wanted.map((state) => sql.lit(state)))})`]),
      ],
    }))
  }
  if (wanted === undefined) return [{ where: [] }]
  return wanted.map((state) => {
    const isState = sql`d.state = ${sql.lit(state)}`
    if (state === 'succeeded') return { where: [isState] }
    if (state === 'pending' || state === 'sending') return { inProgress: state, where: [isState] }
    return { where: [isState, sql`d.state in ('failed', 'superseded', 'cancelled')`] }
  })
}

/** How many of each entity's deliveries were made since then and are dead letters. */
export async function countDeadLetters(
  db: Reader,
  input: { entityIds: readonly number[]; hiddenProjectIds: readonly number[]; since: number },
): Promise<{ entity_id: number; count: number }[]> {
  const hidden = input.hiddenProjectIds
  const isShown =
    hidden.length === 0
      ? sql`1 = 1`
      : sql`not exists (select 1 from executions hx where hx.id = d.execution_id and hx.project_id in (${sql.join(hidden)}))`
  const { rows } = await sql<{ entity_id: number; count: number }>`
    select d.entity_id, count(*) as count from deliveries d
    where d.entity_id in (${sql.join(input.entityIds)})
      and d.state = 'failed' and d.state in ('failed', 'superseded', 'cancelled')
      and d.created_at >= ${input.since} and ${IS_NEWEST} and ${isShown}
    group by d.entity_id`.execute(db)
  return rows
}

/** The ids of what a filter names; what there is not has none. */
export async function findFilterIds(
  db: Reader,
  named: {
    webhook?: string | undefined
    automation?: string | undefined
    collection?: { entity: string; project: string; collection: string } | undefined
  },
): Promise<{ webhookId?: number | undefined; automationId?: number | undefined; collectionId?: number | undefined }> {
  const { webhook, automation, collection } = named
  const [webhookRow, automationRow, collectionRow] = await Promise.all([
    webhook === undefined
      ? undefined
      : db.selectFrom('webhooks').select('id').where('public_id', '=', webhook).executeTakeFirst(),
    automation === undefined
      ? undefined
      : db.selectFrom('automations').select('id').where('public_id', '=', automation).executeTakeFirst(),
    collection === undefined
      ? undefined
      : db
          .selectFrom('collections as c')
          .innerJoin('projects as p', 'p.id', 'c.project_id')
          .innerJoin('entities as e', 'e.id', 'p.entity_id')
          .select('c.id')
          .where('e.name', '=', collection.entity)
          .where('p.name', '=', collection.project)
          .where('c.name', '=', collection.collection)
          .executeTakeFirst(),
  ])
  return { webhookId: webhookRow?.id, automationId: automationRow?.id, collectionId: collectionRow?.id }
}

export async function listAttempts(db: Reader, deliveryId: number): Promise<Selectable<AttemptRow>[]> {
  return db.selectFrom('attempts').selectAll().where('delivery_id', '=', deliveryId).orderBy('claim').execute()
}
