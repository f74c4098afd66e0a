import type { RoleName } from '../database/schema.ts'
import type { Via } from '../events/event.ts'
import { notFound, Refusal } from '../refusal.ts'

export type Role = RoleName

const RANK: Record<Role, number> = { viewer: 1, member: 2, admin: 3 }
const ROLES = Object.keys(RANK) as Role[]

/** `entityId`: the organization's. */
export type RegistryRole = { role: Role | null; entityId: number }

/**
 * A project, as rights need to know it: its entity's rule, unless it is a registry with rights of its own. `id`: `null` for
 * what is in no project, where the entity's rule is all there is.
 */
export type ProjectPlace = { id: number | null; entityId: number }

/** By which the rights to a row are asked for. */
export function rightsPlace(row: { entity_id: number; project_id: number | null }): ProjectPlace {
  return { id: row.project_id, entityId: row.entity_id }
}

/** Who asks, and what they may do: loaded once, when the request is authenticated. */
export type Caller = {
  user: {
    id: number
    username: string
    kind: 'person' | 'service'
    /** An administrator of the whole server, which is not by itself a right on anyone's entity. */
    isAdmin: boolean
    /** The personal namespace. */
    entityId: number
    /** Where things go when the request names no entity; a role is held there. */
    defaultEntityId: number
  }
  /**
   * The service account whose key was sent, when it acts for `user` (`X-WANDB-USERNAME`): then `roles` holds only what
   * both may do, `user` is never an administrator, and nothing of `user`'s own account may be touched.
   */
  through: { userId: number; username: string } | null
  /**
   * The role on each entity the user belongs to, by entity id. The personal namespace is among them, as admin, unless
   * a service account acts for the user.
   */
  roles: ReadonlyMap<number, Role>
  /**
   * By project id, the role in each registry where the one on its organization does not say all; `null` where it is
   * restricted and the user is not invited.
   */
  registryRoles: ReadonlyMap<number, RegistryRole>
  /** A server administrator who asked for it with `Use-Admin-Privileges`: admin on every entity. */
  adminEverywhere: boolean
  via: Via
  userAgent: string | null
  requestId: string | null
  /**
   * The delivery that led to this request, if it says so; `depth` counts the automations in the chain. `isCallback`: it
   * came with the delivery's callback token, and `user` is who last saved the automation, as at most a member of the
   * automation's entity and nothing besides.
   */
  cause: { deliveryId: string; depth: number; isCallback: boolean } | null
}

/** Whether the request comes from this user itself: not from a service account, nor from a receiver, that acts for it. */
export function isSelf(caller: Caller, userId: number): boolean {
  return caller.through === null && !isCallback(caller) && caller.user.id === userId
}

/** Whether it comes from the receiver of a delivery, with the token that was sent there. */
export function isCallback(caller: Caller): boolean {
  return caller.cause?.isCallback === true
}

/** The entities the caller may see; `all` for a server administrator who asked for it. */
export function visibleEntityIds(caller: Caller): readonly number[] | 'all' {
  return caller.adminEverywhere ? 'all' : [...caller.roles.keys()]
}

/** The registries that the caller must not see although it sees their organization. */
export function hiddenProjectIds(caller: Caller): readonly number[] {
  if (caller.adminEverywhere) return []
  return [...caller.registryRoles].filter(([, { role }]) => role === null).map(([projectId]) => projectId)
}

/**
 * The role in a registry: the higher of the role on the organization and of the membership, as far as a restricted one
 * only knows members and the organization's administrators. `null`: none at all.
 *
 * - `rank`: of the highest membership; `null` without any.
 */
export function registryRole(
  organizationRole: Role,
  access: 'PRIVATE' | 'RESTRICTED',
  rank: number | null,
): Role | null {
  const inherited = access === 'PRIVATE' || organizationRole === 'admin' ? RANK[organizationRole] : 0
  const highest = Math.max(inherited, rank ?? 0)
  return ROLES.find((role) => RANK[role] === highest) ?? null
}

/** The lower of two roles: what may be done when both must allow it. */
export function lowerRole(first: Role, second: Role): Role {
  return RANK[first] <= RANK[second] ? first : second
}

export function roleOn(caller: Caller, entityId: number): Role | undefined {
  return caller.adminEverywhere ? 'admin' : caller.roles.get(entityId)
}

export function may(caller: Caller, role: Role, entityId: number): boolean {
  const held = roleOn(caller, entityId)
  return held !== undefined && RANK[held] >= RANK[role]
}

/** The same in a project: what counts for all that is in one. */
export function roleIn(caller: Caller, { id, entityId }: ProjectPlace): Role | undefined {
  const own = caller.adminEverywhere || id === null ? undefined : caller.registryRoles.get(id)
  return own === undefined ? roleOn(caller, entityId) : (own.role ?? undefined)
}

export function mayIn(caller: Caller, role: Role, place: ProjectPlace): boolean {
  const held = roleIn(caller, place)
  return held !== undefined && RANK[held] >= RANK[role]
}

/**
 * `requireRole` in a project.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export function requireRoleIn(caller: Caller, role: Role, place: ProjectPlace, what: string): void {
  if (mayIn(caller, role, place)) return
  throw lacking(role, roleIn(caller, place), what)
}

/**
 * Pass if the caller holds at least `role` on the entity.
 *
 * `what` names the thing asked for as the request named it. Who may not even see the entity gets the same answer as
 * for a thing that does not exist; who sees it but lacks the role is told which one is needed.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export function requireRole(caller: Caller, role: Role, entityId: number, what: string): void {
  if (may(caller, role, entityId)) return
  throw lacking(role, roleOn(caller, entityId), what)
}

function lacking(role: Role, held: Role | undefined, what: string): Refusal {
  if (held === undefined) return notFound(what)
  return new Refusal('forbidden', `${what}: this needs the role "${role}", and you are "${held}"`)
}

/** @throws Refusal `forbidden` unless the caller administers the whole server */
export function requireServerAdmin(caller: Caller): void {
  if (!caller.user.isAdmin) throw new Refusal('forbidden', 'Only an administrator of this server may do this')
}
