/** What the client sends to link, edit and delete versions, collections and projects. */
import { builder, type Context } from '../graphql/builder.ts'
import { encodeId } from '../graphql/ids.ts'
import { entityById } from '../graphql/loaders.ts'
import { Artifact, ArtifactCollection, ArtifactCollectionMembership, Project, Tag } from '../graphql/refs.ts'
import { Refusal } from '../refusal.ts'
import {
  ArtifactAliasInput,
  aliasNames,
  artifactIdOf,
  collectionIdOf,
  ImportedVersionInput,
  importedVersion,
  TagInput,
  tagNames,
} from './graphql-inputs.ts'
import {
  addAliases,
  addCollectionTags,
  deleteAliases,
  deleteArtifact,
  deleteCollection,
  deleteCollectionTags,
  linkArtifact,
  moveCollectionType,
  unlinkArtifact,
  updateArtifact,
  updateCollection,
  upsertProject,
} from './operations.ts'
import type { ArtifactView, CollectionView, MembershipView, ProjectAccess, ProjectView, TagView } from './types.ts'

const successPayload = (name: string) =>
  builder
    .objectRef<{ success: boolean }>(name)
    .implement({ fields: (t) => ({ success: t.exposeBoolean('success', { nullable: false }) }) })

const LinkArtifactInput = builder.inputType('LinkArtifactInput', {
  fields: (t) => ({
    artifactID: t.id(),
    clientID: t.id(),
    artifactPortfolioID: t.id(),
    artifactPortfolioName: t.string(),
    entityName: t.string(),
    projectName: t.string(),
    aliases: t.field({ type: [ArtifactAliasInput] }),
    imported: t.field({ type: ImportedVersionInput }),
    clientMutationId: t.string(),
  }),
})

type LinkInput = typeof LinkArtifactInput.$inferInput

const LinkArtifactPayload = builder.objectRef<MembershipView>('LinkArtifactPayload').implement({
  fields: (t) => ({
    versionIndex: t.field({ type: 'Int64', resolve: (membership) => membership.version }),
    artifactMembership: t.field({ type: ArtifactCollectionMembership, resolve: (membership) => membership }),
  }),
})

const UnlinkArtifactInput = builder.inputType('UnlinkArtifactInput', {
  fields: (t) => ({
    artifactID: t.id({ required: true }),
    artifactPortfolioID: t.id({ required: true }),
    clientMutationId: t.string(),
  }),
})
const UnlinkArtifactPayload = successPayload('UnlinkArtifactPayload')

const ArtifactCollectionAliasInput = builder.inputType('ArtifactCollectionAliasInput', {
  fields: (t) => ({
    entityName: t.string({ required: true }),
    projectName: t.string({ required: true }),
    artifactCollectionName: t.string({ required: true }),
    alias: t.string({ required: true }),
  }),
})

const aliasesInput = (name: string) =>
  builder.inputType(name, {
    fields: (t) => ({
      artifactID: t.id({ required: true }),
      aliases: t.field({ type: [ArtifactCollectionAliasInput], required: true }),
      clientMutationId: t.string(),
    }),
  })

const AddAliasesInput = aliasesInput('AddAliasesInput')
const DeleteAliasesInput = aliasesInput('DeleteAliasesInput')
const AddAliasesPayload = successPayload('AddAliasesPayload')
const DeleteAliasesPayload = successPayload('DeleteAliasesPayload')

function aliasAddresses(aliases: readonly (typeof ArtifactCollectionAliasInput.$inferInput)[]) {
  return aliases.map(({ entityName, projectName, artifactCollectionName, alias }) => ({
    entity: entityName,
    project: projectName,
    collection: artifactCollectionName,
    alias,
  }))
}

const UpdateArtifactInput = builder.inputType('UpdateArtifactInput', {
  fields: (t) => ({
    artifactID: t.id({ required: true }),
    description: t.string(),
    labels: t.field({ type: 'JSONString', description: 'Taken and not kept.' }),
    metadata: t.field({ type: 'JSONString' }),
    aliases: t.field({ type: [ArtifactAliasInput], description: 'Not taken: see `addAliases`.' }),
    tagsToAdd: t.field({ type: [TagInput] }),
    tagsToDelete: t.field({ type: [TagInput] }),
    ttlDurationSeconds: t.field({ type: 'Int64', description: 'Seconds; -1 inherits, -2 is for ever.' }),
    clientMutationId: t.string(),
  }),
})

const UpdateArtifactPayload = builder.objectRef<{ artifact: ArtifactView }>('UpdateArtifactPayload').implement({
  fields: (t) => ({ artifact: t.field({ type: Artifact, nullable: false, resolve: ({ artifact }) => artifact }) }),
})

const DeleteArtifactInput = builder.inputType('DeleteArtifactInput', {
  fields: (t) => ({
    artifactID: t.id({ required: true }),
    deleteAliases: t.boolean(),
    clientMutationId: t.string(),
  }),
})

const DeletedArtifact = builder.objectRef<{ artifactId: number }>('DeletedArtifact').implement({
  fields: (t) => ({ id: t.id({ nullable: false, resolve: (gone) => encodeId('Artifact', gone.artifactId) }) }),
})

const DeleteArtifactPayload = builder.objectRef<{ artifactId: number }>('DeleteArtifactPayload').implement({
  fields: (t) => ({ artifact: t.field({ type: DeletedArtifact, nullable: false, resolve: (gone) => gone }) }),
})

const collectionPayload = (name: string) =>
  builder.objectRef<{ collection: CollectionView }>(name).implement({
    fields: (t) => ({
      artifactCollection: t.field({
        type: ArtifactCollection,
        nullable: false,
        resolve: ({ collection }) => collection,
      }),
    }),
  })

const UpdateArtifactSequencePayload = collectionPayload('UpdateArtifactSequencePayload')
const UpdateArtifactPortfolioPayload = collectionPayload('UpdateArtifactPortfolioPayload')
const MoveArtifactSequencePayload = collectionPayload('MoveArtifactSequencePayload')
const DeleteArtifactSequencePayload = collectionPayload('DeleteArtifactSequencePayload')
const DeleteArtifactPortfolioPayload = collectionPayload('DeleteArtifactPortfolioPayload')

const UpdateArtifactSequenceInput = builder.inputType('UpdateArtifactSequenceInput', {
  fields: (t) => ({
    artifactSequenceID: t.id({ required: true }),
    name: t.string(),
    description: t.string(),
    clientMutationId: t.string(),
  }),
})

const UpdateArtifactPortfolioInput = builder.inputType('UpdateArtifactPortfolioInput', {
  fields: (t) => ({
    artifactPortfolioID: t.id({ required: true }),
    name: t.string(),
    description: t.string(),
    clientMutationId: t.string(),
  }),
})

const MoveArtifactSequenceInput = builder.inputType('MoveArtifactSequenceInput', {
  fields: (t) => ({
    artifactSequenceID: t.id({ required: true }),
    destinationArtifactTypeName: t.string({ required: true }),
    clientMutationId: t.string(),
  }),
})

const DeleteArtifactSequenceInput = builder.inputType('DeleteArtifactSequenceInput', {
  fields: (t) => ({ artifactSequenceID: t.id({ required: true }), clientMutationId: t.string() }),
})

const DeleteArtifactPortfolioInput = builder.inputType('DeleteArtifactPortfolioInput', {
  fields: (t) => ({ artifactPortfolioID: t.id({ required: true }), clientMutationId: t.string() }),
})

const collectionTagsInput = (name: string) =>
  builder.inputType(name, {
    fields: (t) => ({
      entityName: t.string({ required: true }),
      projectName: t.string({ required: true }),
      artifactCollectionName: t.string({ required: true }),
      tags: t.field({ type: [TagInput], required: true }),
      clientMutationID: t.string(),
    }),
  })

const CreateCollectionTagsInput = collectionTagsInput('CreateArtifactCollectionTagAssignmentsInput')
const DeleteCollectionTagsInput = collectionTagsInput('DeleteArtifactCollectionTagAssignmentsInput')
const DeleteCollectionTagsPayload = successPayload('DeleteArtifactCollectionTagAssignmentsPayload')

const CreateCollectionTagsPayload = builder
  .objectRef<{ tags: TagView[] }>('CreateArtifactCollectionTagAssignmentsPayload')
  .implement({ fields: (t) => ({ tags: t.field({ type: [Tag], nullable: false, resolve: ({ tags }) => tags }) }) })

const collectionAddress = (input: { entityName: string; projectName: string; artifactCollectionName: string }) => ({
  entity: input.entityName,
  project: input.projectName,
  collection: input.artifactCollectionName,
})

const ArtifactTypeInput = builder.inputType('ArtifactTypeInput', {
  fields: (t) => ({ name: t.string({ required: true }), description: t.string() }),
})

const UpsertModelInput = builder.inputType('UpsertModelInput', {
  fields: (t) => ({
    id: t.string({ description: 'Taken and not looked at: the name tells which.' }),
    name: t.string(),
    entityName: t.string(),
    description: t.string(),
    repo: t.string({ description: 'Taken and not kept.' }),
    access: t.string({ description: 'PRIVATE or RESTRICTED.' }),
    allowAllArtifactTypesInRegistry: t.boolean(),
    artifactTypes: t.field({ type: [ArtifactTypeInput], description: 'To be added: none is ever removed.' }),
    views: t.field({ type: 'JSONString', description: 'Taken and not kept.' }),
    isBenchmark: t.boolean({ description: 'Taken and not kept.' }),
    clientMutationId: t.string(),
  }),
})

type UpsertedProject = { project: ProjectView; inserted: boolean }

const UpsertModelPayload = builder.objectRef<UpsertedProject>('UpsertModelPayload').implement({
  fields: (t) => ({
    inserted: t.exposeBoolean('inserted', { nullable: false }),
    project: t.field({ type: Project, nullable: false, resolve: ({ project }) => project }),
    model: t.field({ type: Project, nullable: false, resolve: ({ project }) => project }),
  }),
})

/** @throws Refusal `invalid_request` */
function accessOf(access: string | null | undefined): ProjectAccess | undefined {
  if (access == null || access === 'PRIVATE' || access === 'RESTRICTED') return access ?? undefined
  throw new Refusal('invalid_request', `"access" must be PRIVATE or RESTRICTED, not "${access}"`)
}

/** @throws Refusal `invalid_request` unless exactly one source and one whole target is named */
function readLink(input: LinkInput) {
  const { artifactID, clientID, artifactPortfolioID, artifactPortfolioName, entityName, projectName } = input
  const source =
    artifactID != null
      ? { artifactId: artifactIdOf(artifactID) }
      : clientID != null
        ? { clientId: clientID }
        : undefined
  if (source === undefined) throw new Refusal('invalid_request', 'Name what to link: "artifactID" or "clientID"')
  if (artifactPortfolioID != null) {
    return { source, target: { portfolioId: collectionIdOf(artifactPortfolioID) } }
  }
  if (artifactPortfolioName == null || entityName == null || projectName == null) {
    throw new Refusal(
      'invalid_request',
      'Name where to link to: "artifactPortfolioID", or "entityName", "projectName" and "artifactPortfolioName"',
    )
  }
  return { source, target: { entity: entityName, project: projectName, collection: artifactPortfolioName } }
}

async function defaultEntity(context: Context): Promise<string> {
  return (await entityById(context, context.caller.user.defaultEntityId))?.name ?? context.caller.user.username
}

builder.mutationFields((t) => ({
  linkArtifact: t.field({
    type: LinkArtifactPayload,
    args: { input: t.arg({ type: LinkArtifactInput, required: true }) },
    resolve: (_root, { input }, { world, caller }) => {
      const link = readLink(input)
      const aliases =
        'collection' in link.target
          ? aliasNames(input.aliases, link.target.collection)
          : (input.aliases ?? []).map(({ alias }) => alias)
      return linkArtifact(world, caller, { ...link, aliases, imported: importedVersion(input.imported) })
    },
  }),
  unlinkArtifact: t.field({
    type: UnlinkArtifactPayload,
    args: { input: t.arg({ type: UnlinkArtifactInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      await unlinkArtifact(world, caller, {
        artifactId: artifactIdOf(input.artifactID),
        portfolioId: collectionIdOf(input.artifactPortfolioID),
      })
      return { success: true }
    },
  }),
  addAliases: t.field({
    type: AddAliasesPayload,
    args: { input: t.arg({ type: AddAliasesInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      await addAliases(world, caller, {
        artifactId: artifactIdOf(input.artifactID),
        aliases: aliasAddresses(input.aliases),
      })
      return { success: true }
    },
  }),
  deleteAliases: t.field({
    type: DeleteAliasesPayload,
    args: { input: t.arg({ type: DeleteAliasesInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      await deleteAliases(world, caller, {
        artifactId: artifactIdOf(input.artifactID),
        aliases: aliasAddresses(input.aliases),
      })
      return { success: true }
    },
  }),
  updateArtifact: t.field({
    type: UpdateArtifactPayload,
    args: { input: t.arg({ type: UpdateArtifactInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      if (input.aliases != null) {
        throw new Refusal('not_supported', 'Aliases are changed by addAliases and deleteAliases')
      }
      // Clients send null for what they leave as it is.
      const artifact = await updateArtifact(world, caller, {
        artifactId: artifactIdOf(input.artifactID),
        description: input.description ?? undefined,
        metadata: input.metadata ?? undefined,
        ttlSeconds: input.ttlDurationSeconds ?? undefined,
        tagsToAdd: tagNames(input.tagsToAdd),
        tagsToDelete: tagNames(input.tagsToDelete),
      })
      return { artifact }
    },
  }),
  deleteArtifact: t.field({
    type: DeleteArtifactPayload,
    args: { input: t.arg({ type: DeleteArtifactInput, required: true }) },
    resolve: (_root, { input }, { world, caller }) =>
      deleteArtifact(world, caller, {
        artifactId: artifactIdOf(input.artifactID),
        deleteAliases: input.deleteAliases === true,
      }),
  }),
  updateArtifactSequence: t.field({
    type: UpdateArtifactSequencePayload,
    args: { input: t.arg({ type: UpdateArtifactSequenceInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => ({
      collection: await updateCollection(world, caller, {
        collectionId: collectionIdOf(input.artifactSequenceID),
        kind: 'SEQUENCE',
        name: input.name ?? undefined,
        description: input.description ?? undefined,
      }),
    }),
  }),
  updateArtifactPortfolio: t.field({
    type: UpdateArtifactPortfolioPayload,
    args: { input: t.arg({ type: UpdateArtifactPortfolioInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => ({
      collection: await updateCollection(world, caller, {
        collectionId: collectionIdOf(input.artifactPortfolioID),
        kind: 'PORTFOLIO',
        name: input.name ?? undefined,
        description: input.description ?? undefined,
      }),
    }),
  }),
  moveArtifactSequence: t.field({
    type: MoveArtifactSequencePayload,
    args: { input: t.arg({ type: MoveArtifactSequenceInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => ({
      collection: await moveCollectionType(world, caller, {
        collectionId: collectionIdOf(input.artifactSequenceID),
        type: input.destinationArtifactTypeName,
      }),
    }),
  }),
  deleteArtifactSequence: t.field({
    type: DeleteArtifactSequencePayload,
    args: { input: t.arg({ type: DeleteArtifactSequenceInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => ({
      collection: await deleteCollection(world, caller, collectionIdOf(input.artifactSequenceID)),
    }),
  }),
  deleteArtifactPortfolio: t.field({
    type: DeleteArtifactPortfolioPayload,
    args: { input: t.arg({ type: DeleteArtifactPortfolioInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => ({
      collection: await deleteCollection(world, caller, collectionIdOf(input.artifactPortfolioID)),
    }),
  }),
  createArtifactCollectionTagAssignments: t.field({
    type: CreateCollectionTagsPayload,
    args: { input: t.arg({ type: CreateCollectionTagsInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => ({
      tags: await addCollectionTags(world, caller, { ...collectionAddress(input), tags: tagNames(input.tags) }),
    }),
  }),
  deleteArtifactCollectionTagAssignments: t.field({
    type: DeleteCollectionTagsPayload,
    args: { input: t.arg({ type: DeleteCollectionTagsInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      await deleteCollectionTags(world, caller, { ...collectionAddress(input), tags: tagNames(input.tags) })
      return { success: true }
    },
  }),
  upsertModel: t.field({
    type: UpsertModelPayload,
    description: 'Make or change a project; a name that begins with wandb-registry- is a registry.',
    args: { input: t.arg({ type: UpsertModelInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      if (input.name == null) throw new Refusal('invalid_request', 'Name the project: "name"')
      return upsertProject(context.world, context.caller, {
        entity: input.entityName || (await defaultEntity(context)),
        project: input.name,
        description: input.description ?? undefined,
        access: accessOf(input.access),
        allowAllTypes: input.allowAllArtifactTypesInRegistry ?? undefined,
        artifactTypes: input.artifactTypes?.map((type) => type.name),
      })
    },
  }),
}))
