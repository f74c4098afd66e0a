import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { type Account, accountOf, type Credentials, requestOf } from './account.ts'
import { API_KEY_LENGTH_MAX, hashApiKey } from './api-key.ts'
import { CALLBACK_TOKEN_PREFIX, CALLBACK_TOKEN_PURPOSE, readCallbackToken } from './callback-token.ts'
import { isEntityName } from './names.ts'
import { type Caller, lowerRole, may, type RegistryRole, type Role, requireServerAdmin } from './rights.ts'
import { findCallbackOwner, findCause } from './store-callbacks.ts'
import { findEntityKinds, findKeyOwner, findPersonWithMemberships, touchApiKey } from './store-keys.ts'

/** `last_used_at` is for people who look for dead keys; a write for every request would cost more than it tells. */
const LAST_USED_PRECISION_MS = 60_000

/**
 * Who asks; `undefined` when the credentials are absent, unknown, expired, or those of a deleted user.
 *
 * An API key comes as `Bearer <key>` or as `Basic api:<key>` and is found by its SHA-256 in a unique index, so nothing
 * is compared whose timing could tell.
 *
 * A service account that sends `X-WANDB-USERNAME` acts for that user, who must share a team with it. What happens is
 * then the user's doing, but only what both may do is allowed: the lower of their roles on each entity where both have
 * one, never the user's personal entity, never an administrator's privileges. Everyone else's header is ignored, since
 * clients send it from the environment.
 *
 * The callback token of a delivery is a key as well: it acts for whoever last saved the automation, with the role that
 * user has today on the entity of the automation, at most as a member, and nowhere else. It ends early with the user or
 * the automation. What happens is then caused by that delivery; with any other key, by the one a header names.
 *
 * @throws Refusal `forbidden` when a service account names a user it may not act for, `caused_by_unknown` when the
 *   header names no delivery that the caller may see. Who is no administrator of the server and says that it imports is
 *   refused with `forbidden` too, rather than heard as somebody whose changes fire automations.
 */
export async function authenticate(world: World, credentials: Credentials): Promise<Caller | undefined> {
  const key = keyOf(credentials.authorization)
  if (key === undefined) return undefined

  if (key.startsWith(CALLBACK_TOKEN_PREFIX)) {
    const receiver = await authenticateCallback(world, key, credentials)
    if (receiver !== undefined && isImport(credentials)) requireServerAdmin(receiver)
    return receiver
  }

  const rows = await findKeyOwner(world.db.read, { hash: hashApiKey(key) })
  const owner = rows[0]
  const now = world.now()
  if (owner === undefined || (owner.expires_at !== null && owner.expires_at <= now)) return undefined
  noteKeyUse(world, owner, now)

  const request = { ...requestOf(credentials), cause: null }
  const account = accountOf(rows)
  const actsFor = credentials.usernameHeader?.trim() ?? ''
  if (owner.kind === 'service' && !isImport(credentials) && actsFor !== '' && actsFor !== owner.username) {
    return withCause(world, { ...(await actingFor(world, account, actsFor)), ...request }, credentials)
  }
  const caller = {
    user: account.user,
    through: null,
    roles: account.roles,
    registryRoles: account.registryRoles,
    adminEverywhere: account.user.isAdmin && credentials.adminPrivilegesHeader?.trim().toLowerCase() === 'true',
    ...request,
  }
  if (isImport(credentials)) {
    requireServerAdmin(caller)
    return withCause(world, { ...caller, via: 'import' }, credentials)
  }
  return withCause(world, caller, credentials)
}

function isImport(credentials: Credentials): boolean {
  return credentials.importHeader?.trim().toLowerCase() === 'true'
}

/**
 * The caller with the delivery its header names as the cause.
 *
 * A wrong name is refused rather than passed over, or a loop would run unseen; a delivery of others is answered like one
 * that does not exist.
 */
export async function withCause(world: World, caller: Caller, credentials: Credentials): Promise<Caller> {
  const named = credentials.causedByHeader?.trim() ?? ''
  if (named === '') return caller
  const [cause] = await findCause(world.db.read, { publicId: named })
  if (cause === undefined || !may(caller, 'viewer', cause.entity_id)) {
    throw new Refusal(
      'caused_by_unknown',
      'X-Tripline-Caused-By names no delivery that you can see: send the value of ${callback_id} in the payload, or no such header',
    )
  }
  return { ...caller, cause: { deliveryId: named, depth: cause.depth + 1, isCallback: false } }
}

async function authenticateCallback(
  world: World,
  token: string,
  credentials: Credentials,
): Promise<Caller | undefined> {
  const keys = world.keyring.deriveKeys(CALLBACK_TOKEN_PURPOSE)
  const deliveryId = readCallbackToken(keys, token, world.now())
  if (deliveryId === undefined) return undefined
  const rows = await findCallbackOwner(world.db.read, { deliveryId })
  const owner = rows[0]
  if (owner === undefined) return undefined

  const { user, roles, registryRoles } = accountOf(rows)
  const role = roles.get(owner.automation_entity_id)
  if (role === undefined) return undefined
  const atMostMember = (held: Role | null) => (held === null ? null : lowerRole(held, 'member'))
  const registries = [...registryRoles].filter(([, { entityId }]) => entityId === owner.automation_entity_id)
  return {
    user: { ...user, isAdmin: false, defaultEntityId: owner.automation_entity_id },
    through: null,
    roles: new Map([[owner.automation_entity_id, lowerRole(role, 'member')]]),
    registryRoles: new Map(registries.map(([id, held]) => [id, { ...held, role: atMostMember(held.role) }])),
    adminEverywhere: false,
    ...requestOf(credentials),
    cause: { deliveryId: owner.delivery, depth: owner.depth + 1, isCallback: true },
  }
}

async function actingFor(
  world: World,
  service: Account,
  username: string,
): Promise<Pick<Caller, 'user' | 'through' | 'roles' | 'registryRoles' | 'adminEverywhere'>> {
  // One answer for users who do not exist and users of other teams.
  const refusal = new Refusal(
    'forbidden',
    'X-WANDB-USERNAME names no user who shares a team with this service account: unset WANDB_USERNAME, or add the user to the team',
  )
  if (!isEntityName(username)) throw refusal
  const rows = await findPersonWithMemberships(world.db.read, username)
  if (rows.length === 0) throw refusal

  const person = accountOf(rows)
  const roles = new Map<number, Role>()
  for (const [entityId, role] of service.roles) {
    const personRole = person.roles.get(entityId)
    if (personRole !== undefined) roles.set(entityId, lowerRole(role, personRole))
  }
  const kinds = await findEntityKinds(world.db.read, [...roles.keys()])
  const teams = kinds.filter((entity) => entity.kind === 'team').map((entity) => entity.id)
  const home = [person.user.defaultEntityId, service.user.defaultEntityId, ...teams].find((id) => teams.includes(id))
  if (home === undefined) throw refusal

  return {
    user: { ...person.user, isAdmin: false, defaultEntityId: home },
    through: { userId: service.user.id, username: service.user.username },
    roles,
    registryRoles: lowerRegistryRoles(service, person),
    adminEverywhere: false,
  }
}

/** In each registry with rights of its own, for either, what both may do. */
function lowerRegistryRoles(service: Account, person: Account): Map<number, RegistryRole> {
  const roles = new Map<number, RegistryRole>()
  for (const [id, { entityId }] of [...service.registryRoles, ...person.registryRoles]) {
    const [first, second] = [service, person].map((account) => {
      const own = account.registryRoles.get(id)
      return own === undefined ? (account.roles.get(entityId) ?? null) : own.role
    })
    roles.set(id, { entityId, role: first == null || second == null ? null : lowerRole(first, second) })
  }
  return roles
}

/** The key in an `Authorization` header; `undefined` if there is none in it. */
function keyOf(authorization: string | undefined): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +(\S+)$/i.exec(authorization?.trim() ?? '') ?? []
  if (scheme === undefined || value === undefined) return undefined
  const key = scheme.toLowerCase() === 'bearer' ? value : keyOfBasic(value)
  return key === undefined || key.length > API_KEY_LENGTH_MAX ? undefined : key
}

function keyOfBasic(encoded: string): string | undefined {
  const [user, ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return user === 'api' && password.length > 0 ? password.join(':') : undefined
}

/** Writes at most once a minute for a key, and not in the way of the request, which succeeds even if this fails. */
function noteKeyUse(world: World, key: { key_id: number; last_used_at: number | null }, now: number): void {
  const unusedSince = now - LAST_USED_PRECISION_MS
  if (key.last_used_at !== null && key.last_used_at > unusedSince) return
  world.db
    .transaction((tx) => touchApiKey(tx, { id: key.key_id, now, unusedSince }))
    .catch((error: unknown) => world.log.debug({ err: error }, 'the last use of an API key was not noted'))
}
