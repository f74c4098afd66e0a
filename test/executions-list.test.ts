/** What all automations of an entity did, and what a version fired: in words, narrowed, page by page. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EventSubject } from '../src/events/event.ts'
import { givenVersion } from './support/given-artifacts.ts'
import {
  callerWith,
  draft,
  givenMember,
  givenOrganization,
  givenTeam,
  record,
  unique,
} from './support/given-automations.ts'
import { fire, givenPipeline, inState, type Pipeline, succeeds } from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  /** The aliases that were added, of every page. */
  async function aliasesIn(path: string, limit = 2, key = server.adminKey): Promise<string[]> {
    const found: string[] = []
    for (let cursor = ''; ; ) {
      const answer = await succeeds(
        server,
        'GET',
        `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor}`,
        undefined,
        key,
      )
      expect(answer.items.length).toBeLessThanOrEqual(limit)
      found.push(...answer.items.map(({ event }: Json) => event.alias))
      if (answer.cursor === undefined) return found
      cursor = `&cursor=${answer.cursor}`
    }
  }

  const nameOf = ({ project, collection }: EventSubject) => `${project}/${collection}`

  test('executions of an entity come newest first, whichever automation fired, and say what happened', async () => {
    await using receiver = await startReceiver(204, 400, 204, 204)
    const team = await givenTeam(server)
    const [first, second, third] = [
      await givenPipeline(server, receiver.url, { team }),
      await givenPipeline(server, receiver.url, { team }),
      await givenPipeline(server, receiver.url, { team, webhook: { paused: true } }),
    ]
    const ended = async (pipeline: Pipeline, alias: string, state: 'succeeded' | 'failed') => {
      const delivery = await fire(server, pipeline, alias)
      await inState(server, delivery, state)
    }
    await ended(first, 'one', 'succeeded')
    await ended(second, 'two', 'failed')
    await ended(first, 'three', 'succeeded')
    await fire(server, third, 'four')
    await ended(second, 'five', 'succeeded')
    const path = `/entities/${team}/executions`
    for (const limit of [1, 2, 200])
      expect(await aliasesIn(path, limit)).toEqual(['five', 'four', 'three', 'two', 'one'])

    const { items } = await succeeds(server, 'GET', path)
    expect(items[3]).toMatchObject({
      automation: { id: second.automation, entity: team },
      state: 'matched',
      event: { type: 'ADD_ARTIFACT_ALIAS', alias: 'two', tag: null },
      subject: { entity: team, project: second.place.project, collection: second.place.collection, version: 'v0' },
      words: `admin-user gave ${team}/${nameOf(second.place)}:v0 the alias two`,
      deliveries: [{ state: 'failed', reason: 'rejected', attempts: 1 }],
    })

    expect(await aliasesIn(`${path}?automation=${second.automation}`, 1)).toEqual(['five', 'two'])
    expect(await aliasesIn(`${path}?place=${first.place.project}`, 1)).toEqual(['three', 'one'])
    expect(await aliasesIn(`${path}?place=${team}/${nameOf(second.place)}`, 1)).toEqual(['five', 'two'])
    expect(await aliasesIn(`${path}?place=${team}/${nameOf(second.place)}&automation=${first.automation}`)).toEqual([])
    expect(await aliasesIn(`${path}?delivery=failed`)).toEqual(['two'])
    expect(await aliasesIn(`${path}?delivery=pending`)).toEqual(['four'])
    expect(await aliasesIn(`${path}?delivery=succeeded`, 1)).toEqual(['five', 'three', 'one'])
    expect(await aliasesIn(`${path}?delivery=succeeded&automation=${first.automation}`, 1)).toEqual(['three', 'one'])
    expect(await aliasesIn(`${path}?event=LINK_ARTIFACT`)).toEqual([])
    expect(await aliasesIn(`${path}?event=ADD_ARTIFACT_ALIAS&state=matched`)).toHaveLength(5)
    for (const nothing of [`automation=${unique('au')}`, `place=${unique('none')}`, `place=${unique('none')}/a/b`]) {
      expect(await aliasesIn(`${path}?${nothing}`)).toEqual([])
    }
    for (const wrong of [
      'place=a/b/c/d',
      'place=a//c',
      'place=/',
      'delivery=lost',
      'limit=201',
      'createdAfter=today',
    ]) {
      expect((await server.rest('GET', `${path}?${wrong}`)).status, wrong).toBe(400)
    }

    // Deleted automations keep their history here, and one may look into a window of time.
    await succeeds(server, 'DELETE', `/automations/${second.automation}`)
    await server.world.db.transaction((tx) =>
      sql`update executions set created_at = created_at - 86400000 where automation_id = (
        select id from automations where public_id = ${first.automation})`.execute(tx),
    )
    expect(await aliasesIn(path, 1)).toEqual(['five', 'four', 'two', 'three', 'one'])
    const hourAgo = encodeURIComponent(new Date(Date.now() - 3_600_000).toISOString())
    expect(await aliasesIn(`${path}?createdAfter=${hourAgo}`, 1)).toEqual(['five', 'four', 'two'])
    expect(await aliasesIn(`${path}?createdBefore=${hourAgo}`, 1)).toEqual(['three', 'one'])
  })

  test('skipped ones are found alone', async () => {
    const team = await givenTeam(server)
    const pipeline = await givenPipeline(server, 'http://127.0.0.1:9/', { team, webhook: { paused: true } })
    await fire(server, pipeline, 'sent')
    await succeeds(server, 'DELETE', `${pipeline.webhookPath}?force=true`)
    await record(
      server,
      await callerWith(server, server.adminKey),
      draft('ADD_ARTIFACT_ALIAS', [pipeline.place], { alias: 'skipped' }),
    )
    const path = `/entities/${team}/executions`
    expect(await aliasesIn(`${path}?state=skipped`)).toEqual(['skipped'])
    expect(await aliasesIn(`${path}?state=matched`)).toEqual(['sent'])
    const [{ reason, deliveries }] = (await succeeds(server, 'GET', path)).items
    expect([reason, deliveries]).toEqual(['webhook_deleted', []])
  })

  test('a version shows what it fired, of the automations that one may see', async () => {
    const organization = await givenOrganization(server)
    const team = await givenTeam(server, organization)
    const member = await givenMember(server, team, 'member')
    const project = { entity: team, project: unique('project') }
    await succeeds(server, 'POST', `/projects/${team}`, { name: project.project })
    for (const entity of [team, organization]) {
      await succeeds(server, 'POST', `/entities/${entity}/automations`, {
        name: unique('automation'),
        scope: { type: 'entity' },
        event: 'ADD_ARTIFACT_ALIAS',
        action: { type: 'nothing' },
      })
    }
    for (const alias of ['alpha', 'beta']) await givenVersion(server, project, 'churn', { aliases: [alias] })
    const at = (version: string) =>
      `/projects/${team}/${project.project}/collections/churn/versions/${version}/executions`
    expect(await aliasesIn(at('v0'), 1)).toEqual(['alpha', 'alpha', 'latest', 'latest'])
    expect(await aliasesIn(at('v1'), 3, member.key)).toEqual(['beta', 'beta', 'latest', 'latest'])
    expect((await server.rest('GET', at('v2'))).status).toBe(404)
    expect(
      (
        await server.rest('GET', at('v0'), undefined, {
          key: (await givenMember(server, await givenTeam(server), 'admin')).key,
        })
      ).status,
    ).toBe(404)
  })
})
