import type { Reader } from '../database/database.ts'
import type { RunArtifactDirection } from './types.ts'

export type LineageRow = { run_id: number; artifact_id: number }

/** What these artifacts were logged by (`output`) or used by (`input`), or what these runs logged or used. */
export async function selectLineage(
  db: Reader,
  input: { of: 'artifact_id' | 'run_id'; ids: readonly number[]; direction: RunArtifactDirection; limit: number },
): Promise<LineageRow[]> {
  if (input.ids.length === 0) return []
  return db
    .selectFrom('run_artifacts')
    .innerJoin('artifacts', 'artifacts.id', 'run_artifacts.artifact_id')
    .select(['run_artifacts.run_id', 'run_artifacts.artifact_id'])
    .where(`run_artifacts.${input.of}`, 'in', input.ids)
    .where('run_artifacts.direction', '=', input.direction)
    .where('artifacts.state', '=', 'COMMITTED')
    .orderBy('run_artifacts.run_id', 'desc')
    .orderBy('run_artifacts.artifact_id', 'desc')
    .limit(input.limit)
    .execute()
}
