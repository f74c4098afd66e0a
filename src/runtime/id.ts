import { randomBytes } from 'node:crypto'

/** A new opaque id for the outside, such as `wh_3kTq…`: 128 random bits, so that it can be neither guessed nor counted. */
export function newPublicId(prefix: string): string {
  return `${prefix}_${randomBytes(16).toString('base64url')}`
}

/** The name of a new blob: 160 random bits in hex. */
export function newBlobKey(): string {
  return randomBytes(20).toString('hex')
}
