import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { readProvision } from '../../scripts/provision.ts'
import { startPostgresServer } from '../../test/support/postgres-server.ts'
import { cpuSecondsBelow } from './proc.ts'

export type BenchEngine = {
  title: string
  name: 'sqlite' | 'postgres'
  /** A new, empty database, as the environment of a server. */
  givenDatabase(): Promise<{ env: Record<string, string>; drop(): Promise<void> }>
  /** Seconds of processor time that the database's own processes have used: none on the embedded engine. */
  cpuSeconds(): Promise<number>
}

/**
 * Runs `body` on the embedded engine and then on a throwaway PostgreSQL that syncs as it would in production.
 *
 * - `only`: one of the two.
 * - `wrapPostgres`: given the folder of PostgreSQL's programs, the folder of those to start instead.
 */
export async function onEachEngine(
  body: (engine: BenchEngine) => Promise<void>,
  options: { only?: BenchEngine['name'] | undefined; wrapPostgres?: (programs: string) => string } = {},
): Promise<void> {
  if (options.only !== 'postgres') await body(embeddedEngine())
  if (options.only !== 'sqlite') await onPostgres(body, options.wrapPostgres)
}

function embeddedEngine(): BenchEngine {
  return {
    title: 'embedded (SQLite)',
    name: 'sqlite',
    async givenDatabase() {
      const directory = mkdtempSync(join(tmpdir(), 'tripline-bench-'))
      return {
        env: { TRIPLINE_DATA_DIR: directory },
        async drop() {
          rmSync(directory, { recursive: true, force: true })
        },
      }
    },
    cpuSeconds: async () => 0,
  }
}

async function onPostgres(
  body: (engine: BenchEngine) => Promise<void>,
  wrap: ((programs: string) => string) | undefined,
): Promise<void> {
  const finding = readProvision()?.postgres
  if (finding?.found !== true) {
    console.log('\nPostgreSQL is not measured: there is none here (npm run provision says why)')
    return
  }
  const programs = wrap?.(finding.path) ?? finding.path
  const server = await startPostgresServer(programs, { durable: true })
  if ('failure' in server) throw new Error(server.failure)
  try {
    await body(await postgresEngine(server.adminUrl, finding.version))
  } finally {
    await server.stop()
  }
}

async function postgresEngine(adminUrl: string, version: string): Promise<BenchEngine> {
  const dataDirectory = await query(adminUrl, 'show data_directory', ({ rows }) => String(rows[0].data_directory))
  // Its first line is the id of the process that all others of the server come from.
  const postmaster = Number.parseInt(readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8'), 10)
  return {
    title: `PostgreSQL ${version}`,
    name: 'postgres',
    async givenDatabase() {
      const name = `bench_${randomBytes(6).toString('hex')}`
      await query(adminUrl, `create database ${name}`, () => {})
      const directory = mkdtempSync(join(tmpdir(), 'tripline-bench-'))
      return {
        env: {
          TRIPLINE_DATA_DIR: directory,
          TRIPLINE_DATABASE_URL: Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href,
          TRIPLINE_SECRET_KEY: randomBytes(32).toString('base64'),
        },
        async drop() {
          await query(adminUrl, `drop database ${name} with (force)`, () => {})
          rmSync(directory, { recursive: true, force: true })
        },
      }
    },
    cpuSeconds: async () => cpuSecondsBelow(postmaster),
  }
}

async function query<Result>(url: string, text: string, read: (result: pg.QueryResult) => Result): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return read(await client.query(text))
  } finally {
    await client.end()
  }
}
