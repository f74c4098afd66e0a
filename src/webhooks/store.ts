import { type Insertable, type Selectable, sql, type Updateable } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import type { Engine } from '../database/engine.ts'
import type { SecretRow, WebhookRow } from '../database/schema.ts'
import { statement } from '../database/statement.ts'

export type StoredSecret = Selectable<SecretRow>
export type StoredWebhook = Selectable<WebhookRow>

// Secrets

export async function findSecret(
  db: Reader | Tx,
  engine: Engine | null,
  input: { entityId: number; name: string },
): Promise<StoredSecret | undefined> {
  return db
    .selectFrom('secrets')
    .selectAll()
    .where('entity_id', '=', input.entityId)
    .where('name', '=', input.name)
    .$if(engine?.rowLocks === true, (query) => query.forUpdate())
    .executeTakeFirst()
}

export async function insertSecret(tx: Tx, row: Insertable<SecretRow>): Promise<boolean> {
  const inserted = await tx
    .insertInto('secrets')
    .values(row)
    .onConflict((conflict) => conflict.columns(['entity_id', 'name']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

export async function replaceSecret(
  tx: Tx,
  input: { id: number; version: number; ciphertext: string; updatedAt: number },
): Promise<void> {
  await tx
    .updateTable('secrets')
    .set({ version: input.version, ciphertext: input.ciphertext, updated_at: input.updatedAt })
    .where('id', '=', input.id)
    .execute()
}

export async function deleteSecretRow(tx: Tx, id: number): Promise<void> {
  await tx.deleteFrom('previous_secrets').where('secret_id', '=', id).execute()
  await tx.deleteFrom('secrets').where('id', '=', id).execute()
}

export async function listSecretRows(
  db: Reader,
  input: { entityId: number; after: string | undefined; limit: number },
): Promise<StoredSecret[]> {
  const { after } = input
  return db
    .selectFrom('secrets')
    .selectAll()
    .where('entity_id', '=', input.entityId)
    .$if(after !== undefined, (query) => query.where('name', '>', after as string))
    .orderBy('name')
    .limit(input.limit)
    .execute()
}

/**
 * All secrets of these names: a worker asks for those of its webhooks in one batch. With `engine` they stay as they are
 * until the transaction ends.
 */
export async function secretsOf(
  db: Reader | Tx,
  engine: Engine | null,
  entityIds: readonly number[],
  names: readonly string[],
): Promise<StoredSecret[]> {
  if (entityIds.length === 0 || names.length === 0) return []
  const select = engine?.rowLocks === true ? selectSecretsLocked : selectSecrets
  return select(db, { entityIds, names })
}

type SecretsAsked = { entityIds: readonly number[]; names: readonly string[] }

const selectSecrets = statement((db, asked: SecretsAsked, engine) => secretsAsked(db, asked, engine))

const selectSecretsLocked = statement((tx, asked: SecretsAsked, engine) => secretsAsked(tx, asked, engine).forShare())

function secretsAsked(db: Reader | Tx, { entityIds, names }: SecretsAsked, engine: Engine) {
  return db
    .selectFrom('secrets')
    .select([
      'id',
      'entity_id',
      'name',
      'version',
      'ciphertext',
      'created_by',
      'created_at',
      'updated_at',
      'previous_until',
      'last_used_at',
      'last_refused_at',
    ])
    .where(engine.isOneOf('entity_id', entityIds, 'bigint'))
    .where(engine.isOneOf('name', names, 'text'))
}

// Webhooks

/** One change at a time to which webhooks an entity has and how they are called. */
export async function lockEntity(tx: Tx, engine: Engine, entityId: number): Promise<void> {
  if (!engine.rowLocks) return
  await tx.selectFrom('entities').select('id').where('id', '=', entityId).forNoKeyUpdate().execute()
}

export async function countWebhooks(tx: Tx, entityId: number): Promise<number> {
  const { count } = await tx
    .selectFrom('webhooks')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('entity_id', '=', entityId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return count
}

export async function insertWebhook(tx: Tx, row: Insertable<WebhookRow>): Promise<number | undefined> {
  const inserted = await tx
    .insertInto('webhooks')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted?.id
}

export async function updateWebhookRow(tx: Tx, id: number, set: Updateable<WebhookRow>): Promise<void> {
  await tx.updateTable('webhooks').set(set).where('id', '=', id).execute()
}

/** All that are not paused, those of every entity. */
export async function pauseWebhookRows(
  tx: Tx,
  { reason, nowMs }: { reason: string; nowMs: number },
): Promise<Pick<StoredWebhook, 'entity_id' | 'name'>[]> {
  return tx
    .updateTable('webhooks')
    .set({ paused_at: nowMs, paused_reason: reason, updated_at: nowMs })
    .where('paused_at', 'is', null)
    .where('deleted_at', 'is', null)
    .returning(['entity_id', 'name'])
    .execute()
}

export async function findWebhook(
  db: Reader | Tx,
  engine: Engine | null,
  publicId: string,
): Promise<StoredWebhook | undefined> {
  return db
    .selectFrom('webhooks')
    .selectAll()
    .where('public_id', '=', publicId)
    .where('deleted_at', 'is', null)
    .$if(engine?.rowLocks === true, (query) => query.forUpdate())
    .executeTakeFirst()
}

export async function findWebhookByName(
  db: Reader | Tx,
  input: { entityId: number; name: string },
): Promise<StoredWebhook | undefined> {
  return db
    .selectFrom('webhooks')
    .selectAll()
    .where('entity_id', '=', input.entityId)
    .where('name', '=', input.name)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

export async function findWebhooksById(db: Reader | Tx, ids: readonly number[]): Promise<StoredWebhook[]> {
  return ids.length === 0 ? [] : selectWebhooks(db, { ids })
}

const selectWebhooks = statement((db, input: { ids: readonly number[] }, engine) =>
  db
    .selectFrom('webhooks')
    .select([
      'id',
      'public_id',
      'entity_id',
      'name',
      'url_version',
      'url_ciphertext',
      'url_masked',
      'target',
      'access_token_secret',
      'signing_secret',
      'signature',
      'secrets',
      'headers',
      'concurrency_max',
      'paused_at',
      'paused_reason',
      'created_by',
      'created_at',
      'updated_at',
      'deleted_at',
      'delivery_order',
      'newest_wins',
      'slack',
      'rate_limit_per_minute',
      'send_interval_ms',
      'next_slot_at',
      'retry_schedule',
      'held_until',
      'circuit_opened_at',
      'circuit_trips',
      'outage_points',
      'failure_count',
      'failing_since',
      'last_failure_at',
      'last_failure_reason',
    ])
    .where(engine.isOneOf('id', input.ids, 'bigint')),
)

/** Live webhooks of an entity by name, after the given one. `slack`: only those that are Slack's, or are not. */
export async function listWebhookRows(
  db: Reader | Tx,
  input: { entityId: number; slack?: boolean | undefined; after?: string | undefined; limit: number },
): Promise<StoredWebhook[]> {
  const { after, slack } = input
  return db
    .selectFrom('webhooks')
    .selectAll()
    .where('entity_id', '=', input.entityId)
    .where('deleted_at', 'is', null)
    .$if(slack !== undefined, (query) => query.where('slack', slack ? 'is not' : 'is', null))
    .$if(after !== undefined, (query) => query.where('name', '>', after as string))
    .orderBy('name')
    .limit(input.limit)
    .execute()
}

/** Of a page of webhooks; past this many automations the lists are cut. */
const USERS_MAX = 2_000

/** The automations that send to each of these webhooks, by name, without those of the hidden projects. */
export async function automationsUsingEach(
  db: Reader,
  input: { webhookIds: readonly number[]; hiddenProjectIds: readonly number[] },
) {
  const { webhookIds, hiddenProjectIds } = input
  if (webhookIds.length === 0) return []
  return db
    .selectFrom('automation_revisions as r')
    .innerJoin('automations as a', 'a.revision_id', 'r.id')
    .leftJoin('collections as c', (join) =>
      join.onRef('c.id', '=', 'a.scope_id').on('a.scope_kind', '=', sql.lit('COLLECTION')),
    )
    .select(['r.webhook_id', 'a.entity_id', 'a.public_id', 'a.name', 'a.enabled'])
    .where('r.webhook_id', 'in', webhookIds)
    .where('a.deleted_at', 'is', null)
    .$if(hiddenProjectIds.length > 0, (query) =>
      query.where(
        sql<boolean>`coalesce(case when a.scope_kind = 'PROJECT' then a.scope_id else c.project_id end, 0)
          not in (${sql.join(hiddenProjectIds)})`,
      ),
    )
    .orderBy('a.name')
    .limit(USERS_MAX)
    .execute()
}

export async function automationsUsing(db: Reader | Tx, webhookId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('automations as a')
    .innerJoin('automation_revisions as r', 'r.id', 'a.revision_id')
    .select('a.name')
    .where('r.webhook_id', '=', webhookId)
    .where('a.deleted_at', 'is', null)
    .orderBy('a.name')
    .limit(100)
    .execute()
  return rows.map((row) => row.name)
}
