import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { assert } from '../runtime/assert.ts'
import { ConfigError } from '../runtime/config.ts'

/**
 * The master keys of an installation, and the box they close.
 *
 * Every text that must stay secret at rest (team secrets, webhook URLs) is sealed with AES-256-GCM under the newest
 * master key. What it belongs to is bound in as associated data, so a row copied to another team, name or version does
 * not open. A box names its key by a hash of the key, never by its place in the list: keys may be reordered at will.
 *
 * To rotate: append the new key to the list in every process, then move it to the front everywhere, seal the rows
 * anew, then drop the old key. Put in front at once, a process that has not been restarted yet could not read what its
 * neighbours seal or sign.
 */
export type Keyring = {
  /** The ids of all keys, as in the list. */
  readonly keyIds: readonly string[]
  /** The id of the key that seals now: 16 hex digits, safe to show and to log. */
  readonly newestKeyId: string
  /**
   * `plaintext` sealed under the newest key, as text: `v1.<key id>.<base64url of nonce, ciphertext and tag>`.
   * The same input seals to something else each time. At most 2^32 seals a key, by far.
   */
  seal(plaintext: string, label: SealLabel): string
  /**
   * What was sealed under the same label.
   * @throws SealError `unknown_key` if no key of the list made it, `damaged` if it was changed or belongs elsewhere
   */
  open(sealed: string, label: SealLabel): string
  /** A value to store beside the sealed rows, by which a later start tells a wrong key before any harm is done. */
  makeKeyCheck(): string
  /**
   * What a stored key check says: `newest` or `older`, by the key of the list that made it; `wrong` none of the keys made
   * it: refuse to start.
   */
  verifyKeyCheck(check: string): 'newest' | 'older' | 'wrong'
  /**
   * Keys for one purpose, derived from every master key, newest first: sign with the first, verify with any. So all
   * processes of an installation share them, and what was signed before a rotation stays valid until its own expiry.
   * `purpose` separates uses from each other; never make it from outside input. Derived once each.
   */
  deriveKeys(purpose: string): readonly KeyObject[]
}

/** What a sealed text belongs to. `version` rises with each new value, so that an old one cannot be put back. */
export type SealLabel = { readonly entityId: number; readonly name: string; readonly version: number }

export class SealError extends Error {
  readonly reason: 'unknown_key' | 'damaged'

  constructor(reason: 'unknown_key' | 'damaged', message: string) {
    super(message)
    this.name = 'SealError'
    this.reason = reason
  }
}

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const FORMAT = 'v1'
const KEY_CHECK_LABEL: SealLabel = { entityId: 0, name: 'key check', version: 1 }
const KEY_CHECK_TEXT = 'tripline key check'
const ADVICE = 'make one with: openssl rand -base64 32'

type MasterKey = { id: string; master: KeyObject; box: KeyObject; derived: Map<string, KeyObject> }

/** A new master key, as it goes into the list: base64 of 32 random bytes. */
export function newMasterKey(): string {
  return randomBytes(KEY_BYTES).toString('base64')
}

/**
 * The keyring of a list of master keys: 32 bytes each in base64 (either alphabet) or hex, separated by commas or
 * white space, newest first.
 *
 * @throws ConfigError naming `TRIPLINE_SECRET_KEY`, which entry is wrong and how, and never the entry itself
 */
export function parseKeyring(list: string): Keyring {
  const entries = list.split(/[\s,]+/).filter((entry) => entry !== '')
  if (entries.length === 0) throw new ConfigError([`TRIPLINE_SECRET_KEY holds no key; ${ADVICE}`])

  const problems: string[] = []
  const keys = new Map<string, MasterKey>()
  for (const [index, entry] of entries.entries()) {
    const where =
      entries.length === 1 ? 'TRIPLINE_SECRET_KEY' : `TRIPLINE_SECRET_KEY, key ${index + 1} of ${entries.length},`
    const bytes = decodeKey(entry)
    if (bytes === undefined) {
      problems.push(`${where} must be 32 bytes in base64 (44 characters) or hex (64 characters); ${ADVICE}`)
    } else if (new Set(bytes).size < 8) {
      // 32 random bytes with fewer than 8 different ones do not happen; a placeholder from a guide does.
      problems.push(`${where} is not random; ${ADVICE}`)
    } else {
      const key = createMasterKey(bytes)
      if (keys.has(key.id)) problems.push(`${where} is in the list twice; remove one of the two`)
      keys.set(key.id, key)
    }
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return createKeyring(keys)
}

function decodeKey(entry: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(entry)) return Buffer.from(entry, 'hex')
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(entry)) return Buffer.from(entry, 'base64')
  return undefined
}

function createMasterKey(bytes: Buffer): MasterKey {
  // The id is a hash under a name of its own: it must give nothing away about keys derived from the same bytes.
  const id = createHash('sha256').update('tripline master key id\0').update(bytes).digest('hex').slice(0, 16)
  const master = createSecretKey(bytes)
  return { id, master, box: deriveKey(master, 'box'), derived: new Map() }
}

function deriveKey(master: KeyObject, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', master, '', `tripline ${purpose}`, KEY_BYTES)))
}

function newestOf(keys: ReadonlyMap<string, MasterKey>): MasterKey {
  const [newest] = keys.values()
  assert(newest !== undefined, 'a keyring has a key')
  return newest
}

function createKeyring(keys: ReadonlyMap<string, MasterKey>): Keyring {
  const newest = newestOf(keys)

  function openWith(sealed: string, label: SealLabel): { plaintext: string; keyId: string } {
    const { keyId, bytes } = parseSealed(sealed)
    const key = keys.get(keyId)
    if (key === undefined) {
      throw new SealError(
        'unknown_key',
        `It was sealed with the master key ${keyId}, which this process does not have: add that key to the end of its ` +
          'TRIPLINE_SECRET_KEY and start it again.',
      )
    }
    return { plaintext: decrypt(key.box, bytes, label), keyId }
  }

  function seal(plaintext: string, label: SealLabel): string {
    return `${FORMAT}.${newest.id}.${encrypt(newest.box, plaintext, label).toString('base64url')}`
  }

  return {
    keyIds: [...keys.keys()],
    newestKeyId: newest.id,
    seal,
    open: (sealed, label) => openWith(sealed, label).plaintext,
    makeKeyCheck: () => seal(KEY_CHECK_TEXT, KEY_CHECK_LABEL),
    verifyKeyCheck(check) {
      try {
        const { plaintext, keyId } = openWith(check, KEY_CHECK_LABEL)
        if (plaintext !== KEY_CHECK_TEXT) return 'wrong'
        return keyId === newest.id ? 'newest' : 'older'
      } catch (error) {
        if (error instanceof SealError) return 'wrong'
        throw error
      }
    },
    deriveKeys(purpose) {
      assert(purpose !== '' && purpose !== 'box', 'a purpose has a name of its own')
      return [...keys.values()].map((key) => {
        let derived = key.derived.get(purpose)
        if (derived === undefined) {
          derived = deriveKey(key.master, purpose)
          key.derived.set(purpose, derived)
        }
        return derived
      })
    },
  }
}

/**
 * The id of the key that sealed it.
 *
 * @throws SealError `damaged` if nothing of ours has sealed it
 */
export function keyIdOf(sealed: string): string {
  return parseSealed(sealed).keyId
}

function parseSealed(sealed: string): { keyId: string; bytes: Buffer } {
  const match = /^v1\.([0-9a-f]{16})\.([A-Za-z0-9_-]+)$/.exec(sealed)
  const bytes = Buffer.from(match?.[2] ?? '', 'base64url')
  if (match?.[1] === undefined || bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== match[2]) {
    throw new SealError('damaged', 'It is not a sealed value.')
  }
  return { keyId: match[1], bytes }
}

/** A JSON array: no two labels have the same bytes, whatever characters a name has. */
function associatedData(label: SealLabel): Buffer {
  assert(Number.isSafeInteger(label.entityId) && Number.isSafeInteger(label.version), 'a label has whole numbers')
  return Buffer.from(JSON.stringify([FORMAT, label.entityId, label.name, label.version]))
}

function encrypt(key: KeyObject, plaintext: string, label: SealLabel): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(associatedData(label))
  return Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: KeyObject, bytes: Buffer, label: SealLabel): string {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(associatedData(label))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  const ciphertext = bytes.subarray(NONCE_BYTES, -TAG_BYTES)
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
  } catch (error) {
    throw new SealError('damaged', `It was changed, or belongs to another entity, name or version. (${String(error)})`)
  }
}
