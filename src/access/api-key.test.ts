import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { API_KEY_LENGTH_MAX, apiKeyHint, assertApiKeyUsable, hashApiKey, isUsableApiKey, newApiKey } from './api-key.ts'

/** What the client asks before it sends anything: the part after the first `-` is word characters, at least 40. */
function clientTakes(key: string): boolean {
  const [first, ...others] = key.split('-')
  const body = others.length === 0 ? first! : others.join('-')
  return body.length >= 40 && [...body].every((char) => /[A-Za-z0-9_-]/.test(char))
}

test('a new key passes the client, is never the same, and can be told from other strings', () => {
  const keys = Array.from({ length: 200 }, newApiKey)
  for (const key of keys) {
    expect(key).toMatch(/^tripline-[0-9A-Za-z]{40}$/)
    expect(clientTakes(key)).toBe(true)
    expect(isUsableApiKey(key)).toBe(true)
  }
  expect(new Set(keys).size).toBe(keys.length)
})

test('what can be imported is what the client takes, up to a length', () => {
  const piece = fc.stringMatching(/^[\w-]{0,60}$/)
  const keys = fc.oneof(
    fc.tuple(piece, piece).map(([first, second]) => `${first}-${second}`),
    piece,
    fc.string({ unit: 'binary', maxLength: 90 }),
  )
  fc.assert(
    fc.property(keys, (key) => {
      if (isUsableApiKey(key)) expect(clientTakes(key)).toBe(true)
      else if (/^[\w-]{0,200}$/.test(key)) expect(clientTakes(key)).toBe(false)
    }),
    { numRuns: 1_000 },
  )
})

test.each([
  ['0123456789abcdef0123456789abcdef01234567', true],
  [`local-${'a'.repeat(40)}`, true],
  [`wandb_v1_${'a'.repeat(77)}`, true],
  [`local-${'a'.repeat(39)}`, false],
  ['a'.repeat(39), false],
  [`${'a'.repeat(40)} `, false],
  [`${'a'.repeat(40)}\n`, false],
  ['a'.repeat(API_KEY_LENGTH_MAX + 1), false],
])('%j can be imported: %s', (key, usable) => {
  expect(isUsableApiKey(key)).toBe(usable)
  if (usable) assertApiKeyUsable(key)
  else expect(() => assertApiKeyUsable(key)).toThrow(expect.objectContaining({ code: 'api_key_invalid' }))
})

test('a key is stored as its SHA-256 and shown as its end', () => {
  const key = newApiKey()
  expect(hashApiKey(key)).toBe(createHash('sha256').update(key).digest('hex'))
  expect(key.endsWith(apiKeyHint(key))).toBe(true)
  expect(apiKeyHint(key)).toHaveLength(4)
})
