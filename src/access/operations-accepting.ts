import type { Tx } from '../database/database.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { accountOf } from './account.ts'
import { addUser, prepareUser } from './operations-accounts.ts'
import { type Actor, recordAudit } from './operations-audit.ts'
import { requireGroup } from './operations-entities.ts'
import { groupOf, type InvitedGroup, inviteInvalid, requireInvite } from './operations-invites.ts'
import { joinOrganization } from './operations-members.ts'
import { actorOf, type OpenSession, startSession, type Visitor } from './operations-sessions.ts'
import { type Caller, isSelf, lowerRole, type Role } from './rights.ts'
import { findUserByUsername, takeTurn, type User } from './store.ts'
import { deleteInvite, type Invite } from './store-invites.ts'
import { findPersonWithMemberships } from './store-keys.ts'
import { findMemberRole, putMember } from './store-members.ts'

export type Accepted = { username: string; group: InvitedGroup | null; role: Role | null }

/** An account that an invite makes. */
export type NewAccount = { username: string; password: string; name?: string | undefined; email?: string | undefined }

/**
 * Join by an invite with an account of its own, that the invite makes, and a session.
 *
 * The e-mail address is the invite's; another one may be given where it has none. Whether it is theirs nobody has said but
 * themselves, unless an administrator of the server put it into the invite: then alone does a sign-in by an identity
 * provider count for this account, or who joins could lie in wait for somebody else's.
 *
 * @throws Refusal `invite_invalid` | those of a new user
 */
export async function acceptAsNew(
  world: World,
  visitor: Visitor,
  token: string,
  account: NewAccount,
): Promise<Accepted & { session: OpenSession }> {
  // Asked again below: here so that nobody without a link makes a server hash passwords.
  const { email } = await requireInvite(world.db.read, token, world.now())
  if (email !== null && account.email !== undefined && account.email.toLowerCase() !== email.toLowerCase()) {
    throw new Refusal('invalid_request', 'The invite is for another e-mail address: leave it out', {
      fields: [{ path: '/email', message: 'is not that of the invite' }],
    })
  }
  const prepared = await prepareUser({ ...account, email: email ?? account.email })
  return world.db.transaction(async (tx) => {
    await takeTurn(tx)
    const now = world.now()
    const invite = await takeInvite(tx, token, now)
    const emailVouched = invite.email !== null && invite.inviter_is_admin === 1
    const stranger = actorOf(visitor, null)
    const user = await addUser(tx, stranger, { ...prepared, emailVouched, admin: false, home: null }, now)
    const role = await join(tx, actorOf(visitor, user), user, invite, now)
    const session = await startSession(tx, visitor, { user, method: 'invite' }, now)
    return { username: user.username, group: groupOf(invite), role, session }
  })
}

/**
 * Join by an invite with the account one has. A higher role than the invite's is kept.
 *
 * @throws Refusal `invite_invalid` | `forbidden`
 */
export async function acceptAsMember(world: World, caller: Caller, token: string): Promise<Accepted> {
  if (!isSelf(caller, caller.user.id) || caller.user.kind === 'service') {
    throw new Refusal('forbidden', 'An invite is for a person: accept it as yourself')
  }
  return world.db.transaction(async (tx) => {
    await takeTurn(tx)
    const now = world.now()
    const invite = await takeInvite(tx, token, now)
    const user = await findUserByUsername(tx, caller.user.username)
    if (user === undefined) throw new Refusal('unauthenticated', 'The user was just deleted')
    const role = await join(tx, caller, user, invite, now)
    return { username: user.username, group: groupOf(invite), role }
  })
}

/**
 * The invite, which nobody can use again. It counts no more than who sent it does by now: whoever has lost the right to
 * invite has lost it for links that are under way, too.
 */
async function takeInvite(tx: Tx, token: string, now: number): Promise<Invite> {
  const invite = await requireInvite(tx, token, now)
  const rows = await findPersonWithMemberships(tx, invite.inviter)
  if (rows.length === 0 || !(await mayStillInvite(tx, accountOf(rows), groupOf(invite)))) throw inviteInvalid()
  await deleteInvite(tx, invite.id)
  return invite
}

async function mayStillInvite(
  tx: Tx,
  inviter: ReturnType<typeof accountOf>,
  group: InvitedGroup | null,
): Promise<boolean> {
  if (inviter.user.isAdmin || group === null) return inviter.user.isAdmin
  const request = { through: null, adminEverywhere: false, via: 'web', userAgent: null, requestId: null, cause: null }
  try {
    await requireGroup(tx, { ...inviter, ...request } as Caller, group, 'admin')
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

async function join(tx: Tx, actor: Actor, user: User, invite: Invite, now: number): Promise<Role | null> {
  const { entity_id: entityId, role } = invite
  const details = { role, invite: invite.public_id, invitedBy: invite.inviter }
  const accepted = { action: 'invite.accepted', entityId, subject: user.username, details }
  if (entityId === null || role === null) {
    await recordAudit(tx, actor, accepted, now)
    return null
  }
  const earlier = await findMemberRole(tx, { entityId, userId: user.id })
  const isMore = earlier === undefined || (earlier !== role && lowerRole(earlier, role) === earlier)
  await recordAudit(tx, actor, [accepted, ...(isMore ? [changeOf(invite, user, earlier)] : [])], now)
  if (!isMore) return earlier
  await putMember(tx, { entity_id: entityId, user_id: user.id, role, created_at: now })
  const group = { id: entityId, organization_id: invite.organization_id, name: invite.entity as string }
  await joinOrganization(tx, actor, group, user, now)
  return role
}

function changeOf({ entity_id: entityId, role }: Invite, user: User, earlier: Role | undefined) {
  const change = { entityId, subject: user.username }
  return earlier === undefined
    ? { ...change, action: 'member.added', details: { role } }
    : { ...change, action: 'member.role_changed', details: { from: earlier, to: role } }
}
