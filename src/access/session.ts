/**
 * Sessions of browsers: a random token in a cookie, kept only as its SHA-256 (`docs/decisions/0023-sessions.md`).
 *
 * The token that a changing request must bring besides the cookie is derived from the cookie's: nothing of it is stored,
 * and who reads the database has neither.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** A session ends this long after it began, however much it is used, */
export const SESSION_MS_MAX = 30 * 24 * 3_600_000

/** or this long after it was last used. */
export const SESSION_IDLE_MS_MAX = 7 * 24 * 3_600_000

/** Of one user; a further one ends the one unused for longest. */
export const SESSIONS_PER_USER_MAX = 100

/** Over which failed attempts to sign in are counted. */
export const ATTEMPTS_WINDOW_MS = 15 * 60_000

const TOKEN_BYTES = 32
const TOKEN_PATTERN = /^[\w-]{43}$/

/** A new token: 256 random bits. */
export function newSessionToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

export function isSessionToken(token: string): boolean {
  return TOKEN_PATTERN.test(token)
}

/** SHA-256 in hex, under which the session is found. */
export function hashSessionToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex')
}

/** What requests of this session that change something bring in a header, which no other site can make a browser send. */
export function csrfTokenOf(sessionToken: string): string {
  return createHmac('sha256', sessionToken).update('csrf').digest('base64url')
}

/** Whether `given` is that token. Takes as long for a wrong one as for the right one. */
export function isCsrfTokenOf(sessionToken: string, given: string | undefined): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest()
  return timingSafeEqual(digest(csrfTokenOf(sessionToken)), digest(given ?? ''))
}
