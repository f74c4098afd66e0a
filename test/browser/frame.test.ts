/** What every page has around it, and how the server hands the app out. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inspect, useBrowser, visit } from '../support/chromium.ts'
import { everywhere } from '../support/given-people.ts'
import { startTestServer } from '../support/server.ts'
import { describeWithTool } from '../support/tools.ts'

/** Compressed script that the first screen may need. */
const FIRST_SCREEN_BYTES_MAX = 250_000

test('the app is one page under a strict policy, and never cached; its files are cached for ever', async () => {
  await using server = await startTestServer('sqlite')
  const page = await fetch(`${server.url}/acme/vision/artifacts`, { headers: { accept: 'text/html' } })
  expect(page.status).toBe(200)
  expect(page.headers.get('cache-control')).toBe('no-store')
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self'")
  expect(policy).not.toMatch(/unsafe/)
  const html = await page.text()
  const nonce = /name="csp-nonce" content="([^"]+)"/.exec(html)?.[1]
  expect(policy).toContain(`'nonce-${nonce}'`)
  const again = await fetch(`${server.url}/`, { headers: { accept: 'text/html' } })
  expect(again.headers.get('content-security-policy')).not.toContain(`'nonce-${nonce}'`)

  const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1]
  const file = await fetch(`${server.url}${script}`, { headers: { 'accept-encoding': 'br' } })
  expect(file.headers.get('cache-control')).toContain('immutable')
  expect(file.headers.get('content-encoding')).toBe('br')
})

test('paths of programs stay problems, and so does everything that no browser asks for', async () => {
  await using server = await startTestServer('sqlite')
  for (const [path, accept] of [
    ['/api/v1/nothing', 'text/html'],
    ['/files/a/b/c', 'text/html'],
    ['/assets/nothing.js', 'text/html'],
    ['/acme/vision', 'application/json'],
  ] as const) {
    const answer = await fetch(`${server.url}${path}`, { headers: { accept } })
    expect(answer.status, path).toBeGreaterThanOrEqual(400)
    expect(answer.headers.get('content-type'), path).toContain('problem+json')
  }
})

describeWithTool('chromium', 'in a browser', () => {
  const browser = useBrowser()

  test('whoever is not signed in signs in, and comes to the page that was asked for', async () => {
    await using server = await startTestServer('sqlite')
    await server.rest('POST', '/users', { username: 'ada', password: 'a long enough password' })
    await using window = await visit(browser(), server, '/account', { key: null })
    const { page } = window
    await page.getByRole('heading', { name: 'Sign in to Tripline' }).waitFor()
    await inspect(window, 'login')

    await page.getByLabel('Username or e-mail').fill('ada')
    await page.locator('input[type=password]').fill('not that one, I think')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('alert').waitFor()
    await page.locator('input[type=password]').fill('a long enough password')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL('**/account')

    await page.getByRole('button', { name: 'Your account: ada' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor()
    await inspect(window, 'user-menu')
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to Tripline' }).waitFor()
    expect(window.complaints()).toEqual([])
  })

  test('a link that leads nowhere says so, and leads on', async () => {
    await using server = await startTestServer('sqlite')
    await using window = await visit(browser(), server, '/search/nothing/here/at/all')
    await window.page.getByRole('heading', { name: 'No such page' }).waitFor()
    await inspect(window, 'not-found')
    await window.page.getByRole('link', { name: 'Go to Home' }).click()
    await window.page.getByRole('heading', { level: 1, name: /Hello/ }).waitFor()
  })

  test('without the network a list says so and can be asked again, and a page that cannot be had loads anew once', async () => {
    await using server = await startTestServer('sqlite')
    await using window = await visit(browser(), server, '/account')
    const { page, context } = window
    await page.getByRole('heading', { level: 1 }).waitFor()
    await context.route('**/api/v1/viewer/sessions', (route) => route.abort())
    await page.getByRole('link', { name: 'Sessions' }).click()
    await page.getByRole('alert').waitFor()
    window.complaints()
    await inspect(window, 'list-failed')
    await context.unroute('**/api/v1/viewer/sessions')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('table', { name: 'Sessions' }).waitFor()

    await context.route('**/assets/api-keys-page*', (route) => route.abort())
    await page.getByRole('link', { name: 'API keys' }).click()
    await page.getByRole('heading', { name: 'This page has failed' }).waitFor()
    window.complaints()
    await inspect(window, 'page-failed')
    await context.unroute('**/assets/api-keys-page*')
    await page.getByRole('button', { name: 'Load it again' }).click()
    await page.getByRole('table', { name: 'API keys' }).waitFor()
  })

  test('while the server does not answer the page says so, stays, and goes on by itself', async () => {
    await using server = await startTestServer('sqlite')
    await server.rest('POST', '/teams', { name: 'vision' })
    await using window = await visit(browser(), server, '/teams/vision/secrets')
    const { page, context } = window
    await page.getByText('No secrets yet').waitFor()
    const outage = page.getByText('The server does not answer. What you see may be out of date')
    await context.setOffline(true)
    await page.getByRole('link', { name: 'History' }).click()
    await outage.waitFor()
    // What this needs had not been loaded: the browser must not be sent to look for it where nobody answers.
    await page.getByRole('heading', { name: 'This page has failed' }).waitFor()
    await page.getByText('A part of it cannot be loaded').waitFor()
    window.complaints()
    await inspect(window, 'server-down')
    await page.getByRole('link', { name: 'Secrets' }).click()
    await page.getByRole('heading', { level: 1, name: 'Secrets' }).waitFor()

    await server.rest('PUT', '/entities/vision/secrets/GITHUB_TOKEN', { value: 'a token that is secret' })
    await context.setOffline(false)
    await page.getByRole('row', { name: /GITHUB_TOKEN/ }).waitFor()
    await outage.waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'History' }).click()
    await page.getByRole('heading', { level: 1, name: 'History of vision' }).waitFor()
    // A page that listens notices without being asked anything.
    await page.getByText('No automation has fired yet').waitFor()
    await context.setOffline(true)
    await outage.waitFor()
    await context.setOffline(false)
    await outage.waitFor({ state: 'detached' })
  })

  test('a session that ends under a form is begun again over it, and nothing that was typed is lost', async () => {
    await using server = await startTestServer('sqlite')
    const password = 'a long enough password'
    await server.rest('POST', '/users', { username: 'ada', password })
    await server.rest('POST', '/users', { username: 'eve', password })
    await using window = await visit(browser(), server, '/login?next=/teams/ada/webhooks/new', { key: null })
    const { page, context } = window
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' })
    async function signIn(tab: typeof page, username: string) {
      const field = tab.getByLabel('Username or e-mail')
      if ((await field.inputValue()) !== username) await field.fill(username)
      await tab.getByRole('textbox', { name: 'Password' }).fill(password)
      await tab.keyboard.press('Enter')
    }
    await signIn(page, 'ada')
    await page.getByRole('heading', { level: 1, name: 'New webhook' }).waitFor()
    const name = page.getByRole('textbox', { name: /^Name/ })
    await name.fill('deployer')
    await page.getByRole('textbox', { name: 'URL' }).fill('https://example.com/deploy')

    // Signed out in another tab.
    const tab = await context.newPage()
    await tab.goto('/')
    await tab.getByRole('button', { name: 'Your account: ada' }).click()
    await tab.getByRole('menuitem', { name: 'Sign out' }).click()
    await tab.getByRole('heading', { name: 'Sign in to Tripline' }).waitFor()
    await page.bringToFront()
    await page.getByRole('button', { name: 'Create webhook' }).click()
    await dialog.waitFor()
    await inspect(window, 'session-ended')
    await page.keyboard.press('Escape')
    await signIn(page, 'ada')
    await dialog.waitFor({ state: 'detached' })
    expect(await name.inputValue()).toBe('deployer')

    // Signed out and in again there: the token of this tab is of a session that is gone.
    await context.clearCookies()
    await tab.goto('/login')
    await signIn(tab, 'ada')
    await tab.getByRole('heading', { level: 1, name: /Hello/ }).waitFor()
    await page.bringToFront()
    await page.getByRole('button', { name: 'Create webhook' }).click()
    await page.getByRole('row', { name: /deployer/ }).waitFor()

    // In the name of somebody else nothing is done that was begun by another.
    await page.getByRole('link', { name: 'Secrets' }).click()
    await page
      .getByRole('button', { name: /secret/ })
      .first()
      .click()
    await page.getByRole('textbox', { name: 'Name' }).fill('TOKEN')
    await page.getByRole('textbox', { name: 'Value' }).fill('a token that is secret')
    await context.clearCookies()
    await tab.goto('/login')
    await signIn(tab, 'eve')
    await tab.getByRole('heading', { level: 1, name: /Hello/ }).waitFor()
    await page.bringToFront()
    page.on('dialog', (asked) => void asked.accept())
    await page.getByRole('button', { name: 'Store' }).click()
    await page.getByRole('button', { name: 'Your account: eve' }).waitFor()
    for (const username of ['ada', 'eve']) {
      expect((await server.rest('GET', `/entities/${username}/secrets`, undefined, everywhere)).body.items).toEqual([])
    }
    expect(window.complaints()).toEqual([])
  })

  test('the first screen loads little script', async () => {
    await using server = await startTestServer('sqlite')
    await using window = await visit(browser(), server, '/')
    await window.page.getByRole('heading', { level: 1 }).waitFor()
    const scripts = await window.page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter(({ name }) => name.endsWith('.js'))
        .map(({ name }) => new URL(name).pathname),
    )
    const built = join(import.meta.dirname, '..', '..', 'web', 'dist')
    const compressed = new Set(readdirSync(join(built, 'assets')).filter((name) => name.endsWith('.br')))
    const sizes = scripts.map((path) => {
      const name = path.split('/').at(-1) as string
      return statSync(join(built, 'assets', compressed.has(`${name}.br`) ? `${name}.br` : name)).size
    })
    expect(scripts.length).toBeGreaterThan(0)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(FIRST_SCREEN_BYTES_MAX)
  })
})
