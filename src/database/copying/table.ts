import type { RawConnection, Value } from './raw-connection.ts'

/** `integer`: of 64 bits. What is beyond 2^53 is carried as its digits. */
export type ColumnType = 'integer' | 'text'

export type Table = {
  readonly name: string
  /** All but those that the database computes by itself. */
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[]
  /** The columns of the primary key, in its order. Text in it compares by bytes on both engines. */
  readonly key: readonly string[]
}

/** What migrations and copies keep for themselves. */
export const COPY_PROGRESS = 'copy_progress'
const MIGRATIONS = 'kysely_migration'
const OWN_TABLES = new Set([COPY_PROGRESS, MIGRATIONS, 'kysely_migration_lock'])

const COLUMN_TYPES: Readonly<Record<string, ColumnType>> = {
  integer: 'integer',
  bigint: 'integer',
  smallint: 'integer',
  text: 'text',
}

/** One row a column: table, column, type, whether it is computed, place in the primary key from 1 on, or 0. */
const COLUMNS = {
  sqlite: `
    select t.name, c.name, lower(c.type), c.hidden in (2, 3), c.pk
    from sqlite_master t join pragma_table_xinfo(t.name) c
    where t.type = 'table' and t.name not like 'sqlite\\_%' escape '\\'
    order by t.name, c.cid`,
  postgres: `
    select t.relname, c.attname, format_type(c.atttypid, null), case when c.attgenerated <> '' then 1 else 0 end,
      coalesce(array_position(k.conkey, c.attnum), 0)
    from pg_class t
    join pg_namespace n on n.oid = t.relnamespace and n.nspname = current_schema()
    join pg_attribute c on c.attrelid = t.oid and c.attnum > 0 and not c.attisdropped
    left join pg_constraint k on k.conrelid = t.oid and k.contype = 'p'
    where t.relkind in ('r', 'p')
    order by t.relname collate "C", c.attnum`,
}

/**
 * Every table that holds what the product keeps, by name, as the database itself describes it: one that a migration adds
 * needs to be named nowhere.
 *
 * @throws Error when a table has no primary key or a column of a type that has no form on both engines
 */
export async function readTables(connection: RawConnection): Promise<Table[]> {
  const rows = await connection.query(COLUMNS[connection.engine])
  const byTable = Map.groupBy(rows, ([table]) => String(table))
  return [...byTable]
    .filter(([name]) => !OWN_TABLES.has(name))
    .map(([name, columns]) => tableOf(name, columns))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function tableOf(name: string, rows: Value[][]): Table {
  const columns = rows
    .filter(([, , , isComputed]) => isComputed === 0)
    .map(([, column, type]) => {
      const known = COLUMN_TYPES[String(type)]
      if (known === undefined) throw new Error(`${name}.${column} is of the type ${type}, which cannot be carried over`)
      return { name: String(column), type: known }
    })
  const key = rows
    .filter(([, , , , place]) => place !== 0)
    .sort((a, b) => Number(a[4]) - Number(b[4]))
    .map(([, column]) => String(column))
  if (key.length === 0) throw new Error(`The table ${name} has no primary key to be read in the order of`)
  return { name, columns, key }
}

/** The names of all tables, ours or not. */
export async function tableNames(connection: RawConnection): Promise<string[]> {
  const rows = await connection.query(COLUMNS[connection.engine])
  return [...new Set(rows.map(([table]) => String(table)))]
}

/** The migrations that made the tables, in their order. */
export async function readMigrations(connection: RawConnection): Promise<string[]> {
  if (!(await tableNames(connection)).includes(MIGRATIONS)) return []
  const rows = await connection.query(`select name from ${MIGRATIONS} order by name`)
  return rows.map(([name]) => String(name))
}

/** How far the ids of each table have been given out, also those whose rows are gone. */
export async function readSequences(connection: RawConnection): Promise<Record<string, number>> {
  const rows = await connection.query(
    connection.engine === 'sqlite'
      ? 'select name, seq from sqlite_sequence order by name'
      : `select table_name::text, pg_sequence_last_value(
           pg_get_serial_sequence(quote_ident(table_name), column_name)::regclass)
         from information_schema.columns where table_schema = current_schema() and is_identity = 'YES' order by 1`,
  )
  return Object.fromEntries(
    rows.filter(([, last]) => last !== null).map(([name, last]) => [String(name), Number(last)]),
  )
}

/** From now on the ids of a table go on after this one. */
export async function moveSequence(connection: RawConnection, table: string, last: number): Promise<void> {
  if (connection.engine === 'postgres') {
    await connection.query(`select setval(pg_get_serial_sequence(quote_ident($1), 'id'), $2::bigint)`, [table, last])
    return
  }
  await connection.query('delete from sqlite_sequence where name = ?', [table])
  await connection.query('insert into sqlite_sequence (name, seq) values (?, ?)', [table, last])
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
