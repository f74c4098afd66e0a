/** Webhooks by REST: what may be saved, who sees what of it, and what a request to a receiver carries. */
import { createHmac } from 'node:crypto'
import { verify as verifyForGithub } from '@octokit/webhooks-methods'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import { callerWith, draft, givenMember, givenTeam, givenUser, record, unique } from './support/given-automations.ts'
import { fire, givenPipeline, givenSecrets, inState, makeDue, succeeds } from './support/given-deliveries.ts'
import { type ReceivedRequest, startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9/'

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const pathOf = (team: string, id = '') => `/entities/${team}/webhooks${id === '' ? '' : `/${id}`}`
  const create = (team: string, settings: Json) =>
    server.rest('POST', pathOf(team), { name: unique('hook'), url: NOWHERE, ...settings })

  async function idOf(team: string, settings: Json = {}): Promise<string> {
    const { status, text, body } = await create(team, settings)
    expect(status, text).toBe(201)
    return body.id
  }

  describe('configuring webhooks', () => {
    test('a webhook with nothing but a name and a URL has the documented defaults', async () => {
      const team = await givenTeam(server)
      const { status, body } = await server.rest('POST', pathOf(team), { name: 'deployer', url: NOWHERE })
      expect([status, body]).toEqual([
        201,
        {
          id: expect.stringMatching(/^wh_[\w-]{22}$/),
          name: 'deployer',
          url: NOWHERE,
          target: 'generic',
          accessTokenSecret: null,
          signingSecret: null,
          signature: { standard: true, wandb: 'base64', github: false },
          secrets: [],
          headers: {},
          concurrencyMax: 10,
          rateLimitPerMinute: null,
          rateLimitInForce: null,
          retrySchedule: null,
          health: {
            circuit: 'closed',
            circuitOpenedAt: null,
            nextProbeAt: null,
            heldUntil: null,
            consecutiveFailures: 0,
            failingSince: null,
            lastFailure: null,
          },
          order: 'none',
          newestWins: false,
          slack: null,
          paused: null,
          createdAt: expect.any(String),
          updatedAt: expect.any(String),
          usedBy: [],
          warnings: [],
        },
      ])
      expect(await succeeds(server, 'GET', pathOf(team, body.id))).toEqual(body)
      const use = { open: 0, lastSuccessAt: null }
      expect(await succeeds(server, 'GET', pathOf(team))).toEqual({ items: [{ ...body, use }] })
    })

    test('the list tells what depends on each, what it still has to send, and when it last worked', async () => {
      await using receiver = await startReceiver()
      const pipeline = await givenPipeline(server, receiver.url)
      const { team } = pipeline
      const idle = await idOf(team, { name: 'zz idle' })
      const uses = async () =>
        (await succeeds(server, 'GET', pathOf(team))).items.map(({ id, usedBy, use }: Json) => ({
          id,
          automations: usedBy.length,
          ...use,
        }))
      const never = { open: 0, lastSuccessAt: null }
      const unused = { id: idle, automations: 0, ...never }
      expect(await uses()).toEqual([{ id: pipeline.webhook, automations: 1, ...never }, unused])

      await inState(server, await fire(server, pipeline), 'succeeded')
      const used = { id: pipeline.webhook, automations: 1, lastSuccessAt: expect.stringMatching(/^2.*Z$/) }
      expect(await uses()).toEqual([{ ...used, open: 0 }, unused])
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: true })
      await fire(server, pipeline)
      await fire(server, pipeline)
      expect(await uses()).toEqual([{ ...used, open: 2 }, unused])
      await succeeds(server, 'DELETE', `/automations/${pipeline.automation}`)
      expect((await uses())[0].automations).toBe(0)
    })

    test('everything it was given is there, and changes one by one', async () => {
      const team = await givenTeam(server)
      await givenSecrets(server, team, { A: 'value-of-a', B: 'value-of-b', C: 'value-of-c', D: 'value-of-d' })
      const settings = {
        name: 'all  of-it_2',
        url: 'http://127.0.0.1:9/${A}/in',
        accessTokenSecret: 'A',
        signingSecret: 'B',
        signature: { standard: false, wandb: 'hex', github: true },
        secrets: ['C', 'A'],
        headers: { 'X-Key': 'key ${D}', 'content-type': 'application/cloudevents+json' },
        concurrencyMax: 256,
        rateLimitPerMinute: 600,
        retrySchedule: [1, 86_400],
        paused: true,
      }
      const { body } = await create(team, settings)
      expect(body).toMatchObject({
        ...settings,
        headers: { 'x-key': 'key ${D}', 'content-type': 'application/cloudevents+json' },
        paused: { reason: 'by_hand', at: expect.any(String) },
      })
      const changes: [Json, Json?][] = [
        [{ name: 'other name' }],
        [{ url: 'http://127.0.0.1:9/other' }],
        [{ accessTokenSecret: null }],
        [{ signingSecret: 'A' }],
        [{ signature: { github: false } }, { signature: { standard: false, wandb: 'hex', github: false } }],
        [{ secrets: [] }],
        [{ headers: {} }],
        [{ concurrencyMax: 1 }],
        [{ rateLimitPerMinute: 6_000 }, { rateLimitPerMinute: 6_000, rateLimitInForce: 6_000 }],
        [{ rateLimitPerMinute: null }, { rateLimitPerMinute: null, rateLimitInForce: null }],
        [{ target: 'discord' }, { target: 'discord', rateLimitInForce: 30 }],
        [{ target: null }, { target: 'generic', rateLimitInForce: null }],
        [{ retrySchedule: [] }],
        [{ retrySchedule: null }],
        [{ paused: false }, { paused: null }],
      ]
      let expected = body
      for (const [change, seen] of changes) {
        expected = { ...expected, ...(seen ?? change), updatedAt: expect.any(String) }
        expect(await succeeds(server, 'PATCH', pathOf(team, body.id), change)).toEqual(expected)
        expect(await succeeds(server, 'GET', pathOf(team, body.id))).toEqual(expected)
      }
      expect(await succeeds(server, 'PATCH', pathOf(team, body.id), {})).toEqual(expected)
    })

    test('webhooks are listed in pages, by name', async () => {
      const team = await givenTeam(server)
      for (const name of ['c', 'a', 'B', 'b']) await idOf(team, { name })
      const names: string[] = []
      for (let cursor = ''; ; ) {
        const page = await succeeds(server, 'GET', `${pathOf(team)}?limit=3${cursor}`)
        names.push(...page.items.map((item: Json) => item.name))
        if (page.cursor === undefined) break
        cursor = `&cursor=${page.cursor}`
      }
      expect(names).toEqual(['B', 'a', 'b', 'c'])
    })

    test('of two changes at once none is lost, and of two names that are the same one is', async () => {
      const team = await givenTeam(server)
      const [one, other] = [await idOf(team), await idOf(team)]
      const patch = (id: string, change: Json) => server.rest('PATCH', pathOf(team, id), change)
      await Promise.all([
        patch(one, { concurrencyMax: 7 }),
        patch(one, { headers: { 'x-kept': 'yes' } }),
        patch(one, { signature: { github: true } }),
        patch(one, { name: 'kept' }),
      ])
      expect(await succeeds(server, 'GET', pathOf(team, one))).toMatchObject({
        name: 'kept',
        concurrencyMax: 7,
        headers: { 'x-kept': 'yes' },
        signature: { github: true },
      })
      const renamed = await Promise.all([
        patch(one, { name: 'wanted' }),
        patch(other, { name: 'wanted' }),
        create(team, { name: 'wanted' }),
      ])
      expect(renamed.filter(({ status }) => status < 300)).toHaveLength(1)
      expect(renamed.filter(({ body }) => body.code === 'name_taken')).toHaveLength(2)
    })

    const secretUnknown = (name: string, field: string) => [
      400,
      'secret_unknown',
      field,
      `This team has no secret named "${name}"`,
    ]
    test.each<[string, Json, (string | number | undefined)[]]>([
      ['no name', { name: undefined }, [400, 'invalid_request', '/name', '']],
      ['an empty name', { name: '' }, [400, 'invalid_request', '/name', '']],
      ['spaces around the name', { name: ' hook ' }, [400, 'name_invalid', '/name', 'spaces between them']],
      ['other letters in the name', { name: 'añb' }, [400, 'name_invalid', '/name', 'letters, digits']],
      ['a long name', { name: 'x'.repeat(65) }, [400, 'name_invalid', '/name', 'up to 64']],
      ['no URL', { url: undefined }, [400, 'invalid_request', '/url', '']],
      ['another scheme', { url: 'ftp://127.0.0.1/' }, [422, 'webhook_url_invalid', '/url', 'begin with https://']],
      ['no scheme', { url: 'receiver' }, [422, 'webhook_url_invalid', '/url', 'begin with https://']],
      [
        'a password in the URL',
        { url: 'http://user:letmein-please@127.0.0.1/' },
        [422, 'webhook_url_invalid', '/url', 'use the access token or a header with a secret instead'],
      ],
      ['a fragment', { url: `${NOWHERE}#part` }, [422, 'webhook_url_invalid', '/url', 'a fragment']],
      ['a space in the URL', { url: `${NOWHERE}a b` }, [422, 'webhook_url_invalid', '/url', 'write a space as %20']],
      ['a broken reference', { url: `${NOWHERE}\${A` }, [422, 'webhook_url_invalid', '/url', 'write ${NAME}']],
      ['a long URL', { url: NOWHERE + 'x'.repeat(2_048) }, [400, 'invalid_request', '/url', '']],
      ['an unknown secret as token', { accessTokenSecret: 'NONE' }, secretUnknown('NONE', '/accessTokenSecret')],
      ['an unknown secret to sign', { signingSecret: 'NONE' }, secretUnknown('NONE', '/signingSecret')],
      ['an unknown further secret', { secrets: ['NONE'] }, secretUnknown('NONE', '/secrets')],
      ['an unknown secret in a header', { headers: { a: '${NONE}' } }, secretUnknown('NONE', '/headers')],
      ['an unknown secret in the URL', { url: `${NOWHERE}\${NONE}` }, secretUnknown('NONE', '/url')],
      [
        'a header that is no token',
        { headers: { 'a b': '1' } },
        [400, 'invalid_request', '/headers/a b', 'not a valid'],
      ],
      [
        'a line end in a header',
        { headers: { a: '1\r\nb: 2' } },
        [400, 'invalid_request', '/headers/a', 'cannot carry'],
      ],
      ['an emoji in a header', { headers: { a: '🙂' } }, [400, 'invalid_request', '/headers/a', 'cannot carry']],
      ['a header twice', { headers: { a: '1', A: '2' } }, [400, 'invalid_request', '/headers/A', 'is there twice']],
      ['a long header', { headers: { a: 'x'.repeat(4_097) } }, [400, 'invalid_request', '/headers/a', '']],
      [
        'too many headers',
        { headers: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`x-${index}`, '1'])) },
        [400, 'invalid_request', undefined, 'at most 32 extra headers'],
      ],
      ['another way to sign', { signature: { wandb: 'sha1' } }, [400, 'invalid_request', '/signature/wandb', '']],
      ['no room at all', { concurrencyMax: 0 }, [400, 'invalid_request', '/concurrencyMax', '']],
      ['too much room', { concurrencyMax: 257 }, [400, 'invalid_request', '/concurrencyMax', '']],
      ['no rate at all', { rateLimitPerMinute: 0 }, [400, 'invalid_request', '/rateLimitPerMinute', '']],
      ['too high a rate', { rateLimitPerMinute: 6_001 }, [400, 'invalid_request', '/rateLimitPerMinute', '']],
      ['a retry at once', { retrySchedule: [0] }, [400, 'invalid_request', '/retrySchedule/0', '']],
      ['a retry after a day', { retrySchedule: [5, 86_401] }, [400, 'invalid_request', '/retrySchedule/1', '']],
      ['too many retries', { retrySchedule: Array(16).fill(1) }, [400, 'invalid_request', '/retrySchedule', '']],
      ['retries for weeks', { retrySchedule: Array(8).fill(86_400) }, [400, 'invalid_request', '/retrySchedule', '']],
      ['half a request', { concurrencyMax: 1.5 }, [400, 'invalid_request', '/concurrencyMax', '']],
      ['an unknown field', { secret: 'x' }, [400, 'invalid_request', '/secret', '']],
    ])('%s is refused, saved or tested', async (_what, change, [status, code, field, message]) => {
      const team = await givenTeam(server)
      const webhook = { name: 'refused', url: NOWHERE, ...change }
      const answers = [
        await server.rest('POST', pathOf(team), webhook),
        ...('name' in change ? [] : [await server.rest('POST', `${pathOf(team)}/test`, { webhook })]),
      ]
      for (const [index, { status: seen, body }] of answers.entries()) {
        expect([seen, body.code]).toEqual([status, code])
        expect(body.detail).toContain(message)
        expect(body.detail).not.toContain('letmein')
        const path = field === undefined ? undefined : `${index === 1 ? '/webhook' : ''}${field}`
        expect(body.errors?.[0].path).toBe(path)
      }
      expect(await succeeds(server, 'GET', pathOf(team))).toEqual({ items: [] })
    })

    test.each([
      ...['host', 'Content-Length', 'Transfer-Encoding', 'connection', 'user-agent', 'Webhook-Id', 'webhook-timestamp'],
      ...['webhook-signature', 'X-Wandb-Signature', 'X-Hub-Signature-256'],
    ])('the header %s is not for webhooks to set', async (name) => {
      const { status, body } = await create(await givenTeam(server), { headers: { [name]: '1' } })
      expect([status, body.code]).toEqual([400, 'invalid_request'])
      expect(body.detail).toBe(`The header "${name}" is set by Tripline itself`)
    })

    test('an authorization header and an access token exclude each other, also in a change', async () => {
      const team = await givenTeam(server)
      await givenSecrets(server, team, { TOKEN: 'value-of-token' })
      const both = await create(team, { accessTokenSecret: 'TOKEN', headers: { Authorization: 'Basic ${TOKEN}' } })
      const detail = 'The header "Authorization" is made from the access token: set one of the two'
      expect([both.status, both.body.detail]).toEqual([400, detail])
      const id = await idOf(team, { headers: { Authorization: 'Basic ${TOKEN}' } })
      expect((await server.rest('PATCH', pathOf(team, id), { accessTokenSecret: 'TOKEN' })).status).toBe(400)
      await succeeds(server, 'PATCH', pathOf(team, id), { accessTokenSecret: 'TOKEN', headers: {} })
    })

    test('a refused change changes nothing', async () => {
      const team = await givenTeam(server)
      const id = await idOf(team, { name: 'before' })
      const before = await succeeds(server, 'GET', pathOf(team, id))
      await idOf(team, { name: 'taken' })
      for (const [change, code] of [
        [{ name: 'taken', concurrencyMax: 3 }, 'name_taken'],
        [{ name: 'a/b', concurrencyMax: 3 }, 'name_invalid'],
        [{ url: 'http://user@127.0.0.1/', concurrencyMax: 3 }, 'webhook_url_invalid'],
        [{ secrets: ['NONE'], concurrencyMax: 3 }, 'secret_unknown'],
        [{ name: null }, 'invalid_request'],
        [{ url: null }, 'invalid_request'],
        [{ headers: { host: 'x' }, concurrencyMax: 3 }, 'invalid_request'],
      ] as const) {
        expect((await server.rest('PATCH', pathOf(team, id), change)).body.code).toBe(code)
      }
      expect(await succeeds(server, 'GET', pathOf(team, id))).toEqual(before)
    })

    test('a team has a limit of webhooks', async () => {
      const team = await givenTeam(server)
      const first = await idOf(team)
      await server.world.db.transaction(async (tx) => {
        const { id, ...row } = await tx
          .selectFrom('webhooks')
          .selectAll()
          .where('public_id', '=', first)
          .executeTakeFirstOrThrow()
        const copies = Array.from({ length: 998 }, (_, index) => ({
          ...row,
          public_id: `${first}${index}`,
          name: `${row.name}-${index}`,
        }))
        // SQLite takes no more parameters in one statement.
        for (const part of [copies.slice(0, 500), copies.slice(500)])
          await tx.insertInto('webhooks').values(part).execute()
      })
      const last = await idOf(team)
      const { status, body } = await create(team, {})
      expect([status, body.code]).toEqual([409, 'limit_reached'])
      await succeeds(server, 'DELETE', pathOf(team, last))
      await idOf(team)
    })
  })

  describe('who sees what', () => {
    test('members and viewers see webhooks with masked URLs and hidden header values, by REST and GraphQL', async () => {
      const team = await givenTeam(server)
      const url = 'http://127.0.0.1:9/services/T0001/B0002/abcdefghijklWXYZ'
      const id = await idOf(team, { name: 'slack', url, headers: { 'x-key': 'written right in' } })
      const query = `query ($name: String!) { entity(name: $name) { integrations(first: 5) { edges { node {
        ... on GenericWebhookIntegration { name urlEndpoint } } } } } }`
      const seenBy = async (key: string) => {
        const one = await succeeds(server, 'GET', pathOf(team, id), undefined, key)
        const list = await succeeds(server, 'GET', pathOf(team), undefined, key)
        expect(list.items).toEqual([{ ...one, use: expect.anything() }])
        const { data } = await server.graphql(query, { name: team }, { key })
        expect(data.entity.integrations.edges[0].node.urlEndpoint).toBe(one.url)
        return [one.url, one.headers['x-key']]
      }
      const [admin, member, viewer] = await Promise.all(
        (['admin', 'member', 'viewer'] as const).map((role) => givenMember(server, team, role)),
      )
      expect(await seenBy(admin!.key)).toEqual([url, 'written right in'])
      expect(await seenBy(member!.key)).toEqual(['http://127.0.0.1:9/…WXYZ', '***'])
      expect(await seenBy(viewer!.key)).toEqual(['http://127.0.0.1:9/…WXYZ', '***'])
    })

    test('only admins change, delete and test them, and strangers do not learn that there are any', async () => {
      const team = await givenTeam(server)
      const id = await idOf(team)
      const calls = async (key: string | null, webhook = id) => {
        const answers = [
          await server.rest('GET', pathOf(team, webhook), undefined, { key }),
          await server.rest('PATCH', pathOf(team, webhook), { concurrencyMax: 2 }, { key }),
          await server.rest('DELETE', pathOf(team, webhook), undefined, { key }),
          await server.rest('POST', `${pathOf(team, webhook)}/test`, undefined, { key }),
        ]
        return answers.map(({ status, text }) => [
          status,
          text.replaceAll(webhook, 'ID').replace(/"requestId":"[^"]*"/, ''),
        ])
      }
      const [forbidden, missing] = [
        [403, expect.stringContaining('this needs the role \\"admin\\"')],
        [404, expect.stringContaining('Webhook \\"ID\\" not found')],
      ]
      const [member, stranger] = [await givenMember(server, team, 'member'), await givenUser(server)]
      expect((await calls(member.key)).slice(1)).toEqual([forbidden, forbidden, forbidden])
      expect(await calls(stranger.key)).toEqual([missing, missing, missing, missing])
      expect(await calls(stranger.key)).toEqual(await calls(stranger.key, 'wh_doesnotexist'))
      expect(await calls(server.adminKey, 'wh_doesnotexist')).toEqual(await calls(stranger.key))
      const elsewhere = await givenTeam(server)
      expect((await server.rest('GET', pathOf(elsewhere, id))).status).toBe(404)
      expect(await succeeds(server, 'GET', pathOf(team, id))).toMatchObject({ concurrencyMax: 10 })
    })

    test('an answer kept for its Idempotency-Key does not hold the URL in plain text', async () => {
      const team = await givenTeam(server)
      const call = (name: string) =>
        server.rest(
          'POST',
          pathOf(team),
          { name, url: 'http://127.0.0.1:9/T0001/kept-only-sealed' },
          { headers: { 'idempotency-key': `${team}-${name}` } },
        )
      const [first, again] = [await call('once'), await call('once')]
      expect([again.status, again.body]).toEqual([201, first.body])
      expect(again.headers.get('idempotent-replayed')).toBe('true')
      expect((await succeeds(server, 'GET', pathOf(team))).items).toHaveLength(1)
      const rows = await server.world.db.read.selectFrom('idempotency').selectAll().execute()
      expect(JSON.stringify(rows)).not.toContain('kept-only-sealed')
      await server.world.db.transaction((tx) => tx.updateTable('idempotency').set({ body: first.text }).execute())
      expect((await call('once')).body).toMatchObject({ code: 'idempotency_key_reused' })
    })
  })

  describe('pausing and deleting', () => {
    test('a paused webhook holds what is for it, and sends it all when it is resumed', async () => {
      await using receiver = await startReceiver(503, 204)
      const pipeline = await givenPipeline(server, receiver.url)
      const retried = await fire(server, pipeline)
      await inState(server, retried, 'pending', 1)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: true })
      const held = await fire(server, pipeline)
      await makeDue(server, retried)

      // What comes later for another webhook is sent, so the worker has been by.
      const other = await givenPipeline(server, receiver.url)
      await inState(server, await fire(server, other), 'succeeded')
      for (const id of [retried, held]) {
        expect(await succeeds(server, 'GET', `/deliveries/${id}`)).toMatchObject({ state: 'pending', held: true })
      }
      expect(receiver.received).toHaveLength(2)

      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
      expect(await inState(server, retried, 'succeeded')).toMatchObject({ held: false, attempts: 2 })
      expect(await inState(server, held, 'succeeded')).toMatchObject({ held: false, attempts: 1 })
    })

    test('resuming makes due what waits for a retry', async () => {
      // Its next try would be in half an hour.
      await using receiver = await startReceiver(401, 204)
      const pipeline = await givenPipeline(server, receiver.url)
      const delivery = await fire(server, pipeline)
      await inState(server, delivery, 'pending', 1)
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: true })
      await succeeds(server, 'PATCH', pipeline.webhookPath, { paused: false })
      await inState(server, delivery, 'succeeded', 2)
    })

    test('one in use is deleted with force only, which says what it cancels', async () => {
      const pipeline = await givenPipeline(server, NOWHERE, { webhook: { paused: true } })
      const { name } = await succeeds(server, 'GET', pipeline.webhookPath)
      const { name: automation } = await succeeds(server, 'GET', `/automations/${pipeline.automation}`)
      const refused = async () => {
        const { status, body } = await server.rest('DELETE', pipeline.webhookPath)
        expect([status, body.code]).toEqual([409, 'webhook_in_use'])
        expect(body.detail).toContain('force=true')
        return body
      }
      const used = await refused()
      expect(used.detail).toContain(`The webhook "${name}" is used by the automation "${automation}". `)
      expect(used).toMatchObject({ automations: [automation], waiting: 0 })

      const waiting = [await fire(server, pipeline), await fire(server, pipeline)]
      expect((await refused()).detail).toContain(`"${automation}" and has 2 deliveries in progress. `)
      await succeeds(server, 'DELETE', `/automations/${pipeline.automation}`)
      const unused = await refused()
      expect(unused.detail).toContain(`The webhook "${name}" has 2 deliveries in progress. `)
      expect(unused).toMatchObject({ automations: [], waiting: 2 })

      const { cancelled } = await succeeds(server, 'DELETE', `${pipeline.webhookPath}?force=true`)
      expect(cancelled.sort()).toEqual(waiting.sort())
      for (const id of waiting) {
        expect(await succeeds(server, 'GET', `/deliveries/${id}`)).toMatchObject({
          state: 'cancelled',
          reason: 'webhook_deleted',
          held: false,
        })
      }
      expect((await server.rest('GET', pipeline.webhookPath)).status).toBe(404)
      expect((await server.rest('DELETE', pipeline.webhookPath)).status).toBe(404)
      expect(await succeeds(server, 'GET', pathOf(pipeline.team))).toEqual({ items: [] })
      await idOf(pipeline.team, { name })
    })

    test('one that nothing uses is deleted at once', async () => {
      const team = await givenTeam(server)
      expect(await succeeds(server, 'DELETE', pathOf(team, await idOf(team)))).toEqual({ cancelled: [] })
    })
  })

  describe('test calls', () => {
    test('a webhook that is not saved is tried out, and everything is shown but the secrets', async () => {
      await using receiver = await startReceiver({
        status: 200,
        headers: { 'x-echo': 'seen token-abcdefgh' },
        body: '{"token":"token-abcdefgh"}',
      })
      const team = await givenTeam(server)
      await givenSecrets(server, team, { TOKEN: 'token-abcdefgh', SIGNING: 'correct horse battery staple' })
      const answer = await server.rest('POST', `${pathOf(team)}/test`, {
        webhook: {
          url: receiver.url,
          accessTokenSecret: 'TOKEN',
          signingSecret: 'SIGNING',
          headers: { 'x-key': 'key ${TOKEN}' },
        },
        payload: { text: '${artifact_version_string} is ${alias}', token: '${TOKEN}' },
      })
      expect([answer.status, answer.body]).toEqual([
        200,
        {
          ok: true,
          verdict: 'succeeded',
          reason: 'accepted',
          explanation: 'The receiver answered 200.',
          remoteId: null,
          remoteUrl: null,
          request: {
            url: receiver.url.replace('/hook', '/…'),
            headers: expect.objectContaining({ authorization: 'Bearer ***', 'x-key': 'key ***' }),
            secretVersions: { TOKEN: 1, SIGNING: 1 },
            body: `{"text":"${team}/example-project/example-model:production is production","token":"***"}`,
          },
          response: {
            status: 200,
            headers: expect.objectContaining({ 'x-echo': 'seen ***' }),
            body: '{"token":"***"}',
            bodyCut: false,
          },
          timing: {
            isReused: false,
            dnsMs: 0,
            connectMs: expect.any(Number),
            tlsMs: null,
            firstByteMs: expect.any(Number),
            totalMs: expect.any(Number),
          },
          script: expect.stringMatching(/^#!\/bin\/sh\n/),
        },
      ])
      expect(answer.text).not.toContain('token-abcdefgh')
      expect(answer.text).not.toContain('correct horse')
      const [request] = receiver.received
      expect(request!.headers).toMatchObject({ authorization: 'Bearer token-abcdefgh', 'x-key': 'key token-abcdefgh' })
      expect(JSON.parse(request!.body)).toEqual({
        text: `${team}/example-project/example-model:production is production`,
        token: 'token-abcdefgh',
      })
      expect(await succeeds(server, 'GET', pathOf(team))).toEqual({ items: [] })
      expect(await succeeds(server, 'GET', `/entities/${team}/deliveries`)).toEqual({ items: [] })
    })

    test('a saved webhook is tried out as it is, paused or not, and nothing is kept', async () => {
      await using receiver = await startReceiver()
      const team = await givenTeam(server)
      await givenSecrets(server, team, { TOKEN: 'token-abcdefgh' })
      const id = await idOf(team, { url: receiver.url, accessTokenSecret: 'TOKEN', paused: true })
      for (const body of [
        undefined,
        {},
        { payload: '{"a": "${event_type}"}' },
        { payload: { b: '${ACCESS_TOKEN}' } },
      ]) {
        const answer = await succeeds(server, 'POST', `${pathOf(team, id)}/test`, body)
        expect(answer).toMatchObject({ ok: true, response: { status: 204, body: '' } })
      }
      expect(receiver.received.slice(2).map(({ body }) => body)).toEqual([
        '{"a":"ADD_ARTIFACT_ALIAS"}',
        '{"b":"token-abcdefgh"}',
      ])
      expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({ type: 'ADD_ARTIFACT_ALIAS' })
      expect(await succeeds(server, 'GET', `/entities/${team}/deliveries`)).toEqual({ items: [] })
    })

    test.each<[string, Json, Json]>([
      ['refuses', { status: 422, body: 'no such branch' }, { verdict: 'failed', reason: 'rejected' }],
      ['is not there', 404, { verdict: 'would be tried again', reason: 'not_found' }],
      ['breaks', 500, { verdict: 'would be tried again', reason: 'receiver_error' }],
      ['hangs up', 'reset', { verdict: 'would be tried again', reason: 'connection_reset', response: null }],
      [
        'is elsewhere',
        { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
        { verdict: 'failed', reason: 'redirected', response: { headers: { location: 'http://127.0.0.1:9/' } } },
      ],
      ['is gone', 410, { verdict: 'failed', reason: 'gone' }],
    ])('of a receiver that %s it is said what that would mean', async (_what, given, expected) => {
      await using receiver = await startReceiver(given)
      const team = await givenTeam(server)
      const id = await idOf(team, { url: receiver.url })
      const answer = await succeeds(server, 'POST', `${pathOf(team, id)}/test`)
      expect(answer).toMatchObject({ ok: false, explanation: expect.stringMatching(/\. .+\.$/), ...expected })
      expect(receiver.received).toHaveLength(1)
      expect(await succeeds(server, 'GET', pathOf(team, id))).toMatchObject({ paused: null })
    })

    test('nobody listens there', async () => {
      const team = await givenTeam(server)
      const answer = await succeeds(server, 'POST', `${pathOf(team)}/test`, { webhook: { url: NOWHERE } })
      expect(answer).toMatchObject({
        ok: false,
        reason: 'connection_refused',
        explanation: expect.stringContaining('Check that the receiver is running'),
        response: null,
      })
    })

    test.each<[string, Json, string]>([
      ['a payload that is no JSON', '{"a": ', 'Line 1'],
      ['a payload that is a list', ['${alias}'], 'must be a JSON object'],
      ['a payload with an unknown variable', { a: '${artifact_verison}' }, 'artifact_version'],
      ['a payload with a secret that is not its', { a: '${OTHER}' }, 'OTHER'],
    ])('%s is refused', async (_what, payload, message) => {
      const team = await givenTeam(server)
      await givenSecrets(server, team, { OTHER: 'not for this webhook' })
      const { status, body } = await server.rest('POST', `${pathOf(team)}/test`, { webhook: { url: NOWHERE }, payload })
      expect([status, body.code, body.errors?.[0].path]).toEqual([
        400,
        'template_invalid',
        expect.stringMatching(/^\/payload/),
      ])
      expect(body.detail.toLowerCase()).toContain(message.toLowerCase())
    })

    test('a long answer is read to its limit, and it is said that it was cut', async () => {
      await using receiver = await startReceiver({ status: 200, body: 'x'.repeat(200_000) })
      const team = await givenTeam(server)
      const { response } = await succeeds(server, 'POST', `${pathOf(team)}/test`, { webhook: { url: receiver.url } })
      expect(response).toMatchObject({ body: 'x'.repeat(16_384), bodyCut: true })
    })
  })

  describe('what a request carries', () => {
    const SIGNING = 'correct horse battery staple'
    const WHSEC = `whsec_${Buffer.from('another horse, another battery').toString('base64')}`

    async function received(webhook: Json, secret = SIGNING): Promise<ReceivedRequest> {
      await using receiver = await startReceiver()
      const pipeline = await givenPipeline(server, receiver.url, { secrets: { SIGNING: secret }, webhook })
      await inState(server, await fire(server, pipeline), 'succeeded')
      return receiver.received[0]!
    }

    function verifies(secret: string, { body, headers }: ReceivedRequest): void {
      const verifier = new Webhook(secret.startsWith('whsec_') ? secret : Buffer.from(secret).toString('base64'))
      expect(verifier.verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body))
      expect(() => verifier.verify(`${body} `, headers as Record<string, string>)).toThrow()
    }

    const hmacOf = (secret: string, { body }: ReceivedRequest) => createHmac('sha256', secret).update(body)

    test('Standard Webhooks and W&B signatures, unless told otherwise', async () => {
      const request = await received({ signingSecret: 'SIGNING' })
      verifies(SIGNING, request)
      expect(request.headers['x-wandb-signature']).toBe(hmacOf(SIGNING, request).digest('base64'))
      expect(request.headers).not.toHaveProperty('x-hub-signature-256')
      expect(request).toMatchObject({
        method: 'POST',
        path: '/hook',
        headers: {
          'content-type': 'application/json',
          'user-agent': expect.stringMatching(/^Tripline\//),
          'content-length': String(Buffer.byteLength(request.body)),
          'webhook-id': expect.stringMatching(/^msg_[\w-]{22}$/),
        },
      })
      expect(request.headers).not.toHaveProperty('authorization')
    })

    test('all three, in hex, with a secret in the Standard Webhooks form', async () => {
      const signature = { wandb: 'hex', github: true }
      const request = await received({ signingSecret: 'SIGNING', signature }, WHSEC)
      verifies(WHSEC, request)
      expect(request.headers['x-wandb-signature']).toBe(hmacOf(WHSEC, request).digest('hex'))
      const github = String(request.headers['x-hub-signature-256'])
      expect(await verifyForGithub(WHSEC, request.body, github)).toBe(true)
      expect(await verifyForGithub(WHSEC, `${request.body} `, github)).toBe(false)
    })

    test('only what is asked for', async () => {
      const github = await received({
        signingSecret: 'SIGNING',
        signature: { standard: false, wandb: 'off', github: true },
      })
      expect(await verifyForGithub(SIGNING, github.body, String(github.headers['x-hub-signature-256']))).toBe(true)
      const none = await received({
        signingSecret: 'SIGNING',
        signature: { standard: false, wandb: 'off', github: false },
      })
      const signed = (request: ReceivedRequest) =>
        Object.keys(request.headers).filter((name) => /^webhook-|signature/.test(name))
      expect([signed(github), signed(none)]).toEqual([['x-hub-signature-256'], []])
      const unsigned = await received({ signature: { github: true } })
      expect(signed(unsigned).sort()).toEqual(['webhook-id', 'webhook-timestamp'])
    })

    test('secrets in headers, the URL and the payload, the access token, and headers of its own', async () => {
      await using receiver = await startReceiver()
      const secrets = { TOKEN: 'päss-w0rd-"1"', PATH: 'T0001/B0002?sig=a%2Fb&c=+', KEY: 'key / 100% "sure"' }
      const pipeline = await givenPipeline(server, `${receiver.url}/\${PATH}`, {
        secrets,
        webhook: {
          accessTokenSecret: 'TOKEN',
          secrets: ['KEY'],
          headers: {
            'X-Key': '${KEY}/${TOKEN}/$KEY/${NOT A NAME}',
            'Content-Type': 'application/cloudevents+json',
            accept: '*/*',
          },
        },
        payload: { key: '${KEY}', token: 'Bearer ${ACCESS_TOKEN}' },
      })
      await inState(server, await fire(server, pipeline), 'succeeded')
      const [request] = receiver.received
      expect(request!.path).toBe('/hook/T0001/B0002?sig=a%2Fb&c=+')
      const headers = Object.fromEntries(
        Object.entries(request!.headers).map(([name, value]) => [
          name,
          Buffer.from(String(value), 'latin1').toString(),
        ]),
      )
      expect(headers).toMatchObject({
        authorization: `Bearer ${secrets.TOKEN}`,
        'x-key': `${secrets.KEY}/${secrets.TOKEN}/$KEY/\${NOT A NAME}`,
        'content-type': 'application/cloudevents+json',
        accept: '*/*',
      })
      expect(JSON.parse(request!.body)).toEqual({ key: secrets.KEY, token: `Bearer ${secrets.TOKEN}` })
    })

    test('the host can be a secret too, which is checked at each attempt and never shown', async () => {
      await using receiver = await startReceiver()
      const { host } = new URL(receiver.url)
      const pipeline = await givenPipeline(server, 'http://${HOST}/hook', { secrets: { HOST: host } })
      await inState(server, await fire(server, pipeline), 'succeeded')
      expect(receiver.received).toHaveLength(1)

      await givenSecrets(server, pipeline.team, { HOST: '192.168.200.201:8080' })
      const failed = await inState(server, await fire(server, pipeline), 'failed')
      expect(failed).toMatchObject({ reason: 'address_blocked', attempts: 0 })
      expect(failed.history[0].explanation).toContain('is a private address')
      expect(JSON.stringify(failed)).not.toContain('192.168.200.201')
    })
  })

  describe('one receiver and the others', () => {
    /** As many deliveries at once. */
    async function fireMany(pipeline: Awaited<ReturnType<typeof givenPipeline>>, count: number): Promise<void> {
      const caller = await callerWith(server, server.adminKey)
      const drafts = Array.from({ length: count }, (_, index) =>
        draft('ADD_ARTIFACT_ALIAS', [pipeline.place], { alias: `alias-${index}` }),
      )
      expect(await record(server, caller, ...drafts)).toBe(count)
      server.world.wakeWorkers()
    }

    test('no more requests are open at once than the webhook allows', async () => {
      await using receiver = await startReceiver({ status: 204, delayMs: 20 })
      const pipeline = await givenPipeline(server, receiver.url, { webhook: { concurrencyMax: 3 } })
      await fireMany(pipeline, 24)
      await receiver.waitFor(24)
      expect(receiver.openMax()).toBe(3)
    })

    test('a receiver that hangs, with all the room there is, delays nobody else', async () => {
      await using hanging = await startReceiver('hang')
      await using receiver = await startReceiver()
      const stuck = await givenPipeline(server, hanging.url, { webhook: { concurrencyMax: 256 } })
      const other = await givenPipeline(server, receiver.url)
      await fireMany(stuck, 300)
      await hanging.waitFor(256)
      const beganAt = performance.now()
      await fireMany(other, 20)
      await receiver.waitFor(20)
      // The hanging requests are given up after 30 s only.
      expect(performance.now() - beganAt).toBeLessThan(10_000)
      expect(hanging.openMax()).toBe(256)
      await succeeds(server, 'DELETE', `${stuck.webhookPath}?force=true`)
    })
  })

  test('what the policy came to refuse after it was saved is refused at each attempt, and can still be paused', async () => {
    await using receiver = await startReceiver()
    await using before = await startTestServer(engine)
    const pipeline = await givenPipeline(before, receiver.url)
    await before.stop()
    const { stop, url, world } = await startServer(readConfig({ ...before.env, TRIPLINE_WEBHOOK_ALLOW: '10.0.0.0/8' }))
    const port = new URL(url).port
    const after: TestServer = {
      ...before,
      world,
      async rest(method, path, body) {
        const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
          method,
          headers: { authorization: `Bearer ${before.adminKey}`, 'content-type': 'application/json' },
          body: body === undefined && method === 'GET' ? null : JSON.stringify(body ?? {}),
        })
        const text = await response.text()
        return { status: response.status, text, body: JSON.parse(text), headers: response.headers }
      },
    }
    try {
      const explanation = expect.stringMatching(
        /^127\.0\.0\.1 is a loopback address\. The operator of this server can allow it by adding .*TRIPLINE_WEBHOOK_ALLOW/,
      )
      expect(await succeeds(after, 'POST', `${pipeline.webhookPath}/test`)).toMatchObject({
        ok: false,
        verdict: 'failed',
        reason: 'address_blocked',
        explanation,
        response: null,
      })
      const failed = await inState(after, await fire(after, pipeline), 'failed')
      expect(failed).toMatchObject({
        reason: 'address_blocked',
        attempts: 0,
        history: [{ outcome: 'blocked', status: null, explanation, response: null }],
      })
      expect(receiver.received).toEqual([])
      await succeeds(after, 'PATCH', pipeline.webhookPath, { paused: true, url: receiver.url })
      const moved = await after.rest('PATCH', pipeline.webhookPath, { url: `${receiver.url}/other` })
      expect([moved.status, moved.body.code]).toEqual([422, 'webhook_url_blocked'])
    } finally {
      await stop()
    }
  })

  describe('where webhooks may go', () => {
    let strict: TestServer
    let team: string
    beforeAll(async () => {
      strict = await startTestServer(engine, { env: { TRIPLINE_WEBHOOK_ALLOW: '' } })
      team = await givenTeam(strict)
    })
    afterAll(async () => strict[Symbol.asyncDispose]())

    test.each([
      ['loopback', 'https://127.0.0.1/'],
      ['loopback', 'https://127.1/'],
      ['loopback', 'https://2130706433/'],
      ['loopback', 'https://0x7f.0.0.1/'],
      ['loopback', 'https://0x7f000001/'],
      ['loopback', 'https://0177.0.0.1/'],
      ['loopback', 'https://127.0.0.1./'],
      ['loopback', 'https://１２７.０.０.１/'],
      ['loopback', 'https://%31%32%37.0.0.1/'],
      ['loopback', 'https://127.0.0.1:8443/with/path?and=query'],
      ['loopback', 'https://[::1]/'],
      ['loopback', 'https://[0:0:0:0:0:0:0:1]/'],
      ['loopback', 'https://[::ffff:127.0.0.1]/'],
      ['loopback', 'https://[::ffff:7f00:1]/'],
      ['loopback', 'https://[64:ff9b::7f00:1]/'],
      ['loopback', 'https://[::7f00:1]/'],
      ['loopback', 'https://localhost/'],
      ['loopback', 'https://LOCALHOST./'],
      ['loopback', 'https://anything.localhost/'],
      ['unspecified', 'https://0.0.0.0/'],
      ['unspecified', 'https://0/'],
      ['unspecified', 'https://[::]/'],
      ['private', 'https://10.0.0.1/'],
      ['private', 'https://172.16.5.4/'],
      ['private', 'https://192.168.1.1/'],
      ['private', 'https://[::ffff:10.0.0.1]/'],
      ['unique-local', 'https://[fc00::1]/'],
      ['unique-local', 'https://[fd12:3456::1]/'],
      ['carrier-grade-nat', 'https://100.64.0.1/'],
      ['multicast', 'https://224.0.0.1/'],
      ['multicast', 'https://[ff02::1]/'],
      ['broadcast', 'https://255.255.255.255/'],
      ['reserved', 'https://192.0.2.1/'],
      ['translated', 'https://[2002:7f00:1::]/'],
      ['translated', 'https://[2001:0:7f00:1::]/'],
      ['metadata', 'https://169.254.169.254/latest/meta-data/'],
      ['metadata', 'https://2852039166/'],
      ['metadata', 'https://0xa9fea9fe/'],
      ['metadata', 'https://[::ffff:169.254.169.254]/'],
      ['metadata', 'https://[64:ff9b::a9fe:a9fe]/'],
      ['metadata', 'https://[fd00:ec2::254]/'],
      ['metadata', 'https://100.100.100.200/'],
      ['link-local', 'https://169.254.1.1/'],
      ['link-local', 'https://[fe80::1]/'],
      ['https-required', 'http://93.184.215.14/'],
      ['https-required', 'http://example.com/'],
    ])('by the rule %s: %s', async (rule, url) => {
      const webhook = { name: 'blocked', url }
      const saved = await strict.rest('POST', pathOf(team), webhook)
      const tested = await strict.rest('POST', `${pathOf(team)}/test`, { webhook })
      for (const { status, body } of [saved, tested]) {
        expect([status, body.code, body.rule]).toEqual([422, 'webhook_url_blocked', rule])
        expect(body.detail).toContain(
          rule === 'metadata' || rule === 'link-local'
            ? 'Webhooks never reach it, whatever TRIPLINE_WEBHOOK_ALLOW says'
            : 'TRIPLINE_WEBHOOK_ALLOW',
        )
      }
      expect(await succeeds(strict, 'GET', pathOf(team))).toEqual({ items: [] })
    })

    test('a change is checked like a new one', async () => {
      const { id } = await succeeds(strict, 'POST', pathOf(team), { name: 'public', url: 'https://93.184.215.14/in' })
      const { status, body } = await strict.rest('PATCH', pathOf(team, id), { url: 'https://[::ffff:10.0.0.1]/' })
      expect([status, body.code, body.rule]).toEqual([422, 'webhook_url_blocked', 'private'])
      expect((await succeeds(strict, 'GET', pathOf(team, id))).url).toBe('https://93.184.215.14/in')
      await succeeds(strict, 'DELETE', pathOf(team, id))
    })
  })
})
