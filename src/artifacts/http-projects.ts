import { z } from 'zod'
import { decodeCursor, PageQuery, page } from '../http/paging.ts'
import { wrongNameAt } from '../http/problem.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { Name } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { answerPage, Description, Label, ProjectOutput, ProjectPath, projectOutput } from './http-shapes.ts'
import { REGISTRY_PREFIX } from './names.ts'
import { createProject, listProjectsOf, listTypesWithCounts, requireProject } from './operations.ts'

const NewProject = z
  .strictObject({
    name: Name.describe(`Of a registry without its prefix "${REGISTRY_PREFIX}".`),
    registry: z.boolean().default(false).describe('Make a registry; only in an organization.'),
    description: Description.optional(),
    access: z.enum(['PRIVATE', 'RESTRICTED']).optional(),
    artifactTypes: z.array(Label).max(1_000).optional().describe('The types a registry takes. All by default.'),
  })
  .meta({ id: 'NewProject' })

const ArtifactTypeOutput = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    collections: z.number().int(),
    versions: z.number().int(),
  })
  .meta({ id: 'ArtifactType' })

export function projectRoutes(app: RestApp, world: World): void {
  const tags = ['projects']

  app.post(
    '/projects/:entity',
    {
      config: { wrongField: wrongNameAt('/name') },
      schema: {
        operationId: 'createProject',
        summary: 'Create a project, or a registry of an organization',
        tags,
        params: z.strictObject({ entity: Name }),
        body: NewProject,
        response: { 201: ProjectOutput },
      },
    },
    async (request, reply) => {
      const { name, registry, ...settings } = request.body
      const project = await createProject(world, callerOf(request), {
        ...settings,
        entity: request.params.entity,
        project: registry ? `${REGISTRY_PREFIX}${name}` : name,
      })
      reply.code(201)
      return projectOutput(project)
    },
  )

  app.get(
    '/projects/:entity',
    {
      schema: {
        operationId: 'listProjects',
        summary: 'List the projects and registries of an entity',
        tags,
        params: z.strictObject({ entity: Name }),
        querystring: PageQuery,
        response: { 200: page(ProjectOutput) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const found = await listProjectsOf(world, callerOf(request), request.params.entity, { limit, after })
      return answerPage(found, projectOutput)
    },
  )

  app.get(
    '/projects/:entity/:project',
    {
      schema: {
        operationId: 'getProject',
        summary: 'Show a project',
        tags,
        params: ProjectPath,
        response: { 200: ProjectOutput },
      },
    },
    async (request) => projectOutput(await requireProject(world, callerOf(request), request.params)),
  )

  app.get(
    '/projects/:entity/:project/artifact-types',
    {
      schema: {
        operationId: 'listArtifactTypes',
        summary: 'List the artifact types of a project by name, with how much there is of each',
        tags,
        params: ProjectPath,
        querystring: PageQuery,
        response: { 200: page(ArtifactTypeOutput) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const caller = callerOf(request)
      const { id } = await requireProject(world, caller, request.params)
      const found = await listTypesWithCounts(world, caller, id, { limit, after })
      return answerPage(found, ({ name, description, collections, versions }) => ({
        ...{ name, description, collections, versions },
      }))
    },
  )
}
