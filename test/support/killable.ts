import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { COMPILE_CACHE } from './compile-cache.ts'

export type KillableServer = {
  url: string
  child: ChildProcess
  /** Resolves when the process is gone, however it ended. */
  gone: Promise<unknown>
  kill(): Promise<void>
  stop(): Promise<void>
}

const READY_MS_MAX = 60_000

/** Start `killable-process.ts` as a process of its own and wait until it listens; `undefined` if it died before. */
export async function startKillable(
  env: Record<string, string>,
  options: { isQuiet?: boolean } = {},
): Promise<KillableServer | undefined> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'killable-process.ts')], {
    // A copy of the source is run once: what is kept of it would only lie there.
    env: { PATH: process.env.PATH, ...(env.SERVER_SOURCE === undefined ? COMPILE_CACHE : {}), ...env },
    stdio: ['ignore', 'pipe', options.isQuiet === true ? 'ignore' : 'inherit'],
  })
  const gone = once(child, 'exit')
  const lines = createInterface({ input: child.stdout! })
  let timer: NodeJS.Timeout | undefined
  const url = await Promise.race([
    (async () => {
      for await (const line of lines) if (line.startsWith('ready ')) return line.slice('ready '.length)
      return undefined
    })(),
    gone.then(() => undefined),
    new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`the server was not ready within ${READY_MS_MAX} ms`)), READY_MS_MAX)
    }),
  ]).finally(() => clearTimeout(timer))
  if (url === undefined) return undefined
  child.stdout!.resume()
  return {
    url,
    child,
    gone,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    async stop() {
      child.kill('SIGTERM')
      await gone
    },
  }
}
