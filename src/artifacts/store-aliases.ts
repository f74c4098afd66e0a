import type { Reader, Tx } from '../database/database.ts'
import { type Engine, insertChunks } from '../database/engine.ts'
import type { AliasHolder, AliasMove } from './alias-moves.ts'
import type { PageRequest } from './types.ts'

function aliases(db: Reader | Tx) {
  return db
    .selectFrom('aliases')
    .innerJoin('memberships', 'memberships.id', 'aliases.membership_id')
    .innerJoin('artifacts', 'artifacts.id', 'memberships.artifact_id')
    .select([
      'aliases.id',
      'aliases.alias',
      'aliases.collection_id',
      'aliases.membership_id',
      'memberships.version',
      'memberships.artifact_id',
      'artifacts.public_id as artifact_public_id',
    ])
}

export type AliasRecord = Awaited<ReturnType<typeof selectAliases>>[number]

/** Who holds these aliases in these collections: a superset, where not every alias is meant in every collection. */
export async function selectAliases(
  db: Reader | Tx,
  input: { collectionIds: readonly number[]; aliases: readonly string[] },
) {
  if (input.collectionIds.length === 0 || input.aliases.length === 0) return []
  return aliases(db)
    .where('aliases.collection_id', 'in', input.collectionIds)
    .where('aliases.alias', 'in', input.aliases)
    .execute()
}

/** Sorted by alias. */
export async function selectAliasesOfMemberships(
  db: Reader | Tx,
  membershipIds: readonly number[],
): Promise<AliasRecord[]> {
  if (membershipIds.length === 0) return []
  return aliases(db).where('aliases.membership_id', 'in', membershipIds).orderBy('aliases.alias').execute()
}

/** Sorted by alias. */
export async function selectAliasesOfArtifacts(
  db: Reader | Tx,
  artifactIds: readonly number[],
): Promise<AliasRecord[]> {
  if (artifactIds.length === 0) return []
  return aliases(db).where('memberships.artifact_id', 'in', artifactIds).orderBy('aliases.alias').execute()
}

/** Sorted by alias, one more than the page asks for. */
export async function selectAliasesOfCollection(
  db: Reader,
  collectionId: number,
  page: PageRequest,
): Promise<AliasRecord[]> {
  return aliases(db)
    .where('aliases.collection_id', '=', collectionId)
    .$if(page.after !== undefined, (query) => query.where('aliases.alias', '>', String(page.after)))
    .orderBy('aliases.alias')
    .limit(page.limit + 1)
    .execute()
}

export function holderOf(record: AliasRecord): AliasHolder {
  return {
    collectionId: record.collection_id,
    membershipId: record.membership_id,
    version: record.version,
    artifactId: record.artifact_id,
    artifactPublicId: record.artifact_public_id,
  }
}

/** Put the moves into effect and into the history of each alias. */
export async function applyAliasMoves(
  tx: Tx,
  engine: Engine,
  moves: readonly AliasMove[],
  input: { actor: string | null; now: number },
): Promise<void> {
  const gains = moves.flatMap(({ collectionId, alias, to }) =>
    to === null ? [] : [{ collection_id: collectionId, alias, membership_id: to.membershipId, created_at: input.now }],
  )
  for (const chunk of insertChunks(engine, gains)) {
    await tx
      .insertInto('aliases')
      .values(chunk)
      .onConflict((conflict) =>
        conflict.columns(['collection_id', 'alias']).doUpdateSet((set) => ({
          membership_id: set.ref('excluded.membership_id'),
          created_at: set.ref('excluded.created_at'),
        })),
      )
      .execute()
  }

  const losses = moves.filter(({ to }) => to === null)
  for (const [collectionId, lost] of Map.groupBy(losses, (move) => move.collectionId)) {
    const names = lost.map((move) => ({ alias: move.alias }))
    for (const chunk of insertChunks(engine, names)) {
      await tx
        .deleteFrom('aliases')
        .where('collection_id', '=', collectionId)
        .where(
          'alias',
          'in',
          chunk.map((row) => row.alias),
        )
        .execute()
    }
  }

  const history = moves.map(({ collectionId, alias, from, to }) => ({
    collection_id: collectionId,
    alias,
    from_version: from?.version ?? null,
    from_artifact_id: from?.artifactId ?? null,
    to_version: to?.version ?? null,
    to_artifact_id: to?.artifactId ?? null,
    actor: input.actor,
    at: input.now,
  }))
  for (const chunk of insertChunks(engine, history)) await tx.insertInto('alias_moves').values(chunk).execute()
}
