import { expect, test } from 'vitest'
import { Refusal } from '../refusal.ts'
import { parseListFilter } from './list-filter.ts'
import { parseListOrder, readOrderKey } from './list-order.ts'
import { COLLECTION_FILTERS, NEWEST_FIRST, ROW_ORDERS, VERSION_FILTERS } from './listings.ts'

const parse = (filter: unknown) => parseListFilter(JSON.stringify(filter), VERSION_FILTERS)

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
  return 'none'
}

test('no filter, null and an empty one are the same', () => {
  for (const text of [undefined, null, '', 'null', '{}']) expect(parseListFilter(text, VERSION_FILTERS)).toBeUndefined()
})

test('values are read as what their field holds', () => {
  const value = (filter: unknown) => (parse(filter) as { value: unknown }).value
  expect(value({ version: 'v12' })).toBe(12)
  expect(value({ version: 3 })).toBe(3)
  expect(value({ id: Buffer.from('Artifact:7').toString('base64') })).toBe(7)
  expect(value({ created_at: { $gt: '2026-01-31T12:00:00' } })).toBe(Date.UTC(2026, 0, 31, 12))
  expect(value({ created_at: { $gt: '2026-01-31T12:00:00+01:00' } })).toBe(Date.UTC(2026, 0, 31, 11))
  expect(value({ created_at: { $gt: '2026-01-31T12:00:00-01:00' } })).toBe(Date.UTC(2026, 0, 31, 13))
})

test('metadata is reached by dots and by nesting alike', () => {
  expect(parse({ metadata: { eval: { f1: { $gt: 0.5 } } } })).toEqual(parse({ 'metadata.eval.f1': { $gt: 0.5 } }))
})

test.each([
  [[], 'invalid_request'],
  [{ $and: {} }, 'invalid_request'],
  [{ alias: 3 }, 'invalid_request'],
  [{ alias: {} }, 'invalid_request'],
  [{ version: 'latest' }, 'invalid_request'],
  [{ version: 1.5 }, 'invalid_request'],
  [{ created_at: 'yesterday' }, 'invalid_request'],
  [{ artifact_size: 0.5 }, 'invalid_request'],
  [{ alias: { $in: 'a' } }, 'invalid_request'],
  [{ alias: { $in: Array(1_001).fill('a') } }, 'invalid_request'],
  [{ alias: 'a'.repeat(1_025) }, 'invalid_request'],
  [{ $or: Array(101).fill({ alias: 'a' }) }, 'invalid_request'],
  [{ digest: 'a' }, 'not_supported'],
  [{ 'alias.name': 'a' }, 'not_supported'],
  [{ constructor: 'a' }, 'not_supported'],
  [{ alias: { $where: 'a' } }, 'not_supported'],
  [{ metadata: 'a' }, 'not_supported'],
  // What the engines would read differently, or not at all.
  [{ alias: { $regex: '(' } }, 'invalid_request'],
  [{ alias: { $regex: '(?<name>a)' } }, 'invalid_request'],
  [{ alias: { $regex: 'a(?i)b' } }, 'invalid_request'],
  [{ alias: { $regex: '\\pL' } }, 'invalid_request'],
  [{ alias: { $regex: '\\x41' } }, 'invalid_request'],
  [{ alias: { $regex: '(a)\\1' } }, 'invalid_request'],
  [{ alias: { $regex: 'a{1000}' } }, 'invalid_request'],
  [{ alias: { $regex: 'a'.repeat(257) } }, 'invalid_request'],
])('%j is refused as %s', (filter, code) => {
  expect(codeOf(() => parse(filter))).toBe(code)
})

test('what is nested too deep is refused', () => {
  const nested = (depth: number): unknown => (depth === 0 ? { alias: 'a' } : { $not: nested(depth - 1) })
  expect(codeOf(() => parse(nested(9)))).toBe('none')
  expect(codeOf(() => parse(nested(50)))).toBe('invalid_request')
})

test('an order is by a field of the list, in either spelling', () => {
  expect(parseListOrder('-createdAt', ROW_ORDERS)).toEqual({ field: 'created', type: 'number', direction: 'desc' })
  expect(parseListOrder('+name', ROW_ORDERS)).toEqual({ field: 'name', type: 'text', direction: 'asc' })
  expect(parseListOrder('', ROW_ORDERS)).toBeUndefined()
  expect(codeOf(() => parseListOrder('toString', ROW_ORDERS))).toBe('not_supported')
  expect(Object.keys(COLLECTION_FILTERS)).toEqual(expect.arrayContaining(Object.keys(ROW_ORDERS)))
})

test.each(['["a",1]', '[1.5,1]', '[1]', '[1,"a"]', 'a', '{}'])('the key %s is of another list', (key) => {
  expect(codeOf(() => readOrderKey(NEWEST_FIRST, key))).toBe('cursor_invalid')
})
