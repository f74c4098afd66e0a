import { sql } from 'kysely'
import type { Reader } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { artifactOfKey, referenceKey } from './artifact-reference.ts'
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

/**
 * What of these artifacts these runs logged (`output`) or used (`input`), the newest runs first. By the whole primary key,
 * however much one of the runs or artifacts has beside these.
 */
export async function selectLineageAmong(
  db: Reader,
  input: { runIds: readonly number[]; artifactIds: readonly number[]; limit: number },
): Promise<(LineageRow & { direction: RunArtifactDirection })[]> {
  if (input.runIds.length === 0 || input.artifactIds.length === 0) return []
  return db
    .selectFrom('run_artifacts')
    .select(['run_id', 'artifact_id', 'direction'])
    .where('run_id', 'in', input.runIds)
    .where('direction', 'in', ['input', 'output'])
    .where('artifact_id', 'in', input.artifactIds)
    .orderBy('run_id', 'desc')
    .orderBy('artifact_id', 'desc')
    .limit(input.limit)
    .execute()
}

/** `artifactId` refers to files of `referredId`, whether that is still there or not. */
export type ReferenceRow = { artifactId: number; referredId: number }

/** What these artifacts refer to, or what refers to them, or (`among`) which of them to which, the newest first. */
export async function selectReferences(
  db: Reader,
  engine: Engine,
  input: { of: 'referring' | 'referred' | 'among'; ids: readonly number[]; limit: number },
): Promise<ReferenceRow[]> {
  if (input.ids.length === 0) return []
  const key = sql<string>`${engine.referenceKey}`
  const rows = await db
    .selectFrom('manifest_entries as entry')
    .select(['entry.artifact_id', key.as('key')])
    .distinct()
    // Word for word as the indexes have it, which serve nothing else.
    .where(sql<boolean>`substr(entry.ref, 1, 17) = 'wandb-artifact://'`)
    .$if(input.of !== 'referred', (query) => query.where('entry.artifact_id', 'in', input.ids))
    .$if(input.of !== 'referring', (query) => query.where(key, 'in', input.ids.map(referenceKey)))
    .orderBy('entry.artifact_id', 'desc')
    .orderBy('key')
    .limit(input.limit)
    .execute()
  return rows.flatMap(({ artifact_id: artifactId, key }) => {
    const referredId = artifactOfKey(key)
    return referredId === undefined ? [] : [{ artifactId, referredId }]
  })
}
