import { sql } from 'kysely'
import type { Tx } from '../database/database.ts'
import { batch, statement, together } from '../database/statement.ts'
import type { EventArtifact } from '../events/event.ts'
import { versionKey } from './change-events.ts'
import { selectTagsOfArtifacts } from './store-tags.ts'

/** What events say of these artifacts, as the transaction sees them now. */
export async function selectEventArtifacts(tx: Tx, ids: readonly number[]): Promise<Map<number, EventArtifact>> {
  if (ids.length === 0) return new Map()
  const [rows, tagRows] = await together([selectEventRows(tx, { ids }), selectTagsOfArtifacts(tx, ids)])
  const tags = Map.groupBy(tagRows, (row) => row.artifact_id)
  return new Map(
    rows.map((row): [number, EventArtifact] => {
      const { entity, project, sequence, version, run } = row
      return [
        row.id,
        {
          id: row.id,
          publicId: row.public_id,
          type: row.type,
          digest: row.digest,
          size: row.size,
          fileCount: row.file_count,
          description: row.description,
          metadata: JSON.parse(row.metadata) as Record<string, unknown>,
          tags: (tags.get(row.id) ?? []).map(({ tag }) => tag),
          createdAt: row.created_at,
          source: sequence === null || version === null ? null : { entity, project, collection: sequence, version },
          run: run === null ? null : { entity, project, name: run, displayName: row.run_display_name ?? run },
        },
      ]
    }),
  )
}

const selectEventRows = statement((tx, input: { ids: readonly number[] }, engine) =>
  tx
    .selectFrom('artifacts')
    .innerJoin('artifact_types', 'artifact_types.id', 'artifacts.type_id')
    .innerJoin('projects', 'projects.id', 'artifacts.project_id')
    .innerJoin('entities', 'entities.id', 'projects.entity_id')
    .leftJoin('collections', 'collections.id', 'artifacts.sequence_id')
    .leftJoin('memberships', (join) =>
      join
        .onRef('memberships.collection_id', '=', 'artifacts.sequence_id')
        .onRef('memberships.artifact_id', '=', 'artifacts.id'),
    )
    .leftJoin('runs', 'runs.id', 'artifacts.run_id')
    .select([
      'artifacts.id',
      'artifacts.public_id',
      'artifacts.digest',
      'artifacts.size',
      'artifacts.file_count',
      'artifacts.description',
      'artifacts.metadata',
      'artifacts.created_at',
      'artifact_types.name as type',
      'projects.name as project',
      'entities.name as entity',
      'collections.name as sequence',
      'memberships.version',
      // A run logs into its own project.
      'runs.name as run',
      'runs.display_name as run_display_name',
    ])
    .where(engine.isOneOf('artifacts.id', input.ids, 'bigint')),
)

/** The aliases of these versions, sorted, by `versionKey`. */
export async function selectAliasNames(
  tx: Tx,
  versions: readonly { collectionId: number; version: number }[],
): Promise<Map<string, string[]>> {
  const distinct = new Map(versions.map((at) => [versionKey(at), { collection: at.collectionId, number: at.version }]))
  const rows = await selectAliasNameRows(tx, [...distinct.values()])
  const grouped = Map.groupBy(rows, (row) => versionKey({ collectionId: row.collection_id, version: row.version }))
  return new Map([...grouped].map(([key, group]) => [key, group.map((row) => row.alias).sort()]))
}

const selectAliasNameRows = batch(
  { collection: 'bigint', number: 'bigint' },
  (_, { table, item }) => sql<{ collection_id: number; version: number; alias: string }>`
    select m.collection_id, m.version, a.alias
    from ${table}
      join memberships m on m.collection_id = ${item.collection} and m.version = ${item.number}
      join aliases a on a.membership_id = m.id`,
)
