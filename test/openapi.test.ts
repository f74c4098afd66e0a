// Goal: who reads the API's description, a person or a generator of clients, can trust it.
// Method: the document is checked as a whole, and what it says is tried out.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { REFUSALS } from '../src/refusal.ts'
import { VERSION } from '../src/runtime/version.ts'
import { type ApiDocument, type ApiOperation, operationsOf, resolve } from './support/openapi.ts'
import { startTestServer, type TestServer } from './support/server.ts'

let server: TestServer
let document: ApiDocument
let operations: { method: string; path: string; operation: ApiOperation }[]

beforeAll(async () => {
  server = await startTestServer('sqlite')
  document = (await (await fetch(`${server.url}/api/openapi.json`)).json()) as ApiDocument
  operations = operationsOf(document)
})
afterAll(() => server[Symbol.asyncDispose]())

describe('the OpenAPI document', () => {
  test('says what it is, and needs no credentials', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Tripline', version: VERSION } })
    expect(document.info.description).toContain('RFC 9457')
    expect(operations.length).toBeGreaterThan(60)
  })

  test('names, groups and summarizes each operation', () => {
    const groups = document.tags.map(({ name }) => name)
    for (const { method, path, operation } of operations) {
      expect(operation.summary, `${method} ${path}`).toMatch(/^[A-Z].{4,}[^.]$/)
      expect(operation.operationId, `${method} ${path}`).toMatch(/^[a-z][A-Za-z]+$/)
      expect(operation.tags, `${method} ${path}`).toHaveLength(1)
      expect(groups).toContain(operation.tags[0])
    }
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
    for (const group of document.tags) expect(group.description).toMatch(/\.$/)
  })

  test('has a parameter for each part of a path that is one, and no other', () => {
    for (const { method, path, operation } of operations) {
      const parts = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path')
      expect(inPath.map(({ name }) => name).sort(), `${method} ${path}`).toEqual(parts.sort())
      expect(path.replaceAll(/\{\w+\}/g, '')).not.toMatch(/[{}*:]/)
      for (const parameter of inPath) expect(parameter).toMatchObject({ required: true, schema: { type: 'string' } })
      const names = operation.parameters.map(({ name, in: place }) => `${place} ${name}`)
      expect(new Set(names).size, `${method} ${path}`).toBe(names.length)
    }
  })

  test('says what each operation answers, and that failures are problems', () => {
    for (const { method, path, operation } of operations) {
      const statuses = Object.keys(operation.responses)
      expect(
        statuses.some((status) => /^2\d\d$/.test(status)),
        `${method} ${path}`,
      ).toBe(true)
      for (const [status, response] of Object.entries(operation.responses)) {
        const { description, content } = resolve(document, response)
        expect(description, `${method} ${path} ${status}`).toMatch(/\.$/)
        expect(content === undefined, `${method} ${path} ${status}`).toBe(status === '204')
      }
      for (const status of ['4XX', '5XX']) {
        const { content } = resolve(document, operation.responses[status]!)
        expect(content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } })
      }
    }
    const { required, properties } = document.components.schemas.Problem as {
      required: string[]
      properties: Record<string, { examples?: string[] }>
    }
    expect(required).toEqual(expect.arrayContaining(['type', 'title', 'status', 'code', 'detail', 'requestId']))
    expect(properties.code?.examples).toEqual(Object.keys(REFUSALS))
  })

  test('refers only to what it has, has nothing it does not refer to, and bounds every text that comes in', () => {
    const text = JSON.stringify(document)
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!)
    for (const reference of references) expect(() => resolve(document, { $ref: reference }), reference).not.toThrow()
    const unused = Object.keys(document.components.schemas).filter(
      (name) => !references.includes(`#/components/schemas/${name}`),
    )
    expect(unused).toEqual([])

    const unbounded: string[] = []
    const visit = (schema: unknown, place: string): void => {
      const found = resolve(document, schema as { $ref?: string }) as Record<string, unknown>
      if (found.type === 'string' && !('maxLength' in found || 'enum' in found || 'const' in found)) {
        if (!('format' in found || 'pattern' in found)) unbounded.push(place)
      }
      if (found.type === 'array' && !('maxItems' in found)) unbounded.push(`${place}[]`)
      for (const [name, member] of Object.entries((found.properties ?? {}) as object)) visit(member, `${place}/${name}`)
      for (const key of ['anyOf', 'oneOf', 'allOf']) {
        for (const member of (found[key] ?? []) as unknown[]) visit(member, place)
      }
      if (typeof found.items === 'object') visit(found.items, `${place}/0`)
    }
    for (const { operation } of operations) {
      for (const { name, schema } of operation.parameters) visit(schema, `${operation.operationId} ${name}`)
      const body = operation.requestBody?.content['application/json']?.schema
      if (body !== undefined) visit(body, `${operation.operationId} body`)
    }
    expect(unbounded).toEqual([])
  })

  test('says who may be asked without credentials, and all others refuse', async () => {
    const open = operations.filter(({ operation }) => operation.security?.length === 0)
    expect(open.map(({ operation }) => operation.operationId)).toEqual([
      'setUp',
      'getSession',
      'signIn',
      'signOut',
      'getInvite',
      'acceptInvite',
    ])
    expect(document.security).toEqual([{ apiKey: [] }, { basic: [] }, { session: [] }])
    for (const { method, path, operation } of operations) {
      if (operation.security?.length === 0) continue
      const { status, body, headers } = await server.rest(
        method.toUpperCase(),
        path.replace('/api/v1', '').replaceAll(/\{\w+\}/g, 'x'),
        undefined,
        { key: null },
      )
      expect([status, body.code], `${method} ${path}`).toEqual([401, 'unauthenticated'])
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/)
    }
  })

  test('a path answers the methods it does not have with those it has', async () => {
    const methodsOf = Map.groupBy(operations, ({ path }) => path)
    for (const [path, known] of methodsOf) {
      const has = known.map(({ method }) => method.toUpperCase())
      const concrete = path.replaceAll(/\{\w+\}/g, 'x')
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((one) => !has.includes(one))) {
        const response = await fetch(`${server.url}${concrete}`, { method })
        // A webhook could have the id "test", for all the router knows.
        if (path.endsWith('/webhooks/test') && response.status === 401) continue
        const { code } = (await response.json()) as { code: string }
        expect([response.status, code], `${method} ${path}`).toEqual([405, 'method_not_allowed'])
        expect(response.headers.get('allow')?.split(', '), `${method} ${path}`).toEqual(
          [...has, ...(has.includes('GET') ? ['HEAD'] : [])].sort(),
        )
      }
    }
  })
})

test('the reader is a page of our own, with all it needs and no credentials', async () => {
  const page = await fetch(`${server.url}/api/docs`)
  expect(page.status).toBe(200)
  expect(page.headers.get('content-type')).toMatch(/^text\/html/)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
  const html = await page.text()
  const sources = [...html.matchAll(/<(?:script|link)[^>]*(?:src|href)="([^"]+)"/g)].map(([, source]) => source!)
  expect(sources.length).toBeGreaterThanOrEqual(3)
  expect(html, 'no script within the page').not.toMatch(/<script>|<script [^>]*>\s*[^<\s]/)
  for (const source of sources) {
    const url = new URL(source, page.url.endsWith('/') ? page.url : `${page.url}/`)
    expect(url.origin).toBe(server.url)
    expect((await fetch(url)).status, source).toBe(200)
  }
  const initializer = await (await fetch(`${server.url}/api/docs/static/swagger-initializer.js`)).text()
  // As the page resolves it: against its own address.
  const [, path] = /url: resolveUrl\('([^']+)'\)/.exec(initializer)!
  const shown = await fetch(new URL(path!, `${server.url}/api/docs/`))
  expect(shown.status).toBe(200)
  expect(await shown.json()).toEqual(document)
})
