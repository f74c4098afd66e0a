import type { DatabaseSync, StatementSync } from 'node:sqlite'
import pg from 'pg'
import { codeOfInteger } from './row.ts'

/** A value as both engines have it: an integer is a number, or its digits if it is beyond 2^53. */
export type Value = number | string | null

/**
 * One connection of either engine, for statements that are made of the names of tables, and rows that are carried from
 * one engine to the other as they are. Gaps are written by `gap`.
 */
export type RawConnection = {
  readonly engine: 'sqlite' | 'postgres'
  query(text: string, parameters?: readonly unknown[]): Promise<Value[][]>
  /** The same statement once for each: the embedded engine has no quicker way to take many rows. */
  queryEach(text: string, parametersOfEach: readonly (readonly unknown[])[]): Promise<void>
  close(): Promise<void>
}

/** Statements have few texts: one or two a table. */
const STATEMENTS_MAX = 500

/** On an open file, which stays its owner's to close. */
export function rawSqlite(file: DatabaseSync): RawConnection {
  const prepared = new Map<string, StatementSync>()
  const prepare = (text: string) => {
    let statement = prepared.get(text)
    if (statement === undefined) {
      if (prepared.size >= STATEMENTS_MAX) prepared.clear()
      statement = file.prepare(text)
      statement.setReturnArrays(true)
      statement.setReadBigInts(true)
      prepared.set(text, statement)
    }
    return statement
  }
  return {
    engine: 'sqlite',
    async query(text, parameters = []) {
      const rows = prepare(text).all(...(parameters as Value[])) as unknown as (Value | bigint)[][]
      return rows.map((row) => row.map((value) => (typeof value === 'bigint' ? codeOfInteger(value) : value)))
    },
    async queryEach(text, parametersOfEach) {
      const statement = prepare(text)
      for (const parameters of parametersOfEach) statement.run(...(parameters as Value[]))
    },
    async close() {},
  }
}

/** How long nothing may come of a connection before it counts as gone. A big table's index takes its time. */
const CONNECT_TIMEOUT_MS = 10_000

const INTEGER_OIDS = [20, 21, 23]

/** @throws Error when it cannot be reached; the message has no part of the URL */
export async function openRawPostgres(url: string): Promise<RawConnection> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'tripline copy',
    // Whole tables are read and checked: the limits of a server's own statements are not for this.
    statement_timeout: 0,
    idle_in_transaction_session_timeout: 0,
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        INTEGER_OIDS.includes(oid) && format !== 'binary'
          ? (text: string) => codeOfInteger(BigInt(text))
          : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
    },
  })
  // Whatever is asked next hears of a connection that broke.
  client.on('error', () => {})
  await client.connect()
  const query = async (text: string, parameters: readonly unknown[] = []) => {
    const { rows } = await client.query({ text, values: [...parameters], rowMode: 'array' })
    return rows as Value[][]
  }
  return {
    engine: 'postgres',
    query,
    async queryEach(text, parametersOfEach) {
      for (const parameters of parametersOfEach) await query(text, parameters)
    },
    close: () => client.end(),
  }
}

/**
 * Where the parameter with this number, from 1 on, goes into a statement: in the order of the numbers, as the oldest Node
 * that we run on cannot bind to `?1`.
 */
export function gap({ engine }: RawConnection, number: number): string {
  return engine === 'postgres' ? `$${number}` : '?'
}

/** What `work` did is committed whole, or not at all. */
export async function inTransaction<Result>(connection: RawConnection, work: () => Promise<Result>): Promise<Result> {
  await connection.query(connection.engine === 'sqlite' ? 'begin immediate' : 'begin')
  try {
    const result = await work()
    await connection.query('commit')
    return result
  } catch (error) {
    // A connection that broke has rolled back by itself.
    await connection.query('rollback').catch(() => {})
    throw error
  }
}
