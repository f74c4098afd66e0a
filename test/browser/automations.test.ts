/** Automations in the web app: found, made, tried, changed. */
import { test } from 'vitest'
import { inspect, useBrowser, visit } from '../support/chromium.ts'
import { collectionPath, givenVersion } from '../support/given-artifacts.ts'
import { succeeds } from '../support/given-deliveries.ts'
import { startReceiver } from '../support/receiver.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { describeWithTool } from '../support/tools.ts'

const PROJECT = { entity: 'vision', project: 'churn' }

/** A team with a project, two versions of a model with metadata, and the webhooks that automations send to. */
async function givenVision(server: TestServer, receiver: { url: string }) {
  const call = (method: string, path: string, body?: unknown) => succeeds(server, method, path, body)
  await call('POST', '/teams', { name: 'vision' })
  await call('POST', '/projects/vision', { name: 'churn' })
  for (const [accuracy, aliases] of [
    [0.91, ['staging']],
    [0.93, []],
  ] as const) {
    await givenVersion(server, PROJECT, 'churn-model', {
      metadata: { framework: 'xgboost', eval: { accuracy, passed: true } },
      aliases: [...aliases],
    })
  }
  await call('PUT', '/entities/vision/secrets/DEPLOY_TOKEN', { value: 'a token nobody may see' })
  const deploy = await call('POST', '/entities/vision/webhooks', {
    name: 'deploy',
    url: receiver.url,
    secrets: ['DEPLOY_TOKEN'],
  })
  const paused = await call('POST', '/entities/vision/webhooks', { name: 'nightly', url: receiver.url, paused: true })
  return { call, deploy: deploy.id as string, paused: paused.id as string }
}

const SCOPE = { type: 'collection', project: 'churn', collection: 'churn-model' }

describeWithTool('chromium', 'in a browser', () => {
  const browser = useBrowser()

  test('automations are listed with their health; they are switched, run, copied and deleted', async () => {
    await using server = await startTestServer('sqlite')
    await using receiver = await startReceiver(204, 400)
    const { call, deploy, paused } = await givenVision(server, receiver)
    await using window = await visit(browser(), server, '/teams/vision/automations')
    const { page } = window
    await page.getByRole('heading', { name: 'No automations yet' }).waitFor()
    await inspect(window, 'automations-empty')

    const make = (name: string, rest: object) =>
      call('POST', '/entities/vision/automations', { name, scope: SCOPE, ...rest })
    await make('Deploy on production', {
      description: 'Rolls the model out to the inference cluster of the web shop.',
      event: 'ADD_ARTIFACT_ALIAS',
      filter: { alias: { $eq: 'production' } },
      action: { type: 'webhook', webhook: deploy },
    })
    await make('Fails on canary', {
      event: 'ADD_ARTIFACT_ALIAS',
      filter: { alias: { $regex: '^canary' } },
      action: { type: 'webhook', webhook: deploy },
    })
    await make('Nightly tests', {
      event: 'CREATE_ARTIFACT',
      scope: { type: 'project', project: 'churn' },
      action: { type: 'webhook', webhook: paused },
    })
    await make('Everything that is linked', {
      event: 'LINK_ARTIFACT',
      scope: { type: 'entity' },
      action: { type: 'nothing' },
    })
    await make('A run that diverges', {
      event: 'RUN_METRIC',
      scope: { type: 'project', project: 'churn' },
      filter: { run_metric_filter: { threshold_filter: { name: 'loss', cmp_op: '$gt', threshold: 3 } } },
      action: { type: 'nothing' },
      enabled: false,
    })
    await call('PUT', `${collectionPath(PROJECT, 'churn-model')}/aliases/production`, { version: 'v1' })
    await receiver.waitFor(1)
    await call('PUT', `${collectionPath(PROJECT, 'churn-model')}/aliases/canary-eu`, { version: 'v1' })
    await receiver.waitFor(2)

    await page.reload()
    await page.getByRole('row', { name: /Fails on canary.*failing/ }).waitFor()
    await page.getByRole('row', { name: /Deploy on production.*healthy/ }).waitFor()
    await page.getByRole('row', { name: /Nightly tests.*its webhook is paused/ }).waitFor()
    await inspect(window, 'automations')
  })
})
