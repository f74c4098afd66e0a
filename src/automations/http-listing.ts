import { z } from 'zod'
import { requireEntity } from '../access/operations.ts'
import { EVENT_TYPES } from '../events/event.ts'
import { decodeCursor, encodeCursor, PageQuery, page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTimeOrNull, Name, Time, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { type Activity, AUTOMATION_HEALTHS } from './activity.ts'
import type { AutomationOrder } from './automation.ts'
import { Automation, asAutomation } from './http.ts'
import { listAutomations, loadActivity } from './operations.ts'

const ActivityOutput = z
  .object({
    health: z
      .enum(AUTOMATION_HEALTHS)
      .describe(
        'failing: the newest firing that has ended failed, or the webhook is deleted. held: it fired too often, or its ' +
          'webhook is paused or its receiver out. never_fired: no event has matched it yet.',
      ),
    lastFiredAt: Time.nullable().describe('When an event last matched it, also where it was skipped.'),
    outcomes: z
      .object({
        succeeded: z.number().int(),
        failed: z.number().int(),
        waiting: z.number().int().describe('Not sent yet, or to be tried again.'),
        skipped: z.number().int(),
        dropped: z.number().int().describe('Superseded or cancelled.'),
      })
      .describe('What the firings of the last seven days came to; of a hundred of them, the newest, at most.'),
  })
  .meta({ id: 'AutomationActivity' })

const ListedAutomation = Automation.extend({ activity: ActivityOutput }).meta({ id: 'ListedAutomation' })

const ORDERS = {
  created: { field: 'id', type: 'number' },
  name: { field: 'name', type: 'text' },
  lastFired: { field: 'lastFired', type: 'number' },
} as const

type OrderName = keyof typeof ORDERS | `-${keyof typeof ORDERS}`

const ListQuery = PageQuery.extend({
  name: text({ min: 1, max: 255 }).optional().describe('The whole name.'),
  q: text({ min: 1, max: 255 }).optional().describe('A part of the name, in capitals or not.'),
  event: z.enum(EVENT_TYPES).optional(),
  project: Name.optional().describe('Scoped to this project or registry of the entity, or to a collection in it.'),
  reaches: Name.optional().describe(
    'Those that can fire in this project or registry of the entity: scoped to it, to a collection in it, to all of the ' +
      'entity, or to all of its organization.',
  ),
  enabled: z
    .enum(['true', 'false'])
    .transform((word) => word === 'true')
    .optional(),
  webhook: Name.optional().describe('The id of the webhook it sends to.'),
  health: z.enum(AUTOMATION_HEALTHS).optional(),
  order: z
    .enum(['created', '-created', 'name', '-name', 'lastFired', '-lastFired'])
    .default('created')
    .describe('With a minus the other way round: the newest first.'),
})

export function listingRoutes(app: RestApp, world: World): void {
  app.get(
    '/entities/:entity/automations',
    {
      schema: {
        operationId: 'listAutomations',
        summary: 'List the automations of an entity, each with how it does',
        tags: ['automations'],
        params: z.strictObject({ entity: Name }),
        querystring: ListQuery,
        response: { 200: page(ListedAutomation) },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const entity = await requireEntity(world.db.read, caller, request.params.entity, 'viewer')
      const { limit, cursor, order, q, event, ...narrowed } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const filter = { ...narrowed, text: q, eventType: event }
      const about = { entityId: entity.id, organizationId: entity.organization_id, filter, order: orderOf(order) }
      const { items, nextKey } = await listAutomations(world, caller, about, { limit, after })
      const activity = await loadActivity(
        world,
        items.map(({ id }) => id),
      )
      const shown = items.flatMap((automation) => {
        const found = activity.get(automation.id)
        return found === undefined ? [] : [{ ...asAutomation(automation), activity: asActivity(found) }]
      })
      return nextKey === undefined ? { items: shown } : { items: shown, cursor: encodeCursor([nextKey]) }
    },
  )
}

function orderOf(name: OrderName): AutomationOrder {
  const isBackwards = name.startsWith('-')
  const order = ORDERS[(isBackwards ? name.slice(1) : name) as keyof typeof ORDERS]
  return { ...order, direction: isBackwards ? 'desc' : 'asc' }
}

function asActivity(activity: Activity): z.input<typeof ActivityOutput> {
  return { ...activity, lastFiredAt: isoTimeOrNull(activity.lastFiredAt) }
}
