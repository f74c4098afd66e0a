import { type Selectable, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import type { AuditRow, UserRow } from '../database/schema.ts'

export type User = Selectable<UserRow>

/**
 * Changes of who exists and who belongs where wait here for each other until the transaction ends. They are rare, and
 * their rules span rows (the last administrator, members of an organization through its teams), so locking the rows
 * one by one would leave gaps or deadlock. The embedded engine has one writer; there this costs a write.
 */
export async function takeTurn(tx: Tx): Promise<void> {
  await tx
    .insertInto('settings')
    .values({ name: 'access_turn', value: '' })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: '' }))
    .execute()
}

// Users

export async function userExists(db: Reader | Tx): Promise<boolean> {
  return (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined
}

export async function findUserByUsername(db: Reader | Tx, username: string): Promise<User | undefined> {
  return db
    .selectFrom('users')
    .selectAll()
    .where('username', '=', username)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

export async function findUserByEmail(db: Reader | Tx, email: string): Promise<User | undefined> {
  return db
    .selectFrom('users')
    .selectAll()
    .where(sql<string>`lower(email)`, '=', email.toLowerCase())
    .where('email', 'is not', null)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

/** The new user; `undefined` when the e-mail address is taken. The username is the entity's, so it is free. */
export async function insertUser(tx: Tx, row: Omit<User, 'id' | 'deleted_at'>): Promise<User | undefined> {
  return tx
    .insertInto('users')
    .values({ ...row, deleted_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
}

/** With the home team of service accounts. `search`: in lower case, a part of the username, name or e-mail address. */
export async function listUsers(
  db: Reader,
  engine: Engine,
  input: { after: string | undefined; search: string | undefined; limit: number },
) {
  const { after, search } = input
  return db
    .selectFrom('users')
    .leftJoin('entities as home', 'home.id', 'users.default_entity_id')
    .selectAll('users')
    .select('home.name as home')
    .where('users.deleted_at', 'is', null)
    .$if(search !== undefined, (query) =>
      query.where(({ or }) =>
        or(
          (['username', 'name', 'email'] as const).map((column) =>
            engine.contains(sql`lower(${sql.ref(`users.${column}`)})`, search as string),
          ),
        ),
      ),
    )
    .$if(after !== undefined, (query) => query.where('users.username', '>', after as string))
    .orderBy('users.username')
    .limit(input.limit)
    .execute()
}

/** By id, with the name of the default entity: of a service account, its home team. */
export async function findUserWithHome(db: Reader | Tx, userId: number) {
  return db
    .selectFrom('users')
    .leftJoin('entities as home', 'home.id', 'users.default_entity_id')
    .selectAll('users')
    .select('home.name as home')
    .where('users.id', '=', userId)
    .where('users.deleted_at', 'is', null)
    .executeTakeFirst()
}

/** Whether a server administrator other than this user is left. */
export async function otherServerAdminExists(tx: Tx, userId: number): Promise<boolean> {
  const other = await tx
    .selectFrom('users')
    .select('id')
    .where('is_admin', '=', 1)
    .where('deleted_at', 'is', null)
    .where('id', '<>', userId)
    .limit(1)
    .executeTakeFirst()
  return other !== undefined
}

/** Forget all that is personal and end all rights; usernames stay, for history and so that nobody else gets them. */
export async function markUsersDeleted(tx: Tx, input: { ids: readonly number[]; now: number }): Promise<void> {
  await tx.deleteFrom('api_keys').where('user_id', 'in', input.ids).execute()
  await tx.deleteFrom('sessions').where('user_id', 'in', input.ids).execute()
  await tx.deleteFrom('identities').where('user_id', 'in', input.ids).execute()
  await tx.deleteFrom('invites').where('invited_by', 'in', input.ids).execute()
  await tx.deleteFrom('members').where('user_id', 'in', input.ids).execute()
  await tx
    .updateTable('users')
    .set({
      deleted_at: input.now,
      password_hash: null,
      email: null,
      name: null,
      is_admin: 0,
      default_entity_id: null,
    })
    .where('id', 'in', input.ids)
    .execute()
}

/**
 * Change who somebody is to others, and whether they administer the server. The entity shows the same name. `undefined`
 * when another user has the e-mail address.
 */
export async function updateUser(
  tx: Tx,
  user: Pick<User, 'id' | 'entity_id'>,
  changes: Partial<Pick<User, 'name' | 'email' | 'email_vouched' | 'is_admin'>>,
): Promise<User | undefined> {
  const { email, name } = changes
  const other = email == null ? undefined : await findUserByEmail(tx, email)
  if (other !== undefined && other.id !== user.id) return undefined
  if (name !== undefined) {
    await tx.updateTable('entities').set({ display_name: name }).where('id', '=', user.entity_id).execute()
  }
  return tx.updateTable('users').set(changes).where('id', '=', user.id).returningAll().executeTakeFirstOrThrow()
}

/** Whether it was changed: only from what it was when it was looked at. */
export async function setPasswordHash(
  tx: Tx,
  input: { userId: number; from: string | null; to: string },
): Promise<boolean> {
  const changed = await tx
    .updateTable('users')
    .set({ password_hash: input.to })
    .where('id', '=', input.userId)
    .where('deleted_at', 'is', null)
    .where(({ eb }) => eb('password_hash', input.from === null ? 'is' : '=', input.from))
    .returning('id')
    .executeTakeFirst()
  return changed !== undefined
}

export async function setDefaultEntity(tx: Tx, input: { userId: number; entityId: number }): Promise<void> {
  await tx.updateTable('users').set({ default_entity_id: input.entityId }).where('id', '=', input.userId).execute()
}

/** The service accounts at home in a team. */
export async function findServiceAccounts(tx: Tx, teamId: number): Promise<User[]> {
  return tx
    .selectFrom('users')
    .selectAll()
    .where('default_entity_id', '=', teamId)
    .where('kind', '=', 'service')
    .where('deleted_at', 'is', null)
    .execute()
}

// The set-up link

export async function putSetupToken(tx: Tx, input: { hash: string; expiresAt: number }): Promise<void> {
  await tx
    .insertInto('settings')
    .values({ name: `setup_token:${input.hash}`, value: String(input.expiresAt) })
    .execute()
}

export async function findSetupTokenExpiry(db: Reader | Tx, hash: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', `setup_token:${hash}`)
    .executeTakeFirst()
  return row === undefined ? undefined : Number(row.value)
}

export async function deleteSetupTokens(tx: Tx): Promise<void> {
  await tx.deleteFrom('settings').where('name', '>=', 'setup_token:').where('name', '<', 'setup_token;').execute()
}

// Audit

export async function insertAudit(tx: Tx, rows: readonly Omit<AuditRow, 'id'>[]): Promise<void> {
  await tx.insertInto('audit').values(rows).execute()
}

/** Newest first, who did one of `actions` to each of `subjects`, as far as the entity's newest `limit` entries tell. */
export async function listActors(
  db: Reader,
  input: { entityId: number; actions: readonly string[]; subjects: readonly string[]; limit: number },
) {
  return db
    .selectFrom((from) =>
      from
        .selectFrom('audit')
        .select(['id', 'action', 'subject', 'actor'])
        .where('entity_id', '=', input.entityId)
        .orderBy('id', 'desc')
        .limit(input.limit)
        .as('newest'),
    )
    .select(['subject', 'actor'])
    .where('action', 'in', input.actions)
    .where('subject', 'in', input.subjects)
    .orderBy('id', 'desc')
    .execute()
}

/** What a list of the audit is narrowed to. `action`: whole, or the noun before its dot. */
export type AuditFilter = {
  actor?: string | undefined
  action?: string | undefined
  subject?: string | undefined
}

/** Newest first, before `before`. `entityId`: of one entity; `undefined`: of the whole server. */
export async function listAudit(
  db: Reader,
  input: AuditFilter & { entityId: number | undefined; before: number | undefined; limit: number },
) {
  const { entityId, before, actor, action, subject } = input
  return db
    .selectFrom('audit')
    .leftJoin('entities', 'entities.id', 'audit.entity_id')
    .selectAll('audit')
    .select('entities.name as entity')
    .$if(entityId !== undefined, (query) => query.where('audit.entity_id', '=', entityId as number))
    .$if(before !== undefined, (query) => query.where('audit.id', '<', before as number))
    .$if(actor !== undefined, (query) => query.where('audit.actor', '=', actor as string))
    .$if(subject !== undefined, (query) => query.where('audit.subject', '=', subject as string))
    .$if(action !== undefined, (query) => {
      const text = action as string
      if (text.includes('.')) return query.where('audit.action', '=', text)
      return query.where(sql<string>`substr(audit.action, 1, ${text.length + 1})`, '=', `${text}.`)
    })
    .orderBy('audit.id', 'desc')
    .limit(input.limit)
    .execute()
}
