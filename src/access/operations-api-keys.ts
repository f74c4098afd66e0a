import { notFound, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { newApiKey } from './api-key.ts'
import { addApiKey, homeOf, requireAccount } from './operations-accounts.ts'
import { recordAudit } from './operations-audit.ts'
import type { Caller } from './rights.ts'
import { type ApiKey, deleteApiKey as deleteKeyRow, listApiKeys as listKeyRows } from './store-keys.ts'

/** What is shown of a key after it was made. `hint`: its last four characters. */
export type ApiKeyView = {
  id: string
  hint: string
  description: string | null
  createdAt: number
  expiresAt: number | null
  /** To the minute. */
  lastUsedAt: number | null
}

/**
 * A new key for the user itself, for anyone by a server administrator, or for a service account by its team's
 * administrators. `key` is shown this once.
 *
 * - `expiresAt`: after now; without it the key does not expire.
 *
 * @throws Refusal `not_found` | `limit_reached` | `invalid_request`
 */
export async function createApiKey(
  world: World,
  caller: Caller,
  input: { username: string; description?: string | null | undefined; expiresAt?: number | null | undefined },
): Promise<ApiKeyView & { key: string }> {
  const now = world.now()
  if (input.expiresAt != null && input.expiresAt <= now) {
    throw new Refusal('invalid_request', 'expiresAt must be in the future', {
      fields: [{ path: '/expiresAt', message: 'must be in the future' }],
    })
  }
  const key = newApiKey()
  return world.db.transaction(async (tx) => {
    const user = await requireAccount(tx, caller, input.username)
    const row = await addApiKey(tx, caller, user, { ...input, key }, now)
    return { ...viewOf(row), key }
  })
}

/** @throws Refusal `not_found` */
export async function listApiKeys(world: World, caller: Caller, username: string): Promise<ApiKeyView[]> {
  const user = await requireAccount(world.db.read, caller, username)
  return (await listKeyRows(world.db.read, user.id)).map(viewOf)
}

/**
 * End a key at once.
 *
 * @throws Refusal `not_found`
 */
export async function deleteApiKey(
  world: World,
  caller: Caller,
  input: { username: string; id: string },
): Promise<void> {
  await world.db.transaction(async (tx) => {
    const user = await requireAccount(tx, caller, input.username)
    const deleted = await deleteKeyRow(tx, { userId: user.id, publicId: input.id })
    if (deleted === undefined) throw notFound(`API key "${input.id}"`)
    await recordAudit(
      tx,
      caller,
      {
        action: 'api_key.deleted',
        entityId: homeOf(user),
        subject: user.username,
        details: { id: deleted.public_id, hint: deleted.hint, description: deleted.description },
      },
      world.now(),
    )
  })
}

function viewOf(row: ApiKey): ApiKeyView {
  return {
    id: row.public_id,
    hint: row.hint,
    description: row.description,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  }
}
