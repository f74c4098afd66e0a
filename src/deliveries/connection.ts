import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Client, errors } from 'undici'
import type { HostResolver } from '../runtime/resolve-host.ts'
import { type AddressPolicy, judgeAddress } from '../webhooks/address-policy.ts'
import type { WebhookTarget } from '../webhooks/webhook-url.ts'
import type { AttemptOutcome, AttemptPhase } from './outcome.ts'

/**
 * One connection to a receiver, for one request at a time, opened when the first is sent and opened anew when it has
 * been closed meanwhile.
 *
 * The address policy is asked three times: about the host if it is an address, about every answer of the name service,
 * and about the address the socket has in the end, before TLS begins. Only addresses that were asked about are
 * connected to, so a name that changes its answer in between gains nothing.
 */
export type Connection = {
  readonly origin: string
  readonly client: Client
  /** What is being done for the request that is under way. */
  phase: AttemptPhase
  /** What it took to open it, as far as that got; of the last time it was opened, `undefined` once taken. */
  openingTimes: OpeningTimes | undefined
  isClosed: boolean
  /** Also in the midst of opening. What is under way fails. */
  close(): Promise<void>
}

export type OpeningTimes = { dnsMs: number | null; connectMs: number | null; tlsMs: number | null }

export type ConnectionGuard = {
  readonly policy: AddressPolicy
  readonly resolveHost: HostResolver
  /** TLS sessions by origin, to be resumed. */
  readonly tlsSessions: Map<string, Buffer>
}

/** Why a connection could not be opened, already as the outcome it leads to. */
export class ConnectFailure extends Error {
  readonly outcome: AttemptOutcome

  constructor(outcome: AttemptOutcome) {
    super(`cannot connect: ${outcome.kind}`)
    this.name = 'ConnectFailure'
    this.outcome = outcome
  }
}

/** Enough for a far receiver; Node's 250 ms would give up on an ocean crossing that loses one packet. */
const ADDRESS_TIMEOUT_MS = 2_000
/** Idle connections are closed this long after their last answer, unless the receiver says when it will close them. */
const KEEP_ALIVE_MS = 4_000
const KEEP_ALIVE_MS_MAX = 60_000
const ANSWER_HEADER_BYTES_MAX = 16 * 1024
const TLS_SESSIONS_MAX = 1_000

export function createConnection(guard: ConnectionGuard, target: WebhookTarget): Connection {
  let opening: Socket | undefined
  const connection: Connection = {
    origin: target.origin,
    client: new Client(target.origin, {
      connect: (_, callback) => {
        open().then(
          (socket) => callback(null, socket),
          (error: Error) => callback(error, null),
        )
      },
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS_MAX,
      maxHeaderSize: ANSWER_HEADER_BYTES_MAX,
      // The sender's own clock runs over the whole attempt.
      headersTimeout: 0,
      bodyTimeout: 0,
    }),
    phase: 'dns',
    openingTimes: undefined,
    isClosed: false,
    close() {
      connection.isClosed = true
      opening?.destroy()
      return connection.client.destroy()
    },
  }

  async function open(): Promise<Socket> {
    const startedAt = performance.now()
    const times: OpeningTimes = { dnsMs: null, connectMs: null, tlsMs: null }
    connection.openingTimes = times
    connection.phase = 'dns'
    const addresses = await addressesOf(guard, target, startedAt)
    if (connection.isClosed) throw new ConnectFailure({ kind: 'interrupted' })
    const resolvedAt = performance.now()
    times.dnsMs = resolvedAt - startedAt
    connection.phase = 'connect'
    return new Promise((resolve, reject) => {
      const socket = createSocket(guard, target, addresses)
      opening = socket
      let connectedAt = 0
      const fail = (error: Error) => {
        opening = undefined
        const during = { phase: connection.phase, afterMs: performance.now() - startedAt }
        reject(error instanceof ConnectFailure ? error : new ConnectFailure(outcomeOfError(error, during)))
      }
      socket.once('error', fail)
      // Before the listener by which Node begins the TLS handshake.
      socket.prependOnceListener('connect', () => {
        connectedAt = performance.now()
        times.connectMs = connectedAt - resolvedAt
        const verdict = judgeAddress(guard.policy, { ...target, address: socket.remoteAddress ?? '' })
        if (!verdict.allowed) socket.destroy(new ConnectFailure(blocked(verdict)))
        else connection.phase = 'tls'
      })
      socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        if (socket.destroyed) return
        opening = undefined
        socket.off('error', fail)
        if (target.protocol === 'https:') times.tlsMs = performance.now() - connectedAt
        resolve(socket)
      })
    })
  }

  return connection
}

type Addresses = { address: string; family: 4 | 6 }[]

async function addressesOf(guard: ConnectionGuard, target: WebhookTarget, startedAt: number): Promise<Addresses> {
  const family = isIP(target.hostname)
  const resolution =
    family === 0
      ? await guard.resolveHost(target.hostname)
      : { kind: 'found' as const, addresses: [{ address: target.hostname, family: family === 4 ? 4 : 6 } as const] }
  switch (resolution.kind) {
    case 'found':
      for (const { address } of resolution.addresses) {
        const verdict = judgeAddress(guard.policy, { ...target, address })
        if (!verdict.allowed) throw new ConnectFailure(blocked(verdict))
      }
      return [...resolution.addresses]
    case 'not-found':
      throw new ConnectFailure({ kind: 'unreachable', reason: 'dns-not-found', code: 'ENOTFOUND' })
    case 'failed':
      throw new ConnectFailure({ kind: 'unreachable', reason: 'dns-failed', code: resolution.code })
    case 'timed-out':
      throw new ConnectFailure({ kind: 'timed-out', phase: 'dns', afterMs: performance.now() - startedAt })
  }
}

function createSocket(guard: ConnectionGuard, target: WebhookTarget, addresses: Addresses): Socket {
  const { protocol, hostname, origin } = target
  const port = Number(new URL(origin).port || (protocol === 'https:' ? 443 : 80))
  const options = {
    host: hostname,
    port,
    // What the policy has passed, instead of a second look-up.
    lookup: (_: string, __: unknown, callback: (error: null, addresses: Addresses) => void) =>
      callback(null, addresses),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
    noDelay: true,
    keepAlive: true,
  }
  if (protocol === 'http:') return connectTcp(options)

  const session = guard.tlsSessions.get(origin)
  const socket = connectTls({
    ...options,
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    ...(session === undefined ? {} : { session }),
    ALPNProtocols: ['http/1.1'],
    // Said outright, so that no environment variable turns it off.
    rejectUnauthorized: true,
  })
  socket.on('session', (fresh) => {
    if (guard.tlsSessions.size >= TLS_SESSIONS_MAX) guard.tlsSessions.clear()
    guard.tlsSessions.set(origin, fresh)
  })
  return socket
}

function blocked(verdict: Exclude<ReturnType<typeof judgeAddress>, { allowed: true }>): AttemptOutcome {
  return { kind: 'blocked', address: verdict.address, rule: verdict.rule, message: verdict.message }
}

const REFUSED = new Set(['ECONNREFUSED'])
const NO_ROUTE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'])
/** Out of ports, files or memory, without a network, or held back by a firewall of this machine. */
const LOCAL = new Set(['ENETDOWN', 'EADDRNOTAVAIL', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])
const RESET = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED'])
const NOT_SENDABLE = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'])

/**
 * The outcome an error of the network leads to, by its code alone.
 *
 * @throws the error itself if it has no code of that kind: then it is a bug
 */
export function outcomeOfError(
  error: Error & { code?: unknown },
  during: { phase: AttemptPhase; afterMs: number; status?: number | undefined },
): AttemptOutcome {
  const { code } = error
  const isParserError = error instanceof errors.HTTPParserError
  const { phase, afterMs, status } = during
  const begun = status === undefined ? {} : { status }
  const failed = (reason: Extract<AttemptOutcome, { kind: 'unreachable' }>['reason']): AttemptOutcome => ({
    kind: 'unreachable',
    reason,
    code: typeof code === 'string' ? code : 'HPE_INVALID',
    ...begun,
  })

  // The parser was at the end of what it had when it complained: the rest never came.
  if (isParserError) return failed((error as { data?: unknown }).data ? 'not-http' : 'closed')
  if (typeof code !== 'string' || code === 'ERR_ASSERTION') throw error
  if (NOT_SENDABLE.has(code)) {
    return { kind: 'unsendable', reason: 'request', problem: `The request has no valid form (${error.message}).` }
  }
  if (code === 'ETIMEDOUT') return { kind: 'timed-out', phase, afterMs, ...begun }
  if (REFUSED.has(code)) return failed('refused')
  if (NO_ROUTE.has(code)) return failed('no-route')
  if (LOCAL.has(code)) return failed('local')
  if (RESET.has(code)) return failed('reset')
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return failed('headers-too-large')
  if (code === 'UND_ERR_SOCKET') return failed('closed')
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return failed(status === undefined ? 'not-http' : 'closed')
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return failed('tls-name')
  if (phase === 'tls') return failed(/^(ERR_|EPROTO)/.test(code) ? 'tls-failed' : 'tls-certificate')
  return failed('other')
}
