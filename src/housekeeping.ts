import { continueReplay } from './deliveries/operations-replays.ts'
import type { World } from './world.ts'

/** A replay whose process died is taken up again within this time. */
const REPLAYS_EVERY_MS = 5_000

export type Housekeeping = {
  start(): void
  /** Idempotent. Resolves when the batch in hand is done; the rest is done after the next start, or by another process. */
  stop(): Promise<void>
}

/** The work that nobody waits for, in pieces that let everything else through. Any number of processes may do it. */
export function createHousekeeping(world: World): Housekeeping {
  const stopping = new AbortController()
  const chores: Promise<void>[] = []

  /** Does `work` again and again: at once while it says that there is more, else after `everyMs`. */
  async function repeat(what: string, everyMs: number, work: () => Promise<boolean>): Promise<void> {
    while (!stopping.signal.aborted) {
      let hasMore = false
      try {
        hasMore = await work()
      } catch (error) {
        world.log.error({ err: error }, `${what} failed`)
      }
      await pause(hasMore ? BREATH_MS : everyMs, stopping.signal)
    }
  }

  return {
    start() {
      chores.push(repeat('continuing replays', REPLAYS_EVERY_MS, () => continueReplay(world)))
    },
    async stop() {
      stopping.abort()
      await Promise.all(chores)
    },
  }
}

/** Between two pieces of work. */
const BREATH_MS = 10

/** Resolves after `ms`, or when stopped. Keeps no process alive. */
function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopped.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      stopped.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms).unref()
    stopped.addEventListener('abort', done)
  })
}
