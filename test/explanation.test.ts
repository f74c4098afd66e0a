/** Why an event fired what it fired, and did not fire the rest. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  callerWith,
  draft,
  givenMember,
  givenOrganization,
  givenPlace,
  givenTeam,
  givenUser,
  givenWebhook,
  record,
  unique,
} from './support/given-automations.ts'
import { succeeds } from './support/given-deliveries.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_WORKER: 'off' } })
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const automation = (entity: string, body: Json) =>
    succeeds(server, 'POST', `/entities/${entity}/automations`, {
      name: unique('automation'),
      scope: { type: 'entity' },
      event: 'ADD_ARTIFACT_ALIAS',
      action: { type: 'nothing' },
      ...body,
    })

  /** A moment passes, so that what was changed before it was changed before what comes. */
  const aMoment = () => new Promise((resolve) => setTimeout(resolve, 3))

  const explained = async (event: string, query = '', key = server.adminKey): Promise<Json[]> =>
    (await succeeds(server, 'GET', `/events/${event}/explanation${query}`, undefined, key)).items

  async function happen(...about: Parameters<typeof draft>): Promise<string> {
    await aMoment()
    const caller = await callerWith(server, server.adminKey)
    await record(server, caller, draft(...about))
    const { public_id } = await server.world.db.read
      .selectFrom('events')
      .select('public_id')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    await aMoment()
    return public_id
  }

  test('every automation in reach is told as it was then, with its verdict, the clause that failed, and what was sent', async () => {
    const team = await givenTeam(server)
    const place = { ...(await givenPlace(server, team)), version: 3, aliases: ['latest', 'staging'] }
    const webhook = await givenWebhook(server, team)
    const inCollection = { type: 'collection', project: place.project, collection: place.collection }
    const fires = await automation(team, {
      scope: inCollection,
      filter: { alias: 'staging' },
      action: { type: 'webhook', webhook },
    })
    const misses = await automation(team, { filter: { $and: [{ alias: 'staging' }, { version: { $gt: 7 } }] } })
    const disabled = await automation(team, { enabled: false })
    const otherEvent = await automation(team, { event: 'LINK_ARTIFACT' })
    const elsewhere = await automation(team, {
      scope: { type: 'project', project: (await givenPlace(server, team)).project },
    })
    const deleted = await automation(team, {})
    await succeeds(server, 'DELETE', `/automations/${deleted.id}`)
    const skipped = await automation(team, { action: { type: 'webhook', webhook: await givenWebhook(server, team) } })
    const { action } = await succeeds(server, 'GET', `/automations/${skipped.id}`)
    await succeeds(server, 'DELETE', `/entities/${team}/webhooks/${action.webhook.id}?force=true`)
    const event = await happen('ADD_ARTIFACT_ALIAS', [place], { alias: 'staging' })
    // What comes later changes nothing of what was.
    const later = await automation(team, {})
    await succeeds(server, 'PATCH', `/automations/${misses.id}`, { filter: null })
    await succeeds(server, 'PATCH', `/automations/${disabled.id}`, { enabled: true })
    await succeeds(server, 'PATCH', `/automations/${fires.id}`, { enabled: false })
    await succeeds(server, 'DELETE', `/automations/${skipped.id}`)
    await succeeds(server, 'DELETE', `/automations/${misses.id}`)

    const items = await explained(event)
    expect(items.map((item) => [item.automation.id, item.revision, item.verdict])).toEqual([
      [fires.id, 1, 'fired'],
      [misses.id, 1, 'filter_not_met'],
      [disabled.id, 1, 'disabled'],
      [skipped.id, 1, 'skipped'],
    ])
    expect(items[0]).toMatchObject({
      automation: { id: fires.id, name: fires.name, entity: team },
      execution: expect.stringMatching(/^ex_/),
      deliveries: [{ state: 'pending', webhook: { id: webhook } }],
      because: [],
    })
    expect(items[1]).toMatchObject({
      message: 'Its filter did not hold: version is 3, and the filter asks for more than 7.',
      because: [{ path: '/$and/1/version/$gt', message: 'version is 3, and the filter asks for more than 7' }],
      execution: null,
      deliveries: [],
    })
    expect(items[3]).toMatchObject({ message: expect.stringContaining('its webhook was deleted'), deliveries: [] })

    const one = async (id: string) => {
      const [item, ...rest] = await explained(event, `?automation=${id}`)
      expect(rest).toEqual([])
      return [item.verdict, item.message]
    }
    expect(await one(fires.id)).toEqual(['fired', 'It fired.'])
    expect(await one(otherEvent.id)).toEqual([
      'other_event',
      'It waits for LINK_ARTIFACT, and this is ADD_ARTIFACT_ALIAS.',
    ])
    expect(await one(elsewhere.id)).toEqual(['out_of_scope', expect.stringContaining('outside the scope')])
    expect(await one(deleted.id)).toEqual(['deleted', expect.any(String)])
    expect(await one(later.id)).toEqual(['not_made_yet', expect.any(String)])
    const missing = await server.rest('GET', `/events/${event}/explanation?automation=au_none`)
    expect(missing.status).toBe(404)

    // In pages, without gaps.
    const paged: string[] = []
    for (let cursor = ''; ; ) {
      const page = await succeeds(server, 'GET', `/events/${event}/explanation?limit=1${cursor}`)
      paged.push(...page.items.map((item: Json) => item.automation.id))
      if (page.cursor === undefined) break
      cursor = `&cursor=${page.cursor}`
    }
    expect(paged).toEqual(items.map((item) => item.automation.id))
  })

  test('what somebody may not see is not explained to them', async () => {
    const organization = await givenOrganization(server)
    const team = await givenTeam(server, organization)
    const other = await givenTeam(server, organization)
    const place = await givenPlace(server, team)
    const hidden = await givenPlace(server, other)
    const ofOrganization = await automation(organization, { event: 'ADD_ARTIFACT_TAG', filter: { tag: 'no' } })
    const ofTeam = await automation(team, { event: 'ADD_ARTIFACT_TAG', filter: { project: 'no' } })
    const ofOther = await automation(other, { event: 'ADD_ARTIFACT_TAG' })
    const event = await happen('ADD_ARTIFACT_TAG', [place, hidden], { tag: 'approved' })

    const seen = (items: Json[]) => items.map((item) => [item.automation.id, item.verdict])
    expect(seen(await explained(event))).toEqual([
      [ofOrganization.id, 'filter_not_met'],
      [ofTeam.id, 'filter_not_met'],
      [ofOther.id, 'fired'],
    ])
    const member = await givenMember(server, team, 'viewer')
    const items = await explained(event, '', member.key)
    expect(seen(items)).toEqual([
      [ofOrganization.id, 'filter_not_met'],
      [ofTeam.id, 'filter_not_met'],
    ])
    expect(JSON.stringify(items)).not.toContain(hidden.project)
    const answer = await server.rest('GET', `/events/${event}/explanation?automation=${ofOther.id}`, undefined, {
      key: member.key,
    })
    expect(answer.status).toBe(404)
    const stranger = await givenUser(server)
    expect((await server.rest('GET', `/events/${event}/explanation`, undefined, { key: stranger.key })).status).toBe(
      404,
    )
  })
})
