import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { databaseRefusal } from '../database/failure.ts'
import { type FieldProblem, REFUSALS, Refusal, type RefusalCode } from '../refusal.ts'
import { clip } from './validation.ts'

/** For `wrongField` of a route that gives something a name. */
export function wrongNameAt(pointer: string) {
  return { name_invalid: pointer, name_reserved: pointer, name_taken: pointer }
}

/** Messages say what came from outside, which may be as long as a body. */
export const DETAIL_LENGTH_MAX = 1_000

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

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Where in its body a route has what a refusal with this code is about, if that does not say so itself. */
    wrongField?: { readonly [Code in RefusalCode]?: string }
  }
}

/**
 * Whatever was thrown, as a refusal; `undefined` for a bug. A bug tells the caller nothing: the log gets all of it.
 */
export function asRefusal(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  return databaseRefusal(error) ?? fastifyRefusal(error)
}

const FASTIFY_REFUSALS: Record<string, [RefusalCode, string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Send the body as "Content-Type: application/json"'],
  FST_ERR_BAD_URL: ['invalid_request', 'The path is not valid percent-encoded UTF-8'],
  FST_ERR_MAX_PARAM_LENGTH: ['invalid_request', 'A part of the path is too long'],
}

function fastifyRefusal(error: unknown): Refusal | undefined {
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string }
  const known = code === undefined ? undefined : FASTIFY_REFUSALS[code]
  if (known !== undefined) return new Refusal(...known)
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
    detail: clip(refusal.message, DETAIL_LENGTH_MAX),
    requestId,
    ...(refusal.fields.length > 0 ? { errors: refusal.fields as FieldProblem[] } : {}),
  }
}

/** Fastify's error handler for every door that speaks problems. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error, request.id)
  const wrongField = request.routeOptions.config?.wrongField?.[problem.code as RefusalCode]
  if (wrongField !== undefined) problem.errors ??= [{ path: wrongField, message: problem.detail }]
  if (problem.status >= 500) request.log.error({ err: error }, 'request failed')
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="tripline"')
  if (problem.status === 503) reply.header('retry-after', '1')
  if (typeof problem.retryAfterSeconds === 'number') reply.header('retry-after', String(problem.retryAfterSeconds))
  reply.code(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem))
}

const CLIENT_ERRORS: Record<string, [RefusalCode, string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The head of the request did not arrive in time'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The URL and the headers are too long'],
}

/** For bytes that are no HTTP request: the same kind of answer, written by hand. */
export function answerClientError(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [code, detail] = CLIENT_ERRORS[error.code] ?? ['invalid_request', 'This is not a valid HTTP request']
  const body = JSON.stringify(toProblem(new Refusal(code, detail), randomUUID()))
  const { status } = REFUSALS[code]
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
