import { z } from 'zod'
import { cutPage, decodeCursor, PageQuery, page } from '../http/paging.ts'
import { wrongNameAt } from '../http/problem.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, Name, Time, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import {
  createOrganization,
  createServiceAccount,
  createTeam,
  deleteGroup,
  type GroupKind,
  type GroupView,
  getGroup,
  listGroups,
  listMembers,
  type MemberView,
  putMember,
  removeMember,
} from './operations.ts'

const DisplayName = text({ min: 1, max: 200 })
export const Role = z.enum(['admin', 'member', 'viewer']).meta({ id: 'Role' })

const MyRole = Role.nullable().meta({ description: 'Yours; null if you are no member.' })

const Organization = z
  .object({
    name: z.string().meta({ description: "The name of the organization's own entity." }),
    displayName: z.string().nullable(),
    role: MyRole,
    createdAt: Time,
  })
  .meta({ id: 'Organization' })

const Team = z
  .object({
    name: z.string(),
    displayName: z.string().nullable(),
    organization: z.string().nullable(),
    role: MyRole,
    createdAt: Time,
  })
  .meta({ id: 'Team' })

const Member = z
  .object({
    username: z.string(),
    kind: z.enum(['person', 'service']),
    name: z.string().nullable(),
    email: z.string().nullable(),
    role: Role,
  })
  .meta({ id: 'Member' })

const NewServiceAccount = Member.extend({
  key: z.string().meta({ description: 'Its first API key, shown this once.' }),
}).meta({ id: 'NewServiceAccount' })

const GroupName = z.object({ name: Name })
const MemberName = z.object({ name: Name, username: Name })

export function groupRoutes(app: RestApp, world: World): void {
  organizationRoutes(app, world)
  teamRoutes(app, world)
  memberRoutes(app, world, 'organization')
  memberRoutes(app, world, 'team')
  serviceAccountRoute(app, world)
}

function organizationRoutes(app: RestApp, world: World): void {
  app.post(
    '/organizations',
    {
      config: { wrongField: wrongNameAt('/name') },
      schema: {
        tags: ['organizations'],
        operationId: 'createOrganization',
        summary: 'Create an organization',
        description: 'For server administrators. You become its first administrator.',
        body: z.strictObject({ name: Name, displayName: DisplayName.optional() }),
        response: { 201: Organization },
      },
    },
    async (request, reply) =>
      reply.code(201).send(organizationBody(await createOrganization(world, callerOf(request), request.body))),
  )

  app.get(
    '/organizations',
    {
      schema: {
        tags: ['organizations'],
        operationId: 'listOrganizations',
        summary: 'Your organizations, by name',
        querystring: PageQuery,
        response: { 200: page(Organization) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const groups = await listGroups(world, callerOf(request), { kind: 'organization', after, limit })
      return cutPage(groups, limit, organizationBody, (group) => [group.name])
    },
  )

  app.get(
    '/organizations/:name',
    {
      schema: {
        tags: ['organizations'],
        operationId: 'getOrganization',
        summary: 'An organization',
        params: GroupName,
        response: { 200: Organization },
      },
    },
    async (request) =>
      organizationBody(await getGroup(world, callerOf(request), { kind: 'organization', name: request.params.name })),
  )

  app.delete(
    '/organizations/:name',
    {
      schema: {
        tags: ['organizations'],
        operationId: 'deleteOrganization',
        summary: 'Delete an empty organization',
        description: 'Its name is never given again.',
        params: GroupName,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await deleteGroup(world, callerOf(request), { kind: 'organization', name: request.params.name })
      return reply.code(204).send(null)
    },
  )
}

function teamRoutes(app: RestApp, world: World): void {
  app.post(
    '/teams',
    {
      config: { wrongField: wrongNameAt('/name') },
      schema: {
        tags: ['teams'],
        operationId: 'createTeam',
        summary: 'Create a team',
        description:
          'For the administrators of its organization; without an organization for server administrators. ' +
          'You become its first administrator.',
        body: z.strictObject({ name: Name, displayName: DisplayName.optional(), organization: Name.optional() }),
        response: { 201: Team },
      },
    },
    async (request, reply) => reply.code(201).send(teamBody(await createTeam(world, callerOf(request), request.body))),
  )

  app.get(
    '/teams',
    {
      schema: {
        tags: ['teams'],
        operationId: 'listTeams',
        summary: 'Your teams, by name',
        description: 'With `organization` only its teams, and all of them for its administrators.',
        querystring: PageQuery.extend({ organization: Name.optional() }),
        response: { 200: page(Team) },
      },
    },
    async (request) => {
      const { limit, cursor, organization } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const groups = await listGroups(world, callerOf(request), { kind: 'team', organization, after, limit })
      return cutPage(groups, limit, teamBody, (group) => [group.name])
    },
  )

  app.get(
    '/teams/:name',
    {
      schema: {
        tags: ['teams'],
        operationId: 'getTeam',
        summary: 'A team',
        params: GroupName,
        response: { 200: Team },
      },
    },
    async (request) => teamBody(await getGroup(world, callerOf(request), { kind: 'team', name: request.params.name })),
  )

  app.delete(
    '/teams/:name',
    {
      schema: {
        tags: ['teams'],
        operationId: 'deleteTeam',
        summary: 'Delete an empty team, with its service accounts',
        description: 'Its name is never given again.',
        params: GroupName,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await deleteGroup(world, callerOf(request), { kind: 'team', name: request.params.name })
      return reply.code(204).send(null)
    },
  )
}

function memberRoutes(app: RestApp, world: World, kind: GroupKind): void {
  const tags = [`${kind}s`]
  const noun = kind === 'team' ? 'Team' : 'Organization'
  const path = `/${kind}s/:name/members` as const

  app.get(
    path,
    {
      schema: {
        tags,
        operationId: `list${noun}Members`,
        summary: `The members of ${kind === 'team' ? 'a team' : 'an organization'}, by username`,
        params: GroupName,
        querystring: PageQuery,
        response: { 200: page(Member) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const { name } = request.params
      const members = await listMembers(world, callerOf(request), { kind, name, after, limit })
      return cutPage(members, limit, memberBody, (member) => [member.username])
    },
  )

  app.put(
    `${path}/:username`,
    {
      schema: {
        tags,
        operationId: `put${noun}Member`,
        summary: 'Make a user a member, or change a member’s role',
        description:
          kind === 'team'
            ? "A member of an organization's team becomes at least a viewer of the organization."
            : 'Administrators of an organization also manage the members of its teams.',
        params: MemberName,
        body: z.strictObject({ role: Role }),
        response: { 200: Member },
      },
    },
    async (request) => {
      const { name, username } = request.params
      const { role } = request.body
      return memberBody(await putMember(world, callerOf(request), { kind, name, user: { username }, role }))
    },
  )

  app.delete(
    `${path}/:username`,
    {
      schema: {
        tags,
        operationId: `delete${noun}Member`,
        summary: 'End a membership',
        description:
          kind === 'team'
            ? 'Everyone may leave; only administrators remove others.'
            : 'Everyone may leave; only administrators remove others. Who leaves an organization leaves its teams.',
        params: MemberName,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await removeMember(world, callerOf(request), { kind, ...request.params })
      return reply.code(204).send(null)
    },
  )
}

function serviceAccountRoute(app: RestApp, world: World): void {
  app.post(
    '/teams/:name/service-accounts',
    {
      config: { answersOnce: true, wrongField: wrongNameAt('/username') },
      schema: {
        tags: ['teams'],
        operationId: 'createServiceAccount',
        summary: 'Create a service account',
        description:
          'A user for programs, at home in this team. It may act for members of the team with X-WANDB-USERNAME, ' +
          'within what both may do. Its key is shown this once.',
        params: GroupName,
        body: z.strictObject({
          username: Name,
          name: DisplayName.optional(),
          role: Role.default('member'),
        }),
        response: { 201: NewServiceAccount },
      },
    },
    async (request, reply) => {
      const account = await createServiceAccount(world, callerOf(request), {
        team: request.params.name,
        ...request.body,
      })
      return reply.code(201).send({ ...memberBody(account), key: account.key })
    },
  )
}

function organizationBody({ name, displayName, role, createdAt }: GroupView): z.infer<typeof Organization> {
  return { name, displayName, role, createdAt: isoTime(createdAt) }
}

function teamBody({ name, displayName, organization, role, createdAt }: GroupView): z.infer<typeof Team> {
  return { name, displayName, organization, role, createdAt: isoTime(createdAt) }
}

function memberBody({ username, kind, name, email, role }: MemberView): z.infer<typeof Member> {
  return { username, kind, name, email, role }
}
