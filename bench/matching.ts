/**
 * What a change costs with 100,000 automations that are not in its scope, against the same change with 10 of them.
 *
 * Method: two servers without workers, alike but for the number of automations, in this process; each run moves an
 * alias from version to version on one and then on the other, by the operation that every door calls, and takes the
 * processor time per commit of this process and of the database's own. The automations out of scope are scoped to other
 * collections, projects and teams, wait for another event, are disabled, or are deleted, in equal parts. Three are in
 * scope. `--smoke` takes one short run with 2,000.
 *
 * PostgreSQL reads a table that fills one page whole, which is cheaper than any index, so its plan with 10 is another:
 * there the rows it reads are compared, which must not be more with many.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { CompiledQuery, sql } from 'kysely'
import { authenticate } from '../src/access/operations.ts'
import type { Caller } from '../src/access/rights.ts'
import { putAlias } from '../src/artifacts/operations.ts'
import { candidateKeys } from '../src/automations/matching.ts'
import { inScopeStatement } from '../src/automations/store.ts'
import { insertChunks } from '../src/database/engine.ts'
import type { Event, EventSnapshot } from '../src/events/event.ts'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import type { World } from '../src/world.ts'
import { type BenchEngine, onEachEngine } from './support/engines.ts'
import { printTable, ratios, spread } from './support/figures.ts'

const FEW = 10
const VERSIONS = 20

const { values: flags } = parseArgs({ options: { smoke: { type: 'boolean' } } })
const [many, runs, commitsPerRun, warmUpCommits] = flags.smoke ? [2_000, 1, 50, 50] : [100_000, 7, 400, 400]

console.log(
  `a move of an alias with 3 automations in scope, ${runs} run${runs === 1 ? '' : 's'} of ${commitsPerRun} commits: ` +
    'median (range)',
)
let missed = 0
await onEachEngine(async (engine) => {
  const subjects = [await startSubject(engine, FEW), await startSubject(engine, many)] as const
  try {
    const plans = await Promise.all(subjects.map((subject) => subject.plan()))
    for (const subject of subjects) await subject.move(warmUpCommits)
    const cpuMs = subjects.map((): number[] => [])
    for (let run = 0; run < runs; run++) {
      const order = run % 2 === 0 ? [0, 1] : [1, 0]
      for (const at of order) cpuMs[at]!.push(await cpuMsPerCommit(engine, () => subjects[at]!.move(commitsPerRun)))
    }
    const ratio = ratios(cpuMs[1]!, cpuMs[0]!)
    printTable(
      [engine.title, 'CPU, ms per commit', `ratio to ${FEW}`, 'rows of automations read'],
      subjects.map((subject, at) => [
        `${subject.outOfScope} out of scope`,
        spread(cpuMs[at]!, 3),
        at === 0 ? '' : spread(ratio, 2),
        String(plans[at]!.rowsRead),
      ]),
    )
    const [few, lots] = plans as [Plan, Plan]
    console.log(`\nhow it finds them with ${many} out of scope: ${lots.text}`)
    console.log(few.text === lots.text ? `and the same with ${FEW}` : `and with ${FEW}: ${few.text}`)
    if (lots.text !== few.text && !few.isWholeTable) missed += 1
    if (lots.isWholeTable || lots.rowsRead > few.rowsRead) missed += 1
  } finally {
    for (const subject of subjects) await subject.stop()
  }
})
if (missed > 0) {
  console.error('\nThe plan or the rows read depend on automations that are not in scope')
  process.exitCode = 1
}

/** `rowsRead`: of automations, whether they match or not. */
type Plan = { text: string; isWholeTable: boolean; rowsRead: number }

type Subject = {
  outOfScope: number
  /** Moves the alias so many times. */
  move(count: number): Promise<void>
  plan(): Promise<Plan>
  stop(): Promise<void>
}

async function startSubject(engine: BenchEngine, outOfScope: number): Promise<Subject> {
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
    outOfScope,
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

/** The team's own scope is where the last three kinds stand: all that keeps them out is the event or their state. */
async function insertOutOfScope(world: World, count: number): Promise<void> {
  const { id: own } = await world.db.read
    .selectFrom('entities')
    .select('id')
    .where('name', '=', 'vision')
    .executeTakeFirstOrThrow()
  const elsewhere = 1_000_000_000
  const kinds = [
    { scope_kind: 'COLLECTION', scope_id: elsewhere },
    { scope_kind: 'PROJECT', scope_id: elsewhere },
    { scope_kind: 'ENTITY', scope_id: elsewhere },
    { scope_kind: 'ENTITY', scope_id: own, event_type: 'DELETE_ARTIFACT' },
    { scope_kind: 'ENTITY', scope_id: own, enabled: 0 },
    { scope_kind: 'ENTITY', scope_id: own, deleted_at: 1 },
  ] as const
  const rows = Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length]!
    const scope_id = kind.scope_id === elsewhere ? elsewhere + index : own
    return { enabled: 1, event_type: 'ADD_ARTIFACT_ALIAS', deleted_at: null, ...kind, scope_id }
  })
  // Above all ids the servers give themselves, so that an automation and its revision can be told theirs.
  const idOf = (index: number) => elsewhere + index
  const automations = rows.map((row, index) => ({
    ...row,
    id: idOf(index),
    public_id: `au_${index}`,
    entity_id: own,
    name: `out of scope ${index}`,
    revision_id: idOf(index),
    created_by: null,
    created_at: 0,
    updated_at: 0,
  }))
  const revisions = rows.map(({ deleted_at: _, ...row }, index) => ({
    ...row,
    id: idOf(index),
    automation_id: idOf(index),
    revision: 1,
    name: `out of scope ${index}`,
    description: null,
    filter: '{"$or":[{"$and":[{"alias":{"$eq":"production"}}]}]}',
    action_kind: 'NO_OP' as const,
    webhook_id: null,
    action: '{}',
    created_by: null,
    created_at: 0,
  }))
  const { db } = world
  await db.transaction(async (tx) => {
    for (const chunk of insertChunks(db.engine, automations)) await tx.insertInto('automations').values(chunk).execute()
    for (const chunk of insertChunks(db.engine, revisions)) {
      await tx.insertInto('automation_revisions').values(chunk).execute()
    }
  })
}

async function cpuMsPerCommit(engine: BenchEngine, commits: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  const databaseBefore = await engine.cpuSeconds()
  await commits()
  const { user, system } = process.cpuUsage(before)
  return ((user + system) / 1e3 + 1e3 * ((await engine.cpuSeconds()) - databaseBefore)) / commitsPerRun
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
  const keys = candidateKeys(events)
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
