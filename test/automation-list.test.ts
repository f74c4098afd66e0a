/** The list of automations: each with how it does, narrowed and ordered, in one answer. */
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  callerWith,
  draft,
  givenOrganization,
  givenPlace,
  givenTeam,
  givenUser,
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

  const automationsOf = async (team: string, query = ''): Promise<Json[]> =>
    (await succeeds(server, 'GET', `/entities/${team}/automations${query}`)).items
  const namesOf = async (team: string, query: string) => (await automationsOf(team, query)).map(({ name }) => name)

  /** Every page of a list, one name after another. */
  async function paged(team: string, query: string, limit: number): Promise<string[]> {
    const found: string[] = []
    for (let cursor = ''; ; ) {
      const answer = await succeeds(server, 'GET', `/entities/${team}/automations?limit=${limit}${query}${cursor}`)
      found.push(...answer.items.map(({ name }: Json) => name))
      if (answer.cursor === undefined) return found
      cursor = `&cursor=${answer.cursor}`
    }
  }

  const rename = (pipeline: Pipeline, name: string) =>
    succeeds(server, 'PATCH', `/automations/${pipeline.automation}`, { name })

  describe('automations are listed with how they do', () => {
    test('failing, held, healthy or never fired, by what came of their newest firings', async () => {
      await using receiver = await startReceiver(204, 400, 204)
      const team = await givenTeam(server)
      const [well, failing, mended, held, quiet] = [
        await givenPipeline(server, receiver.url, { team }),
        await givenPipeline(server, receiver.url, { team }),
        await givenPipeline(server, receiver.url, { team }),
        await givenPipeline(server, receiver.url, { team, webhook: { paused: true } }),
        await givenPipeline(server, receiver.url, { team }),
      ]
      for (const [pipeline, name] of [
        [well, 'Well'],
        [failing, 'failing'],
        [mended, 'mended'],
        [held, 'held'],
        [quiet, 'quiet'],
      ] as const)
        await rename(pipeline, name)
      await inState(server, await fire(server, well), 'succeeded')
      await inState(server, await fire(server, failing), 'failed')
      await inState(server, await fire(server, mended), 'succeeded')
      await fire(server, held)

      const list = await automationsOf(team)
      expect(list.map(({ name, activity }) => [name, activity.health, activity.outcomes])).toEqual([
        ['Well', 'healthy', { succeeded: 1, failed: 0, waiting: 0, skipped: 0, dropped: 0 }],
        ['failing', 'failing', { succeeded: 0, failed: 1, waiting: 0, skipped: 0, dropped: 0 }],
        ['mended', 'healthy', { succeeded: 1, failed: 0, waiting: 0, skipped: 0, dropped: 0 }],
        ['held', 'held', { succeeded: 0, failed: 0, waiting: 1, skipped: 0, dropped: 0 }],
        ['quiet', 'never_fired', { succeeded: 0, failed: 0, waiting: 0, skipped: 0, dropped: 0 }],
      ])
      expect(list.map(({ action }) => [action.webhook.paused, action.webhook.circuitOpen])).toEqual([
        [false, false],
        [false, false],
        [false, false],
        [true, false],
        [false, false],
      ])
      expect(list.map(({ activity }) => activity.lastFiredAt === null)).toEqual([false, false, false, false, true])

      for (const health of ['failing', 'held', 'never_fired', 'healthy']) {
        const expected = list.filter(({ activity }) => activity.health === health).map(({ name }) => name)
        expect(await namesOf(team, `?health=${health}`), health).toEqual(expected)
      }
      // A replay that succeeds mends it; a receiver that is out holds it.
      const [{ id: delivery }] = (await succeeds(server, 'GET', `/entities/${team}/dead-letters`)).items
      const replay = await succeeds(server, 'POST', `/deliveries/${delivery}/replay`, {})
      await inState(server, replay.id, 'succeeded')
      expect(await namesOf(team, '?health=failing')).toEqual([])
      await server.world.db.transaction((tx) =>
        tx
          .updateTable('webhooks')
          .set({ circuit_opened_at: 1, failure_count: 1, failing_since: 1 })
          .where('public_id', '=', well.webhook)
          .execute(),
      )
      const [out] = await automationsOf(team, '?q=well')
      expect([out.activity.health, out.action.webhook.circuitOpen]).toEqual(['held', true])
      await succeeds(server, 'DELETE', `${quiet.webhookPath}?force=true`)
      expect(await namesOf(team, '?health=failing')).toEqual(['quiet'])
    })

    test('those that send nothing are healthy once they fired, and count the newest hundred firings', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const { id } = await succeeds(server, 'POST', `/entities/${team}/automations`, {
        name: 'counted',
        scope: { type: 'entity' },
        event: 'ADD_ARTIFACT_ALIAS',
        action: { type: 'nothing' },
        pacing: { holdPerMinute: 1_000 },
      })
      const caller = await callerWith(server, server.adminKey)
      const events = Array.from({ length: 103 }, (_, n) => draft('ADD_ARTIFACT_ALIAS', [place], { alias: `a${n}` }))
      await record(server, caller, ...events)
      const [{ activity }] = await automationsOf(team)
      expect([activity.health, activity.outcomes.succeeded]).toEqual(['healthy', 100])

      await server.world.db.transaction((tx) =>
        sql`update executions set created_at = created_at - 8 * 86400000
          where automation_id = (select id from automations where public_id = ${id})`.execute(tx),
      )
      const [old] = await automationsOf(team)
      expect([old.activity.health, old.activity.outcomes.succeeded]).toEqual(['healthy', 0])
      expect(Date.now() - Date.parse(old.activity.lastFiredAt)).toBeGreaterThan(7 * 86_400_000)
    })
  })

  test('automations are found by a part of the name, event, project, webhook and being enabled', async () => {
    const team = await givenTeam(server)
    const pipeline = await givenPipeline(server, 'http://127.0.0.1:9/', { team })
    await rename(pipeline, 'Deploy 100% Ünder_score')
    const make = (name: string, rest: Json) =>
      succeeds(server, 'POST', `/entities/${team}/automations`, {
        name,
        event: 'LINK_ARTIFACT',
        action: { type: 'nothing' },
        ...rest,
      })
    await make('everywhere', { scope: { type: 'entity' }, enabled: false })
    await make('of the project', { scope: { type: 'project', project: pipeline.place.project } })

    expect(await namesOf(team, '?q=dEPLOY')).toEqual(['Deploy 100% Ünder_score'])
    expect(await namesOf(team, `?q=${encodeURIComponent('0% Ünder_')}`)).toEqual(['Deploy 100% Ünder_score'])
    expect(await namesOf(team, '?q=_')).toEqual(['Deploy 100% Ünder_score'])
    expect(await namesOf(team, '?event=LINK_ARTIFACT')).toEqual(['everywhere', 'of the project'])
    expect(await namesOf(team, '?event=LINK_ARTIFACT&enabled=true')).toEqual(['of the project'])
    expect(await namesOf(team, '?enabled=false')).toEqual(['everywhere'])
    expect(await namesOf(team, `?project=${pipeline.place.project}`)).toEqual([
      'Deploy 100% Ünder_score',
      'of the project',
    ])
    expect(await namesOf(team, `?project=${unique('none')}`)).toEqual([])
    expect(await namesOf(team, `?reaches=${pipeline.place.project}`)).toEqual([
      'Deploy 100% Ünder_score',
      'everywhere',
      'of the project',
    ])
    expect(await namesOf(team, `?reaches=${unique('none')}`)).toEqual(['everywhere'])
    expect(await namesOf(team, `?webhook=${pipeline.webhook}`)).toEqual(['Deploy 100% Ünder_score'])
    expect(await namesOf(team, '?name=everywhere')).toEqual(['everywhere'])
    for (const wrong of ['health=ill', 'enabled=yes', 'order=age', 'event=SOMETHING', 'q=']) {
      expect((await server.rest('GET', `/entities/${team}/automations?${wrong}`)).status, wrong).toBe(400)
    }
  })

  test('those of an organization that reach a project of its team are listed there, for whoever sees them', async () => {
    const organization = await givenOrganization(server)
    const [team, other] = [await givenTeam(server, organization), await givenTeam(server)]
    const make = (entity: string, name: string, scope: Json) =>
      succeeds(server, 'POST', `/entities/${entity}/automations`, {
        ...{ name, scope, event: 'LINK_ARTIFACT', action: { type: 'nothing' } },
      })
    await succeeds(server, 'POST', `/projects/${team}`, { name: 'plain' })
    await succeeds(server, 'POST', `/projects/${team}`, { name: 'beside' })
    // What is called like the project in the organization reaches nothing there.
    await succeeds(server, 'POST', `/projects/${organization}`, { name: 'plain', registry: true })
    await succeeds(server, 'POST', `/projects/${organization}`, { name: 'plain' })
    await make(organization, 'c of the organization', { type: 'entity' })
    await make(organization, 'of its registry', { type: 'registry', registry: 'plain' })
    await make(organization, 'of its project', { type: 'project', project: 'plain' })
    await make(team, 'b of the team', { type: 'entity' })
    await make(team, 'a of the project', { type: 'project', project: 'plain' })
    await make(team, 'of another project', { type: 'project', project: 'beside' })
    await make(await givenOrganization(server), 'of others', { type: 'entity' })
    const all = ['a of the project', 'b of the team', 'c of the organization']

    const list = await automationsOf(team, '?reaches=plain&order=name')
    expect(list.map(({ name, entity, mayChange }) => [name, entity, mayChange])).toEqual([
      [all[0], team, true],
      [all[1], team, true],
      [all[2], organization, true],
    ])
    expect(await paged(team, '&reaches=plain&order=-name', 1)).toEqual(all.toReversed())
    expect(await namesOf(team, '?reaches=plain&q=THE%20ORG')).toEqual([all[2]])
    expect(await namesOf(team, '?order=name')).toEqual([all[0], all[1], 'of another project'])
    expect(await namesOf(organization, '?reaches=wandb-registry-plain')).toEqual([all[2], 'of its registry'])
    expect(await namesOf(other, '?reaches=plain')).toEqual([])

    const member = await givenUser(server)
    await succeeds(server, 'PUT', `/organizations/${organization}/members/${member.username}`, { role: 'member' })
    await succeeds(server, 'PUT', `/teams/${team}/members/${member.username}`, { role: 'member' })
    const seenBy = async ({ key }: { key: string }) => {
      const { body } = await server.rest('GET', `/entities/${team}/automations?reaches=plain&order=name`, undefined, {
        key,
      })
      return body.items.map(({ name, mayChange }: Json) => [name, mayChange])
    }
    expect(await seenBy(member)).toEqual([
      ...[
        [all[0], true],
        [all[1], true],
        [all[2], false],
      ],
    ])
  })

  test('pages follow each other in every order, and a cursor belongs to its order', async () => {
    const team = await givenTeam(server)
    const place = await givenPlace(server, team)
    const caller = await callerWith(server, server.adminKey)
    const events = {
      Beta: 'LINK_ARTIFACT',
      alpha: 'UNLINK_ARTIFACT',
      Delta: 'CREATE_ARTIFACT',
      gamma: 'DELETE_ARTIFACT',
    }
    for (const [name, event] of Object.entries(events)) {
      await succeeds(server, 'POST', `/entities/${team}/automations`, {
        name,
        scope: { type: 'entity' },
        event,
        action: { type: 'nothing' },
      })
    }
    await record(server, caller, draft('CREATE_ARTIFACT', [place]))
    await server.world.db.transaction((tx) => sql`update executions set created_at = created_at - 1000`.execute(tx))
    await record(server, caller, draft('LINK_ARTIFACT', [place]))

    for (const limit of [1, 3]) {
      expect(await paged(team, '', limit)).toEqual(['Beta', 'alpha', 'Delta', 'gamma'])
      expect(await paged(team, '&order=-created', limit)).toEqual(['gamma', 'Delta', 'alpha', 'Beta'])
      expect(await paged(team, '&order=name', limit)).toEqual(['alpha', 'Beta', 'Delta', 'gamma'])
      expect(await paged(team, '&order=-name', limit)).toEqual(['gamma', 'Delta', 'Beta', 'alpha'])
      expect(await paged(team, '&order=-lastFired', limit)).toEqual(['Beta', 'Delta', 'gamma', 'alpha'])
      expect(await paged(team, '&order=lastFired', limit)).toEqual(['alpha', 'gamma', 'Delta', 'Beta'])
    }
    const { cursor } = await succeeds(server, 'GET', `/entities/${team}/automations?limit=1&order=name`)
    const mixed = await server.rest('GET', `/entities/${team}/automations?limit=1&order=created&cursor=${cursor}`)
    expect([mixed.status, mixed.body.code]).toEqual([400, 'cursor_invalid'])
  })
})
