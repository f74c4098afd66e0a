/** What is changed on the target: by the operations of the wandb client, and what Tripline adds for imports. */
import { createHash } from 'node:crypto'
import type { CollectionFacts, ProjectAddress, ProjectFacts, RunFacts, VersionFacts } from './reading.ts'
import { RemoteFailure, type RemoteServer } from './remote-server.ts'

type Upload = { url: string; headers: string[] }

export async function makeProject(target: RemoteServer, address: ProjectAddress, facts: ProjectFacts): Promise<void> {
  const { registry } = facts
  await target.query(
    'mutation UpsertModel($input: UpsertModelInput!) { upsertModel(input: $input) { inserted project { id } } }',
    {
      input: {
        entityName: address.entity,
        name: address.project,
        ...(facts.description ? { description: facts.description } : {}),
        ...(registry === undefined
          ? {}
          : {
              access: registry.access === 'RESTRICTED' ? 'RESTRICTED' : 'PRIVATE',
              allowAllArtifactTypesInRegistry: registry.allowAllTypes,
              ...(registry.allowAllTypes ? {} : { artifactTypes: registry.types.map((name) => ({ name })) }),
            }),
      },
    },
  )
}

/** A collection without versions, which the client has no word for. */
export async function makeCollection(
  target: RemoteServer,
  { entity, project }: ProjectAddress,
  { name, type, kind, description }: CollectionFacts,
): Promise<void> {
  const path = `/projects/${encodeURIComponent(entity)}/${encodeURIComponent(project)}/collections`
  await target.post(path, { name, type, kind, description })
}

/** Whether the run was made: as a finished one, since all that is known of it is that it logged a version. */
export async function makeRun(target: RemoteServer, address: ProjectAddress, facts: RunFacts): Promise<boolean> {
  const { entity, project } = address
  const { name, displayName } = facts
  const { project: there } = await target.query<{ project: { run: { id: string } | null } | null }>(
    `query Run($entity: String!, $project: String!, $name: String!) {
      project(name: $project, entityName: $entity) { run(name: $name) { id } } }`,
    { entity, project, name },
  )
  if (there?.run != null) return false
  await target.query('mutation UpsertBucket($input: UpsertBucketInput!) { upsertBucket(input: $input) { inserted } }', {
    input: {
      entityName: entity,
      modelName: project,
      name,
      ...(displayName === null ? {} : { displayName }),
      state: 'finished',
    },
  })
  return true
}

/**
 * A pending artifact on the target for a version of the source: the one that an import begun earlier made, if there is
 * one, with the files that had arrived.
 */
export async function beginVersion(
  target: RemoteServer,
  input: {
    address: ProjectAddress
    collection: CollectionFacts
    version: VersionFacts
    loggedBy: string | undefined
    sourceUrl: string
  },
): Promise<{ artifactId: string; isCommitted: boolean }> {
  const { address, collection, version, loggedBy, sourceUrl } = input
  const { createArtifact } = await target.query<{ createArtifact: { artifact: { id: string; state: string } } }>(
    `mutation CreateArtifact($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id state } } }`,
    {
      input: {
        entityName: address.entity,
        projectName: address.project,
        artifactTypeName: collection.type,
        artifactCollectionName: collection.name,
        digest: version.digest,
        description: version.description,
        metadata: version.metadata,
        ttlDurationSeconds: version.ttlSeconds,
        aliases: [],
        tags: version.tags.map((tagName) => ({ tagName })),
        enableDigestDeduplication: false,
        ...(loggedBy === undefined ? {} : { runName: loggedBy }),
        clientID: createHash('sha512').update(`${sourceUrl}\n${version.artifactId}`).digest('hex'),
      },
    },
  )
  const { id, state } = createArtifact.artifact
  return { artifactId: id, isCommitted: state === 'COMMITTED' }
}

/** Where the bytes of each file go, in the order of the files; `undefined` for those that are there. */
export async function placeFiles(
  target: RemoteServer,
  artifactId: string,
  files: readonly { path: string; digest: string }[],
): Promise<(Upload | undefined)[]> {
  if (files.length === 0) return []
  const { createArtifactFiles } = await target.query<{
    createArtifactFiles: {
      files: { edges: { node: { uploadUrl: string | null; uploadHeaders: string[] | null } }[] }
    }
  }>(
    `mutation CreateArtifactFiles($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) {
      files { edges { node { uploadUrl uploadHeaders } } } } }`,
    {
      input: {
        artifactFiles: files.map(({ path, digest }) => ({ artifactID: artifactId, name: path, md5: digest })),
        storageLayout: 'V2',
      },
    },
  )
  return createArtifactFiles.files.edges.map(({ node }) =>
    node.uploadUrl === null ? undefined : { url: node.uploadUrl, headers: node.uploadHeaders ?? [] },
  )
}

export async function uploadManifest(target: RemoteServer, artifactId: string, text: string): Promise<void> {
  const bytes = Buffer.from(text)
  const { createArtifactManifest } = await target.query<{
    createArtifactManifest: { artifactManifest: { file: { uploadUrl: string | null; uploadHeaders: string[] | null } } }
  }>(
    `mutation CreateArtifactManifest($input: CreateArtifactManifestInput!) { createArtifactManifest(input: $input) {
      artifactManifest { id file { uploadUrl uploadHeaders } } } }`,
    {
      input: {
        artifactID: artifactId,
        name: 'wandb_manifest.json',
        digest: createHash('md5').update(bytes).digest('base64'),
        type: 'FULL',
      },
    },
  )
  const { uploadUrl, uploadHeaders } = createArtifactManifest.artifactManifest.file
  if (uploadUrl === null) throw new RemoteFailure(0, 'The target gave no place for the manifest')
  await target.upload({ url: uploadUrl, headers: uploadHeaders ?? [] }, bytes, bytes.length)
}

const keptOf = ({ version, createdAt }: { version: number; createdAt: string }) => ({
  versionIndex: version,
  createdAt,
})

/** Make it a version, under the number it has on the source; the digest it has on the target. */
export async function commitVersion(target: RemoteServer, artifactId: string, version: VersionFacts): Promise<string> {
  const { commitArtifact } = await target.query<{ commitArtifact: { artifact: { digest: string } } }>(
    'mutation CommitArtifact($input: CommitArtifactInput!) { commitArtifact(input: $input) { artifact { id digest } } }',
    { input: { artifactID: artifactId, imported: keptOf(version) } },
  )
  return commitArtifact.artifact.digest
}

export async function linkVersion(
  target: RemoteServer,
  input: { artifactId: string; address: ProjectAddress; collection: string; version: number; createdAt: string },
): Promise<number> {
  const { linkArtifact } = await target.query<{ linkArtifact: { versionIndex: number } }>(
    'mutation LinkArtifact($input: LinkArtifactInput!) { linkArtifact(input: $input) { versionIndex } }',
    {
      input: {
        artifactID: input.artifactId,
        artifactPortfolioName: input.collection,
        entityName: input.address.entity,
        projectName: input.address.project,
        imported: keptOf(input),
      },
    },
  )
  return linkArtifact.versionIndex
}

/** Give the version these aliases, from whichever version of the collection has them. */
export async function putAliases(
  target: RemoteServer,
  input: { artifactId: string; address: ProjectAddress; collection: string; aliases: readonly string[] },
): Promise<void> {
  const { artifactId, address, collection } = input
  const aliases = input.aliases.map((alias) => ({
    entityName: address.entity,
    projectName: address.project,
    artifactCollectionName: collection,
    alias,
  }))
  await target.query('mutation AddAliases($input: AddAliasesInput!) { addAliases(input: $input) { success } }', {
    input: { artifactID: artifactId, aliases },
  })
}

export async function addVersionTags(target: RemoteServer, artifactId: string, tags: readonly string[]): Promise<void> {
  await target.query(
    'mutation UpdateArtifact($input: UpdateArtifactInput!) { updateArtifact(input: $input) { artifact { id } } }',
    { input: { artifactID: artifactId, tagsToAdd: tags.map((tagName) => ({ tagName })) } },
  )
}

export async function addCollectionTags(
  target: RemoteServer,
  address: ProjectAddress,
  collection: string,
  tags: readonly string[],
): Promise<void> {
  await target.query(
    `mutation AddArtifactCollectionTags($input: CreateArtifactCollectionTagAssignmentsInput!) {
      createArtifactCollectionTagAssignments(input: $input) { tags { id name } } }`,
    {
      input: {
        entityName: address.entity,
        projectName: address.project,
        artifactCollectionName: collection,
        tags: tags.map((tagName) => ({ tagName })),
      },
    },
  )
}

export async function describeCollection(
  target: RemoteServer,
  collection: CollectionFacts,
  description: string,
): Promise<void> {
  if (collection.kind === 'SEQUENCE') {
    await target.query(
      `mutation UpdateArtifactSequence($input: UpdateArtifactSequenceInput!) {
        updateArtifactSequence(input: $input) { artifactCollection { id } } }`,
      { input: { artifactSequenceID: collection.id, description } },
    )
    return
  }
  await target.query(
    `mutation UpdateArtifactPortfolio($input: UpdateArtifactPortfolioInput!) {
      updateArtifactPortfolio(input: $input) { artifactCollection { id } } }`,
    { input: { artifactPortfolioID: collection.id, description } },
  )
}
