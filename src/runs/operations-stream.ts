import { type Caller, requireRoleIn } from '../access/rights.ts'
import { requireProject } from '../artifacts/operations-projects.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import type { StreamPart } from './file-stream.ts'
import { recordStateChange, watchMetrics } from './operations-events.ts'
import { requireRun } from './operations-lookup.ts'
import { DOCUMENT_LENGTH_MAX, stateAtEnd } from './run.ts'
import { lockState, putLines, type RunView, updateRun } from './store.ts'

export type RunAddress = { entity: string; project: string; run: string }

/**
 * The run, for a caller who may write to it.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function requireWritableRun(world: World, caller: Caller, address: RunAddress): Promise<RunView> {
  const project = await requireProject(world, caller, address)
  requireRoleIn(caller, 'member', project, `Run "${address.run}"`)
  return requireRun(world.db.read, { projectId: project.id, name: address.run })
}

/**
 * Keep what a run streams: its lines, its summary, and whether it goes on. The same part again changes nothing.
 *
 * A run that streams is running, also when it had ended: it was resumed.
 *
 * @throws Refusal `not_found` | `forbidden` | `invalid_request`
 */
export async function streamToRun(world: World, caller: Caller, address: RunAddress, part: StreamPart): Promise<void> {
  if ((part.summary?.length ?? 0) > DOCUMENT_LENGTH_MAX) {
    throw new Refusal('invalid_request', `The summary has more than ${DOCUMENT_LENGTH_MAX} characters`)
  }
  const run = await requireWritableRun(world, caller, address)
  const now = world.now()
  const state = stateAtEnd(part.complete, part.exitCode) ?? 'running'
  await world.db.transaction(async (tx) => {
    // Only where it seems to change is it worth a look of its own.
    const before = state === run.state ? state : await lockState(tx, run.id)
    await putLines(tx, run.id, part.lines)
    await updateRun(tx, run.id, {
      state,
      exit_code: part.exitCode,
      heartbeat_at: now,
      updated_at: now,
      ...(part.summary === undefined ? {} : { summary: part.summary }),
    })
    await watchMetrics(world, tx, caller, run, part.lines)
    await recordStateChange(world, tx, caller, run, { before, after: state })
  })
}
