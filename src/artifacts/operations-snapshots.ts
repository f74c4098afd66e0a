import { type Caller, mayIn, rightsPlace } from '../access/rights.ts'
import type { Reader, Tx } from '../database/database.ts'
import type { EventArtifact, EventSubject } from '../events/event.ts'
import { notFound } from '../refusal.ts'
import { versionKey } from './change-events.ts'
import type { CollectionAddress } from './operations-aliases.ts'
import { placeOf } from './operations-changes.ts'
import { selectCollectionsByPaths } from './store-collections.ts'
import { selectAliasNames, selectEventArtifacts } from './store-surroundings.ts'
import { selectVersion } from './store-versions.ts'
import { parseVersionName } from './version-name.ts'

/**
 * A version, or a collection without one, as events show it: as it is now.
 *
 * - `version`: `v3`, or an alias of it; `null` for the collection itself.
 *
 * @throws Refusal `not_found` also for what the caller may not see
 */
export async function describePlace(
  db: Reader | Tx,
  caller: Caller,
  address: CollectionAddress & { version: string | null },
): Promise<{ subject: EventSubject; artifact: EventArtifact | null }> {
  const path = `${address.entity}/${address.project}/${address.collection}`
  const [collection] = await selectCollectionsByPaths(db, [address])
  if (collection === undefined || !mayIn(caller, 'viewer', rightsPlace(collection))) {
    throw notFound(`Collection "${path}"`)
  }
  if (address.version === null) {
    return { subject: { ...placeOf(collection), version: null, aliases: [] }, artifact: null }
  }
  const membership = await selectVersion(db, {
    collection: { id: collection.id },
    version: parseVersionName(address.version),
  })
  if (membership === undefined) throw notFound(`Version "${path}:${address.version}"`)
  const artifactId = membership.artifact_id
  const artifact = (await selectEventArtifacts(db, [artifactId])).get(artifactId) ?? null
  const at = { collectionId: collection.id, version: membership.version }
  const names = await selectAliasNames(db, [at])
  return {
    subject: { ...placeOf(collection), version: membership.version, aliases: names.get(versionKey(at)) ?? [] },
    artifact,
  }
}
