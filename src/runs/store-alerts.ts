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

/** Of all runs of a project or of one run, newest first; `before` is the id of the last one seen. */
export async function findAlerts(
  db: Reader,
  input: { of: { projectId: number } | { runId: number }; before?: number | undefined; limit: number },
): Promise<AlertView[]> {
  const { of, before } = input
  const rows = await db
    .selectFrom('run_alerts as a')
    .innerJoin('runs as r', 'r.id', 'a.run_id')
    .leftJoin('users as u', 'u.id', 'a.user_id')
    .select(['a.id', 'a.title', 'a.body', 'a.severity', 'a.created_at', 'r.name', 'r.display_name', 'u.username'])
    .where('runId' in of ? 'a.run_id' : 'a.project_id', '=', 'runId' in of ? of.runId : of.projectId)
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
