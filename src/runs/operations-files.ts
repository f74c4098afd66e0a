import type { Caller } from '../access/rights.ts'
import { cutPage } from '../artifacts/page.ts'
import type { Page } from '../artifacts/types.ts'
import type { StoredBlob } from '../blobs/blob-store.ts'
import { blobUrl, downloadUrl } from '../blobs/operations.ts'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { Refusal } from '../refusal.ts'
import { newBlobKey } from '../runtime/id.ts'
import type { World } from '../world.ts'
import { type RunAddress, requireWritableRun } from './operations-stream.ts'
import {
  countRunFiles,
  findRunFiles,
  markRunFilesStored,
  type RunFileView,
  type RunView,
  replaceRunFiles,
  selectRunBlobs,
  selectRunDigests,
} from './store.ts'

export type { RunFileView } from './store.ts'

const FILES_MAX = 2_000
const FILE_NAME_LENGTH_MAX = 1_024
/** Logs and small files; models are artifacts. */
const FILE_BYTES_MAX = 5 * 1024 ** 3

/**
 * Where to upload a run's files: a signed URL a name, in the order of the names. A file of that name which the run had
 * is gone with this call.
 *
 * @throws Refusal `not_found` | `forbidden` | `invalid_request`
 */
export async function createRunFiles(
  world: World,
  caller: Caller,
  address: RunAddress,
  names: readonly string[],
): Promise<{ run: RunView; files: { name: string; uploadUrl: string }[] }> {
  if (names.length > FILES_MAX) throw new Refusal('invalid_request', `At most ${FILES_MAX} files at a time`)
  for (const name of names) assertFileName(name)
  const run = await requireWritableRun(world, caller, address)
  const files = [...new Set(names)].map((name) => ({ name, blobKey: newBlobKey() }))
  if (files.length === 0) return { run, files: [] }

  const replaced = await world.db.transaction((tx) =>
    replaceRunFiles(tx, world.db.engine, { runId: run.id, files, now: world.now() }),
  )
  for (const key of replaced) {
    // What is left of a replaced file costs only room.
    await world.blobs.delete(key).catch((error: unknown) => world.log.warn({ err: error }, 'a replaced file stays'))
  }
  return {
    run,
    files: files.map(({ name, blobKey }) => ({
      name,
      uploadUrl: blobUrl(world, `run_files/${name}`, { kind: 'upload', key: blobKey, sizeMax: FILE_BYTES_MAX }),
    })),
  }
}

/** Those of the blobs that are a run's files, or are to be. */
export async function blobsOfRuns(
  db: Reader | Tx,
  engine: Engine,
  keys: readonly string[],
): Promise<readonly string[]> {
  return selectRunBlobs(db, engine, keys)
}

/** The digests (MD5, base64) of files of runs, by the keys of their blobs. */
export async function digestsInRuns(db: Reader, engine: Engine, keys: readonly string[]): Promise<[string, string][]> {
  return selectRunDigests(db, engine, keys)
}

/** Take note of stored bytes that may be those of files of runs. */
export async function noteRunFilesStored(world: World, blobs: readonly StoredBlob[]): Promise<void> {
  if (blobs.length === 0) return
  await world.db.transaction((tx) => markRunFilesStored(tx, world.db.engine, { blobs, now: world.now() }))
}

/**
 * A run's files by name, those whose bytes have arrived. For runs already read. Key: name.
 *
 * - `pattern`: as of SQL's `like`; where there are `names` it counts for nothing.
 *
 * @throws Refusal `invalid_request`
 */
export async function listRunFiles(
  world: World,
  input: { runId: number; names: readonly string[] | undefined; pattern?: string | undefined },
  page: { limit: number; after?: string },
): Promise<Page<RunFileView>> {
  const names = input.names?.slice(0, FILES_MAX)
  const pattern = names === undefined ? input.pattern : undefined
  if (pattern !== undefined && (pattern.length > FILE_NAME_LENGTH_MAX || pattern.includes('\0'))) {
    throw new Refusal('invalid_request', `A pattern for files has at most ${FILE_NAME_LENGTH_MAX} characters`)
  }
  const files = await findRunFiles(world.db.read, {
    runId: input.runId,
    names,
    pattern,
    after: page.after,
    limit: page.limit + 1,
  })
  return cutPage(
    files,
    page,
    (file) => file,
    (file) => file.name,
  )
}

/** By run id; runs without files are absent. For runs already read. */
export async function loadRunFileCounts(world: World, runIds: readonly number[]): Promise<Map<number, number>> {
  return countRunFiles(world.db.read, runIds)
}

/** A URL that needs no credentials and lasts 12 h. */
export function runFileUrl(world: World, file: RunFileView): string {
  return downloadUrl(world, `run_files/${file.name}`, { key: file.blobKey, size: file.size, md5: file.md5 })
}

/** @throws Refusal `name_invalid` */
function assertFileName(name: string): void {
  const segments = name.split('/')
  if (
    name.length <= FILE_NAME_LENGTH_MAX &&
    !name.includes('\0') &&
    segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..')
  ) {
    return
  }
  throw new Refusal(
    'name_invalid',
    `A run file's name is a relative path of at most ${FILE_NAME_LENGTH_MAX} characters without empty, "." or ".." segments`,
  )
}
