/** Where webhooks may go. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../src/runtime/config.ts'
import { startServer } from '../src/server.ts'
import { givenTeam } from './support/given-automations.ts'
import { fire, givenPipeline, inState, succeeds } from './support/given-deliveries.ts'
import { pathOf } from './support/given-webhooks.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

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
