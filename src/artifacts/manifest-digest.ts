import { createHash } from 'node:crypto'
import type { ManifestEntry } from './manifest.ts'

/**
 * The digest of a version, in hex, as the wandb client computes it: the MD5 of the sorted paths with their digests. It
 * does not depend on metadata or description, so a version logged by REST is recognised when the client logs it again.
 *
 * Entries are sorted by code points, as Python sorts.
 */
export function manifestDigest(entries: readonly Pick<ManifestEntry, 'path' | 'digest'>[]): string {
  const hash = createHash('md5').update('wandb-artifact-manifest-v1\n')
  const sorted = entries
    .map((entry) => ({ ...entry, bytes: Buffer.from(entry.path) }))
    .sort((first, second) => Buffer.compare(first.bytes, second.bytes))
  for (const entry of sorted) hash.update(`${entry.path}:${entry.digest}\n`)
  return hash.digest('hex')
}
