/** Sending a window of deliveries once more. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { continueReplay } from '../src/deliveries/operations-replays.ts'
import { givenMember, givenTeam, unique } from './support/given-automations.ts'
import { fire, givenPipeline, inState, type Pipeline, succeeds } from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const NOON = Date.UTC(2026, 0, 5, 12)
  const at = (minute: number) => new Date(NOON + minute * 60_000).toISOString()

  /** A delivery that ended so, as if it had been made at that minute. */
  async function ended(pipeline: Pipeline, state: 'succeeded' | 'failed', minute: number): Promise<string> {
    const delivery = await fire(server, pipeline)
    await inState(server, delivery, state)
    await server.world.db.transaction(async (tx) => {
      await tx
        .updateTable('deliveries')
        .set({ created_at: NOON + minute * 60_000 })
        .where('public_id', '=', delivery)
        .execute()
    })
    return delivery
  }

  const replay = (team: string, body: Json, headers?: Record<string, string>) =>
    server.rest('POST', `/entities/${team}/replays`, body, headers === undefined ? {} : { headers })

  const replaysOf = async (team: string): Promise<[string, string][]> => {
    const { items } = await succeeds(server, 'GET', `/entities/${team}/deliveries?limit=100`)
    return items.filter((item: Json) => item.replayOf !== null).map((item: Json) => [item.replayOf, item.replayMode])
  }

  const settled = (team: string) =>
    expect
      .poll(
        async () => {
          const { items } = await succeeds(
            server,
            'GET',
            `/entities/${team}/deliveries?limit=100&state=pending&state=sending`,
          )
          return items.length
        },
        { timeout: 20_000, interval: 20 },
      )
      .toBe(0)

  test('replays what failed in the window and has not succeeded since, once, and says how many', async () => {
    await using receiver = await startReceiver(204, 400, 400, 400, 400, 204)
    const pipeline = await givenPipeline(server, receiver.url)
    const { team } = pipeline
    const fine = await ended(pipeline, 'succeeded', 1)
    const before = await ended(pipeline, 'failed', 0)
    const [first, second] = [await ended(pipeline, 'failed', 1), await ended(pipeline, 'failed', 2)]
    const after = await ended(pipeline, 'failed', 3)
    const { id: mended } = await succeeds(server, 'POST', `/deliveries/${second}/replay`, {})
    await inState(server, mended, 'succeeded')
    // Within the window itself: still one line with what it replays.
    await server.world.db.transaction(async (tx) => {
      await tx
        .updateTable('deliveries')
        .set({ created_at: NOON + 150_000 })
        .where('public_id', '=', mended)
        .execute()
    })
    const window = { from: at(1), to: at(3) }

    const trial = await replay(team, { window, dryRun: true })
    expect([trial.status, trial.body]).toEqual([200, { matched: 1, replayable: 1, leftOut: {}, complete: true }])
    expect(await replaysOf(team)).toEqual([[second, 'as_then']])

    const { status, body } = await replay(team, { window })
    expect([status, body]).toMatchObject([
      201,
      { mode: 'as_then', state: 'done', window, matched: 1, replayed: 1, leftOut: {}, position: at(3) },
    ])
    expect(await succeeds(server, 'GET', `/replays/${body.id}`)).toEqual(body)
    expect((await succeeds(server, 'GET', `/entities/${team}/replays`)).items).toEqual([body])
    await settled(team)
    expect(await replaysOf(team)).toEqual([
      [first, 'as_then'],
      [second, 'as_then'],
    ])
    expect(receiver.received).toHaveLength(7)
    expect(receiver.received.at(-1)!.headers['webhook-id']).toBe(receiver.received[2]!.headers['webhook-id'])

    const untilNow = (await replay(team, { window: { from: window.from }, dryRun: true })).body
    expect(untilNow, 'the one after the window').toMatchObject({ matched: 1, replayable: 1 })
    // All of the window has succeeded by now.
    expect((await replay(team, { window })).body).toMatchObject({ matched: 0, replayed: 0, state: 'done' })
    // Whoever lost what it had accepted asks for that.
    const again = await replay(team, { window, filter: { state: ['succeeded'] } })
    expect(again.body).toMatchObject({ matched: 3, replayed: 3 })
    await settled(team)
    expect((await replaysOf(team)).map(([of]) => of)).toEqual(expect.arrayContaining([fine, mended]))
    expect((await replaysOf(team)).map(([of]) => of)).not.toEqual(expect.arrayContaining([before]))
    expect((await replaysOf(team)).map(([of]) => of)).not.toEqual(expect.arrayContaining([after]))
    expect(receiver.received).toHaveLength(10)
  })

  test('takes the template of now when asked to, and fits by webhook, automation, status and collection', async () => {
    await using receiver = await startReceiver(400, 422, 400, 204)
    const team = await givenTeam(server)
    const pipeline = await givenPipeline(server, receiver.url, { team, payload: { made: 'then' } })
    const other = await givenPipeline(server, receiver.url, { team, payload: { made: 'by another' } })
    const first = await ended(pipeline, 'failed', 0)
    await ended(pipeline, 'failed', 0)
    await ended(other, 'failed', 0)
    await succeeds(server, 'PATCH', `/automations/${pipeline.automation}`, {
      action: { type: 'webhook', webhook: pipeline.webhook, payload: { made: 'now' } },
    })
    const window = { from: at(0), to: at(1) }
    const matched = async (filter: Json) => (await replay(team, { window, filter, dryRun: true })).body.matched
    expect(await matched({ webhook: pipeline.webhook })).toBe(2)
    expect(await matched({ webhook: other.webhook, status: [422] })).toBe(0)
    expect(await matched({ automation: pipeline.automation, status: [400] })).toBe(1)
    expect(await matched({ collection: `${other.place.project}/${other.place.collection}` })).toBe(1)
    expect(await matched({ reason: 'rejected' })).toBe(3)
    expect(await matched({ reason: 'webhook_gone' })).toBe(0)
    expect(await matched({ state: ['succeeded', 'cancelled'] })).toBe(0)
    expect(await matched({ automation: unique('au') })).toBe(0)

    const { body } = await replay(team, {
      window,
      mode: 'as_now',
      filter: { automation: pipeline.automation, status: [400] },
    })
    expect(body).toMatchObject({ mode: 'as_now', replayed: 1 })
    await settled(team)
    expect(await replaysOf(team)).toEqual([[first, 'as_now']])
    const sent = receiver.received.at(-1)!
    expect(sent.body).toBe('{"made":"now"}')
    expect(sent.headers['webhook-id']).not.toBe(receiver.received[0]!.headers['webhook-id'])
  })

  test('says what cannot be sent anew, and why', async () => {
    await using receiver = await startReceiver(400)
    const team = await givenTeam(server)
    const pipeline = await givenPipeline(server, receiver.url, { team })
    const unrendered = await givenPipeline(server, receiver.url, {
      team,
      payload: { a: '${artifact_metadata.no:?}' },
    })
    const gone = await givenPipeline(server, receiver.url, { team })
    await ended(pipeline, 'failed', 0)
    await ended(unrendered, 'failed', 0)
    await ended(gone, 'failed', 0)
    await succeeds(server, 'DELETE', `${gone.webhookPath}?force=true`)
    const window = { from: at(0), to: at(1) }
    const trial = async (mode: string) => (await replay(team, { window, mode, dryRun: true })).body
    expect(await trial('as_then')).toEqual({
      matched: 3,
      replayable: 1,
      leftOut: { never_rendered: 1, webhook_deleted: 1 },
      complete: true,
    })
    expect(await trial('as_now')).toMatchObject({ replayable: 2, leftOut: { no_webhook: 1 } })
    await succeeds(server, 'DELETE', `/automations/${pipeline.automation}`)
    expect(await trial('as_now')).toMatchObject({ replayable: 1, leftOut: { no_webhook: 1, automation_deleted: 1 } })
    const { body } = await replay(team, { window })
    expect(body).toMatchObject({ matched: 3, replayed: 1, leftOut: { never_rendered: 1, webhook_deleted: 1 } })
  })

  test('the same Idempotency-Key begins one replay, even if the process died before it could answer', async () => {
    await using receiver = await startReceiver(400, 204)
    const pipeline = await givenPipeline(server, receiver.url)
    await ended(pipeline, 'failed', 0)
    const window = { from: at(0), to: at(1) }
    const headers = { 'idempotency-key': unique('key') }
    const first = await replay(pipeline.team, { window }, headers)
    expect(first.body.replayed).toBe(1)
    await settled(pipeline.team)
    await server.world.db.transaction(async (tx) => void (await tx.deleteFrom('idempotency').execute()))
    const second = await replay(pipeline.team, { window }, headers)
    expect([second.status, second.body]).toEqual([201, first.body])
    await server.world.db.transaction(async (tx) => void (await tx.deleteFrom('idempotency').execute()))
    const open = await replay(pipeline.team, { window: { from: window.from } }, headers)
    expect(open.body, 'a window until now, sent again').toEqual(first.body)
    await server.world.db.transaction(async (tx) => void (await tx.deleteFrom('idempotency').execute()))
    const other = await replay(pipeline.team, { window: { ...window, to: at(2) } }, headers)
    expect([other.status, other.body.code]).toEqual([409, 'idempotency_key_reused'])
    expect(await replaysOf(pipeline.team)).toHaveLength(1)
  })

  test.each([
    ['a window that ends before it begins', { window: { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' } }],
    ['a window in the future', { window: { from: '2026-01-02T00:00:00Z', to: '2999-01-01T00:00:00Z' } }],
    ['no window', {}],
    ['what has not ended', { window: { from: at(0), to: at(1) }, filter: { state: ['pending'] } }],
    ['an unknown field', { window: { from: at(0), to: at(1) }, filter: { held: true } }],
  ])('%s is refused', async (_what, body) => {
    const team = await givenTeam(server)
    const answer = await replay(team, body)
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
    expect((await succeeds(server, 'GET', `/entities/${team}/replays`)).items).toEqual([])
  })

  test('viewers see replays and begin none', async () => {
    const team = await givenTeam(server)
    const viewer = await givenMember(server, team, 'viewer')
    const { body } = await replay(team, { window: { from: at(0), to: at(1) } })
    const asked = async (method: string, path: string, sent?: Json) =>
      (await server.rest(method, path, sent, { key: viewer.key })).status
    expect(await asked('GET', `/replays/${body.id}`)).toBe(200)
    expect(await asked('POST', `/entities/${team}/replays`, { window: { from: at(0), to: at(1) } })).toBe(403)
    expect(await asked('POST', `/entities/${team}/replays`, { window: body.window, dryRun: true })).toBe(403)
  })

  describe('a replay of many', () => {
    test('goes on where a process left it, and sends none twice however many carry it on', async () => {
      await using quiet = await startTestServer(engine, { env: { TRIPLINE_WORKER: 'off' } })
      const pipeline = await givenPipeline(quiet, 'http://127.0.0.1:9/')
      await fire(quiet, pipeline)
      const { world } = quiet
      const original = await world.db.read.selectFrom('deliveries').selectAll().executeTakeFirstOrThrow()
      const event = await world.db.read.selectFrom('events').selectAll().executeTakeFirstOrThrow()
      const execution = await world.db.read.selectFrom('executions').selectAll().executeTakeFirstOrThrow()
      const COUNT = 1_234
      await world.db.transaction(async (tx) => {
        await tx.deleteFrom('deliveries').execute()
        for (let made = 0; made < COUNT; made++) {
          const { id: _event, ...eventRow } = event
          const { id: eventId } = await tx
            .insertInto('events')
            .values({ ...eventRow, public_id: unique('ev') })
            .returning('id')
            .executeTakeFirstOrThrow()
          const { id: _execution, ...executionRow } = execution
          const { id: executionId } = await tx
            .insertInto('executions')
            .values({ ...executionRow, public_id: unique('ex'), event_id: eventId })
            .returning('id')
            .executeTakeFirstOrThrow()
          const { id: _delivery, ...deliveryRow } = original
          await tx
            .insertInto('deliveries')
            .values({
              ...deliveryRow,
              public_id: unique('dl'),
              message_id: unique('msg'),
              execution_id: executionId,
              state: 'failed',
              reason: 'rejected',
              body: '{}',
              next_attempt_at: null,
              settled_at: NOON,
              // Many in one instant: the position is more than a time.
              created_at: NOON + (made % 2),
            })
            .execute()
        }
        await tx
          .insertInto('replays')
          .values({
            public_id: 'rp_left',
            entity_id: original.entity_id,
            mode: 'as_then',
            state: 'running',
            selection: JSON.stringify({
              from: NOON,
              to: NOON + 60_000,
              states: ['failed'],
              statuses: null,
              reason: null,
              webhookId: null,
              automationId: null,
              collectionId: null,
            }),
            upto_id: 1e12,
            matched_count: 0,
            left_out: '{}',
            position_at: NOON,
            position_id: 0,
            created_by: null,
            key_hash: null,
            created_at: NOON,
            finished_at: null,
          })
          .execute()
      })
      expect(await continueReplay(world, 'rp_left')).toBe(true)
      const progress = await succeeds(quiet, 'GET', '/replays/rp_left')
      expect(progress).toMatchObject({ state: 'running', matched: 500, replayed: 500 })
      const carryOn = async () => {
        while (await continueReplay(world)) await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all([carryOn(), carryOn(), carryOn()])
      await expect
        .poll(() => succeeds(quiet, 'GET', '/replays/rp_left'), { timeout: 20_000 })
        .toMatchObject({ state: 'done', matched: COUNT, replayed: COUNT, position: at(1) })
      const replays = await world.db.read
        .selectFrom('deliveries')
        .select('replay_of')
        .where('replay_of', 'is not', null)
        .execute()
      expect(replays).toHaveLength(COUNT)
      expect(new Set(replays.map((row) => row.replay_of)).size).toBe(COUNT)
    })
  })
})
