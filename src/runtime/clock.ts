/**
 * The passing of time in one process, which a simulation replaces by its own. What is stored or shown is by `World.now`;
 * this is for how long something takes and for what is to happen later.
 */
export type Clock = {
  /** Milliseconds since some moment; never goes back, whatever becomes of the machine's time of day. */
  elapsedMs(): number
  /** Call `act` once, after `ms` milliseconds at the earliest, unless the returned function is called before. */
  after(ms: number, act: () => void): () => void
  /** Resolves when all that waits already, timers and sockets among it, has had its turn. */
  nextTurn(): Promise<void>
}

export const SYSTEM_CLOCK: Clock = {
  elapsedMs: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms)
    return () => clearTimeout(timer)
  },
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
}
