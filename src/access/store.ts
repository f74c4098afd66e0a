import type { Selectable } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { AuditRow, EntityRow } from '../database/schema.ts'

export type Entity = Selectable<EntityRow>

export async function findEntityByName(db: Reader | Tx, name: string): Promise<Entity | undefined> {
  return db
    .selectFrom('entities')
    .selectAll()
    .where('name', '=', name)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

export async function findEntityById(db: Reader | Tx, id: number): Promise<Entity | undefined> {
  return db.selectFrom('entities').selectAll().where('id', '=', id).where('deleted_at', 'is', null).executeTakeFirst()
}

/** The user whose key has this hash, one row for each membership, or one without any. Deleted users have no keys. */
export async function findKeyOwner(db: Reader, hash: string) {
  return db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.id', 'api_keys.user_id')
    .leftJoin('members', 'members.user_id', 'users.id')
    .select([
      'api_keys.id as key_id',
      'api_keys.expires_at',
      'api_keys.last_used_at',
      'users.id',
      'users.username',
      'users.kind',
      'users.is_admin',
      'users.entity_id',
      'users.default_entity_id',
      'members.entity_id as member_of',
      'members.role',
    ])
    .where('api_keys.hash', '=', hash)
    .where('users.deleted_at', 'is', null)
    .execute()
}

/** A person by name, one row for each membership, or one without any. */
export async function findPersonWithMemberships(db: Reader, username: string) {
  return db
    .selectFrom('users')
    .leftJoin('members', 'members.user_id', 'users.id')
    .select([
      'users.id',
      'users.username',
      'users.kind',
      'users.is_admin',
      'users.entity_id',
      'users.default_entity_id',
      'members.entity_id as member_of',
      'members.role',
    ])
    .where('users.username', '=', username)
    .where('users.kind', '=', 'person')
    .where('users.deleted_at', 'is', null)
    .execute()
}

/** The kinds of these entities, which are few: one caller's memberships. */
export async function findEntityKinds(db: Reader, ids: readonly number[]) {
  if (ids.length === 0) return []
  return db.selectFrom('entities').select(['id', 'kind']).where('id', 'in', ids).execute()
}

export async function touchApiKey(tx: Tx, input: { id: number; now: number; unusedSince: number }): Promise<void> {
  await tx
    .updateTable('api_keys')
    .set({ last_used_at: input.now })
    .where('id', '=', input.id)
    .where((where) => where.or([where('last_used_at', 'is', null), where('last_used_at', '<=', input.unusedSince)]))
    .execute()
}

export async function insertAudit(tx: Tx, row: Omit<AuditRow, 'id'>): Promise<void> {
  await tx.insertInto('audit').values(row).execute()
}
