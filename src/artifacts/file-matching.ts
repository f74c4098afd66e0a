import type { ManifestEntry } from './manifest.ts'

/** A file promised to an artifact in the making. `size` is `null` until its bytes are durable. */
export type PromisedFile = {
  path: string
  digest: string
  size: number | null
  blobKey: string
  birthArtifactId: number
}

/** An entry with the place of its bytes; references have none. */
export type PlacedEntry = ManifestEntry & { blobKey: string | null; birthArtifactId: number | null }

/** How many of the entries without bytes a refusal names. */
const UNMATCHED_SHOWN_MAX = 5

export type Matching =
  | { kind: 'matched'; entries: PlacedEntry[] }
  /** `paths`: the first few, with what is wrong. */
  | { kind: 'unmatched'; count: number; paths: string[] }

/**
 * Find the bytes of every entry among the files the artifact uploaded or was granted: path, digest and size must all
 * agree. An entry that only claims a digest, wherever else such bytes may be, stays unmatched.
 */
export function matchFiles(entries: readonly ManifestEntry[], files: readonly PromisedFile[]): Matching {
  const promised = new Map(files.map((file) => [keyOf(file), file]))
  const placed: PlacedEntry[] = []
  const unmatched: string[] = []
  let count = 0
  for (const entry of entries) {
    if (entry.ref !== null) {
      placed.push({ ...entry, blobKey: null, birthArtifactId: null })
      continue
    }
    const file = promised.get(keyOf(entry))
    if (file !== undefined && file.size === entry.size) {
      placed.push({ ...entry, blobKey: file.blobKey, birthArtifactId: file.birthArtifactId })
      continue
    }
    count += 1
    if (unmatched.length < UNMATCHED_SHOWN_MAX) unmatched.push(`${entry.path} (${reasonOf(entry, file)})`)
  }
  return count === 0 ? { kind: 'matched', entries: placed } : { kind: 'unmatched', count, paths: unmatched }
}

/** A digest has no `/` at its end to be confused with, but a path may hold anything but NUL. */
function keyOf(file: { path: string; digest: string }): string {
  return `${file.digest}\0${file.path}`
}

function reasonOf(entry: ManifestEntry, file: PromisedFile | undefined): string {
  if (file === undefined) return 'never registered with this digest'
  if (file.size === null) return 'not uploaded'
  return `${file.size} bytes uploaded, ${entry.size} in the manifest`
}
