import { IMPORT_HELP, readImportOptions, WrongCall } from './arguments.ts'
import { importWandb } from './import-wandb.ts'
import { Progress } from './progress.ts'
import { renderReport } from './report.ts'

const DONE = 0
const FAILED = 1
const WRONG_CALL = 2

/** `tripline import …`; the exit code. The report goes to the standard output, progress to the standard error. */
export async function importCommand(argv: string[], env: Record<string, string | undefined>): Promise<number> {
  const [kind, ...rest] = argv
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(IMPORT_HELP)
    return DONE
  }
  if (kind !== 'wandb') {
    console.error(IMPORT_HELP)
    return WRONG_CALL
  }
  try {
    const options = readImportOptions(rest, env)
    const report = await importWandb(options, new Progress(process.stderr, () => performance.now()))
    console.log(options.json ? JSON.stringify(report, null, 2) : renderReport(report))
    return report.problems.length > 0 ? FAILED : DONE
  } catch (error) {
    if (!(error instanceof WrongCall)) throw error
    console.error(error.message)
    return WRONG_CALL
  }
}
