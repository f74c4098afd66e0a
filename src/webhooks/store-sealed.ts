import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { StoredSecret, StoredWebhook } from './store.ts'

/** Every column that holds what a master key has sealed, and stays. Answers kept for repetitions go within a day. */
const SEALED_COLUMNS = {
  secrets: 'ciphertext',
  previous_secrets: 'ciphertext',
  webhooks: 'url_ciphertext',
} as const

export type SealedTable = keyof typeof SEALED_COLUMNS

/** A sealed column's new content, for the row that still has the old one. */
export type Resealed = { id: number; before: string; after: string }

/** Rows sealed under each key, by its id. Reads every sealed row. */
export async function countSealedByKey(db: Reader): Promise<{ table: SealedTable; keyId: string; rows: number }[]> {
  const counts = await Promise.all(
    Object.keys(SEALED_COLUMNS).map(async (name) => {
      const table = name as SealedTable
      const keyId = keyIdIn(table)
      const { rows } = await sql<{ key_id: string; rows: number }>`
        select ${keyId} as key_id, count(*) as rows from ${sql.table(table)} group by 1 order by 1`.execute(db)
      return rows.map((row) => ({ table, keyId: row.key_id, rows: row.rows }))
    }),
  )
  return counts.flat()
}

/** Which rows to read: those sealed under one of these keys, in the order of ids. */
type Page = { keyIds: readonly string[]; after: number; limit: number }

export async function pageOfSecrets(db: Reader, input: Page): Promise<StoredSecret[]> {
  return db
    .selectFrom('secrets')
    .selectAll()
    .where('id', '>', input.after)
    .where(keyIdIn('secrets'), 'in', [...input.keyIds])
    .orderBy('id')
    .limit(input.limit)
    .execute()
}

/** With the entity and the name that they are bound to. */
export async function pageOfPreviousSecrets(db: Reader, input: Page) {
  return db
    .selectFrom('previous_secrets')
    .innerJoin('secrets', 'secrets.id', 'previous_secrets.secret_id')
    .select(['previous_secrets.id', 'previous_secrets.version', 'previous_secrets.ciphertext'])
    .select(['secrets.entity_id', 'secrets.name'])
    .where('previous_secrets.id', '>', input.after)
    .where(keyIdIn('previous_secrets'), 'in', [...input.keyIds])
    .orderBy('previous_secrets.id')
    .limit(input.limit)
    .execute()
}

/** Deleted ones too: their deliveries' history still shows them. */
export async function pageOfWebhooks(db: Reader, input: Page): Promise<StoredWebhook[]> {
  return db
    .selectFrom('webhooks')
    .selectAll()
    .where('id', '>', input.after)
    .where(keyIdIn('webhooks'), 'in', [...input.keyIds])
    .orderBy('id')
    .limit(input.limit)
    .execute()
}

/** Resolves to how many were written: a row that has changed meanwhile stays as it is. */
export async function writeResealed(tx: Tx, table: SealedTable, rows: readonly Resealed[]): Promise<number> {
  if (rows.length === 0) return 0
  const values = sql.join(
    rows.map((row) => sql`(cast(${row.id} as bigint), cast(${row.before} as text), cast(${row.after} as text))`),
  )
  const of = sql.table(table)
  const column = sql.ref(SEALED_COLUMNS[table])
  const { numAffectedRows } = await sql`with resealed (id, before, after) as (values ${values})
    update ${of} set ${column} = resealed.after
    from resealed where ${of}.id = resealed.id and ${of}.${column} = resealed.before`.execute(tx)
  return Number(numAffectedRows ?? 0)
}

/** `v1.<16 digits>.…`, as `Keyring.seal` writes it. */
function keyIdIn(table: SealedTable) {
  return sql<string>`substr(${sql.ref(`${table}.${SEALED_COLUMNS[table]}`)}, 4, 16)`
}
