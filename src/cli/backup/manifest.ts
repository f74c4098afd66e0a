import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { codeOf } from '../../blobs/disk-errors.ts'
import { syncPath } from '../../blobs/durable-directories.ts'

const FORMAT_VERSION = 1
const SNAPSHOTS = 'snapshots'
const MANIFEST = 'manifest.json'

const count = z.number().int().min(0)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
// Names go into paths and statements.
const name = z.string().regex(/^[a-z][a-z0-9_]*$/)

const manifestSchema = z.object({
  format: z.literal('tripline-backup'),
  formatVersion: z.literal(FORMAT_VERSION),
  triplineVersion: z.string(),
  createdAt: z.iso.datetime(),
  engine: z.enum(['sqlite', 'postgres']),
  /** Tells this backup from all others. */
  id: z.string().min(1),
  /** The id of the master key without which its secrets cannot be read. */
  masterKey: z.string(),
  /** The migrations that made the tables: the version of the schema. */
  migrations: z.array(z.string()).min(1),
  sequences: z.record(name, count),
  tables: z.array(
    z.object({
      name,
      columns: z.array(z.object({ name, type: z.enum(['integer', 'text']) })),
      key: z.array(name).min(1),
      rows: count,
      /** Of the lines. */
      sha256,
      /** Of the compressed file. */
      fileBytes: count,
      fileSha256: sha256,
    }),
  ),
  blobs: z.object({
    count,
    bytes: count,
    /** Not in the backup, because they were not there, or not whole, when it was made. */
    missing: z.array(z.object({ key: z.string(), reason: z.string() })),
  }),
})

/** What is in a snapshot. It is written last: a snapshot without it is not whole. */
export type Manifest = z.infer<typeof manifestSchema>
export type TableEntry = Manifest['tables'][number]

export function blobsOf(backup: string): string {
  return join(backup, 'blobs')
}

export function tableFile(snapshot: string, table: string): string {
  return join(snapshot, 'tables', `${table}.ndjson.gz`)
}

/** A new directory for a snapshot, named after the time. */
export async function makeSnapshotDirectory(backup: string, nowMs: number): Promise<string> {
  await mkdir(join(backup, SNAPSHOTS), { recursive: true, mode: 0o700 })
  const time = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')
  const path = join(backup, SNAPSHOTS, time)
  await mkdir(join(path, 'tables'), { recursive: true, mode: 0o700 })
  return path
}

export function newBackupId(): string {
  return randomBytes(16).toString('hex')
}

/** From here on the snapshot is whole, also after a power cut. */
export async function writeManifest(snapshot: string, manifest: Omit<Manifest, 'format' | 'formatVersion'>) {
  const unfinished = join(snapshot, `${MANIFEST}.new`)
  const file = await open(unfinished, 'wx', 0o600)
  try {
    await file.writeFile(
      `${JSON.stringify({ format: 'tripline-backup', formatVersion: FORMAT_VERSION, ...manifest }, null, 2)}\n`,
    )
    await file.sync()
  } finally {
    await file.close()
  }
  await syncPath(join(snapshot, 'tables'))
  await rename(unfinished, join(snapshot, MANIFEST))
  for (const directory of [snapshot, join(snapshot, '..'), join(snapshot, '..', '..')]) await syncPath(directory)
}

/** What was asked for is not a backup, not whole or not as it was made. The message is for the operator. */
export class NotUsable extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NotUsable'
  }
}

export type Snapshot = { backup: string; path: string; name: string; manifest: Manifest }

/**
 * The snapshot of this name, or the newest whole one.
 *
 * @throws NotUsable
 */
export async function openSnapshotOf(backup: string, wanted: string | undefined): Promise<Snapshot> {
  const names = await snapshotNames(backup)
  if (names.length === 0) throw new NotUsable(`${backup} is not a backup: there is nothing in ${SNAPSHOTS}/`)
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new NotUsable(`There is no snapshot ${wanted} in ${backup}, but ${names.join(', ')}`)
  }
  for (const name of wanted === undefined ? names.toReversed() : [wanted]) {
    const path = join(backup, SNAPSHOTS, name)
    const manifest = await readManifest(path)
    if (manifest !== undefined) return { backup, path, name, manifest }
  }
  throw new NotUsable(
    `${wanted === undefined ? 'No snapshot' : `The snapshot ${wanted}`} in ${backup} is whole: there is no ${MANIFEST}, ` +
      'which is written last. The backup was interrupted: make it again.',
  )
}

/**
 * All snapshots, oldest first; those that are not whole without a manifest.
 *
 * @throws NotUsable when one was written by a newer Tripline, or is damaged
 */
export async function listSnapshots(
  backup: string,
): Promise<(Omit<Snapshot, 'manifest'> & { manifest: Manifest | undefined })[]> {
  const names = await snapshotNames(backup)
  return Promise.all(
    names.map(async (name) => {
      const path = join(backup, SNAPSHOTS, name)
      return { backup, path, name, manifest: await readManifest(path) }
    }),
  )
}

/** The manifest goes first, so that what is left of an interruption is known for what it is. */
export async function removeSnapshot(path: string): Promise<void> {
  await rm(join(path, MANIFEST), { force: true })
  await syncPath(path)
  await rm(path, { recursive: true, force: true })
}

async function snapshotNames(backup: string): Promise<string[]> {
  try {
    return (await readdir(join(backup, SNAPSHOTS))).sort()
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return []
    throw error
  }
}

async function readManifest(snapshot: string): Promise<Manifest | undefined> {
  const path = join(snapshot, MANIFEST)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    const { formatVersion } = z.object({ formatVersion: z.number() }).parse(JSON.parse(text))
    if (formatVersion > FORMAT_VERSION) throw new NotUsable(`${path} was written by a newer Tripline: use that one`)
    return manifestSchema.parse(JSON.parse(text))
  } catch (error) {
    if (error instanceof NotUsable) throw error
    throw new NotUsable(`${path} is not as it was written: ${(error as Error).message}`)
  }
}
