/** A throwaway PostgreSQL server on loopback. Imports nothing of vitest, so that benchmarks can start one too. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/**
 * `adminUrl`: of the superuser, its database being `postgres`. `stop` ends the server and removes all it wrote; `crash`
 * only ends it, without a good-bye to anybody, and `startAgain` brings it back with what it had.
 */
export type PostgresServer = {
  adminUrl: string
  crash(): Promise<void>
  startAgain(): Promise<void>
  stop(): Promise<void>
}

const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000
const START_ATTEMPTS_MAX = 3

/**
 * Starts a server in a new temporary folder on a free port of 127.0.0.1, with a random superuser password, ready for
 * connections; or says why it could not.
 *
 * - `programs`: the folder of `initdb` and `postgres`.
 * - `durable`: sync as production would, for measurements. Without it nothing is synced: a test that needs to lose
 *   power needs another server.
 *
 * PostgreSQL refuses to run as root, so for root it runs as `postgres` or `nobody`. Should this process die without
 * stopping it, a watchdog does within two seconds.
 */
export async function startPostgresServer(
  programs: string,
  options: { durable?: boolean } = {},
): Promise<PostgresServer | { failure: string }> {
  const owner = await unprivilegedOwner()
  const folder = mkdtempSync(join(tmpdir(), 'tripline-pg-'))
  const dataFolder = join(folder, 'data')
  const password = randomBytes(18).toString('hex')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (owner !== undefined) {
    chownSync(folder, owner.uid, owner.gid)
    chownSync(passwordFile, owner.uid, owner.gid)
  }

  const failed = (failure: string) => {
    rmSync(folder, { recursive: true, force: true })
    return { failure }
  }

  const initdb = start(
    join(programs, 'initdb'),
    ['--pgdata', dataFolder, '--username', 'postgres', '--pwfile', passwordFile, '--auth', 'password'].concat([
      '--encoding',
      'UTF8',
      '--locale',
      'C',
      '--no-sync',
      '--no-instructions',
    ]),
    { folder, owner },
  )
  if (!(await endsWithin(initdb.process, START_TIMEOUT_MS)) || initdb.process.exitCode !== 0) {
    initdb.process.kill('SIGKILL')
    return failed(`initdb failed: ${initdb.lastLine()}`)
  }

  const careless = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`]
      .concat(['max_connections=300', 'timezone=UTC', 'jit=off', 'log_min_messages=fatal'])
      .concat(options.durable === true ? [] : careless)
    const startServer = () =>
      start(join(programs, 'postgres'), ['-D', dataFolder, ...settings.flatMap((setting) => ['-c', setting])], {
        folder,
        owner,
      })
    let server = startServer()
    const watchdog = startWatchdog(folder, dataFolder)
    const adminUrl = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
    if (await accepts(adminUrl, server.process)) {
      return {
        adminUrl,
        async crash() {
          // "Immediate" shutdown: no connection is told, and the next start recovers from the log.
          server.process.kill('SIGQUIT')
          await endsWithin(server.process, STOP_TIMEOUT_MS)
        },
        async startAgain() {
          server = startServer()
          if (!(await accepts(adminUrl, server.process))) throw new Error(`it did not come back: ${server.lastLine()}`)
        },
        stop: () => stop(server.process, watchdog, folder),
      }
    }

    // Another process may have taken the port between the look and the start.
    const portTaken = server.process.exitCode !== null && attempt < START_ATTEMPTS_MAX
    const reason = server.lastLine()
    await stop(server.process, watchdog, portTaken ? undefined : folder)
    if (!portTaken) return failed(`the throwaway PostgreSQL did not start: ${reason}`)
  }
}

/** A folder like that of PostgreSQL's programs, whose server has such syncs, in its own processes too. */
export function postgresWith(programs: string, before: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'tripline-pg-programs-'))
  chmodSync(folder, 0o755)
  for (const [name, command] of [
    ['initdb', []],
    ['postgres', before],
  ] as const) {
    const words = [...command, join(programs, name)].map((word) => `'${word}'`).join(' ')
    writeFileSync(join(folder, name), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 })
  }
  return folder
}

type Owner = { uid: number; gid: number }

async function unprivilegedOwner(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([id('-u', user), id('-g', user)])
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  return { uid: 65_534, gid: 65_534 }
}

async function id(flag: '-u' | '-g', user: string): Promise<number | undefined> {
  const child = spawn('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  await once(child, 'close')
  return child.exitCode === 0 ? Number(output) : undefined
}

function start(program: string, args: string[], where: { folder: string; owner: Owner | undefined }) {
  const child = spawn(program, args, {
    ...where.owner,
    cwd: where.folder,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4_096)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.on('error', (error) => keep(Buffer.from(error.message)))
  return { process: child, lastLine: () => output.trim().split('\n').at(-1) || 'it printed nothing' }
}

/**
 * A shell that outlives this process and, once it is gone, ends the server and removes its folder. It takes the pid
 * from the data folder, where a server that has ended leaves none, so it cannot hit a later process of the same pid.
 */
function startWatchdog(folder: string, dataFolder: string): ChildProcess {
  const script = `
    while kill -0 "$1" 2>/dev/null; do sleep 1; done
    pid=$(head -n 1 "$3/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null && sleep 1
    rm -rf "$2"`
  const watchdog = spawn('sh', ['-c', script, 'watchdog', String(process.pid), folder, dataFolder], {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
  })
  watchdog.unref()
  return watchdog
}

async function accepts(adminUrl: string, server: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadline && server.exitCode === null && server.signalCode === null) {
    const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5_000 })
    try {
      await client.connect()
      return true
    } catch {
      await sleep(20)
    } finally {
      await client.end().catch(() => {})
    }
  }
  return false
}

async function stop(server: ChildProcess, watchdog: ChildProcess, folder: string | undefined): Promise<void> {
  watchdog.kill('SIGKILL')
  // PostgreSQL's "immediate" shutdown: the data is thrown away next.
  server.kill('SIGQUIT')
  if (!(await endsWithin(server, STOP_TIMEOUT_MS))) server.kill('SIGKILL')
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

async function endsWithin(child: ChildProcess, timeoutMs: number): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return true
  const timeout = AbortSignal.timeout(timeoutMs)
  return await once(child, 'exit', { signal: timeout }).then(
    () => true,
    () => false,
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address with a port')
  return address.port
}
