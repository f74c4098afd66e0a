/**
 * A server, or with `PROCESS=worker` a worker, that kills itself with SIGKILL at a named point: `KILL_AT=<transaction>:<moment>:<count>`, for instance
 * `claim:after-commit:2`. It runs the production server; only the database it opens is watched. Without `KILL_AT` it runs
 * until its parent kills it. `STOP_AT` is the same with SIGSTOP: it freezes there, with its transaction open.
 *
 * Transactions: `change` records events, `claim` leases deliveries (as a change does, too, while a worker is free),
 * `settle` writes what came of attempts. A worker sends between the commit of a claim and the settlement, so `claim:after-commit` is before the send and
 * `settle:before-commit` after it.
 *
 * `CLOCK_OFFSET_MS`: how far this process's clock is ahead of that of the machine.
 */
import type { Database, Tx } from '../../src/database/database.ts'
import { watchQueries } from './watched-queries.ts'

const clockOffsetMs = Number(process.env.CLOCK_OFFSET_MS ?? 0)
const ofTheMachine = Date.now
Date.now = () => ofTheMachine() + clockOffsetMs

// The product's code comes from here, so that a copy with a fault put into it can be run instead.
const source = process.env.SERVER_SOURCE ?? '../../src'
const { openPostgres } = (await import(
  `${source}/database/postgres.ts`
)) as typeof import('../../src/database/postgres.ts')
const { openSqlite } = (await import(`${source}/database/sqlite.ts`)) as typeof import('../../src/database/sqlite.ts')
const { readConfig } = (await import(`${source}/runtime/config.ts`)) as typeof import('../../src/runtime/config.ts')
const { startServer, startWorker } = (await import(`${source}/server.ts`)) as typeof import('../../src/server.ts')

/** What ends or freezes this process at its point. */
function createTrap(point: string | undefined, signal: 'SIGKILL' | 'SIGSTOP') {
  const [transaction, moment, count] = (point ?? '').split(':')
  let seen = 0
  return (kinds: ReadonlySet<string>, now: string): void => {
    if (now !== moment || transaction === undefined || !kinds.has(transaction)) return
    seen += 1
    if (seen === Number(count)) process.kill(process.pid, signal)
  }
}

const traps = [createTrap(process.env.KILL_AT, 'SIGKILL'), createTrap(process.env.STOP_AT, 'SIGSTOP')]
const spring = (kinds: ReadonlySet<string>, now: string) => {
  for (const trap of traps) trap(kinds, now)
}

/** Which transaction this is, by what it writes. A change claims what it puts into the queue when a worker is free. */
function watch(kinds: Set<string>, tx: Tx): Tx {
  return watchQueries(tx, ({ sql }) => {
    if (sql.includes('insert into events')) kinds.add('change')
    if (sql.includes('insert into deliveries') || sql.includes('claim_count = claim_count + 1')) kinds.add('claim')
    if (sql.includes('attempt_count = attempt_count')) kinds.add('settle')
  })
}

function watched(db: Database): Database {
  return {
    ...db,
    async transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
      const kinds = new Set<string>()
      const result = await db.transaction(async (tx) => {
        const worked = await work(watch(kinds, tx))
        spring(kinds, 'before-commit')
        return worked
      })
      spring(kinds, 'after-commit')
      return result
    },
  }
}

const { TRIPLINE_DATABASE_URL, ...rest } = process.env
const role = process.env.PROCESS === 'worker' ? 'worker' : 'server'
const config = readConfig(
  Object.fromEntries(
    Object.entries({ ...rest, TRIPLINE_DATABASE_URL }).filter(([name]) => name.startsWith('TRIPLINE_')),
  ),
  role,
)
const server = await (role === 'worker' ? startWorker : startServer)(config, {
  openDatabase: async ({ databaseUrl, dataDir }) =>
    watched(
      databaseUrl === undefined ? await openSqlite({ directory: dataDir }) : await openPostgres({ url: databaseUrl }),
    ),
})
console.log(`ready ${server.url}`)
process.on('SIGTERM', () => server.stop().then(() => process.exit(0)))
