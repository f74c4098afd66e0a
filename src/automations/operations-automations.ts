import { recordAudit } from '../access/operations.ts'
import { type Caller, hiddenProjectIds, may, mayIn, requireRole, rightsPlace } from '../access/rights.ts'
import { orderKey } from '../artifacts/list-order.ts'
import { cutPage } from '../artifacts/page.ts'
import type { Page, PageRequest } from '../artifacts/types.ts'
import type { Reader, Tx } from '../database/database.ts'
import { type EventType, isRunEventType } from '../events/event.ts'
import { type FieldProblem, notFound, Refusal } from '../refusal.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'
import { type Action, readAction, storedAction } from './action.ts'
import {
  type AutomationOrder,
  type AutomationView,
  automationView,
  type GoneScope,
  type RevisionView,
  revisionView,
} from './automation.ts'
import type { ClientKnowledge } from './client-knowledge.ts'
import { parseFilter } from './filter.ts'
import { scopeKey } from './matching.ts'
import { type AutomationInput, checkAction, readName, requireNameFree, requireScope } from './operations-input.ts'
import { type Pacing, readPacing, storedPacing } from './pacing.ts'
import {
  mayKeepAt,
  placeOfScope,
  readEventType,
  requireScopeRight,
  type ScopeView,
  scopeName,
  scopeWarnings,
} from './scope.ts'
import {
  type AutomationDetails,
  type AutomationFilter,
  type AutomationKey,
  findAutomation,
  insertAutomation,
  insertRevision,
  listAutomations as listAutomationRows,
  listAutomationsOfProjects,
  listRevisions as listRevisionRows,
  lockOwner,
  markAutomationDeleted,
  setRevision,
} from './store-automations.ts'
import { deleteHolds, holdsByAutomation } from './store-pacing.ts'
import { loadScopes } from './store-scopes.ts'

export type { AutomationView, RevisionView } from './automation.ts'
export type { ActionInput, AutomationInput, ScopeInput } from './operations-input.ts'
export type { AutomationFilter, AutomationKey } from './store-automations.ts'

/** The automations of one project are shown whole; past this many they are cut. */
const PROJECT_AUTOMATIONS_MAX = 10_000

/** `warnings`: what is allowed but perhaps not meant. */
export type SavedAutomation = { automation: AutomationView; warnings: FieldProblem[] }

/**
 * Make an automation. Its owner is the entity its scope belongs to, and its name is unique there.
 *
 * - `knowledge`: what the asking client can read, so that a clash with an automation it is not shown says so.
 *
 * @throws Refusal `forbidden` | `scope_unknown` | `scope_invalid` | `filter_invalid` | `template_invalid` |
 *   `webhook_unknown` | `not_supported` | `name_taken` | `name_invalid` | `invalid_request`
 */
export async function createAutomation(
  world: World,
  caller: Caller,
  input: AutomationInput,
  knowledge?: ClientKnowledge,
): Promise<SavedAutomation> {
  return world.db.transaction(async (tx) => {
    const scope = await requireScope(tx, caller, input.scope)
    requireScopeRight(caller, scope)
    const eventType = readEventType(input.event, scope)
    const filter = parseFilter(input.filter, '/filter', eventType)
    const name = readName(input.name)
    const { action, warnings } = await checkAction(tx, caller, {
      input: input.action,
      entityId: scope.entityId,
      eventType,
      current: null,
    })

    await lockOwner(tx, world.db.engine, scope.entityId)
    await requireNameFree(tx, { entityId: scope.entityId, name, knowledge })
    const now = world.now()
    const id = await insertAutomation(tx, {
      public_id: newPublicId('au'),
      entity_id: scope.entityId,
      name,
      enabled: input.enabled ? 1 : 0,
      scope_kind: scope.kind,
      scope_id: scope.id,
      event_type: eventType,
      created_by: caller.user.id,
      created_at: now,
    })
    const said: Said = {
      name,
      description: input.description,
      enabled: input.enabled,
      scope,
      eventType,
      filter: filter.text,
      action,
      pacing: input.pacing,
    }
    await saveRevision(tx, caller, { automationId: id, revision: 1, said, now })
    const automation = await readBack(world, caller, tx, id)
    await audit(tx, caller, 'automation.created', automation, now)
    return { automation, warnings: [...scopeWarnings(eventType, scope), ...warnings] }
  })
}

/**
 * Change an automation; what is `undefined` stays. Every change makes a new revision, and what is in progress under
 * an earlier one goes on as it was. Telling it what it already says changes nothing.
 *
 * @throws Refusal `not_found`, and as `createAutomation`
 */
export async function updateAutomation(
  world: World,
  caller: Caller,
  key: AutomationKey,
  input: { [Field in keyof AutomationInput]?: AutomationInput[Field] | undefined },
  knowledge?: ClientKnowledge,
): Promise<SavedAutomation> {
  return world.db.transaction(async (tx) => {
    const { current, before, scope: held } = await requireChangeable(world, tx, caller, key)
    const scope = input.scope === undefined ? held : await requireScope(tx, caller, input.scope)
    if (!('gone' in scope)) {
      requireScopeRight(caller, scope)
      if (scope.entityId !== current.entity_id) throw otherOwner(scope, before)
    }
    const eventType = input.event === undefined ? current.event_type : readEventType(input.event, scope)
    const isReadAnew = input.filter !== undefined || !areReadAlike(eventType, current.event_type)
    const filter = isReadAnew
      ? parseFilter(input.filter === undefined ? current.filter : input.filter, '/filter', eventType).text
      : current.filter
    const name = input.name === undefined ? current.name : readName(input.name)
    const { action, warnings } = await checkAction(tx, caller, {
      input: input.action,
      entityId: current.entity_id,
      eventType,
      current: readAction(current),
    })
    const said: Said = {
      name,
      description: input.description === undefined ? current.description : input.description,
      enabled: input.enabled ?? current.enabled === 1,
      scope,
      eventType,
      filter,
      action,
      pacing: input.pacing ?? readPacing(current.pacing),
    }
    const allWarnings = 'gone' in scope ? warnings : [...scopeWarnings(eventType, scope), ...warnings]
    if (saysTheSame(said, current)) return { automation: before, warnings: allWarnings }

    if (name !== current.name) {
      await requireNameFree(tx, { entityId: current.entity_id, name, exceptId: current.id, knowledge })
    }
    const now = world.now()
    await saveRevision(tx, caller, { automationId: current.id, revision: current.revision + 1, said, now })
    const automation = await readBack(world, caller, tx, current.id)
    await audit(tx, caller, 'automation.changed', automation, now)
    return { automation, warnings: allWarnings }
  })
}

/**
 * Delete an automation: it fires no more and its name is free. Its history stays, and what is in progress goes on.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function deleteAutomation(world: World, caller: Caller, key: AutomationKey): Promise<void> {
  await world.db.transaction(async (tx) => {
    const { before } = await requireChangeable(world, tx, caller, key)
    const now = world.now()
    await markAutomationDeleted(tx, before.id, now)
    await audit(tx, caller, 'automation.deleted', before, now)
  })
}

/**
 * Let an automation that is held for firing too often fire again, on every collection. What it would have done meanwhile
 * stays skipped.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function releaseAutomation(world: World, caller: Caller, key: AutomationKey): Promise<AutomationView> {
  return world.db.transaction(async (tx) => {
    const { before } = await requireChangeable(world, tx, caller, key)
    await deleteHolds(tx, before.id)
    if (before.holds.length > 0) await audit(tx, caller, 'automation.released', before, world.now())
    return readBack(world, caller, tx, before.id)
  })
}

/**
 * The automation, deleted ones too: their history stays.
 *
 * @throws Refusal `not_found`
 */
export async function getAutomation(world: World, caller: Caller, key: AutomationKey): Promise<AutomationView> {
  const row = await requireVisible(world.db.read, caller, key)
  return viewOf(world, caller, world.db.read, row)
}

const AS_THEY_WERE_MADE: AutomationOrder = { field: 'id', type: 'number', direction: 'asc' }

/**
 * An entity's automations, at every scope of it, in the order they were made unless another is asked for. Key: `orderKey`.
 * Of those that reach a project of a team also the ones of all of its organization, for whoever sees that.
 *
 * - `organizationId`: of the entity; `null` without one.
 * - `knowledge`: leaves out those the client cannot read.
 *
 * @throws Refusal `not_found` | `cursor_invalid`
 */
export async function listAutomations(
  world: World,
  caller: Caller,
  input: {
    entityId: number
    organizationId?: number | null
    filter: AutomationFilter
    order?: AutomationOrder | undefined
  },
  page: PageRequest,
): Promise<Page<AutomationView>> {
  requireRole(caller, 'viewer', input.entityId, 'Entity')
  const { entityId, organizationId = null, filter, order = AS_THEY_WERE_MADE } = input
  const isWide = filter.reaches !== undefined && organizationId !== null && may(caller, 'viewer', organizationId)
  const about = {
    entityId,
    organizationId: isWide ? organizationId : null,
    filter,
    hiddenProjectIds: hiddenProjectIds(caller),
    nowMs: world.now(),
  }
  const rows = await listAutomationRows(world.db.read, world.db.engine, about, order, page)
  const { items, nextKey } = cutPage(
    rows,
    page,
    (row) => row,
    (row) => orderKey(row.ordered_by, row.id),
  )
  return { items: await viewsOf(world, caller, items), nextKey }
}

/** By project id: the automations scoped to each project or to a collection in it, among those the caller may see. */
export async function loadProjectAutomations(
  world: World,
  caller: Caller,
  projectIds: readonly number[],
  knowledge: ClientKnowledge,
): Promise<Map<number, AutomationView[]>> {
  const byProject = new Map<number, AutomationView[]>(projectIds.map((id) => [id, []]))
  if (projectIds.length === 0) return byProject
  const found = await listAutomationsOfProjects(world.db.read, {
    projectIds,
    knowledge,
    limit: PROJECT_AUTOMATIONS_MAX,
  })
  const rows = found.filter((row) => mayIn(caller, 'viewer', rightsPlace(row)))
  const views = await viewsOf(world, caller, rows)
  for (const [index, row] of rows.entries())
    byProject.get(row.project_id as number)?.push(views[index] as AutomationView)
  return byProject
}

/**
 * The revisions of an automation, newest first. Key: revision.
 *
 * @throws Refusal `not_found`
 */
export async function listRevisions(
  world: World,
  caller: Caller,
  key: AutomationKey,
  page: PageRequest,
): Promise<Page<RevisionView>> {
  const automation = await requireVisible(world.db.read, caller, key)
  const before = typeof page.after === 'number' ? page.after : undefined
  const rows = await listRevisionRows(world.db.read, { automationId: automation.id, before, limit: page.limit + 1 })
  const shown = rows.slice(0, page.limit)
  const found = await loadScopes(
    world.db.read,
    shown.map((row) => ({ kind: row.scope_kind, id: row.scope_id })),
  )
  // Where it was before may be out of the caller's sight.
  const scopes = new Map([...found].filter(([, scope]) => mayIn(caller, 'viewer', placeOfScope(scope))))
  const items = shown.map((row) => revisionView(row, scopes))
  return { items, nextKey: rows.length > page.limit ? shown.at(-1)?.revision : undefined }
}

/** What a new revision is to say. */
type Said = {
  name: string
  description: string | null
  enabled: boolean
  scope: ScopeView | GoneScope
  eventType: EventType
  filter: string
  action: Action
  pacing: Pacing
}

/** Events of artifacts all have filters of one form; those of runs have one of their own each. */
function areReadAlike(one: EventType, other: EventType): boolean {
  return one === other || !(isRunEventType(one) || isRunEventType(other))
}

function saysTheSame(said: Said, current: AutomationDetails): boolean {
  const action = storedAction(said.action)
  return (
    said.name === current.name &&
    said.description === current.description &&
    said.enabled === (current.enabled === 1) &&
    scopeKey(said.scope) === scopeKey({ kind: current.scope_kind, id: current.scope_id }) &&
    said.eventType === current.event_type &&
    said.filter === current.filter &&
    action.action_kind === current.action_kind &&
    action.webhook_id === current.webhook_id &&
    action.action === current.action &&
    storedPacing(said.pacing) === current.pacing
  )
}

async function saveRevision(
  tx: Tx,
  caller: Caller,
  input: { automationId: number; revision: number; said: Said; now: number },
): Promise<void> {
  const { said, now } = input
  const repeated = {
    name: said.name,
    enabled: said.enabled ? 1 : 0,
    scope_kind: said.scope.kind,
    scope_id: said.scope.id,
    event_type: said.eventType,
  }
  const revisionId = await insertRevision(tx, {
    ...repeated,
    automation_id: input.automationId,
    revision: input.revision,
    description: said.description,
    filter: said.filter,
    ...storedAction(said.action),
    pacing: storedPacing(said.pacing),
    created_by: caller.user.id,
    created_at: now,
  })
  await setRevision(tx, input.automationId, revisionId, { ...repeated, updated_at: now })
}

/** @throws Refusal `not_found` */
export async function requireVisible(db: Reader | Tx, caller: Caller, key: AutomationKey): Promise<AutomationDetails> {
  const row = await findAutomation(db, key)
  const what = 'publicId' in key ? `Automation "${key.publicId}"` : 'Automation'
  if (row === undefined || !mayIn(caller, 'viewer', rightsPlace(row))) throw notFound(what)
  return row
}

/** The automation, locked against other changes, if the caller may change it. */
async function requireChangeable(
  world: World,
  tx: Tx,
  caller: Caller,
  key: AutomationKey,
): Promise<{ current: AutomationDetails; before: AutomationView; scope: ScopeView | GoneScope }> {
  const { entity_id: entityId } = await requireVisible(tx, caller, key)
  await lockOwner(tx, world.db.engine, entityId)
  const current = await requireVisible(tx, caller, key)
  if (current.deleted_at !== null) throw notFound('publicId' in key ? `Automation "${key.publicId}"` : 'Automation')
  const before = await viewOf(world, caller, tx, current)
  if ('gone' in before.scope) requireRole(caller, 'member', entityId, `Automation "${current.name}"`)
  else requireScopeRight(caller, before.scope)
  return { current, before, scope: before.scope }
}

function otherOwner(scope: ScopeView, before: AutomationView): Refusal {
  const message =
    `${scopeName(scope)} does not belong to "${before.entity}", which owns this automation and its history: ` +
    `make a new automation in "${scope.entity}"`
  return new Refusal('scope_invalid', message, { fields: [{ path: '/scope', message }] })
}

async function viewOf(world: World, caller: Caller, db: Reader | Tx, row: AutomationDetails): Promise<AutomationView> {
  const [view] = await viewsOf(world, caller, [row], db)
  return view as AutomationView
}

async function readBack(world: World, caller: Caller, tx: Tx, id: number): Promise<AutomationView> {
  return viewOf(world, caller, tx, (await findAutomation(tx, { id })) as AutomationDetails)
}

/** Where they are held is told of what the caller sees; a hold elsewhere has no place, as of a collection that is gone. */
async function viewsOf(
  world: World,
  caller: Caller,
  rows: readonly AutomationDetails[],
  db: Reader | Tx = world.db.read,
): Promise<AutomationView[]> {
  const heldIds = rows.filter((row) => row.held_until !== null).map((row) => row.id)
  const holds = await holdsByAutomation(db, heldIds, world.now())
  const scopes = await loadScopes(db, [
    ...rows.map((row) => ({ kind: row.scope_kind, id: row.scope_id })),
    ...[...holds.values()].flat().map((hold) => ({ kind: 'COLLECTION' as const, id: hold.collection_id })),
  ])
  const seen = new Map([...scopes].filter(([, scope]) => mayIn(caller, 'viewer', placeOfScope(scope))))
  return rows.map((row) =>
    automationView(row, scopes, { of: holds.get(row.id) ?? [], places: seen }, (scope) =>
      'gone' in scope ? may(caller, 'member', row.entity_id) : mayKeepAt(caller, scope),
    ),
  )
}

/** Says who changed what, without filters and payloads: people paste secrets into those. */
async function audit(tx: Tx, caller: Caller, action: string, automation: AutomationView, now: number): Promise<void> {
  const { scope } = automation
  await recordAudit(
    tx,
    caller,
    {
      action,
      entityId: automation.entityId,
      subject: automation.name,
      details: {
        automation: automation.publicId,
        revision: automation.revision,
        enabled: automation.enabled,
        scope: 'gone' in scope ? null : scopeName(scope),
        event: automation.eventType,
        webhook: automation.action.kind === 'nothing' ? null : automation.action.webhook.publicId,
      },
    },
    now,
  )
}
