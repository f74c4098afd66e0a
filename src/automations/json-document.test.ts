import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type JsonNode,
  jsonValue,
  lineAndColumn,
  offsetInString,
  parseJsonDocument,
  pointerTo,
} from './json-document.ts'

function parsed(source: string, depthMax = 64): JsonNode {
  const result = parseJsonDocument(source, { depthMax })
  if (!result.ok) throw new Error(`${result.message} at ${result.offset}`)
  return result.root
}

// Not compared with `JSON.parse`, which in V8 13 and 14 can misread keys that are one escape (nodejs/node#63785).
test('what JSON.stringify writes reads back as the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const read = jsonValue(parsed(JSON.stringify(value, undefined, indent)))
      expect(JSON.stringify(read)).toBe(JSON.stringify(value))
    }),
  )
})

test('what JSON.parse refuses is refused, and what it takes is taken, equal keys aside', () => {
  const piece = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '"b"',
      '1',
      '-',
      '.',
      'e',
      '+',
      '0',
      'true',
      'null',
      'nul',
      ' ',
      '\n',
    ],
    ...['\\', '\\u', '00', '\\u0041', '\t', '\u0000', 'x', "'"],
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const source = pieces.join('')
      const result = parseJsonDocument(source, { depthMax: 64 })
      if (!result.ok && result.message.includes('appears twice')) return
      let taken = true
      try {
        JSON.parse(source)
      } catch {
        taken = false
      }
      expect(result.ok, source).toBe(taken)
    }),
    { numRuns: 3_000 },
  )
})

test.each([
  ['{"a": 1,\n "a": 2}', 10, 'appears twice'],
  ['{"a": tru}', 6, 'not a JSON value'],
  ["{'a': 1}", 1, 'double quotes'],
  ['{"a" 1}', 5, 'expected ":"'],
  ['[1 2]', 3, 'expected "," or "]"'],
  ['[1,]', 3, 'expected a value'],
  ['{"a": 1} x', 9, 'after the end'],
  ['"abc', 0, 'does not end'],
  ['"a\nb"', 2, 'control character'],
  ['"\\x"', 1, 'unknown escape'],
  ['{"a": 1', 7, 'the end'],
  ['', 0, 'the end'],
  ['NaN', 0, 'not a JSON value'],
])('the error in %j is found where it is', (source, offset, message) => {
  expect(parseJsonDocument(source, { depthMax: 64 })).toEqual({
    ok: false,
    offset,
    message: expect.stringContaining(message),
  })
})

test('nesting beyond the limit is refused, however deep', () => {
  expect(jsonValue(parsed('[[1]]', 2))).toEqual([[1]])
  const deep = parseJsonDocument('['.repeat(200_000), { depthMax: 64 })
  expect(deep).toEqual({ ok: false, offset: 64, message: 'nested deeper than 64 levels' })
})

test('numbers stay as they were written, and keys in their order', () => {
  const root = parsed('{"2": 1.0, "1": 12345678901234567890, "__proto__": 1e400}')
  if (root.kind !== 'object') throw new Error('not an object')
  expect(root.members.map(({ key, value }) => [key.value, value.kind === 'literal' && value.source])).toEqual([
    ['2', '1.0'],
    ['1', '12345678901234567890'],
    ['__proto__', '1e400'],
  ])
  expect(Object.hasOwn(jsonValue(root) as object, '__proto__')).toBe(true)
})

test('a position in a string counts the escapes before it', () => {
  const source = '{\n  "a": "\\u0041\\n\\"é$x"\n}'
  const root = parsed(source)
  if (root.kind !== 'object') throw new Error('not an object')
  const value = root.members[0]!.value
  if (value.kind !== 'string') throw new Error('not a string')
  const offset = offsetInString(source, value, value.value.indexOf('$'))
  expect(source[offset]).toBe('$')
  expect(lineAndColumn(source, offset)).toEqual({ line: 2, column: 20 })
})

test('pointers escape what has a meaning in them', () => {
  expect(pointerTo(pointerTo('', 'a/b~c'), 0)).toBe('/a~1b~0c/0')
})
