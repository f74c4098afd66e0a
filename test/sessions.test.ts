/** Browsers that are signed in: how a session begins, what its cookie opens and what else it takes, and how it ends. */
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBrowser, type TestBrowser } from './support/browser.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'
import { auditOf, givenSignedIn, givenWebUser, later, PASSWORD, refused } from './support/web-users.ts'

const DAY_MS = 24 * 3_600_000
let names = 0
const newName = (prefix: string) => `${prefix}-${++names}`

forEachEngine((engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const givenUser = (input = {}) => givenWebUser(server, input)
  const givenUserWithPassword = (input = {}) => givenUser({ password: PASSWORD, ...input })

  describe('signing in', () => {
    test('by password: the answer says who it is, the cookie is for the REST API alone and for no script', async () => {
      const { username } = await givenUserWithPassword({ email: `${newName('mail')}@example.com`, name: 'Ada' })
      const browser = createBrowser(server.url)
      const answer = await browser.signIn({ username, password: PASSWORD })
      expect(answer).toMatchObject({ status: 201, body: { viewer: { username, name: 'Ada' }, setUpNeeded: false } })
      expect(answer.body.csrfToken).toMatch(/^[\w-]{43}$/)
      expect(answer.headers.get('set-cookie')).toMatch(
        /^tripline=[\w-]{43}; Path=\/api\/v1; Max-Age=2592000; HttpOnly; SameSite=Lax$/,
      )
      expect(answer.headers.get('cache-control')).toBe('no-store')

      const viewer = await browser.rest('GET', '/viewer')
      expect(viewer).toMatchObject({ status: 200, body: { username } })
      expect(viewer.headers.get('cache-control')).toBe('no-store')
      expect((await browser.rest('GET', '/session')).body).toEqual(answer.body)
      expect(await auditOf(server, username)).toContainEqual(
        expect.objectContaining({ action: 'session.started', actor: username, via: 'web' }),
      )
    })

    test('by e-mail address, and by API key, which ends with the key', async () => {
      const email = `${newName('mail')}@example.com`
      const { username, key } = await givenUserWithPassword({ email })
      const byMail = createBrowser(server.url)
      expect(await byMail.signIn({ username: email.toUpperCase(), password: PASSWORD })).toMatchObject({ status: 201 })

      const byKey = createBrowser(server.url)
      expect(await byKey.signIn({ apiKey: key })).toMatchObject({ status: 201, body: { viewer: { username } } })
      const [{ id }] = (await byKey.rest('GET', `/users/${username}/api-keys`)).body.items
      expect((await byMail.rest('DELETE', `/users/${username}/api-keys/${id}`)).status).toBe(204)
      expect(await byKey.rest('GET', '/viewer')).toEqual(refused(401, 'unauthenticated'))
      expect((await byMail.rest('GET', '/viewer')).status).toBe(200)
    })

    test('an expiring key begins a session that ends with it, an expired one none', async () => {
      const { username } = await givenUser()
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
      const { key } = (await server.rest('POST', `/users/${username}/api-keys`, { expiresAt })).body
      const browser = createBrowser(server.url)
      expect((await browser.signIn({ apiKey: key })).body).toMatchObject({ expiresAt })
      await later(server, 3_600_000, async () => {
        expect(await browser.rest('GET', '/viewer')).toEqual(refused(401, 'unauthenticated'))
        expect(await createBrowser(server.url).signIn({ apiKey: key })).toEqual(refused(401, 'sign_in_failed'))
      })
    })

    test('what is wrong is refused without saying what exists', async () => {
      const { username } = await givenUserWithPassword()
      const passwordless = await givenUser()
      const browser = createBrowser(server.url)
      const answers: RestAnswer[] = []
      for (const name of [username, passwordless.username, 'no-such-user', 'no such name', 'nobody@example.com']) {
        answers.push(await browser.signIn({ username: name, password: 'wrong wrong wrong' }))
      }
      for (const answer of answers) {
        expect(answer).toEqual(refused(401, 'sign_in_failed'))
        expect(answer.body.detail).toBe(answers[0]!.body.detail)
        expect(answer.headers.get('set-cookie')).toBeNull()
      }
      expect(await auditOf(server, username)).toContainEqual(
        expect.objectContaining({ action: 'session.refused', actor: null, via: 'web' }),
      )
      expect(JSON.stringify(await server.rest('GET', '/audit?limit=1000'))).not.toContain('wrong wrong')
      for (const body of [{}, { username }, { username, password: PASSWORD, apiKey: 'x' }, { password: PASSWORD }]) {
        expect(await browser.signIn(body)).toEqual(refused(400, 'invalid_request'))
      }
      expect(await browser.signIn({ apiKey: 'x'.repeat(40) })).toEqual(refused(401, 'sign_in_failed'))
    })

    test('a service account has no browser', async () => {
      const team = newName('team')
      await server.rest('POST', '/teams', { name: team })
      const { body } = await server.rest('POST', `/teams/${team}/service-accounts`, { username: newName('bot') })
      expect(await createBrowser(server.url).signIn({ apiKey: body.key })).toEqual(refused(403, 'forbidden'))
    })

    test('gives a new token each time, whatever the browser brought along, and ends what it had', async () => {
      const browser = await givenSignedIn(server)
      const first = browser.token()
      const chosen = 'A'.repeat(43)
      const fixed = createBrowser(server.url, chosen)
      await fixed.signIn({ apiKey: browser.key })
      expect(fixed.token()).not.toBe(chosen)
      expect(await createBrowser(server.url, chosen).rest('GET', '/viewer')).toEqual(refused(401, 'unauthenticated'))

      await browser.signIn({ apiKey: browser.key })
      expect(browser.token()).not.toBe(first)
      expect(await createBrowser(server.url, first).rest('GET', '/viewer')).toEqual(refused(401, 'unauthenticated'))
    })

    test('no token is stored', async () => {
      const browser = await givenSignedIn(server)
      const { csrfToken } = (await browser.rest('GET', '/session')).body
      for (const table of ['sessions', 'audit', 'sign_in_attempts'] as const) {
        const rows = JSON.stringify(await server.world.db.read.selectFrom(table).selectAll().execute())
        expect(rows).not.toContain(browser.token())
        expect(rows).not.toContain(csrfToken)
      }
    })
  })

  describe('who is not signed in', () => {
    test('is told so, and how to sign in, without being refused', async () => {
      const open = { viewer: null, csrfToken: null, expiresAt: null, signIn: { password: true }, setUpNeeded: false }
      for (const token of [undefined, 'x', 'A'.repeat(43)]) {
        const answer = await createBrowser(server.url, token).rest('GET', '/session')
        expect(answer).toMatchObject({ status: 200, body: open })
      }
      expect(await server.rest('GET', '/session', undefined, { key: 'x'.repeat(40) })).toMatchObject({ body: open })
      expect(await server.rest('GET', '/session')).toMatchObject({
        status: 200,
        body: { viewer: { username: 'admin-user' }, csrfToken: null },
      })
    })

    test('can sign out, which does nothing', async () => {
      expect((await createBrowser(server.url).rest('DELETE', '/session')).status).toBe(204)
    })
  })

  describe('the cookie', () => {
    test('opens the REST API alone', async () => {
      const browser = await givenSignedIn(server)
      const cookie = `tripline=${browser.token()}`
      const query = JSON.stringify({ query: '{ viewer { username } }' })
      const paths = [
        ['POST', '/graphql', query],
        ['POST', `/files/${browser.username}/p/r/file_stream`, '{}'],
        ['GET', `/artifacts/${browser.username}/d41d8cd98f00b204e9800998ecf8427e`, undefined],
      ] as const
      for (const [method, path, body] of paths) {
        const response = await fetch(`${server.url}${path}`, {
          method,
          headers: { cookie, 'content-type': 'application/json', 'x-tripline-csrf': browser.csrfToken() },
          ...(body === undefined ? {} : { body }),
        })
        const answer = await response.text()
        const isNobody = response.status === 401 || answer.includes('"viewer":null')
        expect(isNobody, `${path}: ${response.status} ${answer}`).toBe(true)
      }
    })

    test('does not count beside an Authorization header, be that right or wrong', async () => {
      const browser = await givenSignedIn(server)
      const wrong = await browser.rest('GET', '/viewer', undefined, { authorization: `Bearer ${'x'.repeat(40)}` })
      expect(wrong).toEqual(refused(401, 'unauthenticated'))
      const right = await browser.rest('GET', '/viewer', undefined, { authorization: `Bearer ${server.adminKey}` })
      expect(right.body.username).toBe('admin-user')
    })

    test('does not count twice: a neighbouring host may have set the other', async () => {
      const mine = await givenSignedIn(server)
      const theirs = await givenSignedIn(server)
      const cookie = `tripline=${theirs.token()}; tripline=${mine.token()}`
      expect(await server.rest('GET', '/viewer', undefined, { key: null, headers: { cookie } })).toEqual(
        refused(401, 'unauthenticated'),
      )
    })

    test('what is done by it is done by web, and neither acts for others nor imports', async () => {
      const browser = await givenSignedIn(server)
      const headers = { 'x-wandb-username': 'admin-user', 'x-tripline-import': 'true' }
      const { body } = await browser.rest('POST', `/users/${browser.username}/api-keys`, {}, headers)
      expect(body.key).toBeDefined()
      expect(await auditOf(server, browser.username)).toContainEqual(
        expect.objectContaining({ action: 'api_key.created', actor: browser.username, via: 'web' }),
      )
      await browser.rest('POST', `/projects/${browser.username}`, { name: 'p' })
      const version = `/projects/${browser.username}/p/collections/c/versions`
      const made = await browser.rest(
        'POST',
        version,
        { type: 'model', files: [{ path: 'a', content: 'YQ==' }] },
        headers,
      )
      expect(made.status, made.text).toBe(201)
      const { items } = (await browser.rest('GET', `/entities/${browser.username}/events`)).body
      expect(items[0].actor).toMatchObject({ username: browser.username, via: 'web' })
    })
  })

  describe('a request that changes something', () => {
    const change = (browser: TestBrowser, headers: Record<string, string | undefined>, method = 'PATCH') =>
      browser.rest(method, '/viewer', { defaultEntity: 'x' }, headers)

    test("needs the session's own token", async () => {
      const browser = await givenSignedIn(server)
      const other = await givenSignedIn(server)
      for (const token of [undefined, '', 'x', other.csrfToken(), `${browser.csrfToken()}A`, browser.token()]) {
        expect(await change(browser, { 'x-tripline-csrf': token })).toEqual(refused(403, 'csrf_token_invalid'))
      }
      expect((await browser.rest('DELETE', '/session', undefined, { 'x-tripline-csrf': 'x' })).status).toBe(403)
      expect(await change(browser, {})).toEqual(refused(404, 'not_found'))
    })

    test('comes from a page of this server, by what the browser says of it', async () => {
      const browser = await givenSignedIn(server)
      const own = new URL(server.url)
      const publicUrl = server.world.config.publicUrl!
      const allowed: Record<string, string>[] = [
        { origin: own.origin },
        { origin: publicUrl },
        { origin: own.origin, 'sec-fetch-site': 'same-origin' },
        { referer: `${own.origin}/some/page?x=1` },
        { 'sec-fetch-site': 'none' },
      ]
      for (const headers of allowed) expect(await change(browser, headers)).toEqual(refused(404, 'not_found'))
      const foreign: Record<string, string>[] = [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { origin: `http://${own.hostname}:1` },
        { origin: `${own.origin}.evil.example` },
        { referer: 'https://evil.example/' },
        { origin: 'https://evil.example', referer: own.origin },
        { origin: own.origin, 'sec-fetch-site': 'cross-site' },
      ]
      for (const headers of foreign) {
        expect(await change(browser, headers), JSON.stringify(headers)).toEqual(refused(403, 'origin_not_allowed'))
        const signIn = { apiKey: browser.key }
        expect(await browser.rest('POST', '/session', signIn, headers)).toEqual(refused(403, 'origin_not_allowed'))
      }
      expect((await browser.rest('GET', '/viewer', undefined, { origin: 'https://evil.example' })).status).toBe(200)
    })

    test('an API key needs none of this', async () => {
      const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
      const answer = await server.rest('PATCH', '/viewer', { defaultEntity: 'admin-user' }, { headers })
      expect(answer.status).toBe(200)
    })
  })

  describe('a session ends', () => {
    test('by signing out, which clears the cookie', async () => {
      const browser = await givenSignedIn(server)
      const token = browser.token()
      const answer = await browser.rest('DELETE', '/session')
      expect(answer.status).toBe(204)
      expect(answer.headers.get('set-cookie')).toMatch(/^tripline=; Path=\/api\/v1; Max-Age=0; /)
      expect(await createBrowser(server.url, token).rest('GET', '/viewer')).toEqual(refused(401, 'unauthenticated'))
      expect(await auditOf(server, browser.username)).toContainEqual(
        expect.objectContaining({ action: 'session.ended' }),
      )
    })

    test('after a week without use, and after 30 days with', async () => {
      const browser = await givenSignedIn(server)
      const viewer = async () => (await browser.rest('GET', '/viewer')).status
      const lastUsed = async () =>
        (await server.world.db.read.selectFrom('sessions').selectAll().execute()).at(-1)!.last_used_at
      const begun = await lastUsed()
      expect(await later(server, 7 * DAY_MS - 60_000, viewer)).toBe(200)
      await expect.poll(lastUsed).toBeGreaterThan(begun)
      for (const days of [13, 19, 25]) {
        const before = await lastUsed()
        expect(await later(server, days * DAY_MS, viewer)).toBe(200)
        await expect.poll(lastUsed).toBeGreaterThan(before)
      }
      expect(await later(server, 30 * DAY_MS - 60_000, viewer)).toBe(200)
      expect(await later(server, 30 * DAY_MS + 60_000, viewer)).toBe(401)

      const idle = await givenSignedIn(server, browser)
      expect(await later(server, 7 * DAY_MS + 60_000, async () => (await idle.rest('GET', '/viewer')).status)).toBe(401)
    })

    test('with its user', async () => {
      const browser = await givenSignedIn(server)
      expect((await server.rest('DELETE', `/users/${browser.username}`)).status).toBe(204)
      expect(await browser.rest('GET', '/viewer')).toEqual(refused(401, 'unauthenticated'))
    })

    test('from another one: they are listed, with what they run in', async () => {
      const phone = await givenSignedIn(server)
      const desk = await givenSignedIn(server, phone)
      const { items } = (await desk.rest('GET', '/viewer/sessions')).body
      expect(items).toHaveLength(2)
      expect(items[0]).toMatchObject({ current: true, method: 'api-key', userAgent: 'a test browser' })
      expect(items[1]).toMatchObject({ current: false })
      expect(Object.keys(items[0])).not.toContain('hash')

      const stranger = await givenSignedIn(server)
      expect((await stranger.rest('DELETE', `/viewer/sessions/${items[1].id}`)).status).toBe(404)
      expect((await desk.rest('DELETE', `/viewer/sessions/${items[1].id}`)).status).toBe(204)
      expect((await phone.rest('GET', '/viewer')).status).toBe(401)
      expect((await desk.rest('GET', '/viewer')).status).toBe(200)
    })

    test('from the one that stays, with all others at once; with an API key none stays', async () => {
      const desk = await givenSignedIn(server)
      const others = [await givenSignedIn(server, desk), await givenSignedIn(server, desk)]
      const stranger = await givenSignedIn(server)
      expect((await desk.rest('DELETE', '/viewer/sessions')).status).toBe(204)
      for (const other of others) expect((await other.rest('GET', '/viewer')).status).toBe(401)
      expect((await desk.rest('GET', '/viewer/sessions')).body.items).toMatchObject([{ current: true }])
      expect((await desk.rest('DELETE', '/viewer/sessions')).status).toBe(204)
      expect((await auditOf(server, desk.username)).filter(({ action }) => action === 'session.others_ended')).toEqual([
        expect.objectContaining({ via: 'web', details: { sessions: 2 } }),
      ])
      expect((await server.rest('DELETE', '/viewer/sessions', undefined, { key: desk.key })).status).toBe(204)
      expect((await desk.rest('GET', '/viewer')).status).toBe(401)
      expect((await stranger.rest('GET', '/viewer')).status).toBe(200)
    })
  })

  describe('guessing', () => {
    /** Each from an address of its own, so that tests do not count for each other. */
    const from = (
      address: string,
      body: object,
    ): Promise<{ status: number; retryAfter: string | undefined; text: string }> =>
      new Promise((resolve, reject) => {
        const url = new URL(`${server.url}/api/v1/session`)
        const request = httpRequest(url, {
          method: 'POST',
          localAddress: address,
          headers: { 'content-type': 'application/json' },
        })
        request.on('error', reject)
        request.on('response', async (response) => {
          let text = ''
          for await (const chunk of response) text += chunk
          resolve({ status: response.statusCode!, retryAfter: response.headers['retry-after'], text })
        })
        request.end(JSON.stringify(body))
      })

    test('of one password ends after ten attempts, from wherever, for a quarter of an hour', async () => {
      const { username } = await givenUserWithPassword()
      const wrong = { username, password: 'wrong wrong wrong' }
      const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => from(`127.0.1.${index + 1}`, wrong)))
      const statuses = answers.map(({ status }) => status).sort()
      expect(statuses).toEqual([...Array(10).fill(401), 429, 429])
      const right = await from('127.0.1.99', { username, password: PASSWORD })
      expect(right.status).toBe(429)
      expect(Number(right.retryAfter)).toBeGreaterThan(800)
      expect(Number(right.retryAfter)).toBeLessThanOrEqual(900)
      expect(JSON.parse(right.text)).toMatchObject({ code: 'rate_limited', detail: expect.stringContaining('15 min') })
      const signIn = () => from('127.0.1.99', { username, password: PASSWORD })
      expect((await later(server, 16 * 60_000, signIn)).status).toBe(201)
    })

    test('from one address ends after fifty attempts, whatever the account', async () => {
      const attempt = () => from('127.0.2.1', { apiKey: 'x'.repeat(40) })
      const answers = await Promise.all(Array.from({ length: 50 }, attempt))
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(401))
      expect((await attempt()).status).toBe(429)
      const { username } = await givenUserWithPassword()
      expect((await from('127.0.2.1', { username, password: PASSWORD })).status).toBe(429)
      expect((await from('127.0.2.2', { username, password: PASSWORD })).status).toBe(201)
    })

    test('who succeeds is not counted', async () => {
      const { username, key } = await givenUserWithPassword()
      for (let time = 0; time < 6; time++) {
        await from('127.0.3.1', { username, password: 'wrong wrong wrong' })
        await from('127.0.3.1', { username, password: 'wrong wrong wrong' })
        expect((await from('127.0.3.1', { username, password: PASSWORD })).status).toBe(201)
      }
      for (let time = 0; time < 60; time++) {
        expect((await from('127.0.3.2', { apiKey: key })).status).toBe(201)
      }
    })
  })
})

test('over https the cookie is secure, and http pages do not count', async () => {
  const publicUrl = 'https://tripline.example.com'
  await using server = await startTestServer('sqlite', { env: { TRIPLINE_PUBLIC_URL: publicUrl } })
  const answer = await server.rest('POST', '/session', { apiKey: server.adminKey }, { key: null })
  const cookie = answer.headers.get('set-cookie')!
  expect(cookie).toMatch(/^__Secure-tripline=[\w-]{43}; .*; Secure$/)
  const change = (origin: string) =>
    server.rest('DELETE', '/viewer/sessions/x', undefined, {
      key: null,
      headers: { cookie: cookie.split(';')[0]!, 'x-tripline-csrf': answer.body.csrfToken, origin },
    })
  expect((await change(publicUrl)).status).toBe(404)
  const { host } = new URL(server.url)
  expect((await change(`https://${host}`)).status).toBe(404)
  expect((await change(`http://${host}`)).status).toBe(403)
  expect((await change('http://tripline.example.com')).status).toBe(403)
})
