import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { givenMember, givenTeam, givenUser } from './support/given-automations.ts'
import { fire, givenPipeline, givenSecrets, inState, makeDue, succeeds } from './support/given-deliveries.ts'
import { type Json, NOWHERE, pathOf, webhooksOf } from './support/given-webhooks.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const { create, idOf } = webhooksOf(() => server)

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
})
