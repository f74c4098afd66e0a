import { createHash, randomBytes } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { access, constants, link, open, readdir, stat, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { assert } from '../runtime/assert.ts'
import {
  assertBlobKey,
  type BlobStore,
  type ByteRange,
  type DeferredAccess,
  type ListedBlob,
  type PutOptions,
  type StoredBlob,
} from './blob-store.ts'
import { DeferredFiles } from './deferred-files.ts'
import { codeOf, diskRefusal } from './disk-errors.ts'
import { DurableDirectories, makeDurably } from './durable-directories.ts'
import { IncomingFile, IncomingResources } from './incoming-file.ts'
import { type IncomingOwner, incomingName, isAbandoned } from './incoming-name.ts'
import { assertExpected, assertWithin, conflict, digestUpload, md5Of } from './received.ts'

const INCOMING = 'incoming'
const FOLDER = /^[0-9a-f]{2}$/
const BLOB = /^[0-9a-f]{32,128}$/

/** Costs a third less of a processor than Node's 64 KiB, and a hundred slow downloads still hold no more than 50 MB. */
const READ_BYTES = 256 * 1024

const SWEEP_INTERVAL_MS = 3_600_000

/**
 * Blobs as files of a directory: `<directory>/ab/cd/abcd…`, read-only, never changed. Made if it is missing.
 *
 * A blob is received in `incoming/`, on the same file system, and gets its name by a hard link: unlike a rename that
 * cannot replace what is there. The order is what makes an answer true after a power cut: content synced, then linked,
 * then the directory synced, then answered. What a killed process left in `incoming/` is removed at the next start, or
 * within about an hour where its process cannot be told dead.
 *
 * Any number of processes may share the directory, as long as its file system has hard links.
 *
 * @throws Error, with a message for the operator, when the directory cannot be used.
 */
export async function openDirectory(directory: string): Promise<BlobStore> {
  const store = new Directory(resolve(directory))
  await store.start()
  return store
}

class Directory implements BlobStore {
  readonly #root: string
  readonly #directories: DurableDirectories
  readonly #resources = new IncomingResources()
  readonly #self: IncomingOwner = thisProcess()
  readonly #deferred: DeferredFiles
  #nextSweepAt = 0

  constructor(root: string) {
    this.#root = root
    this.#directories = new DurableDirectories(root)
    this.#deferred = new DeferredFiles({
      root,
      directories: this.#directories,
      resources: this.#resources,
      folderOf,
      pathOf: (key) => this.#pathOf(key),
      newIncomingPath: () => {
        this.#sweepWhenDue()
        return this.#newIncomingPath()
      },
    })
  }

  readonly direct = undefined

  get deferred(): DeferredAccess {
    return this.#deferred
  }

  async start(): Promise<void> {
    try {
      await makeDurably(this.#root)
      await this.#directories.make(INCOMING)
    } catch (error) {
      throw new Error(`The blob directory ${this.#root} cannot be made: ${messageOf(error)}`, { cause: error })
    }
    await this.check()
    await this.#sweepIncoming()
  }

  async put(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredBlob> {
    const path = this.#pathOf(key)
    this.#sweepWhenDue()
    try {
      const isStored = (await this.stat(key)) !== undefined
      return isStored ? await this.#receiveAgain(key, source, options) : await this.#receive(key, path, source, options)
    } catch (error) {
      throw diskRefusal(error)
    }
  }

  async #receive(
    key: string,
    path: string,
    source: AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<StoredBlob> {
    const file = await IncomingFile.create(this.#newIncomingPath(), this.#resources)
    try {
      for await (const chunk of source) {
        assertWithin(file.size + chunk.length, options)
        await file.write(chunk)
      }
      const received = { key, size: file.size, md5: file.md5() }
      assertExpected(received, options)
      await file.finish()
      await this.#directories.make(folderOf(key))
      await this.#publish(file.path, path, received)
      await this.#directories.sync(folderOf(key))
      return received
    } finally {
      await file.discard()
    }
  }

  /** An upload of what is there already: only compared, so that it needs no room on a disk that may be full by now. */
  async #receiveAgain(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredBlob> {
    const received = await digestUpload(key, source, options)
    await this.#assertSame(this.#pathOf(key), received)
    // Whoever linked it may not have synced yet, and we are about to say it is durable.
    await this.#directories.make(folderOf(key))
    await this.#directories.sync(folderOf(key))
    return received
  }

  async #publish(incomingPath: string, path: string, received: StoredBlob): Promise<void> {
    try {
      await link(incomingPath, path)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      await this.#assertSame(path, received)
    }
  }

  async #assertSame(path: string, received: StoredBlob): Promise<void> {
    const handle = await open(path, 'r')
    try {
      const { size } = await handle.stat()
      if (size === received.size) {
        const bytes = handle.createReadStream({ autoClose: false, highWaterMark: READ_BYTES })
        if ((await md5Of(bytes)) === received.md5) return
      }
    } finally {
      await handle.close()
    }
    throw conflict()
  }

  async open(key: string, range?: ByteRange): Promise<Readable | undefined> {
    const handle = await open(this.#pathOf(key), 'r').catch(absent)
    if (handle === undefined) return undefined
    try {
      const { size } = await handle.stat()
      const { start, end } = range ?? { start: 0, end: size - 1 }
      assert(range === undefined || (start >= 0 && start <= end && end < size), 'the range lies inside the blob')
      // `end` is inclusive, so no range is empty, but a blob can be: it is read to its end instead.
      const limits = size === 0 ? {} : { start, end }
      return handle.createReadStream({ ...limits, highWaterMark: READ_BYTES })
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async stat(key: string): Promise<{ size: number } | undefined> {
    const found = await stat(this.#pathOf(key)).catch(absent)
    return found === undefined ? undefined : { size: found.size }
  }

  async delete(key: string): Promise<void> {
    const wasSettled = !this.#deferred.forget(key)
    const removed = await unlink(this.#pathOf(key)).then(() => true, absent)
    // Of one that nobody relied on, it does no harm if a power cut brings it back.
    if (removed && wasSettled) await this.#directories.sync(folderOf(key))
  }

  async *list(after = ''): AsyncGenerator<ListedBlob> {
    for (const first of await this.#names('.', FOLDER, after.slice(0, 2))) {
      // Each bound counts only below the folder it lies in: the next ones are walked whole.
      const isAtBound = after.startsWith(first)
      for (const second of await this.#names(first, FOLDER, isAtBound ? after.slice(2, 4) : '')) {
        const folder = `${first}/${second}`
        for (const key of await this.#names(folder, BLOB, after)) {
          const found = key > after ? await stat(join(this.#root, folder, key)).catch(absent) : undefined
          if (found !== undefined) yield { key, size: found.size, storedAt: found.mtimeMs }
        }
      }
    }
  }

  async #names(folder: string, pattern: RegExp, from: string): Promise<string[]> {
    const names = await readdir(join(this.#root, folder)).catch(absent)
    return (names ?? []).filter((name) => pattern.test(name) && name >= from).sort()
  }

  /** What this process and those before it left is swept on its own, by who was at it rather than by age alone. */
  async dropUnfinished(): Promise<void> {
    await this.#sweepIncoming()
  }

  async close(): Promise<void> {}

  async check(): Promise<void> {
    const probe = this.#newIncomingPath()
    const linked = this.#newIncomingPath()
    try {
      await access(this.#root, constants.R_OK | constants.W_OK | constants.X_OK)
      await (await open(probe, 'wx', 0o400)).close()
      await link(probe, linked)
    } catch (error) {
      throw new Error(
        `The blob directory ${this.#root} cannot be used: ${messageOf(error)}. ` +
          'It must be writable, on a disk with room and a file system with hard links.',
        { cause: error },
      )
    } finally {
      await unlink(linked).catch(absent)
      await unlink(probe).catch(absent)
    }
  }

  #pathOf(key: string): string {
    assertBlobKey(key)
    return join(this.#root, folderOf(key), key)
  }

  #newIncomingPath(): string {
    return join(this.#root, INCOMING, incomingName(this.#self, randomBytes(16).toString('hex')))
  }

  /** Leftovers of processes elsewhere are known only by their age, so the sweep at the start may come too early for them. */
  #sweepWhenDue(): void {
    if (Date.now() < this.#nextSweepAt) return
    // Best effort: what this sweep cannot remove the next one tries again.
    this.#sweepIncoming().catch(() => {})
  }

  async #sweepIncoming(): Promise<void> {
    const now = Date.now()
    this.#nextSweepAt = now + SWEEP_INTERVAL_MS
    for (const name of await readdir(join(this.#root, INCOMING))) {
      const path = join(this.#root, INCOMING, name)
      const found = await stat(path).catch(absent)
      if (found === undefined) continue
      const file = { name, modifiedAt: found.mtimeMs }
      if (isAbandoned(file, { self: this.#self, now, isAlive: isProcessAlive })) await unlink(path).catch(absent)
    }
  }
}

/** Two levels of 256 keep a directory below a few hundred names up to some ten million blobs. */
function folderOf(key: string): string {
  return `${key.slice(0, 2)}/${key.slice(2, 4)}`
}

function absent(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function thisProcess(): IncomingOwner {
  const place = createHash('sha256').update(`${hostname()}\n${processNamespace()}`).digest('hex').slice(0, 16)
  return { place, pid: process.pid, startedAt: Math.round(performance.timeOrigin) }
}

/** On Linux what a process id is unique in: two containers may have the same host name and the same process ids. */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== 'ESRCH'
  }
}
