import { recordAudit } from '../access/operations.ts'
import type { Caller } from '../access/rights.ts'
import { describePlace } from '../artifacts/operations.ts'
import type { Reader, Tx } from '../database/database.ts'
import { enqueueDeliveries, findReadiness } from '../deliveries/operations.ts'
import { type EventSnapshot, type EventSubject, type EventType, isRunEventType } from '../events/event.ts'
import { recordRun } from '../events/operations.ts'
import { type FieldProblem, notFound, Refusal } from '../refusal.ts'
import { describeOutcome, describeRun } from '../runs/operations.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'
import { explain } from './filter.ts'
import { candidateKey, enclosingScopes, scopeKey } from './matching.ts'
import { requireVisible } from './operations-automations.ts'
import { type DeliverySummary, deliverySummaries } from './operations-executions.ts'
import { loadFilters } from './operations-filters.ts'
import { type FiringCandidate, orderedBy, skipReason } from './operations-matching.ts'
import type { RunAsk } from './run-filter.ts'
import { requireScopeRight } from './scope.ts'
import { findInScope, findRevisions, insertExecutions } from './store.ts'
import type { AutomationDetails } from './store-automations.ts'
import { loadScopes } from './store-scopes.ts'

export type RunInput = {
  automation: string
  /** `entity`: the automation's own if absent. `version`: `v3`, or an alias of it. `run`: for events of runs. */
  at: {
    entity?: string | undefined
    project: string
    collection?: string | undefined
    version?: string | undefined
    run?: string | undefined
  }
  /** What the event is about, for events of aliases and tags. */
  alias?: string | undefined
  tag?: string | undefined
}

export type RunAnswer = {
  execution: string
  event: string
  state: 'matched' | 'skipped'
  reason: string | null
  /** Whether its filter would have let it fire; a run by hand does not ask. */
  filterMatches: boolean
  because: FieldProblem[]
  deliveries: DeliverySummary[]
}

/**
 * Run an automation now for a version, or for a collection or a run if it waits for events of those: as if its event had
 * just happened there, for this automation alone. Its filter is not asked, and what it would have said is told.
 *
 * The execution is one like any other and says who ran it. Its event holds the version as it is now, so that every
 * variable of the payload has what it would have; it is in no feed and fires nothing else.
 *
 * @throws Refusal `not_found` | `forbidden` | `automation_disabled` | `automation_out_of_scope` | `invalid_request`
 */
export async function runAutomation(world: World, caller: Caller, input: RunInput): Promise<RunAnswer> {
  const { executionId, ...answer } = await world.db.transaction((tx) => run(world, tx, caller, input))
  const deliveries = await deliverySummaries(world.db.read, [executionId])
  return { ...answer, deliveries: deliveries.get(executionId) ?? [] }
}

async function run(world: World, tx: Tx, caller: Caller, input: RunInput) {
  const what = `Automation "${input.automation}"`
  const automation = await requireVisible(tx, caller, { publicId: input.automation })
  if (automation.deleted_at !== null) throw notFound(what)
  const scope = { kind: automation.scope_kind, id: automation.scope_id }
  const [shown] = (await loadScopes(tx, [scope])).values()
  if (shown === undefined) throw outOfScope(`${what} has lost its scope, so there is nowhere to run it`)
  requireScopeRight(caller, shown)
  if (automation.enabled === 0) throw new Refusal('automation_disabled', `${what} is disabled: enable it first`)

  const entity = input.at.entity ?? automation.entity
  const path = `${entity}/${input.at.project}/${input.at.run ?? input.at.collection}`
  const candidate = await loadCandidate(world, tx, automation.id, candidateKey(automation.event_type, scope))
  const ask = candidate?.stored?.filter.run
  const place = await requirePlace(tx, caller, automation.event_type, { ...input.at, entity }, ask)
  if (!enclosingScopes(place.subject).some((each) => scopeKey(each) === scopeKey(scope))) {
    throw outOfScope(`${what} does not reach "${path}": choose something within its scope`)
  }
  if (candidate === undefined) throw new Refusal('automation_disabled', `${what} cannot fire now: look at it again`)
  const { stored, revisionId } = candidate

  const event = await recordRun(world, tx, caller, {
    type: automation.event_type,
    snapshot: snapshotOf(automation, place, input),
  })
  const reason = skipReason({ event, candidate, isSkipped: stored === null })
  const publicId = newPublicId('ex')
  const ids = await insertExecutions(tx, [
    {
      public_id: publicId,
      automation_id: automation.id,
      revision_id: revisionId,
      event_id: event.id,
      subject: 0,
      state: reason === null ? 'matched' : 'skipped',
      reason,
      created_at: world.now(),
      collection_id: place.subject.collectionId,
      project_id: place.subject.projectId,
    },
  ])
  const executionId = ids.get(publicId) as number
  if (reason === null && candidate.webhookId !== null) {
    const webhookId = candidate.webhookId
    const ordered = orderedBy(candidate)
    const about = { entityId: automation.entity_id, executionId, revisionId, webhookId, event, subjectIndex: 0 }
    const readiness = await findReadiness(world, tx, ordered === null ? [revisionId] : [])
    await enqueueDeliveries(world, tx, [{ ...about, ordered, gathered: null }], readiness, false)
  }
  const details = { automation: input.automation, execution: publicId, at: path }
  await recordAudit(
    tx,
    caller,
    { action: 'automation.run', entityId: automation.entity_id, subject: automation.name, details },
    world.now(),
  )
  const asked = stored === null ? undefined : explain(stored.filter, event.snapshot, place.subject)
  return {
    executionId,
    execution: publicId,
    event: event.publicId,
    state: reason === null ? ('matched' as const) : ('skipped' as const),
    reason,
    filterMatches: asked?.matches ?? false,
    because: asked === undefined || asked.matches ? [] : asked.because,
  }
}

/** `undefined`: it is not enabled there any more. */
async function loadCandidate(
  world: World,
  tx: Tx,
  automationId: number,
  key: string,
): Promise<FiringCandidate | undefined> {
  const inScope = (await findInScope(tx, [key])).find((each) => each.automationId === automationId)
  if (inScope === undefined) return undefined
  const { revisionId } = inScope
  const revision = (await findRevisions(tx, [revisionId], world.now())).get(revisionId)
  const stored = (await loadFilters(world, tx, [revisionId])).get(revisionId) ?? null
  return revision === undefined ? undefined : { ...inScope, ...revision, stored }
}

type Place = Pick<EventSnapshot, 'artifact' | 'run' | 'metric' | 'alert'> & { subject: EventSubject }

/**
 * What an event of this type would be about, as it is now.
 *
 * - `ask`: of runs, what is asked of them; then what they have come to of it is told.
 *
 * @throws Refusal `invalid_request` when it is not said where, or what is said is of another kind | `not_found`
 */
export async function requirePlace(
  tx: Reader | Tx,
  caller: Caller,
  eventType: EventType,
  at: RunInput['at'] & { entity: string },
  ask: RunAsk | undefined,
): Promise<Place> {
  const { entity, project, collection, version } = at
  if (isRunEventType(eventType)) {
    if (at.run === undefined) throw wanting('/at/run', 'Name the run to run it for')
    const described = await describeRun(tx, caller, { entity, project, run: at.run })
    const outcome = ask === undefined ? {} : await describeOutcome(tx, described.run.id, ask)
    return { artifact: null, ...described, ...outcome }
  }
  if (collection === undefined) throw wanting('/at/collection', 'Name the collection to run it for')
  const isOfCollection = eventType.endsWith('_COLLECTION_TAG')
  if (!isOfCollection && version === undefined) throw wanting('/at/version', 'Name the version to run it for')
  return describePlace(tx, caller, {
    entity,
    project,
    collection,
    version: isOfCollection ? null : (version as string),
  })
}

/** @throws Refusal `invalid_request` when the event needs an alias or a tag to be about, and none is named */
export function snapshotOf(
  { event_type: type }: Pick<AutomationDetails, 'event_type'>,
  place: Place,
  { alias, tag }: Pick<RunInput, 'alias' | 'tag'>,
): Omit<EventSnapshot, 'actor'> {
  const { subject, artifact, run = null, metric = null, alert = null } = place
  const ofAlias: EventType[] = ['ADD_ARTIFACT_ALIAS', 'REMOVE_ARTIFACT_ALIAS']
  const isOfAlias = ofAlias.includes(type)
  const isOfTag = type.endsWith('_TAG')
  const named = isOfAlias ? (alias ?? subject.aliases.find((each) => each !== 'latest') ?? subject.aliases[0]) : null
  if (named === undefined) throw wanting('/alias', `${type} is about an alias, and this version has none: name one`)
  const tagged = isOfTag ? (tag ?? artifact?.tags[0]) : null
  if (tagged === undefined) throw wanting('/tag', `${type} is about a tag: name one`)
  const about = { alias: named, tag: tagged, previousVersion: null, movedTo: null }
  return { subjects: [subject], artifact, run, metric, alert, ...about }
}

function wanting(path: string, message: string): Refusal {
  return new Refusal('invalid_request', message, { fields: [{ path, message }] })
}

function outOfScope(message: string): Refusal {
  return new Refusal('automation_out_of_scope', message, { fields: [{ path: '/at', message }] })
}
