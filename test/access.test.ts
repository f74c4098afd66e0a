/** People and rights through REST: who may do what, and every way it is refused. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authenticate, bootstrap, createAdmin } from '../src/access/operations.ts'
import {
  type EngineName,
  forEachEngine,
  givenDatabase,
  type RestAnswer,
  startTestServer,
  type TestServer,
} from './support/server.ts'

/** One field of every item of a list. */
const column = (answer: RestAnswer, field: string): string[] =>
  answer.body.items.map((item: Record<string, string>) => item[field])

/** Any key the client takes. */
const someKey = () => randomBytes(20).toString('hex')

let names = 0
const newName = (prefix: string) => `${prefix}-${++names}`

forEachEngine((engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const as = (key: string | null, headers: Record<string, string> = {}) => ({ key, headers })
  const everywhere = { headers: { 'use-admin-privileges': 'true' } }

  async function givenUser(input: Record<string, unknown> = {}): Promise<{ username: string; key: string }> {
    const user = { username: newName('user'), key: someKey() }
    const { status, text } = await server.rest('POST', '/users', {
      username: user.username,
      apiKey: user.key,
      ...input,
    })
    expect(status, text).toBe(201)
    return user
  }

  async function givenOrganization(): Promise<string> {
    const name = newName('org')
    expect((await server.rest('POST', '/organizations', { name })).status).toBe(201)
    return name
  }

  async function givenTeam(input: Record<string, unknown> = {}): Promise<string> {
    const name = newName('team')
    expect((await server.rest('POST', '/teams', { name, ...input })).status).toBe(201)
    return name
  }

  async function givenMember(team: string, role: string): Promise<{ username: string; key: string }> {
    const user = await givenUser()
    expect((await server.rest('PUT', `/teams/${team}/members/${user.username}`, { role })).status).toBe(200)
    return user
  }

  async function givenServiceAccount(team: string, role = 'member'): Promise<{ username: string; key: string }> {
    const username = newName('bot')
    const { status, body } = await server.rest('POST', `/teams/${team}/service-accounts`, { username, role })
    expect(status).toBe(201)
    return { username, key: body.key }
  }

  async function memberNames(path: string): Promise<string[]> {
    const { body } = await server.rest('GET', `${path}/members?limit=1000`, undefined, everywhere)
    return body.items.map((member: { username: string; role: string }) => `${member.username}:${member.role}`)
  }

  async function auditOf(path: string): Promise<{ action: string; subject: string; details: object; actor: string }[]> {
    const { status, body } = await server.rest('GET', `${path}?limit=1000`, undefined, everywhere)
    expect(status).toBe(200)
    return body.items
  }

  const refused = (status: number, code: string) =>
    expect.objectContaining({ status, body: expect.objectContaining({ code }) })

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

  describe('organizations and teams', () => {
    test('whoever makes one is its first administrator', async () => {
      const organization = await givenOrganization()
      const lead = await givenUser()
      await server.rest('PUT', `/organizations/${organization}/members/${lead.username}`, { role: 'admin' })
      const name = newName('team')
      const created = await server.rest('POST', '/teams', { name, organization, displayName: 'V' }, as(lead.key))
      expect(created).toMatchObject({ status: 201, body: { name, organization, displayName: 'V', role: 'admin' } })
      expect(await memberNames(`/teams/${name}`)).toEqual([`${lead.username}:admin`])
      expect(await server.rest('GET', `/teams/${name}`, undefined, as(lead.key))).toMatchObject({ body: created.body })
      expect(await auditOf(`/entities/${name}/audit`)).toMatchObject([
        { action: 'team.created', subject: name, actor: lead.username, details: { organization } },
      ])
    })

    test('organizations and free teams are made by server administrators, teams of one by its administrators', async () => {
      const organization = await givenOrganization()
      const { username, key } = await givenUser()
      const asUser = (path: string, body: object) => server.rest('POST', path, body, as(key))
      const name = newName('group')
      expect(await asUser('/organizations', { name })).toEqual(refused(403, 'forbidden'))
      expect(await asUser('/teams', { name })).toEqual(refused(403, 'forbidden'))
      expect(await asUser('/teams', { name, organization })).toEqual(refused(404, 'not_found'))
      for (const role of ['viewer', 'member']) {
        await server.rest('PUT', `/organizations/${organization}/members/${username}`, { role })
        expect(await asUser('/teams', { name, organization })).toEqual(refused(403, 'forbidden'))
      }
      const team = await givenTeam()
      expect(await server.rest('POST', '/teams', { name, organization: team })).toEqual(refused(404, 'not_found'))
      expect(await server.rest('POST', '/teams', { name: 'orgs' })).toEqual(refused(409, 'name_reserved'))
      expect(await server.rest('POST', '/organizations', { name: 'a/b' })).toEqual(refused(400, 'name_invalid'))
    })

    test('everyone lists the own ones; administrators of an organization all its teams', async () => {
      const organization = await givenOrganization()
      const [first, second] = [await givenTeam({ organization }), await givenTeam({ organization })]
      const { key } = await givenMember(first, 'viewer')
      const namesOf = async (path: string, call: object) =>
        column(await server.rest('GET', path, undefined, call), 'name')
      expect(await namesOf('/teams', as(key))).toEqual([first])
      expect(await namesOf('/organizations', as(key))).toEqual([organization])
      expect(await namesOf(`/teams?organization=${organization}`, as(key))).toEqual([first])

      const boss = await givenUser()
      await server.rest('PUT', `/organizations/${organization}/members/${boss.username}`, { role: 'admin' })
      expect(await namesOf('/teams', as(boss.key))).toEqual([])
      expect(await namesOf(`/teams?organization=${organization}`, as(boss.key))).toEqual([first, second])
      expect(await namesOf('/teams?limit=1000', everywhere)).toEqual(expect.arrayContaining([first, second]))

      const stranger = await givenUser()
      expect(await server.rest('GET', `/teams?organization=${organization}`, undefined, as(stranger.key))).toEqual(
        refused(404, 'not_found'),
      )
    })

    test('a team is no organization and the other way round', async () => {
      const team = await givenTeam()
      const organization = await givenOrganization()
      for (const path of [`/organizations/${team}`, `/teams/${organization}`, '/teams/admin-user']) {
        expect(await server.rest('GET', path)).toEqual(refused(404, 'not_found'))
        expect(await server.rest('GET', `${path}/members`)).toEqual(refused(404, 'not_found'))
        expect(await server.rest('DELETE', path)).toEqual(refused(404, 'not_found'))
      }
    })

    test('administrators of an organization manage the members of its teams, and see nothing else of them', async () => {
      const organization = await givenOrganization()
      const team = await givenTeam({ organization })
      const boss = await givenUser()
      await server.rest('PUT', `/organizations/${organization}/members/${boss.username}`, { role: 'admin' })
      const path = `/teams/${team}/members/${boss.username}`

      expect(await server.rest('GET', `/teams/${team}`, undefined, as(boss.key))).toMatchObject({
        body: { role: null },
      })
      expect(await server.rest('GET', `/entities/${team}/audit`, undefined, as(boss.key))).toEqual(
        refused(404, 'not_found'),
      )
      expect((await server.rest('PUT', path, { role: 'admin' }, as(boss.key))).status).toBe(200)
      expect((await server.rest('GET', `/entities/${team}/audit`, undefined, as(boss.key))).status).toBe(200)
    })

    test('one is deleted only when it is empty', async () => {
      const organization = await givenOrganization()
      const team = await givenTeam({ organization })
      const member = await givenMember(team, 'member')
      const bot = await givenServiceAccount(team)
      const answer = await server.rest('DELETE', `/organizations/${organization}`)
      expect(answer).toEqual(refused(409, 'entity_not_empty'))
      expect(answer.body).toMatchObject({ teams: 1, detail: expect.stringContaining('1 team:') })

      const entity = await server.world.db.read
        .selectFrom('entities')
        .select('id')
        .where('name', '=', team)
        .executeTakeFirstOrThrow()
      const now = Date.now()
      const project = {
        entity_id: entity.id,
        name: 'p',
        description: null,
        created_by: null,
        created_at: now,
        updated_at: now,
      }
      await server.world.db.transaction((tx) => tx.insertInto('projects').values(project).execute())
      expect(await server.rest('DELETE', `/teams/${team}`, undefined, as(member.key))).toEqual(
        refused(403, 'forbidden'),
      )
      expect(await server.rest('DELETE', `/teams/${team}`)).toMatchObject({
        status: 409,
        body: { code: 'entity_not_empty', projects: 1 },
      })
      await server.world.db.transaction((tx) => tx.deleteFrom('projects').where('entity_id', '=', entity.id).execute())

      expect((await server.rest('DELETE', `/teams/${team}`)).status).toBe(204)
      expect(await server.rest('GET', `/teams/${team}`)).toEqual(refused(404, 'not_found'))
      expect(await server.rest('GET', '/viewer', undefined, as(bot.key))).toEqual(refused(401, 'unauthenticated'))
      expect((await server.rest('GET', '/viewer', undefined, as(member.key))).body.entities).toMatchObject([
        { name: member.username },
        { name: organization },
      ])
      expect((await server.rest('DELETE', `/organizations/${organization}`)).status).toBe(204)
      const [entry] = (await auditOf('/audit')).filter(({ action }) => action === 'team.deleted')
      expect(entry).toMatchObject({ subject: team, details: { serviceAccounts: [bot.username] } })
    })
  })

  describe('members', () => {
    test('a role is given, changed and taken; the same again changes nothing', async () => {
      const team = await givenTeam()
      const { username } = await givenUser()
      const path = `/teams/${team}/members/${username}`
      const put = (role: string) => server.rest('PUT', path, { role })
      expect(await put('viewer')).toMatchObject({ status: 200, body: { username, role: 'viewer', kind: 'person' } })
      expect(await put('member')).toMatchObject({ status: 200, body: { role: 'member' } })
      expect(await put('member')).toMatchObject({ status: 200, body: { role: 'member' } })
      expect(await memberNames(`/teams/${team}`)).toEqual(['admin-user:admin', `${username}:member`])
      expect((await server.rest('DELETE', path)).status).toBe(204)
      expect(await server.rest('DELETE', path)).toEqual(refused(404, 'not_found'))
      expect(await auditOf(`/entities/${team}/audit`)).toMatchObject([
        { action: 'member.removed', subject: username, details: { role: 'member' } },
        { action: 'member.role_changed', subject: username, details: { from: 'viewer', to: 'member' } },
        { action: 'member.added', subject: username, details: { role: 'viewer' } },
        { action: 'team.created' },
      ])
    })

    test.each([
      [{ role: 'owner' }, 400, 'invalid_request'],
      [{}, 400, 'invalid_request'],
      [{ role: 'member', more: 1 }, 400, 'invalid_request'],
    ])('%j is no membership', async (body, status, code) => {
      const team = await givenTeam()
      const { username } = await givenUser()
      expect(await server.rest('PUT', `/teams/${team}/members/${username}`, body)).toEqual(refused(status, code))
      expect(await memberNames(`/teams/${team}`)).toEqual(['admin-user:admin'])
    })

    test('only administrators give and take; everyone sees and may leave', async () => {
      const team = await givenTeam()
      const other = await givenMember(team, 'viewer')
      for (const role of ['viewer', 'member']) {
        const { username, key } = await givenMember(team, role)
        const path = (name: string) => `/teams/${team}/members/${name}`
        expect((await server.rest('GET', `/teams/${team}/members`, undefined, as(key))).status).toBe(200)
        for (const target of [username, other.username, 'nobody-at-all']) {
          expect(await server.rest('PUT', path(target), { role: 'admin' }, as(key))).toEqual(refused(403, 'forbidden'))
        }
        for (const target of [other.username, 'nobody-at-all']) {
          expect(await server.rest('DELETE', path(target), undefined, as(key))).toEqual(refused(403, 'forbidden'))
        }
        expect((await server.rest('DELETE', path(username), undefined, as(key))).status).toBe(204)
        expect(await server.rest('GET', `/teams/${team}/members`, undefined, as(key))).toEqual(
          refused(404, 'not_found'),
        )
      }
      expect(await server.rest('PUT', `/teams/${team}/members/nobody-at-all`, { role: 'viewer' })).toEqual(
        refused(404, 'not_found'),
      )
    })

    test('the last administrator is neither demoted nor removed, even when both try at once', async () => {
      const team = await givenTeam()
      const lead = await givenMember(team, 'admin')
      const remove = (who: string, key: string) =>
        server.rest('DELETE', `/teams/${team}/members/${who}`, undefined, as(key))
      const demote = (who: string, key: string) =>
        server.rest('PUT', `/teams/${team}/members/${who}`, { role: 'member' }, as(key))
      const both = await Promise.all([remove('admin-user', server.adminKey), demote(lead.username, lead.key)])
      expect(both.filter((answer) => answer.status === 409)).toEqual([refused(409, 'last_admin')])
      expect((await memberNames(`/teams/${team}`)).filter((member) => member.endsWith(':admin'))).toHaveLength(1)

      const alone = await givenTeam()
      const path = `/teams/${alone}/members/admin-user`
      expect(await server.rest('DELETE', path)).toEqual(refused(409, 'last_admin'))
      expect(await server.rest('PUT', path, { role: 'viewer' })).toEqual(refused(409, 'last_admin'))
      await givenServiceAccount(alone, 'admin')
      expect(await server.rest('DELETE', path)).toEqual(refused(409, 'last_admin'))
    })

    test('who joins a team sees its organization; who leaves the organization leaves its teams', async () => {
      const organization = await givenOrganization()
      const [first, second, elsewhere] = [
        await givenTeam({ organization }),
        await givenTeam({ organization }),
        await givenTeam(),
      ]
      const { username, key } = await givenMember(first, 'member')
      await server.rest('PUT', `/teams/${elsewhere}/members/${username}`, { role: 'member' })
      expect(await memberNames(`/organizations/${organization}`)).toContain(`${username}:viewer`)
      expect(await auditOf(`/entities/${organization}/audit`)).toContainEqual(
        expect.objectContaining({
          action: 'member.added',
          subject: username,
          details: { role: 'viewer', team: first },
        }),
      )

      // A role that is more stays.
      await server.rest('PUT', `/organizations/${organization}/members/${username}`, { role: 'member' })
      await server.rest('PUT', `/teams/${second}/members/${username}`, { role: 'viewer' })
      expect(await memberNames(`/organizations/${organization}`)).toContain(`${username}:member`)

      // Leaving a team is not leaving the organization.
      await server.rest('DELETE', `/teams/${second}/members/${username}`)
      expect(await memberNames(`/organizations/${organization}`)).toContain(`${username}:member`)

      const left = await server.rest('DELETE', `/organizations/${organization}/members/${username}`, undefined, as(key))
      expect(left.status).toBe(204)
      expect(await memberNames(`/teams/${first}`)).toEqual(['admin-user:admin'])
      expect(await memberNames(`/teams/${elsewhere}`)).toContain(`${username}:member`)
      expect(await auditOf(`/entities/${first}/audit`)).toContainEqual(
        expect.objectContaining({ action: 'member.removed', subject: username, details: { organization } }),
      )
    })

    test("the last administrator of an organization's team does not leave the organization", async () => {
      const organization = await givenOrganization()
      const team = await givenTeam({ organization })
      const lead = await givenMember(team, 'admin')
      await server.rest('DELETE', `/teams/${team}/members/admin-user`)
      const answer = await server.rest('DELETE', `/organizations/${organization}/members/${lead.username}`)
      expect(answer).toMatchObject({ status: 409, body: { code: 'last_admin', entities: [team] } })
    })
  })

  describe('service accounts', () => {
    test('one is made by the administrators of its team, who also see to its keys and its end', async () => {
      const team = await givenTeam()
      const lead = await givenMember(team, 'admin')
      const member = await givenMember(team, 'member')
      const username = newName('bot')
      const create = (key: string) => server.rest('POST', `/teams/${team}/service-accounts`, { username }, as(key))
      expect(await create(member.key)).toEqual(refused(403, 'forbidden'))
      expect(await create((await givenUser()).key)).toEqual(refused(404, 'not_found'))
      const created = await create(lead.key)
      expect(created).toMatchObject({ status: 201, body: { username, kind: 'service', role: 'member' } })
      expect(await server.rest('GET', '/viewer', undefined, as(created.body.key))).toMatchObject({
        body: { username, kind: 'service', team, defaultEntity: team },
      })

      const path = `/users/${username}`
      expect(await server.rest('GET', path, undefined, as(lead.key))).toMatchObject({ status: 200, body: { team } })
      expect((await server.rest('POST', `${path}/api-keys`, {}, as(lead.key))).status).toBe(201)
      expect(await server.rest('GET', `${path}/api-keys`, undefined, as(member.key))).toEqual(refused(404, 'not_found'))
      expect(await server.rest('DELETE', path, undefined, as(member.key))).toEqual(refused(404, 'not_found'))
      expect(await server.rest('DELETE', path, undefined, as(created.body.key))).toEqual(refused(403, 'forbidden'))
      expect(await server.rest('DELETE', `/teams/${team}/members/${username}`)).toEqual(
        refused(409, 'membership_invalid'),
      )
      expect((await server.rest('DELETE', path, undefined, as(lead.key))).status).toBe(204)
      expect(await server.rest('GET', '/viewer', undefined, as(created.body.key))).toEqual(
        refused(401, 'unauthenticated'),
      )
      const audit = (await auditOf(`/entities/${team}/audit`)).filter((entry) => entry.subject === username)
      expect(audit.map((entry) => entry.action)).toEqual([
        'service_account.deleted',
        'api_key.created',
        'api_key.created',
        'service_account.created',
      ])
    })

    test('it joins its team and its organization, and no other team', async () => {
      const organization = await givenOrganization()
      const team = await givenTeam({ organization })
      const bot = await givenServiceAccount(team)
      expect(await memberNames(`/organizations/${organization}`)).toContain(`${bot.username}:viewer`)
      expect(
        (await server.rest('PUT', `/organizations/${organization}/members/${bot.username}`, { role: 'member' })).status,
      ).toBe(200)
      for (const path of [
        `/teams/${await givenTeam({ organization })}`,
        `/organizations/${await givenOrganization()}`,
      ]) {
        expect(await server.rest('PUT', `${path}/members/${bot.username}`, { role: 'viewer' })).toEqual(
          refused(409, 'membership_invalid'),
        )
      }
    })

    test('it makes no groups: they would have no person to look after them', async () => {
      const organization = await givenOrganization()
      const bot = await givenServiceAccount(await givenTeam({ organization }))
      await server.rest('PUT', `/organizations/${organization}/members/${bot.username}`, { role: 'admin' })
      expect(await server.rest('POST', '/teams', { name: newName('team'), organization }, as(bot.key))).toEqual(
        refused(403, 'forbidden'),
      )
    })

    test('it acts for a member of its team, with what both may do', async () => {
      const team = await givenTeam()
      const other = await givenTeam()
      const bot = await givenServiceAccount(team, 'member')
      const lead = await givenMember(team, 'admin')
      await server.rest('PUT', `/teams/${other}/members/${lead.username}`, { role: 'admin' })
      const acting = as(bot.key, { 'x-wandb-username': lead.username })

      const viewer = await server.rest('GET', '/viewer', undefined, acting)
      expect(viewer.body).toMatchObject({
        username: lead.username,
        through: bot.username,
        admin: false,
        defaultEntity: team,
      })
      expect(viewer.body.entities).toEqual([expect.objectContaining({ name: team, role: 'member' })])

      const member = newName('nobody')
      expect(await server.rest('PUT', `/teams/${team}/members/${member}`, { role: 'viewer' }, acting)).toEqual(
        refused(403, 'forbidden'),
      )
      expect(await server.rest('GET', `/teams/${other}`, undefined, acting)).toEqual(refused(404, 'not_found'))
      expect(await server.rest('GET', `/entities/${lead.username}/audit`, undefined, acting)).toEqual(
        refused(404, 'not_found'),
      )
    })

    test('acting for a user it touches nothing of the account: no keys, no default, no leaving', async () => {
      const team = await givenTeam()
      const bot = await givenServiceAccount(team)
      const { username } = await givenMember(team, 'member')
      const acting = as(bot.key, { 'x-wandb-username': username })
      const keys = `/users/${username}/api-keys`
      expect(await server.rest('GET', keys, undefined, acting)).toEqual(refused(404, 'not_found'))
      expect(await server.rest('POST', keys, {}, acting)).toEqual(refused(404, 'not_found'))
      expect(await server.rest('PATCH', '/viewer', { defaultEntity: team }, acting)).toEqual(refused(403, 'forbidden'))
      expect(await server.rest('DELETE', `/teams/${team}/members/${username}`, undefined, acting)).toEqual(
        refused(403, 'forbidden'),
      )
    })

    test('acting for an administrator of the server it is none, even one of its team that asks for privileges', async () => {
      const team = await givenTeam()
      const bot = await givenServiceAccount(team, 'admin')
      const acting = as(bot.key, { 'x-wandb-username': 'admin-user', 'use-admin-privileges': 'true' })
      expect((await server.rest('GET', '/viewer', undefined, acting)).body).toMatchObject({
        username: 'admin-user',
        admin: false,
      })
      expect(await server.rest('GET', '/users', undefined, acting)).toEqual(refused(403, 'forbidden'))
      expect(await server.rest('GET', `/teams/${await givenTeam()}`, undefined, acting)).toEqual(
        refused(404, 'not_found'),
      )
    })

    test('what it does for a user is written down as both', async () => {
      const team = await givenTeam()
      const bot = await givenServiceAccount(team, 'admin')
      const lead = await givenMember(team, 'admin')
      const joined = await givenUser()
      const acting = as(bot.key, { 'x-wandb-username': lead.username })
      const answer = await server.rest('PUT', `/teams/${team}/members/${joined.username}`, { role: 'viewer' }, acting)
      expect(answer.status).toBe(200)
      expect((await auditOf(`/entities/${team}/audit`))[0]).toMatchObject({
        action: 'member.added',
        actor: lead.username,
        details: { role: 'viewer', through: bot.username },
      })
    })

    test('it acts for nobody else: not across teams, not for service accounts, not for who does not exist', async () => {
      const team = await givenTeam()
      const bot = await givenServiceAccount(team)
      const otherBot = await givenServiceAccount(team)
      const stranger = await givenUser()
      const organization = await givenOrganization()
      const orgBot = await givenServiceAccount(await givenTeam({ organization }))
      const colleague = await givenMember(await givenTeam({ organization }), 'member')
      const answers = await Promise.all([
        server.rest('GET', '/viewer', undefined, as(bot.key, { 'x-wandb-username': stranger.username })),
        server.rest('GET', '/viewer', undefined, as(bot.key, { 'x-wandb-username': 'nobody-at-all' })),
        server.rest('GET', '/viewer', undefined, as(bot.key, { 'x-wandb-username': 'no name!' })),
        server.rest('GET', '/viewer', undefined, as(bot.key, { 'x-wandb-username': otherBot.username })),
        server.rest('GET', '/viewer', undefined, as(orgBot.key, { 'x-wandb-username': colleague.username })),
      ])
      for (const answer of answers) {
        expect(answer).toEqual(refused(403, 'forbidden'))
        expect({ ...answer.body, requestId: '' }).toEqual({ ...answers[0]!.body, requestId: '' })
      }
    })

    test('an empty name and its own name mean itself; the header of a person means nothing', async () => {
      const team = await givenTeam()
      const bot = await givenServiceAccount(team)
      const person = await givenMember(team, 'member')
      const usernameFor = async (key: string, header: string) =>
        (await server.rest('GET', '/viewer', undefined, as(key, { 'x-wandb-username': header }))).body
      expect(await usernameFor(bot.key, '')).toMatchObject({ username: bot.username, through: null })
      expect(await usernameFor(bot.key, bot.username)).toMatchObject({ username: bot.username, through: null })
      expect(await usernameFor(person.key, 'admin-user')).toMatchObject({ username: person.username, through: null })
    })
  })

  describe('the audit', () => {
    test('is read by administrators of the entity, newest first, in pages', async () => {
      const team = await givenTeam()
      const path = `/entities/${team}/audit`
      for (const role of ['viewer', 'member']) {
        const { key } = await givenMember(team, role)
        expect(await server.rest('GET', path, undefined, as(key))).toEqual(refused(403, 'forbidden'))
      }
      const { username, key } = await givenMember(team, 'admin')
      const first = await server.rest('GET', `${path}?limit=3`, undefined, as(key))
      expect(column(first, 'action')).toEqual(['member.added', 'member.added', 'member.added'])
      expect(first.body.items[0]).toMatchObject({ subject: username, entity: team, actor: 'admin-user', via: 'rest' })
      const second = await server.rest('GET', `${path}?limit=3&cursor=${first.body.cursor}`, undefined, as(key))
      expect(column(second, 'action')).toEqual(['team.created'])
      expect(second.body.cursor).toBeUndefined()
    })

    test('names the request that made the change, and says nothing of one that was refused', async () => {
      const team = await givenTeam()
      const { username } = await givenUser()
      const made = await server.rest('PUT', `/teams/${team}/members/${username}`, { role: 'viewer' })
      expect((await server.rest('PUT', `/teams/${team}/members/admin-user`, { role: 'viewer' })).status).toBe(409)
      const [newest] = (await server.rest('GET', `/entities/${team}/audit`)).body.items
      expect(newest).toMatchObject({ action: 'member.added', requestId: made.headers.get('x-request-id') })
    })
  })

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

  test('no path of the server begins with a name that somebody could take', async () => {
    const document = (await (await fetch(`${server.url}/api/openapi.json`)).json()) as { paths: Record<string, object> }
    const firsts = new Set(Object.keys(document.paths).map((path) => path.split('/')[1]!))
    expect(firsts.size).toBeGreaterThan(0)
    for (const name of firsts) {
      expect((await server.rest('POST', '/teams', { name })).status, name).not.toBe(201)
    }
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
