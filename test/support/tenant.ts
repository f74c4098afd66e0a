import { createHash, randomBytes } from 'node:crypto'
import { expect, vi } from 'vitest'
import type { Role } from '../../src/access/rights.ts'
import { encodeId, type IdType } from '../../src/graphql/ids.ts'
import type { TestServer } from './server.ts'

/**
 * Everything that an operation can name, once for each tenant and all different. `…Id` are ids of GraphQL; ids of REST
 * go by the thing's name.
 */
export type Place = Record<
  | 'organization'
  | 'team'
  | 'project'
  | 'registry'
  | 'run'
  | 'sequence'
  | 'portfolio'
  | 'type'
  | 'version'
  | 'alias'
  | 'tag'
  | 'collectionTag'
  | 'file'
  | 'hexDigest'
  | 'artifactId'
  | 'manifestId'
  | 'sequenceId'
  | 'portfolioId'
  | 'projectId'
  | 'registryId'
  | 'entityId'
  | 'runId'
  | 'clientId'
  | 'collectionClientId'
  | 'userId'
  | 'apiKeyId'
  | 'secret'
  | 'webhook'
  | 'integrationId'
  | 'automation'
  | 'triggerId'
  | 'event'
  | 'delivery'
  | 'replay'
  | 'account'
  | 'apiKey'
  | 'session'
  | 'invite'
  | 'colleague'
  | 'pending'
  | 'begunId'
  | 'storagePath',
  string
>

export type Tenant = {
  place: Place
  /** API keys of people with this role on both the team and the organization. */
  keys: Record<Role, string>
  usernames: Record<Role, string>
  /** The key of `account`, a user who belongs to nothing. */
  accountKey: string
}

/** The alias that the tenant's one automation waits for. */
const firingAlias = (tenant: Pick<Tenant, 'place'>) => `${tenant.place.alias}-fires`

/**
 * An organization with a team, in which there is one of everything; its webhook's one delivery has succeeded.
 *
 * - `label`: begins every name; letters and digits.
 */
export async function givenTenant(server: TestServer, label: string, receiverUrl: string): Promise<Tenant> {
  const call = async (method: string, path: string, body?: unknown, key = server.adminKey) => {
    const answer = await server.rest(method, path, body, { key })
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300)
    return answer.body
  }
  const named = (what: string) => `${label}-${what}`
  const [organization, team, project] = [named('organization'), named('team'), named('project')]
  const [sequence, portfolio, alias] = [named('sequence'), named('portfolio'), named('alias')]
  const registry = `wandb-registry-${named('registry')}`

  const people = await Promise.all(
    (['viewer', 'member', 'admin'] as const).map(
      async (role) => [role, await givenPerson(server, named(role))] as const,
    ),
  )
  const keys = Object.fromEntries(people) as Record<Role, string>
  const usernames = { viewer: named('viewer'), member: named('member'), admin: named('admin') }
  const account = named('account')
  const accountKey = await givenPerson(server, account)
  const [firstKey] = (await call('GET', `/users/${account}/api-keys`)).items

  await call('POST', '/organizations', { name: organization })
  await call('POST', '/teams', { name: team, organization })
  await giveRoles(server, 'organizations', organization, usernames)
  await giveRoles(server, 'teams', team, usernames)

  const secret = `${label.toUpperCase()}_SECRET`
  await call('PUT', `/entities/${team}/secrets/${secret}`, { value: 'some secret value' })
  const webhook = await call('POST', `/entities/${team}/webhooks`, { name: named('webhook'), url: receiverUrl })

  await call('POST', `/projects/${team}`, { name: project })
  const inProject = `/projects/${team}/${project}/collections`
  const clientId = randomBytes(16).toString('hex')
  const { artifactId } = await givenCommitted(server, {
    entity: team,
    project,
    collection: sequence,
    clientId,
    content: label,
  })
  const version = `${inProject}/${sequence}/versions/v0`
  const [tag, collectionTag] = [named('tag'), named('collection-tag')]
  await call('PUT', `${version}/tags/${tag}`)
  await call('PUT', `${inProject}/${sequence}/tags/${collectionTag}`)
  await call('PUT', `${inProject}/${sequence}/aliases/${alias}`, { version: 'v0' })
  const source = { entity: team, project, collection: sequence, version: 'v0' }
  await call('POST', `${inProject}/${portfolio}/links`, { source })
  await call('POST', `/projects/${organization}`, { name: named('registry'), registry: true })

  const automation = await call('POST', `/entities/${team}/automations`, {
    name: named('automation'),
    scope: { type: 'project', project },
    event: 'ADD_ARTIFACT_ALIAS',
    filter: { alias: firingAlias({ place: { alias } as Place }) },
    action: { type: 'webhook', webhook: webhook.id },
  })
  await call('PUT', `${inProject}/${sequence}/aliases/${alias}-fires`, { version: 'v0' })
  const deliveries = async () => (await call('GET', `/entities/${team}/deliveries`)).items
  await vi.waitFor(async () => expect((await deliveries())[0]?.state).toBe('succeeded'), { timeout: 20_000 })
  const [delivery] = await deliveries()
  const window = { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' }
  const replay = await call('POST', `/entities/${team}/replays`, { window })
  const [event] = (await call('GET', `/entities/${team}/events?limit=1`)).items

  const run = named('run')
  const made = await graphql(
    server,
    'mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }',
    { input: { entityName: team, modelName: project, name: run } },
  )
  // These two are seen by whoever makes them: the tenant's administrator.
  const later = { path: 'later.bin', size: 5, md5: md5Of(`${label} later`) }
  const pending = await call('POST', `${inProject}/${sequence}/versions`, { type: 'model', files: [later] }, keys.admin)

  const begun = await graphql(
    server,
    'mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }',
    {
      input: {
        entityName: team,
        projectName: project,
        artifactCollectionName: named('begun'),
        artifactTypeName: 'model',
        digest: createHash('md5').update(`${label} begun`).digest('hex'),
      },
    },
    keys.admin,
  )

  const idIn = async (
    table: 'projects' | 'collections' | 'entities' | 'users' | 'api_keys',
    column: string,
    value: string,
  ) => {
    const { ref } = server.world.db.read.dynamic
    return (
      await server.world.db.read.selectFrom(table).select('id').where(ref(column), '=', value).executeTakeFirstOrThrow()
    ).id
  }
  const gqlId = async (type: IdType, ...[table, column, value]: Parameters<typeof idIn>) =>
    encodeId(type, await idIn(table, column, value))
  const manifest = await server.world.db.read
    .selectFrom('manifests')
    .innerJoin('artifacts', 'artifacts.id', 'manifests.artifact_id')
    .innerJoin('artifact_files', 'artifact_files.artifact_id', 'artifacts.id')
    .select(['manifests.id', 'artifact_files.blob_key'])
    .where('artifacts.public_id', '=', pending.artifactId)
    .executeTakeFirstOrThrow()

  return {
    place: {
      organization,
      team,
      project,
      registry,
      run,
      sequence,
      portfolio,
      type: 'model',
      version: 'v0',
      alias,
      tag,
      collectionTag,
      file: 'weights.bin',
      hexDigest: createHash('md5').update(label).digest('hex'),
      artifactId,
      manifestId: encodeId('ArtifactManifest', manifest.id),
      sequenceId: await gqlId('ArtifactCollection', 'collections', 'name', sequence),
      portfolioId: await gqlId('ArtifactCollection', 'collections', 'name', portfolio),
      projectId: await gqlId('Project', 'projects', 'name', project),
      registryId: await gqlId('Project', 'projects', 'name', registry),
      entityId: await gqlId('Entity', 'entities', 'name', team),
      runId: made.upsertBucket.bucket.id,
      clientId,
      collectionClientId: `${clientId}-sequence`,
      userId: await gqlId('User', 'users', 'username', usernames.member),
      apiKeyId: await gqlId('ApiKey', 'api_keys', 'public_id', firstKey.id),
      secret,
      webhook: webhook.id,
      integrationId: await integrationIdOf(server, webhook.id),
      automation: automation.id,
      triggerId: await triggerIdOf(server, automation.id),
      event: event.id,
      delivery: delivery.id,
      replay: replay.id,
      account,
      apiKey: firstKey.id,
      invite: (await call('POST', '/invites', { team, role: 'viewer' }, keys.admin)).id,
      session: await givenSession(server, accountKey),
      colleague: usernames.member,
      pending: pending.artifactId,
      begunId: begun.createArtifact.artifact.id,
      storagePath: `wandb_artifacts/${manifest.blob_key}`,
    },
    keys,
    usernames,
    accountKey,
  }
}

/** A user of this name, by an API key that is the answer. */
export async function givenPerson(server: TestServer, username: string): Promise<string> {
  const key = randomBytes(20).toString('hex')
  const { status, text } = await server.rest('POST', '/users', { username, apiKey: key })
  expect(status, text).toBe(201)
  return key
}

/** A browser that is signed in by this key: the session's id. */
export async function givenSession(server: TestServer, apiKey: string): Promise<string> {
  const { status, text } = await server.rest('POST', '/session', { apiKey }, { key: null })
  expect(status, text).toBe(201)
  const { body } = await server.rest('GET', '/viewer/sessions', undefined, { key: apiKey })
  return body.items[0].id
}

export async function giveRoles(
  server: TestServer,
  groups: 'teams' | 'organizations',
  name: string,
  usernames: Record<Role, string>,
): Promise<void> {
  for (const [role, username] of Object.entries(usernames)) {
    const { status, text } = await server.rest('PUT', `/${groups}/${name}/members/${username}`, { role })
    expect(status, text).toBe(200)
  }
}

/** A version; with `clientId`, as if the client had logged it, which makes up ids of its own. Its GraphQL id. */
export async function givenCommitted(
  server: TestServer,
  at: { entity: string; project: string; collection: string; clientId?: string; content?: string },
): Promise<{ artifactId: string }> {
  const path = `/projects/${at.entity}/${at.project}/collections/${at.collection}/versions`
  const content = Buffer.from(at.content ?? 'bytes').toString('base64')
  const { status, text } = await server.rest('POST', path, {
    type: 'model',
    files: [{ path: 'weights.bin', content }],
  })
  expect(status, text).toBe(201)
  return server.world.db.transaction(async (tx) => {
    const { id } = await tx
      .selectFrom('artifacts')
      .select('id')
      .where('sequence_name', '=', at.collection)
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    if (at.clientId !== undefined) {
      await tx.updateTable('artifacts').set({ client_id: at.clientId }).where('id', '=', id).execute()
      await tx
        .updateTable('collections')
        .set({ client_id: `${at.clientId}-sequence` })
        .where('name', '=', at.collection)
        .execute()
    }
    return { artifactId: encodeId('Artifact', id) }
  })
}

async function integrationIdOf(server: TestServer, webhook: string): Promise<string> {
  const { read } = server.world.db
  const { id } = await read
    .selectFrom('webhooks')
    .select('id')
    .where('public_id', '=', webhook)
    .executeTakeFirstOrThrow()
  return encodeId('Integration', id)
}

export async function triggerIdOf(server: TestServer, automation: string): Promise<string> {
  const { read } = server.world.db
  const { id } = await read
    .selectFrom('automations')
    .select('id')
    .where('public_id', '=', automation)
    .executeTakeFirstOrThrow()
  return encodeId('Trigger', id)
}

async function graphql(server: TestServer, query: string, variables: Record<string, unknown>, key = server.adminKey) {
  const { data, errors } = await server.graphql(query, variables, { key })
  expect(errors).toBeUndefined()
  return data
}

function md5Of(text: string): string {
  return createHash('md5').update(text).digest('base64')
}
