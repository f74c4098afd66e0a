import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import { statement } from '../database/statement.ts'
import type { AliasHolder } from './alias-moves.ts'
import type { PageRequest } from './types.ts'
import type { VersionName } from './version-name.ts'

export function memberships(db: Reader | Tx) {
  return db
    .selectFrom('memberships')
    .innerJoin('artifacts', 'artifacts.id', 'memberships.artifact_id')
    .innerJoin('collections', 'collections.id', 'memberships.collection_id')
    .innerJoin('projects', 'projects.id', 'collections.project_id')
    .innerJoin('entities', 'entities.id', 'projects.entity_id')
    .select([
      'memberships.id',
      'memberships.version',
      'memberships.created_at',
      'memberships.artifact_id',
      'artifacts.public_id as artifact_public_id',
      'collections.id as collection_id',
      'collections.public_id as collection_public_id',
      'collections.kind',
      'collections.name',
      'projects.id as project_id',
      'projects.name as project',
      'projects.is_registry',
      'entities.id as entity_id',
      'entities.name as entity',
    ])
}

export type MembershipRecord = Awaited<ReturnType<typeof selectMembershipsOfArtifacts>>[number]

export function holderOfMembership(record: MembershipRecord): AliasHolder {
  return {
    collectionId: record.collection_id,
    membershipId: record.id,
    version: record.version,
    artifactId: record.artifact_id,
    artifactPublicId: record.artifact_public_id,
  }
}

/** In the order they were made. */
export async function selectMembershipsOfArtifacts(db: Reader | Tx, artifactIds: readonly number[]) {
  if (artifactIds.length === 0) return []
  return selectMembershipsOf(db, { artifactIds })
}

const selectMembershipsOf = statement((db, input: { artifactIds: readonly number[] }, engine) =>
  memberships(db)
    .where(engine.isOneOf('memberships.artifact_id', input.artifactIds, 'bigint'))
    .orderBy('memberships.id'),
)

export async function selectMemberships(db: Reader | Tx, ids: readonly number[]): Promise<MembershipRecord[]> {
  return ids.length === 0 ? [] : selectMembershipsByIds(db, { ids })
}

const selectMembershipsByIds = statement((db, input: { ids: readonly number[] }, engine) =>
  memberships(db).where(engine.isOneOf('memberships.id', input.ids, 'bigint')),
)

/** `collection`: its id, or its name in a project. */
export async function selectVersion(
  db: Reader | Tx,
  input: { collection: { id: number } | { projectId: number; name: string }; version: VersionName },
): Promise<MembershipRecord | undefined> {
  const { collection, version } = input
  const [found] =
    version.kind === 'number'
      ? 'id' in collection
        ? await selectVersionByNumber(db, { ...collection, version: version.version })
        : await selectNamedVersionByNumber(db, { ...collection, version: version.version })
      : 'id' in collection
        ? await selectVersionByAlias(db, { ...collection, alias: version.alias })
        : await selectNamedVersionByAlias(db, { ...collection, alias: version.alias })
  return found
}

const selectVersionByNumber = statement((db, input: { id: number; version: number }) =>
  memberships(db).where('collections.id', '=', input.id).where('memberships.version', '=', input.version),
)

const selectNamedVersionByNumber = statement((db, input: { projectId: number; name: string; version: number }) =>
  membershipsNamed(db, input).where('memberships.version', '=', input.version),
)

const selectVersionByAlias = statement((db, input: { id: number; alias: string }) =>
  memberships(db)
    .innerJoin('aliases', 'aliases.membership_id', 'memberships.id')
    .where('collections.id', '=', input.id)
    .where('aliases.alias', '=', input.alias),
)

const selectNamedVersionByAlias = statement((db, input: { projectId: number; name: string; alias: string }) =>
  membershipsNamed(db, input)
    .innerJoin('aliases', 'aliases.membership_id', 'memberships.id')
    .where('aliases.alias', '=', input.alias),
)

function membershipsNamed(db: Reader | Tx, collection: { projectId: number; name: string }) {
  return memberships(db)
    .where('collections.project_id', '=', collection.projectId)
    .where('collections.name', '=', collection.name)
}

/** Newest first, one more than the page asks for. */
export async function selectVersionsOfCollection(
  db: Reader | Tx,
  collectionId: number,
  page: PageRequest,
): Promise<MembershipRecord[]> {
  return memberships(db)
    .where('memberships.collection_id', '=', collectionId)
    .$if(page.after !== undefined, (query) => query.where('memberships.version', '<', Number(page.after)))
    .orderBy('memberships.version', 'desc')
    .limit(page.limit + 1)
    .execute()
}

export async function countVersionsOfCollection(db: Reader, collectionId: number): Promise<number> {
  const [counted] = await countMembershipsOf(db, { collectionId })
  return counted?.count ?? 0
}

const countMembershipsOf = statement((db, input: { collectionId: number }) =>
  db
    .selectFrom('memberships')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('collection_id', '=', input.collectionId),
)

/** The artifact of the newest version of each collection. */
export async function selectNewestOfCollections(db: Reader | Tx, collectionIds: readonly number[]) {
  return collectionIds.length === 0 ? [] : selectNewestOf(db, { collectionIds })
}

const selectNewestOf = statement((db, input: { collectionIds: readonly number[] }, engine) =>
  newest(db).where(engine.isOneOf('collections.id', input.collectionIds, 'bigint')),
)

/** The same of the collection of this name; none, or one. */
export const selectNewestNamed = statement((db, input: { projectId: number; name: string }) =>
  newest(db).where('collections.project_id', '=', input.projectId).where('collections.name', '=', input.name),
)

function newest(db: Reader | Tx) {
  // The index gives the last number of one collection at once; grouped, those of all of its versions would be read.
  return db
    .selectFrom('collections')
    .innerJoin('memberships', (join) =>
      join.onRef('memberships.collection_id', '=', 'collections.id').on('memberships.version', '=', (select) =>
        select
          .selectFrom('memberships as numbered')
          .select((of) => of.fn.max('numbered.version').as('version'))
          .whereRef('numbered.collection_id', '=', 'collections.id'),
      ),
    )
    .innerJoin('artifacts', 'artifacts.id', 'memberships.artifact_id')
    .select(['memberships.collection_id', 'memberships.artifact_id', 'artifacts.digest'])
}

type NewMembership = { collectionId: number; artifactId: number; version: number; now: number }

export async function insertMembership(tx: Tx, input: NewMembership): Promise<number> {
  const [row] = await insertMembershipRow(tx, input)
  return row!.id
}

const insertMembershipRow = statement((tx, input: NewMembership) =>
  tx
    .insertInto('memberships')
    .values({
      collection_id: input.collectionId,
      artifact_id: input.artifactId,
      version: input.version,
      created_at: input.now,
    })
    .returning('id'),
)

function artifacts(db: Reader | Tx) {
  return db
    .selectFrom('artifacts')
    .innerJoin('artifact_types', 'artifact_types.id', 'artifacts.type_id')
    .innerJoin('collections', 'collections.id', 'artifacts.sequence_id')
    .innerJoin('projects', 'projects.id', 'artifacts.project_id')
    .innerJoin('entities', 'entities.id', 'projects.entity_id')
    .leftJoin('entities as organizations', 'organizations.id', 'entities.organization_id')
    .leftJoin('memberships', (join) =>
      join
        .onRef('memberships.collection_id', '=', 'artifacts.sequence_id')
        .onRef('memberships.artifact_id', '=', 'artifacts.id'),
    )
    .select([
      'artifacts.id',
      'artifacts.public_id',
      'artifacts.state',
      'artifacts.digest',
      'artifacts.description',
      'artifacts.metadata',
      'artifacts.size',
      'artifacts.file_count',
      'artifacts.ttl_seconds',
      'collections.artifact_ttl_seconds as collection_ttl_seconds',
      'entities.artifact_ttl_seconds as entity_ttl_seconds',
      'organizations.artifact_ttl_seconds as organization_ttl_seconds',
      'artifacts.commit_hash',
      'artifacts.history_step',
      'artifacts.type_id',
      'artifacts.requested_aliases',
      'artifacts.requested_tags',
      'artifacts.run_id',
      'artifacts.created_by',
      'artifacts.distributed_id',
      'artifacts.created_at',
      'artifacts.committed_at',
      'artifacts.updated_at',
      'artifact_types.name as type',
      'collections.id as sequence_id',
      'collections.public_id as sequence_public_id',
      'collections.name as sequence',
      'projects.id as project_id',
      'projects.name as project',
      'projects.is_registry',
      'entities.id as entity_id',
      'entities.name as entity',
      'entities.kind as entity_kind',
      'memberships.version',
    ])
    .where('artifacts.state', '<>', 'DELETED')
}

export type ArtifactRecord = Awaited<ReturnType<typeof selectArtifacts>>[number]

/** Pending and committed ones; never deleted ones. */
export async function selectArtifacts(db: Reader | Tx, ids: readonly number[]) {
  return ids.length === 0 ? [] : selectArtifactsByIds(db, { ids })
}

const selectArtifactsByIds = statement((db, input: { ids: readonly number[] }, engine) =>
  artifacts(db).where(engine.isOneOf('artifacts.id', input.ids, 'bigint')),
)

export async function selectArtifactIdByPublicId(db: Reader, publicId: string): Promise<number | undefined> {
  const row = await db.selectFrom('artifacts').select('id').where('public_id', '=', publicId).executeTakeFirst()
  return row?.id
}

/** By age. A client id is the client's own claim: several tenants may claim the same. */
export async function selectArtifactsByClientId(db: Reader | Tx, clientId: string): Promise<ArtifactRecord[]> {
  return artifacts(db).where('artifacts.client_id', '=', clientId).orderBy('artifacts.id').execute()
}

/** By age, as for artifacts. */
export async function selectCollectionsByClientId(db: Reader | Tx, clientId: string) {
  return db
    .selectFrom('collections')
    .innerJoin('projects', 'projects.id', 'collections.project_id')
    .select([
      'collections.id',
      'collections.next_version',
      'collections.is_declared',
      'collections.created_by',
      'collections.project_id',
    ])
    .select('projects.entity_id')
    .where('collections.client_id', '=', clientId)
    .orderBy('collections.id')
    .execute()
}

/**
 * Locks artifacts, in the order of their ids, before any collection: while one is locked it gains no membership. The
 * states of those that exist, by id.
 */
export async function lockArtifacts(tx: Tx, engine: Engine, ids: readonly number[]) {
  if (ids.length === 0) return new Map<number, 'PENDING' | 'COMMITTED' | 'DELETED'>()
  const rows = await tx
    .selectFrom('artifacts')
    .select(['id', 'state'])
    .where('id', 'in', ids)
    .orderBy('id')
    .$if(engine.rowLocks, (query) => query.forUpdate())
    .execute()
  return new Map(rows.map((row) => [row.id, row.state]))
}

/**
 * Keeps these artifacts from being deleted until the transaction ends, before something waits for it that their deletion
 * holds: rows that are about to refer to them would lock them anyway.
 */
export async function holdArtifacts(tx: Tx, engine: Engine, ids: readonly number[]): Promise<void> {
  if (engine.rowLocks && ids.length > 0) await selectHeld(tx, { ids: [...new Set(ids)] })
}

const selectHeld = statement((tx, input: { ids: readonly number[] }, engine) =>
  tx
    .selectFrom('artifacts')
    .select('id')
    .where(engine.isOneOf('id', input.ids, 'bigint'))
    .orderBy('id')
    .forKeyShare(),
)

/** Locks the versions of a sequence, as `lockArtifacts` does; their ids. Pending artifacts have no versions. */
export async function lockArtifactsOfSequence(tx: Tx, engine: Engine, sequenceId: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('artifacts')
    .select('id')
    .where('sequence_id', '=', sequenceId)
    .where('state', '=', 'COMMITTED')
    .orderBy('id')
    .$if(engine.rowLocks, (query) => query.forUpdate())
    .execute()
  return rows.map((row) => row.id)
}

export async function updateArtifactRow(
  tx: Tx,
  input: {
    id: number
    description: string | null
    metadata: string
    ttlSeconds: number | null
    requestedTags: string
    now: number
  },
): Promise<void> {
  await tx
    .updateTable('artifacts')
    .set({
      description: input.description,
      metadata: input.metadata,
      ttl_seconds: input.ttlSeconds,
      requested_tags: input.requestedTags,
      updated_at: input.now,
    })
    .where('id', '=', input.id)
    .execute()
}
