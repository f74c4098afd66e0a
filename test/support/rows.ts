import type { Schema } from '../../src/database/schema.ts'
import type { TestServer } from './server.ts'

/** Every row of every table but for when keys were last used, and attempts to sign in, which refused requests also are. */
export async function allRows(server: TestServer): Promise<Record<string, string[]>> {
  const { read } = server.world.db
  const found: Record<string, string[]> = {}
  for (const { name } of await read.introspection.getTables()) {
    if (name === 'sign_in_attempts') continue
    const rows = await read
      .selectFrom(name as keyof Schema)
      .selectAll()
      .execute()
    found[name] = rows.map((row) => JSON.stringify({ ...row, last_used_at: null })).sort()
  }
  return found
}
