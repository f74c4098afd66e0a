import { parseArgs } from 'node:util'
import { WrongCall } from '../import/arguments.ts'

export const BACKUP_HELP = `Usage:
  tripline backup --to <directory>       write a snapshot of the database and all files, while servers run
  tripline backup verify <directory>     read a backup again, and check every sum
  tripline backup prune <directory>      remove old snapshots, and files that no snapshot needs

The directory is made if it is missing. With one that has a backup already, only files that are new are copied; snapshots
lie beside each other in it, and each is whole. The settings are those of the server (TRIPLINE_DATA_DIR,
TRIPLINE_DATABASE_URL, TRIPLINE_BLOBS).

The master key is NOT in the backup: keep secret.key of the data directory, or TRIPLINE_SECRET_KEY, somewhere else.
Without it the secrets and webhook URLs of the backup cannot be read.

  --to <directory>     where to
  --snapshot <name>    verify: another snapshot than the newest
  --keep <n>           prune: only the newest n snapshots stay. Default: all
  --dry-run            prune: say what would be removed, and remove nothing
  --json               print the report as JSON

Exit codes: 0 whole, 1 not (the report says what), 2 called wrongly, 130 interrupted.
`

export const RESTORE_HELP = `Usage:
  tripline restore --from <directory> [--snapshot <name>] [--hold-deliveries]

Puts a backup into an empty database and the directory of blobs that the settings name (TRIPLINE_DATA_DIR,
TRIPLINE_DATABASE_URL, TRIPLINE_BLOBS): of either engine, whichever the backup is of. Servers must be stopped.

  --from <directory>   the backup
  --snapshot <name>    another snapshot than the newest
  --hold-deliveries    pause every webhook, so that what was waiting then is not sent until somebody resumes it
  --json               print the report as JSON

Exit codes: 0 restored and checked, 1 not, 2 called wrongly, 130 interrupted: run it again to go on.
`

export type BackupCall =
  | { action: 'make'; directory: string; json: boolean }
  | { action: 'verify'; directory: string; snapshot: string | undefined; json: boolean }
  | { action: 'prune'; directory: string; keep: number | undefined; dryRun: boolean; json: boolean }

/** @throws WrongCall */
export function readBackupCall(argv: string[]): BackupCall {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      to: { type: 'string' },
      snapshot: { type: 'string' },
      keep: { type: 'string' },
      'dry-run': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  })
  const json = values.json === true
  const dryRun = values['dry-run'] === true
  const [action, directory, ...more] = positionals
  if (action === 'prune' && directory !== undefined && more.length === 0 && values.to === undefined) {
    if (values.snapshot !== undefined) throw new WrongCall('--snapshot is for verify: prune goes by --keep')
    return { action, directory, keep: readKeep(values.keep), dryRun, json }
  }
  if (values.keep !== undefined || dryRun) throw new WrongCall('--keep and --dry-run are for prune')
  if (action === 'verify' && directory !== undefined && more.length === 0 && values.to === undefined) {
    return { action, directory, snapshot: values.snapshot, json }
  }
  if (action !== undefined) throw new WrongCall(BACKUP_HELP)
  if (!values.to) throw new WrongCall(`Say where to: --to <directory>\n\n${BACKUP_HELP}`)
  if (values.snapshot !== undefined) throw new WrongCall('--snapshot is for verify: a new one is named after the time')
  return { action: 'make', directory: values.to, json }
}

function readKeep(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const keep = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(keep) && keep >= 1) return keep
  throw new WrongCall('--keep takes a number of snapshots, at least 1')
}

export type RestoreCall = { directory: string; snapshot: string | undefined; hold: boolean; json: boolean }

/** @throws WrongCall */
export function readRestoreCall(argv: string[]): RestoreCall {
  const { values } = parseArgs({
    args: argv,
    options: {
      from: { type: 'string' },
      snapshot: { type: 'string' },
      'hold-deliveries': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  })
  if (!values.from) throw new WrongCall(`Say where from: --from <directory>\n\n${RESTORE_HELP}`)
  const { from, snapshot, json } = values
  return { directory: from, snapshot, hold: values['hold-deliveries'] === true, json: json === true }
}
