/** What the client sends about registries: their members, names and ends, and what is in all those of an organization. */
import { loadAcquaintances } from '../access/operations.ts'
import { builder, type Context } from '../graphql/builder.ts'
import { connectionOf, pageArguments, pageOf } from '../graphql/connection.ts'
import { decodeId, encodeId } from '../graphql/ids.ts'
import { batched } from '../graphql/loader.ts'
import { entityById, userById } from '../graphql/loaders.ts'
import { Entity, Project, type User } from '../graphql/refs.ts'
import { CollectionConnection, MembershipConnection } from './graphql-types.ts'
import {
  addRegistryMembers,
  changeRegistryMember,
  deleteRegistry,
  listRegistryCollections,
  listRegistryMembers,
  listRegistryVersions,
  removeRegistryMembers,
  renameRegistry,
} from './operations.ts'
import type { ProjectView } from './types.ts'

type Role = 'admin' | 'member' | 'viewer'

const acquainted = batched<number, true>((context, ids) => loadAcquaintances(context.world, context.caller, ids))

const ProjectRole = builder
  .objectRef<{ role: Role }>('Role')
  .implement({ fields: (t) => ({ name: t.string({ nullable: false, resolve: ({ role }) => role }) }) })

const ProjectMember = builder
  .objectRef<{ role: Role; user: typeof User.$inferType; email: string | null }>('ProjectMember')
  .implement({
    fields: (t) => ({
      id: t.id({ nullable: false, resolve: ({ user }) => encodeId('User', user.id) }),
      name: t.string({ nullable: false, resolve: ({ user }) => user.name ?? user.username }),
      username: t.string({ resolve: ({ user }) => user.username }),
      email: t.exposeString('email'),
      role: t.field({ type: ProjectRole, nullable: false, resolve: (member) => member }),
    }),
  })

const ProjectTeamMember = builder
  .objectRef<{ role: Role; team: typeof Entity.$inferType }>('ProjectTeamMember')
  .implement({
    fields: (t) => ({
      team: t.field({ type: Entity, nullable: false, resolve: ({ team }) => team }),
      role: t.field({ type: ProjectRole, nullable: false, resolve: (member) => member }),
    }),
  })

builder.objectFields(Project, (t) => ({
  members: t.field({
    type: [ProjectMember],
    nullable: false,
    description: 'The users that are members of a registry, beside those of its organization.',
    resolve: async (project, _args, context) => {
      const members = await listRegistryMembers(context.world, context.caller, project.id)
      const found = members.map(async (member) => {
        const user = 'userId' in member ? await userById(context, member.userId) : undefined
        if (user === undefined || user.deleted_at !== null) return []
        const email = (await acquainted(context, user.id)) === true ? user.email : null
        return [{ role: member.role, user, email }]
      })
      return (await Promise.all(found)).flat()
    },
  }),
  teamMembers: t.field({
    type: [ProjectTeamMember],
    nullable: false,
    description: 'The teams that are members of a registry.',
    resolve: async (project, _args, context) => {
      const members = await listRegistryMembers(context.world, context.caller, project.id)
      const found = members.map(async (member) => {
        const team = 'teamId' in member ? await entityById(context, member.teamId) : undefined
        return team === undefined || team.deleted_at !== null ? [] : [{ role: member.role, team }]
      })
      return (await Promise.all(found)).flat()
    },
  }),
}))

const ArtifactCollectionType = builder.enumType('ArtifactCollectionType', {
  values: ['SEQUENCE', 'PORTFOLIO'] as const,
})

builder.objectFields(Entity, (t) => ({
  artifactCollections: t.field({
    type: CollectionConnection,
    nullable: false,
    description: 'Those in the registries of an organization.',
    args: {
      ...pageArguments(),
      projectFilters: t.arg({ type: 'JSONString' }),
      filters: t.arg({ type: 'JSONString' }),
      collectionTypes: t.arg({ type: [ArtifactCollectionType] }),
      order: t.arg.string(),
    },
    resolve: async (entity, { projectFilters, filters, collectionTypes, order, ...args }, { world, caller }) => {
      const { page, count } = await listRegistryCollections(
        world,
        caller,
        { organizationId: entity.id, projectFilters, filters, kinds: collectionTypes ?? ['PORTFOLIO'], order },
        pageOf(args, 'string'),
      )
      return connectionOf(page, count)
    },
  }),
  artifactMemberships: t.field({
    type: MembershipConnection,
    nullable: false,
    description: 'The versions in the registries of an organization.',
    args: {
      ...pageArguments(),
      projectFilters: t.arg({ type: 'JSONString' }),
      collectionFilters: t.arg({ type: 'JSONString' }),
      filters: t.arg({ type: 'JSONString' }),
      order: t.arg.string(),
    },
    resolve: async (entity, { projectFilters, collectionFilters, filters, order, ...args }, { world, caller }) => {
      const { page, count } = await listRegistryVersions(
        world,
        caller,
        { organizationId: entity.id, projectFilters, collectionFilters, filters, order },
        pageOf(args, 'string'),
      )
      return connectionOf(page, count)
    },
  }),
}))

const successPayload = (name: string) =>
  builder
    .objectRef<{ success: boolean }>(name)
    .implement({ fields: (t) => ({ success: t.exposeBoolean('success', { nullable: false }) }) })

const membersInput = (name: string) =>
  builder.inputType(name, {
    fields: (t) => ({
      projectId: t.id({ required: true }),
      userIds: t.idList(),
      teamIds: t.idList(),
      clientMutationId: t.string(),
    }),
  })

const CreateProjectMembersInput = membersInput('CreateProjectMembersInput')
const DeleteProjectMembersInput = membersInput('DeleteProjectMembersInput')

const UpdateProjectMemberInput = builder.inputType('UpdateProjectMemberInput', {
  fields: (t) => ({
    projectId: t.id({ required: true }),
    userId: t.id({ required: true }),
    userProjectRole: t.string({ required: true }),
    clientMutationId: t.string(),
  }),
})

const UpdateProjectTeamMemberInput = builder.inputType('UpdateProjectTeamMemberInput', {
  fields: (t) => ({
    projectId: t.id({ required: true }),
    teamId: t.id({ required: true }),
    teamProjectRole: t.string({ required: true }),
    clientMutationId: t.string(),
  }),
})

const RenameProjectInput = builder.inputType('RenameProjectInput', {
  fields: (t) => ({
    entityName: t.string({ required: true }),
    oldProjectName: t.string({ required: true }),
    newProjectName: t.string({ required: true }),
    clientMutationId: t.string(),
  }),
})

const RenameProjectPayload = builder.objectRef<{ project: ProjectView }>('RenameProjectPayload').implement({
  fields: (t) => ({
    inserted: t.boolean({ nullable: false, resolve: () => false }),
    project: t.field({ type: Project, nullable: false, resolve: ({ project }) => project }),
  }),
})

const DeleteModelInput = builder.inputType('DeleteModelInput', {
  fields: (t) => ({ id: t.string({ required: true }), clientMutationId: t.string() }),
})

type MembersOf = typeof CreateProjectMembersInput.$inferInput

/** An id that is none of ours names nothing, as one that nobody has. */
const NOTHING = 0

function membersOf({ projectId, userIds, teamIds }: MembersOf) {
  return {
    projectId: decodeId('Project', String(projectId)) ?? NOTHING,
    userIds: (userIds ?? []).map((id) => decodeId('User', String(id)) ?? NOTHING),
    teamIds: (teamIds ?? []).map((id) => decodeId('Entity', String(id)) ?? NOTHING),
  }
}

async function changeRole(
  { world, caller }: Context,
  projectId: string | number,
  member: { userId: number } | { teamId: number },
  role: string,
): Promise<{ success: boolean }> {
  const id = decodeId('Project', String(projectId)) ?? NOTHING
  await changeRegistryMember(world, caller, { projectId: id, member, role })
  return { success: true }
}

builder.mutationFields((t) => ({
  createProjectMembers: t.field({
    type: successPayload('CreateProjectMembersPayload'),
    description: 'Of a registry, as viewers.',
    args: { input: t.arg({ type: CreateProjectMembersInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      await addRegistryMembers(world, caller, membersOf(input))
      return { success: true }
    },
  }),
  deleteProjectMembers: t.field({
    type: successPayload('DeleteProjectMembersPayload'),
    args: { input: t.arg({ type: DeleteProjectMembersInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      await removeRegistryMembers(world, caller, membersOf(input))
      return { success: true }
    },
  }),
  updateProjectMember: t.field({
    type: successPayload('UpdateProjectMemberPayload'),
    args: { input: t.arg({ type: UpdateProjectMemberInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const userId = decodeId('User', String(input.userId)) ?? NOTHING
      return changeRole(context, input.projectId, { userId }, input.userProjectRole)
    },
  }),
  updateProjectTeamMember: t.field({
    type: successPayload('UpdateProjectTeamMemberPayload'),
    args: { input: t.arg({ type: UpdateProjectTeamMemberInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const teamId = decodeId('Entity', String(input.teamId)) ?? NOTHING
      return changeRole(context, input.projectId, { teamId }, input.teamProjectRole)
    },
  }),
  renameProject: t.field({
    type: RenameProjectPayload,
    description: 'A registry.',
    args: { input: t.arg({ type: RenameProjectInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      const { entityName: entity, oldProjectName: project, newProjectName: name } = input
      return { project: await renameRegistry(world, caller, { entity, project, name }) }
    },
  }),
  deleteModel: t.field({
    type: successPayload('DeleteModelPayload'),
    description: 'A registry with its collections; versions stay where they were logged.',
    args: { input: t.arg({ type: DeleteModelInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      await deleteRegistry(world, caller, decodeId('Project', input.id) ?? NOTHING)
      return { success: true }
    },
  }),
}))
