/**
 * What a receiver that hangs costs the others: from a client's request that moves an alias to the first byte at a good
 * receiver, fifty times a second, on an idle server and on one that has thousands of deliveries waiting for a receiver
 * which takes requests and does not answer for 30 s.
 *
 * Method: two servers, each with a database of its own, that are measured in turn; client and good receiver are this
 * process, so that one clock tells both ends. The webhook that hangs may have 256 requests open, the most there is. It is
 * resumed before each of its turns, which closes its circuit, so that every turn begins with all of them. `--smoke`
 * takes one short run.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { startArrivals } from './support/arrivals.ts'
import { type BenchEngine, onEachEngine } from './support/engines.ts'
import { printTable, quantile, ratios, spread } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { givenStory } from './support/story.ts'
import { startTripline, type Tripline } from './support/tripline.ts'

const INTERVAL_MS = 20
const HANG_MS = 30_000
const STUCK = '/projects/vision/stuck/collections/stuck-model'

/** Samples over all runs are 10,000 unless `--runs` says otherwise. */
const { smoke, runs, engine: only } = readFlags()
const [samplesPerRun, warmUp, automations, moves] = smoke ? [50, 20, 10, 20] : [1_430, 200, 50, 200]

type Subject = { server: Tripline; sample(into?: number[]): Promise<void>; runs: number[][] }

console.log(
  `milliseconds, ${1_000 / INTERVAL_MS} changes a second, ${runs} run${runs === 1 ? '' : 's'} of ${samplesPerRun}, ` +
    `${automations * moves} deliveries waiting for the receiver that hangs: median of the runs (range)`,
)
await onEachEngine(
  async (engine) => {
    const { idle, burdened, asked } = await measure(engine)
    const row = (title: string, measured: readonly number[][]) => [
      title,
      spread(of(measured, 0.5), 2),
      spread(of(measured, 0.99), 2),
      quantile(measured.flat(), 0.5).toFixed(2),
      quantile(measured.flat(), 0.99).toFixed(2),
    ]
    const ratio = (q: number) => spread(ratios(of(burdened, q), of(idle, q)), 2)
    const pooled = (q: number) => (quantile(burdened.flat(), q) / quantile(idle.flat(), q)).toFixed(2)
    const count = idle.flat().length
    printTable(
      [engine.title, 'p50', 'p99', `p50 of all ${count}`, `p99 of all ${count}`],
      [
        row('idle', idle),
        row('beside a receiver that hangs', burdened),
        ['ratio to idle', ratio(0.5), ratio(0.99), pooled(0.5), pooled(0.99)],
      ],
    )
    const bound = Math.max(2 * quantile(idle.flat(), 0.99), 25)
    const isKept = quantile(burdened.flat(), 0.99) <= bound
    console.log(
      `p99 at most twice idle or 25 ms (${bound.toFixed(1)} ms): ${isKept ? 'kept' : 'NOT KEPT'}. ` +
        `The receiver that hangs got ${asked} requests.`,
    )
  },
  { only },
)

function of(measured: readonly number[][], q: number): number[] {
  return measured.map((run) => quantile(run, q))
}

async function measure(engine: BenchEngine): Promise<{ idle: number[][]; burdened: number[][]; asked: number }> {
  const arrivals = await startArrivals()
  const hanging = await startHanging()
  const databases = [await engine.givenDatabase(), await engine.givenDatabase()]
  const servers: Tripline[] = []
  try {
    const subjects: Subject[] = []
    for (const [index, database] of databases.entries()) {
      const server = await startTripline(database.env)
      servers.push(server)
      const story = await givenStory(server, { receiverUrl: `${arrivals.url}/${index}`, automations: 1 })
      subjects.push({
        server,
        runs: [],
        async sample(into) {
          const version = story.nextVersion()
          const arrival = arrivals.next(`/${index} ${version}`)
          const startedAtNs = process.hrtime.bigint()
          const answered = story.moveAlias(version)
          const ms = Number((await arrival) - startedAtNs) / 1e6
          into?.push(ms)
          await answered
        },
      })
    }
    const [idle, burdened] = subjects as [Subject, Subject]
    const hook = await givenWaiting(burdened.server, hanging.url)
    for (const subject of subjects) await sampleAtPace(subject, warmUp, [])
    for (let at = 0; at < runs; at++) {
      const inTurn = at % 2 === 0 ? [idle, burdened] : [burdened, idle]
      for (const subject of inTurn) {
        if (subject === burdened) await hook.resume()
        const run: number[] = []
        await sampleAtPace(subject, samplesPerRun, run)
        subject.runs.push(run)
      }
    }
    return { idle: idle.runs, burdened: burdened.runs, asked: hanging.asked() }
  } finally {
    hanging.stop()
    await Promise.all(servers.map((server) => server.stop()))
    arrivals.stop()
    for (const database of databases) await database.drop()
  }
}

/** Each is due at its time whether the one before has arrived or not. */
async function sampleAtPace(subject: Subject, count: number, into: number[]): Promise<void> {
  const startedAt = performance.now()
  const underWay: Promise<void>[] = []
  for (let slot = 0; slot < count; slot++) {
    await sleep(Math.max(0, startedAt + slot * INTERVAL_MS - performance.now()))
    underWay.push(subject.sample(into))
  }
  await Promise.all(underWay)
}

/** Deliveries that wait for the receiver that hangs, of a webhook that is paused. */
async function givenWaiting({ call }: Tripline, url: string): Promise<{ resume(): Promise<void> }> {
  const webhook = await call('POST', '/entities/vision/webhooks', {
    name: 'hanging',
    url,
    concurrencyMax: 256,
    paused: true,
  })
  await call('POST', '/projects/vision', { name: 'stuck' })
  for (const content of ['one', 'two']) {
    await call('POST', `${STUCK}/versions`, {
      type: 'model',
      files: [{ path: 'model.bin', content: Buffer.from(content).toString('base64') }],
    })
  }
  for (let at = 0; at < automations; at++) {
    await call('POST', '/entities/vision/automations', {
      name: `stuck ${at}`,
      scope: { type: 'project', project: 'stuck' },
      event: 'ADD_ARTIFACT_ALIAS',
      filter: { alias: 'stuck' },
      action: { type: 'webhook', webhook: 'hanging' },
    })
  }
  for (let at = 0; at < moves; at++) {
    await call('PUT', `${STUCK}/aliases/stuck`, { version: `v${at % 2}` })
  }
  return {
    async resume() {
      await call('PATCH', `/entities/vision/webhooks/${webhook.id}`, { paused: false })
    },
  }
}

/** Reads requests, and answers each when everybody has given up on it. */
async function startHanging() {
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    request.resume()
    const late = setTimeout(() => response.writeHead(204).end(), HANG_MS)
    response.on('close', () => clearTimeout(late))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    asked: () => asked,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
