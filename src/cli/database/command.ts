import { parseArgs } from 'node:util'
import { readConfig } from '../../runtime/config.ts'
import { runCommand } from '../backup/command.ts'
import { listed } from '../backup/restore.ts'
import { WrongCall } from '../import/arguments.ts'
import { type Copied, copyDatabase } from './copy.ts'

const HELP = `Usage:
  tripline database copy [--to postgres://…]

Copies the embedded database of the data directory (TRIPLINE_DATA_DIR) into an empty PostgreSQL, and compares both row by
row. The server must be stopped. Run it again to go on after an interruption. The files of artifacts stay where they are:
start servers with the same TRIPLINE_DATA_DIR, or TRIPLINE_BLOBS, and TRIPLINE_DATABASE_URL.

  --to <url>   the PostgreSQL; without it TRIPLINE_DATABASE_URL, which other users of this machine cannot see
  --json       print the report as JSON

Exit codes: 0 all is there and the same, 1 not (the report names the rows), 2 called wrongly, 130 interrupted.
`

type Environment = Record<string, string | undefined>

/** `tripline database …`; the exit code. The report goes to the standard output, progress to the standard error. */
export async function databaseCommand(argv: string[], env: Environment): Promise<number> {
  return runCommand(argv, HELP, async (around) => {
    const call = readCall(argv, env)
    const copied = await copyDatabase(call, around)
    const isSame = copied.differences.length === 0
    if (call.json) console.log(JSON.stringify(copied, null, 2))
    else if (isSame) console.log(doneReport(copied, call))
    if (!isSame) console.error(differencesReport(copied))
    return isSame ? 0 : 1
  })
}

type Call = { targetUrl: string; dataDir: string; secretKey: string | undefined; json: boolean }

/** @throws WrongCall | ConfigError */
function readCall(argv: string[], env: Environment): Call {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { to: { type: 'string' }, json: { type: 'boolean' } },
  })
  if (positionals.length !== 1 || positionals[0] !== 'copy') throw new WrongCall(HELP)
  const { TRIPLINE_DATABASE_URL, ...rest } = env
  const targetUrl = values.to ?? TRIPLINE_DATABASE_URL
  if (targetUrl === undefined || !/^postgres(ql)?:\/\//.test(targetUrl)) {
    throw new WrongCall(
      '--to, or TRIPLINE_DATABASE_URL, takes the URL of a PostgreSQL: postgres://user:password@host/database',
    )
  }
  const { dataDir, secretKey } = readConfig(rest)
  return { targetUrl, dataDir, secretKey, json: values.json === true }
}

function doneReport(copied: Copied, { dataDir, secretKey }: Call): string {
  const key = secretKey === undefined ? `\nIt needs TRIPLINE_SECRET_KEY: the content of ${dataDir}/secret.key.` : ''
  return (
    `${copied.there ? 'All rows are there, as they were.' : `Copied ${copied.rows} rows of ${copied.tables} tables; all are the same on both sides.`}\n` +
    `Start servers with TRIPLINE_DATABASE_URL from now on, and the same files.${key}\n` +
    'The embedded database is left as it is: a server on it would send again what is waiting.'
  )
}

function differencesReport({ differences, more, there }: Copied): string {
  const rows = differences.map(({ table, key, kind }) => `${table} ${key} is ${kind}`)
  const others = more > 0 ? `\n  - and ${more} more` : ''
  return (
    `The rows are not the same in PostgreSQL:\n${listed(rows)}${others}\n` +
    (there
      ? 'Servers have used it since, or something else has: nothing was changed.'
      : 'Something has written to one of them. Give an empty database, and copy again.')
  )
}
