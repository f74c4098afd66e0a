/** Passwords: changed by whoever has one, given anew by administrators; and what that ends. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBrowser } from './support/browser.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { auditOf, givenSignedIn, givenWebUser, later, PASSWORD, refused } from './support/web-users.ts'

const NEXT = 'another good password'

forEachEngine((engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const signIn = (username: string, password: string) => createBrowser(server.url).signIn({ username, password })

  describe('one’s own password', () => {
    test('is changed with the current one, and ends all sessions but the one that asks', async () => {
      const user = await givenWebUser(server, { password: PASSWORD })
      const [desk, phone] = [await givenSignedIn(server, user), await givenSignedIn(server, user)]
      for (const current of [undefined, '', 'not this one']) {
        const answer = await desk.rest('PUT', '/viewer/password', { current, new: NEXT })
        expect(answer).toEqual(refused(403, 'password_wrong'))
        expect(answer.body.errors[0].path).toBe('/current')
      }
      expect((await phone.rest('GET', '/viewer')).status).toBe(200)

      expect((await desk.rest('PUT', '/viewer/password', { current: PASSWORD, new: NEXT })).status).toBe(204)
      expect((await desk.rest('GET', '/viewer')).status).toBe(200)
      expect((await phone.rest('GET', '/viewer')).status).toBe(401)
      expect((await signIn(user.username, PASSWORD)).status).toBe(401)
      expect((await signIn(user.username, NEXT)).status).toBe(201)
      expect(await auditOf(server, user.username)).toContainEqual(
        expect.objectContaining({ action: 'user.password_changed', via: 'web' }),
      )
    })

    test('is chosen for the first time without one, and has a length', async () => {
      const browser = await givenSignedIn(server)
      expect((await browser.rest('GET', '/viewer')).body.hasPassword).toBe(false)
      const short = await browser.rest('PUT', '/viewer/password', { new: 'short' })
      expect(short).toEqual(refused(400, 'password_invalid'))
      expect(short.body.errors[0].path).toBe('/new')
      expect((await browser.rest('PUT', '/viewer/password', { new: NEXT })).status).toBe(204)
      expect((await browser.rest('GET', '/session')).body.viewer.hasPassword).toBe(true)
      expect((await signIn(browser.username, NEXT)).status).toBe(201)
    })

    test('cannot be guessed by whoever has the session', async () => {
      const browser = await givenSignedIn(server, await givenWebUser(server, { password: PASSWORD }))
      const guess = (current: string) => browser.rest('PUT', '/viewer/password', { current, new: NEXT })
      const answers = await Promise.all(Array.from({ length: 11 }, (_, index) => guess(`guess number ${index}`)))
      expect(answers.map(({ status }) => status).sort()).toEqual([...Array(10).fill(403), 429])
      expect(await guess(PASSWORD)).toEqual(refused(429, 'rate_limited'))
      expect((await later(server, 16 * 60_000, () => guess(PASSWORD))).status).toBe(204)
    })
  })

  describe('a password given by an administrator', () => {
    test('replaces the forgotten one and ends all sessions', async () => {
      const user = await givenWebUser(server, { password: PASSWORD })
      const browser = await givenSignedIn(server, user)
      expect((await server.rest('PUT', `/users/${user.username}/password`, { new: NEXT })).status).toBe(204)
      expect((await browser.rest('GET', '/viewer')).status).toBe(401)
      expect((await signIn(user.username, PASSWORD)).status).toBe(401)
      expect((await signIn(user.username, NEXT)).status).toBe(201)
      expect(await auditOf(server, user.username)).toContainEqual(
        expect.objectContaining({ action: 'user.password_reset', actor: 'admin-user' }),
      )
    })

    test('is for others, who are people, and from administrators alone', async () => {
      const browser = await givenSignedIn(server)
      const other = await givenWebUser(server)
      const reset = (username: string) => server.rest('PUT', `/users/${username}/password`, { new: NEXT })
      expect(await browser.rest('PUT', `/users/${other.username}/password`, { new: NEXT })).toEqual(
        refused(403, 'forbidden'),
      )
      expect(await reset('admin-user')).toEqual(refused(403, 'forbidden'))
      expect(await reset('no-such-user')).toEqual(refused(404, 'not_found'))
      await server.rest('POST', '/teams', { name: 'bots' })
      await server.rest('POST', '/teams/bots/service-accounts', { username: 'some-bot' })
      expect(await reset('some-bot')).toEqual(refused(403, 'forbidden'))
    })
  })

  test('whoever sets the server up is signed in at once', async () => {
    const empty = { env: { TRIPLINE_ADMIN_USERNAME: '', TRIPLINE_ADMIN_API_KEY: '' } }
    await using fresh = await startTestServer(engine, empty)
    const token = new URL(fresh.setupUrl!).searchParams.get('token')
    const browser = createBrowser(fresh.url)
    expect((await browser.rest('GET', '/session')).body).toMatchObject({ viewer: null, setUpNeeded: true })

    const foreign = { origin: 'https://evil.example' }
    expect((await browser.rest('POST', '/setup', { token, username: 'eve' }, foreign)).status).toBe(403)
    const done = await browser.rest('POST', '/setup', { token, username: 'ada' })
    expect(done).toMatchObject({ status: 201, body: { username: 'ada' } })
    expect(Object.keys(done.body)).toEqual(['username', 'apiKey'])
    expect((await browser.rest('GET', '/session')).body).toMatchObject({
      viewer: { username: 'ada', admin: true },
      setUpNeeded: false,
    })
    expect((await browser.rest('POST', '/users', { username: 'bob' })).status).toBe(201)
  })
})
