/** Runs by REST: a list to look through, and one with all that a page about it shows. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { useArtifact } from '../src/artifacts/operations.ts'
import { givenCommitted, givenProject } from './support/given-artifacts.ts'
import { callerWith, givenMember, givenTeam } from './support/given-automations.ts'
import { succeeds } from './support/given-deliveries.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  async function givenRun(project: { entity: string; project: string }, name: string, rest: Json = {}): Promise<void> {
    const { errors } = await server.graphql(
      'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }',
      { input: { entityName: project.entity, modelName: project.project, name, ...rest } },
    )
    expect(errors).toBeUndefined()
  }

  test('runs are listed newest first, found by state and text, and paged in every order', async () => {
    const project = await givenProject(server, await givenTeam(server))
    const path = `/projects/${project.entity}/${project.project}/runs`
    await givenRun(project, 'aa', { displayName: 'Glowing (Sunset)', tags: ['baseline'] })
    await givenRun(project, 'bb', { displayName: 'early bird', notes: 'all of sunset again', state: 'finished' })
    await givenRun(project, 'cc', { displayName: 'calm', state: 'failed' })
    const listed = async (query: string, limit = 2) => {
      const names: string[] = []
      for (let cursor = ''; ; ) {
        const answer = await succeeds(server, 'GET', `${path}?limit=${limit}${query}${cursor}`)
        names.push(...answer.items.map(({ name }: Json) => name))
        if (answer.cursor === undefined) return names
        cursor = `&cursor=${answer.cursor}`
      }
    }
    expect(await listed('')).toEqual(['cc', 'bb', 'aa'])
    expect(await listed('&order=created', 1)).toEqual(['aa', 'bb', 'cc'])
    expect(await listed('&order=name')).toEqual(['aa', 'cc', 'bb'])
    expect(await listed('&order=-heartbeat', 1)).toHaveLength(3)
    expect(await listed('&state=running')).toEqual(['aa'])
    expect(await listed('&q=sUNSET', 1)).toEqual(['bb', 'aa'])
    expect(await listed(`&q=${encodeURIComponent('g (S')}`)).toEqual(['aa'])
    expect(await listed(`&q=${encodeURIComponent('.*')}`)).toEqual([])
    expect(await listed('&q=sunset&state=finished')).toEqual(['bb'])
    const [run] = (await succeeds(server, 'GET', `${path}?q=glowing`)).items
    expect(run).toMatchObject({
      ...project,
      name: 'aa',
      displayName: 'Glowing (Sunset)',
      state: 'running',
      username: 'admin-user',
      tags: ['baseline'],
      artifacts: { logged: 0, used: 0 },
    })
    for (const wrong of ['state=asleep', 'order=age', 'q=']) {
      expect((await server.rest('GET', `${path}?${wrong}`)).status, wrong).toBe(400)
    }
  })

  test('one run shows its config and summary as they were set, and the versions it logged and used', async () => {
    const team = await givenTeam(server)
    const project = await givenProject(server, team)
    const admin = await callerWith(server, server.adminKey)
    await givenRun(project, 'train', {
      config: '{"lr": {"value": 0.1, "desc": null}, "_wandb": {"value": {"t": 1}}, "plain": 3}',
      summaryMetrics: '{"loss": 0.5, "_wandb": {"runtime": 1}, "_step": 4}',
    })
    const artifactId = await givenCommitted(server, admin, {
      ...project,
      collection: 'churn',
      run: 'train',
      files: { 'a.txt': 'a' },
    })
    await givenRun(project, 'serve')
    await useArtifact(server.world, admin, { ...project, run: 'serve', artifactId })

    const path = `/projects/${team}/${project.project}/runs`
    expect(await succeeds(server, 'GET', `${path}/train`)).toMatchObject({
      config: { lr: 0.1, plain: 3 },
      summary: { loss: 0.5, _step: 4 },
      artifacts: { logged: 1, used: 0 },
      alerts: [],
    })
    expect((await succeeds(server, 'GET', `${path}/serve`)).artifacts).toEqual({ logged: 0, used: 1 })
    const versions = async (run: string, query: string) =>
      (await succeeds(server, 'GET', `${path}/${run}/artifacts?${query}`)).items.map(
        ({ collection, version }: Json) => `${collection}:${version}`,
      )
    expect(await versions('train', '')).toEqual(['churn:v0'])
    expect(await versions('train', 'direction=used')).toEqual([])
    expect(await versions('serve', 'direction=used')).toEqual(['churn:v0'])

    expect((await server.rest('GET', `${path}/none`)).status).toBe(404)
    expect((await server.rest('GET', `${path}/none/artifacts`)).status).toBe(404)
    const stranger = (await givenMember(server, await givenTeam(server), 'admin')).key
    for (const each of [path, `${path}/train`, `${path}/train/artifacts`]) {
      expect((await server.rest('GET', each, undefined, { key: stranger })).status, each).toBe(404)
    }
  })
})
