import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../runtime/config.ts'
import { type AddressPolicy, isHostAllowed, judgeAddress, PUBLIC_ONLY, parseAddressPolicy } from './address-policy.ts'

function ruleOf(
  address: string,
  policy: AddressPolicy = PUBLIC_ONLY,
  extra: { hostname?: string; http?: boolean } = {},
) {
  const protocol = extra.http ? 'http:' : 'https:'
  const verdict = judgeAddress(policy, { protocol, hostname: extra.hostname ?? address, address })
  return verdict.allowed ? 'allowed' : verdict.rule
}

describe('by default only public addresses are reached', () => {
  test.each([
    ['1.1.1.1', 'allowed'],
    ['140.82.121.4', 'allowed'],
    ['2606:4700:4700::1111', 'allowed'],
    ['::ffff:140.82.121.4', 'allowed'],
    ['64:ff9b::8c52:7904', 'allowed'],
    // Loopback, in every spelling
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['127.1', 'loopback'],
    ['0177.0.0.1', 'loopback'],
    ['0x7f.0.0.1', 'loopback'],
    ['0x7f000001', 'loopback'],
    ['2130706433', 'loopback'],
    ['017700000001', 'loopback'],
    ['::1', 'loopback'],
    ['[::1]', 'loopback'],
    ['0:0:0:0:0:0:0:1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::FFFF:7F00:1', 'loopback'],
    ['0:0:0:0:0:ffff:7f00:0001', 'loopback'],
    ['::127.0.0.1', 'loopback'],
    ['::7f00:1', 'loopback'],
    ['64:ff9b::127.0.0.1', 'loopback'],
    ['64:ff9b::7f00:1', 'loopback'],
    // This machine by other names
    ['0.0.0.0', 'unspecified'],
    ['0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['::ffff:0.0.0.0', 'unspecified'],
    ['::2', 'unspecified'],
    // Private
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['0xc0a80101', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['64:ff9b::a00:1', 'private'],
    ['fec0::1', 'private'],
    ['fc00::1', 'unique-local'],
    ['fd12:3456:789a::1', 'unique-local'],
    ['100.64.0.1', 'carrier-grade-nat'],
    ['100.127.255.255', 'carrier-grade-nat'],
    ['169.254.1.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['febf::1', 'link-local'],
    // Nobody's
    ['224.0.0.1', 'multicast'],
    ['239.255.255.250', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['240.0.0.1', 'reserved'],
    ['192.0.0.1', 'reserved'],
    ['192.0.2.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['198.51.100.1', 'reserved'],
    ['203.0.113.1', 'reserved'],
    ['192.88.99.1', 'reserved'],
    ['100::1', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['2001:10::1', 'reserved'],
    ['2001:20::1', 'reserved'],
    ['3fff::1', 'reserved'],
    ['5f00::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['a::1', 'reserved'],
    // Addresses behind addresses
    ['64:ff9b:1::7f00:1', 'translated'],
    ['64:ff9b:1::8c52:7904', 'translated'],
    ['::ffff:0:127.0.0.1', 'translated'],
    ['2002:7f00:1::', 'translated'],
    ['2002:8c52:7904::1', 'translated'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'translated'],
    // Not addresses
    ['example.com', 'not-an-address'],
    ['', 'not-an-address'],
    ['1.2.3.4.5', 'not-an-address'],
    ['256.0.0.1', 'not-an-address'],
    ['::1::', 'not-an-address'],
    ['127.0.0.1:80', 'not-an-address'],
  ])('%s: %s', (address, rule) => {
    expect(ruleOf(address)).toBe(rule)
  })
})

describe('cloud metadata is never reached, even with everything allowed', () => {
  const everything = parseAddressPolicy('0.0.0.0/0 ::/0 metadata.example')
  test.each([
    ['169.254.169.254', 'metadata'],
    ['2852039166', 'metadata'],
    ['0xa9fea9fe', 'metadata'],
    ['0251.0376.0251.0376', 'metadata'],
    ['::ffff:169.254.169.254', 'metadata'],
    ['::ffff:a9fe:a9fe', 'metadata'],
    ['::a9fe:a9fe', 'metadata'],
    ['64:ff9b::a9fe:a9fe', 'metadata'],
    ['64:ff9b:1::a9fe:a9fe', 'metadata'],
    ['::ffff:0:a9fe:a9fe', 'metadata'],
    ['2002:a9fe:a9fe::1', 'metadata'],
    ['2001:0:4136:e378:8000:63bf:5601:5601', 'metadata'],
    ['2606:4700::5efe:a9fe:a9fe', 'metadata'],
    ['2606:4700::200:5efe:a9fe:a9fe', 'metadata'],
    ['169.254.170.2', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['fd00:0ec2:0:0:0:0:0:254', 'metadata'],
    ['fd20:ce::254', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['192.0.0.192', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['169.254.7.7', 'link-local'],
    ['fe80::a9fe:a9fe', 'link-local'],
  ])('%s: %s', (address, rule) => {
    expect(ruleOf(address)).toBe(rule)
    expect(ruleOf(address, everything)).toBe(rule)
    expect(ruleOf(address, everything, { hostname: 'metadata.example' })).toBe(rule)
  })
})

test('no address of a refused range is reached, however it is wrapped', () => {
  const refused = fc.oneof(
    fc.tuple(fc.constantFrom(0, 10, 127), fc.nat(255), fc.nat(255), fc.nat(255)),
    fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), fc.nat(255), fc.nat(255)),
    fc.tuple(fc.constant(192), fc.constant(168), fc.nat(255), fc.nat(255)),
    fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
    fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), fc.nat(255), fc.nat(255)),
    fc.tuple(fc.integer({ min: 224, max: 255 }), fc.nat(255), fc.nat(255), fc.nat(255)),
  )
  fc.assert(
    fc.property(refused, (octets) => {
      const dotted = octets.join('.')
      const number = octets.reduce((sum, octet) => sum * 256 + octet, 0)
      const hex = number.toString(16).padStart(8, '0')
      const [high, low] = [hex.slice(0, 4), hex.slice(4)]
      for (const spelling of [
        dotted,
        String(number),
        `0x${hex}`,
        octets.map((octet) => `0${octet.toString(8)}`).join('.'),
        octets.map((octet) => `0x${octet.toString(16)}`).join('.'),
        `::ffff:${dotted}`,
        `::ffff:${high}:${low}`,
        `::${dotted}`,
        `64:ff9b::${dotted}`,
        `64:ff9b::${high}:${low}`,
        `64:ff9b:1::${high}:${low}`,
        `2002:${high}:${low}::1`,
      ]) {
        expect(ruleOf(spelling), spelling).not.toBe('allowed')
        expect(ruleOf(spelling, PUBLIC_ONLY, { hostname: 'harmless.example' }), spelling).not.toBe('allowed')
      }
    }),
  )
})

test('plain http is refused unless the operator has listed the address or the host', () => {
  expect(ruleOf('1.1.1.1', PUBLIC_ONLY, { http: true })).toBe('https-required')
  expect(ruleOf('1.1.1.1', parseAddressPolicy('1.1.1.0/24'), { http: true })).toBe('allowed')
  const host = parseAddressPolicy('ci.example.com')
  expect(ruleOf('1.1.1.1', host, { http: true, hostname: 'ci.example.com' })).toBe('allowed')
  expect(ruleOf('1.1.1.1', host, { http: true, hostname: 'other.example.com' })).toBe('https-required')
})

test('a listed range opens exactly that range, in whatever form the address comes', () => {
  const policy = parseAddressPolicy('10.1.0.0/16, [::1], fd00:1::/32')
  for (const address of ['10.1.255.255', '::ffff:10.1.0.1', '64:ff9b::a01:1', '::1', 'fd00:1::9']) {
    expect(ruleOf(address, policy), address).toBe('allowed')
  }
  for (const address of ['10.2.0.0', '10.0.255.255', '127.0.0.1', 'fd00:2::9', '64:ff9b:1::a01:1', '2002:a01:1::']) {
    expect(ruleOf(address, policy), address).not.toBe('allowed')
  }
})

test('a listed host opens that host and what is below it, on label borders', () => {
  const policy = parseAddressPolicy('Jenkins.Internal., *.svc.cluster.local .corp')
  for (const hostname of [
    'jenkins.internal',
    'JENKINS.internal.',
    'a.b.jenkins.internal',
    'x.svc.cluster.local',
    'a.corp',
  ]) {
    expect(isHostAllowed(policy, hostname), hostname).toBe(true)
    expect(ruleOf('10.0.0.1', policy, { hostname, http: true })).toBe('allowed')
  }
  for (const hostname of ['xjenkins.internal', 'jenkins.internal.evil.com', 'svc.cluster.local', 'corp', 'internal']) {
    expect(isHostAllowed(policy, hostname), hostname).toBe(false)
    expect(ruleOf('10.0.0.1', policy, { hostname })).toBe('private')
  }
})

test('a refusal names the address, the rule and what an operator can do', () => {
  const refusal = (target: { hostname: string; address: string; http?: boolean }) => {
    const protocol = target.http ? 'http:' : 'https:'
    const verdict = judgeAddress(PUBLIC_ONLY, { protocol, hostname: target.hostname, address: target.address })
    return verdict.allowed ? '' : verdict.message
  }
  expect(refusal({ hostname: 'ci.internal', address: '10.1.2.3' })).toBe(
    'ci.internal (10.1.2.3) is a private address. ' +
      'The operator of this server can allow it by adding 10.1.2.3/32, or ci.internal, to TRIPLINE_WEBHOOK_ALLOW.',
  )
  expect(refusal({ hostname: '::1', address: '::1' })).toBe(
    '::1 is a loopback address. The operator of this server can allow it by adding ::1/128 to TRIPLINE_WEBHOOK_ALLOW.',
  )
  expect(refusal({ hostname: 'a.example', address: '169.254.169.254' })).toMatch(/Webhooks never reach it/)
  expect(refusal({ hostname: 'a.example', address: '1.1.1.1', http: true })).toMatch(/Use an https URL, or ask/)
})

test('an allow list that cannot be read is refused: every wrong entry is named, with its right form', () => {
  const cases: [list: string, message: RegExp][] = [
    ['10.0.0.0/33', /"10.0.0.0\/33" has a prefix that is too long/],
    ['10.1.2.3/8', /"10.1.2.3\/8" does not begin at a network address; did you mean 10.0.0.0\/8\?/],
    ['fd00::1/8', /did you mean fd00::\/8\?/],
    ['::ffff:10.0.0.0/104', /write it as IPv4/],
    ['10/8', /"10\/8" is not a range: write it as 10.0.0.0\/8/],
    ['10.0.0/8', /is not a range/],
    ['10.0.0', /is not a range/],
    ['fd00::/', /is not a range/],
    ['http://ci.internal', /is a URL; give only its host/],
    ['ci.internal:8080', /has a port; give only the host/],
    ['*', /is neither a range/],
    ['.', /is neither a range/],
    ['a..b', /is neither a range/],
    ['ci internal?', /"internal\?" is neither a range/],
    ['10.0.0.0/33 *', /10.0.0.0\/33.*\n.*"\*"/],
  ]
  for (const [list, message] of cases) {
    expect(() => parseAddressPolicy(list), list).toThrow(ConfigError)
    expect(() => parseAddressPolicy(list), list).toThrow(message)
    expect(() => parseAddressPolicy(list), list).toThrow(/TRIPLINE_WEBHOOK_ALLOW/)
  }
  expect(parseAddressPolicy('')).toEqual(PUBLIC_ONLY)
  expect(parseAddressPolicy(' , ')).toEqual(PUBLIC_ONLY)
})

test('a judgement never throws, whatever the text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4Extended()), (address) => {
      expect(typeof ruleOf(address)).toBe('string')
    }),
  )
})
