import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerPage, escapeHtml } from '../http/page.ts'
import { asRefusal } from '../http/problem.ts'
import type { RestApp } from '../http/rest.ts'
import { clearFlowCookie, flowOf, setFlowCookie, setSessionCookie } from '../http/session-cookie.ts'
import type { World } from '../world.ts'
import { visitorOf } from './http-sessions.ts'
import { localPath } from './oidc.ts'
import { beginOidc, finishOidc } from './operations.ts'

/** Signing in by an identity provider: two pages that only send the browser on, or say why not. */
export function oidcRoutes(app: RestApp, world: World): void {
  if (world.config.oidc === undefined) return

  app.get('/oidc/login', { schema: { hide: true } }, async (request, reply) =>
    orSayWhy(request, reply, async () => {
      const { next } = request.query as { next?: unknown }
      const { url, kept } = await beginOidc(world, localPath(next))
      setFlowCookie(world, reply, kept)
      return url
    }),
  )

  app.get('/oidc/callback', { schema: { hide: true } }, async (request, reply) =>
    orSayWhy(request, reply, async () => {
      const query = URL.parse(request.url, 'http://here.invalid')?.search ?? ''
      // Good for one try, whatever comes of it.
      clearFlowCookie(world, reply)
      const kept = flowOf(world, request)
      const { session, next } = await finishOidc(world, visitorOf(request), { query, kept })
      setSessionCookie(world, reply, session)
      return next
    }),
  )
}

/** Sends the browser to where `work` says. A refusal is a page: it is a person who waits, with nothing else to see. */
async function orSayWhy(
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<string>,
): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer')
  try {
    return reply.redirect(await work(), 302)
  } catch (error) {
    const refusal = asRefusal(error)
    if (refusal === undefined) throw error
    request.log.info({ code: refusal.code }, 'nobody was signed in by the identity provider')
    answerPage(reply, {
      status: refusal.status,
      title: 'You are not signed in',
      body: `<p class="problem" role="alert">${escapeHtml(refusal.message)}</p><p><a href="/">Back</a></p>`,
    })
    return reply
  }
}
