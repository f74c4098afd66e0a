import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SharedRuns } from '../runtime/shared-runs.ts'
import { codeOf } from './disk-errors.ts'

/**
 * Makes the directories below `root`, and the names in them, survive a power cut. One per store.
 *
 * A new file or directory is durable only once the directory that holds its name is synced. One that another upload
 * made a moment ago is no exception: it may not be relied on before we have synced its parent ourselves.
 */
export class DurableDirectories {
  readonly #root: string
  /** Short relative names, because a large store has 65,792 of them. */
  readonly #there = new Set<string>()
  readonly #durable = new Set<string>()
  readonly #making = new Map<string, Promise<void>>()
  readonly #syncs = new SharedRuns()

  constructor(root: string) {
    this.#root = root
  }

  /** Resolves when the directory `name`, relative to the root, exists. A power cut may still take it. */
  async ensure(name: string): Promise<void> {
    if (name === '.' || this.#there.has(name)) return
    await this.ensure(dirname(name))
    await makeDirectory(join(this.#root, name))
    this.#there.add(name)
  }

  /** Resolves when the directory `name`, relative to the root, exists, and it and all above it are durable. */
  async make(name: string): Promise<void> {
    if (name === '.' || this.#durable.has(name)) return
    let making = this.#making.get(name)
    if (making === undefined) {
      making = this.#make(name).finally(() => this.#making.delete(name))
      this.#making.set(name, making)
    }
    await making
  }

  async #make(name: string): Promise<void> {
    await this.make(dirname(name))
    await this.ensure(name)
    await this.sync(dirname(name))
    this.#durable.add(name)
  }

  /**
   * Resolves when every name that was in the directory at the call is durable. Calls that come while a sync is running
   * share the one after it: the running one may have begun before their names were there.
   */
  sync(name: string): Promise<void> {
    return this.#syncs.run(name, () => syncPath(join(this.#root, name)))
  }
}

/** Resolves when the directory at the absolute `path` exists, and its name and those of missing ones above are durable. */
export async function makeDurably(path: string): Promise<void> {
  const firstMade = await mkdir(path, { mode: 0o700, recursive: true })
  if (firstMade === undefined) return
  for (let made = path; made.length >= firstMade.length; made = dirname(made)) await syncPath(dirname(made))
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Resolves when the content of the file, or every name in the directory, is durable. */
export async function syncPath(path: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, 'r')
    await handle.sync()
  } finally {
    await handle?.close()
  }
}
