/** Automations that fire more often than they may: what is left out has an execution that says why. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import type { EventSubject } from '../src/events/event.ts'
import { recordEvents } from '../src/events/operations.ts'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import { callerWith, draft, givenMember, givenPlace, givenTeam, record, unique } from './support/given-automations.ts'
import { succeeds } from './support/given-deliveries.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

const MINUTE = 60_000

forEachEngine((engine) => {
  let server: TestServer
  let caller: Caller
  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_LOG_LEVEL: 'silent' } })
    caller = await callerWith(server, server.adminKey)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  async function givenAutomation(pacing: Json, on = server) {
    const team = await givenTeam(on)
    const place = await givenPlace(on, team)
    const webhook = await succeeds(on, 'POST', `/entities/${team}/webhooks`, {
      name: unique('hook'),
      url: 'http://127.0.0.1:9/',
      paused: true,
    })
    const { id } = await succeeds(on, 'POST', `/entities/${team}/automations`, {
      name: unique('automation'),
      scope: { type: 'entity' },
      event: 'ADD_ARTIFACT_ALIAS',
      action: { type: 'webhook', webhook: webhook.id },
      ...(pacing === undefined ? {} : { pacing }),
    })
    return { team, place, path: `/automations/${id}` }
  }

  const aliased = (place: EventSubject) => draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' })
  const happen = (place: EventSubject, times = 1) =>
    record(server, caller, ...Array.from({ length: times }, () => aliased(place)))

  /** Oldest first: `null`, or why it was skipped. */
  async function reasons(path: string, on = server): Promise<(string | null)[]> {
    const { items } = await succeeds(on, 'GET', `${path}/executions?limit=200`)
    for (const { state, reason, deliveries } of items) {
      expect([state, deliveries.length]).toEqual(reason === null ? ['matched', 1] : ['skipped', 0])
    }
    return items.map(({ reason }: Json) => reason).toReversed()
  }

  test('a rate limit lets through so many and says of each other one that it was left out', async () => {
    const limited = await givenAutomation({ rateLimit: { count: 2, seconds: 3_600 } })
    expect(await happen(limited.place)).toBe(1)
    expect(await happen(limited.place, 3)).toBe(1)
    expect(await happen(limited.place)).toBe(0)
    expect(await reasons(limited.path)).toEqual([null, null, 'rate_limited', 'rate_limited', 'rate_limited'])

    // Half an hour gives back one.
    await server.world.db.transaction((tx) =>
      tx
        .updateTable('automation_rates')
        .set(({ eb }) => ({ free_at: eb('free_at', '-', 31 * MINUTE) }))
        .execute(),
    )
    expect([await happen(limited.place), await happen(limited.place)]).toEqual([1, 0])

    const free = await givenAutomation(undefined)
    expect(await happen(free.place, 5)).toBe(5)
  })

  test('a rate limit is exact, however many changes come at once', async () => {
    const { place, team, path } = await givenAutomation({ rateLimit: { count: 3, seconds: 3_600 } })
    const places = await Promise.all(Array.from({ length: 6 }, () => givenPlace(server, team)))
    await Promise.all([place, ...places].flatMap((at) => [happen(at), happen(at)]))
    const found = await reasons(path)
    expect(found).toHaveLength(14)
    expect(found.filter((reason) => reason === null)).toHaveLength(3)
  })

  test('a change that fails takes nothing from the rate, and is not counted', async () => {
    const { place, path } = await givenAutomation({ rateLimit: { count: 1, seconds: 60 }, holdPerMinute: 1 })
    const failing = server.world.db.transaction(async (tx) => {
      await recordEvents(server.world, tx, caller, [aliased(place)])
      throw new Error('after all not')
    })
    await expect(failing).rejects.toThrow('after all not')
    expect(await happen(place)).toBe(1)
    expect(await reasons(path)).toEqual([null])
  })

  test('what fires too often on one collection is held there, visibly, until it is released', async () => {
    const { team, place, path } = await givenAutomation({ holdPerMinute: 3 })
    const other = await givenPlace(server, team)
    expect([await happen(place, 2), await happen(place), await happen(place), await happen(place)]).toEqual([
      2, 1, 0, 0,
    ])
    expect(await happen(other)).toBe(1)
    const held = 'held_firing_too_often'
    expect(await reasons(path)).toEqual([null, null, null, held, held, null])
    const shown = await succeeds(server, 'GET', path)
    expect(shown.holds).toMatchObject([{ collection: { project: place.project, collection: place.collection } }])
    const [{ since, until }] = shown.holds
    expect(Date.parse(until) - Date.parse(since)).toBe(15 * MINUTE)
    expect(Math.abs(Date.parse(since) - Date.now())).toBeLessThan(MINUTE)
    expect((await succeeds(server, 'GET', `/entities/${team}/automations`)).items[0].holds).toEqual(shown.holds)

    const viewer = await givenMember(server, team, 'viewer')
    expect((await server.rest('POST', `${path}/release`, undefined, { key: viewer.key })).status).toBe(403)
    expect((await succeeds(server, 'POST', `${path}/release`)).holds).toEqual([])
    expect(await happen(place, 3)).toBe(3)
    expect(await happen(place)).toBe(0)
    const { items } = await succeeds(server, 'GET', `/entities/${team}/audit`)
    expect(items.map(({ action }: Json) => action).filter((action: string) => /held|released/.test(action))).toEqual([
      'automation.held',
      'automation.released',
      'automation.held',
    ])
  })

  // On the embedded engine one process is all there is.
  if (engine === 'postgres') {
    test('what fires too often over several processes together is held for all, soon after the number', async () => {
      const second = await startServer(readConfig(server.env))
      onTestFinished(second.stop)
      const { place, path } = await givenAutomation({ holdPerMinute: 64 })
      const processes = [server, { ...server, world: second.world }]
      const happenInTurn = async (times: number) => {
        let fired = 0
        for (let at = 0; at < times; at += 1) fired += await record(processes[at % 2]!, caller, aliased(place))
        return fired
      }
      const fired = await happenInTurn(80)
      expect(fired).toBeGreaterThanOrEqual(64)
      // Each looks after every second of its own.
      expect(fired).toBeLessThanOrEqual(64 + 2 * 2)
      expect((await reasons(path)).slice(fired)).toEqual(Array(80 - fired).fill('held_firing_too_often'))
      await succeeds(server, 'POST', `${path}/release`)
      expect(await happenInTurn(60)).toBe(60)
    })
  }

  test('a hold ends by itself', async () => {
    const { place, path } = await givenAutomation({ holdPerMinute: 1 })
    expect([await happen(place), await happen(place)]).toEqual([1, 0])
    const { now } = server.world
    const later = { held_at: now() - 17 * MINUTE, held_until: now() - MINUTE }
    await server.world.db.transaction(async (tx) => {
      await tx.updateTable('automation_holds').set(later).execute()
      await tx.updateTable('automations').set({ held_until: later.held_until }).execute()
    })
    expect((await succeeds(server, 'GET', path)).holds).toEqual([])
    // The minute in which it was counted is not over yet.
    expect(await happen(place)).toBe(0)
    expect((await succeeds(server, 'GET', path)).holds).toHaveLength(1)
  })

  test('the server has a limit for automations without one of their own', async () => {
    await using own = await startTestServer(engine, {
      env: { TRIPLINE_HOLD_PER_MINUTE: '2', TRIPLINE_LOG_LEVEL: 'silent' },
    })
    const ownCaller = await callerWith(own, own.adminKey)
    const plain = await givenAutomation(undefined, own)
    const busy = await givenAutomation({ holdPerMinute: 4 }, own)
    for (const { place } of [plain, busy])
      await record(own, ownCaller, ...Array.from({ length: 5 }, () => aliased(place)))
    const held = 'held_firing_too_often'
    expect(await reasons(plain.path, own)).toEqual([null, null, held, held, held])
    expect(await reasons(busy.path, own)).toEqual([null, null, null, null, held])
  })

  test('pacing is a setting of the automation like any other', async () => {
    const pacing = { rateLimit: { count: 5, seconds: 60 }, holdPerMinute: null, debounceSeconds: null }
    const { path } = await givenAutomation(pacing)
    expect((await succeeds(server, 'GET', path)).pacing).toEqual(pacing)
    expect(await succeeds(server, 'PATCH', path, { pacing })).toMatchObject({ revision: 1 })
    expect(await succeeds(server, 'PATCH', path, { description: 'x' })).toMatchObject({ revision: 2, pacing })
    const changed = await succeeds(server, 'PATCH', path, { pacing: { holdPerMinute: 10 } })
    expect(changed).toMatchObject({ revision: 3, pacing: { rateLimit: null, holdPerMinute: 10 } })
    const revisions = await succeeds(server, 'GET', `${path}/revisions`)
    expect(revisions.items.at(-1).pacing).toEqual(pacing)
    const free = await givenAutomation(undefined)
    expect((await succeeds(server, 'GET', free.path)).pacing).toEqual({
      rateLimit: null,
      holdPerMinute: null,
      debounceSeconds: null,
    })

    for (const [wrong, at] of [
      [{ rateLimit: { count: 0, seconds: 1 } }, '/pacing/rateLimit/count'],
      [{ rateLimit: { count: 1 } }, '/pacing/rateLimit/seconds'],
      [{ holdPerMinute: 1.5 }, '/pacing/holdPerMinute'],
      [{ hold: 1 }, '/pacing'],
    ] as const) {
      const { status, body } = await server.rest('PATCH', path, { pacing: wrong })
      expect([status, body.code]).toEqual([400, 'invalid_request'])
      expect(body.errors.map(({ path }: Json) => path).join()).toContain(at)
    }
  })
})
