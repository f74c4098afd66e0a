import { z } from 'zod'
import { cutPage, decodeCursor, PageQuery, page } from '../http/paging.ts'
import { wrongNameAt } from '../http/problem.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, isoTimeOrNull, Name, Time, text } from '../http/schemas.ts'
import { setSessionCookie } from '../http/session-cookie.ts'
import type { World } from '../world.ts'
import { groupRoutes } from './http-groups.ts'
import { inviteRoutes } from './http-invites.ts'
import { passwordRoutes } from './http-passwords.ts'
import { sessionRoutes, visitorOf } from './http-sessions.ts'
import { PROFILE, User, viewerRoutes } from './http-viewer.ts'
import {
  type ApiKeyView,
  type AuditView,
  createApiKey,
  createUser,
  deleteApiKey,
  deleteUser,
  getUser,
  listApiKeys,
  listAudit,
  listUsers,
  setUp,
  type UserView,
  updateUserProfile,
} from './operations.ts'

const DisplayName = text({ min: 1, max: 200 })
// Their own rules are checked by the operation, which knows what to say; these are the bounds.
const Email = text({ min: 1, max: 320 })
const Password = text({ max: 1_000 })
const Key = text({ max: 1_000 })

const ApiKey = z
  .object({
    id: z.string(),
    hint: z.string().meta({ description: 'The last four characters.' }),
    description: z.string().nullable(),
    createdAt: Time,
    expiresAt: Time.nullable(),
    lastUsedAt: Time.nullable().meta({ description: 'To the minute.' }),
  })
  .meta({ id: 'ApiKey' })

const NewApiKey = ApiKey.extend({
  key: z.string().meta({ description: 'The key itself, shown this once.' }),
}).meta({ id: 'NewApiKey' })

const AuditEntry = z
  .object({
    at: Time,
    actor: z.string().nullable().meta({ description: 'Who did it; null for the server itself.' }),
    via: z.string().meta({ description: 'By what: wandb, rest, web or system.' }),
    action: z.string(),
    entity: z.string().nullable(),
    subject: z.string(),
    details: z.record(z.string(), z.unknown()),
    requestId: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' })

/** What a list of the audit can be narrowed to, beside the page of it. */
const AuditQuery = PageQuery.extend({
  actor: Name.optional().meta({ description: 'Only what this user did.' }),
  action: z
    .string()
    .max(100)
    .regex(/^[a-z_]+(\.[a-z_]+)?$/, 'must look like "webhook.created", or "webhook" for all that was done to webhooks')
    .optional()
    .meta({ description: 'Only this action, such as `webhook.created`, or all of a noun: `webhook`.' }),
  subject: text({ min: 1, max: 200 }).optional().meta({ description: 'Only what was done to this.' }),
})

const Username = z.object({ username: Name })

/** People, keys, the audit, and below `groupRoutes` the teams and organizations. */
export function accessRoutes(app: RestApp, world: World): void {
  setupRoute(app, world)
  sessionRoutes(app, world)
  viewerRoutes(app, world)
  passwordRoutes(app, world)
  userRoutes(app, world)
  apiKeyRoutes(app, world)
  auditRoutes(app, world)
  groupRoutes(app, world)
  inviteRoutes(app, world)
}

function setupRoute(app: RestApp, world: World): void {
  app.post(
    '/setup',
    {
      config: { open: true, beginsSession: true, answersOnce: true, wrongField: wrongNameAt('/username') },
      schema: {
        tags: ['users'],
        operationId: 'setUp',
        summary: 'Create the first administrator with the token of the set-up link',
        description: 'A browser is signed in by it: `GET /api/v1/session` has the rest.',
        security: [],
        body: z.strictObject({
          token: text({ min: 1, max: 200 }),
          username: Name,
          name: DisplayName.optional(),
          email: Email.optional(),
          password: Password.optional(),
        }),
        response: { 201: z.object({ username: z.string(), apiKey: z.string() }).meta({ id: 'SetupDone' }) },
      },
    },
    async (request, reply) => {
      const { session, ...done } = await setUp(world, request.body, visitorOf(request))
      if (session !== undefined) setSessionCookie(world, reply, session)
      return reply.code(201).send(done)
    },
  )
}

function userRoutes(app: RestApp, world: World): void {
  app.post(
    '/users',
    {
      config: { wrongField: wrongNameAt('/username') },
      schema: {
        tags: ['users'],
        operationId: 'createUser',
        summary: 'Create a user',
        description: 'For server administrators. `apiKey` imports a key the user already has.',
        body: z.strictObject({
          username: Name,
          email: Email.optional(),
          name: DisplayName.optional(),
          password: Password.optional(),
          apiKey: Key.optional(),
          admin: z.boolean().optional(),
        }),
        response: { 201: User },
      },
    },
    async (request, reply) => reply.code(201).send(userBody(await createUser(world, callerOf(request), request.body))),
  )

  app.get(
    '/users',
    {
      schema: {
        tags: ['users'],
        operationId: 'listUsers',
        summary: 'All users, by username',
        description: 'For server administrators.',
        querystring: PageQuery.extend({
          search: text({ min: 1, max: 100 })
            .optional()
            .meta({ description: 'Only those with this in their username, name or e-mail address.' }),
        }),
        response: { 200: page(User) },
      },
    },
    async (request) => {
      const { limit, cursor, search } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const users = await listUsers(world, callerOf(request), { after, search, limit })
      return cutPage(users, limit, userBody, (user) => [user.username])
    },
  )

  app.get(
    '/users/:username',
    {
      schema: {
        tags: ['users'],
        operationId: 'getUser',
        summary: 'A user',
        description:
          'Yourself; any user for server administrators; service accounts for the administrators of their team.',
        params: Username,
        response: { 200: User },
      },
    },
    async (request) => userBody(await getUser(world, callerOf(request), request.params.username)),
  )

  app.patch(
    '/users/:username',
    {
      schema: {
        tags: ['users'],
        operationId: 'updateUser',
        summary: 'Change a user’s name or e-mail address, or who administers the server',
        description: 'For server administrators. What is absent stays as it is. The server keeps an administrator.',
        params: Username,
        body: z.strictObject({ ...PROFILE, admin: z.boolean().optional() }),
        response: { 200: User },
      },
    },
    async (request) =>
      userBody(await updateUserProfile(world, callerOf(request), { ...request.params, ...request.body })),
  )

  app.delete(
    '/users/:username',
    {
      schema: {
        tags: ['users'],
        operationId: 'deleteUser',
        summary: 'Delete a user',
        description:
          'Ends keys and memberships at once. What the user made stays, and the name is never given again. ' +
          'For server administrators; service accounts also for the administrators of their team.',
        params: Username,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await deleteUser(world, callerOf(request), request.params.username)
      return reply.code(204).send(null)
    },
  )
}

function apiKeyRoutes(app: RestApp, world: World): void {
  app.post(
    '/users/:username/api-keys',
    {
      config: { answersOnce: true },
      schema: {
        tags: ['users'],
        operationId: 'createApiKey',
        summary: 'Create an API key',
        description: 'The key is shown this once. Without `expiresAt` it does not expire.',
        params: Username,
        body: z.strictObject({
          description: text({ min: 1, max: 200 }).optional(),
          expiresAt: z.iso.datetime({ offset: true }).optional(),
        }),
        response: { 201: NewApiKey },
      },
    },
    async (request, reply) => {
      const { description, expiresAt } = request.body
      const created = await createApiKey(world, callerOf(request), {
        username: request.params.username,
        description,
        expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
      })
      return reply.code(201).send({ ...apiKeyBody(created), key: created.key })
    },
  )

  app.get(
    '/users/:username/api-keys',
    {
      schema: {
        tags: ['users'],
        operationId: 'listApiKeys',
        summary: 'The API keys of a user',
        description: 'Never the keys themselves. A user has at most 100, so they come in one page.',
        params: Username,
        response: { 200: page(ApiKey) },
      },
    },
    async (request) => {
      const keys = await listApiKeys(world, callerOf(request), request.params.username)
      return { items: keys.map(apiKeyBody) }
    },
  )

  app.delete(
    '/users/:username/api-keys/:id',
    {
      schema: {
        tags: ['users'],
        operationId: 'deleteApiKey',
        summary: 'End an API key',
        params: Username.extend({ id: Name }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await deleteApiKey(world, callerOf(request), request.params)
      return reply.code(204).send(null)
    },
  )
}

function auditRoutes(app: RestApp, world: World): void {
  const list = async (
    request: Parameters<typeof callerOf>[0],
    entity: string | undefined,
    { limit, cursor, ...filter }: z.infer<typeof AuditQuery>,
  ) => {
    const before = decodeCursor(cursor, ['number'])?.[0]
    const entries = await listAudit(world, callerOf(request), { ...filter, entity, before, limit })
    return cutPage(entries, limit, auditBody, (entry) => [entry.position])
  }

  app.get(
    '/audit',
    {
      schema: {
        tags: ['audit'],
        operationId: 'listAudit',
        summary: 'Every change of configuration on this server, newest first',
        description: 'For server administrators.',
        querystring: AuditQuery,
        response: { 200: page(AuditEntry) },
      },
    },
    async (request) => list(request, undefined, request.query),
  )

  app.get(
    '/entities/:entity/audit',
    {
      schema: {
        tags: ['audit'],
        operationId: 'listEntityAudit',
        summary: 'Every change of configuration on an entity, newest first',
        description: 'For its administrators.',
        params: z.object({ entity: Name }),
        querystring: AuditQuery,
        response: { 200: page(AuditEntry) },
      },
    },
    async (request) => list(request, request.params.entity, request.query),
  )
}

function userBody(user: UserView): z.infer<typeof User> {
  return { ...user, createdAt: isoTime(user.createdAt) }
}

function apiKeyBody({ id, hint, description, createdAt, expiresAt, lastUsedAt }: ApiKeyView): z.infer<typeof ApiKey> {
  return {
    id,
    hint,
    description,
    createdAt: isoTime(createdAt),
    expiresAt: isoTimeOrNull(expiresAt),
    lastUsedAt: isoTimeOrNull(lastUsedAt),
  }
}

function auditBody({ at, actor, via, action, entity, subject, details, requestId }: AuditView) {
  return { at: isoTime(at), actor, via, action, entity, subject, details, requestId }
}
