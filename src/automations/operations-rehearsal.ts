import { type Caller, may, mayIn } from '../access/rights.ts'
import {
  addCollectionTags,
  countVersions,
  deleteAlias,
  deleteArtifact,
  deleteCollection,
  deleteCollectionTags,
  linkArtifact,
  putAlias,
  requireCollection,
  requireVersion,
  unlinkArtifact,
  updateArtifact,
} from '../artifacts/operations.ts'
import type { MembershipView } from '../artifacts/types.ts'
import type { Tx } from '../database/database.ts'
import type { EventSnapshot, EventType, VersionRef } from '../events/event.ts'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { eventInWords } from './event-words.ts'
import { type SubjectView, subjectView } from './operations-executions.ts'
import { findFired, findLastEventId, findOwnEvents } from './store-rehearsal.ts'

type CollectionPlace = { entity: string; project: string; collection: string }
export type VersionPlace = CollectionPlace & { version: string }

/** A change of a collection, as it could be made. */
export type CollectionChange = { kind: 'add-tag' | 'remove-tag'; tag: string } | { kind: 'delete' }

/** A change of a version, as it could be made. */
export type VersionChange =
  | { kind: 'add-alias' | 'remove-alias'; alias: string }
  | { kind: 'add-tag' | 'remove-tag'; tag: string }
  | { kind: 'link'; target: { entity: string; project: string; collection: string }; aliases: readonly string[] }
  | { kind: 'unlink' }
  /** Where it was logged, with its aliases. */
  | { kind: 'delete' }

/** A collection with more versions is not deleted to try: others would wait for that. */
const TRIED_VERSIONS_MAX = 100

export type Rehearsal = {
  events: {
    type: EventType
    words: string
    subject: SubjectView
    alias: string | null
    tag: string | null
    previousVersion: VersionRef | null
    movedTo: VersionRef | null
  }[]
  /** `event`: which of them fires it. */
  automations: {
    publicId: string
    name: string
    entity: string
    event: number
    state: 'matched' | 'skipped'
    reason: string | null
    /** `null`: nothing is sent. */
    webhook: { publicId: string; name: string; paused: boolean; circuitOpen: boolean } | null
  }[]
}

/** Ends the transaction of a rehearsal, which leaves nothing. */
class Rehearsed extends Error {}

/**
 * What would happen if a version were changed so now: the events, and the automations they fire, as far as the caller may
 * see them.
 *
 * @throws Refusal as the change itself
 */
export async function rehearseChange(
  world: World,
  caller: Caller,
  input: VersionPlace & { change: VersionChange },
): Promise<Rehearsal> {
  const membership = await requireVersion(world, caller, input)
  return rehearse(world, caller, (onStage) => make(onStage, caller, input, membership))
}

/**
 * The same for a change of a collection.
 *
 * @throws Refusal as the change itself | `limit_reached` (of the deletion of one with more than 100 versions)
 */
export async function rehearseCollectionChange(
  world: World,
  caller: Caller,
  { change, ...place }: CollectionPlace & { change: CollectionChange },
): Promise<Rehearsal> {
  if (change.kind === 'delete') {
    const { id } = await requireCollection(world, caller, place)
    assertMayBeTried(await countVersions(world, caller, id))
    return rehearse(world, caller, (onStage) => deleteCollection(onStage, caller, id))
  }
  const tagged = { ...place, tags: [change.tag] }
  return rehearse(world, caller, (onStage) =>
    change.kind === 'add-tag'
      ? addCollectionTags(onStage, caller, tagged)
      : deleteCollectionTags(onStage, caller, tagged),
  )
}

function assertMayBeTried(versionCount: number): void {
  if (versionCount <= TRIED_VERSIONS_MAX) return
  const limit = `only of a collection with at most ${TRIED_VERSIONS_MAX} versions, and this has ${versionCount}`
  throw new Refusal('limit_reached', `What a deletion would set off is told ${limit}`)
}

/**
 * What a change sets off. It is really made, by the operation that makes it, and its transaction given up: so nothing of
 * it is ever seen, and what it decides is what will be decided.
 *
 * That an automation fires too often is told only once it is held: firings are counted when they have committed.
 */
async function rehearse(
  world: World,
  caller: Caller,
  change: (onStage: World) => Promise<unknown>,
): Promise<Rehearsal> {
  let seen: Rehearsal = { events: [], automations: [] }
  const onStage: World = {
    ...world,
    worker: undefined,
    wakeWorkers: () => undefined,
    db: {
      ...world.db,
      transaction: (work) =>
        world.db.transaction(async (tx) => {
          const before = await findLastEventId(tx)
          await work(tx)
          seen = await whatHappened(world, tx, caller, before)
          throw new Rehearsed()
        }),
    },
  }
  try {
    await change(onStage)
  } catch (error) {
    if (!(error instanceof Rehearsed)) throw error
  }
  return seen
}

async function make(
  world: World,
  caller: Caller,
  { change, ...place }: VersionPlace & { change: VersionChange },
  { artifactId, collection, version }: MembershipView,
): Promise<unknown> {
  const address = { entity: place.entity, project: place.project, collection: place.collection }
  switch (change.kind) {
    case 'add-alias':
      return putAlias(world, caller, { ...address, alias: change.alias, version: `v${version}` })
    case 'remove-alias':
      return deleteAlias(world, caller, { ...address, alias: change.alias })
    case 'add-tag':
      return updateArtifact(world, caller, { artifactId, tagsToAdd: [change.tag] })
    case 'remove-tag':
      return updateArtifact(world, caller, { artifactId, tagsToDelete: [change.tag] })
    case 'link':
      return linkArtifact(world, caller, { source: { artifactId }, target: change.target, aliases: change.aliases })
    case 'unlink':
      return unlinkArtifact(world, caller, { artifactId, portfolioId: collection.id })
    case 'delete':
      return deleteArtifact(world, caller, { artifactId, deleteAliases: true })
  }
}

async function whatHappened(world: World, tx: Tx, caller: Caller, before: number): Promise<Rehearsal> {
  const rows = await findOwnEvents(tx, world.db.engine, before)
  const ids = rows.map(({ id }) => id)
  const events = rows.flatMap(({ id, type, snapshot: text }) => {
    const snapshot = JSON.parse(text) as EventSnapshot
    const place = snapshot.subjects.find(({ projectId, entityId }) =>
      mayIn(caller, 'viewer', { id: projectId, entityId }),
    )
    const subject = subjectView(caller, place, snapshot)
    if (place === undefined || subject === null) return []
    const { alias, tag, previousVersion, movedTo } = snapshot
    return [{ id, type, words: eventInWords({ type, snapshot }, place), subject, alias, tag, previousVersion, movedTo }]
  })
  const fired = (await findFired(tx, ids)).filter((row) => may(caller, 'viewer', row.entity_id))
  return {
    events: events.map(({ id: _, ...event }) => event),
    automations: fired.flatMap((row) => {
      const event = events.findIndex(({ id }) => id === row.event_id)
      if (event === -1) return []
      const { public_id: publicId, name, entity, state, reason } = row
      const webhook =
        row.webhook_public_id === null
          ? null
          : {
              publicId: row.webhook_public_id,
              name: row.webhook_name ?? '',
              paused: row.webhook_paused_at !== null,
              circuitOpen: row.webhook_circuit_opened_at !== null,
            }
      return [{ publicId, name, entity, event, state, reason, webhook }]
    }),
  }
}
