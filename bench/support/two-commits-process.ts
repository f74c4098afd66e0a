/** The least a durable webhook costs: two durable commits, one after the other, and one POST. */
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { Agent, request } from 'undici'
import { offer } from './processes.ts'

let commit: () => Promise<void>
const agent = new Agent({ connections: 1 })

const actions = {
  async open(where: { file: string } | { url: string }) {
    commit = 'file' in where ? openSqlite(where.file) : await openPostgres(where.url)
  },
  /** Resolves to when it began, in nanoseconds of the clock that all processes of the machine share. */
  async commitTwiceAndPost(input: { url: string; body: string }) {
    const startedAtNs = process.hrtime.bigint()
    await commit()
    await commit()
    const answer = await request(input.url, { dispatcher: agent, method: 'POST', body: input.body })
    await answer.body.dump()
    return startedAtNs
  },
}
export type TwoCommitsActions = typeof actions
offer(actions)

const ROW = 'x'.repeat(1_000)

function openSqlite(file: string): () => Promise<void> {
  const database = new DatabaseSync(file)
  database.exec('pragma journal_mode = wal; pragma synchronous = full; create table rows (content text)')
  const insert = database.prepare('insert into rows values (?)')
  return async () => {
    insert.run(ROW)
  }
}

async function openPostgres(url: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('create table if not exists rows (content text)')
  return async () => {
    await client.query('insert into rows values ($1)', [ROW])
  }
}
