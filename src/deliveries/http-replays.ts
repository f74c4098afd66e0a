import { createHash } from 'node:crypto'
import { z } from 'zod'
import { cutPage, decodeCursor, PageQuery, page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, isoTimeOrNull, Moment, Name, Time, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { beginReplay, getReplay, listReplays, type ReplayView, tryReplay } from './operations-replays.ts'
import { REPLAY_DELIVERIES_MAX, SETTLED_STATES } from './replay.ts'

const PublicId = text({ min: 1, max: 64 })

const NewReplay = z
  .strictObject({
    window: z
      .strictObject({ from: Moment, to: Moment.optional() })
      .describe('When the automations fired: from the first moment, and before the second; without it until now.'),
    filter: z
      .strictObject({
        state: z.array(z.enum(SETTLED_STATES)).min(1).max(SETTLED_STATES.length).default(['failed']),
        status: z.array(z.number().int().min(100).max(599)).min(1).max(10).optional(),
        reason: text({ min: 1, max: 64 }).optional(),
        webhook: PublicId.optional(),
        automation: PublicId.optional(),
        collection: text({ min: 1, max: 400 }).optional(),
      })
      .default({ state: ['failed'] })
      .describe('As in the list of deliveries. Asked of the newest delivery of each, so that replays count.'),
    mode: z.enum(['as_then', 'as_now']).default('as_then'),
    dryRun: z.boolean().default(false).describe('Say how many, and send nothing.'),
  })
  .meta({ id: 'NewReplay' })

const LeftOut = z
  .record(z.string(), z.number().int())
  .describe(
    'How many fit and cannot be sent anew, by reason: bodies_purged, never_rendered, webhook_deleted, ' +
      'automation_deleted, no_webhook, limit_reached.',
  )

const Trial = z
  .object({
    matched: z.number().int(),
    replayable: z.number().int(),
    leftOut: LeftOut,
    complete: z.boolean().describe('The whole window was looked at; else the time was up before.'),
  })
  .meta({ id: 'ReplayTrial' })

const Replay = z
  .object({
    id: z.string(),
    mode: z.enum(['as_then', 'as_now']),
    state: z.enum(['running', 'done']),
    window: z.object({ from: Time, to: Time }),
    matched: z.number().int().describe('Deliveries that fit, as far as it has come.'),
    replayed: z.number().int(),
    leftOut: LeftOut,
    position: Time.describe('The part of the window before this has been gone through.'),
    createdBy: z.string().nullable(),
    createdAt: Time,
    finishedAt: Time.nullable(),
  })
  .meta({ id: 'Replay' })

export function replayRoutes(app: RestApp, world: World): void {
  const tags = ['deliveries']

  app.post(
    '/entities/:entity/replays',
    {
      schema: {
        operationId: 'createReplay',
        summary: 'Send the deliveries of a window once more',
        description:
          'Of each action of each execution that fired in the window the newest delivery, if it fits. Each replay is a new ' +
          `delivery; ${REPLAY_DELIVERIES_MAX.toLocaleString('en')} at most. What takes longer than two seconds goes on in ` +
          'the background. With an `Idempotency-Key` it is begun once, however often it is asked for.',
        tags,
        params: z.strictObject({ entity: Name }),
        body: NewReplay,
        response: { 200: Trial, 201: Replay },
      },
    },
    async (request, reply) => {
      const { window, filter, mode, dryRun } = request.body
      const { state, status, ...named } = filter
      const wanted = { mode, window, filter: { ...named, states: state, statuses: status } }
      const about = { ...request.params, request: wanted }
      if (dryRun) return reply.code(200).send(await tryReplay(world, callerOf(request), about))
      const key = request.headers['idempotency-key']
      const keyHash = typeof key === 'string' ? createHash('sha256').update(key).digest('base64url') : null
      return reply.code(201).send(asReplay(await beginReplay(world, callerOf(request), { ...about, keyHash })))
    },
  )

  app.get(
    '/entities/:entity/replays',
    {
      schema: {
        operationId: 'listReplays',
        summary: 'List replays of windows, newest first',
        tags,
        params: z.strictObject({ entity: Name }),
        querystring: PageQuery,
        response: { 200: page(Replay) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const beforeId = decodeCursor(cursor, ['number'])?.[0]
      const rows = await listReplays(world, callerOf(request), { ...request.params, beforeId, limit: limit + 1 })
      return cutPage(
        rows,
        limit,
        ({ view }) => asReplay(view),
        ({ id }) => [id],
      )
    },
  )

  app.get(
    '/replays/:id',
    {
      schema: {
        operationId: 'getReplay',
        summary: 'See how far a replay has come',
        tags,
        params: z.strictObject({ id: PublicId }),
        response: { 200: Replay },
      },
    },
    async (request) => asReplay(await getReplay(world, callerOf(request), request.params.id)),
  )
}

function asReplay(replay: ReplayView): z.input<typeof Replay> {
  const { publicId, from, to, position, createdAt, finishedAt, ...rest } = replay
  return {
    ...rest,
    id: publicId,
    window: { from: isoTime(from), to: isoTime(to) },
    position: isoTime(position),
    createdAt: isoTime(createdAt),
    finishedAt: isoTimeOrNull(finishedAt),
  }
}
