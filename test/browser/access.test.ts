/** From the set-up link to the first artifact; signing in and out; one's own account. */
import { randomBytes } from 'node:crypto'
import { OAuth2Server } from 'oauth2-mock-server'
import type { Page } from 'playwright-core'
import { expect, test, vi } from 'vitest'
import { describeInBrowser, inspect, type Visit, visit } from '../support/chromium.ts'
import { runPython } from '../support/python.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { describeWithTool } from '../support/tools.ts'

const PASSWORD = 'three quiet words'
const EMPTY = { env: { TRIPLINE_ADMIN_USERNAME: '', TRIPLINE_ADMIN_API_KEY: '' } }
/** What a careless page would take for a tag, an attribute and a script. */
const HOSTILE = `<img src=x onerror="document.title='taken over'"><script>document.title='taken over'</script>`

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()
const clipboard = (page: Page) => page.evaluate<string>('navigator.clipboard.readText()')

async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('Username or e-mail').fill(username)
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

const code = (page: Page, label: string) => page.getByRole('region', { name: label }).locator('pre').textContent()

/** On a machine that does much else besides; alone each takes seconds. */
vi.setConfig({ testTimeout: 150_000 })

describeInBrowser('in a browser', (engine, browser) => {
  describeWithTool('wandb-0.30.0', 'with the client', () => {
    test('a first visit: the set-up link, an administrator, what to type, and the first artifact', async () => {
      await using server = await startTestServer(engine, EMPTY)
      await using window = await visit(browser(), server, '/', { key: null })
      const { page } = window
      await heading(page, 'This server has no users yet')
      await inspect(window, 'access-no-users')

      await page.goto('/setup?token=not-the-one')
      await fillSetup(page)
      await heading(page, 'This link does not work any more')
      await page.getByText('tripline admin create').waitFor()
      await inspect(window, 'access-setup-old-link')

      const link = new URL(server.setupUrl as string)
      await page.goto(`${link.pathname}${link.search}`)
      await heading(page, 'Set up Tripline')
      await page.getByLabel('Username').fill('ada lovelace')
      await page.getByRole('textbox', { name: 'Password' }).fill('too short')
      await page.getByRole('button', { name: 'Create the administrator' }).click()
      await page.getByText('3 more characters').waitFor()
      await page.getByText('begin with a letter or digit').waitFor()
      await inspect(window, 'access-setup')
      await page.getByLabel('Username').fill('admin')
      await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
      await page.getByRole('button', { name: 'Create the administrator' }).click()
      await page.getByText('"admin" is reserved').waitFor()
      await fillSetup(page)

      await heading(page, 'Welcome, Ada')
      expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/welcome')
      await page.getByText('Waiting for the first artifact of ada').waitFor()
      await inspect(window, 'access-welcome')
      const script = (await code(page, 'Log an artifact')) ?? ''
      await page.getByRole('button', { name: 'Copy: Point the client at this server' }).click()
      const env = Object.fromEntries(
        (await clipboard(page)).split('\n').map((line) => line.replace('export ', '').split('=') as [string, string]),
      )
      expect(Object.keys(env)).toEqual(['WANDB_BASE_URL', 'WANDB_API_KEY'])
      expect(env.WANDB_BASE_URL).toBe(server.url)

      const run = await runPython({ code: script }, { env: { ...env, WANDB_SILENT: 'true' }, timeoutMs: 100_000 })
      expect(run.exitCode, run.stderr).toBe(0)
      await page.getByRole('heading', { name: 'It has arrived' }).waitFor()
      await inspect(window, 'access-welcome-arrived')
      const automation = page.getByRole('link', { name: 'Create your first automation' })
      expect(await automation.getAttribute('href')).toBe('/ada/first-steps/automations/new')
      const artifact = page.getByRole('link', { name: 'Look at greeting:v0' })
      expect(await artifact.getAttribute('href')).toBe('/ada/first-steps/artifacts/dataset/greeting/v0')

      await page.reload()
      await page.getByRole('heading', { name: 'It has arrived' }).waitFor()
      expect(await code(page, 'Point the client at this server')).not.toContain(env.WANDB_API_KEY)
      await page.getByRole('button', { name: 'Make an API key and fill it in' }).click()
      await expect.poll(() => code(page, 'Point the client at this server')).toMatch(/export WANDB_API_KEY=[\w-]{40,}$/)

      await using other = await visit(browser(), server, `${link.pathname}${link.search}`, { key: null })
      await heading(other.page, 'This server is set up already')
      await inspect(other, 'access-setup-used')
    })
  })

  async function fillSetup(page: Page): Promise<void> {
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('Name', { exact: true }).fill('Ada')
    await page.getByLabel('E-mail').fill('ada@example.com')
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Create the administrator' }).click()
  }

  async function givenAda(server: TestServer): Promise<string> {
    const key = randomBytes(20).toString('hex')
    const body = { username: 'ada', name: 'Ada', email: 'ada@example.com', password: PASSWORD, apiKey: key }
    expect((await server.rest('POST', '/users', body)).status).toBe(201)
    return key
  }

  test('signing in leads to a page of this server only, and too many attempts wait', async () => {
    await using server = await startTestServer(engine)
    const key = await givenAda(server)
    for (const next of ['//evil.example/', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)']) {
      await using window = await visit(browser(), server, `/login?next=${encodeURIComponent(next)}`, { key: null })
      await window.page.getByRole('button', { name: 'Sign in with an API key instead' }).click()
      await window.page.getByRole('textbox', { name: 'API key' }).fill(key)
      await window.page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await heading(window.page, /Hello/)
      expect(window.page.url()).toBe(`${server.url}/`)
      expect(window.complaints()).toEqual([])
    }

    await using window = await visit(browser(), server, '/account/api-keys?from=a%20link#here', { key: null })
    const { page, context } = window
    await page.getByRole('button', { name: 'Sign in with an API key instead' }).click()
    await inspect(window, 'access-login-key')
    await page.getByRole('textbox', { name: 'API key' }).fill('a key that nobody has')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByText('unknown, was deleted or has expired').waitFor()
    await page.getByRole('textbox', { name: 'API key' }).fill(` ${key} `)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await heading(page, 'API keys')
    expect(page.url()).toBe(`${server.url}/account/api-keys?from=a%20link#here`)
    expect(await context.cookies()).toEqual([
      expect.objectContaining({ httpOnly: true, sameSite: 'Lax', path: '/api/v1', domain: '127.0.0.1' }),
    ])
    expect(await page.evaluate('document.cookie')).toBe('')
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toContain(key)

    await using guessing = await visit(browser(), server, '/login', { key: null })
    const guess = () => server.rest('POST', '/session', { username: 'ada', password: 'a wrong guess' }, { key: null })
    const guesses = await Promise.all(Array.from({ length: 11 }, guess))
    expect(guesses.map(({ status }) => status)).toContain(429)
    await signIn(guessing.page, 'ada', PASSWORD)
    await guessing.page.getByRole('alert').waitFor()
    const wait = guessing.page.getByRole('button', { name: /Try again in \d+ (s|min)/ })
    await wait.waitFor()
    expect(await wait.isDisabled()).toBe(true)
    await inspect(guessing, 'access-login-wait')
  })

  test('an identity provider signs people in, and they come to the page that was asked for', async () => {
    const provider = new OAuth2Server()
    await provider.issuer.keys.generate('RS256')
    await provider.start(0, 'localhost')
    await using _stopped = { [Symbol.asyncDispose]: () => provider.stop() }
    const person = { sub: 'subject-1', email: 'ada@example.com', email_verified: true, name: HOSTILE }
    provider.service.on('beforeTokenSigning', (token: { payload: object }) => Object.assign(token.payload, person))
    provider.service.on('beforeUserinfo', (answer: { body: unknown }) => Object.assign(answer, { body: person }))
    await using server = await startTestServer(engine, {
      env: {
        TRIPLINE_OIDC_ISSUER: provider.issuer.url as string,
        TRIPLINE_OIDC_CLIENT_ID: 'tripline',
        TRIPLINE_OIDC_CLIENT_SECRET: 'the secret of the client',
        TRIPLINE_OIDC_LABEL: 'Example SSO',
        TRIPLINE_OIDC_CREATE_USERS: 'on',
      },
    })
    await using window = await visit(browser(), server, '/login', { key: null })
    const { page } = window
    await page.goto(`${server.world.config.publicUrl}/account/sessions?from=sso`)
    await page.getByRole('link', { name: 'Continue with Example SSO' }).waitFor()
    await inspect(window, 'access-login-sso')
    await page.getByRole('link', { name: 'Continue with Example SSO' }).click()
    await heading(page, 'Sessions')
    await page.getByRole('cell', { name: 'Single sign-on' }).waitFor()
    expect(page.url()).toBe(`${server.world.config.publicUrl}/account/sessions?from=sso`)
    expect(window.complaints()).toEqual([])

    // There is no password yet, and so none to be asked for.
    await page.getByRole('link', { name: 'Profile' }).click()
    await page.getByText('You have none').waitFor()
    expect(await page.getByRole('textbox', { name: 'Current password' }).count()).toBe(0)
    await inspect(window, 'access-account-sso')
    await page.getByRole('textbox', { name: 'New password' }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Choose this password' }).click()
    await page.getByRole('textbox', { name: 'Current password' }).waitFor()
    await page.getByRole('button', { name: /^Your account/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await signIn(page, person.email, PASSWORD)
    await page.getByRole('button', { name: /^Your account/ }).waitFor()
  })

  test('one’s own account: profile, password, keys, sessions', async () => {
    await using server = await startTestServer(engine)
    const key = await givenAda(server)
    await server.rest('POST', '/teams', { name: 'vision', displayName: 'Computer Vision' })
    await server.rest('PUT', '/teams/vision/members/ada', { role: 'member' })
    await using window = await visit(browser(), server, '/account', { key })
    const { page } = window
    await changeProfile(window)
    await changePassword(window)
    await keys(window, server)

    await using elsewhere = await visit(browser(), server, '/login', { key: null })
    await signIn(elsewhere.page, 'ada@example.com', 'another good password')
    await heading(elsewhere.page, /Hello/)
    await page.getByRole('link', { name: 'Sessions' }).click()
    await heading(page, 'Sessions')
    await expect.poll(() => page.getByRole('row').count()).toBe(3)
    await page.getByText('this one').waitFor()
    await inspect(window, 'access-sessions')
    await page.getByRole('button', { name: /^End the session/ }).click()
    await page.getByRole('button', { name: 'End it' }).click()
    await expect.poll(() => page.getByRole('row').count()).toBe(2)
    await elsewhere.page.goto('/account')
    await heading(elsewhere.page, 'Sign in to Tripline')

    for (const _ of ['desk', 'phone']) await server.rest('POST', '/session', { apiKey: key }, { key: null })
    await page.reload()
    await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await page.getByText('All 2 other sessions end at once.').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click()
    await expect.poll(() => page.getByRole('row').count()).toBe(2)
    await page.getByText('this one').waitFor()
    expect(await page.getByRole('button', { name: 'Sign out everywhere else' }).count()).toBe(0)
    expect(window.complaints()).toEqual([])
  })

  async function changeProfile(window: Visit): Promise<void> {
    const { page } = window
    await heading(page, 'Your account')
    await inspect(window, 'access-account')
    await page.getByLabel('Name', { exact: true }).fill(HOSTILE)
    await page.getByRole('link', { name: 'Sessions' }).click()
    await page.getByText('What you have changed on this page is lost.').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByLabel('E-mail').fill('nonsense')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('not an e-mail address').waitFor()
    await page.getByLabel('E-mail').fill('')
    await page.getByLabel('E-mail').fill('ada@example.com')
    await page.getByRole('combobox', { name: 'Default entity' }).click()
    await page.getByRole('option', { name: 'vision (Computer Vision)' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Your profile is saved.').waitFor()
    await page.getByRole('link', { name: 'Tripline', exact: true }).click()
    await heading(page, `Hello, ${HOSTILE}`)
    expect(await page.title()).toBe('Home · Tripline')
    await page.goto('/welcome')
    await page.getByText('Waiting for the first artifact of vision').waitFor()
    expect(window.complaints()).toEqual([])
    await page.goto('/account')
  }

  async function changePassword(window: Visit): Promise<void> {
    const { page } = window
    await page.getByRole('textbox', { name: 'Current password' }).fill('not this one')
    await page.getByRole('textbox', { name: 'New password' }).fill('another good password')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('is not the current password').waitFor()
    await page.getByRole('textbox', { name: 'Current password' }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Your password is changed.').waitFor()
    expect(await page.getByRole('textbox', { name: 'New password' }).inputValue()).toBe('')
  }

  async function keys(window: Visit, server: TestServer): Promise<void> {
    const { page } = window
    await page.getByRole('link', { name: 'API keys' }).click()
    await heading(page, 'API keys')
    await page.getByLabel('What is it for?').fill('nightly <b>training</b>')
    await page.getByRole('combobox', { name: 'Works for' }).click()
    await page.getByRole('option', { name: '30 days' }).click()
    await page.getByRole('button', { name: 'Make an API key' }).click()
    await page.getByText('copy it now').waitFor()
    await page.getByRole('button', { name: 'Copy: nightly <b>training</b>' }).click()
    const made = await clipboard(page)
    expect((await server.rest('GET', '/viewer', undefined, { key: made })).body.username).toBe('ada')
    await page.getByText('in 4 weeks').waitFor()
    await inspect(window, 'access-api-keys')
    await page.reload()
    await page.getByRole('table', { name: 'API keys' }).getByText('nightly <b>training</b>').waitFor()
    expect(await page.content()).not.toContain(made)
    await page.getByRole('button', { name: 'Delete the key nightly' }).click()
    await page.getByText('stops working at once').waitFor()
    await page.getByRole('button', { name: 'Delete the key', exact: true }).click()
    await expect.poll(() => page.getByText('nightly <b>training</b>').count()).toBe(0)
    expect((await server.rest('GET', '/viewer', undefined, { key: made })).status).toBe(401)

    await page.goto('/authorize?ref=models')
    await heading(page, 'Connect a terminal')
    await page.getByRole('button', { name: 'Make an API key' }).click()
    await page.getByText('Your new API key: copy it now').waitFor()
    await inspect(window, 'access-authorize')
    await page.goto('/account/api-keys')
  }
})
