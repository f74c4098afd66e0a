/** Service accounts through REST: what they may do, and for whom they act. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { as, newName, peopleOf, refused } from './support/given-people.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const { givenUser, givenOrganization, givenTeam, givenMember, givenServiceAccount, memberNames, auditOf } = peopleOf(
    () => server,
  )

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
})
