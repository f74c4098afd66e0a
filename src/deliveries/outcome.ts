import type { AddressRule } from '../webhooks/address-policy.ts'

/** What came of one attempt: how the world answered, or what kept us from asking. Values, never thrown. */
export type AttemptOutcome =
  | AnsweredOutcome
  /** No answer within the time of an attempt. */
  | { readonly kind: 'timed-out'; readonly phase: AttemptPhase; readonly afterMs: number }
  /** No connection, or none that lasted until an answer. `code`: Node's or the parser's, for whoever looks closer. */
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason; readonly code: string }
  /**
   * The proxy between this server and the receiver failed, or may have: nothing that can be held against the receiver.
   * `code`: the proxy's status, or Node's code.
   */
  | { readonly kind: 'proxy-failed'; readonly reason: ProxyFailureReason; readonly code: string }
  /** The address policy refused the host, before a byte was sent. `message`: cause and fix. */
  | { readonly kind: 'blocked'; readonly address: string; readonly rule: AddressRule; readonly message: string }
  /** Cut off by a stop of this server. The receiver may have acted on it all the same. */
  | { readonly kind: 'interrupted' }
  /** No request was made, because of what is on our side. `problem`: a sentence without secrets. */
  | { readonly kind: 'unsendable'; readonly reason: UnsendableReason; readonly problem: string }

/** A status and headers have come. Whatever becomes of the body after that, the receiver has answered. */
export type AnsweredOutcome = {
  readonly kind: 'answered'
  readonly status: number
  /** Names in lower case; a list where a name came several times. At most 16 KiB in all. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** As it came, not decompressed; at most `ANSWER_BODY_BYTES_MAX`. */
  readonly body: Buffer
  /** There was more of the body, or should have been, which was not read. */
  readonly isBodyCut: boolean
  /** Why it was not: it is too large, takes too long, the connection broke, or this server stops. */
  readonly bodyCutBy?: BodyCut
  /** How long the receiver asks to be left alone, from the moment of its answer; not capped. */
  readonly retryAfterMs: number | undefined
}

export type BodyCut = 'size' | 'time' | 'connection' | 'stop'

/** `answer`: sent, waiting for the status and the headers. */
export type AttemptPhase = 'dns' | 'connect' | 'tls' | 'answer'

export type UnreachableReason =
  | 'dns-not-found'
  | 'dns-failed'
  | 'refused'
  | 'no-route'
  /** This machine could not open a connection, whoever it was to. */
  | 'local'
  | 'reset'
  | 'closed'
  | 'tls-name'
  | 'tls-certificate'
  | 'tls-failed'
  | 'not-http'
  | 'headers-too-large'
  | 'other'

/**
 * `unreachable`: no connection to it. `timed-out`: no answer from it in time. `authentication`: it wants credentials, or
 * others. `refused`: it does not go where it was asked to. `failed`: it could not, or answered what is no answer.
 * `cut`: the way through it broke before the receiver had answered, at whichever end.
 */
export type ProxyFailureReason = 'unreachable' | 'timed-out' | 'authentication' | 'refused' | 'failed' | 'cut'

/**
 * `payload`: it cannot be rendered. `receiver`: its secrets or URL cannot be used now. `master-key`: this process cannot
 * open them, though another may. `request`: it has no valid form.
 */
export type UnsendableReason = 'payload' | 'receiver' | 'master-key' | 'request'

export const ANSWER_BODY_BYTES_MAX = 64 * 1024

/** From the headers of an answer to the end of its body. What is read of it serves to explain, not to decide. */
export const ANSWER_BODY_MS_MAX = 5_000

/**
 * How long the receiver asks to be left alone, in milliseconds from now; `undefined` if it does not say, or nothing
 * that can be understood.
 *
 * By `Retry-After` in seconds (fractions are met in the field) or as a date, which is read against the receiver's own
 * `Date` if it sent one, as its clock may be off; else, with `x-ratelimit-remaining: 0`, by `x-ratelimit-reset-after` in
 * seconds or `x-ratelimit-reset` in seconds since the epoch; else by the same without `x-`, whose `ratelimit-reset` is
 * a time at some receivers and a duration at others: what is before the year 2001 is a duration.
 *
 * Sources: RFC 9110, section 10.2.3; GitHub's "Rate limits for the REST API"; Discord's and GitLab's "Rate limits".
 */
export function retryAfterMs(headers: AnsweredOutcome['headers'], nowMs: number): number | undefined {
  const asked = single(headers['retry-after'])
  if (asked !== undefined) {
    if (/^\d{1,10}(\.\d+)?$/.test(asked)) return Math.round(Number(asked) * 1000)
    const at = httpDate(asked)
    return at === undefined ? undefined : Math.max(0, at - (httpDate(single(headers.date)) ?? nowMs))
  }
  if (single(headers['x-ratelimit-remaining']) === '0') {
    const after = seconds(headers['x-ratelimit-reset-after'])
    if (after !== undefined) return Math.round(after * 1000)
    const reset = seconds(headers['x-ratelimit-reset'])
    if (reset !== undefined) return Math.max(0, Math.round(reset * 1000) - nowMs)
  }
  if (single(headers['ratelimit-remaining']) === '0') {
    const reset = seconds(headers['ratelimit-reset'])
    if (reset !== undefined) return Math.max(0, Math.round(reset * 1000) - (reset < 1e9 ? 0 : nowMs))
  }
  return undefined
}

function seconds(value: string | string[] | undefined): number | undefined {
  const text = single(value)
  return text !== undefined && /^\d{1,11}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined
}

/** Whether an answer says by its headers that too many requests were made, whatever its status. */
export function isRateLimited(headers: AnsweredOutcome['headers']): boolean {
  return headers['retry-after'] !== undefined || single(headers['x-ratelimit-remaining']) === '0'
}

/** A date begins with the name of its day; what else `Date.parse` would take (`-5` is a year) is none. */
function httpDate(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2,8},? /.test(text)) return undefined
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? undefined : atMs
}

function single(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.trim()
}
