/** Bytes that nothing needs any more go, and never any others. */
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { type CompiledQuery, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Caller } from '../src/access/rights.ts'
import {
  commitArtifact,
  createArtifact,
  createArtifactFiles,
  deleteArtifact,
  directUrlOf,
  giveUpAbandoned,
  listFiles,
} from '../src/artifacts/operations.ts'
import { selectBlobsInUse } from '../src/artifacts/store-garbage.ts'
import { collectGarbage, type GarbageWorld, releaseOrphans, summarizeGarbage } from '../src/blobs/operations-garbage.ts'
import { newBlobKey } from '../src/runtime/id.ts'
import type { World } from '../src/world.ts'
import { filesBelow } from './support/byte-server.ts'
import {
  clientManifest,
  collectionPath,
  givenCommitted,
  givenManifest,
  givenProject,
  givenUploaded,
  log,
  md5,
  type ProjectName,
  put,
} from './support/given-artifacts.ts'
import { callerWith, unique } from './support/given-automations.ts'
import { pausingAt } from './support/pausing.ts'
import { runPython } from './support/python.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'
import { watchQueries } from './support/watched-queries.ts'

const HOUR_MS = 3_600_000

forEachEngine((engine) => {
  let server: TestServer
  let caller: Caller
  let project: ProjectName
  beforeEach(async () => {
    server = await startTestServer(engine)
    caller = await callerWith(server, server.adminKey, 'wandb')
    project = await givenProject(server, 'admin-user')
  })
  afterEach(() => server[Symbol.asyncDispose]())

  /** The same server so many hours later. */
  const later = (hours: number, graceHours = 24) => ({
    ...server.world,
    now: () => server.world.now() + hours * HOUR_MS,
    config: { ...server.world.config, blobsGraceHours: graceHours },
  })
  const blobs = () => filesBelow(server.world.config.blobsDir).filter((path) => !path.startsWith('incoming'))

  async function collect(world: GarbageWorld): Promise<number> {
    let count = 0
    for (;;) {
      const removed = await collectGarbage(world)
      count += removed.count
      if (!removed.hasMore) return count
    }
  }

  async function contentsOf(artifactId: number): Promise<string[]> {
    const { items } = await listFiles(server.world, caller, { artifactId }, { limit: 100 })
    return Promise.all(
      items.map(async (file) => {
        const answer = await fetch(directUrlOf(server.world, file))
        expect(answer.status, file.path).toBe(200)
        return answer.text()
      }),
    )
  }

  test('a deleted version gives back what no other has, a day later, and the rest stays', async () => {
    const first = await givenCommitted(server, caller, {
      ...project,
      collection: 'm',
      files: { a: 'own', b: 'shared' },
    })
    const second = await givenCommitted(server, caller, {
      ...project,
      collection: 'm',
      files: { a: 'new', b: 'shared' },
    })
    const elsewhere = await givenCommitted(server, caller, { ...project, collection: 'n', files: { a: 'own' } })
    const before = blobs()
    expect(before.length).toBe(4 + 3)
    await deleteArtifact(server.world, caller, { artifactId: first, deleteAliases: true })

    const nothing = { count: 0, bytes: 0 }
    // Its own file and its manifest; what the second version was granted stays.
    const garbage = { count: 2, bytes: expect.any(Number) }
    expect(await summarizeGarbage(later(23))).toEqual({ now: nothing, later: garbage })
    expect(await collect(later(23))).toBe(0)
    expect(await summarizeGarbage(later(25))).toEqual({ now: garbage, later: nothing })
    expect(blobs()).toEqual(before)
    expect(await collect(later(25))).toBe(2)
    expect(await summarizeGarbage(later(25))).toEqual({ now: nothing, later: nothing })
    expect(blobs().length).toBe(before.length - 2)
    expect((await contentsOf(second)).sort()).toEqual(['new', 'shared'])
    expect(await contentsOf(elsewhere)).toEqual(['own'])
  })

  test('a deleted collection gives back everything, what was pending in it too', async () => {
    await givenCommitted(server, caller, { ...project, collection: 'm', files: { a: '1', b: '2' } })
    await givenCommitted(server, caller, { ...project, collection: 'm', files: { a: '1', b: '3' } })
    await givenUploaded(server, caller, { ...project, collection: 'm', files: { a: '1', b: '4' } })
    expect((await server.rest('DELETE', collectionPath(project, 'm'))).status).toBe(204)
    await collect(later(25))
    expect(blobs()).toEqual([])
    const { rows } = await sql`select * from released_blobs`.execute(server.world.db.read)
    expect(rows).toEqual([])
  })

  test('an upload in progress is pinned for as long as it may go on, and given back when nobody does', async () => {
    const pending = await givenUploaded(server, caller, { ...project, collection: 'm', files: { a: 'half' } })
    const isGivenUp = async (hours: number) => {
      await giveUpAbandoned(later(hours))
      await collect(later(hours, 0))
      return blobs().length === 0
    }
    expect(await isGivenUp(47)).toBe(false)
    // Whoever asks for its upload again gets a URL for another day.
    await createArtifactFiles(later(47), caller, [{ artifactId: pending, path: 'a', digest: md5('half') }])
    expect(await isGivenUp(49)).toBe(false)
    expect(await isGivenUp(47 + 47)).toBe(false)
    expect(await isGivenUp(47 + 49)).toBe(true)
    await expect(commitArtifact(server.world, caller, pending)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('what was stored and never got a row is found, once it is old enough to be nobody’s', async () => {
    const kept = await givenCommitted(server, caller, { ...project, collection: 'm', files: { a: 'kept' } })
    const [old, young] = [newBlobKey(), newBlobKey()]
    for (const key of [old, young])
      await server.world.blobs.put(key, Readable.from([Buffer.from('lost')]), { sizeMax: 4 })
    const backdate = (path: string) => {
      const aged = (Date.now() - 25 * HOUR_MS) / 1_000
      utimesSync(join(server.world.config.blobsDir, path), aged, aged)
    }
    for (const path of blobs()) if (!path.endsWith(young)) backdate(path)
    expect(await releaseOrphans(server.world)).toBe(false)
    expect(await collect(later(23))).toBe(0)
    expect(await collect(later(25))).toBe(1)
    expect(blobs().some((path) => path.endsWith(young))).toBe(true)
    expect(await contentsOf(kept)).toEqual(['kept'])
  })

  describeWithTool('wandb-0.30.0', 'the client', () => {
    test('deletes a version, and its bytes go after their grace; those of the next one stay', async () => {
      const run = await runPython(
        {
          code: `
import pathlib, wandb
def log(**files):
    draft = wandb.Artifact("m", type="model")
    for name, content in files.items():
        pathlib.Path(name).write_text(content)
        draft.add_file(name)
    with wandb.init(entity="admin-user", project="p") as run:
        return run.log_artifact(draft).wait()
log(own="only the first one has this", shared="both")
log(own="the second one", shared="both")
wandb.Api().artifact("admin-user/p/m:v0").delete(delete_aliases=True)
`,
        },
        { env: { WANDB_BASE_URL: server.url, WANDB_API_KEY: server.adminKey, WANDB_SILENT: 'true' } },
      )
      expect(run.exitCode, run.stderr).toBe(0)
      const before = blobs().length
      expect((await summarizeGarbage(later(25))).now.count).toBe(2)
      expect(blobs().length).toBe(before)
      expect(await collect(later(25))).toBe(2)
      expect(blobs().length).toBe(before - 2)
      const { id } = await server.world.db.read
        .selectFrom('artifacts')
        .select('id')
        .where('state', '=', 'COMMITTED')
        .executeTakeFirstOrThrow()
      expect((await contentsOf(id)).sort()).toEqual(['both', 'the second one'])
    })
  })

  test('a store that is mostly unknown is left alone, unless somebody says that it is ours', async () => {
    const keys = [newBlobKey(), newBlobKey()]
    for (const key of keys) await server.world.blobs.put(key, Readable.from([Buffer.from('x')]), { sizeMax: 1 })
    const aged = { ...later(25), log: { ...server.world.log, error: () => {} } } as GarbageWorld
    expect(await releaseOrphans(aged)).toBe(false)
    expect(await collect(later(100))).toBe(0)
    await releaseOrphans(aged, { evenMost: true })
    expect(await collect(later(100))).toBe(2)
  })

  test('what cannot be removed is tried again', async () => {
    const { artifactId } = (await log(server, project, 'm')).body
    expect(
      (await server.rest('DELETE', `${collectionPath(project, 'm')}/versions/v0?deleteAliases=true`)).status,
      artifactId,
    ).toBe(204)
    const broken = { ...later(25), blobs: { ...server.world.blobs, delete: () => Promise.reject(new Error('no')) } }
    expect(await collectGarbage(broken as GarbageWorld)).toEqual({ count: 0, bytes: 0, hasMore: false })
    expect(await collect(later(25))).toBe(2)
    expect(blobs()).toEqual([])
  })

  test('no version loses a byte while others of the same content are logged, deleted and collected', async () => {
    const world = later(0, 0)
    const files = { a: unique('same'), b: unique('content') }
    let isDone = false
    const collector = (async () => {
      let count = 0
      while (!isDone) {
        count += await collect(world)
        await setTimeout(1)
      }
      return count
    })()
    let checked = 0
    const writer = async (index: number) => {
      for (let round = 0; round < 8; round += 1) {
        const artifactId = await givenCommitted(server, caller, {
          ...project,
          collection: 'm',
          files: { ...files, own: `${index}-${round}` },
        })
        expect((await contentsOf(artifactId)).length).toBe(3)
        checked += 1
        await deleteArtifact(server.world, caller, { artifactId, deleteAliases: true })
      }
    }
    await Promise.all([0, 1, 2, 3, 4, 5].map(writer)).finally(() => {
      isDone = true
    })
    expect(checked).toBe(48)
    expect(await collector).toBeGreaterThan(48)
    const last = await givenCommitted(server, caller, { ...project, collection: 'm', files })
    await collect(world)
    expect((await contentsOf(last)).sort()).toEqual([files.a, files.b].sort())
    // The files of the last one and its manifest.
    await collect(later(1, 0))
    expect(blobs().length).toBe(3)
  })

  describe('bytes that are granted while the last version that has them is deleted and they are collected', () => {
    /** Statements after which the granting transaction is held still. */
    const POINTS = {
      'it has seen them': (text: string) => /select .* from "sequence_blobs"/.test(text),
      'it has noted the grant': (text: string) => text.trimStart().startsWith('insert into artifact_files '),
      'it has made the version': (text: string) => text.trimStart().startsWith('insert into manifest_entries '),
    }
    const content = 'granted'

    /** A version whose bytes an earlier one brought that is gone: no artifact that a grant names holds them any more. */
    async function givenLastHolder(): Promise<number> {
      const files = { a: content }
      const first = await givenCommitted(server, caller, { ...project, collection: 'm', files })
      const last = await givenCommitted(server, caller, { ...project, collection: 'm', files: { ...files, b: '2' } })
      await deleteArtifact(server.world, caller, { artifactId: first, deleteAliases: true })
      return last
    }

    async function begin(): Promise<number> {
      const input = {
        ...project,
        collection: 'm',
        type: 'model',
        run: null,
        deduplicate: false,
        digest: '0'.repeat(32),
      }
      const { artifactId } = await createArtifact(server.world, caller, input)
      const size = Buffer.byteLength(content)
      await givenManifest(server, caller, artifactId, clientManifest({ a: { digest: md5(content), size } }))
      return artifactId
    }

    /** Resolves when the work is done, or cannot be before somebody else lets go. */
    async function untilStill(work: Promise<unknown>): Promise<void> {
      let isDone = false
      const done = () => {
        isDone = true
      }
      work.then(done, done)
      const waitsForLock = async () => {
        if (engine === 'sqlite') return false
        const { rows } = await sql`select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(server.world.db.read)
        return rows.length > 0
      }
      // The embedded engine has one writer, whose queue cannot be seen: whatever may go on has done so by then.
      for (let tries = 0; tries < 40 && !isDone && !(await waitsForLock()); tries += 1) await setTimeout(10)
    }

    const asked = async (world: World, artifactId: number) => {
      const [place] = await createArtifactFiles(world, caller, [{ artifactId, path: 'a', digest: md5(content) }])
      if (place!.upload !== null) expect((await put(place!, content)).status).toBe(200)
      await commitArtifact(world, caller, artifactId)
    }
    const named = (world: World, artifactId: number) => commitArtifact(world, caller, artifactId)

    test.each([
      ['asked for an upload', 'it has seen them', asked],
      ['asked for an upload', 'it has noted the grant', asked],
      ['asked for an upload', 'it has made the version', asked],
      ['named in a manifest', 'it has seen them', named],
      ['named in a manifest', 'it has noted the grant', named],
      ['named in a manifest', 'it has made the version', named],
    ] as const)('%s, when %s: they stay, or the grant is not made', async (_how, point, log) => {
      const last = await givenLastHolder()
      const artifactId = await begin()
      const paused = pausingAt(server.world.db, POINTS[point])
      const logged = Promise.allSettled([log({ ...server.world, db: paused.db }, artifactId)])
      await paused.reached
      const others = deleteArtifact(server.world, caller, { artifactId: last, deleteAliases: true }).then(() =>
        collect(later(1, 0)),
      )
      await untilStill(others)
      paused.resume()
      const [outcome] = await logged
      expect(await others).toBeGreaterThan(0)
      await collect(later(1, 0))
      if (outcome!.status === 'rejected') {
        expect([outcome!.reason.code, log]).toEqual(['manifest_mismatch', named])
        expect(point).toBe('it has seen them')
      } else {
        expect(await contentsOf(artifactId)).toEqual([content])
      }
    })
  })

  test('however much is kept, each blob is looked up by an index', async () => {
    const artifactId = await givenCommitted(server, caller, { ...project, collection: 'm', files: { a: '1' } })
    const { db } = server.world
    const plan = await db.transaction(async (tx) => {
      const many = sql`with recursive n (i) as (select 1 union all select i + 1 from n where i < 20000)`
      await sql`insert into manifest_entries (artifact_id, path, digest, size, blob_key, birth_artifact_id)
        ${many} select ${artifactId}, 'p' || i, 'd' || i, 1, 'k' || i, ${artifactId} from n`.execute(tx)
      await sql`insert into artifact_files (artifact_id, path, digest, blob_key, birth_artifact_id, created_at)
        ${many} select ${artifactId}, 'p' || i, 'd' || i, 'k' || i, ${artifactId}, 0 from n`.execute(tx)
      await sql`insert into sequence_blobs (sequence_id, digest, blob_key, birth_artifact_id, size)
        ${many} select (select id from collections), 'd' || i, 'k' || i, ${artifactId}, 1 from n`.execute(tx)
      await sql`insert into manifests (artifact_id, kind, name, digest, blob_key, created_at)
        ${many} select ${artifactId}, 'FULL', 'm', 'd', 'k' || i, 0 from n`.execute(tx)
      await sql`analyze`.execute(tx)
      const seen: CompiledQuery[] = []
      await selectBlobsInUse(
        watchQueries(tx, (query) => seen.push(query)),
        db.engine,
        ['k1', 'k2', 'k3'],
      )
      const [query] = seen
      const explain = engine === 'sqlite' ? 'explain query plan' : 'explain'
      const { rows } = await tx.executeQuery<Record<string, unknown>>({ ...query!, sql: `${explain} ${query!.sql}` })
      return rows.map((row) => String(row.detail ?? row['QUERY PLAN'])).join('\n')
    })
    const tables = ['manifest_entries', 'artifact_files', 'manifests', 'sequence_blobs']
    for (const table of tables) expect(plan).toContain(`${table}_by_blob`)
    expect(plan).not.toMatch(/SCAN (manifest|artifact|sequence)|Seq Scan/)
  })
})
