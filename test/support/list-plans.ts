/** Much history by SQL, and how a database goes about the statements that a request makes. */
import { CompiledQuery as Compiled, type CompiledQuery, sql } from 'kysely'
import type { TestServer } from './server.ts'
import { watchQueries } from './watched-queries.ts'

/** What `fillLists` makes much of. */
const LARGE = ['executions', 'deliveries', 'events', 'runs']

/** Of what waits or is being sent, and of runs that go on: however long the history, these are short. */
const SHORT_INDEX = /USING (COVERING )?INDEX (deliveries_due|deliveries_sending|runs_running)$/

/**
 * The statements by which the server answers `ask`, each with its plan, a line a step: on SQLite in the database's own
 * words, on PostgreSQL the kind of step with its table and its index.
 */
export async function plansOf(
  server: TestServer,
  ask: () => Promise<unknown>,
): Promise<{ text: string; plan: string[] }[]> {
  const { db } = server.world
  const { read } = db
  const statements: CompiledQuery[] = []
  Object.assign(db, { read: watchQueries(read, (query) => statements.push(query)) })
  try {
    await ask()
  } finally {
    Object.assign(db, { read })
  }
  const plans = []
  for (const statement of statements) plans.push({ text: statement.sql, plan: await planOf(server, statement) })
  return plans
}

/** Steps that read all there is of what is large. */
export function wholeReads(server: TestServer, plans: { text: string; plan: string[] }[]): string[] {
  return plans.flatMap(({ text, plan }) =>
    plan.filter((step) => isWhole(server, text, step)).map((step) => `${step}: ${text}`),
  )
}

function isWhole(server: TestServer, text: string, step: string): boolean {
  if (server.world.db.engine.name === 'postgres') {
    return LARGE.some((table) => step.startsWith(`Seq Scan ${table} `))
  }
  const [, alias] = /^SCAN (\w+)/.exec(step) ?? []
  if (alias === undefined || SHORT_INDEX.test(step)) return false
  const unquoted = text.replaceAll('"', '')
  return LARGE.some((table) => alias === table || new RegExp(`\\b${table} (as )?${alias}\\b`).test(unquoted))
}

type PlanNode = { 'Node Type': string; 'Relation Name'?: string; 'Index Name'?: string; Plans?: PlanNode[] }

async function planOf({ world: { db } }: TestServer, { sql: text, parameters }: CompiledQuery): Promise<string[]> {
  if (db.engine.name === 'sqlite') {
    const { rows } = await db.read.executeQuery<{ detail: string }>(
      Compiled.raw(`explain query plan ${text}`, [...parameters]),
    )
    return rows.map(({ detail }) => detail)
  }
  const { rows } = await db.read.executeQuery<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    Compiled.raw(`explain (format json) ${text}`, [...parameters]),
  )
  const steps: string[] = []
  const walk = (node: PlanNode) => {
    steps.push(`${node['Node Type']} ${node['Relation Name'] ?? ''} ${node['Index Name'] ?? ''}`)
    for (const child of node.Plans ?? []) walk(child)
  }
  walk(rows[0]!['QUERY PLAN'][0]!.Plan)
  return steps
}

/**
 * Copies of an automation that has fired once, and of what it did: `count` firings, each with a delivery that arrived
 * or, one in a hundred, failed; with as many runs in the project.
 */
export async function fillLists(
  server: TestServer,
  like: { automation: string; project: { entity: string; project: string } },
  { automations, count }: { automations: number; count: number },
): Promise<void> {
  const { db } = server.world
  const numbers = (upTo: number) =>
    db.engine.name === 'postgres'
      ? sql`(select cast(n as bigint) as n from generate_series(1, ${sql.lit(upTo)}) n)`
      : sql`(with recursive counted (n) as (select 1 union all select n + 1 from counted where n < ${sql.lit(upTo)})
          select n from counted)`
  const first = sql`(select id from automations where public_id = ${like.automation})`
  const statements = [
    sql`insert into automations (public_id, entity_id, name, enabled, scope_kind, scope_id, event_type, revision_id, created_at, updated_at)
      select 'au_copy_' || n.n, a.entity_id, 'copy ' || n.n, 1, a.scope_kind, a.scope_id, a.event_type, null, 0, 0
      from automations a cross join ${numbers(automations)} n where a.id = ${first}`,
    sql`insert into automation_revisions (automation_id, revision, name, description, enabled, scope_kind, scope_id, event_type, filter,
        action_kind, action, webhook_id, created_by, created_at)
      select c.id, 1, c.name, '', 1, r.scope_kind, r.scope_id, r.event_type, r.filter, r.action_kind, r.action, r.webhook_id,
        r.created_by, 0
      from automations c, automation_revisions r where c.public_id like 'au_copy_%' and r.automation_id = ${first}`,
    sql`update automations set revision_id = (select r.id from automation_revisions r where r.automation_id = automations.id)
      where public_id like 'au_copy_%'`,
    sql`insert into events (public_id, type, transaction_id, occurred_at, depth, snapshot)
      select 'ev_copy_' || n.n, e.type, e.transaction_id, n.n, 0, e.snapshot
      from (select e.* from events e join executions x on x.event_id = e.id where x.automation_id = ${first} limit 1) e
      cross join ${numbers(count)} n`,
    sql`insert into executions (public_id, automation_id, revision_id, event_id, subject, state, created_at, project_id, collection_id)
      select 'ex_copy_' || e.id, a.id, a.revision_id, e.id, 0, 'matched', e.occurred_at, x.project_id, x.collection_id
      from events e join automations a on a.public_id = 'au_copy_' || (e.occurred_at % ${sql.lit(automations)} + 1)
      cross join (select * from executions where automation_id = ${first} limit 1) x
      where e.public_id like 'ev_copy_%'`,
    sql`insert into deliveries (public_id, entity_id, execution_id, revision_id, webhook_id, message_id, state, reason,
        claim_count, attempt_count, body, created_at, settled_at, last_status)
      select 'dl_copy_' || x.id, d.entity_id, x.id, x.revision_id, d.webhook_id, 'msg_copy_' || x.id,
        case when x.id % 100 = 0 then 'failed' else 'succeeded' end, case when x.id % 100 = 0 then 'rejected' end,
        1, 1, '{}', x.created_at, x.created_at, case when x.id % 100 = 0 then 400 else 200 end
      from executions x
      cross join (select d.* from deliveries d join executions x on x.id = d.execution_id where x.automation_id = ${first} limit 1) d
      where x.public_id like 'ex_copy_%'`,
    sql`insert into runs (project_id, name, display_name, state, tags, config, summary, created_at, updated_at, heartbeat_at)
      select p.id, 'run-' || n.n, 'run ' || n.n, 'finished', '[]', '{}', '{}', n.n, n.n, n.n
      from projects p join entities e on e.id = p.entity_id cross join ${numbers(count)} n
      where e.name = ${like.project.entity} and p.name = ${like.project.project}`,
    // Of all projects, so that those of one are few.
    sql`insert into projects (entity_id, name, created_at, updated_at)
      select p.entity_id, 'other', 0, 0 from projects p join entities e on e.id = p.entity_id
      where e.name = ${like.project.entity} and p.name = ${like.project.project}`,
    sql`update runs set project_id = (select id from projects where name = 'other') where id % 10 > 0`,
    sql`analyze`,
  ]
  // Each alone: a long transaction holds up the feeds of every other test on the same PostgreSQL.
  for (const statement of statements) await db.transaction((tx) => statement.execute(tx))
}
