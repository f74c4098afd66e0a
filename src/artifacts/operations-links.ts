import { type Caller, requireRoleIn, rightsPlace } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { World } from '../world.ts'
import type { AliasMove } from './alias-moves.ts'
import { aliasFacts, lossFacts } from './change-events.ts'
import { checkAliases } from './labels.ts'
import { assertCollectionName } from './names.ts'
import { assignAliases, change, removeAliases } from './operations-changes.ts'
import { lockById } from './operations-collections.ts'
import { checkImported, type ImportedVersion, takeImportedVersion } from './operations-importing.ts'
import { acceptType, assertSameType, ensureCollection } from './operations-logging.ts'
import { ensureProject } from './operations-projects.ts'
import { visibleArtifacts } from './operations-reading.ts'
import { membershipView } from './operations-views.ts'
import { holderOf, selectAliasesOfMemberships } from './store-aliases.ts'
import { type CollectionRecord, lockCollections, selectCollections, takeNextVersion } from './store-collections.ts'
import { deleteMemberships } from './store-deletion.ts'
import {
  type ArtifactRecord,
  holderOfMembership,
  insertMembership,
  lockArtifacts,
  selectArtifacts,
  selectArtifactsByClientId,
  selectMembershipsOfArtifacts,
} from './store-versions.ts'
import type { MembershipView } from './types.ts'

/** What to link: exactly one of the two. */
export type LinkSource = { artifactId: number } | { clientId: string }

/** Where to: by name (made if missing, except registries), or a portfolio's id. */
export type LinkTarget = { entity: string; project: string; collection: string } | { portfolioId: number }

/** Every link is the newest of its portfolio when it is made, so the server itself says so. */
const LATEST = 'latest'

/**
 * Link a version into a portfolio, for whoever sees the version and may write there; the membership, with a version
 * number of the portfolio's own. The portfolio is made if it is missing, with the version's type, and so is a plain
 * project; a registry must exist and take the type. A new link becomes `latest`.
 *
 * Again: the same membership, and the aliases that are new.
 *
 * - `imported`: the number and time it keeps, of a link that is brought from elsewhere. It becomes `latest` only if told.
 *
 * @throws Refusal `not_found` (version, entity, registry, portfolio) | `forbidden` | `artifact_type_mismatch` |
 *   `artifact_not_linkable` | `alias_invalid` | `name_invalid`; with `imported` also `version_number_given`
 */
export async function linkArtifact(
  world: World,
  caller: Caller,
  input: {
    source: LinkSource
    target: LinkTarget
    aliases?: readonly string[] | undefined
    imported?: ImportedVersion | undefined
  },
): Promise<MembershipView> {
  const imported = input.imported === undefined ? undefined : checkImported(world, caller, input.imported)
  const aliases = checkAliases(input.aliases)
  if ('collection' in input.target) assertCollectionName(input.target.collection)
  return change(world, caller, async (tx, record) => {
    const source = await lockSource(world, tx, caller, input.source)
    const portfolio = await ensurePortfolio(world, tx, caller, source, input.target)
    const locked = await lockCollections(tx, [portfolio.id])
    if (!locked.has(portfolio.id)) throw notFound(`Collection "${portfolio.name}"`)

    const there = await findMembership(tx, source.id, portfolio.id)
    const membership = there ?? (await addMembership(world, tx, source, portfolio, imported))
    const to = holderOfMembership(membership)
    const wanted = there === undefined && imported === undefined ? [...new Set([LATEST, ...aliases])] : aliases
    const moves = await assignAliases(
      world,
      tx,
      caller,
      wanted.map((alias) => ({ alias, to })),
    )
    const link = there === undefined ? [{ type: 'LINK_ARTIFACT' as const, at: to }] : []
    await record([...link, ...aliasFacts(moves)], locked)
    return membershipView(membership)
  })
}

/** The version, locked before any collection, so that it is not deleted meanwhile. */
async function lockSource(world: World, tx: Tx, caller: Caller, source: LinkSource): Promise<ArtifactRecord> {
  const candidates =
    'artifactId' in source
      ? await selectArtifacts(tx, [source.artifactId])
      : await selectArtifactsByClientId(tx, source.clientId)
  const [seen] = (await visibleArtifacts(tx, caller, candidates)).filter(({ state }) => state === 'COMMITTED')
  if (seen === undefined) throw notFound('Artifact')
  await lockArtifacts(tx, world.db.engine, [seen.id])
  const [artifact] = await selectArtifacts(tx, [seen.id])
  if (artifact?.state !== 'COMMITTED') throw notFound('Artifact')
  return artifact
}

async function ensurePortfolio(
  world: World,
  tx: Tx,
  caller: Caller,
  source: ArtifactRecord,
  target: LinkTarget,
): Promise<CollectionRecord> {
  if ('portfolioId' in target) {
    const [portfolio] = await selectCollections(tx, [target.portfolioId])
    if (portfolio === undefined || portfolio.kind !== 'PORTFOLIO') throw notFound('Portfolio')
    requireRoleIn(caller, 'member', rightsPlace(portfolio), 'Portfolio')
    if (portfolio.is_registry === 1) assertOfTeam(source, portfolio.project)
    assertSameType(portfolio, source.type)
    return portfolio
  }
  const project = await ensureProject(world, tx, caller, target)
  if (project.isRegistry) assertOfTeam(source, project.name)
  const typeId = await acceptType(world, tx, project, source.type)
  const portfolio = await ensureCollection(world, tx, caller, {
    projectId: project.id,
    typeId,
    kind: 'PORTFOLIO',
    name: target.collection,
  })
  if (portfolio.kind !== 'PORTFOLIO') {
    throw new Refusal(
      'artifact_not_linkable',
      `"${target.collection}" is where runs log, so nothing can be linked there: choose another name`,
    )
  }
  assertSameType(portfolio, source.type)
  return portfolio
}

/** A registry is the organization's: what one person keeps for themselves is logged to a team first. */
function assertOfTeam(source: ArtifactRecord, registry: string): void {
  if (source.entity_kind !== 'user') return
  throw new Refusal(
    'artifact_not_linkable',
    `The artifact was logged in a personal entity: log it in a team to link it into "${registry}"`,
  )
}

async function findMembership(tx: Tx, artifactId: number, collectionId: number) {
  const memberships = await selectMembershipsOfArtifacts(tx, [artifactId])
  return memberships.find((membership) => membership.collection_id === collectionId)
}

async function addMembership(
  world: World,
  tx: Tx,
  source: ArtifactRecord,
  portfolio: CollectionRecord,
  imported: ImportedVersion | undefined,
) {
  const now = world.now()
  const version =
    imported === undefined
      ? await takeNextVersion(tx, { collectionId: portfolio.id, now })
      : await takeImportedVersion(world, tx, portfolio, imported)
  await insertMembership(tx, {
    collectionId: portfolio.id,
    artifactId: source.id,
    version,
    now: imported?.createdAt ?? now,
  })
  const membership = await findMembership(tx, source.id, portfolio.id)
  assert(membership !== undefined, 'a membership that was just made is found')
  return membership
}

/**
 * Take a version out of a portfolio, for whoever may write there. Its number is not given again.
 *
 * @throws Refusal `not_found` (portfolio, or the version in it) | `forbidden`
 */
export async function unlinkArtifact(
  world: World,
  caller: Caller,
  input: { artifactId: number; portfolioId: number },
): Promise<void> {
  await change(world, caller, async (tx, record) => {
    const portfolio = await lockById(tx, caller, input.portfolioId, 'PORTFOLIO')
    const membership = await findMembership(tx, input.artifactId, portfolio.id)
    if (membership === undefined) throw notFound(`Artifact in "${portfolio.project}/${portfolio.name}"`)
    const moves = await removeAllAliases(world, tx, caller, [membership.id])
    await deleteMemberships(tx, [membership.id])
    await record(lossFacts(holderOfMembership(membership), moves), new Map([[portfolio.id, portfolio]]))
  })
}

/** Take every alias from these memberships of locked collections. */
export async function removeAllAliases(
  world: World,
  tx: Tx,
  caller: Caller | null,
  membershipIds: readonly number[],
): Promise<AliasMove[]> {
  const held = await selectAliasesOfMemberships(tx, membershipIds)
  const wanted = held.map((alias) => ({ alias: alias.alias, from: holderOf(alias) }))
  return wanted.length === 0 ? [] : removeAliases(world, tx, caller, wanted)
}
