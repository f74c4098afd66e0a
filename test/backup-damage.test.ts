/** Goal: no backup that is not whole passes for one, and nothing is written over what is there. */
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDirectory } from '../src/blobs/directory.ts'
import { readBackupCall, readRestoreCall } from '../src/cli/backup/arguments.ts'
import { makeBackup } from '../src/cli/backup/make-backup.ts'
import { NotUsable, openSnapshotOf } from '../src/cli/backup/manifest.ts'
import { restore } from '../src/cli/backup/restore.ts'
import type { Surroundings } from '../src/cli/backup/surroundings.ts'
import { verifyBackup } from '../src/cli/backup/verify-backup.ts'
import { WrongCall } from '../src/cli/import/arguments.ts'
import { Progress } from '../src/cli/import/progress.ts'
import { openTarget } from '../src/database/copying/opening.ts'
import { parseKeyring } from '../src/webhooks/keyring.ts'
import { givenProject, log, type ProjectName } from './support/given-artifacts.ts'
import { givenTeam } from './support/given-automations.ts'
import { givenDirectory, givenEmpty, tripline, triplineSucceeds } from './support/given-backup.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'

forEachEngine((engine) => {
  let server: TestServer
  let original: string
  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_SECRET_KEY: randomBytes(32).toString('base64') } })
    const project = await givenProject(server, await givenTeam(server))
    await log(server, project, 'model', { files: { 'weights.bin': 'w'.repeat(10_000) } })
    await log(server, project, 'model', { files: { 'weights.bin': 'x'.repeat(10_000), empty: '' } })
    original = join(server.env.TRIPLINE_DATA_DIR as string, 'backup-for-damage')
    await triplineSucceeds(['backup', '--to', original], server.env)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  /** A copy of the backup, to be damaged. */
  function givenBackup() {
    const backup = join(givenDirectory(), 'backup')
    cpSync(original, backup, { recursive: true })
    const [name] = readdirSync(join(backup, 'snapshots'))
    return { backup, snapshot: join(backup, 'snapshots', name as string) }
  }

  const blobsOf = (backup: string) =>
    readdirSync(join(backup, 'blobs'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\/[0-9a-f]{32,}$/.test(path),
    )

  /** The file of a backup with 10,000 bytes. */
  function largeBlob(backup: string): string {
    const found = blobsOf(backup).find((path) => statSync(join(backup, 'blobs', path)).size === 10_000)
    return join(backup, 'blobs', found as string)
  }

  type Damage = { what: string; damage(given: { backup: string; snapshot: string }): void; says: RegExp; late?: true }
  const DAMAGES: Damage[] = [
    {
      what: 'a table is cut off',
      damage: ({ snapshot }) => truncateSync(join(snapshot, 'tables/artifacts.ndjson.gz'), 40),
      says: /tables\/artifacts\.ndjson\.gz has 40 bytes/,
    },
    {
      what: 'a byte of a table is another',
      damage({ snapshot }) {
        const path = join(snapshot, 'tables/users.ndjson.gz')
        const bytes = readFileSync(path)
        bytes[bytes.length - 6]! ^= 1
        writeFileSync(path, bytes)
      },
      says: /tables\/users\.ndjson\.gz is not as it was written/,
    },
    {
      what: 'a table is gone',
      damage: ({ snapshot }) => rmSync(join(snapshot, 'tables/aliases.ndjson.gz')),
      says: /tables\/aliases\.ndjson\.gz is missing/,
    },
    {
      what: 'a file is gone',
      damage: ({ backup }) => rmSync(largeBlob(backup)),
      says: /blobs\/..\/..\/[0-9a-f]+ is missing/,
    },
    {
      what: 'a file is cut off',
      damage({ backup }) {
        chmodSync(largeBlob(backup), 0o600)
        truncateSync(largeBlob(backup), 9_999)
      },
      says: /blobs\/..\/..\/[0-9a-f]+ has 9999 bytes instead of 10000/,
    },
    {
      what: 'a byte of a file is another',
      damage({ backup }) {
        const path = largeBlob(backup)
        chmodSync(path, 0o600)
        writeFileSync(path, 'W'.repeat(10_000))
      },
      says: /blobs\/..\/..\/[0-9a-f]+:? is not as it was written|blobs\/..\/..\/[0-9a-f]+: it is not whole/,
      late: true,
    },
    {
      what: 'it was interrupted',
      damage: ({ snapshot }) => rmSync(join(snapshot, 'manifest.json')),
      says: /is whole: there is no manifest\.json.*interrupted/,
    },
    {
      what: 'the manifest is cut off',
      damage: ({ snapshot }) => truncateSync(join(snapshot, 'manifest.json'), 100),
      says: /manifest\.json is not as it was written/,
    },
    {
      what: 'a newer Tripline wrote the format',
      damage({ snapshot }) {
        const path = join(snapshot, 'manifest.json')
        writeFileSync(path, readFileSync(path, 'utf8').replace('"formatVersion": 1', '"formatVersion": 2'))
      },
      says: /manifest\.json was written by a newer Tripline/,
    },
  ]

  // The files are the same on both engines.
  const damages = engine === 'sqlite' ? DAMAGES : []
  describe.each(damages)('a backup of which $what', ({ damage, says, late }) => {
    test('is named by verify, and refused by restore', async () => {
      const given = givenBackup()
      damage(given)
      expect(await problemsOf(given.backup)).toMatch(says)
      const env = await givenEmpty(engine, server)
      const dataDir = env.TRIPLINE_DATA_DIR as string
      const restoring = async (backup: string) =>
        restore(
          {
            snapshot: await openSnapshotOf(backup, undefined),
            address: { databaseUrl: undefined, dataDir },
            openBlobs: () => openDirectory(join(dataDir, 'blobs')),
            hold: false,
            nowMs: 0,
          },
          quietly(),
        )
      await expect(restoring(given.backup)).rejects.toThrow(says)
      if (late !== true) return
      // Its bytes are seen only while they are copied: no server starts on what was begun, and the rest can follow.
      expect((await tripline(['serve'], { ...env, TRIPLINE_PORT: '0' })).output).toMatch(/being filled/)
      cpSync(join(original, 'blobs'), join(given.backup, 'blobs'), { recursive: true, force: true })
      const other = givenBackup()
      const path = join(other.snapshot, 'manifest.json')
      writeFileSync(path, readFileSync(path, 'utf8').replace(/"id": "../, '"id": "zz'))
      await expect(restoring(other.backup)).rejects.toThrow(/holds a part of something else/)
      expect(await restoring(given.backup)).toMatchObject({ held: 0 })
    })
  })

  test('rows that are not those of the sums are found where the file has right sums', async () => {
    const { backup, snapshot } = givenBackup()
    const path = join(snapshot, 'tables/projects.ndjson.gz')
    const text = gunzipSync(readFileSync(path)).toString('utf8')
    writeFileSync(path, gzipSync(text.replace('PRIVATE', 'PUBLIC!')))
    const manifestPath = join(snapshot, 'manifest.json')
    const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'))
    const table = manifest.tables.find((entry: { name: string }) => entry.name === 'projects')
    table.fileBytes = statSync(path).size
    table.fileSha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
    writeFileSync(manifestPath, JSON.stringify(manifest))
    expect(await problemsOf(backup)).toMatch(/projects\.ndjson\.gz does not hold the \d+ rows it was written with/)
  })

  test('a backup of a newer schema is refused', async () => {
    const { backup, snapshot } = givenBackup()
    const path = join(snapshot, 'manifest.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...manifest, migrations: [...manifest.migrations, '9999-later'] }))
    const { code, output } = await tripline(['restore', '--from', backup], await givenEmpty(engine, server))
    expect(code).toBe(1)
    expect(output).toMatch(/whose database this one does not know \(it has migration 9999-later\)/)
  })

  test('a backup of an older schema is restored as it was, and then brought up to date', async () => {
    const old = await givenEmpty(engine, server)
    const target = await openTarget({
      databaseUrl: old.TRIPLINE_DATABASE_URL,
      dataDir: old.TRIPLINE_DATA_DIR as string,
    })
    await target.migrate('0012-registry-members')
    await target.withKysely((db) =>
      db
        .insertInto('settings')
        .values({ name: 'key_check', value: parseKeyring(old.TRIPLINE_SECRET_KEY as string).makeKeyCheck() })
        .execute(),
    )
    await target.close()
    const backup = givenDirectory()
    await triplineSucceeds(['backup', '--to', backup], old)
    const { manifest } = await openSnapshotOf(backup, undefined)
    expect(manifest.migrations.at(-1)).toBe('0012-registry-members')
    expect(manifest.tables.map(({ name }) => name)).not.toContain('run_firings')

    const env = await givenEmpty(engine, server)
    await triplineSucceeds(['restore', '--from', backup], env)
    await using restored = await startTestServer(engine, { env })
    const tables = await restored.world.db.read.introspection.getTables()
    expect(tables.map(({ name }) => name)).toContain('run_firings')
  })

  test('nothing is restored over a database that is there, nor beside a running server', async () => {
    const { code, output } = await tripline(['restore', '--from', original], server.env)
    expect(code).toBe(1)
    expect(output).toMatch(engine === 'sqlite' ? /in use by another Tripline process/ : /The database is not empty/)
    const env = await givenEmpty(engine, server)
    await triplineSucceeds(['restore', '--from', original], env)
    const again = await tripline(['restore', '--from', original], env)
    expect(again).toMatchObject({
      code: 1,
      output: expect.stringMatching(/The database is not empty: it has the table/),
    })
  })

  test('a file that the server has lost is named, and the rest is backed up', async () => {
    const own = await startTestServer(engine, {
      env: { TRIPLINE_SECRET_KEY: server.env.TRIPLINE_SECRET_KEY as string },
    })
    await using _own = own
    const project = await givenProject(own, await givenTeam(own))
    await log(own, project, 'model', { files: { lost: 'l'.repeat(10_000), kept: 'kept' } })
    rmSync(largeBlob(own.env.TRIPLINE_DATA_DIR as string))
    const backup = givenDirectory()
    const made = await tripline(['backup', '--to', backup], own.env)
    expect(made).toMatchObject({
      code: 1,
      output: expect.stringMatching(/1 files are not in the backup:\n {2}- [0-9a-f]+: it is not there/),
    })
    expect(await triplineSucceeds(['backup', 'verify', backup])).toMatch(/1 files were not there when it was made/)
    await triplineSucceeds(['restore', '--from', backup], await givenEmpty(engine, own))
  })

  test('a file that is deleted after the tables were read makes it read them again', async () => {
    const own = await startTestServer(engine)
    await using _own = own
    const project = await givenProject(own, await givenTeam(own))
    await log(own, project, 'model')
    await putRunFile(own, project, 'before')
    const { blobs } = own.world
    let replaced: Promise<void> | undefined
    const lines: string[] = []
    const directory = givenDirectory()
    const { manifest } = await makeBackup(
      {
        address: { databaseUrl: own.env.TRIPLINE_DATABASE_URL, dataDir: own.env.TRIPLINE_DATA_DIR as string },
        directory,
        nowMs: 0,
        blobs: {
          stat: (key) => blobs.stat(key),
          async open(key) {
            replaced ??= putRunFile(own, project, 'after')
            await replaced
            return blobs.open(key)
          },
        },
      },
      { ...quietly(), say: (line) => lines.push(line) },
    )
    expect(lines.filter((line) => /taking the tables again/.test(line))).toHaveLength(1)
    expect(manifest.blobs.missing).toEqual([])
    await triplineSucceeds(['backup', 'verify', directory])
  })

  test('nothing but files is left of a backup that is interrupted', async () => {
    const directory = givenDirectory()
    const stopping = new AbortController()
    const { env, world } = server
    const address = { databaseUrl: env.TRIPLINE_DATABASE_URL, dataDir: env.TRIPLINE_DATA_DIR as string }
    const making = makeBackup(
      { address, blobs: world.blobs, directory, nowMs: 0 },
      { ...quietly(), stopped: stopping.signal, say: () => stopping.abort(new Error('stopped by hand')) },
    )
    await expect(making).rejects.toThrow('stopped by hand')
    expect(await problemsOf(directory)).toMatch(/is not a backup: there is nothing in snapshots/)
  })

  test('is readable by nobody else', () => {
    const modes = readdirSync(original, { recursive: true, encoding: 'utf8' }).map(
      (path) => statSync(join(original, path)).mode & 0o077,
    )
    expect(new Set(modes)).toEqual(new Set([0]))
  })
})

/** Nobody watches, and nobody interrupts. */
function quietly(): Surroundings {
  return {
    stopped: new AbortController().signal,
    say: () => {},
    progress: () => new Progress({ write: () => {} }, () => 0),
  }
}

/** What `tripline backup verify` says of it. */
async function problemsOf(backup: string): Promise<string> {
  try {
    const found = await verifyBackup(await openSnapshotOf(backup, undefined), { contents: true }, quietly())
    return found.problems.join('\n')
  } catch (error) {
    if (error instanceof NotUsable) return error.message
    throw error
  }
}

/** A file of a run, in the place of the one it had: whose bytes are deleted then. */
async function putRunFile(server: TestServer, { entity, project }: ProjectName, content: string): Promise<void> {
  const run = { entityName: entity, modelName: project, name: 'filed' }
  await server.graphql('mutation ($input: UpsertBucketInput!) { upsertBucket(input: $input) { bucket { id } } }', {
    input: run,
  })
  const { data } = await server.graphql(
    'mutation ($input: CreateRunFilesInput!) { createRunFiles(input: $input) { files { uploadUrl } } }',
    { input: { entityName: entity, projectName: project, runName: 'filed', files: ['log.txt'] } },
  )
  const [{ uploadUrl }] = data.createRunFiles.files
  expect((await fetch(uploadUrl, { method: 'PUT', body: content })).status).toBe(200)
}

test('what is not a backup is told apart, and a wrong call says how', async () => {
  const empty = givenDirectory()
  expect(await tripline(['backup', 'verify', empty])).toMatchObject({
    code: 1,
    output: expect.stringMatching(/is not a backup/),
  })
  mkdirSync(join(empty, 'snapshots', 'one'), { recursive: true })
  const named = await tripline(['backup', 'verify', empty, '--snapshot', 'two'])
  expect(named).toMatchObject({ code: 1, output: expect.stringMatching(/no snapshot two .* but one/) })
  for (const argv of [[], ['other'], ['verify'], ['verify', 'a', '--to', 'b'], ['--to', 'x', '--snapshot', 'y']]) {
    expect(() => readBackupCall(argv), argv.join(' ')).toThrow(WrongCall)
  }
  expect(() => readRestoreCall([])).toThrow(/--from <directory>/)
  expect((await tripline(['backup', '--to', 'x', '--nonsense'])).code).toBe(2)
  const nothing = await tripline(['backup', '--to', join(empty, 'b')], { TRIPLINE_DATA_DIR: join(empty, 'data') })
  expect(nothing).toMatchObject({
    code: 1,
    output: expect.stringMatching(/There is no database in the data directory/),
  })
  expect(await triplineSucceeds(['backup', '--help'])).toMatch(/master key is NOT in the backup/)
  expect(await triplineSucceeds(['restore', '--help'])).toMatch(/--hold-deliveries/)
})
