/** Servers and workers that share one PostgreSQL of their own, to be killed, frozen and restarted. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type KillableServer, startKillable } from './killable.ts'
import { type PostgresServer, startPostgresServer } from './postgres-server.ts'
import { toolPath } from './tools.ts'

const MINUTE_MS = 60_000

export type Member = {
  readonly name: string
  readonly kind: 'server' | 'worker'
  /** `undefined` while it is dead. */
  process: KillableServer | undefined
  isFrozen: boolean
}

export type FleetMember = { name: string; kind: 'server' | 'worker'; env?: Record<string, string> }

export type Fleet = {
  readonly key: string
  readonly postgres: PostgresServer
  readonly databaseUrl: string
  readonly members: readonly Member[]
  member(name: string): Member
  /** Where it listens. */
  urlOf(name: string): string
  /** `isQuiet`: it may well fail, so what it says then is of no interest. */
  start(name: string, isQuiet?: boolean): Promise<void>
  /** SIGSTOP and SIGCONT. */
  freeze(name: string): void
  thaw(name: string): void
  query(text: string, values?: unknown[]): Promise<pg.QueryResult['rows']>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts them all, the first one before the others. Their clocks differ by minutes, in the order they are given: ahead by
 * 7, behind by 9, right, and so on. The PostgreSQL syncs as in production: what it has answered outlives its crash.
 */
export async function startFleet(
  given: readonly FleetMember[],
  options: { serverSource?: string } = {},
): Promise<Fleet> {
  const postgres = await startPostgresServer(toolPath('postgres'), { durable: true })
  if ('failure' in postgres) throw new Error(postgres.failure)
  const dataDir = mkdtempSync(join(tmpdir(), 'tripline-fleet-'))
  const databaseUrl = Object.assign(new URL(postgres.adminUrl), { pathname: '/tripline' }).href
  const key = randomBytes(24).toString('hex')
  const masterKey = randomBytes(32).toString('base64')
  const clocks = [7 * MINUTE_MS, -9 * MINUTE_MS, 0]
  const envOf = new Map(
    given.map((member, index) => [
      member.name,
      {
        TRIPLINE_DATABASE_URL: databaseUrl,
        TRIPLINE_DATA_DIR: dataDir,
        TRIPLINE_SECRET_KEY: masterKey,
        TRIPLINE_PORT: '0',
        TRIPLINE_PUBLIC_URL: 'http://tripline.test',
        TRIPLINE_ADMIN_USERNAME: 'admin-user',
        TRIPLINE_ADMIN_API_KEY: key,
        // Three writers may be quicker than what an automation is held at.
        TRIPLINE_HOLD_PER_MINUTE: '0',
        TRIPLINE_WEBHOOK_ALLOW: '127.0.0.0/8',
        TRIPLINE_LOG_LEVEL: 'silent',
        CLOCK_OFFSET_MS: String(clocks[index % clocks.length]),
        PROCESS: member.kind,
        ...(options.serverSource === undefined ? {} : { SERVER_SOURCE: options.serverSource }),
        ...member.env,
      },
    ]),
  )
  const members: Member[] = given.map(({ name, kind }) => ({ name, kind, process: undefined, isFrozen: false }))

  async function query(text: string, values: unknown[] = [], url = databaseUrl) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query(text, values)).rows
    } finally {
      await client.end()
    }
  }

  const fleet: Fleet = {
    key,
    postgres,
    databaseUrl,
    members,
    member(name) {
      const member = members.find((one) => one.name === name)
      if (member === undefined) throw new Error(`the fleet has no ${name}`)
      return member
    },
    urlOf(name) {
      const { process } = fleet.member(name)
      if (process === undefined) throw new Error(`${name} is dead`)
      return process.url
    },
    async start(name, isQuiet = false) {
      const started = await startKillable(envOf.get(name) as Record<string, string>, { isQuiet })
      if (started === undefined) throw new Error(`${name} ended before it was ready`)
      const member = fleet.member(name)
      member.process = started
      member.isFrozen = false
    },
    freeze(name) {
      fleet.member(name).process?.child.kill('SIGSTOP')
      fleet.member(name).isFrozen = true
    },
    thaw(name) {
      fleet.member(name).process?.child.kill('SIGCONT')
      fleet.member(name).isFrozen = false
    },
    query,
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map((member) => member.process?.kill()))
      await postgres.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
  try {
    await query('create database tripline', [], postgres.adminUrl)
    const [first, ...others] = given
    if (first !== undefined) await fleet.start(first.name)
    await Promise.all(others.map(({ name }) => fleet.start(name)))
    return fleet
  } catch (error) {
    await fleet[Symbol.asyncDispose]()
    throw error
  }
}
