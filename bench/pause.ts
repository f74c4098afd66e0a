/**
 * What a pause before a change makes of it: from the request that moves an alias to the receiver's first byte, and the
 * processor time that the server takes for one, back to back and with pauses.
 *
 * Beside it the same work over and over, a document parsed and printed that takes about as long as a change does, in a
 * process that does nothing else. What a pause makes of that, no program can help: other machines on the same hardware
 * have had the processor and its caches meanwhile. `--smoke` takes a few of each.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { startArrivals } from './support/arrivals.ts'
import { onEachEngine } from './support/engines.ts'
import { printTable, quantile, spread } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { cpuSeconds } from './support/proc.ts'
import { givenStory } from './support/story.ts'
import { startTripline } from './support/tripline.ts'

const { smoke, runs, engine: only } = readFlags()
const pausesMs = smoke ? [0, 20] : [0, 3, 10, 30, 100]
const changes = smoke ? 10 : 100
const warmUp = smoke ? 10 : 1_000

/** Takes some milliseconds back to back, and touches some megabytes. */
const DOCUMENT = JSON.stringify(
  Array.from({ length: 4_000 }, (_, at) => ({ at, name: `name ${at}`, values: [at, -at] })),
)

type Taken = { ms: number[]; cpuMs: number; fixedMs: number }

await onEachEngine(
  async (engine) => {
    const taken = new Map<number, Taken[]>(pausesMs.map((pause) => [pause, []]))
    const arrivals = await startArrivals()
    const database = await engine.givenDatabase()
    const server = await startTripline(database.env)
    try {
      const story = await givenStory(server, { receiverUrl: `${arrivals.url}/0`, automations: 1 })
      const change = async () => {
        const version = story.nextVersion()
        const arrival = arrivals.next(`/0 ${version}`)
        const startedAt = performance.now()
        const answered = story.moveAlias(version)
        await arrival
        const ms = performance.now() - startedAt
        await answered
        return ms
      }
      for (let at = 0; at < warmUp; at++) {
        await change()
        fixedWork()
      }
      for (let run = 0; run < runs; run++) {
        for (const pause of pausesMs) {
          const ms: number[] = []
          const cpuBefore = cpuSeconds(server.pid)
          for (let at = 0; at < changes; at++) {
            ms.push(await change())
            if (pause > 0) await sleep(pause)
          }
          const cpuMs = ((cpuSeconds(server.pid) - cpuBefore) * 1_000) / changes
          const fixed: number[] = []
          for (let at = 0; at < changes; at++) {
            fixed.push(fixedWork())
            if (pause > 0) await sleep(pause)
          }
          taken.get(pause)?.push({ ms, cpuMs, fixedMs: quantile(fixed, 0.5) })
        }
      }
    } finally {
      await server.stop()
      arrivals.stop()
      await database.drop()
    }
    const hot = quantile(
      (taken.get(0) as Taken[]).map(({ fixedMs }) => fixedMs),
      0.5,
    )
    printTable(
      [
        `${engine.title}: pause`,
        'p50, ms',
        'processor of the server, ms each',
        'the same work each time, times its hot',
      ],
      [...taken].map(([pause, each]) => [
        pause === 0 ? 'none' : `${pause} ms`,
        spread(
          each.map(({ ms }) => quantile(ms, 0.5)),
          2,
        ),
        spread(
          each.map(({ cpuMs }) => cpuMs),
          2,
        ),
        spread(
          each.map(({ fixedMs }) => fixedMs / hot),
          2,
        ),
      ]),
    )
  },
  { only },
)

/** How long it took, in milliseconds. */
function fixedWork(): number {
  const startedAt = performance.now()
  if (JSON.stringify(JSON.parse(DOCUMENT)).length !== DOCUMENT.length) throw new Error('the document has changed')
  return performance.now() - startedAt
}
