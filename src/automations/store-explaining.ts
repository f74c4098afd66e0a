import { type RawBuilder, sql } from 'kysely'
import type { Reader } from '../database/database.ts'
import type { EventType } from '../events/event.ts'
import type { Scope } from './matching.ts'

/** Revisions with what is asked of their automations. */
function selectRevisions(db: Reader) {
  return db
    .selectFrom('automation_revisions as r')
    .innerJoin('automations as a', 'a.id', 'r.automation_id')
    .innerJoin('entities as e', 'e.id', 'a.entity_id')
    .select(['r.id as revision_id', 'r.revision', 'r.name', 'r.enabled', 'r.scope_kind', 'r.scope_id', 'r.filter'])
    .select(sql<EventType>`r.event_type`.as('event_type'))
    .select(['a.id as automation_id', 'a.public_id', 'a.entity_id', 'a.deleted_at', 'e.name as entity'])
}

export type RevisionThen = Awaited<ReturnType<ReturnType<typeof selectRevisions>['executeTakeFirstOrThrow']>>

/** `r` was the revision in force at that time: none that was made by then is newer. */
const inForce = (at: number) => sql<boolean>`r.created_at <= ${at} and not exists (
  select 1 from automation_revisions n
  where n.automation_id = r.automation_id and n.revision > r.revision and n.created_at <= ${at}
)`

function isScopedTo(scopes: readonly Scope[]): RawBuilder<boolean> {
  const each = scopes.map(({ kind, id }) => sql`(r.scope_kind = ${kind} and r.scope_id = ${id})`)
  return sql`(${sql.join(each, sql` or `)})`
}

/** The automations that reached one of these scopes with this event type at that time, by id, after `after`. */
export async function listInReach(
  db: Reader,
  input: {
    eventType: EventType
    scopes: readonly Scope[]
    at: number
    entityIds: readonly number[] | 'all'
    after: number
    limit: number
  },
): Promise<RevisionThen[]> {
  const { entityIds } = input
  if (input.scopes.length === 0 || entityIds.length === 0) return []
  return selectRevisions(db)
    .where('r.event_type', '=', input.eventType)
    .where(isScopedTo(input.scopes))
    .where(inForce(input.at))
    .where(sql<boolean>`(a.deleted_at is null or a.deleted_at > ${input.at})`)
    .where('a.id', '>', input.after)
    .$if(entityIds !== 'all', (query) => query.where('a.entity_id', 'in', entityIds as number[]))
    .orderBy('a.id')
    .limit(input.limit)
    .execute()
}

/** What an automation said at that time; `undefined` if it was not yet made. */
export async function findRevisionThen(
  db: Reader,
  input: { automationId: number; at: number },
): Promise<RevisionThen | undefined> {
  return selectRevisions(db).where('a.id', '=', input.automationId).where(inForce(input.at)).executeTakeFirst()
}

function selectExecutions(db: Reader) {
  return selectRevisions(db)
    .innerJoin('executions as x', 'x.revision_id', 'r.id')
    .select(['x.id as execution_id', 'x.public_id as execution_public_id', 'x.state', 'x.reason', 'x.subject'])
}

export type ExecutedRevision = Awaited<ReturnType<ReturnType<typeof selectExecutions>['executeTakeFirstOrThrow']>>

/** What the event did fire, by the automation's id, after `after`. */
export async function listExecuted(
  db: Reader,
  input: {
    eventId: number
    /** The automation fired as it was scoped to one of these. */
    scopes: readonly Scope[]
    entityIds: readonly number[] | 'all'
    automationId?: number
    after: number
    limit: number
  },
): Promise<ExecutedRevision[]> {
  const { entityIds, automationId, scopes } = input
  if (scopes.length === 0 || entityIds.length === 0) return []
  return selectExecutions(db)
    .where('x.event_id', '=', input.eventId)
    .where(isScopedTo(scopes))
    .where('x.automation_id', '>', input.after)
    .$if(automationId !== undefined, (query) => query.where('x.automation_id', '=', automationId as number))
    .$if(entityIds !== 'all', (query) => query.where('a.entity_id', 'in', entityIds as number[]))
    .orderBy('x.automation_id')
    .limit(input.limit)
    .execute()
}
