import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { containsCaseless, startsCaseless } from '../database/caseless.ts'
import type { Reader } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { IS_SHOWN } from './store-collections.ts'
import type { VisiblePlaces } from './types.ts'

export type SearchInput = VisiblePlaces & { text: string; limit: number }

/** Those whose names begin with the text first, then those that contain it, each by name. */
export async function searchProjectRows(db: Reader, engine: Engine, input: SearchInput) {
  return db
    .selectFrom('projects')
    .innerJoin('entities', 'entities.id', 'projects.entity_id')
    .select(['entities.name as entity', 'projects.name', 'projects.is_registry'])
    .where('projects.deleted_at', 'is', null)
    .where(containsCaseless(engine, sql`projects.name`, input.text))
    .where(isVisible(input))
    .orderBy(startsCaseless(engine, sql`projects.name`, input.text), 'desc')
    .orderBy('projects.name')
    .orderBy('projects.id')
    .limit(input.limit)
    .execute()
}

/** The same of collections. */
export async function searchCollectionRows(db: Reader, engine: Engine, input: SearchInput) {
  return db
    .selectFrom('collections')
    .innerJoin('projects', 'projects.id', 'collections.project_id')
    .innerJoin('entities', 'entities.id', 'projects.entity_id')
    .innerJoin('artifact_types', 'artifact_types.id', 'collections.type_id')
    .select(['entities.name as entity', 'projects.name as project', 'collections.name', 'collections.kind'])
    .select('artifact_types.name as type')
    .where(IS_SHOWN)
    .where(containsCaseless(engine, sql`collections.name`, input.text))
    .where(isVisible(input))
    .orderBy(startsCaseless(engine, sql`collections.name`, input.text), 'desc')
    .orderBy('collections.name')
    .orderBy('collections.id')
    .limit(input.limit)
    .execute()
}

/** Of a statement with `projects`. */
function isVisible({ entityIds, hiddenProjectIds }: VisiblePlaces): RawBuilder<SqlBool> {
  const seen = entityIds === 'all' ? sql`1 = 1` : sql`projects.entity_id in (${sql.join(entityIds)})`
  return hiddenProjectIds.length === 0
    ? sql`${seen}`
    : sql`(${seen} and projects.id not in (${sql.join(hiddenProjectIds)}))`
}
