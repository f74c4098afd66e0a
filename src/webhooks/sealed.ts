import type { Keyring } from './keyring.ts'
import type { StoredSecret, StoredWebhook } from './store.ts'

/**
 * What of a team is stored sealed, and what each box is bound to: a row copied to another team, name or version does
 * not open.
 */

type OfSecret = { entityId: number; name: string; version: number }

export function sealSecret(keyring: Keyring, secret: OfSecret, value: string): string {
  return keyring.seal(value, secret)
}

/**
 * The value, be it today's or a previous one.
 *
 * @throws SealError
 */
export function openSecret(
  keyring: Keyring,
  row: Pick<StoredSecret, 'entity_id' | 'name' | 'version' | 'ciphertext'>,
): string {
  return keyring.open(row.ciphertext, { entityId: row.entity_id, name: row.name, version: row.version })
}

type OfUrl = { entityId: number; publicId: string; version: number }

export function sealUrl(keyring: Keyring, webhook: OfUrl, url: string): string {
  return keyring.seal(url, labelOfUrl(webhook))
}

/**
 * The whole URL, with its references to secrets in place.
 *
 * @throws SealError
 */
export function openUrl(keyring: Keyring, row: StoredWebhook): string {
  const webhook = { entityId: row.entity_id, publicId: row.public_id, version: row.url_version }
  return keyring.open(row.url_ciphertext, labelOfUrl(webhook))
}

// No secret can be called so: its name has a space in it.
function labelOfUrl({ entityId, publicId, version }: OfUrl) {
  return { entityId, name: `webhook url ${publicId}`, version }
}
