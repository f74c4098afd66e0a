/** Who somebody is to others, and whether they administer the server. */
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { assertEmailUsable } from './names.ts'
import { requireAccount } from './operations-accounts.ts'
import { recordAudit } from './operations-audit.ts'
import { type UserView, viewOf } from './operations-users.ts'
import { type Caller, isSelf, requireServerAdmin } from './rights.ts'
import { findUserWithHome, otherServerAdminExists, takeTurn, updateUser } from './store.ts'

/** Absent: stays as it is. `null`: is taken away. */
export type ProfileChanges = { name?: string | null | undefined; email?: string | null | undefined }

/**
 * Change the caller's own name or e-mail address. The same again changes nothing. An address that people give themselves
 * proves nothing: no identity provider signs anybody in by it.
 *
 * @throws Refusal `forbidden` | `email_taken` | `invalid_request`
 */
export async function updateOwnProfile(world: World, caller: Caller, changes: ProfileChanges): Promise<void> {
  if (!isSelf(caller, caller.user.id)) {
    throw new Refusal('forbidden', 'A profile is changed by the user itself, not by who acts for it')
  }
  await updateProfile(world, caller, { ...changes, username: caller.user.username, emailVouched: 0 })
}

/**
 * Change anybody's name or e-mail address, and make people administrators of the server, or end that. The server keeps
 * one. For its administrators.
 *
 * @throws Refusal `forbidden` | `not_found` | `email_taken` | `invalid_request` | `last_admin`
 */
export async function updateUserProfile(
  world: World,
  caller: Caller,
  input: ProfileChanges & { username: string; admin?: boolean | undefined },
): Promise<UserView> {
  requireServerAdmin(caller)
  return updateProfile(world, caller, { ...input, emailVouched: 1 })
}

/** `emailVouched`: whether a new address comes from somebody who may say whose it is. */
async function updateProfile(
  world: World,
  caller: Caller,
  input: ProfileChanges & { username: string; admin?: boolean | undefined; emailVouched: 0 | 1 },
): Promise<UserView> {
  const { username, name, email, admin, emailVouched } = input
  if (email != null) assertEmailUsable(email)
  return world.db.transaction(async (tx) => {
    await takeTurn(tx)
    const user = await requireAccount(tx, caller, username)
    const isAdmin = user.is_admin === 1
    if (admin === true && user.kind === 'service') {
      throw new Refusal('forbidden', `"${username}" is a service account, which never administers the server`)
    }
    if (admin === false && isAdmin && !(await otherServerAdminExists(tx, user.id))) {
      throw new Refusal('last_admin', `"${username}" is the last administrator of this server: make another one first`)
    }
    const changes = {
      ...(name === undefined || name === user.name ? {} : { name }),
      ...(email === undefined || email === user.email ? {} : { email, email_vouched: emailVouched }),
      ...(admin === undefined || admin === isAdmin ? {} : { is_admin: admin ? 1 : 0 }),
    }
    const home = (await findUserWithHome(tx, user.id))?.home ?? null
    if (Object.keys(changes).length === 0) return viewOf(user, home)

    const changed = await updateUser(tx, user, changes)
    if (changed === undefined) {
      throw new Refusal('email_taken', `Another user has the e-mail address "${email}"`, {
        fields: [{ path: '/email', message: 'another user has it' }],
      })
    }
    const { is_admin: becomes, email_vouched: _, ...told } = changes
    const details = { ...told, ...(becomes === undefined ? {} : { admin: becomes === 1 }) }
    await recordAudit(tx, caller, { action: 'user.updated', entityId: null, subject: username, details }, world.now())
    return viewOf(changed, home)
  })
}
