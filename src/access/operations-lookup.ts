/**
 * Many users, teams and organizations at once, as lists show them. What the caller may not see is left out, as if it
 * were not there.
 */
import type { World } from '../world.ts'
import { isEntityName } from './names.ts'
import { findEntity } from './operations-entities.ts'
import { type Caller, isSelf, may, visibleEntityIds } from './rights.ts'
import { type Entity, findEntitiesByIds } from './store-entities.ts'
import {
  findApiKeysOfUser,
  findFellows,
  findMembershipsOfUsers,
  findMembersOfEntities,
  findOrganizationsNamed,
  findUsersByEntityIds,
  findUsersByIds,
  findUsersByUsernames,
  findUsersNamed,
  type MemberOfEntity,
  type User,
} from './store-lookup.ts'

export type { MemberOfEntity, User } from './store-lookup.ts'

/** Lists of people are shown whole; past this many they are cut. */
const PEOPLE_MAX = 10_000

const SEARCH_RESULTS_MAX = 50
const SEARCH_LENGTH_MAX = 320

/** By id, deleted ones too. For ids that something visible refers to; what is private of them is `isAcquainted`'s to say. */
export async function loadUsers(world: World, ids: readonly number[]): Promise<Map<number, User>> {
  return new Map((await findUsersByIds(world.db.read, ids)).map((user) => [user.id, user]))
}

/** By username. For names that an operation has just found or made. */
export async function loadUsersNamed(world: World, usernames: readonly string[]): Promise<Map<string, User>> {
  const known = usernames.filter(isEntityName)
  const users = known.length === 0 ? [] : await findUsersByUsernames(world.db.read, known)
  return new Map(users.map((user) => [user.username, user]))
}

/** By entity id: whose personal namespaces these are, among those the caller may see. */
export async function loadUsersOfEntities(
  world: World,
  caller: Caller,
  entityIds: readonly number[],
): Promise<Map<number, User>> {
  const visible = visibleAmong(caller, entityIds)
  const users = visible.length === 0 ? [] : await findUsersByEntityIds(world.db.read, visible)
  return new Map(users.map((user) => [user.entity_id, user]))
}

/** By id. For ids that something visible refers to, such as the organization of one's team. */
export async function loadEntities(world: World, ids: readonly number[]): Promise<Map<number, Entity>> {
  return new Map((await findEntitiesByIds(world.db.read, ids)).map((entity) => [entity.id, entity]))
}

/** The entity of this name; `undefined` when there is none the caller may see. */
export async function lookUpEntity(world: World, caller: Caller, name: string): Promise<Entity | undefined> {
  const entity = await findEntity(world.db.read, name)
  return entity !== undefined && may(caller, 'viewer', entity.id) ? entity : undefined
}

/**
 * The organization whose entity or display name this is, among those the caller belongs to, itself or by a team; the
 * client's users give either. Entity names are unique and win.
 */
export async function lookUpOrganization(world: World, caller: Caller, name: string): Promise<Entity | undefined> {
  if (name === '' || name.length > SEARCH_LENGTH_MAX) return undefined
  const found = await findOrganizationsNamed(world.db.read, { name, entityIds: visibleEntityIds(caller) })
  return found.find((organization) => organization.name === name) ?? found[0]
}

/** Which of these users the caller shares a team or organization with, or is; to them e-mail addresses are shown. */
export async function loadAcquaintances(
  world: World,
  caller: Caller,
  userIds: readonly number[],
): Promise<Map<number, true>> {
  if (caller.adminEverywhere) return new Map(userIds.map((id) => [id, true]))
  const entityIds = [...caller.roles.keys()]
  const fellows = entityIds.length === 0 ? [] : await findFellows(world.db.read, { userIds, entityIds })
  return new Map([...fellows, ...userIds.filter((id) => id === caller.user.id)].map((id) => [id, true]))
}

/** Users whose username or e-mail address is `text`, among those who share a team or organization with the caller. */
export async function searchUsers(world: World, caller: Caller, text: string): Promise<User[]> {
  if (text === '' || text.length > SEARCH_LENGTH_MAX) return []
  const entityIds = caller.user.isAdmin ? 'all' : [...caller.roles.keys()]
  return findUsersNamed(world.db.read, { text, entityIds, userId: caller.user.id, limit: SEARCH_RESULTS_MAX })
}

/** By user id: the teams and organizations each belongs to, by name, among those the caller may see. */
export async function loadMemberships(
  world: World,
  caller: Caller,
  userIds: readonly number[],
): Promise<Map<number, Entity[]>> {
  const entityIds = visibleEntityIds(caller)
  const rows =
    entityIds.length === 0 ? [] : await findMembershipsOfUsers(world.db.read, { userIds, entityIds, limit: PEOPLE_MAX })
  return grouped(userIds, rows, (row) => row.user_id)
}

/** By entity id: the members of each team or organization the caller may see, the newest last. */
export async function loadMembers(
  world: World,
  caller: Caller,
  entityIds: readonly number[],
): Promise<Map<number, MemberOfEntity[]>> {
  const visible = visibleAmong(caller, entityIds)
  const rows =
    visible.length === 0 ? [] : await findMembersOfEntities(world.db.read, { entityIds: visible, limit: PEOPLE_MAX })
  return grouped(entityIds, rows, (row) => row.member_of)
}

export type OwnApiKey = { id: number; publicId: string; hint: string; description: string | null }

/** The caller's own keys: never the keys themselves, only what tells them apart. `undefined` for another user's. */
export async function findOwnApiKeys(world: World, caller: Caller, userId: number): Promise<OwnApiKey[] | undefined> {
  if (!isSelf(caller, userId)) return undefined
  const rows = await findApiKeysOfUser(world.db.read, userId, PEOPLE_MAX)
  return rows.map(({ public_id, ...row }) => ({ ...row, publicId: public_id }))
}

function visibleAmong(caller: Caller, entityIds: readonly number[]): readonly number[] {
  return caller.adminEverywhere ? entityIds : entityIds.filter((id) => caller.roles.has(id))
}

function grouped<Row>(keys: readonly number[], rows: readonly Row[], keyOf: (row: Row) => number): Map<number, Row[]> {
  const groups = new Map<number, Row[]>(keys.map((key) => [key, []]))
  for (const row of rows) groups.get(keyOf(row))?.push(row)
  return groups
}
