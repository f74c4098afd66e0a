/** What an automation that is not saved would have done. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  callerWith,
  draft,
  givenMember,
  givenOrganization,
  givenPlace,
  givenTeam,
  givenWebhook,
  record,
} from './support/given-automations.ts'
import { givenSecrets, succeeds } from './support/given-deliveries.ts'
import { allRows } from './support/rows.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']
const DAY_MS = 86_400_000

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_WORKER: 'off' } })
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const happen = async (...drafts: ReturnType<typeof draft>[]) =>
    record(server, await callerWith(server, server.adminKey), ...drafts)

  const ask = (entity: string, body: Json, key = server.adminKey) =>
    server.rest('POST', `/entities/${entity}/automations/backtest`, body, { key })

  const asked = async (entity: string, body: Json): Promise<Json> => {
    const { status, body: answer, text } = await ask(entity, body)
    expect(status, text).toBe(200)
    return answer
  }

  test('it shows what would have fired, newest first, with the bodies, and keeps nothing', async () => {
    const team = await givenTeam(server)
    await givenSecrets(server, team, { TOKEN: 'token-abcdefgh' })
    const place = await givenPlace(server, team)
    const webhook = await givenWebhook(server, team, { accessTokenSecret: 'TOKEN' })
    for (const alias of ['first', 'no', 'second', 'third'])
      await happen(draft('ADD_ARTIFACT_ALIAS', [place], { alias }))
    await happen(draft('LINK_ARTIFACT', [place]))
    const before = await allRows(server)
    const automation = {
      scope: { type: 'project', project: place.project },
      event: 'ADD_ARTIFACT_ALIAS',
      filter: { alias: { $ne: 'no' } },
      action: {
        type: 'webhook',
        webhook,
        payload: { alias: '${alias}', token: '${ACCESS_TOKEN}', none: '${artifact_metadata.no}' },
      },
    }
    const answer = await asked(team, { automation })
    expect(answer).toMatchObject({ looked: 5, since: expect.any(String) })
    expect(answer.cursor).toBeUndefined()
    const bodyOf = (alias: string) => `{"alias":"${alias}","token":"\${ACCESS_TOKEN}","none":""}`
    expect(answer.items).toMatchObject(
      ['third', 'second', 'first'].map((alias) => ({
        event: { type: 'ADD_ARTIFACT_ALIAS', alias, tag: null },
        words: expect.stringMatching(`/${place.collection}:v0 the alias ${alias}$`),
        subject: { entity: team, project: place.project, collection: place.collection, version: 'v0' },
        body: bodyOf(alias),
        warnings: [{ path: '/none' }],
        problem: null,
      })),
    )

    // Page by page, none twice and none left out.
    const bodies: string[] = []
    let looked = 0
    for (let cursor: string | undefined; ; ) {
      const page = await asked(team, { automation, limit: 1, ...(cursor === undefined ? {} : { cursor }) })
      expect(page.items.length).toBeLessThanOrEqual(1)
      bodies.push(...page.items.map((item: Json) => item.body))
      looked += page.looked
      cursor = page.cursor
      if (cursor === undefined) break
    }
    expect([bodies, looked]).toEqual([[bodyOf('third'), bodyOf('second'), bodyOf('first')], 5])

    const required = { ...automation.action, payload: { a: '${artifact_metadata.no:?must be there}' } }
    const { items } = await asked(team, { automation: { ...automation, action: required }, limit: 1 })
    expect(items[0]).toMatchObject({ body: null, problem: expect.stringContaining('must be there') })
    const nothing = await asked(team, { automation: { ...automation, action: { type: 'nothing' } }, limit: 1 })
    expect(nothing.items[0]).toMatchObject({ body: null, problem: null })
    expect(await allRows(server)).toEqual(before)
  })

  test('it looks as far back as it is asked to', async () => {
    const team = await givenTeam(server)
    const place = await givenPlace(server, team)
    await happen(draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'old' }))
    const { id } = await server.world.db.read
      .selectFrom('events')
      .select('id')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    const becomesOld = (days: number) =>
      server.world.db.transaction((tx) =>
        tx
          .updateTable('events')
          .set({ occurred_at: Date.now() - days * DAY_MS })
          .where('id', '=', id)
          .execute(),
      )
    await becomesOld(20)
    await happen(draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'new' }))
    const automation = { scope: { type: 'entity' }, event: 'ADD_ARTIFACT_ALIAS', action: { type: 'nothing' } }
    const counts = async (days?: number) => {
      const { items, looked } = await asked(team, { automation, days })
      return [items.length, looked]
    }
    expect(await counts(19)).toEqual([1, 1])
    expect(await counts(21)).toEqual([2, 2])
    // Ninety days, unless it is said otherwise.
    await becomesOld(89)
    expect(await counts()).toEqual([2, 2])
    await becomesOld(91)
    expect(await counts()).toEqual([1, 1])
  })

  test('of an organization it looks into the teams, and at an event of two of them once', async () => {
    const organization = await givenOrganization(server)
    const [first, second] = [await givenTeam(server, organization), await givenTeam(server, organization)]
    const places = [await givenPlace(server, first), await givenPlace(server, second)]
    const elsewhere = await givenPlace(server, await givenTeam(server))
    await happen(draft('ADD_ARTIFACT_TAG', places, { tag: 'approved' }))
    await happen(draft('ADD_ARTIFACT_TAG', [elsewhere], { tag: 'approved' }))
    const automation = { scope: { type: 'entity' }, event: 'ADD_ARTIFACT_TAG', action: { type: 'nothing' } }
    const answer = await asked(organization, { automation })
    expect([answer.items.length, answer.looked, answer.items[0].event.tag]).toEqual([1, 1, 'approved'])
  })

  test('what could not be saved is refused with its field, and viewers may not', async () => {
    const team = await givenTeam(server)
    const automation = { scope: { type: 'entity' }, event: 'ADD_ARTIFACT_ALIAS', action: { type: 'nothing' } }
    const refused = async (change: Json, rest: Json = {}) => {
      const { status, body } = await ask(team, { automation: { ...automation, ...change }, ...rest })
      return [status, body.code, body.errors?.[0]?.path]
    }
    expect(await refused({ filter: { colour: 'red' } })).toEqual([400, 'filter_invalid', '/automation/filter/colour'])
    expect(await refused({ action: { type: 'webhook', webhook: 'none' } })).toEqual([
      400,
      'webhook_unknown',
      '/automation/action/webhook',
    ])
    expect((await refused({}, { days: 91 }))[0]).toBe(400)
    expect((await refused({}, { cursor: 'nonsense' })).slice(0, 2)).toEqual([400, 'cursor_invalid'])
    const viewer = await givenMember(server, team, 'viewer')
    expect((await ask(team, { automation }, viewer.key)).status).toBe(403)
    expect((await succeeds(server, 'GET', `/entities/${team}/automations`)).items).toEqual([])
  })
})
