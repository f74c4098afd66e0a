import type { Caller } from '../access/rights.ts'
import { type Event, type EventType, isMetricEventType } from '../events/event.ts'
import { feedsOf, readBackwards } from '../events/operations-backwards.ts'
import { type FieldProblem, Refusal, withFieldsBelow } from '../refusal.ts'
import type { World } from '../world.ts'
import { type Action, storedAction } from './action.ts'
import { type ActionPayload, readActionPayload } from './action-payload.ts'
import { eventInWords } from './event-words.ts'
import { matchesEvent, parseFilter } from './filter.ts'
import { candidateKey, matchAll } from './matching.ts'
import { type SubjectView, subjectView } from './operations-executions.ts'
import { type AutomationInput, checkAction, requireScope } from './operations-input.ts'
import { readEventType, requireScopeRight, type ScopeView, scopeWarnings } from './scope.ts'
import { readableBody } from './template.ts'

const DAY_MS = 86_400_000

const EVENTS_AT_ONCE = 200

/** Filters and templates are asked for so long between two turns of the loop: everybody else waits meanwhile. */
const TURN_MS_MAX = 20
const BACKTEST_MS_MAX = 3_000
const BODIES_CHARACTERS_MAX = 4 * 1024 * 1024

export type PastFiring = {
  /** `alias` and `tag`: which one it was about, of events that are about one. */
  event: { publicId: string; type: EventType; occurredAt: number; alias: string | null; tag: string | null }
  /** `null` for what the caller may not see. */
  subject: SubjectView | null
  /** What happened, as a sentence; `null` where the caller may not see it. */
  words: string | null
  /** What would have been sent, with `${NAME}` where a secret goes; `null` if nothing. */
  body: string | null
  warnings: FieldProblem[]
  /** Why it could not have been rendered. */
  problem: string | null
}

export type Backtest = {
  since: number
  looked: number
  fired: PastFiring[]
  /** Where to go on; `undefined` once all of the time has been looked at. */
  next: { transactionId: number; eventId: number } | undefined
}

/**
 * What an automation that is not saved would have done with the events of the last days, newest first. Nothing is sent
 * or kept. It ends at `limit` firings, after three seconds, or at 4 MiB of bodies, and then says where to go on.
 *
 * @throws Refusal as `createAutomation`, the fields below `/automation`
 */
export async function backtest(
  world: World,
  caller: Caller,
  input: {
    automation: AutomationInput
    days: number
    limit: number
    before: { transactionId: number; eventId: number } | undefined
  },
): Promise<Backtest> {
  const draft = await withFieldsBelow('/automation', () => checkDraft(world, caller, input.automation))
  const { scope, eventType } = draft
  if (isMetricEventType(eventType)) {
    const message = `What runs have logged is not gone through again: back-tests cannot ask about ${eventType}`
    throw new Refusal('not_supported', message, { fields: [{ path: '/automation/event', message }] })
  }
  const entityIds =
    scope.kind === 'ENTITY' && scope.entityKind === 'organization'
      ? await feedsOf(world, scope.entityId)
      : [scope.entityId]
  const since = world.now() - input.days * DAY_MS
  const endsAt = performance.now() + BACKTEST_MS_MAX
  const found: Backtest = { since, looked: 0, fired: [], next: input.before }
  let characters = 0
  let turnedAt = performance.now()
  while (true) {
    const about = { entityIds, type: eventType, before: found.next, limit: EVENTS_AT_ONCE }
    const events = await readBackwards(world, about)
    for (const { position, occurredAt, event } of events) {
      if (occurredAt < since) return { ...found, next: undefined }
      found.looked += 1
      found.next = position
      const firing = event === undefined ? undefined : fire(world, caller, draft, event)
      if (firing !== undefined) {
        found.fired.push(firing)
        characters += firing.body?.length ?? 0
      }
      const isFull = found.fired.length >= input.limit || characters > BODIES_CHARACTERS_MAX
      if (isFull || performance.now() > endsAt) return found
      if (performance.now() - turnedAt > TURN_MS_MAX) {
        await nextTurn()
        turnedAt = performance.now()
      }
    }
    if (events.length < EVENTS_AT_ONCE) return { ...found, next: undefined }
    await nextTurn()
  }
}

/** An automation that is not saved, checked as if it were. */
type Draft = {
  name: string
  scope: ScopeView
  eventType: EventType
  filter: ReturnType<typeof parseFilter>
  action: Action
  payload: ActionPayload | undefined
  warnings: FieldProblem[]
}

/** @throws Refusal as `createAutomation` */
export async function checkDraft(world: World, caller: Caller, input: AutomationInput): Promise<Draft> {
  const { read } = world.db
  const scope = await requireScope(read, caller, input.scope)
  requireScopeRight(caller, scope)
  const eventType = readEventType(input.event, scope)
  const filter = parseFilter(input.filter, '/filter', eventType)
  const about = { input: input.action, entityId: scope.entityId, eventType, current: null }
  const { action, warnings } = await checkAction(read, caller, about)
  const payload = action.kind === 'nothing' ? undefined : readActionPayload(storedAction(action).action)
  const all = [...scopeWarnings(eventType, scope), ...warnings]
  return { name: input.name, scope, eventType, filter, action, payload, warnings: all }
}

function fire(world: World, caller: Caller, draft: Draft, event: Event): PastFiring | undefined {
  if (event.snapshot.actor.via === 'import') return undefined
  const { scope, eventType } = draft
  const candidate = { automationId: 0, key: candidateKey(eventType, scope) }
  const [match] = matchAll([event], [candidate], (_candidate, { snapshot }, subject) =>
    matchesEvent(draft.filter, snapshot, subject) ? 'accepted' : 'refused',
  )
  const subject = match === undefined ? undefined : event.snapshot.subjects[match.subjectIndex]
  if (subject === undefined) return undefined
  const rendering = draft.payload?.(event, {
    subject,
    messageId: 'msg_backtest',
    deliveryId: 'dl_backtest',
    digest: null,
    automation: { publicId: 'au_backtest', name: draft.name },
    publicUrl: world.config.publicUrl ?? '',
  })
  const { publicId, type, occurredAt, snapshot } = event
  const seen = subjectView(caller, subject, snapshot)
  return {
    event: { publicId, type, occurredAt, alias: snapshot.alias, tag: snapshot.tag },
    subject: seen,
    words: seen === null ? null : eventInWords(event, subject),
    body: rendering?.kind === 'rendered' ? readableBody(rendering.body) : null,
    warnings: rendering?.kind === 'rendered' ? rendering.warnings : [],
    problem: rendering?.kind === 'unrenderable' ? rendering.message : null,
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
