/** The feed of events: what is in it, in which order, and for whom. */
import { get, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import { openPostgres } from '../src/database/postgres.ts'
import { type EventDraft, recordEvents } from '../src/events/operations.ts'
import {
  callerWith,
  draft,
  givenMember,
  givenOrganization,
  givenPlace,
  givenTeam,
  givenUser,
  record,
  unique,
} from './support/given-automations.ts'
import { SAMPLE_ARTIFACT } from './support/sample-event.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_WORKER: 'off' } })
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  /** Record events and wait until the feed may show them: transactions of other tests on the same server hold it back. */
  async function happen(caller: Caller, ...drafts: EventDraft[]) {
    await record(server, caller, ...drafts)
    const { engine, read } = server.world.db
    const held = read.selectFrom('event_feed').select('event_id').where('transaction_id', '>=', engine.feedHorizon())
    await expect.poll(() => held.execute(), { timeout: 20_000 }).toEqual([])
  }

  async function givenFeed(aliases: string[]) {
    const team = await givenTeam(server)
    const place = await givenPlace(server, team)
    const caller = await callerWith(server, server.adminKey)
    const add = (alias: string) => happen(caller, draft('ADD_ARTIFACT_ALIAS', [place], { alias }))
    for (const alias of aliases) await add(alias)
    return { team, place, caller, add }
  }

  async function read(team: string, query = '', key?: string): Promise<Json> {
    const answer = await server.rest('GET', `/entities/${team}/events${query}`, undefined, key ? { key } : {})
    expect(answer.status, answer.text).toBe(200)
    return answer.body
  }

  const aliasesOf = (page: Json) => page.items.map((item: Json) => item.alias)

  test('events come oldest first, and a cursor goes on where it ended', async () => {
    const { team, add } = await givenFeed(['a', 'b', 'c'])
    const first = await read(team, '?limit=2')
    expect([aliasesOf(first), first.hasMore]).toEqual([['a', 'b'], true])
    const second = await read(team, `?limit=2&cursor=${first.cursor}`)
    expect([aliasesOf(second), second.hasMore]).toEqual([['c'], false])
    const none = await read(team, `?cursor=${second.cursor}`)
    expect([aliasesOf(none), none.hasMore, none.cursor]).toEqual([[], false, second.cursor])
    await add('d')
    expect(aliasesOf(await read(team, `?cursor=${none.cursor}`))).toEqual(['d'])
  })

  test('a reader may begin with what comes next', async () => {
    const { team, add } = await givenFeed(['a'])
    const { items, cursor } = await read(team, '?from=latest')
    expect(items).toEqual([])
    await add('b')
    expect(aliasesOf(await read(team, `?cursor=${cursor}`))).toEqual(['b'])
    const empty = await givenTeam(server)
    expect((await read(empty, '?from=latest')).cursor).toBe((await read(empty)).cursor)
  })

  test('a reader may ask for some types only', async () => {
    const { team, place, caller } = await givenFeed(['a'])
    await happen(
      caller,
      draft('REMOVE_ARTIFACT_ALIAS', [place], { alias: 'a' }),
      draft('ADD_ARTIFACT_TAG', [place], { tag: 't' }),
    )
    const typesOf = (page: Json) => page.items.map((item: Json) => item.type)
    expect(typesOf(await read(team, '?type=ADD_ARTIFACT_TAG'))).toEqual(['ADD_ARTIFACT_TAG'])
    const two = await read(team, '?type=ADD_ARTIFACT_TAG&type=ADD_ARTIFACT_ALIAS&limit=1')
    expect(typesOf(two)).toEqual(['ADD_ARTIFACT_ALIAS'])
    expect(typesOf(await read(team, `?type=ADD_ARTIFACT_TAG&cursor=${two.cursor}`))).toEqual(['ADD_ARTIFACT_TAG'])
  })

  test('a rare type is found behind thousands of others, page by page', async () => {
    const { team, place, caller } = await givenFeed([])
    const common = Array.from({ length: 2_500 }, () => draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))
    await happen(caller, ...common, draft('ADD_ARTIFACT_TAG', [place], { tag: 'rare' }))
    const first = await read(team, '?type=ADD_ARTIFACT_TAG')
    expect([first.items, first.hasMore]).toEqual([[], true])
    const second = await read(team, `?type=ADD_ARTIFACT_TAG&cursor=${first.cursor}`)
    expect(second.items).toMatchObject([{ tag: 'rare' }])
    expect(second.hasMore).toBe(false)
  })

  test('an event shows who did what where, and no inner id', async () => {
    const { team, place } = await givenFeed([])
    const member = await givenMember(server, team, 'member')
    const change = draft('ADD_ARTIFACT_ALIAS', [{ ...place, version: 3, aliases: ['a', 'latest'] }], { alias: 'a' })
    change.snapshot.artifact = { ...SAMPLE_ARTIFACT, source: null, run: null }
    change.snapshot.previousVersion = { version: 2, artifactId: 41, artifactPublicId: 'ar_before' }
    await happen(await callerWith(server, member.key), change)
    const [event] = (await read(team)).items
    expect(event).toEqual({
      id: expect.stringMatching(/^ev_[\w-]{22}$/),
      type: 'ADD_ARTIFACT_ALIAS',
      occurredAt: expect.stringMatching(/^\d{4}-.*Z$/),
      causedBy: null,
      depth: 0,
      runBy: null,
      actor: { username: member.username, kind: 'user', via: 'rest', userAgent: null, requestId: null },
      subjects: [
        {
          entity: team,
          project: place.project,
          collection: place.collection,
          collectionKind: 'SEQUENCE',
          version: 'v3',
          aliases: ['a', 'latest'],
        },
      ],
      artifact: expect.objectContaining({
        id: 'ar_91c8d6f0a35b2e47',
        type: 'model',
        size: 104857600,
        tags: ['approved'],
      }),
      run: null,
      metric: null,
      alert: null,
      alias: 'a',
      tag: null,
      previousVersion: { version: 'v2', artifact: 'ar_before' },
      movedTo: null,
    })
    expect((await server.rest('GET', `/events/${event.id}`)).body).toEqual(event)
    expect(JSON.stringify(event)).not.toMatch(/(entity|project|collection|artifact)Id/i)
  })

  test('what led to a change is told', async () => {
    const { team, place, caller } = await givenFeed([])
    const caused = { ...caller, cause: { deliveryId: 'dl_before', depth: 2, isCallback: false } }
    await happen(caused, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))
    expect((await read(team)).items).toMatchObject([{ causedBy: 'dl_before', depth: 2 }])
  })

  test('an event in several entities is in the feed of each, and shows only what the reader may see', async () => {
    const organization = await givenOrganization(server)
    const team = await givenTeam(server, organization)
    const registry = await givenPlace(server, organization, { project: 'wandb-registry-models', kind: 'PORTFOLIO' })
    const source = await givenPlace(server, team)
    const ofOrganization = await givenMember(server, organization, 'viewer', 'organizations')
    const ofTeam = await givenMember(server, team, 'viewer')
    const stranger = await givenUser(server)
    const tagged = draft('ADD_ARTIFACT_TAG', [source, registry], { tag: 'approved' })
    tagged.snapshot.artifact = {
      ...SAMPLE_ARTIFACT,
      source: { entity: team, project: source.project, collection: source.collection, version: 0 },
      run: { entity: team, project: source.project, name: 'run-1', displayName: 'secret-plans' },
    }
    await happen(await callerWith(server, server.adminKey), tagged)

    const [whole] = (await read(organization)).items
    expect(whole.subjects).toHaveLength(2)
    expect(whole.artifact.run.displayName).toBe('secret-plans')
    const [ofRegistry] = (await read(organization, '', ofOrganization.key)).items
    expect(ofRegistry.subjects.map((subject: Json) => subject.entity)).toEqual([organization])
    expect(ofRegistry.artifact).toMatchObject({ source: null, run: null })
    expect(JSON.stringify(ofRegistry)).not.toContain(team)
    const [ofSource] = (await read(team, '', ofTeam.key)).items
    expect(ofSource.id).toBe(whole.id)
    expect(ofSource.artifact.source.entity).toBe(team)

    const one = (key: string) => server.rest('GET', `/events/${whole.id}`, undefined, { key })
    expect((await one(ofOrganization.key)).body).toEqual(ofRegistry)
    expect((await one(stranger.key)).status).toBe(404)
    const feed = await server.rest('GET', `/entities/${team}/events`, undefined, { key: stranger.key })
    expect(feed).toMatchObject({ status: 404, body: { code: 'not_found', detail: `Entity "${team}" not found` } })
  })

  test('bad queries are refused with the field', async () => {
    const { team } = await givenFeed([])
    for (const [query, code] of [
      ['?cursor=nonsense', 'cursor_invalid'],
      ['?cursor=WyJhIl0', 'cursor_invalid'],
      ['?type=NOTHING', 'invalid_request'],
      ['?limit=0', 'invalid_request'],
      ['?limit=201', 'invalid_request'],
      ['?from=now', 'invalid_request'],
    ]) {
      expect(await server.rest('GET', `/entities/${team}/events${query}`), query).toMatchObject({
        status: 400,
        body: { code },
      })
    }
  })

  describe('as a stream', () => {
    type Frame = { id?: string; event?: string; data?: Json }

    /** Server-sent events as they arrive. */
    async function openStream(team: string, query = '', headers: Record<string, string> = {}) {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        get(
          `${server.url}/api/v1/entities/${team}/events${query}`,
          {
            headers: { authorization: `Bearer ${server.adminKey}`, accept: 'text/event-stream', ...headers },
            agent: false,
          },
          resolve,
        ).on('error', reject)
      })
      response.setEncoding('utf8')
      const chunks = response[Symbol.asyncIterator]() as AsyncIterator<string>
      let text = ''
      return {
        response,
        /** The next event; `undefined` at the end. */
        async next(): Promise<Frame | undefined> {
          while (true) {
            const end = text.indexOf('\n\n')
            if (end === -1) {
              const { value, done } = await chunks.next()
              if (done) return undefined
              text += value
              continue
            }
            const lines = text.slice(0, end).split('\n')
            text = text.slice(end + 2)
            const frame: Frame = {}
            for (const line of lines) {
              const [name, value] = [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]
              if (name === 'data') frame.data = JSON.parse(value)
              if (name === 'id' || name === 'event') frame[name] = value
            }
            if (frame.data !== undefined) return frame
          }
        },
        close: () => response.destroy(),
      }
    }

    test('events arrive as they happen, and Last-Event-ID resumes', async () => {
      const { team, add } = await givenFeed(['a', 'b'])
      const stream = await openStream(team)
      expect(stream.response.headers['content-type']).toBe('text/event-stream; charset=utf-8')
      const first = await stream.next()
      expect(first).toMatchObject({ event: 'ADD_ARTIFACT_ALIAS', data: { alias: 'a', type: 'ADD_ARTIFACT_ALIAS' } })
      expect(await stream.next()).toMatchObject({ data: { alias: 'b' } })
      await add('c')
      expect(await stream.next()).toMatchObject({ data: { alias: 'c' } })
      stream.close()
      const resumed = await openStream(team, '', { 'last-event-id': first?.id as string })
      expect(await resumed.next()).toMatchObject({ data: { alias: 'b' } })
      resumed.close()
      expect(aliasesOf(await read(team, `?cursor=${first?.id}`))).toEqual(['b', 'c'])
    })

    test('what is wrong is answered before the stream begins', async () => {
      const { team } = await givenFeed([])
      const { response, close } = await openStream(team, '', { 'last-event-id': 'nonsense' })
      expect(response.statusCode).toBe(400)
      close()
      const absent = await openStream(unique('absent'))
      expect(absent.response.statusCode).toBe(404)
      absent.close()
    })

    test('a stop ends the streams at once', async () => {
      const other = await startTestServer(engine)
      try {
        const team = await givenTeam(other)
        const response = await fetch(`${other.url}/api/v1/entities/${team}/events`, {
          headers: { authorization: `Bearer ${other.adminKey}`, accept: 'text/event-stream' },
        })
        const body = response.text()
        const startedAt = performance.now()
        await other.stop()
        expect(performance.now() - startedAt).toBeLessThan(3_000)
        expect(await body).toContain(': the feed')
      } finally {
        await other[Symbol.asyncDispose]()
      }
    })
  })

  if (engine === 'postgres') {
    test('a transaction that commits later with earlier ids is not skipped', async () => {
      const { team, place, caller } = await givenFeed(['before'])
      const { world } = server
      const before = await read(team)
      // A second process: its transaction takes its ids first and commits last.
      const other = await openPostgres({ url: server.env.TRIPLINE_DATABASE_URL as string, poolSize: 2 })
      const written = Promise.withResolvers<void>()
      const mayCommit = Promise.withResolvers<void>()
      try {
        const slow = other.transaction(async (tx) => {
          await recordEvents({ ...world, db: other }, tx, caller, [
            draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'slow' }),
          ])
          written.resolve()
          await mayCommit.promise
        })
        await written.promise
        await record(server, caller, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'fast' }))
        const meanwhile = await read(team, `?cursor=${before.cursor}`)
        // The fast one is committed; given now, a reader would go on behind it and never see the slow one.
        expect(aliasesOf(meanwhile)).toEqual([])
        mayCommit.resolve()
        await slow
        await expect
          .poll(async () => aliasesOf(await read(team, `?cursor=${meanwhile.cursor}`)), { timeout: 20_000 })
          .toEqual(['slow', 'fast'])
        const { items } = await read(team)
        expect(items.map((item: Json) => item.alias)).toEqual(['before', 'slow', 'fast'])
      } finally {
        mayCommit.resolve()
        await other.close()
      }
    })
  }
})
