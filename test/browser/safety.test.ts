/** What strangers wrote stays text, and a session is of use to nobody but this app. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Response } from 'playwright-core'
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

  test('no page of another site or origin does anything in the name of whoever is signed in', async () => {
    await using server = await startTestServer(engine)
    await using attacker = await startAttacker(server.url)
    await using window = await visit(browser(), server, '/')
    const { page } = window
    await page.getByRole('heading', { level: 1 }).waitFor()

    // Another site, to which browsers give no cookie; and another port, which is the same site and is given it.
    for (const host of ['localhost', '127.0.0.1']) {
      for (const { name, path } of ATTACKS) {
        await page.goto(attacker.url(host))
        const [answer] = await Promise.all([
          page.waitForResponse((response) => response.url() === `${server.url}${path}`),
          page.getByRole('button', { name, exact: true }).click(),
        ])
        expect(answer.status(), `${name} from ${host}`).toBe(403)
        // Of what it may not read itself, the browser keeps no more.
        if (name === 'make a team quietly') continue
        const sent = await answer.request().allHeaders()
        expect(sent['sec-fetch-site'], `${name} from ${host}`).toBe(host === 'localhost' ? 'cross-site' : 'same-site')
        expect(sent.cookie !== undefined, `${name} from ${host}`).toBe(host === '127.0.0.1')
        expect(await problemOf(answer), `${name} from ${host}`).toBe('origin_not_allowed')
      }
      await page.goto(attacker.url(host))
      await page.getByRole('button', { name: 'look' }).click()
      await page.getByText('saw nothing').waitFor()
    }

    // A page of this very origin that does not know the token: what a hole in a page would be.
    await page.goto('/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    const refused = await page.evaluate<{ status: number; code: string }>(`fetch('/api/v1/teams', { method: 'POST',
      body: '{"name":"stolen"}', headers: { 'content-type': 'application/json' } })
      .then(async (answer) => ({ status: answer.status, code: (await answer.json()).code }))`)
    expect(refused.status, refused.code).toBe(403)
    expect(refused.code).toBe('csrf_token_invalid')
    expect((await server.rest('GET', '/teams/stolen')).status).toBe(404)
    // Still who it was: nobody was signed out, or in as somebody else.
    await page.reload()
    await page.getByRole('button', { name: 'Your account: admin-user' }).waitFor()
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

/** What needs nobody's leave: a form, and a request that is no more than one. */
const ATTACKS = [
  { name: 'make a team', path: '/api/v1/teams' },
  { name: 'sign in as me', path: '/api/v1/session' },
  { name: 'make a team quietly', path: '/api/v1/teams' },
]

/** A page elsewhere, under the name one opens it by, that posts JSON as `text/plain` and tries to read what comes of it. */
async function startAttacker(
  target: string,
): Promise<{ url(host: string): string; [Symbol.asyncDispose](): Promise<void> }> {
  const form = (path: string, json: string, label: string) => `<form method="post" enctype="text/plain"
    action="${target}${path}"><input type="hidden" name='${json.slice(0, -1)},"x":"' value='"}'><button>${label}</button></form>`
  const html = `${form('/api/v1/teams', '{"name":"stolen"}', 'make a team')}
    ${form('/api/v1/session', '{"apiKey":"of-the-attacker"}', 'sign in as me')}
    <button onclick="fetch('${target}/api/v1/teams', { method: 'POST', mode: 'no-cors', credentials: 'include',
      body: JSON.stringify({ name: 'stolen' }) })">make a team quietly</button>
    <button onclick="fetch('${target}/api/v1/viewer', { credentials: 'include' })
      .then((answer) => answer.text()).then((seen) => out.textContent = seen, () => out.textContent = 'saw nothing')">look</button>
    <p id="out"></p>`
  const site = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
  await once(site.listen(0, '127.0.0.1'), 'listening')
  return {
    url: (host) => `http://${host}:${(site.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      site.closeAllConnections()
      site.close()
    },
  }
}

/** The code of the problem that was answered, which the attacker itself cannot read. */
async function problemOf(answer: Response): Promise<string> {
  return (await answer.json()).code
}
