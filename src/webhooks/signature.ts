import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'

/**
 * How a webhook's requests are signed. Several ways may be on at once; receivers look at the one they know.
 *
 * - `standard`: the Standard Webhooks headers `webhook-id`, `webhook-timestamp` and `webhook-signature`.
 * - `wandb`: `X-Wandb-Signature` over the body alone, base64 as W&B's own guide shows, or hex as some receivers expect.
 * - `github`: `X-Hub-Signature-256` over the body alone.
 */
export type SignatureSetting = { standard: boolean; wandb: 'base64' | 'hex' | 'off'; github: boolean }

export const SIGNATURE_DEFAULT: SignatureSetting = { standard: true, wandb: 'base64', github: false }

/** One signing secret, made ready for use; keep it as long as the secret lives. */
export type SigningKey = {
  /** For Standard Webhooks: the bytes behind `whsec_`, or the text's UTF-8 bytes. */
  readonly standard: KeyObject
  /** For every other scheme: always the text's UTF-8 bytes, as those schemes define. */
  readonly text: KeyObject
}

/** A key that signs until `endsAt`, milliseconds since the epoch; today's has no end. */
export type LastingKey = { readonly key: SigningKey; readonly endsAt: number }

/** The keys that sign at this moment, in the same order: one that has ended makes no signature more. */
export function keysAt(keys: readonly LastingKey[], nowMs: number): SigningKey[] {
  return keys.filter(({ endsAt }) => nowMs < endsAt).map(({ key }) => key)
}

const PREFIX = 'whsec_'
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/

/**
 * The key of a signing secret.
 *
 * A secret that begins with `whsec_` is what Standard Webhooks calls its serialized form: the rest is base64 (padding
 * may be missing) and its bytes are the key. Any other secret is used as its UTF-8 bytes; a receiver with a Standard
 * Webhooks library configures it as `whsec_` followed by the base64 of those bytes, or as a raw key. The W&B and GitHub
 * schemes know no such form: they take the secret's text, `whsec_` included.
 *
 * @throws Refusal `secret_invalid` if what follows `whsec_` is not base64, or nothing
 * Source: Standard Webhooks 1.0.0, "Signature scheme".
 */
export function createSigningKey(secret: string): SigningKey {
  assert(secret.length > 0, 'a signing secret is never empty')
  const text = createSecretKey(secret, 'utf8')
  if (!secret.startsWith(PREFIX)) return { standard: text, text }

  const encoded = secret.slice(PREFIX.length)
  if (encoded === '' || !BASE64.test(encoded)) {
    throw new Refusal(
      'secret_invalid',
      'A signing secret that begins with "whsec_" must go on with the base64 of its key, ' +
        'for instance from: echo "whsec_$(openssl rand -base64 32)". Any other text may be used without that prefix.',
    )
  }
  return { standard: createSecretKey(Buffer.from(encoded, 'base64')), text }
}

/**
 * The signature headers of one attempt, for exactly these body bytes. Without keys: only `webhook-id` and
 * `webhook-timestamp`, by which a receiver can still recognise what it has seen.
 *
 * - `messageId`: the same on every attempt of a delivery; without a full stop, which is the separator of what is signed.
 * - `sentAtMs`: when this attempt is made, milliseconds since the epoch: each attempt has its own timestamp, and so its
 *   own signature.
 * - `body`: the bytes that go on the wire, never a second serialization of the same document.
 * - `keys`: newest first. Standard Webhooks gets a signature by each, so that a receiver may change over at its leisure;
 *   the other schemes have room for one and get the newest.
 *
 * Sources: Standard Webhooks 1.0.0; W&B's guide "Webhook automations" and its test script; GitHub's "Validating webhook
 * deliveries".
 */
export function signatureHeaders(input: {
  messageId: string
  sentAtMs: number
  body: Uint8Array
  keys: readonly SigningKey[]
  setting: SignatureSetting
}): Record<string, string> {
  const { messageId, body, keys, setting } = input
  assert(messageId !== '' && !messageId.includes('.'), 'a message id has no full stop')

  const headers: Record<string, string> = {}
  if (setting.standard) {
    const timestamp = String(Math.floor(input.sentAtMs / 1000))
    headers['webhook-id'] = messageId
    headers['webhook-timestamp'] = timestamp
    if (keys.length > 0) {
      const signed = `${messageId}.${timestamp}.`
      headers['webhook-signature'] = keys.map((key) => `v1,${standardSignature(key, signed, body)}`).join(' ')
    }
  }

  const newest = keys[0]
  if (newest !== undefined && (setting.wandb !== 'off' || setting.github)) {
    const digest = createHmac('sha256', newest.text).update(body).digest()
    if (setting.wandb !== 'off') headers['x-wandb-signature'] = digest.toString(setting.wandb)
    if (setting.github) headers['x-hub-signature-256'] = `sha256=${digest.toString('hex')}`
  }
  return headers
}

function standardSignature(key: SigningKey, signed: string, body: Uint8Array): string {
  return createHmac('sha256', key.standard).update(signed).update(body).digest('base64')
}
