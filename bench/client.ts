/**
 * What a user of the wandb client waits for: an artifact logged and downloaded whole, with one file, with many small ones
 * and with one large one, and the listing of a collection with many versions. Beside the client's own floor: the same
 * client against a bare stand-in that holds its answers in memory, writes the bytes and syncs once for each version. For
 * one file, beside a durable stand-in, too, which besides looks the caller's key up for every call and keeps each step of
 * an upload in one transaction on the same engine, which writes one row: what no server can do without that answers only
 * for what it has kept. And beside what `dd` takes to write as many bytes as the large file has, and to sync them.
 *
 * Method: servers and client are processes of their own; the clock runs in the client's, around `log_artifact` and
 * `wait`, around `download` and around the listing, not around its start and the run's. All servers have taken and given
 * versions of one file before, as those that people use have: `--warm=<n>` says how many instead of 50. Runs take turns,
 * as does who goes first, and ratios are taken run by run. Contents are random, and new in every run. Small files stay
 * until the end: ext4 makes files several times slower for minutes after many were deleted, so `TMPDIR` is best on a file
 * system in which nobody else deletes any. The last tenth of the pages of a listing is compared with the first, by the
 * client and by the REST API. `--files=<n>` says how many small files instead of 1,000, `--mib=<n>` how large the large one
 * is instead of 1,024 (5,120 for the aim), `--versions=<n>` how many are listed instead of 10,000;
 * `--steps=one,many,large,list` leaves out the others. `--smoke` takes one small run.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readProvision } from '../scripts/provision.ts'
import { atOnce } from './support/backlog.ts'
import type { BareRegistryActions } from './support/bare-registry-process.ts'
import { type BenchEngine, onEachEngine } from './support/engines.ts'
import { printTable, ratios, spread } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { cpuSeconds, peakRssBytes, rssBytes } from './support/proc.ts'
import { type Peer, startPeer } from './support/processes.ts'
import { type Task, timeClient } from './support/real-client.ts'
import { startTripline, type Tripline } from './support/tripline.ts'

const STAND_IN = new URL('./support/bare-registry-process.ts', import.meta.url)
const MIB = 1024 ** 2
const SMALL_FILE_BYTES = 4 * 1024
const LISTED = 'listed'
const SEEDED_AT_ONCE = 8

const flags = readFlags()
const { smoke, runs, engine: only } = flags
const files = flags.files ?? (smoke ? 50 : 1_000)
const mib = flags.mib ?? (smoke ? 8 : 1_024)
const versions = flags.versions ?? (smoke ? 50 : 10_000)

const warmUps = flags.warm ?? (smoke ? 1 : 50)

const PAGE = 100

const isWanted = (step: string) => flags.steps?.includes(step) ?? true
const SHAPES = [
  { name: 'one', title: '1 file', count: 1, bytes: SMALL_FILE_BYTES },
  { name: 'many', title: `${files} files`, count: files, bytes: SMALL_FILE_BYTES },
  { name: 'large', title: `${mib} MiB`, count: 1, bytes: mib * 1024 ** 2 },
].filter(({ name }) => isWanted(name))
const TITLES = new Map([
  ...SHAPES.map(({ name, title }) => [`log ${name}`, `log ${title}`] as const),
  ...SHAPES.map(({ name, title }) => [`download ${name}`, `download ${title}`] as const),
  ...(isWanted('list') ? [['list', `list ${versions} versions`] as const] : []),
])
const TASK: Task = {
  shapes: SHAPES.map(({ name, count, bytes }) => ({ name, count, bytes })),
  list: isWanted('list') ? { name: LISTED, versions } : null,
}

const ONE_FILE: Task = { shapes: TASK.shapes.filter(({ name }) => name === 'one'), list: null }
const WARM_UP: Task = {
  shapes: Array.from({ length: warmUps }, (_, at) => ({ name: `warm-${at}`, count: 1, bytes: SMALL_FILE_BYTES })),
  list: null,
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

type Seconds = Record<string, number>

async function measure(engine: BenchEngine, python: string): Promise<void> {
  const database = await engine.givenDatabase()
  const directory = await mkdtemp(join(tmpdir(), 'tripline-bench-client-'))
  const [bareDirectory, durableDirectory, homes] = ['bare', 'durable', 'homes'].map((name) =>
    join(directory, name),
  ) as [string, string, string]
  for (const each of [bareDirectory, durableDirectory, homes]) mkdirSync(each)
  const server = await startTripline(database.env)
  const { TRIPLINE_DATABASE_URL: databaseUrl } = database.env
  const notes = databaseUrl === undefined ? { file: join(durableDirectory, 'notes.db') } : { url: databaseUrl }
  const standIn = (...args: string[]) => startPeer<BareRegistryActions>(STAND_IN, args)
  const bare = await standIn(bareDirectory)
  const durable = isWanted('one') ? await standIn(durableDirectory, JSON.stringify(notes)) : undefined
  try {
    await givenListed(server, bare)
    const idleMiB = rssBytes(server.pid) / MIB
    const ours: Seconds[] = []
    const floor: Seconds[] = []
    const kept: Seconds[] = []
    const key = server.adminKey
    const subjects = [
      { url: server.url, key, pid: server.pid, seconds: ours, task: TASK },
      { url: await bare.ask('url'), key, pid: bare.pid, seconds: floor, task: TASK },
      ...(durable === undefined
        ? []
        : [{ url: await durable.ask('url'), key, pid: durable.pid, seconds: kept, task: ONE_FILE }]),
    ]
    for (const subject of subjects) await timeClient(python, subject, homes, WARM_UP)
    for (let run = 0; run < runs; run++) {
      for (const subject of run % 2 === 0 ? subjects : [...subjects].reverse()) {
        const before = cpuSeconds(subject.pid)
        const seconds = await timeClient(python, subject, homes, subject.task)
        subject.seconds.push({ ...seconds, cpu: cpuSeconds(subject.pid) - before })
      }
      await bare.ask('drop large')
      ours.at(-1)!.disk = isWanted('large') ? await secondsToWrite(join(bareDirectory, 'plain')) : Number.NaN
    }
    const rest = isWanted('list') ? await listByRest(server) : undefined
    print(engine, ours, floor)
    if (durable !== undefined) printDurable(engine, ours, floor, kept)
    if (rest !== undefined) printPages(engine, ours, floor, rest)
    const [before, peak] = [idleMiB, peakRssBytes(server.pid) / MIB].map((value) => value.toFixed(0))
    console.log(`\nresident memory of Tripline: ${before} MiB before, ${peak} MiB at its peak`)
  } finally {
    await Promise.all([server.stop(), bare.stop(), durable?.stop()])
    await database.drop()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** As many bytes as the large file has, written by `dd` and synced. */
async function secondsToWrite(file: string): Promise<number> {
  const startedAt = performance.now()
  await promisify(execFile)('dd', ['if=/dev/zero', `of=${file}`, 'bs=1M', `count=${mib}`, 'conv=fsync', 'status=none'])
  const seconds = (performance.now() - startedAt) / 1_000
  rmSync(file)
  return seconds
}

type Pages = { first: number; last: number }

/** Seconds for each page of the first and of the last tenth. */
async function listByRest(server: Tripline): Promise<Pages & { all: number }> {
  const path = `/projects/vision/churn/collections/${LISTED}/versions?limit=${PAGE}`
  const seconds: number[] = []
  let listed = 0
  let cursor: string | undefined
  do {
    const startedAt = performance.now()
    const page = await server.call('GET', cursor === undefined ? path : `${path}&cursor=${encodeURIComponent(cursor)}`)
    seconds.push((performance.now() - startedAt) / 1_000)
    listed += page.items.length
    cursor = page.cursor
  } while (cursor !== undefined)
  if (listed !== versions) throw new Error(`${listed} versions of ${versions}`)
  const tenth = Math.max(1, Math.floor(seconds.length / 10))
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const mean = (values: readonly number[]) => sum(values) / values.length
  return { all: sum(seconds), first: mean(seconds.slice(0, tenth)), last: mean(seconds.slice(-tenth)) }
}

/** The collection that is listed, of versions with one small file each. */
async function givenListed(server: Tripline, bare: Peer<BareRegistryActions>): Promise<void> {
  await server.call('POST', '/teams', { name: 'vision' })
  await server.call('POST', '/projects/vision', { name: 'churn' })
  if (!isWanted('list')) return
  await bare.ask('list', { name: LISTED, versions })
  let made = 0
  await atOnce(SEEDED_AT_ONCE, versions, async () => {
    const content = Buffer.from(`version ${made++}`).toString('base64')
    await server.call('POST', `/projects/vision/churn/collections/${LISTED}/versions`, {
      type: 'dataset',
      files: [{ path: 'a.txt', content }],
    })
  })
}

function print(engine: BenchEngine, tripline: Seconds[], bare: Seconds[]): void {
  const steps = [...TITLES, ['cpu', 'processor time of the server, all of these'] as const]
  const rows = steps.map(([step, title]) => {
    const [ours, floor] = [tripline, bare].map((all) => all.map((seconds) => seconds[step]!)) as [number[], number[]]
    return [title, spread(ours, 2), spread(floor, 2), spread(ratios(ours, floor), 2)]
  })
  printTable([engine.title, 'Tripline, s', 'bare stand-in, s', 'of the stand-in'], rows)
  if (!isWanted('large')) return
  const disk = tripline.map((seconds) => seconds.disk!)
  const rates = (step: string, all: Seconds[]) =>
    spread(
      all.map((seconds) => mib / seconds[step]!),
      0,
    )
  printTable(
    [`${mib} MiB, MiB/s`, 'Tripline', 'bare stand-in', 'dd and a sync'],
    [
      ['log', rates('log large', tripline), rates('log large', bare), rates('disk', tripline)],
      ['download', rates('download large', tripline), rates('download large', bare), ''],
    ],
  )
  console.log(
    `\nlogged in ${spread(
      ratios(
        tripline.map((each) => each['log large']!),
        disk,
      ),
      2,
    )} of the time of dd`,
  )
}

function printDurable(engine: BenchEngine, tripline: Seconds[], bare: Seconds[], durable: Seconds[]): void {
  const rows = (['log one', 'download one'] as const).map((step) => {
    const [ours, floor, kept] = [tripline, bare, durable].map((all) => all.map((seconds) => seconds[step]!)) as [
      number[],
      number[],
      number[],
    ]
    return [TITLES.get(step)!, spread(kept, 2), spread(ratios(kept, floor), 2), spread(ratios(ours, kept), 2)]
  })
  printTable([engine.title, 'durable stand-in, s', 'of the bare one', 'Tripline of the durable one'], rows)
}

/** Milliseconds a page of each tenth of the versions, the client's of 50. */
function printPages(engine: BenchEngine, tripline: Seconds[], bare: Seconds[], rest: Pages & { all: number }): void {
  const row = (title: string, all: Seconds[]) => [
    title,
    ...(['list first', 'list last'] as const).map((step) =>
      spread(
        all.map((seconds) => seconds[step]! * 1_000),
        1,
      ),
    ),
  ]
  printTable(
    [`${engine.title}: ms a page`, 'of the first tenth', 'of the last tenth'],
    [
      row('the client, Tripline', tripline),
      row('the client, bare stand-in', bare),
      [
        `REST, ${PAGE} a page (${rest.all.toFixed(2)} s in all)`,
        (rest.first * 1_000).toFixed(1),
        (rest.last * 1_000).toFixed(1),
      ],
    ],
  )
}
