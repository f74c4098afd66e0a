import type { Via } from '../events/event.ts'
import { type Caller, type RegistryRole, type Role, registryRole } from './rights.ts'

const USER_AGENT_LENGTH_MAX = 300

/** What a door knows of a request. Headers as they came; absent ones `undefined`. */
export type Credentials = {
  authorization: string | undefined
  /** `X-WANDB-USERNAME`: counts only from service accounts. */
  usernameHeader?: string | undefined
  /** `Use-Admin-Privileges`: counts only from administrators of the server. */
  adminPrivilegesHeader?: string | undefined
  /** `X-Tripline-Caused-By`: the public id of the delivery that led to the request. */
  causedByHeader?: string | undefined
  /** `X-Tripline-Import: true`: what the request does is brought from elsewhere. Only administrators of the server may say so. */
  importHeader?: string | undefined
  userAgent: string | undefined
  requestId: string | null
  via: Via
}

/** What of a request goes into events and the audit. */
export function requestOf(credentials: Credentials): Pick<Caller, 'via' | 'userAgent' | 'requestId'> {
  return {
    via: credentials.via,
    userAgent: credentials.userAgent?.slice(0, USER_AGENT_LENGTH_MAX) ?? null,
    requestId: credentials.requestId,
  }
}

export type Account = Pick<Caller, 'user'> & { roles: Map<number, Role>; registryRoles: Map<number, RegistryRole> }

type AccountRow = {
  id: number
  username: string
  kind: 'person' | 'service'
  is_admin: number
  entity_id: number
  default_entity_id: number | null
  member_of: number | null
  role: Role | null
  registry_id: number | null
  registry_access: 'PRIVATE' | 'RESTRICTED' | null
  registry_rank: number | null
}

export function accountOf(rows: readonly AccountRow[]): Account {
  const first = rows[0] as AccountRow
  const roles = new Map<number, Role>([[first.entity_id, 'admin']])
  const registryRoles = new Map<number, RegistryRole>()
  for (const { member_of: entityId, role, registry_id, registry_access, registry_rank } of rows) {
    if (entityId === null || role === null) continue
    roles.set(entityId, role)
    if (registry_id === null || registry_access === null) continue
    registryRoles.set(registry_id, { entityId, role: registryRole(role, registry_access, registry_rank) })
  }
  const chosen = first.default_entity_id
  return {
    user: {
      id: first.id,
      username: first.username,
      kind: first.kind,
      isAdmin: first.is_admin === 1,
      entityId: first.entity_id,
      // The choice may have outlived the membership.
      defaultEntityId: chosen !== null && roles.has(chosen) ? chosen : first.entity_id,
    },
    roles,
    registryRoles,
  }
}
