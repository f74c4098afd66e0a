/**
 * What a user of the wandb client waits for: an artifact logged and downloaded whole, with one file, with many small ones
 * and with one large one, and the listing of a collection with many versions. Beside the client's own floor: the same
 * client against a bare stand-in that holds its answers in memory, writes the bytes and syncs once for each version.
 *
 * Method: servers and client are processes of their own; the clock runs in the client's, around `log_artifact` and
 * `wait`, around `download` and around the listing, not around its start and the run's. Runs take turns, as does who goes
 * first, and ratios are taken run by run. Contents are random, and new in every run. `--files=<n>` says how many small
 * files instead of 1,000, `--mib=<n>` how large the large one is instead of 1,024 (5,120 for the aim), `--versions=<n>`
 * how many are listed instead of 10,000. `--smoke` takes one small run.
 */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readProvision } from '../scripts/provision.ts'
import { atOnce } from './support/backlog.ts'
import type { BareRegistryActions } from './support/bare-registry-process.ts'
import { type BenchEngine, onEachEngine } from './support/engines.ts'
import { printTable, ratios, spread } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { type Peer, startPeer } from './support/processes.ts'
import { type Task, timeClient } from './support/real-client.ts'
import { startTripline, type Tripline } from './support/tripline.ts'

const SMALL_FILE_BYTES = 4 * 1024
const LISTED = 'listed'
const SEEDED_AT_ONCE = 8

const flags = readFlags()
const { smoke, runs, engine: only } = flags
const files = flags.files ?? (smoke ? 50 : 1_000)
const mib = flags.mib ?? (smoke ? 8 : 1_024)
const versions = flags.versions ?? (smoke ? 50 : 10_000)

const SHAPES = [
  { name: 'one', title: '1 file', count: 1, bytes: SMALL_FILE_BYTES },
  { name: 'many', title: `${files} files`, count: files, bytes: SMALL_FILE_BYTES },
  { name: 'large', title: `${mib} MiB`, count: 1, bytes: mib * 1024 ** 2 },
]
const TITLES = new Map([
  ...SHAPES.map(({ name, title }) => [`log ${name}`, `log ${title}`] as const),
  ...SHAPES.map(({ name, title }) => [`download ${name}`, `download ${title}`] as const),
  ['list', `list ${versions} versions`] as const,
])
const TASK: Task = {
  shapes: SHAPES.map(({ name, count, bytes }) => ({ name, count, bytes })),
  list: { name: LISTED, versions },
}

const wandb = readProvision()?.['wandb-0.30.0']
if (wandb?.found === true) {
  console.log(
    `${SMALL_FILE_BYTES / 1024} KiB each but for the large one, ${runs} run${runs === 1 ? '' : 's'}: median (range)`,
  )
  await onEachEngine((engine) => measure(engine, wandb.path), { only })
} else {
  console.log('Nothing is measured: the wandb client 0.30.0 is not here (npm run provision says why)')
}

async function measure(engine: BenchEngine, python: string): Promise<void> {
  const database = await engine.givenDatabase()
  const bareDirectory = await mkdtemp(join(tmpdir(), 'tripline-bench-bare-'))
  const server = await startTripline(database.env)
  const bare = await startPeer<BareRegistryActions>(new URL('./support/bare-registry-process.ts', import.meta.url), [
    bareDirectory,
  ])
  try {
    await givenListed(server, bare)
    const subjects = [
      { url: server.url, key: server.adminKey, seconds: [] as Record<string, number>[] },
      { url: await bare.ask('url'), key: server.adminKey, seconds: [] as Record<string, number>[] },
    ] as const
    for (let run = 0; run < runs; run++) {
      for (const subject of run % 2 === 0 ? subjects : [...subjects].reverse()) {
        subject.seconds.push(await timeClient(python, subject, TASK))
      }
    }
    print(engine, subjects[0].seconds, subjects[1].seconds)
  } finally {
    await Promise.all([server.stop(), bare.stop()])
    await database.drop()
    rmSync(bareDirectory, { recursive: true, force: true })
  }
}

/** The collection that is listed, of versions with one small file each. */
async function givenListed(server: Tripline, bare: Peer<BareRegistryActions>): Promise<void> {
  await bare.ask('list', { name: LISTED, versions })
  await server.call('POST', '/teams', { name: 'vision' })
  await server.call('POST', '/projects/vision', { name: 'churn' })
  let made = 0
  await atOnce(SEEDED_AT_ONCE, versions, async () => {
    const content = Buffer.from(`version ${made++}`).toString('base64')
    await server.call('POST', `/projects/vision/churn/collections/${LISTED}/versions`, {
      type: 'dataset',
      files: [{ path: 'a.txt', content }],
    })
  })
}

function print(engine: BenchEngine, tripline: Record<string, number>[], bare: Record<string, number>[]): void {
  printTable(
    [engine.title, 'Tripline, s', 'bare stand-in, s', 'of the stand-in'],
    [...TITLES].map(([step, title]) => {
      const [ours, floor] = [tripline, bare].map((all) => all.map((seconds) => seconds[step]!)) as [number[], number[]]
      return [title, spread(ours, 2), spread(floor, 2), spread(ratios(ours, floor), 2)]
    }),
  )
}
