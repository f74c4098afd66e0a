import { type Caller, hiddenProjectIds, mayIn } from '../access/rights.ts'
import type { Page, PageKey, PageRequest } from '../artifacts/types.ts'
import type { Reader } from '../database/database.ts'
import type { DeliveryState } from '../database/schema.ts'
import type { EventSnapshot, EventSubject, EventType } from '../events/event.ts'
import type { World } from '../world.ts'
import { requireVisible } from './operations-automations.ts'
import type { AutomationKey } from './store-automations.ts'
import {
  type ExecutionPosition,
  listDeliveriesOfExecutions,
  listExecutions as listExecutionRows,
} from './store-executions.ts'

export type ExecutionView = {
  publicId: string
  /** The revision that matched. */
  revision: number
  state: 'matched' | 'skipped'
  /** Why a skipped one did nothing. */
  reason: string | null
  event: { publicId: string; type: EventType; occurredAt: number }
  /** Where it happened; `null` for what the caller may not see. */
  subject: SubjectView | null
  deliveries: DeliverySummary[]
  /** Who ran it by hand. */
  runBy: string | null
  createdAt: number
}

/** A version or a collection, or a run of the project: then `run` is what people call its id, else it is `null`. */
export type SubjectView = {
  entity: string
  project: string
  collection: string | null
  version: number | null
  run: string | null
}

/** `null` for what the caller may not see. */
export function subjectView(
  caller: Caller,
  subject: EventSubject | undefined,
  { run }: EventSnapshot,
): SubjectView | null {
  if (subject === undefined) return null
  const { entityId, projectId, entity, project, collection, version } = subject
  if (!mayIn(caller, 'viewer', { id: projectId, entityId })) return null
  return { entity, project, collection, version, run: run?.name ?? null }
}

export type DeliverySummary = {
  publicId: string
  webhook: { publicId: string; name: string }
  state: DeliveryState
  /** Pending, but its webhook is paused. */
  held: boolean
  reason: string | null
  attemptCount: number
  nextAttemptAt: number | null
  replayOf: string | null
  replayMode: 'as_then' | 'as_now' | null
  createdAt: number
  settledAt: number | null
}

/**
 * What an automation did, newest first, with the state of each delivery; without what it did in registries that are hidden
 * from the caller. Key: time and id.
 *
 * @throws Refusal `not_found`
 */
export async function listExecutions(
  world: World,
  caller: Caller,
  key: AutomationKey,
  page: PageRequest,
): Promise<Page<ExecutionView>> {
  const automation = await requireVisible(world.db.read, caller, key)
  const before = readPosition(page.after)
  const rows = await listExecutionRows(world.db.read, {
    automationId: automation.id,
    hiddenProjectIds: hiddenProjectIds(caller),
    before,
    limit: page.limit + 1,
  })
  const shown = rows.slice(0, page.limit)
  const deliveries = await deliverySummaries(
    world.db.read,
    shown.map((row) => row.id),
  )
  const items = shown.map((row): ExecutionView => {
    const snapshot = JSON.parse(row.snapshot) as EventSnapshot
    return {
      publicId: row.public_id,
      revision: row.revision,
      state: row.state,
      reason: row.reason,
      event: { publicId: row.event_public_id, type: row.event_type, occurredAt: row.occurred_at },
      subject: subjectView(caller, snapshot.subjects[row.subject], snapshot),
      deliveries: deliveries.get(row.id) ?? [],
      runBy: row.run_by,
      createdAt: row.created_at,
    }
  })
  const last = shown.at(-1)
  const more = rows.length > page.limit && last !== undefined
  return { items, nextKey: more ? `${last.created_at}:${last.id}` : undefined }
}

function readPosition(key: PageKey | undefined): ExecutionPosition | undefined {
  const parts = typeof key === 'string' ? /^(\d{1,15}):(\d{1,15})$/.exec(key) : null
  return parts === null ? undefined : { createdAt: Number(parts[1]), id: Number(parts[2]) }
}

/** By execution: its deliveries, replays included, oldest first. */
export async function deliverySummaries(
  db: Reader,
  executionIds: readonly number[],
): Promise<Map<number, DeliverySummary[]>> {
  const byExecution = Map.groupBy(await listDeliveriesOfExecutions(db, executionIds), (row) => row.execution_id)
  return new Map(
    [...byExecution].map(([id, rows]) => [
      id,
      rows.map((delivery) => ({
        publicId: delivery.public_id,
        webhook: { publicId: delivery.webhook_public_id, name: delivery.webhook_name },
        state: delivery.state,
        held: delivery.state === 'pending' && delivery.paused_at !== null,
        reason: delivery.reason,
        attemptCount: delivery.attempt_count,
        nextAttemptAt: delivery.waits_for === null ? delivery.next_attempt_at : null,
        replayOf: delivery.replay_of,
        replayMode: delivery.replay_mode,
        createdAt: delivery.created_at,
        settledAt: delivery.settled_at,
      })),
    ]),
  )
}
