import { createHash, randomBytes } from 'node:crypto'
import type { Tx } from '../database/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'
import { assertEmailUsable } from './names.ts'
import { recordAudit } from './operations-audit.ts'
import { type GroupKind, requireGroup } from './operations-entities.ts'
import { type Caller, isSelf, may, type Role, requireRole, requireServerAdmin } from './rights.ts'
import { takeTurn } from './store.ts'
import type { Entity } from './store-entities.ts'
import {
  countInvites,
  deleteEndedInvites,
  deleteInvite,
  findInvite,
  type Invite,
  insertInvite,
  listInvites as listInviteRows,
} from './store-invites.ts'

const DAY_MS = 24 * 3_600_000
const INVITE_MS = 7 * DAY_MS
const INVITE_MS_MAX = 30 * DAY_MS

/** Open at a time, of one team or organization, or of the server: more are a mistake, or somebody filling the disk. */
const INVITES_MAX = 1_000

const TOKEN_BYTES = 32

export type InvitedGroup = { kind: GroupKind; name: string; displayName: string | null }

export type InviteView = {
  id: string
  /** `null`: to the server alone. */
  group: InvitedGroup | null
  role: Role | null
  email: string | null
  invitedBy: { username: string; name: string | null }
  createdAt: number
  expiresAt: number
}

/**
 * A link by which one person joins a team or an organization with a role, or with no `group` the server. Who manages the
 * members invites, and so to no more than could be given at once; to the server its administrators do.
 *
 * The token is shown this once, for the link to be passed on: no message is sent.
 *
 * - `email`: the address of the new account, if one is made.
 * - `expiresAt`: within 30 days; 7 days from now if it is not said.
 *
 * @throws Refusal `not_found` | `forbidden` | `invalid_request` | `limit_reached`
 */
export async function createInvite(
  world: World,
  caller: Caller,
  input: {
    group: { kind: GroupKind; name: string; role: Role } | undefined
    email?: string | undefined
    expiresAt?: number | undefined
  },
): Promise<InviteView & { token: string }> {
  if (!isSelf(caller, caller.user.id) || caller.user.kind === 'service') {
    throw new Refusal('forbidden', 'People are invited by people: a service account adds members who have an account')
  }
  if (input.email !== undefined) assertEmailUsable(input.email)
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const now = world.now()
  const expiresAt = input.expiresAt ?? now + INVITE_MS
  if (expiresAt <= now || expiresAt > now + INVITE_MS_MAX) {
    throw new Refusal('invalid_request', 'expiresAt must be in the future, within 30 days', {
      fields: [{ path: '/expiresAt', message: 'must be in the future, within 30 days' }],
    })
  }
  const publicId = newPublicId('inv')
  return world.db
    .transaction(async (tx) => {
      await takeTurn(tx)
      const entity = await requireInviting(tx, caller, input.group)
      const entityId = entity?.id ?? null
      if ((await countInvites(tx, { entityId, now })) >= INVITES_MAX) {
        throw new Refusal('limit_reached', `There are ${INVITES_MAX} open invites already: revoke some first`)
      }
      const role = input.group?.role ?? null
      const email = input.email ?? null
      await insertInvite(tx, {
        public_id: publicId,
        hash: hashInviteToken(token),
        entity_id: entityId,
        role,
        email,
        invited_by: caller.user.id,
        created_at: now,
        expires_at: expiresAt,
      })
      const details = { role, ...(email === null ? {} : { email }) }
      await recordAudit(tx, caller, { action: 'invite.created', entityId, subject: publicId, details }, now)
      return viewOf((await findInvite(tx, { publicId }, now)) as Invite)
    })
    .then((invite) => ({ ...invite, token }))
}

/** Who may invite there. `undefined`: to the server. @throws Refusal `not_found` | `forbidden` */
async function requireInviting(
  db: Tx | World['db']['read'],
  caller: Caller,
  group: { kind: GroupKind; name: string } | undefined,
): Promise<Entity | undefined> {
  if (group !== undefined) return requireGroup(db, caller, group, 'admin')
  requireServerAdmin(caller)
  return undefined
}

/**
 * Those to a team or organization, or to the server alone, that can still be accepted; the newest first. One more than
 * `limit` tells that there are more.
 *
 * - `before`: the position of the last one of the page before.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function listInvites(
  world: World,
  caller: Caller,
  input: { group: { kind: GroupKind; name: string } | undefined; before: number | undefined; limit: number },
): Promise<(InviteView & { position: number })[]> {
  const { read } = world.db
  const entity = await requireInviting(read, caller, input.group)
  const rows = await listInviteRows(read, {
    entityId: entity?.id ?? null,
    now: world.now(),
    before: input.before,
    limit: input.limit + 1,
  })
  return rows.map((row) => ({ ...viewOf(row), position: row.id }))
}

/** @throws Refusal `not_found` | `forbidden` */
export async function revokeInvite(world: World, caller: Caller, publicId: string): Promise<void> {
  const what = `Invite "${publicId}"`
  await world.db.transaction(async (tx) => {
    const now = world.now()
    const invite = await findInvite(tx, { publicId }, now)
    const isOfServer = invite?.entity_id === null
    if (invite === undefined || (isOfServer && !caller.user.isAdmin)) throw notFound(what)
    const managesTeams = invite.organization_id !== null && may(caller, 'admin', invite.organization_id)
    if (invite.entity_id !== null && !managesTeams) requireRole(caller, 'admin', invite.entity_id, what)
    await deleteInvite(tx, invite.id)
    await recordAudit(tx, caller, { action: 'invite.revoked', entityId: invite.entity_id, subject: publicId }, now)
  })
}

/** Who invites to what. @throws Refusal `invite_invalid` */
export async function lookUpInvite(world: World, token: string): Promise<InviteView> {
  return viewOf(await requireInvite(world.db.read, token, world.now()))
}

/** The open invite of this link. @throws Refusal `invite_invalid` */
export async function requireInvite(db: Tx | World['db']['read'], token: string, now: number): Promise<Invite> {
  const invite = await findInvite(db, { hash: hashInviteToken(token) }, now)
  if (invite === undefined) throw inviteInvalid()
  return invite
}

/** One answer for all that can be wrong with a link: it may be in the hands of anybody. */
export function inviteInvalid(): Refusal {
  return new Refusal(
    'invite_invalid',
    'The invite is wrong, was used or revoked, or has expired: ask whoever sent it for another',
  )
}

export async function forgetEndedInvites(world: Pick<World, 'db' | 'now'>): Promise<void> {
  await world.db.transaction((tx) => deleteEndedInvites(tx, world.now()))
}

/** The team or organization of an invite, as people know it. */
export function groupOf(invite: Invite): InvitedGroup | null {
  const { entity: name, entity_kind: kind, entity_display_name: displayName } = invite
  return name === null || kind === null || kind === 'user' ? null : { kind, name, displayName }
}

function viewOf(invite: Invite): InviteView {
  return {
    id: invite.public_id,
    group: groupOf(invite),
    role: invite.role,
    email: invite.email,
    invitedBy: { username: invite.inviter, name: invite.inviter_name },
    createdAt: invite.created_at,
    expiresAt: invite.expires_at,
  }
}

function hashInviteToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex')
}
