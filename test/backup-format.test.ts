/**
 * Goal: every table there is, and every kind of value in it, survives the way from one engine through files to the other.
 * A table or a column that a migration adds is found here, not after a restore.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { readTableFile, writeTableFile } from '../src/cli/backup/table-file.ts'
import { differencesOf } from '../src/database/copying/compare.ts'
import { openRawPostgres, type RawConnection, rawSqlite } from '../src/database/copying/raw-connection.ts'
import type { Row } from '../src/database/copying/row.ts'
import { readRows, writeRows } from '../src/database/copying/rows.ts'
import { sumOf } from '../src/database/copying/source.ts'
import { readTables, type Table } from '../src/database/copying/table.ts'
import { givenDirectory } from './support/given-backup.ts'
import { createPostgresDatabase } from './support/postgres.ts'
import { forEachEngine, startTestServer, type TestServer } from './support/server.ts'
import { describeWithTool } from './support/tools.ts'

forEachEngine((engine) => {
  let server: TestServer
  let tables: Table[]
  beforeAll(async () => {
    server = await startTestServer(engine)
    const { TRIPLINE_DATABASE_URL: url, TRIPLINE_DATA_DIR: directory } = server.env
    const file = url === undefined ? new DatabaseSync(join(directory as string, 'tripline.db')) : undefined
    const connection = file === undefined ? await openRawPostgres(url as string) : rawSqlite(file)
    tables = await readTables(connection)
    await connection.close()
    file?.close()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('every table and every column that is kept is carried over', async () => {
    const known = await server.world.db.read.introspection.getTables()
    expect(tables.map(({ name }) => name)).toEqual(known.map(({ name }) => name).sort())
    const columnsOf = (name: string) => known.find((table) => table.name === name)!.columns.map((column) => column.name)
    for (const { name, columns } of tables) {
      // What the database computes from others.
      const computed = name === 'automations' ? ['scope_key'] : []
      expect(columns.map((column) => column.name).sort(), name).toEqual(
        columnsOf(name)
          .filter((column) => !computed.includes(column))
          .sort(),
      )
    }
  })

  test('what refers to a blob says how large it is and what its digest is', () => {
    // What is only listed to be removed some time is not referred to.
    const referring = tables.filter(
      ({ name, columns }) => name !== 'released_blobs' && columns.some((column) => column.name.includes('blob')),
    )
    expect(referring.length).toBeGreaterThan(0)
    for (const { name, columns } of referring) {
      const names = columns.map((column) => column.name)
      expect(
        names.filter((column) => column.includes('blob')),
        name,
      ).toEqual(['blob_key'])
      expect(names, name).toContain('size')
      expect(
        names.filter((column) => column === 'digest' || column === 'md5'),
        name,
      ).toHaveLength(1)
    }
  })
})

/** Every kind of value: whole numbers of 64 bits and any text that both engines can keep. */
const integer = fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((value) => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
})
const text = fc
  .string({ unit: 'binary', maxLength: 20 })
  .filter((value) => !value.includes('\0') && value.isWellFormed())
const rows = fc.uniqueArray(
  fc.tuple(text, fc.integer(), fc.option(fc.oneof(integer, fc.maxSafeInteger())), fc.option(text)),
  { selector: ([key, id]) => `${id}/${key}`, maxLength: 40 },
)
const TABLE: Table = {
  name: 'values',
  columns: [
    { name: 'name', type: 'text' },
    { name: 'id', type: 'integer' },
    { name: 'amount', type: 'integer' },
    { name: 'note', type: 'text' },
  ],
  key: ['name', 'id'],
}

describeWithTool('postgres', 'the rows of a table', () => {
  let postgres: RawConnection
  let sqlite: RawConnection
  let drop: () => Promise<void>
  beforeAll(async () => {
    const database = await createPostgresDatabase()
    drop = database.drop
    postgres = await openRawPostgres(database.url)
    sqlite = rawSqlite(new DatabaseSync(':memory:'))
    const columns = (text: string) =>
      `create table "values" (name ${text} not null, id bigint not null, amount bigint, note ${text}, primary key (name, id))`
    await postgres.query(columns('text collate "C"'))
    await sqlite.query(columns('text'))
  })
  afterAll(async () => {
    await postgres.close()
    await drop()
  })

  async function listed<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
    const list: Item[] = []
    for await (const item of items) list.push(item)
    return list
  }
  const all = async (batches: AsyncIterable<readonly Row[]>) => (await listed(batches)).flat()

  test('are the same, in the same order, on both engines and in a file', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        for (const connection of [sqlite, postgres]) await connection.query('delete from "values"')
        await writeRows(sqlite, TABLE, given)
        const path = join(givenDirectory(), 'values.ndjson.gz')
        const sum = await writeTableFile(path, readRows(sqlite, TABLE))
        for await (const batch of readTableFile(path)) await writeRows(postgres, TABLE, batch)
        const read = await all(readRows(postgres, TABLE))
        expect(read).toEqual(await all(readRows(sqlite, TABLE)))
        expect(new Set(read.map((row) => JSON.stringify(row)))).toEqual(
          new Set(given.map((row) => JSON.stringify(row))),
        )
        expect(await sumOf(readRows(postgres, TABLE))).toEqual({ rows: sum.rows, sha256: sum.sha256 })
        expect(await listed(differencesOf(TABLE, readRows(sqlite, TABLE), readRows(postgres, TABLE)))).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  test('are read on from any of them, and compared with each difference named', async () => {
    const given: Row[] = Array.from({ length: 1_000 }, (_, id) => [`row ${id % 7}`, id, id * 2, null])
    for (const connection of [sqlite, postgres]) {
      await connection.query('delete from "values"')
      await writeRows(connection, TABLE, given)
      const everything = await all(readRows(connection, TABLE))
      const [name, id] = everything[400] as Row
      expect(await all(readRows(connection, TABLE, [name as string, id as number]))).toEqual(everything.slice(401))
    }
    await postgres.query(`update "values" set note = '' where id = 7`)
    await postgres.query('delete from "values" where id = 0 or id = 999')
    await postgres.query(`insert into "values" (name, id) values ('zzz', 1)`)
    const differences = await listed(differencesOf(TABLE, readRows(sqlite, TABLE), readRows(postgres, TABLE)))
    expect(differences).toEqual([
      { table: 'values', key: '["row 0",0]', kind: 'missing' },
      { table: 'values', key: '["row 0",7]', kind: 'different' },
      { table: 'values', key: '["row 5",999]', kind: 'missing' },
      { table: 'values', key: '["zzz",1]', kind: 'added' },
    ])
  })
})

describe('a column of a kind that has no form on both engines', () => {
  test('is refused by name, so that it cannot be forgotten', async () => {
    const file = new DatabaseSync(':memory:')
    onTestFinished(() => file.close())
    file.exec('create table photos (id integer primary key, pixels blob)')
    await expect(readTables(rawSqlite(file))).rejects.toThrow('photos.pixels is of the type blob')
    file.exec('drop table photos; create table keyless (a text)')
    await expect(readTables(rawSqlite(file))).rejects.toThrow('keyless has no primary key')
  })
})
