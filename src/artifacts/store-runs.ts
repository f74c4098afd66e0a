import type { Reader, Tx } from '../database/database.ts'
import { statement } from '../database/statement.ts'
import type { PageRequest, RunArtifactDirection, VisiblePlaces } from './types.ts'

export async function selectRunId(
  db: Reader | Tx,
  input: { projectId: number; name: string },
): Promise<number | undefined> {
  const [row] = await selectRunNamed(db, input)
  return row?.id
}

const selectRunNamed = statement((db, input: { projectId: number; name: string }) =>
  db.selectFrom('runs').select('id').where('project_id', '=', input.projectId).where('name', '=', input.name),
)

type NewRunArtifact = {
  runId: number
  artifactId: number
  direction: RunArtifactDirection
  usedAs: string | null
  now: number
}

/** Once is enough: again changes nothing. */
export const insertRunArtifact = statement((tx, input: NewRunArtifact) =>
  tx
    .insertInto('run_artifacts')
    .values({
      run_id: input.runId,
      artifact_id: input.artifactId,
      direction: input.direction,
      used_as: input.usedAs,
      created_at: input.now,
    })
    .onConflict((conflict) => conflict.columns(['run_id', 'direction', 'artifact_id']).doNothing()),
)

/**
 * Committed artifacts of a run that are in a collection of these entities, by id, one more than the page asks for.
 */
export async function selectArtifactIdsOfRun(
  db: Reader,
  input: { runId: number; direction: RunArtifactDirection } & VisiblePlaces,
  page: PageRequest,
): Promise<number[]> {
  const rows = await artifactsOfRuns(db, { ...input, runIds: [input.runId] })
    .select('run_artifacts.artifact_id')
    .where('run_artifacts.direction', '=', input.direction)
    .$if(page.after !== undefined, (query) => query.where('run_artifacts.artifact_id', '>', Number(page.after)))
    .orderBy('run_artifacts.artifact_id')
    .limit(page.limit + 1)
    .execute()
  return rows.map((row) => row.artifact_id)
}

/** How many committed artifacts of each run, and direction, are in a collection of these entities. */
export async function countArtifactsOfRuns(
  db: Reader,
  input: { runIds: readonly number[] } & VisiblePlaces,
): Promise<{ run_id: number; direction: RunArtifactDirection; count: number }[]> {
  if (input.runIds.length === 0) return []
  return artifactsOfRuns(db, input)
    .select(['run_artifacts.run_id', 'run_artifacts.direction'])
    .select((select) => select.fn.countAll<number>().as('count'))
    .groupBy(['run_artifacts.run_id', 'run_artifacts.direction'])
    .execute()
}

function artifactsOfRuns(db: Reader, input: { runIds: readonly number[] } & VisiblePlaces) {
  const { entityIds, hiddenProjectIds } = input
  return db
    .selectFrom('run_artifacts')
    .innerJoin('artifacts', 'artifacts.id', 'run_artifacts.artifact_id')
    .where('run_artifacts.run_id', 'in', input.runIds)
    .where('artifacts.state', '=', 'COMMITTED')
    .$if(entityIds !== 'all', (query) =>
      query.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('memberships')
            .innerJoin('collections', 'collections.id', 'memberships.collection_id')
            .innerJoin('projects', 'projects.id', 'collections.project_id')
            .select('memberships.id')
            .whereRef('memberships.artifact_id', '=', 'artifacts.id')
            .where('projects.entity_id', 'in', entityIds as readonly number[])
            .$if(hiddenProjectIds.length > 0, (hidden) => hidden.where('projects.id', 'not in', hiddenProjectIds)),
        ),
      ),
    )
}

function runs(db: Reader | Tx) {
  return db
    .selectFrom('runs')
    .innerJoin('projects', 'projects.id', 'runs.project_id')
    .innerJoin('entities', 'entities.id', 'projects.entity_id')
    .select([
      'runs.id',
      'runs.name',
      'runs.display_name',
      'projects.id as project_id',
      'projects.name as project',
      'projects.is_registry',
      'entities.id as entity_id',
      'entities.name as entity',
    ])
}

export type RunRecord = Awaited<ReturnType<typeof selectRuns>>[number]

export async function selectRuns(db: Reader | Tx, ids: readonly number[]) {
  if (ids.length === 0) return []
  return runs(db).where('runs.id', 'in', ids).execute()
}

/** Runs of these entities that use the artifact, by id, one more than the page asks for. */
export async function selectRunsUsing(
  db: Reader,
  input: { artifactId: number } & VisiblePlaces,
  page: PageRequest,
): Promise<RunRecord[]> {
  const { entityIds, hiddenProjectIds } = input
  return runs(db)
    .innerJoin('run_artifacts', 'run_artifacts.run_id', 'runs.id')
    .where('run_artifacts.artifact_id', '=', input.artifactId)
    .where('run_artifacts.direction', '=', 'input')
    .$if(entityIds !== 'all', (query) => query.where('projects.entity_id', 'in', entityIds as readonly number[]))
    .$if(hiddenProjectIds.length > 0, (query) => query.where('projects.id', 'not in', hiddenProjectIds))
    .$if(page.after !== undefined, (query) => query.where('runs.id', '>', Number(page.after)))
    .orderBy('runs.id')
    .limit(page.limit + 1)
    .execute()
}
