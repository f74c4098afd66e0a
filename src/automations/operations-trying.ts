import { requireEntity } from '../access/operations.ts'
import type { Caller } from '../access/rights.ts'
import type { Event, EventSubject, EventType } from '../events/event.ts'
import { getEvent } from '../events/operations.ts'
import type { World } from '../world.ts'
import { exampleEvent } from './example-event.ts'
import { type RunInput, requirePlace, snapshotOf } from './operations-running.ts'
import type { RenderContext } from './payload-variables.ts'
import type { RunAsk } from './run-filter.ts'

/**
 * What a draft is tried with: an event that happened, or a version (or run) as if it had just happened to that. `alias` and
 * `tag`: of events that are about one.
 */
export type TriedWith = { event: string } | Pick<RunInput, 'at' | 'alias' | 'tag'>

/**
 * The event to try something with, and the subject it is about; without `tried` an example.
 *
 * - `ask`: what is asked of a run, so that what it came to of that is told.
 *
 * @throws Refusal `not_found` | `invalid_request`
 */
export async function eventToTry(
  world: World,
  caller: Caller,
  input: { entity: string; eventType: EventType; tried: TriedWith | undefined; ask?: RunAsk | undefined },
): Promise<{ event: Event; subject: EventSubject; isExample: boolean }> {
  const { tried, eventType: type } = input
  if (tried === undefined) {
    const event = exampleEvent(input.entity, world.now(), type)
    return { event, subject: event.snapshot.subjects[0] as EventSubject, isExample: true }
  }
  if ('event' in tried) {
    const event = await getEvent(world, caller, tried.event)
    return { event, subject: event.snapshot.subjects[0] as EventSubject, isExample: false }
  }
  const { name: entity } = await requireEntity(world.db.read, caller, tried.at.entity ?? input.entity, 'viewer')
  const place = await requirePlace(world.db.read, caller, type, { ...tried.at, entity }, input.ask)
  const snapshot = snapshotOf({ event_type: type }, place, {
    alias: tried.alias ?? place.subject.aliases.find((each) => each !== 'latest') ?? 'production',
    tag: tried.tag ?? place.artifact?.tags[0] ?? 'approved',
  })
  const { username, kind } = caller.user
  const actor = { username, kind: kind === 'service' ? kind : ('user' as const), via: caller.via, ...NO_REQUEST }
  const event = { id: 0, publicId: 'ev_preview', type, occurredAt: world.now(), causedBy: null, depth: 0 }
  return { event: { ...event, snapshot: { actor, ...snapshot } }, subject: place.subject, isExample: false }
}

const NO_REQUEST = { userAgent: null, requestId: null }

/** What a payload that nothing is sent with is rendered in: names that no message or automation has. */
export function contextToTry(world: Pick<World, 'config'>, subject: EventSubject): RenderContext {
  return {
    subject,
    messageId: 'msg_preview',
    deliveryId: 'dl_preview',
    digest: null,
    automation: { publicId: 'au_preview', name: 'preview' },
    publicUrl: world.config.publicUrl ?? '',
  }
}
