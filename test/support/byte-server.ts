import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { BlobStore, StoredBlob } from '../../src/blobs/blob-store.ts'
import { openDirectory } from '../../src/blobs/directory.ts'
import { byteDoor } from '../../src/blobs/http.ts'
import { signBlobUrl, type UrlGrant } from '../../src/blobs/signed-url.ts'
import { createApp } from '../../src/http/app.ts'
import { newBlobKey } from '../../src/runtime/id.ts'

export type ByteServer = {
  url: string
  directory: string
  store: BlobStore
  /** What `onStored` was told, oldest first. */
  stored: StoredBlob[]
  /** The keys it signs and verifies with, newest first; change them to rotate. */
  keys: Uint8Array[]
  /** Moves the clock of the URLs. */
  advance(ms: number): void
  sign(grant: UrlGrant, visiblePath?: string): string
  /** A URL for an upload under a new key that binds neither length nor content, up to 1 GiB. */
  uploadUrl(bound?: { key?: string; size?: number; sizeMax?: number; md5?: string }): { key: string; url: string }
  /** A blob that is there, and a URL to read it. */
  givenBlob(bytes: Uint8Array, filename?: string): Promise<StoredBlob & { url: string }>
  /** Every file below the directory, relative to it. */
  files(): string[]
  [Symbol.asyncDispose](): Promise<void>
}

/** A real HTTP server with nothing but the byte door, over a directory that is thrown away with it unless it is given. */
export async function startByteServer(
  options: {
    directory?: string
    stallMs?: number
    signingKey?: Uint8Array
    onStored?: (blobs: readonly StoredBlob[]) => Promise<void>
  } = {},
): Promise<ByteServer> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'tripline-bytes-'))
  const store = await openDirectory(directory)
  const stored: StoredBlob[] = []
  const keys = [options.signingKey ?? randomBytes(32)]
  let now = Date.now()

  const app = createApp(pino({ level: 'silent' }))
  await app.register(byteDoor, {
    store,
    keys: () => keys,
    now: () => now,
    stallMs: options.stallMs,
    async onStored(blobs) {
      await options.onStored?.(blobs)
      stored.push(...blobs)
    },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`

  const sign = (grant: UrlGrant, visiblePath = 'wandb_artifacts/model.bin') =>
    signBlobUrl({ baseUrl: url, visiblePath, grant, keys, nowMs: now })
  return {
    url,
    directory,
    store,
    stored,
    keys,
    sign,
    advance(ms) {
      now += ms
    },
    uploadUrl({ key = newBlobKey(), size, sizeMax = 2 ** 30, md5 } = {}) {
      const bound = size === undefined ? { sizeMax } : { size }
      return { key, url: sign({ kind: 'upload', key, md5, ...bound }) }
    },
    async givenBlob(bytes, filename = 'model.bin') {
      const blob = await store.put(newBlobKey(), oneChunk(bytes), { sizeMax: bytes.length })
      return { ...blob, url: sign({ kind: 'download', ...blob }, `wandb_artifacts/${filename}`) }
    },
    files: () => filesBelow(directory),
    async [Symbol.asyncDispose]() {
      app.server.closeAllConnections()
      await app.close()
      if (options.directory === undefined) rmSync(directory, { recursive: true, force: true })
    },
  }
}

export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort()
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

export function md5Of(bytes: Uint8Array, encoding: 'base64' | 'hex' = 'base64'): string {
  return createHash('md5').update(bytes).digest(encoding)
}
