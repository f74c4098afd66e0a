import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { type FieldProblem, Refusal } from '../refusal.ts'

const FIELDS_MAX = 20
const PATH_LENGTH_MAX = 200
const MESSAGE_LENGTH_MAX = 300

/** Checks the parts of requests against the zod schemas of their routes. */
export const validateRequest: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    const result = schema.safeParse(data)
    if (result.success) return { value: result.data }
    return { error: fieldRefusal(result.error.issues.flatMap((issue) => problemsOf(issue, httpPart))) }
  }

function problemsOf(issue: z.core.$ZodIssue, part: string | undefined): FieldProblem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: fieldPath(part, issue.path), message: issue.message }]
  return issue.keys.map((key) => ({ path: fieldPath(part, [...issue.path, key]), message: 'is not known here' }))
}

/** A JSON Pointer into the body (`/` for all of it); elsewhere the place comes first: `query/limit`. */
export function fieldPath(part: string | undefined, path: readonly PropertyKey[]): string {
  const pointer = path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
  if (part === undefined || part === 'body') return pointer === '' ? '/' : pointer
  return `${part === 'querystring' ? 'query' : part}${pointer}`
}

/** `invalid_request` because of these fields, of which there is at least one. What came from outside is cut short. */
export function fieldRefusal(fields: readonly FieldProblem[]): Refusal {
  const shown = fields.slice(0, FIELDS_MAX).map(({ path, message }) => ({
    path: clip(path, PATH_LENGTH_MAX),
    message: clip(message, MESSAGE_LENGTH_MAX),
  }))
  const [first] = shown
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : ''
  const message = first === undefined ? 'The request is not valid' : `${first.path}: ${first.message}${more}`
  return new Refusal('invalid_request', message, { fields: shown })
}

/** At most `lengthMax` characters of a text that may hold what came from outside, with a mark where it was cut. */
export function clip(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax).toWellFormed()}…` : text
}
