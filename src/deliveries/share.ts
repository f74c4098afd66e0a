/**
 * How one worker shares the requests it may have open among the receivers it sends to.
 *
 * A cap bounds each webhook, but a hundred receivers that hang at once fill every worker for the time of an attempt, and
 * their circuits open only after it. So the first half of a worker's requests is for whoever comes, and the rest for
 * receivers that are quick: those whose last request ended soon and who have none open that did not. Of the third
 * quarter, one that is not known to be quick may have one request open, by which it can show that it is.
 */

/** Requests one worker has open at once. Each webhook's own cap, at most a quarter of it, holds besides. */
export const SENDS_MAX = 1_024

/** Up to here the requests are for whoever comes. */
export const SENDS_FREE_MAX = SENDS_MAX / 2

/** From here on they are for quick receivers alone. */
const SENDS_WARY_MAX = (SENDS_MAX * 3) / 4

/** What one quick receiver may have open of the requests beyond the free ones: it may come to hang, too. */
const SHARE_WARY = 64
const SHARE_LAST = 16

/** Longer than a receiver takes that answers first and works afterwards. */
export const SLOW_MS = 2_000

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

/** A request under way, as `begun` gives it out. */
export type Begun = { receiver: ReceiverUse; readonly at: number }

type ReceiverUse = { origin: string | undefined; open: Set<Begun>; wasQuick: boolean }

/** The book of one worker. Times are of one clock, in milliseconds. */
export function createShares() {
  const ofWebhook = new Map<number, ReceiverUse>()
  const ofOrigin = new Map<string, ReceiverUse>()

  function useOf(webhookId: number): ReceiverUse {
    const known = ofWebhook.get(webhookId)
    if (known !== undefined) return known
    const use: ReceiverUse = { origin: undefined, open: new Set(), wasQuick: false }
    remember(ofWebhook, webhookId, use)
    return use
  }

  function isQuick(use: ReceiverUse, now: number): boolean {
    const [oldest] = use.open
    return oldest === undefined ? use.wasQuick : use.wasQuick && now - oldest.at <= SLOW_MS
  }

  return {
    begun(webhookId: number, now: number): Begun {
      const receiver = useOf(webhookId)
      const begun: Begun = { receiver, at: now }
      receiver.open.add(begun)
      return begun
    },
    ended(begun: Begun, now: number): void {
      begun.receiver.open.delete(begun)
      begun.receiver.wasQuick = now - begun.at <= SLOW_MS
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
        const use: ReceiverUse = { origin, open: new Set(), wasQuick: false }
        remember(ofWebhook, webhookId, use)
        remember(ofOrigin, origin, use)
      }
    },
    /** What may be claimed while the worker has `sending` requests open. */
    share(sending: number, claimMax: number, now: number): Share {
      if (sending < SENDS_FREE_MAX) {
        const limit = Math.min(claimMax, SENDS_FREE_MAX - sending)
        return { limit, mode: 'any', webhookIds: [], grant: (_, wanted) => wanted }
      }
      const isWary = sending < SENDS_WARY_MAX
      const granted = new Map<ReceiverUse, number>()
      const left = (use: ReceiverUse) => {
        const most = isQuick(use, now) ? (isWary ? SHARE_WARY : SHARE_LAST) : isWary ? 1 : 0
        return Math.max(0, most - use.open.size - (granted.get(use) ?? 0))
      }
      return {
        limit: Math.min(claimMax, Math.max(0, (isWary ? SENDS_WARY_MAX : SENDS_MAX) - sending)),
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

/** The one that was remembered first makes room. */
function remember<Key>(map: Map<Key, ReceiverUse>, key: Key, use: ReceiverUse): void {
  map.delete(key)
  map.set(key, use)
  for (const oldest of map.keys()) {
    if (map.size <= KNOWN_MAX) break
    map.delete(oldest)
  }
}
