#!/usr/bin/env -S node --disable-warning=ExperimentalWarning --max-semi-space-size=4
// The flag above: 4 MB of young objects instead of 16 make an idle server some 30 MB smaller, for a few per cent more work
// of the garbage collector. `npm start` gives it too.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Logger } from 'pino'
import { ConfigError, readConfig, SETTINGS } from '../runtime/config.ts'
import { VERSION } from '../runtime/version.ts'

/** Exit codes: 0 done, 1 failed, 2 called wrongly. */
const WRONG_CALL = 2

/** A stop that has not ended after this long is ended the hard way. */
const STOP_MS_MAX = 10_000

/** npm passes Ctrl-C on to us, who got it from the terminal already: only what comes later is a second one. */
const SECOND_SIGNAL_MS_MIN = 1_000

const HELP = `Tripline ${VERSION}: an artifact registry with automations, for the wandb client.

Usage:
  tripline serve [--<setting> <value> ...]   run the server
  tripline worker [--<setting> <value> ...]  send deliveries for servers that share a PostgreSQL, and serve no API
  tripline admin create <username>           create an administrator and print an API key (server stopped)
  tripline import wandb <entity>[/<project>] --from <url> --to <url>
                                             copy projects from a server that speaks the wandb client's protocol
  tripline blobs copy --to <place>           copy the bytes to a directory or a bucket, to switch to it
  tripline blobs gc [--dry-run]              remove bytes that nothing needs any more; or say how many
  tripline backup --to <directory>           write the database and all files into a backup, while servers run
  tripline backup verify <directory>         read a backup again, and check every sum
  tripline restore --from <directory>        put a backup into an empty database, of either engine
  tripline database copy --to <url>          move the embedded database to PostgreSQL (server stopped)
  tripline --version | --help

Settings are environment variables, each also a flag of serve and worker (TRIPLINE_PORT is --port):
${SETTINGS.map((setting) => `  ${setting.name.padEnd(26)} ${setting.help}${setting.default === '' ? '' : ` Default: ${setting.default}`}`).join('\n')}
`

async function main(argv: string[]): Promise<void> {
  const [command, ...rest] = argv
  switch (command) {
    case 'serve':
      return serve(rest)
    case 'worker':
      return worker(rest)
    case 'admin':
      return admin(rest)
    case 'import': {
      const { importCommand } = await import('./import/command.ts')
      process.exitCode = await importCommand(rest, process.env)
      return
    }
    case 'blobs': {
      const { blobsCommand } = await import('./blobs/command.ts')
      process.exitCode = await blobsCommand(rest, process.env)
      return
    }
    case 'backup':
    case 'restore': {
      const { backupCommand, restoreCommand } = await import('./backup/command.ts')
      const run = command === 'backup' ? backupCommand : restoreCommand
      process.exitCode = await run(rest, () => readConfig(process.env))
      return
    }
    case 'database': {
      const { databaseCommand } = await import('./database/command.ts')
      process.exitCode = await databaseCommand(rest, process.env)
      return
    }
    case '--version':
    case '-v':
      console.log(VERSION)
      return
    case '--help':
    case '-h':
    case 'help':
      console.log(HELP)
      return
    default:
      console.error(command === undefined ? HELP : `"${command}" is not a command.\n\n${HELP}`)
      process.exitCode = WRONG_CALL
  }
}

async function serve(argv: string[]): Promise<void> {
  if (asksForHelp(argv)) return console.log(HELP)
  const config = readConfig(environmentWithFlags(argv))
  keepCompiled()
  const { startServer } = await import('../server.ts')
  const server = await startServer(config)
  stopOnSignals(server)
  console.log(`Tripline is ready at ${server.url}`)
  if (server.world.config.publicUrl !== server.url) console.log(`  clients use   ${server.world.config.publicUrl}`)
  if (server.setupUrl !== undefined) {
    console.log(`  first visit   ${server.setupUrl}   (once, within 24 hours)`)
  }
}

async function worker(argv: string[]): Promise<void> {
  if (asksForHelp(argv)) return console.log(HELP)
  const config = readConfig(environmentWithFlags(argv), 'worker')
  keepCompiled()
  const { startWorker } = await import('../server.ts')
  const running = await startWorker(config)
  stopOnSignals(running)
  console.log(`Tripline is ready at ${running.url}`)
  console.log('  a worker      sends deliveries; serves /live, /ready and /metrics, and no API')
}

/**
 * From the second start on: two thirds of the time. Beside the code, because whoever can write there can change the code
 * as well; where we cannot, the start is as slow as the first.
 */
function keepCompiled(): void {
  enableCompileCache(join(import.meta.dirname, '..', '..', '.cache', 'compiled'))
}

function stopOnSignals(running: { world: { log: Logger }; stop(): Promise<void> }): void {
  const { log } = running.world
  let stoppedAt: number | undefined
  const stop = (signal: NodeJS.Signals) => {
    if (stoppedAt !== undefined) {
      if (signal === 'SIGINT' && performance.now() - stoppedAt > SECOND_SIGNAL_MS_MIN) process.exit(1)
      return
    }
    stoppedAt = performance.now()
    log.info({ signal }, 'stopping: requests and sends in progress finish; once more ends them')
    setTimeout(() => process.exit(1), STOP_MS_MAX).unref()
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'the stop failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

async function admin(argv: string[]): Promise<void> {
  if (asksForHelp(argv)) return console.log(HELP)
  const { positionals } = parseArgs({ args: argv, allowPositionals: true, options: {} })
  const [action, username, ...more] = positionals
  if (action !== 'create' || username === undefined || more.length > 0) {
    console.error('Usage: tripline admin create <username>')
    process.exitCode = WRONG_CALL
    return
  }
  const { createAdminOffline } = await import('./admin.ts')
  const { apiKey } = await createAdminOffline(readConfig(process.env), username)
  console.log(`Created the administrator ${username}. Their API key, shown only now:\n${apiKey}`)
}

function asksForHelp(argv: string[]): boolean {
  return argv.includes('--help') || argv.includes('-h')
}

/** A flag stands for the variable of the same name, and wins over it. */
function environmentWithFlags(argv: string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(SETTINGS.map((setting) => [flagOf(setting.name), { type: 'string' as const }]))
  const { values } = parseArgs({ args: argv, options, allowPositionals: false })
  const env: Record<string, string | undefined> = { ...process.env }
  for (const setting of SETTINGS) {
    const given = values[flagOf(setting.name)]
    if (typeof given === 'string') env[setting.name] = given
  }
  return env
}

function flagOf(name: string): string {
  return name
    .replace(/^TRIPLINE_/, '')
    .toLowerCase()
    .replaceAll('_', '-')
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const isCall = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
  const { message } = error as Error
  const isStart = process.argv[2] === 'serve' || process.argv[2] === 'worker'
  const isAnswer = isCall || error instanceof ConfigError || !isStart
  console.error(isAnswer ? message : `Tripline cannot start: ${message}`)
  process.exit(isCall || error instanceof ConfigError ? WRONG_CALL : 1)
}
