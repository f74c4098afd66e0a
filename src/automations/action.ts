import type { AutomationRevisionRow } from '../database/schema.ts'
import { assert } from '../runtime/assert.ts'
import type { StoredPayload } from './action-payload.ts'
import type { Notification } from './notification.ts'

/** What an automation does when it fires, as its revision keeps it. */
export type Action =
  /**
   * `payload`: the template as it was written; `null` sends the default body. `secrets`: the names it refers to. Which
   * names are secrets was settled when it was saved, so that a revision always means the same.
   */
  | { kind: 'webhook'; webhookId: number; payload: string | null; secrets: string[] }
  /** `webhookId`: of a Slack integration. */
  | ({ kind: 'notification'; webhookId: number } & Notification)
  | { kind: 'nothing' }

type StoredAction = Pick<AutomationRevisionRow, 'action_kind' | 'webhook_id' | 'action'>

export function storedAction(action: Action): StoredAction {
  switch (action.kind) {
    case 'nothing':
      return { action_kind: 'NO_OP', webhook_id: null, action: '{}' }
    case 'webhook': {
      const stored: StoredPayload = { payload: action.payload, secrets: action.secrets }
      return { action_kind: 'GENERIC_WEBHOOK', webhook_id: action.webhookId, action: JSON.stringify(stored) }
    }
    case 'notification': {
      const { title, message, severity } = action
      const stored: StoredPayload = { notification: { title, message, severity } }
      return { action_kind: 'NOTIFICATION', webhook_id: action.webhookId, action: JSON.stringify(stored) }
    }
  }
}

export function readAction(row: StoredAction): Action {
  if (row.action_kind === 'NO_OP') return { kind: 'nothing' }
  assert(row.webhook_id !== null, 'an action that sends something names its webhook')
  const stored = JSON.parse(row.action) as StoredPayload
  return 'notification' in stored
    ? { kind: 'notification', webhookId: row.webhook_id, ...stored.notification }
    : { kind: 'webhook', webhookId: row.webhook_id, payload: stored.payload, secrets: stored.secrets }
}
