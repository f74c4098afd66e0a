/**
 * How fast a backlog goes out, against a bare loop that signs and sends the same bodies and does nothing else: no
 * queue, no history, no guard against addresses.
 *
 * Method: the webhook is paused, a backlog is made by moving an alias that ten automations wait for, and the webhook is
 * resumed. The clock runs from the request that resumes to the moment when every delivery is settled. The bare loop
 * has the same body, signature, number of requests at once and receiver. Runs are interleaved; server, bare loop and
 * receiver are processes of their own. `--smoke` takes one small run.
 */
import { drainBacklog, givenBacklog } from './support/backlog.ts'
import type { BareSenderActions } from './support/bare-sender-process.ts'
import { type BenchEngine, onEachEngine } from './support/engines.ts'
import { printTable, ratios, spread } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { cpuSeconds } from './support/proc.ts'
import { startPeer } from './support/processes.ts'
import type { ReceiverActions } from './support/receiver-process.ts'
import { givenStory } from './support/story.ts'
import { startTripline } from './support/tripline.ts'

const AUTOMATIONS = 10
const CONCURRENCY = 64

const { smoke, runs, engine: only } = readFlags()
const changes = smoke ? 30 : 500
const deliveries = changes * AUTOMATIONS

type Run = { perSecond: number; cpuMs: number; databaseCpuMs: number }

console.log(
  `${deliveries} deliveries to one receiver, ${CONCURRENCY} at once, ` +
    `${runs} run${runs === 1 ? '' : 's'}: median (range)`,
)
await onEachEngine(
  async (engine) => {
    const { product, bare } = await measure(engine)
    const ratio = ratios(
      product.map((run) => run.perSecond),
      bare.map((run) => run.perSecond),
    )
    const row = (title: string, of: readonly Run[], last: string) => [
      title,
      spread(
        of.map((run) => run.perSecond),
        0,
      ),
      spread(
        of.map((run) => run.cpuMs),
        2,
      ),
      spread(
        of.map((run) => run.databaseCpuMs),
        2,
      ),
      last,
    ]
    printTable(
      [engine.title, 'deliveries/s', 'CPU ms each', 'of the database ms each', 'of the bare loop'],
      [row('Tripline', product, spread(ratio, 2)), row('bare signed undici loop', bare, '')],
    )
  },
  { only },
)

async function measure(engine: BenchEngine): Promise<{ product: Run[]; bare: Run[] }> {
  const database = await engine.givenDatabase()
  const server = await startTripline(database.env)
  const receiver = await startPeer<ReceiverActions>(new URL('./support/receiver-process.ts', import.meta.url))
  const sender = await startPeer<BareSenderActions>(new URL('./support/bare-sender-process.ts', import.meta.url))
  const product: Run[] = []
  const bare: Run[] = []
  try {
    const url = await receiver.ask('url')
    const story = await givenStory(server, {
      receiverUrl: url,
      automations: AUTOMATIONS,
      concurrencyMax: CONCURRENCY,
    })

    const drain = async (count: number): Promise<{ run: Run; body: string }> => {
      await givenBacklog(story, count / AUTOMATIONS)
      const cpuBefore = cpuSeconds(server.pid)
      const databaseCpuBefore = await engine.cpuSeconds()
      const { seconds, body } = await drainBacklog(server, story, receiver, count)
      const each = (cpuNow: number, before: number) => ((cpuNow - before) * 1_000) / count
      return {
        body,
        run: {
          perSecond: count / seconds,
          cpuMs: each(cpuSeconds(server.pid), cpuBefore),
          databaseCpuMs: each(await engine.cpuSeconds(), databaseCpuBefore),
        },
      }
    }
    const loop = async (body: string, count: number): Promise<Run> => {
      const received = receiver.ask('receive', count)
      const { ms, cpuSeconds } = await sender.ask('send', { url, body, count, concurrency: CONCURRENCY })
      await received
      return { perSecond: (count / ms) * 1_000, cpuMs: (cpuSeconds * 1_000) / count, databaseCpuMs: 0 }
    }

    const { body } = await drain(Math.min(deliveries, 1_000))
    await loop(body, Math.min(deliveries, 1_000))
    for (let at = 0; at < runs; at++) {
      if (at % 2 === 1) bare.push(await loop(body, deliveries))
      product.push((await drain(deliveries)).run)
      if (at % 2 === 0) bare.push(await loop(body, deliveries))
    }
  } finally {
    await Promise.all([server.stop(), receiver.stop(), sender.stop()])
    await database.drop()
  }
  return { product, bare }
}
