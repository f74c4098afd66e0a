import { may } from '../access/rights.ts'
import type { CollectionRef, ProjectRef } from '../artifacts/types.ts'
import type { ScopeKind } from '../database/schema.ts'
import type { EventType } from '../events/event.ts'
import { builder, type Context } from '../graphql/builder.ts'
import {
  type Connection,
  connectionOf,
  connectionType,
  pageArguments,
  pageOf,
  wholeConnection,
} from '../graphql/connection.ts'
import { decodeId, encodeId, type IdType } from '../graphql/ids.ts'
import { batched } from '../graphql/loader.ts'
import { entityById } from '../graphql/loaders.ts'
import { AlertSeverity, ArtifactPortfolio, ArtifactSequence, Entity, Organization, Project } from '../graphql/refs.ts'
import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { ActionView, GoneScope } from './automation.ts'
import { canRead, knowledgeOf, NEWEST_CLIENT } from './client-knowledge.ts'
import { filterToWire, parseFilter } from './filter.ts'
import { Integration, type IntegrationNode, webhookById } from './graphql-integrations.ts'
import {
  type ActionInput,
  type AutomationInput,
  type AutomationView,
  createAutomation,
  deleteAutomation,
  getAutomation,
  listAutomations,
  loadProjectAutomations,
  type ScopeInput,
  updateAutomation,
} from './operations.ts'
import { NO_PACING } from './pacing.ts'
import type { ScopeView } from './scope.ts'

// What the client calls triggers are automations.

const automationsOfProject = batched<number, AutomationView[]>((context, ids) =>
  loadProjectAutomations(context.world, context.caller, ids, knowledgeOf(context.caller.userAgent)),
)

/** The client's own list; that of `NEWEST_CLIENT` and what is refused with a reason. */
const EVENT_NAMES = [
  'CREATE_ARTIFACT',
  'LINK_MODEL',
  'UNLINK_ARTIFACT',
  'ADD_ARTIFACT_ALIAS',
  'ADD_ARTIFACT_TAG',
  'REMOVE_ARTIFACT_TAG',
  'ADD_COLLECTION_TAG',
  'REMOVE_COLLECTION_TAG',
  'UPDATE_ARTIFACT_ALIAS',
  'RUN_METRIC',
  'RUN_METRIC_CHANGE',
  'RUN_METRIC_ZSCORE',
  'RUN_STATE',
  'WEAVE_METRIC_THRESHOLD',
] as const

const EventTriggeringConditionType = builder.enumType('EventTriggeringConditionType', { values: EVENT_NAMES })
const TriggerScopeType = builder.enumType('TriggerScopeType', {
  values: ['PROJECT', 'ARTIFACT_COLLECTION', 'ENTITY'] as const,
})
const TriggeredActionType = builder.enumType('TriggeredActionType', {
  values: ['GENERIC_WEBHOOK', 'NOTIFICATION', 'NO_OP', 'QUEUE_JOB', 'PUSH_NOTIFICATION', 'ARIA'] as const,
})
/** `LINK_MODEL` is the client's old word for `LINK_ARTIFACT`. */
function wireEventType(eventType: EventType): (typeof EVENT_NAMES)[number] {
  const name = eventType === 'LINK_ARTIFACT' ? 'LINK_MODEL' : eventType
  const known = EVENT_NAMES.find((each) => each === name)
  assert(known !== undefined, 'automations that GraphQL has no word for are left out of its answers')
  return known
}

function eventName(wire: (typeof EVENT_NAMES)[number]): string {
  return wire === 'LINK_MODEL' ? 'LINK_ARTIFACT' : wire
}

type ScopeNode = ProjectRef | CollectionRef | typeof Entity.$inferType

const TriggerScope = builder.unionType('TriggerScope', {
  types: [Project, ArtifactSequence, ArtifactPortfolio, Entity],
  resolveType: (scope) => {
    if ('publicId' in scope) return scope.kind === 'SEQUENCE' ? ArtifactSequence : ArtifactPortfolio
    return 'isRegistry' in scope ? Project : Entity
  },
})

async function scopeNode(context: Context, scope: ScopeView | GoneScope): Promise<ScopeNode | undefined> {
  if ('gone' in scope) return undefined
  if (scope.kind === 'ENTITY') return entityById(context, scope.id)
  const { entityId, entity, isRegistry } = scope
  if (scope.kind === 'PROJECT') return { id: scope.id, name: scope.project, entityId, entity, isRegistry }
  return {
    id: scope.id,
    publicId: scope.collectionPublicId,
    kind: scope.collectionKind,
    name: scope.collection,
    project: { id: scope.projectId, name: scope.project, entityId, entity, isRegistry },
  }
}

const FilterEventTriggeringCondition = builder
  .objectRef<{ eventType: EventType; filter: string }>('FilterEventTriggeringCondition')
  .implement({
    fields: (t) => ({
      eventType: t.field({
        type: EventTriggeringConditionType,
        nullable: false,
        resolve: (event) => wireEventType(event.eventType),
      }),
      filter: t.field({
        type: 'JSONString',
        nullable: false,
        resolve: (event) => filterToWire(parseFilter(event.filter, '', event.eventType)),
      }),
    }),
  })

type WebhookAction = ActionView & { kind: 'webhook' }
type NotificationAction = ActionView & { kind: 'notification' }

async function integrationOfAction(
  context: Context,
  action: WebhookAction | NotificationAction,
): Promise<IntegrationNode> {
  const webhook = await webhookById(context, action.webhook.id)
  assert(webhook !== undefined, 'a webhook that an automation names is never forgotten')
  return { as: action.kind === 'notification' ? 'slack' : 'webhook', webhook }
}

const GenericWebhookTriggeredAction = builder.objectRef<WebhookAction>('GenericWebhookTriggeredAction').implement({
  fields: (t) => ({
    integration: t.field({
      type: Integration,
      nullable: false,
      resolve: (action, _args, context) => integrationOfAction(context, action),
    }),
    requestPayload: t.string({ resolve: (action) => action.payload }),
  }),
})

const NoOpTriggeredAction = builder.objectRef<ActionView & { kind: 'nothing' }>('NoOpTriggeredAction').implement({
  fields: (t) => ({ noOp: t.boolean({ resolve: () => true }) }),
})

const NotificationTriggeredAction = builder.objectRef<NotificationAction>('NotificationTriggeredAction').implement({
  fields: (t) => ({
    integration: t.field({
      type: Integration,
      nullable: false,
      resolve: (action, _args, context) => integrationOfAction(context, action),
    }),
    title: t.exposeString('title'),
    message: t.exposeString('message'),
    severity: t.field({ type: AlertSeverity, resolve: (action) => action.severity }),
  }),
})

// In the client's documents; no automation here has it.
const RunQueueOfAction = builder.objectRef<{ id: string; name: string }>('QueueJobTriggeredActionQueue').implement({
  fields: (t) => ({ id: t.exposeID('id', { nullable: false }), name: t.exposeString('name', { nullable: false }) }),
})
const QueueJobTriggeredAction = builder.objectRef<{ kind: 'queue-job' }>('QueueJobTriggeredAction').implement({
  fields: (t) => ({
    queue: t.field({ type: RunQueueOfAction, resolve: () => null }),
    template: t.string({ nullable: false, resolve: () => neverResolved() }),
  }),
})

function neverResolved(): never {
  throw new Error('No automation has this action')
}

const TriggeredAction = builder.unionType('TriggeredAction', {
  types: [GenericWebhookTriggeredAction, NoOpTriggeredAction, NotificationTriggeredAction, QueueJobTriggeredAction],
  resolveType: (action) => {
    if (action.kind === 'webhook') return GenericWebhookTriggeredAction
    return action.kind === 'notification' ? NotificationTriggeredAction : NoOpTriggeredAction
  },
})

const Trigger = builder.objectRef<AutomationView>('Trigger').implement({
  fields: (t) => ({
    id: t.id({ nullable: false, resolve: (automation) => encodeId('Trigger', automation.id) }),
    createdAt: t.field({ type: 'DateTime', nullable: false, resolve: (automation) => automation.createdAt }),
    updatedAt: t.field({ type: 'DateTime', resolve: (automation) => automation.updatedAt }),
    name: t.exposeString('name', { nullable: false }),
    description: t.exposeString('description'),
    enabled: t.exposeBoolean('enabled', { nullable: false }),
    scope: t.field({
      type: TriggerScope,
      nullable: false,
      resolve: async (automation, _args, context) => {
        const node = await scopeNode(context, automation.scope)
        assert(node !== undefined, 'automations that have lost their scope are left out of the answers of GraphQL')
        return node
      },
    }),
    triggeringCondition: t.field({
      type: FilterEventTriggeringCondition,
      nullable: false,
      resolve: ({ eventType, filter }) => ({ eventType, filter }),
    }),
    triggeredAction: t.field({
      type: TriggeredAction,
      nullable: false,
      resolve: (automation) => automation.action,
    }),
  }),
})
const TriggerConnection = connectionType('Trigger', Trigger)

const triggerArguments = () => builder.args((t) => ({ order: t.string(), filters: t.field({ type: 'JSONString' }) }))

async function triggersOfEntity(
  context: Context,
  entityId: number,
  args: {
    first?: number | null | undefined
    after?: string | null | undefined
    order?: string | null | undefined
    filters?: string | null | undefined
  },
): Promise<Connection<AutomationView>> {
  const { world, caller } = context
  const name = nameFilter(args.filters)
  if (args.order != null && !['', 'created_at', '+created_at', 'createdAt', '+createdAt'].includes(args.order)) {
    throw new Refusal('not_supported', `Automations are listed in the order they were made, not by "${args.order}"`)
  }
  if (!may(caller, 'viewer', entityId)) return wholeConnection([])
  const knowledge = knowledgeOf(caller.userAgent)
  const about = { entityId, filter: { name, knowledge } }
  return connectionOf(await listAutomations(world, caller, about, pageOf(args, 'string')))
}

/** The only filter the client writes: `{"name": "x"}`. */
function nameFilter(filters: string | null | undefined): string | undefined {
  if (filters == null || filters === '') return undefined
  const written: unknown = JSON.parse(filters)
  if (written === null) return undefined
  const keys = typeof written === 'object' ? Object.keys(written) : undefined
  if (keys?.length === 0) return undefined
  const name = keys?.length === 1 ? (written as { name?: unknown }).name : undefined
  if (typeof name === 'string') return name
  throw new Refusal('filter_invalid', 'Lists of automations are filtered by name only: {"name": "…"}')
}

builder.objectFields(Entity, (t) => ({
  triggers: t.field({
    type: TriggerConnection,
    args: { ...pageArguments(), ...triggerArguments() },
    description: 'All automations of the entity: at itself, at its projects and at their collections.',
    resolve: (entity, args, context) => triggersOfEntity(context, entity.id, args),
  }),
}))

builder.objectFields(Organization, (t) => ({
  triggers: t.field({
    type: TriggerConnection,
    args: { ...pageArguments(), ...triggerArguments() },
    resolve: (entity, args, context) => triggersOfEntity(context, entity.id, args),
  }),
}))

builder.objectFields(Project, (t) => ({
  triggers: t.field({
    type: [Trigger],
    nullable: false,
    description: 'Those scoped to the project or to a collection in it, but not those scoped to its entity.',
    resolve: async (project, _args, context) => (await automationsOfProject(context, project.id)) ?? [],
  }),
}))

// Changing them

const GenericWebhookActionInput = builder.inputType('GenericWebhookActionInput', {
  fields: (t) => ({ integrationID: t.id({ required: true }), requestPayload: t.string() }),
})
const NotificationActionInput = builder.inputType('NotificationActionInput', {
  fields: (t) => ({
    integrationID: t.id({ required: true }),
    title: t.string(),
    message: t.string(),
    severity: t.field({ type: AlertSeverity }),
  }),
})
const NoOpTriggeredActionInput = builder.inputType('NoOpTriggeredActionInput', {
  fields: (t) => ({ noOp: t.boolean() }),
})
const QueueJobActionInput = builder.inputType('QueueJobActionInput', {
  fields: (t) => ({ queueID: t.id({ required: true }), template: t.string({ required: true }) }),
})
const PushNotificationActionInput = builder.inputType('PushNotificationActionInput', {
  fields: (t) => ({ userID: t.id({ required: true }), title: t.string(), body: t.string() }),
})
const AriaActionInput = builder.inputType('ARIAActionInput', {
  fields: (t) => ({ prompt: t.string({ required: true }) }),
})

const TriggeredActionConfig = builder.inputType('TriggeredActionConfig', {
  fields: (t) => ({
    genericWebhookActionInput: t.field({ type: GenericWebhookActionInput }),
    notificationActionInput: t.field({ type: NotificationActionInput }),
    noOpActionInput: t.field({ type: NoOpTriggeredActionInput }),
    queueJobActionInput: t.field({ type: QueueJobActionInput }),
    pushNotificationActionInput: t.field({ type: PushNotificationActionInput }),
    ariaActionInput: t.field({ type: AriaActionInput }),
  }),
})

function actionInput(
  type: typeof TriggeredActionType.$inferType,
  config: typeof TriggeredActionConfig.$inferInput,
): ActionInput {
  if (type === 'NO_OP') return { kind: 'nothing' }
  if (type === 'NOTIFICATION') return notificationInput(config.notificationActionInput)
  if (type !== 'GENERIC_WEBHOOK') return { kind: 'unsupported', name: type }
  const webhook = config.genericWebhookActionInput
  if (webhook == null) {
    throw new Refusal('invalid_request', 'An action of type GENERIC_WEBHOOK needs "genericWebhookActionInput"')
  }
  return {
    kind: 'webhook',
    // An id that is none names no webhook.
    webhook: { id: decodeId('Integration', String(webhook.integrationID)) ?? 0 },
    payload: webhook.requestPayload ?? null,
  }
}

function notificationInput(input: typeof NotificationActionInput.$inferInput | null | undefined): ActionInput {
  if (input == null) {
    throw new Refusal('invalid_request', 'An action of type NOTIFICATION needs "notificationActionInput"')
  }
  return {
    kind: 'notification',
    webhook: { id: decodeId('Integration', String(input.integrationID)) ?? 0 },
    title: input.title ?? '',
    message: input.message ?? '',
    severity: input.severity ?? 'INFO',
  }
}

const SCOPES: Record<typeof TriggerScopeType.$inferType, { kind: ScopeKind; idType: IdType }> = {
  PROJECT: { kind: 'PROJECT', idType: 'Project' },
  ARTIFACT_COLLECTION: { kind: 'COLLECTION', idType: 'ArtifactCollection' },
  ENTITY: { kind: 'ENTITY', idType: 'Entity' },
}

function scopeInput(type: typeof TriggerScopeType.$inferType, id: string | number): ScopeInput {
  const { kind, idType } = SCOPES[type]
  return { kind, id: decodeId(idType, String(id)) ?? 0 }
}

const CreateFilterTriggerInput = builder.inputType('CreateFilterTriggerInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    description: t.string(),
    enabled: t.boolean({ required: true }),
    scopeType: t.field({ type: TriggerScopeType, required: true }),
    scopeID: t.id({ required: true }),
    triggeringEventType: t.field({ type: EventTriggeringConditionType, required: true }),
    eventFilter: t.field({ type: 'JSONString', required: true }),
    triggeredActionType: t.field({ type: TriggeredActionType, required: true }),
    triggeredActionConfig: t.field({ type: TriggeredActionConfig, required: true }),
    clientMutationId: t.string(),
  }),
})

const UpdateFilterTriggerInput = builder.inputType('UpdateFilterTriggerInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    description: t.string(),
    enabled: t.boolean(),
    scopeType: t.field({ type: TriggerScopeType }),
    scopeID: t.id(),
    triggeringEventType: t.field({ type: EventTriggeringConditionType }),
    eventFilter: t.field({ type: 'JSONString' }),
    triggeredActionType: t.field({ type: TriggeredActionType }),
    triggeredActionConfig: t.field({ type: TriggeredActionConfig }),
    clientMutationId: t.string(),
  }),
})

const DeleteTriggerInput = builder.inputType('DeleteTriggerInput', {
  fields: (t) => ({ triggerID: t.id({ required: true }), clientMutationId: t.string() }),
})

type TriggerPayload = { automation: AutomationView }
const triggerPayload = (name: string) =>
  builder.objectRef<TriggerPayload>(name).implement({
    fields: (t) => ({
      trigger: t.field({ type: Trigger, nullable: false, resolve: (payload) => payload.automation }),
    }),
  })
const CreateFilterTriggerPayload = triggerPayload('CreateFilterTriggerPayload')
const UpdateFilterTriggerPayload = triggerPayload('UpdateFilterTriggerPayload')
const DeleteTriggerPayload = builder.objectRef<object>('DeleteTriggerPayload').implement({
  fields: (t) => ({ success: t.boolean({ nullable: false, resolve: () => true }) }),
})

function keyOf(id: string | number): { id: number } {
  return { id: decodeId('Trigger', String(id)) ?? 0 }
}

builder.mutationFields((t) => ({
  createFilterTrigger: t.field({
    type: CreateFilterTriggerPayload,
    args: { input: t.arg({ type: CreateFilterTriggerInput, required: true }) },
    resolve: (_root, { input }, { world, caller }) =>
      createAutomation(
        world,
        caller,
        {
          name: input.name,
          description: input.description ?? null,
          enabled: input.enabled,
          scope: scopeInput(input.scopeType, input.scopeID),
          event: eventName(input.triggeringEventType),
          filter: input.eventFilter,
          action: actionInput(input.triggeredActionType, input.triggeredActionConfig),
          pacing: NO_PACING,
        },
        knowledgeOf(caller.userAgent),
      ),
  }),
  updateFilterTrigger: t.field({
    type: UpdateFilterTriggerPayload,
    description: 'What is null stays as it is.',
    args: { input: t.arg({ type: UpdateFilterTriggerInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      const key = keyOf(input.id)
      if (input.triggeringEventType == null && !canRead(NEWEST_CLIENT, await getAutomation(world, caller, key))) {
        throw new Refusal('not_supported', 'GraphQL has no word for the event of this automation: change it by REST')
      }
      const given: Partial<AutomationInput> = {
        ...(input.name == null ? {} : { name: input.name }),
        ...(input.description == null ? {} : { description: input.description }),
        ...(input.enabled == null ? {} : { enabled: input.enabled }),
        ...changedScope(input.scopeType, input.scopeID),
        ...(input.triggeringEventType == null ? {} : { event: eventName(input.triggeringEventType) }),
        ...(input.eventFilter == null ? {} : { filter: input.eventFilter }),
        ...changedAction(input.triggeredActionType, input.triggeredActionConfig),
      }
      return updateAutomation(world, caller, key, given, knowledgeOf(caller.userAgent))
    },
  }),
  deleteTrigger: t.field({
    type: DeleteTriggerPayload,
    args: { input: t.arg({ type: DeleteTriggerInput, required: true }) },
    resolve: async (_root, { input }, { world, caller }) => {
      await deleteAutomation(world, caller, keyOf(input.triggerID))
      return {}
    },
  }),
}))

function changedScope(
  type: typeof TriggerScopeType.$inferType | null | undefined,
  id: string | number | null | undefined,
): { scope?: ScopeInput } {
  if (type == null && id == null) return {}
  if (type == null || id == null) throw new Refusal('invalid_request', '"scopeType" and "scopeID" go together')
  return { scope: scopeInput(type, id) }
}

function changedAction(
  type: typeof TriggeredActionType.$inferType | null | undefined,
  config: typeof TriggeredActionConfig.$inferInput | null | undefined,
): { action?: ActionInput } {
  if (type == null && config == null) return {}
  if (type == null || config == null) {
    throw new Refusal('invalid_request', '"triggeredActionType" and "triggeredActionConfig" go together')
  }
  return { action: actionInput(type, config) }
}
