/** Automations in the web app: found, made, tried, changed. */
import type { Locator, Page } from 'playwright-core'
import { expect, test, vi } from 'vitest'
import { describeInBrowser, inspect, type Visit, visit } from '../support/chromium.ts'
import { collectionPath, givenVersion } from '../support/given-artifacts.ts'
import { succeeds } from '../support/given-deliveries.ts'
import { raiseAlert, streamRun } from '../support/given-runs.ts'
import { startReceiver } from '../support/receiver.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

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

/** Makes a webhook without leaving the form: put off by Escape, taken up again, and chosen once it is there. */
async function makeWebhookBeside({ page, ...window }: Visit, url: string) {
  const open = page.getByRole('button', { name: 'New webhook' })
  await open.click()
  const drawer = page.getByRole('dialog', { name: 'New webhook' })
  await drawer.getByRole('textbox', { name: 'Name' }).fill('pipeline')
  await drawer.getByRole('combobox', { name: 'What it is' }).click()
  await page.keyboard.press('Escape')
  await drawer.getByRole('button', { name: 'New secret: Access token' }).click()
  await page.getByRole('dialog', { name: 'New secret' }).getByRole('textbox', { name: 'Name' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'New secret' }).waitFor({ state: 'detached' })
  // Escape has closed what was on top each time; now that is the drawer.
  expect(await drawer.isVisible()).toBe(true)
  await drawer.getByRole('textbox', { name: 'Name' }).press('Escape')
  await drawer.waitFor({ state: 'hidden' })
  await expect
    .poll(() => open.evaluate((button: { matches(selector: string): boolean }) => button.matches(':focus')))
    .toBe(true)

  await page.keyboard.press('Enter')
  expect(await drawer.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('pipeline')
  await drawer.getByRole('combobox', { name: 'What it is' }).click()
  await page.getByRole('option', { name: 'GitLab pipeline' }).click()
  await drawer.getByText(/pipeline trigger token/).waitFor()
  await drawer.getByRole('textbox', { name: 'URL' }).fill(url)
  await drawer.getByRole('combobox', { name: 'Further secrets' }).click()
  await page.getByRole('option', { name: 'DEPLOY_TOKEN' }).click()
  await page.keyboard.press('Escape')
  await inspect({ page, ...window }, 'automation-new-webhook')
  await drawer.getByRole('button', { name: 'Create webhook' }).click()
  await drawer.waitFor({ state: 'hidden' })
  await expect.poll(() => page.getByRole('combobox', { name: 'Webhook' }).inputValue()).toBe('pipeline')
  await expect
    .poll(() => open.evaluate((button: { matches(selector: string): boolean }) => button.matches(':focus')))
    .toBe(true)
}

/** Automations on runs ask for what the server has, and are shown with the newest run there is. */
async function triesOnRun(server: TestServer, window: Visit) {
  const { page } = window
  await streamRun(server, PROJECT, 'r1', [2, 3, 7])
  await raiseAlert(server, PROJECT, 'r1', { title: 'loss diverges', text: 'It is 7', severity: 'ERROR' })
  await page.goto('/vision/churn/automations/new')
  await page.getByRole('radio', { name: 'A run raises an alert' }).click()
  await page.getByText('Error', { exact: true }).click()
  await page.getByText('Contains', { exact: true }).click()
  await page.getByLabel('What the title contains').fill('loss')
  await page.getByText(/raises an alert of level ERROR whose title contains “loss”/).waitFor()
  await inspect(window, 'automation-new-alert')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('combobox', { name: 'Webhook' }).click()
  await page.getByRole('option', { name: /deploy/ }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect.poll(() => page.getByRole('combobox', { name: 'Preview with the run' }).inputValue()).toMatch(/^calm/)
  const body = page.getByRole('textbox', { name: 'Body as it would be sent' })
  const editor = page.getByRole('textbox', { name: 'Payload', exact: true })
  await paste(page, editor, '{"title": "${alert_title}", "value": "${metric_value|json}"}')
  await expect.poll(() => body.textContent()).toContain('"title": "loss diverges"')

  await page.getByRole('button', { name: /^Event/ }).click()
  await page.getByRole('radio', { name: 'A run metric crosses a threshold' }).click()
  await page.getByRole('textbox', { name: 'Metric' }).fill('loss')
  await page.getByRole('textbox', { name: 'Number' }).fill('4')
  await expect.poll(() => body.textContent()).toContain('"value": 7')
  await page.getByText('For this run it would not fire').waitFor({ state: 'detached' })
  await page.getByRole('textbox', { name: 'Number' }).fill('9')
  await page.getByText('For this run it would not fire').waitFor()
  await page.getByText(/the run came to 7, and the filter asks for “?"?loss > 9/).waitFor()
  await inspect(window, 'automation-new-metric')
}

const SCOPE = { type: 'collection', project: 'churn', collection: 'churn-model' }

// Whole stories, on machines that do other things besides.
vi.setConfig({ testTimeout: 180_000 })
const PATIENCE_MS = 60_000

describeInBrowser('in a browser', (engine, browser) => {
  test('automations are listed with their health; they are switched, run, copied and deleted', async () => {
    await using server = await startTestServer(engine)
    await using receiver = await startReceiver(204, 400)
    const { call, deploy, paused } = await givenVision(server, receiver)
    await using window = await visit(browser(), server, '/teams/vision/automations')
    window.context.setDefaultTimeout(PATIENCE_MS)
    const { page } = window
    await page.getByRole('heading', { name: 'No automations yet' }).waitFor()
    await inspect(window, 'automations-empty')

    const make = (name: string, rest: object) =>
      call('POST', '/entities/vision/automations', { name, scope: SCOPE, ...rest })
    await make('Deploy on production', {
      description: 'Rolls the model out to the inference cluster of the web shop.',
      event: 'ADD_ARTIFACT_ALIAS',
      filter: { $or: [{ $and: [{ alias: { $eq: 'production' } }] }] },
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
    await givenVersion(server, PROJECT, 'uplift-model')

    await page.reload()
    await page.getByRole('row', { name: /Fails on canary.*failing/ }).waitFor()
    await page.getByRole('row', { name: /Deploy on production.*healthy/ }).waitFor()
    await page.getByRole('row', { name: /Nightly tests.*its webhook is paused/ }).waitFor()
    await inspect(window, 'automations')

    // What waits is told, and leads to it.
    await page.getByRole('row', { name: /Deploy on production.*empty/ }).waitFor()
    await page.getByRole('link', { name: '1 waiting' }).click()
    await page.getByRole('heading', { name: 'History of vision' }).waitFor()
    await page.getByRole('row', { name: /Nightly tests/ }).waitFor()
    expect(await page.getByRole('row', { name: /Deploy on production|Fails on canary/ }).count()).toBe(0)
    await page.goBack()

    // Found by name and health, in the URL.
    await page.getByLabel('Search by name').fill('canary')
    await page.getByRole('row', { name: /Deploy on production/ }).waitFor({ state: 'detached' })
    expect(page.url()).toContain('q=canary')
    await page.getByLabel('Search by name').fill('')
    await page.getByRole('row', { name: /Deploy on production/ }).waitFor()

    const byName = async (name: string) =>
      (await call('GET', `/entities/vision/automations?name=${encodeURIComponent(name)}`)).items[0]
    const choose = async (name: string, item: string) => {
      await page.getByRole('button', { name: `What to do with “${name}”` }).click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    await page.getByRole('switch', { name: '“Deploy on production” is enabled' }).click({ force: true })
    await expect.poll(async () => (await byName('Deploy on production')).enabled).toBe(false)

    await choose('Fails on canary', 'Run now…')
    await page.getByRole('combobox', { name: 'Version' }).click()
    await page.getByRole('option', { name: /v0/ }).click()
    await page.getByLabel('Alias').fill('staging')
    await inspect(window, 'automation-run-now')
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByText('It has fired').waitFor()
    await page.getByText(/By itself it would not have fired/).waitFor()
    await receiver.waitFor(3)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })

    await choose('Fails on canary', 'Delete…')
    await page.getByText(/Deliveries that are waiting or being sent go on/).waitFor()
    await page.getByRole('button', { name: 'Delete automation' }).click()
    await page.getByRole('row', { name: /Fails on canary/ }).waitFor({ state: 'detached' })
    expect(await byName('Fails on canary')).toBeUndefined()

    await choose('Deploy on production', 'Duplicate')
    const name = page.getByRole('textbox', { name: 'Name' })
    await expect.poll(() => name.inputValue()).toBe('Copy of Deploy on production')
    await page.getByRole('button', { name: 'Create automation' }).click()
    await page.getByRole('heading', { name: 'Copy of Deploy on production' }).waitFor()
    const { filter, action } = await byName('Deploy on production')
    expect(await byName('Copy of Deploy on production')).toMatchObject({ filter, action: { type: action.type } })

    // A project lists what can fire in it, that of the whole team too.
    await page.goto('/vision/churn/automations')
    await page.getByRole('row', { name: /Everything that is linked/ }).waitFor()
    await page.getByRole('row', { name: /Nightly tests/ }).waitFor()
    await page.getByRole('link', { name: 'Create automation' }).click()
    await page.getByRole('button', { name: /^Scope/ }).click()
    await expect.poll(() => page.getByRole('combobox', { name: 'Project' }).inputValue()).toBe('churn')
    expect(window.complaints()).toEqual([])
  })

  test('an automation is made step by step, and its delivery is what was shown before', async () => {
    await using server = await startTestServer(engine)
    await using receiver = await startReceiver(204)
    const { call } = await givenVision(server, receiver)
    await using window = await visit(browser(), server, '/teams/vision/automations')
    window.context.setDefaultTimeout(PATIENCE_MS)
    const { page } = window
    await page.getByRole('link', { name: 'Create automation' }).first().click()
    await page.getByRole('heading', { name: 'Create automation' }).waitFor()

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

    // What is wrong with a payload whoever it is for is marked before that is chosen.
    const editor = page.getByRole('textbox', { name: 'Payload', exact: true })
    await page.getByRole('button', { name: 'Continue' }).click()
    await paste(page, editor, '{"token": "${DEPLOY_TOKEN}", "alias": "${alais}"}')
    await page.locator('.cm-lintRange-error', { hasText: '${alais}' }).waitFor()
    await paste(page, editor, '{"alias": ')
    await page.getByRole('alert').getByText(/JSON/).waitFor()
    await paste(page, editor, '')

    await makeWebhookBeside(window, receiver.url)
    await page.getByRole('button', { name: 'Continue' }).first().click()

    // What it sends to is known: its preset comes first, with the secret that it has.
    await page.getByRole('button', { name: 'Begin with: GitLab: pipeline trigger' }).click()
    const body = page.getByRole('textbox', { name: 'Body as it would be sent' })
    await expect.poll(() => body.textContent()).toContain('"token": "${DEPLOY_TOKEN}"')
    expect(await page.locator('.cm-lintRange-error').count()).toBe(0)
    await inspect(window, 'automation-new-payload')
    await page.getByRole('button', { name: 'Presets' }).click()
    await page.getByRole('menuitem', { name: /repository_dispatch/ }).waitFor()
    await inspect(window, 'automation-new-presets')
    await page.getByRole('menuitem', { name: /repository_dispatch/ }).click()
    await expect.poll(() => body.textContent()).toContain('vision/churn/churn-model:production')
    const shown = await body.textContent()

    // What is wrong is marked at its place, and is not saved.
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
    expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('churn-model: production → pipeline')
    await page.getByText(/When the alias “production” is added to a version of vision\/churn\/churn-model/).waitFor()
    await page.getByLabel('Description').fill('Rolls it out.')
    await page.getByRole('button', { name: 'Create automation' }).click()

    await page.getByRole('heading', { name: 'churn-model: production → pipeline' }).waitFor()
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

  test('a draft is tried on what happened; a change asks before it is lost, and becomes a revision', async () => {
    await using server = await startTestServer(engine)
    await using receiver = await startReceiver(204)
    const { call, deploy } = await givenVision(server, receiver)
    const made = await call('POST', '/entities/vision/automations', {
      name: 'Tell of what is good',
      scope: SCOPE,
      event: 'ADD_ARTIFACT_ALIAS',
      filter: { $or: [{ $and: [{ alias: { $eq: 'production' } }] }] },
      action: { type: 'webhook', webhook: deploy, payload: '{"is": "${alias}", "of": "${version}"}' },
    })
    const give = (alias: string, version: string) =>
      call('PUT', `${collectionPath(PROJECT, 'churn-model')}/aliases/${alias}`, { version })
    await give('production', 'v0')
    await give('prod-eu', 'v1')
    await give('canary', 'v1')
    await receiver.waitFor(1)

    await using window = await visit(browser(), server, `/automations/${made.id}/edit`)
    window.context.setDefaultTimeout(PATIENCE_MS)
    const { page } = window
    await page.getByText('A pattern', { exact: true }).click()
    // A payload is marked also while something else is left to do.
    await page.getByLabel('Pattern', { exact: true }).fill('')
    const payload = page.getByRole('textbox', { name: 'Payload', exact: true })
    const before = (await payload.textContent()) ?? ''
    await paste(page, payload, before.replace('alias', 'alais'))
    await page.locator('.cm-lintRange-error', { hasText: '${alais}' }).waitFor()
    await page.getByText('Something is left to do in: Event, Payload.').waitFor()
    await paste(page, payload, before)
    await expect.poll(() => page.locator('.cm-lintRange-error').count()).toBe(0)
    await page.getByLabel('Pattern', { exact: true }).fill('^prod')
    await page.getByRole('button', { name: /Try it on the last 90 days/ }).click()
    const results = page.getByRole('dialog')
    await results.getByText('It would have fired 2 times').waitFor()
    await results.getByRole('button', { name: /churn\/churn-model:v0 *production/ }).waitFor()
    await results.getByRole('button', { name: /churn\/churn-model:v1 *prod-eu/ }).click()
    const body = results.getByRole('textbox', { name: /Body for/ })
    await expect.poll(() => body.textContent()).toContain('prod-eu')
    await inspect(window, 'automation-backtest')
    await page.keyboard.press('Escape')
    await results.waitFor({ state: 'detached' })

    await page.getByRole('link', { name: 'Home' }).click()
    await page.getByRole('heading', { name: 'Leave without saving?' }).waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect(await page.getByLabel('Pattern', { exact: true }).inputValue()).toBe('^prod')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.waitForURL(`**/automations/${made.id}`)
    await page.getByRole('heading', { name: 'Tell of what is good' }).waitFor()

    // It fires now for what the back-test said.
    await give('prod-us', 'v0')
    const [, delivered] = await receiver.waitFor(2)
    expect(JSON.parse(delivered?.body ?? '')).toEqual({ is: 'prod-us', of: 'v0' })
    await page.getByRole('tab', { name: 'Revisions' }).click()
    await page.getByRole('group', { name: 'Filter changed' }).waitFor()
    await inspect(window, 'automation-revisions')
    await triesOnRun(server, window)
  })
})
