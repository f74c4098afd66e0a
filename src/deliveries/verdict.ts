import { unreachable } from '../runtime/assert.ts'
import {
  ANSWER_BODY_MS_MAX,
  type AttemptOutcome,
  type BodyCut,
  isRateLimited,
  type ProxyFailureReason,
  type UnreachableReason,
  type UnsendableReason,
} from './outcome.ts'
import { retryDelayMs, slowRetryDelayMs } from './retry-schedule.ts'

/** What becomes of a delivery after an attempt. */
export type Verdict =
  | { readonly state: 'succeeded'; readonly reason: VerdictReason; readonly explanation: string }
  | {
      readonly state: 'pending'
      readonly reason: VerdictReason
      readonly explanation: string
      /** Until the next attempt. */
      readonly delayMs: number
      /** What the next attempt is taken from: the schedule, the two slow retries, or nothing at all. */
      readonly spends: 'schedule' | 'slow-retry' | 'nothing'
      /** The owner should look at it now, not after the last retry. */
      readonly needsAttention: boolean
    }
  | {
      readonly state: 'failed'
      readonly reason: VerdictReason
      readonly explanation: string
      /** The receiver does not want to hear from us any more: hold what else waits for it. */
      readonly pausesWebhook: boolean
    }

/** Stable codes, public contract: add freely, never rename. */
export type VerdictReason = keyof typeof COURSES

/**
 * `retry`: on the schedule. `slow`: two slow retries, since it looks like a mistake in the settings that somebody may
 * mend meanwhile. `fail`: the same bytes would meet the same answer.
 */
type Course = 'succeed' | 'retry' | 'slow' | 'fail' | 'gone' | 'again'

/** `fix`: what the owner of the webhook can do, in one sentence. */
const COURSES = {
  accepted: { course: 'succeed', fix: '' },
  interrupted: { course: 'again', fix: 'Nothing is to be done: it is sent again at once.' },

  rate_limited: {
    course: 'retry',
    fix: 'If it happens often, lower the concurrency of the webhook or raise the limit at the receiver.',
  },
  receiver_busy: { course: 'retry', fix: 'If it goes on, look into the log of the receiver.' },
  receiver_error: {
    course: 'retry',
    fix: 'Look into the log of the receiver; a body it cannot handle can be the cause.',
  },
  timed_out: { course: 'retry', fix: 'The receiver should answer first and work afterwards.' },
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
  connection_failed: { course: 'retry', fix: 'Check that the receiver can be reached from this server.' },
  answer_not_http: { course: 'retry', fix: 'Check the port in the URL: what answers there does not speak HTTP/1.1.' },
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
  receiver_not_ready: { course: 'slow', fix: 'Mend the settings of the webhook: the next attempt uses them.' },

  redirected: { course: 'fail', fix: 'Redirects are never followed: set the URL to where the receiver is now.' },
  rejected: {
    course: 'fail',
    fix: 'Compare the body that was sent with what the receiver expects, then replay as now.',
  },
  unexpected_status: { course: 'fail', fix: 'Check that the URL leads to a receiver of webhooks.' },
  address_blocked: { course: 'fail', fix: '' },
  payload_not_renderable: { course: 'fail', fix: 'Mend the payload of the automation, then replay as now.' },
  request_not_valid: { course: 'fail', fix: 'Mend the settings of the webhook, then replay.' },
  gone: {
    course: 'gone',
    fix: 'The webhook is paused: set its URL to a receiver that exists and resume it, or delete it.',
  },
} as const satisfies Record<string, { course: Course; fix: string }>

const UNREACHABLE: Readonly<Record<UnreachableReason, { reason: VerdictReason; cause: string }>> = {
  'dns-not-found': { reason: 'dns_not_found', cause: 'The host name does not exist.' },
  'dns-failed': { reason: 'dns_failed', cause: 'The name service failed to answer for the host.' },
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
  request: 'request_not_valid',
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

const PHASES = {
  dns: 'looking up the host',
  connect: 'connecting',
  tls: 'agreeing on TLS',
  answer: 'waiting for the answer',
} as const

/**
 * What becomes of a delivery after an attempt with this outcome.
 *
 * - `attemptCount`: attempts made so far within the budget, this one included, at least 1.
 * - `slowRetryCount`: how many verdicts on this delivery spent a slow retry.
 * - `jitter`: in [0, 1).
 *
 * Pure. The rules are those of `docs/architecture.md`, "The way of one alias".
 */
export function judgeAttempt(
  outcome: AttemptOutcome,
  context: { attemptCount: number; slowRetryCount: number; jitter: number },
): Verdict {
  const { reason, cause } = reasonOf(outcome)
  const { course, fix } = COURSES[reason]
  const retryAfterMs = outcome.kind === 'answered' ? outcome.retryAfterMs : undefined
  const explanation = fix === '' ? cause : `${cause} ${fix}`
  switch (course) {
    case 'succeed':
      return { state: 'succeeded', reason, explanation }
    case 'fail':
      return { state: 'failed', reason, explanation, pausesWebhook: false }
    case 'gone':
      return { state: 'failed', reason, explanation, pausesWebhook: true }
    case 'again':
      return { state: 'pending', reason, explanation, delayMs: 0, spends: 'nothing', needsAttention: false }
    case 'retry': {
      const delayMs = retryDelayMs({ ...context, retryAfterMs })
      if (delayMs === undefined) return spent(reason, explanation, `all ${context.attemptCount} attempts are`)
      return { state: 'pending', reason, explanation, delayMs, spends: 'schedule', needsAttention: false }
    }
    case 'slow': {
      const delayMs = slowRetryDelayMs({ ...context, retryAfterMs })
      if (delayMs === undefined) return spent(reason, explanation, 'the slow retries are')
      return { state: 'pending', reason, explanation, delayMs, spends: 'slow-retry', needsAttention: true }
    }
    default:
      return unreachable(course)
  }
}

function spent(reason: VerdictReason, explanation: string, what: string): Verdict {
  return {
    state: 'failed',
    reason,
    explanation: `${explanation} It is not tried again: ${what} spent.`,
    pausesWebhook: false,
  }
}

function reasonOf(outcome: AttemptOutcome): { reason: VerdictReason; cause: string } {
  switch (outcome.kind) {
    case 'answered': {
      const cut = outcome.bodyCutBy === undefined ? '' : BODY_CUT[outcome.bodyCutBy]
      return { reason: reasonOfStatus(outcome), cause: `The receiver answered ${outcome.status}.${cut}` }
    }
    case 'timed-out': {
      const seconds = Math.round(outcome.afterMs / 1000)
      return { reason: 'timed_out', cause: `Nothing more came within ${seconds} s, while ${PHASES[outcome.phase]}.` }
    }
    case 'unreachable': {
      const { reason, cause } = UNREACHABLE[outcome.reason]
      return { reason, cause: `${cause.slice(0, -1)} (${outcome.code}).` }
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

function reasonOfStatus(answer: Extract<AttemptOutcome, { kind: 'answered' }>): VerdictReason {
  const { status } = answer
  if (status >= 200 && status <= 299) return 'accepted'
  if (status >= 300 && status <= 399) return 'redirected'
  if (status >= 500 && status <= 599) return 'receiver_error'
  switch (status) {
    case 429:
      return 'rate_limited'
    case 403:
      return isRateLimited(answer.headers) ? 'rate_limited' : 'forbidden'
    case 401:
      return 'unauthorized'
    case 404:
      return 'not_found'
    case 408:
    case 425:
      return 'receiver_busy'
    case 410:
      return 'gone'
    default:
      return status >= 400 && status <= 499 ? 'rejected' : 'unexpected_status'
  }
}
