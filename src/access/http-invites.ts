import { z } from 'zod'
import { cutPage, decodeCursor, PageQuery, page } from '../http/paging.ts'
import { wrongNameAt } from '../http/problem.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, Name, Time, text } from '../http/schemas.ts'
import { setSessionCookie } from '../http/session-cookie.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { Role } from './http-groups.ts'
import { visitorOf } from './http-sessions.ts'
import {
  acceptAsMember,
  acceptAsNew,
  createInvite,
  type InvitedGroup,
  type InviteView,
  listInvites,
  lookUpInvite,
  revokeInvite,
} from './operations.ts'

/** What somebody is invited to: one of the two, or neither. */
const Group = { organization: Name.optional(), team: Name.optional() }
const Invited = {
  organization: z.string().nullable().meta({ description: 'To this organization.' }),
  team: z.string().nullable().meta({ description: 'To this team. With neither: to the server, as a user.' }),
  role: Role.nullable(),
}

const Invite = z
  .object({
    id: z.string(),
    ...Invited,
    email: z.string().nullable(),
    invitedBy: z.object({ username: z.string(), name: z.string().nullable() }),
    createdAt: Time,
    expiresAt: Time,
  })
  .meta({ id: 'Invite' })

const NewInvite = Invite.extend({
  url: z.string().meta({ description: 'The link to pass on, shown this once.' }),
  token: z.string().meta({ description: 'What is in it.' }),
}).meta({ id: 'NewInvite' })

const InviteAccepted = z.object({ username: z.string(), ...Invited }).meta({ id: 'InviteAccepted' })

const Token = z.object({ token: text({ min: 1, max: 200 }) })

export function inviteRoutes(app: RestApp, world: World): void {
  managingRoutes(app, world)
  acceptingRoutes(app, world)
}

function managingRoutes(app: RestApp, world: World): void {
  app.post(
    '/invites',
    {
      config: { answersOnce: true },
      schema: {
        tags: ['invites'],
        operationId: 'createInvite',
        summary: 'Invite somebody by a link',
        description:
          'To a team or organization, for who manages its members; with neither, to the server, for its administrators. ' +
          'The link is good for one person, for 7 days unless `expiresAt` says otherwise (30 at most). Nothing is sent.',
        body: z.strictObject({
          ...Group,
          role: Role.optional().meta({ description: 'On the team or organization; needed with one.' }),
          email: text({ min: 1, max: 320 }).optional().meta({ description: 'Of the account, if one is made.' }),
          expiresAt: z.iso.datetime({ offset: true }).optional(),
        }),
        response: { 201: NewInvite },
      },
    },
    async (request, reply) => {
      const { role, email, expiresAt } = request.body
      const group = groupIn(request.body)
      if ((group === undefined) !== (role === undefined)) {
        throw wrong(['/role'], 'A role goes with a team or organization, and only with one')
      }
      const invite = await createInvite(world, callerOf(request), {
        group: group && role && { ...group, role },
        email,
        expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
      })
      const url = `${world.config.publicUrl}/invite?token=${invite.token}`
      return reply.code(201).send({ ...inviteBody(invite), url, token: invite.token })
    },
  )

  app.get(
    '/invites',
    {
      schema: {
        tags: ['invites'],
        operationId: 'listInvites',
        summary: 'Invites that are open, newest first',
        description: 'To the team or organization that is named, or to the server alone.',
        querystring: PageQuery.extend(Group),
        response: { 200: page(Invite) },
      },
    },
    async (request) => {
      const { limit, cursor, ...group } = request.query
      const before = decodeCursor(cursor, ['number'])?.[0]
      const found = await listInvites(world, callerOf(request), { group: groupIn(group), before, limit })
      return cutPage(found, limit, inviteBody, ({ position }) => [position])
    },
  )

  app.delete(
    '/invites/:id',
    {
      schema: {
        tags: ['invites'],
        operationId: 'revokeInvite',
        summary: 'Revoke an invite',
        params: z.object({ id: Name }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await revokeInvite(world, callerOf(request), request.params.id)
      return reply.code(204).send(null)
    },
  )
}

function acceptingRoutes(app: RestApp, world: World): void {
  app.get(
    '/invites/by-token/:token',
    {
      config: { open: true },
      schema: {
        tags: ['invites'],
        operationId: 'getInvite',
        summary: 'Who invites to what, by the token of the link',
        security: [],
        params: Token,
        response: { 200: Invite },
      },
    },
    async (request) => inviteBody(await lookUpInvite(world, request.params.token)),
  )

  app.post(
    '/invites/by-token/:token/accept',
    {
      config: { open: true, wrongField: wrongNameAt('/username') },
      schema: {
        tags: ['invites'],
        operationId: 'acceptInvite',
        summary: 'Accept an invite',
        description:
          'Who is signed in joins with an empty body. Anybody else makes an account with `username` and `password`, and ' +
          'is signed in by it.',
        security: [],
        params: Token,
        body: z.strictObject({
          username: Name.optional(),
          password: text({ max: 1_000 }).optional(),
          name: text({ min: 1, max: 200 }).optional(),
          email: text({ min: 1, max: 320 }).optional(),
        }),
        response: { 200: InviteAccepted },
      },
    },
    async (request, reply) => {
      const { token } = request.params
      const { username, password, ...rest } = request.body
      if (request.caller !== null) {
        const given = Object.keys(request.body).map((field) => `/${field}`)
        if (given.length > 0) {
          throw wrong(given, 'You are signed in and join as yourself: send no fields, or sign out for a new account')
        }
        const { group, ...accepted } = await acceptAsMember(world, request.caller, token)
        return { ...accepted, ...groupBody(group) }
      }
      if (username === undefined) throw wrong(['/username'], 'Choose a username for the new account, or sign in first')
      if (password === undefined) throw wrong(['/password'], 'Choose a password for the new account')
      const made = await acceptAsNew(world, visitorOf(request), token, { username, password, ...rest })
      setSessionCookie(world, reply, made.session)
      return { username: made.username, role: made.role, ...groupBody(made.group) }
    },
  )
}

/** @throws Refusal `invalid_request` for both */
function groupIn({ organization, team }: { organization?: string | undefined; team?: string | undefined }) {
  if (organization !== undefined && team !== undefined) {
    throw wrong(['/team', '/organization'], 'Name a team or an organization, not both')
  }
  if (team !== undefined) return { kind: 'team' as const, name: team }
  return organization === undefined ? undefined : { kind: 'organization' as const, name: organization }
}

function groupBody(group: InvitedGroup | null) {
  return {
    organization: group?.kind === 'organization' ? group.name : null,
    team: group?.kind === 'team' ? group.name : null,
  }
}

function inviteBody({ id, group, role, email, invitedBy, createdAt, expiresAt }: InviteView): z.infer<typeof Invite> {
  return {
    id,
    ...groupBody(group),
    role,
    email,
    invitedBy,
    createdAt: isoTime(createdAt),
    expiresAt: isoTime(expiresAt),
  }
}

function wrong(paths: readonly string[], message: string): Refusal {
  return new Refusal('invalid_request', message, { fields: paths.map((path) => ({ path, message })) })
}
