import type { FastifyReply, FastifyRequest } from 'fastify'
import { authenticate, authenticateSession } from '../access/operations.ts'
import { isOwnOrigin } from '../access/request-origin.ts'
import { isCsrfTokenOf } from '../access/session.ts'
import type { Via } from '../events/event.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { callerOf, type RestApp } from './rest.ts'
import { sessionTokenOf } from './session-cookie.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Begins a session: whoever is signed in until now is nobody here, and needs to show nothing of the old one. */
    beginsSession?: boolean
  }
}

/** Every route below `app` needs an API key, but those that say `config: { open: true }`. Cookies never count here. */
export function requireCredentials(app: RestApp, world: World, via: Via): void {
  app.addHook('onRequest', async (request) => {
    await authenticateByHeaders(world, request, via)
    if (request.routeOptions.config.open !== true) callerOf(request)
  })
}

/** The same where browsers come too: without an `Authorization` header the cookie of a session counts. */
export function requireCredentialsOrSession(app: RestApp, world: World): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization === undefined) await authenticateByCookie(world, request, reply)
    else await authenticateByHeaders(world, request, 'rest')
    if (request.routeOptions.config.open !== true) callerOf(request)
  })
}

/** Who sends this request, by its headers; `null` without valid credentials. */
async function authenticateByHeaders(world: World, request: FastifyRequest, via: Via): Promise<void> {
  request.caller = (await authenticate(world, credentialsOf(request, via))) ?? null
}

/**
 * Who sends this request, by its cookie. A browser sends that along whoever makes it ask, so what changes something must
 * come from a page of our own and know the session's token, which no other page can read.
 *
 * @throws Refusal `origin_not_allowed` | `csrf_token_invalid`
 */
async function authenticateByCookie(world: World, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { headers } = request
  const isChange = request.method !== 'GET' && request.method !== 'HEAD'
  // Of requests without a cookie too: other sites shall not sign people in either.
  if (isChange) requireOwnOrigin(world, request)

  const token = sessionTokenOf(world, request)
  if (token === undefined || request.routeOptions.config.beginsSession === true) return
  const found = await authenticateSession(world, token, credentialsOf(request, 'web'))
  if (found === undefined) return
  if (isChange && !isCsrfTokenOf(token, single(headers['x-tripline-csrf']))) {
    throw new Refusal(
      'csrf_token_invalid',
      'Send the csrfToken that GET /api/v1/session gives for this session in the header X-Tripline-Csrf',
    )
  }
  request.caller = found.caller
  request.session = found.session
  // Nobody shall find it in the browser's cache after the user has signed out.
  reply.header('cache-control', 'no-store')
}

function requireOwnOrigin(world: World, { headers }: FastifyRequest): void {
  const { origin, referer, host } = headers
  const given = { origin, referer, host, secFetchSite: single(headers['sec-fetch-site']) }
  if (isOwnOrigin(given, world.config.publicUrl)) return
  throw new Refusal(
    'origin_not_allowed',
    'A browser says that a page of another site sends this. If it is a page of this server, set TRIPLINE_PUBLIC_URL to the address in the browser',
  )
}

function credentialsOf(request: FastifyRequest, via: Via): Parameters<typeof authenticate>[1] {
  const { headers } = request
  return {
    authorization: headers.authorization,
    usernameHeader: single(headers['x-wandb-username']),
    adminPrivilegesHeader: single(headers['use-admin-privileges']),
    causedByHeader: single(headers['x-tripline-caused-by']),
    importHeader: single(headers['x-tripline-import']),
    userAgent: headers['user-agent'],
    requestId: request.id,
    via,
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
