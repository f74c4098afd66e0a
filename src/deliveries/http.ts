import { z } from 'zod'
import type { Caller } from '../access/rights.ts'
import { readableBody } from '../automations/template.ts'
import { decodeCursor, encodeCursor, PageQuery, page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, isoTimeOrNull, Moment, Name, Time, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { type AttemptView, getDelivery, listDeliveries, type NamedFilter, replayDelivery } from './operations.ts'
import type { DeliveryDetails } from './store-history.ts'

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
    lastStatus: z.number().int().nullable().describe('The HTTP status of the last attempt; null without an answer.'),
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
    bodiesPurgedAt: Time.nullable().describe(
      'When payload, requests and answers were taken away because of their age.',
    ),
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
    request: z
      .object({
        url: z.string().describe('As far as everybody may see it.'),
        headers: z.record(z.string(), z.string()),
        secretVersions: z.record(z.string(), z.number()).describe('Which version of each secret it carried.'),
      })
      .nullable()
      .describe('Null once its time is up.'),
    response: z
      .object({
        status: z.number(),
        headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
        body: z.string(),
        bodyCut: z.boolean(),
      })
      .nullable(),
    timing: z
      .object({
        queueMs: z.number().nullable().describe('From when it was due until it began.'),
        isReused: z.boolean().describe('Over a connection that was open.'),
        dnsMs: z.number().nullable(),
        connectMs: z.number().nullable(),
        tlsMs: z.number().nullable(),
        firstByteMs: z.number().nullable(),
        totalMs: z.number(),
        retryDelayMs: z.number().nullable().optional().describe('How long after it the next was due.'),
      })
      .describe('Milliseconds.'),
  })
  .meta({ id: 'Attempt' })

const DeliveryWithAttempts = Delivery.extend({
  body: z
    .string()
    .nullable()
    .describe(
      'The payload, with references to secrets in place; null until it is first claimed, and once its time is up.',
    ),
  warnings: z.array(z.object({ path: z.string(), message: z.string() })),
  history: z.array(Attempt),
}).meta({ id: 'DeliveryWithAttempts' })

/** One, or several by repeating the parameter. */
function oneOrMore<Item extends z.ZodType>(item: Item, max: number) {
  return z.union([item.transform((value) => [value]), z.array(item).min(1).max(max)]).optional()
}

const FILTERS_MAX = 10

/** What deliveries are asked for by. */
const Filters = {
  status: oneOrMore(z.coerce.number().int().min(100).max(599), FILTERS_MAX).describe(
    'The HTTP status of the last attempt.',
  ),
  reason: text({ min: 1, max: 64 }).optional().describe('Why it stands as it does, as `reason` says.'),
  automation: PublicId.optional(),
  webhook: PublicId.optional(),
  collection: text({ min: 1, max: 400 })
    .optional()
    .describe('Where it happened: `project/collection` of the entity, or `entity/project/collection`.'),
  createdAfter: Moment.optional().describe('This moment, or later.'),
  createdBefore: Moment.optional().describe('Before this moment.'),
}

const ListQuery = PageQuery.extend({
  ...Filters,
  state: oneOrMore(States, States.options.length),
  held: z
    .enum(['true', 'false'])
    .transform((word) => word === 'true')
    .optional()
    .describe('Waiting because its webhook is paused, or not.'),
})

const DeadLetterQuery = PageQuery.extend(Filters)

export function deliveryRoutes(app: RestApp, world: World): void {
  const tags = ['deliveries']

  app.get(
    '/entities/:entity/deliveries',
    {
      schema: {
        operationId: 'listDeliveries',
        summary: 'List deliveries, newest first',
        description:
          'All that is asked for has to hold. With `automation` or `collection` the time is that of the firing, so that ' +
          'a replay stands beside what it replays; else it is when the delivery was made.',
        tags,
        params: z.strictObject({ entity: Name }),
        querystring: ListQuery,
        response: { 200: page(Delivery) },
      },
    },
    async (request) => {
      const { state, ...query } = request.query
      return listOf(callerOf(request), request.params.entity, { ...query, states: state })
    },
  )

  app.get(
    '/entities/:entity/dead-letters',
    {
      schema: {
        operationId: 'listDeadLetters',
        summary: 'List what failed and has not been replayed since, newest first',
        tags,
        params: z.strictObject({ entity: Name }),
        querystring: DeadLetterQuery,
        response: { 200: page(Delivery) },
      },
    },
    async (request) =>
      listOf(callerOf(request), request.params.entity, { ...request.query, states: ['failed'], deadLetters: true }),
  )

  async function listOf(
    caller: Caller,
    entity: string,
    query: Omit<z.output<typeof DeadLetterQuery>, 'status'> & NamedFilter & { status?: number[] | undefined },
  ) {
    const { limit, cursor, status, ...filter } = query
    const key = decodeCursor(cursor, ['number', 'number'] as const)
    const { deliveries, next } = await listDeliveries(world, caller, {
      entity,
      filter: { ...filter, statuses: status },
      before: key === undefined ? undefined : { at: key[0], id: key[1] },
      limit,
    })
    const items = deliveries.map(asDelivery)
    return next === undefined ? { items } : { items, cursor: encodeCursor([next.at, next.id]) }
  }

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
    lastStatus: delivery.lastStatus,
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
    bodiesPurgedAt: isoTimeOrNull(delivery.bodiesPurgedAt),
  }
}

function asAttempt(attempt: AttemptView) {
  return { ...attempt, startedAt: isoTime(attempt.startedAt), finishedAt: isoTime(attempt.finishedAt) }
}
