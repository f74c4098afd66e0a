import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import { batch, statement } from '../database/statement.ts'

/** Sorted by tag. */
export async function selectTagsOfArtifacts(db: Reader | Tx, artifactIds: readonly number[]) {
  return artifactIds.length === 0 ? [] : selectTagsOf(db, { artifactIds })
}

const selectTagsOf = statement((db, input: { artifactIds: readonly number[] }, engine) =>
  db
    .selectFrom('artifact_tags')
    .select(['id', 'artifact_id', 'tag'])
    .where(engine.isOneOf('artifact_id', input.artifactIds, 'bigint'))
    .orderBy('tag'),
)

/** Sorted by tag. */
export async function selectTagsOfCollections(db: Reader | Tx, collectionIds: readonly number[]) {
  if (collectionIds.length === 0) return []
  return db
    .selectFrom('collection_tags')
    .selectAll()
    .where('collection_id', 'in', collectionIds)
    .orderBy('tag')
    .execute()
}

/** The tags that are new. */
export async function insertArtifactTags(
  tx: Tx,
  input: { artifactId: number; tags: readonly string[] },
): Promise<string[]> {
  const { artifactId, tags } = input
  const added = await insertTagRows(
    tx,
    tags.map((tag) => ({ tag })),
    { artifactId },
  )
  return added.map((row) => row.tag)
}

const insertTagRows = batch(
  { tag: 'text' },
  (_, { names, values, rows }, input: { artifactId: number }) => sql<{ tag: string }>`
    insert into artifact_tags (artifact_id, ${names}) ${rows(sql`cast(${input.artifactId} as bigint), ${values}`)}
    on conflict (artifact_id, tag) do nothing
    returning tag`,
)

/** The tags that are gone. */
export async function deleteArtifactTags(
  tx: Tx,
  input: { artifactId: number; tags: readonly string[] },
): Promise<string[]> {
  if (input.tags.length === 0) return []
  const deleted = await tx
    .deleteFrom('artifact_tags')
    .where('artifact_id', '=', input.artifactId)
    .where('tag', 'in', input.tags)
    .returning('tag')
    .execute()
  return deleted.map((row) => row.tag)
}

/** The tags that are new. */
export async function insertCollectionTags(
  tx: Tx,
  input: { collectionId: number; tags: readonly string[] },
): Promise<string[]> {
  if (input.tags.length === 0) return []
  const added = await tx
    .insertInto('collection_tags')
    .values(input.tags.map((tag) => ({ collection_id: input.collectionId, tag })))
    .onConflict((conflict) => conflict.columns(['collection_id', 'tag']).doNothing())
    .returning('tag')
    .execute()
  return added.map((row) => row.tag)
}

/** The tags that are gone. */
export async function deleteCollectionTagRows(
  tx: Tx,
  input: { collectionId: number; tags: readonly string[] },
): Promise<string[]> {
  if (input.tags.length === 0) return []
  const deleted = await tx
    .deleteFrom('collection_tags')
    .where('collection_id', '=', input.collectionId)
    .where('tag', 'in', input.tags)
    .returning('tag')
    .execute()
  return deleted.map((row) => row.tag)
}
