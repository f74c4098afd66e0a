import { recordAudit, requireEntity } from '../access/operations.ts'
import type { Caller } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import { cancelWaiting } from '../deliveries/operations.ts'
import { notFound, Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { WEBHOOKS_MAX } from './operations-webhooks.ts'
import { sealSecret } from './sealed.ts'
import { assertSecretName, assertSecretValue, assertSigningSecret } from './secret.ts'
import { deleteSecretRow, findSecret, insertSecret, listSecretRows, listWebhookRows, replaceSecret } from './store.ts'
import { asWebhook, secretsOfWebhook, type Webhook } from './webhook.ts'

export type SecretView = {
  name: string
  version: number
  createdAt: number
  updatedAt: number
  /** Names of the webhooks that may use it. */
  usedBy: string[]
}

/**
 * Store a team's secret, or replace its value: the next attempt of every delivery that uses it sends the new one.
 *
 * @throws Refusal `not_found` | `forbidden` | `secret_invalid`
 */
export async function putSecret(
  world: World,
  caller: Caller,
  input: { entity: string; name: string; value: string },
): Promise<{ created: boolean; version: number }> {
  const entity = await requireEntity(world.db.read, caller, input.entity, 'admin')
  assertSecretName(input.name)
  assertSecretValue(input.value)
  const now = world.now()
  return world.db.transaction(async (tx) => {
    const webhooks = (await listWebhookRows(tx, { entityId: entity.id, limit: WEBHOOKS_MAX })).map(asWebhook)
    if (webhooks.some((webhook) => webhook.signingSecret === input.name)) assertSigningSecret(input.value, '/value')
    const label = { entityId: entity.id, name: input.name }
    const inserted = await insertSecret(tx, {
      entity_id: entity.id,
      name: input.name,
      version: 1,
      ciphertext: sealSecret(world.keyring, { ...label, version: 1 }, input.value),
      created_by: caller.user.id,
      created_at: now,
      updated_at: now,
    })
    if (inserted) {
      await audit(tx, caller, 'secret.created', entity.id, input.name, now)
      return { created: true, version: 1 }
    }
    const secret = await findSecret(tx, world.db.engine, label)
    if (secret === undefined) throw new Refusal('database_unavailable', 'The secret changed meanwhile; try again')
    const version = secret.version + 1
    const ciphertext = sealSecret(world.keyring, { ...label, version }, input.value)
    await replaceSecret(tx, { id: secret.id, version, ciphertext, updatedAt: now })
    await audit(tx, caller, 'secret.replaced', entity.id, input.name, now, { version })
    return { created: false, version }
  })
}

/** Names and ages, never values. Members see them, since templates name them. */
export async function listSecrets(
  world: World,
  caller: Caller,
  input: { entity: string; after: string | undefined; limit: number },
): Promise<SecretView[]> {
  const entity = await requireEntity(world.db.read, caller, input.entity, 'member')
  const rows = await listSecretRows(world.db.read, { ...input, entityId: entity.id })
  const webhooks = (await listWebhookRows(world.db.read, { entityId: entity.id, limit: WEBHOOKS_MAX })).map(asWebhook)
  return rows.map((row) => ({
    name: row.name,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    usedBy: usersOf(webhooks, row.name).map((webhook) => webhook.name),
  }))
}

/**
 * Delete a secret. One that a webhook uses is deleted only with `force`: what waits to be sent by those webhooks is
 * cancelled then, and listed in the answer.
 *
 * @throws Refusal `not_found` | `forbidden` | `secret_in_use`
 */
export async function deleteSecret(
  world: World,
  caller: Caller,
  input: { entity: string; name: string; force: boolean },
): Promise<{ cancelled: string[] }> {
  const what = `Secret "${input.name}"`
  const entity = await requireEntity(world.db.read, caller, input.entity, 'admin')
  const now = world.now()
  return world.db.transaction(async (tx) => {
    const secret = await findSecret(tx, world.db.engine, { entityId: entity.id, name: input.name })
    if (secret === undefined) throw notFound(what)
    const webhooks = (await listWebhookRows(tx, { entityId: entity.id, limit: WEBHOOKS_MAX })).map(asWebhook)
    const users = usersOf(webhooks, input.name)
    if (users.length > 0 && !input.force) {
      throw new Refusal(
        'secret_in_use',
        `${what} is used by ${users.length === 1 ? 'the webhook' : 'the webhooks'} ${users.map((user) => `"${user.name}"`).join(', ')}. ` +
          'Change those first, or delete it with force=true, which cancels what they still have to send.',
        { details: { webhooks: users.map((user) => ({ id: user.publicId, name: user.name })) } },
      )
    }
    const cancelled = await cancelWaiting(
      world,
      tx,
      users.map((user) => user.id),
      'secret_deleted',
    )
    await deleteSecretRow(tx, secret.id)
    await audit(tx, caller, 'secret.deleted', entity.id, input.name, now, {
      forced: users.length > 0,
      cancelled: cancelled.length,
    })
    return { cancelled }
  })
}

function usersOf(webhooks: readonly Webhook[], secret: string): Webhook[] {
  return webhooks.filter((webhook) => secretsOfWebhook(webhook).includes(secret))
}

async function audit(
  tx: Tx,
  caller: Caller,
  action: string,
  entityId: number,
  subject: string,
  now: number,
  details: Record<string, unknown> = {},
): Promise<void> {
  await recordAudit(tx, caller, { action, entityId, subject, details }, now)
}
