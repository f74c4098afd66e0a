/** What strangers wrote stays text, and a session is of use to nobody but this app. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { describeInBrowser, visit } from '../support/chromium.ts'
import { collectionPath, givenVersion, type ProjectName } from '../support/given-artifacts.ts'
import { startReceiver } from '../support/receiver.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const PROJECT: ProjectName = { entity: 'vision', project: 'cats' }
const MARKUP = '<img src=x onerror="globalThis.breached=1">'

describeInBrowser('safety in a browser', (engine, browser) => {
  test('markup in names, payloads and answers is shown as text, and nothing is asked of any other host', async () => {
    await using server = await startTestServer(engine)
    const receiver = await startReceiver({ status: 400, body: `<script>globalThis.breached=1</script>${MARKUP}` })
    await givenMarkup(server, receiver.url)
    await receiver.waitFor(1)
    await expect
      .poll(async () => (await server.rest('GET', '/entities/vision/deliveries?state=failed')).body.items.length)
      .toBe(1)
    const [delivery] = (await server.rest('GET', '/entities/vision/deliveries')).body.items
    await using window = await visit(browser(), server, '/')
    const { page, context } = window
    const elsewhere: string[] = []
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== server.url) elsewhere.push(request.url())
    })
    for (const path of [
      '/',
      '/teams/vision/history',
      '/teams/vision/history?tab=deliveries',
      `/deliveries/${delivery.id}`,
      `/events/${delivery.event.id}`,
    ]) {
      await page.goto(path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      if (path === '/') await page.getByText(MARKUP).first().waitFor()
      else
        await page
          .locator('main')
          .getByText(/hook|deploy/)
          .first()
          .waitFor()
      expect(await page.locator('img[src=x]').count(), path).toBe(0)
      expect(await page.evaluate('globalThis.breached'), path).toBeUndefined()
    }
    await page.goto(`/deliveries/${delivery.id}`)
    await page.getByRole('button', { name: 'Answer' }).click()
    await page.getByText('<script>').first().waitFor()
    expect(await page.evaluate('globalThis.breached')).toBeUndefined()
    expect(elsewhere).toEqual([])

    const cookies = await context.cookies()
    expect(cookies.filter(({ httpOnly }) => httpOnly).length).toBeGreaterThan(0)
    expect(await page.evaluate('document.cookie')).toBe('')
    expect(window.complaints()).toEqual([])
  })

  test('a form on another site cannot do anything in the name of whoever is signed in', async () => {
    await using server = await startTestServer(engine)
    await using attacker = await startAttacker(server.url)
    await using window = await visit(browser(), server, '/')
    const { page } = window
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.goto(attacker.url)
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/api/v1/teams')),
      page.getByRole('button', { name: 'Win a prize' }).click(),
    ])
    expect(answer.status()).toBeGreaterThanOrEqual(400)
    expect((await server.rest('GET', '/teams/stolen')).status).toBe(404)
  })
})

/** A team in which everything that takes any text has markup for it. */
async function givenMarkup(server: TestServer, url: string): Promise<void> {
  await server.rest('POST', '/teams', { name: 'vision', displayName: MARKUP })
  await server.rest('POST', '/projects/vision', { name: 'cats' })
  await givenVersion(server, PROJECT, 'resnet')
  const webhook = await server.rest('POST', '/entities/vision/webhooks', { name: 'hook', url })
  expect(webhook.status, webhook.text).toBe(201)
  const automation = await server.rest('POST', '/entities/vision/automations', {
    name: 'deploy',
    description: MARKUP,
    scope: { type: 'project', project: 'cats' },
    event: 'ADD_ARTIFACT_ALIAS',
    filter: { alias: 'production' },
    action: { type: 'webhook', webhook: 'hook', payload: { text: MARKUP } },
  })
  expect(automation.status, automation.text).toBe(201)
  const moved = await server.rest('PUT', `${collectionPath(PROJECT, 'resnet')}/aliases/production`, { version: 'v0' })
  expect(moved.status, moved.text).toBe(200)
}

/** Another site, with a form that posts JSON to the server as `text/plain`, which needs nobody's leave. */
async function startAttacker(target: string): Promise<{ url: string; [Symbol.asyncDispose](): Promise<void> }> {
  const html = `<form method="post" enctype="text/plain" action="${target}/api/v1/teams">
    <input type="hidden" name='{"name":"stolen","x":"' value='"}'><button>Win a prize</button></form>`
  const site = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
  await once(site.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(site.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      site.closeAllConnections()
      site.close()
    },
  }
}
