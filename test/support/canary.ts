/**
 * Finding secrets: what receivers make of a text when they give it back, and where any piece of that has been kept.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

const bytesOf = (value: string) => Buffer.from(value)
const percent = (byte: number) => `%${byte.toString(16).padStart(2, '0')}`
const ENTITIES: Record<string, string> = { '"': '&quot;', "'": '&#39;', '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const json = (value: string) => JSON.stringify(value).slice(1, -1)
const ascii = (text: string) =>
  text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Each way a receiver may write a text. */
export const ENCODINGS: Record<string, (value: string) => string> = {
  raw: (value) => value,
  json,
  'json, ASCII only': (value) => ascii(json(value)),
  'json in json': (value) => json(json(value)),
  'URL component': encodeURIComponent,
  'URL form': (value) => new URLSearchParams({ v: value }).toString().slice(2),
  'every byte as percent, lower case': (value) => Array.from(bytesOf(value), percent).join(''),
  'every byte as percent, upper case': (value) =>
    Array.from(bytesOf(value), (byte) => percent(byte).toUpperCase()).join(''),
  'URL in json': (value) => json(encodeURIComponent(value)),
  HTML: (value) => value.replace(/["'&<>]/g, (character) => ENTITIES[character] as string),
  hex: (value) => bytesOf(value).toString('hex'),
  HEX: (value) => bytesOf(value).toString('hex').toUpperCase(),
  ...Object.fromEntries(
    [0, 1, 2].flatMap((alignment) =>
      (['base64', 'base64url'] as const).map((alphabet) => [
        `${alphabet} after ${alignment}`,
        (value: string) => Buffer.from('?'.repeat(alignment) + value).toString(alphabet),
      ]),
    ),
  ),
}

/** In characters: about eight of the value. Shorter pieces occur by chance, in the hex of a signature for instance. */
function pieceLength(encoding: string): number {
  if (encoding === 'raw') return 8
  if (encoding.startsWith('every byte')) return 30
  return /hex/i.test(encoding) ? 20 : 12
}

/**
 * Finds any piece of any of these values, in any of these encodings, in a text; `undefined` if there is none. JSON in the
 * text is looked into as well, however deep.
 */
export function createScanner(values: Record<string, string>): (text: string | Buffer) => string | undefined {
  const pieces = new Map<string, string>()
  // Whether a piece begins with these three bytes, which few places in a text do: to look up four pieces at every byte of
  // megabytes would take most of the test's time.
  const isBegin = new Uint8Array(1 << 24)
  const lengths = new Set(Object.keys(ENCODINGS).map(pieceLength))
  for (const [name, value] of Object.entries(values)) {
    for (const [encoding, encode] of Object.entries(ENCODINGS)) {
      // Of base64 the characters at the ends depend on neighbours too: the pieces within do not.
      const encoded = latin1(encode(value))
      const length = pieceLength(encoding)
      for (let at = 0; at + length <= encoded.length; at += 1) {
        pieces.set(encoded.slice(at, at + length), `${name} as ${encoding}`)
        isBegin[threeBytes(encoded, at)] = 1
      }
    }
  }
  const seen = new Set<string>()
  return function find(text) {
    for (const part of typeof text === 'string' ? textsIn(text) : [text]) {
      if (typeof part === 'string' && seen.has(part)) continue
      const bytes = latin1(part)
      for (let at = 0; at + 3 <= bytes.length; at += 1) {
        if (isBegin[threeBytes(bytes, at)] === 0) continue
        for (const length of lengths) {
          const found = pieces.get(bytes.slice(at, at + length))
          if (found !== undefined) return `${found}: …${bytes.slice(Math.max(0, at - 40), at + 60)}…`
        }
      }
      if (typeof part === 'string') seen.add(part)
    }
    return undefined
  }
}

function threeBytes(latin1Text: string, at: number): number {
  return (latin1Text.charCodeAt(at) << 16) | (latin1Text.charCodeAt(at + 1) << 8) | latin1Text.charCodeAt(at + 2)
}

function latin1(text: string | Buffer): string {
  return (typeof text === 'string' ? bytesOf(text) : text).toString('latin1')
}

/** The text and, if it is a JSON document, all texts in it. */
function* textsIn(text: string): Generator<string> {
  yield text
  if (!/^\s*[[{"]/.test(text)) return
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return
  }
  yield* textsInValue(value)
}

function* textsInValue(value: unknown): Generator<string> {
  if (typeof value === 'string') yield* textsIn(value)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      yield key
      yield* textsInValue(member)
    }
  }
}

/** A place where something is kept, and what. */
export type Kept = { where: string; text: string | Buffer }

/** Every value of every column of every table, as text. */
export async function dumpDatabase(env: Record<string, string>): Promise<Kept[]> {
  const query = await openRaw(env)
  try {
    const tables = await query.tables()
    const kept: Kept[] = []
    for (const table of tables) {
      for (const row of await query.rows(table)) {
        for (const [column, value] of Object.entries(row)) {
          if (value !== null) kept.push({ where: `${table}.${column}`, text: String(value) })
        }
      }
    }
    return kept
  } finally {
    await query.close()
  }
}

type Row = Record<string, unknown>
type Raw = { tables(): Promise<string[]>; rows(table: string): Promise<Row[]>; close(): Promise<void> }

async function openRaw(env: Record<string, string>): Promise<Raw> {
  if (env.TRIPLINE_DATABASE_URL === undefined) {
    const db = new DatabaseSync(join(env.TRIPLINE_DATA_DIR as string, 'tripline.db'), { readOnly: true })
    return {
      tables: async () =>
        (db.prepare("select name from sqlite_master where type = 'table'").all() as Row[]).map((row) =>
          String(row.name),
        ),
      rows: async (table) => db.prepare(`select * from "${table}"`).all() as Row[],
      close: async () => db.close(),
    }
  }
  const client = new pg.Client({ connectionString: env.TRIPLINE_DATABASE_URL })
  await client.connect()
  return {
    tables: async () =>
      (await client.query("select tablename from pg_tables where schemaname = 'public'")).rows.map(
        (row) => row.tablename,
      ),
    rows: async (table) => (await client.query(`select * from ${pg.escapeIdentifier(table)}`)).rows,
    close: () => client.end(),
  }
}

/** Every file below a directory. */
export function dumpFiles(directory: string): Kept[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ where: path, text: readFileSync(path) }))
}
