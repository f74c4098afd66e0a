import { type Caller, mayIn } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import type { ScopeKind } from '../database/schema.ts'
import type { EventType } from '../events/event.ts'
import { type FieldProblem, Refusal } from '../refusal.ts'
import type { Action } from './action.ts'
import { type ClientKnowledge, canRead } from './client-knowledge.ts'
import { MESSAGE_LENGTH_MAX, type Notification, TITLE_LENGTH_MAX } from './notification.ts'
import type { Pacing } from './pacing.ts'
import { placeOfScope, type ScopeView } from './scope.ts'
import { findAutomationNamed } from './store-automations.ts'
import { findCollectionId, findProjectId, loadScopes } from './store-scopes.ts'
import { findUsableWebhook, loadWebhook, type UsableWebhook, type WebhookKey } from './store-webhooks.ts'
import { parseTemplate, secretsInTemplate, type Template, warningsForEventType } from './template.ts'

/** A scope as a request names it: by names within an entity the caller may see, or by id. */
export type ScopeInput =
  | { kind: 'COLLECTION'; entityId: number; project: string; collection: string }
  | { kind: 'PROJECT'; entityId: number; project: string }
  | { kind: 'ENTITY'; entityId: number }
  | { kind: ScopeKind; id: number }

export type ActionInput =
  | { kind: 'nothing' }
  /** `payload`: the text of a template; `null` sends the default body. */
  | { kind: 'webhook'; webhook: WebhookKey; payload: string | null }
  /** `webhook`: a Slack integration. */
  | ({ kind: 'notification'; webhook: WebhookKey } & Notification)
  /** Something W&B has and this server does not do: refused by its name. */
  | { kind: 'unsupported'; name: string }

export type AutomationInput = {
  name: string
  description: string | null
  enabled: boolean
  scope: ScopeInput
  /** The name of an event type; those that automations cannot be made for are refused with the reason. */
  event: string
  /** An object or its JSON text. */
  filter: unknown
  action: ActionInput
  pacing: Pacing
}

const NAME_LENGTH_MAX = 255

/** Where the template stands in a request. */
const PAYLOAD = '/action/payload'

/** @throws Refusal `name_invalid` */
export function readName(written: string): string {
  const name = written.trim()
  if (name.length >= 1 && name.length <= NAME_LENGTH_MAX && !/[\u0000-\u001f\u007f]/.test(name)) return name
  const message = `The name must have 1 to ${NAME_LENGTH_MAX} characters, none of them a control character`
  throw new Refusal('name_invalid', message, { fields: [{ path: '/name', message }] })
}

/**
 * Pass if no other automation of this owner is called so.
 *
 * @throws Refusal `name_taken`, which says so when the asking client is not shown the one that has the name
 */
export async function requireNameFree(
  tx: Tx,
  input: { entityId: number; name: string; exceptId?: number; knowledge?: ClientKnowledge | undefined },
): Promise<void> {
  const other = await findAutomationNamed(tx, input)
  if (other === undefined) return
  const shown = input.knowledge === undefined || canRead(input.knowledge, other)
  const hint = shown
    ? 'Choose another name.'
    : `Your version of the client does not show it (${other.eventType}, ${other.scope.kind} scope): choose another name, or change that one by the REST API or in the web app.`
  throw new Refusal('name_taken', `An automation "${input.name}" exists. ${hint}`, {
    fields: [{ path: '/name', message: 'another automation has it' }],
  })
}

/**
 * The scope meant.
 *
 * @throws Refusal `scope_unknown` also for what the caller may not see
 */
export async function requireScope(tx: Tx, caller: Caller, input: ScopeInput): Promise<ScopeView> {
  const id = await scopeId(tx, input)
  const [scope] = id === undefined ? [] : (await loadScopes(tx, [{ kind: input.kind, id }])).values()
  if (scope !== undefined && mayIn(caller, 'viewer', placeOfScope(scope))) return scope
  const message = `The scope names no ${input.kind.toLowerCase()} that you can see`
  throw new Refusal('scope_unknown', message, { fields: [{ path: '/scope', message }] })
}

async function scopeId(tx: Tx, input: ScopeInput): Promise<number | undefined> {
  if ('id' in input) return input.id
  switch (input.kind) {
    case 'COLLECTION':
      return findCollectionId(tx, input)
    case 'PROJECT':
      return findProjectId(tx, input)
    case 'ENTITY':
      return input.entityId
  }
}

/**
 * The action meant, with its webhook found and its template read.
 *
 * The webhook must belong to the automation's owner or to the caller, or be the one the automation already has.
 *
 * - `input`: `undefined` keeps the current action.
 *
 * @throws Refusal `webhook_unknown` | `template_invalid` | `invalid_request` | `not_supported`
 */
export async function checkAction(
  tx: Tx,
  caller: Caller,
  about: { input: ActionInput | undefined; entityId: number; eventType: EventType; current: Action | null },
): Promise<{ action: Action; warnings: FieldProblem[] }> {
  const { input, current, eventType } = about
  if (input === undefined) {
    if (current === null || current.kind === 'nothing') return { action: { kind: 'nothing' }, warnings: [] }
    if (current.kind === 'notification') return { action: current, warnings: [] }
    return {
      action: current,
      warnings: keptActionWarnings(current, await loadWebhook(tx, current.webhookId), eventType),
    }
  }
  if (input.kind === 'nothing') return { action: { kind: 'nothing' }, warnings: [] }
  if (input.kind === 'unsupported') {
    const message = `The action ${input.name} is not supported: use a webhook, a notification, or nothing at all`
    throw new Refusal('not_supported', message, { fields: [{ path: '/action', message }] })
  }

  const webhook = await requireWebhook(tx, caller, { key: input.webhook, entityId: about.entityId, current })
  if (input.kind === 'notification') return { action: checkNotification(webhook, input), warnings: [] }
  if (webhook.isSlackIntegration && current?.kind !== 'webhook') {
    throw wrongWebhook(`"${webhook.name}" is a Slack integration: let the action be a notification`)
  }
  const { template, warnings } = parseTemplate(input.payload, {
    knownSecrets: webhook.payloadSecrets,
    at: PAYLOAD,
  })
  return {
    action: {
      kind: 'webhook',
      webhookId: webhook.id,
      payload: template.kind === 'default' ? null : input.payload,
      secrets: secretsInTemplate(template),
    },
    warnings: [...warnings, ...eventWarnings(template, eventType)],
  }
}

/** @throws Refusal `webhook_unknown` | `invalid_request` */
function checkNotification(webhook: UsableWebhook, { title, message, severity }: Notification): Action {
  if (!webhook.isSlackIntegration) {
    throw wrongWebhook(
      `"${webhook.name}" is no Slack integration: give it a "slack" workspace and channel, or use another`,
    )
  }
  const bounds: [string, string, number][] = [
    ['title', title, TITLE_LENGTH_MAX],
    ['message', message, MESSAGE_LENGTH_MAX],
  ]
  for (const [name, text, lengthMax] of bounds) {
    if (text.length <= lengthMax) continue
    const problem = `has ${text.length} characters, and ${lengthMax} is the most`
    throw new Refusal('invalid_request', `The ${name} of the notification ${problem}`, {
      fields: [{ path: `/action/${name}`, message: problem }],
    })
  }
  return { kind: 'notification', webhookId: webhook.id, title, message, severity }
}

function wrongWebhook(message: string): Refusal {
  return new Refusal('webhook_unknown', message, { fields: [{ path: '/action/webhook', message }] })
}

async function requireWebhook(
  tx: Tx,
  caller: Caller,
  about: { key: WebhookKey; entityId: number; current: Action | null },
): Promise<UsableWebhook> {
  const { key, entityId, current } = about
  // A personal webhook hears of the owner's events for as long as its user belongs there.
  const mayUseOwn = caller.roles.has(entityId) && caller.roles.has(caller.user.entityId)
  const entityIds = mayUseOwn ? [entityId, caller.user.entityId] : [entityId]
  const webhook = await findUsableWebhook(tx, { key, entityIds })
  if (webhook !== undefined) return webhook

  if (current !== null && current.kind !== 'nothing') {
    const held = await loadWebhook(tx, current.webhookId)
    const same =
      'id' in key ? key.id === held.id : key.publicIdOrName === held.publicId || key.publicIdOrName === held.name
    if (same) return held
  }
  throw wrongWebhook('The action names no webhook of this entity or of your own')
}

/** A template that was fine once may use a secret the webhook has since lost: a warning, for it is not what is changed. */
function keptActionWarnings(
  action: Action & { kind: 'webhook' },
  webhook: UsableWebhook,
  eventType: EventType,
): FieldProblem[] {
  try {
    const { template, warnings } = parseTemplate(action.payload, {
      knownSecrets: webhook.payloadSecrets,
      at: PAYLOAD,
    })
    return [...warnings, ...eventWarnings(template, eventType)]
  } catch (error) {
    if (error instanceof Refusal) return [...error.fields]
    throw error
  }
}

function eventWarnings(template: Template, eventType: EventType): FieldProblem[] {
  return warningsForEventType(template, eventType).map(({ path, message }) => ({ path: `${PAYLOAD}${path}`, message }))
}
