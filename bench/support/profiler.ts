/** Loaded into a server by `node --import`: takes profiles of its thread when asked, and tells them by parts. */
import { type Profiler, Session } from 'node:inspector/promises'

const INTERVAL_US = 200

/**
 * By the file and the name of the function that was running: the first that fits. Native functions have no file; those
 * named here are of `node:sqlite`, where `exec` begins and commits.
 */
const PARTS: readonly [part: string, file: RegExp, name?: RegExp][] = [
  ['collecting garbage', /^$/, /^\(garbage collector\)$/],
  ['begin and durable commit of SQLite', /^$/, /^exec$/],
  ['statements of SQLite', /^$/, /^(all|iterate|next|run)$/],
  ['statements of SQLite', /src\/database\/sqlite-dialect\.ts$/],
  ['writing to sockets', /^$/, /^write(v|Buffer|\w+String)$/],
  ['protocol of PostgreSQL', /node_modules\/pg(-[a-z]+)?\//],
  ['building statements, transactions', /src\/database\/|node_modules\/kysely\//],
  ['signing', /src\/webhooks\/signature|internal\/crypto/],
  ['requests: undici', /node_modules\/undici\/|^wasm:/],
  ['requests: our connection', /src\/deliveries\/(connection|send|answer-)|src\/runtime\/resolve-host/],
  ['claims, settlements, history', /src\/(deliveries|webhooks)\//],
  ['answering requests', /src\/|node_modules\//],
]

/** What runs in Node.js, in JavaScript or not, for whichever part: sockets, streams, timers, strings, promises. */
const REST = 'Node.js: other of sockets, streams, timers, text'

const session = new Session()
session.connect()

let cpuBefore: NodeJS.CpuUsage

const answers: Record<string, () => Promise<unknown>> = {
  async 'start profile'() {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US })
    await session.post('Profiler.start')
    cpuBefore = process.threadCpuUsage()
  },
  async 'stop profile'() {
    const { user, system } = process.threadCpuUsage(cpuBefore)
    const { profile } = await session.post('Profiler.stop')
    return { us: byParts(profile), cpuUs: user + system }
  },
}
process.on('message', async (message) => {
  const answer = answers[String(message)]
  if (answer !== undefined) process.send!((await answer()) ?? null)
})

function byParts(profile: Profiler.Profile): Record<string, number> {
  const partOf = new Map(profile.nodes.map(({ id, callFrame }) => [id, partOfFrame(callFrame)]))
  const us: Record<string, number> = {}
  for (const [at, id] of (profile.samples ?? []).entries()) {
    const part = partOf.get(id)
    if (part !== undefined) us[part] = (us[part] ?? 0) + profile.timeDeltas![at]!
  }
  return us
}

/** `undefined`: it had nothing to do, or was busy with the profile itself, in Node.js or (`dispatch`) in V8. */
function partOfFrame({ url, functionName }: { url: string; functionName: string }): string | undefined {
  if (functionName === '(idle)' || url === 'node:inspector') return undefined
  if (functionName === 'dispatch' && url === '') return undefined
  const fits = ([, file, name]: (typeof PARTS)[number]) =>
    file.test(url) && (name === undefined || name.test(functionName))
  return PARTS.find(fits)?.[0] ?? REST
}
