/** Organizations and teams: what has members, and owns projects. */
import type { Tx } from '../database/database.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { assertEntityNameUsable } from './names.ts'
import { nameTaken } from './operations-accounts.ts'
import { recordAudit } from './operations-audit.ts'
import { type GroupKind, requireGroup } from './operations-entities.ts'
import { joinOrganization } from './operations-members.ts'
import { type Caller, may, type Role, requireServerAdmin, roleOn, visibleEntityIds } from './rights.ts'
import { findServiceAccounts, findUserByUsername, markUsersDeleted, takeTurn } from './store.ts'
import {
  countContents,
  type Entity,
  findEntityById,
  insertEntity,
  listEntities,
  markEntityDeleted,
} from './store-entities.ts'
import { putMember } from './store-members.ts'

export type GroupView = {
  name: string
  displayName: string | null
  /** Of a team. */
  organization: string | null
  /** The caller's own; `null` for an administrator of the organization who is no member of the team. */
  role: Role | null
  createdAt: number
}

/**
 * A new organization, with the caller as its first administrator. Only for server administrators.
 *
 * @throws Refusal `forbidden` | `name_invalid` | `name_reserved` | `name_taken`
 */
export async function createOrganization(
  world: World,
  caller: Caller,
  input: { name: string; displayName?: string | null | undefined },
): Promise<GroupView> {
  requireServerAdmin(caller)
  assertEntityNameUsable(input.name)
  return world.db.transaction(async (tx) => {
    await takeTurn(tx)
    return addGroup(tx, caller, { ...input, kind: 'organization', organization: null }, world.now())
  })
}

/**
 * A new team, with the caller as its first administrator: of an organization, by that organization's administrators;
 * of none, by server administrators, since names are scarce and are never given again.
 *
 * @throws Refusal `forbidden` | `not_found` (the organization) | `name_invalid` | `name_reserved` | `name_taken`
 */
export async function createTeam(
  world: World,
  caller: Caller,
  input: { name: string; displayName?: string | null | undefined; organization?: string | null | undefined },
): Promise<GroupView> {
  if (input.organization == null) requireServerAdmin(caller)
  return world.db.transaction(async (tx) => {
    await takeTurn(tx)
    const organization =
      input.organization == null
        ? null
        : await requireGroup(tx, caller, { kind: 'organization', name: input.organization }, 'admin')
    assertEntityNameUsable(input.name)
    return addGroup(tx, caller, { ...input, kind: 'team', organization }, world.now())
  })
}

/** @throws Refusal `not_found` */
export async function getGroup(
  world: World,
  caller: Caller,
  group: { kind: GroupKind; name: string },
): Promise<GroupView> {
  const entity = await requireGroup(world.db.read, caller, group, 'viewer')
  const organization =
    entity.organization_id === null ? undefined : await findEntityById(world.db.read, entity.organization_id)
  return viewOf(caller, entity, organization?.name ?? null)
}

/**
 * The organizations or teams the caller belongs to, by name, after `after`. One more than `limit` tells that there are
 * more. `organization`: only its teams, and for its administrators all of them.
 *
 * @throws Refusal `not_found`
 */
export async function listGroups(
  world: World,
  caller: Caller,
  input: {
    kind: GroupKind
    organization?: string | undefined
    after: string | undefined
    limit: number
  },
): Promise<GroupView[]> {
  const { read } = world.db
  const { kind, after } = input
  const organization =
    input.organization === undefined
      ? undefined
      : await requireGroup(read, caller, { kind: 'organization', name: input.organization }, 'viewer')
  const seesAll = organization !== undefined && may(caller, 'admin', organization.id)
  const rows = await listEntities(read, {
    kind,
    after,
    organizationId: organization?.id,
    ids: seesAll ? 'all' : visibleEntityIds(caller),
    limit: input.limit + 1,
  })
  return rows.map((row) => viewOf(caller, row, row.organization))
}

/**
 * Delete an empty organization or team, with its memberships and its service accounts. Its name is never given again.
 *
 * @throws Refusal `not_found` | `forbidden` | `entity_not_empty`
 */
export async function deleteGroup(
  world: World,
  caller: Caller,
  group: { kind: GroupKind; name: string },
): Promise<void> {
  await world.db.transaction(async (tx) => {
    await takeTurn(tx)
    const entity = await requireGroup(tx, caller, group, 'admin')
    await requireEmpty(tx, entity)

    const now = world.now()
    const accounts = await findServiceAccounts(tx, entity.id)
    if (accounts.length > 0) await markUsersDeleted(tx, { ids: accounts.map((account) => account.id), now })
    await markEntityDeleted(tx, { id: entity.id, now })
    await recordAudit(
      tx,
      caller,
      {
        action: `${group.kind}.deleted`,
        entityId: entity.id,
        subject: entity.name,
        details: accounts.length === 0 ? {} : { serviceAccounts: accounts.map((account) => account.username) },
      },
      now,
    )
  })
}

async function requireEmpty(tx: Tx, entity: Entity): Promise<void> {
  const held = Object.entries(await countContents(tx, entity.id)).filter(([, count]) => count > 0)
  if (held.length === 0) return
  throw new Refusal(
    'entity_not_empty',
    `"${entity.name}" still holds ${held.map(([kind, count]) => `${count} ${count === 1 ? kind.slice(0, -1) : kind}`).join(', ')}: delete them first`,
    { details: Object.fromEntries(held) },
  )
}

async function addGroup(
  tx: Tx,
  caller: Caller,
  input: { kind: GroupKind; name: string; displayName?: string | null | undefined; organization: Entity | null },
  now: number,
): Promise<GroupView> {
  const { kind, name, organization } = input
  const founder = await findUserByUsername(tx, caller.user.username)
  if (founder === undefined || founder.kind === 'service') {
    throw new Refusal('forbidden', `A service account cannot make a ${kind}: it would have nobody to look after it`)
  }
  const id = await insertEntity(tx, {
    name,
    kind,
    display_name: input.displayName ?? null,
    organization_id: organization?.id ?? null,
    created_at: now,
  })
  if (id === undefined) throw nameTaken(name)
  await putMember(tx, { entity_id: id, user_id: founder.id, role: 'admin', created_at: now })
  await recordAudit(
    tx,
    caller,
    {
      action: `${kind}.created`,
      entityId: id,
      subject: name,
      details: organization === null ? {} : { organization: organization.name },
    },
    now,
  )
  const entity = {
    id,
    name,
    kind,
    display_name: input.displayName ?? null,
    organization_id: organization?.id ?? null,
    created_at: now,
    deleted_at: null,
    artifact_ttl_seconds: null,
  }
  await joinOrganization(tx, caller, entity, founder, now)
  return { ...viewOf(caller, entity, organization?.name ?? null), role: 'admin' }
}

function viewOf(caller: Caller, entity: Entity, organization: string | null): GroupView {
  return {
    name: entity.name,
    displayName: entity.display_name,
    organization,
    role: roleOn(caller, entity.id) ?? null,
    createdAt: entity.created_at,
  }
}
