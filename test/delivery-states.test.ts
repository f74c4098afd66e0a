/**
 * Walks every arrow of `docs/delivery-states.md` with a real server and a real receiver, and shows that the database
 * refuses what the drawing does not have.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RawBuilder, sql, type Updateable } from 'kysely'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeliveryRow } from '../src/database/schema.ts'
import { type Settlement, settleAttempts } from '../src/deliveries/store.ts'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import { fire, givenPipeline, inState, makeDue, type Pipeline, succeeds } from './support/given-deliveries.ts'
import { type ReceiverAnswer, startReceiver } from './support/receiver.ts'
import { type EngineName, forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

const NOWHERE = 'http://127.0.0.1:9/'
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const DRAWN = readFileSync(join(import.meta.dirname, '../docs/delivery-states.md'), 'utf8')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => /-->/.test(line) && !line.endsWith('[*]'))

/** New values of a row, or what the database is to make them from. */
type Change = { [Column in keyof Updateable<DeliveryRow>]?: Updateable<DeliveryRow>[Column] | RawBuilder<number> }

/** Drawn, and walked elsewhere: `test/claim-at-once.test.ts`. */
const walked = new Set(['[*] --> sending: matched and claimed in one, for the worker of the same process'])

/** A test that walks this arrow, named as in the drawing. */
function arrow(drawn: string, body: () => Promise<void>): void {
  walked.add(drawn)
  test(drawn, body)
}

/** A receiver that answers once it is told how. */
async function startGatedReceiver() {
  const gate = Promise.withResolvers<Exclude<ReceiverAnswer, (...args: never) => unknown>>()
  const receiver = await startReceiver(() => gate.promise, 204)
  return Object.assign(receiver, { answer: gate.resolve })
}

/** Starts again on the data of a server that has been stopped. */
async function restarted(before: TestServer): Promise<TestServer> {
  const { url, world, stop } = await startServer(readConfig(before.env))
  return {
    ...before,
    url,
    world,
    stop,
    [Symbol.asyncDispose]: stop,
    async rest(method, path) {
      const headers = { authorization: `Bearer ${before.adminKey}` }
      const response = await fetch(`${url}/api/v1${path}`, { method, headers })
      const text = await response.text()
      return { status: response.status, text, body: JSON.parse(text), headers: response.headers }
    },
  }
}

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_LOG_LEVEL: 'silent' } })
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const rowOf = (delivery: string, on = server) =>
    on.world.db.read.selectFrom('deliveries').selectAll().where('public_id', '=', delivery).executeTakeFirstOrThrow()

  const change = (delivery: string, set: Change, on = server) =>
    on.world.db.transaction((tx) =>
      tx
        .updateTable('deliveries')
        .set(set as Updateable<DeliveryRow>)
        .where('public_id', '=', delivery)
        .execute(),
    )

  /** How long until the delivery is due, by the clock the workers claim by. */
  async function dueInMs(delivery: string): Promise<number> {
    const { db } = server.world
    const { rows } = await sql<{ due: number }>`select next_attempt_at - ${db.engine.nowMs(Date.now())} as due
      from deliveries where public_id = ${delivery}`.execute(db.read)
    return rows[0]!.due
  }

  describe('the arrows', () => {
    arrow('[*] --> pending: matched, in the transaction of the change', async () => {
      const pipeline = await givenPipeline(server, NOWHERE, { webhook: { paused: true } })
      const delivery = await fire(server, pipeline)
      expect(await rowOf(delivery)).toMatchObject({
        state: 'pending',
        claim_count: 0,
        attempt_count: 0,
        body: null,
        lease_owner: null,
        settled_at: null,
        replay_of: null,
      })
      expect(await dueInMs(delivery)).toBeLessThanOrEqual(0)
    })

    arrow('[*] --> pending: replayed', async () => {
      await using receiver = await startReceiver()
      const pipeline = await givenPipeline(server, receiver.url)
      const delivery = await fire(server, pipeline)
      await inState(server, delivery, 'succeeded')
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: true })
      const replay = await succeeds(server, 'POST', `/deliveries/${delivery}/replay`)
      expect(replay).toMatchObject({ state: 'pending', held: true, replayOf: delivery, replayMode: 'as_then' })
      const { body } = await rowOf(delivery)
      expect(await rowOf(replay.id)).toMatchObject({ state: 'pending', claim_count: 0, attempt_count: 0, body })
      expect(await dueInMs(replay.id)).toBeLessThanOrEqual(0)
    })

    arrow('[*] --> pending: waits for the one before it, where its webhook asks for an order', async () => {
      const ordered = { webhook: { paused: true, order: 'collection' } }
      const pipeline = await givenPipeline(server, NOWHERE, ordered)
      const first = await rowOf(await fire(server, pipeline))
      const second = await rowOf(await fire(server, pipeline))
      expect(first).toMatchObject({ state: 'pending', waits_for: null })
      expect(await dueInMs(first.public_id)).toBeLessThanOrEqual(0)
      expect(second).toMatchObject({ state: 'pending', waits_for: first.id, order_key: first.order_key })
      expect(await dueInMs(second.public_id)).toBeGreaterThan(1_000 * 365 * 24 * HOUR)
      const shown = await succeeds(server, 'GET', `/deliveries/${second.public_id}`)
      expect(shown).toMatchObject({ waitsFor: first.public_id, nextAttemptAt: null })
    })

    arrow('pending --> pending: the one it waited for has ended, due at once', async () => {
      await using receiver = await startGatedReceiver()
      const pipeline = await givenPipeline(server, receiver.url, { webhook: { order: 'collection' } })
      const first = await fire(server, pipeline)
      await receiver.waitFor(1)
      const second = await fire(server, pipeline)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: true })
      receiver.answer(204)
      await inState(server, first, 'succeeded')
      expect(await rowOf(second)).toMatchObject({ state: 'pending', waits_for: null })
      expect(await dueInMs(second)).toBeLessThanOrEqual(0)
    })

    arrow(
      'pending --> superseded: a newer one took its place, where its webhook or automation asks for that',
      async () => {
        const ordered = { webhook: { paused: true, order: 'collection', newestWins: true } }
        const pipeline = await givenPipeline(server, NOWHERE, ordered)
        const first = await fire(server, pipeline)
        const second = await fire(server, pipeline)
        expect(await rowOf(first)).toMatchObject({
          state: 'superseded',
          reason: 'newer_delivery',
          superseded_by: (await rowOf(second)).id,
          next_attempt_at: null,
          settled_at: expect.any(Number),
        })
        expect(await rowOf(second)).toMatchObject({ state: 'pending', waits_for: null })
        expect(await succeeds(server, 'GET', `/deliveries/${first}`)).toMatchObject({ supersededBy: second })
      },
    )

    arrow('pending --> sending: claimed by a worker, under a lease', async () => {
      await using receiver = await startGatedReceiver()
      const pipeline = await givenPipeline(server, receiver.url)
      const delivery = await fire(server, pipeline)
      await receiver.waitFor(1)
      const row = await rowOf(delivery)
      expect(row).toMatchObject({
        state: 'sending',
        next_attempt_at: null,
        lease_owner: expect.stringMatching(/^w_/),
        claim_count: 1,
        attempt_count: 0,
        settled_at: null,
      })
      expect(row.body).toBe(receiver.received[0]!.body)
      const { rows } = await sql<{
        left: number
      }>`select lease_until - ${server.world.db.engine.nowMs(Date.now())} as "left"
        from deliveries where public_id = ${delivery}`.execute(server.world.db.read)
      expect(rows[0]!.left).toBeGreaterThan(40 * SECOND)
      expect(rows[0]!.left).toBeLessThanOrEqual(60 * SECOND)
      receiver.answer(204)
      await inState(server, delivery, 'succeeded')
    })

    arrow('sending --> succeeded: the receiver accepted it', async () => {
      await using receiver = await startReceiver(299)
      const delivery = await fire(server, await givenPipeline(server, receiver.url))
      await inState(server, delivery, 'succeeded')
      expect(await rowOf(delivery)).toMatchObject({
        reason: null,
        attempt_count: 1,
        lease_owner: null,
        next_attempt_at: null,
        settled_at: expect.any(Number),
      })
    })

    arrow('sending --> pending: to be tried again at a later time', async () => {
      await using receiver = await startReceiver(503, 429, 'reset', {
        status: 503,
        headers: { 'retry-after': '36000' },
      })
      const delivery = await fire(server, await givenPipeline(server, receiver.url))
      const waits = [
        [5 * SECOND, 'receiver_error'],
        [5 * MINUTE, 'rate_limited'],
        [30 * MINUTE, 'connection_reset'],
        [10 * HOUR, 'receiver_error'],
      ] as const
      for (const [index, [delayMs, reason]] of waits.entries()) {
        if (index > 0) await makeDue(server, delivery)
        await inState(server, delivery, 'pending', index + 1)
        expect(await rowOf(delivery)).toMatchObject({ reason, attempt_count: index + 1, lease_owner: null })
        const dueMs = await dueInMs(delivery)
        expect(dueMs).toBeGreaterThan(delayMs - 3 * SECOND)
        expect(dueMs).toBeLessThanOrEqual(delayMs * 1.1)
      }
      const [first, ...rest] = receiver.received
      for (const again of rest) {
        expect(again.body).toBe(first!.body)
        expect(again.headers['webhook-id']).toBe(first!.headers['webhook-id'])
      }
    })

    arrow('sending --> pending: cut off by a graceful stop, due at once', async () => {
      await using hanging = await startReceiver('hang', 204)
      await using slow = await startReceiver({ status: 204, delayMs: 700 })
      await using before = await startTestServer(engine)
      const cut = await fire(before, await givenPipeline(before, hanging.url))
      const ended = await fire(before, await givenPipeline(before, slow.url))
      await Promise.all([hanging.waitFor(1), slow.waitFor(1)])
      const beganAt = performance.now()
      await before.stop()
      expect(performance.now() - beganAt).toBeLessThan(10 * SECOND)

      await using after = await restarted(before)
      const history = await inState(after, cut, 'succeeded')
      expect(history).toMatchObject({
        attempts: 1,
        history: [
          { claim: 1, outcome: 'interrupted', verdict: 'pending', reason: 'interrupted', response: null },
          { claim: 2, outcome: 'answered', verdict: 'succeeded', status: 204 },
        ],
      })
      const [first, second] = hanging.received
      expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id'])
      expect(second!.body).toBe(first!.body)
      // What ended while the server stopped was settled, and is not sent again.
      expect(await inState(after, ended, 'succeeded')).toMatchObject({ attempts: 1, history: [{ claim: 1 }] })
      expect(slow.received).toHaveLength(1)
    })

    arrow('sending --> pending: the lease lapsed, due at once', async () => {
      await using receiver = await startReceiver()
      const pipeline = await givenPipeline(server, receiver.url, { webhook: { paused: true } })
      const delivery = await fire(server, pipeline)
      const leaseMs = 400
      await change(delivery, {
        state: 'sending',
        next_attempt_at: null,
        lease_owner: 'w_dead',
        lease_until: sql<number>`${server.world.db.engine.nowMs(Date.now())} + ${sql.lit(leaseMs)}`,
        claim_count: 1,
      })
      const { lease_until: lapsesAt } = await rowOf(delivery)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
      const sent = await inState(server, delivery, 'succeeded')
      expect(sent).toMatchObject({ attempts: 1, history: [{ claim: 2 }] })
      expect(receiver.received).toHaveLength(1)
      expect(Date.parse(sent.history[0].startedAt)).toBeGreaterThanOrEqual(lapsesAt!)

      const late: Settlement = {
        deliveryId: (await rowOf(delivery)).id,
        worker: 'w_dead',
        claim: 1,
        attempts: 1,
        slowRetries: 0,
        state: 'failed',
        reason: 'rejected',
        delayMs: 0,
        attempt: null,
      }
      const { db } = server.world
      const settled = await db.transaction((tx) => settleAttempts(tx, Date.now(), [late]))
      expect(settled).toEqual([])
      expect(await succeeds(server, 'GET', `/deliveries/${delivery}`)).toEqual(sent)
    })

    arrow('sending --> failed: refused for good, or the schedule is spent', async () => {
      await using refusing = await startReceiver(422)
      const refused = await fire(server, await givenPipeline(server, refusing.url))
      expect(await inState(server, refused, 'failed')).toMatchObject({
        reason: 'rejected',
        attempts: 1,
        nextAttemptAt: null,
        settledAt: expect.any(String),
      })

      await using broken = await startReceiver(500)
      const tried = await fire(server, await givenPipeline(server, broken.url))
      for (let attempt = 1; attempt < 10; attempt += 1) {
        await inState(server, tried, 'pending', attempt)
        await makeDue(server, tried)
      }
      const spent = await inState(server, tried, 'failed', 10)
      expect(spent).toMatchObject({ reason: 'receiver_error', attempts: 10 })
      expect(spent.history[9].explanation).toContain('It is not tried again: all 10 attempts are spent.')
      expect(new Set(broken.received.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(1)

      await using locked = await startReceiver(401)
      const slow = await fire(server, await givenPipeline(server, locked.url))
      for (const [attempt, delayMs] of [
        [1, 30 * MINUTE],
        [2, 6 * HOUR],
      ] as const) {
        await inState(server, slow, 'pending', attempt)
        expect(await dueInMs(slow)).toBeGreaterThan(delayMs - 3 * SECOND)
        expect(await dueInMs(slow)).toBeLessThanOrEqual(delayMs * 1.1)
        await makeDue(server, slow)
      }
      expect(await inState(server, slow, 'failed', 3)).toMatchObject({ reason: 'unauthorized', attempts: 3 })
    })

    arrow('sending --> failed: it could not be rendered', async () => {
      await using receiver = await startReceiver()
      const needy = await givenPipeline(server, receiver.url, {
        payload: { id: '${artifact_metadata.ticket:?every release needs a ticket}' },
      })
      const failed = await inState(server, await fire(server, needy), 'failed')
      expect(failed).toMatchObject({
        reason: 'payload_not_renderable',
        attempts: 0,
        body: null,
        history: [{ outcome: 'unsendable', status: null, response: null, request: { headers: {} } }],
      })
      expect(failed.history[0].explanation).toBe(
        '${artifact_metadata.ticket:?every release needs a ticket} has no value in this event: every release needs a ' +
          'ticket (at /id). Mend the payload of the automation, then replay as now.',
      )
      expect(receiver.received).toEqual([])
    })

    arrow('sending --> failed: claimed 100 times without one request made', async () => {
      await using receiver = await startReceiver()
      const deadly = await givenPipeline(server, receiver.url, { webhook: { paused: true } })
      const delivery = await fire(server, deadly)
      await change(delivery, {
        state: 'sending',
        next_attempt_at: null,
        lease_owner: 'w_dead',
        lease_until: 1,
        claim_count: 100,
      })
      server.world.wakeWorkers()
      expect(await inState(server, delivery, 'failed')).toMatchObject({
        reason: 'worker_lost',
        attempts: 0,
        history: [],
      })
      expect(receiver.received).toEqual([])
    })

    arrow('pending --> cancelled: its webhook or a secret it needs was deleted by force', async () => {
      const held = { webhook: { paused: true, accessTokenSecret: 'TOKEN' }, secrets: { TOKEN: 'some-value' } }
      const pipeline = await givenPipeline(server, NOWHERE, held)
      const first = await fire(server, pipeline)
      await succeeds(server, 'DELETE', `/entities/${pipeline.team}/secrets/TOKEN?force=true`)
      const second = await fire(server, pipeline)
      await succeeds(server, 'DELETE', `${pipeline.webhookPath}?force=true`)
      expect(await rowOf(first)).toMatchObject({ state: 'cancelled', reason: 'secret_deleted', next_attempt_at: null })
      expect(await rowOf(second)).toMatchObject({
        state: 'cancelled',
        reason: 'webhook_deleted',
        next_attempt_at: null,
      })

      // Committed in the instant of the deletion, so that the deletion did not see it.
      const unseen = await givenPipeline(server, NOWHERE, { webhook: { paused: true } })
      const third = await fire(server, unseen)
      await server.world.db.transaction((tx) =>
        tx.updateTable('webhooks').set({ deleted_at: 1 }).where('public_id', '=', unseen.webhook).execute(),
      )
      server.world.wakeWorkers()
      expect(await inState(server, third, 'cancelled')).toMatchObject({ reason: 'webhook_deleted', held: false })
    })

    arrow('sending --> cancelled: to be tried again, but its webhook was deleted meanwhile', async () => {
      const outcomes = []
      for (const answer of [503, 204, 400] as const) {
        await using receiver = await startGatedReceiver()
        const pipeline = await givenPipeline(server, receiver.url)
        const delivery = await fire(server, pipeline)
        await receiver.waitFor(1)
        const refused = await server.rest('DELETE', pipeline.webhookPath)
        expect(refused.body).toMatchObject({ code: 'webhook_in_use', waiting: 1 })
        expect(await succeeds(server, 'DELETE', `${pipeline.webhookPath}?force=true`)).toEqual({ cancelled: [] })
        expect(await rowOf(delivery)).toMatchObject({ state: 'sending' })
        receiver.answer(answer)
        await expect.poll(async () => (await rowOf(delivery)).settled_at).not.toBeNull()
        const { state, reason, history } = await succeeds(server, 'GET', `/deliveries/${delivery}`)
        outcomes.push([answer, state, reason, history.length])
      }
      expect(outcomes).toEqual([
        [503, 'cancelled', 'webhook_deleted', 1],
        [204, 'succeeded', null, 1],
        [400, 'failed', 'rejected', 1],
      ])
    })

    test('a settled delivery never changes', async () => {
      await using receiver = await startReceiver(204, 400)
      const pipeline = await givenPipeline(server, receiver.url, { secrets: { USED: 'some-value' } })
      await succeeds(server, 'PATCH', pipeline.webhookPath, { secrets: ['USED'] })
      const good = await fire(server, pipeline)
      await inState(server, good, 'succeeded')
      const failed = await fire(server, pipeline)
      await inState(server, failed, 'failed')
      const before = [await rowOf(good), await rowOf(failed)]

      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: true })
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
      for (const delivery of [good, failed]) {
        const replay = await succeeds(server, 'POST', `/deliveries/${delivery}/replay`, { mode: 'as_now' })
        await inState(server, replay.id, 'failed')
      }
      await succeeds(server, 'DELETE', `/entities/${pipeline.team}/secrets/USED?force=true`)
      await succeeds(server, 'DELETE', `/automations/${pipeline.automation}`)
      expect(await succeeds(server, 'DELETE', pipeline.webhookPath)).toEqual({ cancelled: [] })
      expect([await rowOf(good), await rowOf(failed)]).toEqual(before)
    })
  })

  describe('what is in progress stays as it was', () => {
    const payload = (made: string) => ({ made, alias: '${alias}', at: '${event_time}' })

    test('edits, disabling and deletion of the automation change nothing that was sent once', async () => {
      await using receiver = await startReceiver(503, 503, 503, 204)
      const pipeline = await givenPipeline(server, receiver.url, {
        secrets: { SIGNING: 'correct horse battery' },
        webhook: { signingSecret: 'SIGNING' },
        payload: payload('first'),
      })
      const delivery = await fire(server, pipeline)
      const path = `/automations/${pipeline.automation}`
      const edits = [
        () =>
          succeeds(server, 'PATCH', path, {
            action: { type: 'webhook', webhook: pipeline.webhook, payload: payload('second') },
          }),
        () => succeeds(server, 'PATCH', path, { enabled: false, name: 'renamed' }),
        () => succeeds(server, 'DELETE', path),
      ]
      for (const [index, edit] of edits.entries()) {
        await inState(server, delivery, 'pending', index + 1)
        await edit()
        await makeDue(server, delivery)
      }
      await inState(server, delivery, 'succeeded', 4)
      const [first] = receiver.received
      expect(JSON.parse(first!.body)).toMatchObject({ made: 'first' })
      for (const request of receiver.received) {
        expect(request.body).toBe(first!.body)
        expect(request.headers['webhook-id']).toBe(first!.headers['webhook-id'])
        const verifier = new Webhook(Buffer.from('correct horse battery').toString('base64'))
        expect(verifier.verify(request.body, request.headers as Record<string, string>)).toBeTruthy()
      }
    })

    test('nor what has matched and was not sent yet', async () => {
      await using receiver = await startReceiver()
      const pipeline = await givenPipeline(server, receiver.url, {
        webhook: { paused: true },
        payload: payload('first'),
      })
      const delivery = await fire(server, pipeline)
      const path = `/automations/${pipeline.automation}`
      await succeeds(server, 'PATCH', path, {
        action: { type: 'webhook', webhook: pipeline.webhook, payload: payload('second') },
      })
      const later = await fire(server, pipeline)
      await succeeds(server, 'DELETE', path)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
      await inState(server, delivery, 'succeeded')
      await inState(server, later, 'succeeded')
      const madeBy = Object.fromEntries(
        receiver.received.map(({ headers, body }) => [headers['webhook-id'], JSON.parse(body).made]),
      )
      expect(madeBy).toEqual({
        [(await rowOf(delivery)).message_id]: 'first',
        [(await rowOf(later)).message_id]: 'second',
      })
    })

    test('repairs of the webhook take effect at the next attempt: URL, headers, token, signature', async () => {
      await using wrong = await startReceiver(404)
      await using right = await startReceiver()
      const pipeline = await givenPipeline(server, wrong.url, {
        secrets: { OLD: 'old-token-value', NEW: 'new-token-value' },
        webhook: { accessTokenSecret: 'OLD' },
      })
      const delivery = await fire(server, pipeline)
      await inState(server, delivery, 'pending', 1)
      await succeeds(server, 'PATCH', pipeline.webhookPath, {
        url: `${right.url}/moved`,
        accessTokenSecret: 'NEW',
        signingSecret: 'NEW',
        signature: { github: true },
        headers: { 'x-added': 'yes' },
      })
      await makeDue(server, delivery)
      await inState(server, delivery, 'succeeded', 2)
      const [before, after] = [wrong.received[0]!, right.received[0]!]
      expect(after).toMatchObject({
        path: '/hook/moved',
        body: before.body,
        headers: {
          authorization: 'Bearer new-token-value',
          'x-added': 'yes',
          'webhook-id': before.headers['webhook-id'],
        },
      })
      expect(after.headers['x-hub-signature-256']).toMatch(/^sha256=/)
    })

    test('a secret the webhook may not use any more is not sent, and can be given back', async () => {
      await using receiver = await startReceiver(503, 204)
      const pipeline = await givenPipeline(server, receiver.url, {
        secrets: { EXTRA: 'extra-value' },
        webhook: { secrets: ['EXTRA'] },
        payload: { extra: '${EXTRA}' },
      })
      const delivery = await fire(server, pipeline)
      await inState(server, delivery, 'pending', 1)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { secrets: [] })
      await makeDue(server, delivery)
      const stuck = await inState(server, delivery, 'pending', 2)
      expect(stuck).toMatchObject({ reason: 'receiver_not_ready', attempts: 1 })
      expect(stuck.history[1].explanation).toContain(
        'The payload needs the secret "EXTRA", which this webhook may not use any more.',
      )
      expect(receiver.received).toHaveLength(1)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { secrets: ['EXTRA'] })
      await makeDue(server, delivery)
      await inState(server, delivery, 'succeeded', 3)
      expect(receiver.received[1]!.body).toBe('{"extra":"extra-value"}')
    })
  })

  test('410 gives the delivery up and pauses the webhook, with the reason shown and audited', async () => {
    await using receiver = await startReceiver(410)
    const pipeline = await givenPipeline(server, receiver.url, { webhook: { name: 'the old one' } })
    expect(await inState(server, await fire(server, pipeline), 'failed')).toMatchObject({
      reason: 'gone',
      history: [{ status: 410, explanation: expect.stringContaining('The webhook is paused: ') }],
    })
    const { paused } = await succeeds(server, 'GET', pipeline.webhookPath)
    expect(paused).toMatchObject({ reason: 'gone' })
    const { items } = await succeeds(server, 'GET', `/entities/${pipeline.team}/audit`)
    expect(items[0]).toMatchObject({
      action: 'webhook.paused',
      actor: null,
      via: 'system',
      subject: 'the old one',
      details: { reason: 'gone' },
    })

    const held = await fire(server, pipeline)
    expect(await succeeds(server, 'GET', `/deliveries/${held}`)).toMatchObject({ state: 'pending', held: true })
    await using successor = await startReceiver()
    await succeeds(server, 'PATCH', pipeline.webhookPath, { url: successor.url, paused: false })
    await inState(server, held, 'succeeded')
    expect(receiver.received).toHaveLength(1)
  })

  test('a payload that brings the renderer down ends its own delivery only', async () => {
    await using receiver = await startReceiver()
    const damaged = await givenPipeline(server, receiver.url, { payload: { a: 1 } })
    const whole = await givenPipeline(server, receiver.url)
    await server.world.db.transaction((tx) =>
      tx
        .updateTable('automation_revisions')
        .set({ action: 'not JSON' })
        .where('automation_id', 'in', (query) =>
          query.selectFrom('automations').select('id').where('public_id', '=', damaged.automation),
        )
        .execute(),
    )
    const [lost, sent] = [await fire(server, damaged), await fire(server, whole)]
    await inState(server, sent, 'succeeded')
    expect(await inState(server, lost, 'failed')).toMatchObject({
      reason: 'payload_not_renderable',
      history: [{ explanation: expect.stringContaining('by a fault that is in the log') }],
    })
  })

  describe('the database refuses', () => {
    let delivery: string
    let pipeline: Pipeline
    beforeAll(async () => {
      pipeline = await givenPipeline(server, NOWHERE, { webhook: { paused: true } })
      delivery = await fire(server, pipeline)
    })

    const leased = { lease_owner: 'w', lease_until: 1 }
    const none = { next_attempt_at: null, lease_owner: null, lease_until: null, settled_at: null, reason: null }
    const possible: [string, Change][] = [
      ['a waiting one', { ...none, state: 'pending', next_attempt_at: 1 }],
      ['one that waits for a retry', { ...none, state: 'pending', next_attempt_at: 1, reason: 'timed_out' }],
      ['a claimed one', { ...none, state: 'sending', ...leased }],
      ['a good one', { ...none, state: 'succeeded', settled_at: 1 }],
      ...(['failed', 'superseded', 'cancelled'] as const).map((state): [string, Change] => [
        `a ${state} one`,
        { ...none, state, settled_at: 1, reason: 'why' },
      ]),
    ]
    const impossible: [string, string, Change][] = [
      ['an unknown state', 'state_known', { ...none, state: 'lost' as never, settled_at: 1 }],
      ['waiting without a time', 'due_iff_pending', { ...none, state: 'pending' }],
      [
        'waiting, and settled',
        'settled_iff_terminal',
        { ...none, state: 'pending', next_attempt_at: 1, settled_at: 1 },
      ],
      ['waiting under a lease', 'leased_iff_sending', { ...none, state: 'pending', next_attempt_at: 1, ...leased }],
      ['sending without a lease', 'leased_iff_sending', { ...none, state: 'sending' }],
      ['a lease of nobody', 'leased_iff_sending', { ...none, state: 'sending', lease_until: 1 }],
      ['a lease without an end', 'leased_iff_sending', { ...none, state: 'sending', lease_owner: 'w' }],
      ['half a lease', 'leased_iff_sending', { ...none, state: 'succeeded', settled_at: 1, lease_owner: 'w' }],
      ['sending, and due', 'due_iff_pending', { ...none, state: 'sending', ...leased, next_attempt_at: 1 }],
      ['sending, and settled', 'settled_iff_terminal', { ...none, state: 'sending', ...leased, settled_at: 1 }],
      ['done at no time', 'settled_iff_terminal', { ...none, state: 'succeeded' }],
      ['done, and due', 'due_iff_pending', { ...none, state: 'succeeded', settled_at: 1, next_attempt_at: 1 }],
      ['done under a lease', 'leased_iff_sending', { ...none, state: 'succeeded', settled_at: 1, ...leased }],
      ['failed for nothing', 'reason_iff_not_well', { ...none, state: 'failed', settled_at: 1 }],
      ['superseded for nothing', 'reason_iff_not_well', { ...none, state: 'superseded', settled_at: 1 }],
      ['cancelled for nothing', 'reason_iff_not_well', { ...none, state: 'cancelled', settled_at: 1 }],
      ['failed at no time', 'settled_iff_terminal', { ...none, state: 'failed', reason: 'why' }],
      ['a way of replaying without what', 'replay_has_mode', { replay_mode: 'as_now' }],
      ['a replay without its way', 'replay_has_mode', { replay_of: sql<number>`id` }],
      ['another way of replaying', 'replay_has_mode', { replay_of: sql<number>`id`, replay_mode: 'again' as never }],
    ]

    test.each(possible)('not %s', async (_what, set) => {
      await change(delivery, set)
      expect(await rowOf(delivery)).toMatchObject(set)
    })

    test.each(impossible)('%s', async (_what, constraint, set) => {
      const before = await rowOf(delivery)
      await expect(change(delivery, set)).rejects.toThrow(`deliveries_${constraint}`)
      expect(await rowOf(delivery)).toEqual(before)
    })

    test('two attempts of one claim, and webhooks without room', async () => {
      const { id } = await rowOf(delivery)
      const attempt: Json = { delivery_id: id, claim: 1, worker: 'w', started_at: 1, finished_at: 1, timing: '{}' }
      const rest: Json = { outcome: 'answered', verdict: 'failed', reason: 'gone', explanation: '', request: '{}' }
      const insert = () =>
        server.world.db.transaction((tx) =>
          tx
            .insertInto('attempts')
            .values({ ...attempt, ...rest })
            .execute(),
        )
      await insert()
      await expect(insert()).rejects.toThrow(/unique/i)
      const room = (concurrency_max: number) =>
        server.world.db.transaction((tx) => tx.updateTable('webhooks').set({ concurrency_max }).execute())
      await expect(room(0)).rejects.toThrow(/check/i)
    })

    afterAll(async () => change(delivery, { ...none, state: 'cancelled', settled_at: 1, reason: 'why' }))
  })
})

test('on the embedded engine a start takes up at once what the process before was sending', async () => {
  const name: EngineName = 'sqlite'
  await using receiver = await startReceiver()
  await using before = await startTestServer(name, { env: { TRIPLINE_WORKER: 'off' } })
  const delivery = await fire(before, await givenPipeline(before, receiver.url))
  await before.world.db.transaction((tx) =>
    tx
      .updateTable('deliveries')
      .set({
        state: 'sending',
        next_attempt_at: null,
        lease_owner: 'w_killed',
        lease_until: Date.now() + HOUR,
        claim_count: 1,
      })
      .execute(),
  )
  await before.stop()
  await using after = await restarted({ ...before, env: { ...before.env, TRIPLINE_WORKER: 'on' } })
  expect(await inState(after, delivery, 'succeeded')).toMatchObject({ attempts: 1, history: [{ claim: 2 }] })
})

test('every arrow of the drawing is walked', () => {
  expect(DRAWN.length).toBeGreaterThan(10)
  expect([...walked].sort()).toEqual([...DRAWN].sort())
})
