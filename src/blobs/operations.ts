import { assert } from '../runtime/assert.ts'
import type { World } from '../world.ts'
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
