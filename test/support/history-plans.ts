/** Much history by SQL, and how the databases go about the statements that must not care. */
import { CompiledQuery as Compiled, type CompiledQuery, type Kysely, sql } from 'kysely'
import { expect } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { Schema } from '../../src/database/schema.ts'
import { findDue, findNextDue, leaseDeliveries } from '../../src/deliveries/store.ts'
import { listDeliveryRows } from '../../src/deliveries/store-history.ts'
import { givenPending, givenWebhook, openTestDatabase } from './deliveries.ts'
import { numbersTo } from './given-history.ts'
import type { EngineName } from './server.ts'
import { watchQueries } from './watched-queries.ts'

/** Rows in one transaction: a long one holds up the feeds of every other test on the same PostgreSQL. */
const ROWS_AT_ONCE = 20_000

export type HistoryPlans = {
  claim: string[]
  untilNextDue: string[]
  lists: Record<string, string[]>
  /** Milliseconds, each the best of five. */
  ms: { claim: number; untilNextDue: number; lists: Record<string, number> }
}

/**
 * A database with so many settled deliveries of one webhook and five that are due, and the plans by which it claims,
 * looks for the next due one, and lists. A plan is a line for each step that reads `deliveries`.
 */
export async function plansWithHistory(engine: EngineName, rows: number): Promise<HistoryPlans> {
  await using opened = await openTestDatabase(engine)
  const { db } = opened
  const webhook = await givenWebhook(db)
  const [first] = await givenPending(db, webhook, [10, 20, 30, 40, 50])
  await fillHistory(db, { like: first as number, rows })
  await sql`analyze`.execute(db.read).catch(() => db.transaction((tx) => sql`analyze`.execute(tx)))

  const nowMs = Date.now()
  const claim = () =>
    planned(db, async (recorded) => {
      const { due } = await findDue(recorded, db.engine, { nowMs, limit: 64 })
      const items = due.map(({ id }) => ({ id, body: '{}', warnings: null }))
      expect(await leaseDeliveries(recorded, items, { worker: 'w', nowMs, leaseMs: 60_000 })).toHaveLength(5)
    })
  const untilNextDue = () => planned(db, (recorded) => findNextDue(recorded, nowMs))
  const list = (filter: Parameters<typeof listDeliveryRows>[1]['filter']) => () =>
    planned(db, (recorded) =>
      listDeliveryRows(recorded, {
        entityId: webhook.entityId,
        hiddenProjectIds: [],
        filter,
        before: undefined,
        limit: 50,
      }),
    )
  const lists = {
    all: list({}),
    failed: list({ states: ['failed'] }),
    'pending and cancelled': list({ states: ['pending', 'cancelled'] }),
    'answered 503': list({ statuses: [503] }),
    'of a webhook': list({ webhookId: webhook.id }),
    'a window': list({ createdAfter: 1_000_000, createdBefore: 1_060_000 }),
  }
  const plans: HistoryPlans = {
    // The claim is last, for it leaves nothing to claim.
    claim: [],
    untilNextDue: (await untilNextDue()).plan,
    lists: {},
    ms: { claim: 0, untilNextDue: await bestMs(async () => (await untilNextDue()).ms), lists: {} },
  }
  for (const [name, ask] of Object.entries(lists)) {
    plans.lists[name] = (await ask()).plan
    plans.ms.lists[name] = await bestMs(async () => (await ask()).ms)
  }
  const claimed = await claim()
  return { ...plans, claim: claimed.plan, ms: { ...plans.ms, claim: claimed.ms } }
}

/**
 * The plan of a lease of ten, by their ids, in a backlog of which the statistics do not know yet: they are of when five
 * waited.
 */
export async function planOfLeaseInNewBacklog(engine: EngineName, waiting: number): Promise<string[]> {
  await using opened = await openTestDatabase(engine)
  const { db } = opened
  const [first] = await givenPending(db, await givenWebhook(db), [10, 20, 30, 40, 50])
  await sql`analyze`.execute(db.read).catch(() => db.transaction((tx) => sql`analyze`.execute(tx)))
  const numbers = numbersTo(db, waiting)
  await db.transaction((tx) =>
    sql`insert into deliveries (public_id, entity_id, execution_id, revision_id, webhook_id, message_id, state,
          next_attempt_at, created_at)
        select 'dl_waits_' || n.n, d.entity_id, d.execution_id, d.revision_id, d.webhook_id, 'msg_waits_' || n.n,
          'pending', n.n, n.n
        from (${numbers}) n cross join deliveries d where d.id = ${sql.lit(first as number)}`.execute(tx),
  )
  const { plan } = await planned(db, async (recorded) => {
    const items = Array.from({ length: 10 }, (_, at) => ({
      id: (first as number) + 100 * at,
      body: '{}',
      warnings: null,
    }))
    await leaseDeliveries(recorded, items, { worker: 'w', nowMs: Date.now(), leaseMs: 60_000 })
  })
  return plan
}

/** Rows like a pending one, but settled: one in fifty failed. */
async function fillHistory(db: Database, { like, rows }: { like: number; rows: number }): Promise<void> {
  for (let done = 0; done < rows; done += ROWS_AT_ONCE) {
    const [from, to] = [done + 1, Math.min(rows, done + ROWS_AT_ONCE)]
    const numbers = numbersTo(db, to, from)
    await db.transaction((tx) =>
      sql`insert into deliveries (public_id, entity_id, execution_id, revision_id, webhook_id, message_id, state, reason,
            claim_count, attempt_count, body, created_at, settled_at, last_status)
          select 'dl_history_' || n.n, d.entity_id, d.execution_id, d.revision_id, d.webhook_id, 'msg_history_' || n.n,
            case when n.n % 50 = 0 then 'failed' else 'succeeded' end,
            case when n.n % 50 = 0 then 'receiver_error' end, 1, 1, '{}', cast(n.n as bigint) * 1000, cast(n.n as bigint) * 1000 + 50,
            case when n.n % 50 = 0 then 503 else 200 end
          from (${numbers}) n cross join deliveries d where d.id = ${sql.lit(like)}`.execute(tx),
    )
  }
}

/** Runs `work` with statements recorded, then asks the database how it goes about each. */
async function planned(
  db: Database,
  work: (recorded: Kysely<Schema>) => Promise<unknown>,
): Promise<{ plan: string[]; ms: number }> {
  const statements: CompiledQuery[] = []
  let ms = 0
  const plan = await db
    .transaction(async (tx) => {
      const startedAt = performance.now()
      await work(watchQueries(tx, (query) => statements.push(query)))
      ms = performance.now() - startedAt
      const plans: string[] = []
      for (const statement of statements) plans.push(...(await explain(db, tx, statement)))
      throw new RolledBack(plans)
    })
    .catch((error: unknown) => {
      if (error instanceof RolledBack) return error.plans
      throw error
    })
  return { plan, ms }
}

/** So that what is explained can be explained again. */
class RolledBack extends Error {
  readonly plans: string[]
  constructor(plans: string[]) {
    super('rolled back')
    this.plans = plans
  }
}

type PlanNode = { 'Node Type': string; 'Relation Name'?: string; 'Index Name'?: string; Plans?: PlanNode[] }

async function explain(db: Database, tx: Kysely<Schema>, statement: CompiledQuery): Promise<string[]> {
  if (db.engine.name === 'sqlite') {
    const { rows } = await tx.executeQuery<{ detail: string }>(
      Compiled.raw(`explain query plan ${statement.sql}`, [...statement.parameters]),
    )
    return rows.map(({ detail }) => detail).filter((detail) => /^(SEARCH|SCAN) (deliveries|d|s|l)\b/.test(detail))
  }
  const { rows } = await tx.executeQuery<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    Compiled.raw(`explain (format json) ${statement.sql}`, [...statement.parameters]),
  )
  const found: string[] = []
  const walk = (node: PlanNode, parent?: PlanNode) => {
    const isOfDeliveries = node['Relation Name'] === 'deliveries' || /^deliveries_/.test(node['Index Name'] ?? '')
    if (isOfDeliveries && node['Node Type'] !== 'ModifyTable' && node['Node Type'] !== 'Bitmap Heap Scan') {
      found.push(`${node['Node Type']} ${node['Index Name'] ?? 'of the whole table'}`)
    }
    for (const child of node.Plans ?? []) walk(child, parent)
  }
  walk(rows[0]!['QUERY PLAN'][0]!.Plan)
  return found
}

async function bestMs(run: () => Promise<number>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let count = 0; count < 5; count++) best = Math.min(best, await run())
  return Math.round(best * 100) / 100
}

const THE_QUEUE = /\bdeliveries_(due|sending|leased)\b/
const BY_ID = /\bINTEGER PRIMARY KEY\b|\bdeliveries_pkey\b/
const WHOLE = /^SCAN (deliveries|d|s|l)( USING COVERING INDEX sqlite_\S+)?$|Seq Scan|of the whole table/

/** The hot statements read the indexes of what is waiting and nothing else; lists read an index, and a page of it. */
export function expectSmall({ claim, untilNextDue, lists }: HistoryPlans): void {
  expect(claim.some((step) => THE_QUEUE.test(step))).toBe(true)
  expect(untilNextDue.some((step) => THE_QUEUE.test(step))).toBe(true)
  for (const step of [...claim, ...untilNextDue])
    expect(`${THE_QUEUE.test(step) || BY_ID.test(step)} ${step}`).toMatch(/^true/)
  for (const [name, plan] of Object.entries(lists)) {
    expect(plan, name).not.toEqual([])
    for (const step of plan) expect(step, name).not.toMatch(WHOLE)
  }
}
