import type { AttemptOutcome } from '../../src/deliveries/outcome.ts'
import type { AttemptTiming, Sender } from '../../src/deliveries/send.ts'
import type { Dice } from './dice.ts'
import type { UnderWay } from './faulty-database.ts'
import type { Life } from './life.ts'
import type { Schedule } from './schedule.ts'

/** What a receiver, or the network before it, does with a request. */
const BEHAVIOURS = {
  accepts: true,
  /** Just within the time of an attempt. */
  acceptsSlowly: true,
  /** Accepted, but the sender never hears of it. */
  acceptsAndHangs: true,
  acceptsAndResets: true,
  acceptsAndItsSenderDies: true,
  refusesConnections: false,
  hangs: false,
  fails: false,
  isBusy: false,
  isUnauthorized: false,
  rejects: false,
  isGone: false,
} as const

export type Behaviour = keyof typeof BEHAVIOURS

/** How often a receiver does what. */
export type Temper = Partial<Record<Behaviour, number>>

/** A request as the receiver sees it. */
export type ReceivedRequest = {
  life: Life
  webhook: string
  messageId: string
  body: string
  startedAt: number
  behaviour: Behaviour
  /** The receiver has acted on it. */
  isAccepted: boolean
  /** The sender was told so. */
  isAnswered: boolean
  /** What it asked for with its answer. */
  retryAfterMs: number | undefined
  /** Its sender has it open, and has neither died nor been frozen since. */
  isOpen: boolean
}

export type Network = {
  dice: Dice
  schedule: Schedule
  /** By the name of the webhook. */
  tempers: Map<string, Temper>
  /** In the order in which they began. */
  requests: ReceivedRequest[]
  underWay: Set<UnderWay>
  trace(line: string): void
  began(request: ReceivedRequest): void
  died(life: Life, how: string): void
}

const ATTEMPT_TIMEOUT_MS = 30_000

/** The production sender's place is taken by the network itself: its outcomes, its time-out, its way of being cut off. */
export function sendingOver(network: Network, life: Life): Sender {
  const { dice, schedule } = network
  return {
    send({ target, headers, body, signal }) {
      if (signal?.aborted) return Promise.resolve({ outcome: { kind: 'interrupted' }, timing: timingOf(0) })
      const webhook = target.hostname.split('.')[0]!
      const behaviour = dice.weighted(network.tempers.get(webhook) ?? { accepts: 1 })
      const request: ReceivedRequest = {
        life,
        webhook,
        messageId: headers['webhook-id'] ?? '',
        body: Buffer.from(body).toString('utf8'),
        startedAt: schedule.nowMs(),
        behaviour,
        isAccepted: BEHAVIOURS[behaviour],
        isAnswered: false,
        retryAfterMs: behaviour === 'isBusy' ? dice.pick([1_000, 90_000, 7_200_000, 9e9]) : undefined,
        isOpen: true,
      }
      network.requests.push(request)
      const awaited = { life }
      network.underWay.add(awaited)
      life.onTrouble(() => {
        request.isOpen = false
      })
      network.began(request)

      return new Promise((resolve) => {
        let hasEnded = false
        const end = (outcome: AttemptOutcome) => {
          network.underWay.delete(awaited)
          if (hasEnded) return
          hasEnded = true
          request.isOpen = false
          request.isAnswered = outcome.kind === 'answered' && outcome.status === 200
          resolve({ outcome, timing: timingOf(schedule.nowMs() - request.startedAt) })
        }
        signal?.addEventListener('abort', () => life.deliver(() => end({ kind: 'interrupted' })), { once: true })
        schedule.after(durationMs(behaviour, dice), () => {
          if (behaviour === 'acceptsAndItsSenderDies' && life.isAlive) network.died(life, 'while its request was open')
          else life.deliver(() => end(outcomeOf(behaviour, request)))
        })
      })
    },
    close: async () => {},
  }
}

function durationMs(behaviour: Behaviour, dice: Dice): number {
  switch (behaviour) {
    case 'acceptsSlowly':
      return dice.between(1_000, ATTEMPT_TIMEOUT_MS - 1)
    case 'acceptsAndHangs':
    case 'hangs':
      return ATTEMPT_TIMEOUT_MS
    case 'refusesConnections':
      return dice.between(0, 5)
    default:
      return dice.between(1, 300)
  }
}

function outcomeOf(behaviour: Behaviour, { retryAfterMs }: ReceivedRequest): AttemptOutcome {
  const answered = (status: number): AttemptOutcome => ({
    kind: 'answered',
    status,
    headers: {},
    body: Buffer.alloc(0),
    isBodyCut: false,
    retryAfterMs,
  })
  switch (behaviour) {
    case 'accepts':
    case 'acceptsSlowly':
    case 'acceptsAndItsSenderDies':
      return answered(200)
    case 'fails':
      return answered(503)
    case 'isBusy':
      return answered(429)
    case 'isUnauthorized':
      return answered(401)
    case 'rejects':
      return answered(400)
    case 'isGone':
      return answered(410)
    case 'acceptsAndHangs':
      return { kind: 'timed-out', phase: 'answer', afterMs: ATTEMPT_TIMEOUT_MS }
    case 'hangs':
      return { kind: 'timed-out', phase: 'connect', afterMs: ATTEMPT_TIMEOUT_MS }
    case 'acceptsAndResets':
      return { kind: 'unreachable', reason: 'reset', code: 'ECONNRESET' }
    case 'refusesConnections':
      return { kind: 'unreachable', reason: 'refused', code: 'ECONNREFUSED' }
  }
}

function timingOf(totalMs: number): AttemptTiming {
  return { isReused: false, dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs }
}
