import { z } from 'zod'
import { requireEntity } from '../access/operations.ts'
import type { Page } from '../artifacts/types.ts'
import { EVENT_TYPES } from '../events/event.ts'
import { decodeCursor, encodeCursor, PageQuery, page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, isoTimeOrNull, Name, Time, text } from '../http/schemas.ts'
import type { World } from '../world.ts'
import type { ActionView, GoneScope } from './automation.ts'
import { FILTER_FIELDS } from './filter-syntax.ts'
import { MESSAGE_LENGTH_MAX, SEVERITIES, TITLE_LENGTH_MAX } from './notification.ts'
import {
  type ActionInput,
  type AutomationView,
  createAutomation,
  deleteAutomation,
  type ExecutionView,
  getAutomation,
  listRevisions,
  type RevisionView,
  releaseAutomation,
  type SavedAutomation,
  type ScopeInput,
  updateAutomation,
} from './operations.ts'
import { DEBOUNCE_SECONDS_MAX, HOLD_PER_MINUTE_MAX, NO_PACING, RATE_COUNT_MAX, RATE_SECONDS_MAX } from './pacing.ts'
import { REGISTRY_PREFIX, type ScopeView } from './scope.ts'

const Scope = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('collection'), project: Name, collection: Name }),
    z.strictObject({ type: z.literal('project'), project: Name }),
    z.strictObject({ type: z.literal('registry'), registry: Name }),
    z.strictObject({ type: z.literal('entity') }),
  ])
  .meta({
    id: 'AutomationScope',
    description:
      'What the automation watches, within its entity: one collection, a project, a registry, or all of a team or organization. ' +
      'It covers what is created there later.',
  })

const Action = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('webhook'),
      webhook: Name.describe('The id or name of a webhook of this entity or of your own.'),
      payload: z
        .unknown()
        .optional()
        .describe('The template: a JSON object, or its text. Without one a documented default body is sent.'),
    }),
    z.strictObject({ type: z.literal('nothing') }),
    z
      .strictObject({
        type: z.literal('notification'),
        webhook: Name.describe('The id or name of a Slack integration: a webhook that has "slack".'),
        title: text({ max: TITLE_LENGTH_MAX }).default(''),
        message: text({ max: MESSAGE_LENGTH_MAX }).default(''),
        severity: z.enum(SEVERITIES).default('INFO'),
      })
      .describe('A message in Slack. Title and message may name the variables of payloads.'),
  ])
  .meta({ id: 'AutomationAction' })

const Pacing = z
  .strictObject({
    rateLimit: z
      .strictObject({
        count: z.number().int().min(1).max(RATE_COUNT_MAX),
        seconds: z.number().int().min(1).max(RATE_SECONDS_MAX),
      })
      .nullable()
      .default(null)
      .describe(
        'As many executions at once, and then evenly as many in so many seconds. Others are skipped: rate_limited.',
      ),
    holdPerMinute: z
      .number()
      .int()
      .min(1)
      .max(HOLD_PER_MINUTE_MAX)
      .nullable()
      .default(null)
      .describe('Firing more often within a minute on one collection holds it there. Null: as the server is set.'),
    debounceSeconds: z
      .number()
      .int()
      .min(1)
      .max(DEBOUNCE_SECONDS_MAX)
      .nullable()
      .default(null)
      .describe('What happens to one collection within so many seconds from the first event is sent as one delivery.'),
  })
  .meta({ id: 'AutomationPacing', description: 'How often the automation may fire.' })

const AutomationBody = z
  .strictObject({
    name: text({ min: 1, max: 255 }),
    description: text({ max: 10_000 }).nullable().default(null),
    enabled: z.boolean().default(true),
    scope: Scope,
    event: text({ min: 1, max: 64 }).describe(`One of ${EVENT_TYPES.join(', ')}.`),
    filter: z
      .record(z.string(), z.unknown())
      .nullable()
      .default(null)
      .describe(
        `Conditions in the manner of MongoDB on ${FILTER_FIELDS.join(', ')} and metadata.<path>. None matches all.`,
      ),
    action: Action,
    pacing: Pacing.default(NO_PACING),
  })
  .meta({ id: 'NewAutomation' })

export const AutomationDraft = AutomationBody.extend({ name: text({ min: 1, max: 255 }).default('draft') }).meta({
  id: 'AutomationDraft',
})

const AutomationPatch = z
  .strictObject({
    name: text({ min: 1, max: 255 }),
    description: text({ max: 10_000 }).nullable(),
    enabled: z.boolean(),
    scope: Scope,
    event: text({ min: 1, max: 64 }),
    filter: z.record(z.string(), z.unknown()).nullable(),
    action: Action,
    pacing: Pacing,
  })
  .partial()
  .meta({ id: 'AutomationPatch', description: 'What is absent stays as it is.' })

const Warnings = z.array(z.object({ path: z.string(), message: z.string() }))

const ShownScope = z
  .object({
    type: z.enum(['collection', 'project', 'registry', 'entity']),
    entity: z.string(),
    project: z.string().optional(),
    registry: z.string().optional(),
    collection: z.string().optional(),
    deleted: z.literal(true).optional().describe('What was the scope is gone, so this automation never fires again.'),
  })
  .meta({ id: 'ShownScope' })

const ShownAction = z
  .object({
    type: z.enum(['webhook', 'notification', 'nothing']),
    webhook: z
      .object({
        id: z.string(),
        name: z.string(),
        paused: z.boolean(),
        circuitOpen: z.boolean().describe('The receiver is out: deliveries wait, and are tried one at a time.'),
        deleted: z.boolean(),
      })
      .optional(),
    payload: z.string().nullable().optional().describe('The text of the template; null for the default body.'),
    title: z.string().optional().describe('Of a notification, as are message and severity.'),
    message: z.string().optional(),
    severity: z.enum(SEVERITIES).optional(),
  })
  .meta({ id: 'ShownAction' })

const Revision = z
  .object({
    revision: z.number().int(),
    name: z.string(),
    description: z.string().nullable(),
    enabled: z.boolean(),
    scope: ShownScope,
    event: z.enum(EVENT_TYPES),
    filter: z.record(z.string(), z.unknown()),
    action: ShownAction,
    pacing: z.object({
      rateLimit: z.object({ count: z.number().int(), seconds: z.number().int() }).nullable(),
      holdPerMinute: z.number().int().nullable(),
      debounceSeconds: z.number().int().nullable(),
    }),
    createdBy: z.string().nullable(),
    createdAt: Time,
  })
  .meta({ id: 'AutomationRevision' })

export const Automation = z
  .object({
    id: z.string(),
    entity: z.string(),
    ...Revision.shape,
    holds: z
      .array(
        z.object({
          collection: z.object({ project: z.string(), collection: z.string() }).nullable(),
          since: Time,
          until: Time,
        }),
      )
      .describe('Collections on which it fired too often: it is skipped there until then, or until it is released.'),
    updatedAt: Time,
    deletedAt: Time.nullable(),
    mayChange: z.boolean().describe('Whether you may: of those of a whole organization its administrators.'),
  })
  .meta({ id: 'Automation' })

const SavedAutomationAnswer = Automation.extend({
  warnings: Warnings.describe('What is allowed but perhaps not meant.'),
}).meta({ id: 'SavedAutomation' })

export const DeliverySummary = z.object({
  id: z.string(),
  webhook: z.object({ id: z.string(), name: z.string() }),
  state: z.enum(['pending', 'sending', 'succeeded', 'failed', 'superseded', 'cancelled']),
  held: z.boolean(),
  reason: z.string().nullable(),
  attempts: z.number().int(),
  nextAttemptAt: Time.nullable(),
  replayOf: z.string().nullable(),
  replayMode: z.enum(['as_then', 'as_now']).nullable(),
  createdAt: Time,
  settledAt: Time.nullable(),
})

export const ShownSubject = z
  .object({
    entity: z.string(),
    project: z.string(),
    collection: z.string().nullable().describe('null for events about runs.'),
    version: z.string().nullable(),
    run: z.string().nullable().describe('What people call the id of the run; null for events about artifacts.'),
  })
  .describe('Where it happened.')

const EntityParams = z.strictObject({ entity: Name })
const AutomationParams = z.strictObject({ id: Name })

export function automationRoutes(app: RestApp, world: World): void {
  const tags = ['automations']

  app.post(
    '/entities/:entity/automations',
    {
      schema: {
        operationId: 'createAutomation',
        summary: 'Create an automation',
        tags,
        params: EntityParams,
        body: AutomationBody,
        response: { 201: SavedAutomationAnswer },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const entity = await requireEntity(world.db.read, caller, request.params.entity, 'viewer')
      const { scope, action, ...rest } = request.body
      const saved = await createAutomation(world, caller, {
        ...rest,
        scope: scopeInput(scope, entity.id),
        action: actionInput(action),
      })
      reply.code(201)
      return asSaved(saved)
    },
  )

  app.get(
    '/automations/:id',
    {
      schema: {
        operationId: 'getAutomation',
        summary: 'Read an automation',
        tags,
        params: AutomationParams,
        response: { 200: Automation },
      },
    },
    async (request) => asAutomation(await getAutomation(world, callerOf(request), keyOf(request.params))),
  )

  app.patch(
    '/automations/:id',
    {
      schema: {
        operationId: 'updateAutomation',
        summary: 'Change an automation, which makes a new revision',
        description: 'What earlier revisions have matched goes on as it was.',
        tags,
        params: AutomationParams,
        body: AutomationPatch,
        response: { 200: SavedAutomationAnswer },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      const { scope, action, ...rest } = request.body
      const saved = await updateAutomation(world, caller, keyOf(request.params), {
        ...rest,
        ...(scope === undefined
          ? {}
          : { scope: scopeInput(scope, (await getAutomation(world, caller, keyOf(request.params))).entityId) }),
        ...(action === undefined ? {} : { action: actionInput(action) }),
      })
      return asSaved(saved)
    },
  )

  app.delete(
    '/automations/:id',
    {
      schema: {
        operationId: 'deleteAutomation',
        summary: 'Delete an automation',
        description: 'It fires no more. Its history stays, and what is in progress goes on.',
        tags,
        params: AutomationParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await deleteAutomation(world, callerOf(request), keyOf(request.params))
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/automations/:id/release',
    {
      schema: {
        operationId: 'releaseAutomation',
        summary: 'Let an automation fire again that is held for firing too often',
        tags,
        params: AutomationParams,
        response: { 200: Automation },
      },
    },
    async (request) => asAutomation(await releaseAutomation(world, callerOf(request), keyOf(request.params))),
  )

  app.get(
    '/automations/:id/revisions',
    {
      schema: {
        operationId: 'listRevisions',
        summary: 'List the revisions of an automation, newest first',
        tags,
        params: AutomationParams,
        querystring: PageQuery,
        response: { 200: page(Revision) },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query
      const after = decodeCursor(cursor, ['number'])?.[0]
      const caller = callerOf(request)
      const { entity } = await getAutomation(world, caller, keyOf(request.params))
      const revisions = await listRevisions(world, caller, keyOf(request.params), { limit, after })
      return asPage(revisions, (revision) => asRevision(revision, entity))
    },
  )
}

function keyOf(params: { id: string }) {
  return { publicId: params.id }
}

export function scopeInput(scope: z.infer<typeof Scope>, entityId: number): ScopeInput {
  switch (scope.type) {
    case 'collection':
      return { kind: 'COLLECTION', entityId, project: scope.project, collection: scope.collection }
    case 'project':
      return { kind: 'PROJECT', entityId, project: scope.project }
    case 'registry':
      return { kind: 'PROJECT', entityId, project: `${REGISTRY_PREFIX}${scope.registry}` }
    case 'entity':
      return { kind: 'ENTITY', entityId }
  }
}

export function actionInput(action: z.infer<typeof Action>): ActionInput {
  if (action.type === 'nothing') return { kind: 'nothing' }
  if (action.type === 'notification') {
    const { title, message, severity } = action
    return { kind: 'notification', webhook: { publicIdOrName: action.webhook }, title, message, severity }
  }
  const { payload } = action
  const template = payload === undefined || payload === null ? null : payload
  return {
    kind: 'webhook',
    webhook: { publicIdOrName: action.webhook },
    payload: template === null || typeof template === 'string' ? template : JSON.stringify(template),
  }
}

function asPage<Row, Item>(found: Page<Row>, render: (row: Row) => Item): { items: Item[]; cursor?: string } {
  const items = found.items.map(render)
  return found.nextKey === undefined ? { items } : { items, cursor: encodeCursor([found.nextKey]) }
}

function asSaved(saved: SavedAutomation): z.input<typeof SavedAutomationAnswer> {
  return { ...asAutomation(saved.automation), warnings: saved.warnings }
}

export function asAutomation(automation: AutomationView): z.input<typeof Automation> {
  return {
    id: automation.publicId,
    entity: automation.entity,
    ...asRevision(automation, automation.entity),
    holds: automation.holds.map(({ collection, since, until }) => ({
      collection,
      since: isoTime(since),
      until: isoTime(until),
    })),
    updatedAt: isoTime(automation.updatedAt),
    deletedAt: isoTimeOrNull(automation.deletedAt),
    mayChange: automation.mayChange,
  }
}

function asRevision(revision: RevisionView, entity: string): z.input<typeof Revision> {
  return {
    revision: revision.revision,
    name: revision.name,
    description: revision.description,
    enabled: revision.enabled,
    scope: asScope(revision.scope, entity),
    event: revision.eventType,
    filter: JSON.parse(revision.filter) as Record<string, unknown>,
    action: asAction(revision.action),
    pacing: revision.pacing,
    createdBy: revision.createdBy,
    createdAt: isoTime(revision.createdAt),
  }
}

function asScope(scope: ScopeView | GoneScope, entity: string): z.input<typeof ShownScope> {
  if ('gone' in scope) return { type: scope.kind === 'COLLECTION' ? 'collection' : 'project', entity, deleted: true }
  switch (scope.kind) {
    case 'COLLECTION':
      return { type: 'collection', entity, project: scope.project, collection: scope.collection }
    case 'PROJECT':
      return scope.isRegistry
        ? { type: 'registry', entity, project: scope.project, registry: scope.project.slice(REGISTRY_PREFIX.length) }
        : { type: 'project', entity, project: scope.project }
    case 'ENTITY':
      return { type: 'entity', entity }
  }
}

function asAction(action: ActionView): z.input<typeof ShownAction> {
  if (action.kind === 'nothing') return { type: 'nothing' }
  const { publicId, name, paused, circuitOpen, deleted } = action.webhook
  const webhook = { id: publicId, name, paused, circuitOpen, deleted }
  if (action.kind === 'webhook') return { type: 'webhook', webhook, payload: action.payload }
  const { title, message, severity } = action
  return { type: 'notification', webhook, title, message, severity }
}

export function asDeliverySummary(delivery: ExecutionView['deliveries'][number]): z.input<typeof DeliverySummary> {
  return {
    id: delivery.publicId,
    webhook: { id: delivery.webhook.publicId, name: delivery.webhook.name },
    state: delivery.state,
    held: delivery.held,
    reason: delivery.reason,
    attempts: delivery.attemptCount,
    nextAttemptAt: isoTimeOrNull(delivery.nextAttemptAt),
    replayOf: delivery.replayOf,
    replayMode: delivery.replayMode,
    createdAt: isoTime(delivery.createdAt),
    settledAt: isoTimeOrNull(delivery.settledAt),
  }
}
