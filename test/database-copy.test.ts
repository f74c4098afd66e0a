/**
 * Goal: the embedded database moves to PostgreSQL whole, whatever interrupts the copy, and no row that differs goes
 * unnoticed.
 */
import { randomBytes } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createBrowser } from './support/browser.ts'
import {
  answersOf,
  givenDirectory,
  givenLived,
  type Lived,
  reportOf,
  startRestored,
  tripline,
  triplineSucceeds,
} from './support/given-backup.ts'
import { PATIENCE } from './support/patience.ts'
import { createPostgresDatabase } from './support/postgres.ts'
import { allRows } from './support/rows.ts'
import { startTestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'
import { runTripline } from './support/tripline-process.ts'
import { givenSignedIn } from './support/web-users.ts'

/** So many that a copy can be met in their middle. */
const MANY = 60_000

describeWithTool('postgres', 'tripline database copy', () => {
  let lived: Lived
  let answers: unknown
  let session: string
  beforeAll(async () => {
    lived = await givenLived('sqlite', { TRIPLINE_SECRET_KEY: randomBytes(32).toString('base64') })
    session = (await givenSignedIn(lived.server)).token()
    answers = await answersOf(lived.server, lived.tenant)
    await lived.server.stop()
  })
  afterAll(() => lived.stop())

  /** A copy of the data of a server that has lived and is stopped, and an empty PostgreSQL. */
  async function givenStopped(): Promise<{ env: Record<string, string>; dataDir: string; url: string }> {
    const { TRIPLINE_DATA_DIR, TRIPLINE_SECRET_KEY } = lived.server.env as Record<string, string>
    const dataDir = givenDirectory()
    cpSync(TRIPLINE_DATA_DIR as string, dataDir, { recursive: true })
    const database = await createPostgresDatabase()
    onTestFinished(database.drop)
    return {
      env: { TRIPLINE_DATA_DIR: dataDir, TRIPLINE_SECRET_KEY: TRIPLINE_SECRET_KEY as string },
      dataDir,
      url: database.url,
    }
  }

  let clients: Record<string, pg.Client> = {}
  afterEach(async () => {
    for (const client of Object.values(clients)) await client.end().catch(() => {})
    clients = {}
  })

  /** By one connection for each database: those who wait ask often. */
  async function query(url: string, text: string) {
    let client = clients[url]
    if (client === undefined) {
      client = new pg.Client({ connectionString: url })
      client.on('error', () => {})
      clients[url] = client
      await client.connect()
    }
    return (await client.query(text)).rows
  }

  /** Rows that make the copy last. */
  function addMany(dataDir: string): void {
    const file = new DatabaseSync(join(dataDir, 'tripline.db'))
    file.exec(`
      with recursive n (i) as (select 1 union all select i + 1 from n where i < ${MANY})
      insert into audit (at, via, action, subject, details) select i, 'system', 'test.made', 'row ' || i, '{}' from n`)
    file.close()
  }

  test('serves everything from PostgreSQL afterwards, with ids that go on and files where they were', async () => {
    const { env, url } = await givenStopped()
    const report = await triplineSucceeds(['database', 'copy', '--to', url], env)
    expect(report).toMatch(/all are the same on both sides/)
    const moved = await startRestored('postgres', { ...env, TRIPLINE_DATABASE_URL: url }, lived.server)
    expect(await answersOf(moved, lived.tenant)).toEqual(answers)
    expect((await createBrowser(moved.url, session).rest('GET', '/viewer')).status).toBe(200)
    expect((await moved.rest('POST', '/teams', { name: 'made-after' }, { key: moved.adminKey })).status).toBe(201)
    const rows = await allRows(moved)
    expect(new Set(rows.entities!.map((row) => JSON.parse(row).id)).size).toBe(rows.entities!.length)

    // The foreign keys, indexes and generated columns of a database that was never filled.
    const fresh = await createPostgresDatabase()
    onTestFinished(fresh.drop)
    const other = await startRestored('postgres', { ...env, TRIPLINE_DATABASE_URL: fresh.url }, lived.server)
    const schemaOf = (of: string) =>
      query(
        of,
        `select conname as name, pg_get_constraintdef(oid) as text from pg_constraint where connamespace = 'public'::regnamespace
         union all select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1, 2`,
      )
    expect(await schemaOf(url)).toEqual(await schemaOf(fresh.url))
    await other.stop()
  })

  test('killed in the middle it goes on, and meanwhile no server starts on either', async () => {
    const { env, dataDir, url } = await givenStopped()
    addMany(dataDir)
    const first = runTripline(['database', 'copy', '--to', url], env)
    const copiedRows = async () => {
      const there = await query(url, `select to_regclass('copy_progress') is not null as there`)
      if (!there[0].there) return 0
      const [row] = await query(
        url,
        `select value::json ->> 'count' as count from copy_progress where name = 'table:audit'`,
      )
      return Number(row?.count ?? 0)
    }
    await expect.poll(copiedRows, { ...PATIENCE, interval: 2 }).toBeGreaterThan(0)
    first.kill('SIGSTOP')
    const server = await tripline(['serve'], { ...env, TRIPLINE_PORT: '0' })
    expect(server).toMatchObject({ code: 1, output: expect.stringContaining('in use by another Tripline process') })
    first.kill('SIGKILL')
    await first.ended
    const before = await copiedRows()
    expect(before).toBeLessThan(MANY)
    const early = await tripline(['serve'], { ...env, TRIPLINE_PORT: '0', TRIPLINE_DATABASE_URL: url })
    expect(early).toMatchObject({ code: 1, output: expect.stringContaining('is being filled by') })

    const report = await reportOf(['database', 'copy', '--to', url], env)
    expect(report).toMatchObject({ differences: [], there: false })
    expect(await query(url, 'select count(*)::int as n from audit')).toEqual([{ n: expect.any(Number) }])
    expect(Number((await query(url, `select count(*) from audit where action = 'test.made'`))[0].count)).toBe(MANY)
    expect(await query(url, `select to_regclass('copy_progress') as left`)).toEqual([{ left: null }])
    expect(await triplineSucceeds(['database', 'copy', '--to', url], env)).toMatch(/All rows are there, as they were/)
  })

  test('names the rows that were changed behind its back, and lets no server start', async () => {
    const { env, dataDir, url } = await givenStopped()
    addMany(dataDir)
    const first = runTripline(['database', 'copy', '--to', url], env)
    const isThere = async () =>
      (await query(url, `select to_regclass('copy_progress') is not null as there`))[0].there &&
      (await query(url, `select 1 from copy_progress where name = 'table:audit'`)).length > 0
    await expect.poll(isThere, { ...PATIENCE, interval: 2 }).toBe(true)
    first.kill('SIGINT')
    expect(await first.ended).toMatchObject({ code: 130 })
    expect(first.output()).toContain('Interrupted')
    await query(url, `update aliases set alias = 'nobody-chose-this' where alias = 'lived-alias'`)
    const [changed] = await query(url, `select id from aliases where alias = 'nobody-chose-this'`)
    const [removed] = await query(
      url,
      `delete from artifact_tags where id in (select min(id) from artifact_tags) returning id`,
    )
    const { code, output } = await tripline(['database', 'copy', '--to', url], env)
    expect(code).toBe(1)
    expect(output).toContain(`aliases [${changed.id}] is different`)
    expect(output).toContain(`artifact_tags [${removed.id}] is missing`)
    const server = await tripline(['serve'], { ...env, TRIPLINE_PORT: '0', TRIPLINE_DATABASE_URL: url })
    expect(server).toMatchObject({ code: 1, output: expect.stringContaining('is being filled by') })
  })

  test('refuses a database that holds something else, a running server, and a wrong call', async () => {
    const { env, dataDir, url } = await givenStopped()
    await query(url, 'create table other (id int)')
    const full = await tripline(['database', 'copy', '--to', url], env)
    expect(full).toMatchObject({ code: 1, output: expect.stringContaining('not empty: it has the table other') })
    await query(url, 'drop table other')

    await using another = await startTestServer('postgres')
    const others = await tripline(['database', 'copy', '--to', another.env.TRIPLINE_DATABASE_URL as string], env)
    expect(others).toMatchObject({ code: 1, output: expect.stringContaining('belongs to another Tripline') })

    const held = new DatabaseSync(join(dataDir, 'lock'))
    held.exec('pragma locking_mode = exclusive; begin exclusive')
    const running = await tripline(['database', 'copy', '--to', url], env)
    expect(running).toMatchObject({ code: 1, output: expect.stringContaining('in use by another Tripline process') })
    held.close()

    expect((await tripline(['database', 'copy', '--to', 'mysql://x'], env)).code).toBe(2)
    expect((await tripline(['database', 'move'], env)).code).toBe(2)
    expect(await triplineSucceeds(['database', '--help'])).toContain('tripline database copy')
    const nobody = await tripline(['database', 'copy', '--to', 'postgres://u:hunter2@127.0.0.1:9/x'], env)
    expect(nobody.code).toBe(1)
    expect(nobody.output).toMatch(/cannot be used: .*ECONNREFUSED/)
    expect(nobody.output).not.toContain('hunter2')
  })
})
