import { createHash } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { assert } from '../runtime/assert.ts'

/** Large enough that a system call a block costs nothing, small enough that hashing or copying one stalls nobody. */
const BLOCK_BYTES = 256 * 1024

/** Blocks kept for the next upload: enough for eight at once. */
const IDLE_BLOCKS_MAX = 16

/**
 * How much of a file may wait in the system's cache before we push it out while more arrives. Otherwise all of it is
 * written when the upload ends, with the client waiting and the disk idle until then.
 */
const UNSYNCED_BYTES_MAX = 32 * 1024 * 1024

/** A sync occupies one of libuv's four threads, and DNS for webhooks needs one too: half of them stay free. */
const SYNCS_MAX = 2

/** What the uploads of one store share: blocks of memory, and turns at syncing. */
export class IncomingResources {
  readonly #idleBlocks: Buffer[] = []
  readonly #waiting: (() => void)[] = []
  #syncCount = 0

  takeBlock(): Buffer {
    return this.#idleBlocks.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES)
  }

  giveBlockBack(block: Buffer): void {
    if (this.#idleBlocks.length < IDLE_BLOCKS_MAX) this.#idleBlocks.push(block)
  }

  get canSyncNow(): boolean {
    return this.#syncCount < SYNCS_MAX
  }

  /** Runs `sync` when it is its turn, first come first served. */
  async syncInTurn(sync: () => Promise<void>): Promise<void> {
    if (this.canSyncNow) this.#syncCount += 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      await sync()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#syncCount -= 1
      else next()
    }
  }
}

/**
 * A file that is being received: hashed as it grows, one block being filled while another is being written, so memory
 * stays at two blocks whatever its size. `discard` ends its life, also after
 * `finish`: a file that is to stay is linked to its name before.
 */
export class IncomingFile {
  readonly path: string
  readonly #handle: FileHandle
  readonly #resources: IncomingResources
  readonly #hash = createHash('md5')
  #size = 0
  #filling: Buffer
  #filledBytes = 0
  /** The block that is being written, or was last. */
  #writing: Buffer | undefined
  #written: Promise<void> = Promise.resolve()
  #earlySync: Promise<void> = Promise.resolve()
  #unsyncedBytes = 0
  #isSyncing = false

  private constructor(path: string, handle: FileHandle, resources: IncomingResources) {
    this.path = path
    this.#handle = handle
    this.#resources = resources
    this.#filling = resources.takeBlock()
  }

  /** Opens a new file. It is read-only to everybody else from the start, as nothing may change a blob later. */
  static async create(path: string, resources: IncomingResources): Promise<IncomingFile> {
    return new IncomingFile(path, await open(path, 'wx', 0o400), resources)
  }

  /** Bytes taken so far. */
  get size(): number {
    return this.#size
  }

  /**
   * Takes a copy of the chunk. Resolves once there is room for more; rejects if anything so far could not be written.
   */
  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk)
    this.#size += chunk.length
    let taken = 0
    while (taken < chunk.length) {
      const count = Math.min(chunk.length - taken, BLOCK_BYTES - this.#filledBytes)
      this.#filling.set(chunk.subarray(taken, taken + count), this.#filledBytes)
      taken += count
      this.#filledBytes += count
      if (this.#filledBytes === BLOCK_BYTES) await this.#writeOut()
    }
  }

  /** The MD5 of all that was taken, in base64. Nothing can be taken after it. */
  md5(): string {
    return this.#hash.digest('base64')
  }

  /** Resolves when the content is durable. */
  async finish(): Promise<void> {
    if (this.#filledBytes > 0) await this.#writeOut()
    await this.#written
    await this.#earlySync
    await this.#resources.syncInTurn(() => this.#handle.sync())
  }

  /** Closes and removes the file, whatever state it is in. What it is linked to stays. */
  async discard(): Promise<void> {
    // A block goes back only when nothing is written from it any more.
    await Promise.allSettled([this.#written, this.#earlySync])
    this.#resources.giveBlockBack(this.#filling)
    if (this.#writing !== undefined) this.#resources.giveBlockBack(this.#writing)
    // What cannot be removed now is removed at the next start; it must not hide why the upload failed.
    await Promise.allSettled([this.#handle.close(), unlink(this.path)])
  }

  /** Starts writing the filled block after the previous one is written, which becomes the one to fill. */
  async #writeOut(): Promise<void> {
    await this.#written
    const block = this.#filling
    const byteCount = this.#filledBytes
    this.#filling = this.#writing ?? this.#resources.takeBlock()
    this.#filledBytes = 0
    this.#writing = block
    this.#written = writeFully(this.#handle, block, byteCount)
    // Awaited by the next block or by the end; a failure before that is no unhandled one.
    this.#written.catch(() => {})

    this.#unsyncedBytes += byteCount
    if (this.#unsyncedBytes >= UNSYNCED_BYTES_MAX && !this.#isSyncing && this.#resources.canSyncNow) this.#syncEarly()
  }

  #syncEarly(): void {
    this.#unsyncedBytes = 0
    this.#isSyncing = true
    // The system reports a failed write-back once, to whoever syncs first: a failure here must fail the upload.
    const before = this.#earlySync
    this.#earlySync = this.#resources
      .syncInTurn(() => this.#handle.datasync())
      .finally(() => {
        this.#isSyncing = false
      })
      .then(() => before)
    this.#earlySync.catch(() => {})
  }
}

async function writeFully(handle: FileHandle, block: Buffer, byteCount: number): Promise<void> {
  let offset = 0
  while (offset < byteCount) {
    const { bytesWritten } = await handle.write(block, offset, byteCount - offset)
    assert(bytesWritten > 0, 'a write makes progress or fails')
    offset += bytesWritten
  }
}
