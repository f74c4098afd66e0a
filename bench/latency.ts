/**
 * From a client's request that moves an alias to the first byte at the webhook's receiver, ten times a second, and what
 * that is above the least a durable webhook costs: two durable commits, one after the other, and one POST.
 *
 * Method: the server and the baseline are processes of their own; client and receiver are this one, so that one clock
 * tells both ends. In every tenth of a second there is one change and, half-way to the next, one baseline. A change is
 * due at its time whether the one before has arrived or not. `--smoke` takes one short run.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startArrivals } from './support/arrivals.ts'
import { type BenchEngine, onEachEngine } from './support/engines.ts'
import { differences, printTable, quantile, spread } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { startPeer } from './support/processes.ts'
import { givenStory } from './support/story.ts'
import { startTripline } from './support/tripline.ts'
import type { TwoCommitsActions } from './support/two-commits-process.ts'

const INTERVAL_MS = 100

const { smoke, runs, engine: only } = readFlags()
const [changesPerRun, warmUpChanges] = smoke ? [10, 20] : [100, 200]

type Run = { product: number[]; answered: number[]; baseline: number[] }

console.log(
  `milliseconds, ${1_000 / INTERVAL_MS} changes a second, ` +
    `${runs} run${runs === 1 ? '' : 's'} of ${changesPerRun}: median of the runs (range)`,
)
await onEachEngine(
  async (engine) => {
    const measured = await measure(engine)
    const all = (of: keyof Run) => measured.flatMap((run) => run[of])
    const row = (title: string, of: (q: number) => number[], pooled: readonly number[]) => [
      title,
      spread(of(0.5), 2),
      spread(of(0.99), 2),
      pooled.length === 0 ? '' : quantile(pooled, 0.5).toFixed(2),
      pooled.length === 0 ? '' : quantile(pooled, 0.99).toFixed(2),
    ]
    const perRun = (of: keyof Run) => (q: number) => measured.map((run) => quantile(run[of], q))
    const above = (q: number) => differences(perRun('product')(q), perRun('baseline')(q))
    printTable(
      [engine.title, 'p50', 'p99', `p50 of all ${all('product').length}`, `p99 of all ${all('product').length}`],
      [
        row("request to receiver's first byte", perRun('product'), all('product')),
        row('baseline: two commits and a POST', perRun('baseline'), all('baseline')),
        row('above the baseline', above, []),
        row("request to the client's answer", perRun('answered'), all('answered')),
      ],
    )
  },
  { only },
)

async function measure(engine: BenchEngine): Promise<Run[]> {
  const database = await engine.givenDatabase()
  const ofBaseline = await engine.givenDatabase()
  const receiver = await startArrivals()
  const server = await startTripline(database.env)
  const baseline = await startPeer<TwoCommitsActions>(new URL('./support/two-commits-process.ts', import.meta.url))
  const measured: Run[] = []
  try {
    const url = ofBaseline.env.TRIPLINE_DATABASE_URL
    await baseline.ask(
      'open',
      url === undefined ? { file: join(ofBaseline.env.TRIPLINE_DATA_DIR!, 'baseline.db') } : { url },
    )
    const story = await givenStory(server, { receiverUrl: `${receiver.url}/product`, automations: 1 })

    const change = async (run?: Run) => {
      const version = story.nextVersion()
      const arrival = receiver.next(`/product ${version}`)
      const startedAtNs = process.hrtime.bigint()
      const answered = story.moveAlias(version).then(() => {
        run?.answered.push(Number(process.hrtime.bigint() - startedAtNs) / 1e6)
      })
      run?.product.push(Number((await arrival) - startedAtNs) / 1e6)
      await answered
    }
    const bare = async (run?: Run) => {
      const arrival = receiver.next('/baseline v1')
      const body = JSON.stringify({ client_payload: { version: 'v1', filling: 'x'.repeat(200) } })
      const startedAtNs = await baseline.ask('commitTwiceAndPost', { url: `${receiver.url}/baseline`, body })
      run?.baseline.push(Number((await arrival) - startedAtNs) / 1e6)
    }
    for (let at = 0; at < warmUpChanges; at++) await Promise.all([change(), bare()])

    for (let at = 0; at < runs; at++) {
      const run: Run = { product: [], answered: [], baseline: [] }
      const startedAt = performance.now()
      const underWay: Promise<void>[] = []
      for (let slot = 0; slot < 2 * changesPerRun; slot++) {
        await sleep(Math.max(0, startedAt + slot * (INTERVAL_MS / 2) - performance.now()))
        underWay.push(slot % 2 === 0 ? change(run) : bare(run))
      }
      await Promise.all(underWay)
      measured.push(run)
    }
  } finally {
    await Promise.all([server.stop(), baseline.stop()])
    receiver.stop()
    await Promise.all([database.drop(), ofBaseline.drop()])
  }
  return measured
}
