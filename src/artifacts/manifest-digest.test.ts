import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { manifestDigest } from './manifest-digest.ts'

const entry = fc.record({ path: fc.string({ unit: 'grapheme' }), digest: fc.string() })

test('the digest is the MD5 of the sorted paths with their digests, under the name of the format', () => {
  const text = 'wandb-artifact-manifest-v1\na.txt:AAA\nb/c.txt:BBB\n'
  expect(
    manifestDigest([
      { path: 'b/c.txt', digest: 'BBB' },
      { path: 'a.txt', digest: 'AAA' },
    ]),
  ).toBe(createHash('md5').update(text).digest('hex'))
})

test('the order in which entries are given does not matter', () => {
  const list = fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 10 })
  fc.assert(
    fc.property(list, (entries) => {
      expect(manifestDigest(entries.toReversed())).toBe(manifestDigest(entries))
    }),
  )
})

test('paths are sorted by code point, as Python does, and not by UTF-16 unit', () => {
  const text = 'wandb-artifact-manifest-v1\n\uffee:1\n😀:2\n'
  expect(
    manifestDigest([
      { path: '😀', digest: '2' },
      { path: '\uffee', digest: '1' },
    ]),
  ).toBe(createHash('md5').update(text).digest('hex'))
})
