/** Running an automation by hand for a chosen version. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PAYLOAD_VARIABLES } from '../src/automations/payload-variables.ts'
import { givenMember, givenTeam, unique } from './support/given-automations.ts'
import { inState, succeeds } from './support/given-deliveries.ts'
import { startReceiver } from './support/receiver.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'
import { givenCommitted } from './support/tenant.ts'

type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const count = async (path: string) => (await succeeds(server, 'GET', path)).items.length as number

  async function given(url: string, body: Json = {}) {
    const team = await givenTeam(server)
    const [project, collection] = [unique('project'), unique('collection')]
    await succeeds(server, 'POST', `/projects/${team}`, { name: project })
    await givenCommitted(server, { entity: team, project, collection })
    await succeeds(server, 'PUT', `/projects/${team}/${project}/collections/${collection}/aliases/staging`, {
      version: 'v0',
    })
    const { id: webhook } = await succeeds(server, 'POST', `/entities/${team}/webhooks`, { name: unique('hook'), url })
    const automation = await succeeds(server, 'POST', `/entities/${team}/automations`, {
      name: unique('automation'),
      scope: { type: 'project', project },
      event: 'ADD_ARTIFACT_ALIAS',
      filter: { alias: 'production' },
      action: { type: 'webhook', webhook },
      ...body,
    })
    const at = { project, collection, version: 'v0' }
    const run = (sent: Json, key = server.adminKey) =>
      server.rest('POST', `/automations/${automation.id}/run`, sent, { key })
    return { team, project, collection, webhook, automation, at, run }
  }

  test('it sends what its event would have sent, says who ran it, and fires nothing else', async () => {
    await using receiver = await startReceiver()
    const payload = Object.fromEntries(PAYLOAD_VARIABLES.map(({ name }) => [name, `\${${name}}`]))
    const { team, automation, at, run, project, collection, webhook } = await given(receiver.url)
    await succeeds(server, 'PATCH', `/automations/${automation.id}`, {
      action: { type: 'webhook', webhook, payload },
    })
    await succeeds(server, 'POST', `/entities/${team}/automations`, {
      name: unique('another'),
      scope: { type: 'project', project },
      event: 'ADD_ARTIFACT_ALIAS',
      action: { type: 'webhook', webhook },
    })
    const before = await count(`/entities/${team}/events`)
    const member = await givenMember(server, team, 'member')
    const { status, body } = await run({ at, alias: 'production' }, member.key)
    expect([status, body]).toMatchObject([
      201,
      { state: 'matched', reason: null, filterMatches: true, because: [], deliveries: [{ state: expect.any(String) }] },
    ])
    const { body: sent } = await inState(server, body.deliveries[0].id, 'succeeded')
    const values = JSON.parse(sent)
    expect(values).toMatchObject({
      event_type: 'ADD_ARTIFACT_ALIAS',
      event_author: member.username,
      entity_name: team,
      project_name: project,
      artifact_collection_name: collection,
      artifact_version_string: `${team}/${project}/${collection}:production`,
      alias: 'production',
      version: 'v0',
      event_id: body.event,
      artifact_aliases: '["latest","staging"]',
      source_version_string: `${team}/${project}/${collection}:v0`,
    })
    for (const name of ['artifact_version', 'artifact_digest', 'artifact_url', 'event_time', 'artifact_created_at']) {
      expect([name, values[name]]).not.toEqual([name, ''])
    }
    expect(receiver.received).toHaveLength(1)

    const { items } = await succeeds(server, 'GET', `/automations/${automation.id}/executions`)
    expect(items).toMatchObject([{ id: body.execution, runBy: member.username, event: { id: body.event } }])
    expect(await succeeds(server, 'GET', `/events/${body.event}`)).toMatchObject({
      runBy: member.username,
      actor: { username: member.username },
    })
    expect(await count(`/entities/${team}/events`)).toBe(before)
    const explained = (await succeeds(server, 'GET', `/events/${body.event}/explanation`)).items
    expect(explained.map((item: Json) => [item.automation.id, item.verdict])).toEqual([[automation.id, 'fired']])
  })

  test('its filter is not asked, and what it would have said is told', async () => {
    await using receiver = await startReceiver()
    const { at, run } = await given(receiver.url)
    const { status, body } = await run({ at })
    expect([status, body]).toMatchObject([
      201,
      {
        state: 'matched',
        filterMatches: false,
        because: [{ message: 'alias is "staging", and the filter asks for "production"' }],
      },
    ])
    await inState(server, body.deliveries[0].id, 'succeeded')
  })

  test('events of tags and of collections run as well', async () => {
    await using receiver = await startReceiver()
    const ofTag = await given(receiver.url, { event: 'ADD_ARTIFACT_TAG', filter: null })
    expect((await ofTag.run({ at: ofTag.at })).body).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: '/tag' }],
    })
    expect((await ofTag.run({ at: ofTag.at, tag: 'approved' })).status).toBe(201)
    const ofCollection = await given(receiver.url, { event: 'ADD_COLLECTION_TAG', filter: null })
    const { version: _version, ...at } = ofCollection.at
    const { body } = await ofCollection.run({ at, tag: 'approved' })
    expect(body).toMatchObject({ state: 'matched' })
    await inState(server, body.deliveries[0].id, 'succeeded')
  })

  test('what cannot be run is refused, and leaves nothing', async () => {
    const { team, automation, at, run } = await given('http://127.0.0.1:9/')
    const other = await given('http://127.0.0.1:9/')
    const asked = async (sent: Json, key?: string) => {
      const answer = await run(sent, key)
      return [answer.status, answer.body.code]
    }
    expect(await asked({ at: { ...at, version: 'v9' } })).toEqual([404, 'not_found'])
    expect(await asked({ at: { ...at, collection: 'none' } })).toEqual([404, 'not_found'])
    expect(await asked({ at: { project: at.project, collection: at.collection } })).toEqual([400, 'invalid_request'])
    expect(await asked({ at: { ...other.at, entity: other.team } })).toEqual([409, 'automation_out_of_scope'])
    const [viewer, outsider] = [
      await givenMember(server, team, 'viewer'),
      await givenMember(server, other.team, 'admin'),
    ]
    expect(await asked({ at }, viewer.key)).toEqual([403, 'forbidden'])
    expect(await asked({ at }, outsider.key)).toEqual([404, 'not_found'])
    // Of a version that a member may not see it is said what is said of one that there is not.
    const member = await givenMember(server, team, 'member')
    expect(await asked({ at: { ...other.at, entity: other.team } }, member.key)).toEqual([404, 'not_found'])
    await succeeds(server, 'PATCH', `/automations/${automation.id}`, { enabled: false })
    expect(await asked({ at })).toEqual([409, 'automation_disabled'])
    await succeeds(server, 'DELETE', `/automations/${automation.id}`)
    expect(await asked({ at })).toEqual([404, 'not_found'])
    expect(await count(`/automations/${automation.id}/executions`)).toBe(0)
  })
})
