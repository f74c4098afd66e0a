import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import { type Engine, insertChunks } from '../database/engine.ts'
import type { ScopeKind } from '../database/schema.ts'
import type { EventType } from '../events/event.ts'
import type { CandidateQuery } from './matching.ts'

/** Ids of scopes asked for in one statement; more are asked for in several. */
const SCOPE_IDS_MAX = 5_000

/**
 * The enabled automations that one of these events could fire, oldest first, with the revision that is current.
 *
 * One part for each kind of scope, each answered by the index `automations_by_scope`, so that automations out of scope
 * cost nothing. As one condition with `or` the planners of both engines sometimes prefer to read the whole table.
 */
export function candidatesStatement(db: Reader | Tx, query: CandidateQuery) {
  const { eventTypes, scopeIds } = query
  const scopedTo = (kind: ScopeKind) =>
    db
      .selectFrom('automations')
      .select(['id', 'entity_id', 'scope_kind', 'scope_id', 'event_type', 'revision_id'])
      .where('scope_kind', '=', sql.lit(kind))
      .where('scope_id', 'in', scopeIds[kind])
      .where('event_type', 'in', eventTypes)
      // Spelled out: by a parameter SQLite does not recognise the condition of a partial index.
      .where('enabled', '=', sql.lit(1))
      .where('deleted_at', 'is', null)

  return (
    db
      .selectFrom(scopedTo('COLLECTION').unionAll(scopedTo('PROJECT')).unionAll(scopedTo('ENTITY')).as('a'))
      .innerJoin('automation_revisions as r', 'r.id', 'a.revision_id')
      .leftJoin('webhooks as w', 'w.id', 'r.webhook_id')
      // A webhook of somebody's own hears of a team's events for as long as that user belongs to the team.
      .leftJoin('users as u', (join) =>
        join.onRef('u.entity_id', '=', 'w.entity_id').onRef('w.entity_id', '<>', 'a.entity_id'),
      )
      .leftJoin('members as m', (join) => join.onRef('m.entity_id', '=', 'a.entity_id').onRef('m.user_id', '=', 'u.id'))
      .select(['a.id as automationId', 'a.entity_id as entityId', 'a.scope_kind as scopeKind', 'a.scope_id as scopeId'])
      .select(sql<EventType>`a.event_type`.as('eventType'))
      .select(['r.id as revisionId', 'r.filter', 'r.webhook_id as webhookId', 'w.deleted_at as webhookDeletedAt'])
      .select(
        sql<number>`case when w.entity_id <> a.entity_id and m.user_id is null then 1 else 0 end`.as(
          'webhookOwnerLeft',
        ),
      )
      .orderBy('a.id')
  )
}

export type CandidateRow = Awaited<ReturnType<typeof findCandidates>>[number]

export async function findCandidates(tx: Tx, query: CandidateQuery) {
  const { COLLECTION, ...others } = query.scopeIds
  if (COLLECTION.length <= SCOPE_IDS_MAX) return candidatesStatement(tx, query).execute()

  const found = []
  for (let start = 0; start < COLLECTION.length; start += SCOPE_IDS_MAX) {
    const some = COLLECTION.slice(start, start + SCOPE_IDS_MAX)
    found.push(...(await candidatesStatement(tx, { ...query, scopeIds: { COLLECTION: some, ...others } }).execute()))
  }
  return [...new Map(found.map((row) => [row.automationId, row])).values()].sort(
    (a, b) => a.automationId - b.automationId,
  )
}

export type NewExecution = {
  public_id: string
  automation_id: number
  revision_id: number
  event_id: number
  subject: number
  state: 'matched' | 'skipped'
  reason: string | null
  created_at: number
}

/** The ids of the new executions by their public ids. */
export async function insertExecutions(
  tx: Tx,
  engine: Engine,
  rows: readonly NewExecution[],
): Promise<Map<string, number>> {
  const ids = new Map<string, number>()
  for (const chunk of insertChunks(engine, rows)) {
    const inserted = await tx.insertInto('executions').values(chunk).returning(['id', 'public_id']).execute()
    for (const row of inserted) ids.set(row.public_id, row.id)
  }
  return ids
}
