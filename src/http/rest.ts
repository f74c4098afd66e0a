import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { OpenSession } from '../access/operations.ts'
import type { Caller } from '../access/rights.ts'
import { Refusal } from '../refusal.ts'

/** Fastify with bodies, queries and answers typed by zod schemas: what every `xyzRoutes` takes. */
export type RestApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the authentication hook; `null` on the few paths that need nobody. */
    caller: Caller | null
    /** The session by whose cookie `caller` is known; `null` for API keys. */
    session: OpenSession | null
  }
}

/** @throws Refusal `unauthenticated` */
export function callerOf(request: Pick<FastifyRequest, 'caller' | 'headers'>): Caller {
  if (request.caller !== null) return request.caller
  throw new Refusal(
    'unauthenticated',
    request.headers.authorization === undefined
      ? 'Send an API key: "Authorization: Bearer <key>", or Basic with user "api". In a browser: sign in'
      : 'This server does not know the API key, or the key has expired: make a new one in the web app, under "API keys"',
  )
}
