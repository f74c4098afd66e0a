import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfigError } from '../runtime/config.ts'
import { authority, DIRECT, parseEgress, proxyFor, showProxy } from './egress.ts'

const OURS = 'TRIPLINE_WEBHOOK_PROXY'

function parse(text: string, options: { noProxy?: string; variable?: string } = {}) {
  const { variable = OURS, noProxy } = options
  return parseEgress({
    httpsProxy: { variable, text },
    httpProxy: undefined,
    noProxy:
      noProxy === undefined
        ? undefined
        : { variable: variable === OURS ? 'TRIPLINE_WEBHOOK_NO_PROXY' : 'NO_PROXY', text: noProxy },
    proxyResolves: false,
  })
}

const isProxied = (noProxy: string, hostname: string, port = 443) =>
  proxyFor(parse('http://proxy:3128', { noProxy }), { protocol: 'https:', hostname, port }) !== undefined

test.each([
  ['http://proxy.example.com:3128', 'proxy.example.com', 3128, undefined],
  ['http://proxy.example.com', 'proxy.example.com', 80, undefined],
  ['proxy.example.com:3128', 'proxy.example.com', 3128, undefined],
  ['http://[fd00::1]:3128/', 'fd00::1', 3128, undefined],
  ['http://me:p%40ss@proxy:1', 'proxy', 1, 'me:p@ss'],
  ['http://me@proxy:1', 'proxy', 1, 'me:'],
])('%s is a proxy', (text, hostname, port, credentials) => {
  const authorization = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  expect(parse(text).proxies['https:']).toEqual({ hostname, port, authorization })
})

test.each([
  ['https://me:secret-pw@proxy:1', 'by https://'],
  ['socks5://me:secret-pw@proxy:1', 'by socks5://'],
  ['http://me:secret-pw@proxy:1/path', 'more than a host and a port'],
  ['http://me:secret-pw%zz@proxy:1', '%25'],
  ['http://me:secret-pw@', 'not a URL'],
  ['http://me:secret-pw@proxy:99999', 'not a URL'],
])('%s is none, and its password is not shown', (text, problem) => {
  for (const variable of [OURS, 'https_proxy']) {
    try {
      parse(text, { variable })
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError)
      const { message } = error as Error
      expect(message).toContain(`${variable} `)
      expect(message).toContain(problem)
      expect(message).toContain('http://proxy.example.com:3128')
      expect(message.includes('TRIPLINE_WEBHOOK_PROXY, which wins')).toBe(variable !== OURS)
      expect(message).not.toContain('secret-pw')
    }
  }
})

test.each<[list: string, excepted: string[], proxied: string[]]>([
  ['example.com', ['example.com', 'a.example.com'], ['badexample.com', 'example.com.evil.test']],
  ['.example.com *.internal', ['a.example.com', 'x.internal'], ['example.com', 'internal']],
  ['10.0.0.0/8, fd00::/8', ['10.1.2.3', 'fd00::1', '::ffff:10.1.2.3'], ['11.0.0.1', 'fe00::1', 'ten.test']],
  ['192.0.2.7 ::1', ['192.0.2.7', '::1'], ['192.0.2.8', '::2']],
  ['*', ['example.com', '10.0.0.1'], []],
  ['', [], ['example.com']],
  ['Example.COM.', ['example.com'], []],
])('"%s" excepts', (list, excepted, proxied) => {
  for (const hostname of excepted) expect(isProxied(list, hostname), hostname).toBe(false)
  for (const hostname of proxied) expect(isProxied(list, hostname), hostname).toBe(true)
})

test('an exception with a port holds for that port', () => {
  for (const [list, hostname] of [
    ['example.com:8443', 'example.com'],
    ['10.0.0.1:8443', '10.0.0.1'],
    ['[::1]:8443', '::1'],
  ] as const) {
    expect(isProxied(list, hostname, 8443)).toBe(false)
    expect(isProxied(list, hostname, 443)).toBe(true)
  }
})

test("an exception that cannot be read is refused in our variable, and excepts nothing in the field's", () => {
  expect(() => parse('http://proxy', { noProxy: '<local>,10.0.0.0/99' })).toThrow(
    /"<local>" is neither[\s\S]*"10.0.0.0\/99"/,
  )
  const egress = parse('http://proxy', { variable: 'HTTPS_PROXY', noProxy: '<local>, example.com' })
  expect(egress.exceptions).toHaveLength(1)
})

test('without a proxy everything is direct, and one for https is not for http', () => {
  const target = { hostname: 'example.com', port: 80 }
  expect(proxyFor(DIRECT, { protocol: 'https:', ...target })).toBeUndefined()
  expect(proxyFor(parse('http://proxy'), { protocol: 'http:', ...target })).toBeUndefined()
})

test('what is shown of a proxy has no credentials, and leads to it', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,12}$/)
  fc.assert(
    fc.property(word, word, fc.integer({ min: 1, max: 65_535 }), (user, password, port) => {
      const proxy = parse(`http://${user}:${password}-secret@proxy.example.com:${port}`).proxies['https:']!
      expect(showProxy(proxy)).toBe(`http://proxy.example.com:${port}`)
    }),
  )
  expect(authority('fd00::1', 443)).toBe('[fd00::1]:443')
})

test('whatever is put into the variables is read or refused as configuration', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, noProxy) => {
      try {
        const egress = parse(text, { noProxy })
        proxyFor(egress, { protocol: 'https:', hostname: 'example.com', port: 443 })
        proxyFor(egress, { protocol: 'https:', hostname: '::1', port: 443 })
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
      }
    }),
  )
})
