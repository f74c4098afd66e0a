import { z } from 'zod'
import { wrongNameAt } from '../http/problem.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { Name } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { Description, Label, ProjectOutput, ProjectPath, projectOutput } from './http-shapes.ts'
import { REGISTRY_PREFIX } from './names.ts'
import {
  deleteRegistry,
  editRegistry,
  listNamedRegistryMembers,
  putRegistryMember,
  removeNamedRegistryMember,
  requireProject,
} from './operations.ts'

const Role = z.enum(['admin', 'member', 'viewer'])

const RegistryMemberOutput = z
  .object({ kind: z.enum(['user', 'team']), name: z.string(), role: Role })
  .meta({ id: 'RegistryMember' })

const RegistryPatch = z
  .strictObject({
    name: Name.optional().describe(`Without the prefix "${REGISTRY_PREFIX}".`),
    description: Description.nullable().optional(),
    access: z.enum(['PRIVATE', 'RESTRICTED']).optional().describe('RESTRICTED: only members of the registry see it.'),
    allowAllTypes: z.boolean().optional(),
    artifactTypes: z
      .array(Label)
      .max(1_000)
      .optional()
      .describe('All the types it is to take. Where it takes every type, they are added to those it knows.'),
  })
  .meta({ id: 'RegistryPatch' })

/** Settings and ends of registries, and their members. Plain projects have neither here. */
export function registryRoutes(app: RestApp, world: World): void {
  const tags = ['projects']
  const path = '/projects/:entity/:project'

  app.patch(
    path,
    {
      config: { wrongField: wrongNameAt('/name') },
      schema: {
        operationId: 'editRegistry',
        summary: 'Change a registry: its name, its description, who sees it, which types it takes',
        description:
          'For its administrators. What is absent stays. After another name, paths with the old one lead nowhere. A type ' +
          'that a collection there is of cannot be taken away.',
        tags,
        params: ProjectPath,
        body: RegistryPatch,
        response: { 200: ProjectOutput },
      },
    },
    async (request) => {
      const { name, ...settings } = request.body
      const renamed = name === undefined ? {} : { name: `${REGISTRY_PREFIX}${name}` }
      return projectOutput(await editRegistry(world, callerOf(request), { ...request.params, ...renamed, ...settings }))
    },
  )

  app.delete(
    path,
    {
      schema: {
        operationId: 'deleteRegistry',
        summary: 'Delete a registry with its collections and links',
        description: 'For its administrators. The versions stay where they were logged.',
        tags,
        params: ProjectPath,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { id } = await requireProject(world, caller, request.params)
      await deleteRegistry(world, caller, id)
      return reply.code(204).send(null)
    },
  )

  app.get(
    `${path}/members`,
    {
      schema: {
        operationId: 'listRegistryMembers',
        summary: 'List the users and teams that are members of a registry',
        description: 'Beside those of its organization. All in one answer.',
        tags,
        params: ProjectPath,
        response: { 200: z.object({ items: z.array(RegistryMemberOutput) }) },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const { id } = await requireProject(world, caller, request.params)
      return { items: await listNamedRegistryMembers(world, caller, id) }
    },
  )

  for (const [kind, parameter] of [
    ['user', 'username'],
    ['team', 'team'],
  ] as const) {
    const memberPath = `${path}/members/${kind}s/:${parameter}`
    const params = ProjectPath.extend({ [parameter]: Name }) as typeof ProjectPath
    const memberIn = (named: Record<string, string>) => ({ kind, name: named[parameter] as string })

    app.put(
      memberPath,
      {
        schema: {
          operationId: kind === 'user' ? 'putRegistryUser' : 'putRegistryTeam',
          summary: `Make a ${kind} of the organization a member of a registry, or give it another role there`,
          description:
            'For administrators of the registry. The higher of this role and that on the organization counts.',
          tags,
          params,
          body: z.strictObject({ role: Role }).meta({ id: kind === 'user' ? 'RegistryUser' : 'RegistryTeam' }),
          response: { 200: RegistryMemberOutput },
        },
      },
      async (request) => {
        const caller = callerOf(request)
        const { id } = await requireProject(world, caller, request.params)
        const { role } = request.body
        const member = memberIn(request.params)
        await putRegistryMember(world, caller, { projectId: id, member, role })
        return { ...member, role }
      },
    )

    app.delete(
      memberPath,
      {
        schema: {
          operationId: kind === 'user' ? 'removeRegistryUser' : 'removeRegistryTeam',
          summary: `Take a ${kind} out of the members of a registry`,
          tags,
          params,
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        const caller = callerOf(request)
        const { id } = await requireProject(world, caller, request.params)
        await removeNamedRegistryMember(world, caller, { projectId: id, member: memberIn(request.params) })
        return reply.code(204).send(null)
      },
    )
  }
}
