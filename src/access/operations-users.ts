import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { addUser, homeOf, type NewUser, prepareUser, requireAccount } from './operations-accounts.ts'
import { recordAudit } from './operations-audit.ts'
import { requireEntity } from './operations-entities.ts'
import { type Caller, isSelf, type Role, requireServerAdmin } from './rights.ts'
import {
  findUserWithHome,
  listUsers as listUserRows,
  markUsersDeleted,
  otherServerAdminExists,
  setDefaultEntity as storeDefaultEntity,
  takeTurn,
  type User,
} from './store.ts'
import { findEntityById } from './store-entities.ts'
import { findSoleAdminships, listMemberships } from './store-members.ts'

export type UserView = {
  username: string
  kind: 'person' | 'service'
  name: string | null
  email: string | null
  /** An administrator of the whole server. */
  admin: boolean
  /** The team a service account belongs to; `null` for people. */
  team: string | null
  createdAt: number
}

/**
 * A new person, with a personal entity of the same name. Only for server administrators.
 *
 * @throws Refusal `forbidden` | `name_invalid` | `name_reserved` | `name_taken` | `email_taken` | `password_invalid` |
 *   `api_key_invalid` | `api_key_taken` | `invalid_request`
 */
export async function createUser(
  world: World,
  caller: Caller,
  input: NewUser & { admin?: boolean | undefined },
): Promise<UserView> {
  requireServerAdmin(caller)
  const prepared = await prepareUser(input)
  return world.db.transaction(async (tx) => {
    const user = await addUser(tx, caller, { ...prepared, admin: input.admin === true, home: null }, world.now())
    return viewOf(user, null)
  })
}

/**
 * In order of username, after `after`. One row more than `limit` tells that there is more.
 *
 * - `search`: a part of the username, name or e-mail address, whatever its capitals.
 *
 * @throws Refusal `forbidden`
 */
export async function listUsers(
  world: World,
  caller: Caller,
  input: { after: string | undefined; search: string | undefined; limit: number },
): Promise<UserView[]> {
  requireServerAdmin(caller)
  const search = input.search?.toLowerCase()
  const rows = await listUserRows(world.db.read, world.db.engine, { ...input, search, limit: input.limit + 1 })
  return rows.map((row) => viewOf(row, row.home))
}

/** @throws Refusal `not_found` */
export async function getUser(world: World, caller: Caller, username: string): Promise<UserView> {
  const user = await requireAccount(world.db.read, caller, username)
  return viewOf(user, (await findUserWithHome(world.db.read, user.id))?.home ?? null)
}

/**
 * End a user: keys, memberships and what is personal are gone at once. What the user made stays, under the username,
 * which nobody gets again.
 *
 * A server administrator deletes anyone, a team's administrators its service accounts. Nobody else does, not even the
 * user: it cannot be undone, and a leaked key must not be enough.
 *
 * @throws Refusal `not_found` | `forbidden` | `last_admin`
 */
export async function deleteUser(world: World, caller: Caller, username: string): Promise<void> {
  await world.db.transaction(async (tx) => {
    await takeTurn(tx)
    const user = await requireAccount(tx, caller, username)
    if (isSelf(caller, user.id)) requireServerAdmin(caller)
    if (user.is_admin === 1 && !(await otherServerAdminExists(tx, user.id))) {
      throw new Refusal('last_admin', `"${username}" is the last administrator of this server: make another one first`)
    }
    const alone = user.kind === 'service' ? [] : await findSoleAdminships(tx, { userId: user.id, entityIds: 'all' })
    if (alone.length > 0) {
      throw new Refusal(
        'last_admin',
        `"${username}" is the last administrator of ${alone.map((name) => `"${name}"`).join(', ')}: give someone else the role first, or delete it`,
        { details: { entities: alone } },
      )
    }
    const now = world.now()
    await markUsersDeleted(tx, { ids: [user.id], now })
    await recordAudit(
      tx,
      caller,
      {
        action: user.kind === 'service' ? 'service_account.deleted' : 'user.deleted',
        entityId: homeOf(user),
        subject: username,
      },
      now,
    )
  })
}

/** Who is asking, and what they belong to. */
export type ViewerView = UserView & {
  /** Where things go when a request names no entity. */
  defaultEntity: string
  /** The service account that acts for this user in this request. */
  through: string | null
  /** Without one, people sign in by an identity provider or an API key. */
  hasPassword: boolean
  entities: {
    name: string
    kind: 'user' | 'team' | 'organization'
    displayName: string | null
    organization: string | null
    role: Role
  }[]
}

export async function getViewer(world: World, caller: Caller): Promise<ViewerView> {
  const { read } = world.db
  const [user, defaultEntity, personal, memberships] = await Promise.all([
    findUserWithHome(read, caller.user.id),
    findEntityById(read, caller.user.defaultEntityId),
    findEntityById(read, caller.user.entityId),
    listMemberships(read, caller.user.id),
  ])
  if (user === undefined || personal === undefined) throw new Refusal('unauthenticated', 'The user was just deleted')
  const own = { ...personal, organization: null, role: 'admin' as const }
  const entities = [own, ...memberships].flatMap((entity) => {
    const role = caller.roles.get(entity.id)
    if (role === undefined) return []
    const { name, kind, display_name: displayName, organization } = entity
    return [{ name, kind, displayName, organization, role }]
  })
  return {
    ...viewOf(user, user.home),
    admin: caller.user.isAdmin,
    defaultEntity: (defaultEntity ?? personal).name,
    through: caller.through?.username ?? null,
    hasPassword: user.password_hash !== null,
    entities,
  }
}

/**
 * Choose where things go when a request of the caller names no entity: the caller's own entity, a team or an
 * organization, as at least a viewer.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function setDefaultEntity(world: World, caller: Caller, entityName: string): Promise<void> {
  if (!isSelf(caller, caller.user.id) || caller.user.kind === 'service') {
    throw new Refusal('forbidden', 'A service account has its team as its default entity, and chooses none for a user')
  }
  await world.db.transaction(async (tx) => {
    const entity = await requireEntity(tx, { ...caller, adminEverywhere: false }, entityName, 'viewer')
    await storeDefaultEntity(tx, { userId: caller.user.id, entityId: entity.id })
    await recordAudit(
      tx,
      caller,
      {
        action: 'user.default_entity_set',
        entityId: null,
        subject: caller.user.username,
        details: { entity: entityName },
      },
      world.now(),
    )
  })
}

export function viewOf(user: User, home: string | null): UserView {
  return {
    username: user.username,
    kind: user.kind,
    name: user.name,
    email: user.email,
    admin: user.is_admin === 1,
    team: user.kind === 'service' ? home : null,
    createdAt: user.created_at,
  }
}
