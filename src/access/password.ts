/**
 * Passwords, hashed with scrypt (`docs/decisions/0002-scrypt-for-passwords.md`).
 *
 * Stored as `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`, both parts base64 without padding, so that a later change of cost
 * still verifies what was stored before it.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'

const PASSWORD_LENGTH_MIN = 12
export const PASSWORD_LENGTH_MAX = 200

/**
 * 2^15 blocks of 8 × 128 bytes, three times: 32 MiB and about a fifth of a second, off the event loop.
 *
 * Source: OWASP Password Storage Cheat Sheet, the scrypt setting with the least memory of those it holds for equal.
 */
const COST = { log2N: 15, r: 8, p: 3 }
const SALT_BYTES = 16
const HASH_BYTES = 32

/** Above what we ever stored: a row somebody tampered with must not make us allocate gigabytes. */
const MEMORY_BYTES_MAX = 128 * 1024 * 1024

const STORED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]{16,86})\$([\w+/]{22,86})$/

/**
 * Length is the only rule: it is what makes a password hard to guess, and rules of composition make people write them
 * down.
 *
 * - `pointer`: where the request has it.
 *
 * @throws Refusal `password_invalid`
 */
export function assertPasswordUsable(password: string, pointer = '/password'): void {
  const length = [...password].length
  if (length >= PASSWORD_LENGTH_MIN && length <= PASSWORD_LENGTH_MAX) return
  throw new Refusal(
    'password_invalid',
    `The password must have ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters`,
    {
      fields: [{ path: pointer, message: `must have ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters` }],
    },
  )
}

/** What no password was stored as: to compare with where there is none, so that this takes as long as if there were. */
export const NO_PASSWORD = `$scrypt$ln=${COST.log2N},r=${COST.r},p=${COST.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** The text to store for a password. The salt is new each time. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt, HASH_BYTES, COST)
  return `$scrypt$ln=${COST.log2N},r=${COST.r},p=${COST.p}$${unpadded(salt)}$${unpadded(hash)}`
}

/** Whether `password` is the one that `stored` was made from. Takes as long for a wrong one as for the right one. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, log2N, r, p, salt, hash] = STORED.exec(stored) ?? []
  assert(salt !== undefined && hash !== undefined, 'a stored password is a scrypt string of ours')
  const expected = Buffer.from(hash, 'base64')
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) }
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64'), expected.length, cost), expected)
}

function derive(
  password: string,
  salt: Buffer,
  length: number,
  cost: { log2N: number; r: number; p: number },
): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** cost.log2N, r: cost.r, p: cost.p, maxmem: MEMORY_BYTES_MAX }
  return new Promise((resolve, reject) => {
    // The same characters typed on another system may arrive composed differently.
    scrypt(password.normalize('NFKC'), salt, length, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
