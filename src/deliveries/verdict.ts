import { unreachable } from '../runtime/assert.ts'
import type { Observation } from '../webhooks/health.ts'
import type { TargetKind } from '../webhooks/target.ts'
import {
  ANSWER_BODY_MS_MAX,
  type AttemptOutcome,
  type AttemptPhase,
  type BodyCut,
  type ProxyFailureReason,
  type UnreachableReason,
  type UnsendableReason,
} from './outcome.ts'
import { ownRetryDelayMs, RETRY_AFTER_MS_MAX, retryDelayMs, slowRetryDelayMs } from './retry-schedule.ts'
import { CONNECTORS_RETIRED, type Remote, readAnswer } from './target-rule.ts'

/** What becomes of a delivery after an attempt. */
export type Verdict = {
  readonly reason: VerdictReason
  /** The cause and what to do, in words. */
  readonly explanation: string
  /** What the receiver made of the request. */
  readonly remote: Remote | null
  /** How long the receiver is to be left alone by all deliveries of the webhook, not by this one only; 0: not at all. */
  readonly holdMs: number
} & (
  | { readonly state: 'succeeded' }
  | {
      readonly state: 'pending'
      /** Until the next attempt. */
      readonly delayMs: number
      /** What the next attempt is taken from: the schedule, the two slow retries, or nothing of the receiver's. */
      readonly spends: 'schedule' | 'slow-retry' | 'nothing'
      /** The owner should look at it now, not after the last retry. */
      readonly needsAttention: boolean
    }
  | {
      readonly state: 'failed'
      /** The receiver does not want to hear from us any more: hold what else waits for it. */
      readonly pausesWebhook: boolean
    }
)

/** Stable codes, public contract: add freely, never rename. */
export type VerdictReason = keyof typeof COURSES

/**
 * `retry`: on the schedule. `slow`: two slow retries, since it looks like a mistake in the settings that somebody may
 * mend meanwhile. `own`: later, at no cost to the receiver, since it was not asked. `fail`: the same bytes would meet
 * the same answer.
 */
type Course = 'succeed' | 'retry' | 'slow' | 'own' | 'fail' | 'gone' | 'again'

/** `fix`: what the owner of the webhook can do, in one sentence. */
const COURSES = {
  accepted: { course: 'succeed', fix: '' },
  queued: { course: 'succeed', fix: '' },
  accepted_not_triggered: { course: 'succeed', fix: '' },
  interrupted: { course: 'again', fix: 'Nothing is to be done: it is sent again at once.' },

  rate_limited: {
    course: 'retry',
    fix: 'If it happens often, set a rate limit for the webhook or raise the limit at the receiver.',
  },
  receiver_busy: { course: 'retry', fix: 'If it goes on, look into the log of the receiver.' },
  receiver_error: {
    course: 'retry',
    fix: 'Look into the log of the receiver; a body it cannot handle can be the cause.',
  },
  dns_timed_out: { course: 'retry', fix: 'If it goes on, check the name servers of the receiver and of this server.' },
  connect_timed_out: {
    course: 'retry',
    fix: 'Check the host and the port in the URL, and that no firewall between here and there drops connections.',
  },
  tls_timed_out: {
    course: 'retry',
    fix: 'Check that the port in the URL speaks TLS, and that the receiver is not overloaded.',
  },
  answer_timed_out: { course: 'retry', fix: 'The receiver should answer first and work afterwards.' },
  dns_failed: { course: 'retry', fix: 'If it goes on, check the name servers of the receiver and of this server.' },
  connection_refused: {
    course: 'retry',
    fix: 'Check that the receiver is running and that the port in the URL is right.',
  },
  no_route: { course: 'retry', fix: 'Check the network and the firewalls between this server and the receiver.' },
  connection_reset: {
    course: 'retry',
    fix: 'If it goes on, look into the log of the receiver or of the proxy before it.',
  },
  connection_closed: {
    course: 'retry',
    fix: 'If it goes on, look into the log of the receiver or of the proxy before it.',
  },
  connection_not_opened: {
    course: 'retry',
    fix: "It is not the receiver's doing: check the network, the open files and ports, and the firewall of this server.",
  },
  connection_failed: { course: 'retry', fix: 'Check that the receiver can be reached from this server.' },
  answer_not_http: { course: 'retry', fix: 'Check the port in the URL: what answers there does not speak HTTP/1.1.' },
  master_key_missing: {
    course: 'retry',
    fix: 'The next attempt is made by that process or by one that has the key.',
  },
  answer_headers_too_large: {
    course: 'retry',
    fix: 'The receiver should send fewer or smaller headers, 16 KiB at most.',
  },

  // The proxy's are not the receiver's: nothing of them may be held against it.
  proxy_unreachable: {
    course: 'retry',
    fix: 'The operator of this server should check that the proxy runs, and TRIPLINE_WEBHOOK_PROXY.',
  },
  proxy_timed_out: {
    course: 'retry',
    fix: 'The operator of this server should look into the log of the proxy: it, or the receiver behind it, does not answer.',
  },
  proxy_authentication: {
    course: 'retry',
    fix: 'The operator of this server should mend the user name and password in TRIPLINE_WEBHOOK_PROXY.',
  },
  proxy_refused: {
    course: 'retry',
    fix: 'The operator of this server should have the proxy allow CONNECT to the receiver; if it allows by name, see TRIPLINE_WEBHOOK_PROXY_RESOLVES.',
  },
  proxy_failed: {
    course: 'retry',
    fix: 'The operator of this server should look into the log of the proxy: it cannot reach the receiver, or is no HTTP proxy.',
  },
  proxy_cut: {
    course: 'retry',
    fix: 'Which of the two cut it cannot be told from here: look into the logs of the receiver and of the proxy.',
  },

  unauthorized: { course: 'slow', fix: 'Check the access token of the webhook: set the secret anew, then replay.' },
  forbidden: { course: 'slow', fix: 'Check what the access token may do at the receiver, then replay.' },
  not_found: { course: 'slow', fix: 'Check the path of the URL, and that the access token may see what it names.' },
  dns_not_found: { course: 'slow', fix: 'Check the host in the URL.' },
  tls_name: { course: 'slow', fix: 'Use the host name that the certificate of the receiver is made for.' },
  tls_certificate: {
    course: 'slow',
    fix: 'Renew the certificate, or give this server its authority in TRIPLINE_WEBHOOK_CA_FILE.',
  },
  tls_failed: { course: 'slow', fix: 'Check that the port in the URL speaks TLS, version 1.2 or later.' },
  unexpected_answer: { course: 'slow', fix: 'Check that the URL leads to the receiver that the target names.' },

  receiver_not_ready: { course: 'own', fix: 'Mend the settings of the webhook: the next attempt uses them.' },

  redirected: { course: 'fail', fix: 'Redirects are never followed: set the URL to where the receiver is now.' },
  rejected: {
    course: 'fail',
    fix: 'Compare the body that was sent with what the receiver expects, then replay as now.',
  },
  not_triggered: { course: 'fail', fix: 'Look at the receiver for why it started nothing, then replay.' },
  unexpected_status: { course: 'fail', fix: 'Check that the URL leads to a receiver of webhooks.' },
  address_blocked: { course: 'fail', fix: '' },
  payload_not_renderable: { course: 'fail', fix: 'Mend the payload of the automation, then replay as now.' },
  request_not_valid: { course: 'fail', fix: 'Mend the settings of the webhook, then replay.' },
  gone: {
    course: 'gone',
    fix: 'The webhook is paused: set its URL to a receiver that exists and resume it, or delete it.',
  },
} as const satisfies Record<string, { course: Course; fix: string }>

export const VERDICT_REASONS = Object.keys(COURSES) as VerdictReason[]

const UNREACHABLE: Readonly<Record<UnreachableReason, { reason: VerdictReason; cause: string }>> = {
  'dns-not-found': { reason: 'dns_not_found', cause: 'The host name does not exist.' },
  'dns-failed': { reason: 'dns_failed', cause: 'The name service failed to answer for the host.' },
  local: { reason: 'connection_not_opened', cause: 'This server could not open a connection.' },
  refused: { reason: 'connection_refused', cause: 'The receiver refused the connection.' },
  'no-route': { reason: 'no_route', cause: 'There is no way through the network to the receiver.' },
  reset: { reason: 'connection_reset', cause: 'The connection was reset before the answer was complete.' },
  closed: { reason: 'connection_closed', cause: 'The receiver closed the connection before its answer was complete.' },
  'tls-name': { reason: 'tls_name', cause: 'The certificate of the receiver is for another host name.' },
  'tls-certificate': { reason: 'tls_certificate', cause: 'The certificate of the receiver is not trusted.' },
  'tls-failed': { reason: 'tls_failed', cause: 'No TLS connection could be agreed on.' },
  'not-http': { reason: 'answer_not_http', cause: 'The answer is not valid HTTP.' },
  'headers-too-large': { reason: 'answer_headers_too_large', cause: 'The headers of the answer are too large.' },
  other: { reason: 'connection_failed', cause: 'The connection failed.' },
}

const UNSENDABLE: Readonly<Record<UnsendableReason, VerdictReason>> = {
  payload: 'payload_not_renderable',
  receiver: 'receiver_not_ready',
  'master-key': 'master_key_missing',
  request: 'request_not_valid',
}

const PHASES: Readonly<Record<AttemptPhase, { reason: VerdictReason; doing: string }>> = {
  dns: { reason: 'dns_timed_out', doing: 'looking up the host' },
  connect: { reason: 'connect_timed_out', doing: 'connecting' },
  tls: { reason: 'tls_timed_out', doing: 'agreeing on TLS' },
  answer: { reason: 'answer_timed_out', doing: 'waiting for the answer' },
}

/** What is wrong with a certificate, by Node's code, where the reason's own words would not lead to it. */
const CERTIFICATES: Readonly<Record<string, { cause: string; fix?: string }>> = {
  CERT_HAS_EXPIRED: {
    cause: 'The certificate of the receiver, or one it depends on, has expired',
    fix: 'Renew the certificate, then replay.',
  },
  CERT_NOT_YET_VALID: {
    cause: 'The certificate of the receiver is not valid yet',
    fix: 'Check the clocks of the receiver and of this server, then replay.',
  },
  CERT_REVOKED: {
    cause: 'The certificate of the receiver was revoked',
    fix: 'Give the receiver a new certificate, then replay.',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: { cause: 'The certificate of the receiver is signed by nobody but itself' },
  SELF_SIGNED_CERT_IN_CHAIN: { cause: 'The certificate of the receiver comes from an authority that is not trusted' },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    cause: 'The certificate of the receiver comes without the ones between it and its authority, or from one not known',
    fix: 'Let the receiver send its whole chain, or give this server its authority in TRIPLINE_WEBHOOK_CA_FILE.',
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    cause: 'The certificate of the receiver comes from an authority that is not known',
  },
}

const PROXY: Readonly<Record<ProxyFailureReason, { reason: VerdictReason; cause: string }>> = {
  unreachable: { reason: 'proxy_unreachable', cause: 'The proxy of this server could not be reached' },
  'timed-out': { reason: 'proxy_timed_out', cause: 'The proxy of this server opened no way to the receiver in time' },
  authentication: { reason: 'proxy_authentication', cause: 'The proxy of this server refused its credentials' },
  refused: { reason: 'proxy_refused', cause: 'The proxy of this server refused to connect to the receiver' },
  failed: { reason: 'proxy_failed', cause: 'The proxy of this server failed to connect to the receiver' },
  cut: { reason: 'proxy_cut', cause: 'The connection through the proxy of this server broke before the answer' },
}

/** Said of an answer whose body was not read to its end; of one that is too large its length says it. */
const BODY_CUT: Readonly<Record<BodyCut, string>> = {
  size: '',
  time: ` Its body was not complete after ${ANSWER_BODY_MS_MAX / 1_000} s, and the rest was not waited for.`,
  connection: ' The connection broke before its body was complete.',
  stop: ' This server was stopped before its body was complete.',
}

/**
 * What becomes of a delivery after an attempt with this outcome.
 *
 * - `target`: whose rule an answer is judged by.
 * - `attemptCount`: attempts made so far within the budget, this one included, at least 1.
 * - `slowRetryCount`: how many verdicts on this delivery spent a slow retry.
 * - `claimsWithoutRequest`: claims of this delivery that ended without a request, at least 1 if this one did.
 * - `jitter`: in [0, 1).
 * - `retryDelaysMs`: the webhook's own schedule; absent: that of Standard Webhooks.
 *
 * Pure. The body of an answer has been redacted: an explanation may quote it.
 */
export function judgeAttempt(
  outcome: AttemptOutcome,
  context: {
    target: TargetKind
    attemptCount: number
    slowRetryCount: number
    claimsWithoutRequest: number
    jitter: number
    retryDelaysMs?: readonly number[] | undefined
  },
): Verdict {
  const { reason, cause, fix = COURSES[reason].fix, remote, retryAfterMs } = reasonOf(outcome, context.target)
  const { course } = COURSES[reason]
  const found = {
    reason,
    explanation: fix === '' ? cause : `${cause} ${fix}`,
    remote: remote ?? null,
    holdMs: course === 'retry' ? holdMs(reason, retryAfterMs) : 0,
  }
  switch (course) {
    case 'succeed':
      return { ...found, state: 'succeeded' }
    case 'fail':
      return { ...found, state: 'failed', pausesWebhook: false }
    case 'gone':
      return { ...found, state: 'failed', pausesWebhook: true }
    case 'again':
      return { ...found, state: 'pending', delayMs: 0, spends: 'nothing', needsAttention: false }
    case 'retry': {
      const delayMs = retryDelayMs({ ...context, retryAfterMs })
      if (delayMs === undefined) return givenUp(found, `all ${context.attemptCount} attempts are spent`)
      return { ...found, state: 'pending', delayMs, spends: 'schedule', needsAttention: false }
    }
    case 'slow': {
      const delayMs = slowRetryDelayMs({ ...context, retryAfterMs })
      if (delayMs === undefined) return givenUp(found, 'the slow retries are spent')
      return { ...found, state: 'pending', delayMs, spends: 'slow-retry', needsAttention: true }
    }
    case 'own': {
      const delayMs = ownRetryDelayMs(context)
      if (delayMs === undefined) return givenUp(found, `it could not be sent ${context.claimsWithoutRequest} times`)
      return { ...found, state: 'pending', delayMs, spends: 'nothing', needsAttention: true }
    }
    default:
      return unreachable(course)
  }
}

/**
 * Whose failure an attempt is: `none` if it is none, or says nothing (it was cut off); `ours` if the receiver was not
 * asked, because of a secret, a payload, a setting, the address policy or this machine; else the `receiver`'s, which
 * could not be reached or did not accept. Only the last may count against a receiver: a missing secret must not open
 * its circuit or pause its webhook.
 */
export function blameOf(outcome: AttemptOutcome, verdict: Pick<Verdict, 'state'>): 'receiver' | 'ours' | 'none' {
  if (verdict.state === 'succeeded') return 'none'
  switch (outcome.kind) {
    case 'interrupted':
      return 'none'
    case 'blocked':
    case 'unsendable':
    case 'proxy-failed':
      return 'ours'
    case 'unreachable':
      return outcome.reason === 'local' ? 'ours' : 'receiver'
    case 'answered':
    case 'timed-out':
      return 'receiver'
    default:
      return unreachable(outcome)
  }
}

/** One that says "too often" and not for how long is left alone as long as the first retry is put off. */
const RATE_LIMITED_HOLD_MS = 5_000

function holdMs(reason: VerdictReason, retryAfterMs: number | undefined): number {
  const askedMs = Math.min(retryAfterMs ?? 0, RETRY_AFTER_MS_MAX)
  return reason === 'rate_limited' && askedMs === 0 ? RATE_LIMITED_HOLD_MS : askedMs
}

/** What an attempt says about the receiver of its webhook; `null` if nothing. */
export function observationOf(
  outcome: AttemptOutcome,
  verdict: Pick<Verdict, 'state' | 'reason' | 'holdMs'>,
): Observation | null {
  const { reason } = verdict
  const seen = { reason, holdMs: verdict.holdMs, isTimeout: outcome.kind === 'timed-out' }
  if (verdict.state === 'succeeded') return { ...seen, kind: 'accepted' }
  if (blameOf(outcome, verdict) !== 'receiver') return null
  const isOut = outcome.kind !== 'answered' || reason === 'receiver_error' || reason === 'receiver_busy'
  return { ...seen, kind: isOut ? 'out' : 'refused' }
}

function givenUp(found: Pick<Verdict, 'reason' | 'explanation' | 'remote' | 'holdMs'>, why: string): Verdict {
  const explanation = `${found.explanation} It is not tried again: ${why}.`
  return { ...found, explanation, state: 'failed', pausesWebhook: false }
}

type Reason = {
  reason: VerdictReason
  cause: string
  /** In place of the reason's own. */
  fix?: string | undefined
  remote?: Remote | null
  retryAfterMs?: number | undefined
}

function reasonOf(outcome: AttemptOutcome, target: TargetKind): Reason {
  switch (outcome.kind) {
    case 'answered': {
      const reading = readAnswer(target, outcome)
      const cut = outcome.bodyCutBy === undefined ? '' : BODY_CUT[outcome.bodyCutBy]
      return { ...reading, cause: `${reading.cause}.${cut}` }
    }
    case 'timed-out': {
      const seconds = Math.round(outcome.afterMs / 1000)
      const { reason, doing } = PHASES[outcome.phase]
      return { reason, cause: `Nothing more came within ${seconds} s, while ${doing}.` }
    }
    case 'unreachable': {
      const { reason, cause } = UNREACHABLE[outcome.reason]
      const certificate = outcome.reason === 'tls-certificate' ? CERTIFICATES[outcome.code] : undefined
      return {
        reason,
        cause: `${certificate?.cause ?? cause.slice(0, -1)} (${outcome.code}).`,
        fix: target === 'teams_connector' ? CONNECTORS_RETIRED : certificate?.fix,
      }
    }
    case 'proxy-failed': {
      const { reason, cause } = PROXY[outcome.reason]
      return { reason, cause: `${cause} (${outcome.code}).` }
    }
    case 'blocked':
      return { reason: 'address_blocked', cause: outcome.message }
    case 'interrupted':
      return { reason: 'interrupted', cause: 'This server was stopped during the attempt.' }
    case 'unsendable':
      return { reason: UNSENDABLE[outcome.reason], cause: outcome.problem }
    default:
      return unreachable(outcome)
  }
}
