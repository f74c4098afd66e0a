/**
 * What a second worker costs and what it brings, on PostgreSQL: a backlog drained by two processes of `tripline worker`
 * against one.
 *
 * Method: a server that sends nothing makes the backlog, eight webhooks of one receiver paused, and resumes them. One such
 * server has one worker, another, with a database of its own, has two; they are measured in turn, and whoever's turn it is
 * not has nothing to do. The clock runs from the request that resumes to the moment when every delivery is settled;
 * processor time is that of server, workers and database. First the receiver answers at once, so that processor time is
 * the bound. Then it takes 50 ms, and each worker may have 32 requests open, half of them at one receiver: that is the bound
 * of one worker, and no webhook's own cap. `--smoke` takes one small run of each.
 */
import { drainBacklog, givenBacklog } from './support/backlog.ts'
import { type BenchEngine, onEachEngine } from './support/engines.ts'
import { printTable, quantile, ratios, spread } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { cpuSeconds } from './support/proc.ts'
import { type Peer, startPeer } from './support/processes.ts'
import type { ReceiverActions } from './support/receiver-process.ts'
import { givenStory } from './support/story.ts'
import { startTripline, startWorker, type Tripline } from './support/tripline.ts'

const WEBHOOKS = 8
const CONCURRENCY = 64

const CPU_RATIO_MAX = 1.15
const RATE_RATIO_MIN = 1.8
const ANSWER_MS = 50
const REQUESTS_MAX = 32

const { smoke, runs, engine: only } = readFlags()
const [deliveries, warmUpDeliveries] = smoke ? [320, 80] : [5_000, 1_000]

type Run = { perSecond: number; cpuMs: number; databaseCpuMs: number }
type Subject = {
  workers: number
  /** Stops the workers it has, if any, and starts as many with these settings. */
  startWorkers(env: Record<string, string>): Promise<void>
  drain(count: number): Promise<Run>
  stop(): Promise<void>
}
/** What two workers are of one. */
type Ratios = { cpu: number; rate: number }

if (only === 'sqlite') console.log('The embedded database belongs to one process: there is no second worker.')
else {
  console.log(`${deliveries} deliveries, ${runs} run${runs === 1 ? '' : 's'}: median (range)`)
  await onEachEngine(measure, { only: 'postgres' })
}

async function measure(engine: BenchEngine): Promise<void> {
  const receiver = await startPeer<ReceiverActions>(new URL('./support/receiver-process.ts', import.meta.url))
  const subjects: Subject[] = []
  try {
    subjects.push(...(await Promise.all([1, 2].map((workers) => startSubject(engine, receiver, workers)))))

    await Promise.all(subjects.map((subject) => subject.startWorkers({})))
    const quick = await compare(subjects, 'a receiver that answers at once')
    tell(`processor time each at most ${CPU_RATIO_MAX} times`, quick.cpu, quick.cpu <= CPU_RATIO_MAX)

    await receiver.ask('answerAfter', ANSWER_MS)
    const env = { TRIPLINE_WORKER_REQUESTS_MAX: String(REQUESTS_MAX) }
    await Promise.all(subjects.map((subject) => subject.startWorkers(env)))
    const slow = await compare(subjects, `one that takes ${ANSWER_MS} ms, ${REQUESTS_MAX} requests a worker`)
    tell(`at least ${RATE_RATIO_MIN} times the rate`, slow.rate, slow.rate >= RATE_RATIO_MIN)
  } finally {
    await Promise.all([...subjects.map((subject) => subject.stop()), receiver.stop()])
  }
}

function tell(aim: string, ratio: number, isKept: boolean): void {
  console.log(`${aim}: ${ratio.toFixed(2)}, ${isKept ? 'kept' : 'NOT KEPT'}`)
}

/** Measures the subjects in turn, prints them, and resolves to what the second is of the first. */
async function compare(subjects: readonly Subject[], title: string): Promise<Ratios> {
  const measured: Run[][] = subjects.map(() => [])
  for (const { workers, drain } of subjects) await drain(workers * warmUpDeliveries)
  for (let run = 0; run < runs; run++) {
    for (const at of run % 2 === 0 ? [0, 1] : [1, 0]) measured[at]!.push(await subjects[at]!.drain(deliveries))
  }
  const of = (at: number, figure: (run: Run) => number) => measured[at]!.map(figure)
  const rate = ({ perSecond }: Run) => perSecond
  const cpu = ({ cpuMs }: Run) => cpuMs
  const databaseCpu = ({ databaseCpuMs }: Run) => databaseCpuMs
  const allCpu = (run: Run) => cpu(run) + databaseCpu(run)
  const cpuRatio = ratios(of(1, allCpu), of(0, allCpu))
  const rateRatio = ratios(of(1, rate), of(0, rate))
  printTable(
    [title, 'deliveries/s', 'CPU ms each', 'of the database ms each', 'CPU to one', 'rate to one'],
    subjects.map(({ workers }, at) => [
      `${workers} worker${workers === 1 ? '' : 's'}`,
      spread(of(at, rate), 0),
      spread(of(at, cpu), 2),
      spread(of(at, databaseCpu), 2),
      at === 0 ? '' : spread(cpuRatio, 2),
      at === 0 ? '' : spread(rateRatio, 2),
    ]),
  )
  return { cpu: quantile(cpuRatio, 0.5), rate: quantile(rateRatio, 0.5) }
}

/** A server that sends nothing, for so many workers to come. */
async function startSubject(engine: BenchEngine, receiver: Peer<ReceiverActions>, workers: number): Promise<Subject> {
  const database = await engine.givenDatabase()
  const server = await startTripline({ ...database.env, TRIPLINE_WORKER: 'off' })
  let running: Pick<Tripline, 'pid' | 'stop'>[] = []
  const story = await givenStory(server, {
    receiverUrl: await receiver.ask('url'),
    automations: WEBHOOKS,
    webhooks: WEBHOOKS,
    concurrencyMax: CONCURRENCY,
  })
  const cpuNow = () => [server, ...running].reduce((sum, { pid }) => sum + cpuSeconds(pid), 0)
  const stopWorkers = () => Promise.all(running.map((worker) => worker.stop()))
  return {
    workers,
    async startWorkers(env) {
      await stopWorkers()
      const startOne = () => startWorker({ ...database.env, ...env }, server)
      running = await Promise.all(Array.from({ length: workers }, startOne))
    },
    async drain(count) {
      await givenBacklog(story, count / WEBHOOKS)
      const cpuBefore = cpuNow()
      const databaseCpuBefore = await engine.cpuSeconds()
      const { seconds } = await drainBacklog(server, story, receiver, count)
      return {
        perSecond: count / seconds,
        cpuMs: ((cpuNow() - cpuBefore) * 1_000) / count,
        databaseCpuMs: (((await engine.cpuSeconds()) - databaseCpuBefore) * 1_000) / count,
      }
    },
    async stop() {
      await stopWorkers()
      await server.stop()
      await database.drop()
    },
  }
}
