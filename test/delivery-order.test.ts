/** Webhooks that ask for an order: one delivery at a time of each collection or alias, or only the newest. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import { callerWith, draft, givenPlace, record, unique } from './support/given-automations.ts'
import { fire, givenPipeline, inState, makeDue, type Pipeline, succeeds } from './support/given-deliveries.ts'
import { type ReceiverAnswer, startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

const payload = { alias: '${alias}', collection: '${artifact_collection_name}' }

forEachEngine((engine) => {
  let server: TestServer
  let caller: Caller
  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_LOG_LEVEL: 'silent' } })
    caller = await callerWith(server, server.adminKey)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const aliases = (receiver: { received: { body: string }[] }) =>
    receiver.received.map(({ body }) => JSON.parse(body).alias as string)
  const statesOf = async (deliveries: string[]) =>
    Promise.all(deliveries.map(async (id) => (await succeeds(server, 'GET', `/deliveries/${id}`)).state))

  /** A second automation, of the same webhook. */
  async function alsoSentAgain(pipeline: Pipeline): Promise<void> {
    await succeeds(server, 'POST', `/entities/${pipeline.team}/automations`, {
      name: unique('automation'),
      scope: { type: 'entity' },
      event: 'ADD_ARTIFACT_ALIAS',
      action: { type: 'webhook', webhook: pipeline.webhook, payload: { alias: '${alias} again' } },
    })
  }

  test('deliveries of one collection are sent one at a time, in order, whatever becomes of those before', async () => {
    const refusal = Promise.withResolvers<number>()
    await using receiver = await startReceiver(
      () => refusal.promise,
      { status: 204, delayMs: 60 },
      400,
      { status: 204, delayMs: 60 },
      204,
    )
    const pipeline = await givenPipeline(server, receiver.url, { webhook: { order: 'collection' }, payload })
    const all = []
    for (const alias of ['a', 'b', 'c', 'd']) all.push(await fire(server, pipeline, alias))
    const [first] = all as [string]
    // The first waits for its retry, and all others, which were there before it failed, for the first.
    refusal.resolve(503)
    await inState(server, first, 'pending', 1)
    expect(await statesOf(all)).toEqual(['pending', 'pending', 'pending', 'pending'])
    // A retry is no end, and what waits for the end is not merely not sent yet.
    for (const [index, delivery] of all.entries()) {
      expect(await succeeds(server, 'GET', `/deliveries/${delivery}`)).toMatchObject({
        waitsFor: all[index - 1] ?? null,
      })
    }
    expect(aliases(receiver)).toEqual(['a'])
    await makeDue(server, first)
    await receiver.waitFor(5)
    expect(aliases(receiver)).toEqual(['a', 'a', 'b', 'c', 'd'])
    for (const [index, state] of (['succeeded', 'failed', 'succeeded', 'succeeded'] as const).entries()) {
      await inState(server, all[index] as string, state)
    }
    expect(receiver.openMax()).toBe(1)
  })

  test('other collections, and with an order of aliases other aliases, do not wait', async () => {
    const gate = Promise.withResolvers<number>()
    const answer: ReceiverAnswer = (request) => (JSON.parse(request.body).alias === 'slow' ? gate.promise : 204)
    await using receiver = await startReceiver(answer)
    const pipeline = await givenPipeline(server, receiver.url, { webhook: { order: 'alias' }, payload })
    const slow = await fire(server, pipeline, 'slow')
    await receiver.waitFor(1)
    const waits = await fire(server, pipeline, 'slow')
    await inState(server, await fire(server, pipeline, 'other'), 'succeeded')
    expect(await statesOf([slow, waits])).toEqual(['sending', 'pending'])

    await succeeds(server, 'PATCH', `/automations/${pipeline.automation}`, { scope: { type: 'entity' } })
    const elsewhere = { ...pipeline, place: await givenPlace(server, pipeline.team) }
    await receiver.waitFor(2)
    const there = await fire(server, elsewhere, 'slow')
    await receiver.waitFor(3)
    expect(await statesOf([there, waits])).toEqual(['sending', 'pending'])
    gate.resolve(204)
    for (const each of [slow, waits, there]) await inState(server, each, 'succeeded')
  })

  test('what one change makes for one key goes in the order of its events, also over several automations', async () => {
    await using receiver = await startReceiver({ status: 204, delayMs: 30 })
    const pipeline = await givenPipeline(server, receiver.url, { webhook: { order: 'collection' }, payload })
    await alsoSentAgain(pipeline)
    const names = Array.from({ length: 6 }, (_, index) => `alias-${index}`)
    await record(server, caller, ...names.map((alias) => draft('ADD_ARTIFACT_ALIAS', [pipeline.place], { alias })))
    server.world.wakeWorkers()
    await receiver.waitFor(12)
    expect(aliases(receiver)).toEqual(names.flatMap((name) => [name, `${name} again`]))
    expect(receiver.openMax()).toBe(1)
  })

  test('newest wins: what is being sent is left to finish, and of what waits only the newest is sent', async () => {
    const gate = Promise.withResolvers<number>()
    await using receiver = await startReceiver(() => gate.promise, 204)
    const webhook = { order: 'collection', newestWins: true }
    const pipeline = await givenPipeline(server, receiver.url, { webhook, payload })
    const sending = await fire(server, pipeline, 'a')
    await receiver.waitFor(1)
    const older = [await fire(server, pipeline, 'b'), await fire(server, pipeline, 'c')]
    const newest = await fire(server, pipeline, 'd')
    expect(await statesOf([sending, ...older, newest])).toEqual(['sending', 'superseded', 'superseded', 'pending'])
    gate.resolve(204)
    await inState(server, newest, 'succeeded')
    await inState(server, sending, 'succeeded')
    expect(aliases(receiver)).toEqual(['a', 'd'])
    expect(await succeeds(server, 'GET', `/deliveries/${older[1]}`)).toMatchObject({
      reason: 'newer_delivery',
      supersededBy: newest,
      attempts: 0,
      history: [],
    })
    const { items } = await succeeds(server, 'GET', `/automations/${pipeline.automation}/executions`)
    expect(items.map(({ state }: Json) => state)).toEqual(['matched', 'matched', 'matched', 'matched'])
  })

  test('newest wins for each automation apart', async () => {
    const gate = Promise.withResolvers<number>()
    await using receiver = await startReceiver(() => gate.promise, 204)
    const webhook = { order: 'collection', newestWins: true }
    const pipeline = await givenPipeline(server, receiver.url, { webhook, payload })
    await alsoSentAgain(pipeline)
    for (const alias of ['a', 'b', 'c']) {
      await record(server, caller, draft('ADD_ARTIFACT_ALIAS', [pipeline.place], { alias }))
      server.world.wakeWorkers()
      await receiver.waitFor(1)
    }
    gate.resolve(204)
    await receiver.waitFor(3)
    expect(aliases(receiver)).toEqual(['a', 'c', 'c again'])
  })

  test('newest wins over what waits for its retry, and in one change over those before in it', async () => {
    await using receiver = await startReceiver(503, 204)
    const webhook = { order: 'collection', newestWins: true }
    const pipeline = await givenPipeline(server, receiver.url, { webhook, payload })
    const tried = await fire(server, pipeline, 'a')
    await inState(server, tried, 'pending', 1)
    await record(server, caller, ...['b', 'c'].map((alias) => draft('ADD_ARTIFACT_ALIAS', [pipeline.place], { alias })))
    server.world.wakeWorkers()
    await receiver.waitFor(2)
    expect(aliases(receiver)).toEqual(['a', 'c'])
    expect(await statesOf([tried])).toEqual(['superseded'])
  })

  test('a worker that is given up on holds up nothing, nor does a pause send what has to wait', async () => {
    await using receiver = await startReceiver(204)
    const webhook = { order: 'collection', paused: true }
    const pipeline = await givenPipeline(server, receiver.url, { webhook, payload })
    const [first, second, third] = [
      await fire(server, pipeline, 'a'),
      await fire(server, pipeline, 'b'),
      await fire(server, pipeline, 'c'),
    ]
    await server.world.db.transaction((tx) =>
      tx
        .updateTable('deliveries')
        .set({ state: 'sending', next_attempt_at: null, lease_owner: 'w_dead', lease_until: 9e12, claim_count: 100 })
        .where('public_id', '=', first as string)
        .execute(),
    )
    await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
    const row = async (id: string) =>
      server.world.db.read.selectFrom('deliveries').selectAll().where('public_id', '=', id).executeTakeFirstOrThrow()
    expect((await row(second as string)).waits_for).toBe((await row(first as string)).id)
    expect(receiver.received).toEqual([])
    await server.world.db.transaction((tx) =>
      tx
        .updateTable('deliveries')
        .set({ lease_until: 1 })
        .where('public_id', '=', first as string)
        .execute(),
    )
    server.world.wakeWorkers()
    expect(await inState(server, first as string, 'failed')).toMatchObject({ reason: 'worker_lost' })
    await inState(server, third as string, 'succeeded')
    expect(aliases(receiver)).toEqual(['b', 'c'])
  })

  test('a deleted webhook cancels what waits; what is sent meanwhile ends as it ends', async () => {
    const gate = Promise.withResolvers<number>()
    await using receiver = await startReceiver(() => gate.promise)
    const pipeline = await givenPipeline(server, receiver.url, { webhook: { order: 'collection' }, payload })
    const sending = await fire(server, pipeline, 'a')
    await receiver.waitFor(1)
    const waits = await fire(server, pipeline, 'b')
    const { cancelled } = await succeeds(server, 'DELETE', `${pipeline.webhookPath}?force=true`)
    expect(cancelled).toEqual([waits])
    gate.resolve(204)
    await inState(server, sending, 'succeeded')
    expect(await statesOf([waits])).toEqual(['cancelled'])
  })

  test('the order is a setting of the webhook, and the newest needs one', async () => {
    const pipeline = await givenPipeline(server, 'http://127.0.0.1:9/')
    const shown = await succeeds(server, 'GET', pipeline.webhookPath)
    expect(shown).toMatchObject({ order: 'none', newestWins: false })
    const refused = await server.rest('PATCH', pipeline.webhookPath, { newestWins: true })
    expect([refused.status, refused.body.code, refused.body.errors[0].path]).toEqual([
      400,
      'invalid_request',
      '/newestWins',
    ])
    const both = { order: 'alias', newestWins: true }
    expect(await succeeds(server, 'PATCH', pipeline.webhookPath, both)).toMatchObject(both)
    expect((await server.rest('PATCH', pipeline.webhookPath, { order: 'none' })).status).toBe(400)
  })
})
