import { lookUpEntity } from '../access/operations.ts'
import { mayIn } from '../access/rights.ts'
import { absent } from '../graphql/absent.ts'
import { builder, type Context } from '../graphql/builder.ts'
import { connectionOf, connectionType, pageArguments, pageOf } from '../graphql/connection.ts'
import { decodeId, encodeId } from '../graphql/ids.ts'
import { batched } from '../graphql/loader.ts'
import { entityById, userById } from '../graphql/loaders.ts'
import {
  Artifact,
  ArtifactCollection,
  ArtifactCollectionMembership,
  ArtifactType,
  Entity,
  Project,
  Run,
  User,
} from '../graphql/refs.ts'
import { notFound } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import {
  ArtifactConnection,
  ArtifactTypeConnection,
  artifactById,
  CollectionConnection,
  collectionById,
  typeOf,
} from './graphql-types.ts'
import {
  countRunArtifacts,
  findArtifactType,
  findCollection,
  findProject,
  findVersionByName,
  listArtifactTypes,
  listCollectionsInOrder,
  listProjects,
  listProjectsInOrder,
  listRunArtifacts,
  listVisibleProjects,
  loadProjects,
  loadStorageBytes,
  resolveClientId,
} from './operations.ts'
import type { ProjectRef, ProjectView, RunArtifactDirection } from './types.ts'

const projectById = batched<number, ProjectView>((context, ids) => loadProjects(context.world, context.caller, ids))

/** Some places know only a project's name; the rest is loaded when it is asked for. */
async function viewOf(context: Context, project: ProjectRef): Promise<ProjectView> {
  if ('createdAt' in project) return project as ProjectView
  const view = await projectById(context, project.id)
  if (view === undefined) throw notFound(`Project "${project.entity}/${project.name}"`)
  return view
}

const ProjectConnection = connectionType('Project', Project)

/**
 * The client reads "no automation on this page" as "no more pages" when it looks through the projects of a user, so the
 * pages of that list are long, whatever length it asks for.
 */
const PROJECTS_OF_VIEWER_MIN = 1_000

Project.implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (project) => encodeId('Project', project.id) }),
    internalId: t.id({
      nullable: false,
      description: 'The client decodes it and filters registries by the number in it.',
      resolve: (project) => encodeId('ProjectInternalId', project.id),
    }),
    name: t.exposeString('name', { nullable: false }),
    entityName: t.exposeString('entity', { nullable: false }),
    entity: t.field({
      type: Entity,
      nullable: false,
      resolve: async (project, _args, context) => {
        const entity = await entityById(context, project.entityId)
        assert(entity !== undefined, 'a project that was found has an entity')
        return entity
      },
    }),
    description: t.string({ resolve: async (project, _args, context) => (await viewOf(context, project)).description }),
    createdAt: t.field({
      type: 'DateTime',
      nullable: false,
      resolve: async (project, _args, context) => (await viewOf(context, project)).createdAt,
    }),
    updatedAt: t.field({
      type: 'DateTime',
      nullable: false,
      resolve: async (project, _args, context) => (await viewOf(context, project)).updatedAt,
    }),
    access: t.string({ resolve: async (project, _args, context) => (await viewOf(context, project)).access }),
    user: t.field({
      type: User,
      description: 'Who made it.',
      resolve: async (project, _args, context) => {
        const { createdBy } = await viewOf(context, project)
        return createdBy === null ? null : userById(context, createdBy)
      },
    }),
    readOnly: t.boolean({ resolve: (project, _args, { caller }) => !mayIn(caller, 'member', project) }),
    isBenchmark: t.boolean({ nullable: false, resolve: () => false }),
    views: t.field({ type: 'JSONString', resolve: () => null }),
    allowAllArtifactTypesInRegistry: t.boolean({
      nullable: false,
      resolve: async (project, _args, context) => (await viewOf(context, project)).allowAllTypes,
    }),
    artifactTypes: t.field({
      type: ArtifactTypeConnection,
      nullable: false,
      args: { ...pageArguments(), includeAll: t.arg.boolean() },
      resolve: async (project, { first, after, includeAll }, { world, caller }) => {
        // A registry's types are asked for at once and without a page size.
        const page = pageOf({ first: includeAll === true ? (first ?? TYPES_ALL) : first, after }, 'string')
        return connectionOf(await listArtifactTypes(world, caller, project.id, page))
      },
    }),
    artifactType: t.field({
      type: ArtifactType,
      args: { name: t.arg.string({ required: true }) },
      resolve: async (project, { name }, { world, caller }, info) =>
        (await findArtifactType(world, caller, { projectId: project.id, name })) ??
        absent(info, `Artifact type "${name}" in "${project.entity}/${project.name}"`),
    }),
    artifactCollections: t.field({
      type: CollectionConnection,
      nullable: false,
      args: { ...pageArguments(), filters: t.arg({ type: 'JSONString' }), order: t.arg.string() },
      resolve: async (project, { filters, order, ...args }, { world, caller }) => {
        const wishes = { projectId: project.id, filters, order }
        const { page, count } = await listCollectionsInOrder(world, caller, wishes, pageOf(args, 'string'))
        return connectionOf(page, count)
      },
    }),
    artifactCollection: t.field({
      type: ArtifactCollection,
      args: { name: t.arg.string({ required: true }) },
      resolve: async (project, { name }, { world, caller }, info) =>
        (await findCollection(world, caller, { projectId: project.id, name })) ??
        absent(info, `Collection "${project.entity}/${project.name}/${name}"`),
    }),
    artifactCollectionMembership: t.field({
      type: ArtifactCollectionMembership,
      args: { name: t.arg.string({ required: true, description: 'collection:alias, collection:v3, or collection.' }) },
      resolve: (project, { name }, { world, caller }) =>
        findVersionByName(world, caller, { projectId: project.id, name }),
    }),
    artifact: t.field({
      type: Artifact,
      args: { name: t.arg.string({ required: true, description: 'collection:alias, collection:v3, or collection.' }) },
      resolve: async (project, { name }, context) => {
        const { world, caller } = context
        const membership = await findVersionByName(world, caller, { projectId: project.id, name })
        return membership === undefined ? null : artifactById(context, membership.artifactId)
      },
    }),
  }),
})

const TYPES_ALL = 1_000

builder.objectFields(ArtifactType, (t) => ({
  artifactCollections: t.field({
    type: CollectionConnection,
    nullable: false,
    args: { ...pageArguments(), filters: t.arg({ type: 'JSONString' }), order: t.arg.string() },
    resolve: async (type, { filters, order, ...args }, context) => {
      const { projectId } = await typeOf(context, type.id)
      const wishes = { projectId, type: type.name, filters, order }
      const { page, count } = await listCollectionsInOrder(
        context.world,
        context.caller,
        wishes,
        pageOf(args, 'string'),
      )
      return connectionOf(page, count)
    },
  }),
  artifactCollection: t.field({
    type: ArtifactCollection,
    args: { name: t.arg.string({ required: true }) },
    resolve: async (type, { name }, context, info) => {
      const { projectId } = await typeOf(context, type.id)
      const found = await findCollection(context.world, context.caller, { projectId, name, type: type.name })
      return found ?? absent(info, `Collection "${name}" of type "${type.name}"`)
    },
  }),
}))

const storageOfEntity = batched<number, number>((context, ids) => loadStorageBytes(context.world, context.caller, ids))

builder.objectFields(Entity, (t) => ({
  storageBytes: t.field({
    type: 'Int64',
    nullable: false,
    description: 'Bytes of all versions, each counted whole although equal files are kept once.',
    resolve: async (entity, _args, context) => (await storageOfEntity(context, entity.id)) ?? 0,
  }),
  project: t.field({
    type: Project,
    args: { name: t.arg.string() },
    resolve: (entity, { name }, { world, caller }) =>
      name == null ? null : findProject(world, caller, { entity: entity.name, project: name }),
  }),
  projects: t.field({
    type: ProjectConnection,
    nullable: false,
    description: "By name. An organization's are its registries.",
    args: { ...pageArguments(), filters: t.arg({ type: 'JSONString' }), order: t.arg.string() },
    resolve: async (entity, { filters, order, ...args }, { world, caller }) => {
      const wishes = { entityId: entity.id, registriesOnly: entity.kind === 'organization', filters, order }
      return connectionOf(await listProjectsInOrder(world, caller, wishes, pageOf(args, 'string')))
    },
  }),
}))

builder.objectFields(User, (t) => ({
  projects: t.field({
    type: ProjectConnection,
    nullable: false,
    description: 'All that the caller may see; of another user, those in its personal namespace.',
    args: pageArguments(),
    resolve: async (user, args, { world, caller }) => {
      if (user.id !== caller.user.id) {
        return connectionOf(await listProjects(world, caller, { entityId: user.entity_id }, pageOf(args, 'string')))
      }
      const page = pageOf(args, 'number')
      return connectionOf(
        await listVisibleProjects(world, caller, { ...page, limit: Math.max(page.limit, PROJECTS_OF_VIEWER_MIN) }),
      )
    },
  }),
}))

const runArtifactsField = (direction: RunArtifactDirection) => {
  builder.objectField(Run, `${direction}Artifacts`, (t) =>
    t.field({
      type: ArtifactConnection,
      nullable: false,
      args: pageArguments(),
      resolve: async (run, args, { world, caller }) => {
        const input = { runId: run.id, direction }
        return connectionOf(await listRunArtifacts(world, caller, input, pageOf(args, 'number')), () =>
          countRunArtifacts(world, caller, input),
        )
      },
    }),
  )
}
runArtifactsField('input')
runArtifactsField('output')

const ClientIdMapping = builder
  .objectRef<{ artifactId: number } | { collectionId: number }>('ClientIDMapping')
  .implement({
    fields: (t) => ({
      serverID: t.id({
        nullable: false,
        resolve: (found) =>
          'artifactId' in found
            ? encodeId('Artifact', found.artifactId)
            : encodeId('ArtifactCollection', found.collectionId),
      }),
    }),
  })

builder.queryFields((t) => ({
  project: t.field({
    type: Project,
    args: { name: t.arg.string(), entityName: t.arg.string() },
    resolve: async (_root, { name, entityName }, context, info) => {
      if (name == null || name === '') return null
      const entity = entityName || (await entityById(context, context.caller.user.defaultEntityId))?.name
      if (entity === undefined) return null
      const found = await findProject(context.world, context.caller, { entity, project: name })
      return found ?? absent(info, `Project "${entity}/${name}"`)
    },
  }),
  models: t.field({
    type: ProjectConnection,
    description: "An entity's projects.",
    args: { ...pageArguments(), entityName: t.arg.string() },
    resolve: async (_root, { entityName, ...args }, context, info) => {
      const { world, caller } = context
      const entity =
        entityName == null || entityName === ''
          ? await entityById(context, caller.user.defaultEntityId)
          : await lookUpEntity(world, caller, entityName)
      if (entity === undefined) return absent(info, `Entity "${entityName}"`)
      return connectionOf(await listProjects(world, caller, { entityId: entity.id }, pageOf(args, 'string')))
    },
  }),
  artifact: t.field({
    type: Artifact,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => {
      const artifactId = decodeId('Artifact', id)
      return artifactId === undefined ? null : artifactById(context, artifactId)
    },
  }),
  artifactCollection: t.field({
    type: ArtifactCollection,
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context, info) => {
      const collectionId = decodeId('ArtifactCollection', id)
      const found = collectionId === undefined ? undefined : await collectionById(context, collectionId)
      return found ?? absent(info, 'Collection')
    },
  }),
  clientIDMapping: t.field({
    type: ClientIdMapping,
    description: 'What an id stands for that a client made up before it knew ours.',
    args: { clientID: t.arg.id({ required: true }) },
    resolve: (_root, { clientID }, { world, caller }) => resolveClientId(world, caller, clientID),
  }),
}))
