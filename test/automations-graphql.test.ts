/** Automations as the wandb client asks for them: shapes, statuses, and what it is spared. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeId } from '../src/graphql/ids.ts'
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
import { forEachEngine, type RestAnswer, startTestServer, type TestServer } from './support/server.ts'

type Json = RestAnswer['body']

const TRIGGER = `
  __typename id createdAt updatedAt name description enabled
  scope {
    __typename
    ... on Project { id name }
    ... on ArtifactPortfolio { id name }
    ... on ArtifactSequence { id name }
    ... on Entity { id name entityType }
  }
  event: triggeringCondition { ... on FilterEventTriggeringCondition { __typename eventType filter } }
  action: triggeredAction {
    __typename
    ... on GenericWebhookTriggeredAction {
      integration { __typename ... on GenericWebhookIntegration { id name urlEndpoint } ... on SlackIntegration { teamName } }
      requestPayload
    }
    ... on NoOpTriggeredAction { noOp }
    ... on NotificationTriggeredAction { title message severity }
    ... on QueueJobTriggeredAction { queue { id name } template }
  }`

const CREATE = `mutation CreateAutomation($input: CreateFilterTriggerInput!) {
  result: createFilterTrigger(input: $input) { trigger { ${TRIGGER} } } }`
const UPDATE = `mutation UpdateAutomation($input: UpdateFilterTriggerInput!) {
  result: updateFilterTrigger(input: $input) { trigger { ${TRIGGER} } } }`
const DELETE = 'mutation DeleteAutomation($id: ID!) { result: deleteTrigger(input: { triggerID: $id }) { success } }'
const OF_ENTITY = `query GetEntityAutomations($entity: String!, $cursor: String, $perPage: Int, $order: String, $filters: JSONString) {
  scope: entity(name: $entity) {
    triggers(after: $cursor, first: $perPage, order: $order, filters: $filters) {
      pageInfo { endCursor hasNextPage } edges { node { ${TRIGGER} } } } } }`
const OF_VIEWER = `query GetAutomationsLegacy($cursor: String, $perPage: Int) {
  scope: viewer { projects(after: $cursor, first: $perPage) {
    pageInfo { endCursor hasNextPage } edges { node { __typename name triggers { ${TRIGGER} } } } } } }`
const INTEGRATIONS = `query IntegrationsByEntity($entity: String!, $cursor: String, $perPage: Int) {
  entity(name: $entity) { integrations(after: $cursor, first: $perPage) {
    pageInfo { endCursor hasNextPage }
    edges { node { __typename ... on GenericWebhookIntegration { id name urlEndpoint } } } } } }`
const CREATE_INTEGRATION = `mutation CreateGenericWebhookIntegration($input: CreateGenericWebhookIntegrationInput!) {
  result: createGenericWebhookIntegration(input: $input) {
    integration { __typename ... on GenericWebhookIntegration { id name urlEndpoint } } } }`

const ALL = '{"$or":[{"$and":[]}]}'

forEachEngine((engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_WORKER: 'off' } })
  })
  afterAll(async () => server[Symbol.asyncDispose]())

  const client = (version: string, key?: string) => ({
    ...(key === undefined ? {} : { key }),
    headers: { 'user-agent': `W&B Public Client ${version}` },
  })

  /** What creates an automation that does nothing, at a collection's project. */
  function input(projectId: number, changes: Record<string, unknown> = {}) {
    return {
      name: unique('trigger'),
      enabled: true,
      scopeType: 'PROJECT',
      scopeID: encodeId('Project', projectId),
      triggeringEventType: 'ADD_ARTIFACT_ALIAS',
      eventFilter: ALL,
      triggeredActionType: 'NO_OP',
      triggeredActionConfig: { noOpActionInput: { noOp: true } },
      ...changes,
    }
  }

  async function givenTrigger(projectId: number, changes: Record<string, unknown> = {}, key?: string): Promise<Json> {
    const answer = await server.graphql(CREATE, { input: input(projectId, changes) }, client('0.30.0', key))
    expect(answer.errors).toBeUndefined()
    return answer.data.result.trigger
  }

  async function triggersOf(
    entity: string,
    variables: Record<string, unknown> = {},
    options = client('0.30.0'),
  ): Promise<Json> {
    const answer = await server.graphql(OF_ENTITY, { entity, ...variables }, options)
    expect(answer.errors).toBeUndefined()
    return answer.data.scope.triggers
  }

  const namesOf = (triggers: Json) => triggers.edges.map((edge: Json) => edge.node.name)

  describe('reading back what was made', () => {
    test('every scope and action comes back in the shape the client parses', async () => {
      const organization = await givenOrganization(server)
      const sequence = await givenPlace(server, organization, { project: 'wandb-registry-models' })
      const portfolio = await givenPlace(server, organization, { project: sequence.project, kind: 'PORTFOLIO' })
      const webhook = await givenWebhook(server, organization, { name: 'deployer' })
      const scopes = [
        ['PROJECT', 'Project', sequence.projectId, { __typename: 'Project', name: sequence.project }],
        [
          'ARTIFACT_COLLECTION',
          'ArtifactCollection',
          sequence.collectionId,
          { __typename: 'ArtifactSequence', name: sequence.collection },
        ],
        [
          'ARTIFACT_COLLECTION',
          'ArtifactCollection',
          portfolio.collectionId,
          { __typename: 'ArtifactPortfolio', name: portfolio.collection },
        ],
        [
          'ENTITY',
          'Entity',
          sequence.entityId,
          { __typename: 'Entity', name: organization, entityType: 'organization' },
        ],
      ] as const
      const { data } = await server.graphql(INTEGRATIONS, { entity: organization })
      const integration = data.entity.integrations.edges[0].node
      expect(integration).toMatchObject({
        __typename: 'GenericWebhookIntegration',
        name: 'deployer',
        urlEndpoint: 'http://127.0.0.1:9/',
      })
      expect(webhook).not.toBe(integration.id)

      const eventFilter = '{"$or":[{"$and":[{"alias":{"$eq":"prod"}}]}]}'
      for (const [scopeType, idType, id, scope] of scopes) {
        const trigger = await givenTrigger(sequence.projectId, {
          scopeType,
          scopeID: encodeId(idType, id),
          description: 'Deploys it',
          eventFilter,
          triggeredActionType: 'GENERIC_WEBHOOK',
          triggeredActionConfig: {
            genericWebhookActionInput: { integrationID: integration.id, requestPayload: '{"a": "${alias}"}' },
          },
        })
        expect(trigger).toEqual({
          __typename: 'Trigger',
          id: expect.any(String),
          createdAt: expect.stringMatching(/Z$/),
          updatedAt: trigger.createdAt,
          name: expect.any(String),
          description: 'Deploys it',
          enabled: true,
          scope: { id: encodeId(idType, id), ...scope },
          event: {
            __typename: 'FilterEventTriggeringCondition',
            eventType: 'ADD_ARTIFACT_ALIAS',
            filter: JSON.stringify({ filter: eventFilter }),
          },
          action: { __typename: 'GenericWebhookTriggeredAction', integration, requestPayload: '{"a": "${alias}"}' },
        })
        expect(Buffer.from(trigger.id, 'base64').toString()).toMatch(/^Trigger:\d+$/)
        expect(namesOf(await triggersOf(organization, { filters: JSON.stringify({ name: trigger.name }) }))).toEqual([
          trigger.name,
        ])
      }
    })

    test('links are LINK_MODEL for the client and LINK_ARTIFACT for everybody else', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const trigger = await givenTrigger(place.projectId, { triggeringEventType: 'LINK_MODEL' })
      expect(trigger).toMatchObject({
        event: { eventType: 'LINK_MODEL' },
        action: { __typename: 'NoOpTriggeredAction', noOp: true },
      })
      const [item] = (await server.rest('GET', `/entities/${team}/automations`)).body.items
      expect(item).toMatchObject({ name: trigger.name, event: 'LINK_ARTIFACT' })
      await record(server, await callerWith(server, server.adminKey), draft('LINK_ARTIFACT', [place]))
      expect((await server.rest('GET', `/automations/${item.id}/executions`)).body.items).toHaveLength(1)
    })

    test('a webhook without payload reads back without', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      await givenWebhook(server, team)
      const { data } = await server.graphql(INTEGRATIONS, { entity: team })
      const integrationID = data.entity.integrations.edges[0].node.id
      const trigger = await givenTrigger(place.projectId, {
        triggeredActionType: 'GENERIC_WEBHOOK',
        triggeredActionConfig: { genericWebhookActionInput: { integrationID } },
      })
      expect(trigger.action.requestPayload).toBeNull()
    })
  })

  describe('lists', () => {
    test('an entity has all below it, a project its collections too but not its entity', async () => {
      const team = await givenTeam(server)
      const first = await givenPlace(server, team)
      const second = await givenPlace(server, team)
      const ofEntity = await givenTrigger(first.projectId, {
        scopeType: 'ENTITY',
        scopeID: encodeId('Entity', first.entityId),
      })
      const ofProject = await givenTrigger(first.projectId)
      const ofCollection = await givenTrigger(first.projectId, {
        scopeType: 'ARTIFACT_COLLECTION',
        scopeID: encodeId('ArtifactCollection', first.collectionId),
      })
      const elsewhere = await givenTrigger(second.projectId)
      expect(namesOf(await triggersOf(team))).toEqual(
        [ofEntity, ofProject, ofCollection, elsewhere].map(({ name }) => name),
      )

      const viewer = await givenMember(server, team, 'viewer')
      const { data } = await server.graphql(OF_VIEWER, { perPage: 50 }, client('0.30.0', viewer.key))
      const projects = data.scope.projects.edges.map(({ node }: Json) => [
        node.name,
        node.triggers.map(({ name }: Json) => name),
      ])
      expect(new Map(projects)).toEqual(
        new Map([
          [first.project, [ofProject.name, ofCollection.name]],
          [second.project, [elsewhere.name]],
        ]),
      )
    })

    test('pages follow each other', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const made = []
      for (let count = 0; count < 3; count++) made.push((await givenTrigger(place.projectId)).name)
      const first = await triggersOf(team, { perPage: 2, cursor: '' })
      expect(first.pageInfo.hasNextPage).toBe(true)
      const second = await triggersOf(team, { perPage: 2, cursor: first.pageInfo.endCursor })
      expect([...namesOf(first), ...namesOf(second)]).toEqual(made)
      expect(second.pageInfo).toEqual({ hasNextPage: false, endCursor: null })
    })

    test('a client is spared what its version cannot read, and told when a name clashes with that', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const byRest = async (event: string, scope: object = { type: 'project', project: place.project }) => {
        const name = unique(event)
        const body = { name, event, scope, action: { type: 'nothing' } }
        expect((await server.rest('POST', `/entities/${team}/automations`, body)).status).toBe(201)
        return name
      }
      const alias = await byRest('ADD_ARTIFACT_ALIAS')
      const tag = await byRest('ADD_ARTIFACT_TAG')
      const ours = await byRest('REMOVE_ARTIFACT_ALIAS')
      const deletion = await byRest('DELETE_ARTIFACT')
      const wide = await byRest('ADD_ARTIFACT_ALIAS', { type: 'entity' })
      for (const [version, names] of [
        ['0.30.0', [alias, tag, wide]],
        ['0.28.2', [alias, tag, wide]],
        ['0.28.0', [alias, tag]],
        ['0.27.0', [alias]],
      ] as const) {
        expect(namesOf(await triggersOf(team, {}, client(version))), version).toEqual(names)
        const { data } = await server.graphql(OF_VIEWER, { perPage: 50 }, client(version))
        const node = data.scope.projects.edges.find((edge: Json) => edge.node.name === place.project).node
        expect(
          node.triggers.map(({ name }: Json) => name),
          version,
        ).toEqual(names.filter((name) => name !== wide))
      }
      expect((await server.rest('GET', `/entities/${team}/automations`)).body.items).toHaveLength(5)

      for (const [name, version, says] of [
        [ours, '0.30.0', /does not show it/],
        [deletion, '0.30.0', /DELETE_ARTIFACT/],
        [wide, '0.28.0', /does not show it/],
        [alias, '0.30.0', /exists\. Choose another name/],
      ] as const) {
        const clash = await server.graphql(CREATE, { input: input(place.projectId, { name }) }, client(version))
        expect(clash).toMatchObject({ status: 409, data: null })
        expect(clash.errors?.[0]).toMatchObject({
          message: expect.stringMatching(says),
          extensions: { code: 'name_taken' },
        })
      }
    })

    test('an automation whose collection is gone breaks no page', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const { name } = await givenTrigger(place.projectId, {
        scopeType: 'ARTIFACT_COLLECTION',
        scopeID: encodeId('ArtifactCollection', place.collectionId),
      })
      const stays = await givenTrigger(place.projectId)
      await server.world.db.transaction((tx) =>
        tx.deleteFrom('collections').where('id', '=', place.collectionId).execute(),
      )
      expect(namesOf(await triggersOf(team))).toEqual([stays.name])
      const { items } = (await server.rest('GET', `/entities/${team}/automations?name=${name}`)).body
      expect(items).toMatchObject([{ scope: { type: 'collection', deleted: true } }])
      const patched = await server.rest('PATCH', `/automations/${items[0].id}`, {
        scope: { type: 'project', project: place.project },
      })
      expect(patched.body).toMatchObject({ revision: 2, scope: { type: 'project', project: place.project } })
    })

    test('only the filter the client writes is taken, and no other order', async () => {
      const team = await givenTeam(server)
      for (const variables of [
        { filters: '{"enabled": true}' },
        { filters: '[1]' },
        { filters: '{"name": {"$regex": "x"}}' },
        { order: 'name' },
      ]) {
        expect(
          (await server.graphql(OF_ENTITY, { entity: team, ...variables })).status,
          JSON.stringify(variables),
        ).toBe(400)
      }
      for (const variables of [{ filters: null }, { filters: '{}' }, { filters: 'null' }, { order: '' }]) {
        expect(
          (await server.graphql(OF_ENTITY, { entity: team, ...variables })).status,
          JSON.stringify(variables),
        ).toBe(200)
      }
    })
  })

  describe('changing', () => {
    test('an update keeps what it was not told', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const before = await givenTrigger(place.projectId, {
        description: 'as it was',
        eventFilter: '{"$or":[{"$and":[{"alias":"a"}]}]}',
      })
      const update = async (changes: Json) =>
        (await server.graphql(UPDATE, { input: { id: before.id, ...changes } })).data.result.trigger
      const { updatedAt: _, ...unchanged } = before
      expect(await update({ enabled: false })).toMatchObject({ ...unchanged, enabled: false })
      expect(await update({ description: null, name: null })).toMatchObject({ ...unchanged, enabled: false })
      const scoped = await update({
        scopeType: 'ARTIFACT_COLLECTION',
        scopeID: encodeId('ArtifactCollection', place.collectionId),
        triggeringEventType: 'LINK_MODEL',
      })
      expect(scoped).toMatchObject({
        scope: { name: place.collection },
        event: { eventType: 'LINK_MODEL', filter: before.event.filter },
      })
      const { items } = (await server.rest('GET', `/entities/${team}/automations`)).body
      expect(items[0].revision).toBe(3)
    })

    test('what is missing is a 404, what is taken a 409, what is wrong a 400, what is not allowed a 403', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const viewer = await givenMember(server, team, 'viewer')
      const stranger = await givenUser(server)
      const trigger = await givenTrigger(place.projectId)
      const missing = encodeId('Trigger', 999_999_999)
      const statusOf = async (query: string, variables: Json, key?: string) => {
        const answer = await server.graphql(query, variables, key === undefined ? {} : { key })
        expect(answer.data).toBeNull()
        expect(answer.errors?.[0]?.message).not.toBe('')
        return answer.status
      }
      for (const id of [missing, 'nonsense', encodeId('Project', place.projectId)]) {
        expect(await statusOf(UPDATE, { input: { id, enabled: false } })).toBe(404)
        expect(await statusOf(DELETE, { id })).toBe(404)
      }
      expect(await statusOf(UPDATE, { input: { id: trigger.id, enabled: false } }, stranger.key)).toBe(404)
      expect(await statusOf(DELETE, { id: trigger.id }, stranger.key)).toBe(404)
      expect(await statusOf(UPDATE, { input: { id: trigger.id, enabled: false } }, viewer.key)).toBe(403)
      expect(await statusOf(DELETE, { id: trigger.id }, viewer.key)).toBe(403)
      expect(await statusOf(CREATE, { input: input(place.projectId) }, viewer.key)).toBe(403)
      expect(await statusOf(CREATE, { input: input(place.projectId, { name: trigger.name }) })).toBe(409)
      for (const changes of [
        { scopeID: encodeId('Project', 999_999_999) },
        { scopeID: 'nonsense' },
        { eventFilter: '{"$or":[{"nonsense":1}]}' },
        { eventFilter: 'no json' },
        { triggeringEventType: 'RUN_STATE' },
        {
          triggeringEventType: 'RUN_METRIC',
          scopeType: 'ARTIFACT_COLLECTION',
          scopeID: encodeId('ArtifactCollection', place.collectionId),
        },
        { triggeringEventType: 'UPDATE_ARTIFACT_ALIAS' },
        {
          triggeredActionType: 'NOTIFICATION',
          triggeredActionConfig: { notificationActionInput: { integrationID: 'x', severity: 'INFO' } },
        },
        { triggeredActionType: 'GENERIC_WEBHOOK' },
        {
          triggeredActionType: 'GENERIC_WEBHOOK',
          triggeredActionConfig: { genericWebhookActionInput: { integrationID: 'x' } },
        },
        { name: '' },
      ]) {
        expect(await statusOf(CREATE, { input: input(place.projectId, changes) }), JSON.stringify(changes)).toBe(400)
      }
      expect(await statusOf(UPDATE, { input: { id: trigger.id, scopeType: 'PROJECT' } })).toBe(400)
      expect(await statusOf(UPDATE, { input: { id: trigger.id, triggeredActionType: 'NO_OP' } })).toBe(400)
      expect(namesOf(await triggersOf(team))).toEqual([trigger.name])
    })

    test('an automation does not move to another owner', async () => {
      const first = await givenPlace(server, await givenTeam(server))
      const second = await givenPlace(server, await givenTeam(server))
      const trigger = await givenTrigger(first.projectId)
      const moved = { id: trigger.id, scopeType: 'PROJECT', scopeID: encodeId('Project', second.projectId) }
      expect((await server.graphql(UPDATE, { input: moved })).errors?.[0]).toMatchObject({
        extensions: { code: 'scope_invalid' },
      })
    })

    test('what GraphQL has no word for is changed by REST', async () => {
      const team = await givenTeam(server)
      const body = {
        name: unique('ours'),
        event: 'DELETE_ARTIFACT',
        scope: { type: 'entity' },
        action: { type: 'nothing' },
      }
      const { id } = (await server.rest('POST', `/entities/${team}/automations`, body)).body
      const row = await server.world.db.read
        .selectFrom('automations')
        .select('id')
        .where('public_id', '=', id)
        .executeTakeFirstOrThrow()
      const answer = await server.graphql(UPDATE, { input: { id: encodeId('Trigger', row.id), enabled: false } })
      expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: 'not_supported' } }] })
    })

    test('a deleted one is gone', async () => {
      const team = await givenTeam(server)
      const place = await givenPlace(server, team)
      const { id } = await givenTrigger(place.projectId)
      expect((await server.graphql(DELETE, { id })).data).toEqual({ result: { success: true } })
      expect(namesOf(await triggersOf(team))).toEqual([])
      expect((await server.graphql(DELETE, { id })).status).toBe(404)
    })
  })

  describe('integrations', () => {
    test('a webhook made by the client is one', async () => {
      const team = await givenTeam(server)
      const create = { entityName: team, name: 'made here', urlEndpoint: 'http://127.0.0.1:9/path-that-is-secret' }
      const made = await server.graphql(CREATE_INTEGRATION, { input: create })
      expect(made.data.result.integration).toEqual({
        __typename: 'GenericWebhookIntegration',
        id: expect.any(String),
        name: 'made here',
        urlEndpoint: create.urlEndpoint,
      })
      const { items } = (await server.rest('GET', `/entities/${team}/webhooks`)).body
      expect(items.map((item: Json) => item.name)).toEqual(['made here'])
      expect((await server.graphql(CREATE_INTEGRATION, { input: create })).status).toBe(409)
      const unknownSecret = { ...create, name: 'other', accessTokenRef: 'ABSENT' }
      expect((await server.graphql(CREATE_INTEGRATION, { input: unknownSecret })).status).toBe(400)

      const viewer = await givenMember(server, team, 'viewer')
      const seen = await server.graphql(INTEGRATIONS, { entity: team }, { key: viewer.key })
      expect(JSON.stringify(seen.data)).not.toContain('path-that-is')
      expect(seen.data.entity.integrations.edges).toHaveLength(1)
      const stranger = await givenUser(server)
      const unseen = await server.graphql(INTEGRATIONS, { entity: team }, { key: stranger.key })
      // The client cannot read null above a list.
      expect(unseen).toMatchObject({ status: 404, errors: [{ message: `Entity "${team}" not found` }] })
    })

    test('pages follow each other by name', async () => {
      const team = await givenTeam(server)
      for (const name of ['c', 'a', 'b']) await givenWebhook(server, team, { name })
      const first = (await server.graphql(INTEGRATIONS, { entity: team, perPage: 2 })).data.entity.integrations
      const cursor = first.pageInfo.endCursor
      const second = (await server.graphql(INTEGRATIONS, { entity: team, perPage: 2, cursor })).data.entity.integrations
      expect([...first.edges, ...second.edges].map((edge) => edge.node.name)).toEqual(['a', 'b', 'c'])
      expect(second.pageInfo.hasNextPage).toBe(false)
    })
  })
})
