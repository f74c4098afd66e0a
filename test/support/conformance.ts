/** The suite of the real client in `test/clients/`. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WandbVersion } from '../../scripts/provision.ts'
import { type PythonRun, runPython } from './python.ts'

const CLIENTS = join(import.meta.dirname, '..', 'clients')
export const RUN_TIMEOUT_MS = 10 * 60_000

export type Outcome = { file: string; name: string; outcome: 'passed' | 'failed' | 'skipped'; text: string }
export type ConformanceRun = { outcomes: Outcome[]; run: PythonRun }

export const CONFORMANCE_FILES = readdirSync(CLIENTS).filter((name) => /^test_\w+\.py$/.test(name))

/** The names as pytest knows them; a parametrised test is one. */
export function testNames(file: string): string[] {
  const text = readFileSync(join(CLIENTS, file), 'utf8')
  return Array.from(text.matchAll(/^def (test_\w+)\(/gm), ([, name]) => name!)
}

/** Runs files against a server, one after the other in a process of their own; what came of each of their tests. */
export async function runConformanceFiles(
  files: readonly string[],
  server: { url: string; adminKey: string },
  version: WandbVersion,
): Promise<ConformanceRun> {
  const folder = mkdtempSync(join(tmpdir(), 'tripline-conformance-'))
  const outcomes = join(folder, 'outcomes')
  const pytest = ['-q', '-p', 'no:cacheprovider', '--rootdir', CLIENTS]
  try {
    const run = await runPython(
      { code: 'import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))' },
      {
        version,
        args: [
          ...pytest,
          `--basetemp=${join(folder, 'work')}`,
          `--outcomes=${outcomes}`,
          ...files.map((file) => join(CLIENTS, file)),
        ],
        env: {
          WANDB_BASE_URL: server.url,
          TRIPLINE_ADMIN_API_KEY: server.adminKey,
          WANDB_SILENT: 'true',
          PYTHONDONTWRITEBYTECODE: '1',
          // Nobody listens on the discard port: what is not for the server itself goes nowhere.
          HTTP_PROXY: 'http://127.0.0.1:9',
          HTTPS_PROXY: 'http://127.0.0.1:9',
        },
        timeoutMs: RUN_TIMEOUT_MS,
      },
    )
    const lines = existsSync(outcomes) ? readFileSync(outcomes, 'utf8').trim().split('\n') : []
    return { run, outcomes: lines.filter(Boolean).map((line) => JSON.parse(line) as Outcome) }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}
