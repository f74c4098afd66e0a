import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const CLIENT_TIMEOUT_MS = 20 * 60_000
const SCRIPT = join(import.meta.dirname, 'client.py')

/** What the client does, shape after shape: `count` files of `bytes` each, logged and downloaded; then a listing. */
export type Task = {
  shapes: readonly { name: string; count: number; bytes: number }[]
  list: { name: string; versions: number } | null
}

/**
 * Seconds of each step (`log one`, `download one`, …, `list`) of the real client in a process of its own, with a home
 * below `homes`, which is left there.
 */
export async function timeClient(
  python: string,
  server: { url: string; key: string },
  homes: string,
  task: Task,
): Promise<Record<string, number>> {
  const home = mkdtempSync(join(homes, 'client-'))
  const { stdout } = await promisify(execFile)(python, [SCRIPT, JSON.stringify(task)], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      HOME: home,
      TMPDIR: home,
      NO_PROXY: '127.0.0.1',
      WANDB_BASE_URL: server.url,
      WANDB_API_KEY: server.key,
      WANDB_SILENT: 'true',
      WANDB_ERROR_REPORTING: 'false',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    timeout: CLIENT_TIMEOUT_MS,
    maxBuffer: 64 * 1024 ** 2,
  })
  const line = stdout.split('\n').find((line) => line.startsWith('seconds '))
  if (line === undefined) throw new Error(`the client said nothing of its times: ${stdout.slice(-2_000)}`)
  return JSON.parse(line.slice('seconds '.length)) as Record<string, number>
}
