import { recordAudit } from '../access/operations.ts'
import { type Caller, requireServerAdmin } from '../access/rights.ts'
import type { World } from '../world.ts'
import { SealError } from './keyring.ts'
import { keyNeededAtStart, needNewestKeyAtStart } from './master-keys.ts'
import { openSecret, openUrl, sealSecret, sealUrl } from './sealed.ts'
import {
  countSealedByKey,
  pageOfPreviousSecrets,
  pageOfSecrets,
  pageOfWebhooks,
  type Resealed,
  type SealedTable,
  writeResealed,
} from './store-sealed.ts'

/** A few milliseconds of sealing, and one transaction. */
const PAGE = 500

/** Rows that one call seals anew: well below a second. */
const RESEALED_MAX = 5_000

export type MasterKeyView = {
  /** A hash of the key; nothing of the key can be learnt from it. */
  id: string
  /**
   * `newest` seals, `older` only opens; `missing` is not in the list of the process that answers, which cannot use what
   * is sealed under it.
   */
  status: 'newest' | 'older' | 'missing'
  /** What is still sealed under it. */
  secrets: number
  previousSecrets: number
  webhooks: number
  /** Nothing is sealed under it, and no start needs it. */
  removable: boolean
}

/**
 * The master keys that this process has and those that rows are sealed under, newest first.
 *
 * @throws Refusal `forbidden`
 */
export async function listMasterKeys(world: World, caller: Caller): Promise<MasterKeyView[]> {
  requireServerAdmin(caller)
  const [counts, needed] = await Promise.all([countSealedByKey(world.db.read), keyNeededAtStart(world.db)])
  const listed = world.keyring.keyIds
  const missing = counts.map(({ keyId }) => keyId).filter((keyId) => !listed.includes(keyId))
  return [...new Set([...listed, ...missing.sort()])].map((id) => {
    const rowsIn = (table: SealedTable) =>
      counts.filter((count) => count.table === table && count.keyId === id).reduce((sum, { rows }) => sum + rows, 0)
    const sealed = {
      secrets: rowsIn('secrets'),
      previousSecrets: rowsIn('previous_secrets'),
      webhooks: rowsIn('webhooks'),
    }
    const status = id === listed[0] ? 'newest' : listed.includes(id) ? 'older' : 'missing'
    const isUsed = Object.values(sealed).some((rows) => rows > 0) || id === needed
    return { id, status, ...sealed, removable: status === 'older' && !isUsed }
  })
}

export type Resealing = {
  /** Rows that this call has sealed anew. */
  resealed: number
  /** Rows under older keys of the list that are still to be done: call again. */
  remaining: number
  /** Rows under those keys that do not open, since they were changed: they stay as they are. */
  unreadable: number
}

/**
 * Seal anew, under the newest key of this process, up to 5,000 rows that older keys of its list have sealed. Once none
 * remains, every start needs the newest key, and the older ones can go.
 *
 * May be called while everything runs, by several at once, and again after whatever interrupted it: what is done is seen
 * by the rows themselves. Rows under keys that this process does not have stay as they are.
 *
 * @throws Refusal `forbidden`
 */
export async function resealByHand(world: World, caller: Caller): Promise<Resealing> {
  requireServerAdmin(caller)
  const done = await resealSome(world)
  if (done.resealed > 0) {
    const details = { ...done }
    const entry = { action: 'master_key.resealed', entityId: null, subject: world.keyring.newestKeyId, details }
    await world.db.transaction((tx) => recordAudit(tx, caller, entry, world.now()))
  }
  return done
}

type Sealing = Pick<World, 'db' | 'keyring' | 'log'>

/**
 * What a start has to do about keys. With a database of our own, everything is sealed anew at once. With one that other
 * processes share, nothing is: they may not have the newest key yet. Both tell of rows whose key is missing.
 */
export async function tendMasterKeys(world: Sealing): Promise<void> {
  const { db, keyring, log } = world
  if (db.engine.isExclusive) {
    let resealed = 0
    for (let remaining = 1; remaining > 0; ) {
      const done = await resealSome(world)
      resealed += done.resealed
      remaining = done.resealed === 0 ? 0 : done.remaining
    }
    if (resealed > 0) log.info({ resealed }, 'secrets and webhook URLs were sealed anew with the newest master key')
  }
  const rows = new Map<string, number>()
  for (const count of await countSealedByKey(db.read)) {
    rows.set(count.keyId, (rows.get(count.keyId) ?? 0) + count.rows)
  }
  for (const [keyId, count] of rows) {
    if (!keyring.keyIds.includes(keyId)) {
      log.error(
        { keyId, rows: count },
        'secrets or webhook URLs are sealed with a master key that this process does not have: add that key to the end ' +
          'of its TRIPLINE_SECRET_KEY and start it again; until then it cannot send to the webhooks that need them',
      )
    } else if (keyId !== keyring.newestKeyId) {
      log.info(
        { keyId, rows: count },
        'secrets or webhook URLs are sealed with an older master key: once every process has the newest one first, ' +
          'seal them anew with POST /api/v1/master-keys/reseal',
      )
    }
  }
}

async function resealSome(world: Pick<World, 'db' | 'keyring'>): Promise<Resealing> {
  const { db, keyring } = world
  const keyIds = keyring.keyIds.slice(1)
  let resealed = 0
  let unreadable = 0

  /** Whether it came to the end of the table. */
  async function resealTable<Row extends { id: number }>(
    table: SealedTable,
    load: (page: { keyIds: readonly string[]; after: number; limit: number }) => Promise<Row[]>,
    sealAnew: (row: Row) => { before: string; after: string },
  ): Promise<boolean> {
    for (let after = 0; resealed < RESEALED_MAX; ) {
      const limit = Math.min(PAGE, RESEALED_MAX - resealed)
      const rows = await load({ keyIds, after, limit })
      const done: Resealed[] = []
      for (const row of rows) {
        try {
          done.push({ id: row.id, ...sealAnew(row) })
        } catch (error) {
          if (!(error instanceof SealError)) throw error
          unreadable += 1
        }
      }
      resealed += await db.transaction((tx) => writeResealed(tx, table, done))
      const last = rows.at(-1)
      if (last === undefined || rows.length < limit) return true
      after = last.id
    }
    return false
  }

  const isWhole =
    keyIds.length === 0 ||
    ((await resealTable(
      'secrets',
      (page) => pageOfSecrets(db.read, page),
      (row) => {
        const secret = { entityId: row.entity_id, name: row.name, version: row.version }
        return { before: row.ciphertext, after: sealSecret(keyring, secret, openSecret(keyring, row)) }
      },
    )) &&
      (await resealTable(
        'previous_secrets',
        (page) => pageOfPreviousSecrets(db.read, page),
        (row) => {
          const secret = { entityId: row.entity_id, name: row.name, version: row.version }
          return { before: row.ciphertext, after: sealSecret(keyring, secret, openSecret(keyring, row)) }
        },
      )) &&
      (await resealTable(
        'webhooks',
        (page) => pageOfWebhooks(db.read, page),
        (row) => {
          const webhook = { entityId: row.entity_id, publicId: row.public_id, version: row.url_version }
          return { before: row.url_ciphertext, after: sealUrl(keyring, webhook, openUrl(keyring, row)) }
        },
      )))

  const older = (await countSealedByKey(db.read)).filter(({ keyId }) => keyIds.includes(keyId))
  const remaining = Math.max(0, older.reduce((sum, { rows }) => sum + rows, 0) - unreadable)
  if (isWhole && remaining === 0) await needNewestKeyAtStart(db, keyring)
  return { resealed, remaining, unreadable }
}
