import type { Reader, Tx } from './database.ts'
import type { Engine } from './engine.ts'

/** What goes over a table once, again and again, in the order of its ids: its place is kept from one piece to the next. */
export type SweepName = 'sweep:bodies' | 'sweep:events' | 'sweep:blobs'

/** How far a sweep has come, locked: the id of the last row it has seen. `undefined` while another process is at it. */
export async function lockSweep(tx: Tx, engine: Engine, name: SweepName): Promise<number | undefined> {
  const place = await lockPlace(tx, engine, name)
  return place === undefined ? undefined : Number(place)
}

/** The same of a sweep in the order of a text; `0` before its first row. */
export async function lockPlace(tx: Tx, engine: Engine, name: SweepName): Promise<string | undefined> {
  await tx
    .insertInto('settings')
    .values({ name, value: '0' })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const row = await tx
    .selectFrom('settings')
    .select('value')
    .where('name', '=', name)
    .$if(engine.rowLocks, (query) => query.forUpdate().skipLocked())
    .executeTakeFirst()
  return row?.value
}

/** How far it has come, not locked. */
export async function readPlace(db: Reader, name: SweepName): Promise<string> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value ?? '0'
}

export async function moveSweep(tx: Tx, name: SweepName, id: number | string): Promise<void> {
  await tx
    .updateTable('settings')
    .set({ value: String(id) })
    .where('name', '=', name)
    .execute()
}
