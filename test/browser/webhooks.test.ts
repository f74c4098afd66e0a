/** Secrets, webhooks and Slack integrations in a browser: the pages as they look, and a story from the first secret to the last. */
import type { Page } from 'playwright-core'
import { Webhook } from 'standardwebhooks'
import { expect, test, vi } from 'vitest'
import { describeInBrowser, inspect, visit } from '../support/chromium.ts'
import { givenMember } from '../support/given-automations.ts'
import { fire, givenPipeline, givenSecrets, inState, succeeds } from '../support/given-deliveries.ts'
import { PATIENCE } from '../support/patience.ts'
import { type ReceivedRequest, startReceiver } from '../support/receiver.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const SIGNING = 'a-signing-secret-of-the-team'
const SIGNING_NEXT = 'the-signing-secret-after-that'
const TOKEN = 'ghp_a-token-that-nobody-sees-again'

/** A story is many clicks, and the machine may have other work. */
const STORY_MS_MAX = 180_000

describeInBrowser('webhooks in a browser', (engine, browser) => {
  vi.setConfig({ testTimeout: STORY_MS_MAX })

  test('a secret is stored, and a webhook made with it and tested before it is saved', async () => {
    await using server = await startTestServer(engine)
    await using receiver = await startReceiver({ status: 200, headers: { 'x-build': '42' }, body: '{"queued":true}' })
    await givenTeamNamed(server, 'vision')
    await using window = await visit(browser(), server, '/teams/vision/secrets')
    const { page } = window

    await page.getByRole('heading', { name: 'No secrets yet' }).waitFor()
    await inspect(window, 'secrets-empty')
    await page.getByRole('button', { name: 'New secret' }).click()
    await textbox(page, 'Name').fill('SIGNING')
    await textbox(page, 'Value').fill('short')
    await page.getByText('3 more characters are needed.').waitFor()
    await textbox(page, 'Value').fill(SIGNING)
    await page.keyboard.press('Enter')
    await page.getByRole('row', { name: /SIGNING.*v1/ }).waitFor()
    await expectUnseen(page, SIGNING)

    await page.getByRole('link', { name: 'Webhooks', exact: true }).click()
    await page.getByRole('heading', { name: 'No webhooks yet' }).waitFor()
    await inspect(window, 'webhooks-empty')
    await page.getByRole('link', { name: 'New webhook' }).click()
    await fillWebhook(page, receiver.url)
    await inspect(window, 'webhook-new')

    await page.getByRole('button', { name: 'Test…' }).click()
    await sendTest(page, '{"version": "${artifact_version_string}"}')
    const [request] = await receiver.waitFor(1)
    expect(request).toMatchObject({ headers: { authorization: `Bearer ${TOKEN}`, 'x-key': TOKEN } })
    expectSigned(request, SIGNING)
    await page.getByText('HTTP 200').waitFor()
    await page.getByText('"queued": true').waitFor()
    await inspect(window, 'webhook-test')
    await closeDrawer(page)
    await page.getByRole('button', { name: 'Create webhook' }).click()
    await page.getByRole('row', { name: /deployer/ }).waitFor()
    await expectUnseen(page, TOKEN)
    expect(window.complaints()).toEqual([])
  })

  test('a webhook is tested, edited, paused, resumed and rotated', async () => {
    await using server = await startTestServer(engine)
    await using receiver = await startReceiver()
    await givenTeamNamed(server, 'vision')
    const pipeline = await givenPipeline(server, receiver.url, {
      team: 'vision',
      secrets: { SIGNING },
      webhook: { name: 'deployer', signingSecret: 'SIGNING' },
    })
    await using window = await visit(browser(), server, '/teams/vision/webhooks')
    const { page } = window

    await menu(page, 'deployer', 'Test')
    await completes(page)
    await sendTest(page, '')
    expectSigned((await receiver.waitFor(1))[0], SIGNING)
    await closeDrawer(page)
    // Whoever works by keyboard goes on where the menu was opened.
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Actions for deployer')

    // Changes are not lost by a wrong click.
    await menu(page, 'deployer', 'Edit')
    await textbox(page, 'Name').fill('deployer two')
    await page.getByRole('link', { name: 'Secrets', exact: true }).click()
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByRole('row', { name: /deployer two/ }).waitFor()

    await menu(page, 'deployer two', 'Pause')
    await page.getByText('Paused by hand.').waitFor()
    const delivery = await fire(server, pipeline)
    await page.reload()
    await page.getByText('1 delivery held').waitFor()
    await menu(page, 'deployer two', 'Resume')
    await inState(server, delivery, 'succeeded')

    await menu(page, 'deployer two', 'Rotate the signing secret')
    await textbox(page, 'New value').fill(SIGNING_NEXT)
    await page.getByRole('button', { name: 'Replace' }).click()
    await page.getByText('SIGNING has a new value.').waitFor()
    await expectUnseen(page, SIGNING_NEXT)
    await menu(page, 'deployer two', 'Test')
    await sendTest(page, '')
    const rotated = (await receiver.waitFor(3))[2]
    expectSigned(rotated, SIGNING_NEXT)
    expectSigned(rotated, SIGNING)
    await closeDrawer(page)

    await page.getByRole('link', { name: 'Secrets', exact: true }).click()
    await menu(page, 'SIGNING', 'End the overlap')
    await page.getByRole('button', { name: 'End it' }).click()
    await page.getByText('Only the newest value of SIGNING signs now.').waitFor()
    expect((await succeeds(server, 'GET', '/entities/vision/secrets')).items).toMatchObject([{ previous: [] }])
    expect(window.complaints()).toEqual([])
  })

  test('what is in use is deleted only after it was said what that costs', async () => {
    await using server = await startTestServer(engine)
    await givenTeamNamed(server, 'vision')
    const pipeline = await givenPipeline(server, 'http://127.0.0.1:9/', {
      team: 'vision',
      secrets: { SIGNING },
      webhook: { name: 'deployer', signingSecret: 'SIGNING', paused: true },
    })
    const delivery = await fire(server, pipeline)
    await using window = await visit(browser(), server, '/teams/vision/secrets')
    const { page } = window

    await menu(page, 'SIGNING', 'Delete')
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    const refused = page.getByRole('dialog', { name: 'SIGNING is in use' })
    await refused.getByText('deployer: 1 delivery').waitFor()
    await refused.getByRole('button', { name: 'Cancel' }).click()
    await inState(server, delivery, 'pending')

    await page.getByRole('link', { name: 'Webhooks', exact: true }).click()
    await menu(page, 'deployer', 'Delete')
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    const inUse = page.getByRole('dialog', { name: 'deployer is in use' })
    await inUse.getByText('1 delivery has not arrived yet.').waitFor()
    await inspect(window, 'webhook-in-use')
    await inUse.getByLabel('Type deployer to go on').fill('deployer')
    await page.keyboard.press('Enter')
    await page.getByText('deployer is deleted; 1 delivery cancelled.').waitFor()
    await page.getByRole('heading', { name: 'No webhooks yet' }).waitFor()
    await inState(server, delivery, 'cancelled')
    expect(window.complaints()).toEqual([])
  })

  test('the pages of a team that uses them', async () => {
    await using server = await startTestServer(engine)
    await using down = await startReceiver(500)
    await givenTeamNamed(server, 'vision')
    await givenBusyTeam(server, 'vision', down.url)
    await using window = await visit(browser(), server, '/teams/vision/webhooks')
    const { page } = window

    await page.getByRole('row', { name: /jenkins nightly/ }).waitFor()
    await page.getByRole('row', { name: /teams channel.*Circuit open/ }).waitFor()
    await inspect(window, 'webhooks')
    // While nothing is answered the page is there, and says that it loads.
    await window.context.route('**/api/v1/{webhook-targets,entities}**', () => undefined)
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Webhooks' }).waitFor()
    await page.getByRole('cell', { name: 'Loading' }).first().waitFor()
    await window.context.unrouteAll({ behavior: 'ignoreErrors' })
    await page.reload()
    await page.getByLabel('Search webhooks').fill('github')
    await expect.poll(() => page.getByRole('row').count(), PATIENCE).toBe(2)
    await expect.poll(() => page.url()).toContain('q=github')
    await page.getByRole('link', { name: 'github deploy' }).click()
    await page.getByRole('heading', { name: 'github deploy' }).waitFor()
    await page.getByLabel('Requests open at once').waitFor()
    await inspect(window, 'webhook-edit')

    // What the server refuses stands beside the field.
    await textbox(page, 'URL').fill('https://user:pass@example.com/')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page
      .getByText(/it holds a user name or password/)
      .first()
      .waitFor()
    await page.getByRole('link', { name: 'Secrets', exact: true }).click()
    await page.getByRole('button', { name: 'Leave' }).click()

    await page.getByRole('row', { name: /SLACK_BOT_TOKEN/ }).waitFor()
    await inspect(window, 'secrets')
    await page.getByRole('button', { name: 'New secret' }).click()
    await textbox(page, 'Value').fill('short')
    await inspect(window, 'secret-new')
    await page.keyboard.press('Escape')
    expect(window.complaints()).toEqual([])
  })

  test('a Slack integration is added, tested, changed and deleted', async () => {
    await using server = await startTestServer(engine)
    await using slack = await startReceiver({ status: 200, body: 'ok' })
    await givenTeamNamed(server, 'vision')
    await using window = await visit(browser(), server, '/teams/vision/slack')
    const { page } = window

    await page.getByRole('heading', { name: 'No channel is connected yet' }).waitFor()
    await inspect(window, 'slack-empty')
    await page.getByRole('button', { name: 'Add an integration' }).click()
    await textbox(page, 'Name').fill('ml alerts')
    await textbox(page, 'Workspace').fill('Acme')
    await textbox(page, 'Channel').fill('#ml-alerts')
    await textbox(page, 'URL').fill('https://hooks.slack.com/services/T0001/B0002/abcdefghijkl')
    await inspect(window, 'slack-new')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('row', { name: /ml alerts.*#ml-alerts/ }).waitFor()

    // A Slack of ours, since the real one cannot be asked.
    const [{ id }] = (await succeeds(server, 'GET', '/entities/vision/webhooks')).items
    await succeeds(server, 'PATCH', `/entities/vision/webhooks/${id}`, { url: slack.url, target: 'slack' })
    await givenSecrets(server, 'vision', { SLACK_BOT_TOKEN: 'xoxb-1234-5678-abcdefghijkl' })
    await succeeds(server, 'POST', '/entities/vision/webhooks', {
      name: 'releases by bot',
      url: 'https://slack.com/api/chat.postMessage',
      accessTokenSecret: 'SLACK_BOT_TOKEN',
      slack: { workspace: 'Acme', channel: 'C0123456789' },
    })
    await page.reload()
    await page.getByRole('row', { name: /releases by bot/ }).waitFor()
    await inspect(window, 'slack')
    await menu(page, 'ml alerts', 'Test')
    await sendTest(page, '')
    expect((await slack.waitFor(1))[0]?.body).toContain('A test of this integration')
    await closeDrawer(page)

    await menu(page, 'ml alerts', 'Edit')
    await textbox(page, 'Channel').fill('#alerts')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByRole('row', { name: /#alerts/ }).waitFor()
    await menu(page, 'ml alerts', 'Delete')
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByText('ml alerts is deleted.').waitFor()
    expect((await succeeds(server, 'GET', '/entities/vision/webhooks')).items).toMatchObject([
      { name: 'releases by bot' },
    ])
    expect(window.complaints()).toEqual([])
  })

  test('members see the webhooks of an organization, and nothing to change them with', async () => {
    await using server = await startTestServer(engine)
    await succeeds(server, 'POST', '/organizations', { name: 'acme' })
    await succeeds(server, 'POST', '/entities/acme/webhooks', {
      name: 'deploy',
      url: 'https://example.com/a/long/path/to/it',
    })
    const member = await givenMember(server, 'acme', 'member', 'organizations')
    await using window = await visit(browser(), server, '/orgs/acme/webhooks', { key: member.key })
    const { page } = window
    await page.getByRole('row', { name: /deploy/ }).waitFor()
    expect(await page.getByRole('link', { name: 'New webhook' }).count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Actions for deploy' }).count()).toBe(0)
    await page.getByRole('link', { name: 'deploy', exact: true }).click()
    await page.getByText('Only admins of acme').waitFor()
    await inspect(window, 'webhook-of-member')
  })
})

async function givenTeamNamed(server: TestServer, name: string): Promise<void> {
  await succeeds(server, 'POST', '/teams', { name })
}

/** Webhooks in every state there is, and secrets that they use. */
async function givenBusyTeam(server: TestServer, team: string, downUrl: string): Promise<void> {
  const secrets = {
    GITHUB_TOKEN: TOKEN,
    JENKINS_TOKEN: TOKEN,
    DEPLOY_SIGNING: SIGNING,
    SLACK_BOT_TOKEN: TOKEN,
    UNUSED: TOKEN,
  }
  await givenSecrets(server, team, secrets)
  await givenSecrets(server, team, { DEPLOY_SIGNING: SIGNING_NEXT })
  const failing = await givenPipeline(server, downUrl, {
    team,
    webhook: { name: 'deploy to staging', signingSecret: 'DEPLOY_SIGNING' },
  })
  await inState(server, await fire(server, failing), 'pending', 1)
  const jenkins = 'https://jenkins.example.com/generic-webhook-trigger/invoke?token=abcdefgh'
  const webhook = (settings: object) => succeeds(server, 'POST', `/entities/${team}/webhooks`, settings)
  await webhook({
    name: 'github deploy',
    url: 'https://api.github.com/repos/acme/churn-model/actions/workflows/deploy.yml/dispatches',
    accessTokenSecret: 'GITHUB_TOKEN',
    signingSecret: 'DEPLOY_SIGNING',
    headers: { 'x-team': 'vision', 'x-key': '${JENKINS_TOKEN}' },
    rateLimitPerMinute: 30,
    retrySchedule: [10, 60, 600],
    order: 'collection',
    newestWins: true,
  })
  await webhook({ name: 'jenkins nightly', url: jenkins, accessTokenSecret: 'JENKINS_TOKEN' })
  await webhook({ name: 'pagerduty', url: 'https://events.pagerduty.com/v2/enqueue', paused: true })
  const out = await webhook({ name: 'teams channel', url: 'https://acme.example.com/teams/hook', target: 'teams' })
  const now = Date.now()
  await server.world.db.transaction((tx) =>
    tx
      .updateTable('webhooks')
      .set({
        ...{ circuit_opened_at: now - 60_000, circuit_trips: 2, held_until: now + 600_000 },
        ...{ outage_points: 10, failure_count: 12, failing_since: now - 3_600_000 },
        ...{ last_failure_at: now - 60_000, last_failure_reason: 'timed_out' },
      })
      .where('public_id', '=', out.id)
      .execute(),
  )
}

async function fillWebhook(page: Page, url: string): Promise<void> {
  await textbox(page, 'Name').fill('deployer')
  await textbox(page, 'URL').fill(url)
  await page.getByText('This is sent unencrypted.').waitFor()
  await page.getByRole('combobox', { name: 'Signing secret' }).click()
  await page.getByRole('option', { name: 'SIGNING' }).click()
  // A secret that is not there yet, without losing the form.
  await page.getByRole('button', { name: 'New secret: Access token' }).click()
  const dialog = page.getByRole('dialog', { name: 'New secret' })
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('TOKEN')
  await dialog.getByRole('textbox', { name: 'Value' }).fill(TOKEN)
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'hidden' })
  await expect.poll(() => page.getByRole('combobox', { name: 'Access token' }).inputValue(), PATIENCE).toBe('TOKEN')
  expect(await textbox(page, 'Name').inputValue()).toBe('deployer')
  await page.getByRole('button', { name: 'Add a header' }).click()
  await page.getByLabel('Name of header 1').fill('X-Key')
  await page.getByRole('combobox', { name: 'Value of header 1' }).fill('$TO')
  await page.getByRole('option', { name: '${TOKEN}' }).click()
}

/** The editor of a test completes names and secrets, and marks what the server does not know before it is sent. */
async function completes(page: Page): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'Payload', exact: true })
  await editor.click()
  await page.keyboard.type('{"of": "${artifact_version_s')
  await page.getByRole('option', { name: /artifact_version_string/ }).click()
  await page.keyboard.type('", "sign": "${SIGN')
  await page.getByRole('option', { name: /SIGNING/ }).click()
  await page.keyboard.type('", "as": "${alais}')
  await page.locator('.cm-lintRange-error', { hasText: '${alais}' }).waitFor()
  // The editor says it too, over the mark, wherever the pointer happens to rest on that.
  await page
    .getByRole('alert')
    .getByText(/Did you mean \$\{alias\}/)
    .waitFor()
  await editor.press('ControlOrMeta+a')
  await page.keyboard.press('Delete')
}

function textbox(page: Page, name: string) {
  return page.getByRole('textbox', { name, exact: true })
}

async function sendTest(page: Page, payload: string): Promise<void> {
  if (payload !== '') await textbox(page, 'Payload').fill(payload)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('It arrived').waitFor()
}

async function closeDrawer(page: Page): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
}

async function menu(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}`, exact: true }).click()
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}

/** Passes when the receiver, who knows this secret, would take the request. */
function expectSigned(request: ReceivedRequest | undefined, secret: string): void {
  const { body, headers } = request as ReceivedRequest
  new Webhook(secret, { format: 'raw' }).verify(body, headers as Record<string, string>)
}

/** Passes when the value is nowhere in the page, in no input either. */
async function expectUnseen(page: Page, value: string): Promise<void> {
  // What is stored is in the list before the dialog in which it was typed is gone.
  await expect.poll(() => page.getByRole('dialog').count(), PATIENCE).toBe(0)
  expect(await page.content()).not.toContain(value)
  const inputs = await page
    .locator('input, textarea')
    .evaluateAll((all) => all.map((each) => (each as unknown as { value: string }).value))
  expect(inputs.filter((text) => text.includes(value))).toEqual([])
}
