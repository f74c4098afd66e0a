/** Lists that a screen shows in one look: projects with what is in them, and the entries of a version. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collectionPath, givenProject, givenVersion } from './support/given-artifacts.ts'
import { givenMember, givenTeam } from './support/given-automations.ts'
import { succeeds } from './support/given-deliveries.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  test('projects tell how many collections they have and when something in them last changed', async () => {
    const team = await givenTeam(server)
    const [busy, quiet] = [await givenProject(server, team), await givenProject(server, team)]
    await givenVersion(server, busy, 'model')
    await givenVersion(server, busy, 'other')
    const read = async (project: string) => {
      const { items } = await succeeds(server, 'GET', `/projects/${team}`)
      return items.find((each: { name: string }) => each.name === project)
    }
    const before = await read(busy.project)
    expect(before).toMatchObject({ collectionCount: 2 })
    expect(await read(quiet.project)).toMatchObject({ collectionCount: 0 })
    const { createdAt, changedAt } = await read(quiet.project)
    expect(changedAt).toBe(createdAt)
    await givenVersion(server, busy, 'model')
    const after = await read(busy.project)
    expect(Date.parse(after.changedAt)).toBeGreaterThan(Date.parse(before.changedAt))
    expect(after.collectionCount).toBe(2)
  })

  test('entries are files and references by path, page by page, for those who may see them', async () => {
    const team = await givenTeam(server)
    const project = await givenProject(server, team)
    const path = `${collectionPath(project, 'data')}/versions`
    await succeeds(server, 'POST', path, {
      type: 'dataset',
      files: [
        { path: 'b/rows.csv', content: Buffer.from('1,2').toString('base64') },
        { path: 'a.parquet', reference: 's3://bucket/a.parquet', size: 7 },
      ],
    })
    const reference = { path: 'a.parquet', size: 7, reference: 's3://bucket/a.parquet' }
    const file = { path: 'b/rows.csv', size: 3, reference: null }
    const first = await succeeds(server, 'GET', `${path}/latest/entries?limit=1`)
    expect(first.items).toEqual([reference])
    const rest = await succeeds(server, 'GET', `${path}/v0/entries?limit=1&cursor=${first.cursor}`)
    expect(rest).toEqual({ items: [file] })
    const stranger = await givenMember(server, await givenTeam(server), 'admin')
    expect((await server.rest('GET', `${path}/v0/entries`, undefined, { key: stranger.key })).status).toBe(404)
  })
})
