/** The members of a registry by their names, as REST knows them. */
import { findEntity, loadEntities, loadUsers, loadUsersNamed } from '../access/operations.ts'
import type { Caller, Role } from '../access/rights.ts'
import type { World } from '../world.ts'
import {
  listRegistryMembers,
  type RegistryMemberId,
  removeRegistryMembers,
  setRegistryMember,
} from './operations-registries.ts'

export type NamedMember = { kind: 'user' | 'team'; name: string }

/** What has no id: it is refused as what does not belong to the organization is, so that names tell nothing. */
const NOTHING = 0

/** The members of a registry, oldest first, for whoever sees it. */
export async function listNamedRegistryMembers(
  world: World,
  caller: Caller,
  projectId: number,
): Promise<(NamedMember & { role: Role })[]> {
  const members = await listRegistryMembers(world, caller, projectId)
  const users = await loadUsers(world, idsOf(members, 'userId'))
  const teams = await loadEntities(world, idsOf(members, 'teamId'))
  return members.flatMap((member): (NamedMember & { role: Role })[] => {
    const { role } = member
    if ('userId' in member) {
      const user = users.get(member.userId)
      return user === undefined || user.deleted_at !== null ? [] : [{ kind: 'user', name: user.username, role }]
    }
    const team = teams.get(member.teamId)
    return team === undefined ? [] : [{ kind: 'team', name: team.name, role }]
  })
}

function idsOf(members: readonly RegistryMemberId[], key: 'userId' | 'teamId'): number[] {
  return members.flatMap((member) => (key in member ? [(member as Record<string, number>)[key] as number] : []))
}

/** @throws Refusal as `setRegistryMember` */
export async function putRegistryMember(
  world: World,
  caller: Caller,
  input: { projectId: number; member: NamedMember; role: Role },
): Promise<void> {
  await setRegistryMember(world, caller, { ...input, member: await memberId(world, input.member) })
}

/** @throws Refusal as `removeRegistryMembers` */
export async function removeNamedRegistryMember(
  world: World,
  caller: Caller,
  input: { projectId: number; member: NamedMember },
): Promise<void> {
  const member = await memberId(world, input.member)
  await removeRegistryMembers(world, caller, {
    projectId: input.projectId,
    userIds: 'userId' in member ? [member.userId] : [],
    teamIds: 'teamId' in member ? [member.teamId] : [],
  })
}

async function memberId(world: World, { kind, name }: NamedMember): Promise<RegistryMemberId> {
  if (kind === 'user') return { userId: (await loadUsersNamed(world, [name])).get(name)?.id ?? NOTHING }
  return { teamId: (await findEntity(world.db.read, name))?.id ?? NOTHING }
}
