import type { FastifyReply, FastifyRequest } from 'fastify'
import type { GraphQLError } from 'graphql'
import { requireCredentials } from '../http/authentication.ts'
import { asRefusal, DETAIL_LENGTH_MAX } from '../http/problem.ts'
import { callerOf, type RestApp } from '../http/rest.ts'
import { clip } from '../http/validation.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import type { Context } from './builder.ts'
import { type Operation, Plans } from './plans.ts'
import { schema } from './schema.ts'

/** The client registers up to 2,000 files in one call, each with a path of any length. */
const BODY_BYTES_MAX = 16 * 1024 * 1024

/** A list of a thousand wrong elements has a thousand errors, all alike. */
const ERRORS_MAX = 20

/**
 * `POST /graphql`, the door of the wandb client.
 *
 * Answers carry real HTTP statuses, because the client looks at them first: it never retries 400, 401, 403, 404 and 409
 * and retries a 500 for minutes. So there is no 200 with errors: one failed field fails the answer, with the status of
 * the worst. What is absent, or not for the caller to see, is `null` in a 200; above a list that is asked for it is a 404,
 * since the client reads that `null` as an answer that is broken (`absent.ts`).
 */
export function graphqlRoutes(app: RestApp, world: World): void {
  const plans = new Plans(schema, world.log)
  app.register(async (scope) => {
    requireCredentials(scope, world, 'wandb')
    scope.post('/graphql', {
      bodyLimit: BODY_BYTES_MAX,
      schema: { hide: true },
      errorHandler: answerFailure,
      handler: async (request, reply) => {
        const context: Context = { world, caller: callerOf(request), loaders: new Map() }
        const result = await plans.answer(readOperation(request.body), context)
        if (result.errors === undefined || result.errors.length === 0) return reply.send({ data: result.data })
        return answerErrors(result.errors, request, reply)
      },
    })
  })
}

/**
 * The operation in a request body; `operationName` may be empty or absent, `variables` absent.
 *
 * @throws Refusal `invalid_request`
 */
function readOperation(body: unknown): Operation {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refusal('invalid_request', 'The body must be a JSON object with "query"')
  }
  const { query, operationName, variables } = body as Record<string, unknown>
  if (typeof query !== 'string') throw new Refusal('invalid_request', '"query" must be a string')
  if (operationName != null && typeof operationName !== 'string') {
    throw new Refusal('invalid_request', '"operationName" must be a string')
  }
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) {
    throw new Refusal('invalid_request', '"variables" must be an object')
  }
  // PostgreSQL takes no NUL in text, so nothing with one in it can be stored or found. JSON has none in its strings by
  // now, but the document has strings of its own.
  if (/\\u(?:0000|\{0+\})|\0/.test(query)) {
    throw new Refusal('invalid_request', 'Strings must not contain a NUL character')
  }
  return { query, operationName: operationName || undefined, variables: (variables ?? {}) as Record<string, unknown> }
}

type Failure = { message: string; code: string; status: number }

function answerErrors(errors: readonly GraphQLError[], request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return send(
    errors.map((error) => {
      const refusal = asRefusal(error.originalError ?? error)
      if (refusal !== undefined) return { message: refusal.message, code: refusal.code, status: refusal.status }
      // Without a path nothing has run: the document or its variables are wrong, and the message says how.
      if (error.path === undefined) return { message: error.message, code: 'invalid_request', status: 400 }
      request.log.error({ err: error.originalError ?? error, path: error.path }, 'resolver failed')
      return internal(request)
    }),
    reply,
  )
}

function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = asRefusal(error)
  if (refusal === undefined) request.log.error({ err: error }, 'request failed')
  send([refusal ?? internal(request)], reply)
}

function internal(request: FastifyRequest): Failure {
  return { message: `internal error (request ${request.id})`, code: 'internal', status: 500 }
}

function send(failures: readonly Failure[], reply: FastifyReply): FastifyReply {
  const status = Math.max(...failures.map((failure) => failure.status))
  if (status === 401) reply.header('www-authenticate', 'Basic realm="tripline"')
  // Who waits for other runs asks less and less often: all that the client tries would be over in twenty seconds.
  const isLong = failures.some(({ code }) => code === 'artifact_incomplete')
  if (status === 503 && !isLong) reply.header('retry-after', '1')
  // A list and the count of it fail alike, and the client shows every message.
  const each = new Map(failures.map((failure) => [failure.message, failure]))
  const errors = [...each.values()].slice(0, ERRORS_MAX).map(({ message, code }) => ({
    message: clip(message, DETAIL_LENGTH_MAX),
    extensions: { code },
  }))
  return reply.code(status).send({ errors, data: null })
}
