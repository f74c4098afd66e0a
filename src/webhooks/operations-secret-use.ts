import type { World } from '../world.ts'
import { type NotedUse, writeSecretUse } from './store-previous-secrets.ts'

/** A busy secret is written at most once in this time, whatever is sent with it and by however many processes. */
const STEP_MS = 60_000

/** Secrets written by one statement. */
const BATCH = 1_000

/** Which secrets one attempt was made with. */
export type SecretUse = {
  /** When the attempt began: a refusal after a change of the value is then one of the new value. */
  at: number
  used: readonly number[]
  /** Those whose request the receiver answered with 401 or 403. */
  refused: readonly number[]
}

/**
 * Remembers when secrets were last used and refused, and writes it down in a transaction of its own, at most once a
 * minute: nothing that sends waits for it. What is remembered is lost with the process, which costs a time its minute.
 */
export function createSecretUseLog(world: Pick<World, 'db' | 'log'>) {
  let noted = new Map<number, NotedUse>()
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> | undefined

  function note(use: SecretUse | null): void {
    if (use === null) return
    for (const secretId of use.used) {
      merge({ secretId, usedAt: use.at, refusedAt: use.refused.includes(secretId) ? use.at : null })
    }
    if (timer === undefined && noted.size > 0) {
      timer = setTimeout(() => void flush(), STEP_MS)
      timer.unref()
    }
  }

  function merge(use: NotedUse): void {
    const known = noted.get(use.secretId)
    if (known === undefined) {
      noted.set(use.secretId, use)
      return
    }
    known.usedAt = Math.max(known.usedAt, use.usedAt)
    if (use.refusedAt !== null) known.refusedAt = Math.max(known.refusedAt ?? 0, use.refusedAt)
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    // In the order of ids, so that two processes that write the same secrets do not wait for each other.
    const uses = [...noted.values()].sort((one, other) => one.secretId - other.secretId)
    noted = new Map()
    flushing = (flushing ?? Promise.resolve()).then(() => write(uses))
    return flushing
  }

  async function write(uses: readonly NotedUse[]): Promise<void> {
    for (let from = 0; from < uses.length; from += BATCH) {
      const batch = uses.slice(from, from + BATCH)
      try {
        await world.db.transaction((tx) => writeSecretUse(tx, batch, STEP_MS))
      } catch (error) {
        world.log.warn({ err: error, secrets: batch.length }, 'when secrets were last used could not be written down')
        for (const use of batch) merge(use)
      }
    }
  }

  return {
    /** What one attempt was made with; `null`: nothing was sent. */
    note,
    /** Writes down what is remembered. Call it when nothing is noted any more. */
    stop: flush,
  }
}
