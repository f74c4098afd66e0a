import { requireEntity } from '../access/operations.ts'
import type { Caller } from '../access/rights.ts'
import type { EventType } from '../events/event.ts'
import type { FieldProblem } from '../refusal.ts'
import { getWebhook, secretsForPayloads } from '../webhooks/operations.ts'
import type { World } from '../world.ts'
import { contextToTry, eventToTry } from './operations-trying.ts'
import { parseTemplate, readableBody, renderTemplate, warningsForEventType } from './template.ts'

export type CheckedPayload = {
  /** What it comes to for an example event, with `${NAME}` where a secret goes; `null` if it cannot be rendered. */
  body: string | null
  problem: string | null
  warnings: FieldProblem[]
}

/**
 * What a payload template comes to for an example event of this type, and what is to be said about it. Nothing is sent.
 *
 * - `payload`: a template's text, or an object that is one; `undefined` is the default body.
 * - `secrets`: the names it may use, where they are not those of a saved `webhook`.
 *
 * @throws Refusal `not_found` | `template_invalid`, as when an automation is saved, with its places
 */
export async function checkPayload(
  world: World,
  caller: Caller,
  input: {
    entity: string
    payload?: unknown
    eventType: EventType
    webhook?: string | undefined
    secrets?: string[] | undefined
  },
): Promise<CheckedPayload> {
  const { name: entity } = await requireEntity(world.db.read, caller, input.entity, 'viewer')
  const { payload, eventType, webhook: id } = input
  const webhook = id === undefined ? undefined : await getWebhook(world, caller, { entity, id })
  const knownSecrets = webhook === undefined ? (input.secrets ?? []) : secretsForPayloads(webhook)
  const text = payload === undefined || typeof payload === 'string' ? (payload ?? null) : JSON.stringify(payload)
  const { template, warnings } = parseTemplate(text, { knownSecrets, at: '/payload' })
  const { event, subject } = await eventToTry(world, caller, { entity, eventType, tried: undefined })
  const rendering = renderTemplate(template, event, contextToTry(world, subject))
  const said = [...warnings, ...warningsForEventType(template, eventType)]
  return rendering.kind === 'rendered'
    ? { body: readableBody(rendering.body), problem: null, warnings: [...said, ...rendering.warnings] }
    : { body: null, problem: rendering.message, warnings: said }
}
