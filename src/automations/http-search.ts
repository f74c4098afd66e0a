import { z } from 'zod'
import { callerOf, type RestApp } from '../http/rest.ts'
import { text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { searchEverything } from './operations-search.ts'

const Place = { entity: z.string(), name: z.string() }

const SearchOutput = z
  .object({
    projects: z.array(z.object({ ...Place, registry: z.boolean() })),
    collections: z.array(
      z.object({ ...Place, project: z.string(), kind: z.enum(['SEQUENCE', 'PORTFOLIO']), type: z.string() }),
    ),
    automations: z.array(z.object({ ...Place, id: z.string(), enabled: z.boolean() })),
    runs: z.array(z.object({ ...Place, project: z.string(), displayName: z.string() })),
  })
  .meta({ id: 'SearchResults' })

export function searchRoutes(app: RestApp, world: World): void {
  app.get(
    '/search',
    {
      schema: {
        operationId: 'search',
        summary: 'Find projects, registries, collections, automations and runs by a part of their names',
        description:
          'Of what you may see, in capitals or not. Names that begin with the text come first; of runs the newest.',
        tags: ['projects'],
        querystring: z.strictObject({
          q: text({ min: 1, max: 128 }),
          limit: z.coerce.number().int().min(1).max(50).default(10).describe('Of each kind.'),
        }),
        response: { 200: SearchOutput },
      },
    },
    async (request) => {
      const { q, limit } = request.query
      const found = await searchEverything(world, callerOf(request), { text: q, limit })
      return { ...found, automations: found.automations.map(({ publicId, ...rest }) => ({ id: publicId, ...rest })) }
    },
  )
}
