/** What all the ways to make a user or a key have in common. */
import type { Reader, Tx } from '../database/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import { newPublicId } from '../runtime/id.ts'
import { apiKeyHint, assertApiKeyUsable, hashApiKey } from './api-key.ts'
import { assertEmailUsable, assertEntityNameUsable, isEntityName } from './names.ts'
import { type Actor, recordAudit } from './operations-audit.ts'
import { assertPasswordUsable, hashPassword } from './password.ts'
import { type Caller, isSelf, may } from './rights.ts'
import { findUserByUsername, insertUser, type User } from './store.ts'
import { insertEntity } from './store-entities.ts'
import { type ApiKey, countApiKeys, insertApiKey } from './store-keys.ts'

const API_KEYS_PER_USER_MAX = 100

/** A user about to exist. Absent and `null` mean the same. */
export type NewUser = {
  username: string
  email?: string | null | undefined
  name?: string | null | undefined
  password?: string | null | undefined
  /** A first key, which may be one that the user has from elsewhere. */
  apiKey?: string | null | undefined
}

/**
 * Check what can be checked without the database, and hash the password: before the transaction, since hashing takes
 * a fifth of a second.
 *
 * @throws Refusal `name_invalid` | `name_reserved` | `invalid_request` | `password_invalid` | `api_key_invalid`
 */
export async function prepareUser<Input extends NewUser>(
  input: Input,
): Promise<Omit<Input, 'password'> & { passwordHash: string | null }> {
  assertEntityNameUsable(input.username)
  if (input.email != null) assertEmailUsable(input.email)
  if (input.password != null) assertPasswordUsable(input.password)
  if (input.apiKey != null) assertApiKeyUsable(input.apiKey)
  const { password, ...rest } = input
  return { ...rest, passwordHash: password == null ? null : await hashPassword(password) }
}

/**
 * Make a user with a personal entity of the same name, and a first API key if one is given.
 *
 * - `home`: the team of a service account.
 *
 * @throws Refusal `name_taken` | `email_taken` | `api_key_taken`
 */
export async function addUser(
  tx: Tx,
  caller: Actor | null,
  input: Omit<NewUser, 'password'> & {
    passwordHash: string | null
    admin: boolean
    home: { id: number; name: string } | null
    /** `false`: nobody but the user says that the e-mail address is theirs. */
    emailVouched?: boolean
  },
  now: number,
): Promise<User> {
  const { username, home } = input
  const entityId = await insertEntity(tx, {
    name: username,
    kind: 'user',
    display_name: input.name ?? null,
    organization_id: null,
    created_at: now,
  })
  if (entityId === undefined) throw nameTaken(username)
  const user = await insertUser(tx, {
    entity_id: entityId,
    username,
    kind: home === null ? 'person' : 'service',
    email: input.email ?? null,
    name: input.name ?? null,
    password_hash: input.passwordHash,
    is_admin: input.admin ? 1 : 0,
    default_entity_id: home?.id ?? null,
    created_at: now,
    email_vouched: input.emailVouched === false ? 0 : 1,
  })
  if (user === undefined) {
    throw new Refusal('email_taken', `Another user has the e-mail address "${input.email}"`, {
      fields: [{ path: '/email', message: 'another user has it' }],
    })
  }
  await recordAudit(
    tx,
    caller,
    {
      action: home === null ? 'user.created' : 'service_account.created',
      entityId: home?.id ?? null,
      subject: username,
      details: home === null ? { admin: input.admin } : { team: home.name },
    },
    now,
  )
  if (input.apiKey != null) await addApiKey(tx, caller, user, { key: input.apiKey, description: 'first key' }, now)
  return user
}

/** @throws Refusal `api_key_taken` | `limit_reached` */
export async function addApiKey(
  tx: Tx,
  caller: Actor | null,
  user: User,
  input: { key: string; description?: string | null | undefined; expiresAt?: number | null | undefined },
  now: number,
): Promise<ApiKey> {
  if ((await countApiKeys(tx, user.id)) >= API_KEYS_PER_USER_MAX) {
    throw new Refusal('limit_reached', `A user has at most ${API_KEYS_PER_USER_MAX} API keys: delete one first`)
  }
  const row = await insertApiKey(tx, {
    public_id: newPublicId('key'),
    user_id: user.id,
    hash: hashApiKey(input.key),
    hint: apiKeyHint(input.key),
    description: input.description ?? null,
    created_at: now,
    expires_at: input.expiresAt ?? null,
  })
  // Whoever knows a key can use it, so this tells nothing that could not be had by trying.
  if (row === undefined) throw new Refusal('api_key_taken', 'This API key cannot be imported: choose another')
  await recordAudit(
    tx,
    caller,
    {
      action: 'api_key.created',
      entityId: homeOf(user),
      subject: user.username,
      details: { id: row.public_id, hint: row.hint, description: row.description },
    },
    now,
  )
  return row
}

/** Where the audit of a service account's changes is read; people's is the server's. */
export function homeOf(user: User): number | null {
  return user.kind === 'service' ? user.default_entity_id : null
}

export function nameTaken(name: string): Refusal {
  return new Refusal(
    'name_taken',
    `"${name}" is taken: users, teams and organizations share one namespace, letter case does not count, and names are never given again`,
    { details: { name } },
  )
}

/**
 * The user whose account the caller may look into and manage keys of: its own, any for a server administrator, and
 * for a team's administrators its service accounts. Every other answers as if it did not exist.
 *
 * @throws Refusal `not_found`
 */
export async function requireAccount(db: Reader | Tx, caller: Caller, username: string): Promise<User> {
  const what = `User "${username}"`
  const user = isEntityName(username) ? await findUserByUsername(db, username) : undefined
  if (user === undefined) throw notFound(what)
  const home = homeOf(user)
  const managesIt = home !== null && may(caller, 'admin', home)
  if (isSelf(caller, user.id) || caller.user.isAdmin || managesIt) return user
  throw notFound(what)
}
