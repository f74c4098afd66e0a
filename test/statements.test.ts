/** Statements that are built once and filled in: the same on both engines, however many rows, and whatever fails. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { selectArtifacts } from '../src/artifacts/store-versions.ts'
import type { Database } from '../src/database/database.ts'
import { batch, last, statement, together } from '../src/database/statement.ts'
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

const selectSettingsByBoth = statement((db, input: { names: readonly string[]; values: readonly string[] }, engine) =>
  db
    .selectFrom('settings')
    .select('name')
    .where(engine.isOneOf('name', input.names, 'text'))
    .where(engine.isOneOfMany('value', input.values))
    .orderBy('name'),
)

const countSettings = statement((db, input: { least: string }) =>
  db
    .selectFrom('settings')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('name', '>=', input.least),
)

const ENDING = { commitsWithLast: true }

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

  test('a statement finds the same by a list of one as by that one among others', async () => {
    await db.transaction((tx) =>
      insertSettings(
        tx,
        ['one-a', 'one-b', 'one-c'].map((name) => ({ name, value: name === 'one-c' ? 'other' : 'same' })),
      ),
    )
    const found = async (names: readonly string[], values: readonly string[]) =>
      (await selectSettingsByBoth(db.read, { names, values })).map(({ name }) => name)
    expect(await found(['one-a', 'one-b', 'one-c'], ['same', 'other'])).toEqual(['one-a', 'one-b', 'one-c'])
    expect(await found(['one-a', 'one-b', 'one-c'], ['same'])).toEqual(['one-a', 'one-b'])
    expect(await found(['one-a'], ['same', 'other'])).toEqual(['one-a'])
    expect(await found(['one-c'], ['other'])).toEqual(['one-c'])
    expect(await found(['one-c'], ['same'])).toEqual([])
    expect(await found(['one-c'], [])).toEqual([])
  })

  if (engine === 'postgres') {
    test('a statement by a list of one is planned no more after some times', async () => {
      // The planner charges a plan for each table that it joins: what joins none is cheap to plan anew.
      const plans = await db.transaction(async (tx) => {
        for (let run = 0; run < 20; run++) await selectArtifacts(tx, [run])
        const { rows } = await sql<{ generic: number; custom: number }>`
          select generic_plans as generic, custom_plans as custom from pg_prepared_statements
          where statement like '%"artifacts"."id" = $%'`.execute(tx)
        return rows
      })
      expect(plans).toEqual([{ generic: 15, custom: 5 }])
    })
  }

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

  test('a transaction is committed with the statements that it says are its last', async () => {
    const inserted = await db.transaction(async (tx) => {
      await insertSettings(tx, [{ name: 'end-1', value: '' }])
      return last(tx, insertSettings(tx, [{ name: 'end-2', value: '' }]))
    }, ENDING)
    expect(inserted.map(({ name }) => name)).toEqual(['end-2'])
    expect((await countSettings(db.read, { least: 'end-1' }))[0]!.count).toBeGreaterThanOrEqual(2)

    const failing = db.transaction(async (tx) => {
      await insertSettings(tx, [{ name: 'end-3', value: '' }])
      await last(tx, insertSettings(tx, [{ name: 'end-1', value: '' }]))
    }, ENDING)
    await expect(failing).rejects.toThrow(/unique|duplicate/i)
    expect(await selectSettings(db.read, { names: ['end-3'], limit: 1 })).toEqual([])
    // The connection is as good as before.
    for (let at = 4; at < 20; at++) {
      await db.transaction((tx) => last(tx, insertSettings(tx, [{ name: `end-${at}`, value: '' }])), ENDING)
    }
    expect(await selectSettings(db.read, { names: ['end-4', 'end-19'], limit: 2 })).toHaveLength(2)
  })

  test('one that does not say beforehand that it ends so can still be given up', async () => {
    const given = db.transaction(async (tx) => {
      await last(tx, insertSettings(tx, [{ name: 'given-up', value: '' }]))
      expect((await selectSettings(tx, { names: ['given-up'], limit: 1 })).length).toBe(1)
      throw new Error('given up')
    })
    await expect(given).rejects.toThrow('given up')
    expect(await selectSettings(db.read, { names: ['given-up'], limit: 1 })).toEqual([])
  })

  if (engine === 'postgres') {
    test('nothing can be asked in a transaction once its commit is on its way', async () => {
      const late = db.transaction(async (tx) => {
        const sent = last(tx, insertSettings(tx, [{ name: 'late-1', value: '' }]))
        await expect(insertSettings(tx, [{ name: 'late-2', value: '' }])).rejects.toThrow('after its last statements')
        return sent
      }, ENDING)
      expect(await late).toEqual([{ name: 'late-1' }])
      expect(await selectSettings(db.read, { names: ['late-1', 'late-2'], limit: 2 })).toHaveLength(1)
    })
  }

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
