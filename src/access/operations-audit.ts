import type { Tx } from '../database/database.ts'
import type { Caller } from './rights.ts'
import { insertAudit } from './store.ts'

/** One change of configuration. */
export type AuditEntry = {
  /** `<noun>.<verb in the past>`, such as `webhook.created`. */
  action: string
  /** The entity it belongs to; `null` for what concerns the server. */
  entityId: number | null
  /** What was changed, as people name it: a username, a webhook's name. */
  subject: string
  /** What it was and what it is. Never a secret, a key or a webhook's whole URL. */
  details?: Record<string, unknown>
}

/**
 * Write down a change of configuration, in the transaction that makes it.
 *
 * - `caller`: `null` when the server itself makes it, at its first start or in its terminal.
 */
export async function recordAudit(tx: Tx, caller: Caller | null, entry: AuditEntry, now: number): Promise<void> {
  const through = caller?.through == null ? {} : { through: caller.through.username }
  await insertAudit(tx, {
    at: now,
    actor_user_id: caller?.user.id ?? null,
    actor: caller?.user.username ?? null,
    via: caller?.via ?? 'system',
    action: entry.action,
    entity_id: entry.entityId,
    subject: entry.subject,
    details: JSON.stringify({ ...entry.details, ...through }),
    request_id: caller?.requestId ?? null,
  })
}
