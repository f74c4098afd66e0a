import { parseTemplate, type Rendering, renderTemplate, type Template } from '../automations/template.ts'
import type { EventSnapshot, EventType } from '../events/event.ts'
import { assert } from '../runtime/assert.ts'
import type { RenderSource } from './store.ts'

const TEMPLATES_MAX = 1_000

/**
 * Renders the payloads of deliveries from what was frozen when they matched: the event and the automation's revision.
 * Templates are parsed once a revision.
 */
export function createRenderer(publicUrl: () => string) {
  const templates = new Map<number, Template>()

  function templateOf(source: RenderSource): Template {
    let template = templates.get(source.revision_id)
    if (template === undefined) {
      const { payload, secrets } = JSON.parse(source.action) as { payload: string | null; secrets: string[] }
      template = parseTemplate(payload, { knownSecrets: secrets }).template
    }
    templates.delete(source.revision_id)
    templates.set(source.revision_id, template)
    if (templates.size > TEMPLATES_MAX) {
      const oldest = templates.keys().next().value
      if (oldest !== undefined) templates.delete(oldest)
    }
    return template
  }

  return function render(source: RenderSource, messageId: string): Rendering {
    const snapshot = JSON.parse(source.snapshot) as EventSnapshot
    const subject = snapshot.subjects[source.subject]
    assert(subject !== undefined, "an execution names one of its event's subjects")
    return renderTemplate(
      templateOf(source),
      {
        id: source.event_id,
        publicId: source.event_public_id,
        type: source.type as EventType,
        occurredAt: source.occurred_at,
        causedBy: source.caused_by,
        depth: source.depth,
        snapshot,
      },
      {
        subject,
        messageId,
        automation: { publicId: source.automation_public_id, name: source.automation_name },
        publicUrl: publicUrl(),
      },
    )
  }
}
