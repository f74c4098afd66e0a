import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { unreachable } from '../runtime/assert.ts'
import { ConfigError, type EgressSettings } from '../runtime/config.ts'

/**
 * The way out of this network: directly, or through the operator's proxy.
 *
 * The words are the field's (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`), and read as curl and Go read them.
 */
export type Egress = {
  /** For webhooks of each scheme; `undefined`: directly. */
  readonly proxies: { readonly 'https:': EgressProxy | undefined; readonly 'http:': EgressProxy | undefined }
  readonly exceptions: readonly Exception[]
  /** The proxy is given names and looks them up itself; else it is given the address that the policy has passed. */
  readonly proxyResolves: boolean
}

export type EgressProxy = {
  /** A name, or an address without brackets. */
  readonly hostname: string
  readonly port: number
  /** The value of `Proxy-Authorization`. A secret. */
  readonly authorization: string | undefined
}

/** Hosts that are reached directly. `port` undefined: all ports. */
type Exception = { readonly port: number | undefined } & (
  | { readonly kind: 'all' }
  | { readonly kind: 'range'; readonly network: ipaddr.IPv4 | ipaddr.IPv6; readonly prefixBits: number }
  /** Lower case. One that begins with a dot stands only for what is below it. */
  | { readonly kind: 'host'; readonly suffix: string }
)

/** Everything directly. */
export const DIRECT: Egress = {
  proxies: { 'https:': undefined, 'http:': undefined },
  exceptions: [],
  proxyResolves: false,
}

/** @throws ConfigError naming every variable that is wrong; the text of a proxy's URL, which may hold a password, is not shown */
export function parseEgress(settings: EgressSettings): Egress {
  const problems = new Set<string>()
  const proxyOf = (given: EgressSettings['httpsProxy']) => {
    if (given === undefined) return undefined
    const proxy = parseProxy(given.text)
    if (typeof proxy !== 'string') return proxy
    problems.add(
      `${given.variable} ${proxy}; write it as http://proxy.example.com:3128 or http://user:password@proxy.example.com:3128` +
        (given.variable.startsWith('TRIPLINE_')
          ? ''
          : ', or set TRIPLINE_WEBHOOK_PROXY, which wins over it ("off": none)'),
    )
    return undefined
  }
  const proxies = { 'https:': proxyOf(settings.httpsProxy), 'http:': proxyOf(settings.httpProxy) }
  const exceptions: Exception[] = []
  for (const entry of settings.noProxy?.text.split(/[\s,]+/) ?? []) {
    if (entry === '') continue
    const exception = parseException(entry)
    if (exception !== undefined) exceptions.push(exception)
    // Other programs put their own words there (`<local>`): what we cannot read excepts nothing.
    else if (settings.noProxy?.variable.startsWith('TRIPLINE_') === true) {
      problems.add(
        `${settings.noProxy.variable}: "${entry}" is neither a host (ci.internal), a suffix (.internal), an address nor a range (10.0.0.0/8)`,
      )
    }
  }
  if (problems.size > 0) throw new ConfigError([...problems])
  return { proxies, exceptions, proxyResolves: settings.proxyResolves }
}

/** The proxy that a webhook is reached through; `undefined`: directly. */
export function proxyFor(
  egress: Egress,
  target: { protocol: 'http:' | 'https:'; hostname: string; port: number },
): EgressProxy | undefined {
  const proxy = egress.proxies[target.protocol]
  if (proxy === undefined || egress.exceptions.some((exception) => isException(exception, target))) return undefined
  return proxy
}

/** What a log may show of a proxy: nothing of its credentials. */
export function showProxy({ hostname, port }: EgressProxy): string {
  return `http://${authority(hostname, port)}`
}

/** `host:port`, an IPv6 address in brackets. */
export function authority(hostname: string, port: number): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
}

/** The proxy, or what is wrong with its URL. */
function parseProxy(text: string): EgressProxy | string {
  // As everywhere in the field, a proxy without a scheme is meant to be http.
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(url)) return 'is not a URL'
  const parsed = new URL(url)
  if (parsed.protocol !== 'http:')
    return `names a proxy that is spoken to by ${parsed.protocol}//, which is not supported`
  if (parsed.hostname === '') return 'names no host'
  if (parsed.pathname !== '/' || parsed.search !== '' || parsed.hash !== '') return 'has more than a host and a port'
  const credentials = decode(parsed.username, parsed.password)
  if (credentials === undefined)
    return 'has a user name or password with a "%" that does not begin a code: write it as %25'
  return {
    hostname: parsed.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, ''),
    port: parsed.port === '' ? 80 : Number(parsed.port),
    authorization: credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
  }
}

function decode(username: string, password: string): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    return undefined
  }
}

function parseException(entry: string): Exception | undefined {
  if (entry === '*') return { kind: 'all', port: undefined }
  const parts = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(entry) ?? /^([^:]*):(\d{1,5})$/.exec(entry)
  const host = parts?.[1] ?? entry
  const port = parts?.[2] === undefined ? undefined : Number(parts[2])
  const range = isIP(host) === 0 ? host : `${host}/${isIP(host) === 4 ? 32 : 128}`
  if (ipaddr.isValidCIDR(range)) {
    const [network, prefixBits] = ipaddr.parseCIDR(range)
    return { kind: 'range', network, prefixBits, port }
  }
  const suffix = host
    .toLowerCase()
    .replace(/^\*(?=\.)/, '')
    .replace(/\.$/, '')
  return /^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(suffix) ? { kind: 'host', suffix, port } : undefined
}

function isException(exception: Exception, target: { hostname: string; port: number }): boolean {
  if (exception.port !== undefined && exception.port !== target.port) return false
  switch (exception.kind) {
    case 'all':
      return true
    case 'range': {
      if (isIP(target.hostname) === 0) return false
      const address = ipaddr.process(target.hostname)
      return address.kind() === exception.network.kind() && address.match(exception.network, exception.prefixBits)
    }
    case 'host': {
      const { suffix } = exception
      const name = target.hostname
      return suffix.startsWith('.') ? name.endsWith(suffix) : name === suffix || name.endsWith(`.${suffix}`)
    }
    default:
      return unreachable(exception)
  }
}
