import type { Selectable } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { ApiKeyRow } from '../database/schema.ts'
import { statement } from '../database/statement.ts'
import { isRegistryWithRights, rankInRegistry } from './store-registries.ts'

export type ApiKey = Selectable<ApiKeyRow>

/** What `accountOf` makes a caller of, with the rank in the registry. */
export const ACCOUNT_COLUMNS = [
  'users.id',
  'users.username',
  'users.kind',
  'users.is_admin',
  'users.entity_id',
  'users.default_entity_id',
  'members.entity_id as member_of',
  'members.role',
  'registry.id as registry_id',
  'registry.access as registry_access',
] as const

/**
 * The user whose key has this hash, one row for each membership, or one without any; a membership of an organization has
 * a row for each registry with rights of its own. Deleted users have no keys.
 */
export const findKeyOwner = statement((db, input: { hash: string }) =>
  db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.id', 'api_keys.user_id')
    .leftJoin('members', 'members.user_id', 'users.id')
    .leftJoin('projects as registry', (join) => join.on(isRegistryWithRights('members.entity_id')))
    .select([
      'api_keys.id as key_id',
      'api_keys.expires_at',
      'api_keys.last_used_at',
      ...ACCOUNT_COLUMNS,
      rankInRegistry('users.id').as('registry_rank'),
    ])
    .where('api_keys.hash', '=', input.hash)
    .where('users.deleted_at', 'is', null),
)

/** A person by name, with rows as `findKeyOwner` has them. */
export async function findPersonWithMemberships(db: Reader, username: string) {
  return db
    .selectFrom('users')
    .leftJoin('members', 'members.user_id', 'users.id')
    .leftJoin('projects as registry', (join) => join.on(isRegistryWithRights('members.entity_id')))
    .select([...ACCOUNT_COLUMNS, rankInRegistry('users.id').as('registry_rank')])
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

export async function countApiKeys(tx: Tx, userId: number): Promise<number> {
  const { n } = await tx
    .selectFrom('api_keys')
    .select((select) => select.fn.countAll<number>().as('n'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return n
}

/** The new key's row; `undefined` when the same key exists, whoever has it. */
export async function insertApiKey(tx: Tx, row: Omit<ApiKey, 'id' | 'last_used_at'>): Promise<ApiKey | undefined> {
  return tx
    .insertInto('api_keys')
    .values({ ...row, last_used_at: null })
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .returningAll()
    .executeTakeFirst()
}

export async function listApiKeys(db: Reader, userId: number): Promise<ApiKey[]> {
  return db.selectFrom('api_keys').selectAll().where('user_id', '=', userId).orderBy('id').execute()
}

/** The key that was deleted; `undefined` when the user has no such key. */
export async function deleteApiKey(tx: Tx, input: { userId: number; publicId: string }): Promise<ApiKey | undefined> {
  return tx
    .deleteFrom('api_keys')
    .where('user_id', '=', input.userId)
    .where('public_id', '=', input.publicId)
    .returningAll()
    .executeTakeFirst()
}
