import { expect, test } from 'vitest'
import { checkAliases, checkTags, LABELS_MAX } from './labels.ts'

const many = Array.from({ length: LABELS_MAX + 1 }, (_, index) => `label-${index}`)

test('each label is taken once, in the order given', () => {
  expect(checkAliases(['b', 'a', 'b'])).toEqual(['b', 'a'])
  expect(checkTags(['two words', 'a', 'a'])).toEqual(['two words', 'a'])
  expect([checkAliases(undefined), checkTags([])]).toEqual([[], []])
})

test('one that is wrong refuses them all', () => {
  expect(() => checkAliases(['fine', 'v7'])).toThrow(/"v7" is a version number/)
  expect(() => checkTags(['fine', 'a/b'])).toThrow(/The tag "a\/b"/)
})

test('a call gives a bounded number', () => {
  expect(checkAliases(many.slice(1))).toHaveLength(LABELS_MAX)
  expect(() => checkAliases(many)).toThrow(/At most 100 aliases/)
  expect(() => checkTags(many)).toThrow(/At most 100 tags/)
})
