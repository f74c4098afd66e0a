import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { Parameter } from './parameter.ts'

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
   * given before commit on PostgreSQL, so the feed orders by this first.
   */
  transactionId(): RawBuilder<number>
  /** `column` is one of these, as one parameter however many they are: the statement is the same for all lists. */
  isOneOf(column: string, list: readonly (string | number)[], type: 'bigint' | 'text'): RawBuilder<SqlBool>
  /** `column` has `text` in it, capitals as they are. */
  hasText(column: string, text: string): RawBuilder<SqlBool>
  /** Rows with a smaller transaction id are final: no open transaction can still put a row before them. */
  feedHorizon(): RawBuilder<number>
}

export const SQLITE: Engine = {
  name: 'sqlite',
  rowLocks: false,
  lateral: sql``,
  isExclusive: true,
  parametersMax: 30_000,
  nowMs: (processNowMs) => sql<number>`${processNowMs}`,
  transactionId: () => sql<number>`0`,
  isOneOf: (column, list) => sql`${sql.ref(column)} in (select value from json_each(${asJson(list)}))`,
  hasText: (column, text) => sql`instr(${sql.ref(column)}, ${text}) > 0`,
  feedHorizon: () => sql<number>`1`,
}

export const POSTGRES: Engine = {
  name: 'postgres',
  rowLocks: true,
  lateral: sql`lateral`,
  isExclusive: false,
  parametersMax: 60_000,
  nowMs: () => sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`,
  isOneOf: (column, list, type) => sql`${sql.ref(column)} = any(${list}::${sql.raw(type)}[])`,
  hasText: (column, text) => sql`strpos(${sql.ref(column)}, ${text}) > 0`,
  transactionId: () => sql<number>`tripline_transaction_id()`,
  feedHorizon: () => sql<number>`tripline_feed_horizon()`,
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
