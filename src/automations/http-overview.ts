import { z } from 'zod'
import { callerOf, type RestApp } from '../http/rest.ts'
import type { World } from '../world.ts'
import { asExecution, Execution } from './http-executions.ts'
import { getOverview } from './operations-overview.ts'

const OverviewOutput = z
  .object({
    entities: z
      .array(
        z.object({
          name: z.string(),
          kind: z.enum(['user', 'team', 'organization']),
          displayName: z.string().nullable(),
          role: z.enum(['viewer', 'member', 'admin']).describe('Your own.'),
          automations: z
            .object({
              failing: z.number().int(),
              held: z.number().int(),
              never_fired: z.number().int(),
              healthy: z.number().int(),
            })
            .describe('The enabled ones, by how they do.'),
          webhooks: z.object({
            paused: z.number().int(),
            out: z.number().int().describe('Not paused, but the receiver is out.'),
          }),
          deadLetters: z.number().int().describe('Made within 24 hours, failed, and not replayed since.'),
          hasVersions: z.boolean().describe('A version has been logged or linked.'),
        }),
      )
      .describe('What you belong to, by name.'),
    executions: z.array(Execution).describe('What automations did there last, twenty at most, newest first.'),
  })
  .meta({ id: 'Overview' })

export function overviewRoutes(app: RestApp, world: World): void {
  app.get(
    '/overview',
    {
      schema: {
        operationId: 'getOverview',
        summary: 'How everything does that you belong to',
        tags: ['automations'],
        response: { 200: OverviewOutput },
      },
    },
    async (request) => {
      const { entities, executions } = await getOverview(world, callerOf(request))
      return { entities, executions: executions.map(asExecution) }
    },
  )
}
