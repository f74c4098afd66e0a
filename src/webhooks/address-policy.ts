import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { ConfigError } from '../runtime/config.ts'

/**
 * Which addresses webhooks may reach.
 *
 * Anyone who may configure a webhook can make this server send requests, from inside whatever network it stands in.
 * So by default it connects to public addresses only, over TLS only. The operator widens that by
 * `TRIPLINE_WEBHOOK_ALLOW`; link-local addresses and the metadata services of clouds stay shut even then, because
 * they hand out the machine's own credentials to whoever asks.
 *
 * The decision is made on addresses, not on spellings of them: on the literal in a URL, on every answer of the name
 * service, and on the address the socket is connected to.
 */
export type AddressPolicy = {
  readonly ranges: readonly AddressRange[]
  /** Lower case, without a dot at its end; one that begins with a dot stands only for what is below it. */
  readonly hostSuffixes: readonly string[]
}

type Address = ipaddr.IPv4 | ipaddr.IPv6
type AddressRange = readonly [network: Address, prefixBits: number]

export type AddressRule =
  | 'metadata'
  | 'link-local'
  | 'loopback'
  | 'private'
  | 'unique-local'
  | 'carrier-grade-nat'
  | 'multicast'
  | 'broadcast'
  | 'unspecified'
  | 'reserved'
  | 'translated'
  | 'https-required'
  | 'not-an-address'

export type AddressVerdict =
  | { readonly allowed: true }
  | {
      readonly allowed: false
      readonly rule: AddressRule
      readonly address: string
      /** What is wrong and what an operator can do, in whole sentences. */
      readonly message: string
    }

/** The policy when nothing is configured: public addresses over https. */
export const PUBLIC_ONLY: AddressPolicy = { ranges: [], hostSuffixes: [] }

const ALLOWED: AddressVerdict = { allowed: true }

/**
 * Where clouds serve credentials to the machine itself. The IPv4 ones within 169.254.0.0/16 would be refused as
 * link-local all the same; they are listed for the clearer message.
 */
const METADATA = [
  '169.254.169.254', // AWS, Google, Azure, OpenStack and most others
  '169.254.170.2', // AWS ECS tasks
  '169.254.170.23', // AWS EKS pod identity
  '169.254.42.42', // Scaleway
  '169.254.0.23', // Tencent
  '100.100.100.200', // Alibaba
  '192.0.0.192', // Oracle
  '168.63.129.16', // Azure's host agent, a public address by its number
  'fd00:ec2::254', // AWS
  'fd00:ec2::23', // AWS EKS pod identity
  'fd20:ce::254', // Google
  'fd00:42::42', // Scaleway
].map((address) => ipaddr.parse(address).toNormalizedString())
const METADATA_ADDRESSES: ReadonlySet<string> = new Set(METADATA)

/** What the ranges of `ipaddr.js` mean here; those not listed are refused as `reserved`. */
const RULES: Readonly<Record<string, AddressRule>> = {
  unspecified: 'unspecified',
  broadcast: 'broadcast',
  multicast: 'multicast',
  linkLocal: 'link-local',
  loopback: 'loopback',
  carrierGradeNat: 'carrier-grade-nat',
  private: 'private',
  uniqueLocal: 'unique-local',
  deprecatedSiteLocal: 'private',
  rfc6145: 'translated',
  rfc6052: 'translated',
  '6to4': 'translated',
  teredo: 'translated',
}

const DESCRIPTIONS: Readonly<Record<AddressRule, string>> = {
  metadata: 'a cloud metadata address',
  'link-local': 'a link-local address',
  loopback: 'a loopback address',
  private: 'a private address',
  'unique-local': 'a unique local (private) address',
  'carrier-grade-nat': 'a shared (carrier-grade NAT) address',
  multicast: 'a multicast address',
  broadcast: 'the broadcast address',
  unspecified: 'an unspecified address, which means this machine',
  reserved: 'a reserved address',
  translated: 'a tunnel or translation address, behind which another address stands',
  'https-required': 'not reached by https',
  'not-an-address': 'not an IP address',
}

const GLOBAL_UNICAST: AddressRange = [ipaddr.parse('2000::'), 3]
const NAT64: AddressRange = [ipaddr.parse('64:ff9b::'), 96]

/**
 * The policy that `TRIPLINE_WEBHOOK_ALLOW` states: a list, separated by commas or white space, of
 *
 * - ranges (`10.0.0.0/8`, `fd00::/8`) and single addresses (`127.0.0.1`, `[::1]`),
 * - hosts: `jenkins.internal` is that name and everything below it, `.svc.cluster.local` only what is below it.
 *
 * What is listed may be private and may be reached by plain http. A host is trusted by its name: list only names whose
 * DNS you control.
 *
 * @throws ConfigError naming every entry that is wrong, and how to write it
 */
export function parseAddressPolicy(list: string): AddressPolicy {
  const problems: string[] = []
  const ranges: AddressRange[] = []
  const hostSuffixes: string[] = []
  for (const entry of list.split(/[\s,]+/)) {
    if (entry === '') continue
    const parsed = parseEntry(entry)
    if (typeof parsed === 'string') problems.push(`TRIPLINE_WEBHOOK_ALLOW: "${entry}" ${parsed}`)
    else if ('host' in parsed) hostSuffixes.push(parsed.host)
    else ranges.push(parsed.range)
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return { ranges, hostSuffixes }
}

/** The parsed entry, or what is wrong with it. */
function parseEntry(entry: string): { range: AddressRange } | { host: string } | string {
  const single = entry.replace(/^\[(.*)\]$/, '$1')
  if (isIP(single) !== 0) return parseRange(`${single}/${isIP(single) === 4 ? 32 : 128}`)
  if (/^[^/]+\/\d+$/.test(entry) && isIP(entry.slice(0, entry.indexOf('/'))) !== 0) return parseRange(entry)
  if (entry.includes('://')) return 'is a URL; give only its host'
  if (/^\d[\d.]*(\/\d*)?$/.test(entry) || /^[0-9a-f:.]+\/\d*$/i.test(entry)) {
    return 'is not a range: write it as 10.0.0.0/8 or fd00::/8'
  }
  if (entry.includes(':')) return 'has a port; give only the host, all its ports are allowed with it'

  const host = entry
    .toLowerCase()
    .replace(/^\*(?=\.)/, '')
    .replace(/\.$/, '')
  if (!/^\.?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/.test(host)) {
    return 'is neither a range (10.0.0.0/8) nor a host (jenkins.internal) nor a host suffix (.svc.cluster.local)'
  }
  return { host }
}

function parseRange(text: string): { range: AddressRange } | string {
  if (!ipaddr.isValidCIDR(text)) return 'has a prefix that is too long: at most /32 for IPv4, /128 for IPv6'
  const [network, prefixBits] = ipaddr.parseCIDR(text)
  if (network.kind() === 'ipv6' && (network as ipaddr.IPv6).isIPv4MappedAddress()) {
    return 'is an IPv4 address in IPv6 form; write it as IPv4'
  }
  const start =
    network.kind() === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text)
  if (start.toNormalizedString() !== network.toNormalizedString()) {
    return `does not begin at a network address; did you mean ${start.toString()}/${prefixBits}?`
  }
  return { range: [network, prefixBits] }
}

/** Whether the operator has listed this host by name. */
export function isHostAllowed(policy: AddressPolicy, hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '')
  return policy.hostSuffixes.some((suffix) =>
    suffix.startsWith('.') ? name.endsWith(suffix) : name === suffix || name.endsWith(`.${suffix}`),
  )
}

/**
 * Whether a webhook may connect to `address`, and if not, by which rule.
 *
 * - `address`: any spelling, IPv4 or IPv6. One that carries an IPv4 address within (mapped, compatible, NAT64) is
 *   judged by that; 6to4, Teredo and local-use NAT64 are refused as they are, because where they lead is decided
 *   elsewhere. What cannot be read is refused.
 * - `hostname`: as in the URL, an address or a name; a name the operator has listed may lead to private addresses.
 * - `protocol`: plain `http:` is allowed only to what the operator has listed.
 */
export function judgeAddress(
  policy: AddressPolicy,
  target: { protocol: 'http:' | 'https:'; hostname: string; address: string },
): AddressVerdict {
  const outer = parseAddress(target.address)
  if (outer === undefined) return refuse('not-an-address', target, target.address)

  const inner = innerAddresses(outer)
  for (const face of [outer, ...inner]) {
    if (METADATA_ADDRESSES.has(face.toNormalizedString())) return refuse('metadata', target, face.toString())
    if (face.range() === 'linkLocal') return refuse('link-local', target, face.toString())
  }

  const reached = isTransparent(outer) ? (inner[0] ?? outer) : outer
  if (policy.ranges.some((range) => isWithin(reached, range))) return ALLOWED
  if (isHostAllowed(policy, target.hostname)) return ALLOWED

  const rule = ruleFor(reached)
  if (rule !== undefined) return refuse(rule, target, reached.toString())
  if (target.protocol !== 'https:') return refuse('https-required', target, reached.toString())
  return ALLOWED
}

/** As `judgeAddress`, of a host whose address is not known here: only whether plain http may be spoken to it. */
export function judgeUnresolved(
  policy: AddressPolicy,
  target: { protocol: 'http:' | 'https:'; hostname: string },
): AddressVerdict {
  if (target.protocol === 'https:' || isHostAllowed(policy, target.hostname)) return ALLOWED
  return refuse('https-required', target, target.hostname)
}

/** Whether an address, in any spelling, is one that only this machine itself can reach by it. */
export function isLoopback(address: string): boolean {
  const parsed = parseAddress(address)
  return parsed !== undefined && [parsed, ...innerAddresses(parsed)].some((face) => face.range() === 'loopback')
}

function parseAddress(text: string): Address | undefined {
  // A zone (`fe80::1%eth0`) names an interface; only link-local addresses need one.
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '')
  return ipaddr.isValid(bare) ? ipaddr.parse(bare) : undefined
}

/** The IPv4 addresses that an IPv6 address carries within, by every scheme that has one. */
function innerAddresses(address: Address): ipaddr.IPv4[] {
  if (address.kind() === 'ipv4') return []
  const parts = (address as ipaddr.IPv6).parts
  const range = address.range() as string
  const inner: ipaddr.IPv4[] = []
  if (isTransparent(address) || range === 'rfc6145' || range === 'rfc6052') inner.push(ipv4(parts[6], parts[7]))
  if (range === '6to4') inner.push(ipv4(parts[1], parts[2]))
  // Teredo hides the client's address by inverting it.
  if (range === 'teredo')
    inner.push(ipv4(~(parts[6] ?? 0) & 0xffff, ~(parts[7] ?? 0) & 0xffff), ipv4(parts[2], parts[3]))
  // ISATAP, under any prefix.
  if (parts[5] === 0x5efe && ((parts[4] ?? 0) & 0xfdff) === 0) inner.push(ipv4(parts[6], parts[7]))
  return inner
}

function ipv4(high = 0, low = 0): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff])
}

/** Forms that always lead to the very IPv4 address within: mapped, compatible, and NAT64's well-known prefix. */
function isTransparent(address: Address): boolean {
  if (address.kind() === 'ipv4') return false
  const { parts } = address as ipaddr.IPv6
  const mapped = address.range() === 'ipv4Mapped'
  const compatible = parts.slice(0, 6).every((part) => part === 0) && (parts[6] !== 0 || (parts[7] ?? 0) > 1)
  return mapped || compatible || isWithin(address, NAT64)
}

function isWithin(address: Address, [network, prefixBits]: AddressRange): boolean {
  return address.kind() === network.kind() && address.match(network, prefixBits)
}

function ruleFor(address: Address): AddressRule | undefined {
  const range = address.range() as string
  if (range !== 'unicast') return RULES[range] ?? 'reserved'
  // Of IPv6 only this eighth has been given out; the rest is routed nowhere, or somewhere local.
  if (address.kind() === 'ipv6' && !isWithin(address, GLOBAL_UNICAST)) return 'reserved'
  return undefined
}

function refuse(rule: AddressRule, target: { hostname: string; protocol: string }, address: string): AddressVerdict {
  const isLiteral = isIP(target.hostname) !== 0
  const subject = isLiteral || target.hostname === address ? address : `${target.hostname} (${address})`
  const network = address.includes(':') ? `${address}/128` : `${address}/32`
  const entries = isLiteral ? network : `${network}, or ${target.hostname},`
  return { allowed: false, rule, address, message: `${subject} is ${DESCRIPTIONS[rule]}. ${advice(rule, entries)}` }
}

function advice(rule: AddressRule, entries: string): string {
  switch (rule) {
    case 'metadata':
    case 'link-local':
      return 'Webhooks never reach it, whatever TRIPLINE_WEBHOOK_ALLOW says, because it gives away the credentials of the machine.'
    case 'not-an-address':
      return 'Give the host by its name or as a plain IP address.'
    case 'https-required':
      return `Use an https URL, or ask the operator of this server to add ${entries} to TRIPLINE_WEBHOOK_ALLOW.`
    default:
      return `The operator of this server can allow it by adding ${entries} to TRIPLINE_WEBHOOK_ALLOW.`
  }
}
