/**
 * From the start of the process to the first `GET /ready` that answers 200, and resident memory five seconds later, idle;
 * beside a bare `node:http` server that answers the same.
 *
 * Method: each start has a process of its own; on a new, empty database ("first") and once more on the same. `source` is
 * what `npm start` runs, `compiled` what the npm package holds. Runs are interleaved. `--smoke` takes one run with a
 * shorter rest.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BenchEngine, onEachEngine } from './support/engines.ts'
import { printTable, spread } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { rssBytes } from './support/proc.ts'
import { SOURCE_MAIN } from './support/tripline.ts'

const ROOT = join(import.meta.dirname, '..')
const MIB = 1024 * 1024
const READY_TIMEOUT_MS = 30_000
const TRIES_MAX = 3
const ASK_AGAIN_MS = 2

const { smoke, runs, engine: only } = readFlags()
const idleMs = smoke ? 500 : 5_000

const BARE = `
  require('node:http').createServer((_, response) => response.end('ready')).listen(process.env.TRIPLINE_PORT, '127.0.0.1')`

type Figures = { firstMs: number[]; againMs: number[]; rssMiB: number[] }

// Below the project, where the compiled code finds its packages; not where others may be building too.
const compiled = join(ROOT, '.cache', `bench-start-${process.pid}`)
const COMPILED_MAIN = join(compiled, 'dist', 'cli', 'main.js')
try {
  compile()
  const commands = {
    source: [...flagsOf(SOURCE_MAIN), SOURCE_MAIN, 'serve'],
    compiled: [...flagsOf(COMPILED_MAIN), COMPILED_MAIN, 'serve'],
    'bare node:http': ['--eval', BARE],
  }
  console.log(`${runs} run${runs === 1 ? '' : 's'}: median (range)`)
  await onEachEngine((engine) => measure(engine, commands), { only })
} finally {
  rmSync(compiled, { recursive: true, force: true })
}

function compile(): void {
  mkdirSync(compiled, { recursive: true })
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  // Whether the types hold is asked elsewhere.
  const options = ['-p', 'tsconfig.build.json', '--noCheck', '--outDir', join(compiled, 'dist')]
  execFileSync(process.execPath, [compiler, ...options], { cwd: ROOT, stdio: 'inherit' })
  // Its version stands in package.json, which the code reads from beside itself.
  execFileSync('cp', [join(ROOT, 'package.json'), compiled])
}

/** What the program asks Node.js for in its first line, and `npm start` on its behalf. */
function flagsOf(main: string): string[] {
  const [firstLine] = readFileSync(main, 'utf8').split('\n')
  return firstLine!.split(' ').filter((word) => word.startsWith('--'))
}

async function measure(engine: BenchEngine, commands: Record<string, string[]>): Promise<void> {
  const figures = new Map<string, Figures>()
  for (const name of Object.keys(commands)) figures.set(name, { firstMs: [], againMs: [], rssMiB: [] })
  for (let run = 0; run < runs; run++) {
    for (const [name, command] of Object.entries(commands)) {
      const { firstMs, againMs, rssMiB } = figures.get(name)!
      const database = await engine.givenDatabase()
      try {
        const first = await start(command, database.env)
        firstMs.push(first.readyMs)
        await stop(first.child)
        const again = await start(command, database.env)
        againMs.push(again.readyMs)
        await sleep(idleMs)
        rssMiB.push(rssBytes(again.child.pid!) / MIB)
        await stop(again.child)
      } finally {
        await database.drop()
      }
    }
  }
  printTable(
    [engine.title, 'ready on a new database, ms', 'ready again, ms', `resident after ${idleMs / 1_000} s, MiB`],
    [...figures].map(([name, { firstMs, againMs, rssMiB }]) => [
      name,
      spread(firstMs, 0),
      spread(againMs, 0),
      spread(rssMiB, 0),
    ]),
  )
}

async function start(
  command: string[],
  env: Record<string, string>,
): Promise<{ child: ChildProcess; readyMs: number }> {
  for (let tries = 1; ; tries++) {
    try {
      return await startOn(await freePort(), command, env)
    } catch (error) {
      // Another program may have taken the port meanwhile.
      if (tries === TRIES_MAX) throw error
    }
  }
}

async function startOn(
  port: number,
  command: string[],
  env: Record<string, string>,
): Promise<{ child: ChildProcess; readyMs: number }> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, command, {
    env: { PATH: process.env.PATH, TRIPLINE_LOG_LEVEL: 'error', ...env, TRIPLINE_PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`the process ended with exit code ${child.exitCode}`)
    if (performance.now() - startedAt > READY_TIMEOUT_MS) throw new Error('the process did not become ready')
    await sleep(ASK_AGAIN_MS)
  }
  return { child, readyMs: performance.now() - startedAt }
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request({ host: '127.0.0.1', port, path: '/ready', agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asking.on('error', () => resolve(false))
    asking.end()
  })
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
