import { z } from 'zod'
import type { Page } from '../artifacts/types.ts'
import { EVENT_TYPES } from '../events/event.ts'
import { decodeCursor, encodeCursor, PageQuery, page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, Moment, Name, Time, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { asDeliverySummary, DeliverySummary, ShownSubject } from './http.ts'
import { type ExecutionView, listExecutions, listExecutionsOfEntity, listExecutionsOfVersion } from './operations.ts'

/** Each comes with the whole snapshot of its event out of the database. */
const EXECUTIONS_PAGE_MAX = 200

export const Execution = z
  .object({
    id: z.string(),
    automation: z.object({ id: z.string(), name: z.string(), entity: z.string() }).describe('As it was called then.'),
    revision: z.number().int(),
    state: z.enum(['matched', 'skipped']),
    reason: z.string().nullable(),
    event: z.object({
      id: z.string(),
      type: z.enum(EVENT_TYPES),
      occurredAt: Time,
      alias: z.string().nullable(),
      tag: z.string().nullable(),
    }),
    subject: ShownSubject.nullable(),
    words: z.string().nullable().describe('What happened, as a sentence; null where you may not see the place.'),
    deliveries: z.array(DeliverySummary),
    runBy: z.string().nullable().describe('Who ran it by hand; null when an event fired it.'),
    createdAt: Time,
  })
  .meta({ id: 'Execution' })

const Paging = PageQuery.extend({ limit: z.coerce.number().int().min(1).max(EXECUTIONS_PAGE_MAX).default(50) })

const Filters = Paging.extend({
  automation: Name.optional().describe('The id of an automation of the entity.'),
  place: text({ min: 1, max: 400 })
    .optional()
    .describe('Where it happened: `project`, `entity/project` or `entity/project/collection`, as long as it exists.'),
  event: z.enum(EVENT_TYPES).optional(),
  state: z.enum(['matched', 'skipped']).optional(),
  delivery: z
    .enum(['pending', 'sending', 'succeeded', 'failed', 'superseded', 'cancelled'])
    .optional()
    .describe('One of its deliveries is in this state.'),
  createdAfter: Moment.optional().describe('This moment, or later.'),
  createdBefore: Moment.optional().describe('Before this moment.'),
})

export function executionRoutes(app: RestApp, world: World): void {
  app.get(
    '/automations/:id/executions',
    {
      schema: {
        operationId: 'listExecutions',
        summary: 'List what an automation did, newest first',
        tags: ['automations'],
        params: z.strictObject({ id: Name }),
        querystring: Paging,
        response: { 200: page(Execution) },
      },
    },
    async (request) => {
      const key = { publicId: request.params.id }
      return asPage(await listExecutions(world, callerOf(request), key, pageOf(request.query)))
    },
  )

  app.get(
    '/entities/:entity/executions',
    {
      schema: {
        operationId: 'listExecutionsOfEntity',
        summary: 'List what all automations of an entity did, newest first',
        description: 'Those of deleted ones too. All that is asked for has to hold.',
        tags: ['automations'],
        params: z.strictObject({ entity: Name }),
        querystring: Filters,
        response: { 200: page(Execution) },
      },
    },
    async (request) => {
      const { limit: _limit, cursor: _cursor, event, ...narrowed } = request.query
      const about = { entity: request.params.entity, filter: { ...narrowed, eventType: event } }
      return asPage(await listExecutionsOfEntity(world, callerOf(request), about, pageOf(request.query)))
    },
  )

  app.get(
    '/projects/:entity/:project/collections/:collection/versions/:version/executions',
    {
      schema: {
        operationId: 'listExecutionsOfVersion',
        summary: 'List what automations did that a version fired, newest first',
        description: 'Wherever the version is linked, of the automations of every entity that you may see.',
        tags: ['versions'],
        params: z.strictObject({ entity: Name, project: Name, collection: Name, version: Name }),
        querystring: Paging,
        response: { 200: page(Execution) },
      },
    },
    async (request) =>
      asPage(await listExecutionsOfVersion(world, callerOf(request), request.params, pageOf(request.query))),
  )
}

function pageOf({ limit, cursor }: { limit: number; cursor?: string | undefined }) {
  return { limit, after: decodeCursor(cursor, ['string'])?.[0] }
}

function asPage({ items, nextKey }: Page<ExecutionView>) {
  const shown = items.map(asExecution)
  return nextKey === undefined ? { items: shown } : { items: shown, cursor: encodeCursor([nextKey]) }
}

export function asExecution(execution: ExecutionView): z.input<typeof Execution> {
  const { automation, event, subject } = execution
  return {
    id: execution.publicId,
    automation: { id: automation.publicId, name: automation.name, entity: automation.entity },
    revision: execution.revision,
    state: execution.state,
    reason: execution.reason,
    event: {
      id: event.publicId,
      type: event.type,
      occurredAt: isoTime(event.occurredAt),
      alias: event.alias,
      tag: event.tag,
    },
    subject: subject === null ? null : { ...subject, version: subject.version === null ? null : `v${subject.version}` },
    words: execution.words,
    deliveries: execution.deliveries.map(asDeliverySummary),
    runBy: execution.runBy,
    createdAt: isoTime(execution.createdAt),
  }
}
