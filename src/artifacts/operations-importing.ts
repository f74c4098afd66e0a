import { type Caller, requireServerAdmin } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { takeVersion } from './store-collections.ts'

/** The largest number a version can be given: enough for one every second for sixty years. */
const VERSION_MAX = 2 ** 31 - 1

/** What a version keeps of where it is brought from. */
export type ImportedVersion = {
  /** Its number there. */
  version: number
  /** Milliseconds since the epoch. */
  createdAt: number
}

/**
 * What a version keeps of where it is brought from, for an administrator of the server: numbers and times are otherwise
 * the server's to give. A time in the future is now.
 *
 * @throws Refusal `forbidden` | `invalid_request`
 */
export function checkImported(world: World, caller: Caller, imported: ImportedVersion): ImportedVersion {
  requireServerAdmin(caller)
  const { version, createdAt } = imported
  if (!Number.isSafeInteger(version) || version < 0 || version > VERSION_MAX) {
    throw new Refusal('invalid_request', `A version number is a whole number from 0 to ${VERSION_MAX}`)
  }
  if (createdAt < 0) throw new Refusal('invalid_request', 'A version is not older than 1970')
  return { version, createdAt: Math.min(createdAt, world.now()) }
}

/**
 * Give a version of a locked collection the number it had. Numbers that are passed over stay gaps.
 *
 * @throws Refusal `version_number_given`
 */
export async function takeImportedVersion(
  world: World,
  tx: Tx,
  collection: { id: number; name: string },
  imported: ImportedVersion,
): Promise<number> {
  const { version, createdAt } = imported
  if (await takeVersion(tx, { collectionId: collection.id, version, createdAt, now: world.now() })) return version
  throw new Refusal(
    'version_number_given',
    `"${collection.name}" has given the number v${version} already, or a later one: numbers are never given twice`,
  )
}
