/** What REST tells of deliveries: each attempt as it was, lists, and replays. */
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { givenMember, givenTeam, givenUser, givenWebhook, unique } from './support/given-automations.ts'
import {
  fire,
  givenPipeline,
  givenSecrets,
  inState,
  makeDue,
  type Pipeline,
  succeeds,
} from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

const NOWHERE = 'http://127.0.0.1:9/'
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const read = (delivery: string) => succeeds(server, 'GET', `/deliveries/${delivery}`)
  const replay = (delivery: string, mode?: string, key = server.adminKey) =>
    server.rest('POST', `/deliveries/${delivery}/replay`, mode === undefined ? undefined : { mode }, { key })

  describe('the history of a delivery', () => {
    test('has every attempt with request, response, timing, verdict and what to do', async () => {
      await using receiver = await startReceiver(
        {
          status: 503,
          headers: { 'x-why': Buffer.from('no token-abcdefgh, désolé').toString('latin1') },
          body: 'busy, says token-abcdefgh',
        },
        'reset',
        { status: 200, headers: { 'content-type': 'application/json' }, body: '{"ok":true}' },
      )
      const pipeline = await givenPipeline(server, `${receiver.url}/T0001/B0002/qrstuvwxYZ`, {
        secrets: { TOKEN: 'token-abcdefgh' },
        webhook: { accessTokenSecret: 'TOKEN', signingSecret: 'TOKEN', headers: { 'x-key': 'a key: ${TOKEN}' } },
        payload: { alias: '${alias}', token: '${TOKEN}', nothing: '${artifact_metadata.not.there}' },
      })
      const delivery = await fire(server, pipeline, 'staging')
      for (const attempt of [1, 2]) {
        await inState(server, delivery, 'pending', attempt)
        await makeDue(server, delivery)
      }
      const answer = await inState(server, delivery, 'succeeded', 3)
      const { name: webhookName } = await succeeds(server, 'GET', pipeline.webhookPath)
      const { name: automationName } = await succeeds(server, 'GET', `/automations/${pipeline.automation}`)
      const executions = await succeeds(server, 'GET', `/automations/${pipeline.automation}/executions`)

      const messageId = receiver.received[0]!.headers['webhook-id']
      const request = (index: number) => ({
        url: receiver.url.replace('/hook', '/…wxYZ'),
        headers: {
          accept: 'application/json, */*',
          authorization: 'Bearer ***',
          'content-type': 'application/json',
          'webhook-id': messageId,
          'webhook-signature': receiver.received[index]!.headers['webhook-signature'],
          'webhook-timestamp': receiver.received[index]!.headers['webhook-timestamp'],
          'x-key': 'a key: ***',
          'x-wandb-signature': receiver.received[index]!.headers['x-wandb-signature'],
        },
        secretVersions: { TOKEN: 1 },
      })
      const timing = { isReused: expect.any(Boolean), totalMs: expect.any(Number) }
      expect(answer).toEqual({
        id: delivery,
        state: 'succeeded',
        held: false,
        reason: null,
        messageId,
        attempts: 3,
        lastStatus: 200,
        nextAttemptAt: null,
        webhook: { id: pipeline.webhook, name: webhookName },
        automation: { id: pipeline.automation, name: automationName },
        execution: executions.items[0].id,
        event: { id: executions.items[0].event.id, type: 'ADD_ARTIFACT_ALIAS', causedBy: null, depth: 0 },
        replayOf: null,
        waitsFor: null,
        supersededBy: null,
        replayMode: null,
        createdAt: TIME,
        settledAt: TIME,
        bodiesPurgedAt: null,
        body: '{"alias":"staging","token":"${TOKEN}","nothing":""}',
        warnings: [{ path: '/nothing', message: expect.stringContaining('is not in the metadata of this version') }],
        history: [
          {
            claim: 1,
            startedAt: TIME,
            finishedAt: TIME,
            outcome: 'answered',
            status: 503,
            verdict: 'pending',
            reason: 'receiver_error',
            explanation:
              'The receiver answered 503. Look into the log of the receiver; a body it cannot handle can be the cause.',
            remoteId: null,
            remoteUrl: null,
            request: request(0),
            response: {
              status: 503,
              headers: expect.objectContaining({ 'x-why': 'no ***, désolé' }),
              body: 'busy, says ***',
              bodyCut: false,
            },
            timing: expect.objectContaining(timing),
          },
          {
            claim: 2,
            startedAt: TIME,
            finishedAt: TIME,
            outcome: 'unreachable',
            status: null,
            verdict: 'pending',
            reason: 'connection_reset',
            explanation: expect.stringMatching(/^The connection was reset before the answer was complete \(\w+\)\. If/),
            remoteId: null,
            remoteUrl: null,
            request: request(1),
            response: null,
            timing: expect.objectContaining(timing),
          },
          {
            claim: 3,
            startedAt: TIME,
            finishedAt: TIME,
            outcome: 'answered',
            status: 200,
            verdict: 'succeeded',
            reason: 'accepted',
            explanation: 'The receiver answered 200.',
            remoteId: null,
            remoteUrl: null,
            request: request(2),
            response: {
              status: 200,
              headers: expect.objectContaining({ 'content-type': 'application/json' }),
              body: '{"ok":true}',
              bodyCut: false,
            },
            timing: expect.objectContaining({ ...timing, firstByteMs: expect.any(Number) }),
          },
        ],
      })
      for (const { startedAt, finishedAt } of answer.history) {
        expect(Date.parse(finishedAt)).toBeGreaterThanOrEqual(Date.parse(startedAt))
      }
    })

    test('shows headers from the settings of the webhook to its admins only', async () => {
      await using receiver = await startReceiver()
      const pipeline = await givenPipeline(server, receiver.url, {
        webhook: { headers: { 'x-key': 'written right in' } },
      })
      const delivery = await fire(server, pipeline)
      await inState(server, delivery, 'succeeded')
      const shownTo = async (key: string) => {
        const { history } = await succeeds(server, 'GET', `/deliveries/${delivery}`, undefined, key)
        return [history[0].request.headers['x-key'], history[0].request.headers['content-type']]
      }
      const [member, viewer] = [
        await givenMember(server, pipeline.team, 'member'),
        await givenMember(server, pipeline.team, 'viewer'),
      ]
      expect(await shownTo(server.adminKey)).toEqual(['written right in', 'application/json'])
      expect(await shownTo(member.key)).toEqual(['***', 'application/json'])
      expect(await shownTo(viewer.key)).toEqual(['***', 'application/json'])
    })

    test('keeps 16 KiB of an answer, whole characters, and no NUL', async () => {
      await using receiver = await startReceiver({ status: 400, body: `\0${'é'.repeat(100_000)}` })
      const delivery = await fire(server, await givenPipeline(server, receiver.url))
      const { history } = await inState(server, delivery, 'failed')
      expect(history[0].response).toMatchObject({ body: `␀${'é'.repeat(16_383)}`, bodyCut: true })
    })
  })

  describe('lists', () => {
    test('an entity has its deliveries in pages, newest first, by state, automation and webhook', async () => {
      await using receiver = await startReceiver()
      const team = await givenTeam(server)
      const sent = await givenPipeline(server, receiver.url, { team })
      const held = await givenPipeline(server, NOWHERE, { team, webhook: { paused: true } })
      const ids: string[] = []
      for (const pipeline of [sent, held, sent, held, held]) ids.push(await fire(server, pipeline))
      await inState(server, ids[0]!, 'succeeded')
      await inState(server, ids[2]!, 'succeeded')
      const other = await fire(server, await givenPipeline(server, receiver.url))

      const list = async (query: string) => {
        const found: string[] = []
        for (let cursor = ''; ; ) {
          const page = await succeeds(server, 'GET', `/entities/${team}/deliveries?limit=2${query}${cursor}`)
          expect(page.items.length).toBeLessThanOrEqual(2)
          found.push(...page.items.map((item: Json) => item.id))
          if (page.cursor === undefined) return found
          cursor = `&cursor=${page.cursor}`
        }
      }
      const newestFirst = [...ids].reverse()
      expect(await list('')).toEqual(newestFirst)
      expect(await list('&state=succeeded')).toEqual([ids[2], ids[0]])
      expect(await list('&state=pending')).toEqual([ids[4], ids[3], ids[1]])
      expect(await list('&state=failed')).toEqual([])
      expect(await list(`&webhook=${held.webhook}`)).toEqual([ids[4], ids[3], ids[1]])
      expect(await list(`&automation=${sent.automation}`)).toEqual([ids[2], ids[0]])
      expect(await list(`&automation=${sent.automation}&state=pending`)).toEqual([])
      expect(await list(`&webhook=${unique('wh_none')}`)).toEqual([])
      expect(await list('')).not.toContain(other)

      const { items } = await succeeds(server, 'GET', `/entities/${team}/deliveries?limit=1`)
      const { body, warnings, history, ...listed } = await read(ids[4]!)
      expect(items).toEqual([listed])
      expect([body, warnings, history]).toEqual([null, [], []])
    })

    test.each([
      ['limit=0', 'invalid_request'],
      ['limit=1001', 'invalid_request'],
      ['state=lost', 'invalid_request'],
      ['order=oldest', 'invalid_request'],
      ['cursor=nonsense', 'cursor_invalid'],
      [`cursor=${Buffer.from('["x"]').toString('base64url')}`, 'cursor_invalid'],
      ['webhook=%00', 'invalid_request'],
    ])('?%s is refused', async (query, code) => {
      const team = await givenTeam(server)
      const answer = await server.rest('GET', `/entities/${team}/deliveries?${query}`)
      expect([answer.status, answer.body.code]).toEqual([400, code])
    })
  })

  describe('replaying', () => {
    const payload = (made: string) => ({ made, alias: '${alias}', id: '${message_id}', key: '${KEY}' })

    async function given(url: string): Promise<Pipeline> {
      return givenPipeline(server, url, {
        secrets: { KEY: 'first-key-value' },
        webhook: { secrets: ['KEY'], signingSecret: 'KEY' },
        payload: payload('first'),
      })
    }

    async function edited(pipeline: Pipeline): Promise<void> {
      await givenSecrets(server, pipeline.team, { KEY: 'second-key-value' })
      await succeeds(server, 'PATCH', `/automations/${pipeline.automation}`, {
        action: { type: 'webhook', webhook: pipeline.webhook, payload: payload('second') },
      })
    }

    test('as then sends the same bytes under the same message id, with the secrets of today', async () => {
      await using receiver = await startReceiver(400, 204)
      const pipeline = await given(receiver.url)
      const delivery = await fire(server, pipeline)
      const before = await inState(server, delivery, 'failed')
      await edited(pipeline)

      const answer = await replay(delivery)
      expect(answer.status).toBe(201)
      expect(answer.body).toMatchObject({
        state: 'pending',
        replayOf: delivery,
        replayMode: 'as_then',
        messageId: before.messageId,
        execution: before.execution,
        event: before.event,
        attempts: 0,
      })
      expect(answer.body.id).not.toBe(delivery)
      const after = await inState(server, answer.body.id, 'succeeded')
      expect(after.body).toBe(before.body)
      expect(await read(delivery)).toEqual(before)

      const [first, second] = receiver.received
      expect(second!.body).toBe(first!.body.replace('first-key-value', 'second-key-value'))
      expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id'])
      const verifier = new Webhook(Buffer.from('second-key-value').toString('base64'))
      expect(verifier.verify(second!.body, second!.headers as Record<string, string>)).toMatchObject({ made: 'first' })
    })

    test('as now renders anew, by the automation of today, under a new message id', async () => {
      await using receiver = await startReceiver(204)
      await using moved = await startReceiver()
      const pipeline = await given(receiver.url)
      const delivery = await fire(server, pipeline, 'production')
      const before = await inState(server, delivery, 'succeeded')
      await edited(pipeline)
      const another = await succeeds(server, 'POST', `/entities/${pipeline.team}/webhooks`, {
        name: 'another',
        url: moved.url,
        secrets: ['KEY'],
      })
      await succeeds(server, 'PATCH', `/automations/${pipeline.automation}`, {
        action: { type: 'webhook', webhook: another.id, payload: payload('third') },
      })

      const answer = await replay(delivery, 'as_now')
      expect([answer.status, answer.body]).toMatchObject([
        201,
        { replayOf: delivery, replayMode: 'as_now', webhook: { id: another.id }, execution: before.execution },
      ])
      expect(answer.body.messageId).not.toBe(before.messageId)
      await inState(server, answer.body.id, 'succeeded')
      expect(JSON.parse(moved.received[0]!.body)).toEqual({
        made: 'third',
        alias: 'production',
        id: answer.body.messageId,
        key: 'second-key-value',
      })
      expect(moved.received[0]!.headers['webhook-id']).toBe(answer.body.messageId)
      expect(receiver.received).toHaveLength(1)
      expect(await read(delivery)).toEqual(before)
    })

    test('a replay can be replayed, and the executions show both', async () => {
      await using receiver = await startReceiver()
      const pipeline = await given(receiver.url)
      const first = await fire(server, pipeline)
      await inState(server, first, 'succeeded')
      const second = (await replay(first)).body
      await inState(server, second.id, 'succeeded')
      const third = (await replay(second.id, 'as_then')).body
      await inState(server, third.id, 'succeeded')
      expect(third).toMatchObject({ replayOf: second.id, messageId: second.messageId })
      expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1)
      const { items } = await succeeds(server, 'GET', `/automations/${pipeline.automation}/executions`)
      expect(items).toHaveLength(1)
      expect(items[0].deliveries.map((item: Json) => [item.id, item.replayOf])).toEqual([
        [first, null],
        [second.id, first],
        [third.id, second.id],
      ])
    })

    test('asked for twice with one Idempotency-Key, it is sent once', async () => {
      await using receiver = await startReceiver()
      const pipeline = await given(receiver.url)
      const delivery = await fire(server, pipeline)
      await inState(server, delivery, 'succeeded')
      const again = () =>
        server.rest('POST', `/deliveries/${delivery}/replay`, {}, { headers: { 'idempotency-key': delivery } })
      const [one, two] = [await again(), await again()]
      expect(two.body).toEqual(one.body)
      await inState(server, one.body.id, 'succeeded')
      expect((await succeeds(server, 'GET', `/entities/${pipeline.team}/deliveries`)).items).toHaveLength(2)
    })

    const refusal = async (delivery: string, mode: string, key?: string) => {
      const { status, body } = await replay(delivery, mode, key)
      return [status, body.code, body.detail]
    }

    test('what is still in progress is not replayed', async () => {
      await using receiver = await startReceiver('hang')
      const waiting = await fire(server, await givenPipeline(server, NOWHERE, { webhook: { paused: true } }))
      const sending = await fire(server, await givenPipeline(server, receiver.url))
      await receiver.waitFor(1)
      for (const delivery of [waiting, sending]) {
        for (const mode of ['as_then', 'as_now']) {
          const detail = `Delivery "${delivery}" is still in progress: wait until it has ended`
          expect(await refusal(delivery, mode)).toEqual([409, 'delivery_not_settled', detail])
        }
      }
    })

    test('without its webhook, its automation or its bytes, it is said what can be done instead', async () => {
      await using receiver = await startReceiver()
      const pipeline = await given(receiver.url)
      const { team } = pipeline
      const delivery = await fire(server, pipeline)
      await inState(server, delivery, 'succeeded')
      const refused = (message: string) => [409, 'delivery_not_replayable', expect.stringContaining(message)]
      const automationPath = `/automations/${pipeline.automation}`

      await succeeds(server, 'PATCH', automationPath, { action: { type: 'nothing' } })
      expect(await refusal(delivery, 'as_now')).toEqual(
        refused('sends to no webhook now: change that, or replay it "as_then"'),
      )
      const other = await givenWebhook(server, team)
      await succeeds(server, 'PATCH', automationPath, { action: { type: 'webhook', webhook: other } })
      await succeeds(server, 'DELETE', pipeline.webhookPath)
      expect(await refusal(delivery, 'as_then')).toEqual(refused('its webhook is deleted: give its automation another'))
      const second = (await replay(delivery, 'as_now')).body
      expect(second).toMatchObject({ webhook: { id: other }, replayOf: delivery })
      await inState(server, second.id, 'pending', 1)
      await succeeds(server, 'DELETE', `/entities/${team}/webhooks/${other}?force=true`)
      expect(await refusal(delivery, 'as_now')).toEqual(refused('sends to no webhook now'))
      await succeeds(server, 'DELETE', automationPath)
      expect(await refusal(delivery, 'as_now')).toEqual(refused('its automation is deleted: replay it "as_then"'))

      const unrendered = await givenPipeline(server, receiver.url, { payload: { a: '${artifact_metadata.no:?}' } })
      const failed = await fire(server, unrendered)
      await inState(server, failed, 'failed')
      expect(await refusal(failed, 'as_then')).toEqual(refused('was never rendered'))
      await succeeds(server, 'PATCH', `/automations/${unrendered.automation}`, {
        action: { type: 'webhook', webhook: unrendered.webhook, payload: { a: '${artifact_metadata.no:-none}' } },
      })
      await inState(server, (await replay(failed, 'as_now')).body.id, 'succeeded')
      expect(receiver.received.at(-1)!.body).toBe('{"a":"none"}')
      expect(receiver.received).toHaveLength(2)
    })

    test.each([
      ['another mode', { mode: 'as_if' }],
      ['an unknown field', { mode: 'as_now', payload: {} }],
      ['no object', '[]'],
    ])('%s is refused', async (_what, body) => {
      const answer = await server.rest('POST', '/deliveries/dl_any/replay', body)
      expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request'])
    })
  })

  test('viewers read, members replay, and strangers learn nothing', async () => {
    await using receiver = await startReceiver()
    const pipeline = await givenPipeline(server, receiver.url)
    const delivery = await fire(server, pipeline)
    await inState(server, delivery, 'succeeded')
    const [viewer, member, stranger] = [
      await givenMember(server, pipeline.team, 'viewer'),
      await givenMember(server, pipeline.team, 'member'),
      await givenUser(server),
    ]
    const missing = 'dl_0123456789abcdefghijkl'
    const calls = async (key: string | null, id = delivery, entity = pipeline.team) => {
      const answers = [
        await server.rest('GET', `/deliveries/${id}`, undefined, { key }),
        await server.rest('GET', `/entities/${entity}/deliveries`, undefined, { key }),
        await server.rest('POST', `/deliveries/${id}/replay`, {}, { key }),
      ]
      return answers.map(({ status, text }) => [
        status,
        text
          .replaceAll(id, 'ID')
          .replaceAll(entity, 'ENTITY')
          .replace(/"requestId":"[^"]*"/, ''),
      ])
    }
    const statuses = async (key: string | null) => (await calls(key)).map(([status]) => status)
    expect(await statuses(viewer.key)).toEqual([200, 200, 403])
    expect(await statuses(member.key)).toEqual([200, 200, 201])
    expect(await statuses(null)).toEqual([401, 401, 401])
    const unseen = await calls(stranger.key)
    expect(unseen.map(([status]) => status)).toEqual([404, 404, 404])
    expect(unseen).toEqual(await calls(stranger.key, missing, unique('nobody')))
    expect(unseen).toEqual(await calls(server.adminKey, missing, unique('nobody')))
    expect((await succeeds(server, 'GET', `/entities/${pipeline.team}/deliveries`)).items).toHaveLength(2)
  })

  test('the metrics count attempts by state and reason, and name no tenant', async () => {
    await using receiver = await startReceiver(204, 422)
    const pipeline = await givenPipeline(server, receiver.url)
    await inState(server, await fire(server, pipeline), 'succeeded')
    await inState(server, await fire(server, pipeline), 'failed')
    const metrics = async () => (await fetch(`${server.url}/metrics`)).text()
    await expect.poll(metrics).toMatch(/tripline_delivery_attempts_total\{verdict="failed",reason="rejected"\} [1-9]/)
    const text = await metrics()
    expect(text).toMatch(/tripline_delivery_attempts_total\{verdict="succeeded",reason="none"\} [1-9]/)
    expect(text).toMatch(/tripline_delivery_first_attempt_seconds_count [1-9]/)
    for (const name of [pipeline.team, pipeline.webhook, pipeline.automation, new URL(receiver.url).host]) {
      expect(text).not.toContain(name)
    }
  })
})
