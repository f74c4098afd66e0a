import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { printSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeId } from '../src/graphql/ids.ts'
import { schema } from '../src/graphql/schema.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

test('schema.graphql is the schema: `npm run schema` writes it', () => {
  const printed = readFileSync(join(import.meta.dirname, '..', 'schema.graphql'), 'utf8')
  expect(printed).toBe(`${printSchema(schema)}\n`)
})

const KEYS = { ann: 'a'.repeat(40), ben: 'b'.repeat(40) }

/** Ann is a member of `atlas`, Ben of nothing. `atlas/maps:v0…v4` exist. */
async function givenPlace(server: TestServer): Promise<void> {
  const created = async (method: string, path: string, body: unknown) => {
    const { status, text } = await server.rest(method, path, body)
    expect(status, `${method} ${path}: ${text}`).toBeLessThan(300)
  }
  for (const [username, apiKey] of Object.entries(KEYS)) {
    await created('POST', '/users', { username, apiKey, email: `${username}@example.com` })
  }
  await created('POST', '/teams', { name: 'atlas' })
  await created('PUT', '/teams/atlas/members/ann', { role: 'member' })
  await created('POST', '/projects/atlas', { name: 'world' })
  for (let number = 0; number < 5; number += 1) {
    const content = Buffer.from(`map ${number}`).toString('base64')
    const body = { type: 'dataset', files: [{ path: 'map.txt', content }] }
    await created('POST', '/projects/atlas/world/collections/maps/versions', body)
  }
}

forEachEngine((engine) => {
  let server: TestServer
  beforeAll(async () => {
    // Silent: one of the tests makes the server log a bug.
    server = await startTestServer(engine, { env: { TRIPLINE_LOG_LEVEL: 'silent' } })
    await givenPlace(server)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
  })

  const ask = (query: string, variables?: Record<string, unknown>, key: string | null = KEYS.ann) =>
    server.graphql(query, variables, { key })

  type Answer = {
    data: Record<string, Record<string, unknown>> | null
    errors: { message: string; extensions: { code: string } }[]
  }

  /** A request as it goes over the wire. */
  async function post(body: string, headers: Record<string, string> = {}) {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${KEYS.ann}`, ...headers },
      body,
    })
    return { status: response.status, body: (await response.json()) as Answer, headers: response.headers }
  }

  const refusal = (status: number, code: string, message: RegExp | string) => ({
    status,
    data: null,
    errors: [{ message: expect.stringMatching(message), extensions: { code } }],
  })

  describe('who asks', () => {
    test('nobody is told so in the shape of GraphQL, with 401', async () => {
      for (const headers of [
        { authorization: '' },
        { authorization: 'Bearer nonsense' },
        { authorization: `Basic ${Buffer.from(`api:${'f'.repeat(40)}`).toString('base64')}` },
        { authorization: `Basic ${Buffer.from(`ann:${KEYS.ann}`).toString('base64')}` },
        { authorization: '', cookie: `session=${KEYS.ann}` },
      ]) {
        const { status, body } = await post('{"query": "{ viewer { id } }"}', headers)
        expect([status, body.data, body.errors[0]?.extensions.code]).toEqual([401, null, 'unauthenticated'])
        expect(body.errors[0]?.message).toContain('API key')
      }
    })

    test('the key comes as Basic or Bearer', async () => {
      for (const authorization of [
        `Bearer ${KEYS.ann}`,
        `Basic ${Buffer.from(`api:${KEYS.ann}`).toString('base64')}`,
      ]) {
        const { body } = await post('{"query": "{ viewer { username entity } }"}', { authorization })
        expect(body).toEqual({ data: { viewer: { username: 'ann', entity: 'ann' } } })
      }
    })
  })

  describe('a request', () => {
    test('may leave the operation name out or empty when there is one operation', async () => {
      const query = 'query Mine { viewer { username } }'
      for (const body of [{ query }, { query, operationName: '' }, { query, operationName: null, variables: null }]) {
        expect((await post(JSON.stringify(body))).body).toEqual({ data: { viewer: { username: 'ann' } } })
      }
    })

    test('runs the operation it names, however often either was run before', async () => {
      const query = '# first\nquery A { viewer { id } } query B { viewer { username } }'
      const run = async (operationName: string) =>
        (await post(JSON.stringify({ query, operationName }))).body.data?.viewer
      const [a, b] = [await run('A'), await run('B')]
      expect(Object.keys(a ?? {})).toEqual(['id'])
      expect(Object.keys(b ?? {})).toEqual(['username'])
      for (let time = 0; time < 3; time += 1) expect([await run('B'), await run('A')]).toEqual([b, a])
      expect(await post(JSON.stringify({ query }))).toMatchObject({ status: 400 })
      expect(await post(JSON.stringify({ query, operationName: 'C' }))).toMatchObject({ status: 400 })
    })

    test('may hold variables that the document does not declare', async () => {
      const query = 'query ($name: String!) { entity(name: $name) { name } }'
      for (let time = 0; time < 3; time += 1) {
        const { data } = await ask(query, { name: 'atlas', usedAs: null, more: { deep: [1] } })
        expect(data).toEqual({ entity: { name: 'atlas' } })
      }
    })

    test.each([
      ['no JSON', 'nonsense', 'malformed_json'],
      ['no object', '[]', 'invalid_request'],
      ['no query', '{}', 'invalid_request'],
      ['a query that is no text', '{"query": 7}', 'invalid_request'],
      ['a name that is no text', '{"query": "{ viewer { id } }", "operationName": {}}', 'invalid_request'],
      ['variables that are no object', '{"query": "{ viewer { id } }", "variables": [1]}', 'invalid_request'],
      ['a batch', '[{"query": "{ viewer { id } }"}]', 'invalid_request'],
      ['an empty document', '{"query": ""}', 'invalid_request'],
      ['no operation', '{"query": "fragment F on User { id }"}', 'invalid_request'],
      ['a syntax error', '{"query": "{ viewer { id "}', 'invalid_request'],
      ['an unknown field', '{"query": "{ viewer { shoeSize } }"}', 'invalid_request'],
      ['a missing argument', '{"query": "{ organization { name } }"}', 'invalid_request'],
      ['a subscription', '{"query": "subscription { viewer { id } }"}', 'invalid_request'],
      ['a question about the schema', '{"query": "{ __schema { __typename } }"}', 'invalid_request'],
      ['a NUL in a literal', '{"query": "{ entity(name: \\"a\\\\u0000\\") { id } }"}', 'invalid_request'],
      ['a raw NUL', '{"query": "{ entity(name: \\"a\\u0000\\") { id } }"}', 'invalid_request'],
      ['too many tokens', JSON.stringify({ query: `{ ${'a '.repeat(20_001)} }` }), 'invalid_request'],
      ['too many fields', JSON.stringify({ query: `{ ${'viewer { id } '.repeat(1_001)} }` }), 'query_too_complex'],
      [
        'too deep',
        JSON.stringify({ query: `{ ${'viewer { '.repeat(21)} id ${'} '.repeat(21)} }` }),
        'query_too_complex',
      ],
      [
        'too expensive',
        '{"query": "{ viewer { projects(first: 10000) { edges { node { artifactCollections(first: 1000) { edges { node { name } } } } } } } }"}',
        'query_too_complex',
      ],
      [
        'a NUL in a variable',
        JSON.stringify({ query: 'query ($n: String!) { entity(name: $n) { id } }', variables: { n: '\0' } }),
        'invalid_request',
      ],
      [
        'a variable of the wrong type',
        '{"query": "query ($n: Int) { viewer { projects(first: $n) { totalCount } } }", "variables": {"n": "x"}}',
        'invalid_request',
      ],
      ['a variable missing', '{"query": "query ($n: String!) { entity(name: $n) { id } }"}', 'invalid_request'],
      [
        'null for what has a default instead',
        '{"query": "query ($all: Boolean = true) { viewer { id username @include(if: $all) } }", "variables": {"all": null}}',
        'invalid_request',
      ],
      [
        'null inside of an input',
        '{"query": "mutation ($e: String = \\"atlas\\") { createInvite(input: {entityName: $e}) { invite { id } } }", "variables": {"e": null}}',
        'invalid_request',
      ],
      ['a page of nothing', '{"query": "{ viewer { projects(first: 0) { totalCount } } }"}', 'invalid_request'],
      [
        'a cursor of another list',
        '{"query": "{ viewer { projects(after: \\"WyJ4Il0\\") { totalCount } } }"}',
        'cursor_invalid',
      ],
      [
        'text that is no JSON',
        '{"query": "{ project(name: \\"world\\", entityName: \\"atlas\\") { runCount(filters: \\"{\\") } }"}',
        'invalid_request',
      ],
    ])('with %s is refused with 400', async (_, body, code) => {
      // Three times: interpreted, being compiled, compiled.
      for (let time = 0; time < 3; time += 1) {
        const answer = await post(body)
        expect(answer.body).toMatchObject({ data: null, errors: [{ extensions: { code } }] })
        expect(answer.status).toBe(400)
      }
    })

    test('that is too large is refused with 413, another content type with 415, another method with 405', async () => {
      const large = await post(
        JSON.stringify({ query: '{ viewer { id } }', variables: { x: 'x'.repeat(16 * 1024 * 1024) } }),
      )
      expect([large.status, large.body.errors[0]?.extensions.code]).toEqual([413, 'body_too_large'])
      const xml = await post('<query/>', { 'content-type': 'application/xml' })
      expect([xml.status, xml.body.errors[0]?.extensions.code]).toEqual([415, 'unsupported_media_type'])
      const get = await fetch(`${server.url}/graphql?query={viewer{id}}`, {
        headers: { authorization: `Bearer ${KEYS.ann}` },
      })
      expect(get.status).toBe(405)
    })
  })

  describe('an answer', () => {
    test('is null in a 200 for what is not there, and for what the caller may not see', async () => {
      const query = `query ($artifact: ID!, $collection: ID!) {
        entity(name: "atlas") { id } project(name: "world", entityName: "atlas") { id }
        artifact(id: $artifact) { id } artifactCollection(id: $collection) { id } organization(name: "atlas") { id }
        models(entityName: "atlas") { edges { node { id } } } clientIDMapping(clientID: "nothing") { serverID }
      }`
      const nothing = {
        entity: null,
        project: null,
        artifact: null,
        artifactCollection: null,
        organization: null,
        models: null,
        clientIDMapping: null,
      }
      const ids = { artifact: encodeId('Artifact', 1), collection: encodeId('ArtifactCollection', 1) }
      expect(await ask(query, ids, KEYS.ben)).toEqual({ status: 200, data: nothing, errors: undefined })
      const missing = { artifact: encodeId('Artifact', 999_999), collection: encodeId('ArtifactCollection', 999_999) }
      expect((await ask(query, missing)).data).toMatchObject({ artifact: null, artifactCollection: null })
      const wrong = { artifact: encodeId('Run', 1), collection: 'nonsense' }
      expect((await ask(query, wrong)).data).toMatchObject({ artifact: null, artifactCollection: null })
    })

    test('carries the status of the worst error, and no data', async () => {
      const unlink = `mutation ($id: ID!) { unlinkArtifact(input: {artifactID: $id, artifactPortfolioID: $id}) { success } }`
      expect(await ask(unlink, { id: 'nonsense' })).toEqual(refusal(404, 'not_found', 'not found'))
      const invite = 'mutation { createInvite(input: {entityName: "atlas", username: "ben"}) { invite { id } } }'
      expect(await ask(invite)).toEqual(refusal(403, 'forbidden', 'admin'))
      const both = `mutation { updateUser(input: {}) { user { username } } a: updateUser(input: {defaultEntity: "nobody"}) { user { id } }
        b: upsertBucket(input: {entityName: "atlas", modelName: "world", name: "a/b"}) { inserted } }`
      const { status, data, errors } = await ask(both)
      expect([status, data, errors?.map(({ extensions }) => extensions?.code)]).toEqual([
        404,
        null,
        ['not_found', 'name_invalid'],
      ])
    })

    test('tells nothing of a bug of ours but where to look', async () => {
      await ask(
        'mutation { upsertBucket(input: {entityName: "atlas", modelName: "world", name: "broken"}) { inserted } }',
      )
      await server.world.db.transaction((tx) =>
        tx.updateTable('runs').set({ tags: 'not JSON' }).where('name', '=', 'broken').execute(),
      )
      const query =
        '{ viewer { username } project(name: "world", entityName: "atlas") { run(name: "broken") { id tags } } }'
      for (let time = 0; time < 3; time += 1) {
        expect(await ask(query)).toEqual(refusal(500, 'internal', /^internal error \(request [\w-]+\)$/))
      }
      await server.world.db.transaction((tx) =>
        tx.updateTable('runs').set({ tags: '[]' }).where('name', '=', 'broken').execute(),
      )
      expect((await ask(query)).status).toBe(200)
    })
  })

  describe('a list', () => {
    const query = `query ($first: Int, $after: String) { project(name: "world", entityName: "atlas") {
      artifactCollection(name: "maps") { artifacts(first: $first, after: $after) {
        totalCount edges { version node { versionIndex } } pageInfo { endCursor hasNextPage } } } } }`

    test('gives every item once over its pages, and tells how many there are', async () => {
      const seen: string[] = []
      let after: string | null = ''
      let pages = 0
      do {
        const { data } = await ask(query, { first: 2, after })
        const { totalCount, edges, pageInfo } = data.project.artifactCollection.artifacts
        expect([totalCount, edges.length > 0]).toEqual([5, true])
        seen.push(...edges.map((edge: { version: string }) => edge.version))
        expect(pageInfo.hasNextPage).toBe(pageInfo.endCursor !== null)
        after = pageInfo.endCursor
        pages += 1
      } while (after !== null)
      expect([pages, seen]).toEqual([3, ['v4', 'v3', 'v2', 'v1', 'v0']])
    })

    test('takes the filters that clients send of themselves, and refuses others instead of ignoring them', async () => {
      const listed = (filters: string | null, order: string | null = null) =>
        ask(
          `query ($filters: JSONString, $order: String) { project(name: "world", entityName: "atlas") {
            artifactCollection(name: "maps") { artifacts(filters: $filters, order: $order) { totalCount } } } }`,
          { filters, order },
        )
      for (const filters of [null, '{}', '{"state": "COMMITTED"}', 'null']) {
        expect((await listed(filters)).data.project.artifactCollection.artifacts.totalCount).toBe(5)
      }
      expect((await listed('{}', '-created_at')).status).toBe(200)
      for (const [filters, count] of [
        ['{"state": "PENDING"}', 0],
        ['{"version": {"$gt": 1}}', 3],
        ['{"version": {"$gt": 1}, "alias": "latest"}', 1],
      ] as const) {
        expect((await listed(filters)).data.project.artifactCollection.artifacts.totalCount, filters).toBe(count)
      }
      expect(await listed('{"digest": "x"}')).toEqual(refusal(400, 'not_supported', 'filter'))
      expect(await listed('{"version": {"$where": 1}}')).toEqual(refusal(400, 'not_supported', 'operator'))
      expect(await listed('[]')).toEqual(refusal(400, 'invalid_request', 'object'))
      expect(await listed('{}', '+metadata.x')).toEqual(refusal(400, 'not_supported', 'order'))

      const collections = (argument: string) =>
        ask(`{ project(name: "world", entityName: "atlas") { artifactCollections(${argument}) { totalCount } } }`)
      expect((await collections('order: "name"')).data.project.artifactCollections.totalCount).toBe(1)
      expect((await collections('filters: "{\\"name\\": \\"x\\"}"')).data.project.artifactCollections.totalCount).toBe(
        0,
      )
      expect(await collections('order: "-size"')).toEqual(refusal(400, 'not_supported', 'name'))
      expect(await collections('filters: "{\\"size\\": 1}"')).toEqual(refusal(400, 'not_supported', 'filter'))
    })
  })

  describe('people', () => {
    const user = (query: string, key: string) =>
      ask(
        'query ($q: String) { users(query: $q) { edges { node { username email admin apiKeys { edges { node { name } } } } } } }',
        { q: query },
        key,
      )
    const found = async (query: string, key: string) =>
      (await user(query, key)).data.users.edges.map(({ node }: { node: { username: string } }) => node.username)

    test('are found by those who share a team with them, and by administrators of the server', async () => {
      expect(await found('ann', KEYS.ann)).toEqual(['ann'])
      expect(await found('ANN@example.com', KEYS.ann)).toEqual(['ann'])
      expect(await found('ben', KEYS.ann)).toEqual([])
      expect(await found('ann', KEYS.ben)).toEqual([])
      expect(await found('ben@example.com', server.adminKey)).toEqual(['ben'])
      expect(await found('', KEYS.ann)).toEqual([])
    })

    test('see no key but that there are some of their own, and e-mail addresses of no strangers', async () => {
      const [own] = (await user('ann', KEYS.ann)).data.users.edges
      expect(own.node).toEqual({
        username: 'ann',
        email: 'ann@example.com',
        admin: false,
        apiKeys: { edges: [{ node: { name: '…aaaa' } }] },
      })
      await ask(
        'mutation { upsertBucket(input: {entityName: "atlas", modelName: "world", name: "seen"}) { inserted } }',
      )
      const query =
        '{ project(name: "world", entityName: "atlas") { run(name: "seen") { user { username email admin apiKeys { totalCount } } } } }'
      const { data } = await ask(query, undefined, server.adminKey)
      expect(data.project.run.user, 'the administrator made the team').toEqual({
        username: 'ann',
        email: 'ann@example.com',
        admin: false,
        apiKeys: null,
      })
    })

    test('choose their default entity among their own', async () => {
      const choose = (entity: string) =>
        ask('mutation ($e: String) { updateUser(input: {defaultEntity: $e}) { user { entity } } }', { e: entity })
      expect((await choose('atlas')).data.updateUser.user.entity).toBe('atlas')
      expect((await ask('{ viewer { entity } entity { name } }')).data).toEqual({
        viewer: { entity: 'atlas' },
        entity: { name: 'atlas' },
      })
      expect(await choose('admin-user')).toEqual(refusal(404, 'not_found', 'admin-user'))
      expect((await choose('ann')).data.updateUser.user.entity).toBe('ann')
    })

    test('call an organization by its display name or the name of its entity', async () => {
      await server.rest('POST', '/organizations', { name: 'polar', displayName: 'Polar Society' })
      await server.rest('POST', '/teams', { name: 'arctic', organization: 'polar' })
      await server.rest('PUT', '/teams/arctic/members/ann', { role: 'viewer' })
      const query =
        'query ($n: String!) { organization(name: $n) { name orgEntity { name entityType } featureFlags(rampIDType: OrgName) { rampKey } } }'
      for (const name of ['polar', 'Polar Society']) {
        expect((await ask(query, { n: name })).data.organization).toMatchObject({
          name: 'Polar Society',
          orgEntity: { name: 'polar', entityType: 'organization' },
        })
        expect((await ask(query, { n: name }, KEYS.ben)).data).toEqual({ organization: null })
      }
      const { data } = await ask(`{ viewer { organizations { name } teams { edges { node { name } } } }
        entity(name: "arctic") { organization { name } isTeam readOnly members { username role } }
        personal: entity(name: "ann") { organization { name } user { username organizations { orgEntity { name } } } storageBytes } }`)
      expect(data).toMatchObject({
        viewer: { organizations: [{ name: 'Polar Society' }] },
        entity: { organization: { name: 'Polar Society' }, isTeam: true, readOnly: true },
        personal: { organization: null, user: { organizations: [{ orgEntity: { name: 'polar' } }] }, storageBytes: 0 },
      })
    })
  })

  test('projects answer with the size of what they hold, and as the client calls them', async () => {
    const { data } = await ask(`{ entity(name: "atlas") { storageBytes }
      project(name: "world", entityName: "atlas") { id internalId entityName readOnly isBenchmark access entity { name } user { username } } 
      model(name: "world", entityName: "atlas") { name } 
      other: project(name: "world", entityName: "") { id } }`)
    expect(data.entity.storageBytes).toBe(5 * 'map 0'.length)
    expect(Buffer.from(data.project.internalId, 'base64').toString()).toMatch(/^ProjectInternalId:\d+$/)
    expect(data.project).toMatchObject({ entityName: 'atlas', readOnly: false, entity: { name: 'atlas' } })
    expect([data.model.name, data.other]).toEqual(['world', null])
  })
})
