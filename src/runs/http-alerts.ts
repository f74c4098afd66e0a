import { z } from 'zod'
import { decodeCursor, encodeCursor, PageQuery, page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, Name, Time } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { listAlerts } from './operations.ts'

const RunAlertOutput = z
  .object({
    run: z.string(),
    runDisplayName: z.string(),
    title: z.string(),
    text: z.string(),
    severity: z.enum(['INFO', 'WARN', 'ERROR']),
    username: z.string().nullable().describe('Who sent it.'),
    at: Time,
  })
  .meta({ id: 'RunAlert' })

/** What runs told by `run.alert(…)`. */
export function runAlertRoutes(app: RestApp, world: World): void {
  app.get(
    '/projects/:entity/:project/run-alerts',
    {
      schema: {
        operationId: 'listRunAlerts',
        summary: 'List the alerts of the runs of a project, newest first',
        description:
          'One that comes sooner after another of its run with the same title than it says it would wait is not kept, ' +
          'and of each run a thousand at most.',
        tags: ['runs'],
        params: z.strictObject({ entity: Name, project: Name }),
        querystring: PageQuery.extend({ run: Name.optional().describe('Only those of the run of this name.') }),
        response: { 200: page(RunAlertOutput) },
      },
    },
    async (request) => {
      const { limit, cursor, run } = request.query
      const after = decodeCursor(cursor, ['number'])?.[0]
      const found = await listAlerts(world, callerOf(request), { ...request.params, run }, { limit, after })
      const items = found.items.map(({ id: _, createdAt, ...alert }) => ({ ...alert, at: isoTime(createdAt) }))
      return found.nextKey === undefined ? { items } : { items, cursor: encodeCursor([found.nextKey]) }
    },
  )
}
