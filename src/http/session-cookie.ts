/** The cookie that a browser's session is in. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { FLOW_MS_MAX, type OpenSession } from '../access/operations.ts'
import type { World } from '../world.ts'

/** The doors it opens. Browsers send it nowhere else, so that no page of an artifact or of the client's doors gets it. */
const PATH = '/api/v1'

/** The only one that reads the cookie of a sign-in under way. */
const FLOW_PATH = '/oidc'

/**
 * The token in the request's cookie; `undefined` without one. Neither if there are two: a page of a neighbouring host can
 * set one of the same name, and would have its victim work in the attacker's session.
 */
export function sessionTokenOf(world: World, request: FastifyRequest): string | undefined {
  return cookieOf(request, nameOf(world))
}

/**
 * `Lax`, not `Strict`: with that, who comes from a link in a message or back from the identity provider would be signed
 * out. Requests that change something need more than the cookie anyway.
 */
export function setSessionCookie(world: World, reply: FastifyReply, session: OpenSession): void {
  const maxAgeSeconds = Math.max(1, Math.round((session.expiresAt - world.now()) / 1_000))
  addCookie(world, reply, { name: nameOf(world), value: session.token, path: PATH, maxAgeSeconds })
}

export function clearSessionCookie(world: World, reply: FastifyReply): void {
  addCookie(world, reply, { name: nameOf(world), value: '', path: PATH, maxAgeSeconds: 0 })
}

/** What a browser keeps while it is at the identity provider. It comes back from there by a link, so `Lax` again. */
export function flowOf(world: World, request: FastifyRequest): string | undefined {
  return cookieOf(request, flowNameOf(world))
}

export function setFlowCookie(world: World, reply: FastifyReply, kept: string): void {
  addCookie(world, reply, { name: flowNameOf(world), value: kept, path: FLOW_PATH, maxAgeSeconds: FLOW_MS_MAX / 1_000 })
}

export function clearFlowCookie(world: World, reply: FastifyReply): void {
  addCookie(world, reply, { name: flowNameOf(world), value: '', path: FLOW_PATH, maxAgeSeconds: 0 })
}

function cookieOf(request: FastifyRequest, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  const found = pairs.filter((pair) => pair.startsWith(`${name}=`))
  return found.length === 1 ? found[0]?.slice(name.length + 1) : undefined
}

function addCookie(
  world: World,
  reply: FastifyReply,
  { name, value, path, maxAgeSeconds }: { name: string; value: string; path: string; maxAgeSeconds: number },
): void {
  const attributes = `Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`
  // Fastify adds a second one to the first.
  reply.header('set-cookie', `${name}=${value}; ${attributes}${isSecure(world) ? '; Secure' : ''}`)
}

/** Browsers take a name that begins with `__Secure-` from https alone: nobody on the way can plant one by http. */
function nameOf(world: World): string {
  return isSecure(world) ? '__Secure-tripline' : 'tripline'
}

function flowNameOf(world: World): string {
  return `${nameOf(world)}-oidc`
}

function isSecure(world: World): boolean {
  return world.config.publicUrl?.startsWith('https://') === true
}
