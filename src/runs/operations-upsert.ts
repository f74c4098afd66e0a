import { randomInt } from 'node:crypto'
import type { Updateable } from 'kysely'
import { requireEntityOrDefault } from '../access/operations.ts'
import { type Caller, requireRoleIn } from '../access/rights.ts'
import { ensureProject } from '../artifacts/operations-projects.ts'
import type { Tx } from '../database/database.ts'
import type { RunRow } from '../database/schema.ts'
import { notFound, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { inventDisplayName } from './display-name.ts'
import { recordStateChange } from './operations-events.ts'
import { loadRuns } from './operations-lookup.ts'
import { assertNoFork, assertRunChangeBounded, assertRunNameUsable, type RunChange, stateFrom } from './run.ts'
import {
  countRunsOfProject,
  findRunByName,
  findRunsByIds,
  insertRun,
  lockState,
  type RunView,
  updateRun,
} from './store.ts'

/** Where the client's runs go when it is told no project. */
const PROJECT_DEFAULT = 'uncategorized'

const NAME_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'
const NAME_LENGTH = 8

/**
 * Make a run, and its project if that is missing, or change one. The same call twice makes one run.
 *
 * - `id`: changes that run and makes none; else the run is found by `name`, or made under it.
 * - `entity`, `project`, `name`: when absent, the caller's default entity, `uncategorized`, and a new random name.
 *
 * @throws Refusal `not_found` | `forbidden` | `name_invalid` | `invalid_request` | `not_supported` (a fork)
 */
export async function upsertRun(
  world: World,
  caller: Caller,
  input: RunChange & {
    id?: number | null | undefined
    entity?: string | null | undefined
    project?: string | null | undefined
    name?: string | null | undefined
  },
): Promise<{ run: RunView; inserted: boolean }> {
  assertRunChangeBounded(input)
  if (input.id != null) return { run: await updateById(world, caller, input.id, input), inserted: false }

  const name = input.name || newRunName()
  assertRunNameUsable(name)
  const now = world.now()
  return world.db.transaction(async (tx) => {
    const entity = await requireEntityOrDefault(tx, caller, input.entity, 'member')
    const project = await ensureProject(world, tx, caller, {
      entity: entity.name,
      project: input.project || PROJECT_DEFAULT,
    })
    if (project.isRegistry) {
      throw new Refusal(
        'invalid_request',
        `"${project.name}" is a registry: versions are linked there, runs log elsewhere`,
      )
    }
    const address = { projectId: project.id, name }
    let found = await findRunByName(tx, address)
    let inserted = false
    if (found === undefined) {
      assertNoFork(input.config)
      const displayName =
        input.displayName ?? inventDisplayName(world.random(), (await countRunsOfProject(tx, project.id)) + 1)
      inserted = (await insertRun(tx, newRun({ ...address, displayName, userId: caller.user.id, now }))) !== undefined
      found = await findRunByName(tx, address)
    }
    if (found === undefined) throw notFound(`Run "${name}"`)
    return { run: await applyChange(world, tx, caller, { found, isNew: inserted, change: input }), inserted }
  })
}

async function updateById(world: World, caller: Caller, id: number, change: RunChange): Promise<RunView> {
  return world.db.transaction(async (tx) => {
    const found = (await loadRuns(tx, caller, [id])).get(id)
    if (found === undefined) throw notFound('The run of this id')
    requireRoleIn(caller, 'member', found.project, `Run "${found.name}"`)
    return applyChange(world, tx, caller, { found, isNew: false, change })
  })
}

/** The run after the change, which records what became of its state. */
async function applyChange(
  world: World,
  tx: Tx,
  caller: Caller,
  input: { found: RunView; isNew: boolean; change: RunChange },
): Promise<RunView> {
  const { id } = input.found
  const columns = columnsOf(input.change)
  const isTouched = columns.state !== undefined
  const before = isTouched && !input.isNew ? await lockState(tx, id) : null
  await updateRun(tx, id, { ...columns, updated_at: world.now() })
  const run = (await findRunsByIds(tx, [id]))[0] as RunView
  if (isTouched || input.isNew) await recordStateChange(world, tx, caller, run, { before, after: run.state })
  return run
}

function newRun(input: { projectId: number; name: string; displayName: string; userId: number; now: number }) {
  return {
    project_id: input.projectId,
    name: input.name,
    display_name: input.displayName,
    state: 'running' as const,
    user_id: input.userId,
    tags: '[]',
    config: '{}',
    summary: '{}',
    created_at: input.now,
    updated_at: input.now,
    heartbeat_at: input.now,
  }
}

function columnsOf(change: RunChange): Updateable<RunRow> {
  const columns = {
    display_name: change.displayName,
    group_name: change.group,
    job_type: change.jobType,
    description: change.description,
    notes: change.notes,
    config: change.config,
    summary: change.summary,
    tags: change.tags == null ? undefined : JSON.stringify(change.tags),
    state: change.state == null ? undefined : stateFrom(change.state.toLowerCase()),
    sweep_name: change.sweep,
    host: change.host,
    program: change.program,
    git_commit: change.commit,
    git_repo: change.repo,
  }
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value != null)) as Updateable<RunRow>
}

function newRunName(): string {
  return Array.from({ length: NAME_LENGTH }, () => NAME_ALPHABET[randomInt(NAME_ALPHABET.length)]).join('')
}
