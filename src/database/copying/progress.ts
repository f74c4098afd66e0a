import { gap, type RawConnection } from './raw-connection.ts'
import { COPY_PROGRESS } from './table.ts'

/** How far a copy is, kept in the database that it fills. */
export type CopyProgress = {
  get(name: string): string | undefined
  /** In the transaction of the caller, if it is in one. */
  set(name: string, value: string): Promise<void>
}

export async function readProgress(connection: RawConnection): Promise<CopyProgress> {
  const rows = await connection.query(`select name, value from ${COPY_PROGRESS}`)
  const values = new Map(rows.map(([name, value]) => [String(name), String(value)]))
  return {
    get: (name) => values.get(name),
    async set(name, value) {
      await connection.query(
        `insert into ${COPY_PROGRESS} (name, value) values (${gap(connection, 1)}, ${gap(connection, 2)})
         on conflict (name) do update set value = excluded.value`,
        [name, value],
      )
      values.set(name, value)
    },
  }
}
