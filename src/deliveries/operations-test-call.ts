import { requireEntity } from '../access/operations.ts'
import type { Caller } from '../access/rights.ts'
import { type ActionPayload, notificationPayload } from '../automations/action-payload.ts'
import { exampleEvent } from '../automations/example-event.ts'
import { segmentsOf } from '../automations/rendered-body.ts'
import { fillSecrets, parseTemplate, renderTemplate } from '../automations/template.ts'
import { Refusal, withFieldsBelow } from '../refusal.ts'
import { newPublicId } from '../runtime/id.ts'
import {
  checkUnsaved,
  receiverOf,
  requireWebhook,
  secretsForPayloads,
  settingsOf,
  type WebhookSettings,
} from '../webhooks/operations.ts'
import { headersOfTarget } from '../webhooks/target.ts'
import type { World } from '../world.ts'
import { OUR_HEADERS, type SentRequest, type ShownRequest, sendRequest, shownRemote } from './attempt.ts'
import { testScript } from './test-script.ts'
import { judgeAttempt } from './verdict.ts'

export type TestCallAnswer = {
  ok: boolean
  verdict: string
  reason: string
  explanation: string
  remoteId: string | null
  remoteUrl: string | null
  request: ShownRequest & { body: string }
  response: SentRequest['response']
  timing: SentRequest['timing']
  /** Sends the same from a shell, with the secrets in its environment. */
  script: string
}

/**
 * Send one request to a webhook, saved (`id`) or not (`settings`), as a delivery would, and say what came of it. The
 * payload's variables are filled from an example event; nothing is kept and nothing is tried again.
 *
 * @throws Refusal `not_found` | `forbidden` | `template_invalid` | `receiver_not_ready` and, of one that is not saved,
 *   as `createWebhook`
 */
export async function runTestCall(
  world: World,
  caller: Caller,
  input: { entity: string; id?: string; settings?: WebhookSettings; payload?: unknown },
): Promise<TestCallAnswer> {
  const what = input.id === undefined ? undefined : `Webhook "${input.id}"`
  const entity = await requireEntity(world.db.read, caller, input.entity, 'admin', what)
  const settings =
    input.id === undefined
      ? await withFieldsBelow('/webhook', () => checkUnsaved(world, entity.id, input.settings ?? {}))
      : settingsOf(world, await requireWebhook(world, caller, { entity: input.entity, id: input.id }, 'admin'))
  const receiver = await receiverOf(world, settings)
  if ('problem' in receiver) throw new Refusal('receiver_not_ready', receiver.problem)

  const messageId = newPublicId('msg')
  const about = { entity: entity.name, knownSecrets: secretsForPayloads(settings), messageId }
  const body =
    settings.slack !== null && input.payload === undefined
      ? renderedOrRefused(world, notificationPayload(TEST_NOTIFICATION), about)
      : renderTemplatePayload(world, input.payload, about)
  const sent = await sendRequest(world, world.sender, {
    receiver,
    body,
    messageId,
    signal: AbortSignal.timeout(60_000),
  })
  const verdict = judgeAttempt(sent.outcome, {
    target: receiver.targetKind,
    attemptCount: 1,
    slowRetryCount: 0,
    claimsWithoutRequest: 1,
    jitter: 0,
  })
  return {
    ok: verdict.state === 'succeeded',
    verdict: verdict.state === 'pending' ? 'would be tried again' : verdict.state,
    reason: verdict.reason,
    explanation: receiver.redactor.text(verdict.explanation),
    ...shownRemote(verdict.remote, receiver.redactor.text),
    request: { ...sent.request, body: receiver.redactor.text(fillSecrets(body, receiver.secretValues)) },
    response: sent.response,
    timing: sent.timing,
    script: testScript(
      {
        ...settings,
        headers: { ...OUR_HEADERS, ...headersOfTarget(settings.target), ...settings.headers },
        slackChannel: settings.slack?.channel ?? null,
      },
      segmentsOf(body),
    ),
  }
}

const TEST_NOTIFICATION = {
  title: 'A test of this integration',
  message: 'Notifications of automations will look like this. The event below is an example.',
  severity: 'INFO' as const,
}

type Rendered = { entity: string; knownSecrets: readonly string[]; messageId: string }

function renderTemplatePayload(world: World, payload: unknown, context: Rendered): string {
  const text = payload === undefined || typeof payload === 'string' ? (payload ?? null) : JSON.stringify(payload)
  const { template } = parseTemplate(text, { knownSecrets: context.knownSecrets, at: '/payload' })
  return renderedOrRefused(world, (event, about) => renderTemplate(template, event, about), context)
}

function renderedOrRefused(world: World, payload: ActionPayload, context: Rendered): string {
  const event = exampleEvent(context.entity, world.now())
  const rendering = payload(event, {
    subject: event.snapshot.subjects[0]!,
    messageId: context.messageId,
    deliveryId: 'dl_example',
    digest: null,
    automation: { publicId: 'au_example', name: 'example' },
    publicUrl: world.config.publicUrl ?? '',
  })
  if (rendering.kind === 'unrenderable') {
    throw new Refusal('template_invalid', rendering.message, {
      fields: [{ path: '/payload', message: rendering.message }],
    })
  }
  return rendering.body
}
