import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Refusal } from '../refusal.ts'
import { assertEmailUsable, assertEntityNameUsable, isEntityName, isReservedName, RESERVED_NAMES } from './names.ts'

function codeOf(work: () => void): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.code
  }
}

describe('names of users, teams and organizations', () => {
  test.each(['a', 'vision', 'Vision-2', '4chan', 'ml_ops', 'x'.repeat(64)])('%s is a name', (name) => {
    expect(codeOf(() => assertEntityNameUsable(name))).toBeUndefined()
  })

  test.each(['', '-a', '_a', 'a b', 'a/b', 'a.b', '..', 'é', 'a\n', '\0', 'x'.repeat(65), '\ud800'])(
    '%j is none',
    (name) => {
      expect(codeOf(() => assertEntityNameUsable(name))).toBe('name_invalid')
    },
  )

  test.each(['api', 'API', 'graphql', 'artifactsV2', 'orgs', 'Admin', 'setup', 'wandb'])('%s is reserved', (name) => {
    expect(codeOf(() => assertEntityNameUsable(name))).toBe('name_reserved')
  })

  test('every reserved name could be a name, in lower case: else the entry refuses nothing', () => {
    expect([...RESERVED_NAMES].filter((name) => !isEntityName(name) || name !== name.toLowerCase())).toEqual([])
  })

  test('letter case never makes a reserved name free', () => {
    const anyCase = fc
      .constantFrom(...RESERVED_NAMES)
      .chain((name) => fc.tuple(...[...name].map((char) => fc.constantFrom(char, char.toUpperCase()))))
      .map((chars) => chars.join(''))
    fc.assert(fc.property(anyCase, (name) => isReservedName(name)))
  })

  test('a name needs no escaping in a URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (name) => {
        if (isEntityName(name)) expect(encodeURIComponent(name)).toBe(name)
      }),
    )
    fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/), (name) => isEntityName(name)))
  })
})

describe('e-mail addresses', () => {
  test.each(['ada@example.com', "o'neil+x@sub.example.co"])('%s is one', (email) => {
    expect(codeOf(() => assertEmailUsable(email))).toBeUndefined()
  })

  test.each(['', 'ada', 'a@b@c', 'a b@c', '@c', 'a@', 'a@\0', 'é@b', `${'a'.repeat(250)}@b.co`])(
    '%j is none',
    (email) => {
      expect(codeOf(() => assertEmailUsable(email))).toBe('invalid_request')
    },
  )
})
