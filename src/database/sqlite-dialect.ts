import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { BatchedQuery } from './statement.ts'

const STATEMENTS_MAX = 500

/**
 * Kysely on one `node:sqlite` connection. It does no locking: whoever owns the connection sees to it that one
 * transaction runs at a time (`sqlite.ts`).
 */
export function sqliteDialect(raw: DatabaseSync): Dialect {
  return {
    createAdapter: () => new UnlockedSqliteAdapter(),
    createDriver: () => new SqliteDriver(raw),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** With Kysely's own lock a query would take its turn twice. */
class UnlockedSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections() {
    return true
  }
}

class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection

  constructor(raw: DatabaseSync) {
    this.#connection = new SqliteConnection(raw)
  }

  async init() {}
  async acquireConnection() {
    return this.#connection
  }
  async releaseConnection() {}
  async beginTransaction(connection: DatabaseConnection) {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
  async commitTransaction(connection: DatabaseConnection) {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }
  async rollbackTransaction(connection: DatabaseConnection) {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }
  async destroy() {}
}

type Bindable = null | number | bigint | string
type Prepared = { statement: StatementSync; returnsRows: boolean }

class SqliteConnection implements DatabaseConnection {
  readonly #raw: DatabaseSync
  readonly #prepared = new Map<string, Prepared>()

  constructor(raw: DatabaseSync) {
    this.#raw = raw
  }

  async executeQuery<Row>(query: BatchedQuery): Promise<QueryResult<Row>> {
    const { statement, returnsRows } = this.#prepare(query.sql)
    if (query.parametersOfEach !== undefined) {
      const rows: Row[] = []
      for (const parameters of query.parametersOfEach as Bindable[][]) {
        if (returnsRows) for (const row of statement.all(...parameters)) rows.push(row as Row)
        else statement.run(...parameters)
      }
      return { rows }
    }
    const parameters = query.parameters as Bindable[]
    if (returnsRows) return { rows: statement.all(...parameters) as Row[] }
    const { changes, lastInsertRowid } = statement.run(...parameters)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  // biome-ignore lint/correctness/useYield: Kysely's interface asks for a generator; we have no use for streams
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('Streaming queries are not used: page instead')
  }

  /** Least recently used statements go first. */
  #prepare(text: string): Prepared {
    const known = this.#prepared.get(text)
    if (known !== undefined) {
      this.#prepared.delete(text)
      this.#prepared.set(text, known)
      return known
    }
    const statement = this.#raw.prepare(text)
    const prepared = { statement, returnsRows: statement.columns().length > 0 }
    this.#prepared.set(text, prepared)
    if (this.#prepared.size > STATEMENTS_MAX) {
      const oldest = this.#prepared.keys().next().value
      if (oldest !== undefined) this.#prepared.delete(oldest)
    }
    return prepared
  }
}
