import type { Database } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/postgres.ts'
import { openSqlite } from '../../src/database/sqlite.ts'
import { type EngineName, givenDatabase } from './server.ts'

/** A migrated, empty database without a server. */
export async function openTestDatabase(
  engine: EngineName,
): Promise<{ db: Database; [Symbol.asyncDispose](): Promise<void> }> {
  const { env, drop } = await givenDatabase(engine)
  const db =
    engine === 'sqlite'
      ? await openSqlite({ directory: env.TRIPLINE_DATA_DIR as string })
      : await openPostgres({ url: env.TRIPLINE_DATABASE_URL as string })
  return {
    db,
    async [Symbol.asyncDispose]() {
      await db.close()
      await drop()
    },
  }
}

let made = 0

/** A team's webhook with rows of everything a delivery refers to. */
export async function givenWebhook(db: Database, options: { concurrencyMax?: number } = {}) {
  made += 1
  const unique = `${process.pid}-${made}`
  return db.transaction(async (tx) => {
    const entity = await tx
      .insertInto('entities')
      .values({ name: `team-${unique}`, kind: 'team', display_name: null, organization_id: null, created_at: 0 })
      .returning('id')
      .executeTakeFirstOrThrow()
    const webhook = await tx
      .insertInto('webhooks')
      .values({
        public_id: `wh_${unique}`,
        entity_id: entity.id,
        name: `hook-${unique}`,
        url_version: 1,
        url_ciphertext: '',
        url_masked: '',
        access_token_secret: null,
        signing_secret: null,
        signature: '{}',
        secrets: '[]',
        headers: '{}',
        concurrency_max: options.concurrencyMax ?? 10,
        paused_at: null,
        paused_reason: null,
        created_by: null,
        created_at: 0,
        updated_at: 0,
        deleted_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const automation = await tx
      .insertInto('automations')
      .values({
        public_id: `au_${unique}`,
        entity_id: entity.id,
        name: 'automation',
        enabled: 1,
        scope_kind: 'ENTITY',
        scope_id: entity.id,
        event_type: 'ADD_ARTIFACT_ALIAS',
        revision_id: null,
        created_by: null,
        created_at: 0,
        updated_at: 0,
        deleted_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const revision = await tx
      .insertInto('automation_revisions')
      .values({
        automation_id: automation.id,
        revision: 1,
        name: 'automation',
        description: null,
        enabled: 1,
        scope_kind: 'ENTITY',
        scope_id: entity.id,
        event_type: 'ADD_ARTIFACT_ALIAS',
        filter: '{}',
        action_kind: 'GENERIC_WEBHOOK',
        webhook_id: webhook.id,
        action: '{}',
        created_by: null,
        created_at: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    return { id: webhook.id, entityId: entity.id, automationId: automation.id, revisionId: revision.id }
  })
}

/** Pending deliveries of a webhook, one for each due time, in that order; returns their ids. */
export async function givenPending(
  db: Database,
  webhook: { id: number; entityId: number; automationId: number; revisionId: number },
  dueTimes: readonly number[],
): Promise<number[]> {
  const ids: number[] = []
  await db.transaction(async (tx) => {
    for (const dueAt of dueTimes) {
      made += 1
      const unique = `${process.pid}-${made}`
      const event = await tx
        .insertInto('events')
        .values({
          public_id: `ev_${unique}`,
          type: 'ADD_ARTIFACT_ALIAS',
          transaction_id: 0,
          occurred_at: 0,
          caused_by: null,
          snapshot: '{}',
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      const execution = await tx
        .insertInto('executions')
        .values({
          public_id: `ex_${unique}`,
          automation_id: webhook.automationId,
          revision_id: webhook.revisionId,
          event_id: event.id,
          subject: 0,
          state: 'matched',
          reason: null,
          created_at: 0,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      const delivery = await tx
        .insertInto('deliveries')
        .values({
          public_id: `dl_${unique}`,
          entity_id: webhook.entityId,
          execution_id: execution.id,
          revision_id: webhook.revisionId,
          webhook_id: webhook.id,
          message_id: `msg_${unique}`,
          state: 'pending',
          next_attempt_at: dueAt,
          created_at: 0,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      ids.push(delivery.id)
    }
  })
  return ids
}
