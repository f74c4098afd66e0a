import { type ActionPayload, readActionPayload } from '../automations/action-payload.ts'
import type { Rendering } from '../automations/template.ts'
import type { Event } from '../events/event.ts'
import { assert } from '../runtime/assert.ts'

const PAYLOADS_MAX = 1_000

/** What a payload is made from, frozen when its delivery was matched: the event and the automation's revision. */
export type Renderable = {
  /** The action of the revision, as JSON. */
  action: string
  automation: { publicId: string; name: string }
  event: Event
  /** Which of the event's subjects was in scope. */
  subjectIndex: number
  /** What it stands for, if its automation gathers. */
  digest: { count: number; firstVersion: number | null } | null
}

export type Renderer = (renderable: Renderable, ids: { messageId: string; deliveryId: string }) => Rendering

/** Renders the payloads of deliveries. Templates are parsed once. */
export function createRenderer(publicUrl: () => string): Renderer {
  // By their text rather than by their revision: a revision's id is given again if the transaction that made it fails.
  const payloads = new Map<string, ActionPayload>()

  function payloadOf(action: string): ActionPayload {
    const payload = payloads.get(action) ?? readActionPayload(action)
    payloads.delete(action)
    payloads.set(action, payload)
    if (payloads.size > PAYLOADS_MAX) {
      const oldest = payloads.keys().next().value
      if (oldest !== undefined) payloads.delete(oldest)
    }
    return payload
  }

  return ({ action, automation, event, subjectIndex, digest }, ids) => {
    const subject = event.snapshot.subjects[subjectIndex]
    assert(subject !== undefined, "an execution names one of its event's subjects")
    return payloadOf(action)(event, { subject, ...ids, automation, digest, publicUrl: publicUrl() })
  }
}
