import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Agent, request } from 'undici'
import { COMPILE_CACHE } from '../../test/support/compile-cache.ts'

const ROOT = join(import.meta.dirname, '..', '..')
export const SOURCE_MAIN = join(ROOT, 'src', 'cli', 'main.ts')

const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 15_000

// biome-ignore lint/suspicious/noExplicitAny: benchmarks read answers of every shape
type Json = any

/** The real server, as `tripline serve`, in a process of its own. */
export type Tripline = {
  readonly pid: number
  readonly url: string
  /** A REST call as the administrator; `path` begins after `/api/v1`. Throws unless the answer is a success. */
  call(method: string, path: string, body?: unknown): Promise<Json>
  /** The administrator's. */
  readonly adminKey: string
  /** What the heap holds after a collection, in MiB, if the server was started with `support/heap.ts`. */
  heapUsedMiB(): Promise<number>
  /** Takes a profile until `stopProfile`, if the server was started with `support/profiler.ts`. */
  startProfile(): Promise<void>
  /** Microseconds the server's own thread was busy in each part, and how long it had a processor. */
  stopProfile(): Promise<{ us: Record<string, number>; cpuUs: number }>
  /** What `support/loop-delay.ts` measured since the last call, if the server was started with it. */
  loopDelayMs(): Promise<{ p50: number; p99: number; max: number }>
  stop(): Promise<void>
}

type StartOptions = { before?: readonly string[]; nodeArguments?: readonly string[]; main?: string }

/**
 * Starts a server on a free port over what `env` says, its webhooks free to reach loopback. Its administrator's key is
 * a new one unless `env` has one.
 *
 * - `before`: a program and its arguments to start the server with, such as a tracer that replaces itself by it.
 * - `nodeArguments`: such as `--cpu-prof`.
 */
export async function startTripline(env: Record<string, string>, options: StartOptions = {}): Promise<Tripline> {
  const adminKey = env.TRIPLINE_ADMIN_API_KEY ?? randomBytes(20).toString('hex')
  const { pid, url, ask, stop } = await startProcess(
    'serve',
    {
      TRIPLINE_ADMIN_USERNAME: 'bench',
      TRIPLINE_ADMIN_API_KEY: adminKey,
      TRIPLINE_HOLD_PER_MINUTE: '0',
      ...env,
    },
    options,
  )
  const agent = new Agent({ connections: 256, pipelining: 1 })

  return {
    pid,
    url,
    adminKey,
    async call(method, path, body) {
      const answer = await request(`${url}/api/v1${path}`, {
        dispatcher: agent,
        method: method as 'GET',
        headers: {
          authorization: `Bearer ${adminKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.body.text()
      if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`)
      return text === '' ? undefined : JSON.parse(text)
    },
    startProfile: () => ask('start profile'),
    stopProfile: () => ask('stop profile'),
    loopDelayMs: () => ask('loop delay'),
    heapUsedMiB: async () => (await ask('heap used')) / 1_024 ** 2,
    async stop() {
      await agent.destroy()
      await stop()
    },
  }
}

/** Starts `tripline worker`, a process of its own that sends for the server which `env` is of. */
export async function startWorker(
  env: Record<string, string>,
  server: Tripline,
): Promise<{ readonly pid: number; stop(): Promise<void> }> {
  return startProcess('worker', { TRIPLINE_PUBLIC_URL: server.url, ...env })
}

async function startProcess(command: 'serve' | 'worker', env: Record<string, string>, options: StartOptions = {}) {
  const [program = process.execPath, ...args] = [
    ...(options.before ?? []),
    process.execPath,
    ...(options.nodeArguments ?? []),
    ...(process.env.BENCH_NODE_ARGUMENTS?.split(' ') ?? []),
    options.main ?? SOURCE_MAIN,
    command,
  ]
  const child = spawn(program, args, {
    env: {
      PATH: process.env.PATH,
      ...COMPILE_CACHE,
      TRIPLINE_PORT: '0',
      TRIPLINE_WEBHOOK_ALLOW: '127.0.0.0/8',
      TRIPLINE_LOG_LEVEL: 'error',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  return {
    pid: child.pid!,
    url: await readyUrl(child.stdout!),
    /** The answer of a module that `node --import` loaded into the process. */
    async ask(question: string): Promise<Json> {
      child.send(question)
      const [answer] = await once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) })
      return answer
    },
    async stop() {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      await exited
      clearTimeout(late)
    },
  }
}

/** The address in the line a server prints when it is ready. */
async function readyUrl(stdout: NodeJS.ReadableStream): Promise<string> {
  const late = AbortSignal.timeout(START_TIMEOUT_MS)
  for await (const line of createInterface({ input: stdout, signal: late })) {
    const url = /^Tripline is ready at (http\S+)$/.exec(line)?.[1]
    if (url === undefined) continue
    stdout.resume()
    return url
  }
  throw new Error('the server did not become ready')
}
