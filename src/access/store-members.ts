import type { Reader, Tx } from '../database/database.ts'
import type { Role } from './rights.ts'

export async function findMemberRole(
  db: Reader | Tx,
  input: { entityId: number; userId: number },
): Promise<Role | undefined> {
  const row = await db
    .selectFrom('members')
    .select('role')
    .where('entity_id', '=', input.entityId)
    .where('user_id', '=', input.userId)
    .executeTakeFirst()
  return row?.role
}

export async function listMembers(db: Reader, input: { entityId: number; after: string | undefined; limit: number }) {
  const { after } = input
  return db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.user_id')
    .select(['users.id', 'users.username', 'users.name', 'users.email', 'users.kind', 'members.role'])
    .where('members.entity_id', '=', input.entityId)
    .$if(after !== undefined, (query) => query.where('users.username', '>', after as string))
    .orderBy('users.username')
    .limit(input.limit)
    .execute()
}

/** The caller's memberships, with what they are of. */
export async function listMemberships(db: Reader, userId: number) {
  return db
    .selectFrom('members')
    .innerJoin('entities', 'entities.id', 'members.entity_id')
    .leftJoin('entities as organization', 'organization.id', 'entities.organization_id')
    .select([
      'entities.id',
      'entities.name',
      'entities.kind',
      'entities.display_name',
      'organization.name as organization',
      'members.role',
    ])
    .where('members.user_id', '=', userId)
    .orderBy('entities.name')
    .execute()
}

export async function putMember(
  tx: Tx,
  row: { entity_id: number; user_id: number; role: Role; created_at: number },
): Promise<void> {
  await tx
    .insertInto('members')
    .values(row)
    .onConflict((conflict) => conflict.columns(['entity_id', 'user_id']).doUpdateSet({ role: row.role }))
    .execute()
}

/** Whether the user was added; who is a member already keeps the role. */
export async function addMember(
  tx: Tx,
  row: { entity_id: number; user_id: number; role: Role; created_at: number },
): Promise<boolean> {
  const added = await tx
    .insertInto('members')
    .values(row)
    .onConflict((conflict) => conflict.columns(['entity_id', 'user_id']).doNothing())
    .returning('user_id')
    .executeTakeFirst()
  return added !== undefined
}

export async function deleteMember(tx: Tx, input: { entityIds: readonly number[]; userId: number }): Promise<void> {
  await tx.deleteFrom('members').where('entity_id', 'in', input.entityIds).where('user_id', '=', input.userId).execute()
}

/** The teams of an organization that the user is a member of. */
export async function findTeamsOfMember(tx: Tx, input: { organizationId: number; userId: number }) {
  return tx
    .selectFrom('members')
    .innerJoin('entities', 'entities.id', 'members.entity_id')
    .select(['entities.id', 'entities.name'])
    .where('entities.organization_id', '=', input.organizationId)
    .where('members.user_id', '=', input.userId)
    .orderBy('entities.name')
    .execute()
}

/** Names of the teams and organizations, among `entityIds` or all, whose only administrator is this person. */
export async function findSoleAdminships(
  tx: Tx,
  input: { userId: number; entityIds: readonly number[] | 'all' },
): Promise<string[]> {
  const { entityIds } = input
  if (entityIds !== 'all' && entityIds.length === 0) return []
  const rows = await tx
    .selectFrom('members')
    .innerJoin('entities', 'entities.id', 'members.entity_id')
    .select('entities.name')
    .where('members.user_id', '=', input.userId)
    .where('members.role', '=', 'admin')
    .$if(entityIds !== 'all', (query) => query.where('members.entity_id', 'in', entityIds as number[]))
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('members as others')
            .innerJoin('users', 'users.id', 'others.user_id')
            .select('others.user_id')
            .whereRef('others.entity_id', '=', 'members.entity_id')
            .where('others.user_id', '<>', input.userId)
            .where('others.role', '=', 'admin')
            .where('users.kind', '=', 'person'),
        ),
      ),
    )
    .orderBy('entities.name')
    .execute()
  return rows.map((row) => row.name)
}
