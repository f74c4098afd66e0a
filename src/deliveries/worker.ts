import { randomBytes } from 'node:crypto'
import type { Registry } from 'prom-client'
import { createReceiverLoader, createSecretUseLog, pauseWebhook } from '../webhooks/operations.ts'
import type { Receivers } from '../webhooks/operations-receivers.ts'
import type { LocalWorker, World } from '../world.ts'
import { type AttemptResult, makeAttempt } from './attempt.ts'
import { createDeliveryMetrics } from './metrics.ts'
import { CLAIM_MAX, type Claim, claimDue, LEASE_MS } from './operations-claiming.ts'
import { createRenderer } from './rendering.ts'
import { ATTEMPT_TIMEOUT_MS } from './send.ts'
import {
  type ClaimedDelivery,
  cancelOfDeleted,
  endLeases,
  findNextDue,
  reclaimLapsed,
  type Settlement,
  settleAttempts,
} from './store.ts'
import { releaseWaiting } from './store-order.ts'

/** A send is not begun with less lease left than this: its answer could not be settled any more. */
const LEASE_LEFT_MS_MIN = ATTEMPT_TIMEOUT_MS + 5_000

/** Requests one worker has open at once. Each webhook's own cap, at most a quarter of it, holds besides. */
const SENDS_MAX = 1_024

/** The net below the wake-ups: how long a wake-up that got lost can delay a delivery. */
const POLL_MS_MAX = { sqlite: 5_000, postgres: 1_000 }

/** How often leases that have lapsed are looked for, by a worker that does not rest for longer. */
const RECLAIM_INTERVAL_MS = 1_000

/** How long sends in progress may go on at a stop before they are cut off and go back into the queue. */
const STOP_GRACE_MS = 3_000

const REST_MS_MIN = 5
const PAUSE_AFTER_FAILURE_MS = 1_000

export type Worker = LocalWorker & {
  start(): Promise<void>
  /** Idempotent. Resolves when every send has been settled or has let go of its lease. */
  stop(): Promise<void>
  /** Resolves when nothing is under way: after a stop, when no change can hand over anything any more. */
  settled(): Promise<void>
  wake(): void
}

/**
 * The loop that sends: claim what is due, prepare and send it, settle what came of it. Any number of workers may run,
 * in one process or many.
 */
export function createWorker(world: World, registry: Registry): Worker {
  const name = `w_${randomBytes(6).toString('base64url')}`
  const metrics = createDeliveryMetrics(registry)
  const loadReceivers = createReceiverLoader(world)
  const secretUse = createSecretUseLog(world)
  const cutOff = new AbortController()

  let stopping = false
  let sending = 0
  /** Something waits for a request to end: its webhook, or this worker, has as many open as it may. */
  let waitsForRoom = true
  let loop: Promise<void> | undefined
  let stopListening: (() => Promise<void>) | undefined
  let ringing = false
  let ring: (() => void) | undefined

  function wake(): void {
    ringing = true
    ring?.()
  }

  /** Resolves at the next wake-up, or after `ms`. */
  async function rest(ms: number): Promise<void> {
    if (!ringing) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        ring = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    ring = undefined
    ringing = false
  }

  async function run(): Promise<void> {
    let reclaimedAt = Number.NEGATIVE_INFINITY
    while (!stopping) {
      try {
        if (performance.now() - reclaimedAt >= RECLAIM_INTERVAL_MS) {
          await world.db.transaction((tx) => reclaimLapsed(tx, world.now()))
          reclaimedAt = performance.now()
        }
        const limit = Math.min(CLAIM_MAX, SENDS_MAX - sending)
        // Until the next look: what settles meanwhile may be what others wait for.
        waitsForRoom = true
        const mayBeMore = limit > 0 && (await claimAndSend(limit))
        if (mayBeMore) continue
        if (ringing) {
          ringing = false
          continue
        }
        const { untilDueMs, isHeldUp } = await findNextDue(world.db.read, world.now())
        waitsForRoom = isHeldUp || limit === 0
        // Due, and yet not claimed: another worker is just claiming for that webhook. Not a reason to spin.
        const waitMs = Math.max(untilDueMs ?? Number.POSITIVE_INFINITY, REST_MS_MIN)
        await rest(Math.min(waitMs, POLL_MS_MAX[world.db.engine.name]))
      } catch (error) {
        world.log.error({ err: error }, 'claiming deliveries failed')
        await rest(PAUSE_AFTER_FAILURE_MS)
      }
    }
  }

  /** Resolves to whether a bound ended the claim, so that there may be more to claim at once. */
  async function claimAndSend(limit: number): Promise<boolean> {
    const leasedAt = performance.now()
    const { claims, isAll } = await claimDue(world, local, limit)
    if (claims.length === 0) return false
    send(claims, loadReceivers(claims.map(({ delivery }) => delivery.webhook_id)), leasedAt)
    return !isAll
  }

  /** If `receivers` fails the leases lapse, and the deliveries are claimed again. */
  function send(claims: readonly Claim[], receivers: Promise<Receivers>, leasedAt: number): void {
    sending += claims.length
    for (const { delivery, prepared } of claims) {
      attempt(delivery, async () => {
        const receiver = (await receivers).get(delivery.webhook_id)
        const leaseLeftMs = LEASE_MS - (performance.now() - leasedAt)
        return makeAttempt(world, world.sender, {
          delivery,
          prepared: leaseLeftMs < LEASE_LEFT_MS_MIN ? { kind: 'too-late' } : prepared,
          receiver,
          signal: cutOff.signal,
        })
      })
    }
  }

  function attempt(delivery: ClaimedDelivery, make: () => Promise<AttemptResult>): void {
    const done = make().then(
      (result) => settle(delivery, result),
      (error: unknown) => {
        // A bug of ours: the lease lapses, and the delivery is tried again by whoever claims it then.
        world.log.error({ err: error, delivery: delivery.public_id }, 'an attempt failed inside')
      },
    )
    inProgress.add(done)
    void done.finally(() => {
      inProgress.delete(done)
      sending -= 1
      if (waitsForRoom && (!world.db.engine.isExclusive || sending + 1 === SENDS_MAX)) wake()
    })
  }

  const inProgress = new Set<Promise<unknown>>()
  let unsettled: { delivery: ClaimedDelivery; result: AttemptResult; done(): void }[] = []
  let settling = false

  /** Attempts that end while others are being settled are settled together after them. */
  function settle(delivery: ClaimedDelivery, result: AttemptResult): Promise<void> {
    return new Promise((resolve) => {
      unsettled.push({ delivery, result, done: resolve })
      if (!settling) void settleAll()
    })
  }

  async function settleAll(): Promise<void> {
    settling = true
    while (unsettled.length > 0) {
      // Answers that one turn of the loop brought are settled in one go.
      await nextTurn()
      const batch = unsettled
      unsettled = []
      try {
        const settled = settleBatch(batch)
        // On the embedded engine transactions run in the order in which they were asked for, and those that wait
        // together share one sync: a claim asked for now sees the room that these leave, for no sync of its own.
        if (waitsForRoom && world.db.engine.isExclusive) wake()
        await settled
      } catch (error) {
        // The answers are lost with it, not the deliveries: their leases lapse and they are sent again.
        world.log.error({ err: error, deliveries: batch.length }, 'settling attempts failed')
      }
      for (const { done } of batch) done()
    }
    settling = false
  }

  async function settleBatch(batch: readonly { delivery: ClaimedDelivery; result: AttemptResult }[]): Promise<void> {
    const settlements = batch.map(
      ({ delivery, result }): Settlement => ({
        deliveryId: delivery.id,
        worker: name,
        claim: delivery.claim_count,
        ...result.settlement,
      }),
    )
    const settled = await world.db.transaction(async (tx) => {
      const ids = await settleAttempts(tx, world.now(), settlements)
      const gone = new Map<string, number[]>()
      const again = new Set<number>()
      for (const { delivery, result } of batch) {
        if (!ids.has(delivery.id)) continue
        if (result.pausesWebhookFor !== null) {
          gone.set(result.pausesWebhookFor, [...(gone.get(result.pausesWebhookFor) ?? []), delivery.webhook_id])
        }
        if (result.settlement.state === 'pending') again.add(delivery.webhook_id)
      }
      const ended = batch.flatMap(({ delivery: { id, order_key }, result }) =>
        order_key !== null && ids.has(id) && result.settlement.state !== 'pending' ? [id] : [],
      )
      if (ended.length > 0) {
        await releaseWaiting(tx, { ids: ended, nowMs: world.now() })
        world.db.afterCommit(wake)
      }
      for (const [reason, webhookIds] of gone) await pauseWebhook(world, tx, [...new Set(webhookIds)], reason)
      // The time until the next retry may be shorter than what the worker rests for.
      if (again.size > 0) world.db.afterCommit(wake)
      if (again.size > 0) await cancelOfDeleted(tx, world.db.engine, [...again], world.now())
      return ids
    })
    for (const { delivery, result } of batch) {
      secretUse.note(result.secretUse)
      if (settled.has(delivery.id)) metrics.settled(result, delivery, world.now())
      else {
        metrics.fenced()
        world.log.warn({ delivery: delivery.public_id }, 'a late answer was dropped: the lease had lapsed')
      }
    }
  }

  const local: LocalWorker = {
    name,
    render: createRenderer(() => world.config.publicUrl ?? ''),
    room: () => (loop === undefined || stopping ? 0 : SENDS_MAX - sending),
    loadReceivers,
    take: send,
  }

  let stopped: Promise<void> | undefined
  async function stopAll(): Promise<void> {
    stopping = true
    wake()
    await stopListening?.()
    await loop
    const grace = setTimeout(() => cutOff.abort(), STOP_GRACE_MS)
    await settled()
    clearTimeout(grace)
    await secretUse.stop()
    // What a change still claims for this worker is given back at once.
    cutOff.abort()
  }

  async function settled(): Promise<void> {
    while (inProgress.size > 0) await Promise.allSettled(inProgress)
  }

  return {
    ...local,
    settled,
    async start() {
      if (world.db.engine.isExclusive) await world.db.transaction((tx) => endLeases(tx, world.db.engine, world.now()))
      stopListening = await world.db.listen(wake)
      loop = run()
    },
    stop() {
      stopped ??= stopAll()
      return stopped
    },
    wake,
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
