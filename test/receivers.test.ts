/**
 * One bad receiver harms only itself: rate limits, circuits, pausing and schedules of webhooks, over real sockets, and
 * over several processes where these share a database.
 */
import type { Updateable } from 'kysely'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import type { Schema } from '../src/database/schema.ts'
import { LEASE_MS } from '../src/deliveries/operations-claiming.ts'
import { findDue, leaseDeliveries, settleAttempts } from '../src/deliveries/store.ts'
import { readConfig } from '../src/runtime/config.ts'
import { type Server, startServer } from '../src/server.ts'
import { FAILING_ATTEMPTS_MIN, FAILING_MS_MAX } from '../src/webhooks/health.ts'
import { sendIntervalMs } from '../src/webhooks/rate-limit.ts'
import { givenPending, givenWebhook, openTestDatabase } from './support/deliveries.ts'
import { callerWith, draft, record } from './support/given-automations.ts'
import { fire, givenPipeline, inState, makeDue, type Pipeline, succeeds } from './support/given-deliveries.ts'
import { type KillableServer, startKillable } from './support/killable.ts'
import { type ReceiverAnswer, startReceiver } from './support/receiver.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** Longer than a worker rests before it looks again, and what it takes to wake it. */
const CLAIMED_MS_MAX = 20 * SECOND

/** As many deliveries at once, in one change. */
async function fireMany(server: TestServer, caller: Caller, pipeline: Pipeline, count: number): Promise<void> {
  const drafts = Array.from({ length: count }, (_, index) =>
    draft('ADD_ARTIFACT_ALIAS', [pipeline.place], { alias: `alias-${index}` }),
  )
  expect(await record(server, caller, ...drafts)).toBe(count)
  server.world.wakeWorkers()
}

const webhookOf = (server: TestServer, pipeline: Pipeline) =>
  server.world.db.read
    .selectFrom('webhooks')
    .selectAll()
    .where('public_id', '=', pipeline.webhook)
    .executeTakeFirstOrThrow()

/** Changes a webhook's row as time or other attempts would have. */
async function change(server: TestServer, pipeline: Pipeline, set: Updateable<Schema['webhooks']>): Promise<void> {
  await server.world.db.transaction((tx) =>
    tx.updateTable('webhooks').set(set).where('public_id', '=', pipeline.webhook).execute(),
  )
  server.world.wakeWorkers()
}

async function countIn(server: TestServer, pipeline: Pipeline, state: string): Promise<number> {
  const { id } = await webhookOf(server, pipeline)
  const rows = await server.world.db.read
    .selectFrom('deliveries')
    .select('id')
    .where('webhook_id', '=', id)
    .where('state', '=', state as 'pending')
    .execute()
  return rows.length
}

const health = async (server: TestServer, pipeline: Pipeline) =>
  (await succeeds(server, 'GET', pipeline.webhookPath)).health

/** Shows that no window of time saw more of these than slots that are `intervalMs` apart, `burst` of them saved up. */
function expectPaced(times: readonly number[], intervalMs: number, burst: number, jitterMs: number): void {
  const at = [...times].sort((one, other) => one - other)
  for (let first = 0; first < at.length; first += 1) {
    for (let last = first; last < at.length; last += 1) {
      const slots = Math.floor((at[last]! - at[first]! + jitterMs) / intervalMs) + burst
      expect(last - first + 1, `from ${first} to ${last}`).toBeLessThanOrEqual(slots)
    }
  }
}

/** When what is being sent was claimed, by the clock all processes share: its lease tells. */
async function claimTimes(server: TestServer, pipeline: Pipeline): Promise<number[]> {
  const { id } = await webhookOf(server, pipeline)
  const rows = await server.world.db.read
    .selectFrom('deliveries')
    .select('lease_until')
    .where('webhook_id', '=', id)
    .where('state', '=', 'sending')
    .execute()
  return rows.map(({ lease_until }) => lease_until! - LEASE_MS)
}

forEachEngine((engine) => {
  let server: TestServer
  let caller: Caller
  /** On PostgreSQL a second process has a worker, too. */
  let second: Server | undefined
  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_LOG_LEVEL: 'silent' } })
    caller = await callerWith(server, server.adminKey)
    if (engine === 'postgres') second = await startServer(readConfig(server.env))
  })
  afterAll(async () => {
    await second?.stop()
    await server[Symbol.asyncDispose]()
  })

  describe('a rate limit', () => {
    test('is kept by all workers together, and used in full', async () => {
      await using receiver = await startReceiver('hang')
      const pipeline = await givenPipeline(server, receiver.url, {
        webhook: { rateLimitPerMinute: 600, concurrencyMax: 50 },
      })
      await fireMany(server, caller, pipeline, 40)
      const startedAt = Date.now()
      await receiver.waitFor(40, CLAIMED_MS_MAX)
      const intervalMs = sendIntervalMs(600)
      const times = await claimTimes(server, pipeline)
      expect(times).toHaveLength(40)
      expectPaced(times, intervalMs, Math.floor(SECOND / intervalMs), 3 * intervalMs)
      // Nine at once, and the others one by one.
      expect(Date.now() - startedAt).toBeGreaterThan(28 * intervalMs)
    })

    test('of its target holds for changes that claim what they make, and for deliveries that wait', async () => {
      await using receiver = await startReceiver({ status: 200, body: 'ok' })
      const pipeline = await givenPipeline(server, receiver.url, { webhook: { target: 'slack' } })
      const deliveries: string[] = []
      for (const alias of ['one', 'two', 'three']) deliveries.push(await fire(server, pipeline, alias))
      for (const delivery of deliveries) await inState(server, delivery, 'succeeded', 1)
      const arrivals = receiver.received.map(({ receivedAt }) => receivedAt)
      expectPaced(arrivals, SECOND, 1, 0.6 * SECOND)
      expect(await webhookOf(server, pipeline)).toMatchObject({ rate_limit_per_minute: null, send_interval_ms: 1_000 })
    })

    test('is none, and writes nothing, where none is set', async () => {
      await using receiver = await startReceiver(204)
      const pipeline = await givenPipeline(server, receiver.url)
      await fireMany(server, caller, pipeline, 20)
      await receiver.waitFor(20)
      expect(await webhookOf(server, pipeline)).toMatchObject({ send_interval_ms: null, next_slot_at: null })
    })
  })

  describe('what the receiver asks for', () => {
    test('a 429 holds the whole webhook as long as it says, and nobody else', async () => {
      await using limited = await startReceiver({ status: 429, headers: { 'retry-after': '120' } }, 204)
      await using free = await startReceiver(204)
      const pipeline = await givenPipeline(server, limited.url)
      const other = await givenPipeline(server, free.url)
      const first = await fire(server, pipeline, 'first')
      await inState(server, first, 'pending', 1)
      const next = await fire(server, pipeline, 'next')
      await inState(server, await fire(server, other), 'succeeded')

      expect(await succeeds(server, 'GET', `/deliveries/${next}`)).toMatchObject({ state: 'pending', attempts: 0 })
      expect(limited.received).toHaveLength(1)
      const { heldUntil, circuit } = await health(server, pipeline)
      expect(circuit).toBe('closed')
      expect(Date.parse(heldUntil) - Date.now()).toBeGreaterThan(110 * SECOND)
      expect(Date.parse(heldUntil) - Date.now()).toBeLessThanOrEqual(121 * SECOND)

      await change(server, pipeline, { held_until: 1 })
      await inState(server, next, 'succeeded', 1)
      expect(await health(server, pipeline)).toMatchObject({ heldUntil: null, consecutiveFailures: 0 })
    })

    test('it cannot park the webhook for longer than a day', async () => {
      await using receiver = await startReceiver({ status: 503, headers: { 'retry-after': '99999999' } })
      const pipeline = await givenPipeline(server, receiver.url)
      await inState(server, await fire(server, pipeline), 'pending', 1)
      const { heldUntil } = await health(server, pipeline)
      expect(Date.parse(heldUntil) - Date.now()).toBeGreaterThan(23 * 60 * MINUTE)
      expect(Date.parse(heldUntil) - Date.now()).toBeLessThanOrEqual(24 * 60 * MINUTE + SECOND)
    })
  })

  describe('the circuit', () => {
    const WAITING = 60
    const CAP = 5

    /** A webhook whose circuit has opened, and the others that wait for it. */
    async function givenOpen(url: string) {
      const pipeline = await givenPipeline(server, url, { webhook: { concurrencyMax: CAP } })
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: true })
      await fireMany(server, caller, pipeline, WAITING)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
      await expect.poll(async () => (await health(server, pipeline)).circuit, { timeout: 20_000 }).toBe('open')
      await expect.poll(() => countIn(server, pipeline, 'sending'), { timeout: 20_000 }).toBe(0)
      return pipeline
    }

    test('opens for all workers after ten failures in a row, tries one at a time, and closes at the first success', async () => {
      let answer: ReceiverAnswer = 503
      let [open, openMax] = [0, 0]
      await using receiver = await startReceiver(async () => {
        open += 1
        openMax = Math.max(openMax, open)
        const gate = answer
        await new Promise((resolve) => setTimeout(resolve, 30))
        open -= 1
        return typeof gate === 'function' ? 204 : gate
      })
      const pipeline = await givenOpen(receiver.url)

      // Those that were under way when the tenth failed end as they end.
      const asked = receiver.received.length
      expect(asked).toBeGreaterThanOrEqual(10)
      expect(asked).toBeLessThan(10 + 2 * CAP)
      const opened = await health(server, pipeline)
      expect(opened).toMatchObject({
        circuit: 'open',
        circuitOpenedAt: expect.any(String),
        nextProbeAt: opened.heldUntil,
        consecutiveFailures: asked,
        failingSince: expect.any(String),
        lastFailure: { reason: 'receiver_error', at: expect.any(String) },
      })
      expect(Date.parse(opened.nextProbeAt) - Date.now()).toBeGreaterThan(20 * SECOND)
      expect(Date.parse(opened.nextProbeAt) - Date.now()).toBeLessThanOrEqual(31 * SECOND)
      const { id } = await webhookOf(server, pipeline)
      const untouched = await server.world.db.read
        .selectFrom('deliveries')
        .select('id')
        .where('webhook_id', '=', id)
        .where('state', '=', 'pending')
        .where('attempt_count', '=', 0)
        .where('claim_count', '=', 0)
        .execute()
      expect(untouched).toHaveLength(WAITING - asked)

      // The cool-down is over: one probe, which fails, and twice the time.
      openMax = 0
      await change(server, pipeline, { held_until: 1 })
      await receiver.waitFor(asked + 1)
      await expect.poll(async () => (await webhookOf(server, pipeline)).circuit_trips, { timeout: 20_000 }).toBe(2)
      const again = await health(server, pipeline)
      expect(again.circuit).toBe('open')
      expect(Date.parse(again.nextProbeAt) - Date.now()).toBeGreaterThan(50 * SECOND)
      expect([receiver.received.length, openMax]).toEqual([asked + 1, 1])

      // One probe that succeeds: the circuit closes and the others follow at once.
      answer = 204
      await change(server, pipeline, { held_until: 1 })
      await receiver.waitFor(WAITING + 1, 30_000)
      expect(await health(server, pipeline)).toMatchObject({
        circuit: 'closed',
        circuitOpenedAt: null,
        consecutiveFailures: 0,
        failingSince: null,
        lastFailure: { reason: 'receiver_error' },
      })
    })

    test('an answer that refuses closes it too, since the receiver lives; refusals alone never open it', async () => {
      await using receiver = await startReceiver(422)
      const pipeline = await givenPipeline(server, receiver.url)
      await fireMany(server, caller, pipeline, 30)
      await receiver.waitFor(30)
      await expect.poll(() => countIn(server, pipeline, 'failed'), { timeout: 20_000 }).toBe(30)
      expect(await health(server, pipeline)).toMatchObject({ circuit: 'closed', consecutiveFailures: 30 })

      const last = await webhookOf(server, pipeline)
      await change(server, pipeline, { circuit_opened_at: last.failing_since, held_until: 1, circuit_trips: 4 })
      await inState(server, await fire(server, pipeline), 'failed', 1)
      expect(await health(server, pipeline)).toMatchObject({ circuit: 'closed', consecutiveFailures: 31 })
    })

    test('whoever mended the receiver can say so: paused: false closes it', async () => {
      await using receiver = await startReceiver(503)
      const pipeline = await givenOpen(receiver.url)
      receiver.answerWith(204)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
      await expect.poll(() => countIn(server, pipeline, 'succeeded'), { timeout: 20_000 }).toBeGreaterThan(WAITING / 2)
      expect(await health(server, pipeline)).toMatchObject({ circuit: 'closed', heldUntil: null })
    })

    test('what is ours does not count: a missing secret leaves the receiver in good health', async () => {
      await using receiver = await startReceiver(204)
      const pipeline = await givenPipeline(server, receiver.url, {
        secrets: { EXTRA: 'extra-value' },
        webhook: { secrets: ['EXTRA'] },
        payload: { extra: '${EXTRA}' },
      })
      await succeeds(server, 'PATCH', pipeline.webhookPath, { secrets: [] })
      const deliveries: string[] = []
      for (let at = 0; at < 12; at += 1) deliveries.push(await fire(server, pipeline, `alias-${at}`))
      for (const delivery of deliveries) await inState(server, delivery, 'pending', 1)
      expect(await health(server, pipeline)).toMatchObject({ circuit: 'closed', lastFailure: null })
    })
  })

  describe('a receiver that only fails', () => {
    test('pauses its webhook after five days, told in audit, log, metrics and on its automations, and comes back by hand', async () => {
      const processes = second === undefined ? [server] : [server, second]
      const warnings = processes.map(({ world }) => vi.spyOn(world.log, 'warn'))
      await using receiver = await startReceiver(503)
      const pipeline = await givenPipeline(server, receiver.url)
      const failing = await fire(server, pipeline, 'failing')
      await inState(server, failing, 'pending', 1)
      const soon = { failing_since: Date.now() - FAILING_MS_MAX + MINUTE, failure_count: FAILING_ATTEMPTS_MIN }
      await change(server, pipeline, soon)
      await makeDue(server, failing)
      await inState(server, failing, 'pending', 2)
      expect((await succeeds(server, 'GET', pipeline.webhookPath)).paused).toBeNull()

      await change(server, pipeline, { failing_since: soon.failing_since - MINUTE })
      await makeDue(server, failing)
      await inState(server, failing, 'pending', 3)
      const webhook = await succeeds(server, 'GET', pipeline.webhookPath)
      expect(webhook).toMatchObject({
        paused: { reason: 'failing_since', at: expect.any(String) },
        health: { consecutiveFailures: FAILING_ATTEMPTS_MIN + 2, failingSince: expect.any(String) },
      })
      const { items } = await succeeds(server, 'GET', `/entities/${pipeline.team}/audit`)
      expect(items[0]).toMatchObject({
        action: 'webhook.paused',
        actor: null,
        via: 'system',
        details: { reason: 'failing_since' },
      })
      const automation = await succeeds(server, 'GET', `/automations/${pipeline.automation}`)
      expect(automation.action.webhook).toMatchObject({ paused: true })
      const told = [{ webhook: pipeline.webhook, reason: 'failing_since' }, expect.stringContaining('was paused')]
      await expect.poll(() => warnings.flatMap(({ mock }) => mock.calls)).toContainEqual(told)
      const metrics = await Promise.all(processes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()))
      expect(metrics.join('\n')).toMatch(/tripline_webhook_health_changes_total\{change="paused"\} 1/)
      expect(metrics.join('\n')).not.toContain(pipeline.team)

      const held = await fire(server, pipeline, 'held')
      expect(await succeeds(server, 'GET', `/deliveries/${held}`)).toMatchObject({ state: 'pending', held: true })
      receiver.answerWith(204)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
      await inState(server, held, 'succeeded', 1)
      await inState(server, failing, 'succeeded', 4)
      expect(await health(server, pipeline)).toMatchObject({ consecutiveFailures: 0, failingSince: null })
    })

    test('few failures are not enough, however far apart', async () => {
      await using receiver = await startReceiver(422)
      const pipeline = await givenPipeline(server, receiver.url)
      await inState(server, await fire(server, pipeline), 'failed')
      await change(server, pipeline, { failing_since: Date.now() - 2 * FAILING_MS_MAX })
      await inState(server, await fire(server, pipeline), 'failed')
      expect((await succeeds(server, 'GET', pipeline.webhookPath)).paused).toBeNull()
    })
  })

  test('a webhook has its own schedule of retries, read anew at each attempt', async () => {
    await using receiver = await startReceiver(503)
    const pipeline = await givenPipeline(server, receiver.url, { webhook: { retrySchedule: [7, 40] } })
    const delivery = await fire(server, pipeline)
    for (const [attempts, seconds] of [
      [1, 7],
      [2, 40],
    ] as const) {
      if (attempts > 1) await makeDue(server, delivery)
      const { nextAttemptAt } = await inState(server, delivery, 'pending', attempts)
      expect(Date.parse(nextAttemptAt) - Date.now()).toBeGreaterThan((seconds - 4) * SECOND)
      expect(Date.parse(nextAttemptAt) - Date.now()).toBeLessThanOrEqual(seconds * 1.1 * SECOND)
    }
    await makeDue(server, delivery)
    expect(await inState(server, delivery, 'failed', 3)).toMatchObject({ reason: 'receiver_error' })

    await succeeds(server, 'PATCH', pipeline.webhookPath, { retrySchedule: [60, 60, 60] })
    const other = await fire(server, pipeline)
    await inState(server, other, 'pending', 1)
    await succeeds(server, 'PATCH', pipeline.webhookPath, { retrySchedule: [] })
    await makeDue(server, other)
    await inState(server, other, 'failed', 2)
  })

  test('many receivers that hang together leave room for the others', async () => {
    const hanging = await Promise.all(Array.from({ length: 6 }, () => startReceiver('hang')))
    await using receiver = await startReceiver(204)
    const own = await startTestServer(engine, { env: { TRIPLINE_LOG_LEVEL: 'silent' } })
    try {
      const its = await callerWith(own, own.adminKey)
      for (const { url } of hanging) {
        const pipeline = await givenPipeline(own, url, { webhook: { concurrencyMax: 256 } })
        await fireMany(own, its, pipeline, 300)
      }
      const total = () => hanging.reduce((sum, { received }) => sum + received.length, 0)
      // Half of what a worker may have open, and one each of those that are not known: no more, whoever waits.
      await expect.poll(total, { timeout: 20_000 }).toBeGreaterThanOrEqual(512)

      const pipeline = await givenPipeline(own, receiver.url)
      for (let at = 0; at < 20; at += 1) await inState(own, await fire(own, pipeline, `alias-${at}`), 'succeeded')
      await fireMany(own, its, pipeline, 40)
      await receiver.waitFor(60, 10_000)
      expect(total()).toBeLessThanOrEqual(512 + hanging.length)
    } finally {
      await Promise.all(hanging.map((one) => one.stop()))
      await own[Symbol.asyncDispose]()
    }
  }, 120_000)

  test('a worker has as many requests open as it is set to, and half of them at one receiver', async () => {
    const answers = Promise.withResolvers<number>()
    await using slow = await startReceiver(() => answers.promise)
    await using quick = await startReceiver(204)
    await using own = await startTestServer(engine, {
      env: { TRIPLINE_LOG_LEVEL: 'silent', TRIPLINE_WORKER_REQUESTS_MAX: '16' },
    })
    const its = await callerWith(own, own.adminKey)
    await fireMany(own, its, await givenPipeline(own, slow.url, { webhook: { concurrencyMax: 64 } }), 30)
    await slow.waitFor(8)
    // What is claimed after the first half is for others: theirs goes out, and none of the slow one's.
    const pipeline = await givenPipeline(own, quick.url)
    for (let at = 0; at < 5; at += 1) await inState(own, await fire(own, pipeline, `alias-${at}`), 'succeeded')
    expect(slow.openMax()).toBe(8)
    answers.resolve(204)
    await slow.waitFor(30)
    expect(slow.openMax()).toBeLessThanOrEqual(16)
  }, 60_000)

  test('a stop ends the waits for a start: what was not begun is given back, and sent once by the next process', async () => {
    const [hooks, each] = [2, 256]
    const gate = Promise.withResolvers<number>()
    await using receiver = await startReceiver(...Array<number>(hooks).fill(204), () => gate.promise)
    await using own = await startTestServer(engine, {
      env: { TRIPLINE_LOG_LEVEL: 'silent', TRIPLINE_WORKER_REQUESTS_MAX: '2048' },
    })
    const its = await callerWith(own, own.adminKey)
    const pipelines: Pipeline[] = []
    for (let at = 0; at < hooks; at += 1) {
      const pipeline = await givenPipeline(own, receiver.url, { webhook: { concurrencyMax: each } })
      // From here on it is known that they are all one receiver, whose requests start one after the other.
      await inState(own, await fire(own, pipeline), 'succeeded')
      pipelines.push(pipeline)
    }
    for (const pipeline of pipelines) await fireMany(own, its, pipeline, each)
    const sending = async () => Promise.all(pipelines.map((pipeline) => countIn(own, pipeline, 'sending')))
    await expect.poll(sending, { interval: 20 }).toEqual(Array(hooks).fill(each))
    // By then those that were claimed last wait, too.
    await receiver.waitFor(receiver.received.length + 30)

    // The last of them would wait for two seconds; the stop waits for what has begun, and for no other.
    const stopped = own.stop()
    gate.resolve(204)
    await stopped
    const begun = receiver.received.length - hooks
    expect(begun).toBeLessThan(hooks * each)

    const next = await startServer(readConfig(own.env))
    try {
      await receiver.waitFor(hooks + hooks * each)
      const attempts = () => next.world.db.read.selectFrom('attempts').select(['claim', 'status']).execute()
      await expect.poll(async () => (await attempts()).length).toBe(hooks + hooks * each)
      const claims = (await attempts()).map(({ claim, status }) => `${claim}: ${status}`)
      expect(claims.filter((claim) => claim === '1: 204')).toHaveLength(hooks + begun)
      expect(claims.filter((claim) => claim === '2: 204')).toHaveLength(hooks * each - begun)
      expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(hooks + hooks * each)
    } finally {
      await next.stop()
    }
  }, 60_000)
})

test('no minute sees more than the limit, by whatever times claims come', async () => {
  await using given = await openTestDatabase('sqlite')
  const { db } = given
  const perMinute = 120
  const webhook = await givenWebhook(db, { concurrencyMax: 200 })
  await db.transaction((tx) =>
    tx
      .updateTable('webhooks')
      .set({ send_interval_ms: sendIntervalMs(perMinute) })
      .execute(),
  )
  await givenPending(db, webhook, Array(400).fill(1))
  const begun: number[] = []
  for (let nowMs = 1_000_000; begun.length < 400; nowMs += Math.random() < 0.05 ? 4_000 : Math.random() * 300) {
    const at = Math.round(nowMs)
    await db.transaction(async (tx) => {
      const { due } = await findDue(tx, db.engine, { nowMs: at, limit: 64 })
      const items = due.map(({ id }) => ({ id, body: '{}', warnings: null }))
      await leaseDeliveries(tx, items, { worker: 'w1', nowMs: at, leaseMs: MINUTE })
      const ended = {
        attempts: 1,
        slowRetries: 0,
        state: 'succeeded',
        reason: null,
        delayMs: 0,
        attempt: null,
      } as const
      const settled = due.map(({ id }) => ({ deliveryId: id, worker: 'w1', claim: 1, ...ended }))
      await settleAttempts(tx, at, settled)
      for (const _ of due) begun.push(at)
    })
  }
  for (const from of begun) {
    expect(begun.filter((at) => at >= from && at < from + MINUTE).length).toBeLessThanOrEqual(perMinute)
  }
  // And it is used, but for the times in which nobody came: more than half, on average.
  expect(begun.length / ((begun.at(-1)! - begun[0]!) / MINUTE)).toBeGreaterThan(perMinute / 4)
})

describeWithTool('postgres', 'four processes over one PostgreSQL', () => {
  test('a receiver with a cap of three never counts four open requests, and its rate limit is kept', async () => {
    const server = await startTestServer('postgres')
    const others: KillableServer[] = []
    await using capped = await startReceiver({ status: 204, delayMs: 15 })
    await using paced = await startReceiver('hang')
    try {
      const caller = await callerWith(server, server.adminKey)
      const started = await Promise.all([1, 2, 3].map(() => startKillable(server.env)))
      others.push(...started.filter((other) => other !== undefined))
      expect(others).toHaveLength(3)
      const one = await givenPipeline(server, capped.url, { webhook: { concurrencyMax: 3 } })
      const two = await givenPipeline(server, paced.url, {
        webhook: { rateLimitPerMinute: 300, concurrencyMax: 50 },
      })
      await fireMany(server, caller, two, 30)
      await paced.waitFor(30, CLAIMED_MS_MAX)
      const times = await claimTimes(server, two)
      await fireMany(server, caller, one, 120)
      for (let at = 0; at < 40; at += 1) await fire(server, one, `later-${at}`)
      await capped.waitFor(160, 90_000)
      expect(capped.openMax()).toBe(3)
      const intervalMs = sendIntervalMs(300)
      expect(times).toHaveLength(30)
      expectPaced(times, intervalMs, Math.floor(SECOND / intervalMs), intervalMs)
      const workers = await server.world.db.read.selectFrom('attempts').select('worker').distinct().execute()
      expect(workers.length).toBeGreaterThan(1)
    } finally {
      await Promise.all(others.map((other) => other.kill()))
      await server[Symbol.asyncDispose]()
    }
  }, 240_000)
})
