/** What the client sends to make users, teams and keys. The REST API can do more. */
import { builder, type Context } from '../graphql/builder.ts'
import { decodeId, encodeId } from '../graphql/ids.ts'
import { userById } from '../graphql/loaders.ts'
import { Entity, User } from '../graphql/refs.ts'
import { notFound, Refusal } from '../refusal.ts'
import { ApiKey } from './graphql-types.ts'
import { assertEmailUsable } from './names.ts'
import {
  createApiKey,
  createServiceAccount,
  createTeam,
  createUser,
  deleteApiKey,
  findEntity,
  findOwnApiKeys,
  loadUsersNamed,
  lookUpEntity,
  putMember,
  removeMember,
  setDefaultEntity,
  type User as UserRow,
} from './operations.ts'
import { requireServerAdmin } from './rights.ts'

const successPayload = (name: string) =>
  builder
    .objectRef<{ success: boolean }>(name)
    .implement({ fields: (t) => ({ success: t.exposeBoolean('success', { nullable: false }) }) })

const userPayload = (name: string) =>
  builder
    .objectRef<{ user: UserRow }>(name)
    .implement({ fields: (t) => ({ user: t.field({ type: User, nullable: false, resolve: ({ user }) => user }) }) })

const UpdateUserInput = builder.inputType('UpdateUserInput', {
  fields: (t) => ({ defaultEntity: t.string(), clientMutationId: t.string() }),
})
const UpdateUserPayload = userPayload('UpdateUserPayload')

const CreateUserInput = builder.inputType('CreateUserInput', {
  fields: (t) => ({ email: t.string({ required: true }), admin: t.boolean(), clientMutationId: t.string() }),
})
const CreateUserPayload = userPayload('CreateUserPayload')

const CreateServiceAccountInput = builder.inputType('CreateServiceAccountInput', {
  fields: (t) => ({
    entityName: t.string({ required: true }),
    description: t.string({ required: true, description: 'Its username is made from this.' }),
    clientMutationId: t.string(),
  }),
})
const CreateServiceAccountPayload = userPayload('CreateServiceAccountPayload')

const GenerateApiKeyInput = builder.inputType('GenerateApiKeyInput', {
  fields: (t) => ({ description: t.string(), clientMutationId: t.string() }),
})

const GenerateApiKeyPayload = builder
  .objectRef<{ apiKey: typeof ApiKey.$inferType }>('GenerateApiKeyPayload')
  .implement({
    fields: (t) => ({ apiKey: t.field({ type: ApiKey, nullable: false, resolve: ({ apiKey }) => apiKey }) }),
  })

const DeleteApiKeyInput = builder.inputType('DeleteApiKeyInput', {
  fields: (t) => ({ id: t.string({ required: true }), clientMutationId: t.string() }),
})
const DeleteApiKeyPayload = successPayload('DeleteApiKeyPayload')

const CreateTeamInput = builder.inputType('CreateTeamInput', {
  fields: (t) => ({
    teamName: t.string({ required: true }),
    teamAdminUserName: t.string({ description: 'A further administrator beside the caller.' }),
    clientMutationId: t.string(),
  }),
})

const CreateTeamPayload = builder.objectRef<{ entity: typeof Entity.$inferType }>('CreateTeamPayload').implement({
  fields: (t) => ({ entity: t.field({ type: Entity, nullable: false, resolve: ({ entity }) => entity }) }),
})

const CreateInviteInput = builder.inputType('CreateInviteInput', {
  fields: (t) => ({
    entityName: t.string({ required: true }),
    email: t.string(),
    username: t.string(),
    admin: t.boolean(),
    clientMutationId: t.string(),
  }),
})

// There is nothing to accept: who is invited is a member at once.
const Invite = builder.objectRef<{ user: UserRow; createdAt: number }>('Invite').implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: ({ user }) => encodeId('User', user.id) }),
    name: t.string({ nullable: false, resolve: ({ user }) => user.name ?? user.username }),
    email: t.string({ resolve: ({ user }) => user.email }),
    createdAt: t.field({ type: 'DateTime', nullable: false, resolve: ({ createdAt }) => createdAt }),
    toUser: t.field({ type: User, resolve: ({ user }) => user }),
  }),
})

const CreateInvitePayload = builder.objectRef<{ invite: typeof Invite.$inferType }>('CreateInvitePayload').implement({
  fields: (t) => ({ invite: t.field({ type: Invite, nullable: false, resolve: ({ invite }) => invite }) }),
})

const DeleteInviteInput = builder.inputType('DeleteInviteInput', {
  fields: (t) => ({ id: t.string(), entityName: t.string(), clientMutationId: t.string() }),
})
const DeleteInvitePayload = successPayload('DeleteInvitePayload')

/** @throws Refusal `not_found` for personal entities too, which have no members */
async function groupOf({ world, caller }: Context, name: string) {
  const entity = await lookUpEntity(world, caller, name)
  if (entity === undefined || entity.kind === 'user') throw notFound(`Team "${name}"`)
  return { kind: entity.kind, name: entity.name }
}

async function userNamed({ world }: Context, username: string): Promise<UserRow> {
  const user = (await loadUsersNamed(world, [username])).get(username)
  if (user === undefined) throw notFound(`User "${username}"`)
  return user
}

/** A name for a user who was given none: the letters, digits, `-` and `_` of `text`. */
function usernameFrom(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replaceAll(/^[-_]+|[-_]+$/g, '')
    .slice(0, 64)
}

builder.mutationFields((t) => ({
  updateUser: t.field({
    type: UpdateUserPayload,
    args: { input: t.arg({ type: UpdateUserInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      if (input.defaultEntity != null) await setDefaultEntity(context.world, context.caller, input.defaultEntity)
      return { user: await userNamed(context, context.caller.user.username) }
    },
  }),
  createUser: t.field({
    type: CreateUserPayload,
    description: 'A new person without a password, named after the first part of the e-mail address.',
    args: { input: t.arg({ type: CreateUserInput, required: true }) },
    resolve: async (_root, { input: { email, admin } }, context) => {
      assertEmailUsable(email)
      const username = usernameFrom(email.split('@')[0] ?? '')
      if (username === '') {
        throw new Refusal(
          'name_invalid',
          `No username can be made of "${email}": make the user in the web app or by REST`,
        )
      }
      await createUser(context.world, context.caller, { username, email, admin: admin === true })
      return { user: await userNamed(context, username) }
    },
  }),
  createServiceAccount: t.field({
    type: CreateServiceAccountPayload,
    args: { input: t.arg({ type: CreateServiceAccountInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const username = usernameFrom(input.description)
      await createServiceAccount(context.world, context.caller, {
        team: input.entityName,
        username,
        name: input.description,
        role: 'member',
      })
      return { user: await userNamed(context, username) }
    },
  }),
  generateApiKey: t.field({
    type: GenerateApiKeyPayload,
    description: 'A new key for the caller; `name` is the key, this once.',
    args: { input: t.arg({ type: GenerateApiKeyInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      const { username, id: userId } = caller.user
      const made = await createApiKey(world, caller, { username, description: input.description })
      const rows = await findOwnApiKeys(world, caller, userId)
      const row = rows?.find((each) => each.publicId === made.id)
      if (row === undefined) throw notFound('The new API key')
      return { apiKey: { ...row, key: made.key } }
    },
  }),
  deleteApiKey: t.field({
    type: DeleteApiKeyPayload,
    args: { input: t.arg({ type: DeleteApiKeyInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      const { username, id: userId } = caller.user
      const id = decodeId('ApiKey', input.id)
      const row = (await findOwnApiKeys(world, caller, userId))?.find((each) => each.id === id)
      if (row === undefined) throw notFound(`API key "${input.id}"`)
      await deleteApiKey(world, caller, { username, id: row.publicId })
      return { success: true }
    },
  }),
  createTeam: t.field({
    type: CreateTeamPayload,
    args: { input: t.arg({ type: CreateTeamInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { world, caller } = context
      const { teamName, teamAdminUserName } = input
      const further = teamAdminUserName != null && teamAdminUserName !== caller.user.username ? teamAdminUserName : null
      requireServerAdmin(caller)
      if (further !== null) await userNamed(context, further)
      await createTeam(world, caller, { name: teamName })
      if (further !== null) {
        await putMember(world, caller, { kind: 'team', name: teamName, user: { username: further }, role: 'admin' })
      }
      const entity = await findEntity(world.db.read, teamName)
      if (entity === undefined) throw notFound(`Team "${teamName}"`)
      return { entity }
    },
  }),
  createInvite: t.field({
    type: CreateInvitePayload,
    args: { input: t.arg({ type: CreateInviteInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { email, username } = input
      const user = username != null ? { username } : email != null ? { email } : undefined
      if (user === undefined) throw new Refusal('invalid_request', 'Name who is invited: "username" or "email"')
      const member = await putMember(context.world, context.caller, {
        ...(await groupOf(context, input.entityName)),
        user,
        role: input.admin === true ? 'admin' : 'member',
      })
      return { invite: { user: await userNamed(context, member.username), createdAt: context.world.now() } }
    },
  }),
  deleteInvite: t.field({
    type: DeleteInvitePayload,
    description: 'End a membership, by the id of the member.',
    args: { input: t.arg({ type: DeleteInviteInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const group = await groupOf(context, input.entityName ?? '')
      const id = input.id == null ? undefined : decodeId('User', input.id)
      const user = id === undefined ? undefined : await userById(context, id)
      // Named by the id that was sent: the username of somebody elsewhere would be news.
      const what = `Member "${input.id}"`
      await removeMember(context.world, context.caller, { ...group, username: user?.username ?? '', what })
      return { success: true }
    },
  }),
}))
