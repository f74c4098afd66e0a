import { randomBytes, randomFillSync } from 'node:crypto'

const POOL_BYTES = 4_096

const pool = Buffer.alloc(POOL_BYTES)
let unused = 0

/** A call of the system's generator costs the same for thousands of bytes as for a few. None is given twice. */
function pooledBytes(count: number): Buffer {
  if (unused < count) {
    randomFillSync(pool)
    unused = POOL_BYTES
  }
  unused -= count
  return pool.subarray(unused, unused + count)
}

/** A new opaque id for the outside, such as `wh_3kTq…`: 128 random bits, so that it can be neither guessed nor counted. */
export function newPublicId(prefix: string): string {
  return `${prefix}_${pooledBytes(16).toString('base64url')}`
}

/** The name of a new blob: 160 random bits in hex. */
export function newBlobKey(): string {
  return randomBytes(20).toString('hex')
}
