import { CALLBACK_TOKEN_PREFIX, CALLBACK_TOKEN_PURPOSE, mintCallbackToken } from '../access/callback-token.ts'
import { ACCESS_TOKEN, CALLBACK_TOKEN } from '../automations/payload-variables.ts'
import { fillSecrets, secretsInBody } from '../automations/template.ts'
import { unreachable } from '../runtime/assert.ts'
import { utf8AsLatin1 } from '../runtime/latin1.ts'
import type { Observation, Receiver, SecretUse, UnreadyReceiver } from '../webhooks/operations.ts'
import { createRedactor, REDACTED, type Redactor } from '../webhooks/redaction.ts'
import { keysAt, signatureHeaders } from '../webhooks/signature.ts'
import type { World } from '../world.ts'
import type { AttemptOutcome } from './outcome.ts'
import type { AttemptTiming, Sender } from './send.ts'
import type { ClaimedDelivery, Settlement } from './store.ts'
import type { Remote } from './target-rule.ts'
import { judgeAttempt, observationOf } from './verdict.ts'

/** What of an answer's body the history keeps; redacted before it is cut. */
const BODY_KEPT_CHARACTERS_MAX = 16 * 1024

/** What a claim found, before anything is sent. */
export type Prepared =
  | { kind: 'ready'; body: string }
  | { kind: 'unrenderable'; message: string }
  /** Too little of the lease is left to send and settle: the delivery is given back. */
  | { kind: 'too-late' }

/** What came of an attempt: how its delivery goes on, and the row for its history. */
export type AttemptResult = {
  settlement: Omit<Settlement, 'deliveryId' | 'worker' | 'claim'>
  /** Why the webhook is to be paused: its receiver does not want to hear from us any more. */
  pausesWebhookFor: string | null
  /** What it says about the receiver; `null`: nothing. */
  observation: Observation | null
  /** `null`: no request was made. */
  secretUse: SecretUse | null
}

/** A request as histories and test calls show it: URL masked, secrets redacted. */
export type ShownRequest = { url: string; headers: Record<string, string>; secretVersions: Record<string, number> }

export type ShownResponse = {
  status: number
  headers: Record<string, string | string[]>
  body: string
  bodyCut: boolean
}

export type SentRequest = {
  /** An answer's body without the secrets, as the judge quotes it. */
  outcome: AttemptOutcome
  timing: AttemptTiming
  request: ShownRequest
  response: ShownResponse | null
}

/** What every request has and its webhook does not: headers that hold nothing but what everybody may know. */
const HEADERS_OF_OURS = new Set([
  'content-type',
  'accept',
  'x-github-api-version',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'x-wandb-signature',
  'x-hub-signature-256',
])

/** The request without the values of headers that come out of the webhook's settings, for all but its admins. */
export function withoutExtraHeaders(request: ShownRequest): ShownRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    HEADERS_OF_OURS.has(name) ? value : REDACTED,
  ])
  return { ...request, headers: Object.fromEntries(headers) }
}

/**
 * Sign and send one request: the one way that deliveries and test calls share. `body` may refer to secrets; they are
 * filled in here, and redacted from all that is returned.
 */
export async function sendRequest(
  world: Pick<World, 'now'>,
  sender: Sender,
  input: { receiver: Receiver; body: string; messageId: string; signal: AbortSignal },
): Promise<SentRequest> {
  const { receiver } = input
  const body = Buffer.from(fillSecrets(input.body, receiver.secretValues))
  const sentAtMs = world.now()
  const headers = requestHeaders(receiver, { messageId: input.messageId, sentAtMs, body })
  const { outcome, timing } = await sender.send({
    target: receiver.target,
    headers: mapHeaders(headers, utf8AsLatin1),
    body,
    signal: input.signal,
  })
  const { redactor } = receiver
  const told =
    outcome.kind === 'answered'
      ? { ...outcome, body: redactor.bytes(outcome.body, { isCut: outcome.isBodyCut }) }
      : outcome
  return {
    outcome: told,
    timing,
    request: {
      url: receiver.urlMasked,
      headers: mapHeaders(headers, redactor.text),
      secretVersions: receiver.secretVersions,
    },
    response: told.kind === 'answered' ? showResponse(told, redactor) : null,
  }
}

/** What every request says unless its target or its webhook says otherwise. */
export const OUR_HEADERS = { 'content-type': 'application/json', accept: 'application/json, */*' }

/** The headers of one request, with the secrets in them. */
function requestHeaders(
  receiver: Receiver,
  { messageId, sentAtMs, body }: { messageId: string; sentAtMs: number; body: Uint8Array },
): Record<string, string> {
  return {
    ...OUR_HEADERS,
    ...receiver.headers,
    ...signatureHeaders({
      messageId,
      sentAtMs,
      body,
      keys: keysAt(receiver.signingKeys, sentAtMs),
      setting: receiver.signature,
    }),
  }
}

/** The headers that a request would have, without secrets: signatures, too, are only made when it is sent. */
export function previewHeaders(receiver: Receiver, messageId: string): Record<string, string> {
  const signed = new Set(['webhook-timestamp', 'webhook-signature', 'x-wandb-signature', 'x-hub-signature-256'])
  const headers = requestHeaders(receiver, { messageId, sentAtMs: 0, body: new Uint8Array() })
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      signed.has(name) ? 'made when it is sent' : receiver.redactor.text(value),
    ]),
  )
}

function mapHeaders(headers: Readonly<Record<string, string>>, map: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, map(value)]))
}

/** `outcome`: its body is redacted already. */
function showResponse(outcome: Extract<AttemptOutcome, { kind: 'answered' }>, redactor: Redactor): ShownResponse {
  const shown = (header: string) => redactor.bytes(Buffer.from(header, 'latin1')).toString('utf8')
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(outcome.headers)) {
    if (value !== undefined) headers[shown(name)] = Array.isArray(value) ? value.map(shown) : shown(value)
  }
  const body = outcome.body.toString('utf8').replaceAll('\0', '\u2400')
  return {
    status: outcome.status,
    headers,
    body: body.slice(0, BODY_KEPT_CHARACTERS_MAX),
    bodyCut: outcome.isBodyCut || body.length > BODY_KEPT_CHARACTERS_MAX,
  }
}

/** Make one attempt at a delivery and judge it. Throws only on a bug of ours. */
export async function makeAttempt(
  world: Pick<World, 'now' | 'random' | 'keyring'>,
  sender: Sender,
  given: {
    delivery: ClaimedDelivery
    prepared: Prepared
    receiver: Receiver | UnreadyReceiver | undefined
    signal: AbortSignal
  },
): Promise<AttemptResult> {
  const { delivery, prepared } = given
  if (prepared.kind === 'too-late' || given.signal.aborted) return GIVEN_BACK
  const startedAt = world.now()
  const input = { ...given, receiver: withCallbackToken(world.keyring, { ...given, prepared, nowMs: startedAt }) }
  const sent = await attemptSend(world, sender, { ...input, prepared })
  const redactText = isReady(input.receiver) ? input.receiver.redactor.text : (text: string) => text
  const verdict = judgeAttempt(sent.outcome, {
    target: isReady(input.receiver) ? input.receiver.targetKind : 'generic',
    attemptCount: delivery.attempt_count + 1,
    slowRetryCount: delivery.slow_retry_count,
    claimsWithoutRequest: delivery.claim_count - delivery.attempt_count,
    jitter: world.random(),
    retryDelaysMs: isReady(input.receiver) ? input.receiver.retryDelaysMs : undefined,
  })
  const { remoteId, remoteUrl } = shownRemote(verdict.remote, redactText)
  return {
    settlement: {
      attempts: countsAgainstSchedule(sent.outcome) ? 1 : 0,
      slowRetries: verdict.state === 'pending' && verdict.spends === 'slow-retry' ? 1 : 0,
      state: verdict.state,
      reason: verdict.state === 'succeeded' ? null : verdict.reason,
      delayMs: verdict.state === 'pending' ? verdict.delayMs : 0,
      attempt: {
        started_at: startedAt,
        finished_at: world.now(),
        outcome: sent.outcome.kind,
        status: sent.outcome.kind === 'answered' ? sent.outcome.status : null,
        verdict: verdict.state,
        reason: verdict.reason,
        explanation: redactText(verdict.explanation),
        remote_id: remoteId,
        remote_url: remoteUrl,
        request: JSON.stringify(sent.request),
        response: sent.response === null ? null : JSON.stringify(sent.response),
        timing: JSON.stringify({
          ...sent.timing,
          retryDelayMs: verdict.state === 'pending' ? Math.round(verdict.delayMs) : null,
        }),
      },
    },
    pausesWebhookFor: verdict.state === 'failed' && verdict.pausesWebhook ? verdict.reason : null,
    observation: observationOf(sent.outcome, verdict),
    secretUse:
      isReady(input.receiver) && prepared.kind === 'ready' && isRequest(sent.outcome)
        ? secretUse(input.receiver, prepared.body, {
            at: startedAt,
            isRefused: verdict.reason === 'unauthorized' || verdict.reason === 'forbidden',
          })
        : null,
  }
}

/** The receiver with a callback token for this attempt among its secrets, if the payload asks for one. */
function withCallbackToken(
  keyring: World['keyring'],
  input: {
    delivery: ClaimedDelivery
    prepared: Exclude<Prepared, { kind: 'too-late' }>
    receiver: Receiver | UnreadyReceiver | undefined
    nowMs: number
  },
): Receiver | UnreadyReceiver | undefined {
  const { delivery, prepared, receiver } = input
  if (!isReady(receiver) || prepared.kind !== 'ready') return receiver
  if (!secretsInBody(prepared.body).includes(CALLBACK_TOKEN)) return receiver
  const keys = keyring.deriveKeys(CALLBACK_TOKEN_PURPOSE)
  const token = mintCallbackToken(keys, { deliveryId: delivery.id, nowMs: input.nowMs })
  const own = createRedactor([token, token.slice(CALLBACK_TOKEN_PREFIX.length)])
  const { redactor } = receiver
  return {
    ...receiver,
    secretValues: new Map([...receiver.secretValues, [CALLBACK_TOKEN, token]]),
    redactor: {
      text: (value) => redactor.text(own.text(value)),
      bytes: (value, options) => redactor.bytes(own.bytes(value, options), options),
    },
  }
}

/** An answer of 401 or 403 refuses the credentials of a request, not what its payload says. */
function secretUse(receiver: Receiver, body: string, attempt: { at: number; isRefused: boolean }): SecretUse | null {
  const { secretIds, secretsCarried } = receiver
  if (secretIds.size === 0) return null
  const idsOf = (names: Iterable<string>) => [...new Set(names)].flatMap((name) => secretIds.get(name) ?? [])
  // Most webhooks have no secret that only payloads use.
  const inBody = secretIds.size > secretsCarried.size ? secretsInBody(body) : []
  return {
    at: attempt.at,
    used: idsOf([...secretsCarried, ...inBody]),
    refused: attempt.isRefused ? idsOf(secretsCarried) : [],
  }
}

/** What the receiver made of a request, if it can be told without a secret: with a gap in it, it would lead nowhere. */
export function shownRemote(
  remote: Remote | null,
  redactText: (text: string) => string,
): { remoteId: string | null; remoteUrl: string | null } {
  const shown = (text: string | null) => (text === null || redactText(text).includes(REDACTED) ? null : text)
  return { remoteId: shown(remote?.id ?? null), remoteUrl: shown(remote?.url ?? null) }
}

function isReady(receiver: Receiver | UnreadyReceiver | undefined): receiver is Receiver {
  return receiver !== undefined && !('problem' in receiver)
}

const GIVEN_BACK: AttemptResult = {
  settlement: { attempts: 0, slowRetries: 0, state: 'pending', reason: null, delayMs: 0, attempt: null },
  pausesWebhookFor: null,
  observation: null,
  secretUse: null,
}

const NOT_SENT: AttemptTiming = {
  isReused: false,
  dnsMs: null,
  connectMs: null,
  tlsMs: null,
  firstByteMs: null,
  totalMs: 0,
}

/** A request, and a look for a master key that is nowhere: else that would go on for ever. */
function countsAgainstSchedule(outcome: AttemptOutcome): boolean {
  return isRequest(outcome) || (outcome.kind === 'unsendable' && outcome.reason === 'master-key')
}

/** A request that was made, or tried for want of a connection. */
function isRequest(outcome: AttemptOutcome): boolean {
  switch (outcome.kind) {
    case 'answered':
    case 'timed-out':
    case 'unreachable':
    case 'proxy-failed':
      return true
    case 'blocked':
    case 'interrupted':
    case 'unsendable':
      return false
    default:
      return unreachable(outcome)
  }
}

async function attemptSend(
  world: Pick<World, 'now'>,
  sender: Sender,
  input: {
    delivery: ClaimedDelivery
    prepared: Exclude<Prepared, { kind: 'too-late' }>
    receiver: Receiver | UnreadyReceiver | undefined
    signal: AbortSignal
  },
): Promise<Pick<SentRequest, 'outcome' | 'timing' | 'response'> & { request: ShownRequest }> {
  const { delivery, prepared, receiver, signal } = input
  const notSent = (reason: 'payload' | 'receiver' | 'master-key', problem: string) => ({
    outcome: { kind: 'unsendable' as const, reason, problem },
    timing: NOT_SENT,
    request: { url: receiver?.urlMasked ?? '', headers: {}, secretVersions: {} },
    response: null,
  })
  if (prepared.kind === 'unrenderable') return notSent('payload', prepared.message)
  if (receiver === undefined) return notSent('receiver', 'The webhook does not exist any more.')
  if (!isReady(receiver)) return notSent(receiver.isKeyMissing ? 'master-key' : 'receiver', receiver.problem)
  const missing = missingSecrets(prepared.body, receiver)
  if (missing.length > 0) {
    const names = missing.map((name) => `"${name}"`).join(', ')
    return notSent('receiver', `The payload needs the secret ${names}, which this webhook may not use any more.`)
  }
  return sendRequest(world, sender, { receiver, body: prepared.body, messageId: delivery.message_id, signal })
}

/** The secrets a body refers to that the webhook has not. */
function missingSecrets(body: string, receiver: Receiver): string[] {
  return secretsInBody(body).filter((name) => name !== ACCESS_TOKEN && !receiver.secretValues.has(name))
}
