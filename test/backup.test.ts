/**
 * Goal: what a backup holds is one moment of a server at work, whole, and a server on what was restored from it, on either
 * engine, goes on as the original would have.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { openExisting } from '../src/database/copying/opening.ts'
import { openSnapshot, sumOf, type TableSum } from '../src/database/copying/source.ts'
import { createBrowser } from './support/browser.ts'
import { collectionPath, givenProject, log } from './support/given-artifacts.ts'
import { callerWith, draft, givenTeam, record, unique } from './support/given-automations.ts'
import {
  answersOf,
  givenDirectory,
  givenEmpty,
  givenLived,
  type Lived,
  reportOf,
  SIGNING_SECRET,
  startRestored,
  triplineSucceeds,
} from './support/given-backup.ts'
import { inState, succeeds } from './support/given-deliveries.ts'
import { PATIENCE } from './support/patience.ts'
import { startReceiver } from './support/receiver.ts'
import { allRows } from './support/rows.ts'
import { type EngineName, forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { givenSignedIn } from './support/web-users.ts'

const KEY = randomBytes(32).toString('base64')
const ENGINES: EngineName[] = inject('tools').postgres.missing === undefined ? ['sqlite', 'postgres'] : ['sqlite']

/** All rows, but for what a restore adds, and what a start changes: the leases of a process that is not there. */
async function rowsOf(server: TestServer): Promise<Record<string, string[]>> {
  const rows = await allRows(server)
  return {
    ...rows,
    settings: rows.settings!.filter((row) => !row.includes('embedded_transaction_id')),
    deliveries: rows.deliveries!.map((row) => row.replace(/"lease_until":\d+/, '')),
  }
}

forEachEngine((engine) => {
  let lived: Lived
  beforeAll(async () => {
    lived = await givenLived(engine, { TRIPLINE_SECRET_KEY: KEY })
  })
  afterAll(() => lived.stop())

  const aliasesIn = (page: { items: { alias: string | null }[] }) => page.items.map(({ alias }) => alias)

  describe.each(ENGINES)('restored into %s', (target) => {
    test('it is as it was, sends what was waiting, and its feed goes on for every reader', async () => {
      const { server, tenant, held, sending, receiver } = lived
      const backup = givenDirectory()
      const caller = await callerWith(server, server.adminKey)
      const feed = `/entities/${held.team}/events`
      const signedIn = await givenSignedIn(server)
      const invite = await succeeds(server, 'POST', '/invites', { team: held.team, role: 'viewer' })
      const lookUp = (of: TestServer) => createBrowser(of.url).rest('GET', `/invites/by-token/${invite.token}`)
      const { cursor } = await succeeds(server, 'GET', feed)
      const before = { rows: await rowsOf(server), answers: await answersOf(server, tenant) }
      expect(before.rows.sessions).not.toEqual([])
      expect(await triplineSucceeds(['backup', '--to', backup], server.env)).toMatch(
        /master key \w+ is NOT in the backup/,
      )
      expect(await triplineSucceeds(['backup', 'verify', backup])).toMatch(/is whole/)
      // What readers of the original's feed have seen since is not in the backup.
      await record(server, caller, draft('ADD_ARTIFACT_TAG', [held.place], { tag: unique('lost') }))
      await expect
        .poll(async () => (await succeeds(server, 'GET', `${feed}?cursor=${cursor}`)).items.length, PATIENCE)
        .toBeGreaterThan(0)
      const { cursor: cursorAfterTheBackup } = await succeeds(server, 'GET', feed)

      const env = await givenEmpty(target, server)
      expect(await triplineSucceeds(['restore', '--from', backup], env)).toMatch(/read back and found the same/)
      const restored = await startRestored(target, env, server)
      expect(await rowsOf(restored)).toEqual({ ...before.rows, sessions: [] })
      expect(await answersOf(restored, tenant)).toEqual(before.answers)
      expect(await fileOf(restored, tenant)).toBe(await fileOf(server, tenant))

      expect((await createBrowser(restored.url, signedIn.token()).rest('GET', '/viewer')).status).toBe(401)
      expect((await lookUp(restored)).body).toEqual((await lookUp(server)).body)

      const sentBefore = receiver.received.length
      await succeeds(restored, 'PATCH', held.webhookPath, { paused: false })
      await inState(restored, held.delivery, 'succeeded')
      const request = receiver.received.at(-1)!
      expect(receiver.received).toHaveLength(sentBefore + 1)
      const verifier = new Webhook(Buffer.from(SIGNING_SECRET).toString('base64'))
      expect(verifier.verify(request.body, request.headers as Record<string, string>)).toBeTruthy()

      // As if the minute of its lease had passed.
      await restored.world.db.transaction((tx) =>
        tx
          .updateTable('deliveries')
          .set({ lease_until: 1 })
          .where('public_id', '=', sending.delivery)
          .where('state', '=', 'sending')
          .execute(),
      )
      restored.world.wakeWorkers()
      await inState(restored, sending.delivery, 'succeeded')
      const [first, ...again] = sending.receiver.received
      expect(again.at(-1)!.headers['webhook-id']).toBe(first!.headers['webhook-id'])
      expect(again.at(-1)!.body).toBe(first!.body)

      const alias = unique('after')
      await record(
        restored,
        await callerWith(restored, server.adminKey),
        draft('ADD_ARTIFACT_ALIAS', [held.place], { alias }),
      )
      for (const from of [cursor, cursorAfterTheBackup]) {
        await expect
          .poll(async () => aliasesIn(await succeeds(restored, 'GET', `${feed}?cursor=${from}`)), PATIENCE)
          .toEqual([alias])
      }
      expect(aliasesIn(await succeeds(restored, 'GET', feed)).at(-1)).toBe(alias)
    })
  })

  test('the tables are read as they are at one moment, whatever is written meanwhile', async () => {
    const { env } = lived.server
    const address = { databaseUrl: env.TRIPLINE_DATABASE_URL, dataDir: env.TRIPLINE_DATA_DIR as string }
    const connection = await openExisting(address, { hold: false })
    onTestFinished(connection.close)
    const snapshot = await openSnapshot(connection)
    const sumsOf = async () => {
      const sums: Record<string, TableSum> = {}
      for (const table of snapshot.tables) sums[table.name] = await sumOf(snapshot.rows(table))
      return sums
    }
    const before = await sumsOf()
    const project = await givenProject(lived.server, await givenTeam(lived.server))
    expect((await log(lived.server, project, 'model')).status).toBe(201)
    expect(await sumsOf()).toEqual(before)
    const later = await openExisting(address, { hold: false })
    onTestFinished(later.close)
    expect(
      await sumOf((await openSnapshot(later)).rows(snapshot.tables.find(({ name }) => name === 'events')!)),
    ).not.toEqual(before.events)
  })

  test('with --hold-deliveries nothing is sent until a webhook is resumed, and the reason shows', async () => {
    const { server, failed, held } = lived
    const backup = givenDirectory()
    await triplineSucceeds(['backup', '--to', backup], server.env)
    const env = await givenEmpty(engine, server)
    expect(await triplineSucceeds(['restore', '--from', backup, '--hold-deliveries'], env)).toMatch(/Paused 3 webhooks/)
    const restored = await startRestored(engine, env, server)
    expect((await succeeds(restored, 'GET', failed.webhookPath)).paused.reason).toBe('restored_from_backup')
    expect((await succeeds(restored, 'GET', held.webhookPath)).paused.reason).toBe('by_hand')
  })

  test('a backup into a directory that has one copies only what is new, and each stays whole', async () => {
    const { server } = lived
    const backup = givenDirectory()
    const first = await reportOf(['backup', '--to', backup], server.env)
    const project = await givenProject(server, await givenTeam(server))
    await log(server, project, 'model', { files: { 'new.txt': unique('new content') } })
    const second = await reportOf(['backup', '--to', backup], server.env)
    // The file and the manifest.
    expect(second.blobs).toMatchObject({
      copied: 2,
      there: first.blobs.count,
      count: first.blobs.count + 2,
      missing: [],
    })
    for (const { snapshot } of [first, second])
      await triplineSucceeds(['backup', 'verify', backup, '--snapshot', snapshot])
  })

  test('a backup while versions are logged and files replaced is of one moment', async () => {
    await using server = await startTestServer(engine, { env: { TRIPLINE_SECRET_KEY: KEY } })
    await using receiver = await startReceiver()
    const team = await givenTeam(server)
    const project = await givenProject(server, team)
    const hook = await succeeds(server, 'POST', `/entities/${team}/webhooks`, { name: 'hook', url: receiver.url })
    await succeeds(server, 'POST', `/entities/${team}/automations`, {
      name: 'every alias',
      scope: { type: 'project', project: project.project },
      event: 'ADD_ARTIFACT_ALIAS',
      action: { type: 'webhook', webhook: hook.id },
    })
    let isOver = false
    let logged = 0
    const writers = ['a', 'b'].map(async (collection) => {
      while (!isOver) {
        const { status } = await log(server, project, collection, { aliases: [unique('alias')] })
        expect(status).toBe(201)
        logged += 1
      }
    })
    const backup = givenDirectory()
    await expect.poll(() => logged, PATIENCE).toBeGreaterThan(5)
    await triplineSucceeds(['backup', '--to', backup], server.env)
    isOver = true
    await Promise.all(writers)

    const env = await givenEmpty(engine, server)
    await triplineSucceeds(['restore', '--from', backup], env)
    const restored = await startRestored(engine, { ...env, TRIPLINE_WORKER: 'off' }, server)
    const { read } = restored.world.db
    const versions = await read.selectFrom('memberships').select(['collection_id', 'version']).execute()
    expect(versions.length).toBeGreaterThan(5)
    expect(versions.length).toBeLessThan(logged)
    const events = await read.selectFrom('events').select('id').where('type', '=', 'ADD_ARTIFACT_ALIAS').execute()
    const executions = await read
      .selectFrom('executions as e')
      .innerJoin('deliveries as d', 'd.execution_id', 'e.id')
      .select('e.event_id')
      .execute()
    expect(executions.map(({ event_id }) => event_id).sort()).toEqual(events.map(({ id }) => id).sort())
    for (const collection of ['a', 'b']) {
      const page = await succeeds(restored, 'GET', `${collectionPath(project, collection)}/versions?limit=100`)
      expect(page.items.length).toBeGreaterThan(0)
    }
    const entries = await read.selectFrom('manifest_entries').select(['blob_key']).execute()
    expect(entries).toHaveLength(versions.length)
    for (const { blob_key: key } of entries) {
      expect(existsSync(join(env.TRIPLINE_DATA_DIR!, 'blobs', key!.slice(0, 2), key!.slice(2, 4), key!))).toBe(true)
    }
  })
})

/** The content of the tenant's one file. */
async function fileOf(server: TestServer, { place }: Lived['tenant']): Promise<string> {
  const version = `${collectionPath({ entity: place.team, project: place.project }, place.sequence)}/versions/v0`
  const { status, text } = await server.rest('GET', `${version}/files/${place.file}`, undefined, {
    key: server.adminKey,
  })
  expect(status, text).toBe(200)
  return text
}
