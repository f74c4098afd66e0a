import type { Reader } from '../../database/database.ts'
import { type Engine, POSTGRES, SQLITE } from '../../database/engine.ts'
import { openPostgres } from '../../database/postgres.ts'
import { openSqliteReader } from '../../database/sqlite.ts'
import type { Config } from '../../runtime/config.ts'

/** The database for reading, also while servers have it open. */
export async function openReader(config: Config): Promise<{ read: Reader; engine: Engine; close(): Promise<void> }> {
  if (config.databaseUrl === undefined) {
    const read = openSqliteReader({ directory: config.dataDir })
    return { read, engine: SQLITE, close: () => read.destroy() }
  }
  const db = await openPostgres({ url: config.databaseUrl, poolSize: 2 })
  return { read: db.read, engine: POSTGRES, close: () => db.close() }
}
