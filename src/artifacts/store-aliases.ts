import { sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import { batch, statement, together } from '../database/statement.ts'
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
  return input.collectionIds.length === 0 || input.aliases.length === 0 ? [] : selectAliasesNamed(db, input)
}

const selectAliasesNamed = statement(
  (db, input: { collectionIds: readonly number[]; aliases: readonly string[] }, engine) =>
    aliases(db)
      .where(engine.isOneOf('aliases.collection_id', input.collectionIds, 'bigint'))
      .where(engine.isOneOf('aliases.alias', input.aliases, 'text')),
)

/** Sorted by alias. */
export async function selectAliasesOfMemberships(
  db: Reader | Tx,
  membershipIds: readonly number[],
): Promise<AliasRecord[]> {
  return membershipIds.length === 0 ? [] : selectAliasesOf(db, { membershipIds })
}

const selectAliasesOf = statement((db, input: { membershipIds: readonly number[] }, engine) =>
  aliases(db)
    .where(engine.isOneOf('aliases.membership_id', input.membershipIds, 'bigint'))
    .orderBy('aliases.alias'),
)

/** Sorted by alias. */
export async function selectAliasesOfArtifacts(
  db: Reader | Tx,
  artifactIds: readonly number[],
): Promise<AliasRecord[]> {
  return artifactIds.length === 0 ? [] : selectAliasesWithArtifacts(db, { artifactIds })
}

const selectAliasesWithArtifacts = statement((db, input: { artifactIds: readonly number[] }, engine) =>
  aliases(db)
    .where(engine.isOneOf('memberships.artifact_id', input.artifactIds, 'bigint'))
    .orderBy('aliases.alias'),
)

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
  moves: readonly AliasMove[],
  input: { actor: string | null; now: number },
): Promise<void> {
  const gains = moves.flatMap(({ collectionId, alias, to }) =>
    to === null ? [] : [{ collection_id: collectionId, alias, membership_id: to.membershipId, created_at: input.now }],
  )
  const losses = moves.flatMap(({ collectionId, alias, to }) =>
    to === null ? [{ collection_id: collectionId, alias }] : [],
  )

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
  await together([putAliases(tx, gains), deleteAliases(tx, losses), insertAliasMoves(tx, history)])
}

const putAliases = batch(
  { collection_id: 'bigint', alias: 'text', membership_id: 'bigint', created_at: 'bigint' },
  (_, { names, values, rows }) => sql`
    insert into aliases (${names}) ${rows(values)}
    on conflict (collection_id, alias) do update set
      membership_id = excluded.membership_id, created_at = excluded.created_at`,
)

const deleteAliases = batch(
  { collection_id: 'bigint', alias: 'text' },
  (_, { values, from }) => sql`
    delete from aliases where (collection_id, alias) in (select ${values} ${from})`,
)

const insertAliasMoves = batch(
  {
    collection_id: 'bigint',
    alias: 'text',
    from_version: 'bigint',
    from_artifact_id: 'bigint',
    to_version: 'bigint',
    to_artifact_id: 'bigint',
    actor: 'text',
    at: 'bigint',
  },
  (_, { names, values, rows }) => sql`insert into alias_moves (${names}) ${rows(values)}`,
)
