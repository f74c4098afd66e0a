import type { AutomationRevisionRow } from '../database/schema.ts'
import { assert } from '../runtime/assert.ts'

/** What an automation does when it fires, as its revision keeps it. */
export type Action =
  /**
   * `payload`: the template as it was written; `null` sends the default body. `secrets`: the names it refers to. Which
   * names are secrets was settled when it was saved, so that a revision always means the same.
   */
  { kind: 'webhook'; webhookId: number; payload: string | null; secrets: string[] } | { kind: 'nothing' }

type StoredAction = Pick<AutomationRevisionRow, 'action_kind' | 'webhook_id' | 'action'>

export function storedAction(action: Action): StoredAction {
  return action.kind === 'nothing'
    ? { action_kind: 'NO_OP', webhook_id: null, action: '{}' }
    : {
        action_kind: 'GENERIC_WEBHOOK',
        webhook_id: action.webhookId,
        action: JSON.stringify({ payload: action.payload, secrets: action.secrets }),
      }
}

export function readAction(row: StoredAction): Action {
  if (row.action_kind === 'NO_OP') return { kind: 'nothing' }
  assert(row.action_kind === 'GENERIC_WEBHOOK' && row.webhook_id !== null, 'a webhook action names its webhook')
  const { payload, secrets } = JSON.parse(row.action) as { payload: string | null; secrets: string[] }
  return { kind: 'webhook', webhookId: row.webhook_id, payload, secrets }
}
