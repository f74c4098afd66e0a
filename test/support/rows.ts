import type { Schema } from '../../src/database/schema.ts'
import type { TestServer } from './server.ts'

/**
 * Every row of every table but for when keys were last used, attempts to sign in, which refused requests also are, and how
 * far housekeeping has come, which a server that has been up for a while notes by itself.
 */
export async function allRows(server: TestServer): Promise<Record<string, string[]>> {
  const { read } = server.world.db
  const found: Record<string, string[]> = {}
  for (const { name } of await read.introspection.getTables()) {
    if (name === 'sign_in_attempts') continue
    const rows = await read
      .selectFrom(name as keyof Schema)
      .selectAll()
      .execute()
    found[name] = rows
      .filter((row) => !(name === 'settings' && String((row as { name?: unknown }).name).startsWith('sweep:')))
      .map((row) => JSON.stringify({ ...row, last_used_at: null }))
      .sort()
  }
  return found
}
