import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import { Client, errors } from 'undici'
import { assert } from '../runtime/assert.ts'
import type { HostResolution, HostResolver, ResolvedAddress } from '../runtime/resolve-host.ts'
import { type AddressPolicy, isLoopback, judgeAddress, judgeUnresolved } from '../webhooks/address-policy.ts'
import { type Egress, type EgressProxy, proxyFor } from '../webhooks/egress.ts'
import type { WebhookTarget } from '../webhooks/webhook-url.ts'
import { ANSWER_HEADER_BYTES_MAX, guardHead } from './answer-head.ts'
import type { AttemptOutcome, AttemptPhase, UnreachableReason } from './outcome.ts'
import { openTunnel } from './tunnel.ts'

/**
 * One connection to a receiver, for one request at a time, opened when the first is sent and opened anew when it has
 * been closed meanwhile.
 *
 * The address policy is asked three times: about the host if it is an address, about every answer of the name service,
 * and about the address the socket has in the end, before TLS begins. Only addresses that were asked about are
 * connected to, so a name that changes its answer in between gains nothing. A proxy is asked to connect to such an
 * address too, not to the name, unless the operator leaves names to it; where its socket ended up cannot be seen.
 */
export type Connection = {
  readonly origin: string
  readonly client: Client
  /** What is being done for the request that is under way. */
  phase: AttemptPhase | 'proxy'
  /** It goes through a proxy, which has said that it is connected to the receiver. */
  isTunnelled: boolean
  /** A request was sent, and the head of its answer has not come whole. */
  awaitsHead: boolean
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
  readonly egress: Egress
  /** Which authorities are trusted; `undefined`: the well-known ones. */
  readonly secureContext: SecureContext | undefined
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
const TLS_SESSIONS_MAX = 1_000
/** Of a host with many addresses, how many a proxy is asked for in turn while it cannot reach them. */
const TUNNEL_TRIES_MAX = 3
/** How long a name that the proxy will look up is looked up here besides, to refuse what is known to be private. */
const GLANCE_MS = 1_000

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
    isTunnelled: false,
    awaitsHead: false,
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
    connection.isTunnelled = false
    const port = Number(new URL(target.origin).port || (target.protocol === 'https:' ? 443 : 80))
    const proxy = proxyFor(guard.egress, { ...target, port })
    const addresses = await addressesOf(guard, target, startedAt, proxy !== undefined && guard.egress.proxyResolves)
    assertOpening()
    times.dnsMs = performance.now() - startedAt
    // An address of this machine would be the proxy's own machine to the proxy.
    const isDirect =
      proxy === undefined || (addresses.length > 0 && addresses.every(({ address }) => isLoopback(address)))
    const socket = isDirect
      ? await openDirectly(addresses, port, times, startedAt)
      : await openThrough(proxy, addresses, port, times, startedAt)
    guardHead(socket, connection)
    return socket
  }

  function assertOpening(): void {
    if (connection.isClosed) throw new ConnectFailure({ kind: 'interrupted' })
  }

  function openDirectly(
    addresses: readonly ResolvedAddress[],
    port: number,
    times: OpeningTimes,
    startedAt: number,
  ): Promise<Socket> {
    connection.phase = 'connect'
    const lookedUpAt = performance.now()
    return new Promise((resolve, reject) => {
      const socket = createSocket(guard, target, port, addresses)
      opening = socket
      let connectedAt = 0
      const fail = (error: Error) => {
        opening = undefined
        reject(error instanceof ConnectFailure ? error : connectFailure(error, startedAt))
      }
      socket.once('error', fail)
      // Before the listener by which Node begins the TLS handshake.
      socket.prependOnceListener('connect', () => {
        connectedAt = performance.now()
        times.connectMs = connectedAt - lookedUpAt
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

  /** Plain http goes through a tunnel too: an answer is then the receiver's own, and one of the proxy is none. */
  async function openThrough(
    proxy: EgressProxy,
    addresses: readonly ResolvedAddress[],
    port: number,
    times: OpeningTimes,
    startedAt: number,
  ): Promise<Socket> {
    connection.phase = 'proxy'
    const lookedUpAt = performance.now()
    const tunnel = await openTunnelTo(proxy, addresses, port)
    times.connectMs = performance.now() - lookedUpAt
    connection.isTunnelled = true
    if (target.protocol === 'http:') return tunnel

    connection.phase = 'tls'
    const connectedAt = performance.now()
    return new Promise((resolve, reject) => {
      const socket = startTls(guard, target, { socket: tunnel })
      opening = socket
      const fail = (error: Error) => {
        opening = undefined
        tunnel.destroy()
        reject(connectFailure(error, startedAt))
      }
      socket.once('error', fail)
      socket.once('secureConnect', () => {
        opening = undefined
        socket.off('error', fail)
        times.tlsMs = performance.now() - connectedAt
        resolve(socket)
      })
    })
  }

  async function openTunnelTo(
    proxy: EgressProxy,
    addresses: readonly ResolvedAddress[],
    port: number,
  ): Promise<Socket> {
    const ofProxy = await guard.resolveHost(proxy.hostname)
    assertOpening()
    if (ofProxy.kind !== 'found') {
      const code = ofProxy.kind === 'failed' ? ofProxy.code : ofProxy.kind === 'timed-out' ? 'ETIMEOUT' : 'ENOTFOUND'
      throw new ConnectFailure({ kind: 'proxy-failed', reason: 'unreachable', code })
    }
    const isNamed = guard.egress.proxyResolves && isIP(target.hostname) === 0
    const passed = addresses.map(({ address }) => address).filter((address) => !isLoopback(address))
    const hosts = isNamed ? [target.hostname] : passed.slice(0, TUNNEL_TRIES_MAX)
    let failure: AttemptOutcome | undefined
    for (const hostname of hosts) {
      const tunnel = await openTunnel({
        proxy,
        addresses: ofProxy.addresses,
        to: { hostname, port },
        addressTimeoutMs: ADDRESS_TIMEOUT_MS,
        opened(socket) {
          opening = socket
        },
      })
      opening = undefined
      if (!('kind' in tunnel)) {
        if (connection.isClosed) tunnel.destroy()
        assertOpening()
        return tunnel
      }
      failure = tunnel
      assertOpening()
      if (tunnel.reason !== 'failed') break
    }
    assert(failure !== undefined, 'a host that goes through the proxy has an address besides loopback')
    throw new ConnectFailure(failure)
  }

  function connectFailure(error: Error, startedAt: number): ConnectFailure {
    return new ConnectFailure(outcomeOfError(error, connection, performance.now() - startedAt))
  }

  return connection
}

/**
 * The addresses of the host, all of them passed by the policy.
 *
 * `isForProxy`: the proxy looks the host up in the end. What can be known of it here within a moment is checked all the
 * same; if that is nothing, none are returned.
 */
async function addressesOf(
  guard: ConnectionGuard,
  target: WebhookTarget,
  startedAt: number,
  isForProxy: boolean,
): Promise<readonly ResolvedAddress[]> {
  const resolution = await resolutionOf(guard, target, isForProxy)
  if (resolution.kind === 'found') {
    for (const { address } of resolution.addresses) {
      const verdict = judgeAddress(guard.policy, { ...target, address })
      if (!verdict.allowed) throw new ConnectFailure(blocked(verdict))
    }
    return resolution.addresses
  }
  if (isForProxy) {
    const verdict = judgeUnresolved(guard.policy, target)
    if (!verdict.allowed) throw new ConnectFailure(blocked(verdict))
    return []
  }
  switch (resolution.kind) {
    case 'not-found':
      throw new ConnectFailure({ kind: 'unreachable', reason: 'dns-not-found', code: 'ENOTFOUND' })
    case 'failed':
      throw new ConnectFailure({ kind: 'unreachable', reason: 'dns-failed', code: resolution.code })
    case 'timed-out':
      throw new ConnectFailure({ kind: 'timed-out', phase: 'dns', afterMs: performance.now() - startedAt })
  }
}

function resolutionOf(guard: ConnectionGuard, target: WebhookTarget, isForProxy: boolean): Promise<HostResolution> {
  const family = isIP(target.hostname)
  if (family !== 0) {
    const literal = { address: target.hostname, family: family === 4 ? 4 : 6 } as const
    return Promise.resolve({ kind: 'found', addresses: [literal] })
  }
  const answer = guard.resolveHost(target.hostname)
  if (!isForProxy) return answer
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve({ kind: 'timed-out' }), GLANCE_MS)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function createSocket(
  guard: ConnectionGuard,
  target: WebhookTarget,
  port: number,
  addresses: readonly ResolvedAddress[],
): Socket {
  const options = {
    host: target.hostname,
    port,
    // What the policy has passed, instead of a second look-up.
    lookup: (_: string, __: unknown, callback: (error: null, addresses: ResolvedAddress[]) => void) =>
      callback(null, [...addresses]),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
    noDelay: true,
    keepAlive: true,
  }
  return target.protocol === 'http:' ? connectTcp(options) : startTls(guard, target, options)
}

function startTls(guard: ConnectionGuard, { hostname, origin }: WebhookTarget, over: ConnectionOptions): TLSSocket {
  const session = guard.tlsSessions.get(origin)
  const socket = connectTls({
    ...over,
    ...(guard.secureContext === undefined ? {} : { secureContext: guard.secureContext }),
    ...(isIP(hostname) === 0 ? { servername: hostname } : { host: hostname }),
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
 * The outcome an error of the network leads to, by its code and by what was being done. Behind a proxy one that could be
 * of either end is not the receiver's.
 *
 * @throws the error itself if it has no code of that kind: then it is a bug
 */
export function outcomeOfError(
  error: Error & { code?: unknown },
  during: Pick<Connection, 'phase' | 'isTunnelled'>,
  afterMs: number,
): AttemptOutcome {
  const { code } = error
  const { phase, isTunnelled } = during
  const codeText = typeof code === 'string' ? code : 'HPE_INVALID'
  const failed = (reason: UnreachableReason): AttemptOutcome => ({ kind: 'unreachable', reason, code: codeText })
  const broken = (reason: UnreachableReason): AttemptOutcome =>
    isTunnelled ? { kind: 'proxy-failed', reason: 'cut', code: codeText } : failed(reason)

  // The parser was at the end of what it had when it complained: the rest never came.
  if (error instanceof errors.HTTPParserError) {
    return (error as { data?: unknown }).data ? failed('not-http') : broken('closed')
  }
  if (typeof code !== 'string' || code === 'ERR_ASSERTION') throw error
  if (NOT_SENDABLE.has(code)) {
    return { kind: 'unsendable', reason: 'request', problem: `The request has no valid form (${error.message}).` }
  }
  if (code === 'ETIMEDOUT' && phase !== 'proxy' && !isTunnelled) return { kind: 'timed-out', phase, afterMs }
  if (REFUSED.has(code)) return broken('refused')
  if (NO_ROUTE.has(code)) return broken('no-route')
  if (LOCAL.has(code)) return broken('local')
  if (RESET.has(code)) return broken('reset')
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return failed('headers-too-large')
  if (code === 'UND_ERR_SOCKET') return broken('closed')
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return failed('not-http')
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return failed('tls-name')
  if (phase === 'tls') return failed(/^(ERR_|EPROTO)/.test(code) ? 'tls-failed' : 'tls-certificate')
  return broken('other')
}
