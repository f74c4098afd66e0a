/**
 * Runs every benchmark of `bench/`, one after the other (`npm run bench`), or those that are named
 * (`npm run bench -- latency drain`). What begins with a dash is passed on to each.
 *
 * With `--smoke` (`npm run bench:smoke`) each runs once and small, so that none rots between the times somebody
 * measures: figures of such a run mean nothing, so two run at once, and processes start with what Node.js compiled for
 * others. Exits with 1 when one fails or outlives its limit.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const BENCH_FOLDER = join(ROOT, 'bench')
const SMOKE_TIMEOUT_MS = 5 * 60_000
const FULL_TIMEOUT_MS = 60 * 60_000

const passedOn = process.argv.slice(2).filter((argument) => argument.startsWith('-'))
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
const isSmoke = passedOn.includes('--smoke')
const timeoutMs = isSmoke ? SMOKE_TIMEOUT_MS : FULL_TIMEOUT_MS
const known = existsSync(BENCH_FOLDER)
  ? readdirSync(BENCH_FOLDER).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  : []
const unknown = wanted.filter((name) => !known.includes(`${name}.ts`))
if (unknown.length > 0) {
  console.error(
    `No benchmark is called ${unknown.join(' or ')}: there are ${known.map((name) => name.slice(0, -3)).join(', ')}`,
  )
  process.exit(2)
}
const names = wanted.length === 0 ? known : wanted.map((name) => `${name}.ts`)

/** Two benchmarks at once would be in each other's figures, which in a smoke mean nothing. */
const width = isSmoke ? 2 : 1
const left = names.sort()
const count = names.length
let failedCount = 0
await Promise.all(
  Array.from({ length: width }, async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await run(name)
  }),
)

console.log(`\n${count - failedCount} of ${count} benchmarks ran`)
process.exitCode = failedCount === 0 ? 0 : 1

/** Where others run beside it, what it prints comes out when it ends. */
async function run(name: string): Promise<void> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [join(BENCH_FOLDER, name), ...passedOn], {
    stdio: width === 1 ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(isSmoke ? { NODE_COMPILE_CACHE: join(ROOT, '.cache', 'bytecode') } : {}) },
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  const title = `\n== bench/${name} ${passedOn.join(' ')}`
  if (width === 1) console.log(title)
  const printed: Buffer[] = []
  for (const output of [child.stdout, child.stderr]) output?.on('data', (chunk: Buffer) => printed.push(chunk))
  await once(child, 'close')
  if (width > 1) console.log(`${title}\n${Buffer.concat(printed)}`)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const ended = child.exitCode === 0 ? 'ended well' : `FAILED (${child.signalCode ?? `exit code ${child.exitCode}`})`
  console.log(`== bench/${name} ${ended} after ${seconds} s`)
  if (child.exitCode !== 0) failedCount++
}
