import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  compileUserRegex,
  REGEX_PATTERN_CHARACTERS_MAX,
  REGEX_SUBJECT_CHARACTERS_MAX,
  REGEX_WEIGHT_MAX,
} from './user-regex.ts'

function search(pattern: string, text: string): boolean {
  const compiled = compileUserRegex(pattern)
  if (!compiled.ok) throw new Error(compiled.message)
  return compiled.regex.search(text)
}

function refusal(pattern: string): string {
  const compiled = compileUserRegex(pattern)
  if (compiled.ok) throw new Error(`accepted with weight ${compiled.regex.weight}`)
  return compiled.message
}

test('a pattern is searched anywhere in the text, unless it is anchored', () => {
  expect(search('prod', 'eu-prod-1')).toBe(true)
  expect(search('^prod', 'eu-prod-1')).toBe(false)
  expect(search('^prod-[0-9]+$', 'prod-12')).toBe(true)
  expect(search('^prod-[0-9]+$', 'prod-12x')).toBe(false)
  expect(search('(?i)PROD', 'prod')).toBe(true)
  expect(search('', 'anything')).toBe(true)
  expect(search('(?P<stage>dev|prod)', 'prod')).toBe(true)
})

test('the same pattern can be searched again and again', () => {
  for (let turn = 0; turn < 3; turn += 1) {
    expect(search('b+', 'abbb')).toBe(true)
    expect(search('b+', 'aaaa')).toBe(false)
  }
})

test.each([
  ['(?=a)b', 'Look-around'],
  ['(?!a)b', 'Look-around'],
  ['(?<=a)b', 'Look-around'],
  ['(?<!a)b', 'Look-around'],
  ['(a)\\1', 'Backreferences'],
  ['(?P<x>a)(?P=x)', 'Backreferences'],
  ['(?>a)', 'Atomic'],
  ['a++', 'Atomic'],
  ['a\\Z', '\\z'],
  ['\\u0041', '\\x{'],
  ['(?#note)a', 'Comments'],
  ['(', 'missing closing )'],
  ['[a', 'missing closing ]'],
  ['*a', 'missing argument'],
  ['\\', 'trailing backslash'],
])('the pattern %s is refused with a sentence that says what to do', (pattern, hint) => {
  expect(refusal(pattern)).toContain(hint)
})

test('a pattern that is too long, or too heavy by its counts, is refused before it is compiled', () => {
  expect(refusal('a'.repeat(REGEX_PATTERN_CHARACTERS_MAX + 1))).toContain('at most 512')
  for (const pattern of [
    'x{1000}',
    'x{301}',
    '(x{20}){20}',
    '((x{7}){7}){7}',
    'x{1000}'.repeat(70),
    '[a-z]{0,1000}'.repeat(36),
    '\\pL{1000}',
    '(?:[[:alpha:]\\]]{40}){40}',
    '(a|b|c){200}',
    '(a|b|c){100}',
  ]) {
    const startedAt = performance.now()
    expect(refusal(pattern)).toContain(`more than ${REGEX_WEIGHT_MAX} steps`)
    expect(performance.now() - startedAt).toBeLessThan(100)
  }
})

test('ordinary counts are allowed', () => {
  expect(search('^[a-z0-9-]{1,63}$', 'prod-1')).toBe(true)
  expect(search('^v\\d{1,3}(\\.\\d{1,3}){2}$', 'v1.20.300')).toBe(true)
  expect(search('a{2}{', 'aa{')).toBe(true)
})

test('patterns that hang other engines finish in milliseconds', () => {
  const characters = REGEX_SUBJECT_CHARACTERS_MAX
  const letters = Array.from({ length: characters }, (_, index) => (Math.sin(index * index) > 0 ? 'a' : 'b')).join('')
  for (const [pattern, text] of [
    ['(a+)+$', `${'a'.repeat(characters - 1)}!`],
    ['(a|a)*$', `${'a'.repeat(characters - 1)}!`],
    ['(.*)*x', 'a'.repeat(characters)],
    [`${'a?'.repeat(90)}${'a'.repeat(90)}`, 'a'.repeat(characters)],
    ['(a|b)*a(a|b){90}$', letters],
    ['(?i)[\\pL\\pN]{200}!', 'é'.repeat(characters)],
    ['(x?){70}y', 'x'.repeat(characters)],
  ] as const) {
    expect(compileUserRegex(pattern)).toMatchObject({ ok: true })
    const startedAt = performance.now()
    search(pattern, text)
    // Some 50 ms at worst when the machine is idle.
    expect(performance.now() - startedAt, pattern).toBeLessThan(1_000)
  }
})

test('any text is either a pattern within the limit or is refused with a message', () => {
  const syntax = fc.constantFrom(
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '*',
    '+',
    '?',
    '|',
    '\\',
    '^',
    '$',
    '(?',
    '{9}',
    '{2,',
    'a',
  )
  const anyPattern = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.array(fc.oneof(syntax, fc.string({ maxLength: 2 })), { maxLength: 30 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(anyPattern, fc.string({ unit: 'binary' }), (pattern, text) => {
      const compiled = compileUserRegex(pattern)
      if (!compiled.ok) expect(compiled.message).not.toBe('')
      else {
        expect(compiled.regex.weight).toBeLessThanOrEqual(REGEX_WEIGHT_MAX)
        expect(typeof compiled.regex.search(text)).toBe('boolean')
      }
    }),
    { numRuns: 500 },
  )
})
