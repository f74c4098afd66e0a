import { createHash } from 'node:crypto'
import { type Place, triggerIdOf } from '../tenant.ts'
import {
  artifactIdOf,
  collectionIdOf,
  fresh,
  givenBegun,
  givenOwnApiKey,
  givenOwnAutomation,
  givenOwnMember,
  givenOwnPortfolio,
  givenOwnRegistry,
  givenOwnSequence,
  givenPromised,
  givenRegistryMembers,
  givenUploaded,
  md5Of,
  SPARE_USERNAME,
} from './given.ts'
import type { GraphqlOperation, Need } from './operation.ts'

function mutation(
  field: string,
  type: string,
  selection: string,
  needs: Need,
  input: (place: Place) => object,
  more: Pick<GraphqlOperation, 'gives' | 'unseenWithoutRole' | 'prepare' | 'refusedWith'> = {},
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

/** By type and field. */
export const GRAPHQL_MUTATIONS: Record<string, GraphqlOperation> = Object.fromEntries([
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
    'completeMultipartUploadArtifact',
    'CompleteMultipartUploadArtifactInput',
    'digest',
    'member',
    ({ begunId, storagePath }) => ({
      artifactID: begunId,
      storagePath,
      uploadID: 'upload',
      completeMultipartAction: 'Complete',
      completedParts: [{ partNumber: 1, hexMD5: md5Of('one') }],
    }),
    { prepare: givenPromised, unseenWithoutRole: true, refusedWith: 'not_supported' },
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

  mutation(
    'createProjectMembers',
    'CreateProjectMembersInput',
    'success',
    'admin',
    ({ registryId, userId, entityId }) => ({ projectId: registryId, userIds: [userId], teamIds: [entityId] }),
    { prepare: givenOwnMember },
  ),
  mutation(
    'deleteProjectMembers',
    'DeleteProjectMembersInput',
    'success',
    'admin',
    ({ registryId, userId, entityId }) => ({ projectId: registryId, userIds: [userId], teamIds: [entityId] }),
    { prepare: givenRegistryMembers },
  ),
  mutation(
    'updateProjectMember',
    'UpdateProjectMemberInput',
    'success',
    'admin',
    ({ registryId, userId }) => ({ projectId: registryId, userId, userProjectRole: 'member' }),
    { prepare: givenRegistryMembers },
  ),
  mutation(
    'updateProjectTeamMember',
    'UpdateProjectTeamMemberInput',
    'success',
    'admin',
    ({ registryId, entityId }) => ({ projectId: registryId, teamId: entityId, teamProjectRole: 'member' }),
    { prepare: givenRegistryMembers },
  ),
  mutation(
    'renameProject',
    'RenameProjectInput',
    'project { id }',
    'admin',
    ({ organization, registry }) => ({
      entityName: organization,
      oldProjectName: registry,
      newProjectName: `wandb-registry-${fresh('renamed')}`,
    }),
    { prepare: givenOwnRegistry },
  ),
  mutation('deleteModel', 'DeleteModelInput', 'success', 'admin', ({ registryId }) => ({ id: registryId }), {
    prepare: givenOwnRegistry,
  }),

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
  mutation('deleteTrigger', 'DeleteTriggerInput', 'success', 'member', ({ triggerId }) => ({ triggerID: triggerId }), {
    prepare: async (fixture) => ({
      triggerId: await triggerIdOf(fixture.server, (await givenOwnAutomation(fixture)).automation),
    }),
  }),
])
