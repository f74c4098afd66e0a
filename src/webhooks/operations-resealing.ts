import type { World } from '../world.ts'
import { SealError } from './keyring.ts'
import { openSecret, openUrl, sealSecret, sealUrl } from './sealed.ts'
import { pageOfSecrets, pageOfWebhooks, type Resealed, resealSecrets, resealUrls } from './store.ts'

const PAGE = 500

/**
 * Seal anew what is sealed with an older master key, and return how many rows that was: once every process has started
 * with the new key in front, the old one can be dropped from the list.
 *
 * Safe beside others that do the same or change the rows meanwhile. Rows that no key of the list opens stay as they
 * are, for the day their key is put back.
 */
export async function resealWithNewestKey(world: Pick<World, 'db' | 'keyring'>): Promise<number> {
  const { db, keyring } = world
  const secrets = await forEachPage(
    (after) => pageOfSecrets(db.read, { after, limit: PAGE }),
    (rows) => {
      const resealed = rows.flatMap((row) =>
        sealedAnew(row.id, row.ciphertext, () => {
          if (!keyring.isSealedWithOlderKey(row.ciphertext)) return undefined
          const secret = { entityId: row.entity_id, name: row.name, version: row.version }
          return sealSecret(keyring, secret, openSecret(keyring, row))
        }),
      )
      return db.transaction((tx) => resealSecrets(tx, resealed))
    },
  )
  const urls = await forEachPage(
    (after) => pageOfWebhooks(db.read, { after, limit: PAGE }),
    (rows) => {
      const resealed = rows.flatMap((row) =>
        sealedAnew(row.id, row.url_ciphertext, () => {
          if (!keyring.isSealedWithOlderKey(row.url_ciphertext)) return undefined
          const webhook = { entityId: row.entity_id, publicId: row.public_id, version: row.url_version }
          return sealUrl(keyring, webhook, openUrl(keyring, row))
        }),
      )
      return db.transaction((tx) => resealUrls(tx, resealed))
    },
  )
  return secrets + urls
}

/** The sum of what `work` returns for each page. */
async function forEachPage<Row extends { id: number }>(
  load: (after: number) => Promise<Row[]>,
  work: (rows: readonly Row[]) => Promise<number>,
): Promise<number> {
  let sum = 0
  for (let after = 0; ; ) {
    const rows = await load(after)
    sum += await work(rows)
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return sum
    after = last.id
  }
}

function sealedAnew(id: number, before: string, reseal: () => string | undefined): Resealed[] {
  try {
    const after = reseal()
    return after === undefined ? [] : [{ id, before, after }]
  } catch (error) {
    if (error instanceof SealError) return []
    throw error
  }
}
