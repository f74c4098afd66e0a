import { requireEntity } from '../access/operations.ts'
import type { Caller } from '../access/rights.ts'
import { EVENT_TYPES, type EventType } from '../events/event.ts'
import { isRecord } from '../runtime/is-record.ts'
import { getWebhook, secretsForPayloads } from '../webhooks/operations.ts'
import type { World } from '../world.ts'
import { contextToTry, eventToTry, type TriedWith } from './operations-trying.ts'
import { CALLBACK_TOKEN, PAYLOAD_VARIABLES, type PayloadVariable } from './payload-variables.ts'

/** Of a version's metadata, so many paths are offered. */
const METADATA_PATHS_MAX = 200
const METADATA_DEPTH_MAX = 5
const VALUE_LENGTH_MAX = 500

export type TemplateHelp = {
  /** `value`: as it would render in a text; `null`: empty. */
  variables: { variable: PayloadVariable; value: string | null }[]
  /** What `${artifact_metadata.…}` can name in this version. */
  metadata: { path: string; value: string }[]
  secrets: string[]
}

/**
 * What a template for this type of event may name: the variables that can have a value, with the one they have in the
 * version that is tried or an example, and the secrets of the webhook.
 *
 * @throws Refusal `not_found` | `invalid_request`
 */
export async function describeVariables(
  world: World,
  caller: Caller,
  input: {
    entity: string
    eventType: EventType | undefined
    webhook: string | undefined
    tried: TriedWith | undefined
  },
): Promise<TemplateHelp> {
  const { name: entity } = await requireEntity(world.db.read, caller, input.entity, 'viewer')
  const { eventType, tried, webhook: id } = input
  const webhook = id === undefined ? undefined : await getWebhook(world, caller, { entity, id })
  const about = { entity, eventType: eventType ?? ('ADD_ARTIFACT_ALIAS' as const), tried }
  const { event, subject, isExample } = await eventToTry(world, caller, about)
  const context = contextToTry(world, subject)
  const types = eventType === undefined ? EVENT_TYPES : [eventType]
  const variables = PAYLOAD_VARIABLES.filter(({ events }) => types.some((type) => events.includes(type)))
  return {
    variables: variables.map((variable) => ({
      variable,
      value: isExample ? variable.example : asText(variable.value(event, context)),
    })),
    metadata: isExample ? [] : metadataPaths(event.snapshot.artifact?.metadata ?? {}),
    secrets: [...(webhook === undefined ? [] : secretsForPayloads(webhook)), CALLBACK_TOKEN],
  }
}

function asText(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, VALUE_LENGTH_MAX)
}

function metadataPaths(metadata: Record<string, unknown>): { path: string; value: string }[] {
  const found: { path: string; value: string }[] = []
  const visit = (values: Record<string, unknown>, prefix: string, depth: number) => {
    for (const [key, value] of Object.entries(values)) {
      if (found.length >= METADATA_PATHS_MAX) return
      // A placeholder ends there, so that no template can name it.
      if (/[}|]|:[-?]/.test(key)) continue
      found.push({ path: `${prefix}${key}`, value: asText(value) ?? 'null' })
      if (isRecord(value) && depth < METADATA_DEPTH_MAX) visit(value, `${prefix}${key}.`, depth + 1)
    }
  }
  visit(metadata, '', 1)
  return found
}
