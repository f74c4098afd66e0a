import { checkPartedBlob, expireVersions, giveUpAbandoned } from './artifacts/operations.ts'
import { forgetOldFirings } from './automations/operations.ts'
import { collectGarbage, dropUnfinishedUploads, releaseOrphans } from './blobs/operations-garbage.ts'
import { continueReplay } from './deliveries/operations-replays.ts'
import { purgeOldBodies } from './deliveries/operations-retention.ts'
import { purgeOldEvents } from './events/operations-retention.ts'
import { recordCrashes } from './runs/operations.ts'
import { CRASHED_AFTER_MS } from './runs/run.ts'
import type { World } from './world.ts'

/** A replay whose process died is taken up again within this time. */
const REPLAYS_EVERY_MS = 5_000

/** What is old enough goes within this time and the time that taking it away takes. */
const RETENTION_EVERY_MS = 3_600_000

/** So long after a run is taken to have crashed, automations hear of it at the latest. */
const CRASHES_EVERY_MS = 30_000

/** A version whose time to live has run out goes within this time and the time that taking it away takes. */
const EXPIRY_EVERY_MS = 10_000

/** A process that has just started has better to do. */
export const RETENTION_AFTER_START_MS = 60_000

export type Housekeeping = {
  start(): void
  /** Idempotent. Resolves when the batch in hand is done; the rest is done after the next start, or by another process. */
  stop(): Promise<void>
}

/** Bytes that nothing needs any more go within this time after their grace. */
const BYTES_EVERY_MS = 600_000

/** So soon can others of a collection be granted a file that came in parts. */
const PARTS_EVERY_MS = 60_000

/** The whole store is gone over once a day, beginning when a process has nothing else to begin with. */
const ORPHANS_EVERY_MS = 86_400_000
const ORPHANS_AFTER_START_MS = 1_800_000

/**
 * The work that nobody waits for, in pieces that let everything else through. Any number of processes may do it: that on
 * events those that send, that on bytes those that have them, which say what they removed.
 */
export function createHousekeeping(
  world: World,
  of: 'events' | { onRemoved(garbage: { count: number; bytes: number }): void },
): Housekeeping {
  const stopping = new AbortController()
  const chores: Promise<void>[] = []

  /** Does `work` again and again: at once while it says that there is more, else after `everyMs`. */
  async function repeat(
    what: string,
    { firstMs, everyMs }: { firstMs: number; everyMs: number },
    work: () => Promise<boolean>,
  ): Promise<void> {
    await pause(firstMs, stopping.signal)
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
      if (of !== 'events') {
        const bytes = { firstMs: RETENTION_AFTER_START_MS, everyMs: BYTES_EVERY_MS }
        const parts = { firstMs: RETENTION_AFTER_START_MS, everyMs: PARTS_EVERY_MS }
        const orphans = { firstMs: ORPHANS_AFTER_START_MS, everyMs: ORPHANS_EVERY_MS }
        chores.push(
          repeat('giving up abandoned artifacts', bytes, () => giveUpAbandoned(world)),
          repeat('collecting garbage', bytes, async () => {
            const removed = await collectGarbage(world)
            of.onRemoved(removed)
            return removed.hasMore
          }),
          repeat('checking files that came in parts', parts, () => checkPartedBlob(world, stopping.signal)),
          repeat('looking for blobs without rows', orphans, () => releaseOrphans(world)),
          repeat('dropping unfinished uploads', orphans, async () => {
            await dropUnfinishedUploads(world)
            return false
          }),
        )
        return
      }
      const replays = { firstMs: 0, everyMs: REPLAYS_EVERY_MS }
      // Runs are given time to be heard of again, where nobody was there to listen.
      const crashes = { firstMs: CRASHED_AFTER_MS, everyMs: CRASHES_EVERY_MS }
      const retention = { firstMs: RETENTION_AFTER_START_MS, everyMs: RETENTION_EVERY_MS }
      chores.push(
        repeat('continuing replays', replays, () => continueReplay(world)),
        repeat('looking for runs that crashed', crashes, () => recordCrashes(world)),
        repeat('deleting expired versions', { firstMs: EXPIRY_EVERY_MS, everyMs: EXPIRY_EVERY_MS }, () =>
          expireVersions(world),
        ),
        repeat('forgetting old firings', retention, () => forgetOldFirings(world)),
        repeat('purging old bodies', retention, () => purgeOldBodies(world)),
        repeat('purging old events', retention, () => purgeOldEvents(world)),
      )
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
