import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { databaseRefusal } from '../database/failure.ts'
import { type FieldProblem, REFUSALS, Refusal, type RefusalCode } from '../refusal.ts'

/** RFC 9457. `code` is stable and meant for programs; `detail` is meant for people. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .loose()
  .meta({ id: 'Problem', description: 'An RFC 9457 problem with a stable code.' })

export type ProblemBody = z.infer<typeof Problem>

/**
 * Whatever was thrown, as a refusal; `undefined` for a bug. A bug tells the caller nothing: the log gets all of it.
 */
export function asRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    return new Refusal('invalid_request', validationMessage(error.validation, error.validationContext), {
      fields: error.validation.map((issue) => ({
        path: fieldPath(error.validationContext, issue.instancePath, issue.params),
        message: issue.message ?? 'not valid',
      })),
    })
  }
  return databaseRefusal(error) ?? fastifyRefusal(error)
}

type Issue = { instancePath: string; message?: string | undefined; params?: unknown }

function validationMessage(issues: readonly Issue[], context: string | undefined): string {
  const first = issues[0]
  if (first === undefined) return 'The request is not valid'
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  return `${fieldPath(context, first.instancePath, first.params)}: ${first.message}${more}`
}

/** `/name` in the body is that JSON Pointer; elsewhere the place comes first: `query/limit`. */
function fieldPath(context: string | undefined, pointer: string, params: unknown): string {
  const unknownKey = (params as { keys?: string[] } | undefined)?.keys?.[0]
  const path = `${pointer === '/' ? '' : pointer}${unknownKey === undefined ? '' : `/${unknownKey}`}`
  if (context === undefined || context === 'body') return path === '' ? '/' : path
  return `${context === 'querystring' ? 'query' : context}${path}`
}

const FASTIFY_CODES: Record<string, RefusalCode> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'upload_truncated',
  FST_ERR_BAD_URL: 'invalid_request',
  FST_ERR_MAX_PARAM_LENGTH: 'invalid_request',
}

function fastifyRefusal(error: unknown): Refusal | undefined {
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string }
  const known = code === undefined ? undefined : FASTIFY_CODES[code]
  if (known !== undefined) return new Refusal(known, message ?? REFUSALS[known].title)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Refusal('invalid_request', message ?? 'The request is not valid')
  }
  return undefined
}

/** The answer for anything thrown. `fields` keep JSON Pointers, so that a form can mark what is wrong. */
export function toProblem(error: unknown, requestId: string): ProblemBody {
  const refusal = asRefusal(error)
  if (refusal === undefined) {
    return {
      type: 'about:blank',
      title: 'Internal error',
      status: 500,
      code: 'internal',
      detail: `Something went wrong on our side. The server's log has it under request ${requestId}.`,
      requestId,
    }
  }
  return {
    ...refusal.details,
    type: 'about:blank',
    title: REFUSALS[refusal.code].title,
    status: refusal.status,
    code: refusal.code,
    detail: refusal.message,
    requestId,
    ...(refusal.fields.length > 0 ? { errors: refusal.fields as FieldProblem[] } : {}),
  }
}

/** Fastify's error handler for every door that speaks problems. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error, request.id)
  if (problem.status >= 500) request.log.error({ err: error }, 'request failed')
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="tripline"')
  if (problem.status === 503) reply.header('retry-after', '1')
  reply.code(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem))
}
