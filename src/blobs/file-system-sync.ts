import { execFile } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { promisify } from 'node:util'
import { SharedRuns } from '../runtime/shared-runs.ts'

/** Of Linux, what a sync of the whole file system is known to make as durable as one of each file: ext4, XFS, Btrfs, F2FS. */
const SYNCED_WHOLE = new Set([0xef53, 0x58465342, 0x9123683e, 0xf2f52010])

const TIMEOUT_MS = 600_000

/**
 * Makes all that was written below a directory durable at once, by a sync of its file system. Node.js has no such call,
 * so that the program `sync` of the system makes it: some milliseconds, where ten thousand files take seconds one by one.
 */
export class FileSystemSync {
  readonly #root: string
  readonly #runs = new SharedRuns()
  #isPossible: boolean | undefined

  constructor(root: string) {
    this.#root = root
  }

  /**
   * Whether everything that was written before the call is durable now. `false`: this system or file system is not one
   * where we can tell, so each file has to be synced by itself.
   */
  async run(): Promise<boolean> {
    this.#isPossible ??= await this.#isKnown()
    if (!this.#isPossible) return false
    try {
      await this.#runs.run('', async () => {
        await promisify(execFile)('sync', ['-f', this.#root], { timeout: TIMEOUT_MS })
      })
      return true
    } catch {
      // Not installed, without this option, or what it says of a failing disk: whoever syncs file by file finds out which.
      this.#isPossible = false
      return false
    }
  }

  async #isKnown(): Promise<boolean> {
    if (process.platform !== 'linux') return false
    const { type } = await statfs(this.#root)
    return SYNCED_WHOLE.has(type)
  }
}
