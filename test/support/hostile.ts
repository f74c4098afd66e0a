/**
 * Requests that nobody should send, made from the OpenAPI document and from valid requests. Which ones is decided by a
 * seed alone, so that a failure can be repeated.
 */
import { type ApiDocument, type ApiOperation, resolve, type Schema } from './openapi.ts'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** A request as it goes over the wire. `isValid`: as far as the document says. `at`: what was made wrong in it. */
export type HostileRequest = {
  what: string
  method: string
  path: string
  headers: Record<string, string>
  body?: string | Buffer | undefined
  isValid: boolean
  at?: string | undefined
}

/** In [0, 1), the same for the same seed. Mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function sample<Item>(random: () => number, items: readonly Item[], count: number): Item[] {
  const left = [...items]
  while (left.length > count) left.splice(Math.floor(random() * left.length), 1)
  return left
}

/** Texts that have broken programs before. */
const HOSTILE_TEXTS = [
  '',
  ' ',
  '\t\n',
  '\0',
  'nul\0within',
  '\ud800',
  'half \udfff pair',
  '😀'.repeat(40),
  '\u202egnp.exe',
  '\ufeff',
  '\u2028',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'NaN',
  '-0',
  '1e309',
  '0x10',
  'true',
  '[]',
  '{}',
  '../../../../etc/passwd',
  '..',
  '.',
  '/',
  '\\',
  'a/b',
  'a:b',
  '%',
  '%00',
  '%2e%2e%2f',
  "'; drop table users; --",
  '" or ""="',
  '$' + '{alias}',
  '$' + '{',
  '$' + '{x:?}',
  '<script>',
  'v0',
  'v99999999999999999999',
  'v-1',
  'latest',
  'http://169.254.169.254/',
  'http://[::1',
  'file:///etc/passwd',
  '(a+)+$',
  'x'.repeat(129),
  'x'.repeat(5_000),
  'ß'.repeat(70_000),
]

const HOSTILE_NUMBERS = [0, -0, -1, 1.5, 1e9, 2 ** 31, 2 ** 53, 2 ** 63, 1e308, -1e308, Number.MIN_VALUE]

export const HOSTILE_VALUES: Json[] = [
  null,
  true,
  ...HOSTILE_NUMBERS,
  ...HOSTILE_TEXTS,
  [],
  [null],
  [[]],
  Array.from({ length: 2_000 }, () => 'x'),
  {},
  { constructor: { prototype: { admin: true } } },
  { toString: 1 },
  { $regex: '(a+)+$', $in: [null], '': 1 },
  nested(60),
]

function nested(depth: number): Json {
  let value: Json = 'x'
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { x: value }
  return value
}

/** Whole bodies that are no JSON, or not of the kind that is asked for: none of them may be taken. */
const HOSTILE_BODIES: { what: string; body: string | Buffer; headers?: Record<string, string> }[] = [
  { what: 'half an object', body: '{' },
  { what: 'a comma too many', body: '{"name":"x",}' },
  { what: 'single quotes', body: "{'name':'x'}" },
  { what: 'white space', body: ' \n ' },
  { what: 'NaN', body: 'NaN' },
  { what: 'two values', body: '{} {}' },
  { what: 'a raw control character', body: '{"name":"\u0001"}' },
  { what: 'an array', body: '[]' },
  { what: 'a text', body: '"x"' },
  { what: 'a number', body: '1e400' },
  { what: 'true', body: 'true' },
  { what: 'bytes that are no UTF-8', body: Buffer.from('7b226e616d65223a22ff22 7d'.replace(' ', ''), 'hex') },
  { what: 'a surrogate in UTF-8', body: Buffer.from('7b226e616d65223a22eda080227d', 'hex') },
  { what: 'UTF-16', body: Buffer.from('\ufeff{"name":"x"}', 'utf16le') },
  { what: 'deep arrays', body: '['.repeat(200_000) },
  { what: 'deep objects', body: '{"a":'.repeat(100_000) },
  { what: 'deep and closed', body: `${'['.repeat(50_000)}${']'.repeat(50_000)}` },
  { what: 'a member __proto__', body: '{"__proto__":{"admin":true},"name":"x"}' },
  { what: 'a hidden member __proto__', body: '{"\\u005f_proto__":{"admin":true},"name":"x"}' },
  { what: 'a form', body: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  { what: 'text', body: '{"name":"x"}', headers: { 'content-type': 'text/plain' } },
  { what: 'a type that is none', body: '{}', headers: { 'content-type': ';;;' } },
  { what: 'no type', body: '{}', headers: {} },
  { what: 'a type that pretends', body: '{}', headers: { 'content-type': 'application/json+evil' } },
  { what: 'more than is allowed', body: `"${'x'.repeat(5 * 1024 * 1024)}"` },
]

export const HOSTILE_PARTS = [
  '%00',
  '%2F',
  '%2e%2e',
  '..%2f..%2f..%2fetc%2fpasswd',
  '%',
  '%zz',
  '%ED%A0%80',
  '%C0%AF',
  '%FF',
  '%F0%9F%98%80',
  '%E2%80%AE',
  '%0d%0aSet-Cookie:%20x=y',
  '%20',
  '%25',
  '%2500',
  '*',
  ';',
  '@',
  '~',
  '-',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  'test',
  'v-1',
  'v99999999999999999999',
  '%27%20or%201=1%20--',
  'x'.repeat(129),
  'x'.repeat(1_500),
  '%F0%9F%98%80'.repeat(100),
]

const encodeCursor = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url')

const HOSTILE_CURSORS = [
  'x',
  '!!!!',
  encodeCursor([]),
  encodeCursor({}),
  encodeCursor(null),
  encodeCursor('x'),
  encodeCursor([1, 2, 3, 4]),
  encodeCursor([null]),
  encodeCursor(['nul\0']),
  encodeCursor(['\ud800']),
  encodeCursor(['x']),
  encodeCursor(['']),
  encodeCursor([-1]),
  encodeCursor([1.5]),
  encodeCursor([2 ** 53]),
  encodeCursor([Number.MAX_SAFE_INTEGER]),
  encodeCursor([1, 1]),
  encodeCursor([Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]),
  encodeCursor([-1, -1]),
  encodeCursor(['x', 1]),
  encodeCursor([1, 'x']),
  encodeCursor([[[]]]),
  Buffer.from([0xff, 0xfe]).toString('base64url'),
  'x'.repeat(500),
]

const HOSTILE_QUERIES = ['', ...HOSTILE_PARTS, '0', '-1', '1e9', '1.5', 'NaN', 'Infinity', '9'.repeat(30), '1001']

/** No limit of any list. */
const WRONG_LIMITS = ['', '0', '-1', '1e9', '1.5', 'NaN', 'Infinity', '9'.repeat(30), '1001', 'x', '1,2', '%00', '[1]']

const JSON_TYPE = { 'content-type': 'application/json' }

type Valid = { method: string; path: string; body?: unknown }

/** Around one valid request: each part of its path, each parameter and each member of its body, wrong in many ways. */
export function hostileRequests(
  document: ApiDocument,
  operation: ApiOperation,
  template: string,
  valid: Valid,
  random: () => number,
): HostileRequest[] {
  const [path = '', query = ''] = valid.path.split('?')
  const body = valid.body === undefined ? {} : { body: JSON.stringify(valid.body), headers: JSON_TYPE }
  const base = { method: valid.method, headers: {}, ...body }
  const inPath = template.split('/').flatMap((part, index) => (part.startsWith('{') ? [index] : []))
  const found: HostileRequest[] = []

  for (const part of sample(random, HOSTILE_PARTS, 8)) {
    const index = inPath[Math.floor(random() * inPath.length)]
    if (index === undefined) break
    const parts = path.split('/')
    parts[index] = part
    found.push({ ...base, what: `path ${part}`, path: parts.join('/'), isValid: true })
  }

  const names = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
  const ask = (name: string, value: string, isValid = true) =>
    found.push({
      ...base,
      what: `query ${name}=${value.slice(0, 40)}`,
      path: `${path}?${query === '' ? '' : `${query}&`}${name}=${value}`,
      isValid,
      at: isValid ? undefined : `query/${name}`,
    })
  for (const name of names) {
    if (name === 'limit') for (const value of WRONG_LIMITS) ask(name, value, false)
    else if (name === 'cursor') for (const value of HOSTILE_CURSORS) ask(name, value)
    else for (const value of sample(random, HOSTILE_QUERIES, 5)) ask(name, value)
    ask(`${name}[]`, '1')
    ask(`${name}=1&${name}`, '2')
  }
  for (const name of ['__proto__', 'constructor', '%00', '', '&&&=']) ask(name, '1')

  const schema = operation.requestBody?.content['application/json']?.schema
  if (schema !== undefined) found.push(...hostileBodies(document, schema, { ...base, path: valid.path }, valid, random))
  return found
}

function hostileBodies(
  document: ApiDocument,
  schema: Schema,
  base: { method: string; path: string },
  valid: Valid,
  random: () => number,
): HostileRequest[] {
  const found: HostileRequest[] = HOSTILE_BODIES.map(({ what, body, headers }) => ({
    ...base,
    what: `a body that is ${what}`,
    body,
    headers: headers ?? JSON_TYPE,
    isValid: false,
  }))
  const send = (what: string, body: Json, at?: string) =>
    found.push({
      ...base,
      what,
      body: JSON.stringify(body),
      headers: JSON_TYPE,
      isValid: accepts(document, schema, body),
      at,
    })

  const whole = (valid.body ?? {}) as Json
  for (const place of placesIn(document, schema, whole)) {
    const at = `/${place.join('/')}`
    for (const value of sample(random, HOSTILE_VALUES, 7)) {
      send(`${at} = ${(JSON.stringify(value) ?? '').slice(0, 60)}`, withValue(whole, place, value), at)
    }
    send(`without ${at}`, withValue(whole, place, undefined))
    for (const name of ['extra', 'constructor', 'toString']) {
      send(`${at} beside ${name}`, withValue(whole, [...place.slice(0, -1), name], 'x'))
    }
  }
  return found
}

/** The places of all members, those that are there and those that could be. */
function placesIn(document: ApiDocument, schema: Schema, value: Json): string[][] {
  const known = resolve(document, schema)
  const branches = [known, ...(known.anyOf ?? []), ...(known.oneOf ?? [])].map((branch) => resolve(document, branch))
  const names = new Set(branches.flatMap((branch) => Object.keys(branch.properties ?? {})))
  if (typeof value === 'object' && value !== null) for (const name of Object.keys(value)) names.add(name)
  return [...names].flatMap((name) => {
    const member = (value as { [name: string]: Json } | null)?.[name]
    const branch = branches.find(({ properties }) => properties !== undefined && Object.hasOwn(properties, name))
    const below = branch?.properties?.[name] ?? branches.find(({ items }) => items !== undefined)?.items
    const deeper = below === undefined || typeof member !== 'object' ? [] : placesIn(document, below, member)
    return [[name], ...deeper.map((place) => [name, ...place])]
  })
}

/** A copy with this value in this place, or without it where that is `undefined`. */
export function withValue(whole: Json, place: readonly string[], value: Json | undefined): Json {
  const [name, ...rest] = place
  if (name === undefined) return value as Json
  const copy = (Array.isArray(whole) ? [...whole] : { ...(whole as object) }) as { [name: string]: Json }
  const inner = rest.length === 0 ? value : withValue(copy[name] ?? {}, rest, value)
  if (inner !== undefined) copy[name] = inner
  else if (Array.isArray(copy)) copy.splice(Number(name), 1)
  else delete copy[name]
  return copy
}

/** Whether the document allows this value here. It knows no more of JSON Schema than the document uses. */
function accepts(document: ApiDocument, part: Schema, value: Json): boolean {
  const schema = resolve(document, part)
  const all = (branches: Schema[] | undefined) => branches?.some((branch) => accepts(document, branch, value)) ?? true
  if (!all(schema.anyOf) || !all(schema.oneOf)) return false
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false
  if (schema.const !== undefined && schema.const !== value) return false
  if (schema.type !== undefined && ![schema.type].flat().includes(typeOf(value, schema.type))) return false
  if (typeof value === 'string') {
    return [...value].length >= (schema.minLength ?? 0) && value.length <= (schema.maxLength ?? Infinity)
  }
  if (typeof value === 'number') {
    return value >= (schema.minimum ?? -Infinity) && value <= (schema.maximum ?? Infinity)
  }
  if (Array.isArray(value)) {
    if (value.length > (schema.maxItems ?? Infinity) || value.length < (schema.minItems ?? 0)) return false
    return value.every((item) => schema.items === undefined || accepts(document, schema.items, item))
  }
  if (typeof value === 'object' && value !== null) {
    if (schema.required?.some((name) => !Object.hasOwn(value, name)) === true) return false
    return Object.entries(value).every(([name, member]) => {
      const known = schema.properties !== undefined && Object.hasOwn(schema.properties, name)
      if (known) return accepts(document, schema.properties![name]!, member)
      const { additionalProperties = true } = schema
      return typeof additionalProperties === 'boolean'
        ? additionalProperties
        : accepts(document, additionalProperties, member)
    })
  }
  return true
}

function typeOf(value: Json, asked: string | string[]): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number' && [asked].flat().includes('integer')) {
    return Number.isSafeInteger(value) ? 'integer' : 'number'
  }
  return typeof value
}
