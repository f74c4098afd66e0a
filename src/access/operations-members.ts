import type { Reader, Tx } from '../database/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { newApiKey } from './api-key.ts'
import { isEntityName } from './names.ts'
import { addApiKey, addUser, prepareUser } from './operations-accounts.ts'
import { type Actor, recordAudit } from './operations-audit.ts'
import { type GroupKind, requireGroup } from './operations-entities.ts'
import { type Caller, isSelf, type Role } from './rights.ts'
import { findUserByEmail, findUserByUsername, takeTurn, type User } from './store.ts'
import { type Entity, findEntityById } from './store-entities.ts'
import {
  addMember,
  deleteMember,
  findMemberRole,
  findSoleAdminships,
  findTeamsOfMember,
  listMembers as listMemberRows,
  putMember as storeMember,
} from './store-members.ts'

export type MemberView = {
  username: string
  kind: 'person' | 'service'
  name: string | null
  email: string | null
  role: Role
}

type Group = { kind: GroupKind; name: string }

/**
 * The members of a team or organization by username, after `after`, for those who see it. One more than `limit` tells
 * that there are more.
 *
 * @throws Refusal `not_found`
 */
export async function listMembers(
  world: World,
  caller: Caller,
  input: Group & { after: string | undefined; limit: number },
): Promise<MemberView[]> {
  const group = await requireGroup(world.db.read, caller, input, 'viewer')
  const rows = await listMemberRows(world.db.read, {
    entityId: group.id,
    after: input.after,
    limit: input.limit + 1,
  })
  return rows.map(({ username, kind, name, email, role }) => ({ username, kind, name, email, role }))
}

/**
 * Make a user a member of a team or organization, or give a member another role. The same again changes nothing.
 *
 * Who joins a team of an organization becomes at least a viewer of the organization, in the same transaction: its
 * registries are where teams meet. A service account joins its home team and that team's organization only, so that no
 * other team's administrators hand out its keys.
 *
 * - `user`: by username or, as the client's invitations do, by e-mail address.
 *
 * @throws Refusal `not_found` | `forbidden` | `last_admin` | `membership_invalid`
 */
export async function putMember(
  world: World,
  caller: Caller,
  input: Group & { user: { username: string } | { email: string }; role: Role },
): Promise<MemberView> {
  return world.db.transaction(async (tx) => {
    await takeTurn(tx)
    const group = await requireGroup(tx, caller, input, 'admin')
    const user = await requireUser(tx, input.user)
    if (user.kind === 'service') await requireHome(tx, user, group)
    const { username, kind, name, email } = user
    const view = { username, kind, name, email, role: input.role }

    const earlier = await findMemberRole(tx, { entityId: group.id, userId: user.id })
    if (earlier === input.role) return view
    if (earlier === 'admin' && user.kind === 'person') await requireOtherAdmin(tx, user, [group.id])

    const now = world.now()
    await storeMember(tx, { entity_id: group.id, user_id: user.id, role: input.role, created_at: now })
    await recordAudit(
      tx,
      caller,
      earlier === undefined
        ? { action: 'member.added', entityId: group.id, subject: username, details: { role: input.role } }
        : {
            action: 'member.role_changed',
            entityId: group.id,
            subject: username,
            details: { from: earlier, to: input.role },
          },
      now,
    )
    await joinOrganization(tx, caller, group, user, now)
    return view
  })
}

/**
 * End a membership. Administrators end anyone's, everyone their own. Who leaves an organization leaves its teams.
 *
 * - `what`: the member as the request named it, if not by username.
 *
 * @throws Refusal `not_found` | `forbidden` | `last_admin` | `membership_invalid`
 */
export async function removeMember(
  world: World,
  caller: Caller,
  input: Group & { username: string; what?: string },
): Promise<void> {
  await world.db.transaction(async (tx) => {
    await takeTurn(tx)
    const leaving = input.username === caller.user.username && isSelf(caller, caller.user.id)
    const group = await requireGroup(tx, caller, input, leaving ? 'viewer' : 'admin')
    const user = isEntityName(input.username) ? await findUserByUsername(tx, input.username) : undefined
    const role = user && (await findMemberRole(tx, { entityId: group.id, userId: user.id }))
    if (user === undefined || role === undefined) throw notFound(input.what ?? `Member "${input.username}"`)

    const teams = await findTeamsOfMember(tx, { organizationId: group.id, userId: user.id })
    const entityIds = [group.id, ...teams.map((team) => team.id)]
    if (user.kind === 'service' && user.default_entity_id !== null && entityIds.includes(user.default_entity_id)) {
      throw new Refusal(
        'membership_invalid',
        `"${user.username}" is a service account and does not exist outside its team: delete the user instead`,
      )
    }
    if (user.kind === 'person') await requireOtherAdmin(tx, user, entityIds)

    await deleteMember(tx, { entityIds, userId: user.id })
    const now = world.now()
    const removed = { action: 'member.removed', subject: user.username }
    await recordAudit(
      tx,
      caller,
      [
        { ...removed, entityId: group.id, details: { role } },
        ...teams.map((team) => ({ ...removed, entityId: team.id, details: { organization: group.name } })),
      ],
      now,
    )
  })
}

/**
 * A new service account at home in a team, with its first API key, which is shown this once. It has no password and is
 * never a server administrator.
 *
 * @throws Refusal `not_found` | `forbidden` | `name_invalid` | `name_reserved` | `name_taken`
 */
export async function createServiceAccount(
  world: World,
  caller: Caller,
  input: { team: string; username: string; name?: string | null | undefined; role: Role },
): Promise<MemberView & { key: string }> {
  const { passwordHash } = await prepareUser({ username: input.username })
  const key = newApiKey()
  return world.db.transaction(async (tx) => {
    await takeTurn(tx)
    const team = await requireGroup(tx, caller, { kind: 'team', name: input.team }, 'admin')
    const now = world.now()
    const { username, name } = input
    const user = await addUser(tx, caller, { username, name, passwordHash, admin: false, home: team }, now)
    await storeMember(tx, { entity_id: team.id, user_id: user.id, role: input.role, created_at: now })
    await joinOrganization(tx, caller, team, user, now)
    await addApiKey(tx, caller, user, { key, description: 'first key' }, now)
    return { username, kind: 'service', name: user.name, email: null, role: input.role, key }
  })
}

/** What a member of a team needs of its organization; nothing for other groups. */
export async function joinOrganization(
  tx: Tx,
  caller: Actor,
  team: Pick<Entity, 'id' | 'name' | 'organization_id'>,
  user: User,
  now: number,
): Promise<void> {
  if (team.organization_id === null) return
  const added = await addMember(tx, {
    entity_id: team.organization_id,
    user_id: user.id,
    role: 'viewer',
    created_at: now,
  })
  if (!added) return
  await recordAudit(
    tx,
    caller,
    {
      action: 'member.added',
      entityId: team.organization_id,
      subject: user.username,
      details: { role: 'viewer', team: team.name },
    },
    now,
  )
}

async function requireUser(db: Reader | Tx, by: { username: string } | { email: string }): Promise<User> {
  const user =
    'email' in by
      ? await findUserByEmail(db, by.email)
      : isEntityName(by.username)
        ? await findUserByUsername(db, by.username)
        : undefined
  if (user === undefined) throw notFound(`User "${'email' in by ? by.email : by.username}"`)
  return user
}

async function requireHome(tx: Tx, service: User, group: Entity): Promise<void> {
  const home = service.default_entity_id === null ? undefined : await findEntityById(tx, service.default_entity_id)
  if (home !== undefined && (home.id === group.id || home.organization_id === group.id)) return
  throw new Refusal(
    'membership_invalid',
    `"${service.username}" is a service account of another team: make one of your own`,
  )
}

/** At least one person must remain who can give others their roles. Service accounts do not count: nobody sees to them. */
async function requireOtherAdmin(tx: Tx, person: User, entityIds: readonly number[]): Promise<void> {
  const alone = await findSoleAdminships(tx, { userId: person.id, entityIds })
  if (alone.length === 0) return
  throw new Refusal(
    'last_admin',
    `"${person.username}" is the last administrator of ${alone.map((name) => `"${name}"`).join(', ')}: give someone else the role first`,
    { details: { entities: alone } },
  )
}
