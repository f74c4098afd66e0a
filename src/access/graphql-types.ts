import { absent } from '../graphql/absent.ts'
import { builder } from '../graphql/builder.ts'
import { connectionType, wholeConnection } from '../graphql/connection.ts'
import { encodeId } from '../graphql/ids.ts'
import { batched } from '../graphql/loader.ts'
import { entityById, userById } from '../graphql/loaders.ts'
import { Entity, Organization, User } from '../graphql/refs.ts'
import {
  findOwnApiKeys,
  loadAcquaintances,
  loadMembers,
  loadMemberships,
  loadUsersOfEntities,
  lookUpEntity,
  lookUpOrganization,
  type MemberOfEntity,
  type OwnApiKey,
  searchUsers,
} from './operations.ts'
import { may } from './rights.ts'

const userOfEntity = batched<number, typeof User.$inferType>((context, ids) =>
  loadUsersOfEntities(context.world, context.caller, ids),
)
const acquainted = batched<number, true>((context, ids) => loadAcquaintances(context.world, context.caller, ids))
const membershipsOf = batched<number, (typeof Entity.$inferType)[]>((context, ids) =>
  loadMemberships(context.world, context.caller, ids),
)
const membersOf = batched<number, MemberOfEntity[]>((context, ids) => loadMembers(context.world, context.caller, ids))

// Clients look for the key in `name`, where it is this once, when it was made. Afterwards that only tells keys apart.
export const ApiKey = builder.objectRef<OwnApiKey & { key?: string }>('ApiKey').implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (row) => encodeId('ApiKey', row.id) }),
    name: t.string({ nullable: false, resolve: ({ key, hint }) => key ?? `…${hint}` }),
    description: t.exposeString('description'),
  }),
})
const ApiKeyConnection = connectionType('ApiKey', ApiKey)
const EntityConnection = connectionType('Entity', Entity)
const UserConnection = connectionType('User', User)

User.implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (user) => encodeId('User', user.id) }),
    username: t.exposeString('username'),
    name: t.string({ nullable: false, resolve: (user) => user.name ?? user.username }),
    email: t.string({
      resolve: async (user, _args, context) => ((await acquainted(context, user.id)) === true ? user.email : null),
    }),
    admin: t.boolean({
      resolve: (user, _args, { caller }) =>
        caller.user.isAdmin || caller.user.id === user.id ? user.is_admin === 1 : null,
    }),
    accountType: t.string({ resolve: (user) => (user.kind === 'service' ? 'SERVICE' : 'MEMBER') }),
    deletedAt: t.field({ type: 'DateTime', resolve: (user) => user.deleted_at }),
    flags: t.field({ type: 'JSONString', resolve: () => JSON.stringify({ code_saving_enabled: false }) }),
    entity: t.string({
      description: 'Where things go when a request names no entity.',
      resolve: async (user, _args, context) => {
        const { caller } = context
        if (user.id !== caller.user.id) return (await entityById(context, user.entity_id))?.name ?? null
        const chosen = user.default_entity_id
        const id = chosen !== null && caller.roles.has(chosen) ? chosen : caller.user.defaultEntityId
        return (await entityById(context, id))?.name ?? null
      },
    }),
    teams: t.field({
      type: EntityConnection,
      nullable: false,
      resolve: async (user, _args, context) => {
        const memberships = (await membershipsOf(context, user.id)) ?? []
        return wholeConnection(memberships.filter((entity) => entity.kind === 'team'))
      },
    }),
    organizations: t.field({
      type: [Organization],
      description: 'Those the user belongs to, itself or by a team.',
      nullable: false,
      resolve: async (user, _args, context) => {
        const memberships = (await membershipsOf(context, user.id)) ?? []
        const ids = new Set(
          memberships.map((entity) => (entity.kind === 'organization' ? entity.id : entity.organization_id)),
        )
        const found = await Promise.all([...ids].map((id) => (id === null ? undefined : entityById(context, id))))
        return found.filter((entity) => entity !== undefined)
      },
    }),
    apiKeys: t.field({
      type: ApiKeyConnection,
      resolve: async (user, _args, { world, caller }) => {
        const keys = await findOwnApiKeys(world, caller, user.id)
        return keys === undefined ? null : wholeConnection(keys)
      },
    }),
  }),
})

const Member = builder.objectRef<MemberOfEntity>('Member').implement({
  fields: (t) => ({
    id: t.id({ resolve: (member) => encodeId('User', member.id) }),
    admin: t.boolean({ resolve: (member) => member.role === 'admin' }),
    role: t.exposeString('role'),
    pending: t.boolean({ resolve: () => false }),
    email: t.exposeString('email'),
    username: t.exposeString('username'),
    name: t.string({ nullable: false, resolve: (member) => member.name ?? member.username }),
    photoUrl: t.string({ resolve: () => null }),
    accountType: t.string({ resolve: (member) => (member.kind === 'service' ? 'SERVICE' : 'MEMBER') }),
    apiKey: t.string({ description: 'Never shown.', resolve: () => null }),
  }),
})

Entity.implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (entity) => encodeId('Entity', entity.id) }),
    name: t.exposeString('name', { nullable: false }),
    entityType: t.string({ nullable: false, resolve: (entity) => entity.kind }),
    isTeam: t.boolean({ nullable: false, resolve: (entity) => entity.kind === 'team' }),
    limits: t.field({ type: 'JSON', resolve: () => null }),
    available: t.boolean({ description: 'Whether the name is still to be had.', resolve: () => false }),
    photoUrl: t.string({ resolve: () => null }),
    readOnly: t.boolean({ resolve: (entity, _args, { caller }) => !may(caller, 'member', entity.id) }),
    readOnlyAdmin: t.boolean({
      nullable: false,
      resolve: (entity, _args, { caller }) => !may(caller, 'admin', entity.id),
    }),
    privateOnly: t.boolean({ nullable: false, description: 'Everything here is private.', resolve: () => true }),
    codeSavingEnabled: t.boolean({ nullable: false, resolve: () => false }),
    xxhashDigestsEnabled: t.boolean({ resolve: () => false }),
    defaultAccess: t.string({ nullable: false, resolve: () => 'PRIVATE' }),
    isPaid: t.boolean({ resolve: () => false }),
    user: t.field({
      type: User,
      description: 'Whose personal namespace this is.',
      resolve: (entity, _args, context) => (entity.kind === 'user' ? userOfEntity(context, entity.id) : null),
    }),
    organization: t.field({
      type: Organization,
      resolve: (entity, _args, context) => {
        if (entity.kind === 'organization') return entity
        return entity.organization_id === null ? null : entityById(context, entity.organization_id)
      },
    }),
    members: t.field({
      type: [Member],
      nullable: false,
      resolve: async (entity, _args, context) => (await membersOf(context, entity.id)) ?? [],
    }),
  }),
})

const FeatureFlag = builder.objectRef<{ rampKey: string; isEnabled: boolean }>('FeatureFlag').implement({
  fields: (t) => ({
    rampKey: t.exposeString('rampKey', { nullable: false }),
    isEnabled: t.exposeBoolean('isEnabled', { nullable: false }),
  }),
})

const RampIdType = builder.enumType('RampIDType', { values: ['OrgName'] as const })

const AdvancedRegistryFeatures = builder
  .objectRef<{ advancedSearch: boolean }>('AdvancedRegistryFeatures')
  .implement({ fields: (t) => ({ advancedSearch: t.exposeBoolean('advancedSearch', { nullable: false }) }) })

Organization.implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (organization) => encodeId('Organization', organization.id) }),
    name: t.string({
      nullable: false,
      description: 'What people call it. Paths use the name of `orgEntity`.',
      resolve: (organization) => organization.display_name ?? organization.name,
    }),
    orgEntity: t.field({ type: Entity, nullable: false, resolve: (organization) => organization }),
    coreWeaveOrganizationId: t.id({ resolve: () => null }),
    featureFlags: t.field({
      type: [FeatureFlag],
      nullable: false,
      args: { rampIDType: t.arg({ type: RampIdType, required: true }) },
      resolve: () => [{ rampKey: 'automation_entity_scope', isEnabled: true }],
    }),
    advancedRegistryFeatures: t.field({
      type: AdvancedRegistryFeatures,
      description: 'Versions in registries can be ordered, and filtered by their size.',
      resolve: () => ({ advancedSearch: true }),
    }),
  }),
})

builder.queryFields((t) => ({
  viewer: t.field({
    type: User,
    resolve: (_root, _args, context) => userById(context, context.caller.user.id),
  }),
  users: t.field({
    type: UserConnection,
    nullable: false,
    args: { query: t.arg.string() },
    resolve: async (_root, { query }, { world, caller }) =>
      wholeConnection(await searchUsers(world, caller, query ?? '')),
  }),
  entity: t.field({
    type: Entity,
    args: { name: t.arg.string() },
    resolve: async (_root, { name }, context, info) =>
      name == null || name === ''
        ? entityById(context, context.caller.user.defaultEntityId)
        : ((await lookUpEntity(context.world, context.caller, name)) ?? absent(info, `Entity "${name}"`)),
  }),
  organization: t.field({
    type: Organization,
    args: { name: t.arg.string({ required: true }) },
    resolve: (_root, { name }, { world, caller }) => lookUpOrganization(world, caller, name),
  }),
}))
