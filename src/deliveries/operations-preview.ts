import { type Caller, may } from '../access/rights.ts'
import { explain } from '../automations/filter.ts'
import { checkDraft } from '../automations/operations-backtest.ts'
import type { AutomationInput } from '../automations/operations-input.ts'
import { eventToTry, type TriedWith } from '../automations/operations-trying.ts'
import { readableBody } from '../automations/template.ts'
import type { EventType } from '../events/event.ts'
import { type FieldProblem, withFieldsBelow } from '../refusal.ts'
import { createReceiverLoader, loadWebhooks } from '../webhooks/operations.ts'
import type { World } from '../world.ts'
import { previewHeaders, withoutExtraHeaders } from './attempt.ts'

export type PayloadPreview = {
  event: { publicId: string; type: EventType; isExample: boolean }
  /** Whether the filter would let it fire on this event, and if not, which clauses do not hold. */
  filterMatches: boolean
  because: FieldProblem[]
  /** `null`: nothing is sent. */
  request: {
    webhook: { publicId: string; name: string }
    url: string
    headers: Record<string, string>
    contentType: string
    /** With `${NAME}` where a secret goes; `null` if it cannot be rendered for this event. */
    body: string | null
    /** UTF-8, of `body` as it is shown. */
    bytes: number
    /** Why it cannot be rendered, or not be sent now. */
    problem: string | null
  } | null
  warnings: FieldProblem[]
}

/**
 * What an automation that is not saved would send for an event, exactly, with secrets left in place. Nothing is sent or
 * kept. What a webhook's settings put into headers only its admins see.
 *
 * @throws Refusal as `createAutomation`, the fields below `/automation`, and `not_found` | `invalid_request` for the event
 */
export async function previewPayload(
  world: World,
  caller: Caller,
  input: { entity: string; automation: AutomationInput; tried: TriedWith | undefined },
): Promise<PayloadPreview> {
  const draft = await withFieldsBelow('/automation', () => checkDraft(world, caller, input.automation))
  const { eventType } = draft
  const { event, subject, isExample } = await eventToTry(world, caller, { ...input, eventType, ask: draft.filter.run })
  const asked = explain(draft.filter, event.snapshot, subject)
  const messageId = 'msg_preview'
  const rendering = draft.payload?.(event, {
    subject,
    messageId,
    deliveryId: 'dl_preview',
    digest: null,
    automation: { publicId: 'au_preview', name: draft.name },
    publicUrl: world.config.publicUrl ?? '',
  })
  const shown = {
    event: { publicId: event.publicId, type: event.type, isExample },
    filterMatches: asked.matches,
    because: asked.matches ? [] : asked.because,
    warnings: [...draft.warnings, ...(rendering?.kind === 'rendered' ? rendering.warnings : [])],
  }
  if (draft.action.kind === 'nothing') return { ...shown, request: null }
  const { webhookId } = draft.action
  const webhook = (await loadWebhooks(world, caller, [webhookId])).get(webhookId)
  const receiver = (await createReceiverLoader(world)([webhookId])).get(webhookId)
  if (webhook === undefined || receiver === undefined) return { ...shown, request: null }

  const isReady = !('problem' in receiver)
  const whole = {
    url: receiver.urlMasked,
    headers: isReady ? previewHeaders(receiver, messageId) : {},
    secretVersions: {},
  }
  const { url, headers } = may(caller, 'admin', webhook.entityId) ? whole : withoutExtraHeaders(whole)
  const body = rendering?.kind === 'rendered' ? readableBody(rendering.body) : null
  const unrenderable = rendering?.kind === 'unrenderable' ? rendering.message : null
  return {
    ...shown,
    request: {
      webhook: { publicId: webhook.publicId, name: webhook.name },
      url,
      headers,
      contentType: headers['content-type'] ?? 'application/json',
      body,
      bytes: body === null ? 0 : Buffer.byteLength(body),
      problem: unrenderable ?? (isReady ? null : receiver.problem),
    },
  }
}
