/** Organizations, teams, their members and their audit, through REST. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { as, column, everywhere, newName, peopleOf, refused } from './support/given-people.ts'
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
})
