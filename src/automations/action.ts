import type { AutomationRevisionRow } from '../database/schema.ts'
import { assert } from '../runtime/assert.ts'

/** What an automation does when it fires, as its revision keeps it. */
export type Action =
  /** `payload`: the template as it was written; `null` sends the default body. */
  { kind: 'webhook'; webhookId: number; payload: string | null } | { kind: 'nothing' }

type StoredAction = Pick<AutomationRevisionRow, 'action_kind' | 'webhook_id' | 'action'>

export function storedAction(action: Action): StoredAction {
  return action.kind === 'nothing'
    ? { action_kind: 'NO_OP', webhook_id: null, action: '{}' }
    : {
        action_kind: 'GENERIC_WEBHOOK',
        webhook_id: action.webhookId,
        action: JSON.stringify({ payload: action.payload }),
      }
}

export function readAction(row: StoredAction): Action {
  if (row.action_kind === 'NO_OP') return { kind: 'nothing' }
  assert(row.action_kind === 'GENERIC_WEBHOOK' && row.webhook_id !== null, 'a webhook action names its webhook')
  const { payload } = JSON.parse(row.action) as { payload: string | null }
  return { kind: 'webhook', webhookId: row.webhook_id, payload }
}
