import { type ProjectAddress, readCollections } from './reading.ts'
import { RemoteFailure, type RemoteServer } from './remote-server.ts'

const PAGE_SIZE = 50

/** Run events have filters of a shape of their own, which is the same in both directions. */
const RUN_EVENT = /^RUN_/

export type AutomationFacts = {
  name: string
  description: string | null
  enabled: boolean
  scope: { kind: 'project' | 'entity' } | { kind: 'collection'; name: string }
  eventType: string
  /** As it is written for a new automation. */
  filter: string
  action:
    | { kind: 'nothing' }
    | { kind: 'webhook'; name: string; url: string; payload: string | null }
    | { kind: 'notification'; channel: string; title: string | null; message: string | null; severity: string | null }
    | { kind: 'other'; type: string }
}

type TriggerNode = {
  name: string
  description: string | null
  enabled: boolean
  scope: { __typename: string; name?: string }
  event: { eventType: string; filter: string }
  action: {
    __typename: string
    requestPayload?: string | null
    title?: string | null
    message?: string | null
    severity?: string | null
    integration?: { __typename: string; name?: string; urlEndpoint?: string; channelName?: string }
  }
}

const TRIGGER = `name description enabled
  scope { __typename ... on Project { name } ... on ArtifactPortfolio { name } ... on ArtifactSequence { name } }
  event: triggeringCondition { ... on FilterEventTriggeringCondition { eventType filter } }
  action: triggeredAction { __typename ... on GenericWebhookTriggeredAction { requestPayload
    integration { __typename ... on GenericWebhookIntegration { name urlEndpoint } } }
  ... on NotificationTriggeredAction { title message severity
    integration { __typename ... on SlackIntegration { channelName } } } }`

/** The automations of a project and of its collections. */
export async function readProjectAutomations(
  server: RemoteServer,
  address: ProjectAddress,
): Promise<AutomationFacts[]> {
  const { project } = await server.query<{ project: { triggers: TriggerNode[] } | null }>(
    `query ProjectTriggers($entity: String!, $project: String!) {
      project(name: $project, entityName: $entity) { triggers { ${TRIGGER} } } }`,
    { ...address },
  )
  return (project?.triggers ?? []).map(automationOf)
}

/** The automations of the entity itself, without those of its projects. */
export async function readEntityAutomations(server: RemoteServer, entity: string): Promise<AutomationFacts[]> {
  const nodes = await server.list<TriggerNode>(
    `query GetEntityAutomations($entity: String!, $cursor: String, $perPage: Int) {
      scope: entity(name: $entity) { triggers(after: $cursor, first: $perPage) {
        pageInfo { endCursor hasNextPage } edges { node { ${TRIGGER} } } } } }`,
    { entity, perPage: PAGE_SIZE },
    ({ scope }) => scope?.triggers,
  )
  return (nodes ?? []).filter(({ scope }) => scope.__typename === 'Entity').map(automationOf)
}

function automationOf(node: TriggerNode): AutomationFacts {
  const { name, description, enabled, scope, event } = node
  return {
    name,
    description,
    enabled,
    scope:
      scope.__typename === 'Project'
        ? { kind: 'project' }
        : scope.__typename === 'Entity'
          ? { kind: 'entity' }
          : { kind: 'collection', name: scope.name ?? '' },
    eventType: event.eventType,
    filter: RUN_EVENT.test(event.eventType) ? event.filter : innerFilter(event.filter),
    action: actionOf(node.action),
  }
}

function actionOf(action: TriggerNode['action']): AutomationFacts['action'] {
  if (action.__typename === 'NoOpTriggeredAction') return { kind: 'nothing' }
  const { integration, title = null, message = null, severity = null } = action
  if (action.__typename === 'NotificationTriggeredAction' && integration?.channelName !== undefined) {
    return { kind: 'notification', channel: integration.channelName, title, message, severity }
  }
  if (action.__typename !== 'GenericWebhookTriggeredAction' || integration?.name === undefined) {
    return { kind: 'other', type: action.__typename }
  }
  return {
    kind: 'webhook',
    name: integration.name,
    url: integration.urlEndpoint ?? '',
    payload: action.requestPayload ?? null,
  }
}

/** Filters of changes are answered wrapped once more than they are written: `{"filter": "<the filter>"}`. */
export function innerFilter(filter: string): string {
  const read: unknown = JSON.parse(filter)
  const isWrapped = typeof read === 'object' && read !== null && Object.keys(read).join() === 'filter'
  if (!isWrapped) return filter
  const { filter: inner } = read as { filter: unknown }
  return typeof inner === 'string' ? inner : JSON.stringify(inner)
}

/** Names in a payload that look like those of secrets. */
export function secretsIn(payload: string | null): string[] {
  const names = (payload ?? '').matchAll(/\$\{([A-Z][A-Z0-9_]*)\}/g)
  return [...new Set([...names].map((match) => match[1] as string))].sort()
}

/** Ids of webhooks by their names, of Slack integrations by their channels. */
export type Integrations = { webhooks: Map<string, string>; slack: Map<string, string> }

export async function readIntegrations(server: RemoteServer, entity: string): Promise<Integrations> {
  const nodes = await server.list<{ id?: string; name?: string; channelName?: string }>(
    `query IntegrationsByEntity($entity: String!, $cursor: String, $perPage: Int) {
      entity(name: $entity) { integrations(after: $cursor, first: $perPage) {
        pageInfo { endCursor hasNextPage }
        edges { node { __typename ... on GenericWebhookIntegration { id name }
          ... on SlackIntegration { id channelName } } } } } }`,
    { entity, perPage: PAGE_SIZE },
    ({ entity: found }) => found?.integrations,
  )
  const integrations: Integrations = { webhooks: new Map(), slack: new Map() }
  for (const { id, name, channelName } of nodes ?? []) {
    if (id === undefined) continue
    if (name !== undefined) integrations.webhooks.set(name, id)
    // The oldest of a channel stays the one that is used.
    else if (channelName !== undefined && !integrations.slack.has(channelName)) integrations.slack.set(channelName, id)
  }
  return integrations
}

/** Where an automation is put on the target; `undefined` if that is not there. */
export async function findScope(
  target: RemoteServer,
  address: ProjectAddress,
  scope: AutomationFacts['scope'],
): Promise<{ type: string; id: string } | undefined> {
  if (scope.kind === 'collection') {
    const collection = (await readCollections(target, address)).find(({ name }) => name === scope.name)
    return collection === undefined ? undefined : { type: 'ARTIFACT_COLLECTION', id: collection.id }
  }
  const { entity, project } = await target.query<{ entity: { id: string } | null; project: { id: string } | null }>(
    `query Scope($entity: String!, $project: String!) {
      entity(name: $entity) { id } project(name: $project, entityName: $entity) { id } }`,
    { ...address },
  )
  const found = scope.kind === 'entity' ? entity : project
  return found === null ? undefined : { type: scope.kind === 'entity' ? 'ENTITY' : 'PROJECT', id: found.id }
}

/** @throws RemoteFailure 409 when the name is taken */
export async function makeAutomation(
  target: RemoteServer,
  input: {
    automation: AutomationFacts
    enabled: boolean
    scope: { type: string; id: string }
    /** The id of its webhook or Slack integration; `undefined`: it does nothing. */
    integrationId: string | undefined
  },
): Promise<void> {
  const { automation, scope, integrationId } = input
  await target.query(
    'mutation CreateAutomation($input: CreateFilterTriggerInput!) { createFilterTrigger(input: $input) { trigger { id } } }',
    {
      input: {
        name: automation.name,
        description: automation.description,
        enabled: input.enabled,
        scopeType: scope.type,
        scopeID: scope.id,
        triggeringEventType: automation.eventType,
        eventFilter: automation.filter,
        ...actionInput(automation.action, integrationId),
      },
    },
  )
}

function actionInput(action: AutomationFacts['action'], integrationID: string | undefined) {
  if (action.kind === 'notification') {
    const { title, message, severity } = action
    return {
      triggeredActionType: 'NOTIFICATION',
      triggeredActionConfig: { notificationActionInput: { integrationID, title, message, severity } },
    }
  }
  if (action.kind === 'webhook') {
    const payload = action.payload === null ? {} : { requestPayload: action.payload }
    return {
      triggeredActionType: 'GENERIC_WEBHOOK',
      triggeredActionConfig: { genericWebhookActionInput: { integrationID, ...payload } },
    }
  }
  return { triggeredActionType: 'NO_OP', triggeredActionConfig: { noOpActionInput: { noOp: true } } }
}

export const sameScope = (first: AutomationFacts['scope'], second: AutomationFacts['scope']): boolean =>
  first.kind === second.kind &&
  (first.kind !== 'collection' || (second.kind === 'collection' && first.name === second.name))

export const isTaken = (error: unknown): boolean => error instanceof RemoteFailure && error.status === 409
