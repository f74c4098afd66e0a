import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { BlobStore } from '../../blobs/blob-store.ts'
import { openDirectory } from '../../blobs/directory.ts'
import { makeDurably } from '../../blobs/durable-directories.ts'
import { type DatabaseAddress, openExisting } from '../../database/copying/opening.ts'
import type { Row } from '../../database/copying/row.ts'
import { openSnapshot, type RowSource, readKeyCheck } from '../../database/copying/source.ts'
import type { Table } from '../../database/copying/table.ts'
import { VERSION } from '../../runtime/version.ts'
import { keyIdOf } from '../../webhooks/keyring.ts'
import { BlobReferences } from './blob-references.ts'
import { type BlobSource, type BlobsCopied, copyBlobs } from './copy-blobs.ts'
import { lockBackup } from './lock.ts'
import { blobsOf, type Manifest, makeSnapshotDirectory, newBackupId, tableFile, writeManifest } from './manifest.ts'
import type { Surroundings } from './surroundings.ts'
import { writeTableFile } from './table-file.ts'

/**
 * What is deleted while its blobs are copied makes the copy begin again with a later moment: this many times at most, as
 * each has less left to copy than the one before.
 */
const ROUNDS_MAX = 5

export type BackupMade = { path: string; name: string; manifest: Manifest; blobs: BlobsCopied }

type Tables = Pick<Manifest, 'engine' | 'masterKey' | 'migrations' | 'sequences' | 'tables'>

/**
 * Write a snapshot of everything into the directory, which is made if it is missing: all tables as they were at one
 * moment, and every blob that their rows refer to. Servers go on meanwhile. Blobs that are in the directory already are
 * not copied again. Nothing but them is left of a backup that fails.
 *
 * @throws Error, for the operator
 */
export async function makeBackup(
  input: { address: DatabaseAddress; blobs: BlobSource; directory: string; nowMs: number },
  around: Surroundings,
): Promise<BackupMade> {
  await makeDurably(input.directory)
  // Files that are there already must stay until the manifest refers to them.
  using _held = await lockBackup(input.directory, 'adding')
  const blobs = await openDirectory(blobsOf(input.directory))
  const path = await makeSnapshotDirectory(input.directory, input.nowMs)
  try {
    const { tables, copied, total } = await takeWhole(input, path, blobs, around)
    const manifest: Omit<Manifest, 'format' | 'formatVersion'> = {
      triplineVersion: VERSION,
      createdAt: new Date(input.nowMs).toISOString(),
      id: newBackupId(),
      ...tables,
      blobs: { ...total, missing: copied.missing },
    }
    await writeManifest(path, manifest)
    const whole = { format: 'tripline-backup', formatVersion: 1, ...manifest } as const
    return { path, name: basename(path), manifest: whole, blobs: copied }
  } catch (error) {
    await rm(path, { recursive: true, force: true })
    throw error
  }
}

/**
 * The tables of one moment, and then the blobs they refer to, which never change. One that cannot be had may have been
 * deleted after that moment, with the rows that referred to it: then a later moment does not refer to it. What that one
 * misses, too, is lost.
 */
async function takeWhole(
  { address, blobs: from }: { address: DatabaseAddress; blobs: BlobSource },
  path: string,
  to: BlobStore,
  around: Surroundings,
): Promise<{ tables: Tables; copied: BlobsCopied; total: { count: number; bytes: number } }> {
  const missingBefore = new Set<string>()
  for (let round = 1; ; round += 1) {
    using references = new BlobReferences()
    const tables = await takeTables(address, path, references, around)
    const total = references.total()
    const rows = tables.tables.reduce((sum, table) => sum + table.rows, 0)
    around.say(`${tables.tables.length} tables with ${rows} rows`)
    const progress = around.progress({ steps: total.count, bytes: total.bytes })
    const copied = await copyBlobs(references.all(), from, to, { trust: true, stopped: around.stopped, progress })
    progress.end()
    const isSettled = copied.missing.every(({ key }) => missingBefore.has(key))
    if (isSettled || round === ROUNDS_MAX) return { tables, copied, total }
    around.say(`${copied.missing.length} files are not there any more: taking the tables again`)
    for (const { key } of copied.missing) missingBefore.add(key)
    await Promise.all(tables.tables.map(({ name }) => rm(tableFile(path, name))))
  }
}

async function takeTables(
  address: DatabaseAddress,
  path: string,
  references: BlobReferences,
  around: Surroundings,
): Promise<Tables> {
  const connection = await openExisting(address, { hold: false })
  try {
    const source = await openSnapshot(connection)
    const masterKey = keyIdOf(await readKeyCheck(connection))
    const progress = around.progress({ steps: source.tables.length, bytes: 0 })
    const tables: Manifest['tables'] = []
    for (const table of source.tables) {
      progress.current(table.name)
      const rows = watched(source, table, references, around.stopped)
      const sums = await writeTableFile(tableFile(path, table.name), rows)
      tables.push({ name: table.name, columns: [...table.columns], key: [...table.key], ...sums })
      progress.step()
    }
    progress.end()
    const { migrations, sequences } = source
    return { engine: connection.engine, masterKey, migrations: [...migrations], sequences: { ...sequences }, tables }
  } finally {
    await connection.close()
  }
}

async function* watched(
  source: RowSource,
  table: Table,
  references: BlobReferences,
  stopped: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  for await (const rows of source.rows(table)) {
    stopped.throwIfAborted()
    references.add(table, rows)
    yield rows
  }
}
