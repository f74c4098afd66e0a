import { assert } from '../runtime/assert.ts'

const MINUTE_MS = 60_000

/** A hundred a second. Who needs more needs no limit. */
export const RATE_LIMIT_PER_MINUTE_MAX = 6_000

/**
 * A webhook that was quiet may make up for up to a second at once: at 600 a minute ten requests. Below that the claims
 * of a limit of many a second would have to come by the millisecond.
 */
export const BURST_MS = 1_000

/**
 * The time from one request to the next, in milliseconds, at which no minute, wherever it begins, sees more than
 * `perMinute` requests begin. The burst of a second is taken off before, so that it does not come on top.
 *
 * - `perMinute`: 1 to `RATE_LIMIT_PER_MINUTE_MAX`.
 */
export function sendIntervalMs(perMinute: number): number {
  assert(perMinute >= 1 && perMinute <= RATE_LIMIT_PER_MINUTE_MAX, 'a rate limit is within its bounds')
  const burst = Math.max(1, Math.floor((perMinute * BURST_MS) / MINUTE_MS))
  return Math.ceil(MINUTE_MS / (perMinute - burst + 1))
}
