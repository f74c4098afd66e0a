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

const BLOB_KEY_BYTES = 20
/** What decides the folder of a blob. */
const BLOB_PREFIX_BYTES = 2
/** Few enough that folders of a large store hold about equally many. */
const NEIGHBOURS_MAX = 64

let prefix = ''
let given = 0

/**
 * The name of a new blob: 160 random bits in hex. Up to 64 that are given one after the other begin alike, so that a
 * store that keeps them in folders syncs one for all that are stored together; 144 bits of each are its own.
 */
export function newBlobKey(): string {
  if (given++ % NEIGHBOURS_MAX === 0) prefix = randomBytes(BLOB_PREFIX_BYTES).toString('hex')
  return prefix + pooledBytes(BLOB_KEY_BYTES - BLOB_PREFIX_BYTES).toString('hex')
}
