import { z } from 'zod'
import { fillSecrets, secretsInBody } from '../automations/template.ts'
import { cutPage, decodeCursor, PageQuery, page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, isoTimeOrNull, Name, Time, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { type AttemptView, getDelivery, listDeliveries, replayDelivery } from './operations.ts'
import type { DeliveryDetails } from './store.ts'

const States = z.enum(['pending', 'sending', 'succeeded', 'failed', 'superseded', 'cancelled'])
const PublicId = text({ min: 1, max: 64 })

const Delivery = z
  .object({
    id: z.string(),
    state: States,
    held: z.boolean().describe('Pending, but its webhook is paused.'),
    reason: z.string().nullable(),
    messageId: z.string().describe('The webhook-id header: the same on every attempt.'),
    attempts: z.number().int().describe('Requests made.'),
    nextAttemptAt: Time.nullable().describe('Null while it waits for another one, too.'),
    waitsFor: z
      .string()
      .nullable()
      .describe('The delivery that has to end before it, where its webhook asks for an order.'),
    supersededBy: z.string().nullable().describe('The newer one that took its place.'),
    webhook: z.object({ id: z.string(), name: z.string() }),
    automation: z.object({ id: z.string(), name: z.string() }),
    execution: z.string(),
    event: z.object({
      id: z.string(),
      type: z.string(),
      causedBy: z.string().nullable().describe('The delivery that led to the event, if it is known.'),
      depth: z.number().int().describe('How many automations led to it, one after another.'),
    }),
    replayOf: z.string().nullable(),
    replayMode: z.enum(['as_then', 'as_now']).nullable(),
    createdAt: Time,
    settledAt: Time.nullable(),
  })
  .meta({ id: 'Delivery' })

const Attempt = z
  .object({
    claim: z.number().int(),
    startedAt: Time,
    finishedAt: Time,
    outcome: z.string(),
    status: z.number().nullable(),
    verdict: z.string(),
    reason: z.string(),
    explanation: z.string().describe('What happened and what to do, in words.'),
    remoteId: z
      .string()
      .nullable()
      .describe('What the receiver calls what it made of the request: a pipeline, a message, an alert.'),
    remoteUrl: z.string().nullable().describe('Where that can be seen.'),
    request: z.unknown(),
    response: z.unknown(),
    timing: z.unknown(),
  })
  .meta({ id: 'Attempt' })

const DeliveryWithAttempts = Delivery.extend({
  body: z
    .string()
    .nullable()
    .describe('The payload, with references to secrets in place; null until it is first claimed.'),
  warnings: z.array(z.object({ path: z.string(), message: z.string() })),
  history: z.array(Attempt),
}).meta({ id: 'DeliveryWithAttempts' })

const ListQuery = PageQuery.extend({
  state: States.optional(),
  automation: PublicId.optional(),
  webhook: PublicId.optional(),
})

export function deliveryRoutes(app: RestApp, world: World): void {
  const tags = ['deliveries']

  app.get(
    '/entities/:entity/deliveries',
    {
      schema: {
        operationId: 'listDeliveries',
        summary: 'List deliveries, newest first',
        tags,
        params: z.strictObject({ entity: Name }),
        querystring: ListQuery,
        response: { 200: page(Delivery) },
      },
    },
    async (request) => {
      const { limit, cursor, ...filter } = request.query
      const beforeId = decodeCursor(cursor, ['number'])?.[0]
      const rows = await listDeliveries(world, callerOf(request), {
        ...request.params,
        filter,
        beforeId,
        limit: limit + 1,
      })
      return cutPage(rows, limit, asDelivery, (row) => [row.id])
    },
  )

  app.get(
    '/deliveries/:id',
    {
      schema: {
        operationId: 'getDelivery',
        summary: 'Read a delivery with every attempt',
        tags,
        params: z.strictObject({ id: PublicId }),
        response: { 200: DeliveryWithAttempts },
      },
    },
    async (request) => {
      const delivery = await getDelivery(world, callerOf(request), request.params.id)
      return {
        ...asDelivery(delivery),
        body: delivery.body === null ? null : readableBody(delivery.body),
        warnings: delivery.warnings === null ? [] : JSON.parse(delivery.warnings),
        history: delivery.attempts.map(asAttempt),
      }
    },
  )

  app.post(
    '/deliveries/:id/replay',
    {
      schema: {
        operationId: 'replayDelivery',
        summary: 'Send a settled delivery once more',
        description:
          'as_then: the same bytes under the same message id. as_now: rendered by the automation as it is now, under a new one.',
        tags,
        params: z.strictObject({ id: PublicId }),
        body: z.strictObject({ mode: z.enum(['as_then', 'as_now']).default('as_then') }).nullish(),
        response: { 201: Delivery },
      },
    },
    async (request, reply) => {
      reply.code(201)
      const mode = request.body?.mode ?? 'as_then'
      return asDelivery(await replayDelivery(world, callerOf(request), { publicId: request.params.id, mode }))
    },
  )
}

function asDelivery(delivery: DeliveryDetails) {
  return {
    id: delivery.publicId,
    state: delivery.state,
    held: delivery.held,
    reason: delivery.reason,
    messageId: delivery.messageId,
    attempts: delivery.attemptCount,
    nextAttemptAt: isoTimeOrNull(delivery.nextAttemptAt),
    waitsFor: delivery.waitsFor,
    supersededBy: delivery.supersededBy,
    webhook: { id: delivery.webhookPublicId, name: delivery.webhookName },
    automation: { id: delivery.automationPublicId, name: delivery.automationName },
    execution: delivery.executionPublicId,
    event: {
      id: delivery.eventPublicId,
      type: delivery.eventType,
      causedBy: delivery.eventCausedBy,
      depth: delivery.eventDepth,
    },
    replayOf: delivery.replayOf,
    replayMode: delivery.replayMode,
    createdAt: isoTime(delivery.createdAt),
    settledAt: isoTimeOrNull(delivery.settledAt),
  }
}

function asAttempt(attempt: AttemptView) {
  return { ...attempt, startedAt: isoTime(attempt.startedAt), finishedAt: isoTime(attempt.finishedAt) }
}

/** The payload with `${NAME}` where a secret goes. */
function readableBody(body: string): string {
  return fillSecrets(body, new Map(secretsInBody(body).map((name) => [name, `\${${name}}`])))
}
