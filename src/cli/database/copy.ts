import { type Difference, differencesOf } from '../../database/copying/compare.ts'
import { claimTarget, fill, finishFilling, NotEmpty } from '../../database/copying/filling.ts'
import { type OpenTarget, openExisting, openTarget } from '../../database/copying/opening.ts'
import { readRows } from '../../database/copying/rows.ts'
import { installationOf, openSnapshot, type RowSource } from '../../database/copying/source.ts'
import { COPY_PROGRESS, tableNames } from '../../database/copying/table.ts'
import type { Surroundings } from '../backup/surroundings.ts'

/** `there`: all had been copied before, and was only compared. */
export type Copied = { tables: number; rows: number; there: boolean; differences: Difference[]; more: number }

/** So many are named; the others are counted. */
const DIFFERENCES_MAX = 100

/**
 * Copy the embedded database of a data directory into an empty PostgreSQL, and compare both row by row. No server may have
 * the directory meanwhile, nor start on the PostgreSQL before all rows are the same. Interrupted, it goes on where it ended;
 * called again afterwards it compares.
 *
 * @throws NotEmpty when the PostgreSQL holds something else | Error, for the operator
 */
export async function copyDatabase(
  input: { dataDir: string; targetUrl: string },
  around: Surroundings,
): Promise<Copied> {
  const connection = await openExisting({ databaseUrl: undefined, dataDir: input.dataDir }, { hold: true })
  try {
    const source = await openSnapshot(connection)
    const target = await openTarget({ databaseUrl: input.targetUrl, dataDir: input.dataDir })
    try {
      return (await isCopyOf(target, source))
        ? await compareAgain(target, source, around)
        : await copy(target, source, around)
    } finally {
      await target.close()
    }
  } finally {
    await connection.close()
  }
}

async function copy(target: OpenTarget, source: RowSource, around: Surroundings): Promise<Copied> {
  const progress = await claimTarget(target.connection, source)
  const copied: Copied = { tables: source.tables.length, rows: 0, there: false, differences: [], more: 0 }
  if (progress.get('filled') === undefined) {
    const bar = around.progress({ steps: source.tables.length, bytes: 0 })
    let current = ''
    await fill(target, source, progress, {
      stopped: around.stopped,
      onRows(table, rows) {
        if (current !== '' && current !== table.name) bar.step()
        current = table.name
        bar.current(table.name)
        copied.rows += rows
      },
    })
    bar.end()
    around.say(`${copied.rows} rows of ${copied.tables} tables are there: comparing them`)
    await compare(target, source, copied, around)
    if (copied.differences.length > 0) return copied
    await progress.set('filled', 'yes')
  }
  await finishFilling(target, async () => {})
  return copied
}

/** Whether it is this installation's already, copied to its end. */
async function isCopyOf({ connection }: OpenTarget, source: RowSource): Promise<boolean> {
  const names = await tableNames(connection)
  if (names.includes(COPY_PROGRESS) || !names.includes('settings')) return false
  const id = await installationOf(connection).catch(() => undefined)
  if (id === source.id) return true
  throw new NotEmpty('The PostgreSQL database belongs to another Tripline. Give an empty one.')
}

async function compareAgain(target: OpenTarget, source: RowSource, around: Surroundings): Promise<Copied> {
  around.say('The copy was finished before: comparing the rows')
  const copied: Copied = { tables: source.tables.length, rows: 0, there: true, differences: [], more: 0 }
  await compare(target, source, copied, around)
  return copied
}

async function compare(
  { connection }: OpenTarget,
  source: RowSource,
  copied: Copied,
  { stopped, progress: newProgress }: Surroundings,
): Promise<void> {
  const bar = newProgress({ steps: source.tables.length, bytes: 0 })
  for (const table of source.tables) {
    bar.current(table.name)
    for await (const difference of differencesOf(table, source.rows(table), readRows(connection, table))) {
      stopped.throwIfAborted()
      if (copied.differences.length < DIFFERENCES_MAX) copied.differences.push(difference)
      else copied.more += 1
    }
    stopped.throwIfAborted()
    bar.step()
  }
  bar.end()
}
