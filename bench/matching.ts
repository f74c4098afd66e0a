/**
 * What a change costs with 100,000 automations that are not in its scope, and with 1,000 that are and do not match,
 * against the same change with 10 of the former.
 *
 * Method: three servers without workers, alike but for their automations, in this process; each run moves an
 * alias from version to version on one after the other, by the operation that every door calls, and takes the
 * processor time per commit of this process and of the database's own, and the time a commit takes. The automations out
 * of scope are scoped to other collections, projects and teams, wait for another event, are disabled, or are deleted, in
 * equal parts; those in scope wait for other aliases, each for its own, one in ten by a pattern. Three match.
 * `--smoke` takes one short run with 2,000 and 100.
 *
 * PostgreSQL reads a table that fills one page whole, which is cheaper than any index, so its plan with 10 is another:
 * there the rows it reads are compared, which must not be more with many.
 */
import { randomBytes } from 'node:crypto'
import { CompiledQuery, sql } from 'kysely'
import { authenticate } from '../src/access/operations.ts'
import type { Caller } from '../src/access/rights.ts'
import { putAlias } from '../src/artifacts/operations.ts'
import { candidateKeys } from '../src/automations/matching.ts'
import { inScopeStatement } from '../src/automations/store.ts'
import { insertChunks } from '../src/database/engine.ts'
import type { ScopeKind } from '../src/database/schema.ts'
import type { Event, EventSnapshot, EventType } from '../src/events/event.ts'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import type { World } from '../src/world.ts'
import { type BenchEngine, onEachEngine } from './support/engines.ts'
import { differences, printTable, quantile, ratios, spread } from './support/figures.ts'
import { readFlags } from './support/flags.ts'

const FEW = 10
const VERSIONS = 20
const IN_SCOPE_MS_MAX = 5
/** Ids above all that the servers give themselves, so that an automation and its revision can be told theirs. */
const ELSEWHERE = 1_000_000_000

const { smoke, runs, engine: only } = readFlags()
const [many, unmatched, commitsPerRun] = smoke ? [2_000, 100, 50] : [100_000, 1_000, 400]

console.log(
  `a move of an alias that 3 automations wait for, ${runs} run${runs === 1 ? '' : 's'} of ${commitsPerRun} commits: ` +
    'median (range)',
)
let missed = 0
await onEachEngine(
  async (engine) => {
    const subjects: Subject[] = []
    try {
      for (const automations of [
        { title: `${FEW} out of scope`, outOfScope: FEW, unmatched: 0 },
        { title: `${many} out of scope`, outOfScope: many, unmatched: 0 },
        { title: `${unmatched} in scope that do not match`, outOfScope: FEW, unmatched },
      ]) {
        subjects.push(await startSubject(engine, automations))
      }
      const [few, lots] = await Promise.all(subjects.map((subject) => subject.plan()))
      const costs = await measure(engine, subjects)
      print(engine, subjects, costs)
      tellPlans(few!, lots!)
    } finally {
      for (const subject of subjects) await subject.stop()
    }
  },
  { only },
)
if (missed > 0) {
  console.error('\nThe plan or the rows read depend on automations that are not in scope')
  process.exitCode = 1
}

/** What each commit of a run took, in milliseconds. */
type Cost = { cpuMs: number; ms: number }

/** By subject, then by run. */
async function measure(engine: BenchEngine, subjects: readonly Subject[]): Promise<Cost[][]> {
  const costs = subjects.map((): Cost[] => [])
  for (const subject of subjects) await subject.move(commitsPerRun)
  for (let run = 0; run < runs; run++) {
    const order = run % 2 === 0 ? [0, 1, 2] : [2, 1, 0]
    for (const at of order) costs[at]!.push(await costOf(engine, () => subjects[at]!.move(commitsPerRun)))
  }
  return costs
}

function print(engine: BenchEngine, subjects: readonly Subject[], costs: readonly (readonly Cost[])[]): void {
  const of = (at: number, figure: keyof Cost) => costs[at]!.map((cost) => cost[figure])
  printTable(
    [engine.title, 'CPU, ms per commit', `ratio to ${FEW}`, 'ms per commit', `above ${FEW}, ms`],
    subjects.map(({ title }, at) => [
      title,
      spread(of(at, 'cpuMs'), 3),
      at === 0 ? '' : spread(ratios(of(at, 'cpuMs'), of(0, 'cpuMs')), 2),
      spread(of(at, 'ms'), 2),
      at === 0 ? '' : spread(differences(of(at, 'ms'), of(0, 'ms')), 2),
    ]),
  )
  const more = quantile(differences(of(2, 'ms'), of(0, 'ms')), 0.5)
  const isKept = more < IN_SCOPE_MS_MAX
  console.log(
    `${unmatched} in scope that do not match, less than ${IN_SCOPE_MS_MAX} ms more: ` +
      `${more.toFixed(2)} ms, ${isKept ? 'kept' : 'NOT KEPT'}`,
  )
}

function tellPlans(few: Plan, lots: Plan): void {
  console.log(`\nhow it finds them with ${many} out of scope: ${lots.text}; ${lots.rowsRead} rows of automations read`)
  const same = few.text === lots.text ? 'the same' : few.text
  console.log(`and with ${FEW}: ${same}; ${few.rowsRead} rows`)
  if (lots.text !== few.text && !few.isWholeTable) missed += 1
  if (lots.isWholeTable || lots.rowsRead > few.rowsRead) missed += 1
}

/** `rowsRead`: of automations, whether they match or not. */
type Plan = { text: string; isWholeTable: boolean; rowsRead: number }

type Subject = {
  title: string
  /** Moves the alias so many times. */
  move(count: number): Promise<void>
  plan(): Promise<Plan>
  stop(): Promise<void>
}

async function startSubject(
  engine: BenchEngine,
  { title, outOfScope, unmatched }: { title: string; outOfScope: number; unmatched: number },
): Promise<Subject> {
  const database = await engine.givenDatabase()
  const apiKey = randomBytes(20).toString('hex')
  const server = await startServer(
    readConfig({
      ...database.env,
      TRIPLINE_PORT: '0',
      TRIPLINE_ADMIN_USERNAME: 'bench',
      TRIPLINE_ADMIN_API_KEY: apiKey,
      TRIPLINE_WORKER: 'off',
      TRIPLINE_LOG_LEVEL: 'error',
      TRIPLINE_HOLD_PER_MINUTE: '0',
    }),
  )
  const authorization = `Bearer ${apiKey}`
  const call = async (method: string, path: string, body: unknown) => {
    const answer = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  }
  const at = { entity: 'vision', project: 'churn', collection: 'churn-model' }
  await call('POST', '/teams', { name: at.entity })
  await call('POST', `/projects/${at.entity}`, { name: at.project })
  for (let version = 0; version < VERSIONS; version++) {
    const files = [{ path: 'model.bin', content: Buffer.from(`model ${version}`).toString('base64') }]
    await call('POST', `/projects/${at.entity}/${at.project}/collections/${at.collection}/versions`, {
      type: 'model',
      files,
    })
  }
  const { entity: _, ...place } = at
  for (const scope of [
    { type: 'collection', ...place },
    { type: 'project', project: at.project },
    { type: 'entity' },
  ]) {
    await call('POST', `/entities/${at.entity}/automations`, {
      name: `in scope: ${scope.type}`,
      scope,
      event: 'ADD_ARTIFACT_ALIAS',
      filter: { alias: 'production' },
      action: { type: 'nothing' },
    })
  }
  await insertOutOfScope(server.world, outOfScope)
  await insertUnmatched(server.world, unmatched)
  // As the background would before long.
  await sql.raw(engine.name === 'sqlite' ? 'select 1' : 'vacuum analyze').execute(server.world.db.read)

  const caller = (await authenticate(server.world, {
    authorization,
    userAgent: undefined,
    requestId: null,
    via: 'rest',
  })) as Caller
  let moves = 0
  return {
    title,
    async move(count) {
      for (let left = count; left > 0; left--) {
        await putAlias(server.world, caller, { ...at, alias: 'production', version: `v${moves++ % VERSIONS}` })
      }
    },
    plan: () => planOfMatching(server.world),
    async stop() {
      await server.stop()
      await database.drop()
    },
  }
}

type Planned = {
  scope_kind: ScopeKind
  scope_id: number
  event_type: EventType
  enabled: 0 | 1
  deleted_at: number | null
  filter: unknown
}

/** The team's own scope is where the last three kinds stand: all that keeps them out is the event or their state. */
async function insertOutOfScope(world: World, count: number): Promise<void> {
  const own = await ownEntity(world)
  const kinds = [
    { scope_kind: 'COLLECTION', scope_id: ELSEWHERE },
    { scope_kind: 'PROJECT', scope_id: ELSEWHERE },
    { scope_kind: 'ENTITY', scope_id: ELSEWHERE },
    { scope_kind: 'ENTITY', scope_id: own, event_type: 'DELETE_ARTIFACT' },
    { scope_kind: 'ENTITY', scope_id: own, enabled: 0 },
    { scope_kind: 'ENTITY', scope_id: own, deleted_at: 1 },
  ] as const
  const rows = Array.from({ length: count }, (_, index): Planned => {
    const kind = kinds[index % kinds.length]!
    const scope_id = kind.scope_id === ELSEWHERE ? ELSEWHERE + index : own
    const filter = { alias: { $eq: 'production' } }
    return { enabled: 1, event_type: 'ADD_ARTIFACT_ALIAS', deleted_at: null, filter, ...kind, scope_id }
  })
  await insertAutomations(world, own, rows, ELSEWHERE)
}

async function insertUnmatched(world: World, count: number): Promise<void> {
  const own = await ownEntity(world)
  const rows = Array.from({ length: count }, (_, index): Planned => {
    const filter = { alias: index % 10 === 0 ? { $regex: `^release-${index}-[0-9]+$` } : { $eq: `release-${index}` } }
    return {
      enabled: 1,
      event_type: 'ADD_ARTIFACT_ALIAS',
      deleted_at: null,
      scope_kind: 'ENTITY',
      scope_id: own,
      filter,
    }
  })
  await insertAutomations(world, own, rows, 2 * ELSEWHERE)
}

async function ownEntity(world: World): Promise<number> {
  const { id } = await world.db.read
    .selectFrom('entities')
    .select('id')
    .where('name', '=', 'vision')
    .executeTakeFirstOrThrow()
  return id
}

/** Rows as the operations would write them, of `owner`, with ids from `firstId` on. */
async function insertAutomations(
  world: World,
  owner: number,
  rows: readonly Planned[],
  firstId: number,
): Promise<void> {
  const shared = rows.map((row, index) => {
    const { scope_kind, scope_id, event_type, enabled } = row
    const name = `${firstId + index}`
    return { scope_kind, scope_id, event_type, enabled, id: firstId + index, name, created_by: null, created_at: 0 }
  })
  const automations = shared.map((row, index) => ({
    ...row,
    public_id: `au_${row.id}`,
    entity_id: owner,
    deleted_at: rows[index]!.deleted_at,
    revision_id: row.id,
    updated_at: 0,
  }))
  const revisions = shared.map((row, index) => ({
    ...row,
    automation_id: row.id,
    revision: 1,
    description: null,
    filter: JSON.stringify({ $or: [{ $and: [rows[index]!.filter] }] }),
    action_kind: 'NO_OP' as const,
    webhook_id: null,
    action: '{}',
  }))
  const { db } = world
  await db.transaction(async (tx) => {
    for (const chunk of insertChunks(db.engine, automations)) await tx.insertInto('automations').values(chunk).execute()
    for (const chunk of insertChunks(db.engine, revisions)) {
      await tx.insertInto('automation_revisions').values(chunk).execute()
    }
  })
}

async function costOf(engine: BenchEngine, commits: () => Promise<void>): Promise<Cost> {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  const databaseBefore = await engine.cpuSeconds()
  await commits()
  const { user, system } = process.cpuUsage(before)
  const ms = (performance.now() - startedAt) / commitsPerRun
  const databaseCpuMs = 1e3 * ((await engine.cpuSeconds()) - databaseBefore)
  return { cpuMs: ((user + system) / 1e3 + databaseCpuMs) / commitsPerRun, ms }
}

/** How the database answers which automations a move could fire. */
async function planOfMatching(world: World): Promise<Plan> {
  const { db } = world
  const rows = await db.read
    .selectFrom('events')
    .selectAll()
    .where('type', '=', 'ADD_ARTIFACT_ALIAS')
    .orderBy('id', 'desc')
    .limit(1)
    .execute()
  const events = rows.map(
    (row) => ({ ...row, snapshot: JSON.parse(row.snapshot) as EventSnapshot }) as unknown as Event,
  )
  const keys = candidateKeys(events.map(({ type, snapshot: { subjects } }) => ({ type, subjects })))
  if (db.engine.name === 'postgres') {
    return planOfPostgres(await inScopeStatement(db.read, db.engine, keys).explain('json', sql`analyze`))
  }
  const statement = inScopeStatement(db.read, db.engine, keys)
  const { sql: text, parameters } = statement.compile()
  const explained = await db.read.executeQuery<{ detail: string }>(
    CompiledQuery.raw(`explain query plan ${text}`, [...parameters]),
  )
  const lines = explained.rows.map((row) => row.detail)
  // The keys come as a list, which is read whole.
  const isWholeTable = lines.some((line) => line.startsWith('SCAN') && !line.includes('json_each'))
  // The whole key of the index is given, so the rows it leads to are the rows that are read.
  const rowsRead = isWholeTable ? Number.NaN : (await statement.execute()).length
  return { text: lines.join(', '), isWholeTable, rowsRead }
}

type PlanNode = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: PlanNode[]
}

function planOfPostgres(explained: unknown): Plan {
  const [{ 'QUERY PLAN': plans }] = explained as [{ 'QUERY PLAN': [{ Plan: PlanNode }] }]
  const lines: string[] = []
  let isWholeTable = false
  let rowsRead = 0
  const visit = (node: PlanNode) => {
    lines.push([node['Node Type'], node['Index Name']].filter(Boolean).join(' '))
    if (node['Node Type'] === 'Seq Scan') isWholeTable = true
    if (node['Relation Name'] === 'automations') {
      const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
      rowsRead += (node['Actual Rows'] + removed) * node['Actual Loops']
    }
    for (const child of node.Plans ?? []) visit(child)
  }
  visit(plans[0].Plan)
  return { text: lines.join(', '), isWholeTable, rowsRead }
}
