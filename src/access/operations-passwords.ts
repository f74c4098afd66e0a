import { notFound, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { isEntityName } from './names.ts'
import { accountSubject, addressSubject, countAttempt } from './operations-attempts.ts'
import { recordAudit } from './operations-audit.ts'
import type { Visitor } from './operations-sessions.ts'
import { assertPasswordUsable, hashPassword, verifyPassword } from './password.ts'
import { type Caller, isSelf, requireServerAdmin } from './rights.ts'
import { findUserByUsername, setPasswordHash, type User } from './store.ts'
import { deleteSessionsOf, forgetAttempts } from './store-sessions.ts'

/**
 * Give the caller's own account another password, or a first one. All its sessions end but the one that asks.
 *
 * - `current`: needed if there is one, so that neither a forgotten browser nor a leaked key takes the account over. Wrong
 *   ones are counted like attempts to sign in.
 * - `sessionId`: that asks; `undefined` for an API key.
 *
 * @throws Refusal `password_wrong` | `password_invalid` | `rate_limited` | `forbidden`
 */
export async function changeOwnPassword(
  world: World,
  caller: Caller,
  visitor: Visitor,
  input: { current: string | undefined; new: string; sessionId: number | undefined },
): Promise<void> {
  if (!isSelf(caller, caller.user.id)) {
    throw new Refusal('forbidden', 'A password is changed by the user itself, not by who acts for it')
  }
  const user = await requirePerson(world, caller.user.username)
  assertPasswordUsable(input.new, '/new')
  if (user.password_hash !== null) await requireCurrent(world, visitor, user, input.current)
  await changePassword(world, caller, user, { ...input, action: 'user.password_changed' })
}

/**
 * Give somebody else's account another password, for who forgot theirs. All its sessions end.
 *
 * @throws Refusal `forbidden` | `not_found` | `password_invalid`
 */
export async function resetPassword(
  world: World,
  caller: Caller,
  input: { username: string; new: string },
): Promise<void> {
  requireServerAdmin(caller)
  if (input.username === caller.user.username) {
    throw new Refusal('forbidden', 'Your own password is changed at /api/v1/viewer/password, with the current one')
  }
  const user = await requirePerson(world, input.username)
  assertPasswordUsable(input.new, '/new')
  await changePassword(world, caller, user, { ...input, sessionId: undefined, action: 'user.password_reset' })
}

async function requirePerson(world: World, username: string): Promise<User> {
  const user = isEntityName(username) ? await findUserByUsername(world.db.read, username) : undefined
  if (user === undefined) throw notFound(`User "${username}"`)
  if (user.kind === 'person') return user
  throw new Refusal('forbidden', `"${username}" is a service account, which has API keys and no password`)
}

async function requireCurrent(world: World, visitor: Visitor, user: User, current: string | undefined): Promise<void> {
  const wrong = (message: string) =>
    new Refusal('password_wrong', message, { fields: [{ path: '/current', message: 'is not the current password' }] })
  if (current === undefined) throw wrong('There is a password already: send it as "current" along with the new one')
  const [account, address] = [accountSubject(user.id), addressSubject(visitor)]
  await countAttempt(world, { account, address })
  if (!(await verifyPassword(current, user.password_hash as string))) {
    throw wrong(
      'That is not the current password. Who does not know it asks an administrator of the server for a new one',
    )
  }
  await world.db.transaction((tx) => forgetAttempts(tx, { account, address }))
}

async function changePassword(
  world: World,
  caller: Caller,
  user: User,
  input: { new: string; sessionId: number | undefined; action: string },
): Promise<void> {
  const to = await hashPassword(input.new)
  await world.db.transaction(async (tx) => {
    if (!(await setPasswordHash(tx, { userId: user.id, from: user.password_hash, to }))) {
      throw new Refusal('password_wrong', 'The password was changed by another request just now: try again')
    }
    await deleteSessionsOf(tx, { userId: user.id, but: input.sessionId })
    await recordAudit(tx, caller, { action: input.action, entityId: null, subject: user.username }, world.now())
  })
}
