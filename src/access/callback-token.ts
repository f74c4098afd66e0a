/**
 * Callback tokens: API keys for the receiver of one delivery, by which the server knows what it caused.
 *
 * Nothing of a token is stored. It is derived from the delivery's id and an end, under keys that all processes derive
 * from their master keys, so that any process can check it. The id is masked by the tag, which is as good as random:
 * receivers are not told how many deliveries there are.
 */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { assert } from '../runtime/assert.ts'

/** How long a token is good for after the attempt it was sent with began. */
export const CALLBACK_TOKEN_MS = 60 * 60_000

/** Tells it from other API keys. What comes after it has the 40 characters that old `wandb` clients ask for. */
export const CALLBACK_TOKEN_PREFIX = 'tripline_callback-'

/** What the derived keys are for. */
export const CALLBACK_TOKEN_PURPOSE = 'callback tokens'

/** 160 bits: nobody finds one by trying. */
const TAG_BYTES = 20
const ID_BYTES = 6
const CLAIM_BYTES = ID_BYTES + 4

/**
 * A token for this delivery.
 *
 * - `keys`: of `CALLBACK_TOKEN_PURPOSE`, newest first.
 */
export function mintCallbackToken(keys: readonly KeyObject[], input: { deliveryId: number; nowMs: number }): string {
  const [key] = keys
  assert(key !== undefined, 'a keyring has a key')
  const claim = Buffer.alloc(CLAIM_BYTES)
  claim.writeUIntBE(input.deliveryId, 0, ID_BYTES)
  claim.writeUInt32BE(Math.ceil((input.nowMs + CALLBACK_TOKEN_MS) / 1_000), ID_BYTES)
  const tag = tagOf(key, claim)
  return CALLBACK_TOKEN_PREFIX + Buffer.concat([tag, masked(key, tag, claim)]).toString('base64url')
}

/** The id of the delivery a token was made for; `undefined` if none of the keys made it or it has ended. */
export function readCallbackToken(keys: readonly KeyObject[], token: string, nowMs: number): number | undefined {
  const text = token.slice(CALLBACK_TOKEN_PREFIX.length)
  const bytes = Buffer.from(text, 'base64url')
  if (!token.startsWith(CALLBACK_TOKEN_PREFIX) || bytes.length !== TAG_BYTES + CLAIM_BYTES) return undefined
  if (bytes.toString('base64url') !== text) return undefined
  const tag = bytes.subarray(0, TAG_BYTES)
  for (const key of keys) {
    const claim = masked(key, tag, bytes.subarray(TAG_BYTES))
    if (!timingSafeEqual(tagOf(key, claim), tag)) continue
    return claim.readUInt32BE(ID_BYTES) * 1_000 > nowMs ? claim.readUIntBE(0, ID_BYTES) : undefined
  }
  return undefined
}

function tagOf(key: KeyObject, claim: Buffer): Buffer {
  return createHmac('sha256', key).update('tag\0').update(claim).digest().subarray(0, TAG_BYTES)
}

/** Twice gives the claim again. */
function masked(key: KeyObject, tag: Buffer, claim: Buffer): Buffer {
  const mask = createHmac('sha256', key).update('mask\0').update(tag).digest()
  return Buffer.from(claim.map((byte, index) => byte ^ (mask[index] as number)))
}
