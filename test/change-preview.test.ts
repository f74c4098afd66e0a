/** Before a version or a collection is changed: which events that would make, and which automations would fire. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { givenProject, givenVersion } from './support/given-artifacts.ts'
import { givenMember, givenOrganization, givenTeam, givenWebhook, unique } from './support/given-automations.ts'
import { succeeds } from './support/given-deliveries.ts'
import { allRows } from './support/rows.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  async function given() {
    const team = await givenTeam(server, await givenOrganization(server))
    const project = await givenProject(server, team)
    for (let made = 0; made < 2; made++) await givenVersion(server, project, 'churn')
    const path = `/projects/${team}/${project.project}/collections/churn`
    const automation = (name: string, event: string, rest: Json = {}) =>
      succeeds(server, 'POST', `/entities/${team}/automations`, {
        name,
        event,
        scope: { type: 'entity' },
        action: { type: 'nothing' },
        ...rest,
      })
    const preview = (version: string, change: Json) =>
      succeeds(server, 'POST', `${path}/versions/${version}/preview`, change)
    return { team, project, path, automation, preview }
  }

  test('an alias that would move tells both events, what would fire and where it would wait, and nothing changes', async () => {
    const { team, path, automation, preview } = await given()
    await succeeds(server, 'PUT', `${path}/aliases/production`, { version: 'v0' })
    const webhook = await givenWebhook(server, team, { name: 'deployer', paused: true })
    const filter = { alias: 'production' }
    const deploy = await automation('deploy', 'ADD_ARTIFACT_ALIAS', { filter, action: { type: 'webhook', webhook } })
    await automation('undeploy', 'REMOVE_ARTIFACT_ALIAS', { filter })
    await automation('staging', 'ADD_ARTIFACT_ALIAS', { filter: { alias: 'staging' } })
    await automation('off', 'ADD_ARTIFACT_ALIAS', { enabled: false })

    const before = await allRows(server)
    const found = await preview('v1', { addAlias: 'production' })
    expect(await allRows(server)).toEqual(before)
    expect(found.events).toMatchObject([
      { type: 'REMOVE_ARTIFACT_ALIAS', alias: 'production', subject: { version: 'v0' }, movedTo: { version: 'v1' } },
      {
        type: 'ADD_ARTIFACT_ALIAS',
        alias: 'production',
        subject: { version: 'v1' },
        previousVersion: { version: 'v0' },
      },
    ])
    expect(found.events[1].words).toBe(
      `admin-user gave ${path.split('/').slice(2, 4).join('/')}/churn:v1 the alias production`,
    )
    expect(found.automations).toEqual([
      {
        id: expect.any(String),
        name: 'undeploy',
        entity: team,
        event: 0,
        state: 'matched',
        reason: null,
        webhook: null,
      },
      {
        id: deploy.id,
        name: 'deploy',
        entity: team,
        event: 1,
        state: 'matched',
        reason: null,
        webhook: { id: webhook, name: 'deployer', paused: true, circuitOpen: false },
      },
    ])
    // What it already has changes nothing.
    expect(await preview('v0', { addAlias: 'production' })).toEqual({ events: [], automations: [] })

    // The change itself does what was told.
    await succeeds(server, 'PUT', `${path}/aliases/production`, { version: 'v1' })
    const done = await succeeds(server, 'GET', `/entities/${team}/executions`)
    expect(done.items.map((item: Json) => item.automation.name).sort()).toEqual(['deploy', 'undeploy'])
    await succeeds(server, 'DELETE', `/entities/${team}/webhooks/${webhook}?force=true`)
    const [, skipped] = (await preview('v0', { addAlias: 'production' })).automations
    expect([skipped.state, skipped.reason]).toEqual(['skipped', 'webhook_deleted'])
  })

  test('aliases and tags taken away, tags given, links and unlinks can be looked at too', async () => {
    const { project, automation, preview, path } = await given()
    await automation('linked', 'LINK_ARTIFACT')
    await automation('tagged', 'ADD_ARTIFACT_TAG')
    const types = async (change: Json, version = 'v1') => {
      const { events, automations } = await preview(version, change)
      return [events.map(({ type }: Json) => type), automations.map(({ name }: Json) => name)]
    }
    const target = { ...project, collection: unique('portfolio') }
    expect(await types({ removeAlias: 'latest' })).toEqual([['REMOVE_ARTIFACT_ALIAS'], []])
    expect(await types({ addTag: 'approved' })).toEqual([['ADD_ARTIFACT_TAG'], ['tagged']])
    expect(await types({ removeTag: 'approved' })).toEqual([[], []])
    expect(await types({ link: target })).toEqual([['LINK_ARTIFACT', 'ADD_ARTIFACT_ALIAS'], ['linked']])
    await automation('unlinked', 'UNLINK_ARTIFACT')
    await automation('deleted', 'DELETE_ARTIFACT', { filter: { alias: 'latest' } })
    expect(await types({ delete: true })).toEqual([
      ['REMOVE_ARTIFACT_ALIAS', 'UNLINK_ARTIFACT', 'DELETE_ARTIFACT'],
      ['unlinked', 'deleted'],
    ])
    expect(await types({ delete: true }, 'v0')).toEqual([['UNLINK_ARTIFACT', 'DELETE_ARTIFACT'], ['unlinked']])
    expect((await succeeds(server, 'GET', path)).versionCount).toBe(2)
    expect(
      (await server.rest('GET', `/projects/${project.entity}/${project.project}/collections/${target.collection}`))
        .status,
    ).toBe(404)
    for (const [change, status] of [
      [{ addAlias: 'v7' }, 400],
      [{ removeAlias: 'none' }, 404],
      [{ addAlias: 'a', addTag: 'b' }, 400],
      [{ delete: false }, 400],
      [{ unlink: true }, 404],
      [{}, 400],
    ] as const) {
      const answer = await server.rest('POST', `${path}/versions/v1/preview`, change)
      expect([answer.status, JSON.stringify(change)]).toEqual([status, JSON.stringify(change)])
    }
  })

  test('tags of a collection can be looked at as those of a version, and nothing changes', async () => {
    const { path, automation } = await given()
    await automation('announce', 'ADD_COLLECTION_TAG', { filter: { tag: 'approved' } })
    await automation('withdraw', 'REMOVE_COLLECTION_TAG')
    await automation('of versions', 'ADD_ARTIFACT_TAG')
    const preview = (change: Json) => succeeds(server, 'POST', `${path}/preview`, change)
    const types = async (change: Json) => {
      const { events, automations } = await preview(change)
      return [events.map(({ type }: Json) => type), automations.map(({ name }: Json) => name)]
    }

    const before = await allRows(server)
    const found = await preview({ addTag: 'approved' })
    expect(await allRows(server)).toEqual(before)
    expect(found.events).toMatchObject([
      { type: 'ADD_COLLECTION_TAG', tag: 'approved', subject: { collection: 'churn', version: null } },
    ])
    expect(found.automations).toMatchObject([{ name: 'announce', event: 0, state: 'matched', webhook: null }])
    expect(await types({ addTag: 'other' })).toEqual([['ADD_COLLECTION_TAG'], []])
    expect(await types({ removeTag: 'approved' })).toEqual([[], []])

    // A deletion is one of all its versions.
    await automation('unlinked', 'UNLINK_ARTIFACT')
    const deletion = await preview({ delete: true })
    expect(deletion.events.map(({ type }: Json) => type)).toEqual([
      ...['UNLINK_ARTIFACT', 'REMOVE_ARTIFACT_ALIAS', 'UNLINK_ARTIFACT'],
      ...['DELETE_ARTIFACT', 'DELETE_ARTIFACT'],
    ])
    expect(deletion.automations).toMatchObject([
      { name: 'unlinked', event: 0 },
      { name: 'unlinked', event: 2 },
    ])
    expect((await succeeds(server, 'GET', path)).versionCount).toBe(2)

    await succeeds(server, 'PUT', `${path}/tags/approved`)
    expect(await types({ addTag: 'approved' })).toEqual([[], []])
    expect(await types({ removeTag: 'approved' })).toEqual([['REMOVE_COLLECTION_TAG'], ['withdraw']])
    for (const [change, status] of [
      [{ addTag: '' }, 400],
      [{ addTag: 'x'.repeat(257) }, 400],
      [{ addAlias: 'a' }, 400],
      [{ addTag: 'a', removeTag: 'b' }, 400],
    ] as const) {
      const answer = await server.rest('POST', `${path}/preview`, change)
      expect([answer.status, JSON.stringify(change)]).toEqual([status, JSON.stringify(change)])
    }
    expect((await server.rest('POST', `${path}-none/preview`, { addTag: 'a' })).status).toBe(404)
  })

  test('it takes the rights of the change, and tells of no automation that one may not see', async () => {
    const { team, path } = await given()
    const viewer = await givenMember(server, team, 'viewer')
    const stranger = await givenMember(server, await givenTeam(server), 'admin')
    for (const [of, change] of [
      [`${path}/versions/v0`, { addAlias: 'x' }],
      [path, { addTag: 'x' }],
    ]) {
      const ask = async (key: string) => (await server.rest('POST', `${of}/preview`, change, { key })).status
      expect([await ask(viewer.key), await ask(stranger.key)]).toEqual([403, 404])
    }
  })
})
