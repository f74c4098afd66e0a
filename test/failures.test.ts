// Goal: when the world fails, whoever asks hears so clearly and soon, nothing is half-done, nothing that was acknowledged
// is lost, and everything works again, without a restart, once the world does.
// Method: a PostgreSQL of its own that is crashed, a small disk that is filled, blobs that are removed.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { openPostgres } from '../src/database/postgres.ts'
import { filesBelow } from './support/byte-server.ts'
import { startCuttingProxy } from './support/cutting-proxy.ts'
import { base64, collectionPath, givenProject, log, md5, type ProjectName } from './support/given-artifacts.ts'
import { givenTeam, unique } from './support/given-automations.ts'
import { PATIENCE } from './support/patience.ts'
import { createPostgresDatabase } from './support/postgres.ts'
import { type PostgresServer, startPostgresServer } from './support/postgres-server.ts'
import { startReceiver } from './support/receiver.ts'
import { allRows } from './support/rows.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool, toolPath } from './support/tools.ts'

const MANIFEST = `query ($entity: String!, $project: String!, $name: String!) {
  project(entityName: $entity, name: $project) { artifact(name: $name) { currentManifest { file { directUrl } } } }
}`

// biome-ignore lint/suspicious/noExplicitAny: looks into an answer
type Json = any

/** "Soon" on a machine that is busy with other tests; what waits for a time-out of ours takes 5 s and more. */
const SOON_MS = 3_000

async function timed<Result>(work: Promise<Result>): Promise<Result> {
  const startedAt = performance.now()
  const result = await work
  expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
  return result
}

describeWithTool('postgres', 'a connection to PostgreSQL that breaks while it commits', () => {
  test('leaves a version whole that was committed all the same, and logging it again finds it', async () => {
    await using database = await createPostgresDatabase()
    const proxy = await startCuttingProxy(database.url)
    await using server = await startTestServer('sqlite', {
      env: {
        TRIPLINE_DATABASE_URL: proxy.url,
        TRIPLINE_SECRET_KEY: randomBytes(32).toString('base64'),
        TRIPLINE_LOG_LEVEL: 'silent',
      },
    })
    onTestFinished(() => proxy.close())
    const project = await givenProject(server, await givenTeam(server))
    const files = { 'model.txt': unique('weights') }
    proxy.cutCommit('"type":"CREATE_ARTIFACT"')
    const cut = await log(server, project, 'model', { files })
    expect([cut.status, cut.body.code, proxy.cuts()]).toEqual([503, 'database_unavailable', 1])

    const made = await server.rest('GET', `${collectionPath(project, 'model')}/versions/v0`)
    expect(made.body).toMatchObject({ version: 'v0', fileCount: 1 })
    const manifest = await server.graphql(MANIFEST, { ...project, name: 'model:v0' })
    const { directUrl } = (manifest.data as Json).project.artifact.currentManifest.file
    const { contents } = (await (await fetch(directUrl)).json()) as Json
    expect(Object.keys(contents)).toEqual(['model.txt'])

    const again = await log(server, project, 'model', { files })
    expect(again.body).toMatchObject({ version: 'v0' })
    expect((await log(server, project, 'model')).body).toMatchObject({ version: 'v1' })
  })
})

describeWithTool('postgres', 'a PostgreSQL that goes away', () => {
  let postgres: PostgresServer
  let server: TestServer
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let project: ProjectName
  let webhookPath: string
  let databaseUrl: string

  beforeAll(async () => {
    const started = await startPostgresServer(toolPath('postgres'), { durable: true })
    if ('failure' in started) throw new Error(started.failure)
    postgres = started
    const client = new pg.Client({ connectionString: postgres.adminUrl })
    await client.connect()
    await client.query('create database tripline')
    await client.end()

    databaseUrl = postgres.adminUrl.replace(/\/postgres$/, '/tripline')
    receiver = await startReceiver()
    server = await startTestServer('sqlite', {
      env: {
        TRIPLINE_DATABASE_URL: databaseUrl,
        TRIPLINE_SECRET_KEY: randomBytes(32).toString('base64'),
        TRIPLINE_LOG_LEVEL: 'silent',
      },
    })
    const team = await givenTeam(server)
    project = await givenProject(server, team)
    expect((await log(server, project, 'model')).status).toBe(201)
    const webhook = await server.rest('POST', `/entities/${team}/webhooks`, { name: 'hook', url: receiver.url })
    webhookPath = `/entities/${team}/webhooks/${webhook.body.id}`
    const automation = await server.rest('POST', `/entities/${team}/automations`, {
      name: 'every alias',
      scope: { type: 'project', project: project.project },
      event: 'ADD_ARTIFACT_ALIAS',
      action: { type: 'webhook', webhook: webhook.body.id, payload: { alias: '$' + '{alias}' } },
    })
    expect(automation.status, automation.text).toBe(201)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await receiver.stop()
    await postgres.stop()
  })

  const putAlias = (alias: string) =>
    server.rest('PUT', `${collectionPath(project, 'model')}/aliases/${alias}`, { version: 'v0' })
  const readiness = async () => {
    const response = await fetch(`${server.url}/ready`)
    return [response.status, ((await response.json()) as { code?: string }).code]
  }

  test('is told soon while it is away, and all that was acknowledged is there and sent when it is back', async () => {
    await server.rest('PATCH', webhookPath, { paused: true })
    const heard = vi.fn()
    const stopListening = await server.world.db.listen(heard)

    const acknowledged: string[] = []
    const refused: unknown[] = []
    let isOver = false
    const write = async (writer: number) => {
      for (let n = 0; !isOver; n++) {
        const alias = `a-${writer}-${n}`
        const { status, body } = await timed(putAlias(alias))
        if (status === 200) acknowledged.push(alias)
        else refused.push([status, body.code])
      }
    }
    const writers = [1, 2, 3].map(write)
    await vi.waitUntil(() => acknowledged.length >= 20, PATIENCE)
    await postgres.crash()
    await vi.waitUntil(() => refused.length >= 10, PATIENCE)

    expect(await timed(readiness())).toEqual([503, 'database_unavailable'])
    expect((await fetch(`${server.url}/live`)).status).toBe(200)
    expect((await fetch(`${server.url}/metrics`)).status).toBe(200)
    const read = await timed(server.rest('GET', '/teams'))
    expect(read.body).toMatchObject({ status: 503, code: 'database_unavailable' })
    expect(read.headers.get('retry-after')).toBe('1')
    const made = await timed(
      server.rest('POST', '/teams', { name: unique('team') }, { headers: { 'idempotency-key': 'x' } }),
    )
    expect(made.body).toMatchObject({ status: 503, code: 'database_unavailable' })
    expect(await timed(server.graphql('{ viewer { id } }'))).toMatchObject({
      status: 503,
      data: null,
      errors: [{ extensions: { code: 'database_unavailable' } }],
    })

    await postgres.startAgain()
    await vi.waitFor(async () => expect(await readiness()).toEqual([200, undefined]), { timeout: 10_000 })
    const before = acknowledged.length
    await vi.waitUntil(() => acknowledged.length >= before + 10, PATIENCE)
    isOver = true
    await Promise.all(writers)

    // Nobody heard anything but this, and nobody's request is still on its way.
    expect(refused).toEqual(refused.map(() => [503, 'database_unavailable']))
    const { body } = await server.rest('GET', `${collectionPath(project, 'model')}/versions/v0`)
    expect(body.aliases).toEqual(expect.arrayContaining(acknowledged))

    // Wake-ups of other processes come through again, on a connection of their own.
    const other = await openPostgres({ url: databaseUrl, poolSize: 1 })
    heard.mockClear()
    await vi.waitFor(
      () => {
        other.announce()
        expect(heard).toHaveBeenCalled()
      },
      { timeout: 10_000 },
    )
    await Promise.all([stopListening(), other.close()])

    await server.rest('PATCH', webhookPath, { paused: false })
    await vi.waitFor(
      () => {
        const sent = receiver.received.map((request) => JSON.parse(request.body).alias)
        expect(sent).toEqual(expect.arrayContaining(acknowledged))
      },
      { timeout: 30_000 },
    )
    const messages = receiver.received.map((request) => request.headers['webhook-id'])
    expect(new Set(messages).size).toBe(messages.length)
  }, 90_000)

  test('an upload it missed is repeated, and nothing of it was visible before', async () => {
    // A small file would not be noted before its version commits, and so not miss the database.
    const bytes = Buffer.alloc(300 * 1024, unique('bytes'))
    const path = `${collectionPath(project, 'uploaded')}/versions`
    const file = { path: 'model.bin', size: bytes.length, md5: md5(bytes) }
    const pending = await server.rest('POST', path, { type: 'model', files: [file] })
    expect(pending.status, pending.text).toBe(202)
    const [{ url, headers }] = pending.body.uploads
    const upload = () => fetch(url, { method: 'PUT', headers, body: bytes })

    await postgres.crash()
    const missed = await timed(upload())
    expect([missed.status, ((await missed.json()) as { code: string }).code]).toEqual([503, 'database_unavailable'])
    await postgres.startAgain()
    await vi.waitFor(async () => expect(await readiness()).toEqual([200, undefined]), { timeout: 10_000 })
    const commit = () => server.rest('POST', `/artifacts/${pending.body.artifactId}/commit`)
    expect((await commit()).status).toBe(400)
    expect((await upload()).status).toBe(200)
    expect((await commit()).status).toBe(200)
    const found = await server.rest('GET', `${path}/v0/files/model.bin`)
    expect(found.text).toBe(bytes.toString())
  }, 60_000)
})

describe('a disk that is full', () => {
  /** A file system of its own; `undefined` where none can be mounted. */
  function givenDisk(size: string): string | undefined {
    const directory = mkdtempSync(join(tmpdir(), 'tripline-disk-'))
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', directory])
    if (status !== 0) {
      rmSync(directory, { recursive: true })
      return undefined
    }
    onTestFinished(() => {
      spawnSync('umount', ['--lazy', directory])
      rmSync(directory, { recursive: true, force: true })
    })
    return directory
  }

  test('is named, nothing is half-done, and there is no need to restart when there is room again', async ({ skip }) => {
    const disk = givenDisk('12m')
    if (disk === undefined) return skip('mounting a small file system needs root on Linux')
    const env = { TRIPLINE_DATA_DIR: join(disk, 'data'), TRIPLINE_LOG_LEVEL: 'silent', TRIPLINE_WORKER: 'off' }
    await using server = await startTestServer('sqlite', { env })
    const team = await givenTeam(server)
    const project = await givenProject(server, team)
    expect((await log(server, project, 'model', { files: { 'kept.txt': 'kept' } })).status).toBe(201)
    const blobs = server.world.config.blobsDir
    const filler = join(disk, 'filler')
    const fill = () => {
      const { bavail, bsize } = statfsSync(disk)
      writeFileSync(filler, Buffer.alloc(bavail * bsize))
    }
    fill()

    // The log of the database may have room inside of it left.
    const describeModel = (text: string) =>
      server.rest('PATCH', collectionPath(project, 'model'), { description: text })
    let last = ''
    const full = await vi.waitFor(async () => {
      const text = randomBytes(10_000).toString('hex')
      const answer = await describeModel(text)
      if (answer.status === 200) last = text
      expect(answer.status).not.toBe(200)
      return answer
    })
    expect(full.body).toMatchObject({
      status: 507,
      code: 'storage_full',
      detail: expect.stringMatching(/full.*room|full.*space/),
    })

    const before = [await allRows(server), filesBelow(blobs)]
    const large = randomBytes(200_000).toString('base64')
    const refused = [
      await describeModel('x'.repeat(20_000)),
      await log(server, project, 'model', { files: { 'more.bin': large } }),
      await log(server, project, 'another', { files: { 'more.bin': large } }),
    ]
    for (const answer of refused) expect(answer.body, answer.text).toMatchObject({ status: 507, code: 'storage_full' })
    const graphql = await server.graphql(
      'mutation($d: String) { upsertModel(input: {name: "other", entityName: "admin-user", description: $d}) { inserted } }',
      { d: 'x'.repeat(20_000) },
    )
    expect([graphql.status, graphql.errors?.[0]?.extensions?.code]).toEqual([507, 'storage_full'])
    expect([await allRows(server), filesBelow(blobs)]).toEqual(before)

    // What only reads goes on.
    const shown = await server.rest('GET', collectionPath(project, 'model'))
    expect(shown.body.description ?? '').toBe(last)
    expect((await server.rest('GET', `${collectionPath(project, 'model')}/versions/v0/files/kept.txt`)).text).toBe(
      'kept',
    )

    rmSync(filler)
    expect((await describeModel('there is room again')).status).toBe(200)
    expect((await log(server, project, 'model', { files: { 'more.bin': large } })).body.version).toBe('v1')
    expect((await fetch(`${server.url}/ready`)).status).toBe(200)
    await server.stop()
    const database = new DatabaseSync(join(env.TRIPLINE_DATA_DIR, 'tripline.db'), { readOnly: true })
    expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' })
    expect(database.prepare('pragma foreign_key_check').all()).toEqual([])
    database.close()
  }, 60_000)
})

forEachEngine((engine) => {
  let server: TestServer
  let project: ProjectName
  beforeAll(async () => {
    server = await startTestServer(engine, { env: { TRIPLINE_LOG_LEVEL: 'silent' } })
    project = await givenProject(server, 'admin-user')
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const incoming = () => readdirSync(join(server.world.config.blobsDir, 'incoming'))

  test('an upload that is cut off, or of other bytes than announced, leaves nothing, and the version waits for it', async () => {
    const bytes = randomBytes(300_000)
    const versions = `${collectionPath(project, 'uploaded')}/versions`
    const file = { path: 'model.bin', size: bytes.length, md5: md5(bytes) }
    const pending = await server.rest('POST', versions, { type: 'model', files: [file] })
    const [upload] = pending.body.uploads
    const before = [await allRows(server), filesBelow(server.world.config.blobsDir)]

    const { port, pathname, search } = new URL(upload.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes.length}\r\n\r\n`)
    socket.write(bytes.subarray(0, 200_000))
    await vi.waitUntil(() => incoming().length === 1, PATIENCE)
    socket.destroy()
    await vi.waitUntil(() => incoming().length === 0, PATIENCE)

    const put = (body: Buffer) => fetch(upload.url, { method: 'PUT', headers: upload.headers, body })
    const wrong = Buffer.from(bytes)
    wrong[0]! ^= 1
    for (const body of [bytes.subarray(1), Buffer.concat([bytes, bytes]), wrong]) {
      const answer = await put(body)
      expect([answer.status, await answer.json()]).toEqual([
        400,
        expect.objectContaining({ code: 'upload_digest_mismatch' }),
      ])
    }
    const commit = () => server.rest('POST', `/artifacts/${pending.body.artifactId}/commit`)
    expect((await commit()).body).toMatchObject({ status: 400, code: 'manifest_mismatch' })
    expect([await allRows(server), filesBelow(server.world.config.blobsDir)]).toEqual(before)
    expect((await server.rest('GET', versions)).body.items ?? []).toEqual([])

    expect((await put(bytes)).status).toBe(200)
    expect((await commit()).body.version).toBe('v0')
  })

  test('a version whose inline bytes are not what they claim to be is not made', async () => {
    const before = [await allRows(server), filesBelow(server.world.config.blobsDir)]
    const path = `${collectionPath(project, 'claimed')}/versions`
    const claims = [
      { path: 'a', content: base64('other'), md5: md5('bytes') },
      { path: 'a', content: base64('bytes'), size: 4 },
      { path: 'a', content: '!' },
    ]
    for (const claim of claims) {
      const answer = await server.rest('POST', path, { type: 'model', files: [claim] })
      expect(answer.status, answer.text).toBe(400)
    }
    expect([await allRows(server), filesBelow(server.world.config.blobsDir)]).toEqual(before)
  })

  test('bytes that are gone from the disk, or cut short, are said to be, and never waited for', async () => {
    const content = { 'gone.txt': unique('gone'), 'cut.txt': unique('cut'), 'whole.txt': unique('whole') }
    expect((await log(server, project, 'lost', { files: content })).status).toBe(201)
    const files = `${collectionPath(project, 'lost')}/versions/v0/files`
    const { items } = (await server.rest('GET', files)).body as { items: { path: string; url: string }[] }
    const blobs = await server.world.db.read
      .selectFrom('manifest_entries')
      .select(['path', 'blob_key'])
      .where('path', 'in', ['gone.txt', 'cut.txt'])
      .execute()
    const fileOf = (path: string) => {
      const key = blobs.find((blob) => blob.path === path)!.blob_key!
      return join(server.world.config.blobsDir, key.slice(0, 2), key.slice(2, 4), key)
    }
    rmSync(fileOf('gone.txt'))
    truncateSync(fileOf('cut.txt'), 2)

    const urlOf = (path: string) => items.find((item) => item.path === path)!.url
    const direct = (path: string) => `${server.url}/api/v1${files}/${path}`
    for (const url of [direct('gone.txt'), urlOf('gone.txt')]) {
      const answer = await timed(fetch(url, { headers: { authorization: `Bearer ${server.adminKey}` } }))
      expect([answer.status, await answer.json()]).toEqual([
        404,
        expect.objectContaining({ code: 'not_found', detail: 'The bytes of this file are not there any more' }),
      ])
    }
    for (const url of [direct('cut.txt'), urlOf('cut.txt')]) {
      const answer = await timed(fetch(url, { headers: { authorization: `Bearer ${server.adminKey}` } }))
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([500, 'internal'])
    }
    expect((await server.rest('GET', `${files}/whole.txt`)).text).toBe(content['whole.txt'])
  })
})
