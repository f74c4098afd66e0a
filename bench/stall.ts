/**
 * What syncs do to everybody else: the delay of the server's event loop, and how long small reads and writes take, under
 * a mixed load of writes, with syncs as they are and with 5 ms added to each.
 *
 * Method: `strace` lets a sync return 5 ms later, in the server on the embedded engine and in the database on
 * PostgreSQL. A third way, traced and not slowed, shows what the tracer itself costs. Eight clients each write one thing
 * after the other (of four, three move an alias and one logs a version with a file); beside them one reads a collection
 * every 10 ms. Deliveries go out meanwhile. Runs are interleaved. `--smoke` takes one short run.
 */
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { postgresWith } from '../test/support/postgres-server.ts'
import { untilSettled } from './support/backlog.ts'
import { type BenchEngine, onEachEngine } from './support/engines.ts'
import { printTable, quantile, spread } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { startPeer } from './support/processes.ts'
import type { ReceiverActions } from './support/receiver-process.ts'
import { commandBefore, SYNCS, type Syncs } from './support/slow-syncs.ts'
import { givenStory } from './support/story.ts'
import { startTripline, type Tripline } from './support/tripline.ts'

const WRITERS = 8
const READ_INTERVAL_MS = 10
const LOOP_DELAY = new URL('./support/loop-delay.ts', import.meta.url).href
const COLLECTIONS = '/projects/vision/churn/collections'

const { smoke, runs, engine: only } = readFlags()
const [runMs, warmUpMs] = smoke ? [500, 200] : [3_000, 1_000]

type Run = { loopP50: number; loopP99: number; readP99: number; writeP50: number; writeP99: number; writes: number }
type Subject = { server: Tripline; moveAlias(): Promise<void>; measured: Run[] }

console.log(`milliseconds, ${runs} run${runs === 1 ? '' : 's'} of ${runMs / 1_000} s: median of the runs (range)`)

if (only !== 'postgres') await measure('embedded (SQLite)', 'sqlite')
if (only !== 'sqlite') await measure('PostgreSQL', 'postgres')

/** One server for each way of syncs, all at once, of which one is busy at a time. */
async function measure(title: string, name: BenchEngine['name']): Promise<void> {
  const receiver = await startPeer<ReceiverActions>(new URL('./support/receiver-process.ts', import.meta.url))
  const subjects = new Map<Syncs, Subject>()
  try {
    const receiverUrl = await receiver.ask('url')
    await withServers(name, [...SYNCS], receiverUrl, subjects, async () => {
      for (const subject of subjects.values()) await load(subject, warmUpMs)
      for (let at = 0; at < runs; at++) {
        const inTurn = [...subjects.values()]
        for (let turn = 0; turn < inTurn.length; turn++) {
          const subject = inTurn[(at + turn) % inTurn.length]!
          subject.measured.push(await load(subject, runMs))
        }
      }
    })
  } finally {
    await receiver.stop()
  }
  const rows = [...subjects].map(([syncs, { measured }]) => {
    const of = (figure: keyof Run, digits = 1) =>
      spread(
        measured.map((run) => run[figure]),
        digits,
      )
    return [syncs, of('loopP50'), of('loopP99'), of('readP99'), of('writeP50'), of('writeP99'), of('writes', 0)]
  })
  if (rows.length === 0) return
  printTable([`${title}: syncs`, 'loop p50', 'loop p99', 'read p99', 'write p50', 'write p99', 'writes/s'], rows)
  if (rows.length === 1)
    console.log('Syncs cannot be slowed down: there is no strace here (npm run provision says why)')
}

/** Starts a server for each of `ways`, one within the other, and runs `body` while all run. */
async function withServers(
  name: BenchEngine['name'],
  ways: readonly Syncs[],
  receiverUrl: string,
  subjects: Map<Syncs, Subject>,
  body: () => Promise<void>,
): Promise<void> {
  const [syncs, ...others] = ways
  if (syncs === undefined) return body()
  const before = commandBefore(syncs)
  if (before === undefined) return withServers(name, others, receiverUrl, subjects, body)
  const folders: string[] = []
  const wrapPostgres = (programs: string) => {
    const folder = postgresWith(programs, before)
    folders.push(folder)
    return folder
  }
  try {
    await onEachEngine(
      async (engine) => {
        const database = await engine.givenDatabase()
        const server = await startTripline(database.env, {
          nodeArguments: ['--import', LOOP_DELAY],
          before: name === 'sqlite' ? before : [],
        })
        try {
          const { moveAlias } = await givenStory(server, { receiverUrl, automations: 1 })
          subjects.set(syncs, { server, moveAlias: () => moveAlias(), measured: [] })
          await withServers(name, others, receiverUrl, subjects, body)
        } finally {
          await server.stop()
          await database.drop()
        }
      },
      { only: name, wrapPostgres },
    )
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  }
}

async function load({ server, moveAlias }: Subject, forMs: number): Promise<Run> {
  const reads: number[] = []
  const writes: number[] = []
  const timed = async (into: number[], act: () => Promise<unknown>) => {
    const startedAt = performance.now()
    await act()
    into.push(performance.now() - startedAt)
  }
  const until = performance.now() + forMs
  const logVersion = (writer: number) =>
    server.call('POST', `${COLLECTIONS}/logged-${writer}/versions`, {
      type: 'model',
      files: [{ path: 'model.bin', content: Buffer.from(`${writer} ${Math.random()}`).toString('base64') }],
    })
  const write = async (writer: number) => {
    for (let at = writer; performance.now() < until; at++) {
      await timed(writes, () => (at % 4 === 0 ? logVersion(writer) : moveAlias()))
    }
  }
  const read = async () => {
    const underWay: Promise<void>[] = []
    while (performance.now() < until) {
      underWay.push(timed(reads, () => server.call('GET', `${COLLECTIONS}/churn-model`)))
      await sleep(READ_INTERVAL_MS)
    }
    await Promise.all(underWay)
  }
  await server.loopDelayMs()
  await Promise.all([read(), ...Array.from({ length: WRITERS }, (_, writer) => write(writer))])
  const loop = await server.loopDelayMs()
  // What one server still sends would be in the way of the next.
  await untilSettled(server)
  return {
    loopP50: loop.p50,
    loopP99: loop.p99,
    readP99: quantile(reads, 0.99),
    writeP50: quantile(writes, 0.5),
    writeP99: quantile(writes, 0.99),
    writes: (writes.length * 1_000) / forMs,
  }
}
