/** What deliveries can be asked for: by state, status, reason, webhook, automation, collection and time. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EventSubject } from '../src/events/event.ts'
import { givenPlace, givenTeam, givenUser, unique } from './support/given-automations.ts'
import { fire, givenPipeline, inState, makeDue, type Pipeline, succeeds } from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  /** The ids of every page of a list. */
  async function listed(path: string, limit = 2): Promise<string[]> {
    const found: string[] = []
    for (let cursor = ''; ; ) {
      const page = await succeeds(server, 'GET', `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor}`)
      expect(page.items.length).toBeLessThanOrEqual(limit)
      found.push(...page.items.map((item: Json) => item.id))
      if (page.cursor === undefined) return found
      expect(page.items).toHaveLength(limit)
      cursor = `&cursor=${page.cursor}`
    }
  }

  const ended = async (pipeline: Pipeline, state: 'succeeded' | 'failed') => {
    const delivery = await fire(server, pipeline)
    await inState(server, delivery, state)
    return delivery
  }

  /** As if the firing of a delivery, and it, had happened at this time. */
  async function happenedAt(delivery: string, ms: number): Promise<void> {
    await server.world.db.transaction(async (tx) => {
      const { execution_id } = await tx
        .updateTable('deliveries')
        .set({ created_at: ms })
        .where('public_id', '=', delivery)
        .returning('execution_id')
        .executeTakeFirstOrThrow()
      await tx.updateTable('executions').set({ created_at: ms }).where('id', '=', execution_id).execute()
    })
  }

  describe('deliveries', () => {
    test('are found by several states, the status of the last attempt, the reason, and being held', async () => {
      await using receiver = await startReceiver(204, 400, 422, 503, 'reset')
      const team = await givenTeam(server)
      const pipeline = await givenPipeline(server, receiver.url, { team })
      const paused = await givenPipeline(server, receiver.url, { team, webhook: { paused: true } })
      const fine = await ended(pipeline, 'succeeded')
      const bad = await ended(pipeline, 'failed')
      const unprocessable = await ended(pipeline, 'failed')
      const busy = await fire(server, pipeline)
      await inState(server, busy, 'pending', 1)
      const path = `/entities/${team}/deliveries`
      expect(await listed(`${path}?status=503`)).toEqual([busy])
      await makeDue(server, busy)
      // The last attempt counts, and it had no answer.
      await inState(server, busy, 'pending', 2)
      const held = await fire(server, paused)

      expect(await listed(path)).toEqual([held, busy, unprocessable, bad, fine])
      expect(await listed(`${path}?state=failed&state=succeeded`)).toEqual([unprocessable, bad, fine])
      expect(await listed(`${path}?state=pending`)).toEqual([held, busy])
      expect(await listed(`${path}?state=pending&state=failed&state=succeeded&state=cancelled`, 1)).toEqual([
        held,
        busy,
        unprocessable,
        bad,
        fine,
      ])
      expect(await listed(`${path}?status=503`)).toEqual([])
      expect(await listed(`${path}?status=204`)).toEqual([fine])
      expect(await listed(`${path}?status=400&status=422&status=204`)).toEqual([unprocessable, bad, fine])
      expect(await listed(`${path}?status=400&state=succeeded`)).toEqual([])
      expect(await listed(`${path}?status=400&state=failed`)).toEqual([bad])
      expect(await listed(`${path}?reason=rejected`)).toEqual([unprocessable, bad])
      expect(await listed(`${path}?reason=connection_reset`)).toEqual([busy])
      expect(await listed(`${path}?held=true`)).toEqual([held])
      expect(await listed(`${path}?held=true&state=failed`)).toEqual([])
      expect(await listed(`${path}?held=false&state=pending`)).toEqual([busy])
      const { items } = await succeeds(server, 'GET', path)
      expect(items.map((item: Json) => item.lastStatus)).toEqual([null, null, 422, 400, 204])
    })

    test('are found by collection, as long as it is, and of other entities only as far as one may see', async () => {
      await using receiver = await startReceiver()
      const team = await givenTeam(server)
      const first = await givenPipeline(server, receiver.url, { team })
      const second = await givenPipeline(server, receiver.url, { team })
      const made: string[] = []
      for (const pipeline of [first, second, first]) made.push(await ended(pipeline, 'succeeded'))
      const path = `/entities/${team}/deliveries`
      const nameOf = ({ project, collection }: EventSubject) => `${project}/${collection}`
      expect(await listed(`${path}?collection=${nameOf(first.place)}`, 1)).toEqual([made[2], made[0]])
      expect(await listed(`${path}?collection=${team}/${nameOf(second.place)}`)).toEqual([made[1]])
      expect(await listed(`${path}?collection=${nameOf(first.place)}&automation=${second.automation}`)).toEqual([])
      expect(await listed(`${path}?collection=${nameOf(first.place)}&state=failed`)).toEqual([])
      expect(await listed(`${path}?collection=${unique('none')}/${unique('none')}`)).toEqual([])
      const elsewhere = await givenPlace(server, await givenTeam(server))
      expect(await listed(`${path}?collection=${elsewhere.entity}/${nameOf(elsewhere)}`)).toEqual([])
      expect(await listed(`${path}?collection=${elsewhere.entity}/${nameOf(first.place)}`)).toEqual([])
      for (const wrong of ['alone', 'a/b/c/d', 'a//c']) {
        const answer = await server.rest('GET', `${path}?collection=${wrong}`)
        expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
      }
    })

    test('are found by time, from the first moment and before the second, however many have the same', async () => {
      await using receiver = await startReceiver()
      const team = await givenTeam(server)
      const pipeline = await givenPipeline(server, receiver.url, { team })
      const noon = Date.UTC(2026, 0, 5, 12)
      const made: string[] = []
      for (const minute of [0, 1, 1, 1, 2]) {
        const delivery = await ended(pipeline, 'succeeded')
        await happenedAt(delivery, noon + minute * 60_000)
        made.push(delivery)
      }
      const at = (minute: number) => encodeURIComponent(new Date(noon + minute * 60_000).toISOString())
      for (const by of ['', `&automation=${pipeline.automation}`, `&webhook=${pipeline.webhook}`, '&state=succeeded']) {
        const list = (query: string) => listed(`/entities/${team}/deliveries?${query}${by}`, 2)
        expect(await list(`createdAfter=${at(1)}&createdBefore=${at(2)}`)).toEqual([made[3], made[2], made[1]])
        expect(await list(`createdAfter=${at(1)}`)).toEqual([made[4], made[3], made[2], made[1]])
        expect(await list(`createdBefore=${at(1)}`)).toEqual([made[0]])
        expect(await list(`createdAfter=${at(3)}`)).toEqual([])
      }
      const zoned = encodeURIComponent('2026-01-05T14:02:00+02:00')
      expect(await listed(`/entities/${team}/deliveries?createdAfter=${zoned}`)).toEqual([made[4]])
    })

    test('of an automation go by when it fired: a replay stands beside what it replays', async () => {
      await using receiver = await startReceiver()
      const pipeline = await givenPipeline(server, receiver.url)
      const first = await ended(pipeline, 'succeeded')
      const second = await ended(pipeline, 'succeeded')
      await happenedAt(first, Date.UTC(2026, 0, 5))
      const replay = (await succeeds(server, 'POST', `/deliveries/${first}/replay`, {})).id
      await inState(server, replay, 'succeeded')
      const path = `/entities/${pipeline.team}/deliveries`
      expect(await listed(`${path}?automation=${pipeline.automation}`, 1)).toEqual([second, replay, first])
      expect(await listed(path, 1)).toEqual([replay, second, first])
    })

    test.each([
      'state=failed&state=lost',
      'status=99',
      'status=abc',
      'createdAfter=yesterday',
      'createdBefore=2026-01-05',
      'held=maybe',
      `reason=${'x'.repeat(65)}`,
    ])('?%s is refused', async (query) => {
      const team = await givenTeam(server)
      const answer = await server.rest('GET', `/entities/${team}/deliveries?${query}`)
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
    })
  })

  test('dead letters are what failed and has not been replayed since', async () => {
    await using receiver = await startReceiver(400, 400, 400, 204)
    const pipeline = await givenPipeline(server, receiver.url)
    const [first, second] = [await ended(pipeline, 'failed'), await ended(pipeline, 'failed')]
    const path = `/entities/${pipeline.team}/dead-letters`
    expect(await listed(path, 1)).toEqual([second, first])
    const replay = async (delivery: string) =>
      (await succeeds(server, 'POST', `/deliveries/${delivery}/replay`, {})).id as string

    // Its replay failed as well: one line, one letter.
    const failedAgain = await replay(first)
    await inState(server, failedAgain, 'failed')
    expect(await listed(path)).toEqual([failedAgain, second])
    await inState(server, await replay(failedAgain), 'succeeded')
    expect(await listed(path)).toEqual([second])
    expect(await listed(`${path}?status=400`)).toEqual([second])
    expect(await listed(`${path}?status=500`)).toEqual([])
    expect(await listed(`${path}?automation=${pipeline.automation}&webhook=${pipeline.webhook}`)).toEqual([second])
    expect(await listed(`/entities/${pipeline.team}/deliveries?state=failed`)).toEqual([failedAgain, second, first])
    const stranger = await givenUser(server)
    expect((await server.rest('GET', path, undefined, { key: stranger.key })).status).toBe(404)
    expect((await server.rest('GET', `${path}?state=failed`)).status).toBe(400)
  })

  test('an attempt tells how long it was due before it began', async () => {
    await using receiver = await startReceiver(503, 204)
    const pipeline = await givenPipeline(server, receiver.url)
    const delivery = await fire(server, pipeline)
    await inState(server, delivery, 'pending', 1)
    await makeDue(server, delivery)
    const { history, createdAt } = await inState(server, delivery, 'succeeded', 2)
    const [first, second] = history
    expect(first.timing.queueMs).toBe(Math.max(0, Date.parse(first.startedAt) - Date.parse(createdAt)))
    expect(first.timing.queueMs).toBeLessThan(5_000)
    expect(first.timing.retryDelayMs).toBeGreaterThan(1_000)
    // It was made due before its time.
    expect(second.timing).toMatchObject({ queueMs: 0, retryDelayMs: null })
  })
})
