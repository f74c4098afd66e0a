import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { MANIFEST_BYTES_MAX, type ManifestEntry, parseManifest, renderManifest } from '../../artifacts/manifest.ts'
import {
  type CollectionFacts,
  type FilePage,
  type ProjectAddress,
  readFilePage,
  readManifestUrl,
  type VersionAddress,
  type VersionFacts,
} from './reading.ts'
import { artifactsReferredTo, withReferencesTo } from './references.ts'
import { delayMsAfter, mayPass, RemoteFailure, type RemoteServer } from './remote-server.ts'
import { beginVersion, commitVersion, placeFiles, uploadManifest } from './target.ts'

const FILES_OF_PAGE = 500
const TRIES_MAX = 5

export type Copied = { files: number; bytes: number }

export type VersionCopy = {
  source: RemoteServer
  target: RemoteServer
  from: VersionAddress
  to: ProjectAddress
  collection: CollectionFacts
  version: VersionFacts
  /** A run of the project on the target. */
  loggedBy: string | undefined
  filesAtOnce: number
  /** Where an artifact of the source is on the target; `wait`: nowhere yet, but it will be. */
  whereIs(artifactId: string): Promise<string | 'wait'>
  onBytes(count: number): void
}

/**
 * Copy one version, whose bytes pass through here and are hashed on the way; `wait` while it refers to a version that is
 * copied later. What had arrived before an interruption is not copied again.
 *
 * The version is read back from the target and must then be the same, entry by entry.
 *
 * @throws RemoteFailure, Refusal `manifest_invalid`, and Error for content that is not what it says
 */
export async function copyVersion(copy: VersionCopy): Promise<Copied | 'wait'> {
  const read = await readManifest(copy.source, copy.version.artifactId)
  const ids = new Map<string, string>()
  for (const id of artifactsReferredTo(read)) {
    const there = await copy.whereIs(id)
    if (there === 'wait') return 'wait'
    ids.set(id, there)
  }
  const entries = withReferencesTo(ids, read)

  const begun = await beginVersion(copy.target, {
    address: copy.to,
    collection: copy.collection,
    version: copy.version,
    loggedBy: copy.loggedBy,
    sourceUrl: copy.source.url,
  })
  const copied: Copied = { files: 0, bytes: 0 }
  if (!begun.isCommitted) {
    await copyFiles(copy, begun.artifactId, entries, copied)
    await uploadManifest(copy.target, begun.artifactId, renderManifest(entries.map(withoutBirth)))
  }
  const digest = await commitVersion(copy.target, begun.artifactId, copy.version)
  if (digest !== copy.version.digest) throw new Error('the target has another digest after the copy')
  assertSame(entries, await readManifest(copy.target, begun.artifactId))
  return copied
}

const withoutBirth = (entry: ManifestEntry) => ({ ...entry, birthArtifactId: null })

async function readManifest(server: RemoteServer, artifactId: string): Promise<ManifestEntry[]> {
  return withTries(async () => {
    const url = await readManifestUrl(server, artifactId)
    if (url === undefined) throw new Error('it has no manifest')
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of await server.download(url)) {
      size += chunk.length
      if (size > MANIFEST_BYTES_MAX) throw new Error(`its manifest is larger than ${MANIFEST_BYTES_MAX} bytes`)
      chunks.push(chunk)
    }
    return parseManifest(Buffer.concat(chunks).toString('utf8'))
  })
}

function assertSame(entries: readonly ManifestEntry[], found: readonly ManifestEntry[]): void {
  const there = new Map(found.map((entry) => [entry.path, entry]))
  const other = entries.find((entry) => {
    const same = there.get(entry.path)
    return same === undefined || same.digest !== entry.digest || same.size !== entry.size || same.ref !== entry.ref
  })
  if (other !== undefined || found.length !== entries.length) {
    throw new Error(
      `the target has other content after the copy${other === undefined ? '' : `, such as ${other.path}`}`,
    )
  }
}

/** Page by page, because the URLs of a page are only good for a while; a page that fails is asked for anew. */
async function copyFiles(
  copy: VersionCopy,
  artifactId: string,
  entries: readonly ManifestEntry[],
  copied: Copied,
): Promise<void> {
  const waiting = new Map(entries.filter(({ ref }) => ref === null).map((entry) => [entry.path, entry]))
  let cursor: string | null = null
  while (waiting.size > 0) {
    const at: string | null = cursor
    const page: FilePage = await withTries(async () => {
      const read = await readFilePage(copy.source, copy.from, at, FILES_OF_PAGE)
      await copyPage(copy, artifactId, read, waiting, copied)
      return read
    })
    for (const { name } of page.files) waiting.delete(name)
    if (page.next === null) break
    cursor = page.next
  }
  const [left] = waiting.keys()
  if (left !== undefined) throw new Error(`the source does not give the file ${JSON.stringify(left)}`)
}

async function copyPage(
  copy: VersionCopy,
  artifactId: string,
  page: FilePage,
  waiting: ReadonlyMap<string, ManifestEntry>,
  copied: Copied,
): Promise<void> {
  const files = page.files.flatMap(({ name, url }) => {
    const entry = waiting.get(name)
    return entry === undefined ? [] : [{ url, ...entry }]
  })
  const places = await placeFiles(copy.target, artifactId, files)
  if (places.length !== files.length) throw new Error('the target gave no place for some files')
  const missing = files.flatMap((file, index) => {
    const place = places[index]
    return place === undefined ? [] : [{ file, place }]
  })
  await inParallel(missing, copy.filesAtOnce, async ({ file, place }) => {
    await copyFile(copy, file, place)
    copied.files += 1
    copied.bytes += file.size
  })
}

async function copyFile(
  copy: VersionCopy,
  file: { path: string; url: string; size: number; digest: string },
  place: { url: string; headers: string[] },
): Promise<void> {
  const hash = createHash('md5')
  let size = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      size += chunk.length
      copy.onBytes(chunk.length)
      // More than announced would be cut off by the upload, and look whole to it.
      if (size > file.size) return done(new Error('too long'))
      done(null, chunk)
    },
    flush(done) {
      const isWhole = size === file.size && hash.digest('base64') === file.digest
      done(isWhole ? null : new Error('not whole'))
    },
  })
  const bytes = await copy.source.download(file.url)
  let broken: Error | undefined
  bytes.on('error', (error) => counted.destroy(error))
  counted.on('error', (error) => {
    broken = error
    bytes.destroy()
  })
  bytes.pipe(counted)
  try {
    await copy.target.upload(place, counted, file.size)
  } catch (error) {
    if (broken === undefined || !(error instanceof RemoteFailure)) throw error
    throw new RemoteFailure(
      500,
      `the bytes of ${JSON.stringify(file.path)} did not arrive as the manifest has them`,
      true,
    )
  } finally {
    bytes.destroy()
  }
}

/** Work with bytes that is safe to repeat, repeated while that may help: a URL may also have run out (403, 404). */
async function withTries<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const isPassing =
        error instanceof RemoteFailure &&
        error.isOfBytes &&
        (mayPass(error.status) || [403, 404].includes(error.status))
      if (!isPassing || tries === TRIES_MAX) throw error
      await sleep(delayMsAfter(tries))
    }
  }
}

/** At most `atOnce` at the same time. After a failure nothing new is begun, and it is thrown once the others ended. */
async function inParallel<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values()
  const failures: unknown[] = []
  const lane = async () => {
    for (const item of queue) {
      try {
        await work(item)
      } catch (error) {
        failures.push(error)
      }
      if (failures.length > 0) return
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane))
  if (failures.length > 0) throw failures[0]
}
