import { type Caller, visibleEntityIds } from '../access/rights.ts'
import type { Page, PageRequest } from '../artifacts/types.ts'
import type { Event } from '../events/event.ts'
import { getEvent } from '../events/operations.ts'
import type { World } from '../world.ts'
import { type Explained, whyNot } from './explanation.ts'
import { enclosingScopes, type Scope, scopeKey } from './matching.ts'
import { requireVisible } from './operations-automations.ts'
import { type DeliverySummary, deliverySummaries } from './operations-executions.ts'
import {
  type ExecutedRevision,
  findRevisionThen,
  listExecuted,
  listInReach,
  type RevisionThen,
} from './store-explaining.ts'
import { readFilter } from './stored-filter.ts'

/** What the filters of one page may take: a hostile one takes a third of a second. The page then ends early. */
const EXPLAIN_MS_MAX = 2_000

export type ExplanationItem = Explained & {
  automation: { publicId: string; name: string; entity: string }
  /** The one in force then; `null` before there was one. */
  revision: number | null
  /** `null` if it did not fire. */
  execution: string | null
  deliveries: DeliverySummary[]
}

/**
 * What an event came to: for each automation that was in reach of it (same event type, a scope around it, not deleted),
 * as it was then, whether it fired and why not. In the order in which they were made. Key: the automation's id.
 *
 * What may be shown is explained: places of the event and automations in entities that the caller may not see are left
 * out.
 *
 * - `automation`: this one only, in reach or not.
 *
 * @throws Refusal `not_found`
 */
export async function explainEvent(
  world: World,
  caller: Caller,
  input: { event: string; automation?: string | undefined },
  page: PageRequest,
): Promise<Page<ExplanationItem>> {
  const { read } = world.db
  const event = await getEvent(world, caller, input.event)
  if (input.automation !== undefined) {
    return { items: [await explainOne(world, caller, event, input.automation)], nextKey: undefined }
  }
  const entityIds = visibleEntityIds(caller)
  const after = typeof page.after === 'number' ? page.after : 0
  const about = { entityIds, scopes: scopesOf(event), after, limit: page.limit + 1 }
  const executed = await listExecuted(read, { ...about, eventId: event.id })
  const reached = event.runBy ? [] : await listInReach(read, { ...about, eventType: event.type, at: event.occurredAt })
  const fired = new Map(executed.map((row) => [row.automation_id, row]))
  const all: (ExecutedRevision | RevisionThen)[] = [
    ...executed,
    ...reached.filter((row) => !fired.has(row.automation_id)),
  ].sort((first, second) => first.automation_id - second.automation_id)

  const shown: (ExecutedRevision | RevisionThen)[] = []
  const explained: Explained[] = []
  const endsAt = performance.now() + EXPLAIN_MS_MAX
  for (const row of all.slice(0, page.limit)) {
    if (shown.length > 0 && performance.now() > endsAt) break
    shown.push(row)
    explained.push(isExecuted(row) ? whatFired(row) : explainMiss(event, row))
  }
  const items = await withDeliveries(world, shown, explained)
  return { items, nextKey: all.length > shown.length ? shown.at(-1)?.automation_id : undefined }
}

async function explainOne(world: World, caller: Caller, event: Event, publicId: string): Promise<ExplanationItem> {
  const { read } = world.db
  const automation = await requireVisible(read, caller, { publicId })
  const automationId = automation.id
  const [executed] = await listExecuted(read, {
    eventId: event.id,
    scopes: scopesOf(event),
    entityIds: visibleEntityIds(caller),
    automationId,
    after: 0,
    limit: 1,
  })
  const row = executed ?? (await findRevisionThen(read, { automationId, at: event.occurredAt }))
  if (row === undefined) {
    return {
      ...whyNot(event, undefined, false),
      automation: { publicId, name: automation.name, entity: automation.entity },
      revision: null,
      execution: null,
      deliveries: [],
    }
  }
  const explained = isExecuted(row) ? whatFired(row) : explainMiss(event, row)
  const [item] = await withDeliveries(world, [row], [explained])
  return item as ExplanationItem
}

function isExecuted(row: ExecutedRevision | RevisionThen): row is ExecutedRevision {
  return 'execution_id' in row
}

function whatFired(row: ExecutedRevision): Explained {
  if (row.state === 'matched') return { verdict: 'fired', message: 'It fired.', because: [] }
  return { verdict: 'skipped', message: SKIPPED[row.reason ?? ''] ?? 'It fired, and did nothing.', because: [] }
}

const SKIPPED: Record<string, string> = {
  filter_unreadable: 'It was skipped: its filter could not be read.',
  filter_too_slow: 'It was skipped: the patterns of its owner had taken too long in this change.',
  webhook_deleted: 'It fired, and did nothing: its webhook was deleted.',
  webhook_owner_left: 'It fired, and did nothing: whoever owns its webhook had left.',
}

function explainMiss(event: Event, row: RevisionThen): Explained {
  return whyNot(
    event,
    {
      eventType: row.event_type,
      scopeKind: row.scope_kind as Scope['kind'],
      scopeId: row.scope_id,
      enabled: row.enabled === 1,
      filter: readFilter(row.filter, row.event_type)?.filter ?? null,
    },
    row.deleted_at !== null && row.deleted_at <= event.occurredAt,
  )
}

function scopesOf(event: Event): Scope[] {
  const scopes = new Map<string, Scope>()
  for (const subject of event.snapshot.subjects) {
    for (const scope of enclosingScopes(subject)) scopes.set(scopeKey(scope), scope)
  }
  return [...scopes.values()]
}

async function withDeliveries(
  world: World,
  rows: readonly (ExecutedRevision | RevisionThen)[],
  explained: readonly Explained[],
): Promise<ExplanationItem[]> {
  const ids = rows.flatMap((row) => (isExecuted(row) ? [row.execution_id] : []))
  const deliveries = await deliverySummaries(world.db.read, ids)
  return rows.map((row, index) => ({
    ...(explained[index] as Explained),
    automation: { publicId: row.public_id, name: row.name, entity: row.entity },
    revision: row.revision,
    execution: isExecuted(row) ? row.execution_public_id : null,
    deliveries: isExecuted(row) ? (deliveries.get(row.execution_id) ?? []) : [],
  }))
}
