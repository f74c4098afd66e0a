import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { readOrderKey } from '../artifacts/list-order.ts'
import type { PageRequest, VisiblePlaces } from '../artifacts/types.ts'
import { containsCaseless } from '../database/caseless.ts'
import type { Reader } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { type FieldSources, filterCondition } from '../database/list-condition.ts'
import { CRASHED_AFTER_MS } from './run.ts'
import type { RunField, RunFilter, RunOrder } from './run-list.ts'
import { type RunView, runOf, selectRuns } from './store.ts'

/** `now`: by which a run that has long been silent has crashed, whoever has written that down. */
export type RunsOf = { projectId: number; filter: RunFilter | undefined; now: number }

/** In the given order, one more than the page asks for; each with the value that it is ordered by. */
export async function findRunsInOrder(
  db: Reader,
  engine: Engine,
  runs: RunsOf,
  order: RunOrder,
  page: PageRequest,
): Promise<{ run: RunView; orderedBy: string | number }[]> {
  const orderedBy = orderColumn(engine, runs, order)
  const rows = await selectRuns(db)
    .select(orderedBy.as('ordered_by'))
    .where('runs.project_id', '=', runs.projectId)
    .where(conditionOf(engine, runs))
    .$if(page.after !== undefined, (query) => {
      const last = readOrderKey(order, page.after as string)
      const behind = sql.raw(order.direction === 'asc' ? '>' : '<')
      return query.where(sql<SqlBool>`(${orderedBy}, runs.id) ${behind} (${last.value}, ${last.id})`)
    })
    .orderBy(orderedBy, order.direction)
    .orderBy('runs.id', order.direction)
    .limit(page.limit + 1)
    .execute()
  return rows.map(({ ordered_by, ...row }) => ({ run: runOf(row), orderedBy: ordered_by }))
}

export async function countRunsWith(db: Reader, engine: Engine, runs: RunsOf): Promise<number> {
  const { count } = await db
    .selectFrom('runs')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('project_id', '=', runs.projectId)
    .where(conditionOf(engine, runs))
    .executeTakeFirstOrThrow()
  return count
}

/** The newest runs in these places whose name or display name contains the text, whatever the case of its letters. */
export async function searchRunRows(
  db: Reader,
  engine: Engine,
  input: VisiblePlaces & { text: string; limit: number },
) {
  const { entityIds, hiddenProjectIds, text } = input
  return db
    .selectFrom('runs')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .innerJoin('entities', 'entities.id', 'projects.entity_id')
    .select(['entities.name as entity', 'projects.name as project', 'runs.name', 'runs.display_name'])
    .where(
      sql<boolean>`(${containsCaseless(engine, sql`runs.display_name`, text)} or ${containsCaseless(engine, sql`runs.name`, text)})`,
    )
    .$if(entityIds !== 'all', (query) => query.where('projects.entity_id', 'in', entityIds as readonly number[]))
    .$if(hiddenProjectIds.length > 0, (query) => query.where('projects.id', 'not in', hiddenProjectIds))
    .orderBy('runs.id', 'desc')
    .limit(input.limit)
    .execute()
}

function conditionOf(engine: Engine, runs: RunsOf): RawBuilder<SqlBool> {
  return runs.filter === undefined ? sql`1 = 1` : filterCondition(runs.filter, sourcesOf(engine, runs), engine)
}

const DURATION = sql`((runs.heartbeat_at - runs.created_at) / 1000)`

function sourcesOf(engine: Engine, { now }: RunsOf): FieldSources<RunField> {
  return {
    id: { column: sql`runs.id` },
    name: { column: sql`runs.name` },
    displayName: { column: sql`runs.display_name` },
    state: {
      column: sql`case when runs.state = 'running' and runs.heartbeat_at < ${now - CRASHED_AFTER_MS}
        then 'crashed' else runs.state end`,
    },
    created: { column: sql`runs.created_at` },
    heartbeat: { column: sql`runs.heartbeat_at` },
    updated: { column: sql`runs.updated_at` },
    duration: { column: DURATION },
    group: { column: sql`runs.group_name` },
    jobType: { column: sql`runs.job_type` },
    host: { column: sql`runs.host` },
    tag: { rows: sql`from ${engine.textsIn(sql`runs.tags`, 'each_tag')} where 1 = 1`, column: sql`each_tag.value` },
    username: { column: sql`(select username from users where users.id = runs.user_id)` },
    sweep: { column: sql`runs.sweep_name` },
    notes: { column: sql`runs.notes` },
    description: { column: sql`runs.description` },
    config: { json: sql`runs.config` },
    summary: { json: sql`runs.summary` },
  }
}

/** Runs without the number that they are ordered by come last, whichever the order. */
const LAST = { asc: 1.7e308, desc: -1.7e308 }

function orderColumn(engine: Engine, runs: RunsOf, order: RunOrder): RawBuilder<string | number> {
  const source = sourcesOf(engine, runs)[order.field]
  if (!('json' in source)) return source.column as RawBuilder<string | number>
  const text = engine.jsonText(source.json, order.path)
  const number = sql`case when ${engine.jsonIs(source.json, order.path, 'number')} then cast(${text} as double precision) end`
  return sql`coalesce(${number}, ${sql.lit(LAST[order.direction])})`
}
