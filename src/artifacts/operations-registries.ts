import { recordAudit } from '../access/operations.ts'
import { type Caller, mayIn, type Role, requireRoleIn } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { World } from '../world.ts'
import { assertProjectName, isRegistryName, REGISTRY_PREFIX } from './names.ts'
import { change } from './operations-changes.ts'
import { assertNotTooMany, loseMemberships } from './operations-deletion.ts'
import { type ProjectAddress, projectView, requireProjectIn } from './operations-projects.ts'
import { lockCollections } from './store-collections.ts'
import { lockProject, type ProjectRecord, selectProjectByName, selectProjects } from './store-projects.ts'
import {
  buryRegistryRow,
  deleteRegistryContents,
  deleteRegistryMembers,
  deleteRegistryRow,
  insertRegistryMembers,
  lockEntity,
  type RegistryMemberId,
  selectCollectionIdsOfProject,
  selectMembershipIdsOfCollections,
  selectOfOrganization,
  selectRegistryMembers,
  updateProjectName,
  updateRegistryMember,
} from './store-registries.ts'
import { selectMemberships } from './store-versions.ts'
import type { ProjectView } from './types.ts'

export type { RegistryMemberId } from './store-registries.ts'

/** Users and teams that one call may add or remove. */
const MEMBERS_MAX = 1_000

const ROLES: readonly Role[] = ['admin', 'member', 'viewer']

/** A user or a team with its role in a registry. */
export type RegistryMember = { role: Role } & RegistryMemberId

/** The members of a registry, oldest first, for whoever sees it; of a plain project there are none. */
export async function listRegistryMembers(world: World, caller: Caller, projectId: number): Promise<RegistryMember[]> {
  const [project] = await selectProjects(world.db.read, [projectId])
  if (project === undefined || !mayIn(caller, 'viewer', placeOf(project))) return []
  const rows = await selectRegistryMembers(world.db.read, projectId)
  return rows.map(({ role, user_id: userId, team_id: teamId }) =>
    userId === null ? { role, teamId: teamId as number } : { role, userId },
  )
}

type MembersInput = { projectId: number; userIds: readonly number[]; teamIds: readonly number[] }

/**
 * Make users and teams of the organization viewers of a registry; those that are members already stay as they are.
 *
 * A role in a registry adds to the one on the organization: who may do more there may do as much here. A restricted
 * registry is for its members and the organization's administrators only.
 *
 * @throws Refusal `not_found` | `forbidden` | `membership_invalid` (none of the organization) | `invalid_request`
 */
export async function addRegistryMembers(world: World, caller: Caller, input: MembersInput): Promise<void> {
  assertSomeMembers(input)
  await world.db.transaction(async (tx) => {
    const registry = await lockRegistry(world, tx, caller, input.projectId)
    const members = membersIn(input)
    await requireOfOrganization(tx, registry, input)
    await insertRegistryMembers(tx, { projectId: registry.id, members, role: 'viewer', now: world.now() })
    await audit(world, tx, caller, registry, 'registry.members_added', { ...sorted(input), role: 'viewer' })
  })
}

/** @throws Refusal `membership_invalid` */
async function requireOfOrganization(
  tx: Tx,
  registry: ProjectRecord,
  input: { userIds: readonly number[]; teamIds: readonly number[] },
): Promise<void> {
  const known = await selectOfOrganization(tx, { ...input, organizationId: registry.entity_id })
  if (input.userIds.every((id) => known.userIds.has(id)) && input.teamIds.every((id) => known.teamIds.has(id))) return
  throw new Refusal(
    'membership_invalid',
    'Members of a registry are users and teams of its organization: one of these is none, or does not exist',
  )
}

/**
 * Give a user or a team of the organization this role in a registry, whether it is a member already or not.
 *
 * @throws Refusal `not_found` | `forbidden` | `membership_invalid` (none of the organization)
 */
export async function setRegistryMember(
  world: World,
  caller: Caller,
  input: { projectId: number; member: RegistryMemberId; role: Role },
): Promise<void> {
  const { member, role } = input
  const named =
    'userId' in member ? { userIds: [member.userId], teamIds: [] } : { userIds: [], teamIds: [member.teamId] }
  await world.db.transaction(async (tx) => {
    const registry = await lockRegistry(world, tx, caller, input.projectId)
    const rows = await selectRegistryMembers(tx, registry.id)
    const before = rows.find((row) => isRowOf(row, member))
    if (before?.role === role) return
    if (before === undefined) {
      await requireOfOrganization(tx, registry, named)
      await insertRegistryMembers(tx, { projectId: registry.id, members: [member], role, now: world.now() })
      await audit(world, tx, caller, registry, 'registry.members_added', { ...named, role })
    } else {
      await updateRegistryMember(tx, { projectId: registry.id, member, role })
      await audit(world, tx, caller, registry, 'registry.member_role_changed', { ...member, role })
    }
  })
}

/** @throws Refusal `not_found` also for what is no member | `forbidden` | `invalid_request` */
export async function removeRegistryMembers(world: World, caller: Caller, input: MembersInput): Promise<void> {
  assertSomeMembers(input)
  await world.db.transaction(async (tx) => {
    const registry = await lockRegistry(world, tx, caller, input.projectId)
    await requireMembers(tx, registry.id, membersIn(input))
    await deleteRegistryMembers(tx, { ...input, projectId: registry.id })
    await audit(world, tx, caller, registry, 'registry.members_removed', sorted(input))
  })
}

/** @throws Refusal `not_found` also for what is no member | `forbidden` | `invalid_request` | `not_supported` */
export async function changeRegistryMember(
  world: World,
  caller: Caller,
  input: { projectId: number; member: RegistryMemberId; role: string },
): Promise<void> {
  const role = ROLES.find((each) => each === input.role)
  if (role === undefined) {
    throw input.role === 'restricted_viewer'
      ? new Refusal('not_supported', 'The role "restricted_viewer" is not supported here: give "viewer", or none')
      : new Refusal('invalid_request', `A role in a registry is one of ${ROLES.join(', ')}`)
  }
  const { member } = input
  await world.db.transaction(async (tx) => {
    const registry = await lockRegistry(world, tx, caller, input.projectId)
    await requireMembers(tx, registry.id, [member])
    await updateRegistryMember(tx, { projectId: registry.id, member, role })
    await audit(world, tx, caller, registry, 'registry.member_role_changed', { ...member, role })
  })
}

/**
 * Give a registry another name. What is in it goes along; paths with the old name lead nowhere.
 *
 * @throws Refusal `not_found` | `forbidden` | `name_invalid` | `name_taken` | `not_supported` for plain projects
 */
export async function renameRegistry(
  world: World,
  caller: Caller,
  input: ProjectAddress & { name: string },
): Promise<ProjectView> {
  const { name } = input
  assertProjectName(name)
  return world.db.transaction(async (tx) => {
    const project = await requireProjectIn(tx, caller, input, 'member')
    if (!project.isRegistry || !isRegistryName(name)) {
      throw new Refusal(
        'not_supported',
        `Only registries are renamed here, and their names begin with "${REGISTRY_PREFIX}"`,
      )
    }
    await lockEntity(tx, world.db.engine, project.entityId)
    const registry = await lockRegistry(world, tx, caller, project.id)
    if (name === registry.name) return projectView(caller, registry)
    const { entity } = registry
    if ((await selectProjectByName(tx, { entity, project: name })) !== undefined) {
      throw new Refusal('name_taken', `Project "${entity}/${name}" exists already`)
    }
    await updateProjectName(tx, { id: registry.id, name, now: world.now() })
    const [renamed] = await selectProjects(tx, [registry.id])
    assert(renamed !== undefined, 'a locked project is there')
    await audit(world, tx, caller, renamed, 'registry.renamed', { from: registry.name })
    return projectView(caller, renamed)
  })
}

/**
 * Delete a registry with its collections, for its administrators. The versions stay where they were logged. What
 * happened in a restricted one can be seen afterwards by whoever could see it before, and nobody else.
 *
 * @throws Refusal `not_found` | `forbidden` | `limit_reached` (more than 10,000 links) | `not_supported` for plain
 *   projects
 */
export async function deleteRegistry(world: World, caller: Caller, projectId: number): Promise<void> {
  await change(world, caller, async (tx, record) => {
    const registry = await lockRegistry(world, tx, caller, projectId)
    const collectionIds = await selectCollectionIdsOfProject(tx, projectId)
    assertNotTooMany(collectionIds.length)
    const locked = await lockCollections(tx, collectionIds)
    const membershipIds = await selectMembershipIdsOfCollections(tx, collectionIds)
    assertNotTooMany(membershipIds.length)
    const facts = await loseMemberships(world, tx, caller, await selectMemberships(tx, membershipIds))
    await deleteRegistryContents(tx, projectId)
    if (registry.access === 'PRIVATE') await deleteRegistryRow(tx, projectId)
    else await buryRegistryRow(tx, { id: projectId, name: registry.name, now: world.now() })
    await record(facts, locked)
    await audit(world, tx, caller, registry, 'registry.deleted', { collections: collectionIds.length })
  })
}

/** The registry, locked, for a caller who administers it. */
async function lockRegistry(world: World, tx: Tx, caller: Caller, id: number): Promise<ProjectRecord> {
  const what = 'Registry'
  const [seen] = await selectProjects(tx, [id])
  if (seen === undefined || !mayIn(caller, 'viewer', placeOf(seen))) throw notFound(what)
  if (seen.is_registry === 1)
    requireRoleIn(caller, 'admin', placeOf(seen), `Registry "${seen.name.slice(REGISTRY_PREFIX.length)}"`)
  if (seen.is_registry !== 1) {
    throw new Refusal('not_supported', 'Only registries have members and are deleted here, and this is a plain project')
  }
  await lockProject(tx, world.db.engine, id)
  const [locked] = await selectProjects(tx, [id])
  if (locked === undefined) throw notFound(what)
  return locked
}

function placeOf(record: ProjectRecord) {
  return { id: record.id, entityId: record.entity_id }
}

function membersIn(input: MembersInput): RegistryMemberId[] {
  return [...input.userIds.map((userId) => ({ userId })), ...input.teamIds.map((teamId) => ({ teamId }))]
}

function assertSomeMembers({ userIds, teamIds }: MembersInput): void {
  const count = userIds.length + teamIds.length
  if (count >= 1 && count <= MEMBERS_MAX) return
  throw new Refusal('invalid_request', `Name 1 to ${MEMBERS_MAX} users and teams`)
}

async function requireMembers(tx: Tx, projectId: number, members: readonly RegistryMemberId[]): Promise<void> {
  const rows = await selectRegistryMembers(tx, projectId)
  if (members.every((member) => rows.some((row) => isRowOf(row, member)))) return
  throw notFound('Member of this registry')
}

function isRowOf(row: { user_id: number | null; team_id: number | null }, member: RegistryMemberId): boolean {
  return 'userId' in member ? row.user_id === member.userId : row.team_id === member.teamId
}

function sorted({ userIds, teamIds }: MembersInput): { userIds: number[]; teamIds: number[] } {
  const ascending = (ids: readonly number[]) => [...new Set(ids)].sort((one, two) => one - two)
  return { userIds: ascending(userIds), teamIds: ascending(teamIds) }
}

async function audit(
  world: World,
  tx: Tx,
  caller: Caller,
  { entity_id: entityId, name: subject }: ProjectRecord,
  action: string,
  details: Record<string, unknown>,
): Promise<void> {
  await recordAudit(tx, caller, { action, entityId, subject, details }, world.now())
}
