/**
 * A change claims what it puts into the queue for the worker of its process, where nothing else waits and the webhook
 * has room: then it goes out after one commit instead of two.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import type { Tx } from '../src/database/database.ts'
import { recordEvents } from '../src/events/operations.ts'
import { callerWith, draft } from './support/given-automations.ts'
import { fire, givenPipeline, inState, makeDue, type Pipeline, succeeds } from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const LEASE_MS = 60_000

forEachEngine((engine) => {
  let server: TestServer
  let caller: Caller
  beforeAll(async () => {
    server = await startTestServer(engine)
    caller = await callerWith(server, server.adminKey)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  /** What a change of this pipeline puts into the queue, as its own transaction sees it. */
  async function enqueued(pipeline: Pipeline, after: (tx: Tx) => Promise<void> = async () => {}) {
    const { world } = server
    return world.db.transaction(async (tx) => {
      await recordEvents(world, tx, caller, [draft('ADD_ARTIFACT_ALIAS', [pipeline.place], { alias: 'production' })])
      const row = await tx.selectFrom('deliveries').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow()
      await after(tx)
      return row
    })
  }

  test('rendered, leased and counted in the transaction of the change, and sent once it has committed', async () => {
    await using receiver = await startReceiver(204)
    const pipeline = await givenPipeline(server, receiver.url, { payload: { alias: '${alias}' } })
    const row = await enqueued(pipeline, async () => expect(receiver.received).toEqual([]))

    expect(row).toMatchObject({
      state: 'sending',
      lease_owner: server.world.worker?.name,
      claim_count: 1,
      attempt_count: 0,
      body: '{"alias":"production"}',
      next_attempt_at: null,
    })
    expect(row.lease_until! - Date.now()).toBeGreaterThan(LEASE_MS / 2)
    const settled = await inState(server, row.public_id, 'succeeded', 1)
    expect(settled.history[0]).toMatchObject({ claim: 1, status: 204 })
    expect(receiver.received.map(({ body }) => body)).toEqual(['{"alias":"production"}'])
    expect(receiver.received[0]!.headers['webhook-id']).toBe(row.message_id)
  })

  test('a change that fails sends nothing', async () => {
    await using receiver = await startReceiver(204)
    const pipeline = await givenPipeline(server, receiver.url)
    const failing = enqueued(pipeline, async () => {
      throw new Error('the change fails after all')
    })
    await expect(failing).rejects.toThrow('after all')
    await inState(server, await fire(server, pipeline), 'succeeded', 1)
    expect(receiver.received).toHaveLength(1)
  })

  test('what would go beyond the cap of its webhook waits, and so does what would overtake what waits', async () => {
    const gate = Promise.withResolvers<number>()
    await using receiver = await startReceiver(() => gate.promise)
    const pipeline = await givenPipeline(server, receiver.url, { webhook: { concurrencyMax: 1 } })
    expect(await enqueued(pipeline)).toMatchObject({ state: 'sending', claim_count: 1 })
    expect(await enqueued(pipeline)).toMatchObject({ state: 'pending', claim_count: 0, body: null })

    await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: true })
    expect(await enqueued(pipeline)).toMatchObject({ state: 'pending', claim_count: 0, lease_owner: null })
    await succeeds(server, 'PATCH', pipeline.webhookPath, { concurrencyMax: 10, paused: false })
    gate.resolve(204)
    const waiting = await receiver.waitFor(3)
    expect(waiting).toHaveLength(3)
    expect(receiver.openMax()).toBeLessThanOrEqual(10)
  })

  test('nothing is claimed past a delivery that is due', async () => {
    await using receiver = await startReceiver(204)
    const pipeline = await givenPipeline(server, receiver.url)
    await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: true })
    const first = await enqueued(pipeline)
    const second = await server.world.db.transaction(async (tx) => {
      await tx.updateTable('webhooks').set({ paused_at: null, paused_reason: null }).execute()
      await recordEvents(server.world, tx, caller, [
        draft('ADD_ARTIFACT_ALIAS', [pipeline.place], { alias: 'production' }),
      ])
      return tx.selectFrom('deliveries').selectAll().orderBy('id', 'desc').executeTakeFirstOrThrow()
    })
    expect([first.state, second.state]).toEqual(['pending', 'pending'])
    await inState(server, first.public_id, 'succeeded', 1)
    await inState(server, second.public_id, 'succeeded', 1)
  })

  test('a payload that cannot be rendered is left to a worker, which fails it', async () => {
    await using receiver = await startReceiver(204)
    const pipeline = await givenPipeline(server, receiver.url, { payload: { must: '${artifact_metadata.missing:?}' } })
    const row = await enqueued(pipeline)
    expect(row).toMatchObject({ state: 'pending', body: null })
    await inState(server, row.public_id, 'failed')
    expect(receiver.received).toEqual([])
  })

  test('a process without a worker claims nothing', async () => {
    await using own = await startTestServer(engine, { env: { TRIPLINE_WORKER: 'off' } })
    await using receiver = await startReceiver(204)
    const pipeline = await givenPipeline(own, receiver.url)
    const publicId = await fire(own, pipeline)
    const row = await own.world.db.read
      .selectFrom('deliveries')
      .selectAll()
      .where('public_id', '=', publicId)
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({ state: 'pending', claim_count: 0, lease_owner: null })
  })

  test('what nobody is woken for is found by the poll', async () => {
    await using receiver = await startReceiver(503, 204)
    const pipeline = await givenPipeline(server, receiver.url, { webhook: { retrySchedule: [3_600] } })
    const delivery = await fire(server, pipeline)
    await inState(server, delivery, 'pending', 1)
    // The worker rests until then, or until its next look: a wake-up that got lost is none.
    await makeDue(server, delivery, { wake: false })
    await inState(server, delivery, 'succeeded', 2)
  })

  test('what a change claims while its process stops is given back at once', async () => {
    await using own = await startTestServer(engine)
    await using receiver = await startReceiver(204)
    const pipeline = await givenPipeline(own, receiver.url)
    const { world } = own
    const stopping = Promise.withResolvers<void>()
    const change = world.db.transaction(async (tx) => {
      await recordEvents(world, tx, await callerWith(own, own.adminKey), [
        draft('ADD_ARTIFACT_ALIAS', [pipeline.place], { alias: 'production' }),
      ])
      stopping.resolve()
      const row = await tx.selectFrom('deliveries').selectAll().executeTakeFirstOrThrow()
      expect(row.state).toBe('sending')
    })
    await stopping.promise
    const { worker } = world
    const stopped = (worker as unknown as { stop(): Promise<void> }).stop()
    await Promise.all([change, stopped])
    await (worker as unknown as { settled(): Promise<void> }).settled()
    const row = await world.db.read.selectFrom('deliveries').selectAll().executeTakeFirstOrThrow()
    expect(['pending', 'succeeded']).toContain(row.state)
    expect(row.lease_owner).toBeNull()
    expect(worker?.room()).toBe(0)
  })
})
