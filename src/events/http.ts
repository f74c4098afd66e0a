import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { decodeCursor, encodeCursor } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, Name, Time } from '../http/schemas.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import {
  ALERT_SEVERITIES,
  EVENT_TYPES,
  type Event,
  type EventArtifact,
  type EventMetric,
  type EventRun,
  RUN_STATES,
  type VersionRef,
} from './event.ts'
import { type FeedPage, type FeedPosition, getEvent, readEvents } from './operations.ts'

/** Each comes with its whole snapshot, metadata included. */
const PAGE_MAX = 200

/** Streams held open by one process. */
const STREAMS_MAX = 200
const STREAM_POLL_MS = 500
const STREAM_HEARTBEAT_MS = 15_000
/** Then the client connects again and shows its key again, which may have been revoked. */
const STREAM_MS_MAX = 10 * 60_000

const Version = z.string().meta({ examples: ['v3'] })

const ShownEvent = z
  .object({
    id: z.string(),
    type: z.enum(EVENT_TYPES),
    occurredAt: Time,
    causedBy: z.string().nullable().describe('The delivery that led to this event, if it is known.'),
    depth: z.number().int().describe('How many automations led to it, one after another.'),
    runBy: z
      .string()
      .nullable()
      .describe('Who ran an automation by hand, with this to go by. Such an event is no fact, and in no feed.'),
    actor: z.object({
      username: z.string().nullable(),
      kind: z.enum(['user', 'service', 'system']),
      via: z.enum(['wandb', 'rest', 'web', 'system', 'import']),
      userAgent: z.string().nullable(),
      requestId: z.string().nullable(),
    }),
    subjects: z
      .array(
        z.object({
          entity: z.string(),
          project: z.string(),
          collection: z.string().nullable().describe('null for events about runs.'),
          collectionKind: z.enum(['SEQUENCE', 'PORTFOLIO']).nullable(),
          version: Version.nullable(),
          aliases: z.array(z.string()),
        }),
      )
      .describe('The places it happened in, as far as you may see them.'),
    artifact: z
      .object({
        id: z.string(),
        type: z.string(),
        digest: z.string(),
        size: z.number().int(),
        fileCount: z.number().int(),
        description: z.string().nullable(),
        metadata: z.record(z.string(), z.unknown()),
        tags: z.array(z.string()),
        createdAt: Time,
        source: z
          .object({ entity: z.string(), project: z.string(), collection: z.string(), version: Version })
          .nullable(),
        run: z
          .object({ entity: z.string(), project: z.string(), name: z.string(), displayName: z.string() })
          .nullable(),
      })
      .nullable(),
    run: z
      .object({
        name: z.string().describe('What people call the id of the run.'),
        displayName: z.string(),
        username: z.string().nullable(),
        group: z.string().nullable(),
        jobType: z.string().nullable(),
        tags: z.array(z.string()),
        state: z.enum(RUN_STATES),
        stateBefore: z.enum(RUN_STATES).nullable(),
      })
      .nullable()
      .describe('Of events about runs.'),
    metric: z
      .object({
        name: z.string(),
        condition: z.string(),
        value: z.number().describe('What was compared: a value, an aggregate, a change or a z-score.'),
        prior: z.number().nullable(),
        logged: z.number(),
        step: z.number().nullable(),
      })
      .nullable()
      .describe('The condition on a metric that was met.'),
    alert: z
      .object({ title: z.string(), text: z.string(), severity: z.enum(ALERT_SEVERITIES) })
      .nullable()
      .describe('What the run told by `run.alert(…)`.'),
    alias: z.string().nullable(),
    tag: z.string().nullable(),
    previousVersion: z.object({ version: Version, artifact: z.string() }).nullable(),
    movedTo: z.object({ version: Version, artifact: z.string() }).nullable(),
  })
  .meta({ id: 'Event' })

const FeedAnswer = z
  .object({
    items: z.array(ShownEvent),
    cursor: z
      .string()
      .describe('Continues after this page, also when nothing is left now: keep it and ask again later.'),
    hasMore: z.boolean().describe('There is more to read now.'),
  })
  .meta({ id: 'EventPage' })

const FeedQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
  cursor: z.string().min(1).max(500).optional(),
  from: z
    .enum(['oldest', 'latest'])
    .default('oldest')
    .describe('Where to begin without a cursor: with the oldest event there is, or with the next one that comes.'),
  type: z.union([z.enum(EVENT_TYPES), z.array(z.enum(EVENT_TYPES)).max(EVENT_TYPES.length)]).optional(),
})

export function eventRoutes(app: RestApp, world: World): void {
  const tags = ['events']
  const stopping = new AbortController()
  let streamCount = 0
  app.addHook('preClose', async () => stopping.abort())

  app.get(
    '/entities/:entity/events',
    {
      schema: {
        operationId: 'listEvents',
        summary: 'Read the events of an entity, oldest first',
        description:
          'No event is ever skipped. With `Accept: text/event-stream` they arrive as server-sent events whose ids are ' +
          'cursors: `Last-Event-ID` resumes. A cursor that points before purged events is a 410.',
        tags,
        params: z.strictObject({ entity: Name }),
        querystring: FeedQuery,
        response: { 200: FeedAnswer },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { limit, cursor, from, type } = request.query
      const types = type === undefined ? [] : Array.isArray(type) ? type : [type]
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const isStream = /\btext\/event-stream\b/.test(request.headers.accept ?? '')
      const lastId = request.headers['last-event-id']
      const key = decodeCursor(isStream && typeof lastId === 'string' && lastId !== '' ? lastId : cursor, [
        'number',
        'number',
      ] as const)
      const read = (after: FeedPosition | 'oldest' | 'latest') =>
        readEvents(world, caller, { entity: request.params.entity, after, types, limit })
      const first = await read(key === undefined ? from : { transactionId: key[0], eventId: key[1] })
      if (!isStream) {
        return {
          items: first.events.map(({ event }) => asEvent(event)),
          cursor: cursorOf(first.next),
          hasMore: first.hasMore,
        }
      }

      if (stopping.signal.aborted) throw new Refusal('shutting_down', 'The server is stopping; try again in a moment')
      if (streamCount >= STREAMS_MAX) {
        throw new Refusal('rate_limited', `${STREAMS_MAX} event streams are open already: close one, or poll instead`)
      }
      if (!gone.signal.aborted) {
        streamCount += 1
        gone.signal.addEventListener('abort', () => {
          streamCount -= 1
        })
      }
      reply.header('content-type', 'text/event-stream; charset=utf-8')
      reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no')
      const frames = streamFrames(world, first, read, AbortSignal.any([stopping.signal, gone.signal]))
      return reply.send(Readable.from(frames) as never)
    },
  )

  app.get(
    '/events/:id',
    {
      schema: {
        operationId: 'getEvent',
        summary: 'Read an event',
        tags,
        params: z.strictObject({ id: Name }),
        response: { 200: ShownEvent },
      },
    },
    async (request) => asEvent(await getEvent(world, callerOf(request), request.params.id)),
  )
}

/**
 * A feed as server-sent events, until `ended`, or until reading fails or the time is up: the client then connects
 * again with the last id it saw, and hears of what is wrong.
 */
async function* streamFrames(
  world: World,
  first: FeedPage,
  read: (after: FeedPosition) => Promise<FeedPage>,
  ended: AbortSignal,
): AsyncGenerator<string> {
  const startedAt = performance.now()
  let saidAt = startedAt
  let page = first
  yield ': the feed\n\n'
  while (!ended.aborted) {
    for (const { event, position } of page.events) {
      yield `id: ${cursorOf(position)}\nevent: ${event.type}\ndata: ${JSON.stringify(asEvent(event))}\n\n`
      saidAt = performance.now()
    }
    if (!page.hasMore) {
      if (performance.now() - startedAt > STREAM_MS_MAX) return
      try {
        await sleep(STREAM_POLL_MS, undefined, { signal: ended })
      } catch {
        return
      }
      // An id without data moves the client's cursor on, past events of types it did not ask for.
      if (performance.now() - saidAt > STREAM_HEARTBEAT_MS) {
        yield `id: ${cursorOf(page.next)}\n\n`
        saidAt = performance.now()
      }
    }
    try {
      page = await read(page.next)
    } catch (error) {
      if (!(error instanceof Refusal)) world.log.error({ err: error }, 'an event stream failed')
      return
    }
  }
}

function cursorOf(position: FeedPosition): string {
  return encodeCursor([position.transactionId, position.eventId])
}

function asEvent(event: Event): z.input<typeof ShownEvent> {
  const { snapshot } = event
  return {
    id: event.publicId,
    type: event.type,
    occurredAt: isoTime(event.occurredAt),
    causedBy: event.causedBy,
    depth: event.depth,
    runBy: event.runBy ?? null,
    actor: snapshot.actor,
    subjects: snapshot.subjects.map((subject) => ({
      entity: subject.entity,
      project: subject.project,
      collection: subject.collection,
      collectionKind: subject.collectionKind,
      version: subject.version === null ? null : `v${subject.version}`,
      aliases: subject.aliases,
    })),
    artifact: snapshot.artifact === null ? null : asArtifact(snapshot.artifact),
    run: asRun(snapshot.run ?? null),
    metric: asMetric(snapshot.metric ?? null),
    alert: snapshot.alert ?? null,
    alias: snapshot.alias,
    tag: snapshot.tag,
    previousVersion: asVersionRef(snapshot.previousVersion),
    movedTo: asVersionRef(snapshot.movedTo),
  }
}

function asArtifact({ publicId, createdAt, source, ...rest }: EventArtifact) {
  return {
    ...rest,
    id: publicId,
    createdAt: isoTime(createdAt),
    source: source === null ? null : { ...source, version: `v${source.version}` },
  }
}

function asRun(run: EventRun | null) {
  if (run === null) return null
  const { id: _id, ...shown } = run
  return shown
}

function asMetric(metric: EventMetric | null) {
  if (metric === null) return null
  const { key: _key, ...shown } = metric
  return shown
}

function asVersionRef(ref: VersionRef | null) {
  return ref === null ? null : { version: `v${ref.version}`, artifact: ref.artifactPublicId }
}
