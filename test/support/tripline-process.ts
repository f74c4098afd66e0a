import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { COMPILE_CACHE } from './compile-cache.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const READY_MS_MAX = 30_000

export type TriplineProcess = {
  pid: number
  /** What it printed so far, on both outputs. */
  output(): string
  /** Resolves with where it listens; rejects if it ends before. */
  ready(): Promise<string>
  kill(signal: NodeJS.Signals): void
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** `tripline` as a process of its own, with no other variables than `env`. It does not outlive the test. */
export function runTripline(args: readonly string[], env: Record<string, string> = {}, cwd?: string): TriplineProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH ?? '', ...COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  // `close` and not `exit`: what it printed last has been read by then.
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const url = () => /Tripline is ready at (\S+)/.exec(output)?.[1]
  return {
    pid: child.pid as number,
    output: () => output,
    async ready() {
      const isOver = () => child.exitCode !== null || child.signalCode !== null
      await vi.waitUntil(() => url() !== undefined || isOver(), { timeout: READY_MS_MAX, interval: 10 })
      const found = url()
      if (found === undefined) throw new Error(`it ended instead of being ready: ${output}`)
      return found
    },
    kill: (signal) => child.kill(signal),
    ended,
  }
}
