import { givenPerson, givenSession, giveRoles, type Place } from '../tenant.ts'
import {
  call,
  fresh,
  givenOwnAutomation,
  givenOwnPortfolio,
  givenOwnRegistry,
  givenOwnSequence,
  givenUploaded,
  SPARE_USERNAME,
} from './given.ts'
import { type Need, type Operation, operationOf } from './operation.ts'

type RestOperation = {
  needs: Need
  servedTo?: 'server' | undefined
  /** For each parameter of the path the thing it names; `=text` is that text. */
  at?: Record<string, keyof Place | `=${string}`>
  query?: (place: Place) => string
  body?: (place: Place) => unknown
  gives?: Operation['gives']
  unseenWithoutRole?: boolean
  prepare?: Operation['prepare'] | undefined
}

const inTeam = { entity: 'team' } as const
const inProject = { ...inTeam, project: 'project' } as const
const inRegistry = { entity: 'organization', project: 'registry' } as const
const inSequence = { ...inProject, collection: 'sequence' } as const
const atVersion = { ...inSequence, version: 'version' } as const
const PROJECT = '/projects/{entity}/{project}'
const COLLECTION = `${PROJECT}/collections/{collection}`
const VERSION = `${COLLECTION}/versions/{version}`

const automationOn = (scope: object) => ({
  name: fresh('automation'),
  scope,
  event: 'LINK_ARTIFACT',
  action: { type: 'nothing' },
  enabled: false,
})

const OPERATIONS: Record<string, RestOperation> = {
  'POST /setup': { needs: 'nobody', body: () => ({ token: 'a token', username: 'somebody' }) },
  'GET /session': { needs: 'nobody' },
  'POST /session': { needs: 'nobody', body: () => ({ apiKey: 'a key that nobody has' }) },
  'DELETE /session': { needs: 'nobody' },
  'GET /viewer/sessions': { needs: 'anyone' },
  'DELETE /viewer/sessions': { needs: 'anyone' },
  'DELETE /viewer/sessions/{id}': {
    needs: 'account',
    at: { id: 'session' },
    prepare: async ({ server, tenant }) => ({ session: await givenSession(server, tenant.accountKey) }),
  },
  'PUT /viewer/password': { needs: 'anyone', body: () => ({ new: 'a new password' }) },
  'PUT /users/{username}/password': {
    needs: 'server',
    at: { username: 'account' },
    body: () => ({ new: 'a new password' }),
  },
  'GET /viewer': { needs: 'anyone' },
  'GET /webhook-targets': { needs: 'anyone' },
  'PATCH /viewer': { needs: 'viewer', body: ({ team }) => ({ defaultEntity: team }) },

  'POST /users': { needs: 'server', body: () => ({ username: fresh('person') }) },
  'GET /users': { needs: 'server' },
  'GET /users/{username}': { needs: 'account', at: { username: 'account' } },
  'PATCH /users/{username}': {
    needs: 'server',
    at: { username: 'account' },
    body: () => ({ name: 'Somebody Else' }),
  },
  'DELETE /users/{username}': {
    needs: 'account',
    servedTo: 'server',
    at: { username: 'account' },
    prepare: async ({ server }) => {
      const account = fresh('going')
      await givenPerson(server, account)
      return { account }
    },
  },
  'POST /users/{username}/api-keys': { needs: 'account', at: { username: 'account' }, body: () => ({}) },
  'GET /users/{username}/api-keys': { needs: 'account', at: { username: 'account' } },
  'DELETE /users/{username}/api-keys/{id}': {
    needs: 'account',
    at: { username: 'account', id: 'apiKey' },
    prepare: async ({ server, tenant }) => ({
      apiKey: (await call({ server, tenant }, 'POST', `/users/${tenant.place.account}/api-keys`, {})).id,
    }),
  },

  'POST /invites': { needs: 'admin', body: ({ team }) => ({ team, role: 'member' }) },
  'POST /invites (to an organization)': {
    needs: 'admin',
    body: ({ organization }) => ({ organization, role: 'member' }),
  },
  'POST /invites (to the server)': { needs: 'server', body: () => ({}) },
  'GET /invites': { needs: 'admin', query: ({ team }) => `team=${team}` },
  'GET /invites (to an organization)': { needs: 'admin', query: ({ organization }) => `organization=${organization}` },
  'GET /invites (to the server)': { needs: 'server' },
  'DELETE /invites/{id}': {
    needs: 'admin',
    at: { id: 'invite' },
    prepare: async ({ server, tenant }) => {
      const invited = { team: tenant.place.team, role: 'viewer' }
      return { invite: (await call({ server, tenant }, 'POST', '/invites', invited, tenant.keys.admin)).id }
    },
  },
  'GET /invites/by-token/{token}': { needs: 'nobody', at: { token: '=a token' } },
  'POST /invites/by-token/{token}/accept': { needs: 'nobody', at: { token: '=a token' }, body: () => ({}) },

  'GET /audit': { needs: 'server' },
  'GET /entities/{entity}/audit': { needs: 'admin', at: inTeam },
  'PATCH /projects/{entity}/{project}': {
    needs: 'admin',
    at: inRegistry,
    body: () => ({ name: fresh('renamed'), description: 'changed', access: 'PRIVATE' }),
    prepare: givenOwnRegistry,
  },
  'DELETE /projects/{entity}/{project}': { needs: 'admin', at: inRegistry, prepare: givenOwnRegistry },
  'GET /projects/{entity}/{project}/members': { needs: 'viewer', at: inRegistry },
  'PUT /projects/{entity}/{project}/members/users/{username}': {
    needs: 'admin',
    at: { ...inRegistry, username: `=${SPARE_USERNAME}` },
    body: () => ({ role: 'member' }),
    prepare: async (fixture) => {
      const path = `/organizations/${fixture.tenant.place.organization}/members/${SPARE_USERNAME}`
      await call(fixture, 'PUT', path, { role: 'viewer' })
      return {}
    },
  },
  'DELETE /projects/{entity}/{project}/members/users/{username}': {
    needs: 'admin',
    at: { ...inRegistry, username: `=${SPARE_USERNAME}` },
    prepare: async (fixture) => {
      const { organization, registry } = fixture.tenant.place
      await call(fixture, 'PUT', `/organizations/${organization}/members/${SPARE_USERNAME}`, { role: 'viewer' })
      const path = `/projects/${organization}/${registry}/members/users/${SPARE_USERNAME}`
      await call(fixture, 'PUT', path, { role: 'viewer' })
      return {}
    },
  },
  'PUT /projects/{entity}/{project}/members/teams/{team}': {
    needs: 'admin',
    at: { ...inRegistry, team: 'team' },
    gives: ['team'],
    body: () => ({ role: 'viewer' }),
  },
  'DELETE /projects/{entity}/{project}/members/teams/{team}': {
    needs: 'admin',
    at: { ...inRegistry, team: 'team' },
    gives: ['team'],
    prepare: async (fixture) => {
      const { organization, registry, team } = fixture.tenant.place
      await call(fixture, 'PUT', `/projects/${organization}/${registry}/members/teams/${team}`, { role: 'viewer' })
      return {}
    },
  },
  [`GET ${PROJECT}/runs`]: { needs: 'viewer', at: inProject },
  [`GET ${PROJECT}/runs/{run}`]: { needs: 'viewer', at: { ...inProject, run: 'run' } },
  [`GET ${PROJECT}/runs/{run}/artifacts`]: { needs: 'viewer', at: { ...inProject, run: 'run' } },
  'GET /projects/{entity}/{project}/run-alerts': { needs: 'viewer', at: inProject },
  'GET /entities/{entity}/time-to-live': { needs: 'viewer', at: inTeam },
  'PUT /entities/{entity}/time-to-live': { needs: 'admin', at: inTeam, body: () => ({ timeToLive: 'never' }) },

  'POST /organizations': { needs: 'server', body: () => ({ name: fresh('organization') }) },
  'GET /organizations': { needs: 'anyone' },
  'GET /organizations/{name}': { needs: 'viewer', at: { name: 'organization' } },
  'DELETE /organizations/{name}': {
    needs: 'admin',
    at: { name: 'organization' },
    prepare: async ({ server, tenant }) => {
      const { name } = await call({ server, tenant }, 'POST', '/organizations', { name: fresh('organization') })
      await giveRoles(server, 'organizations', name, tenant.usernames)
      return { organization: name }
    },
  },
  'GET /organizations/{name}/members': { needs: 'viewer', at: { name: 'organization' } },
  'PUT /organizations/{name}/members/{username}': {
    needs: 'admin',
    at: { name: 'organization', username: `=${SPARE_USERNAME}` },
    body: () => ({ role: 'viewer' }),
  },
  'DELETE /organizations/{name}/members/{username}': {
    needs: 'admin',
    at: { name: 'organization', username: `=${SPARE_USERNAME}` },
    prepare: async ({ server, tenant }) => {
      const path = `/organizations/${tenant.place.organization}/members/${SPARE_USERNAME}`
      await call({ server, tenant }, 'PUT', path, { role: 'viewer' })
      return {}
    },
  },

  'POST /teams': { needs: 'admin', body: ({ organization }) => ({ name: fresh('team'), organization }) },
  'GET /teams': { needs: 'viewer', query: ({ organization }) => `organization=${organization}` },
  'GET /teams/{name}': { needs: 'viewer', at: { name: 'team' } },
  'DELETE /teams/{name}': {
    needs: 'admin',
    at: { name: 'team' },
    prepare: async ({ server, tenant }) => {
      const { organization } = tenant.place
      const { name } = await call({ server, tenant }, 'POST', '/teams', { name: fresh('team'), organization })
      await giveRoles(server, 'teams', name, tenant.usernames)
      return { team: name }
    },
  },
  'GET /teams/{name}/members': { needs: 'viewer', at: { name: 'team' } },
  'PUT /teams/{name}/members/{username}': {
    needs: 'admin',
    at: { name: 'team', username: `=${SPARE_USERNAME}` },
    body: () => ({ role: 'viewer' }),
  },
  'DELETE /teams/{name}/members/{username}': { needs: 'admin', at: { name: 'team', username: `=${SPARE_USERNAME}` } },
  'POST /teams/{name}/service-accounts': {
    needs: 'admin',
    at: { name: 'team' },
    body: () => ({ username: fresh('bot') }),
  },

  'POST /projects/{entity}': { needs: 'member', at: inTeam, body: () => ({ name: fresh('project') }) },
  'POST /projects/{entity} (a registry)': {
    needs: 'admin',
    at: { entity: 'organization' },
    body: () => ({ name: fresh('registry'), registry: true }),
  },
  'GET /projects/{entity}': { needs: 'viewer', at: inTeam },
  [`GET ${PROJECT}`]: { needs: 'viewer', at: inProject },
  [`GET ${PROJECT}/artifact-types`]: { needs: 'viewer', at: inProject },
  [`GET ${PROJECT}/collections`]: { needs: 'viewer', at: inProject },
  [`POST ${PROJECT}/collections`]: {
    needs: 'member',
    at: inProject,
    body: () => ({ name: fresh('collection'), type: 'model' }),
  },
  [`GET ${COLLECTION}`]: { needs: 'viewer', at: inSequence },
  // Of its own, as what nobody should send may change its type, which others go by.
  [`PATCH ${COLLECTION}`]: {
    needs: 'member',
    at: inSequence,
    body: () => ({ description: 'Changed.' }),
    prepare: givenOwnSequence,
  },
  [`DELETE ${COLLECTION}`]: { needs: 'member', at: inSequence, prepare: givenOwnSequence },
  [`PUT ${COLLECTION}/tags/{tag}`]: {
    needs: 'member',
    at: { ...inSequence, tag: 'collectionTag' },
    gives: ['collectionTag'],
  },
  [`DELETE ${COLLECTION}/tags/{tag}`]: { needs: 'member', at: { ...inSequence, tag: 'collectionTag' } },
  [`GET ${COLLECTION}/versions`]: { needs: 'viewer', at: inSequence },
  [`POST ${COLLECTION}/versions`]: {
    needs: 'member',
    at: inSequence,
    body: ({ type }) => ({ type, files: [{ path: 'more.txt', content: 'bW9yZQ==' }] }),
    gives: ['sequence'],
  },
  [`GET ${VERSION}`]: { needs: 'viewer', at: atVersion },
  [`PATCH ${VERSION}`]: { needs: 'member', at: atVersion, body: () => ({ description: 'Changed.' }) },
  [`DELETE ${VERSION}`]: {
    needs: 'member',
    at: atVersion,
    query: () => 'deleteAliases=true',
    prepare: givenOwnSequence,
  },
  [`PUT ${VERSION}/tags/{tag}`]: { needs: 'member', at: { ...atVersion, tag: 'tag' }, gives: ['tag'] },
  [`DELETE ${VERSION}/tags/{tag}`]: { needs: 'member', at: { ...atVersion, tag: 'tag' } },
  [`PUT ${COLLECTION}/aliases/{alias}`]: {
    needs: 'member',
    at: { ...inSequence, alias: 'alias' },
    body: ({ version }) => ({ version }),
    gives: ['alias'],
  },
  [`DELETE ${COLLECTION}/aliases/{alias}`]: {
    needs: 'member',
    at: { ...inSequence, alias: 'alias' },
    prepare: async ({ server, tenant }) => {
      const { team, project, sequence } = tenant.place
      const alias = fresh('alias')
      const path = `/projects/${team}/${project}/collections/${sequence}/aliases/${alias}`
      await call({ server, tenant }, 'PUT', path, { version: 'v0' })
      return { alias }
    },
  },
  [`POST ${COLLECTION}/links`]: {
    needs: 'member',
    at: { ...inProject, collection: 'portfolio' },
    body: ({ team, project, sequence, version }) => ({
      source: { entity: team, project, collection: sequence, version },
    }),
    gives: ['portfolio'],
  },
  [`DELETE ${COLLECTION}/links/{version}`]: {
    needs: 'member',
    at: { ...inProject, collection: 'portfolio', version: 'version' },
    prepare: givenOwnPortfolio,
  },
  [`GET ${VERSION}/files`]: { needs: 'viewer', at: atVersion },
  [`GET ${VERSION}/entries`]: { needs: 'viewer', at: atVersion },
  [`GET ${VERSION}/files/{path}`]: { needs: 'viewer', at: { ...atVersion, path: 'file' } },
  'POST /artifacts/{id}/commit': {
    needs: 'member',
    at: { id: 'pending' },
    unseenWithoutRole: true,
    prepare: givenUploaded,
  },

  'POST /entities/{entity}/automations': {
    needs: 'member',
    at: inTeam,
    body: ({ project, sequence, webhook }) => ({
      name: fresh('automation'),
      scope: { type: 'collection', project, collection: sequence },
      event: 'CREATE_ARTIFACT',
      action: { type: 'webhook', webhook },
      enabled: false,
    }),
  },
  'POST /entities/{entity}/automations (on a project)': {
    needs: 'member',
    at: inTeam,
    body: ({ project }) => automationOn({ type: 'project', project }),
  },
  'POST /entities/{entity}/automations (on a registry)': {
    needs: 'member',
    at: { entity: 'organization' },
    body: ({ registry }) => automationOn({ type: 'registry', registry: registry.replace('wandb-registry-', '') }),
  },
  'POST /entities/{entity}/automations (on an organization)': {
    needs: 'admin',
    at: { entity: 'organization' },
    body: () => automationOn({ type: 'entity' }),
  },
  'POST /entities/{entity}/automations/backtest': {
    needs: 'member',
    at: inTeam,
    body: ({ project, sequence, webhook }) => ({
      automation: {
        scope: { type: 'collection', project, collection: sequence },
        event: 'CREATE_ARTIFACT',
        action: { type: 'webhook', webhook },
      },
    }),
  },
  'POST /entities/{entity}/automations/preview': {
    needs: 'member',
    at: inTeam,
    body: ({ project, sequence, webhook, version }) => ({
      automation: {
        scope: { type: 'collection', project, collection: sequence },
        event: 'CREATE_ARTIFACT',
        action: { type: 'webhook', webhook },
      },
      at: { project, collection: sequence, version },
    }),
  },
  'POST /entities/{entity}/payloads/check': {
    needs: 'viewer',
    at: inTeam,
    body: ({ webhook }) => ({ payload: { alias: '${alias}' }, webhook }),
  },
  'GET /entities/{entity}/template-variables': { needs: 'viewer', at: inTeam },
  'GET /entities/{entity}/automations': { needs: 'viewer', at: inTeam },
  'GET /automations/{id}': { needs: 'viewer', at: { id: 'automation' } },
  'PATCH /automations/{id}': { needs: 'member', at: { id: 'automation' }, body: () => ({ description: 'Changed.' }) },
  'DELETE /automations/{id}': { needs: 'member', at: { id: 'automation' }, prepare: givenOwnAutomation },
  'POST /automations/{id}/run': {
    needs: 'member',
    at: { id: 'automation' },
    body: ({ team, project, sequence, version, alias }) => ({
      at: { entity: team, project, collection: sequence, version },
      alias,
    }),
  },
  'POST /automations/{id}/release': { needs: 'member', at: { id: 'automation' } },
  'GET /automations/{id}/executions': { needs: 'viewer', at: { id: 'automation' } },
  'GET /search': { needs: 'anyone', query: () => 'q=a' },
  'GET /overview': { needs: 'anyone' },
  'GET /entities/{entity}/executions': { needs: 'viewer', at: inTeam },
  [`GET ${VERSION}/lineage`]: { needs: 'viewer', at: atVersion },
  [`GET ${VERSION}/executions`]: { needs: 'viewer', at: atVersion },
  [`POST ${COLLECTION}/preview`]: { needs: 'member', at: inSequence, body: () => ({ addTag: fresh('previewed') }) },
  [`POST ${VERSION}/preview`]: { needs: 'member', at: atVersion, body: () => ({ addAlias: fresh('previewed') }) },
  'GET /automations/{id}/revisions': { needs: 'viewer', at: { id: 'automation' } },

  'GET /entities/{entity}/events': { needs: 'viewer', at: inTeam },
  'GET /events/{id}': { needs: 'viewer', at: { id: 'event' } },
  'GET /events/{id}/explanation': { needs: 'viewer', at: { id: 'event' } },

  'PUT /entities/{entity}/secrets/{name}': {
    needs: 'admin',
    at: { ...inTeam, name: 'secret' },
    body: () => ({ value: 'another value' }),
    gives: ['secret'],
  },
  'DELETE /entities/{entity}/secrets/{name}': {
    needs: 'admin',
    at: { ...inTeam, name: 'secret' },
    prepare: async ({ server, tenant }) => {
      const secret = fresh('SECRET').replace('-', '_')
      const path = `/entities/${tenant.place.team}/secrets/${secret}`
      await call({ server, tenant }, 'PUT', path, { value: 'some secret value' })
      return { secret }
    },
  },
  'DELETE /entities/{entity}/secrets/{name}/previous': { needs: 'admin', at: { ...inTeam, name: 'secret' } },
  'GET /entities/{entity}/secrets': { needs: 'member', at: inTeam },
  'GET /master-keys': { needs: 'server' },
  'POST /master-keys/reseal': { needs: 'server' },
  'POST /entities/{entity}/webhooks': {
    needs: 'admin',
    at: inTeam,
    body: ({ secret }) => ({ name: fresh('webhook'), url: 'http://127.0.0.1:9/', signingSecret: secret }),
  },
  'GET /entities/{entity}/webhooks': { needs: 'viewer', at: inTeam },
  'GET /entities/{entity}/webhooks/{id}': { needs: 'viewer', at: { ...inTeam, id: 'webhook' } },
  'PATCH /entities/{entity}/webhooks/{id}': {
    needs: 'admin',
    at: { ...inTeam, id: 'webhook' },
    body: () => ({ concurrencyMax: 5 }),
  },
  'DELETE /entities/{entity}/webhooks/{id}': {
    needs: 'admin',
    at: { ...inTeam, id: 'webhook' },
    prepare: async ({ server, tenant }) => {
      const path = `/entities/${tenant.place.team}/webhooks`
      const { id } = await call({ server, tenant }, 'POST', path, {
        name: fresh('webhook'),
        url: 'http://127.0.0.1:9/',
      })
      return { webhook: id }
    },
  },
  'POST /entities/{entity}/webhooks/{id}/test': { needs: 'admin', at: { ...inTeam, id: 'webhook' }, body: () => ({}) },
  'POST /entities/{entity}/webhooks/test': {
    needs: 'admin',
    at: inTeam,
    body: ({ secret }) => ({ webhook: { url: 'http://127.0.0.1:9/', signingSecret: secret } }),
  },

  'GET /entities/{entity}/deliveries': { needs: 'viewer', at: inTeam },
  'GET /entities/{entity}/dead-letters': { needs: 'viewer', at: inTeam },
  'GET /deliveries/{id}': { needs: 'viewer', at: { id: 'delivery' } },
  'POST /entities/{entity}/replays': {
    needs: 'member',
    at: inTeam,
    body: () => ({ window: { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' } }),
  },
  'GET /entities/{entity}/replays': { needs: 'viewer', at: inTeam },
  'GET /replays/{id}': { needs: 'viewer', at: { id: 'replay' } },
  'POST /deliveries/{id}/replay': { needs: 'member', at: { id: 'delivery' }, body: () => ({}) },
}

/** What the client asks besides GraphQL; these paths are not in the OpenAPI document. */
const CLIENT_OPERATIONS: Record<string, RestOperation> = {
  'POST /files/{entity}/{project}/{run}/file_stream': {
    needs: 'member',
    at: { ...inProject, run: 'run' },
    body: () => ({ files: { 'output.log': { offset: 0, content: ['a line'] } } }),
  },
  'GET /artifactsV2/default/{entity}/{project}/{collection}/{id}/{birth}/{digest}/{name}': {
    needs: 'viewer',
    at: { ...inSequence, id: 'artifactId', birth: 'artifactId', digest: 'hexDigest', name: 'file' },
  },
  'GET /artifactsV2/default/{entity}/{project}/{collection}/{birth}/{digest}/{name}': {
    needs: 'viewer',
    at: { ...inSequence, birth: 'artifactId', digest: 'hexDigest', name: 'file' },
  },
  'GET /artifacts/{entity}/{digest}': { needs: 'viewer', at: { ...inTeam, digest: 'hexDigest' } },
}

/** By method and path, the path as in the OpenAPI document. */
export const REST_OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries(OPERATIONS).map(([name, operation]) => asOperation(name.replace(' ', ' /api/v1'), operation)),
)

/** By method and path. */
export const CLIENT_PATHS: ReadonlyMap<string, Operation> = new Map(
  Object.entries(CLIENT_OPERATIONS).map(([name, operation]) => asOperation(name, operation)),
)

function asOperation(name: string, { at = {}, query, body, ...operation }: RestOperation): [string, Operation] {
  const [method, pattern] = operationOf(name).split(' ') as [string, string]
  const request: Operation['request'] = (place) => {
    const path = pattern.replaceAll(/\{([^}]+)\}/g, (_, parameter: string) => {
      const thing = at[parameter]
      if (thing === undefined) throw new Error(`${name}: nothing is named for {${parameter}}`)
      return encodeURIComponent(thing.startsWith('=') ? thing.slice(1) : place[thing as keyof Place])
    })
    return {
      method,
      path: query === undefined ? path : `${path}?${query(place)}`,
      ...(body === undefined ? {} : { body: body(place) }),
    }
  }
  return [name, { ...operation, request, isServed: ({ status }) => status >= 200 && status < 300 }]
}
