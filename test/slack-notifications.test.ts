/** Notifications reach Slack, by an incoming webhook and by a bot, and are judged by what Slack says. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
import { type ReceiverAnswer, startReceiver } from './support/receiver.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const BOT_TOKEN = 'xoxb-1234-5678-abcdefghijkl'
const OK = { status: 200, body: 'ok' }
const POSTED = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: '{"ok":true,"ts":"1795435200.000100"}',
}

forEachEngine((engine) => {
  let server: TestServer
  let team: string
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  async function givenSlack(...answers: ReceiverAnswer[]) {
    team = await givenTeam(server, await givenOrganization(server))
    const slack = await startReceiver(...answers)
    const webhook = async (settings: Record<string, unknown>) => {
      const { status, text, body } = await server.rest('POST', `/entities/${team}/webhooks`, {
        name: unique('slack'),
        url: slack.url,
        slack: { workspace: 'Acme', channel: '#ml-alerts' },
        ...settings,
      })
      expect(status, text).toBe(201)
      return body
    }
    return { slack, incoming: () => webhook({ target: 'slack' }), bot: () => givenBot(webhook) }
  }

  async function givenBot(webhook: (settings: Record<string, unknown>) => Promise<{ id: string }>) {
    await server.rest('PUT', `/entities/${team}/secrets/BOT_TOKEN`, { value: BOT_TOKEN })
    return webhook({ target: 'slack_api', accessTokenSecret: 'BOT_TOKEN' })
  }

  async function givenNotification(webhook: { id: string }, action: Record<string, unknown> = {}) {
    const { status, text, body } = await server.rest('POST', `/entities/${team}/automations`, {
      name: 'tell <everybody>',
      event: 'ADD_ARTIFACT_ALIAS',
      scope: { type: 'entity' },
      action: { type: 'notification', webhook: webhook.id, ...action },
    })
    expect(status, text).toBe(201)
    return body
  }

  /** Somebody gives the alias `production` to a version of the sample artifact. */
  async function promote(collection = 'churn-model') {
    const place = await givenPlace(server, team, { collection })
    const caller = await callerWith(server, server.adminKey)
    await record(server, caller, draft('ADD_ARTIFACT_ALIAS', [{ ...place, version: 7 }], { alias: 'production' }))
    return place
  }

  const deliveryOf = async (automation: { id: string }, state: string) =>
    expect
      .poll(
        async () => (await server.rest('GET', `/automations/${automation.id}/executions`)).body.items[0]?.deliveries[0],
        {
          timeout: 10_000,
        },
      )
      .toMatchObject({ state })

  describe('a notification', () => {
    test('is a message with title, severity, what happened and a link', async () => {
      const { slack, incoming } = await givenSlack(OK)
      const automation = await givenNotification(await incoming(), {
        title: 'New ${alias} of ${artifact_collection_name}',
        message: 'Accuracy *${artifact_metadata.eval.accuracy}*, see ${docs}',
        severity: 'WARN',
      })
      const place = await promote('a & <b>')
      const [request] = await slack.waitFor(1)
      expect(request!.headers.authorization).toBeUndefined()
      const body = JSON.parse(request!.body)
      const version = `${team}/${place.project}/a &amp; &lt;b&gt;:v7`
      const url = `${server.world.config.publicUrl}/${team}/${place.project}/artifacts/model/a%20%26%20%3Cb%3E/v7`
      expect(body).toEqual({
        channel: '#ml-alerts',
        text: ':warning: New production of a &amp; &lt;b&gt;\nAccuracy *0.93*, see ${docs}',
        blocks: [
          { type: 'header', text: { type: 'plain_text', text: ':warning: New production of a &amp; &lt;b&gt;' } },
          { type: 'section', text: { type: 'mrkdwn', text: 'Accuracy *0.93*, see ${docs}' } },
          {
            type: 'section',
            text: {
              type: 'mrkdwn',
              text: `admin-user gave ${version} the alias production\n<${url}|Open the version>`,
            },
          },
          {
            type: 'context',
            elements: [
              {
                type: 'mrkdwn',
                text: expect.stringMatching(/^\*WARN\* · tell &lt;everybody&gt; · ADD_ARTIFACT_ALIAS · 2\d{3}-/),
              },
            ],
          },
        ],
        unfurl_links: false,
      })
      await deliveryOf(automation, 'succeeded')
      await slack.stop()
    })

    test('without title and message says what happened', async () => {
      const { slack, incoming } = await givenSlack(OK)
      await givenNotification(await incoming())
      await promote()
      const [request] = await slack.waitFor(1)
      const { text, blocks } = JSON.parse(request!.body)
      expect(text).toContain(':information_source: tell &lt;everybody&gt;\nadmin-user gave ')
      expect(blocks).toHaveLength(3)
      await slack.stop()
    })

    test('of a bot goes to the channel of the integration as it is now, with its token', async () => {
      const { slack, bot } = await givenSlack(POSTED)
      const integration = await bot()
      const automation = await givenNotification(integration, { title: 'Hello' })
      await promote('before')
      await slack.waitFor(1)
      const changed = { slack: { workspace: 'Acme', channel: 'C0123456789' } }
      const { status } = await server.rest('PATCH', `/entities/${team}/webhooks/${integration.id}`, changed)
      expect(status).toBe(200)
      await promote()
      const [before, request] = await slack.waitFor(2)
      expect(JSON.parse(before!.body)).toMatchObject({ channel: '#ml-alerts' })
      expect(request!.headers).toMatchObject({
        authorization: `Bearer ${BOT_TOKEN}`,
        'content-type': 'application/json; charset=utf-8',
      })
      expect(JSON.parse(request!.body)).toMatchObject({ channel: 'C0123456789' })
      await deliveryOf(automation, 'succeeded')
      await slack.stop()
    })

    test('that Slack refuses with 200 has failed, and says why', async () => {
      const { slack, bot } = await givenSlack({ status: 200, body: '{"ok":false,"error":"channel_is_archived"}' })
      const automation = await givenNotification(await bot(), { title: 'Hello' })
      await promote()
      await deliveryOf(automation, 'failed')
      const [execution] = (await server.rest('GET', `/automations/${automation.id}/executions`)).body.items
      const { body } = await server.rest('GET', `/deliveries/${execution.deliveries[0].id}`)
      expect(body.history[0].explanation).toContain('channel_is_archived')
      expect(JSON.stringify(body)).not.toContain(BOT_TOKEN)
      await slack.stop()
    })

    test('that Slack cannot take now is tried again, with the same bytes', async () => {
      const { slack, bot } = await givenSlack(503, POSTED)
      const integration = await bot()
      await server.rest('PATCH', `/entities/${team}/webhooks/${integration.id}`, { retrySchedule: [1] })
      const automation = await givenNotification(integration, { title: 'Hello' })
      await promote()
      const [first, second] = await slack.waitFor(2)
      expect(second!.body).toBe(first!.body)
      expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id'])
      await deliveryOf(automation, 'succeeded')
      await slack.stop()
    })

    test('is tried out with a test call and a back-test', async () => {
      const { slack, bot } = await givenSlack(POSTED)
      const integration = await bot()
      const tried = await server.rest('POST', `/entities/${team}/webhooks/${integration.id}/test`, {})
      expect(tried.body).toMatchObject({ ok: true, remoteId: '1795435200.000100' })
      expect(JSON.parse(slack.received[0]!.body)).toMatchObject({
        channel: '#ml-alerts',
        text: expect.stringContaining('A test of this integration'),
      })
      await promote()
      const { body } = await server.rest('POST', `/entities/${team}/automations/backtest`, {
        automation: {
          event: 'ADD_ARTIFACT_ALIAS',
          scope: { type: 'entity' },
          action: { type: 'notification', webhook: integration.id, title: '${alias}' },
        },
      })
      expect(JSON.parse(body.items[0].body)).toMatchObject({
        channel: '${slack_channel}',
        text: expect.stringContaining('production'),
      })
      await slack.stop()
    })
  })

  describe('a Slack integration', () => {
    test('is read back as it was written, by REST and by GraphQL, beside the webhooks', async () => {
      const { slack, incoming } = await givenSlack(OK)
      const integration = await incoming()
      expect(integration).toMatchObject({ slack: { workspace: 'Acme', channel: '#ml-alerts' }, target: 'slack' })
      await server.rest('POST', `/entities/${team}/webhooks`, { name: 'plain', url: slack.url })
      const { data } = await server.graphql(
        `query ($entity: String!) { entity(name: $entity) { integrations { edges { node { __typename
          ... on SlackIntegration { teamName channelName } ... on GenericWebhookIntegration { name } } } } } }`,
        { entity: team },
      )
      expect(data.entity.integrations.edges.map(({ node }: { node: unknown }) => node)).toEqual([
        { __typename: 'GenericWebhookIntegration', name: 'plain' },
        { __typename: 'SlackIntegration', teamName: 'Acme', channelName: '#ml-alerts' },
      ])
      const automation = await givenNotification(integration, { title: 'T', message: 'M', severity: 'ERROR' })
      const action = {
        type: 'notification',
        webhook: { id: integration.id, name: integration.name, paused: false, circuitOpen: false, deleted: false },
        title: 'T',
        message: 'M',
        severity: 'ERROR',
      }
      expect((await server.rest('GET', `/automations/${automation.id}`)).body.action).toEqual(action)
      const renamed = await server.rest('PATCH', `/automations/${automation.id}`, { description: 'kept' })
      expect(renamed.body).toMatchObject({ action, revision: 2 })
      await slack.stop()
    })

    test('is made as the guide says', async () => {
      const { slack } = await givenSlack(OK)
      const text = readFileSync(join(import.meta.dirname, '../docs/notifications.md'), 'utf8')
      const blocks = [...text.matchAll(/^```json (?:incoming|bot)\n([\s\S]*?)^```$/gm)].map(
        ([, block]) => block as string,
      )
      expect(blocks).toHaveLength(2)
      for (const name of ['SLACK_PATH', 'SLACK_BOT_TOKEN']) {
        await server.rest('PUT', `/entities/${team}/secrets/${name}`, { value: 'a-secret-path' })
      }
      for (const block of blocks) {
        const made = await server.rest('POST', `/entities/${team}/webhooks`, JSON.parse(block))
        expect(made.status, made.text).toBe(201)
      }
      const automation = await givenNotification({ id: 'ml alerts' }, { title: '…', message: '…', severity: 'ERROR' })
      expect(automation.action.webhook.name).toBe('ml alerts')
      await slack.stop()
    })

    test('needs to be Slack, and a bot its token', async () => {
      const { slack } = await givenSlack(OK)
      const place = { workspace: 'Acme', channel: '#ml-alerts' }
      const refused = async (settings: Record<string, unknown>) => {
        const { status, body } = await server.rest('POST', `/entities/${team}/webhooks`, {
          name: unique('slack'),
          slack: place,
          ...settings,
        })
        return [status, body.code, body.errors?.[0]?.path]
      }
      expect(await refused({ url: slack.url })).toEqual([400, 'invalid_request', '/slack'])
      const api = 'https://slack.com/api/chat.postMessage'
      expect(await refused({ url: api })).toEqual([400, 'invalid_request', '/accessTokenSecret'])
      expect(await refused({ url: api, slack: { workspace: 'Acme' } })).toEqual([
        400,
        'invalid_request',
        '/slack/channel',
      ])
      await slack.stop()
    })

    test('takes notifications and no payloads, and webhooks take no notifications', async () => {
      const { slack, incoming } = await givenSlack(OK)
      const integration = await incoming()
      await server.rest('POST', `/entities/${team}/webhooks`, { name: 'plain', url: slack.url })
      const refused = async (action: Record<string, unknown>) => {
        const { status, body } = await server.rest('POST', `/entities/${team}/automations`, {
          name: unique('automation'),
          event: 'ADD_ARTIFACT_ALIAS',
          scope: { type: 'entity' },
          action,
        })
        return [status, body.code, body.errors?.[0]?.path]
      }
      const notification = { type: 'notification', webhook: integration.id }
      expect(await refused({ type: 'notification', webhook: 'plain' })).toEqual([
        400,
        'webhook_unknown',
        '/action/webhook',
      ])
      expect(await refused({ type: 'notification', webhook: 'none' })).toEqual([
        400,
        'webhook_unknown',
        '/action/webhook',
      ])
      expect(await refused({ type: 'webhook', webhook: integration.id })).toEqual([
        400,
        'webhook_unknown',
        '/action/webhook',
      ])
      expect((await refused({ ...notification, title: 'x'.repeat(251) }))[0]).toBe(400)
      expect((await refused({ ...notification, severity: 'LOUD' }))[0]).toBe(400)
      await slack.stop()
    })

    test('that became a webhook again fails its notifications, and is still shown as what they use it for', async () => {
      const { slack, incoming } = await givenSlack(OK)
      const integration = await incoming()
      const automation = await givenNotification(integration, { title: 'Hello' })
      await server.rest('PATCH', `/entities/${team}/webhooks/${integration.id}`, { slack: null })
      await promote()
      await expect
        .poll(async () => {
          const [execution] = (await server.rest('GET', `/automations/${automation.id}/executions`)).body.items
          const { body } = await server.rest('GET', `/deliveries/${execution.deliveries[0].id}`)
          return body.history?.[0]?.explanation ?? ''
        })
        .toContain('slack_channel')
      const { data } = await server.graphql(
        `query ($entity: String!) { entity(name: $entity) { triggers { edges { node { triggeredAction { __typename
          ... on NotificationTriggeredAction { title integration { __typename } } } } } } } }`,
        { entity: team },
      )
      expect(data.entity.triggers.edges[0].node.triggeredAction).toEqual({
        __typename: 'NotificationTriggeredAction',
        title: 'Hello',
        integration: { __typename: 'SlackIntegration' },
      })
      expect(slack.received).toEqual([])
      await slack.stop()
    })

    test('is used by members of the team alone', async () => {
      const { slack, incoming } = await givenSlack(OK)
      const integration = await incoming()
      const viewer = await givenMember(server, team, 'viewer')
      const stranger = await givenUser(server)
      const automation = {
        name: unique('automation'),
        event: 'ADD_ARTIFACT_ALIAS',
        scope: { type: 'entity' },
        action: { type: 'notification', webhook: integration.id },
      }
      for (const [{ key }, status] of [
        [viewer, 403],
        [stranger, 404],
      ] as const) {
        const answer = await server.rest('POST', `/entities/${team}/automations`, automation, { key })
        expect(answer.status).toBe(status)
      }
      await slack.stop()
    })
  })
})
