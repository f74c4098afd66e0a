import { expect, test } from 'vitest'
import type { Database } from '../src/database/database.ts'
import {
  CLAIMS_WITHOUT_ATTEMPT_MAX,
  findDue,
  findNextDue,
  leaseDeliveries,
  reclaimLapsed,
  type Settlement,
  settleAttempts,
} from '../src/deliveries/store.ts'
import { givenPending, givenWebhook, openTestDatabase } from './support/deliveries.ts'
import { forEachEngine } from './support/server.ts'

const LEASE_MS = 60_000

async function claim(db: Database, options: { worker?: string; leaseMs?: number; limit?: number } = {}) {
  const { worker = 'w1', leaseMs = LEASE_MS, limit = 64 } = options
  const nowMs = Date.now()
  return db.transaction(async (tx) => {
    await reclaimLapsed(tx, nowMs)
    const { due } = await findDue(tx, db.engine, { nowMs, limit })
    const items = due.map(({ id }) => ({ id, body: '{}', warnings: null }))
    const leased = await leaseDeliveries(tx, items, { worker, nowMs, leaseMs })
    expect(leased.map(({ id }) => id).sort()).toEqual(due.map(({ id }) => id).sort())
    return due.map((delivery) => ({ ...delivery, claim_count: delivery.claim_count + 1 }))
  })
}

function settlement(delivery: { id: number; claim_count: number }, change: Partial<Settlement> = {}): Settlement {
  return {
    deliveryId: delivery.id,
    worker: 'w1',
    claim: delivery.claim_count,
    attempts: 1,
    slowRetries: 0,
    state: 'succeeded',
    reason: null,
    delayMs: 0,
    attempt: {
      started_at: 1,
      finished_at: 2,
      outcome: 'answered',
      status: 204,
      verdict: 'succeeded',
      reason: 'accepted',
      explanation: '',
      request: '{}',
      response: null,
      remote_id: null,
      remote_url: null,
      timing: '{}',
    },
    ...change,
  }
}

forEachEngine((engine) => {
  test('oldest due first, and nothing before its time', async () => {
    await using given = await openTestDatabase(engine)
    const { db } = given
    const one = await givenWebhook(db)
    const two = await givenWebhook(db)
    const hour = 3_600_000
    const [late, future] = await givenPending(db, one, [Date.now() - hour, Date.now() + hour])
    const [early] = await givenPending(db, two, [Date.now() - 2 * hour])

    const first = await claim(db, { limit: 1 })
    const rest = await claim(db)

    expect(first.map((delivery) => delivery.id)).toEqual([early])
    expect(rest.map((delivery) => delivery.id)).toEqual([late])
    const { untilDueMs } = await findNextDue(db.read, Date.now())
    expect(untilDueMs).toBeGreaterThan(hour - LEASE_MS)
    expect(untilDueMs).toBeLessThanOrEqual(hour)
    expect(future).toBeDefined()
  })

  test('webhooks take turns: a long queue is not before the one delivery of another', async () => {
    await using given = await openTestDatabase(engine)
    const { db } = given
    const flooded = await givenWebhook(db, { concurrencyMax: 100 })
    const other = await givenWebhook(db)
    const queue = await givenPending(
      db,
      flooded,
      Array.from({ length: 50 }, (_, index) => index + 1),
    )
    const [waiting] = await givenPending(db, other, [1_000])

    const first = await claim(db, { limit: 10 })
    expect(first.map((delivery) => delivery.id)).toEqual([...queue.slice(0, 9), waiting])
    expect((await claim(db, { limit: 10 })).map((delivery) => delivery.id)).toEqual(queue.slice(9, 19))
  })

  test('many long queues together are not before the one delivery of another', async () => {
    await using given = await openTestDatabase(engine)
    const { db } = given
    for (let at = 0; at < 40; at++) {
      await givenPending(db, await givenWebhook(db, { concurrencyMax: 100 }), [1, 2, 3, 4])
    }
    expect(await claim(db, { limit: 64 })).toHaveLength(64)
    const [waiting] = await givenPending(db, await givenWebhook(db), [1_000])

    const next = await claim(db, { limit: 64 })
    expect(next.map((delivery) => delivery.id)).toContain(waiting)
  })

  test('a webhook is never claimed beyond its cap, and one at its cap does not hold up another', async () => {
    await using given = await openTestDatabase(engine)
    const { db } = given
    const capped = await givenWebhook(db, { concurrencyMax: 2 })
    const other = await givenWebhook(db)
    await givenPending(db, capped, [1, 2, 3, 4, 5])
    const [waiting] = await givenPending(db, other, [10])

    const first = await claim(db)
    expect(await findNextDue(db.read, Date.now())).toMatchObject({ isHeldUp: true })
    const second = await claim(db)

    expect(first.filter((delivery) => delivery.webhook_id === capped.id)).toHaveLength(2)
    expect(first.map((delivery) => delivery.id)).toContain(waiting)
    expect(second).toEqual([])

    await db.transaction((tx) =>
      settleAttempts(tx, Date.now(), [settlement(first.find((delivery) => delivery.webhook_id === capped.id)!)]),
    )
    expect(await claim(db)).toHaveLength(1)
  })

  test('a claim says whether it left something that the caps would let through', async () => {
    await using given = await openTestDatabase(engine)
    const { db } = given
    const isAllOf = (limit: number) => db.transaction((tx) => findDue(tx, db.engine, { nowMs: Date.now(), limit }))
    await givenPending(db, await givenWebhook(db, { concurrencyMax: 2 }), [1, 2, 3])
    expect(await isAllOf(1)).toMatchObject({ due: { length: 1 }, isAll: false })
    expect(await isAllOf(2)).toMatchObject({ due: { length: 2 }, isAll: true })

    await givenPending(db, await givenWebhook(db, { concurrencyMax: 2 }), [1, 2, 3])
    expect(await isAllOf(3)).toMatchObject({ due: { length: 3 }, isAll: false })
    expect(await isAllOf(4)).toMatchObject({ due: { length: 4 }, isAll: true })
    expect(await isAllOf(5)).toMatchObject({ due: { length: 4 }, isAll: true })
  })

  test('a paused or deleted webhook is passed over', async () => {
    await using given = await openTestDatabase(engine)
    const { db } = given
    const paused = await givenWebhook(db)
    await givenPending(db, paused, [1])
    await db.transaction(async (tx) => {
      await tx.updateTable('webhooks').set({ paused_at: 1, paused_reason: 'by_hand' }).execute()
    })
    expect(await claim(db)).toEqual([])
    expect(await findNextDue(db.read, Date.now())).toEqual({ untilDueMs: undefined, isHeldUp: false })
  })

  test('a lapsed lease is claimed again, and the late answer of its first owner is dropped', async () => {
    await using given = await openTestDatabase(engine)
    const { db } = given
    const webhook = await givenWebhook(db)
    await givenPending(db, webhook, [1])

    const [lost] = await claim(db, { worker: 'w1', leaseMs: -1 })
    const [found] = await claim(db, { worker: 'w2' })
    expect(found!.id).toBe(lost!.id)
    expect(found!.claim_count).toBe(2)

    const late = await db.transaction((tx) => settleAttempts(tx, Date.now(), [settlement(lost!)]))
    expect(late).toEqual([])
    const row = await db.read.selectFrom('deliveries').selectAll().executeTakeFirstOrThrow()
    expect(row).toMatchObject({ state: 'sending', lease_owner: 'w2', attempt_count: 0 })
    expect(await db.read.selectFrom('attempts').selectAll().execute()).toEqual([])

    const present = settlement(found!, { worker: 'w2' })
    const settled = await db.transaction((tx) => settleAttempts(tx, Date.now(), [present]))
    expect(settled).toEqual([present])
    expect(await db.read.selectFrom('attempts').selectAll().execute()).toHaveLength(1)
  })

  test('a late answer is fenced off also where the same worker settles the newer claim beside it', async () => {
    await using given = await openTestDatabase(engine)
    const { db } = given
    await givenPending(db, await givenWebhook(db), [1])
    const [lost] = await claim(db, { worker: 'w1', leaseMs: -1 })
    const [found] = await claim(db, { worker: 'w1' })

    const [late, present] = [settlement(lost!), settlement(found!)]
    const settled = await db.transaction((tx) => settleAttempts(tx, Date.now(), [late, present]))
    expect(settled).toEqual([present])
    const attempts = await db.read.selectFrom('attempts').select('claim').execute()
    expect(attempts).toEqual([{ claim: 2 }])
  })

  test('a delivery that ends every worker that claims it is given up at last', async () => {
    await using given = await openTestDatabase(engine)
    const { db } = given
    const webhook = await givenWebhook(db)
    const [id] = await givenPending(db, webhook, [1])
    await claim(db, { leaseMs: -1 })
    await db.transaction(async (tx) => {
      await tx.updateTable('deliveries').set({ claim_count: CLAIMS_WITHOUT_ATTEMPT_MAX }).execute()
    })
    expect(await claim(db)).toEqual([])
    const row = await db.read.selectFrom('deliveries').selectAll().where('id', '=', id!).executeTakeFirstOrThrow()
    expect(row).toMatchObject({ state: 'failed', reason: 'worker_lost', lease_owner: null })
  })

  test('a retry is due after its delay, and a mixed batch settles each as it says', async () => {
    await using given = await openTestDatabase(engine)
    const { db } = given
    const webhook = await givenWebhook(db)
    await givenPending(db, webhook, [1, 2, 3])
    const claimed = await claim(db)
    const [one, two, three] = claimed.sort((left, right) => left.id - right.id)
    await db.transaction((tx) =>
      settleAttempts(tx, Date.now(), [
        settlement(one!),
        settlement(two!, { state: 'pending', reason: 'http_503', delayMs: 5_000 }),
        settlement(three!, { state: 'failed', reason: 'http_400' }),
      ]),
    )
    const rows = await db.read.selectFrom('deliveries').selectAll().orderBy('id').execute()
    expect(rows.map((row) => [row.state, row.reason, row.attempt_count])).toEqual([
      ['succeeded', null, 1],
      ['pending', 'http_503', 1],
      ['failed', 'http_400', 1],
    ])
    expect(rows[1]!.next_attempt_at! - Date.now()).toBeGreaterThan(3_000)
    expect(await claim(db)).toEqual([])
  })
})
