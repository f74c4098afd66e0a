import { lookup, Resolver } from 'node:dns/promises'
import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'

/**
 * Resolving host names without letting one slow name delay the others.
 *
 * The system's own resolution (`getaddrinfo`) is the most faithful one, but Node runs it in a pool where no more than
 * two may be under way: two names whose servers never answer would hold up every connection of the process. So the
 * hosts file is read first and the name servers are asked without that pool; only a name that they do not know goes
 * the system's way, for what it may know besides (search domains, multicast DNS, a directory).
 */
export type HostResolver = (hostname: string) => Promise<HostResolution>

export type HostResolution =
  /** Never empty. IPv4 first. */
  | { readonly kind: 'found'; readonly addresses: readonly ResolvedAddress[] }
  | { readonly kind: 'not-found' }
  /** The name servers failed or refused; `code` is Node's, such as `ESERVFAIL`. */
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'timed-out' }

export type ResolvedAddress = { readonly address: string; readonly family: 4 | 6 }

/** How long the first try waits; the second waits twice as long. */
const QUERY_TIMEOUT_MS = 2_000
const QUERY_TRIES = 2
/** A machine may change its network: the list of name servers is read again after this long. */
const NAME_SERVERS_MAX_AGE_MS = 30_000

const LOOPBACK: HostResolution = {
  kind: 'found',
  addresses: [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ],
}

/**
 * A resolver of host names. Questions for a name that is already being resolved share its answer; nothing is kept
 * afterwards. It never throws: what goes wrong is an answer.
 *
 * - `hostsFile`: the system's, unless said otherwise.
 * - `nameServers`: the system's, unless said otherwise; `address` or `address:port`.
 * - `queryTimeoutMs`: 2 s for the first try, twice that for the second.
 */
export function createHostResolver(
  options: { hostsFile?: string; nameServers?: readonly string[]; queryTimeoutMs?: number } = {},
): HostResolver {
  const hostsFile = createHostsFile(options.hostsFile ?? systemHostsFile())
  const underWay = new Map<string, Promise<HostResolution>>()
  let nameServers: { resolver: Resolver; readAtMs: number } | undefined

  function currentNameServers(): Resolver {
    const nowMs = performance.now()
    if (nameServers === undefined || nowMs - nameServers.readAtMs > NAME_SERVERS_MAX_AGE_MS) {
      const resolver = new Resolver({ timeout: options.queryTimeoutMs ?? QUERY_TIMEOUT_MS, tries: QUERY_TRIES })
      if (options.nameServers !== undefined) resolver.setServers([...options.nameServers])
      nameServers = { resolver, readAtMs: nowMs }
    }
    return nameServers.resolver
  }

  async function resolve(name: string): Promise<HostResolution> {
    // Reserved for this machine, whatever a name server says. Source: RFC 6761, section 6.3.
    if (name === 'localhost' || name.endsWith('.localhost')) return LOOPBACK
    const listed = await hostsFile(name)
    if (listed.length > 0) return { kind: 'found', addresses: listed }
    const answer = await askNameServers(currentNameServers(), name)
    return answer ?? askSystem(name)
  }

  return (hostname) => {
    const name = hostname.toLowerCase()
    const family = isIP(name)
    if (family === 4 || family === 6) {
      return Promise.resolve({ kind: 'found', addresses: [{ address: name, family }] })
    }
    let answer = underWay.get(name)
    if (answer === undefined) {
      answer = resolve(name).finally(() => underWay.delete(name))
      underWay.set(name, answer)
    }
    return answer
  }
}

/** The name servers' answer; `undefined` where they know nothing and the system may know more. */
async function askNameServers(resolver: Resolver, name: string): Promise<HostResolution | undefined> {
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  const addresses: ResolvedAddress[] = []
  if (four.status === 'fulfilled') addresses.push(...four.value.map((address) => ({ address, family: 4 as const })))
  if (six.status === 'fulfilled') addresses.push(...six.value.map((address) => ({ address, family: 6 as const })))
  if (addresses.length > 0) return { kind: 'found', addresses }

  const codes = [four, six].map((result) => (result.status === 'rejected' ? String(result.reason?.code) : ''))
  if (codes.includes('ETIMEOUT')) return { kind: 'timed-out' }
  if (codes.includes('ESERVFAIL')) return { kind: 'failed', code: 'ESERVFAIL' }
  return undefined
}

async function askSystem(name: string): Promise<HostResolution> {
  try {
    const found = await lookup(name, { all: true, order: 'ipv4first' })
    const addresses = found.map(({ address, family }) => ({
      address,
      family: family === 6 ? (6 as const) : (4 as const),
    }))
    return addresses.length > 0 ? { kind: 'found', addresses } : { kind: 'not-found' }
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    return code === 'ENOTFOUND' || code === 'ENODATA' ? { kind: 'not-found' } : { kind: 'failed', code }
  }
}

function systemHostsFile(): string {
  return process.platform === 'win32'
    ? `${process.env.SystemRoot ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts`
    : '/etc/hosts'
}

/** Looks a name up in the hosts file, which is read again whenever it has changed. */
function createHostsFile(path: string): (name: string) => Promise<readonly ResolvedAddress[]> {
  let known: { changedAtMs: number; entries: Map<string, ResolvedAddress[]> } | undefined
  return async (name) => {
    try {
      const { mtimeMs } = await stat(path)
      if (known?.changedAtMs !== mtimeMs)
        known = { changedAtMs: mtimeMs, entries: parseHosts(await readFile(path, 'utf8')) }
    } catch {
      // A machine without a readable hosts file has no entries in it.
      known = undefined
    }
    return known?.entries.get(name) ?? []
  }
}

function parseHosts(text: string): Map<string, ResolvedAddress[]> {
  const entries = new Map<string, ResolvedAddress[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const family = isIP(address)
    if (family !== 4 && family !== 6) continue
    for (const name of names) {
      const found = entries.get(name.toLowerCase()) ?? []
      found.push({ address, family })
      found.sort((one, other) => one.family - other.family)
      entries.set(name.toLowerCase(), found)
    }
  }
  return entries
}
