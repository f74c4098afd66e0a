import type { Caller } from '../access/rights.ts'
import { requireProject } from '../artifacts/operations-projects.ts'
import { cutPage } from '../artifacts/page.ts'
import type { Page } from '../artifacts/types.ts'
import type { RunAlertRow } from '../database/schema.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { recordAlert } from './operations-events.ts'
import { requireRun } from './operations-lookup.ts'
import { type RunAddress, requireWritableRun } from './operations-stream.ts'
import { lockState } from './store.ts'
import { type AlertView, countAlerts, findAlerts, insertAlert } from './store-alerts.ts'

export type { AlertView } from './store-alerts.ts'

const TITLE_LENGTH_MAX = 512
const TEXT_LENGTH_MAX = 65_536
/** A run that asks for more has nothing to say any more. */
const ALERTS_MAX = 1_000

export type RunAlert = {
  title: string
  text: string
  severity?: RunAlertRow['severity'] | null | undefined
  /** For so long an alert of this run with the same title is not repeated. */
  waitMs?: number | null | undefined
}

/**
 * Keep the alert of a run, for a caller who may write to it, and record it; whether it is kept. One that comes too soon after another
 * with its title is not, and neither is one beyond the thousandth: a training must not fail for its alerts.
 *
 * @throws Refusal `not_found` | `forbidden` | `invalid_request`
 */
export async function alertOfRun(world: World, caller: Caller, address: RunAddress, alert: RunAlert): Promise<boolean> {
  const { title, text } = alert
  assertText('title', title, TITLE_LENGTH_MAX)
  assertText('text', text, TEXT_LENGTH_MAX)
  const run = await requireWritableRun(world, caller, address)
  return world.db.transaction(async (tx) => {
    const now = world.now()
    // Alerts of one run take turns, so that two with one title are not both the first.
    await lockState(tx, run.id)
    const { count, lastAt } = await countAlerts(tx, { runId: run.id, title })
    if (count >= ALERTS_MAX || (lastAt !== null && now - lastAt < (alert.waitMs ?? 0))) return false
    const severity = alert.severity ?? 'INFO'
    await insertAlert(tx, {
      project_id: run.project.id,
      run_id: run.id,
      title,
      body: text,
      severity,
      user_id: caller.user.id,
      created_at: now,
    })
    await recordAlert(world, tx, caller, run, { title, text, severity })
    return true
  })
}

function assertText(name: string, text: string, lengthMax: number): void {
  if (text.length <= lengthMax && !text.includes('\0') && text.isWellFormed()) return
  throw new Refusal(
    'invalid_request',
    `"${name}" of an alert is well-formed text of at most ${lengthMax} characters without NUL`,
  )
}

/**
 * The alerts of a project's runs, or of one, newest first. Key: id.
 *
 * @throws Refusal `not_found`
 */
export async function listAlerts(
  world: World,
  caller: Caller,
  input: { entity: string; project: string; run?: string | undefined },
  page: { limit: number; after?: number | undefined },
): Promise<Page<AlertView>> {
  const { read } = world.db
  const project = await requireProject(world, caller, input)
  const run = input.run === undefined ? undefined : await requireRun(read, { projectId: project.id, name: input.run })
  const alerts = await findAlerts(read, {
    of: run === undefined ? { projectId: project.id } : { runId: run.id },
    before: page.after,
    limit: page.limit + 1,
  })
  return cutPage(
    alerts,
    page,
    (alert) => alert,
    (alert) => alert.id,
  )
}
