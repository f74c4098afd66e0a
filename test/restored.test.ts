// Goal: a database that was dumped and restored goes on as if it had stayed, its feed of events too, although a new
// cluster gives transactions lower ids than those the events carry.
// Method: a real `pg_dump`, restored by `psql` into a new cluster, where servers start side by side.
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPostgres } from '../src/database/postgres.ts'
import { callerWith, draft, givenPlace, givenTeam, record, unique } from './support/given-automations.ts'
import { PATIENCE } from './support/patience.ts'
import { type PostgresServer, startPostgresServer } from './support/postgres-server.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool, toolPath } from './support/tools.ts'

const run = promisify(execFile)

/** Transactions the first cluster is ahead of the second. */
const AHEAD = 20_000

describeWithTool('postgres', 'a dump restored into a new cluster', () => {
  let other: PostgresServer
  let server: TestServer
  beforeAll(async () => {
    const started = await startPostgresServer(toolPath('postgres'))
    if ('failure' in started) throw new Error(started.failure)
    other = started
    server = await startTestServer('postgres', { env: { TRIPLINE_WORKER: 'off' } })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await other.stop()
  })

  async function query(url: string, text: string) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }

  async function restored(url: string): Promise<string> {
    const name = unique('restored').replaceAll('-', '_')
    const file = join(tmpdir(), `${name}.sql`)
    const programs = toolPath('postgres')
    await run(join(programs, 'pg_dump'), ['--no-owner', '--file', file, url])
    await query(other.adminUrl, `create database ${name}`)
    const into = Object.assign(new URL(other.adminUrl), { pathname: `/${name}` }).href
    await run(join(programs, 'psql'), ['--quiet', '--set', 'ON_ERROR_STOP=1', '--file', file, into])
    rmSync(file)
    return into
  }

  const aliasesOf = (page: { items: { alias: string }[] }) => page.items.map((item) => item.alias)

  async function feed(of: TestServer, team: string, after = '') {
    const answer = await of.rest('GET', `/entities/${team}/events${after}`, undefined, { key: server.adminKey })
    expect(answer.status, answer.text).toBe(200)
    return answer.body
  }

  test('shows the old events before the new, and every cursor goes on, also one from after the dump', async () => {
    const url = server.env.TRIPLINE_DATABASE_URL!
    const goBy = (count: number) =>
      query(url, `do $$ begin for i in 1..${count} loop perform pg_current_xact_id(); commit; end loop; end $$`)
    await goBy(AHEAD)
    const team = await givenTeam(server)
    const place = await givenPlace(server, team)
    const add = async (to: TestServer, ...aliases: string[]) => {
      const caller = await callerWith(to, server.adminKey)
      for (const alias of aliases) await record(to, caller, draft('ADD_ARTIFACT_ALIAS', [place], { alias }))
    }
    await add(server, 'one', 'two', 'three')
    await expect.poll(async () => aliasesOf(await feed(server, team)), PATIENCE).toEqual(['one', 'two', 'three'])
    const { cursor } = await feed(server, team, '?limit=2')
    const into = await restored(url)
    await goBy(1_000)
    await add(server, 'lost')
    await expect.poll(async () => aliasesOf(await feed(server, team)), PATIENCE).toHaveLength(4)
    const { cursor: fromAfterTheDump } = await feed(server, team)

    const env = { ...server.env, TRIPLINE_DATABASE_URL: into }
    const [first, second] = await Promise.all([
      startTestServer('postgres', { env }),
      startTestServer('postgres', { env }),
    ])
    await using _first = first
    await using _second = second
    expect(aliasesOf(await feed(first, team))).toEqual(['one', 'two', 'three'])
    await add(first, 'four')
    await add(second, 'five')
    for (const reader of [first, second]) {
      await expect
        .poll(async () => aliasesOf(await feed(reader, team)), PATIENCE)
        .toEqual(['one', 'two', 'three', 'four', 'five'])
      expect(aliasesOf(await feed(reader, team, `?cursor=${cursor}`))).toEqual(['three', 'four', 'five'])
      expect(aliasesOf(await feed(reader, team, `?cursor=${fromAfterTheDump}`))).toEqual(['four', 'five'])
    }
  })

  test('what was purged from the feed counts too, and a start that finds nothing amiss changes nothing', async () => {
    const team = await givenTeam(server)
    const into = await restored(server.env.TRIPLINE_DATABASE_URL!)
    const purged = 5_000_000
    await query(into, `delete from event_feed`)
    await query(
      into,
      `insert into settings (name, value) select 'feed_purged:' || id, '{"transactionId":${purged},"eventId":1}'
         from entities where name = '${team}'`,
    )
    const idAfterOpening = async () => {
      await (await openPostgres({ url: into, poolSize: 1 })).close()
      const [row] = await query(into, 'select tripline_transaction_id() as id, pg_current_xact_id()::text as own')
      return { id: Number(row.id), addend: Number(row.id) - Number(row.own) }
    }
    const first = await idAfterOpening()
    expect(first.id).toBeGreaterThan(purged)
    expect((await idAfterOpening()).addend).toBe(first.addend)
    const untouched = await query(
      server.env.TRIPLINE_DATABASE_URL!,
      'select tripline_transaction_id()::text = pg_current_xact_id()::text as same',
    )
    expect(untouched).toEqual([{ same: true }])
  })
})
