import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { Parameter } from './parameter.ts'
import { postgresPattern } from './pattern.ts'

/**
 * What the two database engines do differently, asked by name at the place where it matters.
 *
 * Everything else is one code path: times are integer milliseconds, JSON is text, booleans are 0 and 1, and 64-bit
 * integers are numbers that throw beyond 2^53.
 */
export type Engine = {
  readonly name: 'sqlite' | 'postgres'
  /** Rows can be locked (`for update`) and passed over (`skip locked`). The embedded engine has one writer instead. */
  readonly rowLocks: boolean
  /** What lets a table behind `from` look at those before it. */
  readonly lateral: RawBuilder<unknown>
  /** One process has the database at a time. */
  readonly isExclusive: boolean
  /** The most bound parameters one statement takes; bulk inserts are cut to fit. */
  readonly parametersMax: number
  /** The time by the clock all processes share: the database's own on PostgreSQL, ours on the embedded engine. */
  nowMs(processNowMs: number): RawBuilder<number>
  /**
   * The running transaction's id, above those of all that ended before it began, in whatever cluster that was. Ids are
   * given before commit on PostgreSQL, so the feed orders by this first. The embedded engine has one for all, until the
   * database is restored (`sqlite-transaction-ids.ts`).
   */
  transactionId(): RawBuilder<number>
  /**
   * `column` is one of these, as one parameter however many they are: a statement that is kept has one form for all lists,
   * and another for lists of one item.
   */
  isOneOf(column: string, list: readonly (string | number)[], type: 'bigint' | 'text'): RawBuilder<SqlBool>
  /**
   * The same, for lists of thousands. Where PostgreSQL does not go by an index, a plan that it has kept compares each row
   * with one after the other of the list above, but looks it up in this one.
   */
  isOneOfMany(column: string, list: readonly string[]): RawBuilder<SqlBool>
  /** Rows with a smaller transaction id are final: no open transaction can still put a row before them. */
  feedHorizon(): RawBuilder<number>
  /**
   * Whether the text contains `text`, capitals as they are, or the pattern (`pattern.ts`) matches a part of it; null for a
   * null.
   */
  contains(column: RawBuilder<unknown>, text: string): RawBuilder<SqlBool>
  matches(column: RawBuilder<unknown>, pattern: string): RawBuilder<SqlBool>
  /** A table with the texts of a list in a column of JSON text, as `name.value`. */
  textsIn(column: RawBuilder<unknown>, name: string): RawBuilder<unknown>
  /** The value at this path in a column of JSON text, as text, and whether it is of a type: null where there is none. */
  jsonText(column: RawBuilder<unknown>, path: readonly string[]): RawBuilder<string | null>
  jsonIs(column: RawBuilder<unknown>, path: readonly string[], type: 'number' | 'boolean' | 'text'): RawBuilder<SqlBool>
  /** What stands for an artifact in the reference of `entry`, word for word as `0030-references` has indexed it. */
  readonly referenceKey: RawBuilder<string>
}

export const SQLITE: Engine = {
  name: 'sqlite',
  rowLocks: false,
  lateral: sql``,
  isExclusive: true,
  parametersMax: 30_000,
  nowMs: (processNowMs) => sql<number>`${processNowMs}`,
  transactionId: () => sql<number>`tripline_transaction_id()`,
  isOneOf: (column, list) =>
    isOnly(column, list) ?? sql`${sql.ref(column)} in (select value from json_each(${asJson(list)}))`,
  isOneOfMany: (column, list) => SQLITE.isOneOf(column, list, 'text'),
  feedHorizon: () => sql<number>`tripline_transaction_id() + 1`,
  contains: (column, text) => sql`instr(${column}, ${text}) > 0`,
  matches: (column, pattern) => sql`tripline_matches(${column}, ${pattern}) = 1`,
  textsIn: (column, name) => sql`json_each(${column}) as ${sql.ref(name)}`,
  jsonText: (column, path) => sql`case json_type(${column}, ${jsonPath(path)})
    when 'true' then 'true' when 'false' then 'false' else cast(json_extract(${column}, ${jsonPath(path)}) as text) end`,
  jsonIs: (column, path, type) =>
    sql`json_type(${column}, ${jsonPath(path)}) in (${sql.join(SQLITE_JSON_TYPES[type].map((name) => sql.lit(name)))})`,
  referenceKey: sql`substr(substr(entry.ref, 18, 80), 1, instr(substr(entry.ref, 18, 80), '/') - 1)`,
}

export const POSTGRES: Engine = {
  name: 'postgres',
  rowLocks: true,
  lateral: sql`lateral`,
  isExclusive: false,
  parametersMax: 60_000,
  nowMs: () => sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`,
  isOneOf: (column, list, type) => isOnly(column, list) ?? sql`${sql.ref(column)} = any(${list}::${sql.raw(type)}[])`,
  isOneOfMany: (column, list) => isOnly(column, list) ?? sql`${sql.ref(column)} in (select unnest(${list}::text[]))`,
  transactionId: () => sql<number>`tripline_transaction_id()`,
  feedHorizon: () => sql<number>`tripline_feed_horizon()`,
  contains: (column, text) => sql`strpos(${column}, ${text}) > 0`,
  matches: (column, pattern) => sql`${column} ~ ${postgresPattern(pattern)}`,
  textsIn: (column, name) => sql`json_array_elements_text(${column}::json) as ${sql.ref(name)}(value)`,
  jsonText: (column, path) => sql`(${column}::json #>> ${path}::text[])`,
  jsonIs: (column, path, type) =>
    sql`json_typeof(${column}::json #> ${path}::text[]) = ${sql.lit(type === 'text' ? 'string' : type)}`,
  referenceKey: sql`split_part(substr(entry.ref, 18, 80), '/', 1)`,
}

const SQLITE_JSON_TYPES = { number: ['integer', 'real'], boolean: ['true', 'false'], text: ['text'] } as const

function jsonPath(path: readonly string[]): string {
  return `$${path.map((name) => `.${JSON.stringify(name)}`).join('')}`
}

/**
 * In the form for lists of one item. PostgreSQL reckons with ten of a list it does not know yet: it would plan anew at
 * each execution, as ten always look dearer than the one that comes.
 */
function isOnly(column: string, list: unknown): RawBuilder<SqlBool> | undefined {
  return list instanceof Parameter && list.isOfOne ? sql`${sql.ref(column)} = ${list.first()}` : undefined
}

function asJson(list: unknown): unknown {
  return list instanceof Parameter ? list.asJson() : JSON.stringify(list)
}

/** `rows` in pieces small enough for one insert each. */
export function insertChunks<Row extends object>(engine: Engine, rows: readonly Row[]): Row[][] {
  const columns = rows[0] === undefined ? 1 : Math.max(1, Object.keys(rows[0]).length)
  const size = Math.max(1, Math.min(1_000, Math.floor(engine.parametersMax / columns)))
  const chunks: Row[][] = []
  for (let start = 0; start < rows.length; start += size) chunks.push(rows.slice(start, start + size))
  return chunks
}
