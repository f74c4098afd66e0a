import { assert } from '../runtime/assert.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/**
 * From the end of each attempt to the next: a bit more than three days in all.
 * Source: Standard Webhooks 1.0.0, "Deliverability and reliability", its example.
 */
const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
]

export const ATTEMPTS_MAX = RETRY_DELAYS_MS.length + 1

/** A webhook's own schedule has so many retries at most, each within these bounds of the attempt before. */
export const RETRIES_MAX = 15
export const RETRY_DELAY_SECONDS_MAX = (24 * HOUR_MS) / SECOND_MS
/** In all: longer than anybody waits for a deployment, and bounded, so that no delivery is under way for ever. */
export const RETRY_SCHEDULE_SECONDS_MAX = (7 * 24 * HOUR_MS) / SECOND_MS

/**
 * For what looks like a mistake in the settings: soon enough to see a token replaced during a change, and once more
 * for one noticed later that day. More would only knock at a door that is shut.
 */
const SLOW_RETRY_DELAYS_MS: readonly number[] = [30 * MINUTE_MS, 6 * HOUR_MS]

export const SLOW_RETRIES_MAX = SLOW_RETRY_DELAYS_MS.length

export const RETRY_AFTER_MS_MAX = 24 * HOUR_MS

/** Up to a tenth is added, so that a receiver which failed under load is not hit by all it missed in one instant. */
const JITTER = 0.1

/**
 * How long to wait after a failed attempt before the next, in milliseconds; `undefined` once the schedule is spent.
 *
 * - `attemptCount`: attempts made so far, this one included, at least 1.
 * - `jitter`: in [0, 1), the caller's randomness.
 * - `retryAfterMs`: what the receiver asked for. It can postpone an attempt but never bring one forward, and counts for
 *   24 h at most, so that no receiver can park a delivery.
 * - `retryDelaysMs`: the webhook's own schedule, as it is now; absent: that of Standard Webhooks.
 */
export function retryDelayMs(input: {
  attemptCount: number
  jitter: number
  retryAfterMs?: number | undefined
  retryDelaysMs?: readonly number[] | undefined
}): number | undefined {
  assert(input.attemptCount >= 1, 'a delivery is retried only after an attempt')
  return postponed((input.retryDelaysMs ?? RETRY_DELAYS_MS)[input.attemptCount - 1], input)
}

/**
 * The same for one of the two slow retries.
 *
 * - `slowRetryCount`: slow retries this delivery has had so far.
 * - `attemptCount`: as above. Slow retries count as attempts; when the schedule is spent there are none either.
 */
export function slowRetryDelayMs(input: {
  attemptCount: number
  slowRetryCount: number
  jitter: number
  retryAfterMs?: number | undefined
  retryDelaysMs?: readonly number[] | undefined
}): number | undefined {
  assert(input.attemptCount >= 1 && input.slowRetryCount >= 0, 'a delivery is retried only after an attempt')
  if (input.attemptCount > (input.retryDelaysMs ?? RETRY_DELAYS_MS).length) return undefined
  return postponed(SLOW_RETRY_DELAYS_MS[input.slowRetryCount], input)
}

/**
 * The same for a delivery that could not be sent because of what is on our side: a secret is missing, say. No request
 * was made, so the receiver's attempts and slow retries stay as they are. As often as the schedule, without its first,
 * hasty one: whoever mends it on Monday should find Friday's deliveries waiting.
 *
 * - `claimsWithoutRequest`: claims of this delivery that ended without a request, this one included, at least 1.
 */
export function ownRetryDelayMs(input: { claimsWithoutRequest: number; jitter: number }): number | undefined {
  assert(input.claimsWithoutRequest >= 1, 'a delivery is retried only after an attempt')
  return postponed(RETRY_DELAYS_MS[input.claimsWithoutRequest], input)
}

function postponed(
  delayMs: number | undefined,
  input: { jitter: number; retryAfterMs?: number | undefined },
): number | undefined {
  assert(input.jitter >= 0 && input.jitter < 1, 'jitter is in [0, 1)')
  if (delayMs === undefined) return undefined
  const askedMs = Math.min(input.retryAfterMs ?? 0, RETRY_AFTER_MS_MAX)
  // On what the receiver asked for too: it asks all who wait at its door for the same instant.
  return Math.ceil(Math.max(delayMs, askedMs) * (1 + JITTER * input.jitter))
}
