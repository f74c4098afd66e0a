import { type Caller, hiddenProjectIds, mayIn, rightsPlace, visibleEntityIds } from '../access/rights.ts'
import { notFound } from '../refusal.ts'
import type { World } from '../world.ts'
import { requireProjectIn } from './operations-projects.ts'
import { findArtifact, loadArtifacts, membershipsOf, visibleArtifacts } from './operations-reading.ts'
import { projectRefOf } from './operations-views.ts'
import { cutPage } from './page.ts'
import {
  countArtifactsOfRuns,
  insertRunArtifact,
  type RunRecord,
  selectArtifactIdsOfRun,
  selectRunId,
  selectRuns,
  selectRunsUsing,
} from './store-runs.ts'
import { selectArtifacts } from './store-versions.ts'
import type {
  ArtifactView,
  MembershipView,
  Page,
  PageRequest,
  RunArtifactDirection,
  RunRef,
  VisiblePlaces,
} from './types.ts'

/**
 * Record that a run uses a version; again: nothing.
 *
 * @throws Refusal `not_found` (project, run or version) | `forbidden`
 */
export async function useArtifact(
  world: World,
  caller: Caller,
  input: {
    entity: string
    project: string
    run: string
    artifactId: number
    usedAs?: string | null | undefined
  },
): Promise<ArtifactView> {
  await world.db.transaction(async (tx) => {
    const project = await requireProjectIn(tx, caller, input, 'member')
    const runId = await selectRunId(tx, { projectId: project.id, name: input.run })
    if (runId === undefined) throw notFound(`Run "${input.entity}/${input.project}/${input.run}"`)
    const [artifact] = await visibleArtifacts(tx, caller, await selectArtifacts(tx, [input.artifactId]))
    if (artifact?.state !== 'COMMITTED') throw notFound('Artifact')
    const { artifactId, usedAs = null } = input
    await insertRunArtifact(tx, { runId, artifactId, direction: 'input', usedAs, now: world.now() })
  })
  const artifact = await findArtifact(world, caller, input.artifactId)
  if (artifact === undefined) throw notFound('Artifact')
  return artifact
}

/** What a run logged (`output`) or used (`input`), among what the caller may see. Key: artifact id. */
export async function listRunArtifacts(
  world: World,
  caller: Caller,
  input: { runId: number; direction: RunArtifactDirection },
  page: PageRequest,
): Promise<Page<ArtifactView>> {
  if (!(await maySeeRun(world, caller, input.runId))) return { items: [], nextKey: undefined }
  const ids = await selectArtifactIdsOfRun(world.db.read, { ...input, ...visibleTo(caller) }, page)
  const artifacts = await loadArtifacts(world, caller, ids)
  // One deleted between the two reads is left out; the key is still that of the last id.
  const { items, nextKey } = cutPage(
    ids,
    page,
    (id) => artifacts.get(id),
    (id) => id,
  )
  return { items: items.filter((artifact) => artifact !== undefined), nextKey }
}

export async function countRunArtifacts(
  world: World,
  caller: Caller,
  input: { runId: number; direction: RunArtifactDirection },
): Promise<number> {
  if (!(await maySeeRun(world, caller, input.runId))) return 0
  return (await countRunsArtifacts(world, caller, [input.runId])).get(input.runId)?.[input.direction] ?? 0
}

/** How many artifacts each run logged (`output`) and used (`input`), among what the caller may see. For runs already read. */
export async function countRunsArtifacts(
  world: World,
  caller: Caller,
  runIds: readonly number[],
): Promise<Map<number, Record<RunArtifactDirection, number>>> {
  const rows = await countArtifactsOfRuns(world.db.read, { runIds, ...visibleTo(caller) })
  const counts = new Map(runIds.map((id) => [id, { input: 0, output: 0 }]))
  for (const { run_id, direction, count } of rows) (counts.get(run_id) ?? { input: 0, output: 0 })[direction] = count
  return counts
}

/**
 * The same of the run of this path, as versions: where they were logged, or the first place where the caller sees them.
 * Key: artifact id.
 *
 * @throws Refusal `not_found`
 */
export async function listVersionsOfRun(
  world: World,
  caller: Caller,
  input: { entity: string; project: string; run: string; direction: RunArtifactDirection },
  page: PageRequest,
): Promise<Page<MembershipView>> {
  const project = await requireProjectIn(world.db.read, caller, input, 'viewer')
  const runId = await selectRunId(world.db.read, { projectId: project.id, name: input.run })
  if (runId === undefined) throw notFound(`Run "${input.entity}/${input.project}/${input.run}"`)
  const { items, nextKey } = await listRunArtifacts(world, caller, { runId, direction: input.direction }, page)
  const places = await membershipsOf(
    world,
    caller,
    items.map(({ id }) => id),
  )
  return { items: items.flatMap(({ id }) => places.get(id)?.[0] ?? []), nextKey }
}

/** The runs the caller may see that use the version. Key: run id. */
export async function listRunsUsing(
  world: World,
  caller: Caller,
  artifactId: number,
  page: PageRequest,
): Promise<Page<RunRef>> {
  if ((await findArtifact(world, caller, artifactId)) === undefined) return { items: [], nextKey: undefined }
  const records = await selectRunsUsing(world.db.read, { artifactId, ...visibleTo(caller) }, page)
  return cutPage(records, page, runRef, (record) => record.id)
}

/** The runs of these ids that the caller may see, by id: for `createdBy`. */
export async function loadRunRefs(
  world: World,
  caller: Caller,
  runIds: readonly number[],
): Promise<Map<number, RunRef>> {
  const records = await selectRuns(world.db.read, runIds)
  const visible = records.filter((record) => mayIn(caller, 'viewer', rightsPlace(record)))
  return new Map(visible.map((record) => [record.id, runRef(record)]))
}

async function maySeeRun(world: World, caller: Caller, runId: number): Promise<boolean> {
  const [run] = await selectRuns(world.db.read, [runId])
  return run !== undefined && mayIn(caller, 'viewer', rightsPlace(run))
}

function visibleTo(caller: Caller): VisiblePlaces {
  return { entityIds: visibleEntityIds(caller), hiddenProjectIds: hiddenProjectIds(caller) }
}

function runRef(record: RunRecord): RunRef {
  return { id: record.id, name: record.name, displayName: record.display_name, project: projectRefOf(record) }
}
