/** How a server gets its first administrator. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bootstrap, createAdmin } from '../src/access/operations.ts'
import { as, newName, peopleOf, refused, someKey } from './support/given-people.ts'
import { type EngineName, forEachEngine, givenDatabase, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const { auditOf } = peopleOf(() => server)

  describe('the first administrator', () => {
    test('comes from the configuration, once', async () => {
      await using database = await givenOwnDatabase(engine)
      const key = someKey()
      const env = { ...database.env, TRIPLINE_ADMIN_USERNAME: 'first-admin', TRIPLINE_ADMIN_API_KEY: key }
      const first = await startTestServer(engine, { env })
      expect(await first.rest('GET', '/viewer', undefined, as(key))).toMatchObject({
        body: { username: 'first-admin', admin: true },
      })
      await first.stop()

      const changed = { ...env, TRIPLINE_ADMIN_USERNAME: 'second-admin', TRIPLINE_ADMIN_API_KEY: someKey() }
      const second = await startTestServer(engine, { env: changed })
      expect((await second.rest('GET', '/viewer', undefined, as(key))).status).toBe(200)
      expect((await second.rest('GET', '/viewer', undefined, as(changed.TRIPLINE_ADMIN_API_KEY))).status).toBe(401)
      expect(await second.rest('GET', '/users', undefined, as(key))).toMatchObject({
        body: { items: [{ username: 'first-admin' }] },
      })
      await second.stop()
    })

    test('comes from the configuration once, although several processes start together', async () => {
      await using unclaimed = await givenUnclaimedServer(engine)
      const { world } = unclaimed.server
      const config = { ...world.config, admin: { username: 'first-admin', apiKey: someKey() } }
      await Promise.all([1, 2, 3].map(() => bootstrap({ ...world, config })))
      const users = await world.db.read.selectFrom('users').select(['username', 'is_admin']).execute()
      expect(users).toEqual([{ username: 'first-admin', is_admin: 1 }])
    })

    test.each([
      ['TRIPLINE_ADMIN_USERNAME', { TRIPLINE_ADMIN_USERNAME: 'admin' }],
      ['TRIPLINE_ADMIN_API_KEY', { TRIPLINE_ADMIN_API_KEY: `prefix-${'a'.repeat(39)}` }],
    ])('a configured one that cannot be refuses the start and names %s', async (variable, env) => {
      await using database = await givenOwnDatabase(engine)
      await expect(startTestServer(engine, { env: { ...database.env, ...env } })).rejects.toThrow(variable)
    })

    test('or from a one-time link, which is valid for a day and for one use', async () => {
      await using unclaimed = await givenUnclaimedServer(engine)
      const { server: own, token } = unclaimed
      const setUp = (body: object) => own.rest('POST', '/setup', body, as(null))

      expect(await setUp({ token: 'guessed', username: 'ada' })).toEqual(refused(403, 'setup_token_invalid'))
      expect(await setUp({ token, username: 'login' })).toEqual(refused(409, 'name_reserved'))
      expect(await setUp({ token, username: 'ada', password: 'short' })).toEqual(refused(400, 'password_invalid'))
      expect(await setUp({ token })).toEqual(refused(400, 'invalid_request'))

      const done = await setUp({ token, username: 'ada', password: 'a fine long password' })
      expect(done).toMatchObject({
        status: 201,
        body: { username: 'ada', apiKey: expect.stringMatching(/^tripline-/) },
      })
      expect((await own.rest('GET', '/viewer', undefined, as(done.body.apiKey))).body).toMatchObject({ admin: true })
      expect(await setUp({ token, username: 'eve' })).toEqual(refused(409, 'setup_done'))
      const rows = JSON.stringify(await own.world.db.read.selectFrom('settings').selectAll().execute())
      expect(rows).not.toContain('setup_token')
    })

    test('a link is refused after 24 hours and stored as a hash', async () => {
      await using unclaimed = await givenUnclaimedServer(engine)
      const { server: own, token } = unclaimed
      const rows = await own.world.db.read.selectFrom('settings').selectAll().execute()
      expect(JSON.stringify(rows)).not.toContain(token)
      await own.world.db.transaction((tx) =>
        tx
          .updateTable('settings')
          .set({ value: String(Date.now()) })
          .where('name', '>=', 'setup_token:')
          .where('name', '<', 'setup_token;')
          .execute(),
      )
      expect(await own.rest('POST', '/setup', { token, username: 'ada' }, as(null))).toEqual(
        refused(403, 'setup_token_invalid'),
      )
    })

    test('two who use links at once make one administrator', async () => {
      await using unclaimed = await givenUnclaimedServer(engine)
      const { server: own, token, otherToken } = unclaimed
      // Hashing takes longer than the rest, so both are past the first look at the token.
      const password = 'a fine long password'
      const answers = await Promise.all(
        [token, otherToken].map((each, index) =>
          own.rest('POST', '/setup', { token: each, username: `ada-${index}`, password }, as(null)),
        ),
      )
      expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409])
      const users = await own.world.db.read.selectFrom('users').selectAll().execute()
      expect(users).toHaveLength(1)
    })

    test('or from the terminal, also later', async () => {
      const username = newName('root')
      const { apiKey } = await createAdmin(server.world, { username })
      expect((await server.rest('GET', '/viewer', undefined, as(apiKey))).body).toMatchObject({ username, admin: true })
      await expect(createAdmin(server.world, { username })).rejects.toThrow(
        expect.objectContaining({ code: 'name_taken' }),
      )
      expect((await auditOf('/audit')).find((entry) => entry.subject === username)).toMatchObject({ actor: null })
      await server.rest('DELETE', `/users/${username}`)
    })
  })
})

async function givenOwnDatabase(engine: EngineName) {
  const database = await givenDatabase(engine)
  return { env: database.env, [Symbol.asyncDispose]: () => database.drop() }
}

/** A server without users, and the tokens of two links to claim it with. */
async function givenUnclaimedServer(engine: EngineName) {
  const server = await startTestServer(engine, { env: { TRIPLINE_ADMIN_USERNAME: '', TRIPLINE_ADMIN_API_KEY: '' } })
  const tokens = await Promise.all(
    [1, 2].map(async () => {
      const { setupUrl } = await bootstrap(server.world)
      const url = new URL(setupUrl!)
      expect(url.origin + url.pathname).toBe(`${server.world.config.publicUrl}/setup`)
      return url.searchParams.get('token')!
    }),
  )
  return {
    server,
    token: tokens[0]!,
    otherToken: tokens[1]!,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
