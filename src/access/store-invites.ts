import type { Selectable } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { InviteRow } from '../database/schema.ts'

type InviteColumns = Selectable<InviteRow>

/** With what people call those it is about; gone with the team or organization. */
function invites(db: Reader | Tx) {
  return db
    .selectFrom('invites')
    .innerJoin('users', 'users.id', 'invites.invited_by')
    .leftJoin('entities', 'entities.id', 'invites.entity_id')
    .select([
      'invites.id',
      'invites.public_id',
      'invites.hash',
      'invites.entity_id',
      'invites.role',
      'invites.email',
      'invites.created_at',
      'invites.expires_at',
      'users.username as inviter',
      'users.name as inviter_name',
      'users.is_admin as inviter_is_admin',
      'entities.name as entity',
      'entities.kind as entity_kind',
      'entities.display_name as entity_display_name',
      'entities.organization_id',
    ])
    .where('entities.deleted_at', 'is', null)
}

export type Invite = Awaited<ReturnType<typeof listInvites>>[number]

export async function insertInvite(tx: Tx, row: Omit<InviteColumns, 'id'>): Promise<void> {
  await tx.insertInto('invites').values(row).execute()
}

/** Those that can still be accepted. */
export async function countInvites(tx: Tx, input: { entityId: number | null; now: number }): Promise<number> {
  const { n } = await tx
    .selectFrom('invites')
    .select((select) => select.fn.countAll<number>().as('n'))
    .where('entity_id', input.entityId === null ? 'is' : '=', input.entityId)
    .where('expires_at', '>', input.now)
    .executeTakeFirstOrThrow()
  return n
}

/** The newest first, below `before`. */
export async function listInvites(
  db: Reader,
  input: { entityId: number | null; now: number; before: number | undefined; limit: number },
) {
  const { before } = input
  return invites(db)
    .where('invites.entity_id', input.entityId === null ? 'is' : '=', input.entityId)
    .where('invites.expires_at', '>', input.now)
    .$if(before !== undefined, (query) => query.where('invites.id', '<', before as number))
    .orderBy('invites.id', 'desc')
    .limit(input.limit)
    .execute()
}

export async function findInvite(
  db: Reader | Tx,
  by: { hash: string } | { publicId: string },
  now: number,
): Promise<Invite | undefined> {
  return invites(db)
    .where('invites.expires_at', '>', now)
    .$if('hash' in by, (query) => query.where('invites.hash', '=', (by as { hash: string }).hash))
    .$if('publicId' in by, (query) => query.where('invites.public_id', '=', (by as { publicId: string }).publicId))
    .executeTakeFirst()
}

export async function deleteInvite(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('invites').where('id', '=', id).execute()
}

export async function deleteEndedInvites(tx: Tx, now: number): Promise<void> {
  await tx.deleteFrom('invites').where('expires_at', '<=', now).execute()
}
