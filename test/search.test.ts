/** Finding things by a part of their names; collections and types of a project; who uses a webhook. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { givenProject, givenVersion } from './support/given-artifacts.ts'
import { givenMember, givenTeam, givenWebhook } from './support/given-automations.ts'
import { succeeds } from './support/given-deliveries.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  test('what is called so is found in every kind of thing that one may see, and nothing else', async () => {
    const [team, foreign] = [await givenTeam(server), await givenTeam(server)]
    const member = await givenMember(server, team, 'viewer')
    for (const entity of [team, foreign]) {
      await succeeds(server, 'POST', `/projects/${entity}`, { name: 'big-churn' })
      await succeeds(server, 'POST', `/projects/${entity}`, { name: 'Churn' })
      await givenVersion(server, { entity, project: 'Churn' }, 'churn_model')
      await succeeds(server, 'POST', `/entities/${entity}/automations`, {
        name: 'deploy CHURN 100%',
        scope: { type: 'entity' },
        event: 'LINK_ARTIFACT',
        action: { type: 'nothing' },
      })
      const { errors } = await server.graphql(
        'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }',
        { input: { entityName: entity, modelName: 'Churn', name: 'r1', displayName: 'churning-run' } },
      )
      expect(errors).toBeUndefined()
    }
    const search = (q: string) =>
      succeeds(server, 'GET', `/search?q=${encodeURIComponent(q)}&limit=2`, undefined, member.key)
    expect(await search('chURN')).toEqual({
      projects: [
        { entity: team, name: 'Churn', registry: false },
        { entity: team, name: 'big-churn', registry: false },
      ],
      collections: [{ entity: team, project: 'Churn', name: 'churn_model', kind: 'SEQUENCE', type: 'model' }],
      automations: [{ id: expect.any(String), entity: team, name: 'deploy CHURN 100%', enabled: true }],
      runs: [{ entity: team, project: 'Churn', name: 'r1', displayName: 'churning-run' }],
    })
    const none = { projects: [], collections: [], automations: [], runs: [] }
    expect(await search('100%')).toMatchObject({ ...none, automations: [{ entity: team }] })
    expect(await search('n_m')).toMatchObject({ ...none, collections: [{ name: 'churn_model' }] })
    expect(await search('no such thing')).toEqual(none)
    expect((await server.rest('GET', '/search')).status).toBe(400)
  })

  test('collections are found by a part of the name and paged in every order, and types say how much there is', async () => {
    const project = await givenProject(server, await givenTeam(server))
    for (const [collection, versions, type] of [
      ['beta', 2, 'model'],
      ['alpha', 1, 'dataset'],
      ['gamma', 1, 'model'],
    ] as const)
      for (let made = 0; made < versions; made++) await givenVersion(server, project, collection, { type })
    const path = `/projects/${project.entity}/${project.project}`
    const listed = async (query: string) => {
      const names: string[] = []
      for (let cursor = ''; ; ) {
        const answer = await succeeds(server, 'GET', `${path}/collections?limit=2${query}${cursor}`)
        names.push(...answer.items.map(({ name }: Json) => name))
        if (answer.cursor === undefined) return names
        cursor = `&cursor=${answer.cursor}`
      }
    }
    expect(await listed('')).toEqual(['alpha', 'beta', 'gamma'])
    expect(await listed('&order=-name')).toEqual(['gamma', 'beta', 'alpha'])
    expect(await listed('&order=created')).toEqual(['beta', 'alpha', 'gamma'])
    expect(await listed('&order=-updated')).toEqual(['gamma', 'alpha', 'beta'])
    expect(await listed('&q=MA')).toEqual(['gamma'])
    expect(await listed('&q=a&type=model&order=-created')).toEqual(['gamma', 'beta'])
    const { items } = await succeeds(server, 'GET', `${path}/collections`)
    expect(items.map(({ versionCount }: Json) => versionCount)).toEqual([1, 2, 1])
    expect((await succeeds(server, 'GET', `${path}/artifact-types`)).items).toEqual([
      { name: 'dataset', description: null, collections: 1, versions: 1 },
      { name: 'model', description: null, collections: 2, versions: 3 },
    ])
  })

  test('a webhook names the automations that send to it', async () => {
    const team = await givenTeam(server)
    const webhook = await givenWebhook(server, team, { name: 'used' })
    await givenWebhook(server, team, { name: 'unused' })
    const { id } = await succeeds(server, 'POST', `/entities/${team}/automations`, {
      name: 'deploy',
      enabled: false,
      scope: { type: 'entity' },
      event: 'LINK_ARTIFACT',
      action: { type: 'webhook', webhook },
    })
    const usedBy = [{ id, name: 'deploy', enabled: false }]
    const { items } = await succeeds(server, 'GET', `/entities/${team}/webhooks`)
    expect(items.map((each: Json) => [each.name, each.usedBy])).toEqual([
      ['unused', []],
      ['used', usedBy],
    ])
    expect((await succeeds(server, 'GET', `/entities/${team}/webhooks/${webhook}`)).usedBy).toEqual(usedBy)
    await succeeds(server, 'DELETE', `/automations/${id}`)
    expect((await succeeds(server, 'GET', `/entities/${team}/webhooks/${webhook}`)).usedBy).toEqual([])
  })
})
