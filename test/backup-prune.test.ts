/** Goal: what is removed from a backup is what nobody needs, whatever else is going on. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDirectory } from '../src/blobs/directory.ts'
import { readBackupCall } from '../src/cli/backup/arguments.ts'
import type { BlobSource } from '../src/cli/backup/copy-blobs.ts'
import { makeBackup } from '../src/cli/backup/make-backup.ts'
import { openSnapshotOf } from '../src/cli/backup/manifest.ts'
import { pruneBackup } from '../src/cli/backup/prune-backup.ts'
import type { Surroundings } from '../src/cli/backup/surroundings.ts'
import { verifyBackup } from '../src/cli/backup/verify-backup.ts'
import { Progress } from '../src/cli/import/progress.ts'
import { filesBelow } from './support/byte-server.ts'
import { collectionPath, givenProject, log, type ProjectName } from './support/given-artifacts.ts'
import { givenTeam, unique } from './support/given-automations.ts'
import { givenDirectory, reportOf, tripline } from './support/given-backup.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

const QUIET: Surroundings = {
  stopped: new AbortController().signal,
  say: () => {},
  progress: () => new Progress({ isTTY: false, write: () => true }, () => 0),
}

forEachEngine((engine) => {
  let server: TestServer
  let project: ProjectName
  let directory: string
  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_SECRET_KEY: randomBytes(32).toString('base64') } })
    project = await givenProject(server, await givenTeam(server))
  })
  afterAll(async () => server[Symbol.asyncDispose]())
  beforeEach(() => {
    directory = join(givenDirectory(), 'backup')
  })

  const make = (blobs: BlobSource) => {
    const { env } = server
    const address = { dataDir: env.TRIPLINE_DATA_DIR as string, databaseUrl: env.TRIPLINE_DATABASE_URL }
    return makeBackup({ address, blobs, directory, nowMs: Date.now() }, QUIET)
  }
  const backUp = async () => (await make(server.world.blobs)).name
  const prune = (keep?: number, dryRun = false) => pruneBackup({ directory, keep, dryRun }, QUIET)
  const isWhole = async (name?: string) => {
    const { problems } = await verifyBackup(await openSnapshotOf(directory, name), { contents: true }, QUIET)
    expect(problems).toEqual([])
  }
  const snapshots = () => readdirSync(join(directory, 'snapshots')).sort()
  const blobs = () => filesBelow(join(directory, 'blobs')).filter((path) => !path.startsWith('incoming'))

  /** A version that is in one backup alone, and the name of that. */
  async function backUpWithPassingVersion(): Promise<string> {
    const collection = unique('passing')
    await log(server, project, collection, { files: { 'w.bin': unique('content') } })
    const name = await backUp()
    expect((await server.rest('DELETE', collectionPath(project, collection))).status).toBe(204)
    return name
  }

  test('the newest so many snapshots stay whole, and files go that no other needs; a dry run tells before', async () => {
    await log(server, project, unique('staying'), { files: { 'w.bin': unique('content') } })
    const [first, second] = [await backUpWithPassingVersion(), await backUpWithPassingVersion()]
    const third = await backUpWithPassingVersion()
    const before = blobs()
    const files = { kept: before.length - 4, removed: 4, removedBytes: expect.any(Number) }
    const told = { snapshots: { kept: [third], removed: [first, second], unfinished: [] }, files }
    expect(await prune(1, true)).toEqual(told)
    expect([snapshots(), blobs()]).toEqual([[first, second, third], before])

    expect(await prune(2)).toMatchObject({ snapshots: { removed: [first] }, files: { removed: 2 } })
    await isWhole(second)
    expect(await prune(1)).toMatchObject({ snapshots: { removed: [second] }, files: { removed: 2 } })
    expect(snapshots()).toEqual([third])
    expect(blobs()).toHaveLength(before.length - 4)
    await isWhole()
    expect(await reportOf(['backup', 'prune', directory, '--keep', '5'])).toMatchObject({
      snapshots: { kept: [third], removed: [] },
      files: { removed: 0 },
    })
  })

  test('what a snapshot that was removed by hand, or an interrupted backup, has left goes without --keep', async () => {
    const [first, second] = [await backUpWithPassingVersion(), await backUp()]
    rmSync(join(directory, 'snapshots', first), { recursive: true })
    const unfinished = '2026-01-01T00-00-00-000Z'
    mkdirSync(join(directory, 'snapshots', unfinished, 'tables'), { recursive: true })
    expect(await prune()).toMatchObject({
      snapshots: { kept: [second], removed: [], unfinished: [unfinished] },
      files: { removed: 2 },
    })
    expect(snapshots()).toEqual([second])
    await isWhole()
  })

  test('nothing is removed while a backup is made, which counts on files that are there', async () => {
    const first = await backUpWithPassingVersion()
    await log(server, project, unique('new'), { files: { 'w.bin': unique('content') } })
    const from = await openDirectory(server.world.config.blobsDir)
    const reached = Promise.withResolvers<void>()
    const resumed = Promise.withResolvers<void>()
    // Held still with its tables taken, when only the files that are new are missing.
    const source = {
      stat: (key: string) => from.stat(key),
      async open(key: string) {
        reached.resolve()
        await resumed.promise
        return from.open(key)
      },
    }
    const made = make(source)
    await reached.promise
    const before = blobs()
    await expect(prune(1)).rejects.toThrow(/^A backup to .* is being made/)
    expect(blobs()).toEqual(before)
    // Two backups do not disturb each other.
    const beside = await backUp()
    resumed.resolve()
    const { name } = await made
    expect(await prune()).toMatchObject({ snapshots: { kept: [first, name, beside].sort() }, files: { removed: 0 } })
    for (const snapshot of snapshots()) await isWhole(snapshot)
  })

  test('nothing is removed if what stays is damaged, is of no backup, or is not whole', async () => {
    const first = await backUpWithPassingVersion()
    const second = await backUp()
    const forget =
      (...names: string[]) =>
      () => {
        for (const name of names) rmSync(join(directory, 'snapshots', name, 'manifest.json'))
      }
    const refusals: [() => void, RegExp][] = [
      [
        () => truncateSync(join(directory, 'snapshots', second, 'tables/events.ndjson.gz'), 10),
        /nothing was removed: .*events/,
      ],
      [() => truncateSync(join(directory, 'snapshots', first, 'manifest.json'), 10), /is not as it was written/],
      [forget(first, second), /No snapshot/],
    ]
    const before = blobs()
    for (const [damage, message] of refusals) {
      damage()
      await expect(prune(1)).rejects.toThrow(message)
      expect([snapshots(), blobs()]).toEqual([[first, second], before])
    }
    const elsewhere = givenDirectory()
    const { code, output } = await tripline(['backup', 'prune', elsewhere])
    expect([code, output]).toEqual([1, expect.stringContaining('is not a backup')])
    expect(existsSync(join(elsewhere, 'lock'))).toBe(false)
  })
})

test.each([
  [['prune'], 'Usage'],
  [['prune', 'somewhere', '--keep', '0'], 'at least 1'],
  [['prune', 'somewhere', '--keep', 'all'], 'at least 1'],
  [['prune', 'somewhere', '--snapshot', 'x'], '--snapshot is for verify'],
  [['--to', 'somewhere', '--keep', '3'], '--keep and --dry-run are for prune'],
  [['verify', 'somewhere', '--dry-run'], '--keep and --dry-run are for prune'],
])('a wrong call says why: %j', (args, message) => {
  expect(() => readBackupCall(args)).toThrow(message)
})
