import { recordAudit, requireEntity } from '../access/operations.ts'
import type { Caller } from '../access/rights.ts'
import type { World } from '../world.ts'
import { change } from './operations-changes.ts'
import { lockPlaces, loseArtifacts } from './operations-deletion.ts'
import {
  lockFreeVersions,
  selectEntityTtl,
  selectExpiredByRule,
  selectExpiredByThemselves,
  selectStillExpired,
  updateEntityTtl,
} from './store-ttl.ts'
import type { MembershipRecord } from './store-versions.ts'
import { checkTtl } from './ttl.ts'
import { formatVersion } from './version-name.ts'

/** Versions deleted in one transaction, each with its events, which others wait for on the embedded engine. */
const EXPIRED_AT_ONCE = 50

/**
 * How long versions logged in the entity live where neither they nor their collection say so; `null`: as its
 * organization says, or for ever.
 *
 * @throws Refusal `not_found`
 */
export async function getEntityTtl(world: World, caller: Caller, entity: string): Promise<number | null> {
  const { id } = await requireEntity(world.db.read, caller, entity, 'viewer')
  return selectEntityTtl(world.db.read, id)
}

/**
 * Set that, by the entity's administrators. It counts from each version's creation, for those there are already too.
 *
 * @throws Refusal `not_found` | `forbidden` | `invalid_request`
 */
export async function setEntityTtl(
  world: World,
  caller: Caller,
  input: { entity: string; ttlSeconds: number },
): Promise<number | null> {
  const seconds = checkTtl(input.ttlSeconds)
  return world.db.transaction(async (tx) => {
    const { id, name } = await requireEntity(tx, caller, input.entity, 'admin')
    const before = await selectEntityTtl(tx, id)
    if (before === seconds) return seconds
    await updateEntityTtl(tx, { id, seconds })
    const details = { before, after: seconds }
    await recordAudit(tx, caller, { action: 'time_to_live.changed', entityId: id, subject: name, details }, world.now())
    return seconds
  })
}

/**
 * Delete versions whose time to live has run out, with their links and whatever aliases do not protect them: one batch.
 * The events are those of a deletion by hand, by the system, and the audit says which rule it was. Resolves to whether
 * there may be more.
 */
export async function expireVersions(world: World): Promise<boolean> {
  const now = world.now()
  const byThemselves = await selectExpiredByThemselves(world.db.read, { now, limit: EXPIRED_AT_ONCE })
  const left = EXPIRED_AT_ONCE - byThemselves.length
  const found = left === 0 ? [] : await selectExpiredByRule(world.db.read, { now, limit: left })
  const candidates = [...byThemselves, ...found]
  if (candidates.length === 0) return false
  const gone = await change(world, null, async (tx, record) => {
    const { engine } = world.db
    const ids = await lockFreeVersions(tx, engine, candidates)
    const { locked, memberships } = await lockPlaces(tx, ids)
    // Some may have been given an alias, a link or another rule while we waited.
    const expired = await selectStillExpired(tx, engine, { ids, now })
    const rules = new Map(expired.map((each) => [each.id, each]))
    const lost = memberships.filter((membership) => rules.has(membership.artifact_id))
    await loseArtifacts(world, tx, null, record, { artifactIds: [...rules.keys()], memberships: lost, locked })
    await recordAudit(
      tx,
      null,
      lost.flatMap((membership) => {
        const rule = rules.get(membership.artifact_id)
        return rule === undefined || membership.kind !== 'SEQUENCE' ? [] : [expiryEntry(membership, rule)]
      }),
      now,
    )
    return rules.size
  })
  return gone > 0 && candidates.length === EXPIRED_AT_ONCE
}

function expiryEntry(membership: MembershipRecord, rule: { seconds: number; createdAt: number }) {
  const { entity, project, name, version } = membership
  return {
    action: 'version.expired',
    entityId: membership.entity_id,
    subject: `${entity}/${project}/${name}:${formatVersion(version)}`,
    details: { ttlSeconds: rule.seconds, createdAt: new Date(rule.createdAt).toISOString() },
  }
}
