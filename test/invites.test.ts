/** Invites: a link, with which one person joins with one role, as long as who sent it could give it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBrowser, type TestBrowser } from './support/browser.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'
import { auditOf, givenSignedIn, givenWebUser, later, PASSWORD, refused, type WebUser } from './support/web-users.ts'

const DAY_MS = 24 * 3_600_000

let names = 0
const newName = (prefix: string) => `${prefix}-${++names}`

forEachEngine((engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const everywhere = { headers: { 'use-admin-privileges': 'true' } }

  async function givenTeam(organization?: string): Promise<string> {
    const name = newName('team')
    const { status, text } = await server.rest('POST', '/teams', { name, organization })
    expect(status, text).toBe(201)
    return name
  }

  async function givenMember(group: string, role: string): Promise<WebUser> {
    const user = await givenWebUser(server)
    const { status, text } = await server.rest('PUT', `/${group}/members/${user.username}`, { role }, everywhere)
    expect(status, text).toBe(200)
    return user
  }

  async function givenInvite(body: object, key?: string): Promise<{ id: string; token: string }> {
    const answer = await server.rest('POST', '/invites', body, key === undefined ? {} : { key })
    expect(answer.status, answer.text).toBe(201)
    return answer.body
  }

  const accept = (browser: TestBrowser, token: string, body: object = {}): Promise<RestAnswer> =>
    browser.rest('POST', `/invites/by-token/${token}/accept`, body)
  const lookUp = (token: string) => createBrowser(server.url).rest('GET', `/invites/by-token/${token}`)
  const newAccount = () => ({ username: newName('new-user'), password: PASSWORD })

  async function rolesOf(team: string): Promise<string[]> {
    const { body } = await server.rest('GET', `/teams/${team}/members`, undefined, everywhere)
    return body.items.map((member: { username: string; role: string }) => `${member.username}:${member.role}`)
  }

  test('whoever has the link makes an account, is a member and is signed in, once', async () => {
    const organization = newName('org')
    await server.rest('POST', '/organizations', { name: organization })
    const team = await givenTeam(organization)
    const admin = await givenMember(`teams/${team}`, 'admin')
    const made = await server.rest('POST', '/invites', { team, role: 'member' }, { key: admin.key })
    expect(made).toMatchObject({ status: 201, body: { team, organization: null, role: 'member', email: null } })
    const { token, url, id } = made.body
    expect(url).toBe(`${server.world.config.publicUrl}/invite?token=${token}`)
    expect(Date.parse(made.body.expiresAt) - Date.parse(made.body.createdAt)).toBe(7 * DAY_MS)

    const { url: _, token: __, ...shown } = made.body
    expect(await lookUp(token)).toMatchObject({ status: 200, body: shown })
    expect(shown.invitedBy.username).toBe(admin.username)

    const browser = createBrowser(server.url)
    const account = newAccount()
    const accepted = await accept(browser, token, { ...account, name: 'Ada', email: 'ada@example.com' })
    expect(accepted).toMatchObject({ status: 200, body: { username: account.username, team, role: 'member' } })
    expect((await browser.rest('GET', '/session')).body.viewer).toMatchObject({
      username: account.username,
      name: 'Ada',
      entities: expect.arrayContaining([
        expect.objectContaining({ name: team, role: 'member' }),
        expect.objectContaining({ name: organization, role: 'viewer' }),
      ]),
    })
    expect((await createBrowser(server.url).signIn(account)).status).toBe(201)
    expect(await auditOf(server, account.username)).toContainEqual(
      expect.objectContaining({
        action: 'invite.accepted',
        via: 'web',
        actor: account.username,
        details: { role: 'member', invite: id, invitedBy: admin.username },
      }),
    )

    expect(await lookUp(token)).toEqual(refused(404, 'invite_invalid'))
    expect(await accept(createBrowser(server.url), token, newAccount())).toEqual(refused(404, 'invite_invalid'))
  })

  test('of two who use a link at once one joins', async () => {
    const team = await givenTeam()
    const { token } = await givenInvite({ team, role: 'member' })
    const users = await Promise.all([givenSignedIn(server), givenSignedIn(server)])
    const answers = await Promise.all(users.map((user) => accept(user, token)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404])
    expect(await rolesOf(team)).toHaveLength(2)
  })

  describe('who is signed in', () => {
    test('joins with the account there is, and keeps a role that is higher', async () => {
      const team = await givenTeam()
      const browser = await givenSignedIn(server)
      const join = async (role: string) => accept(browser, (await givenInvite({ team, role })).token)
      expect(await join('viewer')).toMatchObject({ status: 200, body: { username: browser.username, role: 'viewer' } })
      expect(await join('admin')).toMatchObject({ status: 200, body: { role: 'admin' } })
      expect(await join('member')).toMatchObject({ status: 200, body: { role: 'admin' } })
      expect(await rolesOf(team)).toContain(`${browser.username}:admin`)
    })

    test('needs the token of the session, and sends no other account', async () => {
      const { token } = await givenInvite({ team: await givenTeam(), role: 'viewer' })
      const browser = await givenSignedIn(server)
      const path = `/invites/by-token/${token}/accept`
      expect(await browser.rest('POST', path, {}, { 'x-tripline-csrf': 'x' })).toEqual(
        refused(403, 'csrf_token_invalid'),
      )
      expect(await accept(browser, token, newAccount())).toEqual(refused(400, 'invalid_request'))
      expect(await lookUp(token)).toMatchObject({ status: 200 })
    })
  })

  describe('a new account', () => {
    test('has a name, a password and an address as others have', async () => {
      const { token } = await givenInvite({ email: 'grace@example.com' })
      const browser = createBrowser(server.url)
      const answers: [object, RestAnswer][] = []
      for (const [body, status, field] of [
        [{}, 400, '/username'],
        [{ username: 'someone' }, 400, '/password'],
        [{ ...newAccount(), password: 'short' }, 400, '/password'],
        [{ ...newAccount(), username: 'admin' }, 409, '/username'],
        [{ ...newAccount(), username: 'admin-user' }, 409, '/username'],
        [{ ...newAccount(), email: 'eve@example.com' }, 400, '/email'],
      ] as const) {
        const answer = await accept(browser, token, body)
        answers.push([body, answer])
        expect([answer.status, answer.body.errors?.[0].path], answer.text).toEqual([status, field])
      }
      expect((await accept(browser, token, newAccount())).status).toBe(200)
      expect((await browser.rest('GET', '/session')).body.viewer).toMatchObject({ email: 'grace@example.com' })
    })

    test('without a team is a user of the server, whom its administrators alone invite', async () => {
      const admin = await givenMember(`teams/${await givenTeam()}`, 'admin')
      expect(await server.rest('POST', '/invites', {}, { key: admin.key })).toEqual(refused(403, 'forbidden'))
      const { token } = await givenInvite({})
      const browser = createBrowser(server.url)
      expect(await accept(browser, token, newAccount())).toMatchObject({
        status: 200,
        body: { team: null, organization: null, role: null },
      })
      expect((await browser.rest('GET', '/viewer')).body).toMatchObject({ admin: false })
    })
  })

  describe('an invite is nothing', () => {
    test('after a week, or when it says', async () => {
      const team = await givenTeam()
      const { token } = await givenInvite({ team, role: 'viewer' })
      expect((await later(server, 7 * DAY_MS - 60_000, () => lookUp(token))).status).toBe(200)
      expect((await later(server, 7 * DAY_MS + 1_000, () => lookUp(token))).status).toBe(404)
      const browser = await givenSignedIn(server)
      await later(server, 6.9 * DAY_MS, () => browser.rest('GET', '/viewer'))
      expect((await later(server, 7 * DAY_MS + 1_000, () => accept(browser, token))).status).toBe(404)
      for (const expiresAt of ['2020-01-01T00:00:00Z', new Date(Date.now() + 31 * DAY_MS).toISOString()]) {
        expect(await server.rest('POST', '/invites', { team, role: 'viewer', expiresAt })).toEqual(
          refused(400, 'invalid_request'),
        )
      }
    })

    test('once it is revoked, by who may invite', async () => {
      const team = await givenTeam()
      const admin = await givenMember(`teams/${team}`, 'admin')
      const viewer = await givenMember(`teams/${team}`, 'viewer')
      const stranger = await givenWebUser(server)
      const { id, token } = await givenInvite({ team, role: 'viewer' }, admin.key)
      const revoke = ({ key }: WebUser) => server.rest('DELETE', `/invites/${id}`, undefined, { key })
      const list = ({ key }: WebUser) => server.rest('GET', `/invites?team=${team}`, undefined, { key })
      expect((await list(admin)).body.items).toMatchObject([{ id, team, role: 'viewer' }])
      expect(JSON.stringify((await list(admin)).body)).not.toContain(token)
      expect(await list(viewer)).toEqual(refused(403, 'forbidden'))
      expect(await revoke(stranger)).toEqual(refused(404, 'not_found'))
      expect(await revoke(viewer)).toEqual(refused(403, 'forbidden'))
      expect((await revoke(admin)).status).toBe(204)
      expect(await lookUp(token)).toEqual(refused(404, 'invite_invalid'))
      expect((await list(admin)).body.items).toEqual([])
    })

    test('when who sent it has no right to it any more', async () => {
      const team = await givenTeam()
      const [demoted, deleted] = [
        await givenMember(`teams/${team}`, 'admin'),
        await givenMember(`teams/${team}`, 'admin'),
      ]
      const first = await givenInvite({ team, role: 'admin' }, demoted.key)
      const second = await givenInvite({ team, role: 'admin' }, deleted.key)
      await server.rest('PUT', `/teams/${team}/members/${demoted.username}`, { role: 'member' }, everywhere)
      expect((await server.rest('DELETE', `/users/${deleted.username}`)).status).toBe(204)
      const browser = await givenSignedIn(server)
      expect(await accept(browser, first.token)).toEqual(refused(404, 'invite_invalid'))
      expect(await accept(browser, second.token)).toEqual(refused(404, 'invite_invalid'))
      expect(await rolesOf(team)).not.toContain(`${browser.username}:admin`)
    })

    test('when what it is to is gone', async () => {
      const team = await givenTeam()
      const { token } = await givenInvite({ team, role: 'viewer' })
      expect((await server.rest('DELETE', `/teams/${team}`)).status).toBe(204)
      expect(await lookUp(token)).toEqual(refused(404, 'invite_invalid'))
      expect(await accept(await givenSignedIn(server), token)).toEqual(refused(404, 'invite_invalid'))
    })
  })

  test('only who manages the members invites, and a service account does not', async () => {
    const team = await givenTeam()
    const member = await givenMember(`teams/${team}`, 'member')
    const stranger = await givenWebUser(server)
    const invite = (key: string, body: object = { team, role: 'viewer' }) =>
      server.rest('POST', '/invites', body, { key })
    expect(await invite(member.key)).toEqual(refused(403, 'forbidden'))
    expect(await invite(stranger.key)).toEqual(refused(404, 'not_found'))
    const bot = await server.rest('POST', `/teams/${team}/service-accounts`, {
      username: newName('bot'),
      role: 'admin',
    })
    expect(await invite(bot.body.key)).toEqual(refused(403, 'forbidden'))
    for (const body of [{ team }, { role: 'viewer' }, { team, organization: team, role: 'viewer' }]) {
      expect(await invite(server.adminKey, body)).toEqual(refused(400, 'invalid_request'))
    }
    const { token } = await givenInvite({ team, role: 'viewer' })
    expect(await server.rest('POST', `/invites/by-token/${token}/accept`, {}, { key: bot.body.key })).toEqual(
      refused(403, 'forbidden'),
    )
  })

  test('no token of a link is stored', async () => {
    const { token } = await givenInvite({})
    for (const table of ['invites', 'audit', 'idempotency'] as const) {
      expect(JSON.stringify(await server.world.db.read.selectFrom(table).selectAll().execute())).not.toContain(token)
    }
  })
})
