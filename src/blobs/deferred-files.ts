import { hash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { inTurn } from '../runtime/in-turn.ts'
import type { DeferredAccess, StoredBlob } from './blob-store.ts'
import { codeOf, diskRefusal } from './disk-errors.ts'
import { type DurableDirectories, syncPath } from './durable-directories.ts'
import { FileSystemSync } from './file-system-sync.ts'
import { InPlace } from './in-place.ts'
import type { IncomingResources } from './incoming-file.ts'
import { assertExpected, conflict } from './received.ts'

const SIZE_MAX = 256 * 1024

/** More files than this are made durable by one sync of the file system, if it has one, and fewer one by one. */
const SYNCED_ONE_BY_ONE_MAX = 16

/** Files looked at, or waiting for their turn to be synced, at once. */
const AT_ONCE = 4

/** Of how many blobs we remember that they arrived here. Of others what arrived is read and compared again. */
const REMEMBERED_MAX = 20_000

/** What the files of one store share. `pathOf` and `folderOf`: where the blob is, the second relative to the root. */
export type DeferredPlaces = {
  root: string
  directories: DurableDirectories
  resources: IncomingResources
  pathOf(key: string): string
  folderOf(key: string): string
  newIncomingPath(): string
}

/**
 * Small files that are synced only when a version is made of them: thousands of them by one sync, which each would
 * otherwise wait for.
 *
 * What a power cut leaves of one that was not synced may be anything, under its name, and so may what another process is
 * writing. So nothing is believed of such a file that this process did not itself receive: it is read and compared. One
 * that is not what its digest says is replaced when its bytes come again.
 */
export class DeferredFiles implements DeferredAccess {
  readonly sizeMax = SIZE_MAX
  readonly #places: DeferredPlaces
  readonly #fileSystem: FileSystemSync
  readonly #inPlace = new InPlace()
  /** What arrived here since the process began and is not durable yet, the oldest first. */
  readonly #received = new Map<string, { size: number; md5: string }>()

  constructor(places: DeferredPlaces) {
    this.#places = places
    this.#fileSystem = new FileSystemSync(places.root)
  }

  async put(key: string, bytes: Uint8Array, expectedMd5?: string): Promise<StoredBlob> {
    const blob = { key, size: bytes.length, md5: hash('md5', bytes, 'base64') }
    assertExpected(blob, { sizeMax: SIZE_MAX, expectedMd5 })
    try {
      await this.#write(blob, bytes, expectedMd5 !== undefined)
    } catch (error) {
      throw diskRefusal(error)
    }
    this.#remember(blob)
    return blob
  }

  /** `isCertain`: the digest was known beforehand, and tells which of two contents of this name is the blob. */
  async #write({ key, md5 }: StoredBlob, bytes: Uint8Array, isCertain: boolean): Promise<void> {
    const { pathOf, folderOf, directories, newIncomingPath } = this.#places
    await directories.ensure(folderOf(key))
    try {
      await writeNew(pathOf(key), bytes, this.#inPlace)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      if ((await this.#read(key))?.md5 === md5) return
      if (!isCertain) throw conflict()
      const incoming = newIncomingPath()
      await writeNew(incoming, bytes, this.#inPlace)
      await rename(incoming, pathOf(key))
    }
  }

  async arrived(blobs: readonly { key: string; md5: string }[]): Promise<Map<string, number>> {
    const sizes = new Map<string, number>()
    const elsewhere: { key: string; md5: string }[] = []
    for (const blob of blobs) {
      const received = this.#received.get(blob.key)
      if (received?.md5 === blob.md5) sizes.set(blob.key, received.size)
      else elsewhere.push(blob)
    }
    await inTurn(elsewhere, AT_ONCE, async ({ key, md5 }) => {
      const found = await this.#read(key)
      if (found?.md5 === md5) sizes.set(key, found.size)
    })
    return sizes
  }

  async settle(keys: readonly string[]): Promise<void> {
    const isDone = keys.length > SYNCED_ONE_BY_ONE_MAX && (await this.#fileSystem.run())
    if (!isDone) await this.#syncEach(keys).catch((error: unknown) => Promise.reject(diskRefusal(error)))
    for (const key of keys) this.#received.delete(key)
  }

  async #syncEach(keys: readonly string[]): Promise<void> {
    const { pathOf, folderOf, directories, resources } = this.#places
    const folders = [...new Set(keys.map(folderOf))]
    await Promise.all([
      inTurn(keys, AT_ONCE, (key) => resources.syncInTurn(() => syncPath(pathOf(key)))),
      inTurn(folders, AT_ONCE, async (folder) => {
        await directories.make(folder)
        await directories.sync(folder)
      }),
    ])
  }

  /** Whether it arrived here and was not settled; it is not remembered any longer. */
  forget(key: string): boolean {
    return this.#received.delete(key)
  }

  #remember({ key, size, md5 }: StoredBlob): void {
    this.#received.set(key, { size, md5 })
    if (this.#received.size <= REMEMBERED_MAX) return
    const oldest = this.#received.keys().next().value
    if (oldest !== undefined) this.#received.delete(oldest)
  }

  /** What has the name of the blob; `undefined`: nothing, or something larger than what is deferred. */
  async #read(key: string): Promise<{ size: number; md5: string } | undefined> {
    const path = this.#places.pathOf(key)
    try {
      const { size } = await stat(path)
      if (size > SIZE_MAX) return undefined
      return { size, md5: hash('md5', await readFile(path), 'base64') }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }
}

/**
 * Writes a file that is not there yet, under its name at once: each step is a turn of another thread, which costs more
 * than the step. One that could not be written is left with nothing in it, and not removed: by then its name may be
 * that of another.
 */
async function writeNew(path: string, bytes: Uint8Array, inPlace: InPlace): Promise<void> {
  const file = await open(path, 'wx', 0o400)
  try {
    if (inPlace.isQuick()) inPlace.run(() => writeWhole(file.fd, bytes))
    else await file.writeFile(bytes)
  } catch (error) {
    await file.truncate().catch(() => {})
    throw error
  } finally {
    await file.close()
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
}
