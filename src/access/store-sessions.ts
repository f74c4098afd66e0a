import type { Selectable } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { SessionRow } from '../database/schema.ts'
import { statement } from '../database/statement.ts'
import { ACCOUNT_COLUMNS } from './store-keys.ts'
import { isRegistryWithRights, rankInRegistry } from './store-registries.ts'

export type Session = Selectable<SessionRow>

/** The user whose session has this hash and has not ended, with rows as `findKeyOwner` has them. */
export const findSessionOwner = statement((db, input: { hash: string; now: number; usedAfter: number }) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .leftJoin('members', 'members.user_id', 'users.id')
    .leftJoin('projects as registry', (join) => join.on(isRegistryWithRights('members.entity_id')))
    .select([
      'sessions.id as session_id',
      'sessions.expires_at',
      'sessions.last_used_at',
      ...ACCOUNT_COLUMNS,
      rankInRegistry('users.id').as('registry_rank'),
    ])
    .where('sessions.hash', '=', input.hash)
    .where('sessions.expires_at', '>', input.now)
    .where('sessions.last_used_at', '>', input.usedAfter)
    .where('users.deleted_at', 'is', null),
)

/** Notes a use unless one was noted since `unusedSince`. */
export async function touchSession(tx: Tx, input: { id: number; now: number; unusedSince: number }): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ last_used_at: input.now })
    .where('id', '=', input.id)
    .where('last_used_at', '<=', input.unusedSince)
    .execute()
}

export async function insertSession(tx: Tx, row: Omit<Session, 'id'>): Promise<void> {
  await tx.insertInto('sessions').values(row).execute()
}

/** Those that have not ended, the newest first. */
export async function listSessions(
  db: Reader,
  input: { userId: number; now: number; usedAfter: number },
): Promise<Session[]> {
  return db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', input.userId)
    .where('expires_at', '>', input.now)
    .where('last_used_at', '>', input.usedAfter)
    .orderBy('id', 'desc')
    .execute()
}

/** The session that was ended; `undefined` if there is none. */
export async function deleteSession(
  tx: Tx,
  by: { hash: string } | { userId: number; publicId: string },
): Promise<{ public_id: string; user_id: number } | undefined> {
  const query = tx.deleteFrom('sessions').returning(['public_id', 'user_id'])
  if ('hash' in by) return query.where('hash', '=', by.hash).executeTakeFirst()
  return query.where('user_id', '=', by.userId).where('public_id', '=', by.publicId).executeTakeFirst()
}

/** How many were ended: all of a user, but for the `kept` ones that were used last and the one with the id `but`. */
export async function deleteSessionsOf(
  tx: Tx,
  input: { userId: number; kept?: number; but?: number | undefined },
): Promise<number> {
  const { userId, kept = 0, but } = input
  const { numDeletedRows } = await tx
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .$if(but !== undefined, (query) => query.where('id', '<>', but as number))
    .$if(kept > 0, (query) =>
      query.where('id', 'not in', (inner) =>
        inner
          .selectFrom('sessions as newest')
          .select('newest.id')
          .where('newest.user_id', '=', userId)
          .orderBy('newest.last_used_at', 'desc')
          .orderBy('newest.id', 'desc')
          .limit(kept),
      ),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}

export async function deleteAllSessions(tx: Tx): Promise<void> {
  await tx.deleteFrom('sessions').execute()
  await tx.deleteFrom('sign_in_attempts').execute()
}

export async function deleteEndedSessions(tx: Tx, input: { now: number; usedBefore: number }): Promise<void> {
  await tx
    .deleteFrom('sessions')
    .where(({ eb, or }) => or([eb('expires_at', '<=', input.now), eb('last_used_at', '<=', input.usedBefore)]))
    .execute()
}

// Attempts to sign in

/** Counts one more attempt of each; `sinceAfter`: a count that began before begins anew. */
export async function countAttempts(
  tx: Tx,
  input: { subjects: readonly string[]; now: number; sinceAfter: number },
): Promise<{ subject: string; attempts: number; since: number }[]> {
  return (
    tx
      .insertInto('sign_in_attempts')
      // In one order, or two that count the same subjects at once could wait for each other.
      .values([...input.subjects].sort().map((subject) => ({ subject, attempts: 1, since: input.now })))
      .onConflict((conflict) =>
        conflict.column('subject').doUpdateSet(({ eb, ref, val }) => {
          const isOver = eb(ref('sign_in_attempts.since'), '<=', input.sinceAfter)
          return {
            attempts: eb
              .case()
              .when(isOver)
              .then(val(1))
              .else(eb(ref('sign_in_attempts.attempts'), '+', 1))
              .end(),
            since: eb.case().when(isOver).then(val(input.now)).else(ref('sign_in_attempts.since')).end(),
          }
        }),
      )
      .returning(['subject', 'attempts', 'since'])
      .execute()
  )
}

/** One that succeeded does not count for its address, and those of its account are forgotten. */
export async function forgetAttempts(tx: Tx, input: { account: string | undefined; address: string }): Promise<void> {
  await tx
    .updateTable('sign_in_attempts')
    .set(({ eb }) => ({ attempts: eb('attempts', '-', 1) }))
    .where('subject', '=', input.address)
    .where('attempts', '>', 0)
    .execute()
  if (input.account !== undefined) {
    await tx.deleteFrom('sign_in_attempts').where('subject', '=', input.account).execute()
  }
}

export async function deleteOldAttempts(tx: Tx, sinceBefore: number): Promise<void> {
  await tx.deleteFrom('sign_in_attempts').where('since', '<=', sinceBefore).execute()
}
