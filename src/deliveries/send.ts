import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import type { Dispatcher } from 'undici'
import type { HostResolver } from '../runtime/resolve-host.ts'
import { VERSION } from '../runtime/version.ts'
import type { AddressPolicy } from '../webhooks/address-policy.ts'
import { DIRECT, type Egress } from '../webhooks/egress.ts'
import type { WebhookTarget } from '../webhooks/webhook-url.ts'
import {
  ConnectFailure,
  type Connection,
  type ConnectionGuard,
  createConnection,
  type OpeningTimes,
  outcomeOfError,
} from './connection.ts'
import {
  ANSWER_BODY_BYTES_MAX,
  ANSWER_BODY_MS_MAX,
  type AnsweredOutcome,
  type AttemptOutcome,
  type BodyCut,
  retryAfterMs,
} from './outcome.ts'

/** Standard Webhooks asks for 15 to 30 s; the long end suits receivers that start work before they answer. */
export const ATTEMPT_TIMEOUT_MS = 30_000

/** Connections kept open for the next request, over all receivers. */
const IDLE_CONNECTIONS_MAX = 512

const USER_AGENT = `Tripline/${VERSION}`

export type SendRequest = {
  readonly target: WebhookTarget
  /** Names in lower case. `user-agent` is added unless it is there; lengths and the host are the sender's business. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Aborting it ends the attempt as `interrupted`. One signal may serve any number of requests. */
  readonly signal?: AbortSignal | undefined
}

/** Where the time of an attempt went, in whole milliseconds; `null` where it did not get, or did not need to. */
export type AttemptTiming = {
  /** An open connection was used: there was nothing to look up, connect or agree on. */
  readonly isReused: boolean
  readonly dnsMs: number | null
  readonly connectMs: number | null
  readonly tlsMs: number | null
  /** From the request to the first byte of its answer. */
  readonly firstByteMs: number | null
  readonly totalMs: number
}

export type Sender = {
  /**
   * Make one POST request and return what came of it; it rejects only on a bug.
   *
   * The attempt as a whole takes no longer than the time-out, whatever the receiver does: look-up, connection, TLS,
   * request and answer together. Redirects are not followed, bodies not decompressed.
   *
   * With its status and headers an attempt is answered. Of the body at most 64 KiB are read, for at most 5 s; a body
   * that has not ended by then, or that breaks off, is cut, and its connection closed.
   */
  send(request: SendRequest): Promise<{ outcome: AttemptOutcome; timing: AttemptTiming }>
  /** Idempotent. Interrupts what is under way, closes every connection, and ends later sends as `interrupted`. */
  close(): Promise<void>
}

/**
 * A sender with its own connections. They are shared by all webhooks of the same origin and opened as needed, so that
 * a receiver that hangs keeps nobody waiting: how many requests go to one receiver at once is the caller's to limit.
 */
export function createSender(options: {
  policy: AddressPolicy
  resolveHost: HostResolver
  /** Directly unless said otherwise. */
  egress?: Egress
  /** In PEM, trusted besides the well-known ones. */
  authorities?: readonly string[]
  timeoutMs?: number
  bodyTimeoutMs?: number
  /** Milliseconds since the epoch, to read dates in answers. */
  now?: () => number
}): Sender {
  const pool = createPool({
    policy: options.policy,
    resolveHost: options.resolveHost,
    egress: options.egress ?? DIRECT,
    secureContext: trusting(options.authorities ?? []),
    tlsSessions: new Map(),
  })
  const limits = {
    timeoutMs: options.timeoutMs ?? ATTEMPT_TIMEOUT_MS,
    bodyTimeoutMs: options.bodyTimeoutMs ?? ANSWER_BODY_MS_MAX,
  }
  const now = options.now ?? Date.now
  const underWay = new Set<Exchange>()
  const watchedSignals = new WeakSet<AbortSignal>()
  let closed: Promise<void> | undefined

  function interrupt(signal?: AbortSignal): void {
    for (const exchange of underWay) {
      if (signal === undefined || exchange.request.signal === signal) exchange.interrupt()
    }
  }

  /** One listener a signal, not one a request: a worker has the same signal for all it sends. */
  function watch(signal: AbortSignal): void {
    if (watchedSignals.has(signal)) return
    watchedSignals.add(signal)
    signal.addEventListener('abort', () => interrupt(signal), { once: true })
  }

  return {
    send(request) {
      return new Promise((resolve, reject) => {
        if (closed !== undefined || request.signal?.aborted) {
          resolve({ outcome: { kind: 'interrupted' }, timing: NO_TIMING })
          return
        }
        if (request.signal !== undefined) watch(request.signal)
        const exchange = new Exchange(request, pool, limits, now, (outcome, timing, bug) => {
          underWay.delete(exchange)
          if (bug === undefined) resolve({ outcome, timing })
          else reject(bug)
        })
        underWay.add(exchange)
        exchange.begin()
      })
    },
    close() {
      if (closed === undefined) {
        interrupt()
        closed = pool.close()
      }
      return closed
    },
  }
}

const NO_TIMING: AttemptTiming = {
  isReused: false,
  dnsMs: null,
  connectMs: null,
  tlsMs: null,
  firstByteMs: null,
  totalMs: 0,
}

type Pool = {
  take(target: WebhookTarget): Connection
  /** Back for the next request, whole and idle. */
  giveBack(connection: Connection): void
  discard(connection: Connection): void
  close(): Promise<void>
}

/** Made once: a context of one's own for each connection would parse all authorities anew, some 40 ms each time. */
function trusting(authorities: readonly string[]): SecureContext | undefined {
  if (authorities.length === 0) return undefined
  return createSecureContext({ ca: [...getCACertificates('default'), ...authorities] })
}

function createPool(guard: ConnectionGuard): Pool {
  const all = new Set<Connection>()
  const idle = new Map<string, Connection[]>()
  let idleCount = 0

  function discard(connection: Connection): void {
    all.delete(connection)
    void connection.close()
  }

  function removeIdle(connection: Connection): boolean {
    const waiting = idle.get(connection.origin)
    const index = waiting?.indexOf(connection) ?? -1
    if (waiting === undefined || index === -1) return false
    waiting.splice(index, 1)
    if (waiting.length === 0) idle.delete(connection.origin)
    idleCount -= 1
    return true
  }

  return {
    take(target) {
      // The one used last: it is the likeliest to be open still, and the others may grow old and close.
      const connection = idle.get(target.origin)?.at(-1)
      if (connection !== undefined) {
        removeIdle(connection)
        connection.phase = 'answer'
        return connection
      }
      const fresh = createConnection(guard, target)
      fresh.client.on('disconnect', () => {
        if (removeIdle(fresh)) discard(fresh)
      })
      all.add(fresh)
      return fresh
    },
    giveBack(connection) {
      if (connection.isClosed || idleCount >= IDLE_CONNECTIONS_MAX) {
        discard(connection)
        return
      }
      const waiting = idle.get(connection.origin)
      if (waiting === undefined) idle.set(connection.origin, [connection])
      else waiting.push(connection)
      idleCount += 1
    },
    discard,
    async close() {
      await Promise.all([...all].map((connection) => connection.close()))
    },
  }
}

type Limits = { readonly timeoutMs: number; readonly bodyTimeoutMs: number }

/** One request and its answer, as undici tells of them. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly request: SendRequest
  readonly #pool: Pool
  readonly #connection: Connection
  readonly #limits: Limits
  readonly #now: () => number
  readonly #ended: (outcome: AttemptOutcome, timing: AttemptTiming, bug?: Error) => void
  readonly #beganAt = performance.now()
  #timer: NodeJS.Timeout | undefined
  #hasEnded = false
  #opening: OpeningTimes | undefined
  #sentAt = 0
  #firstByteMs: number | null = null
  #status: number | undefined
  #headers: Record<string, string | string[] | undefined> = {}
  #chunks: Buffer[] = []
  #bodyBytes = 0

  constructor(
    request: SendRequest,
    pool: Pool,
    limits: Limits,
    now: () => number,
    ended: (outcome: AttemptOutcome, timing: AttemptTiming, bug?: Error) => void,
  ) {
    this.request = request
    this.#pool = pool
    this.#connection = pool.take(request.target)
    this.#limits = limits
    this.#now = now
    this.#ended = ended
  }

  begin(): void {
    const { timeoutMs } = this.#limits
    this.#timer = setTimeout(() => {
      const { phase } = this.#connection
      if (phase === 'proxy') this.end({ kind: 'proxy-failed', reason: 'timed-out', code: 'ETIMEDOUT' })
      else this.end({ kind: 'timed-out', phase, afterMs: timeoutMs })
    }, timeoutMs)
    const { target, headers, body } = this.request
    this.#connection.client.dispatch(
      {
        method: 'POST',
        path: target.path,
        headers: headers['user-agent'] === undefined ? { ...headers, 'user-agent': USER_AGENT } : headers,
        body,
      },
      this,
    )
  }

  /** A stop of this server. An answer whose headers have come stands: to ask again would have the receiver act again. */
  interrupt(): void {
    this.end(this.#status === undefined ? { kind: 'interrupted' } : this.#answer('stop'))
  }

  /** The first end counts; with any but a complete answer the connection is closed. */
  end(outcome: AttemptOutcome, bug?: Error): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearTimeout(this.#timer)
    if (outcome.kind === 'answered' && !outcome.isBodyCut) this.#pool.giveBack(this.#connection)
    else this.#pool.discard(this.#connection)
    const opening = this.#opening ?? this.#connection.openingTimes
    const timing: AttemptTiming = {
      isReused: opening === undefined && this.#sentAt !== 0,
      dnsMs: wholeMs(opening?.dnsMs),
      connectMs: wholeMs(opening?.connectMs),
      tlsMs: wholeMs(opening?.tlsMs),
      firstByteMs: wholeMs(this.#firstByteMs),
      totalMs: Math.round(performance.now() - this.#beganAt),
    }
    this.#ended(outcome, timing, bug)
  }

  onRequestStart(): void {
    this.#opening = this.#connection.openingTimes
    this.#connection.openingTimes = undefined
    this.#connection.phase = 'answer'
    this.#connection.awaitsHead = true
    this.#sentAt = performance.now()
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ) {
    // 103 and its like come before the answer.
    if (status < 200) return
    const nowMs = performance.now()
    this.#firstByteMs = nowMs - this.#sentAt
    this.#status = status
    this.#headers = headers
    const leftMs = Math.max(0, this.#limits.timeoutMs - (nowMs - this.#beganAt))
    clearTimeout(this.#timer)
    // Always the same length but at the end of an attempt: Node keeps timers of one length in one list.
    this.#timer = setTimeout(() => this.end(this.#answer('time')), Math.min(this.#limits.bodyTimeoutMs, leftMs))
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#hasEnded) return
    const roomBytes = ANSWER_BODY_BYTES_MAX - this.#bodyBytes
    if (chunk.length <= roomBytes) {
      this.#chunks.push(chunk)
      this.#bodyBytes += chunk.length
      return
    }
    this.#chunks.push(chunk.subarray(0, roomBytes))
    this.end(this.#answer('size'))
  }

  onResponseEnd(): void {
    this.end(this.#answer())
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#hasEnded) return
    if (error instanceof ConnectFailure) {
      this.end(error.outcome)
      return
    }
    try {
      const outcome = outcomeOfError(error, this.#connection, performance.now() - this.#beganAt)
      this.end(this.#status === undefined ? outcome : this.#answer('connection'))
    } catch {
      this.end({ kind: 'interrupted' }, error)
    }
  }

  #answer(cutBy?: BodyCut): AnsweredOutcome {
    const [only] = this.#chunks
    return {
      kind: 'answered',
      status: this.#status ?? 0,
      headers: this.#headers,
      // A copy in any case: undici's chunks are windows on larger buffers.
      body: this.#chunks.length === 1 && only !== undefined ? Buffer.from(only) : Buffer.concat(this.#chunks),
      isBodyCut: cutBy !== undefined,
      ...(cutBy === undefined ? {} : { bodyCutBy: cutBy }),
      retryAfterMs: retryAfterMs(this.#headers, this.#now()),
    }
  }
}

function wholeMs(ms: number | null | undefined): number | null {
  return ms === undefined || ms === null ? null : Math.round(ms)
}
