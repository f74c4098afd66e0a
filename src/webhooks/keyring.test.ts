import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfigError } from '../runtime/config.ts'
import { keyIdOf, newMasterKey, parseKeyring, SealError, type SealLabel } from './keyring.ts'

const KEY_A = newMasterKey()
const KEY_B = newMasterKey()
const LABEL: SealLabel = { entityId: 7, name: 'CI_TOKEN', version: 1 }

const label = fc.record({ entityId: fc.maxSafeNat(), name: fc.string(), version: fc.maxSafeNat() })
const plaintext = fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed())

function reasonOf(attempt: () => unknown): string {
  try {
    attempt()
  } catch (error) {
    if (error instanceof SealError) return error.reason
    throw error
  }
  return 'opened'
}

test('what was sealed opens under the same label, and only the ciphertext can be seen', () => {
  const keyring = parseKeyring(KEY_A)
  fc.assert(
    fc.property(plaintext, label, (text, sealedFor) => {
      const sealed = keyring.seal(text, sealedFor)
      expect(keyring.open(sealed, sealedFor)).toBe(text)
      expect(keyring.seal(text, sealedFor)).not.toBe(sealed)
      expect(sealed).toMatch(/^v1\.[0-9a-f]{16}\.[A-Za-z0-9_-]+$/)
    }),
  )
})

test('a sealed value moved to another entity, name or version does not open', () => {
  const keyring = parseKeyring(KEY_A)
  fc.assert(
    fc.property(plaintext, label, label, (text, sealedFor, movedTo) => {
      fc.pre(JSON.stringify(sealedFor) !== JSON.stringify(movedTo))
      const sealed = keyring.seal(text, sealedFor)
      expect(reasonOf(() => keyring.open(sealed, movedTo))).toBe('damaged')
      expect(reasonOf(() => keyring.open(sealed, { ...sealedFor, entityId: sealedFor.entityId - 1 }))).toBe('damaged')
      expect(reasonOf(() => keyring.open(sealed, { ...sealedFor, name: `${sealedFor.name} ` }))).toBe('damaged')
      expect(reasonOf(() => keyring.open(sealed, { ...sealedFor, version: sealedFor.version - 1 }))).toBe('damaged')
    }),
  )
})

test('a sealed value with any bit changed does not open', () => {
  const keyring = parseKeyring(`${KEY_A},${KEY_B}`)
  const sealed = keyring.seal('a secret of some length', LABEL)
  const [format, keyId, payload] = sealed.split('.') as [string, string, string]
  const bytes = Buffer.from(payload, 'base64url')
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    const tampered = `${format}.${keyId}.${changed.toString('base64url')}`
    expect(reasonOf(() => keyring.open(tampered, LABEL))).toBe('damaged')
  }
  const otherKeyId = parseKeyring(KEY_B).newestKeyId
  expect(reasonOf(() => keyring.open(`${format}.${otherKeyId}.${payload}`, LABEL))).toBe('damaged')
})

test('what is no sealed value at all is told so', () => {
  const keyring = parseKeyring(KEY_A)
  const sealed = keyring.seal('x', LABEL)
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(reasonOf(() => keyring.open(text, LABEL))).toBe('damaged')
    }),
  )
  for (const text of [sealed.replace('v1', 'v2'), `${sealed}=`, sealed.slice(0, -1), `${sealed}A`, ` ${sealed}`]) {
    expect(
      reasonOf(() => keyring.open(text, LABEL)),
      text,
    ).toBe('damaged')
  }
})

test('after a rotation old values open in whatever order the keys stand, and new ones use the newest', () => {
  const before = parseKeyring(KEY_A)
  const sealed = before.seal('old', LABEL)
  for (const list of [`${KEY_B},${KEY_A}`, `${KEY_A},${KEY_B}`]) {
    expect(parseKeyring(list).open(sealed, LABEL)).toBe('old')
  }
  const after = parseKeyring(`${KEY_B},${KEY_A}`)
  expect(after.keyIds).toEqual([parseKeyring(KEY_B).newestKeyId, before.newestKeyId])
  expect(keyIdOf(sealed)).toBe(before.newestKeyId)
  const anew = after.seal('old', LABEL)
  expect(keyIdOf(anew)).toBe(after.newestKeyId)
  expect(parseKeyring(KEY_B).open(anew, LABEL)).toBe('old')
  expect(reasonOf(() => before.open(anew, LABEL))).toBe('unknown_key')
  expect(() => before.open(anew, LABEL)).toThrow(
    `It was sealed with the master key ${after.newestKeyId}, which this process does not have`,
  )
})

test('a key check tells a right key, a rotated one and a wrong one', () => {
  const check = parseKeyring(KEY_A).makeKeyCheck()
  expect(parseKeyring(KEY_A).verifyKeyCheck(check)).toBe('newest')
  expect(parseKeyring(`${KEY_B},${KEY_A}`).verifyKeyCheck(check)).toBe('older')
  expect(parseKeyring(KEY_B).verifyKeyCheck(check)).toBe('wrong')
  expect(parseKeyring(KEY_A).verifyKeyCheck('nonsense')).toBe('wrong')
  expect(parseKeyring(KEY_A).verifyKeyCheck(parseKeyring(KEY_A).seal('tripline key check', LABEL))).toBe('wrong')
})

test('a derived key is the same in every process, differs by purpose, and survives a rotation', () => {
  const sign = (key: Parameters<typeof createHmac>[1]) => createHmac('sha256', key).update('x').digest('hex')
  const before = parseKeyring(KEY_A).deriveKeys('signed urls').map(sign)
  expect(parseKeyring(KEY_A).deriveKeys('signed urls').map(sign)).toEqual(before)
  expect(parseKeyring(KEY_A).deriveKeys('sessions').map(sign)).not.toEqual(before)

  const after = parseKeyring(`${KEY_B},${KEY_A}`)
  expect(after.deriveKeys('signed urls').map(sign)).toEqual([
    ...parseKeyring(KEY_B).deriveKeys('signed urls').map(sign),
    ...before,
  ])
  expect(after.deriveKeys('signed urls')[0]).toBe(after.deriveKeys('signed urls')[0])
})

test('keys are taken in base64, base64url and hex, separated by commas or line ends', () => {
  const bytes = Buffer.from(KEY_A, 'base64')
  const id = parseKeyring(KEY_A).newestKeyId
  for (const spelling of [bytes.toString('hex'), bytes.toString('hex').toUpperCase(), bytes.toString('base64url')]) {
    expect(parseKeyring(spelling).newestKeyId).toBe(id)
  }
  expect(parseKeyring(` ${KEY_A} ,\n${KEY_B}\n`).newestKeyId).toBe(id)
})

test('a key list that cannot be used is refused: the variable and the entry are named, the key is not', () => {
  const cases: [list: string, message: RegExp][] = [
    ['', /TRIPLINE_SECRET_KEY holds no key.*openssl rand/],
    [' , ', /TRIPLINE_SECRET_KEY holds no key/],
    ['hunter2hunter2', /TRIPLINE_SECRET_KEY must be 32 bytes in base64 \(44 characters\) or hex/],
    [`${KEY_A},deadbeef`, /TRIPLINE_SECRET_KEY, key 2 of 2, must be 32 bytes/],
    [`${KEY_A},${KEY_B},${KEY_A}`, /key 3 of 3, is in the list twice/],
    ['00'.repeat(32), /TRIPLINE_SECRET_KEY is not random/],
    [KEY_A.slice(0, 40), /must be 32 bytes/],
  ]
  for (const [list, message] of cases) {
    expect(() => parseKeyring(list)).toThrow(ConfigError)
    expect(() => parseKeyring(list)).toThrow(message)
    expect(() => parseKeyring(list)).not.toThrow(/hunter2|deadbeef/)
  }
})
