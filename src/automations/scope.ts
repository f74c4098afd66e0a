import { type Caller, isCallback, mayIn, type ProjectPlace, type Role, requireRoleIn } from '../access/rights.ts'
import type { CollectionKind } from '../artifacts/types.ts'
import type { EntityRow, ScopeKind } from '../database/schema.ts'
import { EVENT_TYPES, type EventType, isRunEventType } from '../events/event.ts'
import { Refusal } from '../refusal.ts'

/** The entity that owns a scope, and so the automations scoped to it. */
export type ScopeOwner = { entityId: number; entity: string; entityKind: EntityRow['kind'] }

/** A scope as it stands, with the names of what it means now. */
export type ScopeView = ScopeOwner &
  (
    | {
        kind: 'COLLECTION'
        id: number
        projectId: number
        project: string
        isRegistry: boolean
        collection: string
        collectionKind: CollectionKind
        collectionPublicId: string
      }
    | { kind: 'PROJECT'; id: number; project: string; isRegistry: boolean }
    | { kind: 'ENTITY'; id: number }
  )

/** Names of registries' projects begin so. */
export const REGISTRY_PREFIX = 'wandb-registry-'

/**
 * The event type called so.
 *
 * @throws Refusal `scope_invalid` for run events on a collection | `invalid_request`
 */
export function readEventType(name: string, scope: { kind: ScopeKind }): EventType {
  if (isRunEventType(name) && scope.kind === 'COLLECTION') {
    const message = `${name} is about runs, which are in projects: a collection cannot be its scope`
    throw new Refusal('scope_invalid', message, { fields: [{ path: '/scope', message }] })
  }
  if ((EVENT_TYPES as readonly string[]).includes(name)) return name as EventType
  const message = `"${name}" is not an event that automations can be made for. Those are: ${EVENT_TYPES.join(', ')}`
  throw new Refusal('invalid_request', message, { fields: [{ path: '/event', message }] })
}

/**
 * Pass if the caller may keep automations at the scope: members of its owner, and for a whole organization its admins,
 * because that reaches into every team's projects.
 *
 * @throws Refusal `forbidden` | `scope_invalid`
 */
export function requireScopeRight(caller: Caller, scope: ScopeView): void {
  const what = scopeName(scope)
  // Else a receiver could have itself sent the next token for as long as it likes.
  if (isCallback(caller)) throw new Refusal('forbidden', `${what}: a callback token cannot change automations`)
  if (scope.kind === 'ENTITY' && scope.entityKind === 'user') {
    const message = `${what} is a personal entity, which cannot be the scope of an automation: choose one of its projects`
    throw new Refusal('scope_invalid', message, { fields: [{ path: '/scope', message }] })
  }
  requireRoleIn(caller, roleToKeep(scope), placeOfScope(scope), what)
}

/** Whether the caller may change automations at the scope. */
export function mayKeepAt(caller: Caller, scope: ScopeView): boolean {
  return !isCallback(caller) && mayIn(caller, roleToKeep(scope), placeOfScope(scope))
}

function roleToKeep(scope: ScopeView): Role {
  return scope.kind === 'ENTITY' && scope.entityKind === 'organization' ? 'admin' : 'member'
}

/** What rights at the scope go by. */
export function placeOfScope(scope: ScopeView): ProjectPlace {
  const { entityId } = scope
  switch (scope.kind) {
    case 'COLLECTION':
      return { id: scope.projectId, entityId }
    case 'PROJECT':
      return { id: scope.id, entityId }
    case 'ENTITY':
      return { id: null, entityId }
  }
}

/** The scope as people name it. */
export function scopeName(scope: ScopeView): string {
  switch (scope.kind) {
    case 'COLLECTION':
      return `Collection "${scope.entity}/${scope.project}/${scope.collection}"`
    case 'PROJECT':
      return scope.isRegistry
        ? `Registry "${scope.entity}/${scope.project.slice(REGISTRY_PREFIX.length)}"`
        : `Project "${scope.entity}/${scope.project}"`
    case 'ENTITY':
      return `Entity "${scope.entity}"`
  }
}

/** What may not be meant: an event that cannot happen in the scope. */
export function scopeWarnings(eventType: EventType, scope: ScopeView): { path: string; message: string }[] {
  if (scope.kind === 'PROJECT' && scope.isRegistry && isRunEventType(eventType)) {
    const message = `Runs never log in a registry, so ${eventType} cannot happen in "${scope.project}": choose a project`
    return [{ path: '/event', message }]
  }
  if (scope.kind !== 'COLLECTION') return []
  const name = `"${scope.collection}"`
  if (scope.collectionKind === 'PORTFOLIO' && eventType === 'CREATE_ARTIFACT') {
    const message = `Versions are linked into ${name} and never created in it: LINK_ARTIFACT tells of a new version there`
    return [{ path: '/event', message }]
  }
  if (scope.collectionKind === 'SEQUENCE' && (eventType === 'LINK_ARTIFACT' || eventType === 'UNLINK_ARTIFACT')) {
    const message = `Versions are logged into ${name} and never linked into it: CREATE_ARTIFACT tells of a new version there`
    return [{ path: '/event', message }]
  }
  return []
}
