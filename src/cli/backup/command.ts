import { resolve } from 'node:path'
import { openBlobs } from '../../blobs/open.ts'
import { NotEmpty } from '../../database/copying/filling.ts'
import { openExisting } from '../../database/copying/opening.ts'
import type { Config } from '../../runtime/config.ts'
import { WrongCall } from '../import/arguments.ts'
import { inBytes } from '../import/report.ts'
import { BACKUP_HELP, RESTORE_HELP, readBackupCall, readRestoreCall } from './arguments.ts'
import { makeBackup } from './make-backup.ts'
import { NotUsable, openSnapshotOf } from './manifest.ts'
import { pruneBackup } from './prune-backup.ts'
import { listed, restore } from './restore.ts'
import { Interrupted, type Surroundings, surroundingsOf } from './surroundings.ts'
import { verifyBackup } from './verify-backup.ts'

const DONE = 0
const FAILED = 1
const WRONG_CALL = 2
const INTERRUPTED = 130

/** `tripline backup …`; the exit code. The report goes to the standard output, progress to the standard error. */
export async function backupCommand(argv: string[], readSettings: () => Config): Promise<number> {
  return runCommand(argv, BACKUP_HELP, async (around) => {
    const call = readBackupCall(argv)
    const directory = resolve(call.directory)
    if (call.action === 'prune') return prune(directory, call, around)
    if (call.action === 'verify') return verify(directory, call.snapshot, call.json, around)
    return make(directory, readSettings(), call.json, around)
  })
}

/** `tripline restore …`, likewise. */
export async function restoreCommand(argv: string[], readSettings: () => Config): Promise<number> {
  return runCommand(argv, RESTORE_HELP, async (around) => {
    const call = readRestoreCall(argv)
    const config = readSettings()
    const snapshot = await openSnapshotOf(resolve(call.directory), call.snapshot)
    const { hold } = call
    const restored = await restore(
      { snapshot, address: config, openBlobs: () => openBlobs(config), hold, nowMs: Date.now() },
      around,
    )
    const { createdAt, masterKey } = snapshot.manifest
    if (call.json) console.log(JSON.stringify({ snapshot: snapshot.name, createdAt, masterKey, ...restored }, null, 2))
    else {
      console.log(
        `Restored what was there at ${createdAt}: ${restored.rows} rows and ${restored.files} files, read back and ` +
          'found the same.',
      )
      if (hold) console.log(`Paused ${restored.held} webhooks: nothing is sent until they are resumed.`)
      else console.log('Deliveries that were waiting then are sent as soon as a server starts.')
      console.log(`Servers need the master key ${masterKey}, which was not in the backup: put it ${keyPlace(config)}.`)
    }
    return DONE
  })
}

/** What all of these commands do with their call, and with what ends them. */
export async function runCommand(
  argv: string[],
  help: string,
  work: (around: Surroundings) => Promise<number>,
): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(help)
    return DONE
  }
  try {
    return await work(surroundingsOf(process.stderr))
  } catch (error) {
    if (error instanceof Interrupted) {
      console.error('Interrupted: nothing is half done that the same command would not finish.')
      return INTERRUPTED
    }
    if (error instanceof WrongCall) {
      console.error(error.message)
      return WRONG_CALL
    }
    if (!(error instanceof NotUsable || error instanceof NotEmpty)) throw error
    console.error(error.message)
    return FAILED
  }
}

async function make(directory: string, config: Config, json: boolean, around: Surroundings): Promise<number> {
  // Before directories are made for a database that is not there.
  await (await openExisting(config, { hold: false })).close()
  const blobs = await openBlobs(config)
  const made = await makeBackup({ address: config, blobs, directory, nowMs: Date.now() }, around)
  const { manifest } = made
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0)
  const { missing, count, bytes } = manifest.blobs
  if (json) {
    const { createdAt, engine, masterKey } = manifest
    const copied = { copied: made.blobs.copied, there: made.blobs.there }
    console.log(
      JSON.stringify(
        { snapshot: made.name, createdAt, engine, masterKey, rows, blobs: { count, bytes, ...copied, missing } },
        null,
        2,
      ),
    )
  } else {
    console.log(
      `Backed up ${manifest.tables.length} tables with ${rows} rows, and ${count} files of ${inBytes(bytes)} ` +
        `(${made.blobs.copied} copied, ${made.blobs.there} there already), to ${made.path}`,
    )
    console.log(masterKeyNote(manifest.masterKey, config))
  }
  if (missing.length === 0) return DONE
  console.error(
    `${missing.length} files are not in the backup:\n${listed(missing.map(({ key, reason }) => `${key}: ${reason}`))}`,
  )
  return FAILED
}

async function verify(
  directory: string,
  name: string | undefined,
  json: boolean,
  around: Surroundings,
): Promise<number> {
  const snapshot = await openSnapshotOf(directory, name)
  const found = await verifyBackup(snapshot, { contents: true }, around)
  const { missing } = snapshot.manifest.blobs
  if (json) console.log(JSON.stringify({ snapshot: snapshot.name, ...found, missing }, null, 2))
  else if (found.problems.length === 0) {
    console.log(
      `The backup of ${snapshot.manifest.createdAt} is whole: ${found.tables} tables with ${found.rows} rows, and ` +
        `${found.blobs - missing.length} files of ${inBytes(found.bytes)}.`,
    )
  } else console.error(`The backup is not whole:\n${listed(found.problems)}`)
  if (missing.length > 0) {
    console.error(
      `${missing.length} files were not there when it was made:\n${listed(missing.map(({ key, reason }) => `${key}: ${reason}`))}`,
    )
  }
  return found.problems.length === 0 ? DONE : FAILED
}

async function prune(
  directory: string,
  call: { keep: number | undefined; dryRun: boolean; json: boolean },
  around: Surroundings,
): Promise<number> {
  const { keep, dryRun } = call
  const pruned = await pruneBackup({ directory, keep, dryRun }, around)
  const { snapshots, files } = pruned
  if (call.json) console.log(JSON.stringify({ dryRun, ...pruned }, null, 2))
  else {
    const left = snapshots.unfinished.length === 0 ? '' : `, ${snapshots.unfinished.length} left by interrupted backups`
    console.log(
      `${dryRun ? 'Dry run: nothing was removed. To remove' : 'Removed'}: ${snapshots.removed.length} snapshots${left}, and ` +
        `${files.removed} files of ${inBytes(files.removedBytes)}. What stays: ${snapshots.kept.length} snapshots with ` +
        `${files.kept} files.`,
    )
  }
  return DONE
}

function masterKeyNote(id: string, config: Config): string {
  return (
    `The master key ${id} is NOT in the backup, and its secrets and webhook URLs cannot be read without it: keep what is ` +
    `${keyPlace(config)} somewhere else.`
  )
}

function keyPlace({ secretKey, dataDir }: Config): string {
  return `in ${secretKey === undefined ? `${dataDir}/secret.key` : 'TRIPLINE_SECRET_KEY'}`
}
