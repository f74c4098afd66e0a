import type { Event } from '../events/event.ts'
import { isoTime, PAYLOAD_VARIABLES, type RenderContext } from './payload-variables.ts'

/** Beyond this the metadata stays out of the default body: receivers are to be kept below some 20 KB. */
export const DEFAULT_BODY_METADATA_BYTES_MAX = 16 * 1024

/**
 * The body of an automation without a template: `type`, `timestamp` and `data`, as Standard Webhooks proposes.
 *
 * `data` holds every payload variable under its own name, in the order of the table in `docs/templates.md`, `null`
 * where the event has no value. Metadata of more than 16 KiB as JSON is left out: `artifact_metadata` is `null` and
 * `artifact_metadata_omitted`, otherwise `false`, is `true`.
 *
 * Returns JSON text.
 */
export function defaultBody(event: Event, context: RenderContext): string {
  const values = PAYLOAD_VARIABLES.map(({ name, value }): [string, unknown] => [name, value(event, context) ?? null])
  const data = Object.fromEntries(values)
  const metadata = JSON.stringify(data.artifact_metadata)
  const omitted = Buffer.byteLength(metadata) > DEFAULT_BODY_METADATA_BYTES_MAX
  if (omitted) data.artifact_metadata = null
  return JSON.stringify({
    type: event.type,
    timestamp: isoTime(event.occurredAt),
    data: { ...data, artifact_metadata_omitted: omitted },
  })
}
