/**
 * JSON with positions: what filters and payload templates are read with.
 *
 * `JSON.parse` tells nothing about where a value stood, takes the last of two equal keys, and rounds long numbers.
 * A person who writes a template wants the line, wants to hear of the second key, and wants `1.0` sent as `1.0`.
 */

export type JsonString = {
  kind: 'string'
  /** The text meant, escapes resolved. */
  value: string
  /** Offset of the opening quote in the source. */
  offset: number
}

export type JsonNode =
  | { kind: 'object'; members: { key: JsonString; value: JsonNode }[]; offset: number }
  | { kind: 'array'; items: JsonNode[]; offset: number }
  | JsonString
  /** A number, `true`, `false` or `null`, as it was written. */
  | { kind: 'literal'; source: string; offset: number }

export type JsonParsed = { ok: true; root: JsonNode } | { ok: false; offset: number; message: string }

/**
 * The document in `source`, or the first thing wrong with it and where.
 *
 * Strict JSON (RFC 8259); besides, a key that appears twice in an object and nesting beyond `depthMax` are errors.
 * Pure, linear in the length of `source`; the recursion is bounded by `depthMax`.
 */
export function parseJsonDocument(source: string, limits: { depthMax: number }): JsonParsed {
  const reader = new Reader(source, limits.depthMax)
  try {
    return { ok: true, root: reader.document() }
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { ok: false, offset: error.offset, message: error.message }
    throw error
  }
}

/** The plain value of a node. Keys become own properties, `__proto__` included. */
export function jsonValue(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ key, value }) => [key.value, jsonValue(value)]))
    case 'array':
      return node.items.map(jsonValue)
    case 'string':
      return node.value
    case 'literal':
      return JSON.parse(node.source)
  }
}

/** Where `offset` is for a person: line and column, both from 1, the column in UTF-16 units. */
export function lineAndColumn(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset)
  const lastBreak = before.lastIndexOf('\n')
  return { line: before.split('\n').length, column: offset - lastBreak }
}

/** The offset in `source` of the character that became `text.value[index]`, escapes taken into account. */
export function offsetInString(source: string, text: JsonString, index: number): number {
  let offset = text.offset + 1
  for (let seen = 0; seen < index; seen += 1) {
    if (source[offset] !== '\\') offset += 1
    else offset += source[offset + 1] === 'u' ? 6 : 2
  }
  return offset
}

/** Appends a key or index to a JSON Pointer (RFC 6901). */
export function pointerTo(base: string, key: string | number): string {
  return `${base}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

class JsonSyntaxError extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /[A-Za-z_$][\w$]*/y
const PLAIN = /[^"\\\u0000-\u001f]+/y
const ESCAPED: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

class Reader {
  private readonly source: string
  private readonly depthMax: number
  private at = 0

  constructor(source: string, depthMax: number) {
    this.source = source
    this.depthMax = depthMax
  }

  document(): JsonNode {
    const root = this.value(1)
    this.space()
    if (this.at < this.source.length) this.fail(`unexpected ${this.here()} after the end of the document`)
    return root
  }

  private value(depth: number): JsonNode {
    this.space()
    const offset = this.at
    const first = this.source[offset]
    if (first === '{' || first === '[') {
      if (depth > this.depthMax) this.fail(`nested deeper than ${this.depthMax} levels`)
      return first === '{' ? this.object(depth) : this.array(depth)
    }
    if (first === '"') return this.string()
    const source = this.take(NUMBER) ?? this.word()
    return { kind: 'literal', source, offset }
  }

  private object(depth: number): JsonNode {
    const offset = this.at
    const members: { key: JsonString; value: JsonNode }[] = []
    const names = new Set<string>()
    this.at += 1
    this.space()
    if (this.skip('}')) return { kind: 'object', members, offset }
    while (true) {
      this.space()
      if (this.source[this.at] !== '"') this.fail(`expected a key in double quotes, found ${this.here()}`)
      const key = this.string()
      if (names.has(key.value)) this.fail(`the key ${quoted(key.value)} appears twice`, key.offset)
      names.add(key.value)
      this.space()
      if (!this.skip(':')) this.fail(`expected ":" after the key, found ${this.here()}`)
      members.push({ key, value: this.value(depth + 1) })
      this.space()
      if (this.skip('}')) return { kind: 'object', members, offset }
      if (!this.skip(',')) this.fail(`expected "," or "}", found ${this.here()}`)
    }
  }

  private array(depth: number): JsonNode {
    const offset = this.at
    const items: JsonNode[] = []
    this.at += 1
    this.space()
    if (this.skip(']')) return { kind: 'array', items, offset }
    while (true) {
      items.push(this.value(depth + 1))
      this.space()
      if (this.skip(']')) return { kind: 'array', items, offset }
      if (!this.skip(',')) this.fail(`expected "," or "]", found ${this.here()}`)
    }
  }

  private string(): JsonString {
    const offset = this.at
    let value = ''
    this.at += 1
    while (true) {
      value += this.take(PLAIN) ?? ''
      const next = this.source[this.at]
      if (next === undefined) this.fail('a string that begins here does not end', offset)
      if (next === '"') {
        this.at += 1
        return { kind: 'string', value, offset }
      }
      if (next !== '\\') this.fail('a string holds a raw control character; write it as an escape such as \\n')
      value += this.escape()
    }
  }

  private escape(): string {
    const letter = this.source[this.at + 1] ?? ''
    const plain = Object.hasOwn(ESCAPED, letter) ? ESCAPED[letter] : undefined
    if (plain !== undefined) {
      this.at += 2
      return plain
    }
    const hex = /^[\da-fA-F]{4}$/.exec(this.source.slice(this.at + 2, this.at + 6))?.[0]
    if (letter !== 'u' || hex === undefined) this.fail(`unknown escape \\${letter}`)
    this.at += 6
    return String.fromCharCode(Number.parseInt(hex, 16))
  }

  private word(): string {
    const offset = this.at
    const word = this.take(WORD)
    if (word === 'true' || word === 'false' || word === 'null') return word
    if (word !== undefined) this.fail(`${quoted(word)} is not a JSON value; texts need double quotes`, offset)
    this.fail(`expected a value, found ${this.here()}`)
  }

  private space(): void {
    while (this.at < this.source.length && ' \t\n\r'.includes(this.source[this.at]!)) this.at += 1
  }

  private skip(character: string): boolean {
    if (this.source[this.at] !== character) return false
    this.at += 1
    return true
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.source)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  private here(): string {
    const codePoint = this.source.codePointAt(this.at)
    return codePoint === undefined ? 'the end' : quoted(String.fromCodePoint(codePoint))
  }

  private fail(message: string, offset = this.at): never {
    throw new JsonSyntaxError(message, offset)
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
