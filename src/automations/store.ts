import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { batch, statement } from '../database/statement.ts'
import type { EventType } from '../events/event.ts'

/** Keys asked for in one statement; more are asked for in several. */
const KEYS_MAX = 5_000

/**
 * The enabled automations with one of these keys.
 *
 * The index `automations_by_scope` leads to them, so that automations out of scope cost nothing. Nothing is joined: the
 * planners would then weigh reading whole tables, by guesses that one busy team can throw far off. Most of a thousand in
 * scope will not match, so no more of each is read than that takes.
 */
export function inScopeStatement(db: Reader | Tx, engine: Engine, keys: readonly string[]) {
  return db
    .selectFrom('automations')
    .select(['id as automationId', 'entity_id as entityId', 'revision_id as revisionId'])
    .select(sql<string>`scope_key`.as('key'))
    .where(engine.isOneOf('scope_key', keys, 'text'))
}

const selectInScope = statement((tx, input: { keys: readonly string[] }, engine) =>
  inScopeStatement(tx, engine, input.keys),
)

/** An enabled automation that some event may fire. */
export type InScope = { automationId: number; entityId: number; revisionId: number; key: string }

/** The enabled automations with one of these keys, oldest first. */
export async function findInScope(tx: Tx, keys: readonly string[]): Promise<InScope[]> {
  const found = await inChunks(keys, (chunk) => selectInScope(tx, { keys: chunk }))
  return found
    .flatMap(({ revisionId, ...row }) => (revisionId === null ? [] : [{ ...row, revisionId }]))
    .sort((first, second) => first.automationId - second.automationId)
}

/** What these revisions wait for. */
export function findFilters(tx: Tx, revisionIds: readonly number[]) {
  return inChunks(revisionIds, (ids) => selectFilters(tx, { ids }))
}

const selectFilters = statement((tx, input: { ids: readonly number[] }, engine) =>
  tx
    .selectFrom('automation_revisions')
    .select(['id as revisionId', 'filter', sql<EventType>`event_type`.as('eventType')])
    .where(engine.isOneOf('id', input.ids, 'bigint')),
)

/** What these revisions do, and how their automations and webhooks are now, by the id of the revision. */
export async function findRevisions(
  tx: Tx,
  revisionIds: readonly number[],
  nowMs: number,
): Promise<Map<number, RevisionRow>> {
  const rows = await inChunks(revisionIds, (ids) => selectRevisions(tx, { ids, nowMs }))
  return new Map(rows.map((row) => [row.revisionId, row]))
}

/** Empty lists cost no statement. */
async function inChunks<Asked, Row>(
  all: readonly Asked[],
  select: (chunk: readonly Asked[]) => Promise<Row[]>,
): Promise<Row[]> {
  const found: Row[] = []
  for (let start = 0; start < all.length; start += KEYS_MAX) {
    found.push(...(await select(all.slice(start, start + KEYS_MAX))))
  }
  return found
}

export type RevisionRow = Awaited<ReturnType<typeof selectRevisions>>[number]

const selectRevisions = statement((tx, input: { ids: readonly number[]; nowMs: number }, engine) =>
  tx
    .selectFrom('automation_revisions as r')
    .innerJoin('automations as a', 'a.id', 'r.automation_id')
    .leftJoin('webhooks as w', 'w.id', 'r.webhook_id')
    // A webhook of somebody's own hears of a team's events for as long as that user belongs to the team.
    .leftJoin('users as u', (join) =>
      join.onRef('u.entity_id', '=', 'w.entity_id').onRef('w.entity_id', '<>', 'a.entity_id'),
    )
    .leftJoin('members as m', (join) => join.onRef('m.entity_id', '=', 'a.entity_id').onRef('m.user_id', '=', 'u.id'))
    .select(['r.id as revisionId', 'r.webhook_id as webhookId', 'w.deleted_at as webhookDeletedAt'])
    .select(['w.delivery_order as webhookOrder', 'w.newest_wins as newestWins'])
    .select(['r.name', 'r.pacing', 'a.public_id as publicId', 'a.release_count as releaseCount'])
    .select(sql<number>`case when a.held_until > ${engine.nowMs(input.nowMs)} then 1 else 0 end`.as('isHeld'))
    .select(
      sql<number>`case when w.entity_id <> a.entity_id and m.user_id is null then 1 else 0 end`.as('webhookOwnerLeft'),
    )
    .where(engine.isOneOf('r.id', input.ids, 'bigint')),
)

export type NewExecution = {
  public_id: string
  automation_id: number
  revision_id: number
  event_id: number
  subject: number
  state: 'matched' | 'skipped'
  reason: string | null
  created_at: number
  collection_id: number | null
  project_id: number
}

/** The ids of the new executions by their public ids. */
export async function insertExecutions(tx: Tx, rows: readonly NewExecution[]): Promise<Map<string, number>> {
  const inserted = await insertExecutionRows(tx, rows)
  return new Map(inserted.map((row) => [row.public_id, row.id]))
}

const insertExecutionRows = batch(
  {
    public_id: 'text',
    automation_id: 'bigint',
    revision_id: 'bigint',
    event_id: 'bigint',
    subject: 'integer',
    state: 'text',
    reason: 'text',
    created_at: 'bigint',
    collection_id: 'bigint',
    project_id: 'bigint',
  } as const satisfies Record<keyof NewExecution, string>,
  (_, { names, values, rows }) => sql<{ id: number; public_id: string }>`
    insert into executions (${names}) ${rows(values)}
    returning id, public_id`,
)
