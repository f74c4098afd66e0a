import { type Caller, mayIn, rightsPlace, roleIn } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import { notFound, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import type { Fact } from './change-events.ts'
import { checkTags } from './labels.ts'
import { checkMetadata } from './metadata.ts'
import { assertDescription } from './names.ts'
import { change, type RecordFacts } from './operations-changes.ts'
import { visibleArtifacts } from './operations-reading.ts'
import { artifactView } from './operations-views.ts'
import { lockCollections } from './store-collections.ts'
import { deleteArtifactTags, insertArtifactTags } from './store-tags.ts'
import {
  type ArtifactRecord,
  lockArtifacts,
  selectArtifacts,
  selectMembershipsOfArtifacts,
  updateArtifactRow,
} from './store-versions.ts'
import { checkTtl } from './ttl.ts'
import type { ArtifactView } from './types.ts'

export type VersionEdit = {
  artifactId: number
  description?: string | null | undefined
  /** A JSON object as text. */
  metadata?: string | undefined
  /** As on the wire: positive seconds, -1 inherit, -2 disabled. */
  ttlSeconds?: number | undefined
  tagsToAdd?: readonly string[] | undefined
  tagsToDelete?: readonly string[] | undefined
}

/**
 * Change what a version says of itself: by whoever may write where it was logged. Absent fields stay; `null` clears the
 * description. A tag is of the artifact, so it shows in every collection the artifact is in, and is announced once.
 *
 * A pending artifact can be changed by who makes it; its tags are announced when it is committed.
 *
 * @throws Refusal `not_found` | `forbidden` | `tag_invalid` | `metadata_invalid` | `invalid_request`
 */
export async function updateArtifact(world: World, caller: Caller, input: VersionEdit): Promise<ArtifactView> {
  const edit = checkEdit(input)
  return change(world, caller, async (tx, record) => {
    // Locked before its collections: it can then gain no membership that the events would miss.
    await lockArtifacts(tx, world.db.engine, [input.artifactId])
    const artifact = await requireEditable(tx, caller, input.artifactId)
    const now = world.now()
    await updateArtifactRow(tx, {
      id: artifact.id,
      description: edit.description === undefined ? artifact.description : edit.description,
      metadata: edit.metadata ?? artifact.metadata,
      ttlSeconds: edit.ttlSeconds === undefined ? artifact.ttl_seconds : edit.ttlSeconds,
      requestedTags: artifact.state === 'PENDING' ? requestedTags(artifact, edit) : artifact.requested_tags,
      now,
    })
    if (artifact.state === 'COMMITTED') await editTags(tx, record, artifact, edit)
    return artifactView(caller, await requireEditable(tx, caller, input.artifactId))
  })
}

type CheckedEdit = ReturnType<typeof checkEdit>

function checkEdit(input: VersionEdit) {
  assertDescription(input.description)
  const add = checkTags(input.tagsToAdd)
  const remove = [...new Set(input.tagsToDelete ?? [])]
  const both = add.find((tag) => remove.includes(tag))
  if (both !== undefined) {
    throw new Refusal('invalid_request', `The tag "${both}" cannot be added and deleted in one call`)
  }
  return {
    description: input.description,
    metadata: input.metadata === undefined ? undefined : checkMetadata(input.metadata),
    ttlSeconds: input.ttlSeconds === undefined ? undefined : checkTtl(input.ttlSeconds),
    add,
    remove,
  }
}

function requestedTags(artifact: ArtifactRecord, edit: CheckedEdit): string {
  const tags = new Set([...(JSON.parse(artifact.requested_tags) as string[]), ...edit.add])
  for (const tag of edit.remove) tags.delete(tag)
  return JSON.stringify([...tags])
}

async function editTags(tx: Tx, record: RecordFacts, artifact: ArtifactRecord, edit: CheckedEdit): Promise<void> {
  if (edit.add.length + edit.remove.length === 0) return
  const before = await selectMembershipsOfArtifacts(tx, [artifact.id])
  const locked = await lockCollections(
    tx,
    before.map((membership) => membership.collection_id),
  )
  const memberships = await selectMembershipsOfArtifacts(tx, [artifact.id])
  const everywhere = memberships.map((membership) => ({
    collectionId: membership.collection_id,
    version: membership.version,
    artifactId: artifact.id,
  }))
  const removed = new Set(await deleteArtifactTags(tx, { artifactId: artifact.id, tags: edit.remove }))
  const added = new Set(await insertArtifactTags(tx, { artifactId: artifact.id, tags: edit.add }))
  const facts: Fact[] = [
    ...edit.remove
      .filter((tag) => removed.has(tag))
      .map((tag): Fact => ({ type: 'REMOVE_ARTIFACT_TAG', everywhere, tag })),
    ...edit.add.filter((tag) => added.has(tag)).map((tag): Fact => ({ type: 'ADD_ARTIFACT_TAG', everywhere, tag })),
  ]
  await record(facts, locked)
}

/**
 * The artifact, for a caller who may write where it was logged. Who sees it through a link only is told that this does
 * not suffice, but not where it was logged.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function requireEditable(tx: Tx, caller: Caller, id: number): Promise<ArtifactRecord> {
  const [artifact] = await visibleArtifacts(tx, caller, await selectArtifacts(tx, [id]))
  if (artifact === undefined) throw notFound('Artifact')
  if (mayIn(caller, 'member', rightsPlace(artifact))) return artifact
  const role = roleIn(caller, rightsPlace(artifact))
  throw new Refusal(
    'forbidden',
    'Changing an artifact needs the role "member" where it was logged, ' +
      (role === undefined ? 'and you see it through a link only' : `and you are "${role}"`),
  )
}
