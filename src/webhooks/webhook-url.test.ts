import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Refusal } from '../refusal.ts'
import type { HostResolution } from '../runtime/resolve-host.ts'
import { PUBLIC_ONLY, parseAddressPolicy } from './address-policy.ts'
import {
  checkTarget,
  fillWebhookUrl,
  maskUrl,
  parseTarget,
  parseWebhookUrl,
  urlCredentials,
  WEBHOOK_URL_LENGTH_MAX,
} from './webhook-url.ts'

function refusalOf(attempt: () => unknown): Refusal {
  try {
    attempt()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('not refused')
}

test('an https URL of a public host is taken, and what follows the host is kept as written', () => {
  const path = '/workflows/a%2Fb/../triggers/manual?api-version=1&sp=%2ftriggers%2F&sig=AbC-_d%2B~\'"{}|x'
  const url = `https://Prod-12.westus.Logic.Azure.com:443${path}`
  expect(parseWebhookUrl(PUBLIC_ONLY, url)).toEqual({
    text: url,
    references: [],
    target: {
      protocol: 'https:',
      hostname: 'prod-12.westus.logic.azure.com',
      origin: 'https://prod-12.westus.logic.azure.com',
      path,
    },
  })
})

test('host spellings become one, so that the policy sees what is connected to', () => {
  const hosts: [given: string, hostname: string][] = [
    ['2130706433', '127.0.0.1'],
    ['0x7f.1', '127.0.0.1'],
    ['0177.0.0.1', '127.0.0.1'],
    ['127.1', '127.0.0.1'],
    ['127.0.0.1.', '127.0.0.1'],
    ['１２７.0.0.1', '127.0.0.1'],
    ['①②⑦.0.0.1', '127.0.0.1'],
    ['%31%32%37.0.0.1', '127.0.0.1'],
    ['[0:0:0:0:0:ffff:127.0.0.1]', '::ffff:7f00:1'],
    ['[::1]', '::1'],
    ['Example.COM.', 'example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ]
  for (const [given, hostname] of hosts) expect(parseTarget(`https://${given}/x`).hostname, given).toBe(hostname)
  expect(parseTarget('https://[::1]:8443?a=1')).toEqual({
    protocol: 'https:',
    hostname: '::1',
    origin: 'https://[::1]:8443',
    path: '/?a=1',
  })
  expect(parseTarget('http://example.com')).toMatchObject({ origin: 'http://example.com', path: '/' })
})

test('a URL that cannot be used is refused with the reason, and without showing it', () => {
  const cases: [url: string, reason: RegExp][] = [
    ['', /must begin with https:/],
    ['ftp://example.com/hunter2', /must begin with https:/],
    ['example.com/hunter2', /must begin with https:/],
    ['//example.com/hunter2', /must begin with https:/],
    ['https:/example.com/hunter2', /must begin with https:/],
    ['javascript:alert(1)', /must begin with https:/],
    ['https://', /host/],
    ['https:///hunter2', /host/],
    ['https://user:hunter2@example.com/', /user name or password/],
    ['https://hunter2@example.com/', /user name or password/],
    ['https://a b.example/', /space/],
    ['https://example.com/hunter2 x', /write a space as %20/],
    ['https://example.com/hunter2\r\nx: y', /control character/],
    ['https://exa\nmple.com/', /control character/],
    ['https://example.com/hünter2', /percent-encoded/],
    ['https://example.com/hunter2#part', /fragment/],
    ['https://example.com\\@evil.example/', /backslash/],
    ['https://example.com:99999/', /host or port/],
    ['https://exa%00mple.com/', /host or port/],
    ['https://[::1/', /host or port/],
    ['https://example.com/${', /at character 21 a reference/],
    ['https://example.com/${TOKEN}/${not a name}', /at character 30 a reference/],
    [`https://example.com/${'x'.repeat(WEBHOOK_URL_LENGTH_MAX)}`, /characters, at most 2048/],
  ]
  for (const [url, reason] of cases) {
    const refusal = refusalOf(() => parseWebhookUrl(PUBLIC_ONLY, url))
    expect(refusal.code, url).toBe('webhook_url_invalid')
    expect(refusal.message, url).toMatch(reason)
    expect(refusal.message, url).not.toMatch(/hunter2|hünter2/)
  }
})

test('an address the policy refuses is refused at save, in every spelling; an operator may allow it', () => {
  for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '10.0.0.1', '[fd00::1]', '0.0.0.0']) {
    const refusal = refusalOf(() => parseWebhookUrl(PUBLIC_ONLY, `https://${host}/x`))
    expect(refusal.code, host).toBe('webhook_url_blocked')
    expect(refusal.message, host).toMatch(/TRIPLINE_WEBHOOK_ALLOW/)
  }
  const policy = parseAddressPolicy('127.0.0.0/8')
  expect(parseWebhookUrl(policy, 'http://2130706433:8080/x').target?.hostname).toBe('127.0.0.1')
  expect(refusalOf(() => parseWebhookUrl(parseAddressPolicy('0.0.0.0/0'), 'http://169.254.169.254/x')).details).toEqual(
    {
      rule: 'metadata',
      address: '169.254.169.254',
    },
  )
})

test('plain http is refused at save unless the operator has listed something it could lead to', () => {
  const refusal = refusalOf(() => parseWebhookUrl(PUBLIC_ONLY, 'http://ci.example/x'))
  expect(refusal.code).toBe('webhook_url_blocked')
  expect(refusal.details).toEqual({ rule: 'https-required' })
  expect(refusal.message).toMatch(/Use an https URL, or ask the operator.*ci\.example to TRIPLINE_WEBHOOK_ALLOW/)
  expect(parseWebhookUrl(parseAddressPolicy('.example'), 'http://ci.example/x').target?.protocol).toBe('http:')
  expect(parseWebhookUrl(parseAddressPolicy('10.0.0.0/8'), 'http://ci.example/x').target?.protocol).toBe('http:')
})

test('secrets may stand anywhere; those in the host leave the check to each attempt', () => {
  const inPath = parseWebhookUrl(PUBLIC_ONLY, 'https://hooks.example/${TEAM}/${TOKEN}?t=${TOKEN}')
  expect(inPath.references).toEqual(['TEAM', 'TOKEN'])
  expect(inPath.target?.hostname).toBe('hooks.example')
  for (const text of ['${WHOLE_URL}', 'https://${HOST}/x', 'https://ci.example:${PORT}/x', '${BASE}/x/y']) {
    expect(parseWebhookUrl(PUBLIC_ONLY, text).target, text).toBeUndefined()
  }
  expect(refusalOf(() => parseWebhookUrl(PUBLIC_ONLY, 'ftp://${HOST}/')).code).toBe('webhook_url_invalid')

  const secrets: Record<string, string> = { TEAM: 'T0/B1', TOKEN: 'a$&b' }
  const filled = fillWebhookUrl(inPath.text, (name) => secrets[name])
  expect(filled).toBe('https://hooks.example/T0/B1/a$&b?t=a$&b')
  const missing = refusalOf(() => fillWebhookUrl(inPath.text, () => undefined))
  expect(missing.code).toBe('secret_unknown')
  expect(missing.message).toMatch(/TEAM/)
})

test('a secret cannot smuggle a header, credentials or a fragment into the request', () => {
  for (const value of ['x\r\nHost: evil', 'x y', 'x#y', 'é']) {
    const filled = fillWebhookUrl('https://hooks.example/${TOKEN}', () => value)
    expect(refusalOf(() => parseTarget(filled)).code).toBe('webhook_url_invalid')
  }
  const filled = fillWebhookUrl('https://hooks.example${X}', () => ':x@evil.example/')
  expect(refusalOf(() => parseTarget(filled)).message).toMatch(/user name or password/)
})

test('at save every address of the host is checked; an unknown name is a warning', async () => {
  const target = parseTarget('https://ci.example/x')
  const answering = (resolution: HostResolution) => () => Promise.resolve(resolution)
  const addresses = (...list: string[]) =>
    answering({ kind: 'found', addresses: list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })) })

  expect(await checkTarget(PUBLIC_ONLY, target, addresses('140.82.121.4', '2606:4700::1'))).toEqual({
    warning: undefined,
  })
  for (const list of [['10.0.0.1'], ['140.82.121.4', '10.0.0.1'], ['140.82.121.4', '::ffff:169.254.169.254']]) {
    await expect(checkTarget(PUBLIC_ONLY, target, addresses(...list))).rejects.toMatchObject({
      code: 'webhook_url_blocked',
    })
  }
  expect((await checkTarget(PUBLIC_ONLY, target, answering({ kind: 'not-found' }))).warning).toMatch(
    /does not know ci.example/,
  )
  expect((await checkTarget(PUBLIC_ONLY, target, answering({ kind: 'timed-out' }))).warning).toMatch(/was not checked/)
})

test('a masked URL shows scheme, host and the last four characters', () => {
  expect(maskUrl('https://hooks.slack.com/services/T000/B000/abcdefghijklmnop')).toBe('https://hooks.slack.com/…mnop')
  expect(maskUrl('https://ci.example:8443?token=0123456789')).toBe('https://ci.example:8443/…6789')
  expect(maskUrl('https://ci.example/hook')).toBe('https://ci.example/…')
  expect(maskUrl('https://ci.example/')).toBe('https://ci.example')
  expect(maskUrl('https://ci.example')).toBe('https://ci.example')
  expect(maskUrl('${WHOLE_URL}')).toBe('${WHOLE_URL}')
  expect(maskUrl('${BASE}/services/T000/B000/abcd')).toBe('${BASE}/…abcd')
})

test('a masked URL never shows more than four characters of the path', () => {
  const path = fc.string({ unit: fc.constantFrom(...'abcdefgh0123456789-_.~/?=&%'), minLength: 5, maxLength: 80 })
  fc.assert(
    fc.property(path, (rest) => {
      const masked = maskUrl(`https://h.test/${rest}`)
      expect(masked).toMatch(/^https:\/\/h\.test(\/….{0,4})?$/)
      expect(masked.slice('https://h.test/…'.length).length).toBeLessThanOrEqual(4)
    }),
  )
})

test('what must be redacted of a URL is its path as a whole and each token in it', () => {
  const url = 'https://hooks.example/services/T0123/abcdefghijklmnopqrst?sig=ABCDEFGHIJKLMNOP&x=1'
  expect(urlCredentials(url)).toEqual([
    '/services/T0123/abcdefghijklmnopqrst?sig=ABCDEFGHIJKLMNOP&x=1',
    'abcdefghijklmnopqrst',
    'ABCDEFGHIJKLMNOP',
  ])
  expect(urlCredentials('https://ci.example/')).toEqual([])
})
