/** The cookie that a browser's session is in. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenSession } from '../access/operations.ts'
import type { World } from '../world.ts'

/** The doors it opens. Browsers send it nowhere else, so that no page of an artifact or of the client's doors gets it. */
const PATH = '/api/v1'

/**
 * The token in the request's cookie; `undefined` without one. Neither if there are two: a page of a neighbouring host can
 * set one of the same name, and would have its victim work in the attacker's session.
 */
export function sessionTokenOf(world: World, request: FastifyRequest): string | undefined {
  const prefix = `${nameOf(world)}=`
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  const found = pairs.filter((pair) => pair.startsWith(prefix))
  return found.length === 1 ? found[0]?.slice(prefix.length) : undefined
}

/**
 * `Lax`, not `Strict`: with that, who comes from a link in a message or back from the identity provider would be signed
 * out. Requests that change something need more than the cookie anyway.
 */
export function setSessionCookie(world: World, reply: FastifyReply, session: OpenSession): void {
  const seconds = Math.max(1, Math.round((session.expiresAt - world.now()) / 1_000))
  reply.header('set-cookie', cookie(world, session.token, seconds))
}

export function clearSessionCookie(world: World, reply: FastifyReply): void {
  reply.header('set-cookie', cookie(world, '', 0))
}

function cookie(world: World, value: string, maxAgeSeconds: number): string {
  const attributes = `Path=${PATH}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`
  return `${nameOf(world)}=${value}; ${attributes}${isSecure(world) ? '; Secure' : ''}`
}

/** Browsers take a name that begins with `__Secure-` from https alone: nobody on the way can plant one by http. */
function nameOf(world: World): string {
  return isSecure(world) ? '__Secure-tripline' : 'tripline'
}

function isSecure(world: World): boolean {
  return world.config.publicUrl?.startsWith('https://') === true
}
