/** What is read from either server, by the operations of the wandb client and in its words. */
import type { Selection } from './arguments.ts'
import type { RemoteServer } from './remote-server.ts'

const PAGE_SIZE = 100

const REGISTRY_PREFIX = 'wandb-registry-'

export type ProjectAddress = { entity: string; project: string }

export type ProjectFacts = {
  id: string
  description: string | null
  /** `undefined` for a plain project. */
  registry: { access: string | null; allowAllTypes: boolean; types: string[] } | undefined
}

export type CollectionFacts = {
  id: string
  kind: 'SEQUENCE' | 'PORTFOLIO'
  name: string
  type: string
  description: string | null
  tags: string[]
}

export type VersionAddress = ProjectAddress & { collection: string; version: number }

/** A version as its collection lists it. */
export type VersionFacts = {
  artifactId: string
  version: number
  digest: string
  size: number
  description: string | null
  /** A JSON object as text. */
  metadata: string | null
  /** As on the wire: positive seconds, -1 inherit, -2 disabled. */
  ttlSeconds: number
  /** What it inherits, if that is not for ever. */
  inheritedTtlSeconds: number | undefined
  tags: string[]
  /** Those it has in this collection. */
  aliases: string[]
  /** ISO 8601. */
  createdAt: string
  /** Where it was logged; `undefined` if that is not to be seen. */
  source: VersionAddress | undefined
  /** The run that logged it; `undefined` if none did, or it is not to be seen. */
  loggedBy: RunFacts | undefined
}

/** `name` is its id in paths. */
export type RunFacts = ProjectAddress & { name: string; displayName: string | null }

/** Who the key belongs to; `undefined` if it is not taken. */
export async function readViewer(server: RemoteServer): Promise<string | undefined> {
  const { viewer } = await server.query<{ viewer: { username: string | null } | null }>(
    'query Viewer { viewer { id entity username } }',
    {},
  )
  return viewer === null ? undefined : (viewer.username ?? '')
}

export async function hasEntity(server: RemoteServer, entity: string): Promise<boolean> {
  const data = await server.query<{ entity: { id: string } | null }>(
    'query Entity($entity: String!) { entity(name: $entity) { id } }',
    { entity },
  )
  return data.entity !== null
}

/** The projects that are meant; `undefined` if there is no such entity or project. */
export async function readSelection(
  server: RemoteServer,
  { entity, project }: Selection,
): Promise<ProjectAddress[] | undefined> {
  if (project !== undefined) {
    return (await readProject(server, { entity, project })) === undefined ? undefined : [{ entity, project }]
  }
  if (!(await hasEntity(server, entity))) return undefined
  const projects = await server.list<{ name: string }>(
    `query GetProjects($entity: String, $cursor: String, $perPage: Int) {
      models(entityName: $entity, after: $cursor, first: $perPage) {
        pageInfo { endCursor hasNextPage } edges { node { name } } } }`,
    { entity, perPage: PAGE_SIZE },
    ({ models }) => models,
  )
  return projects?.map(({ name }) => ({ entity, project: name }))
}

export async function readProject(server: RemoteServer, address: ProjectAddress): Promise<ProjectFacts | undefined> {
  const isRegistry = address.project.startsWith(REGISTRY_PREFIX)
  const ofRegistry = isRegistry
    ? `access allowAllArtifactTypes: allowAllArtifactTypesInRegistry
       artifactTypes(includeAll: true) { edges { node { name } } }`
    : ''
  const { project } = await server.query<{
    project: {
      id: string
      description: string | null
      access: string | null
      allowAllArtifactTypes: boolean
      artifactTypes: { edges: { node: { name: string } }[] }
    } | null
  }>(
    `query Project($entity: String!, $project: String!) {
      project(name: $project, entityName: $entity) { id description ${ofRegistry} } }`,
    { ...address },
  )
  if (project === null) return undefined
  const registry = isRegistry
    ? {
        access: project.access,
        allowAllTypes: project.allowAllArtifactTypes,
        types: project.artifactTypes.edges.map(({ node }) => node.name),
      }
    : undefined
  return { id: project.id, description: project.description, registry }
}

/** The collections of a project: none if there is no such project. */
export async function readCollections(server: RemoteServer, address: ProjectAddress): Promise<CollectionFacts[]> {
  type Node = {
    __typename: string
    id: string
    name: string
    description: string | null
    type: { name: string }
    tags: { edges: { node: { name: string } }[] }
  }
  const nodes = await server.list<Node>(
    `query ProjectArtifactCollections($entity: String!, $project: String!, $cursor: String, $perPage: Int) {
      project(name: $project, entityName: $entity) {
        artifactCollections(after: $cursor, first: $perPage) {
          pageInfo { endCursor hasNextPage }
          edges { node { __typename id name description type: defaultArtifactType { name }
            tags { edges { node { name } } } } } } } }`,
    { ...address, perPage: PAGE_SIZE },
    ({ project }) => project?.artifactCollections,
  )
  return (nodes ?? []).map((node) => ({
    id: node.id,
    kind: node.__typename === 'ArtifactPortfolio' ? 'PORTFOLIO' : 'SEQUENCE',
    name: node.name,
    type: node.type.name,
    description: node.description,
    tags: node.tags.edges.map(({ node: tag }) => tag.name),
  }))
}

type Place = { name: string; project: { name: string; entity: { name: string } } | null }

type ArtifactNode = {
  id: string
  artifactSequence: Place
  versionIndex: number | null
  description: string | null
  metadata: string | null
  ttlDurationSeconds: number
  ttlIsInherited: boolean
  tags: { name: string }[]
  size: number
  digest: string
  createdAt: string
  aliases: { alias: string; artifactCollection: Place | null }[]
  createdBy: {
    name?: string
    displayName?: string | null
    project?: { name: string; entity: { name: string } } | null
  } | null
}

/** The versions of a collection, in the order of their numbers: none if there is no such collection. */
export async function readVersions(
  server: RemoteServer,
  address: ProjectAddress,
  collection: { name: string; type: string },
): Promise<VersionFacts[]> {
  const edges: { version: string; node: ArtifactNode | null }[] = []
  // The number is on the edge, beside the node.
  await server.list(
    `query ProjectArtifacts($entity: String!, $project: String!, $type: String!, $collection: String!,
        $cursor: String, $perPage: Int, $filters: JSONString) {
      project(name: $project, entityName: $entity) { artifactType(name: $type) {
        artifactCollection(name: $collection) {
          artifacts(after: $cursor, first: $perPage, filters: $filters) {
            pageInfo { endCursor hasNextPage }
            edges { version node {
              id versionIndex description metadata ttlDurationSeconds ttlIsInherited size digest createdAt
              artifactSequence { name project { name entity { name } } } tags { name }
              createdBy { __typename ... on Run { name displayName project { name entity { name } } } }
              aliases { alias artifactCollection { name project { name entity { name } } } } } } } } } } }`,
    {
      ...address,
      collection: collection.name,
      type: collection.type,
      perPage: PAGE_SIZE,
      filters: '{"state": "COMMITTED"}',
    },
    ({ project }) => {
      const page = project?.artifactType?.artifactCollection?.artifacts
      if (page != null) edges.push(...page.edges)
      return page
    },
  )
  const isHere = (place: Place | null) =>
    place?.name === collection.name &&
    place.project?.name === address.project &&
    place.project.entity.name === address.entity
  return edges
    .flatMap(({ version, node }) => (node === null ? [] : [versionOf(Number(version.slice(1)), node, isHere)]))
    .sort((first, second) => first.version - second.version)
}

function versionOf(version: number, node: ArtifactNode, isHere: (place: Place | null) => boolean): VersionFacts {
  const { artifactSequence: sequence, versionIndex } = node
  return {
    artifactId: node.id,
    version,
    digest: node.digest,
    size: node.size,
    description: node.description,
    metadata: node.metadata,
    ttlSeconds: node.ttlIsInherited ? -1 : node.ttlDurationSeconds > 0 ? node.ttlDurationSeconds : -2,
    inheritedTtlSeconds: node.ttlIsInherited && node.ttlDurationSeconds > 0 ? node.ttlDurationSeconds : undefined,
    tags: node.tags.map(({ name }) => name),
    aliases: node.aliases.filter(({ artifactCollection }) => isHere(artifactCollection)).map(({ alias }) => alias),
    createdAt: isoOf(node.createdAt),
    source: addressOf(sequence, versionIndex),
    loggedBy: runOf(node.createdBy),
  }
}

function runOf(creator: ArtifactNode['createdBy']): RunFacts | undefined {
  if (creator?.name === undefined || creator.project == null) return undefined
  const { name, displayName = null, project } = creator
  return { entity: project.entity.name, project: project.name, name, displayName }
}

/** Some servers leave the zone out: it is UTC. */
function isoOf(text: string): string {
  return new Date(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`).toISOString()
}

function addressOf(sequence: Place, versionIndex: number | null): VersionAddress | undefined {
  if (sequence.project === null || versionIndex === null) return undefined
  const { name: project, entity } = sequence.project
  return { entity: entity.name, project, collection: sequence.name, version: versionIndex }
}

/** Where an artifact was logged; `undefined` if there is none, or it is not to be seen. */
export async function readSourceOf(server: RemoteServer, artifactId: string): Promise<VersionAddress | undefined> {
  const { artifact } = await server.query<{ artifact: Pick<ArtifactNode, 'artifactSequence' | 'versionIndex'> | null }>(
    `query ArtifactByID($id: ID!) {
      artifact(id: $id) { versionIndex artifactSequence { name project { name entity { name } } } } }`,
    { id: artifactId },
  )
  return artifact === null ? undefined : addressOf(artifact.artifactSequence, artifact.versionIndex)
}

/** The version of that name; `undefined` if there is none. */
export async function findVersion(
  server: RemoteServer,
  { entity, project, collection, version }: VersionAddress,
): Promise<{ artifactId: string; digest: string; createdAt: string } | undefined> {
  const data = await server.query<{
    project: {
      artifactCollectionMembership: { createdAt: string; artifact: { id: string; digest: string } | null } | null
    } | null
  }>(
    `query ArtifactMembershipByName($entity: String!, $project: String!, $name: String!) {
      project(name: $project, entityName: $entity) {
        artifactCollectionMembership(name: $name) { createdAt artifact { id digest } } } }`,
    { entity, project, name: `${collection}:v${version}` },
  )
  const membership = data.project?.artifactCollectionMembership
  if (membership?.artifact == null) return undefined
  const { id, digest } = membership.artifact
  return { artifactId: id, digest, createdAt: isoOf(membership.createdAt) }
}

/** Where the manifest of a version can be read. */
export async function readManifestUrl(server: RemoteServer, artifactId: string): Promise<string | undefined> {
  const { artifact } = await server.query<{
    artifact: { currentManifest: { file: { directUrl: string | null } } | null } | null
  }>('query FetchArtifactManifest($id: ID!) { artifact(id: $id) { currentManifest { file { directUrl } } } }', {
    id: artifactId,
  })
  return artifact?.currentManifest?.file.directUrl ?? undefined
}

export type FilePage = { files: { name: string; url: string }[]; next: string | null }

/** One page of the files of a version, with URLs that are good for a while. */
export async function readFilePage(
  server: RemoteServer,
  { entity, project, collection, version }: VersionAddress,
  cursor: string | null,
  perPage: number,
): Promise<FilePage> {
  const data = await server.query<{
    project: {
      artifactCollection: {
        artifactMembership: {
          files: {
            edges: { node: { name: string; directUrl: string } | null }[]
            pageInfo: { endCursor: string | null; hasNextPage: boolean }
          }
        } | null
      } | null
    } | null
  }>(
    `query GetArtifactMembershipFileUrls($entity: String!, $project: String!, $collection: String!, $alias: String!,
        $cursor: String, $perPage: Int) {
      project(name: $project, entityName: $entity) { artifactCollection(name: $collection) {
        artifactMembership(aliasName: $alias) { files(after: $cursor, first: $perPage) {
          pageInfo { endCursor hasNextPage } edges { node { name directUrl } } } } } } }`,
    { entity, project, collection, alias: `v${version}`, cursor, perPage },
  )
  const files = data.project?.artifactCollection?.artifactMembership?.files
  if (files == null) return { files: [], next: null }
  return {
    files: files.edges.flatMap(({ node }) => (node === null ? [] : [{ name: node.name, url: node.directUrl }])),
    next: files.pageInfo.hasNextPage && files.pageInfo.endCursor !== cursor ? files.pageInfo.endCursor : null,
  }
}
