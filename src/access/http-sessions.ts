import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { page } from '../http/paging.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { isoTime, Name, Time, text } from '../http/schemas.ts'
import { clearSessionCookie, sessionTokenOf, setSessionCookie } from '../http/session-cookie.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { Viewer, viewer } from './http-viewer.ts'
import {
  authenticateSession,
  endOtherSessions,
  endOwnSession,
  isSetUp,
  listOwnSessions,
  type OpenSession,
  type SessionView,
  signIn,
  signOut,
  type Visitor,
} from './operations.ts'
import type { Caller } from './rights.ts'

const SessionState = z
  .object({
    viewer: Viewer.nullable().meta({ description: 'Who is signed in; null: nobody.' }),
    csrfToken: z.string().nullable().meta({
      description:
        'For the header `X-Tripline-Csrf` of all requests but GET. Null without a session, as with an API key.',
    }),
    expiresAt: Time.nullable().meta({ description: 'When the session ends at the latest.' }),
    signIn: z
      .object({
        password: z.boolean().meta({ description: 'By name and password, or by an API key.' }),
        oidc: z
          .object({ label: z.string(), url: z.string().meta({ description: 'To open in the browser; add `?next=`.' }) })
          .nullable()
          .meta({ description: 'By an identity provider.' }),
      })
      .meta({ description: 'How one can sign in here.' }),
    setUpNeeded: z.boolean().meta({ description: 'There is no user yet: the link in the log makes the first.' }),
  })
  .meta({ id: 'SessionState' })

const Session = z
  .object({
    id: z.string(),
    current: z.boolean().meta({ description: 'The one that this request is made in.' }),
    method: z.enum(['password', 'api-key', 'oidc', 'setup', 'invite']).meta({ description: 'How it began.' }),
    userAgent: z.string().nullable(),
    createdAt: Time,
    lastUsedAt: Time.meta({ description: 'To the minute.' }),
    expiresAt: Time.meta({ description: 'At the latest: a session that is not used for 7 days ends earlier.' }),
  })
  .meta({ id: 'Session' })

const SignIn = z
  .strictObject({
    username: text({ min: 1, max: 320 }).optional().meta({ description: 'Or the e-mail address.' }),
    password: text({ min: 1, max: 1_000 }).optional(),
    apiKey: text({ min: 1, max: 1_000 }).optional().meta({ description: 'Instead of name and password.' }),
  })
  .meta({ id: 'SignIn' })

/** Signing in and out, and one's own sessions. */
export function sessionRoutes(app: RestApp, world: World): void {
  app.get(
    '/session',
    {
      config: { open: true },
      schema: {
        tags: ['sessions'],
        operationId: 'getSession',
        summary: 'Who is signed in, and how one can sign in',
        security: [],
        response: { 200: SessionState },
      },
    },
    async (request, reply) => answerState(world, reply, request.caller, request.session),
  )

  app.post(
    '/session',
    {
      config: { open: true, beginsSession: true, answersOnce: true },
      schema: {
        tags: ['sessions'],
        operationId: 'signIn',
        summary: 'Sign in with a browser',
        description:
          'Sets the session cookie, under a new token each time. With `username` and `password`, or with `apiKey`. ' +
          'Failed attempts are counted by account and by address: too many are answered 429 with `Retry-After`.',
        security: [],
        body: SignIn,
        response: { 201: SessionState },
      },
    },
    async (request, reply) => {
      const session = await signIn(
        world,
        visitorOf(request),
        credentialsIn(request.body),
        sessionTokenOf(world, request),
      )
      reply.code(201)
      return answerBegun(world, request, reply, session)
    },
  )

  app.delete(
    '/session',
    {
      config: { open: true },
      schema: {
        tags: ['sessions'],
        operationId: 'signOut',
        summary: 'Sign out',
        description: 'Ends the session and clears its cookie. Without a session nothing happens.',
        security: [],
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { caller, session } = request
      if (caller !== null && session !== null) await signOut(world, caller, session.token)
      clearSessionCookie(world, reply)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/viewer/sessions',
    {
      schema: {
        tags: ['sessions'],
        operationId: 'listSessions',
        summary: 'Where you are signed in',
        description: 'A user has at most 100 sessions, so they come in one page, the newest first.',
        response: { 200: page(Session) },
      },
    },
    async (request) => {
      const sessions = await listOwnSessions(world, callerOf(request), request.session?.id)
      return { items: sessions.map(sessionBody) }
    },
  )

  app.delete(
    '/viewer/sessions',
    {
      schema: {
        tags: ['sessions'],
        operationId: 'endOtherSessions',
        summary: 'Sign out everywhere else',
        description: 'Ends all your sessions but the one that asks; with an API key, all of them.',
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await endOtherSessions(world, callerOf(request), request.session?.id)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/viewer/sessions/:id',
    {
      schema: {
        tags: ['sessions'],
        operationId: 'endSession',
        summary: 'End one of your sessions',
        params: z.object({ id: Name }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await endOwnSession(world, callerOf(request), request.params.id)
      return reply.code(204).send(null)
    },
  )
}

/** Who asks to be let in. */
export function visitorOf(request: FastifyRequest): Visitor {
  return { address: request.ip, userAgent: request.headers['user-agent'], requestId: request.id }
}

/** The cookie of a session that this request began, and who is signed in by it. */
async function answerBegun(world: World, request: FastifyRequest, reply: FastifyReply, session: OpenSession) {
  setSessionCookie(world, reply, session)
  const { userAgent, requestId } = visitorOf(request)
  const begun = await authenticateSession(world, session.token, {
    authorization: undefined,
    userAgent,
    requestId,
    via: 'web',
  })
  return answerState(world, reply, begun?.caller ?? null, begun?.session ?? null)
}

async function answerState(
  world: World,
  reply: FastifyReply,
  caller: Caller | null,
  session: OpenSession | null,
): Promise<z.infer<typeof SessionState>> {
  reply.header('cache-control', 'no-store')
  const { oidc } = world.config
  return {
    viewer: caller === null ? null : await viewer(world, caller),
    csrfToken: session?.csrfToken ?? null,
    expiresAt: session === null ? null : isoTime(session.expiresAt),
    signIn: { password: true, oidc: oidc === undefined ? null : { label: oidc.label, url: '/oidc/login' } },
    setUpNeeded: caller === null && !(await isSetUp(world)),
  }
}

/** @throws Refusal `invalid_request` unless it is one of the two */
function credentialsIn({ username, password, apiKey }: z.infer<typeof SignIn>): Parameters<typeof signIn>[2] {
  if (apiKey !== undefined && username === undefined && password === undefined) return { apiKey }
  if (apiKey === undefined && username !== undefined && password !== undefined) return { username, password }
  throw new Refusal('invalid_request', 'Send either username and password, or apiKey', {
    fields: [{ path: '/', message: 'must have either username and password, or apiKey' }],
  })
}

function sessionBody({ createdAt, lastUsedAt, expiresAt, ...session }: SessionView): z.infer<typeof Session> {
  return {
    ...session,
    createdAt: isoTime(createdAt),
    lastUsedAt: isoTime(lastUsedAt),
    expiresAt: isoTime(expiresAt),
  }
}
