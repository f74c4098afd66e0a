/** Users, their keys and what they may do, through REST: every way it is refused. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authenticate } from '../src/access/operations.ts'
import { as, column, everywhere, newName, peopleOf, refused, someKey } from './support/given-people.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const { givenUser, givenOrganization, givenTeam, givenMember, memberNames, auditOf } = peopleOf(() => server)

  describe('credentials', () => {
    test('a key counts as Bearer and as the password of the user "api"', async () => {
      const { username, key } = await givenUser()
      const basic = (user: string) => `Basic ${Buffer.from(`${user}:${key}`).toString('base64')}`
      for (const authorization of [`Bearer ${key}`, `bearer  ${key}`, basic('api')]) {
        const answer = await server.rest('GET', '/viewer', undefined, { key: null, headers: { authorization } })
        expect(answer).toMatchObject({ status: 200, body: { username } })
      }
      for (const authorization of [key, `Token ${key}`, basic('someone'), basic(''), 'Basic !', 'Bearer', '']) {
        const answer = await server.rest('GET', '/viewer', undefined, { key: null, headers: { authorization } })
        expect(answer).toEqual(refused(401, 'unauthenticated'))
        expect(answer.headers.get('www-authenticate')).toContain('Bearer')
      }
    })

    test('a key that is unknown, too long, expired or ended is refused', async () => {
      const { username, key } = await givenUser()
      expect(await server.rest('GET', '/viewer', undefined, as(someKey()))).toEqual(refused(401, 'unauthenticated'))
      expect(await server.rest('GET', '/viewer', undefined, as('x'.repeat(5_000)))).toEqual(
        refused(401, 'unauthenticated'),
      )

      const expiresAt = new Date(Date.now() + 60_000).toISOString()
      const expiring = await server.rest('POST', `/users/${username}/api-keys`, { expiresAt }, as(key))
      expect(expiring).toMatchObject({ status: 201, body: { expiresAt } })
      const credentials = {
        authorization: `Bearer ${expiring.body.key}`,
        userAgent: undefined,
        requestId: null,
        via: 'rest' as const,
      }
      const world = (now: number) => ({ ...server.world, now: () => now })
      expect(await authenticate(world(Date.parse(expiresAt) - 1), credentials)).toBeDefined()
      expect(await authenticate(world(Date.parse(expiresAt)), credentials)).toBeUndefined()

      await server.rest('DELETE', `/users/${username}/api-keys/${expiring.body.id}`, undefined, as(key))
      expect(await server.rest('GET', '/viewer', undefined, as(expiring.body.key))).toEqual(
        refused(401, 'unauthenticated'),
      )
    })

    test('the last use of a key is noted, to the minute', async () => {
      const { username, key } = await givenUser()
      const lastUsedAt = async () => {
        const { body } = await server.rest('GET', `/users/${username}/api-keys`)
        return body.items[0].lastUsedAt
      }
      expect(await lastUsedAt()).toBeNull()
      await server.rest('GET', '/viewer', undefined, as(key))
      await expect.poll(lastUsedAt).not.toBeNull()

      const noted = Date.parse(await lastUsedAt())
      const credentials = {
        authorization: `Bearer ${key}`,
        userAgent: undefined,
        requestId: null,
        via: 'rest' as const,
      }
      const world = (now: number) => ({ ...server.world, now: () => now })
      await authenticate(world(noted + 59_999), credentials)
      await authenticate(world(noted + 60_000), credentials)
      await expect.poll(async () => Date.parse(await lastUsedAt())).toBe(noted + 60_000)
    })

    test('who asks sees the own roles', async () => {
      const organization = await givenOrganization()
      const team = await givenTeam({ organization, displayName: 'Vision' })
      const { username, key } = await givenMember(team, 'member')
      const { body } = await server.rest('GET', '/viewer', undefined, as(key))
      expect(body).toMatchObject({
        username,
        kind: 'person',
        admin: false,
        defaultEntity: username,
        through: null,
        team: null,
      })
      expect(body.entities).toEqual([
        { name: username, kind: 'user', displayName: null, organization: null, role: 'admin' },
        { name: organization, kind: 'organization', displayName: null, organization: null, role: 'viewer' },
        { name: team, kind: 'team', displayName: 'Vision', organization, role: 'member' },
      ])
    })

    test('the default entity is one the caller sees, and falls back when the membership ends', async () => {
      const team = await givenTeam()
      const { username, key } = await givenMember(team, 'viewer')
      expect(await server.rest('PATCH', '/viewer', { defaultEntity: team }, as(key))).toMatchObject({
        status: 200,
        body: { defaultEntity: team },
      })
      const viewer = async () => (await server.rest('GET', '/viewer', undefined, as(key))).body.defaultEntity
      expect(await viewer()).toBe(team)
      const unseen = await givenTeam()
      expect(await server.rest('PATCH', '/viewer', { defaultEntity: unseen }, as(key))).toEqual(
        refused(404, 'not_found'),
      )
      expect(await viewer()).toBe(team)
      await server.rest('DELETE', `/teams/${team}/members/${username}`)
      expect(await viewer()).toBe(username)
    })

    test('administrator privileges count only from administrators, and only when asked for', async () => {
      const owner = await givenUser()
      const path = `/entities/${owner.username}/audit`
      expect(await server.rest('GET', path)).toEqual(refused(404, 'not_found'))
      expect((await server.rest('GET', path, undefined, everywhere)).status).toBe(200)
      expect(await server.rest('GET', path, undefined, { headers: { 'use-admin-privileges': 'no' } })).toEqual(
        refused(404, 'not_found'),
      )
      const stranger = await givenUser()
      expect(await server.rest('GET', path, undefined, as(stranger.key, { 'use-admin-privileges': 'true' }))).toEqual(
        refused(404, 'not_found'),
      )
    })
  })

  describe('users', () => {
    test('an administrator creates, reads, lists and deletes a user', async () => {
      const username = newName('user')
      const input = { username, email: `${username}@example.com`, name: 'Ada', password: 'long enough for us' }
      const created = await server.rest('POST', '/users', input)
      expect(created).toMatchObject({
        status: 201,
        body: { username, email: input.email, name: 'Ada', kind: 'person', admin: false, team: null },
      })
      expect(Object.keys(created.body)).not.toContain('password')
      expect(await server.rest('GET', `/users/${username}`)).toMatchObject({ status: 200, body: created.body })

      const listed = await server.rest('GET', '/users?limit=1000')
      expect(listed.body.items).toContainEqual(created.body)

      expect((await server.rest('DELETE', `/users/${username}`)).status).toBe(204)
      expect(await server.rest('GET', `/users/${username}`)).toEqual(refused(404, 'not_found'))
      expect((await server.rest('GET', '/users?limit=1000')).body.items).not.toContainEqual(created.body)
      expect((await auditOf('/audit')).filter((entry) => entry.subject === username)).toMatchObject([
        { action: 'user.deleted', actor: 'admin-user' },
        { action: 'user.created', actor: 'admin-user', details: { admin: false } },
      ])
    })

    test('users come in pages, in order, each once', async () => {
      for (const _ of [1, 2, 3]) await givenUser()
      const whole = column(await server.rest('GET', '/users?limit=1000'), 'username')
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const answer = await server.rest('GET', `/users?limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`)
        seen.push(...column(answer, 'username'))
        cursor = answer.body.cursor
      } while (cursor !== undefined)
      expect(seen).toEqual(whole)
      expect(seen).toEqual([...seen].sort())
      expect(await server.rest('GET', '/users?cursor=nonsense')).toEqual(refused(400, 'cursor_invalid'))
    })

    test.each([
      [{ username: 'a b' }, 400, 'name_invalid'],
      [{ username: 'GraphQL' }, 409, 'name_reserved'],
      [{ username: 'x'.repeat(200) }, 400, 'invalid_request'],
      [{ username: '' }, 400, 'invalid_request'],
      [{ username: 'nul\0' }, 400, 'invalid_request'],
      [{}, 400, 'invalid_request'],
      [{ username: 'fine', email: 'no address' }, 400, 'invalid_request'],
      [{ username: 'fine', password: 'short' }, 400, 'password_invalid'],
      [{ username: 'fine', apiKey: 'a'.repeat(39) }, 400, 'api_key_invalid'],
      [{ username: 'fine', apiKey: `prefix-${'a'.repeat(39)}` }, 400, 'api_key_invalid'],
      [{ username: 'fine', surprise: 1 }, 400, 'invalid_request'],
      [{ username: 'fine', admin: 'yes' }, 400, 'invalid_request'],
    ])('%j makes no user: %i %s', async (input, status, code) => {
      expect(await server.rest('POST', '/users', input)).toEqual(refused(status, code))
      expect(await server.rest('GET', '/users/fine')).toEqual(refused(404, 'not_found'))
    })

    test('a name is given once, whatever its case and kind, and also after a deletion', async () => {
      const { username } = await givenUser()
      const attempts = () => [
        server.rest('POST', '/users', { username }),
        server.rest('POST', '/users', { username: username.toUpperCase() }),
        server.rest('POST', '/organizations', { name: username }),
        server.rest('POST', '/teams', { name: username }),
      ]
      for (const answer of await Promise.all(attempts())) expect(answer).toEqual(refused(409, 'name_taken'))
      await server.rest('DELETE', `/users/${username}`)
      for (const answer of await Promise.all(attempts())) expect(answer).toEqual(refused(409, 'name_taken'))

      const team = await givenTeam()
      expect((await server.rest('DELETE', `/teams/${team}`)).status).toBe(204)
      expect(await server.rest('POST', '/teams', { name: team })).toEqual(refused(409, 'name_taken'))
    })

    test('an e-mail address and a key belong to one user, and what was refused left nothing behind', async () => {
      const email = `${newName('mail')}@example.com`
      const first = await givenUser({ email })
      const username = newName('user')
      expect(await server.rest('POST', '/users', { username, email: email.toUpperCase() })).toEqual(
        refused(409, 'email_taken'),
      )
      expect(await server.rest('POST', '/users', { username, apiKey: first.key })).toEqual(
        refused(409, 'api_key_taken'),
      )
      expect((await server.rest('POST', '/users', { username })).status).toBe(201)

      await server.rest('DELETE', `/users/${first.username}`)
      await givenUser({ email, apiKey: first.key })
    })

    test('who is no administrator creates, lists and deletes nobody', async () => {
      const { username, key } = await givenUser()
      const other = await givenUser()
      expect(await server.rest('POST', '/users', { username: newName('user') }, as(key))).toEqual(
        refused(403, 'forbidden'),
      )
      expect(await server.rest('GET', '/users', undefined, as(key))).toEqual(refused(403, 'forbidden'))
      expect(await server.rest('GET', '/audit', undefined, as(key))).toEqual(refused(403, 'forbidden'))
      expect(await server.rest('GET', `/users/${other.username}`, undefined, as(key))).toEqual(
        refused(404, 'not_found'),
      )
      expect(await server.rest('DELETE', `/users/${other.username}`, undefined, as(key))).toEqual(
        refused(404, 'not_found'),
      )
      expect(await server.rest('GET', `/users/${username}`, undefined, as(key))).toMatchObject({ status: 200 })
      expect(await server.rest('DELETE', `/users/${username}`, undefined, as(key))).toEqual(refused(403, 'forbidden'))
    })

    test('a deleted user is out at once, everywhere', async () => {
      const team = await givenTeam()
      const { username, key } = await givenMember(team, 'member')
      await server.rest('DELETE', `/users/${username}`)
      expect(await server.rest('GET', '/viewer', undefined, as(key))).toEqual(refused(401, 'unauthenticated'))
      expect(await memberNames(`/teams/${team}`)).toEqual(['admin-user:admin'])
      expect(await server.rest('PUT', `/teams/${team}/members/${username}`, { role: 'member' })).toEqual(
        refused(404, 'not_found'),
      )
    })

    test('the last administrator of the server stays', async () => {
      expect(await server.rest('DELETE', '/users/admin-user')).toEqual(refused(409, 'last_admin'))
      const second = await givenUser({ admin: true })
      expect((await server.rest('DELETE', `/users/${second.username}`, undefined, as(second.key))).status).toBe(204)
      expect(await server.rest('DELETE', '/users/admin-user')).toEqual(refused(409, 'last_admin'))
    })

    test('the last administrator of a team is not deleted before there is another', async () => {
      const team = await givenTeam()
      const lead = await givenMember(team, 'admin')
      await server.rest('DELETE', `/teams/${team}/members/admin-user`)
      const answer = await server.rest('DELETE', `/users/${lead.username}`)
      expect(answer).toEqual(refused(409, 'last_admin'))
      expect(answer.body).toMatchObject({ entities: [team], detail: expect.stringContaining(team) })
      const next = await givenUser()
      await server.rest('PUT', `/teams/${team}/members/${next.username}`, { role: 'admin' }, as(lead.key))
      expect((await server.rest('DELETE', `/users/${lead.username}`)).status).toBe(204)
    })
  })

  describe('API keys', () => {
    test('a key is shown once and works; afterwards only what tells it apart is shown', async () => {
      const { username, key } = await givenUser()
      const created = await server.rest('POST', `/users/${username}/api-keys`, { description: 'laptop' }, as(key))
      expect(created.status).toBe(201)
      expect(created.body.key).toMatch(/^tripline-\w{40}$/)
      expect(created.body).toMatchObject({ description: 'laptop', hint: created.body.key.slice(-4), expiresAt: null })
      expect((await server.rest('GET', '/viewer', undefined, as(created.body.key))).body.username).toBe(username)

      const listed = await server.rest('GET', `/users/${username}/api-keys`, undefined, as(key))
      expect(listed.text).not.toContain(created.body.key)
      expect(column(listed, 'hint')).toEqual([key.slice(-4), created.body.hint])

      const path = `/users/${username}/api-keys/${created.body.id}`
      expect((await server.rest('DELETE', path, undefined, as(key))).status).toBe(204)
      expect(await server.rest('DELETE', path, undefined, as(key))).toEqual(refused(404, 'not_found'))
    })

    test('repeating the creation of a key shows it no second time and makes no second one', async () => {
      const { username, key } = await givenUser()
      const create = () =>
        server.rest('POST', `/users/${username}/api-keys`, {}, as(key, { 'idempotency-key': 'one and the same' }))
      const first = await create()
      expect(first.status).toBe(201)
      const again = await create()
      expect(again).toEqual(refused(409, 'idempotency_key_reused'))
      expect(again.text).not.toContain(first.body.key)
      expect((await server.rest('GET', `/users/${username}/api-keys`, undefined, as(key))).body.items).toHaveLength(2)
    })

    test('no key is stored', async () => {
      const { username, key } = await givenUser()
      const { body } = await server.rest('POST', `/users/${username}/api-keys`, {}, as(key))
      const tables = ['api_keys', 'audit', 'idempotency', 'settings', 'users'] as const
      for (const table of tables) {
        const rows = JSON.stringify(await server.world.db.read.selectFrom(table).selectAll().execute())
        expect(rows).not.toContain(key)
        expect(rows).not.toContain(body.key)
      }
    })

    test('a key that would expire in the past is refused', async () => {
      const { username, key } = await givenUser()
      for (const expiresAt of ['2020-01-01T00:00:00Z', 'tomorrow']) {
        expect(await server.rest('POST', `/users/${username}/api-keys`, { expiresAt }, as(key))).toEqual(
          refused(400, 'invalid_request'),
        )
      }
    })

    test('a user has at most 100 keys', async () => {
      const { username, key } = await givenUser()
      const create = () => server.rest('POST', `/users/${username}/api-keys`, {}, as(key))
      for (let made = 1; made < 100; made += 33) await Promise.all(Array.from({ length: 33 }, create))
      expect(await create()).toEqual(refused(409, 'limit_reached'))
    })

    test("another user's keys are as if they were not there; an administrator's hand is seen in the audit", async () => {
      const { username } = await givenUser()
      const stranger = await givenUser()
      const { body } = await server.rest('GET', `/users/${username}/api-keys`)
      const id = body.items[0].id
      for (const [method, path] of [
        ['GET', `/users/${username}/api-keys`],
        ['POST', `/users/${username}/api-keys`],
        ['DELETE', `/users/${username}/api-keys/${id}`],
      ] as const) {
        const sent = method === 'POST' ? {} : undefined
        expect(await server.rest(method, path, sent, as(stranger.key))).toEqual(refused(404, 'not_found'))
      }
      // Nor does one's own name open another's key.
      expect(
        await server.rest('DELETE', `/users/${stranger.username}/api-keys/${id}`, undefined, as(stranger.key)),
      ).toEqual(refused(404, 'not_found'))

      expect((await server.rest('DELETE', `/users/${username}/api-keys/${id}`)).status).toBe(204)
      const [entry] = (await auditOf('/audit')).filter(({ subject }) => subject === username)
      expect(entry).toMatchObject({ action: 'api_key.deleted', actor: 'admin-user', details: { id } })
    })
  })

  test('no path of the server begins with a name that somebody could take', async () => {
    const document = (await (await fetch(`${server.url}/api/openapi.json`)).json()) as { paths: Record<string, object> }
    const firsts = new Set(Object.keys(document.paths).map((path) => path.split('/')[1]!))
    expect(firsts.size).toBeGreaterThan(0)
    for (const name of firsts) {
      expect((await server.rest('POST', '/teams', { name })).status, name).not.toBe(201)
    }
  })
})
