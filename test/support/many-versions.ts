import { randomUUID } from 'node:crypto'
import type { TestServer } from './server.ts'

/** Rows of one statement: SQLite takes some thirty thousand values. */
const BATCH = 500

/**
 * Makes a collection as long as one gets in years: copies of its newest version, written straight into the tables, until
 * there are `count`. Nobody is told of them.
 */
export async function givenManyVersions(
  server: TestServer,
  at: { entity: string; project: string; collection: string },
  count: number,
): Promise<void> {
  await server.world.db.transaction(async (tx) => {
    const collection = await tx
      .selectFrom('collections')
      .innerJoin('projects', 'projects.id', 'collections.project_id')
      .innerJoin('entities', 'entities.id', 'projects.entity_id')
      .select('collections.id')
      .where('entities.name', '=', at.entity)
      .where('projects.name', '=', at.project)
      .where('collections.name', '=', at.collection)
      .executeTakeFirstOrThrow()
    const newest = await tx
      .selectFrom('memberships')
      .select(['artifact_id', 'version'])
      .where('collection_id', '=', collection.id)
      .orderBy('version', 'desc')
      .executeTakeFirstOrThrow()
    const { id: _id, ...copied } = await tx
      .selectFrom('artifacts')
      .selectAll()
      .where('id', '=', newest.artifact_id)
      .executeTakeFirstOrThrow()
    for (let next = newest.version + 1; next < count; next += BATCH) {
      const versions = Array.from({ length: Math.min(BATCH, count - next) }, (_, index) => next + index)
      const made = await tx
        .insertInto('artifacts')
        .values(versions.map(() => ({ ...copied, public_id: randomUUID(), client_id: null })))
        .returning('id')
        .execute()
      const rows = versions.map((version, index) => ({
        collection_id: collection.id,
        artifact_id: made[index]?.id as number,
        version,
        created_at: copied.created_at,
      }))
      await tx.insertInto('memberships').values(rows).execute()
    }
    await tx.updateTable('collections').set({ next_version: count }).where('id', '=', collection.id).execute()
  })
}
