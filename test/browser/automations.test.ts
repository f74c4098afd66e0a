/** Automations in the web app: found, made, tried, changed. */
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
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

/** Puts text in an editor as people do; filling it in would make the browser style what it inserts, against the policy. */
async function paste(page: Page, editor: Locator, text: string) {
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`)
  await editor.press('ControlOrMeta+a')
  await editor.press('ControlOrMeta+v')
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

  test('an automation is made step by step, and its delivery is what was shown before', async () => {
    await using server = await startTestServer('sqlite')
    await using receiver = await startReceiver(204)
    const { call } = await givenVision(server, receiver)
    await using window = await visit(browser(), server, '/teams/vision/automations')
    const { page } = window
    await page.getByRole('link', { name: 'Create automation' }).first().click()
    await page.getByRole('heading', { name: 'Create automation' }).waitFor()
    await inspect(window, 'automation-new')

    await page.getByRole('radio', { name: 'An alias is added' }).click()
    await page.getByText('A pattern').click()
    await page.getByLabel('Pattern', { exact: true }).fill('^prod')
    const matches = page.getByRole('status', { name: 'What the pattern matches' })
    await matches.getByText('prod-eu').waitFor()
    await inspect(window, 'automation-new-event')
    await page.getByText('This alias').click()
    await page.getByLabel('The alias').fill('production')
    await page.getByRole('button', { name: 'Continue' }).click()

    await page.getByRole('combobox', { name: 'Project' }).click()
    await page.getByRole('option', { name: 'churn' }).click()
    await page.getByRole('combobox', { name: 'Collection' }).click()
    await page.getByRole('option', { name: 'churn-model' }).click()
    await page.getByRole('button', { name: 'Continue' }).click()

    await page.getByRole('combobox', { name: 'Webhook' }).click()
    await page.getByRole('option', { name: /deploy/ }).click()
    await page.getByRole('button', { name: 'Continue' }).click()

    await page.getByRole('button', { name: 'Presets' }).click()
    await page.getByRole('menuitem', { name: /repository_dispatch/ }).click()
    const body = page.getByRole('textbox', { name: 'Body as it would be sent' })
    await expect.poll(() => body.textContent()).toContain('vision/churn/churn-model:production')
    await inspect(window, 'automation-new-payload')
    const shown = await body.textContent()

    // What is wrong is marked at its place, and is not saved.
    const editor = page.getByRole('textbox', { name: 'Payload', exact: true })
    const written =
      '{"model": "${artifact_version_string}", "alias": "${alias}", "accuracy": "${artifact_metadata.eval.accuracy|json}"}'
    await paste(page, editor, written.replace('${alias}', '${alais}'))
    await page.locator('.cm-lintRange-error', { hasText: '${alais}' }).waitFor()
    await page
      .getByRole('alert')
      .getByText(/Did you mean \$\{alias\}/)
      .waitFor()
    await inspect(window, 'automation-new-wrong')
    await page.getByRole('button', { name: 'Create automation' }).click()
    await page.getByText('Something is left to do in: Payload.').waitFor()
    expect((await call('GET', '/entities/vision/automations')).items).toEqual([])

    await paste(page, editor, written)
    await expect.poll(() => page.locator('.cm-lintRange-error').count()).toBe(0)
    await expect.poll(() => body.textContent()).not.toBe(shown)
    await expect.poll(() => body.textContent()).toContain('0.93')
    const previewed = JSON.parse((await body.textContent()) ?? '')
    await page.getByRole('button', { name: 'Continue' }).click()
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('churn-model: production → deploy')
    await page.getByText(/When the alias “production” is added to a version of vision\/churn\/churn-model/).waitFor()
    await page.getByLabel('Description').fill('Rolls it out.')
    await page.getByRole('button', { name: 'Create automation' }).click()

    await page.getByRole('heading', { name: 'churn-model: production → deploy' }).waitFor()
    await page.getByRole('heading', { name: 'It has not fired yet' }).waitFor()
    await call('PUT', `${collectionPath(PROJECT, 'churn-model')}/aliases/production`, { version: 'v1' })
    const [delivered] = await receiver.waitFor(1)
    expect(JSON.parse(delivered?.body ?? '')).toEqual(previewed)
    await page.reload()
    await page.getByRole('row', { name: /production/ }).waitFor()
    await inspect(window, 'automation')
    await page.getByRole('tab', { name: 'Definition' }).click()
    await page.getByRole('textbox', { name: 'Payload' }).waitFor()
    await inspect(window, 'automation-definition')
  })
})
