import { forgetAllSessions } from '../../access/operations.ts'
import type { BlobStore } from '../../blobs/blob-store.ts'
import { assertClaimable, claimTarget, fill, finishFilling } from '../../database/copying/filling.ts'
import { type DatabaseAddress, type OpenTarget, openTarget } from '../../database/copying/opening.ts'
import { readRows } from '../../database/copying/rows.ts'
import { type RowSource, sumOf } from '../../database/copying/source.ts'
import { MIGRATION_NAMES } from '../../database/migrate.ts'
import { pauseAllWebhooks } from '../../webhooks/operations.ts'
import { BlobReferences } from './blob-references.ts'
import { blobsInBackup, copyBlobs } from './copy-blobs.ts'
import { blobsOf, NotUsable, type Snapshot, tableFile } from './manifest.ts'
import type { Surroundings } from './surroundings.ts'
import { readTableFile } from './table-file.ts'
import { verifyBackup } from './verify-backup.ts'

export type Restored = { rows: number; files: number; bytes: number; held: number }

/**
 * Put everything that is in a snapshot into an empty database and a store of blobs. Before anything is written the
 * snapshot is verified; afterwards the rows of each table are read back and summed up. Interrupted, it goes on where it
 * ended; no server starts on the database before it is whole.
 *
 * `hold`: pause every webhook, so that nothing is sent that was waiting then.
 *
 * @throws NotUsable | NotEmpty | Error, for the operator
 */
export async function restore(
  input: {
    snapshot: Snapshot
    address: DatabaseAddress
    openBlobs: () => Promise<BlobStore>
    hold: boolean
    nowMs: number
  },
  around: Surroundings,
): Promise<Restored> {
  const { snapshot } = input
  assertMigrationsKnown(snapshot)
  const target = await openTarget(input.address)
  try {
    await assertClaimable(target.connection, snapshot.manifest)
    await assertWhole(snapshot, around)
    const progress = await claimTarget(target.connection, snapshot.manifest)
    const restored = { rows: 0, files: 0, bytes: 0, held: 0 }
    if (progress.get('filled') === undefined) {
      await restoreBlobs(snapshot, await input.openBlobs(), restored, around)
      await restoreRows(snapshot, target, progress, restored, around)
      await progress.set('filled', 'yes')
    }
    await finishFilling(target, async () => {
      await target.liftTransactionIds()
      await target.withKysely((db) => db.transaction().execute(forgetAllSessions))
      if (input.hold) restored.held = await holdDeliveries(target, input.nowMs)
    })
    return restored
  } finally {
    await target.close()
  }
}

/** @throws NotUsable */
async function assertWhole(snapshot: Snapshot, around: Surroundings): Promise<void> {
  around.say('Verifying the backup')
  const { problems } = await verifyBackup(snapshot, { contents: false }, around)
  if (problems.length === 0) return
  throw new NotUsable(`The backup is not whole, and nothing was restored:\n${listed(problems)}`)
}

async function restoreBlobs(
  snapshot: Snapshot,
  to: BlobStore,
  restored: Restored,
  around: Surroundings,
): Promise<void> {
  using references = new BlobReferences()
  for (const table of snapshot.manifest.tables) {
    for await (const rows of readTableFile(tableFile(snapshot.path, table.name))) references.add(table, rows)
  }
  const progress = around.progress({ steps: references.total().count, bytes: references.total().bytes })
  const from = blobsInBackup(blobsOf(snapshot.backup))
  const copied = await copyBlobs(references.all(), from, to, { trust: false, stopped: around.stopped, progress })
  progress.end()
  const known = new Set(snapshot.manifest.blobs.missing.map(({ key }) => key))
  const broken = copied.missing.filter(({ key }) => !known.has(key))
  if (broken.length > 0) {
    throw new NotUsable(
      `Files of the backup cannot be restored:\n${listed(broken.map(({ key, reason }) => `blobs/${key.slice(0, 2)}/${key.slice(2, 4)}/${key}: ${reason}`))}`,
    )
  }
  restored.files = copied.copied + copied.there
  restored.bytes = copied.bytes
  around.say(`${restored.files} files are there`)
}

async function restoreRows(
  snapshot: Snapshot,
  target: OpenTarget,
  progress: Awaited<ReturnType<typeof claimTarget>>,
  restored: Restored,
  around: Surroundings,
): Promise<void> {
  const source = sourceOf(snapshot)
  const bar = around.progress({ steps: source.tables.length, bytes: 0 })
  await fill(target, source, progress, {
    stopped: around.stopped,
    onRows(table, rows) {
      bar.current(table.name)
      restored.rows += rows
    },
  })
  bar.end()
  around.say(`${restored.rows} rows are written: reading them back`)
  for (const table of snapshot.manifest.tables) {
    around.stopped.throwIfAborted()
    const sum = await sumOf(readRows(target.connection, table))
    if (sum.rows !== table.rows || sum.sha256 !== table.sha256) {
      throw new Error(
        `The table ${table.name} does not hold what the backup has: give an empty database, and try again`,
      )
    }
  }
}

/** The rows of a snapshot, for a copy that goes on by their number. */
function sourceOf({ path, manifest }: Snapshot): RowSource {
  return {
    id: manifest.id,
    tables: manifest.tables,
    migrations: manifest.migrations,
    sequences: manifest.sequences,
    rows: (table, after) => readTableFile(tableFile(path, table.name), after?.count),
  }
}

function assertMigrationsKnown({ path, manifest }: Snapshot): void {
  const known = MIGRATION_NAMES.slice(0, manifest.migrations.length)
  if (JSON.stringify(known) === JSON.stringify(manifest.migrations)) return
  throw new NotUsable(
    `${path} was made by Tripline ${manifest.triplineVersion}, whose database this one does not know ` +
      `(it has migration ${manifest.migrations.at(-1)}). Restore it with that version.`,
  )
}

/** How many webhooks are paused now that were not. */
async function holdDeliveries(target: OpenTarget, nowMs: number): Promise<number> {
  return target.withKysely((db) =>
    db.transaction().execute((tx) => pauseAllWebhooks(tx, { reason: 'restored_from_backup', nowMs })),
  )
}

const PROBLEMS_SHOWN = 20

export function listed(problems: readonly string[]): string {
  const more = problems.length - PROBLEMS_SHOWN
  return [...problems.slice(0, PROBLEMS_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])]
    .map((problem) => `  - ${problem}`)
    .join('\n')
}
