import { openDirectory } from '../../blobs/directory.ts'
import { BlobReferences } from './blob-references.ts'
import { lockBackup } from './lock.ts'
import { blobsOf, listSnapshots, NotUsable, removeSnapshot, type Snapshot } from './manifest.ts'
import type { Surroundings } from './surroundings.ts'
import { readReferences } from './verify-backup.ts'

/** What was removed, or would be. `unfinished`: what interrupted backups had left. */
export type Pruned = {
  snapshots: { kept: string[]; removed: string[]; unfinished: string[] }
  files: { kept: number; removed: number; removedBytes: number }
}

/**
 * Remove the snapshots but for the newest `keep` whole ones, what interrupted backups have left, and the files that no
 * remaining snapshot refers to. Without `keep` every whole snapshot stays.
 *
 * What stays is read first, and nothing is removed if any of it is not as it was written: then it is not known which files
 * it needs. No backup is made meanwhile. Interrupted, the same call goes on.
 *
 * @throws NotUsable
 */
export async function pruneBackup(
  input: { directory: string; keep: number | undefined; dryRun: boolean },
  around: Surroundings,
): Promise<Pruned> {
  const { directory, keep, dryRun } = input
  // Before a lock is put where no backup is.
  if ((await listSnapshots(directory)).length === 0) throw new NotUsable(`${directory} is not a backup`)
  using _held = await lockBackup(directory, 'removing')
  const found = await listSnapshots(directory)
  const whole = found.flatMap(({ manifest, ...rest }): Snapshot[] =>
    manifest === undefined ? [] : [{ ...rest, manifest }],
  )
  if (whole.length === 0) throw new NotUsable(`No snapshot in ${directory} is whole: nothing was removed`)
  const kept = keep === undefined ? whole : whole.slice(-keep)
  const removed = whole.filter((snapshot) => !kept.includes(snapshot))
  const unfinished = found.filter(({ manifest }) => manifest === undefined)

  using references = new BlobReferences()
  for (const snapshot of kept) {
    const problems = await readReferences(snapshot, references, around)
    if (problems.length === 0) continue
    throw new NotUsable(`The snapshot ${snapshot.name} is not whole, so nothing was removed: ${problems.join('; ')}`)
  }
  if (!dryRun) for (const snapshot of [...removed, ...unfinished]) await removeSnapshot(snapshot.path)
  const names = (snapshots: readonly { name: string }[]) => snapshots.map(({ name }) => name)
  return {
    snapshots: { kept: names(kept), removed: names(removed), unfinished: names(unfinished) },
    files: await pruneFiles(directory, references, dryRun, around),
  }
}

async function pruneFiles(
  directory: string,
  references: BlobReferences,
  dryRun: boolean,
  { stopped }: Surroundings,
): Promise<Pruned['files']> {
  const blobs = await openDirectory(blobsOf(directory))
  const files = { kept: 0, removed: 0, removedBytes: 0 }
  for await (const { key, size } of blobs.list()) {
    stopped.throwIfAborted()
    if (references.has(key)) {
      files.kept += 1
      continue
    }
    if (!dryRun) await blobs.delete(key)
    files.removed += 1
    files.removedBytes += size
  }
  return files
}
