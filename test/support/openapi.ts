import type { ApiDocument as Document, ApiOperation as Operation } from '../../src/http/openapi-document.ts'

export type Schema = {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  additionalProperties?: boolean | Schema
  enum?: unknown[]
  const?: unknown
  default?: unknown
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
}

/** The document as the server gives it: whole. */
export type ApiDocument = Document & {
  openapi: string
  info: { title: string; version: string; description: string }
  tags: { name: string; description: string }[]
  security: Record<string, string[]>[]
  components: { schemas: Record<string, Schema> }
}

export type ApiOperation = Omit<Operation, 'parameters' | 'requestBody'> & {
  operationId: string
  tags: string[]
  parameters: { name: string; in: 'path' | 'query' | 'header'; required?: boolean; schema: Schema }[]
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> }
}

export function operationsOf(document: ApiDocument): { method: string; path: string; operation: ApiOperation }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method,
      path,
      operation: { parameters: [], ...operation } as unknown as ApiOperation,
    })),
  )
}

/** What a reference within the document refers to; anything else is itself. */
export function resolve<Part extends { $ref?: string }>(document: ApiDocument, part: Part): Part {
  if (part.$ref === undefined) return part
  let found: unknown = document
  for (const name of part.$ref.replace(/^#\//, '').split('/')) {
    found = (found as Record<string, unknown> | undefined)?.[name]
  }
  if (found === undefined) throw new Error(`the document has no ${part.$ref}`)
  return resolve(document, found as Part)
}
