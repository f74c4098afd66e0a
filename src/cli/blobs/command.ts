import { parseArgs } from 'node:util'
import { readConfig } from '../../runtime/config.ts'
import { Progress } from '../import/progress.ts'
import { inBytes } from '../import/report.ts'
import { copyTo } from './copy.ts'
import { collect } from './garbage.ts'

const DONE = 0
const FAILED = 1
const WRONG_CALL = 2

const AT_ONCE = { usual: 8, max: 64 }

const HELP = `Usage:
  tripline blobs copy --to <place> [--at-once <n>]
  tripline blobs gc [--dry-run]

copy   Copies all bytes from where TRIPLINE_BLOBS says to another place: a directory, or s3://<bucket>/<prefix>. The server
       may run. Run it again to go on after an interruption, or for what is new: what is there is passed over. Each file
       must have the digest that the database knows of it.

         --to <place>     where to copy to; the TRIPLINE_S3_ settings are of the bucket, whichever side it is on
         --at-once <n>    files at the same time, 1 to ${AT_ONCE.max}. Default: ${AT_ONCE.usual}

gc     Removes the bytes that no version, run or upload needs any more and whose grace (TRIPLINE_BLOBS_GRACE_HOURS) is
       over. Servers do it by themselves. With the embedded database the server must be stopped, but not for --dry-run.

         --dry-run        say how many there are, and remove nothing

Exit codes: 0 done, 1 something could not be copied or removed, 2 called wrongly.
`

/** `tripline blobs …`; the exit code. Results go to the standard output, progress to the standard error. */
export async function blobsCommand(argv: string[], env: Record<string, string | undefined>): Promise<number> {
  const [action, ...rest] = argv
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(HELP)
    return DONE
  }
  if (action === 'copy') return copy(rest, env)
  if (action === 'gc') return gc(rest, env)
  console.error(HELP)
  return WRONG_CALL
}

async function copy(argv: string[], env: Record<string, string | undefined>): Promise<number> {
  const options = { to: { type: 'string' }, 'at-once': { type: 'string' } } as const
  const { values } = parseArgs({ args: argv, options })
  const atOnce = Number(values['at-once'] ?? AT_ONCE.usual)
  if (values.to === undefined || !Number.isInteger(atOnce) || atOnce < 1 || atOnce > AT_ONCE.max) {
    console.error(HELP)
    return WRONG_CALL
  }
  const [from, to] = [readConfig(env), readConfig({ ...env, TRIPLINE_BLOBS: values.to })]
  if (placeOf(from) === placeOf(to)) {
    console.error(
      `The bytes are at ${placeOf(from)} already: TRIPLINE_BLOBS says where they are, --to where they shall be`,
    )
    return WRONG_CALL
  }
  const report = await copyTo(from, to, {
    atOnce,
    progress: new Progress(process.stderr, () => performance.now()),
  })
  console.log(
    `Copied ${report.copied} files (${inBytes(report.bytes)}) to ${placeOf(to)}; ${report.there} were there already` +
      (report.gone > 0 ? `; ${report.gone} were removed meanwhile` : ''),
  )
  for (const { key, message } of report.problems) console.log(`  not copied: ${key}: ${message}`)
  return report.problems.length > 0 ? FAILED : DONE
}

function placeOf({ blobsS3, blobsDir }: ReturnType<typeof readConfig>): string {
  return blobsS3 === undefined ? blobsDir : `s3://${blobsS3.bucket}/${blobsS3.prefix}`
}

async function gc(argv: string[], env: Record<string, string | undefined>): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { 'dry-run': { type: 'boolean' } } })
  const found = await collect(readConfig(env), { dryRun: values['dry-run'] === true })
  const show = ({ count, bytes }: { count: number; bytes: number }) => `${count} files (${inBytes(bytes)})`
  if (found.removed !== undefined) console.log(`Removed ${show(found.removed)}`)
  const { now, later } = found.summary
  if (found.removed === undefined) console.log(`Would remove ${show(now)}; ${show(later)} are within their grace`)
  else console.log(`Left: ${show(now)}; ${show(later)} are within their grace`)
  return found.removed !== undefined && now.count > 0 ? FAILED : DONE
}
