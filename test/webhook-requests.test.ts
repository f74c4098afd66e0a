/** What a request to a receiver carries, and test calls. */
import { createHmac } from 'node:crypto'
import { verify as verifyForGithub } from '@octokit/webhooks-methods'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callerWith, draft, givenTeam, record } from './support/given-automations.ts'
import { fire, givenPipeline, givenSecrets, inState, succeeds } from './support/given-deliveries.ts'
import { type Json, NOWHERE, pathOf, webhooksOf } from './support/given-webhooks.ts'
import { type ReceivedRequest, startReceiver } from './support/receiver.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const { idOf } = webhooksOf(() => server)

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
})
