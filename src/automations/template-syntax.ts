import { type FieldProblem, Refusal } from '../refusal.ts'
import {
  type JsonNode,
  type JsonString,
  lineAndColumn,
  offsetInString,
  parseJsonDocument,
  pointerTo,
} from './json-document.ts'
import { METADATA_PATH_SEGMENTS_MAX } from './metadata-path.ts'
import { nearestName } from './nearest-name.ts'
import { ACCESS_TOKEN, CALLBACK_TOKEN, PAYLOAD_VARIABLES, payloadVariable } from './payload-variables.ts'
import { type Fallback, placeholderForm, splitPlaceholders } from './placeholder.ts'
import { escapeInString } from './rendered-body.ts'

/**
 * Payload templates as they are written: JSON documents with placeholders in their strings.
 *
 * What comes of one when an event is there is in `template.ts`; `docs/templates.md` is the guide.
 */

export type Template =
  /** Nothing was written: the default body is sent. */
  | { kind: 'default' }
  /** Pieces of JSON text and, between them, what is put in when an event is there. */
  | { kind: 'document'; parts: (string | Placeholder)[] }

export type Placeholder = {
  /** As in the template, for messages. */
  written: string
  /** JSON Pointer of the string it stands in, or of the value behind the key it stands in. */
  path: string
  reference:
    | { kind: 'secret'; name: string }
    /** `metadataPath`: for `artifact_metadata`, what stands behind its dot; `null` for all of it. */
    | { kind: 'variable'; name: string; metadataPath: string | null }
  /**
   * `json`: the placeholder is a whole string with `|json`, and the value keeps its own type. `slack`: a text whose value
   * Slack takes for nothing but text.
   */
  form: 'text' | (typeof FORMATS)[number]
  fallback: Fallback
}

/** What may stand behind the `|` of a placeholder. */
const FORMATS = ['json', 'slack'] as const

export const TEMPLATE_BYTES_MAX = 256 * 1024
const TEMPLATE_DEPTH_MAX = 64
const TEMPLATE_SECRET_REFERENCES_MAX = 100

export const PROBLEMS_MAX = 20

/**
 * The template written in `text`; `null` and blank text stand for the default body.
 *
 * `text` is a JSON object (the client reads no other payload) of at most 256 KiB and 64 levels. Placeholders may stand
 * in values and in keys. The warnings name what is allowed but perhaps not meant.
 *
 * - `knownSecrets`: the names the webhook may use; with `ACCESS_TOKEN` among them if the webhook has an access token.
 * - `at`: JSON Pointer of the template in the caller's request, put before the paths in warnings and refusals.
 *
 * @throws Refusal `template_invalid`: `fields` has up to 20 problems with JSON Pointer, line and column, and
 *   `details.positions` the same as numbers, with the nearest known name.
 */
export function parseTemplate(
  text: string | null,
  { knownSecrets, at = '' }: { knownSecrets: readonly string[]; at?: string },
): { template: Template; warnings: FieldProblem[] } {
  if (text === null || text.trim() === '') return { template: { kind: 'default' }, warnings: [] }
  if (Buffer.byteLength(text) > TEMPLATE_BYTES_MAX) {
    const message = `The template is larger than ${TEMPLATE_BYTES_MAX / 1024} KiB.`
    throw new Refusal('template_invalid', message, { fields: [{ path: at, message }] })
  }
  const compiler = new Compiler(text, new Set(knownSecrets), at)
  compiler.compile()
  return { template: { kind: 'document', parts: compiler.parts }, warnings: compiler.warnings }
}

/** Turns the document into parts, and gathers what is wrong with its placeholders. */
class Compiler {
  readonly parts: (string | Placeholder)[] = []
  readonly warnings: FieldProblem[] = []
  private readonly source: string
  private readonly knownSecrets: ReadonlySet<string>
  private readonly at: string
  private readonly problems: { path: string; message: string; line: number; column: number; nearest: string | null }[] =
    []
  private secretReferences = 0

  constructor(source: string, knownSecrets: ReadonlySet<string>, at: string) {
    this.source = source
    this.knownSecrets = knownSecrets
    this.at = at
  }

  compile(): void {
    const parsed = parseJsonDocument(this.source, { depthMax: TEMPLATE_DEPTH_MAX })
    if (!parsed.ok) this.problem('', parsed.offset, `The template is not valid JSON: ${parsed.message}.`)
    else if (parsed.root.kind !== 'object') {
      this.problem('', parsed.root.offset, 'The template must be a JSON object, {…}.')
    } else this.value(parsed.root, '')
    const [first] = this.problems
    if (first === undefined) return
    throw new Refusal('template_invalid', first.message, {
      fields: this.problems.map(({ path, message }) => ({ path, message })),
      details: { positions: this.problems.map(({ message: _, ...position }) => position) },
    })
  }

  private value(node: JsonNode, path: string): void {
    switch (node.kind) {
      case 'literal':
        this.add(node.source)
        break
      case 'string':
        this.string(node, path, 'value')
        break
      case 'array':
        this.add('[')
        for (const [index, item] of node.items.entries()) {
          if (index > 0) this.add(',')
          this.value(item, pointerTo(path, index))
        }
        this.add(']')
        break
      case 'object':
        this.add('{')
        for (const [index, { key, value }] of node.members.entries()) {
          const memberPath = pointerTo(path, key.value)
          if (index > 0) this.add(',')
          this.string(key, memberPath, 'key')
          this.add(':')
          this.value(value, memberPath)
        }
        this.add('}')
        break
    }
  }

  private string(node: JsonString, path: string, place: 'key' | 'value'): void {
    const pieces = splitPlaceholders(node.value, (name) => this.knownSecrets.has(name))
    const isWhole = place === 'value' && pieces.length === 1
    const [first] = pieces
    const isJson = first?.kind === 'placeholder' && placeholderForm(first.written).format === 'json'
    if (isWhole && isJson) {
      const placeholder = this.placeholder(first.written, node, first.index, path, true)
      if (placeholder !== undefined) this.parts.push(placeholder)
      return
    }
    this.add('"')
    for (const piece of pieces) {
      if (piece.kind === 'text') this.add(escapeInString(piece.text))
      else if (piece.kind === 'bare')
        this.parts.push(this.secret(`$${piece.name}`, piece.name, node, piece.index, path))
      else if (piece.kind === 'placeholder') {
        const placeholder = this.placeholder(piece.written, node, piece.index, path, false)
        if (placeholder !== undefined) this.parts.push(placeholder)
      } else if (piece.kind === 'unknown-bare') this.warnOfBareName(piece.name, path)
      else {
        this.problemIn(node, piece.index, path, 'A "${" without a "}" after it. Write "$${" for the two characters.')
      }
    }
    this.add('"')
  }

  private placeholder(
    written: string,
    node: JsonString,
    index: number,
    path: string,
    isWholeValue: boolean,
  ): Placeholder | undefined {
    const { name, format, fallback } = placeholderForm(written)
    const reject = (message: string, nearest: string | null = null) => {
      this.problemIn(node, index, path, message, nearest)
      return undefined
    }
    const reference = this.variable(name)
    if (reference === undefined) {
      if (!isMade(name) && !this.knownSecrets.has(name)) return reject(...this.unknownName(written, name))
      if (format !== null || fallback.kind !== 'none') {
        return reject(`${shown(written)} names a secret, which takes neither |json nor |slack nor :- nor :?.`)
      }
      return this.secret(written, name, node, index, path)
    }
    const form = format === null ? 'text' : FORMATS.find((each) => each === format)
    if (form === undefined) {
      return reject(`Unknown format ${shown(`|${format}`)} in ${shown(written)}; there are |json and |slack.`)
    }
    if (format === 'json' && !isWholeValue) {
      return reject(`${shown(written)} must be the whole of a string value: |json replaces it, quotes included.`)
    }
    if (fallback.kind === 'default' && fallback.text.includes('${')) {
      return reject(`The default in ${shown(written)} holds another placeholder; it can only be text.`)
    }
    if (format === 'json' && fallback.kind === 'default') {
      const parsed = parseJsonDocument(fallback.text, { depthMax: 1 })
      if (!parsed.ok) return reject(`The default in ${shown(written)} is not JSON, which |json asks for.`)
    }
    const metadataParts = reference.metadataPath?.split('.').length ?? 0
    if (metadataParts > METADATA_PATH_SEGMENTS_MAX) {
      return reject(`The path in ${shown(written)} has more than ${METADATA_PATH_SEGMENTS_MAX} parts.`)
    }
    return { written, path, reference, form, fallback }
  }

  private variable(name: string): { kind: 'variable'; name: string; metadataPath: string | null } | undefined {
    if (payloadVariable(name) !== undefined) return { kind: 'variable', name, metadataPath: null }
    const dot = name.indexOf('.')
    const head = name.slice(0, dot)
    if (dot === -1 || dot === name.length - 1 || !payloadVariable(head)?.hasPath) return undefined
    return { kind: 'variable', name: head, metadataPath: name.slice(dot + 1) }
  }

  private secret(written: string, name: string, node: JsonString, index: number, path: string): Placeholder {
    this.secretReferences += 1
    if (this.secretReferences === TEMPLATE_SECRET_REFERENCES_MAX + 1) {
      const message = `The template refers to secrets more than ${TEMPLATE_SECRET_REFERENCES_MAX} times.`
      this.problemIn(node, index, path, message)
    }
    if (name === ACCESS_TOKEN && !this.knownSecrets.has(name)) {
      this.warn(path, `${written} will be empty: this webhook has no access token.`)
    }
    return { written, path, reference: { kind: 'secret', name }, form: 'text', fallback: { kind: 'none' } }
  }

  private unknownName(written: string, name: string): [message: string, nearest: string | null] {
    const dot = name.indexOf('.')
    const [head, rest] = dot === -1 ? [name, ''] : [name.slice(0, dot), name.slice(dot)]
    if (payloadVariable(head) !== undefined) {
      return [
        payloadVariable(head)?.hasPath
          ? `${shown(written)} names no key: write a key behind the dot.`
          : `${shown(written)} is not known: ${head} has no parts.`,
        head,
      ]
    }
    const near =
      head === 'metadata'
        ? 'artifact_metadata'
        : nearestName(head, [...NAMES, ACCESS_TOKEN, CALLBACK_TOKEN, ...this.knownSecrets])
    const nearest = near === undefined ? null : near + (payloadVariable(near)?.hasPath ? rest : '')
    const hint = nearest === null ? '' : ` Did you mean \${${shown(nearest).slice(1, -1)}}?`
    return [`${shown(written)} is neither a variable nor a secret this webhook may use.${hint}`, nearest]
  }

  private warnOfBareName(name: string, path: string): void {
    const near = nearestName(name, this.knownSecrets)
    if (near === undefined) return
    this.warn(path, `$${name} is sent as it stands: it is no secret this webhook may use. Did you mean $${near}?`)
  }

  private add(json: string): void {
    const last = this.parts.length - 1
    if (typeof this.parts[last] === 'string') this.parts[last] += json
    else this.parts.push(json)
  }

  private warn(path: string, message: string): void {
    if (this.warnings.length < PROBLEMS_MAX) this.warnings.push({ path: this.at + path, message })
  }

  private problemIn(
    node: JsonString,
    index: number,
    path: string,
    message: string,
    nearest: string | null = null,
  ): void {
    this.problem(path, offsetInString(this.source, node, index), message, nearest)
  }

  private problem(path: string, offset: number, message: string, nearest: string | null = null): void {
    if (this.problems.length >= PROBLEMS_MAX) return
    const { line, column } = lineAndColumn(this.source, offset)
    this.problems.push({
      path: this.at + path,
      message: `Line ${line}, column ${column}: ${message}`,
      line,
      column,
      nearest,
    })
  }
}

/** Names that stand for a secret whatever secrets a webhook may use. */
function isMade(name: string): boolean {
  return name === ACCESS_TOKEN || name === CALLBACK_TOKEN
}

const NAMES = PAYLOAD_VARIABLES.map(({ name }) => name)

function shown(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`
}
