import type { Place } from '../tenant.ts'
import type { GraphqlOperation } from './operation.ts'

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

/** By type and field. */
export const GRAPHQL_QUERIES: Record<string, GraphqlOperation> = {
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
  'Query.clientIDMapping (of a collection)': {
    needs: 'viewer',
    query: 'query ($id: ID!) { clientIDMapping(clientID: $id) { serverID } }',
    variables: ({ collectionClientId }) => ({ id: collectionClientId }),
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

  'Entity.artifactCollections': ofOrganization('orgEntity { artifactCollections { edges { node { id } } } }'),
  'Entity.artifactMemberships': ofOrganization('orgEntity { artifactMemberships { edges { node { id } } } }'),
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
}
