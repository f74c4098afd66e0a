import { Refusal } from '../refusal.ts'

/** What S3 takes for one object. */
export const PARTS_MAX = 10_000
/** In one call: each is a URL to sign. */
const PARTS_IN_CALL_MAX = 100_000

/** A part of a file that its maker is about to upload. */
export type PartSpec = { partNumber: number; hexMd5: string }

/**
 * The MD5s (base64) of announced parts, which must be numbered from 1 on without gaps.
 *
 * @throws Refusal `invalid_request`
 */
export function partDigests(path: string, parts: readonly PartSpec[]): string[] {
  const isInOrder = parts.every((part, index) => part.partNumber === index + 1 && /^[0-9a-f]{32}$/i.test(part.hexMd5))
  if (parts.length > PARTS_MAX || !isInOrder) {
    throw new Refusal(
      'invalid_request',
      `The parts of "${path}" must be numbered from 1 to at most ${PARTS_MAX}, each with its MD5 in hex`,
    )
  }
  return parts.map((part) => Buffer.from(part.hexMd5, 'hex').toString('base64'))
}

/** @throws Refusal `invalid_request` */
export function assertPartCount(count: number): void {
  if (count <= PARTS_IN_CALL_MAX) return
  throw new Refusal('invalid_request', `At most ${PARTS_IN_CALL_MAX} parts in one call: register fewer files at a time`)
}
