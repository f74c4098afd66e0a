import { randomBytes } from 'node:crypto'
import type { Registry } from 'prom-client'
import {
  createReceiverLoader,
  createSecretUseLog,
  type HealthChange,
  noteAttempts,
  type Observation,
  pauseWebhook,
} from '../webhooks/operations.ts'
import type { Receivers } from '../webhooks/operations-receivers.ts'
import type { LocalWorker, World } from '../world.ts'
import { type AttemptResult, makeAttempt } from './attempt.ts'
import { createDeliveryMetrics } from './metrics.ts'
import { CLAIM_MAX, type Claim, claimDue, LEASE_MS } from './operations-claiming.ts'
import { createRenderer } from './rendering.ts'
import { ATTEMPT_TIMEOUT_MS } from './send.ts'
import { type Begun, createShares } from './share.ts'
import {
  type ClaimedDelivery,
  cancelOfDeleted,
  endLeases,
  findNextDue,
  reclaimLapsed,
  settleAttempts,
} from './store.ts'
import { releaseWaiting } from './store-order.ts'

/** A send is not begun with less lease left than this: its answer could not be settled any more. */
const LEASE_LEFT_MS_MIN = ATTEMPT_TIMEOUT_MS + 5_000

/** The net below the wake-ups: how long a wake-up that got lost can delay a delivery. */
const POLL_MS_MAX = { sqlite: 5_000, postgres: 1_000 }

/** How often leases that have lapsed are looked for, by a worker that does not rest for longer. */
const RECLAIM_INTERVAL_MS = 1_000

/** How long sends in progress may go on at a stop before they are cut off and go back into the queue. */
const STOP_GRACE_MS = 3_000

const REST_MS_MIN = 5

/** The same where something is due and yet was not claimed: another worker is just claiming for that webhook. */
const TAKEN_REST_MS_MIN = 20

/** The same while what is due may be held back because slow receivers have most of the requests: see `share.ts`. */
const CROWDED_REST_MS_MIN = 100

const PAUSE_AFTER_FAILURE_MS = 1_000

/**
 * Of what a request takes of late, the part that an answer may wait for others to be settled with; up to a bound, and not
 * at all below what a timer is good for. Where receivers are slow and many requests are open, answers come one by one, and
 * each would cost a settlement and a claim of its own.
 */
const PATIENCE = { part: 1 / 8, msMin: 3, msMax: 10, openMin: 8 }

/** Turns of the event loop in which answers that come are settled together: some milliseconds where many come. */
const ANSWER_TURNS_MAX = 16

/** Answers settled in one transaction: hundreds may time out at once, and what they cost must not hold up all else. */
const SETTLED_AT_ONCE_MAX = 64

/** Requests begun in one turn of the event loop: each may open a connection, and others wait for the turn to end. */
const BEGUN_AT_ONCE_MAX = 8

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
  const shares = createShares(world.config.workerRequestsMax)
  const cutOff = new AbortController()

  let stopping = false
  const waits = new Set<() => void>()
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
        const cancel = world.clock.after(ms, resolve)
        ring = () => {
          cancel()
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
        if (world.clock.elapsedMs() - reclaimedAt >= RECLAIM_INTERVAL_MS) {
          await world.db.transaction((tx) => reclaimLapsed(tx, world.now()))
          reclaimedAt = world.clock.elapsedMs()
        }
        const isFull = sending >= shares.sendsMax
        // Until the next look: what settles meanwhile may be what others wait for.
        waitsForRoom = true
        const mayBeMore = !isFull && (await claimAndSend())
        if (mayBeMore) continue
        if (ringing) {
          ringing = false
          continue
        }
        const { untilDueMs, isHeldUp } = await findNextDue(world.db.read, world.now())
        const isCrowded = sending >= shares.freeMax
        waitsForRoom = isHeldUp || isFull || isCrowded
        const isTaken = untilDueMs === 0 && !world.db.engine.isExclusive
        const restMsMin = isCrowded ? CROWDED_REST_MS_MIN : isTaken ? TAKEN_REST_MS_MIN : REST_MS_MIN
        const waitMs = Math.max(untilDueMs ?? Number.POSITIVE_INFINITY, restMsMin)
        await rest(Math.min(waitMs, POLL_MS_MAX[world.db.engine.name]))
      } catch (error) {
        world.log.error({ err: error }, 'claiming deliveries failed')
        await rest(PAUSE_AFTER_FAILURE_MS)
      }
    }
  }

  /** Resolves to whether a bound ended the claim, so that there may be more to claim at once. */
  async function claimAndSend(): Promise<boolean> {
    const leasedAt = world.clock.elapsedMs()
    const { claims, isAll } = await claimDue(world, local, shares.share(sending, CLAIM_MAX, leasedAt))
    if (claims.length === 0) return false
    send(claims, loadReceivers(claims.map(({ delivery }) => delivery.webhook_id)), leasedAt)
    return !isAll
  }

  /** If `receivers` fails the leases lapse, and the deliveries are claimed again. */
  function send(claims: readonly Claim[], receivers: Promise<Receivers>, leasedAt: number): void {
    sending += claims.length
    let turn: Promise<void> | undefined
    for (const [index, { delivery, prepared }] of claims.entries()) {
      const begun = shares.begun(delivery.webhook_id, world.clock.elapsedMs())
      if (index > 0 && index % BEGUN_AT_ONCE_MAX === 0) turn = (turn ?? Promise.resolve()).then(world.clock.nextTurn)
      const itsTurn = turn
      attempt(delivery, begun, async () => {
        await itsTurn
        const isItsTime = await waitUntil(begun.startsAt)
        const receiver = (await receivers).get(delivery.webhook_id)
        if (receiver !== undefined && 'target' in receiver) {
          shares.isAt(delivery.webhook_id, receiver.target.origin)
          if (receiver.isFailing) failing.add(delivery.webhook_id)
        }
        const leaseLeftMs = LEASE_MS - (world.clock.elapsedMs() - leasedAt)
        return makeAttempt(world, world.sender, {
          delivery,
          prepared: isItsTime && leaseLeftMs >= LEASE_LEFT_MS_MIN ? prepared : { kind: 'too-late' },
          receiver,
          signal: cutOff.signal,
        })
      })
    }
  }

  /** Resolves to whether it was waited for: a stop ends all waiting. */
  async function waitUntil(elapsedMs: number): Promise<boolean> {
    const ms = elapsedMs - world.clock.elapsedMs()
    if (ms <= 0) return true
    if (stopping) return false
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        waits.delete(end)
        resolve(false)
      }
      const cancel = world.clock.after(ms, () => {
        waits.delete(end)
        resolve(true)
      })
      waits.add(end)
    })
  }

  function attempt(delivery: ClaimedDelivery, begun: Begun, make: () => Promise<AttemptResult>): void {
    const ended = make().finally(() => {
      const now = world.clock.elapsedMs()
      shares.ended(begun, now)
      requestMs += (now - begun.at - requestMs) / 16
    })
    const done = ended.then(
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
      if (waitsForRoom && (!world.db.engine.isExclusive || sending + 1 >= shares.freeMax) && !isMoreToSettle) wake()
    })
  }

  const inProgress = new Set<Promise<unknown>>()
  /** Webhooks whose receiver failed last, as far as this worker knows: that it accepts again is to be written down. */
  const failing = new Set<number>()
  /** What a request takes, the last ones counting most. */
  let requestMs = 0
  const unsettled: { delivery: ClaimedDelivery; result: AttemptResult; done(): void }[] = []
  let settling = false
  /** More have been answered than were just settled: one claim for the room of all, not one that the larger waits for. */
  let isMoreToSettle = false

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
      await moreAnswers()
      const batch = unsettled.splice(0, SETTLED_AT_ONCE_MAX)
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
      isMoreToSettle = unsettled.length > batch.length
      for (const { done } of batch) done()
    }
    settling = false
  }

  /** Resolves when what has been answered by then is to be settled in one go. */
  async function moreAnswers(): Promise<void> {
    const patienceMs = Math.min(requestMs * PATIENCE.part, PATIENCE.msMax)
    if (patienceMs >= PATIENCE.msMin && sending >= PATIENCE.openMin && !stopping) {
      await waitUntil(world.clock.elapsedMs() + patienceMs)
      return
    }
    // As long as each turn of the loop brings some.
    let seen = 0
    for (let turn = 0; turn < ANSWER_TURNS_MAX && unsettled.length > seen; turn++) {
      seen = unsettled.length
      await world.clock.nextTurn()
    }
  }

  async function settleBatch(batch: readonly { delivery: ClaimedDelivery; result: AttemptResult }[]): Promise<void> {
    const settlements = batch.map(({ delivery, result }) => ({
      deliveryId: delivery.id,
      worker: name,
      claim: delivery.claim_count,
      ...result.settlement,
      delivery,
      result,
    }))
    const { settled, news, changes } = await world.db.transaction(async (tx) => {
      const settled = await settleAttempts(tx, world.now(), settlements)
      const gone = new Map<string, number[]>()
      const again = new Set<number>()
      for (const { delivery, result } of settled) {
        if (result.pausesWebhookFor !== null) {
          gone.set(result.pausesWebhookFor, [...(gone.get(result.pausesWebhookFor) ?? []), delivery.webhook_id])
        }
        if (result.settlement.state === 'pending') again.add(delivery.webhook_id)
      }
      const news = newsOf(settled)
      const changes = await noteAttempts(world, tx, news)
      const ended = settled.flatMap(({ delivery: { id, order_key }, state }) =>
        order_key !== null && state !== 'pending' ? [id] : [],
      )
      if (ended.length > 0) {
        await releaseWaiting(tx, { ids: ended, nowMs: world.now() })
        world.db.afterCommit(wake)
      }
      for (const [reason, webhookIds] of gone) await pauseWebhook(world, tx, [...new Set(webhookIds)], reason)
      // Whoever waited for the cool-down need not any more, on whatever process.
      if (changes.some(({ change }) => change === 'closed')) world.db.afterCommit(() => world.wakeWorkers())
      // The time until the next retry may be shorter than what the worker rests for.
      if (again.size > 0) world.db.afterCommit(wake)
      if (again.size > 0) await cancelOfDeleted(tx, world.db.engine, [...again], world.now())
      return { settled: new Set(settled), news, changes }
    })
    for (const { webhookId, observation } of news) {
      if (observation.kind === 'accepted') failing.delete(webhookId)
      else failing.add(webhookId)
    }
    tell(changes)
    for (const settlement of settlements) {
      const { delivery, result } = settlement
      secretUse.note(result.secretUse)
      if (settled.has(settlement)) metrics.settled(result, delivery, world.now())
      else {
        metrics.fenced()
        world.log.warn({ delivery: delivery.public_id }, 'a late answer was dropped: the lease had lapsed')
      }
    }
  }

  /** What of a batch says something new about a receiver: that a healthy one accepts does not, and writes nothing. */
  function newsOf(
    batch: readonly { delivery: ClaimedDelivery; result: AttemptResult }[],
  ): { webhookId: number; observation: Observation }[] {
    for (const { delivery, result } of batch) {
      if (result.observation !== null && result.observation.kind !== 'accepted') failing.add(delivery.webhook_id)
    }
    return batch.flatMap(({ delivery: { webhook_id }, result: { observation } }) =>
      observation !== null && failing.has(webhook_id) ? [{ webhookId: webhook_id, observation }] : [],
    )
  }

  function tell(changes: readonly HealthChange[]): void {
    for (const { webhook, change, reason } of changes) {
      metrics.healthChanged(change)
      if (change === 'closed') world.log.info({ webhook }, 'the receiver of a webhook answers again')
      else if (change === 'opened') {
        world.log.warn(
          { webhook, reason },
          'the receiver of a webhook is out: its deliveries wait, one at a time is tried',
        )
      } else world.log.warn({ webhook, reason }, 'a webhook was paused: its receiver has failed for days')
    }
  }

  const local: LocalWorker = {
    name,
    render: createRenderer(() => world.config.publicUrl ?? ''),
    // Beyond the free ones it takes a look at who is quick, which a claim has.
    room: () => (loop === undefined || stopping ? 0 : Math.max(0, shares.freeMax - sending)),
    loadReceivers,
    take: send,
  }

  let stopped: Promise<void> | undefined
  async function stopAll(): Promise<void> {
    stopping = true
    for (const end of waits) end()
    wake()
    await stopListening?.()
    await loop
    const endGrace = world.clock.after(STOP_GRACE_MS, () => cutOff.abort())
    await settled()
    endGrace()
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
