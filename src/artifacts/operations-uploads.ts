import { setImmediate } from 'node:timers/promises'
import type { Caller } from '../access/rights.ts'
import type { StoredBlob } from '../blobs/blob-store.ts'
import { uploadTarget } from '../blobs/operations.ts'
import type { Tx } from '../database/database.ts'
import { last, together } from '../database/statement.ts'
import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import { newBlobKey } from '../runtime/id.ts'
import { inTurn } from '../runtime/in-turn.ts'
import type { World } from '../world.ts'
import type { PromisedFile } from './file-matching.ts'
import { isMd5, pathProblem } from './manifest.ts'
import { lockMaking } from './operations-reading.ts'
import { assertPartCount, type PartSpec, partDigests } from './parts.ts'
import {
  type HeldContent,
  holdContents,
  insertPromisedFiles,
  markStored,
  selectHeldContents,
  selectPromisedFiles,
} from './store-logging.ts'
import type { PartsTarget, UploadTarget } from './types.ts'

/** The largest file one `PUT` may bring: 5 TiB. */
const FILE_BYTES_MAX = 5 * 1024 ** 4
const FILES_MAX = 10_000
/** Uploads in parts that are begun at once. */
const PARTED_AT_ONCE = 8

export type FileSpec = {
  artifactId: number
  path: string
  /** MD5 in base64. */
  digest: string
  /** Of a file that its maker would rather upload in parts. */
  parts?: readonly PartSpec[] | undefined
}

/** `upload` is `null` when the bytes are there already. `birthArtifactId`: the version whose storage holds them. */
export type FilePlace = {
  storagePath: string
  birthArtifactId: number
  upload: UploadTarget | null
  /** Where to upload it in parts instead; `null`: upload it whole. */
  parts: PartsTarget | null
}

/**
 * Where the bytes of files go: one answer per file, in the order of the files.
 *
 * "There already" is said only of contents that a committed version of the same sequence holds, which the caller, who
 * logs to it, may read; the artifact is then granted them. Whatever other bytes of this digest there are, the answer is
 * the same as without them.
 *
 * @throws Refusal `not_found` | `artifact_not_pending` | `manifest_invalid` (path or digest) | `invalid_request`
 */
export async function createArtifactFiles(
  world: World,
  caller: Caller,
  files: readonly FileSpec[],
): Promise<FilePlace[]> {
  if (files.length > FILES_MAX) throw new Refusal('invalid_request', `At most ${FILES_MAX} files in one call`)
  const artifactIds = new Set(files.map((file) => file.artifactId))
  if (artifactIds.size > 1) throw new Refusal('invalid_request', 'All files of one call must be of one artifact')
  for (const file of files) assertFileSpec(file)
  const digests = files.map((file) => (file.parts === undefined ? undefined : partDigests(file.path, file.parts)))
  assertPartCount(digests.reduce((sum, parts) => sum + (parts?.length ?? 0), 0))
  const [artifactId] = artifactIds
  if (artifactId === undefined) return []

  const promised = await world.db.transaction((tx) => promiseFiles(world, tx, caller, artifactId, files), {
    commitsWithLast: true,
  })
  const places = files.map((file) => {
    const place = promised.get(fileKey(file))
    assert(place !== undefined, 'every file asked for was promised')
    return { file: place, place: placeOf(world, place) }
  })
  return inTurn(places, PARTED_AT_ONCE, async ({ file, place }, index) => {
    if (place.upload === null) return place
    return { ...place, parts: (await beginParts(world, file.blobKey, digests[index])) ?? null }
  })
}

/** Where to `PUT` each part; `undefined` where files are uploaded whole. */
async function beginParts(
  world: World,
  key: string,
  digests: readonly string[] | undefined,
): Promise<PartsTarget | undefined> {
  if (digests === undefined || digests.length === 0 || world.blobs.direct === undefined) return undefined
  // Ten thousand signatures are work, and others wait.
  await setImmediate()
  return world.blobs.direct.beginParts(key, digests)
}

async function promiseFiles(
  world: World,
  tx: Tx,
  caller: Caller,
  artifactId: number,
  files: readonly FileSpec[],
): Promise<Map<string, PromisedFile>> {
  const asked = new Map(files.map((file) => [fileKey(file), file]))
  const [, before, held] = await together([
    // Locked: two calls for the same file must not promise it twice, nor one promise anything once it is committed.
    lockMaking(tx, caller, { id: artifactId, now: world.now() }),
    selectPromisedFiles(tx, { artifactId, paths: [...new Set(files.map((file) => file.path))] }),
    selectHeldContents(tx, { artifactId, digests: [...new Set(files.map((file) => file.digest))] }),
  ])
  const promised = new Map(before.map((file) => [fileKey(file), file]))
  const missing = [...asked].flatMap(([key, file]) => (promised.has(key) ? [] : [file]))
  const known = await holdContentsOf(world, tx, artifactId, missing, held)
  const added = missing.map(({ path, digest }): PromisedFile => {
    const blob = known.get(digest) ?? { blobKey: newBlobKey(), size: null, birthArtifactId: artifactId }
    return { path, digest, blobKey: blob.blobKey, size: blob.size, birthArtifactId: blob.birthArtifactId }
  })
  await last(tx, insertPromisedFiles(tx, { artifactId, files: added, now: world.now() }))
  for (const file of added) promised.set(fileKey(file), file)
  return promised
}

/** Those of the contents that `files` have, by digest; nobody lets go of them before the transaction ends. */
async function holdContentsOf(
  world: World,
  tx: Tx,
  artifactId: number,
  files: readonly { digest: string }[],
  contents: readonly HeldContent[],
): Promise<Map<string, HeldContent>> {
  const digests = new Set(files.map((file) => file.digest))
  const wanted = contents.filter((content) => digests.has(content.digest))
  const held = await holdContents(tx, world.db.engine, { artifactId, contents: wanted })
  return new Map(held.map((content) => [content.digest, content]))
}

/**
 * Grant an artifact in the making those of `files` whose contents committed versions of its sequence hold, and leave the
 * rest alone. For clients that make a draft out of a version: they register only what they changed, and name the rest
 * in the manifest.
 *
 * @throws Refusal `not_found` | `artifact_not_pending`
 */
export async function grantHeldFiles(
  world: World,
  caller: Caller,
  artifactId: number,
  files: readonly { path: string; digest: string }[],
): Promise<void> {
  for (let start = 0; start < files.length; start += FILES_MAX) {
    const some = files.slice(start, start + FILES_MAX)
    await world.db.transaction(async (tx) => {
      await lockMaking(tx, caller, { id: artifactId, now: world.now() })
      const before = await selectPromisedFiles(tx, { artifactId, paths: some.map((file) => file.path) })
      const promised = new Set(before.map(fileKey))
      const missing = some.filter((file) => !promised.has(fileKey(file)))
      const digests = [...new Set(missing.map((file) => file.digest))]
      const contents = await selectHeldContents(tx, { artifactId, digests })
      const held = await holdContentsOf(world, tx, artifactId, missing, contents)
      const granted = missing.flatMap(({ path, digest }) => {
        const content = held.get(digest)
        return content === undefined ? [] : [{ ...content, path }]
      })
      await insertPromisedFiles(tx, { artifactId, files: granted, now: world.now() })
    })
  }
}

function placeOf(world: World, file: PromisedFile): FilePlace {
  const { path, digest, blobKey: key, birthArtifactId } = file
  const place = { storagePath: `wandb_artifacts/${key}`, birthArtifactId, parts: null }
  if (file.size !== null) return { ...place, upload: null }
  const grant = { key, sizeMax: FILE_BYTES_MAX, md5: digest }
  return { ...place, upload: uploadTarget(world, `wandb_artifacts/${path}`, grant) }
}

function assertFileSpec(file: FileSpec): void {
  const problem = pathProblem(file.path)
  if (problem !== undefined) {
    throw new Refusal('manifest_invalid', `The path ${JSON.stringify(file.path.slice(0, 80))} ${problem}`)
  }
  if (!isMd5(file.digest)) throw new Refusal('manifest_invalid', `The MD5 of "${file.path}" must be 16 bytes in base64`)
}

function fileKey(file: { path: string; digest: string }): string {
  return `${file.digest}\0${file.path}`
}

/** Take note of stored bytes. Those that no artifact waits, or ever waited, for. */
export async function noteArtifactFilesStored(world: World, blobs: readonly StoredBlob[]): Promise<StoredBlob[]> {
  const known = await world.db.transaction((tx) => markStored(tx, world.db.engine, blobs))
  return blobs.filter((blob) => !known.has(blob.key))
}
