import { Readable } from 'node:stream'
import { assert } from '../runtime/assert.ts'
import type { World } from '../world.ts'
import type { StoredBlob } from './blob-store.ts'
import { signBlobUrl, type UrlGrant, type UrlKey } from './signed-url.ts'

/** What signs the URLs of blobs, newest first: derived from the master keys, so the same in every process. */
export function blobUrlKeys(world: World): readonly UrlKey[] {
  return world.keyring.deriveKeys('signed blob URLs')
}

/** An absolute URL that is its own permission for what `grant` says; see `signBlobUrl`. */
export function blobUrl(world: World, visiblePath: string, grant: UrlGrant): string {
  const { publicUrl } = world.config
  assert(publicUrl !== undefined, 'the public URL is known once the server listens')
  return signBlobUrl({ baseUrl: publicUrl, visiblePath, grant, keys: blobUrlKeys(world), nowMs: world.now() })
}

/** Where to `PUT` bytes of a known MD5 (base64), and the headers (`Name:value`) to send along. */
export function uploadTarget(
  world: World,
  visiblePath: string,
  grant: { key: string; sizeMax: number; md5: string },
): { url: string; headers: string[] } {
  const { key, md5 } = grant
  return (
    world.blobs.direct?.uploadTarget(key, md5) ?? {
      url: blobUrl(world, visiblePath, { kind: 'upload', ...grant }),
      headers: [`Content-MD5:${md5}`, 'Content-Type:application/octet-stream'],
    }
  )
}

/** A URL that needs no credentials and lasts 12 h, of the store itself where clients reach it. */
export function downloadUrl(
  world: World,
  visiblePath: string,
  grant: { key: string; size: number; md5: string },
): string {
  return (
    world.blobs.direct?.downloadUrl(grant.key, { filename: visiblePath }) ??
    blobUrl(world, visiblePath, { kind: 'download', ...grant })
  )
}

/** Stores bytes under a new key: durably, or `isSettled` is false and `settleBlobs` is to follow before anything relies on them. */
export async function putBytes(
  world: Pick<World, 'blobs'>,
  key: string,
  bytes: Uint8Array,
): Promise<StoredBlob & { isSettled: boolean }> {
  const { blobs } = world
  if (blobs.deferred !== undefined && bytes.length <= blobs.deferred.sizeMax) {
    return { ...(await blobs.deferred.put(key, bytes)), isSettled: false }
  }
  return { ...(await blobs.put(key, Readable.from([bytes]), { sizeMax: bytes.length })), isSettled: true }
}

/** Resolves when these blobs, which are there, are durable. */
export async function settleBlobs(world: Pick<World, 'blobs'>, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await world.blobs.deferred?.settle(keys)
}
