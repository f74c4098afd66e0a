import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  assertAlias,
  assertCollectionName,
  assertDescription,
  assertProjectName,
  assertTag,
  assertTypeName,
  DESCRIPTION_LENGTH_MAX,
  isRegistryName,
  NAME_LENGTH_MAX,
} from './names.ts'

const passes = (check: (name: string) => void, name: string) => {
  try {
    check(name)
    return true
  } catch (error) {
    expect(error).toMatchObject({ name: 'Refusal' })
    return false
  }
}

const NAMES = [
  { check: assertProjectName, what: 'a project', forbidden: '/\\#?%:' },
  { check: assertCollectionName, what: 'a collection', forbidden: '/:' },
  { check: assertTypeName, what: 'a type', forbidden: '/:' },
  { check: assertAlias, what: 'an alias', forbidden: '/:' },
]

describe.each(NAMES)('the name of $what', ({ check, forbidden }) => {
  test('may be any word a person writes', () => {
    for (const name of ['churn', 'Churn model 2', 'run-abc123-files', 'größe', '模型', 'a.b_c', 'x'.repeat(128)]) {
      expect(passes(check, name), name).toBe(true)
    }
  })

  test('holds nothing that would break a path', () => {
    for (const character of [...forbidden, '\0', '\n', '\r', '\x7f', '\ud800']) {
      expect(passes(check, `a${character}b`), JSON.stringify(character)).toBe(false)
    }
    for (const name of ['', '   ', 'x'.repeat(NAME_LENGTH_MAX + 1)]) expect(passes(check, name)).toBe(false)
  })

  test('is well-formed, printable and bounded whenever it passes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (name) => {
        if (!passes(check, name)) return
        expect(name.isWellFormed()).toBe(true)
        expect(name.length).toBeLessThanOrEqual(NAME_LENGTH_MAX)
        expect([...name].some((character) => forbidden.includes(character) || character < ' ')).toBe(false)
      }),
    )
  })
})

test('a version number is no alias', () => {
  fc.assert(fc.property(fc.nat(), (version) => !passes(assertAlias, `v${version}`)))
  for (const alias of ['latest', 'v1.0', 'v', 'version1', 'V1', 'v1-rc']) expect(passes(assertAlias, alias)).toBe(true)
})

test('names that are steps in a path are refused', () => {
  for (const name of ['.', '..']) {
    expect(passes(assertProjectName, name)).toBe(false)
    expect(passes(assertCollectionName, name)).toBe(false)
  }
})

test('a registry has a name of its own after the prefix', () => {
  expect(passes(assertProjectName, 'wandb-registry-')).toBe(false)
  expect(passes(assertProjectName, 'wandb-registry-models')).toBe(true)
  expect([isRegistryName('wandb-registry-models'), isRegistryName('models')]).toEqual([true, false])
})

test('a tag is words of letters, digits, "-" and "_" with spaces between', () => {
  for (const tag of ['prod', 'a-b_c', 'two words', 'two   words', 'größe', 'x'.repeat(128)]) {
    expect(passes(assertTag, tag), tag).toBe(true)
  }
  for (const tag of ['', ' a', 'a ', 'a.b', 'a/b', 'a\tb', 'a\nb', 'x'.repeat(129)]) {
    expect(passes(assertTag, tag), JSON.stringify(tag)).toBe(false)
  }
})

test('a long tag that just fails is refused at once', () => {
  const startedAt = performance.now()
  expect(passes(assertTag, `${'a '.repeat(63)}!`)).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(100)
})

test('a description is storable text of bounded length', () => {
  for (const text of [null, undefined, '', 'two\nlines', 'x'.repeat(DESCRIPTION_LENGTH_MAX)]) {
    expect(() => assertDescription(text)).not.toThrow()
  }
  for (const text of ['x'.repeat(DESCRIPTION_LENGTH_MAX + 1), 'a\0b', '\udc00']) {
    expect(() => assertDescription(text)).toThrow()
  }
})
