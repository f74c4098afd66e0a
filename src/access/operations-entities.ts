import type { Reader, Tx } from '../database/database.ts'
import { notFound } from '../refusal.ts'
import { isEntityName } from './names.ts'
import { type Caller, may, type Role, requireRole } from './rights.ts'
import { type Entity, findEntityById, findEntityByName } from './store-entities.ts'

/** What has members. */
export type GroupKind = 'team' | 'organization'

/** The user's, team's or organization's entity of this name, whoever asks; `undefined` without one. */
export async function findEntity(db: Reader | Tx, name: string): Promise<Entity | undefined> {
  // What cannot be a name is not worth a query, and may hold bytes that PostgreSQL does not take.
  return isEntityName(name) ? findEntityByName(db, name) : undefined
}

/**
 * The entity of this name, on which the caller holds at least `role`.
 *
 * `what` names the thing asked for as the request named it, when that is not the entity itself: an unseen entity
 * answers like a missing one, with this text.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function requireEntity(
  db: Reader | Tx,
  caller: Caller,
  name: string,
  role: Role,
  what = `Entity "${name}"`,
): Promise<Entity> {
  const entity = await findEntity(db, name)
  if (entity === undefined) throw notFound(what)
  requireRole(caller, role, entity.id, what)
  return entity
}

/**
 * The same by id, for things that were found first and belong to an entity.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
async function requireEntityById(
  db: Reader | Tx,
  caller: Caller,
  id: number,
  role: Role,
  what: string,
): Promise<Entity> {
  // The right first: who has none on the id learns nothing from how long the query takes.
  requireRole(caller, role, id, what)
  const entity = await findEntityById(db, id)
  if (entity === undefined) throw notFound(what)
  return entity
}

/**
 * The entity a request means: the one it names, or the caller's default entity when it names none.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function requireEntityOrDefault(
  db: Reader | Tx,
  caller: Caller,
  name: string | null | undefined,
  role: Role,
  what?: string,
): Promise<Entity> {
  if (name !== null && name !== undefined && name !== '') return requireEntity(db, caller, name, role, what)
  return requireEntityById(db, caller, caller.user.defaultEntityId, role, what ?? 'The default entity')
}

/**
 * The team or organization of this name, on which the caller holds at least `role`.
 *
 * The administrators of an organization administer the membership of its teams as well, or a team whose administrator
 * leaves could not be helped. That is a right to its people, not to its artifacts and secrets: for those they make
 * themselves a member, which the audit shows.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function requireGroup(
  db: Reader | Tx,
  caller: Caller,
  group: { kind: GroupKind; name: string },
  role: Role,
): Promise<Entity> {
  const what = `${group.kind === 'team' ? 'Team' : 'Organization'} "${group.name}"`
  const entity = await findEntity(db, group.name)
  if (entity === undefined || entity.kind !== group.kind) throw notFound(what)
  if (entity.organization_id !== null && may(caller, 'admin', entity.organization_id)) return entity
  requireRole(caller, role, entity.id, what)
  return entity
}
