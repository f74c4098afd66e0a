import type { Tx } from '../database/database.ts'
import type { SessionMethod } from '../database/schema.ts'
import { notFound, Refusal } from '../refusal.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'
import { accountOf, type Credentials, requestOf } from './account.ts'
import { type Actor, recordAudit } from './operations-audit.ts'
import { withCause } from './operations-authentication.ts'
import { type Caller, isSelf } from './rights.ts'
import {
  ATTEMPTS_WINDOW_MS,
  csrfTokenOf,
  hashSessionToken,
  isSessionToken,
  newSessionToken,
  SESSION_IDLE_MS_MAX,
  SESSION_MS_MAX,
  SESSIONS_PER_USER_MAX,
} from './session.ts'
import {
  deleteAllSessions,
  deleteEndedSessions,
  deleteOldAttempts,
  deleteSession,
  deleteSessionsOf,
  findSessionOwner,
  insertSession,
  listSessions,
  touchSession,
} from './store-sessions.ts'

const LAST_USED_PRECISION_MS = 60_000

/** Who is at the door and may be let in. `address`: of the peer, or of who a trusted proxy says it asks for. */
export type Visitor = { address: string; userAgent: string | undefined; requestId: string }

/** A session as the request that begins or uses it has it. `token`: of the cookie. */
export type OpenSession = { id: number | undefined; token: string; csrfToken: string; expiresAt: number }

/**
 * Who asks, by the cookie of a session; `undefined` when it is unknown or has ended, or its user was deleted.
 *
 * A session has the rights of its user, and is used at most until `SESSION_MS_MAX` after it began. That it is used is
 * noted to the minute, and not in the way of the request.
 *
 * @throws Refusal `caused_by_unknown`
 */
export async function authenticateSession(
  world: World,
  token: string,
  credentials: Credentials,
): Promise<{ caller: Caller; session: OpenSession } | undefined> {
  if (!isSessionToken(token)) return undefined
  const now = world.now()
  const rows = await findSessionOwner(world.db.read, {
    hash: hashSessionToken(token),
    now,
    usedAfter: now - SESSION_IDLE_MS_MAX,
  })
  const owner = rows[0]
  if (owner === undefined) return undefined
  noteUse(world, owner, now)
  const account = accountOf(rows)
  const caller: Caller = {
    ...account,
    through: null,
    adminEverywhere: account.user.isAdmin && credentials.adminPrivilegesHeader?.trim().toLowerCase() === 'true',
    ...requestOf({ ...credentials, via: 'web' }),
    cause: null,
  }
  const session = { id: owner.session_id, token, csrfToken: csrfTokenOf(token), expiresAt: owner.expires_at }
  return { caller: await withCause(world, caller, credentials), session }
}

function noteUse(world: World, session: { session_id: number; last_used_at: number }, now: number): void {
  const unusedSince = now - LAST_USED_PRECISION_MS
  if (session.last_used_at > unusedSince) return
  world.db
    .transaction((tx) => touchSession(tx, { id: session.session_id, now, unusedSince }))
    .catch((error: unknown) => world.log.debug({ err: error }, 'the last use of a session was not noted'))
}

/** Whoever lets somebody in writes it down as that user's doing. */
export function actorOf(visitor: Visitor, user: { id: number; username: string } | null): Actor {
  return { user, via: 'web', requestId: visitor.requestId, through: null, cause: null }
}

/**
 * Begin a session, always under a new token: one that a browser brings along is never taken over, and what it stood for
 * ends.
 *
 * - `apiKey`: which began it, and with which it ends.
 * - `replaced`: the token in the cookie that the new one overwrites.
 */
export async function startSession(
  tx: Tx,
  visitor: Visitor,
  input: {
    user: { id: number; username: string }
    method: SessionMethod
    apiKey?: { id: number; expiresAt: number | null }
    replaced?: string | undefined
  },
  now: number,
): Promise<OpenSession> {
  const { user, method, apiKey, replaced } = input
  if (replaced !== undefined) await deleteSession(tx, { hash: hashSessionToken(replaced) })
  const token = newSessionToken()
  const expiresAt = Math.min(now + SESSION_MS_MAX, apiKey?.expiresAt ?? Number.POSITIVE_INFINITY)
  const publicId = newPublicId('ses')
  await insertSession(tx, {
    public_id: publicId,
    user_id: user.id,
    hash: hashSessionToken(token),
    method,
    api_key_id: apiKey?.id ?? null,
    user_agent: requestOf({ ...visitor, via: 'web', authorization: undefined }).userAgent,
    created_at: now,
    last_used_at: now,
    expires_at: expiresAt,
  })
  await deleteSessionsOf(tx, { userId: user.id, kept: SESSIONS_PER_USER_MAX })
  await recordAudit(
    tx,
    actorOf(visitor, user),
    {
      action: 'session.started',
      entityId: null,
      subject: user.username,
      details: { id: publicId, method, address: visitor.address },
    },
    now,
  )
  return { id: undefined, token, csrfToken: csrfTokenOf(token), expiresAt }
}

/** End the session of this token. Nothing happens if there is none. */
export async function signOut(world: World, caller: Caller, token: string): Promise<void> {
  await world.db.transaction(async (tx) => {
    const ended = await deleteSession(tx, { hash: hashSessionToken(token) })
    if (ended !== undefined) await recordEnd(tx, caller, ended.public_id, world.now())
  })
}

export type SessionView = {
  id: string
  /** The one that asks. */
  current: boolean
  method: SessionMethod
  userAgent: string | null
  createdAt: number
  /** To the minute. */
  lastUsedAt: number
  /** At the latest: earlier if it is not used for a week. */
  expiresAt: number
}

/** The caller's own, the newest first: at most `SESSIONS_PER_USER_MAX`. @throws Refusal `forbidden` */
export async function listOwnSessions(
  world: World,
  caller: Caller,
  currentId: number | undefined,
): Promise<SessionView[]> {
  requireSelf(caller)
  const now = world.now()
  const rows = await listSessions(world.db.read, {
    userId: caller.user.id,
    now,
    usedAfter: now - SESSION_IDLE_MS_MAX,
  })
  return rows.map((row) => ({
    id: row.public_id,
    current: row.id === currentId,
    method: row.method,
    userAgent: row.user_agent,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
  }))
}

/** End one of the caller's own. @throws Refusal `not_found` | `forbidden` */
export async function endOwnSession(world: World, caller: Caller, publicId: string): Promise<void> {
  requireSelf(caller)
  await world.db.transaction(async (tx) => {
    const ended = await deleteSession(tx, { userId: caller.user.id, publicId })
    if (ended === undefined) throw notFound(`Session "${publicId}"`)
    await recordEnd(tx, caller, publicId, world.now())
  })
}

/** End all of the caller's own but the one that asks; with an API key, all. @throws Refusal `forbidden` */
export async function endOtherSessions(world: World, caller: Caller, currentId: number | undefined): Promise<void> {
  requireSelf(caller)
  await world.db.transaction(async (tx) => {
    const ended = await deleteSessionsOf(tx, { userId: caller.user.id, but: currentId })
    if (ended === 0) return
    const entry = { action: 'session.others_ended', entityId: null, subject: caller.user.username }
    await recordAudit(tx, caller, { ...entry, details: { sessions: ended } }, world.now())
  })
}

/** What nobody can use or is counted any more. */
export async function forgetEndedSessions(world: Pick<World, 'db' | 'now'>): Promise<void> {
  await world.db.transaction(async (tx) => {
    const now = world.now()
    await deleteEndedSessions(tx, { now, usedBefore: now - SESSION_IDLE_MS_MAX })
    await deleteOldAttempts(tx, now - ATTEMPTS_WINDOW_MS)
  })
}

/** Everybody's, and the attempts to begin one. For a database that has been put back: some had ended since. */
export async function forgetAllSessions(tx: Tx): Promise<void> {
  await deleteAllSessions(tx)
}

async function recordEnd(tx: Tx, caller: Caller, publicId: string, now: number): Promise<void> {
  const entry = { action: 'session.ended', entityId: null, subject: caller.user.username, details: { id: publicId } }
  await recordAudit(tx, caller, entry, now)
}

function requireSelf(caller: Caller): void {
  if (isSelf(caller, caller.user.id)) return
  throw new Refusal('forbidden', 'Sessions are seen and ended by the user itself, not by who acts for it')
}
