import { z } from 'zod'
import { OPEN_COUNT_MAX } from '../deliveries/operations.ts'
import { runTestCall } from '../deliveries/operations-test-call.ts'
import { RETRIES_MAX, RETRY_DELAY_SECONDS_MAX, RETRY_SCHEDULE_SECONDS_MAX } from '../deliveries/retry-schedule.ts'
import { cutPage, decodeCursor, PageQuery, page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, isoTimeOrNull, Name, Time, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import { DELIVERY_ORDERS } from './delivery-order.ts'
import { circuitOf } from './health.ts'
import {
  CONCURRENCY_MAX,
  createWebhook,
  deleteSecret,
  deleteWebhook,
  endOverlap,
  getWebhook,
  listSecrets,
  listWebhooks,
  loadWebhookUsers,
  OVERLAP_HOURS_DEFAULT,
  OVERLAP_HOURS_MAX,
  type PreviousView,
  putSecret,
  type SecretView,
  updateWebhook,
  type WebhookUser,
  type WebhookView,
} from './operations.ts'
import { RATE_LIMIT_PER_MINUTE_MAX } from './rate-limit.ts'
import { SECRET_LENGTH_MAX, SECRET_LENGTH_MIN } from './secret.ts'
import { SLACK_NAME_LENGTH_MAX } from './slack.ts'
import { TARGETS } from './target.ts'
import { rateLimitInForce } from './webhook.ts'

const SecretName = text({ min: 1, max: 128 })

const Signature = z
  .strictObject({
    standard: z.boolean().optional().describe('Standard Webhooks headers. On by default.'),
    wandb: z.enum(['base64', 'hex', 'off']).optional().describe('X-Wandb-Signature. base64 by default.'),
    github: z.boolean().optional().describe('X-Hub-Signature-256. Off by default.'),
  })
  .meta({ id: 'SignatureSetting' })

const RetrySchedule = z
  .array(z.number().int().min(1).max(RETRY_DELAY_SECONDS_MAX))
  .max(RETRIES_MAX)
  .refine((seconds) => seconds.reduce((sum, delay) => sum + delay, 0) <= RETRY_SCHEDULE_SECONDS_MAX, {
    message: `is longer than ${RETRY_SCHEDULE_SECONDS_MAX} seconds (7 days) in all`,
  })

const settings = {
  name: Name.describe('Up to 64 letters, digits, "-", "_" and spaces between them.'),
  url: text({ min: 1, max: 2_048 }).describe('https, or what TRIPLINE_WEBHOOK_ALLOW allows. May contain ${SECRET}.'),
  target: z
    .enum(TARGETS)
    .nullable()
    .describe('What the receiver is, by whose rule its answers are judged. Absent or null: as its URL shows.'),
  accessTokenSecret: SecretName.nullable().describe('Sent as "Authorization: Bearer <value>".'),
  signingSecret: SecretName.nullable().describe('Signs every request.'),
  signature: Signature,
  secrets: z.array(SecretName).max(100).describe('Further secrets that payloads may use.'),
  headers: z
    .record(text({ min: 1, max: 128 }), text({ max: 4_096 }))
    .describe('Extra headers. Values may contain ${SECRET}.'),
  concurrencyMax: z
    .number()
    .int()
    .min(1)
    .max(CONCURRENCY_MAX)
    .describe('The most requests open to the receiver at once. 10 by default.'),
  rateLimitPerMinute: z
    .number()
    .int()
    .min(1)
    .max(RATE_LIMIT_PER_MINUTE_MAX)
    .nullable()
    .describe('The most requests that begin in any minute. Absent or null: what the target bears, if that is known.'),
  retrySchedule: RetrySchedule.nullable().describe(
    'Seconds from each attempt to the next, read anew at each; [] for one attempt. Absent or null: by Standard Webhooks.',
  ),
  order: z
    .enum(DELIVERY_ORDERS)
    .describe(
      'Sends deliveries of one collection, or of one alias in it, one at a time, each once the one before it has ended.',
    ),
  newestWins: z
    .boolean()
    .describe('With an order: a delivery that waits is superseded by the next one of its automation.'),
  slack: z
    .strictObject({
      workspace: text({ min: 1, max: SLACK_NAME_LENGTH_MAX }).describe('Its name, for people.'),
      channel: text({ min: 1, max: SLACK_NAME_LENGTH_MAX }).describe(
        'Where a bot posts, such as #ml-alerts or C0123456789; of an incoming webhook, the name of its channel.',
      ),
    })
    .nullable()
    .describe(
      'Makes it a Slack integration, which notifications go to. The URL is that of an incoming webhook, or ' +
        'https://slack.com/api/chat.postMessage with the bot token as access token.',
    ),
  paused: z
    .boolean()
    .describe(
      'Holds its deliveries. false makes them due, and closes the circuit of a receiver that was out: say so once it is mended.',
    ),
}

const { name, url, ...optional } = settings
const WebhookInput = z.strictObject({ name, url, ...z.object(optional).partial().shape }).meta({ id: 'NewWebhook' })
const WebhookPatch = z.strictObject(z.object(settings).partial().shape).meta({ id: 'WebhookPatch' })

const Health = z
  .object({
    circuit: z
      .enum(['closed', 'open', 'half_open'])
      .describe('open: the receiver is out and its deliveries wait. half_open: one at a time is tried.'),
    circuitOpenedAt: Time.nullable(),
    nextProbeAt: Time.nullable().describe('When an open circuit lets the next delivery be tried.'),
    heldUntil: Time.nullable().describe('No request before this: the receiver asked for it, or its circuit is open.'),
    consecutiveFailures: z.number().describe('Attempts in a row that the receiver did not accept.'),
    failingSince: Time.nullable().describe('When the first of them ended.'),
    lastFailure: z
      .object({ at: Time, reason: z.string().describe('As on the attempt.') })
      .nullable()
      .describe('Also of a receiver that is well again.'),
  })
  .meta({ id: 'WebhookHealth', description: 'How the receiver does, over all workers.' })

const WebhookOutput = z
  .object({
    id: z.string(),
    name: z.string(),
    url: z.string().describe('Whole for admins, else scheme, host and last four characters.'),
    target: z.enum(TARGETS),
    accessTokenSecret: z.string().nullable(),
    signingSecret: z.string().nullable(),
    signature: z.object({ standard: z.boolean(), wandb: z.enum(['base64', 'hex', 'off']), github: z.boolean() }),
    secrets: z.array(z.string()),
    headers: z.record(z.string(), z.string()),
    concurrencyMax: z.number(),
    rateLimitPerMinute: z.number().nullable().describe('As it was set.'),
    rateLimitInForce: z.number().nullable().describe('Requests a minute: as set, or as the target bears.'),
    retrySchedule: z.array(z.number()).nullable(),
    health: Health,
    order: z.enum(DELIVERY_ORDERS),
    newestWins: z.boolean(),
    slack: z.object({ workspace: z.string(), channel: z.string() }).nullable(),
    paused: z.object({ at: Time, reason: z.string() }).nullable(),
    usedBy: z
      .array(z.object({ id: z.string(), name: z.string(), enabled: z.boolean() }))
      .describe('The automations that send to it, of those that you may see.'),
    createdAt: Time,
    updatedAt: Time,
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Webhook' })

const ListedWebhook = WebhookOutput.extend({
  use: z
    .object({
      open: z.number().int().describe(`Deliveries that have not ended, counted up to ${OPEN_COUNT_MAX}.`),
      lastSuccessAt: Time.nullable().describe('When one of its 100 newest deliveries arrived; null if none has.'),
    })
    .describe('What it still has to send, and when it last worked.'),
}).meta({ id: 'ListedWebhook' })

const Previous = z
  .array(z.object({ version: z.number(), endsAt: Time.describe('When it signs no more and is deleted.') }))
  .describe('Replaced values that still sign beside the newest, newest first.')

const Stored = z.object({ name: z.string(), version: z.number(), previous: Previous })

const SecretOutput = z
  .object({
    name: z.string(),
    version: z.number(),
    previous: Previous,
    lastUsedAt: Time.nullable().describe('When the newest attempt that was made with it began, to the minute.'),
    lastRefusedAt: Time.nullable().describe(
      'The same of the newest attempt that carried it, or was signed with it, and was answered with 401 or 403.',
    ),
    usedBy: z.array(z.string()).describe('Names of webhooks.'),
    createdAt: Time,
    updatedAt: Time.describe('When its value was stored.'),
    updatedBy: z.string().nullable().describe('Who stored its value; null if that is not known any more.'),
  })
  .meta({ id: 'Secret', description: 'A team secret. Its value is never shown.' })

const Forced = z.strictObject({ force: z.enum(['true', 'false']).default('false') })
const Cancelled = z.object({ cancelled: z.array(z.string()).describe('Deliveries that were waiting.') })

const TestAnswer = z
  .object({
    ok: z.boolean(),
    verdict: z.string(),
    reason: z.string(),
    explanation: z.string().describe('What happened and what to do, in words.'),
    remoteId: z.string().nullable().describe('What the receiver calls what it made of the request.'),
    remoteUrl: z.string().nullable().describe('Where that can be seen.'),
    request: z.object({
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      secretVersions: z.record(z.string(), z.number()),
      body: z.string(),
    }),
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
        isReused: z.boolean(),
        dnsMs: z.number().nullable(),
        connectMs: z.number().nullable(),
        tlsMs: z.number().nullable(),
        firstByteMs: z.number().nullable(),
        totalMs: z.number(),
      })
      .describe('Milliseconds.'),
    script: z
      .string()
      .describe(
        'A shell script that sends the same with curl and openssl. It takes the URL and the secrets from its environment.',
      ),
  })
  .meta({ id: 'WebhookTestAnswer' })

const Payload = z
  .unknown()
  .describe(
    'The template: a JSON object, or its text. May refer to the secrets of the webhook. Absent: the default body.',
  )

const WRONG_WEBHOOK_FIELD = { webhook_url_invalid: '/url', webhook_url_blocked: '/url', name_taken: '/name' }

export function webhookRoutes(app: RestApp, world: World): void {
  const tags = ['webhooks']
  const entity = z.strictObject({ entity: Name })
  const byId = z.strictObject({ id: text({ min: 1, max: 64 }) })

  async function shown(request: Parameters<typeof callerOf>[0], webhook: WebhookView) {
    const users = await loadWebhookUsers(world, callerOf(request), [webhook])
    return asOutput(webhook, users.get(webhook.id) ?? [], world.now())
  }

  app.put(
    '/entities/:entity/secrets/:name',
    {
      schema: {
        operationId: 'putSecret',
        summary: 'Store a team secret, or replace its value',
        tags: ['secrets'],
        params: z.strictObject({ entity: Name, name: SecretName }),
        body: z.strictObject({
          value: z
            .string()
            .meta({ description: 'Never shown again.', minLength: SECRET_LENGTH_MIN, maxLength: SECRET_LENGTH_MAX }),
          overlapHours: z
            .number()
            .min(0)
            .max(OVERLAP_HOURS_MAX)
            .default(OVERLAP_HOURS_DEFAULT)
            .describe(
              'How long the value that is replaced goes on signing beside the new one. 0: it ends at once, and so do all ' +
                'before it.',
            ),
        }),
        response: { 200: Stored, 201: Stored },
      },
    },
    async (request, reply) => {
      const stored = await putSecret(world, callerOf(request), { ...request.params, ...request.body })
      reply.code(stored.created ? 201 : 200)
      return { name: request.params.name, version: stored.version, previous: stored.previous.map(asPrevious) }
    },
  )

  app.delete(
    '/entities/:entity/secrets/:name/previous',
    {
      schema: {
        operationId: 'endSecretOverlap',
        summary: 'End the overlap after a secret was replaced',
        description: 'Only the newest value signs from now on; those before it are deleted.',
        tags: ['secrets'],
        params: z.strictObject({ entity: Name, name: SecretName }),
        response: { 200: z.object({ ended: z.array(z.number()).describe('Versions.') }) },
      },
    },
    async (request) => endOverlap(world, callerOf(request), request.params),
  )

  app.get(
    '/entities/:entity/secrets',
    {
      schema: {
        operationId: 'listSecrets',
        summary: 'List team secrets, without values',
        tags: ['secrets'],
        params: entity,
        querystring: PageQuery,
        response: { 200: page(SecretOutput) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const rows = await listSecrets(world, callerOf(request), { ...request.params, after, limit: limit + 1 })
      return cutPage(rows, limit, asSecret, (row) => [row.name])
    },
  )

  app.delete(
    '/entities/:entity/secrets/:name',
    {
      schema: {
        operationId: 'deleteSecret',
        summary: 'Delete a team secret',
        description:
          'One that a webhook uses only with force=true, which cancels what those webhooks still have to send.',
        tags: ['secrets'],
        params: z.strictObject({ entity: Name, name: SecretName }),
        querystring: Forced,
        response: { 200: Cancelled },
      },
    },
    async (request) =>
      deleteSecret(world, callerOf(request), { ...request.params, force: request.query.force === 'true' }),
  )

  app.post(
    '/entities/:entity/webhooks',
    {
      config: { wrongField: WRONG_WEBHOOK_FIELD },
      schema: {
        operationId: 'createWebhook',
        summary: 'Configure a webhook',
        tags,
        params: entity,
        body: WebhookInput,
        response: { 201: WebhookOutput },
      },
    },
    async (request, reply) => {
      reply.code(201)
      return shown(
        request,
        await createWebhook(world, callerOf(request), { ...request.params, settings: request.body }),
      )
    },
  )

  app.get(
    '/entities/:entity/webhooks',
    {
      schema: {
        operationId: 'listWebhooks',
        summary: 'List webhooks',
        tags,
        params: entity,
        querystring: PageQuery,
        response: { 200: page(ListedWebhook) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const after = decodeCursor(cursor, ['string'])?.[0]
      const rows = await listWebhooks(world, callerOf(request), { ...request.params, after, limit: limit + 1 })
      const users = await loadWebhookUsers(world, callerOf(request), rows)
      return cutPage(
        rows,
        limit,
        (row) => ({ ...asOutput(row, users.get(row.id) ?? [], world.now()), use: asUse(row.use) }),
        (row) => [row.name],
      )
    },
  )

  app.get(
    '/entities/:entity/webhooks/:id',
    {
      schema: {
        operationId: 'getWebhook',
        summary: 'Read a webhook',
        tags,
        params: entity.extend(byId.shape),
        response: { 200: WebhookOutput },
      },
    },
    async (request) => shown(request, await getWebhook(world, callerOf(request), request.params)),
  )

  app.patch(
    '/entities/:entity/webhooks/:id',
    {
      config: { wrongField: WRONG_WEBHOOK_FIELD },
      schema: {
        operationId: 'updateWebhook',
        summary: 'Change a webhook',
        description: 'What waits and what is tried again goes by the new settings.',
        tags,
        params: entity.extend(byId.shape),
        body: WebhookPatch,
        response: { 200: WebhookOutput },
      },
    },
    async (request) =>
      shown(request, await updateWebhook(world, callerOf(request), { ...request.params, settings: request.body })),
  )

  app.delete(
    '/entities/:entity/webhooks/:id',
    {
      schema: {
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook',
        description:
          'One that automations use, or that still has something to send, only with force=true, which cancels what waits.',
        tags,
        params: entity.extend(byId.shape),
        querystring: Forced,
        response: { 200: Cancelled },
      },
    },
    async (request) =>
      deleteWebhook(world, callerOf(request), { ...request.params, force: request.query.force === 'true' }),
  )

  app.post(
    '/entities/:entity/webhooks/:id/test',
    {
      schema: {
        operationId: 'testWebhook',
        summary: 'Send a test request to a webhook',
        description: 'Signed and sent as a delivery would be, once, and not kept.',
        tags,
        params: entity.extend(byId.shape),
        body: z.strictObject({ payload: Payload.optional() }).nullish(),
        response: { 200: TestAnswer },
      },
    },
    async (request) => runTestCall(world, callerOf(request), { ...request.params, payload: request.body?.payload }),
  )

  app.post(
    '/entities/:entity/webhooks/test',
    {
      config: { wrongField: { webhook_url_invalid: '/webhook/url', webhook_url_blocked: '/webhook/url' } },
      schema: {
        operationId: 'testUnsavedWebhook',
        summary: 'Send a test request to a webhook that is not saved',
        tags,
        params: entity,
        body: z.strictObject({
          webhook: z.strictObject({ ...WebhookInput.shape, name: Name.optional() }),
          payload: Payload.optional(),
        }),
        response: { 200: TestAnswer },
      },
    },
    async (request) =>
      runTestCall(world, callerOf(request), {
        ...request.params,
        settings: { name: 'test', ...request.body.webhook },
        payload: request.body.payload,
      }),
  )
}

function asSecret(secret: SecretView) {
  return {
    ...secret,
    previous: secret.previous.map(asPrevious),
    lastUsedAt: isoTimeOrNull(secret.lastUsedAt),
    lastRefusedAt: isoTimeOrNull(secret.lastRefusedAt),
    createdAt: isoTime(secret.createdAt),
    updatedAt: isoTime(secret.updatedAt),
  }
}

function asPrevious({ version, endsAt }: PreviousView) {
  return { version, endsAt: isoTime(endsAt) }
}

function asHealth(health: WebhookView['health'], nowMs: number) {
  const circuit = circuitOf(health, nowMs)
  const heldUntil = health.heldUntil !== null && health.heldUntil > nowMs ? isoTime(health.heldUntil) : null
  return {
    circuit,
    circuitOpenedAt: isoTimeOrNull(health.circuitOpenedAt),
    nextProbeAt: circuit === 'open' ? heldUntil : null,
    heldUntil,
    consecutiveFailures: health.failureCount,
    failingSince: isoTimeOrNull(health.failingSince),
    lastFailure:
      health.lastFailureAt === null
        ? null
        : { at: isoTime(health.lastFailureAt), reason: health.lastFailureReason ?? 'unknown' },
  }
}

function asUse({ open, lastSuccessAt }: { open: number; lastSuccessAt: number | null }) {
  return { open, lastSuccessAt: isoTimeOrNull(lastSuccessAt) }
}

function asOutput(webhook: WebhookView, users: readonly WebhookUser[], nowMs: number) {
  const { publicId, paused, urlMasked, entityId, health, ...rest } = webhook
  return {
    ...rest,
    rateLimitInForce: rateLimitInForce(webhook),
    health: asHealth(health, nowMs),
    id: publicId,
    url: webhook.url ?? urlMasked,
    paused: paused === null ? null : { at: isoTime(paused.at), reason: paused.reason },
    usedBy: users.map(({ publicId: user, name, enabled }) => ({ id: user, name, enabled })),
    createdAt: isoTime(webhook.createdAt),
    updatedAt: isoTime(webhook.updatedAt),
  }
}
