import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Agent, request } from 'undici'

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
  /** What `support/loop-delay.ts` measured since the last call, if the server was started with it. */
  loopDelayMs(): Promise<{ p50: number; p99: number; max: number }>
  stop(): Promise<void>
}

/**
 * Starts a server on a free port over what `env` says, its webhooks free to reach loopback.
 *
 * - `before`: a program and its arguments to start the server with, such as a tracer that replaces itself by it.
 * - `nodeArguments`: such as `--cpu-prof`.
 */
export async function startTripline(
  env: Record<string, string>,
  options: { before?: readonly string[]; nodeArguments?: readonly string[]; main?: string } = {},
): Promise<Tripline> {
  const apiKey = randomBytes(20).toString('hex')
  const command = [
    ...(options.before ?? []),
    process.execPath,
    ...(options.nodeArguments ?? []),
    ...(process.env.BENCH_NODE_ARGUMENTS?.split(' ') ?? []),
    options.main ?? SOURCE_MAIN,
    'serve',
  ]
  const child = spawn(command[0]!, command.slice(1), {
    env: {
      PATH: process.env.PATH,
      TRIPLINE_PORT: '0',
      TRIPLINE_ADMIN_USERNAME: 'bench',
      TRIPLINE_ADMIN_API_KEY: apiKey,
      TRIPLINE_WEBHOOK_ALLOW: '127.0.0.0/8',
      TRIPLINE_LOG_LEVEL: 'error',
      TRIPLINE_HOLD_PER_MINUTE: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const url = await readyUrl(child.stdout!)
  const agent = new Agent({ connections: 256, pipelining: 1 })

  return {
    pid: child.pid!,
    url,
    async call(method, path, body) {
      const answer = await request(`${url}/api/v1${path}`, {
        dispatcher: agent,
        method: method as 'GET',
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.body.text()
      if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`)
      return text === '' ? undefined : JSON.parse(text)
    },
    async loopDelayMs() {
      child.send('loop delay')
      const [message] = await once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) })
      return message
    },
    async stop() {
      await agent.destroy()
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
