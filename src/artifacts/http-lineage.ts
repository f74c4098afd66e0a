import { z } from 'zod'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, Time } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { VersionPath } from './http-shapes.ts'
import { LINEAGE_NODES_MAX, type Lineage, traceLineage } from './operations-lineage.ts'
import type { MembershipView } from './types.ts'
import { formatVersion } from './version-name.ts'

const DEPTH_MAX = 10

const Place = z.object({ entity: z.string(), project: z.string(), collection: z.string(), version: z.string() })

const LineageOutput = z
  .object({
    versions: z.array(
      Place.extend({
        artifactId: z.string(),
        type: z.string(),
        aliases: z.array(z.string()),
        size: z.number(),
        createdAt: Time,
        links: z.array(Place).describe('Where else it is, as far as you may see.'),
      }),
    ),
    runs: z.array(
      z.object({
        id: z.string().describe('`entity/project/name`, as edges name it.'),
        entity: z.string(),
        project: z.string(),
        name: z.string(),
        displayName: z.string(),
      }),
    ),
    edges: z.array(
      z.object({
        run: z.string().describe('The id of a run above.'),
        artifactId: z.string(),
        kind: z.enum(['logged', 'used']).describe('What the run did with the version.'),
      }),
    ),
    references: z
      .array(z.object({ artifactId: z.string(), refersTo: z.string().describe('The id of the other artifact.') }))
      .describe('Which versions hold references to files of others, `wandb-artifact://…`, beside what runs did.'),
    cut: z.boolean().describe(`There is more than the ${LINEAGE_NODES_MAX} versions and runs that are shown at most.`),
  })
  .meta({ id: 'Lineage' })

export function lineageRoutes(app: RestApp, world: World): void {
  app.get(
    '/projects/:entity/:project/collections/:collection/versions/:version/lineage',
    {
      schema: {
        operationId: 'getLineage',
        summary: 'What a version was made from, and what was made from it',
        description:
          'Of what you may see. What is behind something that you may not see is not looked for. All edges between the ' +
          'versions and runs of the answer are told, also those beside the way on which they were found.',
        tags: ['versions'],
        params: VersionPath,
        querystring: z.strictObject({
          depth: z.coerce
            .number()
            .int()
            .min(1)
            .max(DEPTH_MAX)
            .default(3)
            .describe('How many runs or references far, each way.'),
        }),
        response: { 200: LineageOutput },
      },
    },
    async (request) => asOutput(await traceLineage(world, callerOf(request), { ...request.params, ...request.query })),
  )
}

function asOutput({ versions, runs, edges, references, isCut }: Lineage): z.input<typeof LineageOutput> {
  const publicIds = new Map(versions.map(({ described: { artifact } }) => [artifact.id, artifact.publicId]))
  const runIds = new Map(runs.map(({ id, name, project }) => [id, `${project.entity}/${project.name}/${name}`]))
  return {
    versions: versions.map(({ described: { membership, artifact, aliases }, links }) => ({
      ...asPlace(membership),
      artifactId: artifact.publicId,
      type: artifact.type,
      aliases,
      size: artifact.size,
      createdAt: isoTime(artifact.createdAt),
      links: links.map(asPlace),
    })),
    runs: runs.map(({ id, name, displayName, project }) => ({
      id: runIds.get(id) ?? '',
      entity: project.entity,
      project: project.name,
      name,
      displayName,
    })),
    edges: edges.map(({ artifactId, runId, kind }) => ({
      run: runIds.get(runId) ?? '',
      artifactId: publicIds.get(artifactId) ?? '',
      kind,
    })),
    references: references.map(({ artifactId, referredId }) => ({
      artifactId: publicIds.get(artifactId) ?? '',
      refersTo: publicIds.get(referredId) ?? '',
    })),
    cut: isCut,
  }
}

function asPlace({ collection, version }: MembershipView): z.input<typeof Place> {
  const { project, name } = collection
  return { entity: project.entity, project: project.name, collection: name, version: formatVersion(version) }
}
