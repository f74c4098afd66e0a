/** Registries by REST: their names, their ends and their members, as the client's GraphQL has them. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { givenOrganization, givenTeam, givenUser, givenWebhook, unique } from './support/given-automations.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer
  let organization: string
  let path: string
  beforeAll(async () => {
    server = await startTestServer(engine)
    organization = await givenOrganization(server)
  })
  afterAll(async () => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    const name = unique('registry')
    path = `/projects/${organization}/wandb-registry-${name}`
    await call('POST', `/projects/${organization}`, { name, registry: true, access: 'RESTRICTED' })
  })

  async function call(method: string, to: string, body?: unknown, key?: string) {
    const answer = await server.rest(method, to, body, key === undefined ? {} : { key })
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer.body
  }
  async function givenColleague() {
    const user = await givenUser(server)
    await call('PUT', `/organizations/${organization}/members/${user.username}`, { role: 'viewer' })
    return user
  }
  /** A version that was logged by a team of the organization. */
  async function givenVersion() {
    const entity = await givenTeam(server, organization)
    await call('POST', `/projects/${entity}`, { name: 'plain' })
    const content = Buffer.from('x').toString('base64')
    const version = { type: 'model', files: [{ path: 'x', content }] }
    await call('POST', `/projects/${entity}/plain/collections/churn/versions`, version)
    return { entity, project: 'plain', collection: 'churn', version: 'v0' }
  }

  test('members, by their own name or in a team, see a restricted registry for as long as they are', async () => {
    const [ada, ben, eve] = [await givenColleague(), await givenColleague(), await givenColleague()]
    const team = await givenTeam(server, organization)
    await call('PUT', `/teams/${team}/members/${ben.username}`, { role: 'viewer' })
    const sees = async ({ key }: { key: string }) => (await server.rest('GET', path, undefined, { key })).status
    expect([await sees(ada), await sees(ben)]).toEqual([404, 404])

    const user = `${path}/members/users/${ada.username}`
    expect(await call('PUT', user, { role: 'viewer' })).toEqual({ kind: 'user', name: ada.username, role: 'viewer' })
    await call('PUT', `${path}/members/teams/${team}`, { role: 'member' })
    expect([await sees(ada), await sees(ben)]).toEqual([200, 200])
    expect(await server.rest('PUT', user, { role: 'admin' }, { key: ada.key })).toMatchObject({ status: 403 })
    await call('PUT', user, { role: 'admin' })
    await call('PUT', user, { role: 'admin' })
    await call('PUT', `${path}/members/users/${eve.username}`, { role: 'admin' })
    // In the order in which they came to be, whatever has become of them.
    expect((await call('GET', `${path}/members`, undefined, ben.key)).items).toEqual([
      { kind: 'user', name: ada.username, role: 'admin' },
      { kind: 'team', name: team, role: 'member' },
      { kind: 'user', name: eve.username, role: 'admin' },
    ])
    await call('DELETE', `${path}/members/teams/${team}`, undefined, ada.key)
    expect(await sees(ben)).toBe(404)
    expect(await server.rest('DELETE', `${path}/members/teams/${team}`)).toMatchObject({ status: 404 })

    const changes = (await call('GET', `/entities/${organization}/audit?limit=5`)).items
    expect(changes.map(({ action }: { action: string }) => action)).toEqual([
      'registry.members_removed',
      'registry.members_added',
      'registry.member_role_changed',
      'registry.members_added',
      'registry.members_added',
    ])
  })

  test('nobody from outside the organization can be a member, whether there is such a name or not', async () => {
    const stranger = await givenUser(server)
    const answers = []
    for (const member of [`users/${stranger.username}`, 'users/nobody-at-all', 'teams/no-such-team']) {
      const { status, body } = await server.rest('PUT', `${path}/members/${member}`, { role: 'viewer' })
      answers.push([status, body.code, body.detail])
    }
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1)
    expect(answers[0]![1]).toBe('membership_invalid')
    expect((await call('GET', `${path}/members`)).items).toEqual([])
  })

  test('a registry is renamed, and deleted with its links, and a plain project is neither', async () => {
    const source = await givenVersion()
    const { entity: team } = source
    await call('POST', `${path}/collections/shelf/links`, { source })

    const name = unique('renamed')
    const renamed = `/projects/${organization}/wandb-registry-${name}`
    expect(await call('PATCH', path, { name })).toMatchObject({ name: `wandb-registry-${name}`, access: 'RESTRICTED' })
    expect((await server.rest('GET', path)).status).toBe(404)
    expect((await call('GET', `${renamed}/collections/shelf/versions`)).items).toHaveLength(1)
    const taken = unique('taken')
    await call('POST', `/projects/${organization}`, { name: taken, registry: true })
    expect(await server.rest('PATCH', renamed, { name: taken })).toMatchObject({
      status: 409,
      body: { code: 'name_taken' },
    })

    await call('DELETE', renamed)
    expect((await server.rest('GET', renamed)).status).toBe(404)
    expect((await call('GET', `/projects/${team}/plain/collections/churn/versions`)).items).toHaveLength(1)
    for (const [method, body] of [['PATCH', { name: 'other' }], ['DELETE']] as const) {
      const answer = await server.rest(method, `/projects/${team}/plain`, body)
      expect(answer).toMatchObject({ status: 400, body: { code: 'not_supported' } })
    }
  })

  test('what happened in a restricted registry stays hidden from the rest of the organization when it is gone', async () => {
    const [invited, other] = [await givenColleague(), await givenColleague()]
    const viewAll = await givenUser(server)
    await call('PUT', `/organizations/${organization}/members/${viewAll.username}`, { role: 'admin' })
    await call('PUT', `${path}/members/users/${invited.username}`, { role: 'viewer' })
    const registry = path.split('/').at(-1) as string
    const automation = await call('POST', `/entities/${organization}/automations`, {
      name: unique('tells'),
      event: 'LINK_ARTIFACT',
      scope: { type: 'entity' },
      action: { type: 'webhook', webhook: await givenWebhook(server, organization) },
    })
    const source = await givenVersion()
    await call('POST', `${path}/collections/shelf/links`, { source })

    /** What of the registry somebody sees, by each way there is. */
    async function seenBy({ key }: { key: string }) {
      const items = async (of: string) => (await call('GET', of, undefined, key)).items
      const events = await items(`/entities/${organization}/events?limit=200`)
      const here = events.filter(({ subjects }: { subjects: { project: string }[] }) =>
        subjects.some((subject) => subject.project === registry),
      )
      const direct = await Promise.all(linked.map((id) => server.rest('GET', `/events/${id}`, undefined, { key })))
      return {
        events: here.length,
        direct: direct.filter(({ status }) => status === 200).length,
        executions: (await items(`/automations/${automation.id}/executions`)).length,
        deliveries: (await items(`/entities/${organization}/deliveries?automation=${automation.id}`)).length,
      }
    }
    const { items } = await call('GET', `/entities/${organization}/events?limit=200`, undefined, viewAll.key)
    const linked: string[] = items
      .filter(({ subjects }: { subjects: { project: string }[] }) => subjects[0]?.project === registry)
      .map(({ id }: { id: string }) => id)
    const nothing = { events: 0, direct: 0, executions: 0, deliveries: 0 }
    const before = { events: linked.length, direct: linked.length, executions: 1, deliveries: 1 }
    expect(linked.length).toBeGreaterThan(1)
    for (const who of [invited, viewAll]) expect(await seenBy(who)).toEqual(before)
    expect(await seenBy(other)).toEqual(nothing)

    await call('DELETE', path)
    expect(await seenBy(other)).toEqual(nothing)
    for (const who of [invited, viewAll])
      expect(await seenBy(who)).toMatchObject({ ...before, events: expect.any(Number) })
    expect((await seenBy(invited)).events).toBeGreaterThan(before.events)

    // It is gone for all else, and its name is free, for a registry with a history of its own.
    for (const key of [invited.key, viewAll.key])
      expect(await server.rest('GET', path, undefined, { key })).toMatchObject({ status: 404 })
    for (const of of [`${path}/members`, `${path}/collections`, `${path}%2F1`])
      expect((await server.rest('GET', of)).status).toBe(404)
    const named = async () =>
      (await call('GET', `/projects/${organization}?limit=200`)).items.filter(({ name }: { name: string }) =>
        name.startsWith(registry),
      )
    expect(await named()).toEqual([])
    const name = registry.replace('wandb-registry-', '')
    await call('POST', `/projects/${organization}`, { name, registry: true })
    expect(await named()).toHaveLength(1)
    expect((await call('GET', `${path}/members`)).items).toEqual([])
    expect((await server.rest('GET', path, undefined, { key: other.key })).status).toBe(200)
    expect((await seenBy(other)).executions).toBe(0)
    await call('POST', `${path}/collections/shelf/links`, { source })
    expect(await seenBy(other)).toMatchObject({ direct: 0, executions: 1, deliveries: 1 })
  })

  test('an organization whose registries are all gone is empty', async () => {
    const emptied = await givenOrganization(server)
    await call('POST', `/projects/${emptied}`, { name: 'shelf', registry: true, access: 'RESTRICTED' })
    expect((await server.rest('DELETE', `/organizations/${emptied}`)).status).toBe(409)
    await call('DELETE', `/projects/${emptied}/wandb-registry-shelf`)
    await call('DELETE', `/organizations/${emptied}`)
  })
})
