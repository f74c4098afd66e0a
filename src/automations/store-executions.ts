import { type RawBuilder, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { DeliveryState } from '../database/schema.ts'
import type { EventType } from '../events/event.ts'

/** Where a list of executions goes on. */
export type ExecutionPosition = { createdAt: number; id: number }

/** What a list of executions is narrowed to; what is absent narrows nothing. Times are of `[after, before)`. */
export type ExecutionFilter = {
  state?: 'matched' | 'skipped' | undefined
  /** A delivery of it, replays among them, is in this state. */
  delivery?: DeliveryState | undefined
  eventType?: EventType | undefined
  /** Whose automations; `all` narrows nothing. */
  ownerIds?: readonly number[] | 'all' | undefined
  collectionId?: number | undefined
  projectId?: number | undefined
  /** Only those of this artifact, wherever it is linked. */
  artifactPublicId?: string | undefined
  createdAfter?: number | undefined
  createdBefore?: number | undefined
  /** What happened in these is left out. */
  hiddenProjectIds?: readonly number[] | undefined
  before: ExecutionPosition | undefined
}

/** The firings of the automations of these entities, of one of them, or in these collections; the newest `limit` of them, in order. */
export async function listExecutions(
  db: Reader,
  input: {
    of: { entityIds: readonly number[] } | { automationId: number } | { collectionIds: readonly number[] }
    filter: ExecutionFilter
    limit: number
  },
): Promise<ExecutionDetails[]> {
  const ids = await newestExecutionIds(db, input)
  if (ids.length === 0) return []
  const details = new Map((await selectExecutions(db, ids)).map((row) => [row.id, row]))
  return ids.flatMap((id) => details.get(id) ?? [])
}

/**
 * Read from an index by automation, or by collection, no more than a page of each. Those
 * automations or collections are enough where something fired last: none of the others can have a firing among the newest.
 */
async function newestExecutionIds(db: Reader, input: Parameters<typeof listExecutions>[1]): Promise<number[]> {
  const { of, limit } = input
  const conditions = conditionsOf(input.filter)
  const { delivery, eventType } = input.filter
  if ('entityIds' in of && delivery !== undefined && delivery !== 'succeeded') {
    // Few are, and an index has them.
    const { rows } = await sql<{ id: number }>`
      select x.id from executions x
      where x.id in (select d.execution_id from deliveries d where d.entity_id in (${sql.join(of.entityIds)}) and ${inState(delivery)})
        and ${conditions}
      order by x.created_at desc, x.id desc limit ${limit}`.execute(db)
    return rows.map(({ id }) => id)
  }
  const [column, owners] =
    'automationId' in of
      ? ['automation_id', [of.automationId]]
      : 'entityIds' in of
        ? ['automation_id', await lastFired(db, { of: ofEntities(of.entityIds, eventType), conditions, limit })]
        : [
            'collection_id',
            of.collectionIds.length <= limit
              ? of.collectionIds
              : await lastFired(db, { of: ofCollections(of.collectionIds), conditions, limit }),
          ]
  if (owners.length === 0) return []
  const branches = owners.map(
    (id) => sql`select * from (
      select x.id, x.created_at from executions x where ${sql.ref(`x.${column}`)} = ${id} and ${conditions}
      order by x.created_at desc, x.id desc limit ${limit}
    ) ${sql.raw(`b${id}`)}`,
  )
  const { rows } = await sql<{ id: number }>`
    select id from (${sql.join(branches, sql` union all `)}) page
    order by created_at desc, id desc limit ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}

/** Those among which something is to be found, as `from … where …` of `o`, and the column of executions that names them. */
type Owners = { rows: RawBuilder<unknown>; column: RawBuilder<unknown> }

/** Deleted automations too. Those that never listened for the event have none of its executions to be looked through. */
function ofEntities(entityIds: readonly number[], eventType: EventType | undefined): Owners {
  const listens =
    eventType === undefined
      ? sql`1 = 1`
      : sql`exists (select 1 from automation_revisions r where r.automation_id = o.id and r.event_type = ${eventType})`
  return {
    rows: sql`from automations o where o.entity_id in (${sql.join(entityIds)}) and ${listens}`,
    column: sql`x.automation_id`,
  }
}

function ofCollections(collectionIds: readonly number[]): Owners {
  return { rows: sql`from collections o where o.id in (${sql.join(collectionIds)})`, column: sql`x.collection_id` }
}

/** The `limit` of them where something fired last. */
async function lastFired(
  db: Reader,
  input: { of: Owners; conditions: RawBuilder<unknown>; limit: number },
): Promise<number[]> {
  const { of, conditions } = input
  const { rows } = await sql<{ id: number }>`
    select id from (
      select o.id, (select max(x.created_at) from executions x where ${of.column} = o.id and ${conditions}) as at
      ${of.rows}
    ) fired
    where at is not null order by at desc, id desc limit ${input.limit}`.execute(db)
  return rows.map(({ id }) => id)
}

/** Conditions are written out where partial indexes have them. */
function conditionsOf(filter: ExecutionFilter): RawBuilder<unknown> {
  const { state, eventType, ownerIds = 'all', collectionId, projectId, artifactPublicId } = filter
  const { createdAfter, createdBefore, before, delivery } = filter
  const hidden = filter.hiddenProjectIds ?? []
  const conditions = [sql`1 = 1`]
  if (state !== undefined) conditions.push(sql`x.state = ${sql.lit(state)}`)
  if (delivery !== undefined) {
    conditions.push(sql`exists (select 1 from deliveries d where d.execution_id = x.id and ${inState(delivery)})`)
  }
  if (collectionId !== undefined) conditions.push(sql`x.collection_id = ${collectionId}`)
  if (projectId !== undefined) conditions.push(sql`x.project_id = ${projectId}`)
  if (ownerIds !== 'all') {
    conditions.push(sql`exists (
      select 1 from automations a where a.id = x.automation_id and a.entity_id in (${sql.join(ownerIds)})
    )`)
  }
  if (createdAfter !== undefined) conditions.push(sql`x.created_at >= ${createdAfter}`)
  if (createdBefore !== undefined) conditions.push(sql`x.created_at < ${createdBefore}`)
  if (hidden.length > 0) conditions.push(sql`coalesce(x.project_id, 0) not in (${sql.join(hidden)})`)
  if (eventType !== undefined) {
    conditions.push(sql`exists (select 1 from events e where e.id = x.event_id and e.type = ${eventType})`)
  }
  if (artifactPublicId !== undefined) {
    // Such an id is nowhere else in a snapshot: it is random.
    conditions.push(sql`exists (
      select 1 from events e where e.id = x.event_id and e.snapshot like ${`%"publicId":"${artifactPublicId}"%`}
    )`)
  }
  if (before !== undefined) {
    conditions.push(
      sql`x.created_at <= ${before.createdAt} and (x.created_at < ${before.createdAt} or x.id < ${before.id})`,
    )
  }
  return sql`${sql.join(conditions, sql` and `)}`
}

/** As the partial indexes of deliveries have it. */
function inState(state: DeliveryState): RawBuilder<unknown> {
  const isState = sql`d.state = ${sql.lit(state)}`
  const isGivenUp = state === 'failed' || state === 'superseded' || state === 'cancelled'
  return isGivenUp ? sql`${isState} and d.state in ('failed', 'superseded', 'cancelled')` : isState
}

export type ExecutionDetails = Awaited<ReturnType<typeof selectExecutions>>[number]

function selectExecutions(db: Reader, ids: readonly number[]) {
  return db
    .selectFrom('executions as x')
    .innerJoin('events as e', 'e.id', 'x.event_id')
    .innerJoin('automation_revisions as r', 'r.id', 'x.revision_id')
    .innerJoin('automations as a', 'a.id', 'x.automation_id')
    .innerJoin('entities as ae', 'ae.id', 'a.entity_id')
    .select(['x.id', 'x.public_id', 'x.state', 'x.reason', 'x.subject', 'x.created_at', 'r.revision'])
    .select(['a.public_id as automation_public_id', 'r.name as automation_name', 'ae.name as automation_entity'])
    .select([
      'e.public_id as event_public_id',
      'e.occurred_at',
      'e.snapshot',
      'e.run_by',
      sql<EventType>`e.type`.as('event_type'),
    ])
    .where('x.id', 'in', ids)
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
