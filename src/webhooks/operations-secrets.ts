import { lastActors, recordAudit, requireEntity } from '../access/operations.ts'
import type { Caller } from '../access/rights.ts'
import type { Reader, Tx } from '../database/database.ts'
import { cancelWaiting } from '../deliveries/operations.ts'
import { notFound, Refusal } from '../refusal.ts'
import { assert } from '../runtime/assert.ts'
import type { World } from '../world.ts'
import { SealError } from './keyring.ts'
import { WEBHOOKS_MAX } from './operations-webhooks.ts'
import { openSecret, sealSecret } from './sealed.ts'
import { assertSecretName, assertSecretValue, assertSigningSecret } from './secret.ts'
import {
  deleteSecretRow,
  findSecret,
  insertSecret,
  listSecretRows,
  listWebhookRows,
  replaceSecret,
  type StoredSecret,
} from './store.ts'
import {
  deleteEndedPreviousSecrets,
  deletePreviousSecrets,
  keepPreviousSecret,
  livePreviousSecrets,
} from './store-previous-secrets.ts'
import { asWebhook, secretsOfWebhook, type Webhook } from './webhook.ts'

const HOUR_MS = 3_600_000

/** How long a replaced value goes on signing unless it is said otherwise: a day, in which somebody is at work. */
export const OVERLAP_HOURS_DEFAULT = 24
export const OVERLAP_HOURS_MAX = 7 * 24

/** Signatures beside the newest one. Each is some 50 bytes of a header; so many changes within a week are mistakes. */
const PREVIOUS_MAX = 4

/** A value that was replaced and still signs, beside the newest. */
export type PreviousView = { version: number; endsAt: number }

export type SecretView = {
  name: string
  version: number
  /** Newest first. */
  previous: PreviousView[]
  /** When the newest attempt that was made with it began, to the minute. */
  lastUsedAt: number | null
  /** The same of the newest one that was answered with 401 or 403. */
  lastRefusedAt: number | null
  createdAt: number
  updatedAt: number
  /** Who stored its value; `null` if that is not known any more. */
  updatedBy: string | null
  /** Names of the webhooks that may use it. */
  usedBy: string[]
}

/**
 * Store a team's secret, or replace its value: the next attempt of every delivery that uses it sends the new one.
 *
 * A replaced value goes on signing beside the new one, where signatures have room for two, for `overlapHours`, in
 * [0, 168] and 24 unless it is said otherwise. Values replaced before it end no later than it does: after 0 hours only
 * the new one is left. The same value again replaces nothing, and only brings those ends forward.
 *
 * @throws Refusal `not_found` | `forbidden` | `secret_invalid`
 */
export async function putSecret(
  world: World,
  caller: Caller,
  input: { entity: string; name: string; value: string; overlapHours?: number | undefined },
): Promise<{ created: boolean; version: number; previous: PreviousView[] }> {
  const { overlapHours = OVERLAP_HOURS_DEFAULT } = input
  assert(overlapHours >= 0 && overlapHours <= OVERLAP_HOURS_MAX, 'the door checks the overlap')
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
      return { created: true, version: 1, previous: [] }
    }
    const secret = await findSecret(tx, world.db.engine, label)
    if (secret === undefined) throw new Refusal('database_unavailable', 'The secret changed meanwhile; try again')
    const version = secret.version + 1
    const ciphertext = sealSecret(world.keyring, { ...label, version }, input.value)
    await replaceSecret(tx, { id: secret.id, version, ciphertext, updatedAt: now })
    await keepPreviousSecret(tx, world.db.engine, {
      secretId: secret.id,
      replaced: isWorthKeeping(world, secret, input.value)
        ? { version: secret.version, ciphertext: secret.ciphertext }
        : undefined,
      overlapMs: Math.round(overlapHours * HOUR_MS),
      countMax: PREVIOUS_MAX,
      nowMs: now,
    })
    await audit(tx, caller, 'secret.replaced', entity.id, input.name, now, { version, overlapHours })
    return { created: false, version, previous: (await previousOf(world, tx, [secret.id])).get(secret.id) ?? [] }
  })
}

/** Not if it is the new one, and not if nobody can open it. That this process has not its key does not say so. */
function isWorthKeeping(world: World, replaced: StoredSecret, value: string): boolean {
  try {
    return openSecret(world.keyring, replaced) !== value
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    return error.reason === 'unknown_key'
  }
}

/** What still signs beside the newest value, by the secret's id. */
async function previousOf(
  world: Pick<World, 'db' | 'now'>,
  db: Reader | Tx,
  secretIds: readonly number[],
): Promise<Map<number, PreviousView[]>> {
  const rows = await livePreviousSecrets(db, world.db.engine, { secretIds, nowMs: world.now() })
  const views = Map.groupBy(rows, (row) => row.secret_id)
  return new Map(
    [...views].map(([id, found]) => [id, found.map((row) => ({ version: row.version, endsAt: row.ends_at }))]),
  )
}

/**
 * End the overlap of a secret now: only its newest value signs from here on, and those before it are deleted. Resolves to
 * their versions, newest first.
 *
 * @throws Refusal `not_found` | `forbidden`
 */
export async function endOverlap(
  world: World,
  caller: Caller,
  input: { entity: string; name: string },
): Promise<{ ended: number[] }> {
  const entity = await requireEntity(world.db.read, caller, input.entity, 'admin')
  const now = world.now()
  return world.db.transaction(async (tx) => {
    const secret = await findSecret(tx, world.db.engine, { entityId: entity.id, name: input.name })
    if (secret === undefined) throw notFound(`Secret "${input.name}"`)
    const ended = (await deletePreviousSecrets(tx, secret.id)).sort((one, other) => other - one)
    if (ended.length > 0) await audit(tx, caller, 'secret.overlap_ended', entity.id, input.name, now, { ended })
    return { ended }
  })
}

/** Deletes the replaced values whose overlap has ended. They were not used since, whenever this runs. */
export async function forgetPreviousSecrets(world: Pick<World, 'db' | 'now'>): Promise<void> {
  await world.db.transaction((tx) => deleteEndedPreviousSecrets(tx, world.db.engine, world.now()))
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
  const replaced = rows.filter((row) => row.previous_until !== null).map((row) => row.id)
  const previous = await previousOf(world, world.db.read, replaced)
  const actors = await lastActors(world, {
    entityId: entity.id,
    actions: ['secret.created', 'secret.replaced'],
    subjects: rows.map((row) => row.name),
  })
  return rows.map((row) => ({
    name: row.name,
    version: row.version,
    previous: previous.get(row.id) ?? [],
    lastUsedAt: row.last_used_at,
    lastRefusedAt: row.last_refused_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    updatedBy: actors.get(row.name) ?? null,
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
