/**
 * How a receiver does, over all workers: whether its circuit is closed, and since when it only fails.
 *
 * The circuit opens when the receiver is out: it hangs, cannot be reached, or answers that it is in trouble, so often in
 * a row that going on would only cost it and us. Its deliveries wait then and lose no retries. After a cool-down one of
 * them at a time is sent, as a probe; the first answer of a receiver that lives closes the circuit.
 */
const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const DAY_MS = 24 * 60 * MINUTE_MS

/** Points at which a circuit opens: ten failures in a row, or five time-outs, which cost most. */
const OUTAGE_POINTS_MAX = 10

const POINTS = { failure: 1, 'timed-out': 2 } as const

/** Doubled for every probe that fails, up to the longest. */
export const COOL_DOWN_MS_MIN = 30 * SECOND_MS
export const COOL_DOWN_MS_MAX = 5 * MINUTE_MS

/** A webhook whose receiver has done nothing but fail for so long is paused. Source: Svix, "Disabling failing endpoints". */
export const FAILING_MS_MAX = 5 * DAY_MS

/** So many attempts at least must have failed by then: two failures a week apart say little. */
export const FAILING_ATTEMPTS_MIN = 10

/** As long as a delivery can be parked by its receiver, and no longer. */
export const HOLD_MS_MAX = DAY_MS

/** What one attempt says about the receiver of its webhook. */
export type Observation = {
  /**
   * - `accepted`: it took the delivery.
   * - `refused`: it answered, so it lives, but did not take it.
   * - `out`: it could not be reached, hung, or is in trouble.
   */
  readonly kind: 'accepted' | 'refused' | 'out'
  readonly isTimeout: boolean
  readonly reason: string
  /** How long it asks to be left alone, by this webhook as a whole; 0 if it does not. */
  readonly holdMs: number
}

/** As it stands in the webhook's row; times in milliseconds since the epoch. */
export type Health = {
  /** No request before this; `null`: at any time. */
  readonly heldUntil: number | null
  /** `null`: closed. */
  readonly circuitOpenedAt: number | null
  /** How often it opened, or a probe failed, since it was closed last. */
  readonly circuitTrips: number
  readonly outagePoints: number
  /** Attempts in a row that the receiver did not accept. */
  readonly failureCount: number
  /** When the first of them ended; `null` exactly if there are none. */
  readonly failingSince: number | null
  readonly lastFailureAt: number | null
  readonly lastFailureReason: string | null
}

/** Of a receiver nothing bad is known about. */
export const WELL: Health = {
  heldUntil: null,
  circuitOpenedAt: null,
  circuitTrips: 0,
  outagePoints: 0,
  failureCount: 0,
  failingSince: null,
  lastFailureAt: null,
  lastFailureReason: null,
}

/**
 * The health of a receiver after one more attempt, which ended at `nowMs`. Pure.
 *
 * What a success leaves behind is the last failure, for whoever wonders, and a time the receiver asked for.
 */
export function observe(health: Health, seen: Observation, nowMs: number): Health {
  const held = heldFor(health.heldUntil, Math.min(seen.holdMs, HOLD_MS_MAX), nowMs)
  const wasOpen = health.circuitOpenedAt !== null
  // A circuit that closes lets go of its cool-down: what is to hold from here on is what this answer asks for.
  const heldWhenAlive = wasOpen ? heldFor(null, Math.min(seen.holdMs, HOLD_MS_MAX), nowMs) : held
  if (seen.kind === 'accepted') {
    return {
      ...WELL,
      heldUntil: heldWhenAlive,
      lastFailureAt: health.lastFailureAt,
      lastFailureReason: health.lastFailureReason,
    }
  }
  const failing = {
    failureCount: health.failureCount + 1,
    failingSince: health.failingSince ?? nowMs,
    lastFailureAt: nowMs,
    lastFailureReason: seen.reason,
  }
  if (seen.kind === 'refused') {
    return { ...failing, heldUntil: heldWhenAlive, circuitOpenedAt: null, circuitTrips: 0, outagePoints: 0 }
  }
  const outagePoints = Math.min(
    OUTAGE_POINTS_MAX,
    health.outagePoints + POINTS[seen.isTimeout ? 'timed-out' : 'failure'],
  )
  // Failed during the cool-down: begun before the circuit opened, so it is no probe.
  const isLate = wasOpen && health.heldUntil !== null && nowMs < health.heldUntil
  if (outagePoints < OUTAGE_POINTS_MAX || isLate) {
    return { ...health, ...failing, heldUntil: held, outagePoints }
  }
  const circuitTrips = health.circuitTrips + 1
  return {
    ...failing,
    heldUntil: heldFor(held, coolDownMs(circuitTrips), nowMs),
    circuitOpenedAt: health.circuitOpenedAt ?? nowMs,
    circuitTrips,
    outagePoints,
  }
}

/** From the `trips`-th time a circuit opened, or a probe failed, to the next probe; `trips` at least 1. */
function coolDownMs(trips: number): number {
  return Math.min(COOL_DOWN_MS_MAX, COOL_DOWN_MS_MIN * 2 ** Math.min(trips - 1, 10))
}

/** Whether the webhook is to be paused: its receiver has done nothing but fail for too long. */
export function isGivenUp(health: Health, nowMs: number): boolean {
  return (
    health.failingSince !== null &&
    health.failureCount >= FAILING_ATTEMPTS_MIN &&
    nowMs - health.failingSince >= FAILING_MS_MAX
  )
}

/** `half_open`: the cool-down is over, and a probe under way or to come. */
export function circuitOf(health: Health, nowMs: number): 'closed' | 'open' | 'half_open' {
  if (health.circuitOpenedAt === null) return 'closed'
  return health.heldUntil !== null && nowMs < health.heldUntil ? 'open' : 'half_open'
}

function heldFor(heldUntil: number | null, ms: number, nowMs: number): number | null {
  return ms <= 0 ? heldUntil : Math.max(heldUntil ?? 0, nowMs + Math.ceil(ms))
}
