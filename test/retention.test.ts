/** What is old goes, in pieces, and nothing that is still in progress. */
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { lockSweep } from '../src/database/sweep.ts'
import { purgeOldBodies } from '../src/deliveries/operations-retention.ts'
import { purgeOldEvents } from '../src/events/operations-retention.ts'
import { RETENTION_AFTER_START_MS } from '../src/housekeeping.ts'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import type { World } from '../src/world.ts'
import { fire, givenPipeline, inState, type Pipeline, succeeds } from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

const DAY_MS = 86_400_000

forEachEngine((engine) => {
  let server: TestServer
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  beforeEach(async () => {
    server = await startTestServer(engine)
    receiver = await startReceiver({ status: 400, body: 'an answer' }, 204)
  })
  afterEach(async () => {
    await receiver[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  /** The same server so many days later. */
  const later = (days: number): World => ({ ...server.world, now: () => Date.now() + days * DAY_MS })

  async function sweep(work: (world: World) => Promise<boolean>, days: number): Promise<number> {
    let batches = 1
    while (await work(later(days))) batches += 1
    return batches
  }

  const count = async (table: 'events' | 'event_feed' | 'executions' | 'deliveries' | 'attempts' | 'purge_later') => {
    const { found } = await server.world.db.read
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as('found'))
      .executeTakeFirstOrThrow()
    return found
  }

  /** The feed, once it shows so many: on PostgreSQL a transaction that is still open holds it back. */
  async function withEvents(feed: string, events: number): Promise<Json> {
    let page: Json
    await expect
      .poll(
        async () => {
          page = await succeeds(server, 'GET', feed)
          return page.items.length
        },
        { timeout: 30_000 },
      )
      .toBe(events)
    return page
  }

  const ended = async (pipeline: Pipeline, state: 'succeeded' | 'failed') => {
    const delivery = await fire(server, pipeline)
    await inState(server, delivery, state)
    return delivery
  }

  describe('bodies', () => {
    test('go after their days, and the row says so; what came of it stays', async () => {
      const pipeline = await givenPipeline(server, receiver.url, { payload: { alias: '${alias}' } })
      const delivery = await ended(pipeline, 'failed')
      const before = await succeeds(server, 'GET', `/deliveries/${delivery}`)
      await sweep(purgeOldBodies, 29)
      expect(await succeeds(server, 'GET', `/deliveries/${delivery}`)).toEqual(before)
      await sweep(purgeOldBodies, 31)

      const after = await succeeds(server, 'GET', `/deliveries/${delivery}`)
      const [attempt] = before.history
      expect(after).toEqual({
        ...before,
        body: null,
        bodiesPurgedAt: expect.stringMatching(/^\d{4}-/),
        history: [{ ...attempt, request: null, response: null }],
      })
      const text = JSON.stringify(await server.world.db.read.selectFrom('attempts').selectAll().execute())
      expect(text).not.toContain('an answer')

      const refused = await server.rest('POST', `/deliveries/${delivery}/replay`, { mode: 'as_then' })
      expect([refused.status, refused.body.code]).toEqual([409, 'delivery_not_replayable'])
      expect(refused.body.detail).toContain('its payload was purged when its time was up: replay it "as_now"')
      const window = { from: before.createdAt, to: new Date().toISOString() }
      const trial = await succeeds(server, 'POST', `/entities/${pipeline.team}/replays`, { window, dryRun: true })
      expect(trial).toMatchObject({ matched: 1, replayable: 0, leftOut: { bodies_purged: 1 } })
      const replay = await succeeds(server, 'POST', `/deliveries/${delivery}/replay`, { mode: 'as_now' })
      expect((await inState(server, replay.id, 'succeeded')).body).toBe('{"alias":"production"}')
    })

    test('of what had not ended by then go once it has', async () => {
      const pipeline = await givenPipeline(server, receiver.url, { webhook: { paused: true } })
      const held = await fire(server, pipeline)
      expect(await sweep(purgeOldBodies, 31)).toBe(1)
      expect(await count('purge_later')).toBe(1)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
      expect((await inState(server, held, 'failed')).body).not.toBeNull()
      // What was made long ago and has ended just now has its days from then on.
      const slow = await ended(pipeline, 'succeeded')
      await server.world.db.transaction(async (tx) => {
        const long = { created_at: Date.now() - 90 * DAY_MS }
        await tx.updateTable('deliveries').set(long).where('public_id', '=', slow).execute()
      })
      await sweep(purgeOldBodies, 29)
      expect((await succeeds(server, 'GET', `/deliveries/${slow}`)).bodiesPurgedAt).toBeNull()
      expect((await succeeds(server, 'GET', `/deliveries/${held}`)).bodiesPurgedAt).toBeNull()
      await sweep(purgeOldBodies, 31)
      expect(await succeeds(server, 'GET', `/deliveries/${held}`)).toMatchObject({ body: null, state: 'failed' })
      expect(await count('purge_later')).toBe(0)
    })

    test('are purged by one process at a time', async () => {
      const pipeline = await givenPipeline(server, receiver.url)
      const delivery = await ended(pipeline, 'failed')
      if (engine === 'sqlite') return
      const { db } = server.world
      await sweep(purgeOldBodies, 0)
      let release = (): void => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      let locked = (): void => {}
      const isLocked = new Promise<void>((resolve) => {
        locked = resolve
      })
      const other = db.transaction(async (tx) => {
        await lockSweep(tx, db.engine, 'sweep:bodies')
        locked()
        await held
      })
      await isLocked
      expect(await purgeOldBodies(later(31))).toBe(false)
      expect((await succeeds(server, 'GET', `/deliveries/${delivery}`)).bodiesPurgedAt).toBeNull()
      release()
      await other
      await sweep(purgeOldBodies, 31)
      expect((await succeeds(server, 'GET', `/deliveries/${delivery}`)).bodiesPurgedAt).not.toBeNull()
    })
  })

  test('a process sweeps by itself, by the days it was set to', async () => {
    await using first = await startTestServer(engine, {
      env: { TRIPLINE_BODIES_DAYS: '2', TRIPLINE_EVENTS_DAYS: '5' },
    })
    const pipeline = await givenPipeline(first, receiver.url)
    const deliveries: string[] = []
    for (const days of [6, 3, 1]) {
      const delivery = await fire(first, pipeline)
      const { event } = await inState(first, delivery, deliveries.length === 0 ? 'failed' : 'succeeded')
      const at = Date.now() - days * DAY_MS
      await first.world.db.transaction(async (tx) => {
        await tx.updateTable('events').set({ occurred_at: at }).where('public_id', '=', event.id).execute()
        const long = { created_at: at, settled_at: at }
        await tx.updateTable('deliveries').set(long).where('public_id', '=', delivery).execute()
      })
      deliveries.push(delivery)
    }
    await first.stop()

    // Nobody waits for the minute that a process has other things to do.
    const usual = globalThis.setTimeout
    const hastened = vi.spyOn(globalThis, 'setTimeout')
    hastened.mockImplementation(((act: () => void, ms?: number, ...rest: []) =>
      usual(act, ms === RETENTION_AFTER_START_MS ? 0 : ms, ...rest)) as typeof setTimeout)
    onTestFinished(() => hastened.mockRestore())
    const { url, stop } = await startServer(readConfig(first.env))
    onTestFinished(stop)
    const bodies = () =>
      Promise.all(
        deliveries.map(async (id) => {
          const headers = { authorization: `Bearer ${first.adminKey}` }
          const answer = await fetch(`${url}/api/v1/deliveries/${id}`, { headers })
          return answer.status === 200 ? ((await answer.json()) as Json).body !== null : answer.status
        }),
      )
    await expect.poll(bodies).toEqual([404, false, true])
  })

  describe('events', () => {
    test('go with all they led to, and cursors before them are expired', async () => {
      const pipeline = await givenPipeline(server, receiver.url)
      const feed = `/entities/${pipeline.team}/events`
      const start = await succeeds(server, 'GET', `${feed}?from=latest`)
      const first = await ended(pipeline, 'failed')
      const replay = (await succeeds(server, 'POST', `/deliveries/${first}/replay`, {})).id
      await inState(server, replay, 'succeeded')
      const afterFirst = await withEvents(feed, 1)
      const second = await ended(pipeline, 'succeeded')
      const afterSecond = await withEvents(feed, 2)
      await server.world.db.transaction(async (tx) => {
        await tx
          .insertInto('alias_moves')
          .values({
            collection_id: pipeline.place.collectionId,
            alias: 'production',
            from_version: null,
            from_artifact_id: null,
            to_version: 0,
            to_artifact_id: null,
            actor: null,
            at: 0,
          })
          .execute()
      })
      await sweep(purgeOldEvents, 399)
      expect([await count('events'), await count('deliveries'), await count('attempts')]).toEqual([2, 3, 3])
      await sweep(purgeOldEvents, 401)
      for (const table of ['events', 'event_feed', 'executions', 'deliveries', 'attempts'] as const) {
        expect([table, await count(table)]).toEqual([table, 0])
      }
      expect(await server.world.db.read.selectFrom('alias_moves').selectAll().execute()).toHaveLength(1)
      for (const id of [first, replay, second]) expect((await server.rest('GET', `/deliveries/${id}`)).status).toBe(404)

      const third = await ended(pipeline, 'succeeded')
      for (const { cursor } of [start, afterFirst]) {
        const answer = await server.rest('GET', `${feed}?cursor=${cursor}`)
        expect([answer.status, answer.body.code]).toEqual([410, 'cursor_expired'])
      }
      const { event } = await succeeds(server, 'GET', `/deliveries/${third}`)
      await withEvents(feed, 1)
      const ids = async (query: string) =>
        (await succeeds(server, 'GET', `${feed}${query}`)).items.map((e: Json) => e.id)
      expect(await ids(`?cursor=${afterSecond.cursor}`)).toEqual([event.id])
      expect(await ids('')).toEqual([event.id])
    })

    test('stay as long as something they led to is in progress', async () => {
      const pipeline = await givenPipeline(server, receiver.url, { webhook: { paused: true } })
      const held = await fire(server, pipeline)
      await sweep(purgeOldEvents, 401)
      expect([await count('events'), await count('deliveries'), await count('event_feed')]).toEqual([1, 1, 0])
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
      expect(await inState(server, held, 'failed')).toMatchObject({ attempts: 1 })
      expect(receiver.received[0]!.body).toContain('production')
      await sweep(purgeOldEvents, 401)
      expect([await count('events'), await count('deliveries'), await count('attempts')]).toEqual([0, 0, 0])
      expect(await count('purge_later')).toBe(0)
    })

    test('are deleted in batches, and the sweep keeps its place', async () => {
      const pipeline = await givenPipeline(server, receiver.url, { webhook: { paused: true } })
      await fire(server, pipeline)
      await server.world.db.transaction(async (tx) => {
        const { id, ...event } = await tx.selectFrom('events').selectAll().executeTakeFirstOrThrow()
        const rows = Array.from({ length: 450 }, (_, index) => ({ ...event, public_id: `ev_${index}_${id}` }))
        await tx.insertInto('events').values(rows).execute()
      })
      expect(await sweep(purgeOldEvents, 401)).toBe(3)
      expect(await count('events')).toBe(1)
      expect(await sweep(purgeOldEvents, 401)).toBe(1)
    })
  })
})
