/** How an automation does, as lists of them show it. */

/**
 * - `failing`: the newest firing that has ended failed, or its webhook is deleted, so that every one will come to nothing.
 * - `held`: it fired too often, or its webhook is paused or its receiver out: what it does waits.
 * - `never_fired`: no event has matched it yet.
 * - `healthy`: else.
 */
export const AUTOMATION_HEALTHS = ['failing', 'held', 'never_fired', 'healthy'] as const
export type AutomationHealth = (typeof AUTOMATION_HEALTHS)[number]

/** What a firing came to. `waiting`: not sent yet, or to be tried again. `dropped`: superseded or cancelled. */
export const OUTCOMES = ['succeeded', 'failed', 'waiting', 'skipped', 'dropped'] as const
export type Outcome = (typeof OUTCOMES)[number]

export type Activity = {
  health: AutomationHealth
  /** When an event last matched it, also where it was skipped; `null`: never. */
  lastFiredAt: number | null
  /** Of the last seven days, of its hundred newest firings at most. */
  outcomes: Record<Outcome, number>
}

export const OUTCOMES_MS = 7 * 86_400_000
export const OUTCOMES_MAX = 100

export const NO_OUTCOMES: Record<Outcome, number> = { succeeded: 0, failed: 0, waiting: 0, skipped: 0, dropped: 0 }
