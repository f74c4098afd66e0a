import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Row } from '../../database/copying/row.ts'
import type { Table } from '../../database/copying/table.ts'

/** A blob that rows refer to. `md5` in base64; `null` where what the client announced need not be what it sent. */
export type BlobReference = { key: string; size: number; md5: string | null }

/**
 * The blobs that the rows of a database refer to, each once.
 *
 * A column named `blob_key` refers to one, with `size` beside it, and `digest` or `md5` (`test/backup-format.test.ts` holds
 * the schema to that). Without a size its bytes have not arrived. They are kept in a scratch database, as there may be more
 * than fit in memory.
 */
export class BlobReferences {
  readonly #scratch: DatabaseSync
  readonly #add: StatementSync
  readonly #addCommitted: StatementSync

  constructor() {
    // Without a name it is a file that is deleted as soon as it is open, once it outgrows the memory it is given.
    this.#scratch = new DatabaseSync('')
    this.#scratch.exec(`
      pragma journal_mode = off; pragma synchronous = off;
      create table blobs (key text primary key, size integer not null, md5 text, artifact_id integer) without rowid;
      create table committed (artifact_id integer primary key);`)
    this.#add = this.#scratch.prepare(
      `insert into blobs (key, size, md5, artifact_id) values (?, ?, ?, ?)
       on conflict (key) do update set
         artifact_id = case when md5 is null or artifact_id is not null then excluded.artifact_id else artifact_id end,
         md5 = case when md5 is null or artifact_id is not null then excluded.md5 else md5 end`,
    )
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
    if (key < 0 || size < 0) return
    const md5 = Math.max(columnAt('digest'), columnAt('md5'))
    // What a client says of its manifest is looked at only at the commit.
    const announcedBy = table.name === 'manifests' ? columnAt('artifact_id') : -1
    for (const row of rows) {
      if (row[key] === null || row[size] === null) continue
      const artifact = announcedBy < 0 ? null : (row[announcedBy] as number)
      this.#add.run(row[key] as string, row[size] as number, md5 < 0 ? null : (row[md5] as string | null), artifact)
    }
  }

  total(): { count: number; bytes: number } {
    const row = this.#scratch.prepare('select count(*) as count, coalesce(sum(size), 0) as bytes from blobs').get()
    return row as { count: number; bytes: number }
  }

  /** By their keys. */
  *all(): Generator<BlobReference> {
    const rows = this.#scratch
      .prepare(
        `select b.key, b.size, case when b.artifact_id is null or c.artifact_id is not null then b.md5 end as md5
         from blobs b left join committed c on c.artifact_id = b.artifact_id order by b.key`,
      )
      .iterate()
    for (const row of rows) yield row as BlobReference
  }

  [Symbol.dispose](): void {
    this.#scratch.close()
  }
}
