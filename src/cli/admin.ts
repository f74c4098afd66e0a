import { createAdmin } from '../access/operations.ts'
import { openPostgres } from '../database/postgres.ts'
import { openSqlite } from '../database/sqlite.ts'
import type { Config } from '../runtime/config.ts'

/**
 * Create an administrator without a running server, and return an API key.
 *
 * @throws Error when the embedded database is in use by a server: it has the REST API for that
 */
export async function createAdminOffline(config: Config, username: string): Promise<{ apiKey: string }> {
  const db =
    config.databaseUrl === undefined
      ? await openSqlite({ directory: config.dataDir })
      : await openPostgres({ url: config.databaseUrl })
  try {
    return await createAdmin({ db, now: db.now }, { username })
  } finally {
    await db.close()
  }
}
