import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Row } from '../../database/copying/row.ts'
import type { Table } from '../../database/copying/table.ts'

/**
 * A blob that rows refer to. `md5` in base64; `null` where what the client announced need not be what it sent. One that is
 * not required is of a version in the making alone: if it is gone, the client is told to log the version again.
 */
export type BlobReference = { key: string; size: number; md5: string | null; isRequired: boolean }

/** These have to do with an artifact in the making, until it is committed. */
const OF_MAKING = new Set(['manifests', 'artifact_files'])

/** Instead of an artifact: whatever becomes of it. */
const ALWAYS = 0

/**
 * The blobs that the rows of a database refer to, each once.
 *
 * A column named `blob_key` refers to one, with `size` beside it, and `digest` or `md5` (`test/backup-format.test.ts` holds
 * the schema to that). Without a size its bytes have not arrived; a table that has no digest of them has let go of them. They
 * are kept in a scratch database, as there may be more than fit in memory.
 */
export class BlobReferences {
  readonly #scratch: DatabaseSync
  readonly #add: StatementSync
  readonly #addCommitted: StatementSync
  readonly #find: StatementSync

  constructor() {
    // Without a name it is a file that is deleted as soon as it is open, once it outgrows the memory it is given.
    this.#scratch = new DatabaseSync('')
    this.#scratch.exec(`
      pragma journal_mode = off; pragma synchronous = off;
      create table found (
        key text not null, artifact_id integer not null, size integer not null, md5 text, primary key (key, artifact_id)
      ) without rowid;
      create table committed (artifact_id integer primary key);
      insert into committed (artifact_id) values (${ALWAYS})`)
    this.#add = this.#scratch.prepare('insert or ignore into found (key, artifact_id, size, md5) values (?, ?, ?, ?)')
    this.#find = this.#scratch.prepare('select 1 from found where key = ? limit 1')
    this.#addCommitted = this.#scratch.prepare('insert or ignore into committed (artifact_id) values (?)')
  }

  /** Take note of what some rows of a table refer to. */
  add(table: Table, rows: readonly Row[]): void {
    const columnAt = (name: string) => table.columns.findIndex((column) => column.name === name)
    if (table.name === 'artifacts') {
      const [id, state] = [columnAt('id'), columnAt('state')]
      for (const row of rows) if (row[state] === 'COMMITTED') this.#addCommitted.run(row[id] as number)
    }
    const [key, size] = [columnAt('blob_key'), columnAt('size')]
    const md5 = Math.max(columnAt('digest'), columnAt('md5'))
    if (key < 0 || size < 0 || md5 < 0) return
    const artifact = OF_MAKING.has(table.name) ? columnAt('artifact_id') : -1
    for (const row of rows) {
      if (row[key] === null || row[size] === null) continue
      this.#add.run(
        row[key] as string,
        artifact < 0 ? ALWAYS : (row[artifact] as number),
        row[size] as number,
        row[md5] as string | null,
      )
    }
  }

  has(key: string): boolean {
    return this.#find.get(key) !== undefined
  }

  total(): { count: number; bytes: number } {
    const row = this.#scratch
      .prepare(
        `select count(*) as count, coalesce(sum(size), 0) as bytes
         from (select max(size) as size from found group by key)`,
      )
      .get()
    return row as { count: number; bytes: number }
  }

  /** By their keys. */
  *all(): Generator<BlobReference> {
    const rows = this.#scratch
      .prepare(
        `select f.key, max(f.size) as size, max(case when c.artifact_id is not null then f.md5 end) as md5,
           max(c.artifact_id is not null) as required
         from found f left join committed c on c.artifact_id = f.artifact_id group by f.key order by f.key`,
      )
      .iterate() as Iterable<{ key: string; size: number; md5: string | null; required: number }>
    for (const { required, ...row } of rows) yield { ...row, isRequired: required === 1 }
  }

  [Symbol.dispose](): void {
    this.#scratch.close()
  }
}
