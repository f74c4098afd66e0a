/** The little of OpenAPI 3.1 that we put our hands on. */
export type ApiDocument = {
  components: { schemas: Record<string, unknown>; [other: string]: unknown }
  paths: Record<string, Record<string, ApiOperation>>
  [other: string]: unknown
}

export type ApiOperation = {
  operationId?: string
  summary?: string
  tags?: string[]
  security?: Record<string, string[]>[]
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: unknown }[]
  requestBody?: unknown
  responses: Record<string, { description?: string; content?: Record<string, { schema: unknown }>; $ref?: string }>
}

const DONE: Record<string, string> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Begun.',
  204: 'Done; there is nothing to show.',
}

const BYTES = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes the call repeatable: again with the same key and the same request it does nothing and answers the same, ' +
    'for 24 hours.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

/**
 * The document with what holds for all operations: how they fail, what statuses mean, which calls are repeatable. What
 * the generator leaves behind is cleared away: schemas nobody uses, and two names for one schema.
 *
 * - `codes`: every `code` of a problem there is by now.
 */
export function completeDocument(document: ApiDocument, codes: readonly string[]): ApiDocument {
  const paths: ApiDocument['paths'] = {}
  for (const [path, operations] of Object.entries(document.paths)) {
    const completed = Object.entries(operations).map(([method, operation]) => [method, complete(method, operation)])
    paths[path.replace('{*}', '{path}')] = Object.fromEntries(completed)
  }
  const components = {
    ...document.components,
    responses: {
      Problem: {
        description: 'It was refused, or it failed. `code` says why.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
    schemas: { ...document.components.schemas, Problem: describeProblem(document.components.schemas.Problem, codes) },
  }
  return tidySchemas({ ...document, paths, components })
}

function complete(method: string, operation: ApiOperation): ApiOperation {
  const responses: ApiOperation['responses'] = {}
  for (const [status, response] of Object.entries(operation.responses)) {
    const content = response.content ?? (status === '204' ? undefined : BYTES)
    responses[status] = { ...response, description: DONE[status] ?? 'Done.', ...(content && { content }) }
  }
  for (const status of ['4XX', '5XX']) responses[status] = { $ref: '#/components/responses/Problem' }

  const parameters = (operation.parameters ?? []).map((parameter) =>
    parameter.name === '*' ? { ...parameter, name: 'path' } : parameter,
  )
  // Without credentials there is nobody whose keys these could be.
  const isRepeatable = method === 'post' && operation.security?.length !== 0
  return {
    ...operation,
    ...(parameters.length > 0 || isRepeatable
      ? { parameters: isRepeatable ? [...parameters, IDEMPOTENCY_KEY] : parameters }
      : {}),
    responses,
  }
}

function describeProblem(schema: unknown, codes: readonly string[]): unknown {
  const { properties, ...rest } = schema as { properties: Record<string, object> }
  const code = { ...properties.code, description: 'Stable; there may be more one day.', examples: codes }
  return { ...rest, properties: { ...properties, code } }
}

const REFERENCE = /"\$ref":"#\/components\/schemas\/([^"]+)"/g

/**
 * What goes in and what comes out have a schema each, `XInput` and `X`. Where only one of them is used, or they are the
 * same, one is left: `X`.
 */
function tidySchemas(document: ApiDocument): ApiDocument {
  const all = document.components.schemas
  const used = new Set<string>()
  const find = (part: unknown) => {
    for (const [, name] of JSON.stringify(part).matchAll(REFERENCE)) {
      if (name === undefined || used.has(name)) continue
      used.add(name)
      find(all[name])
    }
  }
  find([document.paths, document.components.responses])

  const renamed = new Map<string, string>()
  for (const name of used) {
    const plain = name.replace(/Input$/, '')
    const isSame = asText(all[name]) === asText(all[plain])
    if (plain !== name && plain in all && (!used.has(plain) || isSame)) renamed.set(name, plain)
  }
  const schemas: Record<string, unknown> = {}
  for (const name of [...used].sort()) schemas[renamed.get(name) ?? name] = all[name]
  const text = JSON.stringify({ ...document, components: { ...document.components, schemas } })
  return JSON.parse(text.replace(REFERENCE, (reference, name) => reference.replace(name, renamed.get(name) ?? name)))
}

/** A schema with both names of each other schema written as one, to tell whether two are the same but for that. */
function asText(schema: unknown): string {
  return JSON.stringify(schema ?? null).replace(REFERENCE, (reference) => reference.replace(/Input"$/, '"'))
}
