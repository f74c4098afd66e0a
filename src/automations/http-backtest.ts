import { z } from 'zod'
import { requireEntity } from '../access/operations.ts'
import { EVENT_TYPES } from '../events/event.ts'
import { decodeCursor, encodeCursor } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, Name, Time } from '../http/schemas.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { AutomationDraft, actionInput, ShownSubject, scopeInput } from './http.ts'
import { backtest } from './operations-backtest.ts'

const DAYS_MAX = 90
const FIRINGS_MAX = 100

const BacktestBody = z
  .strictObject({
    automation: AutomationDraft,
    days: z.number().int().min(1).max(DAYS_MAX).default(DAYS_MAX),
    limit: z.number().int().min(1).max(FIRINGS_MAX).default(20).describe('Firings in one answer.'),
    cursor: z.string().min(1).max(500).optional(),
  })
  .meta({ id: 'BacktestRequest' })

const BacktestAnswer = z
  .object({
    since: Time,
    looked: z.number().int().describe('Events looked at for this answer, of every type.'),
    items: z.array(
      z.object({
        event: z.object({
          id: z.string(),
          type: z.enum(EVENT_TYPES),
          occurredAt: Time,
          alias: z.string().nullable().describe('Which alias it was about, if about one.'),
          tag: z.string().nullable().describe('Which tag it was about, if about one.'),
        }),
        subject: ShownSubject.nullable(),
        words: z.string().nullable().describe('What happened, as a sentence; null where you may not see the place.'),
        body: z.string().nullable().describe('What would have been sent, with references to secrets in place.'),
        warnings: z.array(z.object({ path: z.string(), message: z.string() })),
        problem: z.string().nullable().describe('Why it could not have been rendered.'),
      }),
    ),
    cursor: z.string().optional().describe('There is more to look at: goes on where this answer was cut.'),
  })
  .meta({ id: 'Backtest' })

export function backtestRoutes(app: RestApp, world: World): void {
  app.post(
    '/entities/:entity/automations/backtest',
    {
      schema: {
        operationId: 'backtestAutomation',
        summary: 'What an automation would have done with the events of the last days',
        description:
          'Newest first. Nothing is sent or kept. An answer is cut at `limit` firings, after three seconds, or at 4 MiB ' +
          'of bodies, and then has a cursor.',
        tags: ['automations'],
        params: z.strictObject({ entity: Name }),
        body: BacktestBody,
        response: { 200: BacktestAnswer },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const entity = await requireEntity(world.db.read, caller, request.params.entity, 'viewer')
      const { automation, days, limit, cursor } = request.body
      const { scope, action, ...rest } = automation
      const key = readCursor(cursor)
      const { since, looked, fired, next } = await backtest(world, caller, {
        automation: { ...rest, scope: scopeInput(scope, entity.id), action: actionInput(action) },
        days,
        limit,
        before: key === undefined ? undefined : { transactionId: key[0], eventId: key[1] },
      })
      const items = fired.map(({ event, subject, ...firing }) => ({
        ...firing,
        event: {
          id: event.publicId,
          type: event.type,
          occurredAt: isoTime(event.occurredAt),
          alias: event.alias,
          tag: event.tag,
        },
        subject:
          subject === null ? null : { ...subject, version: subject.version === null ? null : `v${subject.version}` },
      }))
      const answer = { since: isoTime(since), looked, items }
      return next === undefined ? answer : { ...answer, cursor: encodeCursor([next.transactionId, next.eventId]) }
    },
  )
}

/** @throws Refusal `cursor_invalid`, with its field: it stands in the body */
function readCursor(cursor: string | undefined) {
  try {
    return decodeCursor(cursor, ['number', 'number'] as const)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal(error.code, error.message, { fields: [{ path: '/cursor', message: error.message }] })
  }
}
