import type { Selectable } from 'kysely'
import type { Reader } from '../database/database.ts'
import type { UserRow } from '../database/schema.ts'
import type { Role } from './rights.ts'
import type { Entity } from './store-entities.ts'

export type User = Omit<Selectable<UserRow>, 'password_hash' | 'email_vouched'>

const USER_COLUMNS = [
  'users.id',
  'users.entity_id',
  'users.username',
  'users.kind',
  'users.email',
  'users.name',
  'users.is_admin',
  'users.default_entity_id',
  'users.created_at',
  'users.deleted_at',
] as const

/** Deleted users too: what they did keeps their name. */
export async function findUsersByIds(db: Reader, ids: readonly number[]): Promise<User[]> {
  if (ids.length === 0) return []
  return db.selectFrom('users').select(USER_COLUMNS).where('id', 'in', ids).execute()
}

export async function findUsersByUsernames(db: Reader, usernames: readonly string[]): Promise<User[]> {
  return db
    .selectFrom('users')
    .select(USER_COLUMNS)
    .where('username', 'in', usernames)
    .where('deleted_at', 'is', null)
    .execute()
}

export async function findUsersByEntityIds(db: Reader, entityIds: readonly number[]): Promise<User[]> {
  return db
    .selectFrom('users')
    .select(USER_COLUMNS)
    .where('entity_id', 'in', entityIds)
    .where('deleted_at', 'is', null)
    .execute()
}

/** Organizations of this entity or display name that are among `entityIds` or have a team that is. */
export async function findOrganizationsNamed(
  db: Reader,
  input: { name: string; entityIds: readonly number[] | 'all' },
): Promise<Entity[]> {
  const { name, entityIds } = input
  if (entityIds.length === 0) return []
  return db
    .selectFrom('entities')
    .selectAll()
    .where('kind', '=', 'organization')
    .where('deleted_at', 'is', null)
    .where(({ eb, or }) => or([eb('name', '=', name), eb('display_name', '=', name)]))
    .$if(entityIds !== 'all', (query) =>
      query.where(({ eb, or, selectFrom }) =>
        or([
          eb('id', 'in', entityIds as readonly number[]),
          eb(
            'id',
            'in',
            selectFrom('entities as teams')
              .select('teams.organization_id')
              .where('teams.id', 'in', entityIds as readonly number[])
              .where('teams.organization_id', 'is not', null)
              .$castTo<{ organization_id: number }>(),
          ),
        ]),
      ),
    )
    .orderBy('id')
    .limit(10)
    .execute()
}

/** Users whose username or e-mail is `text`, among those who belong to one of `entityIds`; `all`: among all. */
export async function findUsersNamed(
  db: Reader,
  input: { text: string; entityIds: readonly number[] | 'all'; userId: number; limit: number },
): Promise<User[]> {
  const { text, entityIds, userId, limit } = input
  return (
    db
      .selectFrom('users')
      .select(USER_COLUMNS)
      .where('deleted_at', 'is', null)
      .where(({ eb, fn, or }) =>
        or([eb('username', '=', text), eb(fn<string>('lower', ['email']), '=', text.toLowerCase())]),
      )
      // A caller without any entity still finds itself.
      .$if(entityIds !== 'all', (query) =>
        query.where(({ eb, exists, or, selectFrom }) =>
          or([
            eb('users.id', '=', userId),
            exists(
              selectFrom('members')
                .select('members.user_id')
                .whereRef('members.user_id', '=', 'users.id')
                .where('members.entity_id', 'in', entityIds as readonly number[]),
            ),
          ]),
        ),
      )
      .orderBy('id')
      .limit(limit)
      .execute()
  )
}

/** Which of `userIds` belong to at least one of `entityIds`. */
export async function findFellows(
  db: Reader,
  input: { userIds: readonly number[]; entityIds: readonly number[] },
): Promise<number[]> {
  const rows = await db
    .selectFrom('members')
    .select('user_id')
    .distinct()
    .where('user_id', 'in', input.userIds)
    .where('entity_id', 'in', input.entityIds)
    .execute()
  return rows.map((row) => row.user_id)
}

/** The teams and organizations these users belong to, a row for each membership, by name. */
export async function findMembershipsOfUsers(
  db: Reader,
  input: { userIds: readonly number[]; entityIds: readonly number[] | 'all'; limit: number },
): Promise<(Entity & { user_id: number })[]> {
  return db
    .selectFrom('members')
    .innerJoin('entities', 'entities.id', 'members.entity_id')
    .selectAll('entities')
    .select('members.user_id')
    .where('members.user_id', 'in', input.userIds)
    .where('entities.deleted_at', 'is', null)
    .$if(input.entityIds !== 'all', (query) => query.where('entities.id', 'in', input.entityIds as readonly number[]))
    .orderBy('entities.name')
    .limit(input.limit)
    .execute()
}

export type MemberOfEntity = User & { member_of: number; role: Role }

/** The members of these teams or organizations, by username. */
export async function findMembersOfEntities(
  db: Reader,
  input: { entityIds: readonly number[]; limit: number },
): Promise<MemberOfEntity[]> {
  return db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select(USER_COLUMNS)
    .select(['members.entity_id as member_of', 'members.role'])
    .where('members.entity_id', 'in', input.entityIds)
    .where('users.deleted_at', 'is', null)
    .orderBy('members.created_at')
    .orderBy('users.id')
    .limit(input.limit)
    .execute()
}

export async function findApiKeysOfUser(db: Reader, userId: number, limit: number) {
  return db
    .selectFrom('api_keys')
    .select(['id', 'public_id', 'hint', 'description'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .limit(limit)
    .execute()
}
