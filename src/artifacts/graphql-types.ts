import { absent } from '../graphql/absent.ts'
import { builder, type Context } from '../graphql/builder.ts'
import {
  type Connection,
  connectionOf,
  connectionType,
  pageArguments,
  pageOf,
  wholeConnection,
} from '../graphql/connection.ts'
import { FileConnection, type FileNode } from '../graphql/file.ts'
import { encodeId } from '../graphql/ids.ts'
import { batched } from '../graphql/loader.ts'
import { userById } from '../graphql/loaders.ts'
import {
  Artifact,
  ArtifactAlias,
  ArtifactCollection,
  ArtifactCollectionMembership,
  ArtifactPortfolio,
  ArtifactSequence,
  ArtifactType,
  Project,
  Run,
  Tag,
  User,
} from '../graphql/refs.ts'
import { notFound } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import {
  aliasesOf,
  aliasesOfArtifacts,
  countEntries,
  directUrlOf,
  findVersion,
  latestOf,
  listAliases,
  listEntries,
  listRunsUsing,
  listVersionsInOrder,
  loadArtifacts,
  loadArtifactTypes,
  loadCollections,
  loadRunRefs,
  manifestOf,
  membershipsOf,
  tagsOf,
  tagsOfCollections,
} from './operations.ts'
import type {
  AliasView,
  ArtifactTypeView,
  ArtifactView,
  BlobLocation,
  CollectionRef,
  CollectionView,
  FileView,
  MembershipView,
  ReferenceView,
  RunRef,
  TagView,
  UploadTarget,
} from './types.ts'

export const artifactById = batched<number, ArtifactView>((context, ids) =>
  loadArtifacts(context.world, context.caller, ids),
)
export const collectionById = batched<number, CollectionView>((context, ids) =>
  loadCollections(context.world, context.caller, ids),
)
const aliasesOfMembership = batched<number, AliasView[]>((context, ids) => aliasesOf(context.world, ids))
const aliasesOfArtifact = batched<number, AliasView[]>((context, ids) =>
  aliasesOfArtifacts(context.world, context.caller, ids),
)
const tagsOfArtifact = batched<number, TagView[]>((context, ids) => tagsOf(context.world, ids))
const tagsOfCollection = batched<number, TagView[]>((context, ids) => tagsOfCollections(context.world, ids))
const membershipsOfArtifact = batched<number, MembershipView[]>((context, ids) =>
  membershipsOf(context.world, context.caller, ids),
)
export const newestOfCollection = batched<number, number>((context, ids) => latestOf(context.world, ids))
const typeById = batched<number, ArtifactTypeView>((context, ids) => loadArtifactTypes(context.world, ids))
const runById = batched<number, RunRef>((context, ids) => loadRunRefs(context.world, context.caller, ids))

/** Some places know only a collection's name and project; the rest is loaded when it is asked for. */
async function collectionOf(context: Context, collection: CollectionRef): Promise<CollectionView> {
  if ('typeId' in collection) return collection as CollectionView
  const view = await collectionById(context, collection.id)
  // A linked version names the collection it was logged in also to who may not see that.
  if (view === undefined) throw notFound(`Collection "${collection.name}"`)
  return view
}

export async function typeOf(context: Context, id: number): Promise<ArtifactTypeView> {
  const view = await typeById(context, id)
  assert(view !== undefined, 'a type in use is not deleted')
  return view
}

const ArtifactState = builder.enumType('ArtifactState', { values: ['PENDING', 'COMMITTED', 'DELETED'] as const })
export const ArtifactDigestAlgorithm = builder.enumType('ArtifactDigestAlgorithm', {
  values: ['MANIFEST_MD5', 'MANIFEST_XXH128'] as const,
})
const ArtifactCollectionState = builder.enumType('ArtifactCollectionState', { values: ['READY', 'DELETED'] as const })

const TagConnection = connectionType('Tag', Tag)
const AliasConnection = connectionType('ArtifactAlias', ArtifactAlias)
export const MembershipConnection = connectionType('ArtifactCollectionMembership', ArtifactCollectionMembership)
export const CollectionConnection = connectionType('ArtifactCollection', ArtifactCollection)
export const ArtifactTypeConnection = connectionType('ArtifactType', ArtifactType)
const UsingRunConnection = connectionType('ArtifactUsingRun', Run)

/** Artifacts as versions of one collection: the edge says under which number. */
const VersionConnection = connectionType<ArtifactView, { version: string }>('VersionedArtifact', Artifact, (edge) =>
  builder.objectField(edge, 'version', (t) => t.exposeString('version', { nullable: false })),
)
export const ArtifactConnection = connectionType('Artifact', Artifact)

const ArtifactCreator = builder.unionType('ArtifactCreator', {
  types: [Run, User],
  resolveType: (value) => ('displayName' in value ? 'Run' : 'User'),
})

/** A file of a version, as GraphQL shows it. */
function fileNode(context: Context, file: FileView | ReferenceView): FileNode {
  const { path: name, size, digest: md5, updatedAt } = file
  const id = Buffer.from(`File:${file.artifactId}/${name}`).toString('base64')
  if ('ref' in file) return { id, name, size, md5, updatedAt, directUrl: () => file.ref }
  return {
    id,
    name,
    size,
    md5,
    updatedAt,
    storagePath: `wandb_artifacts/${file.birthArtifactId}/${Buffer.from(file.digest, 'base64').toString('hex')}`,
    directUrl: () => directUrlOf(context.world, file),
  }
}

const fileArguments = () => builder.args((t) => ({ names: t.stringList() }))

async function filesOf(
  context: Context,
  artifactId: number,
  args: { first?: number | null | undefined; after?: string | null | undefined; names?: string[] | null | undefined },
): Promise<Connection<FileNode>> {
  const { world, caller } = context
  const input = { artifactId, names: args.names == null || args.names.length === 0 ? undefined : args.names }
  const page = await listEntries(world, caller, input, pageOf(args, 'string'))
  const nodes = { items: page.items.map((file) => fileNode(context, file)), nextKey: page.nextKey }
  return connectionOf(nodes, () => countEntries(world, caller, input))
}

Tag.implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (tag) => encodeId('Tag', tag.id) }),
    name: t.exposeString('tag', { nullable: false }),
  }),
})

ArtifactAlias.implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (alias) => encodeId('ArtifactAlias', alias.id) }),
    alias: t.exposeString('alias', { nullable: false }),
    artifactCollection: t.field({ type: ArtifactCollection, resolve: (alias) => alias.collection }),
  }),
})

ArtifactType.implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (type) => encodeId('ArtifactType', type.id) }),
    name: t.exposeString('name', { nullable: false }),
    description: t.string({ resolve: async (type, _args, context) => (await typeOf(context, type.id)).description }),
    createdAt: t.field({
      type: 'DateTime',
      nullable: false,
      resolve: async (type, _args, context) => (await typeOf(context, type.id)).createdAt,
    }),
  }),
})

ArtifactCollection.implement({
  resolveType: (collection) => (collection.kind === 'SEQUENCE' ? 'ArtifactSequence' : 'ArtifactPortfolio'),
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (collection) => encodeId('ArtifactCollection', collection.id) }),
    name: t.exposeString('name', { nullable: false }),
    project: t.field({
      type: Project,
      description: 'Null where the caller sees a version but not the project it comes from.',
      resolve: (collection) => collection.project,
    }),
    description: t.string({
      resolve: async (collection, _args, context) => (await collectionOf(context, collection)).description,
    }),
    state: t.field({
      type: ArtifactCollectionState,
      nullable: false,
      resolve: (collection) => ('state' in collection ? (collection as CollectionView).state : 'READY'),
    }),
    createdAt: t.field({
      type: 'DateTime',
      nullable: false,
      resolve: async (collection, _args, context) => (await collectionOf(context, collection)).createdAt,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      nullable: false,
      resolve: async (collection, _args, context) => (await collectionOf(context, collection)).updatedAt,
    }),
    defaultArtifactType: t.field({
      type: ArtifactType,
      nullable: false,
      resolve: async (collection, _args, context) => {
        const { typeId, type } = await collectionOf(context, collection)
        return { id: typeId, name: type }
      },
    }),
    tags: t.field({
      type: TagConnection,
      nullable: false,
      resolve: async (collection, _args, context) =>
        wholeConnection((await tagsOfCollection(context, collection.id)) ?? []),
    }),
    aliases: t.field({
      type: AliasConnection,
      nullable: false,
      args: pageArguments(),
      resolve: async (collection, args, { world, caller }) =>
        connectionOf(await listAliases(world, caller, collection.id, pageOf(args, 'string'))),
    }),
    artifacts: t.field({
      type: VersionConnection,
      nullable: false,
      args: { ...pageArguments(), filters: t.arg({ type: 'JSONString' }), order: t.arg.string() },
      resolve: async (collection, { filters, order, ...args }, context) => {
        const wishes = { collectionId: collection.id, filters, order }
        const { page, count } = await listVersionsInOrder(context.world, context.caller, wishes, pageOf(args, 'string'))
        const artifacts = await Promise.all(page.items.map(({ artifactId }) => artifactById(context, artifactId)))
        const cursors = connectionOf(page)
        const edges = page.items.map((membership, index) => {
          const node = artifacts[index]
          assert(node !== undefined, 'who sees a membership sees its artifact')
          return { node, cursor: cursors.edges[index]?.cursor ?? '', version: `v${membership.version}` }
        })
        return { ...cursors, edges, totalCount: count }
      },
    }),
    artifactMembership: t.field({
      type: ArtifactCollectionMembership,
      args: { aliasName: t.arg.string({ required: true, description: 'An alias, or v and a number.' }) },
      resolve: async (collection, { aliasName }, { world, caller }, info) =>
        (await findVersion(world, caller, { collectionId: collection.id, version: aliasName })) ??
        absent(info, `Artifact "${collection.name}:${aliasName}"`),
    }),
  }),
})

ArtifactSequence.implement({
  interfaces: [ArtifactCollection],
  isTypeOf: (value) => (value as CollectionRef).kind === 'SEQUENCE',
  fields: (t) => ({
    digestAlgorithm: t.field({ type: ArtifactDigestAlgorithm, resolve: () => 'MANIFEST_MD5' as const }),
    latestArtifact: t.field({
      type: Artifact,
      description: 'The newest version; null while there is none.',
      resolve: async (sequence, _args, context) => {
        const id = await newestOfCollection(context, sequence.id)
        return id === undefined ? null : artifactById(context, id)
      },
    }),
  }),
})

ArtifactPortfolio.implement({
  interfaces: [ArtifactCollection],
  isTypeOf: (value) => (value as CollectionRef).kind === 'PORTFOLIO',
})

/** A manifest with what is known where it is shown: what was uploaded, or where to upload it. */
export type ManifestNode = {
  manifestId: number
  location?: BlobLocation | undefined
  upload?: UploadTarget | null | undefined
}

const ArtifactManifestFile = builder.objectRef<ManifestNode>('ArtifactManifestFile').implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (manifest) => encodeId('ArtifactManifest', manifest.manifestId) }),
    directUrl: t.string({
      resolve: ({ location }, _args, { world }) => (location === undefined ? null : directUrlOf(world, location)),
    }),
    uploadUrl: t.string({ resolve: ({ upload }) => upload?.url }),
    uploadHeaders: t.stringList({ resolve: ({ upload }) => upload?.headers }),
  }),
})

export const ArtifactManifest = builder.objectRef<ManifestNode>('ArtifactManifest').implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (manifest) => encodeId('ArtifactManifest', manifest.manifestId) }),
    digest: t.string({ resolve: ({ location }) => location?.digest }),
    file: t.field({ type: ArtifactManifestFile, nullable: false, resolve: (manifest) => manifest }),
  }),
})

Artifact.implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (artifact) => encodeId('Artifact', artifact.id) }),
    state: t.field({ type: ArtifactState, nullable: false, resolve: (artifact) => artifact.state }),
    digest: t.exposeString('digest', { nullable: false }),
    digestAlgorithm: t.field({ type: ArtifactDigestAlgorithm, resolve: () => 'MANIFEST_MD5' as const }),
    description: t.exposeString('description'),
    metadata: t.field({ type: 'JSONString', resolve: (artifact) => artifact.metadata }),
    size: t.field({ type: 'Int64', nullable: false, resolve: (artifact) => artifact.size }),
    fileCount: t.field({ type: 'Int64', nullable: false, resolve: (artifact) => artifact.fileCount }),
    versionIndex: t.field({ type: 'Int64', resolve: (artifact) => artifact.version }),
    commitHash: t.string({
      description: 'Of a committed version there is one.',
      resolve: ({ commitHash, state, digest }) => commitHash ?? (state === 'COMMITTED' ? digest : null),
    }),
    historyStep: t.field({ type: 'Int64', resolve: (artifact) => artifact.historyStep }),
    ttlDurationSeconds: t.field({
      type: 'Int64',
      nullable: false,
      description: 'Seconds; 0 or less: the version does not expire.',
      resolve: ({ ttl }) => ttl.seconds,
    }),
    ttlIsInherited: t.boolean({ nullable: false, resolve: ({ ttl }) => ttl.isInherited }),
    createdAt: t.field({ type: 'DateTime', nullable: false, resolve: (artifact) => artifact.createdAt }),
    updatedAt: t.field({ type: 'DateTime', nullable: false, resolve: (artifact) => artifact.updatedAt }),
    artifactType: t.field({
      type: ArtifactType,
      nullable: false,
      resolve: ({ typeId, type }) => ({ id: typeId, name: type }),
    }),
    artifactSequence: t.field({ type: ArtifactSequence, nullable: false, resolve: (artifact) => artifact.sequence }),
    tags: t.field({
      type: [Tag],
      nullable: false,
      resolve: async (artifact, _args, context) => (await tagsOfArtifact(context, artifact.id)) ?? [],
    }),
    aliases: t.field({
      type: [ArtifactAlias],
      nullable: false,
      resolve: async (artifact, _args, context) => (await aliasesOfArtifact(context, artifact.id)) ?? [],
    }),
    artifactMemberships: t.field({
      type: MembershipConnection,
      nullable: false,
      resolve: async (artifact, _args, context) =>
        wholeConnection((await membershipsOfArtifact(context, artifact.id)) ?? []),
    }),
    currentManifest: t.field({
      type: ArtifactManifest,
      resolve: async (artifact, _args, { world, caller }) => {
        const location = await manifestOf(world, caller, artifact.id)
        return location === undefined ? null : { manifestId: location.manifestId, location }
      },
    }),
    files: t.field({
      type: FileConnection,
      nullable: false,
      args: { ...pageArguments(), ...fileArguments() },
      resolve: (artifact, args, context) => filesOf(context, artifact.id, args),
    }),
    createdBy: t.field({
      type: ArtifactCreator,
      resolve: async ({ runId, createdBy }, _args, context) => {
        if (runId !== null) return runById(context, runId)
        return createdBy === null ? null : userById(context, createdBy)
      },
    }),
    usedBy: t.field({
      type: UsingRunConnection,
      nullable: false,
      args: pageArguments(),
      resolve: async (artifact, args, { world, caller }) =>
        connectionOf(await listRunsUsing(world, caller, artifact.id, pageOf(args, 'number'))),
    }),
  }),
})

ArtifactCollectionMembership.implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (membership) => encodeId('ArtifactCollectionMembership', membership.id) }),
    versionIndex: t.field({ type: 'Int64', resolve: (membership) => membership.version }),
    createdAt: t.field({ type: 'DateTime', nullable: false, resolve: (membership) => membership.createdAt }),
    artifactCollection: t.field({ type: ArtifactCollection, resolve: (membership) => membership.collection }),
    artifact: t.field({
      type: Artifact,
      resolve: (membership, _args, context) => artifactById(context, membership.artifactId),
    }),
    aliases: t.field({
      type: [ArtifactAlias],
      nullable: false,
      resolve: async (membership, _args, context) => (await aliasesOfMembership(context, membership.id)) ?? [],
    }),
    files: t.field({
      type: FileConnection,
      nullable: false,
      args: { ...pageArguments(), ...fileArguments() },
      resolve: (membership, args, context) => filesOf(context, membership.artifactId, args),
    }),
  }),
})
