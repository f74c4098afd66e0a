import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WandbVersion } from '../../scripts/provision.ts'
import { toolPath } from './tools.ts'

const PYTHON_TIMEOUT_MS = 50_000
const OUTPUT_CHARACTERS_MAX = 4 * 1024 * 1024
/** How long output may still arrive once the script has ended: a child it left behind could hold the pipe for ever. */
const DRAIN_TIMEOUT_MS = 1_000

/** How a script ended: `exitCode` is `null` when a signal or the time limit (`timedOut`) ended it. */
export type PythonRun = { exitCode: number | null; timedOut: boolean; stdout: string; stderr: string }

/** The Python program that imports this version of `wandb`. For tests under `describeWithTool('wandb-<version>', …)`. */
function python(version: WandbVersion = '0.30.0'): string {
  return toolPath(`wandb-${version}`)
}

/**
 * Runs a script with the real `wandb` client and resolves when it has ended; it is killed after `timeoutMs`.
 *
 * - `script`: the path of a file, or `{ code }`.
 * - `env`: added to an environment that holds nothing of this machine's wandb settings. `HOME` and the working
 *   directory are a new folder, removed at the end, unless `env.HOME` or `cwd` say otherwise.
 * - `stdin`: text to read; none by default, so that a prompt fails at once instead of waiting.
 *
 * Output beyond 4 Mi characters a stream is cut.
 */
export async function runPython(
  script: string | { code: string },
  options: {
    version?: WandbVersion
    args?: readonly string[]
    env?: Record<string, string>
    cwd?: string
    stdin?: string
    timeoutMs?: number
  } = {},
): Promise<PythonRun> {
  const program = python(options.version)
  const home = mkdtempSync(join(tmpdir(), 'tripline-python-'))
  const file = typeof script === 'string' ? [script] : ['-c', script.code]
  const child = spawn(program, [...file, ...(options.args ?? [])], {
    cwd: options.cwd ?? home,
    env: {
      PATH: process.env.PATH ?? '',
      LANG: 'C.UTF-8',
      HOME: home,
      PYTHONUNBUFFERED: '1',
      NO_PROXY: '127.0.0.1,localhost',
      WANDB_ERROR_REPORTING: 'false',
      ...options.env,
    },
    // A group of its own, so that the time limit reaches what the script started too.
    detached: true,
    stdio: 'pipe',
  })
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')

  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      output[stream] = (output[stream] + chunk).slice(0, OUTPUT_CHARACTERS_MAX)
    })
  }

  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = child.exitCode === null && child.signalCode === null
    if (timedOut) killGroup(child.pid)
  }, options.timeoutMs ?? PYTHON_TIMEOUT_MS)

  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code) => setTimeout(() => resolve(code), DRAIN_TIMEOUT_MS).unref())
      child.on('close', (code) => resolve(code))
    })
    return { exitCode, timedOut, ...output }
  } finally {
    clearTimeout(timer)
    child.stdout.destroy()
    child.stderr.destroy()
    killGroup(child.pid)
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
