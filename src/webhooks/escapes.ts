/**
 * Texts with their escapes taken off, layer by layer: backslash escapes (JSON's and those other languages add), percent
 * escapes and HTML entities.
 */

/**
 * A view of a text, each byte a character of `bytes`. `starts[i]` is where the escape or character that became byte `i`
 * begins in the text; one more entry marks the end. Without `starts` the view is the text itself.
 */
export type View = { readonly bytes: string; readonly starts: Int32Array | undefined }

/** The kinds of escapes, by the character each begins with. */
export type EscapeKind = '\\' | '%' | '&'
export const ESCAPE_KINDS: readonly EscapeKind[] = ['\\', '%', '&']

const BACKSLASH = 0x5c
const PERCENT = 0x25
const AMPERSAND = 0x26

/** What stands for itself, or for a control character, behind a backslash. Source: RFC 8259, section 7; and `'`. */
const AFTER_BACKSLASH = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', "'": "'", b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }).map(
    ([letter, meaning]) => [letter.charCodeAt(0), meaning.charCodeAt(0)] as const,
  ),
)
const ENTITIES: ReadonlyMap<string, number> = new Map([
  ['quot', 0x22],
  ['amp', 0x26],
  ['apos', 0x27],
  ['lt', 0x3c],
  ['gt', 0x3e],
])

/** An escape that was read: how many characters it has, and the byte or else the code point that it means. */
type Escape = { length: number; byte: number; codePoint: number }

/**
 * The view with one layer of escapes taken off; `undefined` if it has none.
 *
 * - `kind`: only escapes of this kind; else of all kinds at once.
 * - `isCut`: the text goes on elsewhere, so an escape without its end is taken off too.
 */
export function withoutOneLayer(view: View, options: { kind?: EscapeKind; isCut?: boolean } = {}): View | undefined {
  const { bytes, starts } = view
  const { kind, isCut = false } = options
  if (kind === undefined ? !/[\\%&]/.test(bytes) : !bytes.includes(kind)) return undefined
  const only = kind?.charCodeAt(0)

  const decoded = Buffer.allocUnsafe(bytes.length)
  const decodedStarts = new Int32Array(bytes.length + 1)
  const found: Escape = { length: 0, byte: 0, codePoint: 0 }
  let length = 0
  let changed = false
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes.charCodeAt(at)
    const start = starts === undefined ? at : starts[at]!
    const isSought = only === undefined || byte === only
    if (isSought && isCut && isUnfinished(bytes, at, byte)) {
      changed = true
      break
    }
    if (!isSought || !isEscape(bytes, at, byte, found)) {
      decoded[length] = byte
      decodedStarts[length] = start
      length += 1
      at += 1
      continue
    }
    const end = found.codePoint < 0 ? length + 1 : length + utf8(found.codePoint, decoded, length)
    if (found.codePoint < 0) decoded[length] = found.byte
    decodedStarts.fill(start, length, end)
    length = end
    at += found.length
    changed = true
  }
  if (!changed) return undefined
  decodedStarts[length] = starts === undefined ? bytes.length : starts[bytes.length]!
  return { bytes: decoded.toString('latin1', 0, length), starts: decodedStarts }
}

/** Whether an escape begins at `at`; if so, `found` says which. */
function isEscape(bytes: string, at: number, byte: number, found: Escape): boolean {
  switch (byte) {
    case BACKSLASH:
      return isBackslashEscape(bytes, at, found)
    case PERCENT:
      found.byte = hexAt(bytes, at + 1, 2)
      found.length = 3
      found.codePoint = -1
      return found.byte >= 0
    case AMPERSAND:
      return isEntity(bytes, at, found)
    default:
      return false
  }
}

function isBackslashEscape(bytes: string, at: number, found: Escape): boolean {
  const kind = bytes[at + 1]
  if (kind === 'u') {
    found.codePoint = hexAt(bytes, at + 2, 4)
    found.length = 6
    if (found.codePoint >= 0xd800 && found.codePoint <= 0xdbff && bytes.startsWith('\\u', at + 6)) {
      const low = hexAt(bytes, at + 8, 4)
      if (low >= 0xdc00 && low <= 0xdfff) {
        found.codePoint = 0x10000 + ((found.codePoint & 0x3ff) << 10) + (low & 0x3ff)
        found.length = 12
      }
    }
    return found.codePoint >= 0
  }
  found.codePoint = -1
  if (kind === 'x') {
    found.byte = hexAt(bytes, at + 2, 2)
    found.length = 4
    return found.byte >= 0
  }
  const meaning = AFTER_BACKSLASH.get(bytes.charCodeAt(at + 1))
  found.byte = meaning ?? 0
  found.length = 2
  return meaning !== undefined
}

function isEntity(bytes: string, at: number, found: Escape): boolean {
  const end = bytes.indexOf(';', at)
  if (end === -1 || end - at > 10) return false
  const name = bytes.slice(at + 1, end)
  const number = /^#(?:(\d{1,7})|[xX]([0-9a-fA-F]{1,6}))$/.exec(name)
  const codePoint = number === null ? ENTITIES.get(name) : Number(number[1] ?? `0x${number[2]}`)
  found.codePoint = codePoint ?? -1
  found.length = end - at + 1
  return codePoint !== undefined && codePoint <= 0x10ffff
}

/** Whether what begins at `at` could have become an escape, had the text not ended. */
function isUnfinished(bytes: string, at: number, byte: number): boolean {
  if (bytes.length - at > 12) return false
  const rest = bytes.slice(at)
  switch (byte) {
    case BACKSLASH:
      // Also the first half of a surrogate pair, whose second half is missing.
      return /^\\(?:u[0-9a-fA-F]{0,3}|x[0-9a-fA-F]?|u[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?)?$/.test(
        rest,
      )
    case PERCENT:
      return /^%[0-9a-fA-F]?$/.test(rest)
    case AMPERSAND:
      return /^&(?:#[xX]?[0-9a-fA-F]{0,7}|[a-z]{0,4})$/.test(rest)
    default:
      return false
  }
}

/** The number that `digits` hex digits at `at` make; -1 if they are not there. */
function hexAt(bytes: string, at: number, digits: number): number {
  let value = 0
  for (let index = at; index < at + digits; index += 1) {
    const digit = hexValue(bytes.charCodeAt(index))
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** Writes the code point at `at` and returns how many bytes it took. Half a surrogate pair is written as it is. */
function utf8(codePoint: number, bytes: Buffer, at: number): number {
  if (codePoint < 0x80) {
    bytes[at] = codePoint
    return 1
  }
  if (codePoint < 0x800) {
    bytes[at] = 0xc0 | (codePoint >> 6)
    bytes[at + 1] = 0x80 | (codePoint & 0x3f)
    return 2
  }
  if (codePoint < 0x10000) {
    bytes[at] = 0xe0 | (codePoint >> 12)
    bytes[at + 1] = 0x80 | ((codePoint >> 6) & 0x3f)
    bytes[at + 2] = 0x80 | (codePoint & 0x3f)
    return 3
  }
  bytes[at] = 0xf0 | (codePoint >> 18)
  bytes[at + 1] = 0x80 | ((codePoint >> 12) & 0x3f)
  bytes[at + 2] = 0x80 | ((codePoint >> 6) & 0x3f)
  bytes[at + 3] = 0x80 | (codePoint & 0x3f)
  return 4
}
