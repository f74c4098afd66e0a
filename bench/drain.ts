/**
 * How fast a backlog goes out, against two baselines: a bare loop that signs and sends the same bodies and does nothing
 * else (no queue, no history, no guard against addresses), and a durable one, which besides takes each from a table of the
 * same engine, leases and settles it there and keeps its attempt, in durable transactions over many. That is what one
 * thread can reach at all that loses nothing and keeps what it did.
 *
 * Method: the webhook is paused, a backlog is made by moving an alias that ten automations wait for, and the webhook is
 * resumed. The clock runs from the request that resumes to the moment when every delivery is settled. The loops
 * have the same body, signature, number of requests at once and receiver. Runs are interleaved; server, loops and
 * receiver are processes of their own. `--smoke` takes one small run.
 */
import { join } from 'node:path'
import { drainBacklog, givenBacklog } from './support/backlog.ts'
import type { BareSenderActions } from './support/bare-sender-process.ts'
import type { DurableSenderActions } from './support/durable-sender-process.ts'
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
/** Those of one round stand at the same place. */
type Runs = { product: Run[]; durable: Run[]; bare: Run[] }

console.log(
  `${deliveries} deliveries to one receiver, ${CONCURRENCY} at once, ` +
    `${runs} run${runs === 1 ? '' : 's'}: median (range)`,
)
await onEachEngine(
  async (engine) => {
    const { product, durable, bare } = await measure(engine)
    const row = (title: string, of: readonly Run[], baselines: readonly (readonly Run[])[]) => {
      const figures = (figure: keyof Run, digits: number) => spread(valuesOf(of, figure), digits)
      const shares = [durable, bare].map((baseline) =>
        baselines.includes(baseline)
          ? spread(ratios(valuesOf(of, 'perSecond'), valuesOf(baseline, 'perSecond')), 2)
          : '',
      )
      return [title, figures('perSecond', 0), figures('cpuMs', 3), figures('databaseCpuMs', 3), ...shares]
    }
    printTable(
      [
        engine.title,
        'deliveries/s',
        'CPU ms each',
        'of the database ms each',
        'of the durable loop',
        'of the bare loop',
      ],
      [
        row('Tripline', product, [durable, bare]),
        row('bare durable loop', durable, [bare]),
        row('bare signed undici loop', bare, []),
      ],
    )
  },
  { only },
)

function valuesOf(runs: readonly Run[], figure: keyof Run): number[] {
  return runs.map((run) => run[figure])
}

async function measure(engine: BenchEngine): Promise<Runs> {
  const database = await engine.givenDatabase()
  const ofDurable = await engine.givenDatabase()
  const server = await startTripline(database.env)
  const receiver = await startPeer<ReceiverActions>(new URL('./support/receiver-process.ts', import.meta.url))
  const sender = await startPeer<BareSenderActions>(new URL('./support/bare-sender-process.ts', import.meta.url))
  const durableSender = await startPeer<DurableSenderActions>(
    new URL('./support/durable-sender-process.ts', import.meta.url),
  )
  const measured: Runs = { product: [], durable: [], bare: [] }
  try {
    const url = await receiver.ask('url')
    const { TRIPLINE_DATABASE_URL: databaseUrl, TRIPLINE_DATA_DIR: directory } = ofDurable.env
    await durableSender.ask(
      'open',
      databaseUrl === undefined ? { file: join(directory!, 'durable.db') } : { url: databaseUrl },
    )
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
    type Sent = { ms: number; cpuSeconds: number }
    const loop = async (count: number, send: () => Promise<Sent>): Promise<Run> => {
      const received = receiver.ask('receive', count)
      const databaseCpuBefore = await engine.cpuSeconds()
      const { ms, cpuSeconds } = await send()
      await received
      return {
        perSecond: (count / ms) * 1_000,
        cpuMs: (cpuSeconds * 1_000) / count,
        databaseCpuMs: (((await engine.cpuSeconds()) - databaseCpuBefore) * 1_000) / count,
      }
    }
    const bare = (body: string, count: number) =>
      loop(count, () => sender.ask('send', { url, body, count, concurrency: CONCURRENCY }))
    const durable = async (body: string, count: number) => {
      await durableSender.ask('fill', { body, count })
      return loop(count, () => durableSender.ask('drain', { url, count, concurrency: CONCURRENCY }))
    }

    const warmUp = Math.min(deliveries, 1_000)
    const { body } = await drain(warmUp)
    await durable(body, warmUp)
    await bare(body, warmUp)
    for (let at = 0; at < runs; at++) {
      const round = [
        async () => measured.product.push((await drain(deliveries)).run),
        async () => measured.durable.push(await durable(body, deliveries)),
        async () => measured.bare.push(await bare(body, deliveries)),
      ]
      for (const next of at % 2 === 0 ? round : round.reverse()) await next()
    }
  } finally {
    await Promise.all([server.stop(), receiver.stop(), sender.stop(), durableSender.stop()])
    await Promise.all([database.drop(), ofDurable.drop()])
  }
  return measured
}
