/** Between two looks at the database's clock; it and ours part by some milliseconds in that time. */
const LOOK_MS = 30_000

/** The first look takes the best of several answers, as the first is late: the connection is being made. */
const FIRST_LOOKS = 3

export type SharedClock = { now(): number; stop(): void }

/**
 * The database's clock, told without asking it each time. The clocks of machines that share a database may differ by
 * minutes; what they write has to agree.
 *
 * Counts on from the last look by a clock that nobody sets, and is moved only when a look shows that it is off by more
 * than the look's own uncertainty, half of its round trip.
 *
 * - `ask`: the database's time now, in milliseconds since the epoch.
 */
export async function createSharedClock(ask: () => Promise<number>): Promise<SharedClock> {
  let offsetMs = Number.NaN
  let uncertaintyMs = Number.POSITIVE_INFINITY

  async function look(): Promise<void> {
    const askedAt = performance.now()
    const theirMs = await ask()
    const answeredAt = performance.now()
    const seenMs = theirMs - (askedAt + answeredAt) / 2
    const seenUncertaintyMs = (answeredAt - askedAt) / 2
    const isOff = !(Math.abs(seenMs - offsetMs) <= seenUncertaintyMs + uncertaintyMs)
    if (!isOff && seenUncertaintyMs > uncertaintyMs) return
    offsetMs = seenMs
    uncertaintyMs = seenUncertaintyMs
  }

  for (let looks = 0; looks < FIRST_LOOKS; looks += 1) await look()
  // Without an answer it counts on as it did.
  const timer = setInterval(() => look().catch(() => {}), LOOK_MS)
  timer.unref()
  return {
    now: () => Math.floor(offsetMs + performance.now()),
    stop: () => clearInterval(timer),
  }
}
