import type { Reader, Tx } from '../database/database.ts'
import type { User } from './store.ts'

/** The user of this identity, unless deleted. */
export async function findUserByIdentity(
  db: Reader | Tx,
  input: { issuer: string; subject: string },
): Promise<User | undefined> {
  return db
    .selectFrom('identities')
    .innerJoin('users', 'users.id', 'identities.user_id')
    .selectAll('users')
    .where('identities.issuer', '=', input.issuer)
    .where('identities.subject', '=', input.subject)
    .where('users.deleted_at', 'is', null)
    .executeTakeFirst()
}

export async function hasIdentity(tx: Tx, input: { userId: number; issuer: string }): Promise<boolean> {
  const found = await tx
    .selectFrom('identities')
    .select('subject')
    .where('user_id', '=', input.userId)
    .where('issuer', '=', input.issuer)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

export async function insertIdentity(
  tx: Tx,
  row: { issuer: string; subject: string; user_id: number; created_at: number },
): Promise<void> {
  await tx.insertInto('identities').values(row).execute()
}
