import type { Tx } from './database.ts'
import type { Engine } from './engine.ts'

/** What goes over a table once, again and again, in the order of its ids: its place is kept from one piece to the next. */
export type SweepName = 'sweep:bodies' | 'sweep:events'

/** How far a sweep has come, locked: the id of the last row it has seen. `undefined` while another process is at it. */
export async function lockSweep(tx: Tx, engine: Engine, name: SweepName): Promise<number | undefined> {
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
  return row === undefined ? undefined : Number(row.value)
}

export async function moveSweep(tx: Tx, name: SweepName, id: number): Promise<void> {
  await tx
    .updateTable('settings')
    .set({ value: String(id) })
    .where('name', '=', name)
    .execute()
}
