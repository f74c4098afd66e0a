import { assert } from '../runtime/assert.ts'
import type { Context } from './builder.ts'

/** A statement's bound parameters are limited, and so is what one request may make the database look up at once. */
const BATCH_SIZE_MAX = 1_000

/**
 * A function that loads one value by its key, gathering the keys that one request asks for in the same moment into one
 * call of `loadAll`. Each key is loaded once a request, so what a mutation changed must not have been loaded before it:
 * mutations load afresh by calling operations.
 *
 * `loadAll` gets at most 1,000 distinct keys and gives the values it found; a missing key loads as `undefined`. `know`
 * spares a request what it has just learned otherwise.
 */
export function batched<Key extends number | string, Value>(
  loadAll: (context: Context, keys: Key[]) => Promise<ReadonlyMap<Key, Value>>,
): Load<Key, Value> {
  function loaderOf(context: Context): Loader<Key, Value> {
    let loader = context.loaders.get(loadAll) as Loader<Key, Value> | undefined
    if (loader === undefined) {
      loader = new Loader((keys) => loadAll(context, keys))
      context.loaders.set(loadAll, loader)
    }
    return loader
  }
  return Object.assign((context: Context, key: Key) => loaderOf(context).load(key), {
    know: (context: Context, key: Key, value: Value | undefined) => loaderOf(context).know(key, value),
  })
}

export type Load<Key, Value> = {
  (context: Context, key: Key): Promise<Value | undefined>
  know(context: Context, key: Key, value: Value | undefined): void
}

type Waiting<Value> = { resolve(value: Value | undefined): void; reject(error: unknown): void }

class Loader<Key, Value> {
  readonly #loadAll: (keys: Key[]) => Promise<ReadonlyMap<Key, Value>>
  readonly #loaded = new Map<Key, Promise<Value | undefined>>()
  #waiting = new Map<Key, Waiting<Value>>()

  constructor(loadAll: (keys: Key[]) => Promise<ReadonlyMap<Key, Value>>) {
    this.#loadAll = loadAll
  }

  load(key: Key): Promise<Value | undefined> {
    const known = this.#loaded.get(key)
    if (known !== undefined) return known
    const loading = new Promise<Value | undefined>((resolve, reject) => {
      // All resolvers that become ready together run before this: their promises settle in microtasks.
      if (this.#waiting.size === 0) setImmediate(() => this.#run())
      this.#waiting.set(key, { resolve, reject })
    })
    this.#loaded.set(key, loading)
    return loading
  }

  know(key: Key, value: Value | undefined): void {
    this.#loaded.set(key, Promise.resolve(value))
  }

  async #run(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = new Map()
    const keys = [...waiting.keys()]
    for (let start = 0; start < keys.length; start += BATCH_SIZE_MAX) {
      const batch = keys.slice(start, start + BATCH_SIZE_MAX)
      try {
        const values = await this.#loadAll(batch)
        for (const key of batch) waitingFor(waiting, key).resolve(values.get(key))
      } catch (error) {
        for (const key of batch) waitingFor(waiting, key).reject(error)
      }
    }
  }
}

function waitingFor<Key, Value>(waiting: ReadonlyMap<Key, Waiting<Value>>, key: Key): Waiting<Value> {
  const found = waiting.get(key)
  assert(found !== undefined, 'every key of a batch has somebody waiting')
  return found
}
