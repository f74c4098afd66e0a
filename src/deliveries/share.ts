import { assert } from '../runtime/assert.ts'

/**
 * How one worker shares the requests it may have open among the receivers it sends to.
 *
 * A cap bounds each webhook, but a hundred receivers that hang at once fill every worker for the time of an attempt, and
 * their circuits open only after it. So the first half of a worker's requests is for whoever comes, and the rest for
 * receivers that are quick: those whose last request ended soon and who have none open that did not. Of the third
 * quarter, one that is not known to be quick may have one request open, by which it can show that it is.
 *
 * Hundreds of requests that begin at once hold up all else, most of all when each opens a connection. So a receiver
 * gets a few at once, more as its answers come, and the others one by one.
 */

/** Parts of the requests that one worker may have open at once. Each webhook's own cap holds besides. */
const PARTS = {
  /** Up to here the requests are for whoever comes. */
  free: 1 / 2,
  /** From here on they are for quick receivers alone. */
  wary: 3 / 4,
  /** What one quick receiver may have open beyond the free ones, up to `wary` and after it: it may come to hang, too. */
  shareWary: 1 / 16,
  shareLast: 1 / 64,
}

/** Longer than a receiver takes that answers first and works afterwards. */
export const SLOW_MS = 2_000

/** Requests to one receiver that may start at once: at first, more for each that has ended, and at most. */
export const STARTS = { first: 16, perEnded: 2, max: 256 }

/** From one start to the next beyond them: 250 a second, with connections to open a fifth of what a process can do. */
export const START_INTERVAL_MS = 4

const KNOWN_MAX = 10_000

/** Which webhooks a claim may be for, and for how many deliveries in all. */
export type Share = {
  /** Most deliveries to claim. */
  readonly limit: number
  /** `any`: all webhooks; `except` and `only` these. */
  readonly mode: 'any' | 'except' | 'only'
  readonly webhookIds: readonly number[]
  /** How many of `wanted` deliveries this webhook may have; counted as had. */
  grant(webhookId: number, wanted: number): number
}

/** A request under way, as `begun` gives it out. `startsAt`: not to be sent before. */
export type Begun = { receiver: ReceiverUse; readonly at: number; readonly startsAt: number }

/** `starts`: how many may begin at once; `startsNext`: when one may that is beyond them. */
type ReceiverUse = {
  origin: string | undefined
  open: Set<Begun>
  wasQuick: boolean
  endedAt: number
  starts: number
  startsNext: number
}

/**
 * The book of one worker. Times are of one clock, in milliseconds.
 *
 * - `sendsMax`: requests it may have open at once, at least 4, so that each part has one.
 */
export function createShares(sendsMax: number) {
  assert(sendsMax >= 4, 'each part of the requests has at least one')
  const part = (of: number) => Math.max(1, Math.floor(sendsMax * of))
  const freeMax = part(PARTS.free)
  const waryMax = part(PARTS.wary)
  const shareWary = part(PARTS.shareWary)
  const shareLast = part(PARTS.shareLast)
  const ofWebhook = new Map<number, ReceiverUse>()
  const ofOrigin = new Map<string, ReceiverUse>()

  function useOf(webhookId: number): ReceiverUse {
    const known = ofWebhook.get(webhookId)
    if (known !== undefined) return known
    const use = newUse(undefined)
    remember(ofWebhook, webhookId, use)
    return use
  }

  function isQuick(use: ReceiverUse, now: number): boolean {
    const [oldest] = use.open
    return oldest === undefined ? use.wasQuick : use.wasQuick && now - oldest.at <= SLOW_MS
  }

  return {
    /** How many may be open at once, and up to how many they are for whoever comes. */
    sendsMax,
    freeMax,
    begun(webhookId: number, now: number): Begun {
      const receiver = useOf(webhookId)
      const begun: Begun = { receiver, at: now, startsAt: takeStart(receiver, now) }
      receiver.open.add(begun)
      return begun
    },
    ended(begun: Begun, now: number): void {
      const { receiver } = begun
      receiver.open.delete(begun)
      receiver.wasQuick = now - begun.at <= SLOW_MS
      receiver.starts = Math.min(STARTS.max, startsLeft(receiver, now) + STARTS.perEnded)
      receiver.endedAt = now
    },
    /** Webhooks of one origin, such as `https://jenkins.internal`, are one receiver from now on. */
    isAt(webhookId: number, origin: string): void {
      const current = useOf(webhookId)
      if (current.origin === origin) return
      const known = ofOrigin.get(origin)
      if (known !== undefined) {
        remember(ofWebhook, webhookId, known)
        // What was begun before anybody knew where it goes.
        for (const begun of current.origin === undefined ? current.open : []) {
          begun.receiver = known
          known.open.add(begun)
        }
      } else if (current.origin === undefined) remember(ofOrigin, origin, Object.assign(current, { origin }))
      else {
        // One that moved does not take its past with it; what is open ends where it began.
        const use = newUse(origin)
        remember(ofWebhook, webhookId, use)
        remember(ofOrigin, origin, use)
      }
    },
    /** What may be claimed while the worker has `sending` requests open. */
    share(sending: number, claimMax: number, now: number): Share {
      if (sending < freeMax) {
        const limit = Math.min(claimMax, freeMax - sending)
        return { limit, mode: 'any', webhookIds: [], grant: (_, wanted) => wanted }
      }
      const isWary = sending < waryMax
      const granted = new Map<ReceiverUse, number>()
      const left = (use: ReceiverUse) => {
        const most = isQuick(use, now) ? (isWary ? shareWary : shareLast) : isWary ? 1 : 0
        return Math.max(0, most - use.open.size - (granted.get(use) ?? 0))
      }
      return {
        limit: Math.min(claimMax, Math.max(0, (isWary ? waryMax : sendsMax) - sending)),
        mode: isWary ? 'except' : 'only',
        webhookIds: [...ofWebhook].flatMap(([id, use]) => (left(use) > 0 === isWary ? [] : [id])),
        grant(webhookId, wanted) {
          const use = useOf(webhookId)
          const had = Math.min(wanted, left(use))
          granted.set(use, (granted.get(use) ?? 0) + had)
          return had
        },
      }
    },
  }
}

function newUse(origin: string | undefined): ReceiverUse {
  return {
    origin,
    open: new Set(),
    wasQuick: false,
    endedAt: Number.NEGATIVE_INFINITY,
    starts: STARTS.first,
    startsNext: Number.NEGATIVE_INFINITY,
  }
}

/** What requests that ended have earned lapses when none ends any more. */
function startsLeft(receiver: ReceiverUse, now: number): number {
  if (receiver.open.size === 0) return Math.max(receiver.starts, STARTS.first)
  return now - receiver.endedAt > SLOW_MS ? Math.min(receiver.starts, STARTS.first) : receiver.starts
}

/** When one more request to the receiver may start. */
function takeStart(receiver: ReceiverUse, now: number): number {
  const left = startsLeft(receiver, now)
  receiver.starts = Math.max(0, left - 1)
  if (left > 0) return now
  const startsAt = Math.max(now, receiver.startsNext)
  receiver.startsNext = startsAt + START_INTERVAL_MS
  return startsAt
}

/** The one that was remembered first makes room. */
function remember<Key>(map: Map<Key, ReceiverUse>, key: Key, use: ReceiverUse): void {
  map.delete(key)
  map.set(key, use)
  for (const oldest of map.keys()) {
    if (map.size <= KNOWN_MAX) break
    map.delete(oldest)
  }
}
