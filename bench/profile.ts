/**
 * Where the time of a delivery goes: what the server's thread is busy with while it drains a backlog, part by part.
 *
 * Method: as `drain`, with a sampling profiler in the server while deliveries go out (not while the backlog is made). Time
 * in a part is time in its functions themselves and in the native code they call, waiting for the disk, or for a processor that others have, included; without
 * the time in which the thread has nothing to do. Of all runs together. `--smoke` takes one small run.
 */
import { drainBacklog, givenBacklog } from './support/backlog.ts'
import { type BenchEngine, onEachEngine } from './support/engines.ts'
import { printTable } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { startPeer } from './support/processes.ts'
import type { ReceiverActions } from './support/receiver-process.ts'
import { givenStory } from './support/story.ts'
import { startTripline } from './support/tripline.ts'

const AUTOMATIONS = 10
const CONCURRENCY = 64
const PROFILER = new URL('./support/profiler.ts', import.meta.url).href

const { smoke, runs, engine: only } = readFlags()
const [moves, warmUpMoves] = smoke ? [30, 10] : [500, 300]

console.log(
  `${moves * AUTOMATIONS} deliveries to one receiver, ${CONCURRENCY} at once, ${runs} run${runs === 1 ? '' : 's'}`,
)
await onEachEngine(
  async (engine) => {
    const { us, cpuUs, seconds } = await measure(engine)
    const deliveries = runs * moves * AUTOMATIONS
    const busy = Object.values(us).reduce((sum, part) => sum + part, 0)
    const parts = Object.entries(us).sort(([, one], [, other]) => other - one)
    const row = (title: string, part: number) => [
      title,
      (part / deliveries).toFixed(1),
      `${((100 * part) / busy).toFixed(0)} %`,
    ]
    printTable(
      [engine.title, 'µs each', 'of the busy time'],
      [...parts.map(([title, part]) => row(title, part)), row('busy', busy)],
    )
    const each = (whole: number) => `${(whole / deliveries).toFixed(0)} µs`
    console.log(`a delivery each ${each(seconds * 1e6)}; the thread had a processor for ${each(cpuUs)} of it`)
  },
  { only },
)

async function measure(engine: BenchEngine): Promise<{ us: Record<string, number>; cpuUs: number; seconds: number }> {
  const database = await engine.givenDatabase()
  const server = await startTripline(database.env, { nodeArguments: ['--import', PROFILER] })
  const receiver = await startPeer<ReceiverActions>(new URL('./support/receiver-process.ts', import.meta.url))
  try {
    const story = await givenStory(server, {
      receiverUrl: await receiver.ask('url'),
      automations: AUTOMATIONS,
      concurrencyMax: CONCURRENCY,
    })
    await givenBacklog(story, warmUpMoves)
    await drainBacklog(server, story, receiver, warmUpMoves * AUTOMATIONS)
    const us: Record<string, number> = {}
    let cpuUs = 0
    let seconds = 0
    for (let run = 0; run < runs; run++) {
      await givenBacklog(story, moves)
      await server.startProfile()
      seconds += (await drainBacklog(server, story, receiver, moves * AUTOMATIONS)).seconds
      const profile = await server.stopProfile()
      for (const [part, more] of Object.entries(profile.us)) us[part] = (us[part] ?? 0) + more
      cpuUs += profile.cpuUs
    }
    return { us, cpuUs, seconds }
  } finally {
    await Promise.all([server.stop(), receiver.stop()])
    await database.drop()
  }
}
