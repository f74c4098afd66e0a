import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor, REDACTED, SECRET_BYTES_MIN } from './redaction.ts'

const hex4 = (unit: number, upper: boolean) => {
  const digits = unit.toString(16).padStart(4, '0')
  return `\\u${upper ? digits.toUpperCase() : digits}`
}
const perUnit = (text: string, spell: (unit: number) => string) =>
  Array.from({ length: text.length }, (_, index) => spell(text.charCodeAt(index))).join('')
const perByte = (text: string, spell: (byte: number) => string) => Array.from(Buffer.from(text), spell).join('')
const percent = (byte: number) => `%${byte.toString(16).padStart(2, '0')}`

/** What programs do to a text they put into another text. All can be undone, and none changes an ASCII letter or digit… */
const QUOTINGS: Record<string, (text: string) => string> = {
  json: (text) => JSON.stringify(text).slice(1, -1),
  'json, slashes too': (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  'json, ASCII only': (text) =>
    perUnit(JSON.stringify(text).slice(1, -1), (unit) => (unit < 0x80 ? String.fromCharCode(unit) : hex4(unit, false))),
  'json for HTML': (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/[<>&]/g, (character) => hex4(character.charCodeAt(0), true)),
  // … but these two, which spell out every character.
  'json, all escaped': (text) => perUnit(text, (unit) => hex4(unit, unit % 2 === 0)),
  'percent, all escaped': (text) =>
    perByte(text, (byte) => (byte % 2 === 0 ? percent(byte) : percent(byte).toUpperCase())),
  percent: (text) => encodeURIComponent(text),
  'percent, lower case': (text) => encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
  html: (text) =>
    text.replace(
      /[&<>"']/g,
      (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character]!,
    ),
}
const form = (text: string) => new URLSearchParams([['k', text]]).toString().slice('k='.length)

const word = fc.string({ unit: fc.constantFrom(...'ABCXYZabcxyz0189_-+/=.~!$*'), minLength: 12, maxLength: 60 })
const phrase = fc
  .string({ unit: fc.constantFrom(...'abc012 "\\/<>&\'%{}[]$+é€😀\n\t\u0001'), minLength: 12, maxLength: 40 })
  .map((text) => text.toWellFormed())
/** What looks like an escape by itself, and so is hard to tell from what a quoting made. */
const treacherous = fc
  .array(fc.constantFrom('\\n', '\\\\', '\\u0041', '%41', '%25', '%', '&amp;', '&#65;', '\\x41', 'ab', '1', '"'), {
    minLength: 4,
    maxLength: 12,
  })
  .map((parts) => `k-${parts.join('')}-end-of-key`)
const secret = fc.oneof(word, phrase, treacherous).filter((text) => text.trim() === text && new Set(text).size > 5)
const quotings = fc.array(fc.constantFrom(...Object.keys(QUOTINGS)), { maxLength: 3 })
/** Characters that no quoting changes and no encoding of a secret has at its border. */
const around = fc.string({ unit: fc.constantFrom(...' :;,()'), maxLength: 8 })

const quote = (text: string, names: readonly string[]) => names.reduce((quoted, name) => QUOTINGS[name]!(quoted), text)

describe('a secret is taken out of a text', () => {
  test('however it is quoted, and again, and again', () => {
    fc.assert(
      fc.property(secret, quotings, around, around, (value, names, before, after) => {
        const redactor = createRedactor([value])
        expect(redactor.text(`${before}${quote(value, names)}${after}`)).toBe(`${before}${REDACTED}${after}`)
      }),
      { numRuns: 1_000 },
    )
  })

  test('as a whole document that is quoted, with everything else left as it was', () => {
    fc.assert(
      fc.property(secret, quotings, fc.string(), fc.string(), (value, [, ...names], left, right) => {
        // Of a quoted first character the backslash may stay.
        fc.pre(!/^["\\]/.test(value))
        const document = JSON.stringify({ left: `${left} `, value, right: ` ${right}` })
        const redacted = createRedactor([value]).text(quote(document, names))
        const [before, after] = document.split(JSON.stringify(value).slice(1, -1)) as [string, string]
        fc.pre(document.split(JSON.stringify(value).slice(1, -1)).length === 2 && !`${before}${after}`.includes(value))
        expect(redacted).toBe(`${quote(before, names)}${REDACTED}${quote(after, names)}`)
      }),
      { numRuns: 500 },
    )
  })

  test('in a form, where a space is a plus, and in a form within other quotings', () => {
    fc.assert(
      fc.property(phrase, quotings, (value, [, ...names]) => {
        fc.pre(value.trim() === value)
        expect(createRedactor([value]).text(quote(`a=1;b=${form(value)};c=2`, names))).toBe(
          `${quote('a=1;b=', names)}${REDACTED}${quote(';c=2', names)}`,
        )
      }),
    )
  })

  test('in hex of either case, also quoted', () => {
    fc.assert(
      fc.property(secret, fc.boolean(), quotings, (value, upper, names) => {
        const hex = Buffer.from(value).toString('hex')
        const text = quote(` ${upper ? hex.toUpperCase() : hex} `, names)
        expect(createRedactor([value]).text(text)).toBe(`${quote(' ', names)}${REDACTED}${quote(' ', names)}`)
      }),
    )
  })

  test('in the base64 of something longer, with every character that encodes a bit of it, and no other', () => {
    const neighbours = fc.uint8Array({ maxLength: 9 })
    fc.assert(
      fc.property(secret, neighbours, neighbours, fc.boolean(), quotings, (value, before, after, url, names) => {
        // (What JSON would quote is searched quoted too, and then a border may look like one of that.)
        fc.pre(JSON.stringify(value) === `"${value}"`)
        const bytes = Buffer.from(value)
        const whole = Buffer.concat([before, bytes, after])
        fc.pre(whole.lastIndexOf(bytes) === before.length && whole.indexOf(bytes) === before.length)
        const encoded = whole.toString(url ? 'base64url' : 'base64')
        const firstBit = before.length * 8
        const lastBit = firstBit + bytes.length * 8
        const isSecret = (index: number) => index * 6 + 6 > firstBit && index * 6 < lastBit
        const indexes = Array.from(encoded, (_, index) => index).filter((index) => isSecret(index))
        const from = indexes[0]!
        const to = indexes.at(-1)! + 1

        const redacted = createRedactor([value]).text(quote(encoded, names))
        expect(redacted).toBe(`${quote(encoded.slice(0, from), names)}${REDACTED}${quote(encoded.slice(to), names)}`)
      }),
      { numRuns: 1_000 },
    )
  })

  test('in the base64 and hex of a JSON document that holds it', () => {
    fc.assert(
      fc.property(secret, fc.constantFrom('base64', 'base64url', 'hex'), (value, encoding) => {
        const document = Buffer.from(JSON.stringify({ user: 'ci', token: value, n: 1 }))
        const redacted = createRedactor([value]).text(document.toString(encoding))
        const remains = redacted.split(REDACTED)
        expect(remains).toHaveLength(2)
        const inner = JSON.stringify(value).slice(1, -1)
        expect(Buffer.from(remains[0]!, encoding).toString()).toMatch(/^\{"user":"ci","token":"?.?$/)
        expect(Buffer.from(redacted, encoding).toString()).not.toContain(inner)
      }),
    )
  })

  test('as often as it stands there, overlapping itself, and next to another', () => {
    const redactor = createRedactor(['aaaaaaaa', 'abcabcabc', 'other-secret'])
    expect(redactor.text(`x${'a'.repeat(8)}x${'a'.repeat(100)}x`)).toBe('x***x***x')
    expect(redactor.text('-abcabcabcabcabcabc-')).toBe('-***-')
    expect(redactor.text('-other-secretother-secret-aaaaaaaa-')).toBe('-***-***-')
    expect(createRedactor(['abcdefgh-abcdefgh']).text('abcdefgh-abcdefgh-abcdefgh!')).toBe('***!')
  })

  test('also when the mark would make up a secret with what stands beside it', () => {
    expect(createRedactor(['********']).text('*'.repeat(13))).not.toContain('********')
    expect(createRedactor(['longer-secret', 'ab***cdef']).text('ablonger-secretcdef')).toBe(REDACTED)
  })

  test('without its line end, and without the prefix of a signing secret', () => {
    expect(createRedactor(['token-with-newline\n']).text('Bearer token-with-newline')).toBe('Bearer ***')
    const key = Buffer.from('a signing key of 24 bytes').toString('base64')
    expect(createRedactor([`whsec_${key}`]).text(`key is ${key}`)).toBe('key is ***')
  })
})

test('a text without secrets is left as it is, to the byte', () => {
  const redactor = createRedactor(['a secret nobody will draw'])
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (text, bytes) => {
      expect(redactor.text(text)).toBe(text)
      expect(redactor.bytes(bytes).equals(bytes)).toBe(true)
    }),
  )
  const view = new Uint8Array(Buffer.from('..the middle..')).subarray(2, -2)
  expect(redactor.bytes(view).toString()).toBe('the middle')
  expect(createRedactor([]).text('anything')).toBe('anything')
})

test('bytes that are no text keep theirs, and lose only the secret', () => {
  const noise = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3])
  const redacted = createRedactor(['clé-secrète']).bytes(Buffer.concat([noise, Buffer.from('clé-secrète'), noise]))
  expect(redacted).toEqual(Buffer.concat([noise, Buffer.from(REDACTED), noise]))
})

test('of bytes that were cut, no begin of a secret stays at the end, in any encoding', () => {
  const encodings: Record<string, (value: string) => string> = {
    ...QUOTINGS,
    twice: (value) => QUOTINGS.json!(QUOTINGS.json!(value)),
    hex: (value) => Buffer.from(value).toString('hex'),
    base64: (value) => Buffer.from(value).toString('base64'),
    'base64 of more': (value) => Buffer.from(`u:${value}`).toString('base64').slice(2),
  }
  fc.assert(
    fc.property(secret, fc.constantFrom(...Object.keys(encodings)), fc.nat(), (value, name, at) => {
      const encoded = Buffer.from(`.. ${encodings[name]!(value)}`)
      const cut = encoded.subarray(0, 4 + (at % (encoded.length - 4)))
      const redacted = createRedactor([value]).bytes(cut, { isCut: true }).toString()
      // What may stay is less than one character of the secret (an escape without its end, a few bits in base64) and
      // the padding after all of it.
      const unfinished = String.raw`(\\{1,7}u.{0,4})?\\{0,7}(u.{0,3})?|%.?|&.{0,4}|.?`
      expect(redacted, cut.toString()).toMatch(new RegExp(`^\\.\\. ?(${unfinished})(\\*\\*\\*=?=?)?$`))
    }),
    { numRuns: 1_000 },
  )
})

test('a value too short to be a secret is a bug', () => {
  expect(() => createRedactor(['x'.repeat(SECRET_BYTES_MIN - 1)])).toThrow(/at least 8 bytes/)
})

test('64 KiB of the worst are redacted within the time of a few requests', () => {
  const secrets = Array.from({ length: 5 }, () => randomBytes(30).toString('base64')).concat('a'.repeat(4_000))
  const redactor = createRedactor(secrets)
  const size = 65_536
  for (const [name, body] of Object.entries({
    plain: 'lorem ipsum '.repeat(size).slice(0, size),
    'one letter': 'a'.repeat(size),
    backslashes: '\\'.repeat(size),
    'nested escapes': '%25255c%255cu0061'.repeat(size).slice(0, size),
    'almost a secret': `${secrets[0]!.slice(0, -1)} `.repeat(size).slice(0, size),
    'all secret': secrets[0]!.repeat(size).slice(0, size),
  })) {
    const startedAt = performance.now()
    redactor.bytes(Buffer.from(body), { isCut: true })
    expect(performance.now() - startedAt, name).toBeLessThan(500)
  }
})
