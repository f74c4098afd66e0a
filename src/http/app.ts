import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Logger } from 'pino'
import { Refusal } from '../refusal.ts'
import { readJsonBodies } from './json-body.ts'
import { lingerAfterRefusal } from './lingering.ts'
import { answerClientError, answerProblem } from './problem.ts'
import type { RestApp } from './rest.ts'
import { clip, validateRequest } from './validation.ts'
import { webApp } from './web-app.ts'

/** Bodies of REST calls. Files have doors of their own; the largest legitimate body is metadata with small inline files. */
const BODY_BYTES_MAX = 4 * 1024 * 1024

const PATH_SHOWN_LENGTH_MAX = 200
const HEADERS_TIMEOUT_MS = 30_000
const KEEP_ALIVE_TIMEOUT_MS = 72_000

/**
 * The HTTP server without its routes. Answers every failure as a problem, and never with a stack.
 *
 * - `trustedProxies`: whose `X-Forwarded-For` says where a request comes from.
 * - `hasWebApp`: whether browsers get the web app for paths that no route has.
 */
export function createApp(
  log: Logger,
  { trustedProxies = [], hasWebApp = false }: { trustedProxies?: readonly string[]; hasWebApp?: boolean } = {},
): RestApp {
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    routerOptions: { maxParamLength: 1_024, ignoreTrailingSlash: true },
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // Uploads may take hours: each door bounds its own reading.
    requestTimeout: 0,
    genReqId: () => randomUUID(),
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // For what is wrong before there is a route, or even a request.
    frameworkErrors: answerProblem,
    clientErrorHandler: answerClientError,
  }).withTypeProvider<ZodTypeProvider>()
  app.server.headersTimeout = HEADERS_TIMEOUT_MS
  app.setValidatorCompiler(validateRequest)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerProblem)
  const answeredByWebApp = hasWebApp ? webApp(app as unknown as FastifyInstance) : () => false
  app.setNotFoundHandler((request, reply) => {
    if (answeredByWebApp(request, reply)) return
    const path = clip(request.url.split('?')[0] as string, PATH_SHOWN_LENGTH_MAX)
    answerProblem(
      new Refusal('route_not_found', `${request.method} ${path} is not a path of this server`),
      request,
      reply,
    )
  })
  readJsonBodies(app as unknown as RestApp)
  app.decorateRequest('caller', null)
  app.decorateRequest('session', null)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
  })
  app.addHook('onSend', lingerAfterRefusal)
  app.addHook('onResponse', async (request, reply) => {
    request.log.debug({ req: request, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request')
  })
  return app as unknown as RestApp
}
