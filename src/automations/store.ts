import { sql } from 'kysely'
import type { Tx } from '../database/database.ts'
import { type Engine, insertChunks } from '../database/engine.ts'
import type { EventType } from '../events/event.ts'
import type { CandidateQuery } from './matching.ts'

/** Ids of scopes asked for in one statement; more are asked for in several. */
const SCOPE_IDS_MAX = 5_000

/**
 * The enabled automations that one of these events could fire, oldest first, with the revision that is current.
 *
 * Each arm is answered by the index `automations_by_scope`, so that automations out of scope cost nothing. Its
 * condition is spelled out literally, because the planners only recognise a partial index by that.
 */
export function candidatesStatement(tx: Tx, query: CandidateQuery) {
  const { eventTypes, scopeIds } = query
  return (
    tx
      .selectFrom('automations as a')
      .innerJoin('automation_revisions as r', 'r.id', 'a.revision_id')
      .leftJoin('webhooks as w', 'w.id', 'r.webhook_id')
      // A webhook of somebody's own hears of a team's events for as long as that user belongs to the team.
      .leftJoin('users as u', (join) =>
        join.onRef('u.entity_id', '=', 'w.entity_id').onRef('w.entity_id', '<>', 'a.entity_id'),
      )
      .leftJoin('members as m', (join) => join.onRef('m.entity_id', '=', 'a.entity_id').onRef('m.user_id', '=', 'u.id'))
      .select([
        'a.id as automationId',
        'a.entity_id as entityId',
        'a.scope_kind as scopeKind',
        'a.scope_id as scopeId',
        sql<EventType>`a.event_type`.as('eventType'),
        'r.id as revisionId',
        'r.filter as filter',
        'r.action_kind as actionKind',
        'r.webhook_id as webhookId',
        'w.deleted_at as webhookDeletedAt',
        sql<number>`case when w.entity_id <> a.entity_id and m.user_id is null then 1 else 0 end`.as(
          'webhookOwnerLeft',
        ),
      ])
      .where(sql<boolean>`a.enabled = 1 and a.deleted_at is null`)
      .where(({ and, eb, or }) =>
        or(
          (['COLLECTION', 'PROJECT', 'ENTITY'] as const).map((kind) =>
            and([
              eb('a.scope_kind', '=', sql.lit(kind)),
              eb('a.scope_id', 'in', scopeIds[kind]),
              eb('a.event_type', 'in', eventTypes),
            ]),
          ),
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
