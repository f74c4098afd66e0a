import { createHash } from 'node:crypto'
import { type GraphQLObjectType, isObjectType } from 'graphql'
import { expect } from 'vitest'
import { encodeId } from '../../../src/graphql/ids.ts'
import { schema } from '../../../src/graphql/schema.ts'
import { givenPerson, type Place, triggerIdOf } from '../tenant.ts'
import { type Answer, type Fixture, type Need, type Operation, operationOf } from './operation.ts'
import {
  givenOwnAutomation,
  givenOwnPortfolio,
  givenOwnSequence,
  givenUploaded,
  SPARE_USERNAME,
} from './rest-operations.ts'

let made = 0
const fresh = (prefix: string) => `${prefix}-g${++made}`

type GraphqlOperation = {
  needs: Need
  /** `$name: Type` of each variable that `place` fills, and the selection that ends in the field. */
  query: string
  variables: (place: Place) => Record<string, unknown>
  gives?: Operation['gives']
  unseenWithoutRole?: boolean
  prepare?: Operation['prepare']
  isServed?: (data: Record<string, never>) => boolean
}

const PROJECT = '$entity: String, $project: String'
const projectOf = ({ team, project }: Place) => ({ entity: team, project })

/** A field below a project, which the request names by its path. */
function ofProject(selection: string, more = '', variables: (place: Place) => object = () => ({})): GraphqlOperation {
  return {
    needs: 'viewer',
    query: `query (${PROJECT}${more}) { project(entityName: $entity, name: $project) { ${selection} } }`,
    variables: (place) => ({ ...projectOf(place), ...variables(place) }),
  }
}

function ofArtifact(selection: string): GraphqlOperation {
  return {
    needs: 'viewer',
    query: `query ($id: ID!) { artifact(id: $id) { ${selection} } }`,
    variables: ({ artifactId }) => ({ id: artifactId }),
  }
}

function ofCollection(key: 'sequenceId' | 'portfolioId', type: string, selection: string): GraphqlOperation {
  return {
    needs: 'viewer',
    query: `query ($id: ID!) { artifactCollection(id: $id) { ... on ${type} { ${selection} } } }`,
    variables: (place) => ({ id: place[key] }),
  }
}

function ofType(selection: string, more = '', variables: (place: Place) => object = () => ({})): GraphqlOperation {
  return ofProject(`artifactType(name: $type) { ${selection} }`, `, $type: String!${more}`, (place) => ({
    type: place.type,
    ...variables(place),
  }))
}

function ofRun(selection: string): GraphqlOperation {
  return ofProject(`run(name: $run) { ${selection} }`, ', $run: String!', ({ run }) => ({ run }))
}

function ofEntity(selection: string): GraphqlOperation {
  return {
    needs: 'viewer',
    query: `query ($entity: String) { entity(name: $entity) { ${selection} } }`,
    variables: ({ team }) => ({ entity: team }),
  }
}

function ofOrganization(selection: string): GraphqlOperation {
  return {
    needs: 'viewer',
    query: `query ($name: String!) { organization(name: $name) { ${selection} } }`,
    variables: ({ organization }) => ({ name: organization }),
  }
}

function mutation(
  field: string,
  type: string,
  selection: string,
  needs: Need,
  input: (place: Place) => object,
  more: Pick<GraphqlOperation, 'gives' | 'unseenWithoutRole' | 'prepare'> = {},
): [string, GraphqlOperation] {
  const [name] = field.split(' ')
  return [
    `Mutation.${field}`,
    {
      needs,
      query: `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`,
      variables: (place) => ({ input: input(place) }),
      ...more,
    },
  ]
}

const address = ({ team, project, sequence }: Place) => ({
  entityName: team,
  projectName: project,
  artifactCollectionName: sequence,
})
const runAddress = ({ team, project, run }: Place) => ({ entityName: team, projectName: project, runName: run })
const aliasInput = (place: Place) => ({
  artifactID: place.artifactId,
  aliases: [{ ...address(place), alias: place.alias }],
})

const triggerOn = (scopeType: string, scopeID: string) => ({
  name: fresh('trigger'),
  enabled: false,
  scopeType,
  scopeID,
  triggeringEventType: 'CREATE_ARTIFACT',
  eventFilter: '{}',
  triggeredActionType: 'NO_OP',
  triggeredActionConfig: { noOpActionInput: { noOp: true } },
})

const OPERATIONS: Record<string, GraphqlOperation> = {
  'Query.artifact': ofArtifact('id'),
  'Query.artifactCollection': ofCollection(
    'sequenceId',
    'ArtifactSequence',
    'artifactMembership(aliasName: "latest") { id }',
  ),
  'Query.clientIDMapping': {
    needs: 'viewer',
    query: 'query ($id: ID!) { clientIDMapping(clientID: $id) { serverID } }',
    variables: ({ clientId }) => ({ id: clientId }),
  },
  'Query.entity': ofEntity('id'),
  'Query.entity (of a user)': {
    needs: 'account',
    query: 'query ($entity: String) { entity(name: $entity) { id } }',
    variables: ({ account }) => ({ entity: account }),
  },
  'Query.project (a registry)': {
    needs: 'viewer',
    query: `query (${PROJECT}) { project(entityName: $entity, name: $project) { id } }`,
    variables: ({ organization, registry }) => ({ entity: organization, project: registry }),
  },
  'Query.model': {
    needs: 'viewer',
    query: `query (${PROJECT}) { model(entityName: $entity, name: $project) { id } }`,
    variables: projectOf,
  },
  'Query.models': {
    needs: 'viewer',
    query: 'query ($entity: String) { models(entityName: $entity) { edges { node { id } } } }',
    variables: ({ team }) => ({ entity: team }),
  },
  'Query.organization': ofOrganization('id'),
  'Query.project': ofProject('id'),
  'Query.users': {
    needs: 'viewer',
    query: 'query ($query: String) { users(query: $query) { edges { node { id } } } }',
    variables: ({ colleague }) => ({ query: colleague }),
    isServed: (data: { users?: { edges: unknown[] } }) => data.users?.edges.length === 1,
  },

  'Project.artifact': ofProject('artifact(name: $name) { id }', ', $name: String!', ({ sequence }) => ({
    name: `${sequence}:v0`,
  })),
  'Project.artifactCollection': ofProject(
    'artifactCollection(name: $name) { id }',
    ', $name: String!',
    ({ sequence }) => ({ name: sequence }),
  ),
  'Project.artifactCollectionMembership': ofProject(
    'artifactCollectionMembership(name: $name) { id }',
    ', $name: String!',
    ({ sequence }) => ({ name: `${sequence}:latest` }),
  ),
  'Project.artifactCollections': ofProject('artifactCollections { edges { node { id } } }'),
  'Project.artifactType': ofProject('artifactType(name: $type) { id }', ', $type: String!', ({ type }) => ({ type })),
  'Project.artifactTypes': ofProject('artifactTypes { edges { node { id } } }'),
  'Project.bucket': ofProject('bucket(name: $run) { id }', ', $run: String!', ({ run }) => ({ run })),
  'Project.run': ofRun('id'),
  'Project.runCount': ofProject('runCount'),
  'Project.runs': ofProject('runs { edges { node { id } } }'),

  'ArtifactType.artifactCollection': ofType(
    'artifactCollection(name: $collection) { id }',
    ', $collection: String!',
    ({ sequence }) => ({ collection: sequence }),
  ),
  'ArtifactType.artifactCollections': ofType('artifactCollections { edges { node { id } } }'),

  'ArtifactSequence.aliases': ofCollection('sequenceId', 'ArtifactSequence', 'aliases { edges { node { id } } }'),
  'ArtifactSequence.artifactMembership': ofCollection(
    'sequenceId',
    'ArtifactSequence',
    'artifactMembership(aliasName: "latest") { id }',
  ),
  'ArtifactSequence.artifacts': ofCollection('sequenceId', 'ArtifactSequence', 'artifacts { edges { node { id } } }'),
  'ArtifactPortfolio.aliases': ofCollection('portfolioId', 'ArtifactPortfolio', 'aliases { edges { node { id } } }'),
  'ArtifactPortfolio.artifactMembership': ofCollection(
    'portfolioId',
    'ArtifactPortfolio',
    'artifactMembership(aliasName: "latest") { id }',
  ),
  'ArtifactPortfolio.artifacts': ofCollection(
    'portfolioId',
    'ArtifactPortfolio',
    'artifacts { edges { node { id } } }',
  ),

  'Artifact.files': ofArtifact('files { edges { node { name } } }'),
  'Artifact.usedBy': ofArtifact('usedBy { edges { node { id } } }'),
  'File.url': ofArtifact('files { edges { node { url(upload: false) } } }'),
  'ArtifactCollectionMembership.files': ofProject(
    'artifactCollectionMembership(name: $name) { files { edges { node { name } } } }',
    ', $name: String!',
    ({ sequence }) => ({ name: `${sequence}:v0` }),
  ),

  'Run.files': ofRun('files { edges { node { name } } }'),
  'Run.inputArtifacts': ofRun('inputArtifacts { edges { node { id } } }'),
  'Run.outputArtifacts': ofRun('outputArtifacts { edges { node { id } } }'),
  'Run.wandbConfig': ofRun('wandbConfig(keys: [])'),

  'Entity.integrations': ofEntity('integrations { edges { node { __typename } } }'),
  'Entity.project': {
    needs: 'viewer',
    query: `query (${PROJECT}) { entity(name: $entity) { project(name: $project) { id } } }`,
    variables: projectOf,
  },
  'Entity.projects': ofEntity('projects { edges { node { id } } }'),
  'Entity.triggers': ofEntity('triggers { edges { node { id } } }'),
  'Organization.featureFlags': ofOrganization('featureFlags(rampIDType: OrgName) { rampKey }'),
  'Organization.triggers': ofOrganization('triggers { edges { node { id } } }'),
  'User.projects': {
    needs: 'viewer',
    query: 'query ($query: String) { users(query: $query) { edges { node { projects { edges { node { id } } } } } } }',
    variables: ({ colleague }) => ({ query: colleague }),
  },

  ...Object.fromEntries([
    mutation('addAliases', 'AddAliasesInput', 'success', 'member', aliasInput, { gives: ['alias'] }),
    mutation('deleteAliases', 'DeleteAliasesInput', 'success', 'member', aliasInput),
    mutation(
      'linkArtifact',
      'LinkArtifactInput',
      'versionIndex',
      'member',
      (place) => ({
        artifactID: place.artifactId,
        artifactPortfolioName: place.portfolio,
        entityName: place.team,
        projectName: place.project,
        aliases: [],
      }),
      { gives: ['portfolio', 'project'] },
    ),
    mutation('linkArtifact (by ids)', 'LinkArtifactInput', 'versionIndex', 'member', ({ artifactId, portfolioId }) => ({
      artifactID: artifactId,
      artifactPortfolioID: portfolioId,
    })),
    mutation(
      'linkArtifact (by client id, into a new project)',
      'LinkArtifactInput',
      'versionIndex',
      'member',
      ({ clientId, team }) => ({
        clientID: clientId,
        artifactPortfolioName: fresh('portfolio'),
        entityName: team,
        projectName: fresh('project'),
      }),
    ),
    mutation(
      'linkArtifact (into a registry)',
      'LinkArtifactInput',
      'versionIndex',
      'member',
      ({ artifactId, organization, registry }) => ({
        artifactID: artifactId,
        artifactPortfolioName: fresh('portfolio'),
        entityName: organization,
        projectName: registry,
      }),
    ),
    mutation(
      'unlinkArtifact',
      'UnlinkArtifactInput',
      'success',
      'member',
      ({ artifactId, portfolioId }) => ({ artifactID: artifactId, artifactPortfolioID: portfolioId }),
      {
        prepare: async (fixture) => {
          const { portfolio } = await givenOwnPortfolio(fixture)
          return { portfolioId: await collectionIdOf(fixture, portfolio) }
        },
      },
    ),
    mutation('updateArtifact', 'UpdateArtifactInput', 'artifact { id }', 'member', ({ artifactId }) => ({
      artifactID: artifactId,
      description: 'Changed again.',
    })),
    mutation(
      'deleteArtifact',
      'DeleteArtifactInput',
      'artifact { id }',
      'member',
      ({ artifactId }) => ({ artifactID: artifactId, deleteAliases: true }),
      { prepare: async (fixture) => ({ artifactId: (await givenOwnSequence(fixture)).artifactId }) },
    ),
    mutation(
      'updateArtifactSequence',
      'UpdateArtifactSequenceInput',
      'artifactCollection { id }',
      'member',
      ({ sequenceId }) => ({ artifactSequenceID: sequenceId, description: 'Changed again.' }),
    ),
    mutation(
      'updateArtifactPortfolio',
      'UpdateArtifactPortfolioInput',
      'artifactCollection { id }',
      'member',
      ({ portfolioId }) => ({ artifactPortfolioID: portfolioId, description: 'Changed again.' }),
    ),
    mutation(
      'moveArtifactSequence',
      'MoveArtifactSequenceInput',
      'artifactCollection { id }',
      'member',
      ({ sequenceId, type }) => ({ artifactSequenceID: sequenceId, destinationArtifactTypeName: type }),
    ),
    mutation(
      'deleteArtifactSequence',
      'DeleteArtifactSequenceInput',
      'artifactCollection { id }',
      'member',
      ({ sequenceId }) => ({ artifactSequenceID: sequenceId }),
      {
        prepare: async (fixture) => ({
          sequenceId: await collectionIdOf(fixture, (await givenOwnSequence(fixture)).sequence),
        }),
      },
    ),
    mutation(
      'deleteArtifactPortfolio',
      'DeleteArtifactPortfolioInput',
      'artifactCollection { id }',
      'member',
      ({ portfolioId }) => ({ artifactPortfolioID: portfolioId }),
      {
        prepare: async (fixture) => ({
          portfolioId: await collectionIdOf(fixture, (await givenOwnPortfolio(fixture)).portfolio),
        }),
      },
    ),
    mutation(
      'createArtifactCollectionTagAssignments',
      'CreateArtifactCollectionTagAssignmentsInput',
      'tags { name }',
      'member',
      (place) => ({ ...address(place), tags: [{ tagName: place.collectionTag }] }),
      { gives: ['collectionTag'] },
    ),
    mutation(
      'deleteArtifactCollectionTagAssignments',
      'DeleteArtifactCollectionTagAssignmentsInput',
      'success',
      'member',
      (place) => ({ ...address(place), tags: [{ tagName: place.collectionTag }] }),
    ),
    mutation(
      'upsertModel',
      'UpsertModelInput',
      'model { id }',
      'member',
      ({ team, project }) => ({
        entityName: team,
        name: project,
        description: 'Changed again.',
      }),
      { gives: ['project'] },
    ),

    mutation(
      'createArtifact',
      'CreateArtifactInput',
      'artifact { id }',
      'member',
      (place) => ({
        ...address(place),
        artifactTypeName: place.type,
        runName: place.run,
        digest: createHash('md5').update(fresh('digest')).digest('hex'),
      }),
      { gives: ['sequence'] },
    ),
    mutation(
      'createArtifactManifest',
      'CreateArtifactManifestInput',
      'artifactManifest { id }',
      'member',
      ({ begunId }) => ({ artifactID: begunId, name: 'wandb_manifest.json', digest: '' }),
      { prepare: givenBegun, unseenWithoutRole: true },
    ),
    mutation(
      'createArtifactManifest (on a base)',
      'CreateArtifactManifestInput',
      'artifactManifest { id }',
      'member',
      ({ begunId, artifactId }) => ({
        artifactID: begunId,
        baseArtifactID: artifactId,
        name: 'wandb_manifest.json',
        digest: '',
      }),
      { prepare: givenBegun, unseenWithoutRole: true },
    ),
    mutation(
      'updateArtifactManifest',
      'UpdateArtifactManifestInput',
      'artifactManifest { id }',
      'member',
      ({ manifestId }) => ({ artifactManifestID: manifestId, digest: md5Of('a manifest') }),
      { prepare: givenBegun, unseenWithoutRole: true },
    ),
    mutation(
      'createArtifactFiles',
      'CreateArtifactFilesInput',
      'files { edges { node { storagePath } } }',
      'member',
      ({ begunId, manifestId }) => ({
        artifactFiles: [{ artifactID: begunId, artifactManifestID: manifestId, name: 'one.bin', md5: md5Of('one') }],
        storageLayout: 'V2',
      }),
      { prepare: givenBegun, unseenWithoutRole: true },
    ),
    mutation(
      'commitArtifact',
      'CommitArtifactInput',
      'artifact { id }',
      'member',
      ({ begunId }) => ({ artifactID: begunId }),
      {
        prepare: async (fixture) => ({
          begunId: await artifactIdOf(fixture, (await givenUploaded(fixture)).pending),
        }),
        unseenWithoutRole: true,
      },
    ),
    mutation('useArtifact', 'UseArtifactInput', 'artifact { id }', 'member', (place) => ({
      ...runAddress(place),
      artifactID: place.artifactId,
    })),

    mutation(
      'upsertBucket',
      'UpsertBucketInput',
      'bucket { id }',
      'member',
      ({ team, project, run }) => ({
        entityName: team,
        modelName: project,
        name: run,
      }),
      { gives: ['project', 'run'] },
    ),
    mutation('upsertBucket (by id)', 'UpsertBucketInput', 'bucket { id }', 'member', ({ runId }) => ({
      id: runId,
      state: 'running',
    })),
    mutation('upsertBucket (in a new project)', 'UpsertBucketInput', 'bucket { id }', 'member', ({ team }) => ({
      entityName: team,
      modelName: fresh('project'),
      name: fresh('run'),
    })),
    mutation(
      'createRunFiles',
      'CreateRunFilesInput',
      'files { name }',
      'member',
      (place) => ({
        ...runAddress(place),
        files: ['config.yaml'],
      }),
      { gives: ['run'] },
    ),
    mutation('markRunFilesUploaded', 'MarkRunFilesUploadedInput', 'success', 'member', (place) => ({
      ...runAddress(place),
      files: ['config.yaml'],
    })),
    mutation('updateRunState', 'UpdateRunStateInput', 'success', 'member', ({ runId }) => ({
      id: runId,
      state: 'finished',
    })),
    mutation('notifyScriptableRunAlert', 'NotifyScriptableRunAlertInput', 'success', 'member', (place) => ({
      ...runAddress(place),
      title: 'Done',
      text: 'It is done.',
    })),

    mutation('updateUser', 'UpdateUserInput', 'user { id }', 'viewer', ({ team }) => ({ defaultEntity: team })),
    mutation('createUser', 'CreateUserInput', 'user { id }', 'server', () => ({
      email: `${fresh('person')}@example.com`,
    })),
    mutation('createServiceAccount', 'CreateServiceAccountInput', 'user { id }', 'admin', ({ team }) => ({
      entityName: team,
      description: fresh('bot'),
    })),
    mutation('generateApiKey', 'GenerateApiKeyInput', 'apiKey { id }', 'anyone', () => ({ description: 'another' })),
    mutation('deleteApiKey', 'DeleteApiKeyInput', 'success', 'account', ({ apiKeyId }) => ({ id: apiKeyId }), {
      prepare: givenOwnApiKey,
    }),
    mutation('createTeam', 'CreateTeamInput', 'entity { id }', 'server', () => ({ teamName: fresh('team') })),
    mutation('createInvite', 'CreateInviteInput', 'invite { id }', 'admin', ({ team }) => ({
      entityName: team,
      username: SPARE_USERNAME,
    })),
    mutation(
      'deleteInvite',
      'DeleteInviteInput',
      'success',
      'admin',
      ({ team, userId }) => ({ entityName: team, id: userId }),
      { prepare: givenOwnMember },
    ),

    mutation(
      'createGenericWebhookIntegration',
      'CreateGenericWebhookIntegrationInput',
      'integration { __typename }',
      'admin',
      ({ team, secret }) => ({
        entityName: team,
        name: fresh('webhook'),
        urlEndpoint: 'http://127.0.0.1:9/',
        secretRef: secret,
      }),
    ),
    mutation(
      'createFilterTrigger',
      'CreateFilterTriggerInput',
      'trigger { id }',
      'member',
      ({ sequenceId, integrationId }) => ({
        name: fresh('trigger'),
        enabled: false,
        scopeType: 'ARTIFACT_COLLECTION',
        scopeID: sequenceId,
        triggeringEventType: 'CREATE_ARTIFACT',
        eventFilter: '{}',
        triggeredActionType: 'GENERIC_WEBHOOK',
        triggeredActionConfig: { genericWebhookActionInput: { integrationID: integrationId } },
      }),
    ),
    mutation('createFilterTrigger (on a project)', 'CreateFilterTriggerInput', 'trigger { id }', 'member', (place) =>
      triggerOn('PROJECT', place.projectId),
    ),
    mutation('createFilterTrigger (on a team)', 'CreateFilterTriggerInput', 'trigger { id }', 'member', (place) =>
      triggerOn('ENTITY', place.entityId),
    ),
    mutation('updateFilterTrigger', 'UpdateFilterTriggerInput', 'trigger { id }', 'member', ({ triggerId }) => ({
      id: triggerId,
      description: 'Changed again.',
    })),
    mutation(
      'deleteTrigger',
      'DeleteTriggerInput',
      'success',
      'member',
      ({ triggerId }) => ({ triggerID: triggerId }),
      {
        prepare: async (fixture) => ({
          triggerId: await triggerIdOf(fixture.server, (await givenOwnAutomation(fixture)).automation),
        }),
      },
    ),
  ]),
}

/** By type and field. */
export const GRAPHQL_OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries(OPERATIONS).map(([name, operation]) => [name, asOperation(name, operation)]),
)

/** Every field that takes arguments, of every type. */
export function graphqlFieldsWithArguments(): string[] {
  const types = Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'),
  )
  return types.flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => field.args.length > 0)
      .map((field) => `${type.name}.${field.name}`),
  )
}

function asOperation(name: string, { query, variables, isServed, ...operation }: GraphqlOperation): Operation {
  const field = operationOf(name).split('.')[1] as string
  return {
    ...operation,
    request: (place) => ({ method: 'POST', path: '/graphql', body: { query, variables: variables(place) } }),
    isServed(answer: Answer) {
      const { data, errors } = JSON.parse(answer.text)
      if (answer.status !== 200 || errors !== undefined) return false
      return isServed === undefined ? valueBelow(data, field) != null : isServed(data)
    },
  }
}

/** The value of the first field of this name, however deep. */
function valueBelow(data: unknown, field: string): unknown {
  if (typeof data !== 'object' || data === null) return undefined
  if (field in data) return (data as Record<string, unknown>)[field]
  for (const value of Object.values(data)) {
    const found = valueBelow(value, field)
    if (found !== undefined) return found
  }
  return undefined
}

/** A version that a member has begun: its manifest is announced, nothing is uploaded. */
async function givenBegun({ server, tenant }: Fixture): Promise<Partial<Place>> {
  const { team, project } = tenant.place
  const call = async (query: string, input: object) => {
    const { data, errors } = await server.graphql(query, { input }, { key: tenant.keys.member })
    expect(errors).toBeUndefined()
    return data
  }
  const { createArtifact } = await call(
    'mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }',
    {
      entityName: team,
      projectName: project,
      artifactCollectionName: fresh('sequence'),
      artifactTypeName: 'model',
      digest: createHash('md5').update(fresh('digest')).digest('hex'),
    },
  )
  const begunId = createArtifact.artifact.id
  const { createArtifactManifest } = await call(
    'mutation ($input: CreateArtifactManifestInput!) { createArtifactManifest(input: $input) { artifactManifest { id } } }',
    { artifactID: begunId, name: 'wandb_manifest.json', digest: '' },
  )
  return { begunId, manifestId: createArtifactManifest.artifactManifest.id }
}

async function givenOwnApiKey({ server, tenant }: Fixture): Promise<{ apiKeyId: string }> {
  const { data, errors } = await server.graphql(
    'mutation { generateApiKey(input: { description: "to be deleted" }) { apiKey { id } } }',
    {},
    { key: tenant.accountKey },
  )
  expect(errors).toBeUndefined()
  return { apiKeyId: data.generateApiKey.apiKey.id }
}

/** A member of the tenant's team who is to leave. */
async function givenOwnMember({ server, tenant }: Fixture): Promise<{ userId: string }> {
  const username = fresh('leaving')
  await givenPerson(server, username)
  const path = `/teams/${tenant.place.team}/members/${username}`
  expect((await server.rest('PUT', path, { role: 'viewer' })).status).toBe(200)
  const { read } = server.world.db
  const { id } = await read.selectFrom('users').select('id').where('username', '=', username).executeTakeFirstOrThrow()
  return { userId: encodeId('User', id) }
}

async function collectionIdOf({ server }: Fixture, name: string): Promise<string> {
  const { read } = server.world.db
  const { id } = await read.selectFrom('collections').select('id').where('name', '=', name).executeTakeFirstOrThrow()
  return encodeId('ArtifactCollection', id)
}

async function artifactIdOf({ server }: Fixture, publicId: string): Promise<string> {
  const { read } = server.world.db
  const { id } = await read
    .selectFrom('artifacts')
    .select('id')
    .where('public_id', '=', publicId)
    .executeTakeFirstOrThrow()
  return encodeId('Artifact', id)
}

function md5Of(text: string): string {
  return createHash('md5').update(text).digest('base64')
}
