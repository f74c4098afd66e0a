import { z } from 'zod'
import { decodeCursor, encodeCursor, page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { Name } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { asDeliverySummary, DeliverySummary } from './http.ts'
import { explainEvent } from './operations-explaining.ts'

/** Each comes with a filter to be asked, and with its deliveries. */
const PAGE_MAX = 200

const Explanation = z
  .object({
    automation: z.object({ id: z.string(), name: z.string(), entity: z.string() }),
    revision: z.number().int().nullable().describe('The one in force when the event happened.'),
    verdict: z.enum([
      'fired',
      'skipped',
      'filter_not_met',
      'disabled',
      'deleted',
      'not_made_yet',
      'other_event',
      'out_of_scope',
      'imported',
      'run_by_hand',
      'once_per_run',
      'unclear',
    ]),
    message: z.string(),
    because: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .describe('The clauses of the filter that did not hold, by their JSON Pointers, with the values seen.'),
    execution: z.string().nullable(),
    deliveries: z.array(DeliverySummary),
  })
  .meta({ id: 'Explanation' })

export function explanationRoutes(app: RestApp, world: World): void {
  app.get(
    '/events/:id/explanation',
    {
      schema: {
        operationId: 'explainEvent',
        summary: 'Why an event fired what it fired, and did not fire the rest',
        description:
          'Every automation that waited for this type of event around the place where it happened, as it was then, in ' +
          'the order in which they were made. With `automation` that one alone, whether it was in reach or not.',
        tags: ['events'],
        params: z.strictObject({ id: Name }),
        querystring: z.strictObject({
          limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
          cursor: z.string().min(1).max(500).optional(),
          automation: Name.optional(),
        }),
        response: { 200: page(Explanation) },
      },
    },
    async (request) => {
      const { limit, cursor, automation } = request.query
      const after = decodeCursor(cursor, ['number'])?.[0]
      const about = { event: request.params.id, automation }
      const { items, nextKey } = await explainEvent(world, callerOf(request), about, { limit, after })
      const shown = items.map((item) => ({
        ...item,
        automation: { id: item.automation.publicId, name: item.automation.name, entity: item.automation.entity },
        deliveries: item.deliveries.map(asDeliverySummary),
      }))
      return nextKey === undefined ? { items: shown } : { items: shown, cursor: encodeCursor([nextKey]) }
    },
  )
}
