/**
 * What one delivery costs PostgreSQL, whatever the machine: bytes of write-ahead log, rows and index entries written, and
 * bytes that stay, at first and once its bodies have been purged. `docs/scaling.md` reckons with these.
 *
 * Method: an alias is moved so many times, one move after the other; the database's own counts are read before and after, with a
 * checkpoint before, so that whole pages in the log are those a running system has too, once a checkpoint. Two cases: each
 * move fires one automation, or ten. A move is two events, which are part of the cost. What stays without bodies is
 * looked at after the product's own purge and a `vacuum full`, indexes included. `--smoke` takes a small run.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Database } from '../src/database/database.ts'
import { openPostgres } from '../src/database/postgres.ts'
import { purgeBodiesOf } from '../src/deliveries/store-retention.ts'
import { onEachEngine } from './support/engines.ts'
import { printTable } from './support/figures.ts'
import { readFlags } from './support/flags.ts'
import { startPeer } from './support/processes.ts'
import type { ReceiverActions } from './support/receiver-process.ts'
import { givenStory } from './support/story.ts'
import { startTripline } from './support/tripline.ts'

const MOVES_AT_ONCE = 1
const WARM_UP = 20

const { smoke } = readFlags()
const moves = smoke ? 10 : 120

type Counts = {
  wal: number
  commits: number
  inserted: number
  updated: number
  hot: number
  heap: number
  index: number
}

await onEachEngine(
  async (engine) => {
    const rows: string[][] = []
    for (const automations of [1, 10]) {
      const database = await engine.givenDatabase()
      const server = await startTripline(database.env)
      const receiver = await startPeer<ReceiverActions>(new URL('./support/receiver-process.ts', import.meta.url))
      const client = new pg.Client({ connectionString: database.env.TRIPLINE_DATABASE_URL })
      await client.connect()
      const db = await openPostgres({ url: database.env.TRIPLINE_DATABASE_URL as string, poolSize: 1 })
      try {
        const story = await givenStory(server, {
          receiverUrl: await receiver.ask('url'),
          automations,
          concurrencyMax: 64,
        })
        const move = async (count: number) => {
          let left = count
          const moveOn = async () => {
            while (left-- > 0) await story.moveAlias()
          }
          await Promise.all(Array.from({ length: MOVES_AT_ONCE }, moveOn))
          await settled(client)
        }
        await move(WARM_UP)
        const bare = await bytesWithoutBodies(client, db)
        await client.query('checkpoint')
        const before = await countsOf(client)
        await move(moves)
        const after = await countsOf(client)
        const lasting = ((await bytesWithoutBodies(client, db)) - bare) / (moves * automations)
        const each = (name: keyof Counts) => (after[name] - before[name]) / (moves * automations)
        rows.push([
          `${automations} a change`,
          each('wal').toFixed(0),
          each('commits').toFixed(2),
          each('inserted').toFixed(1),
          each('updated').toFixed(1),
          `${((100 * each('hot')) / each('updated')).toFixed(0)} %`,
          each('heap').toFixed(0),
          each('index').toFixed(0),
          lasting.toFixed(0),
        ])
      } finally {
        await db.close()
        await client.end()
        await Promise.all([server.stop(), receiver.stop()])
        await database.drop()
      }
    }
    printTable(
      [
        'deliveries',
        'log, bytes',
        'commits',
        'rows inserted',
        'updates',
        'of them hot',
        'table, bytes',
        'indexes, bytes',
        'both without bodies',
      ],
      rows,
    )
  },
  { only: 'postgres' },
)

async function settled(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query('select 1 from deliveries where settled_at is null limit 1')
    if (rows.length === 0) break
    await sleep(20)
  }
  // The counts of a connection are told a second after it has become idle.
  await sleep(2_000)
}

/** What the tables and indexes take once every body is purged. */
async function bytesWithoutBodies(client: pg.Client, db: Database): Promise<number> {
  await db.transaction(async (tx) => {
    const settled = await tx.selectFrom('deliveries').select('id').where('settled_at', 'is not', null).execute()
    await purgeBodiesOf(tx, { ids: settled.map(({ id }) => id), nowMs: db.now() })
  })
  await client.query('vacuum full')
  const { rows } = await client.query(
    'select sum(pg_total_relation_size(relid))::float8 as bytes from pg_stat_user_tables',
  )
  return rows[0].bytes
}

async function countsOf(client: pg.Client): Promise<Counts> {
  const { rows } = await client.query(`
    select
      pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as wal,
      (select xact_commit from pg_stat_database where datname = current_database())::float8 as commits,
      sum(n_tup_ins)::float8 as inserted, sum(n_tup_upd)::float8 as updated, sum(n_tup_hot_upd)::float8 as hot,
      sum(pg_table_size(relid))::float8 as heap, sum(pg_indexes_size(relid))::float8 as index
    from pg_stat_user_tables`)
  return rows[0]
}
