/** Collections that are made before their first version, by REST. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { collectionPath, givenProject, log, type ProjectName } from './support/given-artifacts.ts'
import { givenMember, givenOrganization, givenTeam, unique } from './support/given-automations.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer
  let organization: string
  let team: string
  let at: ProjectName
  beforeAll(async () => {
    server = await startTestServer(engine)
    organization = await givenOrganization(server)
    team = await givenTeam(server, organization)
  })
  afterAll(async () => server[Symbol.asyncDispose]())
  beforeEach(async () => {
    at = await givenProject(server, team)
  })

  const create = (body: object, { entity, project } = at, key = server.adminKey) =>
    server.rest('POST', `/projects/${entity}/${project}/collections`, body, { key })
  const collectionsOf = async ({ entity, project } = at) =>
    (await server.rest('GET', `/projects/${entity}/${project}/collections`)).body.items.map(
      ({ name, kind, type }: { name: string; kind: string; type: string }) => `${name}: ${kind} of ${type}`,
    )
  const begin = () =>
    server.graphql('mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }', {
      input: {
        entityName: at.entity,
        projectName: at.project,
        artifactCollectionName: 'churn',
        artifactTypeName: 'model',
        digest: '0'.repeat(32),
      },
    })

  test('are listed, described and found by the client, and take their first version', async () => {
    const description = 'Who leaves.'
    const made = await create({ name: 'churn', type: 'model', description })
    expect(made.body, made.text).toMatchObject({
      kind: 'SEQUENCE',
      type: 'model',
      description,
      latestVersion: null,
      tags: [],
    })
    expect(made.status).toBe(201)
    expect(await create({ name: 'best', type: 'dataset', kind: 'PORTFOLIO' })).toMatchObject({ status: 201 })
    expect(await collectionsOf()).toEqual(['best: PORTFOLIO of dataset', 'churn: SEQUENCE of model'])
    const { data } = await server.graphql(
      `query ($entity: String, $project: String) { project(name: $project, entityName: $entity) {
        artifactType(name: "model") { artifactCollections { totalCount edges { node { name description } } }
          artifactCollection(name: "churn") { ... on ArtifactSequence { latestArtifact { id } } artifacts { edges { version } } } } } }`,
      at,
    )
    expect(data.project.artifactType).toEqual({
      artifactCollections: { totalCount: 1, edges: [{ node: { name: 'churn', description } }] },
      artifactCollection: { latestArtifact: null, artifacts: { edges: [] } },
    })
    expect(await log(server, at, 'churn')).toMatchObject({ body: { version: 'v0' } })
    expect((await server.rest('GET', collectionPath(at, 'churn'))).body).toMatchObject({
      description,
      latestVersion: 'v0',
    })
  })

  test('hold the type they were made with, also against a run that had begun to log another', async () => {
    expect((await begin()).status).toBe(200)
    // What a run is just logging is nobody's to see, so the name is free: the run finds the collection made.
    expect(await collectionsOf()).toEqual([])
    expect(await create({ name: 'churn', type: 'dataset' })).toMatchObject({ status: 201 })
    expect(await collectionsOf()).toEqual(['churn: SEQUENCE of dataset'])
    expect(await log(server, at, 'churn')).toMatchObject({ status: 400, body: { code: 'artifact_type_mismatch' } })
    expect(await log(server, at, 'churn', { type: 'dataset' })).toMatchObject({ body: { version: 'v0' } })
  })

  test('have names that are free, of their kind or another', async () => {
    await create({ name: 'churn', type: 'model' })
    await log(server, at, 'logged')
    for (const name of ['churn', 'logged']) {
      const again = await create({ name, type: 'model' })
      expect(again, again.text).toMatchObject({
        status: 409,
        body: { code: 'name_taken', errors: [{ path: '/name' }] },
      })
    }
    expect(await create({ name: 'a:b', type: 'model' })).toMatchObject({ status: 400, body: { code: 'name_invalid' } })
    expect(await create({ name: 'a', type: 'x/y' })).toMatchObject({ status: 400, body: { code: 'name_invalid' } })
  })

  test('of a registry hold links, of a type that it takes', async () => {
    const name = unique('shelf')
    await server.rest('POST', `/projects/${organization}`, { name, registry: true, artifactTypes: ['model'] })
    const registry = { entity: organization, project: `wandb-registry-${name}` }
    expect(await create({ name: 'Best', type: 'model' }, registry)).toMatchObject({ body: { kind: 'PORTFOLIO' } })
    expect(await create({ name: 'Other', type: 'dataset' }, registry)).toMatchObject({
      status: 400,
      body: { code: 'artifact_type_mismatch', errors: [{ path: '/type' }] },
    })
    expect(await create({ name: 'Other', type: 'model', kind: 'SEQUENCE' }, registry)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ path: '/kind' }] },
    })
    expect(await collectionsOf(registry)).toEqual(['Best: PORTFOLIO of model'])
  })

  test('are made by members, once for a repeated call', async () => {
    const viewer = await givenMember(server, team, 'viewer')
    expect(await create({ name: 'churn', type: 'model' }, at, viewer.key)).toMatchObject({ status: 403 })
    expect(await collectionsOf()).toEqual([])
    const twice = await Promise.all([1, 2].map(() => create({ name: 'churn', type: 'model' })))
    expect(twice.map(({ status }) => status).sort()).toEqual([201, 409])
  })
})
