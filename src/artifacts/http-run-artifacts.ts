import { z } from 'zod'
import { decodeCursor, PageQuery, page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { Name } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { answerPage, VersionOutput, versionOutput } from './http-shapes.ts'
import { describeVersions, listVersionsOfRun } from './operations.ts'

export function runArtifactRoutes(app: RestApp, world: World): void {
  app.get(
    '/projects/:entity/:project/runs/:run/artifacts',
    {
      schema: {
        operationId: 'listRunArtifacts',
        summary: 'List the versions that a run logged, or used',
        description: 'Each where it was logged, or in the first place where you may see it.',
        tags: ['runs'],
        params: z.strictObject({ entity: Name, project: Name, run: Name }),
        querystring: PageQuery.extend({ direction: z.enum(['logged', 'used']).default('logged') }),
        response: { 200: page(VersionOutput) },
      },
    },
    async (request) => {
      const { limit, cursor, direction } = request.query
      const after = decodeCursor(cursor, ['number'])?.[0]
      const caller = callerOf(request)
      const about = { ...request.params, direction: direction === 'logged' ? ('output' as const) : ('input' as const) }
      const found = await listVersionsOfRun(world, caller, about, { limit, after })
      const described = await describeVersions(world, caller, found.items)
      return answerPage({ items: described, nextKey: found.nextKey }, versionOutput)
    },
  )
}
