import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { runPython } from './support/python.ts'
import { type ReceivedRequest, startReceiver } from './support/receiver.ts'
import { forEachEngine, startTestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

const TOKEN = 'ghp_0123456789abcdef'
const SIGNING = 'correct horse battery staple'

describeWithTool('wandb-0.30.0', 'the main job', () => {
  forEachEngine((engine) => {
    test('an unmodified script moves an alias, and exactly the right webhooks arrive, signed', async () => {
      await using server = await startTestServer(engine)
      await using receiver = await startReceiver()
      const created = async (method: string, path: string, body: unknown) => {
        const answer = await server.rest(method, path, body)
        expect([answer.status, answer.body], `${method} ${path}`).toEqual([201, answer.body])
        return answer.body
      }
      const key = 'a'.repeat(40)
      await created('POST', '/users', { username: 'maya', apiKey: key })
      await created('POST', '/teams', { name: 'vision' })
      await server.rest('PUT', '/teams/vision/members/maya', { role: 'member' })
      await created('PUT', '/entities/vision/secrets/DEPLOY_TOKEN', { value: TOKEN })
      await created('PUT', '/entities/vision/secrets/DEPLOY_SIGNING', { value: SIGNING })
      await created('POST', '/entities/vision/webhooks', {
        name: 'deployer',
        url: receiver.url,
        accessTokenSecret: 'DEPLOY_TOKEN',
        signingSecret: 'DEPLOY_SIGNING',
      })
      await server.graphql('mutation { upsertModel(input: {name: "churn", entityName: "vision"}) { inserted } }')
      const automation = {
        scope: { type: 'project', project: 'churn' },
        action: {
          type: 'webhook',
          webhook: 'deployer',
          payload: { made_by: 'rest', alias: '${alias}', version: '${artifact_version_string}' },
        },
      }
      await created('POST', '/entities/vision/automations', {
        ...automation,
        name: 'promoted',
        event: 'ADD_ARTIFACT_ALIAS',
        filter: { alias: 'production' },
      })
      await created('POST', '/entities/vision/automations', {
        ...automation,
        name: 'other-alias',
        event: 'ADD_ARTIFACT_ALIAS',
        filter: { alias: 'staging' },
      })
      await created('POST', '/entities/vision/automations', {
        ...automation,
        name: 'off',
        event: 'ADD_ARTIFACT_ALIAS',
        enabled: false,
      })

      const run = await runPython(join(import.meta.dirname, 'clients/story.py'), {
        env: { WANDB_BASE_URL: server.url, WANDB_API_KEY: key, WANDB_ENTITY: 'vision', WANDB_SILENT: 'true' },
        timeoutMs: 100_000,
      })
      expect(run, run.stderr).toMatchObject({ exitCode: 0 })
      expect(JSON.parse(run.stdout.trim().split('\n').at(-1)!)).toEqual({
        first: 'v0',
        second: 'v1',
        automation: 'from-the-client',
        same: true,
        same_bytes: true,
      })

      // Two promotions, each matched by the automation made by REST and by the one made with the client.
      await receiver.waitFor(4)
      await settled(server)
      expect(receiver.received.map((request) => JSON.parse(request.body)).sort(byText)).toEqual(
        [
          { made_by: 'rest', alias: 'production', version: 'vision/churn/approved:production' },
          { made_by: 'rest', alias: 'production', version: 'vision/churn/approved:production' },
          { made_by: 'client', version: 'vision/churn/approved:production', author: 'maya' },
          { made_by: 'client', version: 'vision/churn/approved:production', author: 'maya' },
        ].sort(byText),
      )
      for (const request of receiver.received) verify(request)
      expect(new Set(receiver.received.map((request) => request.headers['webhook-id'])).size).toBe(4)
    }, 120_000)
  })
})

function verify(request: ReceivedRequest): void {
  expect(request.headers.authorization).toBe(`Bearer ${TOKEN}`)
  const verifier = new Webhook(Buffer.from(SIGNING).toString('base64'))
  expect(verifier.verify(request.body, request.headers as Record<string, string>)).toBeTruthy()
  const wandb = createHmac('sha256', SIGNING).update(request.body).digest('base64')
  expect(request.headers['x-wandb-signature']).toBe(wandb)
}

async function settled(server: {
  world: { db: { read: import('../src/database/database.ts').Reader } }
}): Promise<void> {
  await expect
    .poll(() =>
      server.world.db.read
        .selectFrom('deliveries')
        .select('state')
        .where('state', 'in', ['pending', 'sending'])
        .execute(),
    )
    .toEqual([])
}

function byText(one: unknown, other: unknown): number {
  return JSON.stringify(one).localeCompare(JSON.stringify(other))
}
