import { connect, type Socket } from 'node:net'
import type { ResolvedAddress } from '../runtime/resolve-host.ts'
import { VERSION } from '../runtime/version.ts'
import { authority, type EgressProxy } from '../webhooks/egress.ts'
import type { AttemptOutcome, ProxyFailureReason } from './outcome.ts'

type ProxyFailure = Extract<AttemptOutcome, { kind: 'proxy-failed' }>

const ANSWER_BYTES_MAX = 16 * 1024

/**
 * A way through a proxy to `to`, by CONNECT, as a socket over which nothing has been said yet; or why there is none.
 *
 * - `addresses`: the proxy's own.
 * - `opened`: is given the socket at once, so that destroying it ends the opening. Then the promise stays open.
 */
export function openTunnel(input: {
  proxy: EgressProxy
  addresses: readonly ResolvedAddress[]
  to: { hostname: string; port: number }
  addressTimeoutMs: number
  opened(socket: Socket): void
}): Promise<Socket | ProxyFailure> {
  const { proxy, to } = input
  return new Promise((resolve) => {
    const socket = connect({
      host: proxy.hostname,
      port: proxy.port,
      lookup: (_: string, __: unknown, callback: (error: null, addresses: ResolvedAddress[]) => void) =>
        callback(null, [...input.addresses]),
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: input.addressTimeoutMs,
      noDelay: true,
      keepAlive: true,
    })
    let isConnected = false
    let answer: Buffer = Buffer.alloc(0)

    function fail(reason: ProxyFailureReason, code: string): void {
      socket.destroy()
      resolve({ kind: 'proxy-failed', reason, code })
    }
    function read(): void {
      for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) {
        answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk])
      }
      if (answer.length > ANSWER_BYTES_MAX) {
        fail('failed', 'HEADERS_TOO_LARGE')
        return
      }
      const found = readAnswer(answer)
      if (found === undefined) return
      if ('reason' in found) {
        fail(found.reason, found.code)
        return
      }
      socket.off('readable', read)
      socket.off('end', ended)
      socket.off('error', failed)
      resolve(socket)
    }
    function ended(): void {
      fail('failed', 'CLOSED')
    }
    function failed(error: NodeJS.ErrnoException): void {
      fail(isConnected ? 'failed' : 'unreachable', error.code ?? 'UNKNOWN')
    }

    socket.once('connect', () => {
      isConnected = true
      socket.write(connectRequest(proxy, authority(to.hostname, to.port)))
    })
    socket.on('readable', read)
    socket.on('end', ended)
    socket.on('error', failed)
    // Errors are told to whoever has the socket then; without a listener of its own a late one would end the process.
    socket.on('error', () => {})
    input.opened(socket)
  })
}

function connectRequest(proxy: EgressProxy, to: string): string {
  const credentials = proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`
  return `CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\nUser-Agent: Tripline/${VERSION}\r\n${credentials}\r\n`
}

/** What the proxy has answered; `undefined` as long as it has not done so to the end. */
function readAnswer(bytes: Buffer): { isOpen: true } | Pick<ProxyFailure, 'reason' | 'code'> | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const status = /^HTTP\/1\.[01] (\d{3})(?: |\r\n)/.exec(bytes.toString('latin1', 0, 64))?.[1]
  if (status === undefined) return { reason: 'failed', code: 'NOT_HTTP' }
  if (status.startsWith('1')) return readAnswer(bytes.subarray(end + 4))
  if (!status.startsWith('2')) return { reason: reasonOfStatus(status), code: status }
  // The receiver speaks second. Who speaks now is the proxy, and what it says must not pass for an answer.
  return bytes.length > end + 4 ? { reason: 'failed', code: 'UNASKED_BYTES' } : { isOpen: true }
}

function reasonOfStatus(status: string): ProxyFailureReason {
  if (status === '407') return 'authentication'
  return status.startsWith('4') ? 'refused' : 'failed'
}
