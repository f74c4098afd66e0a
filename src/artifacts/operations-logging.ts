import type { Caller } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import { last, together } from '../database/statement.ts'
import { notFound, Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'
import { aliasFacts, type Fact } from './change-events.ts'
import { checkAliases, checkTags } from './labels.ts'
import { checkMetadata } from './metadata.ts'
import { assertCollectionName, assertDescription, assertTypeName, isStorableText } from './names.ts'
import { assignAliases, change, type RecordFacts } from './operations-changes.ts'
import { requireProjectIn } from './operations-projects.ts'
import { joinDrafts, type SharedDraft } from './shared-draft.ts'
import {
  type CollectionRecord,
  insertCollection,
  isShown,
  lockCollections,
  selectCollectionByName,
  selectCollections,
  setClientId,
} from './store-collections.ts'
import { insertArtifact, selectOwnArtifacts, selectShared, updateShared } from './store-logging.ts'
import { insertRunArtifact, selectRunId } from './store-runs.ts'
import { insertArtifactTags } from './store-tags.ts'
import { insertArtifactTypes, lockArtifactType, selectArtifactType } from './store-types.ts'
import {
  holderOfMembership,
  selectMembershipsOfArtifacts,
  selectNewestNamed,
  selectNewestOfCollections,
} from './store-versions.ts'
import { checkTtl } from './ttl.ts'
import type { CollectionKind, ProjectView } from './types.ts'

const DIGEST = /^[\w+/=-]{1,128}$/
const CLIENT_ID_LENGTH_MAX = 256
/** The only place bytes are stored, by the names clients call it. */
const STORAGE_REGIONS = ['', 'default']

export type CreateArtifactInput = {
  entity: string
  project: string
  type: string
  collection: string
  /** The name of the run that logs it; `null` when a user does. */
  run: string | null
  /** The manifest digest in hex. */
  digest: string
  description?: string | null | undefined
  /** A JSON object as text. */
  metadata?: string | null | undefined
  aliases?: readonly string[] | undefined
  tags?: readonly string[] | undefined
  /** As on the wire: positive seconds, -1 inherit, -2 disabled. */
  ttlSeconds?: number | null | undefined
  historyStep?: number | null | undefined
  /** Answer the newest version instead, if it has the same digest. */
  deduplicate: boolean
  clientId?: string | null | undefined
  sequenceClientId?: string | null | undefined
  distributedId?: string | null | undefined
  storageRegion?: string | null | undefined
}

/** `COMMITTED`: the newest version has this content; nothing is to be uploaded. */
export type CreatedArtifact = {
  artifactId: number
  state: 'PENDING' | 'COMMITTED'
  collectionId: number
  /** The newest committed version of the collection. */
  latestArtifactId: number | null
}

/**
 * Begin to log a version: a pending artifact, which nobody else sees until it is committed; its sequence and type are
 * made if they are missing.
 *
 * With `deduplicate`, content that the sequence's newest version already has makes no new one: that version gets the
 * aliases and tags that are new on it, and counts as an output of the run. The digest is a claim and is compared with
 * nothing else. A call repeated with its `clientId` answers what the first one made.
 *
 * With a `distributedId`, what others of the project have begun in this sequence under the same one is answered: they
 * make one version together, and the run that called last is the one that logged it.
 *
 * @throws Refusal `not_found` (project, run) | `forbidden` | `artifact_type_mismatch` | `name_taken` (by a portfolio) |
 *   `name_invalid` | `alias_invalid` | `tag_invalid` | `metadata_invalid` | `storage_region_unknown` | `invalid_request`
 */
export async function createArtifact(
  world: World,
  caller: Caller,
  input: CreateArtifactInput,
): Promise<CreatedArtifact> {
  const checked = checkInput(input)
  return change(world, caller, async (tx, record) => {
    const project = await requireProjectIn(tx, caller, input, 'member')
    if (project.isRegistry) {
      throw new Refusal('not_supported', 'Versions are linked into a registry, not logged there: log to a project')
    }
    const { clientId, distributedId } = checked
    const [runId, { sequence, typeId }, newest, owned] = await together([
      requireRun(tx, project, input.run),
      ensureSequence(world, tx, caller, project, input),
      selectNewestNamed(tx, { projectId: project.id, name: input.collection }),
      clientId === null ? Promise.resolve([]) : selectOwnArtifacts(tx, { clientId, userId: caller.user.id }),
    ])
    const own = owned.find((each) => each.sequence_id === sequence.id)
    const latestArtifactId = newest[0]?.artifact_id ?? null
    const answer = { collectionId: sequence.id, latestArtifactId }
    const isSettled = distributedId === null || own?.state === 'COMMITTED'
    if (own !== undefined && isSettled) return { ...answer, artifactId: own.id, state: own.state }
    if (distributedId !== null) {
      const shared = await joinShared(world, tx, {
        ...checked,
        distributedId,
        sequence,
        typeId,
        type: input.type,
        runId,
      })
      if (shared !== undefined) return { ...answer, artifactId: shared, state: 'PENDING' }
    } else if (input.deduplicate && newest[0]?.digest === checked.digest) {
      const same = await reuseNewest(world, tx, caller, record, { ...checked, sequence, runId })
      if (same !== undefined) return { ...answer, artifactId: same, state: 'COMMITTED' }
    }
    const draft = {
      ...checked,
      publicId: newPublicId('art'),
      projectId: project.id,
      typeId,
      sequenceId: sequence.id,
      sequenceName: sequence.name,
      runId,
      userId: caller.user.id,
      now: world.now(),
    }
    const artifactId = await last(tx, insertArtifact(tx, draft))
    return { ...answer, artifactId, state: 'PENDING' }
  })
}

function checkInput(input: CreateArtifactInput) {
  assertCollectionName(input.collection)
  assertTypeName(input.type)
  assertDescription(input.description)
  if (!DIGEST.test(input.digest)) throw new Refusal('invalid_request', 'The digest must be the hex MD5 of the manifest')
  for (const id of [input.clientId, input.sequenceClientId, input.distributedId]) {
    if (id != null && (id.length > CLIENT_ID_LENGTH_MAX || !isStorableText(id))) {
      throw new Refusal('invalid_request', `A client id has at most ${CLIENT_ID_LENGTH_MAX} characters`)
    }
  }
  if (input.historyStep != null && !Number.isSafeInteger(input.historyStep)) {
    throw new Refusal('invalid_request', 'The history step must be a whole number')
  }
  const region = input.storageRegion ?? ''
  if (!STORAGE_REGIONS.includes(region)) {
    throw new Refusal('storage_region_unknown', `There is no storage region "${region.slice(0, 100)}": leave it out`)
  }
  return {
    digest: input.digest,
    description: input.description ?? null,
    metadata: checkMetadata(input.metadata),
    ttlSeconds: checkTtl(input.ttlSeconds),
    historyStep: input.historyStep ?? null,
    clientId: input.clientId || null,
    distributedId: input.distributedId || null,
    aliases: checkAliases(input.aliases),
    tags: checkTags(input.tags),
  }
}

async function requireRun(tx: Tx, project: ProjectView, name: string | null): Promise<number | null> {
  if (name === null || name === '') return null
  const runId = await selectRunId(tx, { projectId: project.id, name })
  if (runId === undefined) throw notFound(`Run "${project.entity}/${project.name}/${name}"`)
  return runId
}

async function ensureSequence(
  world: World,
  tx: Tx,
  caller: Caller,
  project: ProjectView,
  input: CreateArtifactInput,
): Promise<{ sequence: CollectionRecord; typeId: number }> {
  const name = input.collection
  const clientId = input.sequenceClientId || null
  const [typeId, known] = await together([
    ensureType(world, tx, project.id, input.type),
    selectCollectionByName(tx, { projectId: project.id, name }),
  ])
  const sequence =
    known ??
    (await makeCollection(world, tx, caller, { projectId: project.id, typeId, kind: 'SEQUENCE', name, clientId }))
  if (clientId !== null && sequence.client_id === null) await setClientId(tx, { id: sequence.id, clientId })
  if (sequence.kind !== 'SEQUENCE') {
    throw new Refusal('name_taken', `"${input.collection}" is a collection of links: log under another name`)
  }
  // Until it has a version, a sequence is nothing anybody has seen: the first commit decides its type.
  if (isShown(sequence)) assertSameType(sequence, input.type)
  return { sequence, typeId }
}

/** @throws Refusal `artifact_type_mismatch` */
export function assertSameType(collection: CollectionRecord, type: string): void {
  if (collection.type === type) return
  throw new Refusal(
    'artifact_type_mismatch',
    `Collection "${collection.name}" already exists with type "${collection.type}" and cannot hold type "${type}"`,
  )
}

export async function ensureType(world: World, tx: Tx, projectId: number, name: string): Promise<number> {
  const known = await selectArtifactType(tx, { projectId, name })
  if (known !== undefined) return known.id
  await insertArtifactTypes(tx, { projectId, names: [name], now: world.now() })
  const made = await selectArtifactType(tx, { projectId, name })
  assert(made !== undefined, 'a type that was just made is found')
  return made.id
}

/**
 * The id of the type in the project, which gets it if it may.
 *
 * @throws Refusal `artifact_type_mismatch` of a registry that does not take it
 */
export async function acceptType(world: World, tx: Tx, project: ProjectView, type: string): Promise<number> {
  if (!project.isRegistry) return ensureType(world, tx, project.id, type)
  const known = await lockArtifactType(tx, world.db.engine, { projectId: project.id, name: type })
  if (known !== undefined) return known.id
  if (project.allowAllTypes) return ensureType(world, tx, project.id, type)
  throw new Refusal(
    'artifact_type_mismatch',
    `The registry "${project.name}" does not take artifacts of type "${type}"`,
  )
}

type WantedCollection = { projectId: number; typeId: number; kind: CollectionKind; name: string }

/** The collection of this name, made if it is missing: of whichever kind and type it then is. */
export async function ensureCollection(
  world: World,
  tx: Tx,
  caller: Caller,
  input: WantedCollection,
): Promise<CollectionRecord> {
  const known = await selectCollectionByName(tx, input)
  return known ?? makeCollection(world, tx, caller, { ...input, clientId: null })
}

async function makeCollection(
  world: World,
  tx: Tx,
  caller: Caller,
  input: WantedCollection & { clientId: string | null },
): Promise<CollectionRecord> {
  const publicId = newPublicId('col')
  await insertCollection(tx, { ...input, publicId, userId: caller.user.id, now: world.now() })
  const made = await selectCollectionByName(tx, input)
  if (made === undefined) {
    throw new Refusal('database_unavailable', `Collection "${input.name}" was deleted at this very moment: try again`)
  }
  return made
}

/**
 * The artifact that other runs, or other parts of this one, have begun under the same name, once it has what the caller
 * asked for, too; `undefined` if there is none. Then nobody else begins it before the transaction ends.
 *
 * @throws Refusal `artifact_type_mismatch` | `invalid_request`
 */
async function joinShared(
  world: World,
  tx: Tx,
  input: SharedDraft & {
    sequence: CollectionRecord
    typeId: number
    type: string
    distributedId: string
    runId: number | null
  },
): Promise<number | undefined> {
  const { sequence, distributedId, runId } = input
  await lockCollections(tx, [sequence.id])
  const shared = await selectShared(tx, { sequenceId: sequence.id, distributedId })
  if (shared === undefined) return undefined
  if (shared.typeId !== input.typeId) {
    throw new Refusal(
      'artifact_type_mismatch',
      `Other runs make "${sequence.name}" with another type than "${input.type}"`,
    )
  }
  await updateShared(tx, { ...joinDrafts(shared, input), id: shared.id, runId, now: world.now() })
  return shared.id
}

/** The newest version, if it still has this digest, once it has what the caller asked for; else `undefined`. */
async function reuseNewest(
  world: World,
  tx: Tx,
  caller: Caller,
  record: RecordFacts,
  input: {
    sequence: CollectionRecord
    digest: string
    aliases: readonly string[]
    tags: readonly string[]
    runId: number | null
  },
): Promise<number | undefined> {
  const collectionId = input.sequence.id
  const locked = await lockCollections(tx, [collectionId])
  const [newest] = await selectNewestOfCollections(tx, [collectionId])
  if (newest?.digest !== input.digest) return undefined

  const { runId, tags } = input
  const artifactId = newest.artifact_id
  const now = world.now()
  if (runId !== null) {
    await insertRunArtifact(tx, { runId, artifactId, direction: 'output', usedAs: null, now })
  }
  const memberships = await selectMembershipsOfArtifacts(tx, [artifactId])
  const here = memberships.find((membership) => membership.collection_id === collectionId)
  assert(here !== undefined, 'the newest version is in its sequence')
  const holder = holderOfMembership(here)
  const moves = await assignAliases(
    world,
    tx,
    caller,
    input.aliases.map((alias) => ({ alias, to: holder })),
  )
  const newTags = new Set(await insertArtifactTags(tx, { artifactId, tags }))
  const everywhere = memberships.map((membership) => ({
    collectionId: membership.collection_id,
    version: membership.version,
    artifactId,
  }))
  const tagFacts = tags
    .filter((tag) => newTags.has(tag))
    .map((tag): Fact => ({ type: 'ADD_ARTIFACT_TAG', everywhere, tag }))
  const places = tagFacts.length === 0 ? locked : await placesOf(tx, everywhere)
  await record([...aliasFacts(moves), ...tagFacts], places)
  return artifactId
}

async function placesOf(tx: Tx, everywhere: readonly { collectionId: number }[]) {
  const records = await selectCollections(
    tx,
    everywhere.map((at) => at.collectionId),
  )
  return new Map(records.map((each) => [each.id, each]))
}
