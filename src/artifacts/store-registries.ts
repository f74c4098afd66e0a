import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import type { RoleName } from '../database/schema.ts'

/** A member of a registry: a user or a team, by id. */
export type RegistryMemberId = { userId: number } | { teamId: number }

export async function selectRegistryMembers(db: Reader | Tx, projectId: number) {
  return db
    .selectFrom('registry_members')
    .select(['user_id', 'team_id', 'role'])
    .where('project_id', '=', projectId)
    .orderBy('id')
    .execute()
}

/** Which of these users belong to the organization, and which of these teams. */
export async function selectOfOrganization(
  tx: Tx,
  input: { organizationId: number; userIds: readonly number[]; teamIds: readonly number[] },
): Promise<{ userIds: Set<number>; teamIds: Set<number> }> {
  const users = await tx
    .selectFrom('members')
    .select('user_id')
    .where('entity_id', '=', input.organizationId)
    .where('user_id', 'in', [...input.userIds, 0])
    .execute()
  const teams = await tx
    .selectFrom('entities')
    .select('id')
    .where('organization_id', '=', input.organizationId)
    .where('deleted_at', 'is', null)
    .where('id', 'in', [...input.teamIds, 0])
    .execute()
  return { userIds: new Set(users.map((row) => row.user_id)), teamIds: new Set(teams.map((row) => row.id)) }
}

/** Those that are members already stay as they are. */
export async function insertRegistryMembers(
  tx: Tx,
  input: { projectId: number; members: readonly RegistryMemberId[]; role: RoleName; now: number },
): Promise<void> {
  await tx
    .insertInto('registry_members')
    .values(
      input.members.map((member) => ({
        project_id: input.projectId,
        user_id: 'userId' in member ? member.userId : null,
        team_id: 'teamId' in member ? member.teamId : null,
        role: input.role,
        created_at: input.now,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function updateRegistryMember(
  tx: Tx,
  input: { projectId: number; member: RegistryMemberId; role: RoleName },
): Promise<void> {
  const { member } = input
  await tx
    .updateTable('registry_members')
    .set({ role: input.role })
    .where('project_id', '=', input.projectId)
    .$if('userId' in member, (query) => query.where('user_id', '=', (member as { userId: number }).userId))
    .$if('teamId' in member, (query) => query.where('team_id', '=', (member as { teamId: number }).teamId))
    .execute()
}

export async function deleteRegistryMembers(
  tx: Tx,
  input: { projectId: number; userIds: readonly number[]; teamIds: readonly number[] },
): Promise<void> {
  await tx
    .deleteFrom('registry_members')
    .where('project_id', '=', input.projectId)
    .where(({ or, eb }) => or([eb('user_id', 'in', [...input.userIds, 0]), eb('team_id', 'in', [...input.teamIds, 0])]))
    .execute()
}

/** Keeps everybody else from making or renaming a project in the entity until the transaction ends. */
export async function lockEntity(tx: Tx, engine: Engine, id: number): Promise<void> {
  await tx
    .selectFrom('entities')
    .select('id')
    .where('id', '=', id)
    .$if(engine.rowLocks, (query) => query.forUpdate())
    .execute()
}

export async function updateProjectName(tx: Tx, input: { id: number; name: string; now: number }): Promise<void> {
  await tx.updateTable('projects').set({ name: input.name, updated_at: input.now }).where('id', '=', input.id).execute()
}

/** Every collection of a project, also those that never had a version. */
export async function selectCollectionIdsOfProject(tx: Tx, projectId: number): Promise<number[]> {
  const rows = await tx.selectFrom('collections').select('id').where('project_id', '=', projectId).execute()
  return rows.map((row) => row.id)
}

export async function selectMembershipIdsOfCollections(tx: Tx, collectionIds: readonly number[]): Promise<number[]> {
  if (collectionIds.length === 0) return []
  const rows = await tx
    .selectFrom('memberships')
    .select('id')
    .where('collection_id', 'in', collectionIds)
    .orderBy('collection_id')
    .orderBy('version')
    .execute()
  return rows.map((row) => row.id)
}

/** All below the registry's row but its members; memberships and aliases must be gone before. */
export async function deleteRegistryContents(tx: Tx, projectId: number): Promise<void> {
  await tx
    .deleteFrom('collection_tags')
    .where('collection_id', 'in', (select) =>
      select.selectFrom('collections').select('id').where('project_id', '=', projectId),
    )
    .execute()
  await tx.deleteFrom('collections').where('project_id', '=', projectId).execute()
  await tx.deleteFrom('artifact_types').where('project_id', '=', projectId).execute()
}

/** The registry's row and its members, once the rest is gone. */
export async function deleteRegistryRow(tx: Tx, projectId: number): Promise<void> {
  await tx.deleteFrom('registry_members').where('project_id', '=', projectId).execute()
  await tx.deleteFrom('projects').where('id', '=', projectId).execute()
}

/** Hides the registry's row from everything but rights. Its name is free; no name that can be asked for has a "/". */
export async function buryRegistryRow(tx: Tx, input: { id: number; name: string; now: number }): Promise<void> {
  await tx
    .updateTable('projects')
    .set({ name: `${input.name}/${input.id}`, deleted_at: input.now, updated_at: input.now })
    .where('id', '=', input.id)
    .execute()
}
