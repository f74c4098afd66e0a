import type { Tx } from '../database/database.ts'
import type { Via } from '../events/event.ts'
import type { World } from '../world.ts'
import { requireEntity } from './operations-entities.ts'
import { type Caller, requireServerAdmin } from './rights.ts'
import { type AuditFilter, insertAudit, listActors, listAudit as listAuditRows } from './store.ts'

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

/** Who changes something: the caller, or who is not one yet, as whoever signs in. `user`: `null` when it is not known. */
export type Actor = Pick<Caller, 'via' | 'requestId' | 'through' | 'cause'> & {
  user: Pick<Caller['user'], 'id' | 'username'> | null
}

/**
 * Write down a change of configuration, in the transaction that makes it.
 *
 * - `caller`: `null` when the server itself makes it, at its first start or in its terminal.
 */
export async function recordAudit(
  tx: Tx,
  caller: Actor | null,
  entries: AuditEntry | readonly AuditEntry[],
  now: number,
): Promise<void> {
  const through = {
    ...(caller?.through == null ? {} : { through: caller.through.username }),
    ...(caller?.cause == null ? {} : { causedBy: caller.cause.deliveryId }),
  }
  const rows = [entries].flat().map((entry) => ({
    at: now,
    actor_user_id: caller?.user?.id ?? null,
    actor: caller?.user?.username ?? null,
    via: caller?.via ?? ('system' satisfies Via),
    action: entry.action,
    entity_id: entry.entityId,
    subject: entry.subject,
    details: JSON.stringify({ ...entry.details, ...through }),
    request_id: caller?.requestId ?? null,
  }))
  if (rows.length > 0) await insertAudit(tx, rows)
}

export type AuditView = {
  at: number
  /** `null`: the server itself. */
  actor: string | null
  via: string
  action: string
  /** The entity it belongs to; `null` for what concerns the server. */
  entity: string | null
  subject: string
  details: Record<string, unknown>
  requestId: string | null
}

/**
 * What was changed, newest first: on one entity for its administrators, on the whole server for server administrators.
 *
 * - `before`: the position of the last entry of the page before, as `position` gave it.
 *
 * One entry more than `limit` tells that there are more.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function listAudit(
  world: World,
  caller: Caller,
  input: AuditFilter & { entity: string | undefined; before: number | undefined; limit: number },
): Promise<(AuditView & { position: number })[]> {
  if (input.entity === undefined) requireServerAdmin(caller)
  const { read } = world.db
  const entity = input.entity === undefined ? undefined : await requireEntity(read, caller, input.entity, 'admin')
  const rows = await listAuditRows(read, { ...input, entityId: entity?.id, limit: input.limit + 1 })
  return rows.map((row) => ({
    position: row.id,
    at: row.at,
    actor: row.actor,
    via: row.via,
    action: row.action,
    entity: row.entity,
    subject: row.subject,
    details: JSON.parse(row.details) as Record<string, unknown>,
    requestId: row.request_id,
  }))
}

/** Entries that are looked at for who did something last: what was done before them is long ago. */
const LOOKED_AT_MAX = 10_000

/**
 * Who did one of `actions` last to each of these subjects of an entity, by subject; those nobody is known for are left out.
 * For callers that may see the subjects.
 */
export async function lastActors(
  world: Pick<World, 'db'>,
  about: { entityId: number; actions: readonly string[]; subjects: readonly string[] },
): Promise<Map<string, string>> {
  if (about.subjects.length === 0) return new Map()
  const rows = await listActors(world.db.read, { ...about, limit: LOOKED_AT_MAX })
  const last = new Map<string, string | null>()
  for (const { subject, actor } of rows) if (!last.has(subject)) last.set(subject, actor)
  return new Map([...last].filter((entry): entry is [string, string] => entry[1] !== null))
}
