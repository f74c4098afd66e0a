import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { createTurns } from '../../src/runtime/turns.ts'

/** What a server keeps that asks who calls, and of whose drafts none is lost. */
export type DurableNotes = {
  /** Look a key up. */
  key(): Promise<void>
  /** In a durable transaction of its own: look at a draft, and keep a text. */
  keep(text: string): Promise<void>
}

const HASH = randomBytes(32).toString('hex')
const DRAFT = 1

/** On a connection of its own, with statements that are kept, those that need not wait for each other sent together. */
export async function openNotes(where: { file: string } | { url: string }): Promise<DurableNotes> {
  return 'file' in where ? openSqlite(where.file) : openPostgres(where.url)
}

const schema = (id: string) => `
  create table keys (id ${id}, hash text not null unique, name text not null);
  create table notes (id ${id}, text text not null);
  insert into keys (hash, name) values ('${HASH}', 'bench');
  insert into notes (text) values ('draft')`
const SELECT_KEY = 'select id, name from keys where hash = $1'
const SELECT_DRAFT = 'select text from notes where id = $1'
const INSERT_NOTE = 'insert into notes (text) values ($1)'

function openSqlite(file: string): DurableNotes {
  const database = new DatabaseSync(file)
  // As `src/database/sqlite.ts` has them.
  database.exec(`pragma journal_mode = wal; pragma synchronous = full; ${schema('integer primary key')}`)
  const [key, draft, insert] = [SELECT_KEY, SELECT_DRAFT, INSERT_NOTE].map((text) =>
    database.prepare(text.replace('$1', '?')),
  )
  return {
    async key() {
      key!.all(HASH)
    },
    async keep(text) {
      database.exec('begin immediate')
      draft!.all(DRAFT)
      insert!.run(text)
      database.exec('commit')
    },
  }
}

async function openPostgres(url: string): Promise<DurableNotes> {
  const client = new pg.Client({ connectionString: url, pipeline: true })
  await client.connect()
  await client.query(
    `create schema durable_notes; set search_path to durable_notes; ${schema('bigserial primary key')}`,
  )
  const inTurn = createTurns()
  const run = (name: string, text: string, value: unknown) => client.query({ name, text, values: [value] })
  return {
    key: () => inTurn('connection', async () => void (await run('key', SELECT_KEY, HASH))),
    keep: (text) =>
      inTurn('connection', async () => {
        await Promise.all([client.query('begin'), run('draft', SELECT_DRAFT, DRAFT)])
        await Promise.all([run('insert', INSERT_NOTE, text), client.query('commit')])
      }),
  }
}
