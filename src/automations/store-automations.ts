import { type SelectQueryBuilder, sql } from 'kysely'
import { readOrderKey } from '../artifacts/list-order.ts'
import type { PageRequest, VisiblePlaces } from '../artifacts/types.ts'
import { containsCaseless, startsCaseless } from '../database/caseless.ts'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import type { AutomationRevisionRow, AutomationRow, ScopeKind } from '../database/schema.ts'
import type { EventType } from '../events/event.ts'
import type { AutomationHealth } from './activity.ts'
import type { AutomationOrder } from './automation.ts'
import type { ClientKnowledge } from './client-knowledge.ts'
import { healthColumn, LAST_FIRED } from './store-activity.ts'

/**
 * Names of automations are unique per owner: changes to an owner's automations take turns on its row. Rows that refer
 * to the entity can still be written meanwhile.
 */
export async function lockOwner(tx: Tx, engine: Engine, entityId: number): Promise<void> {
  await tx
    .selectFrom('entities')
    .select('id')
    .where('id', '=', entityId)
    .$if(engine.rowLocks, (query) => query.forNoKeyUpdate())
    .execute()
}

/** Of a whole entity, and of a collection that is gone, `null`. */
const PROJECT_OF_SCOPE = sql<number | null>`case when a.scope_kind = 'PROJECT' then a.scope_id else sc.project_id end`

function selectAutomations(db: Reader | Tx) {
  return db
    .selectFrom('automations as a')
    .innerJoin('automation_revisions as r', 'r.id', 'a.revision_id')
    .leftJoin('users as u', 'u.id', 'a.created_by')
    .leftJoin('webhooks as w', 'w.id', 'r.webhook_id')
    .innerJoin('entities as e', 'e.id', 'a.entity_id')
    .leftJoin('collections as sc', (join) =>
      join.onRef('sc.id', '=', 'a.scope_id').on('a.scope_kind', '=', sql.lit('COLLECTION')),
    )
    .select(PROJECT_OF_SCOPE.as('project_id'))
    .select(['a.id', 'a.public_id', 'a.entity_id', 'a.name', 'a.enabled', 'a.scope_kind', 'a.scope_id'])
    .select(['a.created_at', 'a.updated_at', 'a.deleted_at', 'u.username as created_by'])
    .select(sql<EventType>`a.event_type`.as('event_type'))
    .select(['r.id as revision_id', 'r.revision', 'r.description', 'r.filter'])
    .select(['r.action_kind', 'r.action', 'r.webhook_id', 'r.pacing', 'a.held_until'])
    .select(['w.public_id as webhook_public_id', 'w.name as webhook_name', 'w.deleted_at as webhook_deleted_at'])
    .select(['w.paused_at as webhook_paused_at', 'w.circuit_opened_at as webhook_circuit_opened_at'])
    .select(['e.name as entity', 'e.kind as entity_kind'])
}

type SelectedRow<Q> = Q extends SelectQueryBuilder<infer _DB, infer _Tables, infer Row> ? Row : never
export type AutomationDetails = SelectedRow<ReturnType<typeof selectAutomations>>

export type AutomationKey = { id: number } | { publicId: string }

/** Deleted ones too: their history stays. */
export async function findAutomation(db: Reader | Tx, key: AutomationKey): Promise<AutomationDetails | undefined> {
  return selectAutomations(db)
    .where((where) => ('id' in key ? where('a.id', '=', key.id) : where('a.public_id', '=', key.publicId)))
    .executeTakeFirst()
}

/** What a list of automations is narrowed to; what is absent narrows nothing. */
export type AutomationFilter = {
  name?: string | undefined
  /** A part of the name, whatever the case of its letters. */
  text?: string | undefined
  eventType?: EventType | undefined
  /** The name of a project or registry of the entity: those scoped to it or to a collection in it. */
  project?: string | undefined
  /** The name of a project or registry of the entity: those that can fire there, so those of the whole entity too. */
  reaches?: string | undefined
  enabled?: boolean | undefined
  /** The public id of the webhook that it sends to. */
  webhook?: string | undefined
  health?: AutomationHealth | undefined
  knowledge?: ClientKnowledge | undefined
}

const ORDER_COLUMNS = {
  id: sql<string | number>`a.id`,
  name: sql<string | number>`lower(a.name)`,
  lastFired: sql<string | number>`coalesce(${LAST_FIRED}, 0)`,
}

/** Scoped to the project of the entity that is called so, or to a collection in it. */
function isWithin(project: string) {
  return sql<boolean>`${PROJECT_OF_SCOPE} = (
    select p.id from projects p where p.entity_id = a.entity_id and p.name = ${project}
  )`
}

/** Without the deleted ones, one more than the page asks for, each with the value that it is ordered by. */
export async function listAutomations(
  db: Reader,
  engine: Engine,
  input: {
    entityId: number
    /** The automations of all of this organization are listed too. */
    organizationId: number | null
    filter: AutomationFilter
    /** Automations scoped to these, or to collections in them, are left out. */
    hiddenProjectIds: readonly number[]
    nowMs: number
  },
  order: AutomationOrder,
  page: PageRequest,
): Promise<(AutomationDetails & { ordered_by: string | number })[]> {
  const { entityId, organizationId, hiddenProjectIds } = input
  const { name, text, eventType, project, reaches, enabled, webhook, health, knowledge } = input.filter
  const orderedBy = ORDER_COLUMNS[order.field]
  return selectAutomations(db)
    .select(orderedBy.as('ordered_by'))
    .where('a.entity_id', 'in', organizationId === null ? [entityId] : [entityId, organizationId])
    .where('a.deleted_at', 'is', null)
    .$if(organizationId !== null, (query) =>
      query.where(sql<boolean>`(a.entity_id = ${entityId} or a.scope_kind = 'ENTITY')`),
    )
    .$if(name !== undefined, (query) => query.where('a.name', '=', name as string))
    .$if(text !== undefined, (query) => query.where(containsCaseless(engine, sql`a.name`, text as string)))
    .$if(eventType !== undefined, (query) => query.where('a.event_type', '=', eventType as string))
    .$if(project !== undefined, (query) => query.where(isWithin(project as string)))
    .$if(reaches !== undefined, (query) =>
      query.where(sql<boolean>`(a.scope_kind = 'ENTITY' or ${isWithin(reaches as string)})`),
    )
    .$if(enabled !== undefined, (query) => query.where('a.enabled', '=', enabled ? 1 : 0))
    .$if(webhook !== undefined, (query) => query.where('w.public_id', '=', webhook as string))
    .$if(health !== undefined, (query) => query.where(sql<boolean>`${healthColumn(input.nowMs)} = ${health as string}`))
    .$if(knowledge !== undefined, (query) => readable(query, knowledge as ClientKnowledge))
    .$if(hiddenProjectIds.length > 0, (query) =>
      query.where(sql<boolean>`coalesce(${PROJECT_OF_SCOPE}, 0) not in (${sql.join(hiddenProjectIds)})`),
    )
    .$if(page.after !== undefined, (query) => {
      const last = readOrderKey(order, page.after as string)
      const behind = sql.raw(order.direction === 'asc' ? '>' : '<')
      return query.where(sql<boolean>`(${orderedBy}, a.id) ${behind} (${last.value}, ${last.id})`)
    })
    .orderBy(orderedBy, order.direction)
    .orderBy('a.id', order.direction)
    .limit(page.limit + 1)
    .execute()
}

/** Those whose names begin with the text first, then those that contain it, each by name. */
export async function searchAutomationRows(
  db: Reader,
  engine: Engine,
  input: VisiblePlaces & { text: string; limit: number },
) {
  const { entityIds, hiddenProjectIds, text } = input
  return db
    .selectFrom('automations as a')
    .innerJoin('entities as e', 'e.id', 'a.entity_id')
    .leftJoin('collections as sc', (join) =>
      join.onRef('sc.id', '=', 'a.scope_id').on('a.scope_kind', '=', sql.lit('COLLECTION')),
    )
    .select(['a.public_id', 'a.name', 'a.enabled', 'e.name as entity'])
    .where('a.deleted_at', 'is', null)
    .$if(entityIds !== 'all', (query) => query.where('a.entity_id', 'in', entityIds as readonly number[]))
    .where(containsCaseless(engine, sql`a.name`, text))
    .$if(hiddenProjectIds.length > 0, (query) =>
      query.where(sql<boolean>`coalesce(${PROJECT_OF_SCOPE}, 0) not in (${sql.join(hiddenProjectIds)})`),
    )
    .orderBy(startsCaseless(engine, sql`a.name`, text), 'desc')
    .orderBy('a.name')
    .orderBy('a.id')
    .limit(input.limit)
    .execute()
}

/** How many enabled automations of each entity do how well, without those scoped to, or in, the hidden projects. */
export async function countByHealth(
  db: Reader,
  input: { entityIds: readonly number[]; hiddenProjectIds: readonly number[]; nowMs: number },
): Promise<{ entity_id: number; health: AutomationHealth; count: number }[]> {
  const { entityIds, hiddenProjectIds: hidden } = input
  const isShown = hidden.length === 0 ? sql`1 = 1` : sql`coalesce(${PROJECT_OF_SCOPE}, 0) not in (${sql.join(hidden)})`
  const { rows } = await sql<{ entity_id: number; health: AutomationHealth; count: number }>`
    select entity_id, health, count(*) as count from (
      select a.entity_id, ${healthColumn(input.nowMs)} as health
      from automations a
      join automation_revisions r on r.id = a.revision_id
      left join webhooks w on w.id = r.webhook_id
      left join collections sc on sc.id = a.scope_id and a.scope_kind = 'COLLECTION'
      where a.entity_id in (${sql.join(entityIds)}) and a.deleted_at is null and a.enabled = 1 and ${isShown}
    ) each_automation
    group by entity_id, health`.execute(db)
  return rows
}

/** Those scoped to one of the projects or to a collection in one, in order of id. */
export async function listAutomationsOfProjects(
  db: Reader,
  input: { projectIds: readonly number[]; knowledge: ClientKnowledge; limit: number },
): Promise<AutomationDetails[]> {
  return readable(selectAutomations(db), input.knowledge)
    .where('a.deleted_at', 'is', null)
    .where(({ and, eb, or }) =>
      or([
        and([eb('a.scope_kind', '=', sql.lit('PROJECT')), eb('a.scope_id', 'in', input.projectIds)]),
        and([
          eb('a.scope_kind', '=', sql.lit('COLLECTION')),
          eb('a.scope_id', 'in', (inner) =>
            inner.selectFrom('collections').select('collections.id').where('project_id', 'in', input.projectIds),
          ),
        ]),
      ]),
    )
    .orderBy('a.id')
    .limit(input.limit)
    .execute()
}

/** Leaves out what the client cannot read, and what has lost its scope, for which the client has no words. */
function readable<DB, Tables extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, Tables, Row>,
  knowledge: ClientKnowledge,
): SelectQueryBuilder<DB, Tables, Row> {
  const kinds = sql.join(knowledge.scopeKinds)
  const types = sql.join(knowledge.eventTypes)
  return query.where(
    sql<boolean>`a.scope_kind in (${kinds}) and a.event_type in (${types})
      and (a.scope_kind <> 'COLLECTION' or exists (select 1 from collections where collections.id = a.scope_id))
      and (a.scope_kind <> 'PROJECT' or exists (select 1 from projects where projects.id = a.scope_id and projects.deleted_at is null))`,
  )
}

/** The one of this owner called so, other than `exceptId`. */
export async function findAutomationNamed(
  tx: Tx,
  input: { entityId: number; name: string; exceptId?: number | undefined },
): Promise<{ scope: { kind: ScopeKind }; eventType: EventType } | undefined> {
  const row = await tx
    .selectFrom('automations')
    .select(['scope_kind', sql<EventType>`event_type`.as('event_type')])
    .where('entity_id', '=', input.entityId)
    .where('name', '=', input.name)
    .where('deleted_at', 'is', null)
    .$if(input.exceptId !== undefined, (query) => query.where('id', '<>', input.exceptId as number))
    .executeTakeFirst()
  return row === undefined ? undefined : { scope: { kind: row.scope_kind }, eventType: row.event_type }
}

export type NewAutomation = Omit<
  AutomationRow,
  'id' | 'scope_key' | 'revision_id' | 'held_until' | 'release_count' | 'updated_at' | 'deleted_at'
>

/** The new automation's id. It has no revision yet, so it does nothing until `setRevision`. */
export async function insertAutomation(tx: Tx, row: NewAutomation): Promise<number> {
  const inserted = await tx
    .insertInto('automations')
    .values({ ...row, revision_id: null, updated_at: row.created_at, deleted_at: null })
    .returning('id')
    .executeTakeFirstOrThrow()
  return inserted.id
}

export async function insertRevision(tx: Tx, row: Omit<AutomationRevisionRow, 'id'>): Promise<number> {
  const inserted = await tx.insertInto('automation_revisions').values(row).returning('id').executeTakeFirstOrThrow()
  return inserted.id
}

/** Makes a revision the current one: the automation's own row repeats what matching looks for. */
export async function setRevision(
  tx: Tx,
  automationId: number,
  revisionId: number,
  row: Pick<AutomationRow, 'name' | 'enabled' | 'scope_kind' | 'scope_id' | 'event_type' | 'updated_at'>,
): Promise<void> {
  await tx
    .updateTable('automations')
    .set({ ...row, revision_id: revisionId })
    .where('id', '=', automationId)
    .execute()
}

export async function markAutomationDeleted(tx: Tx, automationId: number, now: number): Promise<void> {
  await tx.updateTable('automations').set({ deleted_at: now, updated_at: now }).where('id', '=', automationId).execute()
}

/** Newest first, before `before`. */
export async function listRevisions(
  db: Reader,
  input: { automationId: number; before: number | undefined; limit: number },
) {
  const { before } = input
  return db
    .selectFrom('automation_revisions as r')
    .leftJoin('users as u', 'u.id', 'r.created_by')
    .leftJoin('webhooks as w', 'w.id', 'r.webhook_id')
    .selectAll('r')
    .select(sql<EventType>`r.event_type`.as('event_type'))
    .select(['u.username as created_by', 'w.public_id as webhook_public_id', 'w.name as webhook_name'])
    .select(['w.deleted_at as webhook_deleted_at', 'w.paused_at as webhook_paused_at'])
    .select('w.circuit_opened_at as webhook_circuit_opened_at')
    .where('r.automation_id', '=', input.automationId)
    .$if(before !== undefined, (query) => query.where('r.revision', '<', before as number))
    .orderBy('r.revision', 'desc')
    .limit(input.limit)
    .execute()
}

export type RevisionDetails = Awaited<ReturnType<typeof listRevisions>>[number]
