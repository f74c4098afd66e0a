/** What the troubles of one process of a fleet are to the others: nothing, unless there is a fault in the product. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Fleet, startFleet } from './fleet.ts'
import { type Account, accountOf, assignAlias, call, setUp, untilSettled } from './kill-story.ts'
import { PATIENCE } from './patience.ts'
import { startReceiver } from './receiver.ts'
import { type Change, copySource } from './source-copy.ts'

/** A claim that waits for the row of a webhook which another worker is claiming for. */
export const CLAIMS_WAIT: Change = {
  file: 'deliveries/store.ts',
  before: '${engine.rowLocks ? sql`for no key update of w skip locked` : sql``}',
  after: '${engine.rowLocks ? sql`for no key update of w` : sql``}',
}

/** A change that does so. */
export const CHANGES_WAIT: Change = {
  file: 'deliveries/store.ts',
  before: "${engine.isOneOf('r.id', input.revisionIds, 'bigint')}\n    for no key update of w skip locked",
  after: "${engine.isOneOf('r.id', input.revisionIds, 'bigint')}\n    for no key update of w",
}

/** Late answers that nothing keeps from being settled. */
export const NO_FENCE: Change = {
  file: 'deliveries/store.ts',
  before: `
        and deliveries.lease_owner = \${item.worker} and deliveries.claim_count = \${item.claim}`,
  after: '',
}

/** Wake-ups that are over once their connection has been lost. */
export const NEVER_LISTENS_AGAIN: Change = {
  file: 'database/postgres-signals.ts',
  before: 'retry = setTimeout(() => void connect(), RECONNECT_MS)',
  after: 'retry = undefined',
}

/** Nothing but a wake-up starts what is queued. */
export const NO_POLL: Change = {
  file: 'deliveries/worker.ts',
  before: 'postgres: 1_000',
  after: 'postgres: 600_000',
}

/** PostgreSQL ends a transaction in which nothing happens, sooner than within half a minute. */
const FROZEN_TRANSACTION_MS = 2_000
const SHORT_TRANSACTIONS: Change = {
  file: 'database/postgres.ts',
  before: 'IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000',
  after: `IDLE_IN_TRANSACTION_TIMEOUT_MS = ${FROZEN_TRANSACTION_MS}`,
}

/** A transaction in which nothing happens goes on for ever. */
export const FROZEN_TRANSACTIONS_LAST: Change = {
  file: 'database/postgres.ts',
  before: 'idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,\n',
  after: '',
}

/**
 * A worker freezes in the midst of a claim and is left so, with the row of a webhook locked. What reached that webhook's
 * receiver from another process within `waitMs`, and once the frozen one went on, with how often it was sent.
 */
export async function stayFrozenInAClaim(
  waitMs: number,
  faults: readonly Change[] = [],
): Promise<{ acknowledged: string[]; meanwhile: string[]; afterwards: string[] }> {
  using source = copySource(...faults, SHORT_TRANSACTIONS)
  await using hook = await startReceiver(204)
  await using fleet = await startFleet(
    [
      { name: 'one', kind: 'server', env: { TRIPLINE_WORKER: 'off' } },
      { name: 'two', kind: 'worker', env: { STOP_AT: 'claim:before-commit:1' } },
      { name: 'three', kind: 'worker' },
    ],
    { serverSource: source.path },
  )
  const account: Pick<Account, 'acknowledged' | 'asked'> = { acknowledged: [], asked: new Set() }
  const one = fleet.urlOf('one')
  await setUp(one, fleet.key, hook.url)
  fleet.freeze('three')
  await assignAlias(one, fleet.key, account)
  await isLocked(fleet)
  fleet.thaw('three')
  await hook.waitFor(1, waitMs).catch(() => {})
  const aliases = () => accountOf(hook.received).map(({ alias }) => alias)
  const meanwhile = aliases()

  if (meanwhile.length > 0) {
    expect(await untilSettled(one, fleet.key, PATIENCE.timeout)).toBe(0)
    // So that it is the other one, if anybody, that sends what comes next.
    fleet.freeze('three')
  }
  fleet.thaw('two')
  await assignAlias(one, fleet.key, account)
  expect(await untilSettled(one, fleet.key, PATIENCE.timeout)).toBe(0)
  return { acknowledged: account.acknowledged, meanwhile, afterwards: aliases() }
}

/** Whoever claims has the row of the only webhook. */
async function isLocked(fleet: Fleet): Promise<void> {
  await expect
    .poll(() => fleet.query('select id from webhooks for no key update skip locked'), PATIENCE)
    .toHaveLength(0)
}

type Course = 'goes on' | 'waits for the frozen one'

/**
 * A worker freezes in the midst of a claim, with the row of a webhook locked. How a claim of another process goes then, for
 * another webhook, and a change; and what the receivers got in the end, when the frozen one had gone on.
 */
export async function freezeInAClaim(faults: readonly Change[] = []): Promise<{
  claim: Course
  change: Course
  acknowledged: string[]
  received: { hook: string[]; other: string[] }
}> {
  using source = copySource(...faults)
  await using hook = await startReceiver(204)
  await using other = await startReceiver(204)
  await using fleet = await startFleet(
    [
      { name: 'one', kind: 'server', env: { TRIPLINE_WORKER: 'off' } },
      { name: 'two', kind: 'worker', env: { STOP_AT: 'claim:before-commit:1' } },
      { name: 'three', kind: 'server' },
    ],
    { serverSource: source.path },
  )
  const account: Pick<Account, 'acknowledged' | 'asked'> = { acknowledged: [], asked: new Set() }
  const one = fleet.urlOf('one')
  await setUp(one, fleet.key, hook.url)
  fleet.freeze('three')
  await assignAlias(one, fleet.key, account)
  // Nobody else claims, so that it is the one that freezes as soon as it has asked for all it needs.
  await isLocked(fleet)

  await call(one, fleet.key, 'POST', '/entities/vision/webhooks', { name: 'other', url: other.url })
  await call(one, fleet.key, 'POST', '/entities/vision/automations', {
    name: 'the-same-for-another',
    scope: { type: 'collection', project: 'churn', collection: 'model' },
    event: 'ADD_ARTIFACT_ALIAS',
    filter: { alias: { $regex: '^k-' } },
    action: { type: 'webhook', webhook: 'other', payload: { alias: '${alias}', version: '${version}' } },
  })
  await assignAlias(one, fleet.key, account)
  fleet.thaw('three')
  const claim = await unlessItWaits(fleet, other.waitFor(1, PATIENCE.timeout))
  const changing = assignAlias(fleet.urlOf('three'), fleet.key, account)
  const change = claim === 'goes on' ? await unlessItWaits(fleet, changing) : 'waits for the frozen one'

  fleet.thaw('two')
  await changing
  expect(await untilSettled(one, fleet.key, PATIENCE.timeout)).toBe(0)
  const aliases = (receiver: typeof hook) => accountOf(receiver.received).map(({ alias }) => alias)
  return {
    claim,
    change,
    acknowledged: account.acknowledged,
    received: { hook: aliases(hook).sort(), other: aliases(other).sort() },
  }
}

async function unlessItWaits(fleet: Fleet, work: Promise<unknown>): Promise<Course> {
  let isDone = false
  const done = work.then(() => {
    isDone = true
  })
  while (!isDone) {
    const waiting = await fleet.query(
      "select pid from pg_stat_activity where wait_event_type = 'Lock' and cardinality(pg_blocking_pids(pid)) > 0",
    )
    if (waiting.length > 0) {
      done.catch(() => {})
      return 'waits for the frozen one'
    }
    await Promise.race([done, sleep(20)])
  }
  return 'goes on'
}

/**
 * How many of two deliveries reach the receiver while nobody polls: one while the worker listens, and one after its
 * connection was cut, within `waitMs`.
 */
export async function cutWakeUps(waitMs: number, faults: readonly Change[] = []): Promise<number> {
  using source = copySource(NO_POLL, ...faults)
  await using receiver = await startReceiver(204)
  await using fleet = await startFleet(
    [
      { name: 'one', kind: 'server', env: { TRIPLINE_WORKER: 'off' } },
      { name: 'two', kind: 'worker' },
    ],
    { serverSource: source.path },
  )
  const account: Pick<Account, 'acknowledged' | 'asked'> = { acknowledged: [], asked: new Set() }
  await setUp(fleet.urlOf('one'), fleet.key, receiver.url)
  const listeners = "from pg_stat_activity where query ilike 'listen%' and application_name = 'tripline wake-ups'"
  await expect.poll(() => fleet.query(`select pid ${listeners}`), PATIENCE).toHaveLength(1)
  await assignAlias(fleet.urlOf('one'), fleet.key, account)
  await receiver.waitFor(1)
  expect(await untilSettled(fleet.urlOf('one'), fleet.key, PATIENCE.timeout)).toBe(0)
  await fleet.query(`select pg_terminate_backend(pid) ${listeners}`)
  await assignAlias(fleet.urlOf('one'), fleet.key, account)
  await receiver.waitFor(2, waitMs).catch(() => {})
  return receiver.received.length
}
