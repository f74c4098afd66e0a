/** Statements that are built once and filled in: the same on both engines, however many rows, and whatever fails. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../src/database/database.ts'
import { batch, statement, together } from '../src/database/statement.ts'
import { openTestDatabase } from './support/deliveries.ts'
import { forEachEngine } from './support/server.ts'

const insertSettings = batch(
  { name: 'text', value: 'text' },
  (_, { names, values, rows }) => sql<{ name: string }>`
    insert into settings (${names}) ${rows(values)} returning name`,
)

const appendToSettings = batch(
  { name: 'text' },
  (_, { item, from }, input: { suffix: string }) => sql<{ value: string }>`
    update settings set value = value || cast(${input.suffix} as text) ${from}
    where settings.name = ${item.name} returning settings.value as value`,
)

const selectSettings = statement((db, input: { names: readonly string[]; limit: number }, engine) =>
  db
    .selectFrom('settings')
    .select(['name', 'value'])
    .where(engine.isOneOf('name', input.names, 'text'))
    .orderBy('name')
    .limit(input.limit),
)

const countSettings = statement((db, input: { least: string }) =>
  db
    .selectFrom('settings')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('name', '>=', input.least),
)

forEachEngine((engine) => {
  let given: Awaited<ReturnType<typeof openTestDatabase>>
  let db: Database
  beforeAll(async () => {
    given = await openTestDatabase(engine)
    db = given.db
  })
  afterAll(async () => {
    await given[Symbol.asyncDispose]()
  })

  test('a batch gives the rows of all its items in their order, also of more than one flight', async () => {
    const items = Array.from({ length: 2_345 }, (_, at) => ({
      name: `many-${at}`,
      // What JSON, SQL and arrays would each stumble over.
      value: `"quoted" {braces}, 'apostrophes' \\ ${at} \u{1f40c}\n`,
    }))
    const inserted = await db.transaction((tx) => insertSettings(tx, items))
    expect(inserted.map(({ name }) => name)).toEqual(items.map(({ name }) => name))
    const names = [items[7]!.name, items[2_000]!.name, 'not there']
    const found = await selectSettings(db.read, { names, limit: 10 })
    expect(found).toEqual([items[2_000], items[7]].sort((one, other) => (one!.name < other!.name ? -1 : 1)))
    expect(await selectSettings(db.read, { names, limit: 1 })).toHaveLength(1)
    expect(await selectSettings(db.read, { names: [], limit: 10 })).toEqual([])
  })

  test('a batch takes what all its items share beside what each has', async () => {
    const items = [{ name: 'shared-1' }, { name: 'shared-2' }]
    const values = await db.transaction(async (tx) => {
      await insertSettings(
        tx,
        items.map(({ name }) => ({ name, value: name })),
      )
      return appendToSettings(tx, [...items, { name: 'nobody' }], { suffix: '!' })
    })
    expect(values.map(({ value }) => value).sort()).toEqual(['shared-1!', 'shared-2!'])
    expect(await db.transaction((tx) => appendToSettings(tx, [], { suffix: '?' }))).toEqual([])
  })

  test('statements that are sent together run in the order of the calls', async () => {
    await db.transaction(async (tx) => {
      const [before, , after] = await together([
        countSettings(tx, { least: 'zz' }),
        insertSettings(tx, [{ name: 'zz-1', value: '' }]),
        countSettings(tx, { least: 'zz' }),
      ])
      expect([before[0]!.count, after[0]!.count]).toEqual([0, 1])
    })
  })

  test('when one of those sent together fails, none outlives the transaction, and nothing of it remains', async () => {
    let otherEnded = false
    const failing = db.transaction(async (tx) => {
      await insertSettings(tx, [{ name: 'zzz-once', value: '' }])
      const sent = together([
        insertSettings(tx, [{ name: 'zzz-once', value: '' }]),
        (async () => {
          try {
            for (const at of [1, 2, 3]) await insertSettings(tx, [{ name: `zzz-${at}`, value: '' }])
          } finally {
            await new Promise((resolve) => setImmediate(resolve))
            otherEnded = true
          }
        })(),
      ])
      await sent.catch(() => expect(otherEnded).toBe(true))
      return sent
    })
    await expect(failing).rejects.toThrow(/unique|duplicate/i)
    expect((await countSettings(db.read, { least: 'zzz' }))[0]!.count).toBe(0)
  })

  test('a statement goes on working when another process adds a column to what it reads', async () => {
    const names = ['many-1']
    for (let run = 0; run < 8; run++) expect(await selectSettings(db.read, { names, limit: 1 })).toHaveLength(1)
    await db.transaction((tx) => sql`alter table settings add column of_a_later_version text`.execute(tx))
    for (let run = 0; run < 8; run++) expect(await selectSettings(db.read, { names, limit: 1 })).toHaveLength(1)
  })

  test('a statement that does not name its columns is not kept', async () => {
    const careless = statement((reader, input: { name: string }) =>
      reader.selectFrom('settings').selectAll().where('name', '=', input.name),
    )
    await expect(careless(db.read, { name: 'x' })).rejects.toThrow('names its columns')
  })

  test('what is to be done after a commit is done after it, and not at all without one', async () => {
    const done: string[] = []
    const result = await db.transaction(async (tx) => {
      db.afterCommit(() => done.push('after the commit'))
      await insertSettings(tx, [{ name: 'committed', value: '' }])
      done.push('inside')
      return 'result'
    })
    expect([result, ...done]).toEqual(['result', 'inside', 'after the commit'])

    const failing = db.transaction(async () => {
      db.afterCommit(() => done.push('never'))
      throw new Error('the change fails')
    })
    await expect(failing).rejects.toThrow('the change fails')
    expect(done).not.toContain('never')
    expect(() => db.afterCommit(() => {})).toThrow('inside its transaction')
  })
})
