import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

/**
 * A new, empty database for the caller alone, or a copy of `template`, a database nobody is connected to.
 *
 * `drop` also ends the connections that are left, and may be called again.
 */
export async function createPostgresDatabase(
  template?: string,
): Promise<{ name: string; url: string; drop(): Promise<void>; [Symbol.asyncDispose](): Promise<void> }> {
  const name = `test_${randomBytes(8).toString('hex')}`
  const from = template === undefined ? '' : ` template ${pg.escapeIdentifier(template)}`
  await asAdmin((client) => client.query(`create database ${name}${from}`))
  const drop = async () => {
    await asAdmin((client) => client.query(`drop database if exists ${name} with (force)`))
  }
  return { name, url: databaseUrl(name), drop, [Symbol.asyncDispose]: drop }
}

/**
 * The name of a database for `createPostgresDatabase` to copy, made once a run by whichever test file asks first.
 *
 * - `name`: lower-case letters, digits and `_`.
 * - `prepare` gets its URL and must have closed its connections when it resolves. If it fails, the next caller tries anew.
 */
export async function postgresTemplate(name: string, prepare: (url: string) => Promise<void>): Promise<string> {
  const template = `template_${name}`
  await asAdmin(async (client) => {
    // Test files run in processes of their own: the lock lets one of them make it while the others wait.
    await client.query('select pg_advisory_lock(hashtext($1))', [template])
    const there = await client.query('select 1 from pg_database where datname = $1', [template])
    if (there.rowCount !== 0) return
    const making = `${template}_making`
    await client.query(`drop database if exists ${making} with (force)`)
    await client.query(`create database ${making}`)
    await prepare(databaseUrl(making))
    await client.query(`alter database ${making} rename to ${template}`)
  })
  return template
}

function databaseUrl(name: string): string {
  const url = new URL(requireAdminUrl())
  url.pathname = `/${name}`
  return url.href
}

function requireAdminUrl(): string {
  const url = inject('postgresAdminUrl')
  if (url === null) throw new Error(`no PostgreSQL in this run: ${inject('tools').postgres.missing}`)
  return url
}

async function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: requireAdminUrl() })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
