import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import { codeOf } from '../../blobs/disk-errors.ts'
import { sumOf } from '../../database/copying/source.ts'
import { BlobReferences } from './blob-references.ts'
import { blobsInBackup } from './copy-blobs.ts'
import { blobsOf, type Snapshot, type TableEntry, tableFile } from './manifest.ts'
import type { Surroundings } from './surroundings.ts'
import { readTableFile, sumOfFile } from './table-file.ts'

/** Of a backup: what is wrong with it, by file; empty if all is as it was written. */
export type Verification = { problems: string[]; tables: number; rows: number; blobs: number; bytes: number }

/**
 * Read everything again: the sums of each file and of its rows, and every blob that the rows refer to, with its size and
 * digest. `contents: false` only sees that the blobs are there with their sizes, for who reads them anyway.
 */
export async function verifyBackup(
  snapshot: Snapshot,
  { contents }: { contents: boolean },
  around: Surroundings,
): Promise<Verification> {
  using references = new BlobReferences()
  const { tables } = snapshot.manifest
  const problems = await readReferences(snapshot, references, around)
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const found: Verification = { problems, tables: tables.length, rows, blobs: 0, bytes: 0 }
  await verifyBlobs(snapshot, references, contents, found, around)
  return found
}

/** Take note of all files that the rows of a snapshot refer to; what is wrong with its tables, by file. */
export async function readReferences(
  snapshot: Snapshot,
  references: BlobReferences,
  around: Surroundings,
): Promise<string[]> {
  const { tables } = snapshot.manifest
  const problems: string[] = []
  const progress = around.progress({ steps: tables.length, bytes: 0 })
  for (const table of tables) {
    around.stopped.throwIfAborted()
    progress.current(table.name)
    const problem = await problemOfTable(snapshot, table, references)
    if (problem !== undefined) problems.push(problem)
    progress.step()
  }
  progress.end()
  return problems
}

async function problemOfTable(
  snapshot: Snapshot,
  table: TableEntry,
  references: BlobReferences,
): Promise<string | undefined> {
  const path = tableFile(snapshot.path, table.name)
  const name = relative(snapshot.backup, path)
  try {
    const found = await sumOfFile(path)
    if (found.fileBytes !== table.fileBytes) {
      return `${name} has ${found.fileBytes} bytes, and was written with ${table.fileBytes}`
    }
    if (found.fileSha256 !== table.fileSha256) return `${name} is not as it was written: its SHA-256 is another`
    const sum = await sumOf(
      (async function* () {
        for await (const rows of readTableFile(path)) {
          references.add(table, rows)
          yield rows
        }
      })(),
    )
    if (sum.rows === table.rows && sum.sha256 === table.sha256) return undefined
    return `${name} does not hold the ${table.rows} rows it was written with`
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? `${name} is missing` : `${name} cannot be read: ${(error as Error).message}`
  }
}

async function verifyBlobs(
  { backup, manifest }: Snapshot,
  references: BlobReferences,
  contents: boolean,
  found: Verification,
  { stopped, progress: newProgress }: Surroundings,
): Promise<void> {
  const knownMissing = new Set(manifest.blobs.missing.map(({ key }) => key))
  const directory = blobsOf(backup)
  const store = blobsInBackup(directory)
  const total = references.total()
  const progress = newProgress({ steps: total.count, bytes: total.bytes })
  // Where tables cannot be read they have been named, and what they refer to is not known.
  if (found.problems.length === 0 && (total.count !== manifest.blobs.count || total.bytes !== manifest.blobs.bytes)) {
    found.problems.push(`the rows refer to ${total.count} files, and the manifest names ${manifest.blobs.count}`)
  }
  for (const { key, size, md5, isRequired } of references.all()) {
    stopped.throwIfAborted()
    if (!isRequired && (await store.stat(key)) === undefined) continue
    const problem = await problemOfBlob(store, { key, size, md5: contents ? md5 : null }, (bytes) =>
      progress.bytes(bytes),
    )
    found.blobs += 1
    found.bytes += size
    progress.step()
    if (problem === undefined || knownMissing.has(key)) continue
    found.problems.push(`blobs/${key.slice(0, 2)}/${key.slice(2, 4)}/${key} ${problem}`)
  }
  progress.end()
}

async function problemOfBlob(
  store: ReturnType<typeof blobsInBackup>,
  { key, size, md5 }: { key: string; size: number; md5: string | null },
  onBytes: (count: number) => void,
): Promise<string | undefined> {
  const there = await store.stat(key)
  if (there === undefined) return 'is missing'
  if (there.size !== size) return `has ${there.size} bytes instead of ${size}`
  if (md5 === null) return undefined
  const hash = createHash('md5')
  const source = await store.open(key)
  if (source === undefined) return 'is missing'
  for await (const chunk of source as AsyncIterable<Buffer>) {
    hash.update(chunk)
    onBytes(chunk.length)
  }
  return hash.digest('base64') === md5 ? undefined : 'is not as it was written: its MD5 is another'
}
