import type { Reader, Tx } from '../database/database.ts'
import type { ScopeKind } from '../database/schema.ts'
import { type Scope, scopeKey } from './matching.ts'
import type { ScopeView } from './scope.ts'

/** The scopes that still exist, by `scopeKey`. */
export async function loadScopes(db: Reader | Tx, scopes: readonly Scope[]): Promise<Map<string, ScopeView>> {
  const idsOf = (kind: ScopeKind) => [...new Set(scopes.filter((scope) => scope.kind === kind).map(({ id }) => id))]
  const found = [
    ...(await loadCollections(db, idsOf('COLLECTION'))),
    ...(await loadProjects(db, idsOf('PROJECT'))),
    ...(await loadEntities(db, idsOf('ENTITY'))),
  ]
  return new Map(found.map((scope) => [scopeKey(scope), scope]))
}

async function loadCollections(db: Reader | Tx, ids: number[]): Promise<ScopeView[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('collections as c')
    .innerJoin('projects as p', 'p.id', 'c.project_id')
    .innerJoin('entities as e', 'e.id', 'p.entity_id')
    .select(['c.id', 'c.name as collection', 'c.kind as collectionKind', 'c.public_id as collectionPublicId'])
    .select(['p.id as projectId', 'p.name as project', 'p.is_registry'])
    .select(['e.id as entityId', 'e.name as entity', 'e.kind as entityKind'])
    .where('c.id', 'in', ids)
    .execute()
  return rows.map(({ is_registry, ...row }) => ({ kind: 'COLLECTION', ...row, isRegistry: is_registry === 1 }))
}

async function loadProjects(db: Reader | Tx, ids: number[]): Promise<ScopeView[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('projects as p')
    .innerJoin('entities as e', 'e.id', 'p.entity_id')
    .select(['p.id', 'p.name as project', 'p.is_registry'])
    .select(['e.id as entityId', 'e.name as entity', 'e.kind as entityKind'])
    .where('p.id', 'in', ids)
    .where('p.deleted_at', 'is', null)
    .execute()
  return rows.map(({ is_registry, ...row }) => ({ kind: 'PROJECT', ...row, isRegistry: is_registry === 1 }))
}

async function loadEntities(db: Reader | Tx, ids: number[]): Promise<ScopeView[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('entities as e')
    .select(['e.id', 'e.id as entityId', 'e.name as entity', 'e.kind as entityKind'])
    .where('e.id', 'in', ids)
    .execute()
  return rows.map((row) => ({ kind: 'ENTITY', ...row }))
}

export async function findProjectId(
  db: Reader | Tx,
  input: { entityId: number; project: string },
): Promise<number | undefined> {
  const row = await db
    .selectFrom('projects')
    .select('id')
    .where('entity_id', '=', input.entityId)
    .where('deleted_at', 'is', null)
    .where('name', '=', input.project)
    .executeTakeFirst()
  return row?.id
}

export async function findCollectionId(
  db: Reader | Tx,
  input: { entityId: number; project: string; collection: string },
): Promise<number | undefined> {
  const row = await db
    .selectFrom('collections as c')
    .innerJoin('projects as p', 'p.id', 'c.project_id')
    .select('c.id')
    .where('p.entity_id', '=', input.entityId)
    .where('p.name', '=', input.project)
    .where('c.name', '=', input.collection)
    .executeTakeFirst()
  return row?.id
}
