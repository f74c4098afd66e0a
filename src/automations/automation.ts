import type { ListOrder } from '../artifacts/list-order.ts'
import type { ScopeKind } from '../database/schema.ts'
import type { EventType } from '../events/event.ts'
import { readAction } from './action.ts'
import { scopeKey } from './matching.ts'
import type { Notification } from './notification.ts'
import { type Pacing, readPacing } from './pacing.ts'
import type { ScopeView } from './scope.ts'
import type { AutomationDetails, RevisionDetails } from './store-automations.ts'

/** What a revision says, as it is shown. */
export type RevisionView = {
  revision: number
  name: string
  description: string | null
  enabled: boolean
  scope: ScopeView | GoneScope
  eventType: EventType
  /** The conditions as JSON, as they were written. */
  filter: string
  action: ActionView
  pacing: Pacing
  createdBy: string | null
  createdAt: number
}

/** The scope of an automation whose project or collection has been deleted: it can never fire again. */
export type GoneScope = { kind: ScopeKind; id: number; gone: true }

export type ActionView =
  | { kind: 'nothing' }
  | {
      kind: 'webhook'
      webhook: ActionWebhook
      /** The template as it was written; `null` sends the default body. */
      payload: string | null
    }
  /** `webhook`: a Slack integration. */
  | ({ kind: 'notification'; webhook: ActionWebhook } & Notification)

export type ActionWebhook = {
  id: number
  publicId: string
  name: string
  deleted: boolean
  paused: boolean
  /** The receiver is out: its deliveries wait, and are tried one at a time. */
  circuitOpen: boolean
}

/** What lists of automations are ordered by; `id`: when they were made. */
export type AutomationOrder = ListOrder<'id' | 'name' | 'lastFired'>

/** An automation as its current revision has it. */
export type AutomationView = RevisionView & {
  id: number
  publicId: string
  entityId: number
  entity: string
  /** Where it fired too often. */
  holds: HoldView[]
  updatedAt: number
  /** Its history stays visible. */
  deletedAt: number | null
  /** Whether the reader may. */
  mayChange: boolean
}

/** `collection`: `null` if it has been deleted, or is none of those that the reader sees. */
export type HoldView = { collection: { project: string; collection: string } | null; since: number; until: number }

export type HoldRow = { collection_id: number; held_at: number; held_until: number }

export function automationView(
  row: AutomationDetails,
  scopes: ReadonlyMap<string, ScopeView>,
  holds: { of: readonly HoldRow[]; places: ReadonlyMap<string, ScopeView> },
  mayChangeAt: (scope: ScopeView | GoneScope) => boolean,
): AutomationView {
  const shown = revisionView(row, scopes)
  return {
    ...shown,
    id: row.id,
    publicId: row.public_id,
    entityId: row.entity_id,
    entity: row.entity,
    holds: holds.of.map((hold) => holdView(hold, holds.places)),
    updatedAt: row.updated_at,
    deletedAt: row.deleted_at,
    mayChange: row.deleted_at === null && mayChangeAt(shown.scope),
  }
}

function holdView(hold: HoldRow, scopes: ReadonlyMap<string, ScopeView>): HoldView {
  const found = scopes.get(scopeKey({ kind: 'COLLECTION', id: hold.collection_id }))
  const collection = found?.kind === 'COLLECTION' ? { project: found.project, collection: found.collection } : null
  return { collection, since: hold.held_at, until: hold.held_until }
}

/** `scopes`: those that still exist, by `scopeKey`. */
export function revisionView(
  row: AutomationDetails | RevisionDetails,
  scopes: ReadonlyMap<string, ScopeView>,
): RevisionView {
  const scope = { kind: row.scope_kind, id: row.scope_id }
  return {
    revision: row.revision,
    name: row.name,
    description: row.description,
    enabled: row.enabled === 1,
    scope: scopes.get(scopeKey(scope)) ?? { ...scope, gone: true },
    eventType: row.event_type,
    filter: row.filter,
    action: actionView(row),
    pacing: readPacing(row.pacing),
    createdBy: row.created_by,
    createdAt: row.created_at,
  }
}

function actionView(row: AutomationDetails | RevisionDetails): ActionView {
  const action = readAction(row)
  if (action.kind === 'nothing') return action
  const webhook = {
    id: action.webhookId,
    publicId: row.webhook_public_id ?? '',
    name: row.webhook_name ?? '',
    deleted: row.webhook_deleted_at !== null,
    paused: row.webhook_paused_at !== null,
    circuitOpen: row.webhook_circuit_opened_at !== null,
  }
  if (action.kind === 'webhook') return { kind: 'webhook', webhook, payload: action.payload }
  const { title, message, severity } = action
  return { kind: 'notification', webhook, title, message, severity }
}
