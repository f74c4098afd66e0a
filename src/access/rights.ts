import type { RoleName } from '../database/schema.ts'
import type { Via } from '../events/event.ts'
import { notFound, Refusal } from '../refusal.ts'

export type Role = RoleName

const RANK: Record<Role, number> = { viewer: 1, member: 2, admin: 3 }

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
  if (!may(caller, 'viewer', entityId)) throw notFound(what)
  throw new Refusal('forbidden', `${what}: this needs the role "${role}", and you are "${roleOn(caller, entityId)}"`)
}

/** @throws Refusal `forbidden` unless the caller administers the whole server */
export function requireServerAdmin(caller: Caller): void {
  if (!caller.user.isAdmin) throw new Refusal('forbidden', 'Only an administrator of this server may do this')
}
