import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { RunAlertRow } from '../database/schema.ts'

export type AlertView = {
  id: number
  title: string
  text: string
  severity: RunAlertRow['severity']
  createdAt: number
  run: string
  runDisplayName: string
  /** Who sent it. */
  username: string | null
}

/** How many alerts the run has, and when the last with this title came; `null` without one. */
export async function countAlerts(
  tx: Tx,
  input: { runId: number; title: string },
): Promise<{ count: number; lastAt: number | null }> {
  return tx
    .selectFrom('run_alerts')
    .select(({ fn }) => [
      fn.countAll<number>().as('count'),
      fn.max(sql<number | null>`case when title = ${input.title} then created_at end`).as('lastAt'),
    ])
    .where('run_id', '=', input.runId)
    .executeTakeFirstOrThrow()
}

export async function insertAlert(tx: Tx, row: Omit<RunAlertRow, 'id'>): Promise<void> {
  await tx.insertInto('run_alerts').values(row).execute()
}

/** Newest first; `before` is the id of the last one seen. `run`: only those of the run of this name. */
export async function findAlerts(
  db: Reader,
  input: { projectId: number; runId: number | undefined; before: number | undefined; limit: number },
): Promise<AlertView[]> {
  const { projectId, runId, before } = input
  const rows = await db
    .selectFrom('run_alerts as a')
    .innerJoin('runs as r', 'r.id', 'a.run_id')
    .leftJoin('users as u', 'u.id', 'a.user_id')
    .select(['a.id', 'a.title', 'a.body', 'a.severity', 'a.created_at', 'r.name', 'r.display_name', 'u.username'])
    .$if(runId === undefined, (query) => query.where('a.project_id', '=', projectId))
    .$if(runId !== undefined, (query) => query.where('a.run_id', '=', runId as number))
    .$if(before !== undefined, (query) => query.where('a.id', '<', before as number))
    .orderBy('a.id', 'desc')
    .limit(input.limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    text: row.body,
    severity: row.severity,
    createdAt: row.created_at,
    run: row.name,
    runDisplayName: row.display_name,
    username: row.username,
  }))
}
