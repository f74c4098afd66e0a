import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { hashApiKey } from './api-key.ts'
import { isEntityName } from './names.ts'
import { accountSubject, addressSubject, countAttempt } from './operations-attempts.ts'
import { recordAudit } from './operations-audit.ts'
import { actorOf, type OpenSession, startSession, type Visitor } from './operations-sessions.ts'
import { NO_PASSWORD, verifyPassword } from './password.ts'
import { findUserByEmail, findUserByUsername, type User } from './store.ts'
import { findKeyOwner } from './store-keys.ts'
import { forgetAttempts } from './store-sessions.ts'

/**
 * Begin a session by a username or e-mail address with its password, or by an API key.
 *
 * Attempts are counted before they are looked at, in the database, so that neither many at once nor many processes try
 * more. Those of an account also count if there is no such account, and take as long.
 *
 * - `replaced`: the token of the session that the browser had until now, which ends.
 *
 * @throws Refusal `sign_in_failed` | `rate_limited` | `forbidden` for service accounts, which have no browser
 */
export async function signIn(
  world: World,
  visitor: Visitor,
  input: { username: string; password: string } | { apiKey: string },
  replaced: string | undefined,
): Promise<OpenSession> {
  return 'apiKey' in input
    ? signInByKey(world, visitor, input.apiKey, replaced)
    : signInByPassword(world, visitor, input, replaced)
}

async function signInByPassword(
  world: World,
  visitor: Visitor,
  input: { username: string; password: string },
  replaced: string | undefined,
): Promise<OpenSession> {
  const user = await findAccount(world, input.username)
  const account = accountSubject(user?.id ?? input.username)
  const address = addressSubject(visitor)
  await countAttempt(world, { account, address })

  const isRight = await verifyPassword(input.password, user?.password_hash ?? NO_PASSWORD)
  if (user === undefined || user.password_hash === null || !isRight) {
    await recordRefusal(world, visitor, user)
    throw new Refusal(
      'sign_in_failed',
      'There is no account with this name and password. Check both, or sign in with an API key',
    )
  }
  return world.db.transaction(async (tx) => {
    // The password may have been changed while it was compared, to keep out who knew the old one.
    const still = await findUserByUsername(tx, user.username)
    if (still?.password_hash !== user.password_hash) {
      throw new Refusal('sign_in_failed', 'The password was just changed: sign in with the new one')
    }
    await forgetAttempts(tx, { account, address })
    return startSession(tx, visitor, { user, method: 'password', replaced }, world.now())
  })
}

async function signInByKey(
  world: World,
  visitor: Visitor,
  key: string,
  replaced: string | undefined,
): Promise<OpenSession> {
  const address = addressSubject(visitor)
  await countAttempt(world, { account: undefined, address })
  return world.db.transaction(async (tx) => {
    const [owner] = await findKeyOwner(tx, { hash: hashApiKey(key) })
    const now = world.now()
    if (owner === undefined || (owner.expires_at !== null && owner.expires_at <= now)) {
      throw new Refusal(
        'sign_in_failed',
        'This API key is unknown, was deleted or has expired: check it, or make another',
      )
    }
    if (owner.kind === 'service') {
      throw new Refusal(
        'forbidden',
        'This is the API key of a service account, which programs use: sign in as yourself',
      )
    }
    await forgetAttempts(tx, { account: undefined, address })
    const apiKey = { id: owner.key_id, expiresAt: owner.expires_at }
    return startSession(tx, visitor, { user: owner, method: 'api-key', apiKey, replaced }, now)
  })
}

async function findAccount(world: World, name: string): Promise<User | undefined> {
  const { read } = world.db
  const user = isEntityName(name) ? await findUserByUsername(read, name) : await findUserByEmail(read, name)
  return user?.kind === 'person' ? user : undefined
}

/**
 * Without the name that was typed where there is no such account, since it may be a password in the wrong field. Written
 * for these too, so that they take as long.
 */
async function recordRefusal(world: World, visitor: Visitor, user: User | undefined): Promise<void> {
  const details = { method: 'password', address: visitor.address }
  const subject = user?.username ?? 'unknown account'
  const entry = { action: 'session.refused', entityId: null, subject, details }
  await world.db.transaction((tx) => recordAudit(tx, actorOf(visitor, null), entry, world.now()))
}
