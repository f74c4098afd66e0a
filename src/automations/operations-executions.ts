import { findEntity, requireEntity } from '../access/operations.ts'
import { type Caller, hiddenProjectIds, may, mayIn, visibleEntityIds } from '../access/rights.ts'
import { requireVersion } from '../artifacts/operations-descriptions.ts'
import { findArtifact, membershipsOf } from '../artifacts/operations-reading.ts'
import type { Page, PageKey, PageRequest } from '../artifacts/types.ts'
import type { Reader } from '../database/database.ts'
import type { DeliveryState } from '../database/schema.ts'
import type { EventSnapshot, EventSubject, EventType } from '../events/event.ts'
import { notFound, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { eventInWords } from './event-words.ts'
import { requireVisible } from './operations-automations.ts'
import { type AutomationKey, findAutomation } from './store-automations.ts'
import {
  type ExecutionFilter,
  type ExecutionPosition,
  listDeliveriesOfExecutions,
  listExecutions as listExecutionRows,
} from './store-executions.ts'
import { findCollectionId, findProjectId } from './store-scopes.ts'

export type ExecutionView = {
  publicId: string
  /** The revision that matched. */
  revision: number
  state: 'matched' | 'skipped'
  /** Why a skipped one did nothing. */
  reason: string | null
  automation: { publicId: string; name: string; entity: string }
  event: { publicId: string; type: EventType; occurredAt: number; alias: string | null; tag: string | null }
  /** Where it happened; `null` for what the caller may not see. */
  subject: SubjectView | null
  /** What happened, as a sentence; `null` where the caller may not see it. */
  words: string | null
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

/** A version fires nothing before it is made; the clocks of two servers may differ by so much. */
const CLOCKS_APART_MS_MAX = 3_600_000

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
 * What an automation did, newest first, with the state of each delivery. Key: time and id.
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
  return pageOfExecutions(world, caller, { automationId: automation.id }, {}, page)
}

/** What a request narrows the executions of an entity to. */
export type NamedExecutionFilter = Pick<
  ExecutionFilter,
  'state' | 'delivery' | 'eventType' | 'createdAfter' | 'createdBefore'
> & {
  /** The public id of an automation. */
  automation?: string | undefined
  /** Where it happened: `project` of the entity or `entity/project`, and behind another slash a collection. */
  place?: string | undefined
}

/**
 * What the automations of an entity did, newest first. Key: time and id.
 *
 * @throws Refusal `not_found` | `invalid_request` for a place that is no path
 */
export async function listExecutionsOfEntity(
  world: World,
  caller: Caller,
  input: { entity: string; filter: NamedExecutionFilter },
  page: PageRequest,
): Promise<Page<ExecutionView>> {
  const { read } = world.db
  const { id: entityId, name } = await requireEntity(read, caller, input.entity, 'viewer')
  const { automation, place, ...rest } = input.filter
  const named = place === undefined ? {} : await findPlace(read, place.includes('/') ? place : `${name}/${place}`)
  const found = automation === undefined ? undefined : await findAutomation(read, { publicId: automation })
  if (named === undefined || (automation !== undefined && found?.entity_id !== entityId)) {
    return { items: [], nextKey: undefined }
  }
  const { collectionId, projectId } = named
  const of =
    found !== undefined
      ? { automationId: found.id }
      : collectionId !== undefined
        ? { collectionIds: [collectionId] }
        : { entityIds: [entityId] }
  return pageOfExecutions(world, caller, of, { ...rest, ownerIds: [entityId], collectionId, projectId }, page)
}

/** What the automations of these entities did last, as far as the caller may see it. */
export async function listLatestExecutions(
  world: World,
  caller: Caller,
  entityIds: readonly number[],
  limit: number,
): Promise<ExecutionView[]> {
  const visible = entityIds.filter((id) => may(caller, 'viewer', id))
  if (visible.length === 0) return []
  return (await pageOfExecutions(world, caller, { entityIds: visible }, {}, { limit })).items
}

/** The ids of what `entity/project` or `entity/project/collection` names; `undefined` if there is none. */
async function findPlace(db: Reader, path: string): Promise<{ projectId?: number; collectionId?: number } | undefined> {
  const [entity = '', project = '', collection, ...more] = path.split('/')
  if (more.length > 0 || entity === '' || project === '' || collection === '') {
    const message = 'A place is named project, entity/project or entity/project/collection'
    throw new Refusal('invalid_request', message, { fields: [{ path: 'query/place', message }] })
  }
  const owner = await findEntity(db, entity)
  if (owner === undefined) return undefined
  const projectId = await findProjectId(db, { entityId: owner.id, project })
  if (projectId === undefined || collection === undefined) return projectId === undefined ? undefined : { projectId }
  const collectionId = await findCollectionId(db, { entityId: owner.id, project, collection })
  return collectionId === undefined ? undefined : { projectId, collectionId }
}

/**
 * What automations did that were fired by what happened to a version, wherever it is linked, newest first; of those
 * entities and in those places that the caller may see. Key: time and id.
 */
export async function listExecutionsOfVersion(
  world: World,
  caller: Caller,
  version: { entity: string; project: string; collection: string; version: string },
  page: PageRequest,
): Promise<Page<ExecutionView>> {
  const { artifactId } = await requireVersion(world, caller, version)
  const artifact = await findArtifact(world, caller, artifactId)
  if (artifact === undefined) throw notFound('Artifact')
  const places = (await membershipsOf(world, caller, [artifactId])).get(artifactId) ?? []
  const of = { collectionIds: places.map(({ collection }) => collection.id) }
  const filter = {
    ownerIds: visibleEntityIds(caller),
    artifactPublicId: artifact.publicId,
    createdAfter: artifact.createdAt - CLOCKS_APART_MS_MAX,
  }
  return pageOfExecutions(world, caller, of, filter, page)
}

async function pageOfExecutions(
  world: World,
  caller: Caller,
  of: Parameters<typeof listExecutionRows>[1]['of'],
  filter: Omit<ExecutionFilter, 'before' | 'hiddenProjectIds'>,
  page: PageRequest,
): Promise<Page<ExecutionView>> {
  const before = readPosition(page.after)
  const about = { ...filter, hiddenProjectIds: hiddenProjectIds(caller), before }
  const rows = await listExecutionRows(world.db.read, { of, filter: about, limit: page.limit + 1 })
  const shown = rows.slice(0, page.limit)
  const deliveries = await deliverySummaries(
    world.db.read,
    shown.map((row) => row.id),
  )
  const items = shown.map((row): ExecutionView => {
    const snapshot = JSON.parse(row.snapshot) as EventSnapshot
    const place = snapshot.subjects[row.subject]
    const subject = subjectView(caller, place, snapshot)
    return {
      automation: { publicId: row.automation_public_id, name: row.automation_name, entity: row.automation_entity },
      publicId: row.public_id,
      revision: row.revision,
      state: row.state,
      reason: row.reason,
      event: {
        publicId: row.event_public_id,
        type: row.event_type,
        occurredAt: row.occurred_at,
        alias: snapshot.alias,
        tag: snapshot.tag,
      },
      subject,
      words: place === undefined || subject === null ? null : eventInWords({ type: row.event_type, snapshot }, place),
      deliveries: deliveries.get(row.id) ?? [],
      runBy: row.run_by,
      createdAt: row.created_at,
    }
  })
  const last = shown.at(-1)
  const more = rows.length > page.limit && last !== undefined
  return { items, nextKey: more ? `${last.created_at}:${last.id}` : undefined }
}

/** @throws Refusal `cursor_invalid` */
function readPosition(key: PageKey | undefined): ExecutionPosition | undefined {
  if (key === undefined) return undefined
  const parts = /^(\d{1,15}):(\d{1,15})$/.exec(String(key))
  if (parts !== null) return { createdAt: Number(parts[1]), id: Number(parts[2]) }
  throw new Refusal('cursor_invalid', 'The cursor is not one that this list gave: start again without it')
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
