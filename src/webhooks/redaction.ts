import { assert } from '../runtime/assert.ts'
import { utf8AsLatin1 } from '../runtime/latin1.ts'
import { ESCAPE_KINDS, type View, withoutOneLayer } from './escapes.ts'

/**
 * Taking secrets out of what is stored and shown: requests, answers, errors.
 *
 * A receiver may give a secret back in any clothes: quoted in JSON, in JSON within JSON, in a URL, as hex, in the
 * base64 of something longer. So a text is searched as it is and then in views of it with one more layer of escapes
 * taken off each time; what is found in a view is mapped back to where it stands in the text. Base64 is searched at its
 * three alignments. Characters that encode even a few bits of a secret go with it.
 *
 * Redact before cutting: of a secret cut in two, the rest would be shown. Where the cut came first (an answer of which
 * only so much is read), say so, and what could be the begin of a secret goes from the end.
 */
export type Redactor = {
  text(value: string): string
  /** `isCut`: these bytes are the begin of something longer. */
  bytes(value: Uint8Array, options?: { isCut?: boolean }): Buffer
}

/** Shorter values would be found by chance, and the marks would then give them away. */
export const SECRET_BYTES_MIN = 8

/** Shorter than any secret, so that it cannot be one. */
export const REDACTED = '***'

/** JSON in JSON in JSON, or the same with URLs in between. */
const LAYERS_MAX = 4
/** For secrets that need a view for every order of escapes: forty views, at worst. */
const ORDERED_LAYERS_MAX = 3

type Needle = {
  readonly bytes: string
  /** Base64 characters left and right of the needle that encode some bits of the secret and some of its neighbours. */
  readonly edgeBefore: number
  readonly edgeAfter: number
}

type Needles = {
  /** These have no character that a quoting changes, so escapes of all kinds may be taken off at once. */
  readonly plain: readonly Needle[]
  /**
   * A secret such as `50%41\n"` shows only once exactly the receiver's escapes are taken off: no more, and in their
   * order.
   */
  readonly quotable: readonly Needle[]
}

const QUOTABLE = /["'\\%&<>\x00-\x1f]/

/** Start and end in the text, end excluded. */
type Span = [start: number, end: number]

/**
 * A redactor for these secrets, each at least 8 bytes long in UTF-8. Make it once for a webhook and keep it while its
 * secrets stay the same. Of a secret that begins with `whsec_`, the key within is one too.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const needles = needlesFor(secrets)
  if (secrets.length === 0) return { text: (value) => value, bytes: (value) => Buffer.from(value) }
  return {
    text(value) {
      const redacted = redact(needles, utf8AsLatin1(value), false)
      return redacted === undefined ? value : Buffer.from(redacted, 'latin1').toString()
    },
    bytes(value, options = {}) {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      const redacted = redact(needles, bytes.toString('latin1'), options.isCut === true)
      return redacted === undefined ? bytes : Buffer.from(redacted, 'latin1')
    },
  }
}

/** The text without secrets; `undefined` if it had none. Each character is a byte. */
function redact(needles: Needles, text: string, isCut: boolean): string | undefined {
  let current = text
  let changed = false
  // Once more after a change: a mark and its new neighbours might together make up a secret.
  for (;;) {
    const spans = findSpans(needles, current, isCut && !changed)
    if (spans.length === 0) return changed ? current : undefined
    current = replaceSpans(current, spans)
    changed = true
  }
}

function findSpans(needles: Needles, text: string, isCut: boolean): Span[] {
  const spans: Span[] = []
  const search = (view: View, sought: readonly Needle[]) => {
    for (const needle of sought) {
      findNeedle(needle, view, spans)
      if (isCut) findBeginning(needle, view, text.length, spans)
    }
  }
  const whole: View = { bytes: text, starts: undefined }
  search(whole, needles.plain)
  let view = withoutOneLayer(whole, { isCut })
  for (let layer = 1; view !== undefined && layer <= LAYERS_MAX; layer += 1) {
    search(view, needles.plain)
    view = withoutOneLayer(view, { isCut })
  }
  if (needles.quotable.length > 0) {
    for (const ordered of viewsInEveryOrder(whole, isCut)) search(ordered, needles.quotable)
  }
  return spans
}

/** The text, and what is left of it when the kinds of escapes are taken off one after the other, in every order. */
function viewsInEveryOrder(whole: View, isCut: boolean): View[] {
  const views = [{ view: whole, layer: 0 }]
  for (let index = 0; index < views.length; index += 1) {
    const { view, layer } = views[index]!
    for (const kind of layer < ORDERED_LAYERS_MAX ? ESCAPE_KINDS : []) {
      const inner = withoutOneLayer(view, { kind, isCut })
      if (inner !== undefined) views.push({ view: inner, layer: layer + 1 })
    }
  }
  return views.map(({ view }) => view)
}

function findNeedle(needle: Needle, view: View, spans: Span[]): void {
  const { bytes } = view
  const length = needle.bytes.length
  let at = bytes.indexOf(needle.bytes)
  while (at !== -1) {
    const from = at
    const next = bytes.indexOf(needle.bytes, at + 1)
    if (next !== -1 && next <= at + length) {
      // Repetitions that overlap or touch are one span, found in one go: else a text of nothing but the same letter,
      // with a long secret of that letter, would be compared anew at every place.
      const period = next - at
      let end = next + length
      while (end < bytes.length && bytes.charCodeAt(end) === bytes.charCodeAt(end - period)) end += 1
      at = from + Math.floor((end - length - from) / period) * period
      spans.push(spanOf(view, from - needle.edgeBefore, at + length + needle.edgeAfter))
      at = bytes.indexOf(needle.bytes, at + 1)
    } else {
      spans.push(spanOf(view, from - needle.edgeBefore, from + length + needle.edgeAfter))
      at = next
    }
  }
}

/** The longest end of the view that is a begin of the needle. */
function findBeginning(needle: Needle, view: View, textLength: number, spans: Span[]): void {
  const { bytes } = view
  const last = bytes.charCodeAt(bytes.length - 1)
  for (let length = Math.min(needle.bytes.length - 1, bytes.length); length > 0; length -= 1) {
    if (needle.bytes.charCodeAt(length - 1) === last && bytes.endsWith(needle.bytes.slice(0, length))) {
      const [start] = spanOf(view, bytes.length - length - needle.edgeBefore, bytes.length)
      spans.push([start, textLength])
      return
    }
  }
}

function spanOf(view: View, from: number, to: number): Span {
  const first = Math.max(0, from)
  const last = Math.min(view.bytes.length, to)
  return view.starts === undefined ? [first, last] : [view.starts[first]!, view.starts[last]!]
}

function replaceSpans(text: string, spans: Span[]): string {
  spans.sort((one, other) => one[0] - other[0])
  let replaced = ''
  let copied = 0
  for (let index = 0; index < spans.length; ) {
    const start = spans[index]![0]
    let end = spans[index]![1]
    for (index += 1; index < spans.length && spans[index]![0] <= end; index += 1) end = Math.max(end, spans[index]![1])
    replaced += text.slice(copied, start) + REDACTED
    copied = end
  }
  return replaced + text.slice(copied)
}

function needlesFor(secrets: readonly string[]): Needles {
  const plain = new Map<string, Needle>()
  const quotable = new Map<string, Needle>()
  const add = (bytes: string, edgeBefore = 0, edgeAfter = 0) => {
    const needles = QUOTABLE.test(bytes) ? quotable : plain
    needles.set(`${edgeBefore}${edgeAfter}${bytes}`, { bytes, edgeBefore, edgeAfter })
  }
  for (const secret of secrets.flatMap(valuesWithin)) {
    const bytes = utf8AsLatin1(secret)
    add(bytes)
    // In a query string a space may be a plus.
    if (bytes.includes(' ')) add(bytes.replaceAll(' ', '+'))
    // What is encoded as a whole may have been quoted before: the base64 of a JSON document, for instance.
    for (const whole of new Set([bytes, utf8AsLatin1(JSON.stringify(secret).slice(1, -1))])) {
      const hex = Buffer.from(whole, 'latin1').toString('hex')
      add(hex)
      add(hex.toUpperCase())
      for (const alignment of [0, 1, 2]) addBase64(whole, alignment, add)
    }
  }
  return { plain: [...plain.values()], quotable: [...quotable.values()] }
}

function valuesWithin(secret: string): string[] {
  assert(Buffer.byteLength(secret) >= SECRET_BYTES_MIN, `a secret to redact has at least ${SECRET_BYTES_MIN} bytes`)
  const values = [secret, secret.trim(), ...(secret.startsWith('whsec_') ? [secret.slice('whsec_'.length)] : [])]
  return [...new Set(values)].filter((value) => Buffer.byteLength(value) >= SECRET_BYTES_MIN)
}

/** The characters that the secret alone determines, when `alignment` bytes come before it in its group of three. */
function addBase64(
  bytes: string,
  alignment: number,
  add: (bytes: string, before: number, after: number) => void,
): void {
  const encoded = Buffer.from('\0'.repeat(alignment) + bytes, 'latin1').toString('base64')
  const from = Math.ceil((8 * alignment) / 6)
  const to = Math.floor((8 * (alignment + bytes.length)) / 6)
  const inner = encoded.slice(from, to)
  const edgeBefore = alignment === 0 ? 0 : 1
  const edgeAfter = (alignment + bytes.length) % 3 === 0 ? 0 : 1
  add(inner, edgeBefore, edgeAfter)
  add(inner.replaceAll('+', '-').replaceAll('/', '_'), edgeBefore, edgeAfter)
}
