/** Automations that debounce: what happens to one collection within a time is sent as one delivery. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import { callerWith, draft, givenPlace, record } from './support/given-automations.ts'
import { fire, givenPipeline, inState, type Pipeline, succeeds } from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

const payload = {
  text: '${digest_count} versions of ${artifact_collection_name}, latest ${version}',
  first: '${digest_first_version}',
  count: '${digest_count|json}',
}

forEachEngine((engine) => {
  let server: TestServer
  let caller: Caller
  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_LOG_LEVEL: 'silent' } })
    caller = await callerWith(server, server.adminKey)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  async function givenDebounced(url: string, webhook: Json = {}): Promise<Pipeline> {
    const pipeline = await givenPipeline(server, url, { payload, webhook })
    await succeeds(server, 'PATCH', `/automations/${pipeline.automation}`, {
      scope: { type: 'entity' },
      pacing: { debounceSeconds: 600 },
    })
    return pipeline
  }

  const rowOf = (publicId: string) =>
    server.world.db.read
      .selectFrom('deliveries')
      .selectAll()
      .where('public_id', '=', publicId)
      .executeTakeFirstOrThrow()

  /** As if the time were over. */
  async function timeIsOver(publicId: string): Promise<void> {
    await server.world.db.transaction((tx) =>
      tx
        .updateTable('deliveries')
        .set({ digest_due_at: 1, next_attempt_at: 1 })
        .where('public_id', '=', publicId)
        .execute(),
    )
    server.world.wakeWorkers()
  }

  const at = ({ place }: Pipeline, version: number) =>
    draft('ADD_ARTIFACT_ALIAS', [{ ...place, version }], { alias: 'latest' })

  test('the newest stands for all of the time from the first, and tells how many and which', async () => {
    await using receiver = await startReceiver(204)
    const pipeline = await givenDebounced(receiver.url)
    const fireAt = (version: number) => fire(server, { ...pipeline, place: { ...pipeline.place, version } })
    const first = await fireAt(376)
    const { digest_due_at: due } = await rowOf(first)
    expect(Math.abs((due as number) - Date.now() - 600_000)).toBeLessThan(60_000)
    await record(server, caller, ...Array.from({ length: 35 }, (_, index) => at(pipeline, 377 + index)))
    const last = await fireAt(412)
    expect(await rowOf(last)).toMatchObject({ state: 'pending', digest_count: 37, next_attempt_at: due })
    const elsewhere = await givenPlace(server, pipeline.team)
    const other = await fire(server, { ...pipeline, place: elsewhere })

    expect(receiver.received).toEqual([])
    await timeIsOver(last)
    await inState(server, last, 'succeeded')
    expect(JSON.parse(receiver.received[0]!.body)).toEqual({
      text: `37 versions of ${pipeline.place.collection}, latest v412`,
      first: 'v376',
      count: 37,
    })
    expect(await rowOf(other)).toMatchObject({ state: 'pending', digest_count: 1 })
    const { items } = await succeeds(server, 'GET', `/entities/${pipeline.team}/deliveries?state=superseded&limit=100`)
    expect(items).toHaveLength(36)
    for (const item of items) expect(item).toMatchObject({ reason: 'digested', supersededBy: expect.any(String) })

    // Sent once more, it tells the same, and new ones are not gathered into it.
    const again = await succeeds(server, 'POST', `/deliveries/${last}/replay`, { mode: 'as_now' })
    await inState(server, again.id, 'succeeded')
    expect(receiver.received[1]!.body).toBe(receiver.received[0]!.body)

    // After that a new time begins.
    const next = await fireAt(413)
    expect(await rowOf(next)).toMatchObject({ state: 'pending', digest_count: 1, digest_first: 413 })
    expect(receiver.received).toHaveLength(2)
  })

  test('a pause that ends does not end the time, and without debouncing each stands for itself', async () => {
    await using receiver = await startReceiver(204)
    const pipeline = await givenDebounced(receiver.url)
    const delivery = await fire(server, pipeline)
    const { next_attempt_at: due } = await rowOf(delivery)
    await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: true })
    await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
    expect(await rowOf(delivery)).toMatchObject({ state: 'pending', next_attempt_at: due })

    await succeeds(server, 'PATCH', `/automations/${pipeline.automation}`, { pacing: {} })
    await inState(server, await fire(server, pipeline), 'succeeded')
    expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({ count: 1, first: 'v0' })
    expect(receiver.received).toHaveLength(1)
  })

  test('one that has been tried stands for what it told of, and what comes then is another', async () => {
    await using receiver = await startReceiver(503, 204)
    const pipeline = await givenDebounced(receiver.url)
    const tried = await fire(server, pipeline)
    await timeIsOver(tried)
    await inState(server, tried, 'pending', 1)
    const next = await fire(server, pipeline)
    expect(await rowOf(tried)).toMatchObject({ state: 'pending', digest_count: 1 })
    expect(await rowOf(next)).toMatchObject({ state: 'pending', digest_count: 1 })
  })

  test('each automation gathers for itself, and each alias where the webhook orders by them', async () => {
    await using receiver = await startReceiver(204)
    const pipeline = await givenDebounced(receiver.url, { order: 'alias' })
    await succeeds(server, 'POST', `/entities/${pipeline.team}/automations`, {
      name: 'also',
      scope: { type: 'entity' },
      event: 'ADD_ARTIFACT_ALIAS',
      action: { type: 'webhook', webhook: pipeline.webhook, payload },
      pacing: { debounceSeconds: 600 },
    })
    for (const alias of ['x', 'y', 'x']) {
      await record(server, caller, draft('ADD_ARTIFACT_ALIAS', [pipeline.place], { alias }))
    }
    const rows = await server.world.db.read
      .selectFrom('deliveries as d')
      .innerJoin('automation_revisions as r', 'r.id', 'd.revision_id')
      .innerJoin('webhooks as w', 'w.id', 'd.webhook_id')
      .select(['r.name', 'd.digest_count'])
      .where('w.public_id', '=', pipeline.webhook)
      .where('d.state', '=', 'pending')
      .orderBy('d.id')
      .execute()
    const [one, other] = [rows[0]?.name, 'also']
    expect(rows.map(({ name, digest_count }) => [name, digest_count])).toEqual([
      [one, 1],
      [other, 1],
      [one, 2],
      [other, 2],
    ])
    expect(receiver.received).toEqual([])
  })

  test('in an order, it waits its turn and its time, and what comes after it waits for it', async () => {
    const gate = Promise.withResolvers<number>()
    await using receiver = await startReceiver(() => gate.promise, 204)
    const pipeline = await givenPipeline(server, receiver.url, { payload, webhook: { order: 'collection' } })
    const sending = await fire(server, pipeline)
    await receiver.waitFor(1)
    const path = `/automations/${pipeline.automation}`
    await succeeds(server, 'PATCH', path, { pacing: { debounceSeconds: 600 } })
    const gone = await fire(server, pipeline)
    const digest = await fire(server, pipeline)
    await succeeds(server, 'PATCH', path, { pacing: {} })
    const after = await fire(server, pipeline)
    const ids = { sending: (await rowOf(sending)).id, digest: (await rowOf(digest)).id }
    expect(await rowOf(gone)).toMatchObject({ state: 'superseded', superseded_by: ids.digest })
    expect(await rowOf(digest)).toMatchObject({ waits_for: ids.sending, digest_count: 2 })
    expect(await rowOf(after)).toMatchObject({ waits_for: ids.digest, digest_count: 1 })
    gate.resolve(204)
    await inState(server, sending, 'succeeded')
    const { digest_due_at } = await rowOf(digest)
    expect(await rowOf(digest)).toMatchObject({ state: 'pending', waits_for: null, next_attempt_at: digest_due_at })
    await timeIsOver(digest)
    await inState(server, after, 'succeeded')
    expect(receiver.received.map(({ body }) => JSON.parse(body).count)).toEqual([1, 2, 1])
  })
})
