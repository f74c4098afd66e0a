import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkMetadata, METADATA_BYTES_MAX, METADATA_DEPTH_MAX } from './metadata.ts'

const refusal = (message: RegExp) =>
  expect.objectContaining({ code: 'metadata_invalid', message: expect.stringMatching(message) })

function refusalOf(text: string): unknown {
  try {
    return checkMetadata(text)
  } catch (error) {
    return error
  }
}

test('metadata is kept as it was written, so that no number loses digits', () => {
  for (const text of ['{}', '{"big": 12345678901234567890}', ' {"a":1.0}', '{"nested":{"list":[1,null,true]}}']) {
    expect(checkMetadata(text)).toBe(text)
  }
})

test('nothing given is an empty object', () => {
  expect([checkMetadata(undefined), checkMetadata(null), checkMetadata('')]).toEqual(['{}', '{}', '{}'])
})

test('any object that JSON can write passes, and parses to the same', () => {
  const metadata = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 20 })
  fc.assert(
    fc.property(metadata, (object) => {
      const text = JSON.stringify(object)
      fc.pre(!text.includes('\\u0000') && !text.includes('\\ud'))
      expect(JSON.parse(checkMetadata(text))).toEqual(JSON.parse(text))
    }),
  )
})

test.each([
  ['no JSON', '{"a": NaN}', /not valid JSON/],
  ['no object', '[1]', /must be a JSON object/],
  ['null', 'null', /must be a JSON object/],
  [
    'too many keys',
    JSON.stringify(Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, i]))),
    /100 top-level/,
  ],
  ['too many bytes', `{"a":"${'é'.repeat(METADATA_BYTES_MAX / 2)}"}`, /at most 1048576 bytes/],
  ['a NUL in a value', '{"a":["\\u0000"]}', /NUL/],
  ['a NUL in a key', '{"a":{"b\\u0000":1}}', /NUL/],
  ['half a character', '{"a":"\\ud800"}', /well-formed/],
  ['too many levels', `{"a":${'['.repeat(METADATA_DEPTH_MAX)}${']'.repeat(METADATA_DEPTH_MAX)}}`, /deeper than 64/],
  ['far too many levels', `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`, /deeper than 64/],
])('%s is refused', (_what, text, message) => {
  expect(refusalOf(text)).toEqual(refusal(message))
})

test('a hundred keys and 64 levels are taken', () => {
  const keys = Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`k${i}`, i]))
  const depth = METADATA_DEPTH_MAX - 1
  const text = `${JSON.stringify(keys).slice(0, -1)},"deep":${'['.repeat(depth)}${']'.repeat(depth)}}`
  expect(checkMetadata(text)).toBe(text)
})
