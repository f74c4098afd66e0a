import { type Selectable, sql } from 'kysely'
import type { Reader, Tx } from '../database/database.ts'
import { type Engine, insertChunks } from '../database/engine.ts'
import type { ReplayRow } from '../database/schema.ts'
import type { ReplayMode, ReplaySelection } from './replay.ts'
import type { DeliveryPosition } from './store-history.ts'

export type WalkedRow = {
  at: number
  id: number
  /** The newest delivery of the same action of the same execution, if it fits; else `null`. */
  newest: number | null
  bodies_purged_at: number | null
  has_body: number
  webhook_deleted_at: number | null
  current_revision: number | null
  current_webhook: number | null
}

/**
 * The next deliveries of the window after a position, oldest first, with what could be replayed of each. What is walked
 * is bounded by `limit`, whatever fits.
 */
export async function walkWindow(
  db: Reader | Tx,
  input: {
    entityId: number
    selection: ReplaySelection
    /** The newest delivery that may be part of it. */
    uptoId: number
    after: DeliveryPosition
    limit: number
  },
): Promise<WalkedRow[]> {
  const { entityId, selection, uptoId, after, limit } = input
  const fits = [sql`n.id <= ${uptoId}`, sql`n.state in (${sql.join(selection.states)})`]
  if (selection.statuses !== null) fits.push(sql`n.last_status in (${sql.join(selection.statuses)})`)
  if (selection.reason !== null) fits.push(sql`n.reason = ${selection.reason}`)
  if (selection.webhookId !== null) fits.push(sql`n.webhook_id = ${selection.webhookId}`)
  if (selection.automationId !== null) fits.push(sql`x.automation_id = ${selection.automationId}`)
  if (selection.collectionId !== null) fits.push(sql`x.collection_id = ${selection.collectionId}`)
  // A replay that was begun before there were any to hide has no such list.
  const hidden = selection.hiddenProjectIds ?? []
  if (hidden.length > 0) fits.push(sql`coalesce(x.project_id, 0) not in (${sql.join(hidden)})`)
  const { rows } = await sql<WalkedRow>`
    with walked as (
      select id, created_at, execution_id, action_index, replay_of from deliveries
      where entity_id = ${entityId} and created_at >= ${selection.from} and created_at < ${selection.to}
        and id <= ${uptoId} and (created_at, id) > (${after.at}, ${after.id})
      order by created_at, id limit ${limit}
    ),
    fitting as (
      select walked.id as walked_id, n.id, n.bodies_purged_at, n.body, n.webhook_id, x.automation_id
      from walked
      join executions x on x.id = walked.execution_id
      join deliveries n on n.id = (
        select max(l.id) from deliveries l
        where l.execution_id = walked.execution_id and l.action_index = walked.action_index
      )
      where walked.replay_of is null and ${sql.join(fits, sql` and `)}
    )
    select walked.created_at as at, walked.id, f.id as newest, f.bodies_purged_at,
      case when f.body is null then 0 else 1 end as has_body,
      w.deleted_at as webhook_deleted_at, c.id as current_revision, cw.id as current_webhook
    from walked
    left join fitting f on f.walked_id = walked.id
    left join webhooks w on w.id = f.webhook_id
    left join automations a on a.id = f.automation_id and a.deleted_at is null
    left join automation_revisions c on c.id = a.revision_id
    left join webhooks cw on cw.id = c.webhook_id and cw.deleted_at is null
    order by walked.created_at, walked.id`.execute(db)
  return rows
}

/**
 * Put these deliveries into the queue once more, as new ones that stand for as many events and gather no further. The
 * payloads do not pass through this process.
 *
 * - `messageId`: of a replay as now; one as then has that of what it replays.
 */
export async function insertReplays(
  tx: Tx,
  engine: Engine,
  input: {
    mode: ReplayMode
    replays: readonly { id: number; publicId: string; messageId: string }[]
    nowMs: number
  },
): Promise<void> {
  const asNow = input.mode === 'as_now'
  const now = engine.nowMs(input.nowMs)
  for (const chunk of insertChunks(engine, input.replays)) {
    const values = sql.join(
      chunk.map(
        (row) => sql`(cast(${row.id} as bigint), cast(${row.publicId} as text), cast(${row.messageId} as text))`,
      ),
    )
    await sql`
      insert into deliveries (public_id, entity_id, execution_id, action_index, revision_id, webhook_id, message_id,
        state, next_attempt_at, body, warnings, digest_count, digest_first, replay_of, replay_mode, created_at)
      with made (id, public_id, message_id) as (values ${values})
      select made.public_id, n.entity_id, n.execution_id, n.action_index,
        ${asNow ? sql`c.id, c.webhook_id, made.message_id` : sql`n.revision_id, n.webhook_id, n.message_id`},
        'pending', ${now},
        ${asNow ? sql`cast(null as text), cast(null as text)` : sql`n.body, n.warnings`},
        n.digest_count, n.digest_first, n.id, ${sql.lit(input.mode)}, cast(${input.nowMs} as bigint)
      from made
      join deliveries n on n.id = made.id
      join executions x on x.id = n.execution_id
      join automations a on a.id = x.automation_id
      left join automation_revisions c on c.id = a.revision_id
      where true
      order by n.id`.execute(tx)
  }
}

export async function newestDeliveryId(db: Reader | Tx): Promise<number> {
  const { newest } = await db
    .selectFrom('deliveries')
    .select(({ fn }) => fn.max('id').as('newest'))
    .executeTakeFirstOrThrow()
  return newest ?? 0
}

export async function insertReplayJob(tx: Tx, row: Omit<ReplayRow, 'id' | 'replayed_count'>): Promise<void> {
  await tx.insertInto('replays').values(row).execute()
}

function selectReplays(db: Reader | Tx) {
  return db
    .selectFrom('replays as r')
    .leftJoin('users as u', 'u.id', 'r.created_by')
    .selectAll('r')
    .select('u.username')
}

export type ReplayDetails = Selectable<ReplayRow> & { username: string | null }

export async function findReplay(db: Reader | Tx, publicId: string): Promise<ReplayDetails | undefined> {
  return selectReplays(db).where('r.public_id', '=', publicId).executeTakeFirst()
}

/** The one that this user began with this key. */
export async function findReplayByKey(
  db: Reader | Tx,
  input: { userId: number; keyHash: string },
): Promise<ReplayDetails | undefined> {
  return selectReplays(db)
    .where('r.created_by', '=', input.userId)
    .where('r.key_hash', '=', input.keyHash)
    .executeTakeFirst()
}

/** Newest first, before the one with the id `beforeId`. */
export async function listReplays(
  db: Reader,
  input: { entityId: number; beforeId: number | undefined; limit: number },
): Promise<ReplayDetails[]> {
  const { beforeId } = input
  return selectReplays(db)
    .where('r.entity_id', '=', input.entityId)
    .$if(beforeId !== undefined, (query) => query.where('r.id', '<', beforeId as number))
    .orderBy('r.id', 'desc')
    .limit(input.limit)
    .execute()
}

/** A replay that still runs, locked; `undefined` if none does, or each is being carried on by another process. */
export async function lockRunningReplay(
  tx: Tx,
  engine: Engine,
  publicId: string | undefined,
): Promise<Selectable<ReplayRow> | undefined> {
  return tx
    .selectFrom('replays')
    .selectAll()
    .where('state', '=', sql.lit('running'))
    .$if(publicId !== undefined, (query) => query.where('public_id', '=', publicId as string))
    .orderBy('id')
    .limit(1)
    .$if(engine.rowLocks, (query) => query.forUpdate().skipLocked())
    .executeTakeFirst()
}

export async function updateReplay(
  tx: Tx,
  id: number,
  change: Pick<ReplayRow, 'state' | 'matched_count' | 'left_out' | 'position_at' | 'position_id' | 'finished_at'> & {
    replayed_count: number
  },
): Promise<void> {
  await tx.updateTable('replays').set(change).where('id', '=', id).execute()
}
