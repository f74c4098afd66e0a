import { z } from 'zod'
import { callerOf, type RestApp } from '../http/rest.ts'
import { Name, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { asDeliverySummary, DeliverySummary } from './http.ts'
import { runAutomation } from './operations-running.ts'

const RunBody = z
  .strictObject({
    at: z
      .strictObject({
        entity: Name.optional().describe("The automation's own if absent."),
        project: Name,
        collection: Name.optional(),
        version: Name.optional().describe('`v3`, or an alias. Absent for events of collections.'),
        run: Name.optional().describe(
          'For events of runs, in place of a collection: what people call the id of the run.',
        ),
      })
      .describe('The version, the collection or the run to run it for.'),
    alias: Name.optional().describe('For events of aliases: which. One that the version has, if absent.'),
    tag: text({ min: 1, max: 256 }).optional().describe('For events of tags: which.'),
  })
  .meta({ id: 'AutomationRun' })

const RunAnswer = z
  .object({
    execution: z.string(),
    event: z.string(),
    state: z.enum(['matched', 'skipped']),
    reason: z.string().nullable(),
    filterMatches: z.boolean().describe('Whether its filter would have let it fire. A run by hand does not ask.'),
    because: z.array(z.object({ path: z.string(), message: z.string() })),
    deliveries: z.array(DeliverySummary),
  })
  .meta({ id: 'AutomationRunAnswer' })

export function runningRoutes(app: RestApp, world: World): void {
  app.post(
    '/automations/:id/run',
    {
      schema: {
        operationId: 'runAutomation',
        summary: 'Run an automation now for a version or a run',
        description:
          'As if its event had just happened there, for this automation alone and whatever its filter says. The execution ' +
          'says who ran it. Its event holds the version or the run as it is now, is in no feed, and fires nothing else.',
        tags: ['automations'],
        params: z.strictObject({ id: Name }),
        body: RunBody,
        response: { 201: RunAnswer },
      },
    },
    async (request, reply) => {
      const answer = await runAutomation(world, callerOf(request), { automation: request.params.id, ...request.body })
      return reply.code(201).send({ ...answer, deliveries: answer.deliveries.map(asDeliverySummary) })
    },
  )
}
