/** The suite of the real client in `test/clients/`, a file of it at a time. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WandbVersion } from '../../scripts/provision.ts'
import { type PythonRun, runPython } from './python.ts'

const CLIENTS = join(import.meta.dirname, '..', 'clients')
export const FILE_TIMEOUT_MS = 240_000

export type Outcome = { name: string; outcome: 'passed' | 'failed' | 'skipped'; text: string }
export type FileResult = { outcomes: Outcome[]; run: PythonRun }

export const CONFORMANCE_FILES = readdirSync(CLIENTS).filter((name) => /^test_\w+\.py$/.test(name))

/** The names as pytest knows them; a parametrised test is one. */
export function testNames(file: string): string[] {
  const text = readFileSync(join(CLIENTS, file), 'utf8')
  return Array.from(text.matchAll(/^def (test_\w+)\(/gm), ([, name]) => name!)
}

/** Runs a file against a server, in a process of its own; what came of each of its tests. */
export async function runConformanceFile(
  file: string,
  server: { url: string; adminKey: string },
  version: WandbVersion,
): Promise<FileResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tripline-conformance-'))
  const outcomes = join(folder, 'outcomes')
  const pytest = ['-q', '-p', 'no:cacheprovider', '--rootdir', CLIENTS]
  try {
    const run = await runPython(
      { code: 'import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))' },
      {
        version,
        args: [...pytest, `--basetemp=${join(folder, 'work')}`, `--outcomes=${outcomes}`, join(CLIENTS, file)],
        env: {
          WANDB_BASE_URL: server.url,
          TRIPLINE_ADMIN_API_KEY: server.adminKey,
          WANDB_SILENT: 'true',
          PYTHONDONTWRITEBYTECODE: '1',
          // Nobody listens on the discard port: what is not for the server itself goes nowhere.
          HTTP_PROXY: 'http://127.0.0.1:9',
          HTTPS_PROXY: 'http://127.0.0.1:9',
        },
        timeoutMs: FILE_TIMEOUT_MS,
      },
    )
    const lines = existsSync(outcomes) ? readFileSync(outcomes, 'utf8').trim().split('\n') : []
    return { run, outcomes: lines.filter(Boolean).map((line) => JSON.parse(line) as Outcome) }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}
