/** Automations through REST: what may be kept, and what fires. */
import { CompiledQuery, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import { candidateKeys } from '../src/automations/matching.ts'
import { inScopeStatement } from '../src/automations/store.ts'
import type { EventSubject } from '../src/events/event.ts'
import { recordEvents } from '../src/events/operations.ts'
import { putSecret } from '../src/webhooks/operations.ts'
import { givenProject, givenVersion } from './support/given-artifacts.ts'
import {
  callerWith,
  countingDeliveries,
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
import { sampleArtifact } from './support/sample-event.ts'
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

/** Any part of an answer. */
type Json = RestAnswer['body']

forEachEngine((engine) => {
  let server: TestServer
  let admin: Caller

  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_WORKER: 'off' } })
    admin = await callerWith(server, server.adminKey)
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const NOTHING = { type: 'nothing' }

  function body(changes: Record<string, unknown> = {}) {
    return {
      name: unique('automation'),
      scope: { type: 'entity' },
      event: 'ADD_ARTIFACT_ALIAS',
      action: NOTHING,
      ...changes,
    }
  }

  async function givenAutomation(entity: string, changes: Record<string, unknown> = {}, key?: string) {
    const answer = await server.rest('POST', `/entities/${entity}/automations`, body(changes), key ? { key } : {})
    expect(answer.status, answer.text).toBe(201)
    return answer.body as {
      id: string
      name: string
      revision: number
      warnings: { path: string; message: string }[]
    } & Record<string, Json>
  }

  async function executionsOf(id: string): Promise<Json[]> {
    const answer = await server.rest('GET', `/automations/${id}/executions`)
    expect(answer.status, answer.text).toBe(200)
    return answer.body.items
  }

  const countOf = async (id: string) => (await executionsOf(id)).length

  describe('keeping them', () => {
    test('one reads back as it was made, at every kind of scope', async () => {
      const organization = await givenOrganization(server)
      const place = await givenPlace(server, organization, { project: 'wandb-registry-models', collection: 'churn' })
      const webhook = await givenWebhook(server, organization, { name: 'deployer' })
      const filter = { $and: [{ alias: { $eq: 'production' } }, { 'metadata.eval.accuracy': { $gte: 0.9 } }] }
      const scopes = [
        [
          { type: 'collection', project: place.project, collection: 'churn' },
          { type: 'collection', project: place.project, collection: 'churn' },
        ],
        [
          { type: 'registry', registry: 'models' },
          { type: 'registry', project: place.project, registry: 'models' },
        ],
        [
          { type: 'project', project: place.project },
          { type: 'registry', project: place.project, registry: 'models' },
        ],
        [{ type: 'entity' }, { type: 'entity' }],
      ]
      for (const [scope, shown] of scopes) {
        const saved = await givenAutomation(organization, {
          scope,
          filter,
          description: 'Deploys it',
          action: { type: 'webhook', webhook: 'deployer', payload: { text: '${artifact_version_string}' } },
        })
        const { warnings, ...rest } = saved
        expect(warnings).toEqual([])
        expect(rest).toMatchObject({
          revision: 1,
          enabled: true,
          description: 'Deploys it',
          scope: { ...shown, entity: organization },
          event: 'ADD_ARTIFACT_ALIAS',
          filter,
          action: {
            type: 'webhook',
            webhook: { id: webhook, name: 'deployer', paused: false, deleted: false },
            payload: '{"text":"${artifact_version_string}"}',
          },
          createdBy: 'admin-user',
        })
        expect((await server.rest('GET', `/automations/${saved.id}`)).body).toEqual(rest)
      }
    })

    test('lists come in the order of making, by pages and by name', async () => {
      const team = await givenTeam(server)
      const made = []
      for (let count = 0; count < 5; count++) made.push((await givenAutomation(team)).name)
      const first = (await server.rest('GET', `/entities/${team}/automations?limit=3`)).body
      const second = (await server.rest('GET', `/entities/${team}/automations?limit=3&cursor=${first.cursor}`)).body
      expect([...first.items, ...second.items].map((item) => item.name)).toEqual(made)
      expect(second.cursor).toBeUndefined()
      const named = (await server.rest('GET', `/entities/${team}/automations?name=${made[2]}`)).body
      expect(named.items.map((item: { name: string }) => item.name)).toEqual([made[2]])
    })

    test('every change is a revision, and saying the same again is none', async () => {
      const team = await givenTeam(server)
      const { id } = await givenAutomation(team, { description: 'first' })
      const patch = async (changes: unknown) => (await server.rest('PATCH', `/automations/${id}`, changes)).body
      expect(await patch({ enabled: false })).toMatchObject({ revision: 2, enabled: false, description: 'first' })
      expect(await patch({ enabled: false, description: 'first' })).toMatchObject({ revision: 2 })
      expect(await patch({ filter: { alias: 'a' }, description: null })).toMatchObject({
        revision: 3,
        description: null,
      })
      expect(await patch({ event: 'LINK_ARTIFACT', enabled: true })).toMatchObject({
        revision: 4,
        filter: { alias: 'a' },
      })
      const { items } = (await server.rest('GET', `/automations/${id}/revisions?limit=3`)).body
      expect(items.map((item: Json) => [item.revision, item.event, item.enabled])).toEqual([
        [4, 'LINK_ARTIFACT', true],
        [3, 'ADD_ARTIFACT_ALIAS', false],
        [2, 'ADD_ARTIFACT_ALIAS', false],
      ])
    })

    test('a deleted one fires no more, frees its name and keeps its history', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const { id, name } = await givenAutomation(team)
      await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))
      expect((await server.rest('DELETE', `/automations/${id}`)).status).toBe(204)
      await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))
      await givenAutomation(team, { name })
      expect(await countOf(id)).toBe(1)
      expect((await server.rest('GET', `/automations/${id}`)).body.deletedAt).not.toBeNull()
      expect((await server.rest('GET', `/entities/${team}/automations`)).body.items).toHaveLength(1)
      for (const again of [
        server.rest('DELETE', `/automations/${id}`),
        server.rest('PATCH', `/automations/${id}`, { enabled: false }),
      ]) {
        expect(await again).toMatchObject({ status: 404, body: { code: 'not_found' } })
      }
    })

    test('each change leaves an audit row, without filter or payload', async () => {
      const team = await givenTeam(server)
      const webhook = await givenWebhook(server, team)
      const { id, name } = await givenAutomation(team, {
        filter: { alias: 'pasted-secret' },
        action: { type: 'webhook', webhook, payload: { token: 'pasted-secret' } },
      })
      await server.rest('PATCH', `/automations/${id}`, { enabled: false })
      await server.rest('DELETE', `/automations/${id}`)
      const { text, body } = await server.rest('GET', `/entities/${team}/audit`)
      const rows = body.items.filter((row: Json) => row.subject === name)
      expect(rows.map((row: Json) => row.action).sort()).toEqual([
        'automation.changed',
        'automation.created',
        'automation.deleted',
      ])
      expect(text).not.toContain('pasted-secret')
    })

    test('what may not be meant is a warning', async () => {
      const team = await givenTeam(server)
      const portfolio = await givenPlace(server, team, { kind: 'PORTFOLIO' })
      const webhook = await givenWebhook(server, team)
      const scope = { type: 'collection', project: portfolio.project, collection: portfolio.collection }
      const linked = await givenAutomation(team, {
        scope,
        event: 'CREATE_ARTIFACT',
        action: { type: 'webhook', webhook, payload: { a: '${alias}' } },
      })
      expect(linked.warnings.map((warning) => warning.path)).toEqual(['/event', '/action/payload/a'])
      const { body } = await server.rest('PATCH', `/automations/${linked.id}`, { event: 'ADD_ARTIFACT_ALIAS' })
      expect(body.warnings).toEqual([])
    })
  })

  describe('refusals', () => {
    async function refused(entity: string, changes: Record<string, unknown>, key?: string) {
      const before = (await server.rest('GET', `/entities/${entity}/automations?limit=1000`)).body.items?.length
      const answer = await server.rest('POST', `/entities/${entity}/automations`, body(changes), key ? { key } : {})
      const after = (await server.rest('GET', `/entities/${entity}/automations?limit=1000`)).body.items?.length
      expect(after).toBe(before)
      return {
        status: answer.status,
        code: answer.body.code,
        path: answer.body.errors?.[0]?.path,
        detail: answer.body.detail,
      }
    }

    test('viewers may look, strangers see nothing', async () => {
      const team = await givenTeam(server)
      const { id } = await givenAutomation(team)
      const viewer = await givenMember(server, team, 'viewer')
      const member = await givenMember(server, team, 'member')
      const stranger = await givenUser(server)
      expect(await refused(team, {}, viewer.key)).toMatchObject({ status: 403, code: 'forbidden' })
      expect(await refused(team, {}, stranger.key)).toMatchObject({ status: 404, code: 'not_found' })
      const paths = ['', '/executions', '/revisions'].map((end) => `/automations/${id}${end}`)
      for (const path of paths) {
        expect((await server.rest('GET', path, undefined, { key: viewer.key })).status).toBe(200)
        const seen = await server.rest('GET', path, undefined, { key: stranger.key })
        const absent = await server.rest('GET', path.replace(id, 'au_absent'), undefined, { key: stranger.key })
        expect(seen.status).toBe(404)
        expect(seen.body.detail.replace(id, '')).toBe(absent.body.detail.replace('au_absent', ''))
      }
      for (const [key, status] of [
        [viewer.key, 403],
        [stranger.key, 404],
        [member.key, 200],
      ] as const) {
        expect((await server.rest('PATCH', `/automations/${id}`, { enabled: false }, { key })).status).toBe(status)
      }
      for (const [key, status] of [
        [viewer.key, 403],
        [stranger.key, 404],
        [member.key, 204],
      ] as const) {
        expect((await server.rest('DELETE', `/automations/${id}`, undefined, { key })).status).toBe(status)
      }
    })

    test('a whole organization is for its admins, and a personal entity is no scope', async () => {
      const organization = await givenOrganization(server)
      const registry = await givenPlace(server, organization, { project: 'wandb-registry-models' })
      const member = await givenMember(server, organization, 'member', 'organizations')
      expect(await refused(organization, {}, member.key)).toMatchObject({ status: 403, code: 'forbidden' })
      await givenAutomation(organization, { scope: { type: 'registry', registry: 'models' } }, member.key)
      const own = await givenAutomation(
        organization,
        { scope: { type: 'project', project: registry.project } },
        member.key,
      )
      const widened = await server.rest(
        'PATCH',
        `/automations/${own.id}`,
        { scope: { type: 'entity' } },
        { key: member.key },
      )
      expect(widened).toMatchObject({ status: 403 })
      expect(await refused('admin-user', {})).toMatchObject({ status: 400, code: 'scope_invalid', path: '/scope' })
    })

    test('a scope that is absent and one that is not to be seen are the same', async () => {
      const team = await givenTeam(server)
      const absent = await refused(team, { scope: { type: 'project', project: 'absent' } })
      expect(absent).toMatchObject({ status: 400, code: 'scope_unknown', path: '/scope' })
      for (const scope of [
        { type: 'collection', project: 'a', collection: 'b' },
        { type: 'registry', registry: 'absent' },
      ]) {
        expect((await refused(team, { scope })).code).toBe('scope_unknown')
      }
    })

    test('events on runs are refused for a collection, and what is no event or no webhook', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const collection = { type: 'collection', project: place.project, collection: place.collection }
      expect(await refused(team, { event: 'RUN_STATE', scope: collection })).toMatchObject({
        status: 400,
        code: 'scope_invalid',
      })
      expect(await refused(team, { event: 'UPDATE_ARTIFACT_ALIAS' })).toMatchObject({
        status: 400,
        code: 'invalid_request',
        path: '/event',
      })
      expect(await refused(team, { action: { type: 'notification', title: 'x' } })).toMatchObject({
        status: 400,
        code: 'invalid_request',
      })
    })

    test('filters, templates and bodies name the place that is wrong', async () => {
      const team = await givenTeam(server)
      const webhook = await givenWebhook(server, team)
      expect(await refused(team, { filter: { $and: [{ alias: { $bigger: 1 } }] } })).toMatchObject({
        status: 400,
        code: 'filter_invalid',
        path: '/filter/$and/0/alias/$bigger',
      })
      expect(
        await refused(team, { action: { type: 'webhook', webhook, payload: { a: '${artifact_versoin}' } } }),
      ).toMatchObject({
        status: 400,
        code: 'template_invalid',
        path: '/action/payload/a',
        detail: expect.stringContaining('artifact_version'),
      })
      expect(await refused(team, { action: { type: 'webhook', webhook, payload: 'no json' } })).toMatchObject({
        code: 'template_invalid',
      })
      expect(await refused(team, { scope: { type: 'galaxy' } })).toMatchObject({ code: 'invalid_request' })
      expect(await refused(team, { enabled: 'yes' })).toMatchObject({ code: 'invalid_request', path: '/enabled' })
      expect(await refused(team, { surprise: 1 })).toMatchObject({ code: 'invalid_request', path: '/surprise' })
      expect(await refused(team, { name: '\u0007' })).toMatchObject({ code: 'name_invalid', path: '/name' })
      expect(await refused(team, { name: 'x'.repeat(256) })).toMatchObject({ code: 'invalid_request', path: '/name' })
    })

    test('a name is taken once in an entity, also by a rename', async () => {
      const team = await givenTeam(server)
      const other = await givenTeam(server)
      const { name } = await givenAutomation(team)
      expect(await refused(team, { name })).toMatchObject({ status: 409, code: 'name_taken', path: '/name' })
      await givenAutomation(other, { name })
      const { id } = await givenAutomation(team)
      expect(await server.rest('PATCH', `/automations/${id}`, { name })).toMatchObject({
        status: 409,
        body: { code: 'name_taken' },
      })
    })

    test('makers of one name at the same moment: one has it', async () => {
      const team = await givenTeam(server)
      const name = unique('automation')
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => server.rest('POST', `/entities/${team}/automations`, body({ name }))),
      )
      expect(answers.map((answer) => answer.status).sort()).toEqual([201, ...Array(7).fill(409)])
    })

    test("a webhook is of the same entity or the caller's own", async () => {
      const team = await givenTeam(server)
      const otherTeam = await givenTeam(server)
      const foreign = await givenWebhook(server, otherTeam, { name: 'foreign' })
      for (const webhook of [foreign, 'foreign', 'absent', 'wh_absent']) {
        expect(await refused(team, { action: { type: 'webhook', webhook } })).toMatchObject({
          status: 400,
          code: 'webhook_unknown',
          path: '/action/webhook',
        })
      }
      const member = await givenMember(server, team, 'member')
      const own = await givenWebhook(server, member.username, { key: member.key, name: 'own' })
      expect(await refused(team, { action: { type: 'webhook', webhook: own } })).toMatchObject({
        code: 'webhook_unknown',
      })
      const { id } = await givenAutomation(team, { action: { type: 'webhook', webhook: 'own' } }, member.key)
      // A colleague may change what is around it.
      const changed = await server.rest('PATCH', `/automations/${id}`, {
        action: { type: 'webhook', webhook: own, payload: {} },
      })
      expect(changed.body).toMatchObject({ revision: 2, action: { payload: '{}' } })
    })

    test('secrets in a payload are those of its webhook', async () => {
      const team = await givenTeam(server)
      const name = 'DEPLOY_TOKEN'
      await putSecret(server.world, await callerWith(server, server.adminKey), {
        entity: team,
        name,
        value: 'a-long-enough-value',
      })
      const webhook = await givenWebhook(server, team)
      const withToken = await givenWebhook(server, team, { accessTokenSecret: name })
      const payload = { token: `\${${name}}` }
      expect(await refused(team, { action: { type: 'webhook', webhook, payload } })).toMatchObject({
        status: 400,
        code: 'template_invalid',
        path: '/action/payload/token',
      })
      await givenAutomation(team, { action: { type: 'webhook', webhook: withToken, payload } })
    })
  })

  describe('matching', () => {
    test('every enclosing scope fires by itself, and no other', async () => {
      const organization = await givenOrganization(server)
      const team = await givenTeam(server, organization)
      const place = await givenPlace(server, team)
      const sibling = await givenPlace(server, team, { project: place.project })
      const elsewhere = await givenPlace(server, team)
      const otherTeam = await givenTeam(server)
      const collectionScope = ({ project, collection }: EventSubject) => ({ type: 'collection', project, collection })
      const inScope = [
        await givenAutomation(team, { scope: collectionScope(place) }),
        await givenAutomation(team, { scope: { type: 'project', project: place.project } }),
        await givenAutomation(team),
        await givenAutomation(organization),
      ]
      const outOfScope = [
        await givenAutomation(team, { scope: collectionScope(sibling) }),
        await givenAutomation(team, { scope: { type: 'project', project: elsewhere.project } }),
        await givenAutomation(otherTeam),
        await givenAutomation(team, { event: 'REMOVE_ARTIFACT_ALIAS' }),
        await givenAutomation(team, { enabled: false }),
        await givenAutomation(team, { filter: { alias: 'staging' } }),
      ]
      await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'production' }))
      for (const { id } of inScope) expect(await countOf(id)).toBe(1)
      for (const { id } of outOfScope) expect(await countOf(id)).toBe(0)
    })

    test('the organization hears of its registries, and once', async () => {
      const organization = await givenOrganization(server)
      const place = await givenPlace(server, organization, { project: 'wandb-registry-models' })
      const { id } = await givenAutomation(organization)
      await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))
      expect(await countOf(id)).toBe(1)
    })

    test('a scope covers what is created in it later', async () => {
      const team = await givenTeam(server)
      const first = await givenPlace(server, team)
      const { id } = await givenAutomation(team, { scope: { type: 'project', project: first.project } })
      const later = await givenPlace(server, team, { project: first.project })
      await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [later], { alias: 'a' }))
      expect((await executionsOf(id))[0].subject.collection).toBe(later.collection)
    })

    test('a tag on an artifact fires once, for the first place in scope that the filter takes', async () => {
      const team = await givenTeam(server)
      const places = [await givenPlace(server, team), await givenPlace(server, team), await givenPlace(server, team)]
      const [first, second, third] = places as [EventSubject, EventSubject, EventSubject]
      const whole = await givenAutomation(team, { event: 'ADD_ARTIFACT_TAG' })
      const narrow = await givenAutomation(team, {
        event: 'ADD_ARTIFACT_TAG',
        scope: { type: 'collection', project: third.project, collection: third.collection },
      })
      const filtered = await givenAutomation(team, {
        event: 'ADD_ARTIFACT_TAG',
        filter: { collection: { $in: [second.collection, third.collection] } },
      })
      const missed = await givenAutomation(team, { event: 'ADD_ARTIFACT_TAG', filter: { tag: 'other' } })
      await record(server, admin, draft('ADD_ARTIFACT_TAG', places, { tag: 'approved' }))
      const collectionsOf = async (id: string) =>
        (await executionsOf(id)).map((execution) => execution.subject.collection)
      expect(await collectionsOf(whole.id)).toEqual([first.collection])
      expect(await collectionsOf(narrow.id)).toEqual([third.collection])
      expect(await collectionsOf(filtered.id)).toEqual([second.collection])
      expect(await collectionsOf(missed.id)).toEqual([])
    })

    test('a webhook gets a delivery, a paused one holds it, nothing gets none', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const open = await givenAutomation(team, {
        action: { type: 'webhook', webhook: await givenWebhook(server, team) },
      })
      const paused = await givenAutomation(team, {
        action: { type: 'webhook', webhook: await givenWebhook(server, team, { paused: true }) },
      })
      const nothing = await givenAutomation(team)
      expect(await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))).toBe(2)
      const [opened, held, idle] = await Promise.all(
        [open, paused, nothing].map(async ({ id }) => (await executionsOf(id))[0]),
      )
      expect(opened.deliveries).toMatchObject([{ state: 'pending', held: false, attempts: 0 }])
      expect(held.deliveries).toMatchObject([{ state: 'pending', held: true }])
      expect(idle).toMatchObject({ state: 'matched', deliveries: [] })
      const rows = await server.world.db.read.selectFrom('deliveries').select('message_id').execute()
      // 128 bits in base64.
      for (const { message_id } of rows) expect(message_id).toMatch(/^msg_[\w-]{22}$/)
      expect(new Set(rows.map((row) => row.message_id)).size).toBe(rows.length)
    })

    test('an execution says why it was skipped', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const webhook = await givenWebhook(server, team)
      const orphan = await givenAutomation(team, { action: { type: 'webhook', webhook } })
      const unreadable = await givenAutomation(team)
      const { db } = server.world
      await db.transaction(async (tx) => {
        await tx.updateTable('webhooks').set({ deleted_at: 1 }).where('public_id', '=', webhook).execute()
        const { revision_id } = await tx
          .selectFrom('automations')
          .select('revision_id')
          .where('public_id', '=', unreadable.id)
          .executeTakeFirstOrThrow()
        await tx
          .updateTable('automation_revisions')
          .set({ filter: '{"$new":1}' })
          .where('id', '=', revision_id)
          .execute()
      })
      expect(await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))).toBe(0)
      expect(await executionsOf(orphan.id)).toMatchObject([
        { state: 'skipped', reason: 'webhook_deleted', deliveries: [] },
      ])
      expect(await executionsOf(unreadable.id)).toMatchObject([{ state: 'skipped', reason: 'filter_unreadable' }])
    })

    test("a user's own webhook stops hearing of a team when the user leaves it", async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const member = await givenMember(server, team, 'member')
      const webhook = await givenWebhook(server, member.username, { key: member.key })
      const { id } = await givenAutomation(team, { action: { type: 'webhook', webhook } }, member.key)
      await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))
      await server.rest('DELETE', `/teams/${team}/members/${member.username}`)
      await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))
      expect((await executionsOf(id)).map((execution) => execution.reason)).toEqual(['webhook_owner_left', null])
    })

    test('what is in progress stays with the revision that matched', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const first = await givenWebhook(server, team)
      const second = await givenWebhook(server, team)
      const { id } = await givenAutomation(team, { action: { type: 'webhook', webhook: first, payload: { a: 1 } } })
      await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))
      await server.rest('PATCH', `/automations/${id}`, {
        action: { type: 'webhook', webhook: second, payload: { a: 2 } },
      })
      await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))
      await server.rest('DELETE', `/automations/${id}`)
      expect(
        (await executionsOf(id)).map((execution) => [
          execution.revision,
          execution.deliveries[0].webhook.id,
          execution.deliveries[0].state,
        ]),
      ).toEqual([
        [2, second, 'pending'],
        [1, first, 'pending'],
      ])
    })

    test('a change that fails leaves no event, execution or delivery', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const { id } = await givenAutomation(team, {
        action: { type: 'webhook', webhook: await givenWebhook(server, team) },
      })
      const { world } = server
      const change = world.db.transaction(async (tx) => {
        const made = await countingDeliveries(tx, () =>
          recordEvents(world, tx, admin, [draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' })]),
        )
        expect(made).toBe(1)
        throw new Error('the change fails after all')
      })
      await expect(change).rejects.toThrow('after all')
      expect(await countOf(id)).toBe(0)
      expect((await server.rest('GET', `/entities/${team}/events`)).body.items).toEqual([])
    })

    test('who sees an automation of an organization does not see the places of its teams', async () => {
      const organization = await givenOrganization(server)
      const team = await givenTeam(server, organization)
      const place = await givenPlace(server, team)
      const viewer = await givenMember(server, organization, 'viewer', 'organizations')
      const { id } = await givenAutomation(organization)
      await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))
      const path = `/automations/${id}/executions`
      expect((await server.rest('GET', path, undefined, { key: viewer.key })).body.items).toMatchObject([
        { subject: null },
      ])
      expect((await server.rest('GET', path)).body.items).toMatchObject([
        { subject: { collection: place.collection, version: 'v0' } },
      ])
    })

    test('a hostile pattern is refused or harmless', async () => {
      const team = await givenTeam(server)
      const project = await givenProject(server, team)
      const withPattern = (pattern: string) =>
        body({ event: 'CREATE_ARTIFACT', filter: { 'metadata.notes': { $regex: pattern } } })
      for (const pattern of ['(x{50}){50}', '(', 'a'.repeat(600), '(?=a)', '(a)\\1']) {
        const refusedPattern = await server.rest('POST', `/entities/${team}/automations`, withPattern(pattern))
        expect(refusedPattern, pattern).toMatchObject({ status: 400, body: { code: 'filter_invalid' } })
      }
      const hostile = ['(a+)+$', '(a|a)*b$', '(.*)*(.*)*b', 'a?'.repeat(60) + 'a'.repeat(60)]
      const made = []
      for (const pattern of hostile) {
        const {
          status,
          body: saved,
          text,
        } = await server.rest('POST', `/entities/${team}/automations`, withPattern(pattern))
        expect(status, text).toBe(201)
        made.push(saved.id)
      }
      const startedAt = performance.now()
      await givenVersion(server, project, 'm', { metadata: { notes: `${'a'.repeat(4_000)}!` } })
      // A backtracking engine would take longer than the universe has had.
      expect(performance.now() - startedAt).toBeLessThan(5_000)
      expect(await Promise.all(made.slice(0, 3).map(countOf))).toEqual([0, 0, 0])
    })

    test('many hostile patterns hold a commit up for seconds at most, and are skipped visibly', {
      timeout: 120_000,
    }, async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const pattern = '(a{1,35}){1,4}[bc]'
      const filter = { $or: ['x', 'y', 'z'].map((field) => ({ [`metadata.${field}`]: { $regex: pattern } })) }
      const hostile = []
      for (let count = 0; count < 60; count++) hostile.push(await givenAutomation(team, { filter }))
      const ordinary = await givenAutomation(team, { filter: { alias: 'a' } })
      const event = draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' })
      const text = `${'a'.repeat(4_095)}!`
      event.snapshot.artifact = sampleArtifact({ x: text, y: text, z: text })
      const startedAt = performance.now()
      await record(server, admin, event)
      // All of them would take more than ten.
      expect(performance.now() - startedAt).toBeLessThan(8_000)
      const last = hostile.at(-1)?.id as string
      expect(await executionsOf(last)).toMatchObject([{ state: 'skipped', reason: 'filter_too_slow', deliveries: [] }])
      expect(await executionsOf(ordinary.id)).toMatchObject([{ state: 'matched' }])
    })

    test('the index answers, however many automations are out of scope', async () => {
      const team = await givenTeam(server)
      const other = await givenTeam(server)
      const place = await givenPlace(server, team)
      const inScope = await givenAutomation(team)
      const { db } = server.world
      const { id: otherId } = await db.read
        .selectFrom('entities')
        .select('id')
        .where('name', '=', other)
        .executeTakeFirstOrThrow()
      await db.transaction(async (tx) => {
        const rows = Array.from({ length: 2_000 }, (_, index) => ({
          public_id: unique('au'),
          entity_id: otherId,
          name: `bulk ${index}`,
          enabled: 1,
          scope_kind: 'ENTITY' as const,
          scope_id: otherId,
          event_type: 'ADD_ARTIFACT_ALIAS',
          revision_id: null,
          created_by: null,
          created_at: 0,
          updated_at: 0,
          deleted_at: null,
        }))
        for (let start = 0; start < rows.length; start += 500) {
          await tx
            .insertInto('automations')
            .values(rows.slice(start, start + 500))
            .execute()
        }
      })
      const keys = candidateKeys([{ type: 'ADD_ARTIFACT_ALIAS', subjects: [place] }])
      const statement = inScopeStatement(db.read, db.engine, keys)
      expect(await statement.execute()).toHaveLength(1)
      if (engine === 'sqlite') {
        const { sql: text, parameters } = statement.compile()
        const explained = await db.read.executeQuery<{ detail: string }>(
          CompiledQuery.raw(`explain query plan ${text}`, [...parameters]),
        )
        const plan = explained.rows.map((row) => row.detail)
        expect(plan).toContain('SEARCH automations USING INDEX automations_by_scope (scope_key=?)')
        expect(plan.filter((step) => step.includes('SCAN'))).toEqual(['SCAN json_each VIRTUAL TABLE INDEX 1:'])
      } else {
        await sql`analyze`.execute(db.read)
        const plan = JSON.stringify(await statement.explain('json', sql`analyze`))
        expect(plan).toContain('automations_by_scope')
        expect(plan).not.toMatch(/"Node Type":"Seq Scan"[^}]*"Relation Name":"automations"/)
        expect(plan).not.toMatch(/"Rows Removed by (Filter|Index Recheck)":[1-9]/)
      }
      await record(server, admin, draft('ADD_ARTIFACT_ALIAS', [place], { alias: 'a' }))
      expect(await countOf(inScope.id)).toBe(1)
    })
  })
})
