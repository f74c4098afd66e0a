import { gap, type RawConnection } from './raw-connection.ts'
import { bytesOf, type Row } from './row.ts'
import { quoted, type Table } from './table.ts'

/** Rows at a time: so few that a batch fits in memory, so many that the way to the database does not count. */
const ROWS_FIRST = 200
const ROWS_MAX = 5_000
const BYTES_MANY = 4 * 1024 * 1024
const BYTES_FEW = 1024 * 1024

/**
 * All rows of a table in the order of its primary key, in batches of a few megabytes at most unless single rows are larger.
 *
 * `after`: the values of the key of the row before the first one.
 */
export async function* readRows(
  connection: RawConnection,
  table: Table,
  after: Row | undefined = undefined,
): AsyncGenerator<Row[]> {
  const columns = table.columns.map(({ name }) => quoted(name)).join(', ')
  const key = table.key.map(quoted).join(', ')
  const gaps = table.key.map((_, index) => gap(connection, index + 1)).join(', ')
  const select = `select ${columns} from ${quoted(table.name)}`
  let last = after
  let limit = ROWS_FIRST
  for (;;) {
    const where = last === undefined ? '' : `where (${key}) > (${gaps})`
    const rows = await connection.query(`${select} ${where} order by ${key} limit ${limit}`, last ?? [])
    if (rows.length > 0) yield rows
    if (rows.length < limit) return
    last = keyOf(table, rows.at(-1) as Row)
    limit = nextLimit(limit, rows)
  }
}

function nextLimit(limit: number, rows: readonly Row[]): number {
  const bytes = rows.reduce((sum, row) => sum + bytesOf(row), 0)
  if (bytes > BYTES_MANY) return Math.max(1, Math.floor(limit / 2))
  return bytes < BYTES_FEW ? Math.min(ROWS_MAX, limit * 2) : limit
}

/** The values of its primary key. */
export function keyOf(table: Table, row: Row): Row {
  return table.key.map((name) => row[table.columns.findIndex((column) => column.name === name)] as Row[number])
}

/** Put rows into a table that has the same columns, in whatever order. Within a transaction of the caller. */
export async function writeRows(connection: RawConnection, table: Table, rows: readonly Row[]): Promise<void> {
  const columns = table.columns.map(({ name }) => quoted(name)).join(', ')
  const into = `insert into ${quoted(table.name)} (${columns})`
  if (connection.engine === 'postgres') {
    const lists = table.columns.map(({ type }, index) => `$${index + 1}::${type === 'integer' ? 'bigint' : 'text'}[]`)
    const valuesOfEach = table.columns.map((_, index) => rows.map((row) => row[index]))
    await connection.query(`${into} select * from unnest(${lists.join(', ')})`, valuesOfEach)
    return
  }
  const gaps = table.columns.map((_, index) => gap(connection, index + 1)).join(', ')
  const integers = table.columns.map(({ type }) => type === 'integer')
  await connection.queryEach(
    `${into} values (${gaps})`,
    rows.map((row) =>
      row.map((value, index) => (integers[index] && typeof value === 'string' ? BigInt(value) : value)),
    ),
  )
}
