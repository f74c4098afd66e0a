import {
  type Compilable,
  type CompiledQuery,
  type DatabaseConnection,
  PostgresAdapter,
  type RawBuilder,
  sql,
} from 'kysely'
import { assert } from '../runtime/assert.ts'
import type { Reader, Tx } from './database.ts'
import { type Engine, POSTGRES, SQLITE } from './engine.ts'
import { Parameter } from './parameter.ts'

/**
 * Statements that are built and compiled once, for what runs at every change and every delivery: there, building a
 * statement costs more than running it.
 */

type Value = string | number | null

/** What one execution fills in. Lists go into the statement by `engine.isOneOf`. */
export type StatementInput = Readonly<Record<string, Value | readonly Value[]>>

type ItemColumns = Readonly<Record<string, 'bigint' | 'integer' | 'text'>>
type ItemOf<Columns extends ItemColumns> = {
  readonly [Name in keyof Columns]: (Columns[Name] extends 'text' ? string : number) | null
}
type Items<Columns extends ItemColumns> = {
  /** The items as a table. */
  table: RawBuilder<unknown>
  /** `from` that table, where there is nothing else in it: nothing at all on the embedded engine. */
  from: RawBuilder<unknown>
  /** The columns' names, and an item's values in the same order, for an insert. */
  names: RawBuilder<unknown>
  values: RawBuilder<unknown>
  /**
   * What an insert inserts: these values for each item. On the embedded engine as `values`: before each row of a `select`
   * it would copy all the pages that the row changes, as another row might fail.
   */
  rows(values: RawBuilder<unknown>): RawBuilder<unknown>
  /** An item's value for each column. */
  item: { [Name in keyof Columns]: RawBuilder<ItemOf<Columns>[Name]> }
}
type NoInput = Readonly<Record<never, never>>
type InputIfAny<Input> = NoInput extends Input ? [] : [input: Input]

type Built<Row> = Compilable<Row> | RawBuilder<Row>

/** Rows that one statement takes from PostgreSQL's client at a time. */
const ITEMS_MAX = 1_000
/** On their way to the database together: more might not be answered in time. */
export const ITEMS_AT_ONCE = 10_000

/** What `batch` adds for the driver of the embedded engine: the same statement, once for each of these. */
export type BatchedQuery = CompiledQuery & { readonly parametersOfEach?: readonly (readonly unknown[])[] }

/** On PostgreSQL each has a name, under which a connection keeps it parsed and planned. */
const names = new Map<string, string>()

function keep(text: string): void {
  if (!names.has(text)) names.set(text, `tripline_${names.size}`)
}

/** The name of the statement that reads so; `undefined` for those that are built as they are needed. */
export function preparedName(text: string): string | undefined {
  return names.get(text)
}

/**
 * A statement with gaps, to be filled in and run any number of times; resolves to its rows.
 *
 * `build` gets stand-ins in place of the input's members: it must put them into the statement, and can do nothing else
 * with them. Write what an index depends on (`state = 'pending'`) into the statement itself: a planner does not know
 * what a gap will be filled with.
 */
export function statement<Input extends StatementInput, Row>(
  build: (db: Reader | Tx, input: Input, engine: Engine) => Built<Row>,
): (db: Reader | Tx, input: Input) => Promise<Row[]> {
  const compiled = compiledOnce(build)
  return async (db, input) => {
    const query = compiled(db, listsOfOne(input))
    return run(db, { ...query, parameters: filledIn(query.parameters, input) })
  }
}

/**
 * A statement over any number of items, with the rows it gives for all of them. On PostgreSQL it runs once over all, a
 * thousand at a time; on the embedded engine, to which no way is far, once for each. So it must be one that comes to the
 * same: none that looks at several items together.
 *
 * `build` is given what stands for the items in the statement.
 */
export function batch<Columns extends ItemColumns, Row, Input extends StatementInput = NoInput>(
  columns: Columns,
  build: (db: Reader | Tx, items: Items<Columns>, input: Input, engine: Engine) => Built<Row>,
): (db: Reader | Tx, items: readonly ItemOf<Columns>[], ...input: InputIfAny<Input>) => Promise<Row[]> {
  const compiled = compiledOnce<Input, Row>((db, input, engine) => build(db, itemsOf(columns, engine), input, engine))
  return async (db, items, ...[input]) => {
    const rows: Row[][] = []
    for (const some of chunksOf(items, ITEMS_AT_ONCE)) {
      const query = compiled(db)
      if (engineOf(db) === SQLITE) {
        const parametersOfEach = some.map((item) => filledIn(query.parameters, { ...input, ...item }))
        rows.push(await run(db, { ...query, parametersOfEach }))
        continue
      }
      const parts = chunksOf(some, ITEMS_MAX).map((part): Promise<Row[]> => {
        const filled = { ...input, [LIST]: JSON.stringify(part), [COUNT]: part.length }
        return run(db, { ...query, parameters: filledIn(query.parameters, filled) })
      })
      rows.push(...(await together(parts)))
    }
    return rows.flat()
  }
}

function chunksOf<Item>(items: readonly Item[], size: number): (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
}

const LIST = 'items of the batch'
const COUNT = 'how many those are'

function itemsOf<Columns extends ItemColumns>(columns: Columns, engine: Engine): Items<Columns> {
  const names = Object.keys(columns)
  const values = names.map((name) => (engine === POSTGRES ? sql.ref(`item.${name}`) : sql`${new Parameter(name)}`))
  const declared = names.map((name) => sql`${sql.id(name)} ${sql.raw(columns[name]!)}`)
  const columnNames = sql.join(names.map((name) => sql.id(name)))
  const list = sql`json_to_recordset(${new Parameter(LIST)}) as item (${sql.join(declared)})`
  // A limit that it does not know yet makes PostgreSQL reckon with ten rows, not with a hundred: for so few it looks each up
  // by its key, where it would else read a table as a whole, and go on doing so however large that becomes.
  const table =
    engine === POSTGRES
      ? sql`(select ${columnNames} from ${list} limit ${new Parameter(COUNT)}) as item`
      : sql`(select 1) as item`
  return {
    table,
    from: engine === POSTGRES ? sql`from ${table}` : sql``,
    names: columnNames,
    values: sql.join(values),
    rows: (row) => (engine === POSTGRES ? sql`select ${row} from ${list} where true` : sql`values (${row})`),
    item: Object.fromEntries(names.map((name, index) => [name, values[index]])),
  } as Items<Columns>
}

/** `ofOne`: the names of the lists that have one item, for which there is a form of its own. */
function compiledOnce<Input extends StatementInput, Row>(
  build: (db: Reader | Tx, input: Input, engine: Engine) => Built<Row>,
): (db: Reader | Tx, ofOne?: string) => CompiledQuery<Row> {
  const forms = new Map<string, CompiledQuery<Row>>()

  function compile(db: Reader | Tx, engine: Engine, ofOne: string): CompiledQuery<Row> {
    const names = new Set(ofOne.split(' '))
    const gap = (name: string) => new Parameter(name, { isOfOne: names.has(name) })
    const standIns = new Proxy({}, { get: (_, name) => gap(String(name)) }) as Input
    const query = build(db, standIns, engine).compile(db)
    // PostgreSQL refuses to run a plan it has kept once a later version has added a column to what it selects.
    assert(!/select \*|\.\*/.test(query.sql), 'a statement that is kept names its columns')
    if (engine === POSTGRES) keep(query.sql)
    return query
  }
  return (db, ofOne = '') => {
    const engine = engineOf(db)
    const form = `${engine.name} ${ofOne}`
    const known = forms.get(form) ?? compile(db, engine, ofOne)
    forms.set(form, known)
    return known
  }
}

function listsOfOne(input: StatementInput): string {
  let names = ''
  for (const name in input) {
    const value = input[name]
    if (Array.isArray(value) && value.length === 1) names = names === '' ? name : `${names} ${name}`
  }
  return names
}

/** What runs the statements that are kept. */
type Runner = Pick<DatabaseConnection, 'executeQuery'>

const runners = new WeakMap<object, Runner>()
const endings = new WeakMap<object, () => void>()

/**
 * From now on statements of `db` go to its one connection as they are called: several that do not need each other's
 * answers are on their way together, and run in the order of the calls. Kysely would send each after the answer to the
 * one before. Until the returned function is called.
 *
 * - `commitAhead`: sends the commit of a transaction, so that `last` has it on its way, too.
 */
export async function sendAtOnce(
  db: Reader | Tx,
  commitAhead?: (connection: DatabaseConnection) => void,
): Promise<() => void> {
  const connection = await db.getExecutor().provideConnection(async (connection) => connection)
  runners.set(db, connection)
  if (commitAhead !== undefined) endings.set(db, () => commitAhead(connection))
  return () => {
    runners.delete(db)
    endings.delete(db)
  }
}

/** From now on statements of `db`, which is no transaction, are run by `runner`. */
export function runBy(db: Reader, runner: Runner): void {
  runners.set(db, runner)
}

/**
 * The results of statements that do not need each other's answers. When one fails the others are waited for all the
 * same, as none may outlive its transaction.
 */
export async function together<const Results extends readonly unknown[]>(
  results: { readonly [Index in keyof Results]: Promise<Results[Index]> },
): Promise<Results> {
  const outcomes = await Promise.allSettled(results as readonly Promise<unknown>[])
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  }) as unknown as Results
}

/**
 * The results of the statements that a transaction ends with, whatever they are; `sent` once they have been called. In
 * one that `commitsWithLast` the commit is on its way with them on PostgreSQL, so nothing may be asked any more, nor may
 * it fail for any other reason than theirs. Statements that are not kept would come too late, as would those of a batch
 * beyond `ITEMS_AT_ONCE`.
 */
export function last<Result>(tx: Tx, sent: Promise<Result>): Promise<Result> {
  endings.get(tx)?.()
  return sent
}

async function run<Row>(db: Reader | Tx, query: BatchedQuery): Promise<Row[]> {
  const runs = runners.get(db) ?? db
  const { rows } = await runs.executeQuery(query as CompiledQuery<Row>)
  return rows as Row[]
}

function filledIn(parameters: readonly unknown[], input: StatementInput): unknown[] {
  return parameters.map((parameter) => (parameter instanceof Parameter ? parameter.valueIn(input) : parameter))
}

function engineOf(db: Reader | Tx): Engine {
  return db.getExecutor().adapter instanceof PostgresAdapter ? POSTGRES : SQLITE
}
