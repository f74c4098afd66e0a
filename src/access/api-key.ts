/**
 * API keys: random strings, shown once, kept only as their SHA-256.
 *
 * A fast hash is right here and wrong for passwords: a key has more than 200 random bits, so there is nothing to
 * guess, and it is looked up by its hash on every request.
 */
import { createHash, randomInt } from 'node:crypto'
import { Refusal } from '../refusal.ts'

/** What the client asks of a key after cutting an optional prefix that ends at the first `-`. */
const BODY_PATTERN = /^[\w-]{40,}$/

/** Longer ones could not be told from a pasted file, and some netrc readers cut them. */
export const API_KEY_LENGTH_MAX = 200

/**
 * The prefix lets secret scanners recognise a leaked key; what follows is exactly 40 characters, which is the only
 * length that old clients accept.
 */
const PREFIX = 'tripline-'
const BODY_LENGTH = 40
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A new key: `tripline-` and 40 random letters and digits, 238 bits. */
export function newApiKey(): string {
  return PREFIX + Array.from({ length: BODY_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/** Whether the `wandb` client takes `key`, and so whether it can be imported. */
export function isUsableApiKey(key: string): boolean {
  const body = key.slice(key.indexOf('-') + 1)
  return key.length <= API_KEY_LENGTH_MAX && /^[\w-]+$/.test(key) && BODY_PATTERN.test(body)
}

/** @throws Refusal `api_key_invalid` */
export function assertApiKeyUsable(key: string): void {
  if (isUsableApiKey(key)) return
  throw new Refusal(
    'api_key_invalid',
    `An API key is 40 to ${API_KEY_LENGTH_MAX} letters, digits, "_" or "-"; what comes before its first "-" is a prefix and does not count`,
    { fields: [{ path: '/apiKey', message: 'not a usable API key' }] },
  )
}

/** SHA-256 in hex, under which the key is found. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex')
}

/** The last four characters: enough to tell one's keys apart. */
export function apiKeyHint(key: string): string {
  return key.slice(-4)
}
