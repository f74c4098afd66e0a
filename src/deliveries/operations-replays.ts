import { isDeepStrictEqual } from 'node:util'
import { recordAudit, requireEntity } from '../access/operations.ts'
import { type Caller, hiddenProjectIds, requireRole } from '../access/rights.ts'
import type { Tx } from '../database/database.ts'
import type { ReplayRow } from '../database/schema.ts'
import { notFound, Refusal } from '../refusal.ts'
import { newPublicId } from '../runtime/id.ts'
import type { World } from '../world.ts'
import { type NamedFilter, resolveFilter } from './operations.ts'
import {
  type LeftOut,
  type LeftOutReason,
  obstacleTo,
  REPLAY_DELIVERIES_MAX,
  type ReplayMode,
  type ReplaySelection,
  SETTLED_STATES,
  withLeftOut,
} from './replay.ts'
import type { DeliveryPosition } from './store-history.ts'
import {
  findReplay,
  findReplayByKey,
  insertReplayJob,
  insertReplays,
  listReplays as listReplayRows,
  lockRunningReplay,
  newestDeliveryId,
  type ReplayDetails,
  updateReplay,
  type WalkedRow,
  walkWindow,
} from './store-replays.ts'

/** Deliveries looked at in one transaction, which others wait for on the embedded engine. */
const WALKED_AT_ONCE = 500

/** How long the request that begins a replay goes on with it, before it answers and leaves the rest to the background. */
const REQUEST_MS_MAX = 2_000

/** How long a trial run looks. */
const TRIAL_MS_MAX = 10_000

/** `window`: until now without `to`. */
export type ReplayRequest = {
  mode: ReplayMode
  window: { from: number; to?: number | undefined }
  filter: Pick<NamedFilter, 'statuses' | 'reason' | 'webhook' | 'automation' | 'collection'> & {
    states: ReplaySelection['states']
  }
}

/** What a replay would do. `complete`: the whole window has been looked at. */
export type ReplayTrial = { matched: number; replayable: number; leftOut: LeftOut; complete: boolean }

export type ReplayView = {
  publicId: string
  mode: ReplayMode
  state: ReplayRow['state']
  from: number
  to: number
  /** Deliveries that fit, as far as it has come. */
  matched: number
  replayed: number
  leftOut: LeftOut
  /** The part of the window before this has been gone through. */
  position: number
  createdBy: string | null
  createdAt: number
  finishedAt: number | null
}

/**
 * How many deliveries a replay would send. Nothing is sent.
 *
 * @throws Refusal `not_found` | `forbidden` | `invalid_request`
 */
export async function tryReplay(
  world: World,
  caller: Caller,
  input: { entity: string; request: ReplayRequest },
): Promise<ReplayTrial> {
  const { read } = world.db
  const entity = await requireEntity(read, caller, input.entity, 'member')
  const selection = await selectionOf(world, caller, entity.name, input.request)
  const trial: ReplayTrial = { matched: 0, replayable: 0, leftOut: {}, complete: true }
  if (selection === undefined) return trial
  const uptoId = await newestDeliveryId(read)
  const endsAt = performance.now() + TRIAL_MS_MAX
  let after = startOf(selection)
  while (true) {
    const rows = await walkWindow(read, { entityId: entity.id, selection, uptoId, after, limit: WALKED_AT_ONCE })
    const batch = sortOut(input.request.mode, rows, REPLAY_DELIVERIES_MAX - trial.replayable)
    trial.matched += batch.ids.length + batch.leftOut.length
    trial.replayable += batch.ids.length
    trial.leftOut = withLeftOut(trial.leftOut, batch.leftOut)
    if (rows.length < WALKED_AT_ONCE) return trial
    after = positionOf(rows)
    if (performance.now() > endsAt) return { ...trial, complete: false }
    await nextTurn()
  }
}

/**
 * Send what fits once more: each as a new delivery that says which one it replays, in batches that commit on their own.
 * What is not done within two seconds goes on in the background, on whichever process; one that dies leaves off after
 * a batch, and another goes on there.
 *
 * - `keyHash`: tells a request that is sent again: it then gets the replay that the first one began.
 *
 * @throws Refusal `not_found` | `forbidden` | `invalid_request` | `idempotency_key_reused`
 */
export async function beginReplay(
  world: World,
  caller: Caller,
  input: { entity: string; request: ReplayRequest; keyHash: string | null },
): Promise<ReplayView> {
  const { request, keyHash } = input
  const entity = await requireEntity(world.db.read, caller, input.entity, 'member')
  const selection = await selectionOf(world, caller, entity.name, request)
  const publicId = newPublicId('rp')
  const begun = await world.db.transaction(async (tx) => {
    const earlier = keyHash === null ? undefined : await findReplayByKey(tx, { userId: caller.user.id, keyHash })
    if (earlier !== undefined) return sameReplay(earlier, entity.id, request, selection)
    const nowMs = world.now()
    const start = startOf(request.window)
    await insertReplayJob(tx, {
      public_id: publicId,
      entity_id: entity.id,
      mode: request.mode,
      state: selection === undefined ? 'done' : 'running',
      selection: JSON.stringify(selection ?? { to: nowMs, ...request.window }),
      upto_id: await newestDeliveryId(tx),
      matched_count: 0,
      left_out: '{}',
      position_at: start.at,
      position_id: start.id,
      created_by: caller.user.id,
      key_hash: keyHash,
      created_at: nowMs,
      finished_at: selection === undefined ? nowMs : null,
    })
    const asked = selection === undefined ? request.window : asAsked(selection)
    const details = { replay: publicId, mode: request.mode, ...asked }
    await recordAudit(
      tx,
      caller,
      { action: 'deliveries.replayed', entityId: entity.id, subject: entity.name, details },
      nowMs,
    )
    return publicId
  })
  const endsAt = performance.now() + REQUEST_MS_MAX
  while (performance.now() < endsAt && (await continueReplay(world, begun))) await nextTurn()
  return getReplay(world, caller, begun)
}

/**
 * Go on with a replay that still runs, by one batch. Resolves to whether there is more to do at once: nothing is left
 * to do here when none runs, or another process is at it.
 *
 * - `publicId`: this one only.
 */
export async function continueReplay(world: World, publicId?: string): Promise<boolean> {
  const did = await world.db.transaction(async (tx) => {
    const job = await lockRunningReplay(tx, world.db.engine, publicId)
    return job === undefined ? undefined : replayBatch(world, tx, job)
  })
  if (did === undefined) return false
  if (did.sent > 0) world.wakeWorkers()
  return publicId === undefined || !did.done
}

type Job = NonNullable<Awaited<ReturnType<typeof lockRunningReplay>>>

async function replayBatch(world: World, tx: Tx, job: Job): Promise<{ sent: number; done: boolean }> {
  const rows = await walkWindow(tx, {
    entityId: job.entity_id,
    selection: JSON.parse(job.selection) as ReplaySelection,
    uptoId: job.upto_id,
    after: { at: job.position_at, id: job.position_id },
    limit: WALKED_AT_ONCE,
  })
  const batch = sortOut(job.mode, rows, REPLAY_DELIVERIES_MAX - job.replayed_count)
  const nowMs = world.now()
  await insertReplays(tx, world.db.engine, {
    mode: job.mode,
    replays: batch.ids.map((id) => ({ id, publicId: newPublicId('dl'), messageId: newPublicId('msg') })),
    nowMs,
  })
  const last = rows.at(-1)
  const replayed = job.replayed_count + batch.ids.length
  const done = rows.length < WALKED_AT_ONCE || replayed >= REPLAY_DELIVERIES_MAX
  await updateReplay(tx, job.id, {
    state: done ? 'done' : 'running',
    matched_count: job.matched_count + batch.ids.length + batch.leftOut.length,
    replayed_count: replayed,
    left_out: JSON.stringify(withLeftOut(JSON.parse(job.left_out) as LeftOut, batch.leftOut)),
    position_at: last?.at ?? job.position_at,
    position_id: last?.id ?? job.position_id,
    finished_at: done ? nowMs : null,
  })
  return { sent: batch.ids.length, done }
}

/** @throws Refusal `not_found` */
export async function getReplay(world: World, caller: Caller, publicId: string): Promise<ReplayView> {
  const row = await findReplay(world.db.read, publicId)
  const what = `Replay "${publicId}"`
  if (row === undefined) throw notFound(what)
  requireRole(caller, 'viewer', row.entity_id, what)
  return viewOf(row)
}

/** An entity's replays of many, newest first. */
export async function listReplays(
  world: World,
  caller: Caller,
  input: { entity: string; beforeId: number | undefined; limit: number },
): Promise<{ id: number; view: ReplayView }[]> {
  const entity = await requireEntity(world.db.read, caller, input.entity, 'viewer')
  const rows = await listReplayRows(world.db.read, { ...input, entityId: entity.id })
  return rows.map((row) => ({ id: row.id, view: viewOf(row) }))
}

/** @throws Refusal `invalid_request` */
async function selectionOf(
  world: World,
  caller: Caller,
  entity: string,
  request: ReplayRequest,
): Promise<ReplaySelection | undefined> {
  const nowMs = world.now()
  const { from, to = nowMs } = request.window
  if (from >= to || to > nowMs) {
    const message = 'The window must begin before it ends, and must not end in the future'
    throw new Refusal('invalid_request', message, { fields: [{ path: '/window', message }] })
  }
  const { states, ...named } = request.filter
  const filter = await resolveFilter(world.db.read, entity, named)
  if (filter === undefined) return undefined
  return {
    from,
    to,
    states: SETTLED_STATES.filter((state) => states.includes(state)),
    statuses: filter.statuses === undefined ? null : [...filter.statuses].sort((a, b) => a - b),
    reason: filter.reason ?? null,
    webhookId: filter.webhookId ?? null,
    automationId: filter.automationId ?? null,
    collectionId: filter.collectionId ?? null,
    hiddenProjectIds: hiddenProjectIds(caller),
  }
}

/** @throws Refusal `idempotency_key_reused` */
function sameReplay(
  earlier: ReplayDetails,
  entityId: number,
  { mode, window }: ReplayRequest,
  selection: ReplaySelection | undefined,
): string {
  const before = JSON.parse(earlier.selection) as ReplaySelection
  // A window without an end ended when it was asked for first.
  const now = selection && { ...selection, to: window.to ?? before.to }
  const isSame =
    earlier.entity_id === entityId &&
    earlier.mode === mode &&
    (now === undefined || isDeepStrictEqual(asAsked(before), asAsked(now)))
  if (isSame) return earlier.public_id
  throw new Refusal('idempotency_key_reused', 'This Idempotency-Key was used for another replay: send a new one')
}

function asAsked({ hiddenProjectIds: _, ...asked }: ReplaySelection) {
  return asked
}

/** Which deliveries are sent anew, at most `room`, and why others are not. */
function sortOut(
  mode: ReplayMode,
  rows: readonly WalkedRow[],
  room: number,
): { ids: number[]; leftOut: LeftOutReason[] } {
  const ids: number[] = []
  const leftOut: LeftOutReason[] = []
  for (const row of rows) {
    if (row.newest === null) continue
    const obstacle = obstacleTo(mode, {
      bodiesPurgedAt: row.bodies_purged_at,
      hasBody: row.has_body === 1,
      webhookDeleted: row.webhook_deleted_at !== null,
      currentRevisionId: row.current_revision,
      currentWebhookId: row.current_webhook,
    })
    if (obstacle !== undefined) leftOut.push(obstacle)
    else if (ids.length < room) ids.push(row.newest)
    else leftOut.push('limit_reached')
  }
  return { ids, leftOut }
}

function viewOf(row: ReplayDetails): ReplayView {
  const { from, to } = JSON.parse(row.selection) as Pick<ReplaySelection, 'from' | 'to'>
  return {
    publicId: row.public_id,
    mode: row.mode,
    state: row.state,
    from,
    to,
    matched: row.matched_count,
    replayed: row.replayed_count,
    leftOut: JSON.parse(row.left_out) as LeftOut,
    position: row.state === 'done' && row.replayed_count < REPLAY_DELIVERIES_MAX ? to : row.position_at,
    createdBy: row.username,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  }
}

function startOf({ from }: { from: number }): DeliveryPosition {
  return { at: from, id: 0 }
}

function positionOf(rows: readonly WalkedRow[]): DeliveryPosition {
  const last = rows.at(-1) as WalkedRow
  return { at: last.at, id: last.id }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
