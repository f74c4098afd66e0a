import { Refusal } from '../refusal.ts'
import { isRecord } from '../runtime/is-record.ts'
import { isStorableText } from './names.ts'

/**
 * The manifest file: what the client uploads to say which files a version consists of, and what it reads to download
 * them. Every path has either bytes, found by the MD5 in `digest`, or a reference to somewhere else.
 */

export const MANIFEST_BYTES_MAX = 64 * 1024 * 1024
const MANIFEST_ENTRIES_MAX = 1_000_000
const PATH_BYTES_MAX = 1_024
const REFERENCE_LENGTH_MAX = 8_192
const EXTRA_LENGTH_MAX = 65_536

export type ManifestEntry = {
  /** Relative, `/`-separated, at most 1,024 bytes, without `..` segments. */
  path: string
  /** Of a file: the MD5 of its bytes in base64. Of a reference: a checksum, an ETag or a URL, as the client found it. */
  digest: string
  /** In bytes, up to 2^53; of a reference 0 if the client did not say. */
  size: number
  /** Where the bytes of a reference are; `null`: a file. */
  ref: string | null
  /** What the client noted of a reference: a JSON object as text. */
  extra: string | null
}

/**
 * The entries of an uploaded manifest. What only tells about the client's own disk (`local_path`, `skip_cache`) is
 * dropped, and so is `birthArtifactID`, a claim: where bytes are is known from who uploaded them.
 *
 * @throws Refusal `manifest_invalid`, naming the path
 */
export function parseManifest(text: string): ManifestEntry[] {
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch (error) {
    throw invalid(`it is not JSON: ${(error as Error).message}`)
  }
  if (!isRecord(manifest)) throw invalid('it must be a JSON object')
  if (manifest.version !== 1) throw invalid('"version" must be 1')
  if (typeof manifest.storagePolicy !== 'string') throw invalid('"storagePolicy" must be a string')
  const contents = manifest.contents
  if (!isRecord(contents)) throw invalid('"contents" must be an object of paths')
  const paths = Object.keys(contents)
  if (paths.length > MANIFEST_ENTRIES_MAX) throw invalid(`it has more than ${MANIFEST_ENTRIES_MAX} entries`)
  return paths.map((path) => parseEntry(path, contents[path]))
}

/**
 * One manifest out of several. Each adds to those before it, and of entries with the same path the last one counts.
 *
 * @throws Refusal `manifest_invalid` (too many together)
 */
export function mergeEntries(parts: readonly (readonly ManifestEntry[])[]): ManifestEntry[] {
  const merged = new Map<string, ManifestEntry>()
  for (const part of parts) for (const entry of part) merged.set(entry.path, entry)
  if (merged.size > MANIFEST_ENTRIES_MAX) throw invalid(`it has more than ${MANIFEST_ENTRIES_MAX} entries`)
  return [...merged.values()]
}

function parseEntry(path: string, entry: unknown): ManifestEntry {
  const problem = pathProblem(path)
  if (problem !== undefined) throw invalid(`the path ${shown(path)} ${problem}`)
  if (!isRecord(entry)) throw invalid(`the entry ${shown(path)} must be an object`)
  const { digest, ref, size } = entry
  if (ref === undefined || ref === null) {
    if (!isMd5(digest)) throw invalid(`the digest of ${shown(path)} must be a base64 MD5`)
    if (!isSize(size)) throw invalid(`the size of ${shown(path)} must be a whole number of bytes`)
    return { path, digest, size, ref: null, extra: null }
  }
  if (!isReferenceText(ref))
    throw invalid(`the reference of ${shown(path)} must be a URL of 1 to ${REFERENCE_LENGTH_MAX} characters`)
  if (!isReferenceText(digest))
    throw invalid(`the digest of ${shown(path)} must have 1 to ${REFERENCE_LENGTH_MAX} characters`)
  if (size !== undefined && size !== null && !isSize(size)) {
    throw invalid(`the size of ${shown(path)} must be a whole number of bytes`)
  }
  return { path, digest, size: isSize(size) ? size : 0, ref, extra: parseExtra(path, entry.extra) }
}

function parseExtra(path: string, extra: unknown): string | null {
  if (extra === undefined || extra === null) return null
  if (!isRecord(extra)) throw invalid(`"extra" of ${shown(path)} must be an object`)
  if (Object.keys(extra).length === 0) return null
  const text = stringify(extra)
  if (text === undefined || text.length > EXTRA_LENGTH_MAX) {
    throw invalid(`"extra" of ${shown(path)} is larger than ${EXTRA_LENGTH_MAX} characters`)
  }
  return text
}

/** `undefined` for what is nested too deep to be written down. */
function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** Why a path cannot name a file of a version; `undefined` if it can. */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'is empty'
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) return `is longer than ${PATH_BYTES_MAX} bytes`
  if (!isStorableText(path)) return 'must be well-formed text without NUL characters'
  if (path.startsWith('/')) return 'must be relative'
  if (path.split('/').includes('..')) return 'must not contain ".."'
  return undefined
}

const MD5_BASE64 = /^[A-Za-z0-9+/]{21}[AQgw]==$/

/** 16 bytes in canonical base64. */
export function isMd5(digest: unknown): digest is string {
  return typeof digest === 'string' && MD5_BASE64.test(digest)
}

function isSize(size: unknown): size is number {
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0
}

function isReferenceText(text: unknown): text is string {
  return typeof text === 'string' && text !== '' && text.length <= REFERENCE_LENGTH_MAX && isStorableText(text)
}

function shown(path: string): string {
  return JSON.stringify((path.length > 80 ? `${path.slice(0, 80)}…` : path).toWellFormed())
}

function invalid(problem: string): Refusal {
  return new Refusal('manifest_invalid', `The manifest is not valid: ${problem}`)
}

/** An entry of a committed version: `birthArtifactId` is the version whose storage holds the bytes of a file. */
export type CommittedEntry = ManifestEntry & { birthArtifactId: number | null }

/** The manifest file of a version, in the form the client reads, with the entries in the order given. */
export function renderManifest(entries: readonly CommittedEntry[]): string {
  const contents = entries.map((entry) => `${JSON.stringify(entry.path)}:${renderEntry(entry)}`)
  return (
    '{"version":1,"storagePolicy":"wandb-storage-policy-v1","storagePolicyConfig":{"storageLayout":"V2"},' +
    `"contents":{${contents.join(',')}}}`
  )
}

function renderEntry(entry: CommittedEntry): string {
  const digest = `"digest":${JSON.stringify(entry.digest)},"size":${entry.size}`
  const birth = entry.birthArtifactId === null ? '' : `,"birthArtifactID":"${wireArtifactId(entry.birthArtifactId)}"`
  const ref = entry.ref === null ? '' : `,"ref":${JSON.stringify(entry.ref)}`
  const extra = entry.extra === null ? '' : `,"extra":${entry.extra}`
  return `{${digest}${birth}${ref}${extra}}`
}

/** The client keeps this id as it is and sends it back in download paths. */
function wireArtifactId(id: number): string {
  return Buffer.from(`Artifact:${id}`).toString('base64')
}
