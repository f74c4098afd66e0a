import type { CopyProgress } from './progress.ts'
import { inTransaction, type RawConnection } from './raw-connection.ts'
import { quoted } from './table.ts'

/** One that PostgreSQL has been told of: `definition` is as it says it itself. */
type ForeignKey = { table: string; name: string; definition: string }

const NOTE = 'foreign_keys'

/**
 * While a database is filled its references lead nowhere yet, and rows of one table may refer to later ones. PostgreSQL
 * knows of none meanwhile, and gets all back at the end, when it checks every row; the embedded engine is only told not to
 * look (`openFiles`).
 */
export async function moveForeignKeysAside(connection: RawConnection, progress: CopyProgress): Promise<void> {
  if (connection.engine === 'sqlite' || progress.get(NOTE) !== undefined) return
  const rows = await connection.query(
    `select t.relname, k.conname, pg_get_constraintdef(k.oid)
     from pg_constraint k join pg_class t on t.oid = k.conrelid
     join pg_namespace n on n.oid = t.relnamespace and n.nspname = current_schema()
     where k.contype = 'f' order by 1, 2`,
  )
  const keys = rows.map(([table, name, definition]) => ({ table, name, definition })) as ForeignKey[]
  await inTransaction(connection, async () => {
    for (const { table, name } of keys) {
      await connection.query(`alter table ${quoted(table)} drop constraint ${quoted(name)}`)
    }
    await progress.set(NOTE, JSON.stringify(keys))
  })
}

/** @throws Error naming the tables, when a row refers to one that is not there */
export async function putForeignKeysBack(connection: RawConnection, progress: CopyProgress): Promise<void> {
  if (connection.engine === 'sqlite') {
    const broken = await connection.query('pragma foreign_key_check')
    if (broken.length === 0) return
    const [table, , referred] = broken[0]!
    throw new Error(`${broken.length} rows refer to rows that are not there, such as one of ${table} to ${referred}`)
  }
  const keys = JSON.parse(progress.get(NOTE) ?? '[]') as ForeignKey[]
  await inTransaction(connection, async () => {
    for (const { table, name, definition } of keys) {
      await connection.query(`alter table ${quoted(table)} add constraint ${quoted(name)} ${definition}`)
    }
    await progress.set(NOTE, '[]')
  })
}
