import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseKeyring } from '../webhooks/keyring.ts'
import { isUsableApiKey } from './api-key.ts'
import {
  CALLBACK_TOKEN_MS,
  CALLBACK_TOKEN_PREFIX,
  CALLBACK_TOKEN_PURPOSE,
  mintCallbackToken,
  readCallbackToken,
} from './callback-token.ts'

const OLD = 'a'.repeat(8).concat('b7c1d90e2f3a4455667788990011223344556677889900aabbccddee')
const NEW = '00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210'
const keysOf = (list: string) => parseKeyring(list).deriveKeys(CALLBACK_TOKEN_PURPOSE)

const delivery = fc.record({
  deliveryId: fc.integer({ min: 1, max: 2 ** 48 - 1 }),
  nowMs: fc.integer({ min: 0, max: Date.UTC(2100, 0) }),
})

test('a token is known again until its end, by whoever has the master key, and by nobody else', () => {
  fc.assert(
    fc.property(delivery, ({ deliveryId, nowMs }) => {
      const token = mintCallbackToken(keysOf(OLD), { deliveryId, nowMs })
      expect(readCallbackToken(keysOf(OLD), token, nowMs + CALLBACK_TOKEN_MS - 1)).toBe(deliveryId)
      expect(readCallbackToken(keysOf(`${NEW},${OLD}`), token, nowMs)).toBe(deliveryId)
      expect(readCallbackToken(keysOf(NEW), token, nowMs)).toBeUndefined()
      expect(readCallbackToken(keysOf(OLD), token, nowMs + CALLBACK_TOKEN_MS + 1_000)).toBeUndefined()
    }),
  )
})

test('the client takes a token, also an old one, which asks for exactly 40 characters', () => {
  fc.assert(
    fc.property(delivery, (input) => {
      const token = mintCallbackToken(keysOf(OLD), input)
      expect(isUsableApiKey(token)).toBe(true)
      expect(token.slice(token.indexOf('-') + 1)).toHaveLength(40)
    }),
  )
})

test('a token with one character changed is none', () => {
  const token = mintCallbackToken(keysOf(OLD), { deliveryId: 7, nowMs: 0 })
  for (let at = CALLBACK_TOKEN_PREFIX.length; at < token.length; at += 1) {
    const other = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    expect(readCallbackToken(keysOf(OLD), other, 0), other).toBeUndefined()
  }
  for (const other of ['', CALLBACK_TOKEN_PREFIX, `${token}A`, token.slice(0, -1), `${token}=`]) {
    expect(readCallbackToken(keysOf(OLD), other, 0), other).toBeUndefined()
  }
})
