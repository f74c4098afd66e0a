/** How often an automation may fire, as its revision says. */
export type Pacing = {
  /** As many executions at once, then evenly as many in so many seconds. `null`: no limit. */
  rateLimit: { count: number; seconds: number } | null
  /** Firing more often than this within a minute on one collection holds it. `null`: as the server is set. */
  holdPerMinute: number | null
  /** What happens to one collection within so many seconds from the first is sent as one. `null`: each for itself. */
  debounceSeconds: number | null
}

export const NO_PACING: Pacing = { rateLimit: null, holdPerMinute: null, debounceSeconds: null }

export const RATE_COUNT_MAX = 10_000
export const RATE_SECONDS_MAX = 86_400
export const HOLD_PER_MINUTE_MAX = 100_000
export const DEBOUNCE_SECONDS_MAX = 3_600

/** How long an automation that fired too often is held on that collection, unless somebody releases it. */
export const HOLD_MS = 15 * 60_000

const COUNTED_MS = 60_000

/**
 * In how many steps a process counts what an automation may fire within a minute: after each it looks at what others have
 * fired, and may let through as much as that before it looks again.
 */
const STEPS = 32

/** What a process counts at a time: more than fire within a minute anywhere, and some megabytes. */
const COUNTED_MAX = 20_000

/** What is kept: nothing at all where nothing is asked for. */
export function storedPacing(pacing: Pacing): string | null {
  const asked = Object.entries(pacing).filter(([, value]) => value !== null)
  return asked.length === 0 ? null : JSON.stringify(Object.fromEntries(asked))
}

export function readPacing(stored: string | null): Pacing {
  return stored === null ? NO_PACING : { ...NO_PACING, ...(JSON.parse(stored) as Partial<Pacing>) }
}

/**
 * Whether one more execution may be had at `nowMs`, and the `freeAt` to keep if so.
 *
 * Of `count` in `seconds`, as many are to be had at once and then one each `seconds / count`: in any stretch of time, at
 * most `count` and what that stretch gives back.
 *
 * - `freeAt`: as it was kept, 0 at first: the time at which all would be to be had again.
 */
export function takeExecution(
  { count, seconds }: { count: number; seconds: number },
  freeAt: number,
  nowMs: number,
): { isTaken: boolean; freeAt: number } {
  const windowMs = seconds * 1_000
  const next = Math.max(freeAt, nowMs) + windowMs / count
  return next - nowMs <= windowMs + 0.001 ? { isTaken: true, freeAt: next } : { isTaken: false, freeAt }
}

/** `own`: by this process. `others`: by others, at the last look; `ownAtLook`: how many `own` were then. */
type Counted = { startedAt: number; own: number; others: number; ownAtLook: number }

/**
 * Counts how often something fired within the minute that began with the first time: in this process, and in others as
 * far as it has been told of them.
 */
export function createFiringCounter() {
  const counted = new Map<string, Counted>()
  const current = (key: string, nowMs: number) => {
    const found = counted.get(key)
    return found !== undefined && nowMs - found.startedAt < COUNTED_MS ? found : undefined
  }
  return {
    count(key: string, nowMs: number): number {
      const found = current(key, nowMs)
      return found === undefined ? 0 : found.own + found.others
    },
    /**
     * Since when it is to be asked how often it fired anywhere, before it fires so many `times` more; `undefined`: it is
     * known well enough. Nobody is held for what others are only thought to have fired.
     */
    asksSince(key: string, nowMs: number, { allowed, times }: { allowed: number; times: number }): number | undefined {
      const found = current(key, nowMs)
      if (found === undefined) return undefined
      const isTooMany = found.others > 0 && found.own + found.others + times > allowed
      const isStepOver = found.own - found.ownAtLook >= Math.ceil(allowed / STEPS)
      return isTooMany || isStepOver ? found.startedAt : undefined
    },
    /** So many in all, by every process. */
    seen(key: string, nowMs: number, total: number): void {
      const found = current(key, nowMs)
      if (found === undefined) return
      found.others = Math.max(0, total - found.own)
      found.ownAtLook = found.own
    },
    add(key: string, nowMs: number, times: number): void {
      const found = current(key, nowMs)
      if (found !== undefined) {
        found.own += times
        return
      }
      counted.delete(key)
      counted.set(key, { startedAt: nowMs, own: times, others: 0, ownAtLook: 0 })
      if (counted.size > COUNTED_MAX) counted.delete(counted.keys().next().value as string)
    },
  }
}
