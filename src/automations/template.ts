import type { Event, EventType } from '../events/event.ts'
import type { FieldProblem } from '../refusal.ts'
import { defaultBody } from './default-body.ts'
import { metadataAt } from './metadata-path.ts'
import { CALLBACK_TOKEN, payloadVariable, type RenderContext } from './payload-variables.ts'
import { escapeInString, type RenderedBody, type Segment, storeBody } from './rendered-body.ts'
import { escapeForSlack } from './slack-text.ts'
import { type Placeholder, PROBLEMS_MAX, type Template } from './template-syntax.ts'

export type { RenderContext } from './payload-variables.ts'
export { fillSecrets, type RenderedBody, readableBody, secretsInBody } from './rendered-body.ts'
export { parseTemplate, type Template } from './template-syntax.ts'

/**
 * What payload templates come to.
 *
 * A template is parsed when an automation is saved, rendered once when its delivery is first claimed, and completed
 * with secrets at each attempt (`fillSecrets`). Values are put into parsed strings and escaped there, so no value can
 * change the structure of the document.
 */

/** A template can ask for all metadata in every line, so what comes out has a limit of its own. */
export const RENDERED_BYTES_MAX = 1024 * 1024

/** What a template can be told about an event type: each placeholder that can have no value there. */
export function warningsForEventType(template: Template, eventType: EventType): FieldProblem[] {
  return placeholdersOf(template).flatMap(({ reference, fallback, written, path }) => {
    if (reference.kind === 'secret' || fallback.kind === 'default') return []
    if (payloadVariable(reference.name)?.events.includes(eventType)) return []
    const result = fallback.kind === 'required' ? 'every delivery would fail' : 'it will be empty'
    return [{ path, message: `${written} has no value for ${eventType} events: ${result}.` }]
  })
}

/** The names of the secrets a template refers to, each once; `ACCESS_TOKEN` among them if it is used, `callback_token` never. */
export function secretsInTemplate(template: Template): string[] {
  const names = placeholdersOf(template).flatMap(({ reference }) =>
    reference.kind === 'secret' && reference.name !== CALLBACK_TOKEN ? [reference.name] : [],
  )
  return [...new Set(names)]
}

export type Rendering =
  /** `warnings`: what was missing in this event, at most 20. */
  | { kind: 'rendered'; body: RenderedBody; warnings: FieldProblem[] }
  /** Nothing can be sent: a `${…:?}` had no value, or the body came to more than `RENDERED_BYTES_MAX`. */
  | { kind: 'unrenderable'; reason: 'value_missing' | 'body_too_large'; message: string }

/**
 * The payload of one delivery, with the secrets still left out: to be stored, and completed by `fillSecrets` at each
 * attempt. Rendering the same event again gives the same bytes.
 */
export function renderTemplate(template: Template, event: Event, context: RenderContext): Rendering {
  if (template.kind === 'default') {
    return withinLimit([defaultBody(event, context)]) ?? TOO_LARGE
  }
  const segments: Segment[] = []
  const warnings: FieldProblem[] = []
  const values = new Map<string, { value: unknown; json: string }>()
  let characters = 0
  for (const part of template.parts) {
    let segment: Segment
    if (typeof part === 'string') segment = part
    else if (part.reference.kind === 'secret') segment = { secret: part.reference.name }
    else {
      const known = values.get(part.written) ?? lookUp(part.reference, event, context)
      values.set(part.written, known)
      if (isMissing(known.value, part.form)) {
        if (part.fallback.kind === 'required') {
          return { kind: 'unrenderable', reason: 'value_missing', message: missingMessage(part, part.fallback.message) }
        }
        if (part.fallback.kind === 'none' && part.reference.metadataPath !== null && known.value === undefined) {
          const result = part.form === 'json' ? 'null' : 'empty'
          const message = `${part.written} is not in the metadata of this version: sent as ${result}.`
          if (warnings.length < PROBLEMS_MAX) warnings.push({ path: part.path, message })
        }
      }
      segment = renderedText(part, known)
    }
    characters += typeof segment === 'string' ? segment.length : 0
    if (characters > RENDERED_BYTES_MAX) return TOO_LARGE
    segments.push(segment)
  }
  return withinLimit(segments, warnings) ?? TOO_LARGE
}

const TOO_LARGE: Rendering = {
  kind: 'unrenderable',
  reason: 'body_too_large',
  message: `The payload came to more than ${RENDERED_BYTES_MAX / 1024} KiB with the values of this event.`,
}

function withinLimit(segments: Segment[], warnings: FieldProblem[] = []): Rendering | undefined {
  let bytes = 0
  for (const segment of segments) bytes += typeof segment === 'string' ? Buffer.byteLength(segment) : 0
  return bytes > RENDERED_BYTES_MAX ? undefined : { kind: 'rendered', body: storeBody(segments), warnings }
}

function lookUp(
  reference: { name: string; metadataPath: string | null },
  event: Event,
  context: RenderContext,
): { value: unknown; json: string } {
  const whole = payloadVariable(reference.name)?.value(event, context)
  const value = reference.metadataPath === null ? whole : metadataAt(whole, reference.metadataPath)
  return { value, json: JSON.stringify(value ?? null) }
}

/** `null` is no value, as is an empty text where a text is wanted: a default takes its place. */
function isMissing(value: unknown, form: Placeholder['form']): boolean {
  return value === undefined || value === null || (value === '' && form !== 'json')
}

/** JSON text that fits where the placeholder stands: a whole value, or the inside of a string. */
function renderedText({ form, fallback }: Placeholder, { value, json }: { value: unknown; json: string }): string {
  if (isMissing(value, form)) {
    const text = fallback.kind === 'default' ? fallback.text : ''
    return form === 'json' ? text || 'null' : escapeInString(text)
  }
  if (form === 'json') return json
  const text = typeof value === 'string' ? value : json
  return escapeInString(form === 'slack' ? escapeForSlack(text) : text)
}

function missingMessage(placeholder: Placeholder, said: string): string {
  return `${placeholder.written} has no value in this event${said === '' ? '' : `: ${said}`} (at ${placeholder.path}).`
}

function placeholdersOf(template: Template): Placeholder[] {
  return template.kind === 'default' ? [] : template.parts.filter((part) => typeof part !== 'string')
}
